/*
 * A handler that acknowledges in a BAR, then sends its EOI, gets every
 * interrupt once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

static void handle(void)
{
    if (intxtest_look() == INTXTEST_DELIVERED) {
        write32(intxtest_register(IRQTEST_INTX), 0);
    }
}

void case_main(void)
{
    for (unsigned c = 0; c < INTX_CONTROLLERS; c++) {
        intxtest_on(c, handle);
        intxtest_rounds(ROUNDS);
        intxtest_end(c, ROUNDS, 0, 0);
    }
    intxtest_result();
}
