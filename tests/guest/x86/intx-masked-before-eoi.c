/*
 * A handler that masks the line before its EOI, serves the device later and
 * unmasks the line then, gets every interrupt once.
 *
 * The line was still high at the EOI, so the host has signalled once more, and
 * QEMU may have heard of that or not when the line is unmasked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      2000    /* it has heard of it in most of them */

static void handle(void)
{
    if (intxtest_look() == INTXTEST_DELIVERED) {
        intx_mask(true);
    }
}

static void serve(unsigned rounds)
{
    for (unsigned i = 0; i < rounds && !intxtest.given_up; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        if (!intxtest_wait(before + 1)) {
            break;
        }
        intxtest_acknowledge();
        if (!intxtest.given_up) {
            intx_mask(false);
        }
    }
}

void case_main(void)
{
    for (unsigned c = 0; c < INTX_CONTROLLERS; c++) {
        intxtest_on(c, handle);
        serve(ROUNDS);
        intxtest_end(c, ROUNDS, 0, 0);
    }
    intxtest_result();
}
