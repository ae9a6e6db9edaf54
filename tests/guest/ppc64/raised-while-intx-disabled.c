/*
 * A line that rises while the function's INTx Disable bit is set interrupts
 * once when the bit is cleared, and not before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS      20
#define QUIET_MS    5

void case_main(void)
{
    unsigned early = 0;

    intxtest_start(INTXTEST_CONFIG, NULL);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t before = intxtest.delivered;

        pci_intx_disable(intxtest_bdf, true);
        intxtest_raise();
        pause_ms(QUIET_MS);
        early += intxtest.delivered != before;
        pci_intx_disable(intxtest_bdf, false);
        intxtest_delivered(before + 1);
    }
    check(!early, "none while disabled: %u", early);
    intxtest_check(ROUNDS, 1, 0);
}
