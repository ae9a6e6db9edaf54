/*
 * A handler that touches no BAR gets every interrupt once: it acknowledges in
 * configuration space, so only its EOI can tell QEMU that it is done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

void case_main(void)
{
    intxtest_start(INTXTEST_CONFIG, NULL);
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
}
