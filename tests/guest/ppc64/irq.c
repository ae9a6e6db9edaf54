/*
 * Exceptions, and which interrupt controller there is
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "boot.h"
#include "irq.h"
#include "prom.h"
#include "xive.h"

#define VECTOR_FIRST        0x100
#define VECTOR_LAST         0xf80
#define VECTOR_STEP         0x80
#define VECTOR_EXTERNAL     0x500
#define VECTOR_DECREMENTER  0x900

#define STUB_LI             6       /* the instruction with the vector */
#define DECREMENTER_MAX     0x7fffffff

static const struct irq_controller *controller;
static void (*interrupt_handler)(void);
static uint32_t source, empty;

void irq_find(void)
{
    uint32_t xive = prom_find_compatible("ibm,power-ivpe");

    if (xive) {
        xive_find(xive);
    } else if (!prom_find_compatible("IBM,ppc-xicp")) {
        give_up("the device tree has neither XIVE nor XICS");
    }
    controller = xive ? &irq_xive : &irq_xics;
}

static void rewind_decrementer(void)
{
    asm volatile("mtdec %0" : : "r"((uint64_t)DECREMENTER_MAX));
}

void irq_take_vectors(void)
{
    unsigned words = exception_stub_end - exception_stub;

    for (uintptr_t v = VECTOR_FIRST; v <= VECTOR_LAST; v += VECTOR_STEP) {
        volatile uint32_t *to = (volatile uint32_t *)v;

        for (unsigned i = 0; i < words; i++) {
            to[i] = exception_stub[i];
        }
        to[STUB_LI] |= v;
        for (unsigned i = 0; i < words; i++) {
            asm volatile("dcbst 0,%0; sync; icbi 0,%0; isync" : :
                         "r"(&to[i]) : "memory");
        }
    }
    rewind_decrementer();
}

void irq_exception(uint64_t vector, uint64_t where)
{
    switch (vector) {
    case VECTOR_EXTERNAL:
        if (!interrupt_handler) {
            give_up("interrupt before anybody asked for one");
        }
        controller->dispatch();
        break;
    case VECTOR_DECREMENTER:
        rewind_decrementer();
        break;
    default:
        give_up("exception %x at %x", (uint32_t)vector, (uint32_t)where);
    }
}

bool irq_is_xive(void)
{
    return controller == &irq_xive;
}

void irq_start(uint32_t irq, void (*handler)(void))
{
    interrupt_handler = handler;
    source = irq;
    controller->start(irq);
    irq_on();
}

void irq_handle(uint32_t irq)
{
    if (!irq) {
        empty++;
    } else if (irq != source) {
        give_up("interrupt %x that nobody asked for", irq);
    } else {
        interrupt_handler();
    }
}

uint32_t irq_empty(void)
{
    return empty;
}

void irq_mask(void)
{
    controller->mask(source);
}

void irq_unmask(void)
{
    controller->unmask(source);
}

void irq_disable(void)
{
    controller->disable(source);
}

void irq_enable(void)
{
    controller->enable(source);
}
