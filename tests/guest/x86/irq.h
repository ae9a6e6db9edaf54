/*
 * Interrupts of the one processor: IDT and local APIC
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_IRQ_H
#define GUEST_IRQ_H

#include "runtime.h"

#define IRQ_FIRST       0x30        /* IDT vectors for the case's own use */
#define IRQ_LAST        0xef

/**
 * irq_start() - build the IDT, enable the local APIC, leave interrupts off
 * @handler: called with interrupts off for IRQ_FIRST..IRQ_LAST; the EOI
 *           follows when it returns
 */
void irq_start(void (*handler)(unsigned idt_vector));

/** irq_accept_pic() - take what the i8259 raises, on its vectors */
void irq_accept_pic(void);

/** irq_message_address() - of an MSI message to this processor */
uint32_t irq_message_address(void);

/** irq_requested() - the local APIC has accepted it, the processor has not */
bool irq_requested(unsigned idt_vector);

/**
 * irq_drain() - return when no message on @idt_vector is left in the APIC
 *
 * Returns with interrupts off, so that the caller can change what it expects
 * on that vector before the next one comes.
 */
void irq_drain(unsigned idt_vector);

static inline void irq_on(void)
{
    asm volatile("sti; nop" : : : "memory");
}

static inline void irq_off(void)
{
    asm volatile("cli" : : : "memory");
}

/** irq_save() - interrupts off; returns what irq_restore() wants */
static inline uint32_t irq_save(void)
{
    uint32_t flags;

    asm volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
    return flags;
}

static inline void irq_restore(uint32_t flags)
{
    asm volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc");
}

#endif /* GUEST_IRQ_H */
