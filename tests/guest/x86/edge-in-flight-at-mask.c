/*
 * An edge that the host has accepted but not handled when the guest masks its
 * vector is delivered after the unmask.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  4

void case_main(void)
{
    unsigned v = 1, lost = 0;

    irqtest_start();
    msix_unmask(&irqtest_msix, v);

    for (unsigned round = 0; round < ROUNDS; round++) {
        irqtest_raise_in_flight(v);
        msix_mask(&irqtest_msix, v);
        msix_unmask(&irqtest_msix, v);
        irqtest_land(v);
        lost += !irqtest_delivered(v);
    }
    irqtest_check_rounds("an edge in flight at mask", lost, ROUNDS);
    irqtest_settle();
    irqtest_check_spurious();
}
