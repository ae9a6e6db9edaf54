/*
 * Interrupts of the one processor: exceptions and the interrupt controller
 *
 * The machine has XICS or XIVE; the device tree tells which.  What is done to
 * it is what Linux does, so that mask, unmask, disable and EOI come in the
 * same order and by the same hypercalls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_IRQ_H
#define GUEST_IRQ_H

#include "runtime.h"

/** A controller, as this guest uses it */
struct irq_controller {
    const char *name;
    /* Route the source to this processor, and let it come */
    void (*start)(uint32_t irq);
    /* The processor was interrupted: handle and end what there is */
    void (*dispatch)(void);
    void (*mask)(uint32_t irq);
    void (*unmask)(uint32_t irq);
    void (*disable)(uint32_t irq);
    void (*enable)(uint32_t irq);
};

extern const struct irq_controller irq_xics, irq_xive;

/** irq_find() - which controller there is; needs the firmware */
void irq_find(void);

/** irq_take_vectors() - put our exception vectors over the firmware's */
void irq_take_vectors(void);

/** irq_is_xive() */
bool irq_is_xive(void);

/**
 * irq_start() - route @irq here and switch interrupts on
 * @handler: called with interrupts off; the EOI follows when it returns
 */
void irq_start(uint32_t irq, void (*handler)(void));

/** irq_mask() - mask at the source; its EOI still happens (a threaded irq) */
void irq_mask(void);
void irq_unmask(void);

/**
 * irq_disable() - as disable_irq() in Linux's handler
 *
 * On XIVE the EOI at the source is skipped while disabled, and irq_enable()
 * resets the source instead.
 */
void irq_disable(void);
void irq_enable(void);

/** irq_empty() - how often the processor was interrupted by nothing */
uint32_t irq_empty(void);

/* ---- for the controllers ------------------------------------------------- */

/** irq_handle() - an interrupt has come; @irq 0: there was none */
void irq_handle(uint32_t irq);

#endif /* GUEST_IRQ_H */
