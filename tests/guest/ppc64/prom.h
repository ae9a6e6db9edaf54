/*
 * The firmware's client interface (IEEE 1275): the device tree
 *
 * Only until the guest puts its own code where the firmware's is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_PROM_H
#define GUEST_PROM_H

#include <stdint.h>

/** prom_start() - @entry is what the firmware left in r5 */
void prom_start(uint64_t entry);

/**
 * prom_negotiate() - tell the hypervisor what the guest can do
 *
 * Until then it refuses the hypercalls of XIVE.  What the device tree says
 * about interrupts is new afterwards.  XIVE is taken where it is offered, but
 * if XICS is offered too the parameter "xics=1" takes that.
 */
void prom_negotiate(void);

/** prom_find() - the node of that path, or 0 */
uint32_t prom_find(const char *path);

/** prom_find_compatible() - the first node at the top with that word, or 0 */
uint32_t prom_find_compatible(const char *word);

/** prom_property() - its length, -1 if there is none; at most @size copied */
int32_t prom_property(uint32_t node, const char *name, void *buffer,
                      uint32_t size);

/** prom_console() - the unit number of the console's terminal, or 0 */
uint32_t prom_console(void);

#endif /* GUEST_PROM_H */
