/*
 * A handler that masks the line before its EOI, as Linux does for a threaded
 * interrupt, and unmasks it when its work is done gets every interrupt once.
 * The device is served while the line is masked and has had its EOI.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      20
#define WORK_MS     2

static volatile bool wanted;

static void mask_and_defer(void)
{
    if (intxtest_look() == INTXTEST_DELIVERED) {
        irq_mask();
        wanted = true;
    }
}

static void work(void)
{
    if (!wanted) {
        return;
    }
    wanted = false;
    pause_ms(WORK_MS);
    intxtest_acknowledge();
    if (!intxtest.nobody_cared) {
        irq_unmask();
    }
}

void case_main(void)
{
    intxtest_start(INTXTEST_CONFIG, mask_and_defer);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        intxtest_delivered(before + 1);
        work();
    }
    /* The EOI comes while the line is high, so the host signals again. */
    intxtest_check(ROUNDS, 2, 0);
}
