/*
 * A device that lowers its line by itself needs nothing of the handler but the
 * EOI, and its next interrupt comes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20
#define HOLD_US 500
#define FALL_MS 1000

static bool is_low(unsigned opaque)
{
    (void)opaque;
    return !intxtest_is_high();
}

/* Until then the line is high, and its EOI would repeat it. */
static void wait_for_the_fall(void)
{
    if (intxtest_look() == INTXTEST_DELIVERED) {
        wait_until(is_low, 0, FALL_MS);
    }
}

void case_main(void)
{
    intxtest_start(INTXTEST_CONFIG, wait_for_the_fall);
    intxtest_register_write(IRQTEST_INTX_HOLD_US, HOLD_US);
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
}
