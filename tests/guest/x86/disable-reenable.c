/*
 * MSI-X off and on again: vectors that were unmasked deliver at once, without
 * another write to the table, and masked ones hold what comes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  8

void case_main(void)
{
    unsigned lost = 0, early = 0, last;

    irqtest_start();
    last = irqtest_vectors - 1;
    for (unsigned v = 0; v < last; v++) {
        msix_unmask(&irqtest_msix, v);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        msix_control(&irqtest_msix, false, false);
        msix_control(&irqtest_msix, true, false);
        for (unsigned v = 0; v < last; v++) {
            irqtest_raise(v);
            lost += !irqtest_delivered(v);
        }
        irqtest_raise(last);
        irqtest_pending(last, true);
        early += !irqtest_busy(last);
        msix_unmask(&irqtest_msix, last);
        lost += !irqtest_delivered(last);
        msix_mask(&irqtest_msix, last);
    }
    check(!early, "the masked vector stays so: %u of %u", early, ROUNDS);
    irqtest_check_rounds("an edge after the enable",
                         lost, ROUNDS * irqtest_vectors);
    irqtest_settle();
    irqtest_check_spurious();
}
