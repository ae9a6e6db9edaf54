/*
 * End-of-interrupt notifier: an interrupt controller tells that the guest has
 * ended the interrupt of a line, or unmasked the line, and devices that asked
 * for that line hear it
 *
 * A device whose level comes from elsewhere, an assigned one above all, cannot
 * see its line fall.  It lowers the line when the guest's EOI comes and lets
 * the source say whether it is still asserted: what KVM's resample irqfd does
 * inside the kernel, for interrupt controllers that QEMU emulates and for EOIs
 * that come to QEMU as hypercalls.
 *
 * A masked line's level may fall after the EOI, or without one.  Before the
 * guest unmasks it the level must be asked for anew, which is all that an EOI
 * means here; so both are told alike, as "EOI" below.
 *
 * A line is what PCIINTxRoute calls irq: the GSI on x86, the global interrupt
 * number on pseries.  It may be shared: each subscriber is told, and looks
 * after its own device.  No state here is migrated, subscribers ask again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_INTC_EOI_NOTIFIER_H
#define HW_INTC_EOI_NOTIFIER_H

#include "qemu/atomic.h"
#include "qemu/queue.h"

typedef struct EOISubscriber EOISubscriber;

/**
 * struct EOISubscriber - who wants to hear of the EOIs of one line
 * @eoi: called for each EOI, with the BQL held, before the controller looks
 *       whether the line is still asserted; it may lower the line.  @masked
 *       as for eoi_notify()
 * @reports_changed: called with the BQL held when a controller began or ceased
 *                   to report EOIs, of whatever line; it may subscribe anew
 * @line: the line, while subscribed
 *
 * Neither function may unsubscribe another subscriber.
 */
struct EOISubscriber {
    void (*eoi)(EOISubscriber *sub, bool masked);
    void (*reports_changed)(EOISubscriber *sub);
    int line;
    QLIST_ENTRY(EOISubscriber) next;
};

/**
 * eoi_subscribe() - ask for the EOIs of a line
 * @sub: with @eoi and @reports_changed set; not subscribed
 * @line: the line
 *
 * Whether EOIs will come is another question: eoi_is_reported().  Needs the
 * BQL.
 */
void eoi_subscribe(EOISubscriber *sub, int line);

/** eoi_unsubscribe() - ask no more; needs the BQL and a subscribed @sub */
void eoi_unsubscribe(EOISubscriber *sub);

/**
 * eoi_set_reported() - an interrupt controller says of lines that it will call
 * eoi_notify() for them, or no longer
 * @first: the first line
 * @count: how many
 * @reported: whether EOIs of these lines come from now on
 *
 * To be called by controllers when they become active or cease to be.  Lines
 * that none speaks for are not reported.  Needs the BQL.
 */
void eoi_set_reported(int first, int count, bool reported);

/**
 * eoi_add_inputs() - a bridge drives further inputs together with a line
 * @first: the first such input of an interrupt controller
 * @count: how many
 * @line: tells the line of PCIINTxRoute that an input goes with, or -1 if none
 * @opaque: for @line
 *
 * An EOI of such an input counts for its line too, masked or not.  ICH9 wires a
 * PIRQ to the i8259 and to the IOAPIC, and its route names one of them.  Needs
 * the BQL; lasts as long as QEMU.
 */
void eoi_add_inputs(int first, int count, int (*line)(void *opaque, int input),
                    void *opaque);

/** eoi_is_reported() - whether EOIs of @line come; needs the BQL */
bool eoi_is_reported(int line);

/** eoi_any_reported() - whether EOIs of any line come; needs the BQL */
bool eoi_any_reported(void);

/* Only for the functions below. */
extern bool eoi_has_subscribers;
void eoi_notify_subscribers(int line, bool masked);

/**
 * eoi_any_subscribed() - whether eoi_notify() may call anybody; needs no lock
 */
static inline bool eoi_any_subscribed(void)
{
    return unlikely(qatomic_read(&eoi_has_subscribers));
}

/**
 * eoi_notify() - the guest has ended a line's interrupt, or unmasked a level
 * @line: the line, any number
 * @masked: it is masked and stays so.  The guest may serve the device now and
 *          unmask the line right after that, and what was asserted before must
 *          not reach it any more then.
 *
 * To be called by the interrupt controller before it looks whether the line is
 * still asserted.  The line may be lowered in the call, or raised by another
 * device, so what the caller knows of its input must be read again.  The caller
 * may hold the BQL or not: a split irqchip's EOIs come without it.
 */
static inline void eoi_notify(int line, bool masked)
{
    if (eoi_any_subscribed()) {
        eoi_notify_subscribers(line, masked);
    }
}

#endif /* HW_INTC_EOI_NOTIFIER_H */
