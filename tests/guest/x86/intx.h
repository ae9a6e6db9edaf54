/*
 * A line of INTx at one of q35's interrupt controllers
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_INTX_H
#define GUEST_INTX_H

#include "pci.h"

enum intx_controller {
    INTX_IOAPIC,
    INTX_PIC,
    INTX_CONTROLLERS,
};

/**
 * intx_start() - take the interrupts of pin A of a function on the root bus
 * @handler: called with interrupts off; the EOI follows when it returns
 *
 * Level triggered.  May be called again for another controller.  Leaves
 * interrupts on.
 */
void intx_start(pci_bdf bdf, enum intx_controller controller,
                void (*handler)(void));

/** intx_mask() - mask or unmask the line at the controller */
void intx_mask(bool masked);

/** intx_name() - for a check's line */
const char *intx_name(enum intx_controller controller);

#endif /* GUEST_INTX_H */
