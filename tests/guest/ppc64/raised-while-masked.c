/*
 * A line that rises while it is masked at the interrupt controller interrupts
 * once when it is unmasked, and not before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      20
#define QUIET_MS    5

void case_main(void)
{
    unsigned early = 0;

    intxtest_start(INTXTEST_CONFIG, NULL);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t before = intxtest.delivered;

        irq_mask();
        intxtest_raise();
        pause_ms(QUIET_MS);
        early += intxtest.delivered != before;
        if (!intxtest.nobody_cared) {
            irq_unmask();
        }
        intxtest_delivered(before + 1);
    }
    /* One for the unmask, which on XIVE resets the source with the line high */
    check(!early, "none while masked: %u", early);
    intxtest_check(ROUNDS, 2, 0);
}
