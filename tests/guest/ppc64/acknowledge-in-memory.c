/*
 * A handler of a device whose status and acknowledge are in a BAR that QEMU
 * maps gets every interrupt once, and QEMU traps none of its accesses: the BAR
 * stays mapped.  Needs "vfio-host run --count-bars".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS  20

void case_main(void)
{
    struct intxtest_trapped before, after;

    intxtest_start(INTXTEST_MEMORY, NULL);
    before = intxtest_trapped();
    intxtest_rounds(ROUNDS);
    intxtest_check(ROUNDS, 1, 0);
    after = intxtest_trapped();
    if (!after.counted) {
        give_up("the host does not count accesses: --count-bars");
    }
    check(after.reads == before.reads && after.writes == before.writes,
          "none of their accesses is trapped: %u reads, %u writes",
          after.reads - before.reads, after.writes - before.writes);
    say("result: trapped=%u\n",
        after.reads - before.reads + after.writes - before.writes);
}
