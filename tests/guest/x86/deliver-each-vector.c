/*
 * Every vector delivers, each on its own message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  4

void case_main(void)
{
    unsigned lost = 0, elsewhere = 0;

    irqtest_start();
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        msix_unmask(&irqtest_msix, v);
    }
    for (unsigned round = 1; round <= ROUNDS; round++) {
        for (unsigned v = 0; v < irqtest_vectors; v++) {
            irqtest_raise(v);
            lost += !irqtest_delivered(v);
            elsewhere += irqtest_count[v].delivered != round;
        }
    }
    irqtest_check_rounds("an edge on an unmasked vector",
                         lost, ROUNDS * irqtest_vectors);
    check(!elsewhere, "each on its own message: %u elsewhere", elsewhere);
    irqtest_settle();
    irqtest_check_spurious();
}
