/*
 * The function mask holds every vector's edges and, cleared, lets each go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  4

void case_main(void)
{
    unsigned early = 0, pending = 0, cleared = 0, lost = 0, raised;

    irqtest_start();
    raised = ROUNDS * irqtest_vectors;
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        msix_unmask(&irqtest_msix, v);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        msix_control(&irqtest_msix, true, true);
        for (unsigned v = 0; v < irqtest_vectors; v++) {
            irqtest_raise(v);
        }
        for (unsigned v = 0; v < irqtest_vectors; v++) {
            pending += irqtest_pending(v, true);
            early += !irqtest_busy(v);
        }
        msix_control(&irqtest_msix, true, false);
        for (unsigned v = 0; v < irqtest_vectors; v++) {
            cleared += irqtest_pending(v, false);
            lost += !irqtest_delivered(v);
        }
    }
    check(!early, "no interrupt under the function mask: %u of %u",
          early, raised);
    check(pending == raised, "every edge is pending: %u of %u",
          pending, raised);
    check(cleared == raised, "and no longer without the mask: %u of %u",
          cleared, raised);
    irqtest_check_rounds("an edge raised under the function mask",
                         lost, raised);
    irqtest_settle();
    irqtest_check_spurious();
}
