/*
 * The device raises its line again as soon as it has fallen, and the guest
 * gets exactly as many interrupts; its handler touches no BAR.  Then the device
 * is quiet for a while, and raises some more, one by one.
 *
 * A controller whose input stays high gives the guest interrupts without end.
 * While the device raises its line at once, each of them may find a new number
 * and nothing is lost; when the device is quiet they are all spurious, the
 * guest gives up, and what the device raises afterwards is lost.
 *
 * Parameters: count, timeout (ms without an interrupt).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define COUNT       100000
#define STEP        1000            /* between two looks at the clock */
#define AFTERWARDS  10

static void handle(void)
{
    if (intxtest_look() != INTXTEST_SPURIOUS) {
        intxtest_acknowledge();
    }
}

static void run(uint32_t count)
{
    for (uint32_t n = 0; n < count && !intxtest.given_up; ) {
        n = count - n > STEP ? n + STEP : count;
        while (intxtest.delivered < n) {
            uint32_t before = intxtest.delivered;

            if (!intxtest_wait(before + 1)) {
                return;
            }
        }
        say("progress: delivered=%u of=%u\n", n, count);
    }
}

void case_main(void)
{
    uint32_t count = param("count", COUNT);

    for (unsigned c = 0; c < INTX_CONTROLLERS; c++) {
        intxtest_on(c, handle);
        intxtest_raise_automatically(count);
        run(count);
        intxtest_raise_automatically(0);
        intxtest_settle();
        intxtest_rounds(AFTERWARDS);
        intxtest_end(c, count + AFTERWARDS, 0, 0);
    }
    intxtest_result();
}
