/*
 * Not a case but an instrument: from the host's signal to the guest's handler
 *
 * The device stamps the host's TSC into memory that the guest reads without an
 * exit, and then signals the eventfd.  How the guest's TSC differs from the
 * host's nobody says.  So the guest first polls the stamp with interrupts off:
 * what lies between the stamp and the guest's own TSC then is the difference
 * and the time in which a write becomes visible, which is least of all.  Next
 * it waits for the interrupts at a hlt, and its handler takes the TSC.
 *
 * Prints every sample, to be reduced elsewhere.  The difference is some 32-bit
 * number, the least of the polled ones modulo 2^32; so both kinds are given
 * relative to the first.  Parameters: samples, period (us).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define SAMPLES         300
#define MAX_SAMPLES     2000
#define PERIOD_US       400
#define POLL_MS         2000
#define SPINS           1000    /* between two looks at the time */

static uintptr_t stamp;
static uint32_t polled[MAX_SAMPLES], handled[MAX_SAMPLES];
static volatile unsigned handled_count;
static unsigned polled_count;

static uint32_t low_tsc(void)
{
    return (uint32_t)tsc();
}

static void take(unsigned idt_vector)
{
    uint32_t now = low_tsc();

    (void)idt_vector;
    if (handled_count < MAX_SAMPLES) {
        handled[handled_count++] = now - read32(stamp);
    }
    irqtest_write(IRQTEST_ACK, 0);
}

/* More than anybody waits for; the busy protocol keeps them apart. */
static void start_edges(void)
{
    irqtest_write(IRQTEST_AUTO_PERIOD_US, param("period", PERIOD_US));
    irqtest_write(IRQTEST_AUTO_VECTORS, 1);
    irqtest_write(IRQTEST_AUTO_COUNT, INT32_MAX);
}

static void poll_edges(unsigned samples)
{
    uint32_t last = read32(stamp);
    uint64_t start = tsc();

    while (polled_count < samples && tsc() - start < tsc_of_ms(POLL_MS)) {
        uint32_t value, now;
        unsigned spins = SPINS;

        do {
            value = read32(stamp);
            now = low_tsc();
        } while (value == last && --spins);
        if (value != last) {
            polled[polled_count++] = now - value;
            last = value;
            irqtest_write(IRQTEST_ACK, 0);
        }
    }
}

void case_main(void)
{
    uint32_t samples = param("samples", SAMPLES);

    irqtest_open();
    irqtest_write(IRQTEST_CONTROL,
                  IRQTEST_CONTROL_BUSY | IRQTEST_CONTROL_STAMP);
    stamp = pci_bar(irqtest_msix.bdf, 4) + IRQTEST_STAMP_IN_BAR4;
    if (samples > MAX_SAMPLES) {
        samples = MAX_SAMPLES;
    }
    irq_start(take);
    msix_control(&irqtest_msix, true, false);
    msix_message(&irqtest_msix, 0, IRQ_FIRST);
    msix_unmask(&irqtest_msix, 0);

    start_edges();
    poll_edges(samples);
    /* What the polling left in the local APIC is no sample. */
    irq_drain(IRQ_FIRST);
    handled_count = 0;
    /* A profiler knows the interrupts by two writes to configuration space. */
    msix_control(&irqtest_msix, true, false);
    while (handled_count < samples) {
        asm volatile("sti; hlt; cli" : : : "memory");
    }
    msix_control(&irqtest_msix, true, false);
    irqtest_write(IRQTEST_AUTO_COUNT, 0);

    for (unsigned i = 0; i < polled_count; i++) {
        say("sample: polled=%u\n", polled[i] - polled[0]);
    }
    for (unsigned i = 0; i < handled_count; i++) {
        say("sample: handled=%u\n", handled[i] - polled[0]);
    }
    check(polled_count && handled_count, "%u samples of the difference, %u of "
          "the latency", polled_count, handled_count);
}
