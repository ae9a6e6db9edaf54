/*
 * IOAPIC and i8259
 *
 * The EOI of the IOAPIC's interrupt is the local APIC's, which irq.c sends when
 * the handler returns; the i8259's is sent here before that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intx.h"
#include "irq.h"

#define BRIDGE                  (0x1f << 3)
#define BRIDGE_ROUTE_E          0x68    /* PIRQE to H: a byte each */
#define BRIDGE_ROUTE_OFF            0x80
#define PIRQE                   4

#define IOAPIC                  0xfec00000u
#define IOAPIC_WINDOW           (IOAPIC + 0x10)
#define IOAPIC_ENTRY(pin)       (0x10 + 2 * (pin))
#define IOAPIC_PIN_PIRQA        16      /* the other PIRQs follow */
#define IOAPIC_LEVEL                0x8000
#define IOAPIC_MASKED               0x10000

#define PIC_COMMAND             0x20
#define PIC_MASK                0x21
#define PIC_TRIGGER             0x4d0
#define PIC_INIT                    0x11
#define PIC_SLAVE                   0x04
#define PIC_8086                    0x01
#define PIC_EOI(irq)                (0x60 | (irq))
#define PIC_IRQ                 5       /* nobody else's */
#define PIC_SPURIOUS            7       /* the line fell before it was taken */

#define VECTOR_IOAPIC           0x40
#define VECTOR_PIC              0x50

static enum intx_controller controller;
static unsigned pin;
static void (*intx_handler)(void);

const char *intx_name(enum intx_controller which)
{
    return which == INTX_PIC ? "i8259" : "IOAPIC";
}

static void ioapic_write(unsigned reg, uint32_t value)
{
    write32(IOAPIC, reg);
    write32(IOAPIC_WINDOW, value);
}

void intx_mask(bool masked)
{
    if (controller == INTX_PIC) {
        outb(PIC_MASK, masked ? 0xff : (uint8_t)~(1 << PIC_IRQ));
    } else {
        ioapic_write(IOAPIC_ENTRY(pin), VECTOR_IOAPIC | IOAPIC_LEVEL |
                     (masked ? IOAPIC_MASKED : 0));
    }
}

static void take(unsigned idt_vector)
{
    if (idt_vector == VECTOR_PIC + PIC_SPURIOUS) {
        return;
    }
    if (idt_vector != VECTOR_IOAPIC && idt_vector != VECTOR_PIC + PIC_IRQ) {
        give_up("interrupt on vector %x that nobody asked for", idt_vector);
    }
    intx_handler();
    if (controller == INTX_PIC) {
        outb(PIC_COMMAND, PIC_EOI(PIC_IRQ));
    }
}

static void start_pic(void)
{
    outb(PIC_TRIGGER, 1 << PIC_IRQ);
    outb(PIC_COMMAND, PIC_INIT);
    outb(PIC_MASK, VECTOR_PIC);
    outb(PIC_MASK, PIC_SLAVE);
    outb(PIC_MASK, PIC_8086);
    irq_accept_pic();
}

static void route(unsigned pirq, uint8_t to)
{
    unsigned shift = (pirq - PIRQE) * 8;
    uint32_t routes = pci_read(BRIDGE, BRIDGE_ROUTE_E);

    routes &= ~(0xffu << shift);
    pci_write(BRIDGE, BRIDGE_ROUTE_E, routes | (uint32_t)to << shift);
}

/* Pin A of slot n is on PIRQ E + n % 4. */
void intx_start(pci_bdf bdf, enum intx_controller which,
                void (*handler)(void))
{
    unsigned pirq = PIRQE + (bdf >> 3) % 4;

    irq_off();
    if (pin) {
        intx_mask(true);
    }
    controller = which;
    pin = IOAPIC_PIN_PIRQA + pirq;
    intx_handler = handler;
    irq_start(take);
    if (which == INTX_PIC) {
        route(pirq, PIC_IRQ);
        start_pic();
    } else {
        route(pirq, BRIDGE_ROUTE_OFF);
        /* The destination: there from bit 24 on, in a message from bit 12. */
        ioapic_write(IOAPIC_ENTRY(pin) + 1, irq_message_address() << 12);
    }
    intx_mask(false);
    irq_on();
}
