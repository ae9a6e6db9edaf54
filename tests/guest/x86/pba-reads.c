/*
 * The pending-bit array shows exactly the vectors that hold an edge, whichever
 * other vectors are masked, unmasked and interrupting meanwhile.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

static unsigned wrong_bits(unsigned held)
{
    unsigned wrong = 0;

    for (unsigned v = 0; v < irqtest_vectors; v++) {
        wrong += msix_pending(&irqtest_msix, v) != (v < held && v % 2);
    }
    return wrong;
}

void case_main(void)
{
    unsigned wrong = 0, lost = 0;

    irqtest_start();
    check(!wrong_bits(0), "nothing pending after enable");

    /* Odd vectors are masked and hold an edge, even ones stay unmasked. */
    for (unsigned v = 0; v < irqtest_vectors; v += 2) {
        msix_unmask(&irqtest_msix, v);
    }
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        irqtest_raise(v);
        if (v % 2) {
            irqtest_pending(v, true);
        } else {
            lost += !irqtest_delivered(v);
        }
        wrong += wrong_bits(v + 1);
    }
    check(!wrong, "odd vectors pending, and no other: %u wrong bits", wrong);

    for (unsigned v = 0; v < irqtest_vectors; v += 2) {
        msix_mask(&irqtest_msix, v);
        msix_unmask(&irqtest_msix, v);
    }
    wrong = wrong_bits(irqtest_vectors);
    check(!wrong, "masking others changes no bit: %u wrong bits", wrong);

    for (unsigned v = 1; v < irqtest_vectors; v += 2) {
        msix_unmask(&irqtest_msix, v);
        lost += !irqtest_delivered(v);
    }
    check(!wrong_bits(0), "nothing pending after the unmasks");
    irqtest_check_rounds("every edge", lost, irqtest_vectors);
    irqtest_settle();
    irqtest_check_spurious();
}
