/*
 * A handler that acknowledges by a register before it does anything else gets
 * every interrupt once: the write is the BAR access that QEMU has always taken
 * for the end of the interrupt, and the line is low by then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

static void acknowledge_and_look(void)
{
    intxtest_register_write(IRQTEST_INTX, 0);
    intxtest_look();
}

void case_main(void)
{
    intxtest_start(INTXTEST_REGISTERS, acknowledge_and_look);
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
}
