/*
 * Not a case but an instrument: how long masks and moves take
 *
 * Some vectors are in use, the first is masked and unmasked.  Each sample is
 * the TSC's count for one pair of writes to the vector's control word; and, to
 * take off what any trapped write costs, the same for writes of the value that
 * the word has already, which QEMU's MSI-X core ends early.  Likewise with
 * another message written in between; and, without anything to take off, the
 * whole sequence of a driver that moves an interrupt, with its reads.
 *
 * Parameters: vectors (all the device has), samples, pairs (in a sample),
 * profile (1: pairs of masks and unmasks only, between two writes to
 * configuration space, by which a profiler knows them).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define SAMPLES     60
#define BURST       6
#define PAIRS       8           /* few, lest all are interrupted by others */
#define CONTROL     12          /* words of an entry */
#define DATA        8
#define MASKED      1

static uintptr_t entry;
static uint32_t pairs;

static void ignore(unsigned idt_vector)
{
    (void)idt_vector;
}

static void mask_unmask(void)
{
    write32(entry + CONTROL, MASKED);
    write32(entry + CONTROL, 0);
}

static void two_writes(void)
{
    write32(entry + CONTROL, 0);
    write32(entry + CONTROL, 0);
}

static void mask_change_unmask(void)
{
    static unsigned message;

    message = !message;
    write32(entry + CONTROL, MASKED);
    write32(entry + DATA, IRQ_FIRST + message);
    write32(entry + CONTROL, 0);
}

static void move(void)
{
    static unsigned message;

    message = !message;
    msix_mask(&irqtest_msix, 0);
    msix_message(&irqtest_msix, 0, IRQ_FIRST + message);
    msix_unmask(&irqtest_msix, 0);
}

static uint32_t duration(void (*action)(void))
{
    uint64_t start = tsc();

    for (uint32_t i = 0; i < pairs; i++) {
        action();
    }
    return (uint32_t)(tsc() - start) / pairs;
}

static void take_samples(void)
{
    uint32_t pair[BURST], writes[BURST], change[BURST], whole[BURST];

    for (unsigned i = 0; i < BURST; i++) {
        pair[i] = duration(mask_unmask);
        writes[i] = duration(two_writes);
    }
    for (unsigned i = 0; i < BURST; i++) {
        change[i] = duration(mask_change_unmask);
        whole[i] = duration(move);
    }
    for (unsigned i = 0; i < BURST; i++) {
        say("sample: pair=%u change=%u writes=%u move=%u\n", pair[i],
            change[i], writes[i], whole[i]);
    }
}

void case_main(void)
{
    uint32_t samples = param("samples", SAMPLES);
    unsigned vectors;

    irqtest_open();
    irqtest_write(IRQTEST_CONTROL, 0);
    irq_start(ignore);
    vectors = param("vectors", irqtest_msix.vectors);
    pairs = param("pairs", PAIRS);
    entry = irqtest_msix.table;

    msix_control(&irqtest_msix, true, false);
    for (unsigned v = 0; v < vectors; v++) {
        msix_message(&irqtest_msix, v, IRQ_FIRST);
        msix_unmask(&irqtest_msix, v);
    }
    for (unsigned v = 0; v < vectors; v++) {
        irqtest_warm_up(v, IRQ_FIRST);
    }
    /* Here and there, so that KVM has a route for either message. */
    for (unsigned there = 1; there < 3; there++) {
        msix_mask(&irqtest_msix, 0);
        msix_message(&irqtest_msix, 0, IRQ_FIRST + there % 2);
        msix_unmask(&irqtest_msix, 0);
        irqtest_warm_up(0, IRQ_FIRST + there % 2);
    }
    duration(mask_unmask);      /* the first ones fill caches */
    if (param("profile", 0)) {
        msix_control(&irqtest_msix, true, false);
        duration(mask_unmask);
        msix_control(&irqtest_msix, true, false);
        return;
    }
    for (uint32_t i = 0; i < samples; i += BURST) {
        take_samples();
    }
}
