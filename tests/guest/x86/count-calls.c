/*
 * Not a case but an instrument: which calls each action of a guest costs
 *
 * The host counts QEMU's calls (give it --count-kvm); this guest does one kind
 * of action at a time and prints the counters after it; and after a while, since
 * QEMU may put off a part of the work.  So moves are counted twice: many in
 * succession, and each on its own.  Parameters: vectors (all the device has),
 * rounds (of what is repeated).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS      64
#define ALONE       8
#define MASKALLS    2
#define MESSAGES    0x80        /* different ones, from IRQ_FIRST on */

static unsigned vectors;

static void ignore(unsigned idt_vector)
{
    (void)idt_vector;
}

static unsigned message_of(unsigned v, unsigned age)
{
    return IRQ_FIRST + (v + age) % MESSAGES;
}

static void report(const char *action, unsigned times)
{
    irqtest_settle();
    say("calls: action=%s times=%u triggers=%u requests=%u frees=%u ",
        action, times,
        irqtest_read(IRQTEST_SET_IRQS_TRIGGER), irqtest_read(IRQTEST_IRQ_REQUESTS),
        irqtest_read(IRQTEST_IRQ_FREES));
    say("teardowns=%u assigns=%u deassigns=%u routings=%u\n",
        irqtest_read(IRQTEST_TEARDOWNS),
        irqtest_read(IRQTEST_KVM_IRQFD_ASSIGN),
        irqtest_read(IRQTEST_KVM_IRQFD_DEASSIGN),
        irqtest_read(IRQTEST_KVM_SET_GSI_ROUTING));
    irqtest_write(IRQTEST_CLEAR, 1);
}

static void move(unsigned v, unsigned age)
{
    msix_mask(&irqtest_msix, v);
    msix_message(&irqtest_msix, v, message_of(v, age));
    msix_unmask(&irqtest_msix, v);
}

void case_main(void)
{
    uint32_t rounds = param("rounds", ROUNDS);

    irqtest_open();
    irqtest_write(IRQTEST_CONTROL, 0);
    irq_start(ignore);
    vectors = param("vectors", irqtest_msix.vectors);
    irqtest_write(IRQTEST_CLEAR, 1);

    msix_control(&irqtest_msix, true, false);
    report("enable-all-masked", 1);
    for (unsigned v = 0; v < vectors; v++) {
        msix_message(&irqtest_msix, v, message_of(v, 0));
        msix_unmask(&irqtest_msix, v);
    }
    report("bring-up", 1);
    for (uint32_t i = 0; i < rounds; i++) {
        msix_mask(&irqtest_msix, i % vectors);
        msix_unmask(&irqtest_msix, i % vectors);
    }
    report("mask-unmask", rounds);
    /* Between two messages, as when an interrupt goes to and fro */
    for (uint32_t i = 0; i < rounds; i++) {
        move(0, (i + 1) % 2);
    }
    report("move-to-and-fro", rounds);
    for (uint32_t i = 0; i < rounds; i++) {
        move(0, i + 2);
    }
    report("move-to-new", rounds);
    for (unsigned i = 0; i < ALONE; i++) {
        move(0, i);
        irqtest_settle();
    }
    report("move-alone", ALONE);
    for (unsigned i = 0; i < MASKALLS; i++) {
        msix_control(&irqtest_msix, true, true);
        msix_control(&irqtest_msix, true, false);
    }
    report("maskall", MASKALLS);
    msix_control(&irqtest_msix, false, false);
    report("disable", 1);
    msix_control(&irqtest_msix, true, false);
    report("enable-all-live", 1);
}
