/*
 * A driver that enables MSI-X with every vector masked, as Linux does, finds
 * the device's messages pending and gets each when it unmasks the vector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

void case_main(void)
{
    unsigned pending = 0, early, delivered = 0;

    irqtest_start();

    for (unsigned v = 0; v < irqtest_vectors; v++) {
        irqtest_raise(v);
        pending += irqtest_pending(v, true);
    }
    check(pending == irqtest_vectors,
          "edges raised before any unmask are pending: %u of %u",
          pending, irqtest_vectors);

    irqtest_settle();
    early = irqtest_spurious();
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        early += irqtest_count[v].delivered;
    }
    check(!early, "no masked vector interrupts: %u did", early);

    for (unsigned v = 0; v < irqtest_vectors; v++) {
        msix_unmask(&irqtest_msix, v);
        delivered += irqtest_delivered(v);
    }
    irqtest_check_rounds("an edge held since before the unmask",
                         irqtest_vectors - delivered, irqtest_vectors);
    irqtest_settle();
    irqtest_check_spurious();
}
