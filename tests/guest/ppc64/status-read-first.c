/*
 * A handler that reads the device's status before it acknowledges, as most
 * drivers do, makes the host signal once for each interrupt: the read is not
 * the end of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

void case_main(void)
{
    intxtest_start(INTXTEST_REGISTERS, NULL);
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
}
