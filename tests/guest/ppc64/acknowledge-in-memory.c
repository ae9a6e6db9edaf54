/*
 * Likewise with a device whose status and acknowledge are in a BAR that QEMU
 * maps: nobody sees these accesses, and nobody has to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

void case_main(void)
{
    intxtest_start(INTXTEST_MEMORY, NULL);
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
}
