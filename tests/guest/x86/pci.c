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

/* In the hole below 4 GiB. */
uint32_t pci_next_bar = 0xd0000000;
uint64_t pci_memory_offset;

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
