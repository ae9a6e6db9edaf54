/*
 * Unmasking one more vector than the host has allocated takes a host without
 * dynamic allocation through a full disable and enable; the vectors that were
 * in use lose no edge by that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define ROUNDS  4

void case_main(void)
{
    unsigned lost = 0;

    irqtest_start();
    if (irqtest_vectors <= ROUNDS) {
        give_up("this case needs %u vectors", ROUNDS + 1);
    }
    msix_unmask(&irqtest_msix, 0);

    for (unsigned round = 1; round <= ROUNDS; round++) {
        irqtest_raise_in_flight(0);
        msix_unmask(&irqtest_msix, round);
        irqtest_land(0);
        lost += !irqtest_delivered(0);
    }
    irqtest_check_rounds("an edge in flight at growth", lost, ROUNDS);
    irqtest_settle();
    check(irqtest_spurious() <= ROUNDS * (ROUNDS + 1) / 2 +
                                irqtest_read(IRQTEST_SWAPS),
          "at most one spurious interrupt for each vector torn down: %u",
          irqtest_spurious());
}
