/*
 * The function mask, set and cleared, loses no vector's edge in flight.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  4

void case_main(void)
{
    unsigned lost = 0;

    irqtest_start();
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        msix_unmask(&irqtest_msix, v);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned v = round % irqtest_vectors;

        irqtest_raise_in_flight(v);
        msix_control(&irqtest_msix, true, true);
        msix_control(&irqtest_msix, true, false);
        irqtest_land(v);
        lost += !irqtest_delivered(v);
    }
    irqtest_check_rounds("an edge in flight at the function mask",
                         lost, ROUNDS);
    irqtest_settle();
    irqtest_check_spurious();
}
