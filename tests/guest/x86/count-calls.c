/*
 * Not a case but an instrument: which calls each action of a guest costs
 *
 * The host counts QEMU's calls (give it --count-kvm); this guest does one kind
 * of action at a time and prints what it cost; after a while, since QEMU may
 * put off a part of the work.  What it puts off until a vector interrupts is
 * seen by actions that end with interrupts; and by comparison, actions on
 * vectors that stay unused.  Parameters: vectors (all the device has), rounds
 * (of what is repeated).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS      64
#define ALONE       8
#define PLACES      4           /* between which an interrupt wanders */
#define MASKALLS    2
#define MESSAGES    0x80        /* different ones, from IRQ_FIRST on */

/* Ages of vector 0, so that some of its messages are new ones. */
#define AGE_UNUSED  70
#define AGE_USED    80
#define AGE_PLACES  90

static const struct {
    const char *name;
    unsigned reg;
} counters[] = {
    { "triggers", IRQTEST_SET_IRQS_TRIGGER },
    { "requests", IRQTEST_IRQ_REQUESTS },
    { "frees", IRQTEST_IRQ_FREES },
    { "teardowns", IRQTEST_TEARDOWNS },
    { "assigns", IRQTEST_KVM_IRQFD_ASSIGN },
    { "deassigns", IRQTEST_KVM_IRQFD_DEASSIGN },
    { "routings", IRQTEST_KVM_SET_GSI_ROUTING },
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

static unsigned vectors;
static uint32_t calls[COUNTERS];

static void ignore(unsigned idt_vector)
{
    (void)idt_vector;
}

static unsigned message_of(unsigned v, unsigned age)
{
    return IRQ_FIRST + (v + age) % MESSAGES;
}

/* What was called until now belongs to something else. */
static void begin(void)
{
    irqtest_settle();
    irqtest_write(IRQTEST_CLEAR, 1);
}

static void end(void)
{
    irqtest_settle();
    for (unsigned i = 0; i < COUNTERS; i++) {
        calls[i] += irqtest_read(counters[i].reg);
    }
}

static void report(const char *action, unsigned times)
{
    say("calls: action=%s times=%u", action, times);
    for (unsigned i = 0; i < COUNTERS; i++) {
        say(" %s=%u", counters[i].name, calls[i]);
    }
    say("\n");
}

static void forget(void)
{
    for (unsigned i = 0; i < COUNTERS; i++) {
        calls[i] = 0;
    }
}

static void end_and_report(const char *action, unsigned times)
{
    end();
    report(action, times);
    forget();
}

static void move(unsigned v, unsigned age)
{
    msix_mask(&irqtest_msix, v);
    msix_message(&irqtest_msix, v, message_of(v, age));
    msix_unmask(&irqtest_msix, v);
}

static void interrupt(unsigned v, unsigned age)
{
    irqtest_warm_up(v, message_of(v, age));
}

static void bring_up(void)
{
    begin();
    msix_control(&irqtest_msix, true, false);
    end_and_report("enable-all-masked", 1);

    begin();
    for (unsigned v = 0; v < vectors; v++) {
        msix_message(&irqtest_msix, v, message_of(v, 0));
        msix_unmask(&irqtest_msix, v);
    }
    end();
    report("bring-up-unused", 1);
    begin();
    for (unsigned v = 0; v < vectors; v++) {
        interrupt(v, 0);
    }
    end_and_report("bring-up", 1);
}

/* In succession, without an interrupt in between. */
static void burst(uint32_t rounds)
{
    begin();
    for (uint32_t i = 0; i < rounds; i++) {
        msix_mask(&irqtest_msix, i % vectors);
        msix_unmask(&irqtest_msix, i % vectors);
    }
    end_and_report("mask-unmask", rounds);

    /* Between two messages, as when an interrupt goes to and fro */
    begin();
    for (uint32_t i = 0; i < rounds; i++) {
        move(0, (i + 1) % 2);
    }
    end_and_report("move-to-and-fro", rounds);

    begin();
    for (uint32_t i = 0; i < rounds; i++) {
        move(0, i + 2);
    }
    end_and_report("move-to-new", rounds);
    interrupt(0, rounds + 1);
}

/* One at a time, of a vector that is in use. */
static void moves(uint32_t rounds)
{
    for (unsigned i = 0; i < ALONE; i++) {
        begin();
        move(0, AGE_UNUSED + i);
        end();
        interrupt(0, AGE_UNUSED + i);
    }
    report("move-unused", ALONE);
    forget();

    begin();
    for (unsigned i = 0; i < ALONE; i++) {
        move(0, AGE_USED + i);
        interrupt(0, AGE_USED + i);
    }
    end_and_report("move-used", ALONE);

    begin();
    for (unsigned i = 0; i < ALONE; i++) {
        move(0, AGE_USED + i);
        interrupt(0, AGE_USED + i);
    }
    end_and_report("move-back-used", ALONE);

    begin();
    for (uint32_t i = 0; i < rounds; i++) {
        move(0, AGE_PLACES + i % PLACES);
        interrupt(0, AGE_PLACES + i % PLACES);
    }
    end_and_report("move-around-used", rounds);
}

void case_main(void)
{
    uint32_t rounds = param("rounds", ROUNDS);

    irqtest_open();
    irqtest_write(IRQTEST_CONTROL, 0);
    irq_start(ignore);
    vectors = param("vectors", irqtest_msix.vectors);

    bring_up();
    burst(rounds);
    moves(rounds);

    begin();
    for (unsigned i = 0; i < MASKALLS; i++) {
        msix_control(&irqtest_msix, true, true);
        msix_control(&irqtest_msix, true, false);
    }
    end_and_report("maskall", MASKALLS);
    begin();
    msix_control(&irqtest_msix, false, false);
    end_and_report("disable", 1);
    begin();
    msix_control(&irqtest_msix, true, false);
    end_and_report("enable-all-live", 1);
}
