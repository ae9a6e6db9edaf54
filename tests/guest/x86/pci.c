/*
 * Configuration space through the two ports, and MSI-X
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irq.h"
#include "pci.h"

#define CONFIG_ADDRESS          0xcf8
#define CONFIG_ADDRESS_ENABLE       (1u << 31)
#define CONFIG_DATA             0xcfc

#define PCI_ID                  0x00
#define PCI_COMMAND             0x04
#define PCI_COMMAND_MEMORY          0x2
#define PCI_COMMAND_MASTER          0x4
#define PCI_STATUS_CAPABILITIES     (0x10u << 16)
#define PCI_BAR(n)              (0x10 + 4 * (n))
#define PCI_BAR_64BIT               0x4
#define PCI_BAR_FLAGS               0xf
#define PCI_CAPABILITIES        0x34

#define PCI_CAPABILITY_MSIX     0x11
#define MSIX_CONTROL            0x0     /* in the upper half */
#define MSIX_CONTROL_SIZE           (0x7ffu << 16)
#define MSIX_CONTROL_MASKALL        (1u << 30)
#define MSIX_CONTROL_ENABLE         (1u << 31)
#define MSIX_TABLE              0x4
#define MSIX_PBA                0x8
#define MSIX_BAR                    0x7

#define MSIX_ENTRY_SIZE         16
#define MSIX_ENTRY_ADDRESS      0x0
#define MSIX_ENTRY_ADDRESS_HIGH 0x4
#define MSIX_ENTRY_DATA         0x8
#define MSIX_ENTRY_CONTROL      0xc
#define MSIX_ENTRY_MASKED           0x1

/* Where BARs go that the firmware left alone: in the hole below 4 GiB. */
static uint32_t next_bar = 0xd0000000;

uint32_t pci_read(pci_bdf bdf, unsigned offset)
{
    outl(CONFIG_ADDRESS, CONFIG_ADDRESS_ENABLE | (uint32_t)bdf << 8 | offset);
    return inl(CONFIG_DATA);
}

void pci_write(pci_bdf bdf, unsigned offset, uint32_t value)
{
    outl(CONFIG_ADDRESS, CONFIG_ADDRESS_ENABLE | (uint32_t)bdf << 8 | offset);
    outl(CONFIG_DATA, value);
}

bool pci_find(uint16_t vendor, uint16_t device, pci_bdf *bdf)
{
    for (uint32_t i = 0; i <= UINT16_MAX; i++) {
        uint32_t id = pci_read(i, PCI_ID);

        if (id == ((uint32_t)device << 16 | vendor)) {
            *bdf = i;
            return true;
        }
        if (i % 8 == 0 && (id & 0xffff) == 0xffff) {
            i += 7;                 /* no function 0: no such device */
        }
    }
    return false;
}

void pci_enable(pci_bdf bdf)
{
    uint32_t command = pci_read(bdf, PCI_COMMAND) & 0xffff;

    pci_write(bdf, PCI_COMMAND,
              command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

uintptr_t pci_bar(pci_bdf bdf, unsigned bar)
{
    uint32_t low = pci_read(bdf, PCI_BAR(bar));
    bool wide = low & PCI_BAR_64BIT;
    uint32_t high = wide ? pci_read(bdf, PCI_BAR(bar + 1)) : 0;

    if (!(low & ~PCI_BAR_FLAGS) || high) {
        uint32_t size;

        pci_write(bdf, PCI_BAR(bar), UINT32_MAX);
        size = -(pci_read(bdf, PCI_BAR(bar)) & ~PCI_BAR_FLAGS);
        low = (next_bar + size - 1) & -size;
        next_bar = low + size;
        pci_write(bdf, PCI_BAR(bar), low);
        if (wide) {
            pci_write(bdf, PCI_BAR(bar + 1), 0);
        }
    }
    return low & ~PCI_BAR_FLAGS;
}

unsigned pci_capability(pci_bdf bdf, uint8_t id)
{
    unsigned offset;

    if (!(pci_read(bdf, PCI_COMMAND) & PCI_STATUS_CAPABILITIES)) {
        return 0;
    }
    offset = pci_read(bdf, PCI_CAPABILITIES) & 0xfc;
    while (offset) {
        uint32_t head = pci_read(bdf, offset);

        if ((head & 0xff) == id) {
            break;
        }
        offset = head >> 8 & 0xfc;
    }
    return offset;
}

static uintptr_t msix_region(struct msix *msix, unsigned offset)
{
    uint32_t region = pci_read(msix->bdf, msix->capability + offset);

    return pci_bar(msix->bdf, region & MSIX_BAR) + (region & ~MSIX_BAR);
}

bool msix_open(struct msix *msix, pci_bdf bdf)
{
    msix->bdf = bdf;
    msix->capability = pci_capability(bdf, PCI_CAPABILITY_MSIX);
    if (!msix->capability) {
        return false;
    }
    msix->vectors = ((pci_read(bdf, msix->capability + MSIX_CONTROL) &
                      MSIX_CONTROL_SIZE) >> 16) + 1;
    msix->table = msix_region(msix, MSIX_TABLE);
    msix->pba = msix_region(msix, MSIX_PBA);
    return true;
}

void msix_control(struct msix *msix, bool enable, bool maskall)
{
    unsigned offset = msix->capability + MSIX_CONTROL;
    uint32_t control = pci_read(msix->bdf, offset);

    control &= ~(MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASKALL);
    control |= (enable ? MSIX_CONTROL_ENABLE : 0) |
               (maskall ? MSIX_CONTROL_MASKALL : 0);
    pci_write(msix->bdf, offset, control);
    pci_read(msix->bdf, offset);
}

void msix_message(struct msix *msix, unsigned vector, unsigned idt_vector)
{
    uintptr_t entry = msix->table + vector * MSIX_ENTRY_SIZE;

    write32(entry + MSIX_ENTRY_ADDRESS, irq_message_address());
    write32(entry + MSIX_ENTRY_ADDRESS_HIGH, 0);
    write32(entry + MSIX_ENTRY_DATA, idt_vector);
    read32(entry + MSIX_ENTRY_DATA);
}

void msix_mask(struct msix *msix, unsigned vector)
{
    uintptr_t entry = msix->table + vector * MSIX_ENTRY_SIZE;

    write32(entry + MSIX_ENTRY_CONTROL, MSIX_ENTRY_MASKED);
    read32(entry + MSIX_ENTRY_CONTROL);
}

void msix_unmask(struct msix *msix, unsigned vector)
{
    uintptr_t entry = msix->table + vector * MSIX_ENTRY_SIZE;

    write32(entry + MSIX_ENTRY_CONTROL, 0);
    read32(entry + MSIX_ENTRY_CONTROL);
}

bool msix_pending(struct msix *msix, unsigned vector)
{
    return read32(msix->pba + vector / 32 * 4) & (1u << (vector % 32));
}
