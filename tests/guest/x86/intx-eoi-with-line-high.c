/*
 * An EOI with the line still high brings the interrupt once more, and not a
 * second time: the handler acknowledges the repetition.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      20

static void handle(void)
{
    if (intxtest_look() == INTXTEST_REPEATED) {
        intxtest_acknowledge();
    }
}

static bool has_fallen(unsigned repeated)
{
    return intxtest.repeated >= repeated;
}

void case_main(void)
{
    for (unsigned c = 0; c < INTX_CONTROLLERS; c++) {
        intxtest_on(c, handle);
        for (unsigned i = 1; i <= ROUNDS && !intxtest.given_up; i++) {
            intxtest_raise();
            if (!intxtest_wait(i) || !intxtest_patient(has_fallen, i)) {
                break;
            }
        }
        intxtest_end(c, ROUNDS, ROUNDS, 0);
    }
    intxtest_result();
}
