/*
 * A handler that disables its interrupt, as a driver that polls for a while
 * does, and has it enabled again later gets every interrupt once.  On XIVE the
 * source then has no EOI at all: enabling resets it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      20
#define POLL_MS     2

static volatile bool wanted;

static void disable_and_poll(void)
{
    if (intxtest_look() == INTXTEST_DELIVERED) {
        irq_disable();
        wanted = true;
    }
}

static void poll(void)
{
    if (!wanted) {
        return;
    }
    wanted = false;
    pause_ms(POLL_MS);
    intxtest_acknowledge();
    if (!intxtest.nobody_cared) {
        irq_enable();
    }
}

void case_main(void)
{
    intxtest_start(INTXTEST_CONFIG, disable_and_poll);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        intxtest_delivered(before + 1);
        poll();
    }
    /* XICS has its EOI, while the line is high: the host signals again. */
    intxtest_check(ROUNDS, 2, 0);
}
