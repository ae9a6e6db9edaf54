/*
 * XIVE: a store to the source's ESB page is an EOI too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"
#include "xive.h"

#define ROUNDS  20

void case_main(void)
{
    xive_eoi = XIVE_EOI_MMIO_STORE;
    intxtest_start(INTXTEST_CONFIG, NULL);
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
}
