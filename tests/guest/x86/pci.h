/*
 * Configuration space and MSI-X
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_PCI_H
#define GUEST_PCI_H

#include "runtime.h"

typedef uint16_t pci_bdf;       /* bus, device and function */

uint32_t pci_read(pci_bdf bdf, unsigned offset);
void pci_write(pci_bdf bdf, unsigned offset, uint32_t value);

/** pci_find() - the first function with that vendor and device ID */
bool pci_find(uint16_t vendor, uint16_t device, pci_bdf *bdf);

/** pci_enable() - memory space and bus mastering */
void pci_enable(pci_bdf bdf);

/** pci_bar() - address of a memory BAR; assigns one if the firmware has not */
uintptr_t pci_bar(pci_bdf bdf, unsigned bar);

/** pci_capability() - offset of a capability, or 0 */
unsigned pci_capability(pci_bdf bdf, uint8_t id);

struct msix {
    pci_bdf bdf;
    unsigned capability;
    unsigned vectors;
    uintptr_t table;
    uintptr_t pba;
};

/** msix_open() - find table and PBA; false if there is no MSI-X */
bool msix_open(struct msix *msix, pci_bdf bdf);

/*
 * Enable bit and function mask, both at once.  This and every function below
 * reads back what it wrote, so that the write has taken effect on return.
 */
void msix_control(struct msix *msix, bool enable, bool maskall);

/** msix_message() - let the vector interrupt on @idt_vector */
void msix_message(struct msix *msix, unsigned vector, unsigned idt_vector);

void msix_mask(struct msix *msix, unsigned vector);
void msix_unmask(struct msix *msix, unsigned vector);

/** msix_pending() - the vector's bit of the PBA */
bool msix_pending(struct msix *msix, unsigned vector);

#endif /* GUEST_PCI_H */
