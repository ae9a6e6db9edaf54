/*
 * An EOI while the device still has its line high is followed by exactly one
 * more interrupt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

static void acknowledge_the_second(void)
{
    if (intxtest_look() == INTXTEST_REPEATED) {
        intxtest_acknowledge();
    }
}

void case_main(void)
{
    intxtest_start(INTXTEST_CONFIG, acknowledge_the_second);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        if (intxtest_delivered(before + 1)) {
            intxtest_repeated(i + 1);
        }
    }
    check(intxtest.repeated == ROUNDS, "one more for each: %u of %u",
          intxtest.repeated, ROUNDS);
    intxtest_check(ROUNDS, 2, 0);
}
