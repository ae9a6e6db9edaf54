/*
 * Configuration space and MSI-X
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_PCI_H
#define GUEST_PCI_H

#include "pci-config.h"
#include "runtime.h"

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
