/*
 * A handler that sets the function's INTx Disable bit instead of acknowledging
 * gets no more interrupts, and one more when the bit is cleared with the line
 * still high.  Linux's uio_pci_generic works like this.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      20
#define QUIET_MS    5

static bool enabled_again;

static void disable_then_acknowledge(void)
{
    enum intxtest_kind kind = intxtest_look();

    if (kind == INTXTEST_DELIVERED) {
        pci_intx_disable(intxtest_bdf, true);
    } else if (kind == INTXTEST_REPEATED && enabled_again) {
        intxtest_acknowledge();
    }
}

void case_main(void)
{
    unsigned early = 0;

    intxtest_start(INTXTEST_CONFIG, disable_then_acknowledge);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        if (intxtest_delivered(before + 1)) {
            pause_ms(QUIET_MS);
            early += intxtest.repeated != i;
            enabled_again = true;
            pci_intx_disable(intxtest_bdf, false);
            intxtest_repeated(i + 1);
            enabled_again = false;
        }
    }
    check(!early, "none while disabled: %u", early);
    check(intxtest.repeated == ROUNDS, "one when enabled again: %u of %u",
          intxtest.repeated, ROUNDS);
    intxtest_check(ROUNDS, 2, 0);
}
