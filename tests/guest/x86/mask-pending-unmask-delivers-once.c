/*
 * An edge raised on a masked vector becomes the pending bit, and the unmask
 * turns that into one interrupt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  16

void case_main(void)
{
    unsigned v, early = 0, pending = 0, cleared = 0, lost = 0;

    irqtest_start();
    v = irqtest_vectors / 2;
    msix_unmask(&irqtest_msix, v);

    for (unsigned round = 0; round < ROUNDS; round++) {
        msix_mask(&irqtest_msix, v);
        irqtest_raise(v);
        pending += irqtest_pending(v, true);
        early += !irqtest_busy(v);
        msix_unmask(&irqtest_msix, v);
        cleared += irqtest_pending(v, false);
        lost += !irqtest_delivered(v);
    }
    check(!early, "no interrupt while masked: %u of %u", early, ROUNDS);
    check(pending == ROUNDS, "the edge is pending: %u of %u", pending, ROUNDS);
    check(cleared == ROUNDS, "the unmask clears that: %u of %u",
          cleared, ROUNDS);
    irqtest_check_rounds("the edge", lost, ROUNDS);
    irqtest_settle();
    check(irqtest_count[v].delivered == ROUNDS, "each once: %u of %u",
          irqtest_count[v].delivered, ROUNDS);
    irqtest_check_spurious();
}
