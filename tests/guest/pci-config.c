/*
 * Finding functions, BARs and capabilities in configuration space
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pci-config.h"

#define PCI_ID                  0x00
#define PCI_COMMAND             0x04
#define PCI_COMMAND_MEMORY          0x2
#define PCI_COMMAND_MASTER          0x4
#define PCI_COMMAND_INTX_DISABLE    0x400
#define PCI_STATUS_CAPABILITIES     (0x10u << 16)
#define PCI_BAR(n)              (0x10 + 4 * (n))
#define PCI_BAR_64BIT               0x4
#define PCI_BAR_FLAGS               0xf
#define PCI_CAPABILITIES        0x34

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

void pci_intx_disable(pci_bdf bdf, bool disable)
{
    uint32_t command = pci_read(bdf, PCI_COMMAND) & 0xffff;

    pci_write(bdf, PCI_COMMAND,
              disable ? command | PCI_COMMAND_INTX_DISABLE :
              command & ~PCI_COMMAND_INTX_DISABLE);
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
        low = (pci_next_bar + size - 1) & -size;
        pci_next_bar = low + size;
        pci_write(bdf, PCI_BAR(bar), low);
        if (wide) {
            pci_write(bdf, PCI_BAR(bar + 1), 0);
        }
    }
    return pci_memory_offset + (low & ~PCI_BAR_FLAGS);
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
