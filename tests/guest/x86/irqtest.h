/*
 * The test function of the userspace VFIO host, as a driver sees it
 *
 * One device, one owner, so the state is global.  Cases that only want to
 * know whether interrupts came use irqtest_start() and the counts; the storm
 * brings its own handler.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_IRQTEST_H
#define GUEST_IRQTEST_H

#include "irq.h"
#include "pci.h"
#include "vfio-host-regs.h"

/* Each vector of the device that a case uses has an IDT vector of its own. */
#define IRQTEST_MAX_VECTORS     64

struct irqtest_count {
    volatile uint32_t delivered;    /* the device waited for this one */
    volatile uint32_t spurious;     /* it did not */
};

extern uintptr_t irqtest_regs;
extern struct msix irqtest_msix;
extern unsigned irqtest_vectors;    /* at most IRQTEST_MAX_VECTORS */
extern struct irqtest_count irqtest_count[IRQTEST_MAX_VECTORS];

/**
 * irqtest_open() - find the device or give up
 *
 * Leaves all vectors masked, MSI-X off, busy protocol on, counters zero.
 */
void irqtest_open(void);

/**
 * irqtest_start() - open, take interrupts, MSI-X on with every vector masked
 *
 * Vector v interrupts on IRQ_FIRST + v; the handler counts and acknowledges.
 */
void irqtest_start(void);

static inline uint32_t irqtest_read(unsigned reg)
{
    return read32(irqtest_regs + reg);
}

static inline void irqtest_write(unsigned reg, uint32_t value)
{
    write32(irqtest_regs + reg, value);
}

static inline void irqtest_raise(unsigned vector)
{
    irqtest_write(IRQTEST_RAISE, vector);
}

static inline void irqtest_raise_in_flight(unsigned vector)
{
    irqtest_write(IRQTEST_RAISE, vector | IRQTEST_RAISE_IN_FLIGHT);
}

/** irqtest_land() - nothing happens if a swap has discarded the edge */
static inline void irqtest_land(unsigned vector)
{
    irqtest_write(IRQTEST_LAND, vector);
}

static inline uint32_t irqtest_state(unsigned vector)
{
    return irqtest_read(IRQTEST_VECTOR(vector) + IRQTEST_VECTOR_STATE);
}

static inline bool irqtest_busy(unsigned vector)
{
    return irqtest_state(vector) & IRQTEST_VECTOR_BUSY;
}

/**
 * irqtest_acknowledge() - as a driver's handler does
 *
 * Returns whether the device waited for it.
 */
bool irqtest_acknowledge(unsigned vector);

/**
 * irqtest_delivered() - wait until the vector's last edge was taken
 *
 * A lost one is acknowledged by hand, so that the next can be raised.  The
 * time is the parameter "timeout" in ms.
 */
bool irqtest_delivered(unsigned vector);

/** irqtest_pending() - wait until the vector's bit of the PBA is @set */
bool irqtest_pending(unsigned vector, bool set);

/** irqtest_settle() - let everything that is still under way arrive */
void irqtest_settle(void);

/**
 * irqtest_warm_up() - take some interrupts of @vector, one by one
 *
 * QEMU hands a vector to KVM when it had some events.  The vector sends
 * @idt_vector, is unmasked, and the device does not keep the busy protocol.
 */
void irqtest_warm_up(unsigned vector, unsigned idt_vector);

/** irqtest_spurious() - interrupts so far that had no edge, all vectors */
uint32_t irqtest_spurious(void);

/** irqtest_check_rounds() - the check and result line of a repeated edge */
void irqtest_check_rounds(const char *name, unsigned lost, unsigned of);

/** irqtest_check_spurious() - one is allowed for each swap the host saw */
void irqtest_check_spurious(void);

#endif /* GUEST_IRQTEST_H */
