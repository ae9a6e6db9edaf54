/*
 * Finding functions, BARs and capabilities in configuration space
 *
 * Works on what the architecture's runtime provides: how a word of
 * configuration space is read and written, and where BARs may go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_PCI_CONFIG_H
#define GUEST_PCI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

typedef uint16_t pci_bdf;       /* bus, device and function */

/** pci_find() - the first function with that vendor and device ID */
bool pci_find(uint16_t vendor, uint16_t device, pci_bdf *bdf);

/** pci_enable() - memory space and bus mastering */
void pci_enable(pci_bdf bdf);

/** pci_intx_disable() - set or clear the function's INTx Disable bit */
void pci_intx_disable(pci_bdf bdf, bool disable);

/** pci_bar() - address of a memory BAR; assigns one if the firmware has not */
uintptr_t pci_bar(pci_bdf bdf, unsigned bar);

/** pci_capability() - offset of a capability, or 0 */
unsigned pci_capability(pci_bdf bdf, uint8_t id);

/* ---- from the architecture's runtime ------------------------------------- */

uint32_t pci_read(pci_bdf bdf, unsigned offset);
void pci_write(pci_bdf bdf, unsigned offset, uint32_t value);

/* The bus address of the next BAR that the firmware left alone */
extern uint32_t pci_next_bar;

/* What is to be added to a bus address for the processor's */
extern uint64_t pci_memory_offset;

#endif /* GUEST_PCI_CONFIG_H */
