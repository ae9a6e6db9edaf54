/*
 * The PCI host bridge: configuration space by RTAS, and its LSIs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_PCI_H
#define GUEST_PCI_H

#include "pci-config.h"

/** pci_start() - find the bridge in the device tree */
void pci_start(void);

/** pci_intx() - the interrupt number of the function's pin */
uint32_t pci_intx(pci_bdf bdf);

#endif /* GUEST_PCI_H */
