/*
 * The PCI host bridge
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hcall.h"
#include "mmu.h"
#include "pci.h"
#include "prom.h"
#include "runtime.h"

#define PCI_INTERRUPT           0x3c
#define INTERRUPT_PIN_SHIFT         8

#define MAP_MAX                 (32 * 4)    /* slots and pins */
#define RANGES_MAX              3
#define RANGE_SPACE(high)       ((high) >> 24 & 3)
#define RANGE_MEMORY_32BIT          2

/* As the PCI binding of IEEE 1275 lays them out */
struct interrupt {
    uint32_t unit[3], pin;
    uint32_t controller, number, sense;
};

struct range {
    uint32_t space, bus[2];
    uint32_t address[2], size[2];
};

uint32_t pci_next_bar;
uint64_t pci_memory_offset;

static uint32_t bridge_unit[2];
static struct interrupt interrupts[MAP_MAX];
static unsigned interrupt_count;

static uint64_t cells(const uint32_t *cell)
{
    return (uint64_t)cell[0] << 32 | cell[1];
}

void pci_start(void)
{
    static struct range ranges[RANGES_MAX];
    uint32_t node = prom_find_compatible("IBM,Logical_PHB");
    int32_t length = prom_property(node, "interrupt-map", interrupts,
                                   sizeof(interrupts));

    if (!node || length <= 0) {
        give_up("the device tree has no PCI host bridge");
    }
    interrupt_count = length / sizeof(interrupts[0]);
    prom_property(node, "reg", bridge_unit, sizeof(bridge_unit));
    prom_property(node, "ranges", ranges, sizeof(ranges));
    for (unsigned i = 0; i < RANGES_MAX; i++) {
        if (RANGE_SPACE(ranges[i].space) == RANGE_MEMORY_32BIT) {
            pci_next_bar = cells(ranges[i].bus);
            pci_memory_offset = cells(ranges[i].address) - pci_next_bar;
        }
    }
    mmu_map_registers(pci_memory_offset + pci_next_bar);
}

uint32_t pci_read(pci_bdf bdf, unsigned offset)
{
    uint32_t value = UINT32_MAX;

    rtas(RTAS_READ_CONFIG, 4, (uint32_t[]) {
             (uint32_t)bdf << 8 | offset, bridge_unit[0], bridge_unit[1], 4 },
         &value);
    return value;
}

void pci_write(pci_bdf bdf, unsigned offset, uint32_t value)
{
    rtas(RTAS_WRITE_CONFIG, 5, (uint32_t[]) {
             (uint32_t)bdf << 8 | offset, bridge_unit[0], bridge_unit[1], 4,
             value }, NULL);
}

uint32_t pci_intx(pci_bdf bdf)
{
    uint32_t pin = pci_read(bdf, PCI_INTERRUPT) >> INTERRUPT_PIN_SHIFT & 0xff;

    for (unsigned i = 0; i < interrupt_count; i++) {
        if (interrupts[i].unit[0] == (uint32_t)(bdf & ~7u) << 8 &&
            interrupts[i].pin == pin) {
            return interrupts[i].number;
        }
    }
    give_up("the device tree has no interrupt for %x pin %u", bdf, pin);
}
