/*
 * IDT and local APIC
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irq.h"

#define CODE_SELECTOR           0x08
#define INTERRUPT_GATE          0x8e00
#define STUB_SIZE               16
#define EXCEPTIONS              32

#define PIC_MASTER_MASK         0x21
#define PIC_SLAVE_MASK          0xa1

#define LAPIC                   0xfee00000u
#define LAPIC_ID                (LAPIC + 0x020)
#define LAPIC_TASK_PRIORITY     (LAPIC + 0x080)
#define LAPIC_EOI               (LAPIC + 0x0b0)
#define LAPIC_SPURIOUS          (LAPIC + 0x0f0)
#define LAPIC_SPURIOUS_ENABLE       0x100
#define LAPIC_SPURIOUS_VECTOR       0xff
#define LAPIC_REQUESTED(vector) (LAPIC + 0x200 + (vector) / 32 * 0x10)
#define LAPIC_LVT_TIMER         (LAPIC + 0x320)
#define LAPIC_LVT_LINT0         (LAPIC + 0x350)
#define LAPIC_LVT_LINT1         (LAPIC + 0x360)
#define LAPIC_LVT_MASKED            0x10000
#define LAPIC_LVT_PIC               0x700

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t type;
    uint16_t offset_high;
};

extern const char irq_stubs[];
void irq_dispatch(unsigned vector, const uint32_t *frame);

static struct gate idt[256];
static void (*irq_handler)(unsigned idt_vector);

/* From the stubs in boot.S; @frame is what the processor pushed. */
void irq_dispatch(unsigned vector, const uint32_t *frame)
{
    if (vector < EXCEPTIONS) {
        give_up("exception %u, stack %x %x %x",
                vector, frame[0], frame[1], frame[2]);
    }
    if (vector == LAPIC_SPURIOUS_VECTOR) {
        return;
    }
    if (vector < IRQ_FIRST || vector > IRQ_LAST) {
        give_up("interrupt on vector %x that nobody asked for", vector);
    }
    irq_handler(vector);
    write32(LAPIC_EOI, 0);
}

void irq_start(void (*handler)(unsigned idt_vector))
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) idt_pointer = {
        sizeof(idt) - 1, (uintptr_t)idt
    };

    irq_handler = handler;
    for (unsigned i = 0; i < 256; i++) {
        uintptr_t stub = (uintptr_t)irq_stubs + i * STUB_SIZE;

        idt[i].offset_low = stub;
        idt[i].selector = CODE_SELECTOR;
        idt[i].type = INTERRUPT_GATE;
        idt[i].offset_high = stub >> 16;
    }
    asm volatile("lidt %0" : : "m"(idt_pointer));

    outb(PIC_MASTER_MASK, 0xff);
    outb(PIC_SLAVE_MASK, 0xff);
    write32(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
    write32(LAPIC_LVT_LINT0, LAPIC_LVT_MASKED);
    write32(LAPIC_LVT_LINT1, LAPIC_LVT_MASKED);
    write32(LAPIC_TASK_PRIORITY, 0);
    write32(LAPIC_SPURIOUS, LAPIC_SPURIOUS_ENABLE | LAPIC_SPURIOUS_VECTOR);
}

void irq_accept_pic(void)
{
    write32(LAPIC_LVT_LINT0, LAPIC_LVT_PIC);
}

uint32_t irq_message_address(void)
{
    return LAPIC | (read32(LAPIC_ID) >> 24 << 12);
}

bool irq_requested(unsigned idt_vector)
{
    return read32(LAPIC_REQUESTED(idt_vector)) & (1u << (idt_vector % 32));
}

void irq_drain(unsigned idt_vector)
{
    irq_off();
    while (irq_requested(idt_vector)) {
        /* It is there, so this cannot sleep; and KVM, where it emulates, looks
         * for interrupts only now and then, but always at a hlt. */
        asm volatile("sti; hlt; cli" : : : "memory");
    }
}
