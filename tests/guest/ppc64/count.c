/*
 * The device raises its line again as soon as it was acknowledged, many times;
 * the guest gets exactly as many interrupts.
 *
 * If the handler touches no BAR the last few are raised one by one, after a
 * pause.  A controller whose input stays high gives the guest interrupts
 * without end: while the device raises its line at once, each of them may find
 * a new number and nothing is lost; in the pause they are all spurious, the
 * guest gives up, and what the device raises afterwards is lost.
 *
 * Meanwhile the guest reads the device's memory, as a driver works with its
 * device between two interrupts, and reports how often it could.
 *
 * Parameters: count, way (0: configuration space, 1: registers, 2: memory, see
 * intxtest.h), delay (microseconds from the acknowledge to the next), reads (0:
 * none), stall (ms without an interrupt after which one is taken for lost).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define COUNT       100000
#define STALL_MS    100
#define GIVE_UP     20          /* lost ones */
#define DEAD        2           /* when so many are, do not wait as long */
#define DEAD_FASTER 50
#define AFTERWARDS  10          /* raised one by one */
#define QUIET_MS    30          /* before that */
#define PROGRESS    10
#define READS       64          /* between two looks at the clock */

static uint32_t reads;

static void read_memory(void)
{
    for (unsigned i = 0; i < READS; i++) {
        read32(intxtest_memory(4 * i));
    }
    reads += READS;
}

/* Until @count of all @of have come, or are lost. */
static void run(uint32_t count, uint32_t of)
{
    struct patience patience = { .last = timebase() };
    uint32_t seen = 0, told = 0;
    bool reading = param("reads", 0);
    uint64_t stall = timebase_of_ms(param("stall", STALL_MS)), since = 0;

    while (intxtest.delivered + intxtest.lost < count &&
           intxtest.lost < GIVE_UP) {
        uint32_t delivered = intxtest.delivered;
        uint64_t spent;

        if (reading) {
            read_memory();
        }
        spent = patience_spent(&patience);
        if (delivered != seen) {
            seen = delivered;
            since = spent;
        } else if (spent - since > stall) {
            intxtest_give_up_one();
            if (intxtest.lost == DEAD) {
                stall /= DEAD_FASTER;
            }
            since = spent;
        }
        if (delivered / (of / PROGRESS + 1) != told) {
            told = delivered / (of / PROGRESS + 1);
            say("progress: delivered=%u of=%u\n", delivered, of);
        }
    }
}

void case_main(void)
{
    uint32_t count = param("count", COUNT), afterwards = 0, ms;
    uint32_t way = param("way", INTXTEST_CONFIG);
    struct intxtest_trapped before, after;
    uint64_t begin;

    if (way == INTXTEST_CONFIG) {
        afterwards = count < AFTERWARDS ? count : AFTERWARDS;
    }
    intxtest_start(way, NULL);
    intxtest_register_write(IRQTEST_INTX_AUTO_DELAY_US, param("delay", 0));
    before = intxtest_trapped();
    begin = timebase();
    intxtest_capability_write(IRQTEST_CAP_INTX_AUTO_COUNT, count - afterwards);
    run(count - afterwards, count);
    ms = ms_of_timebase(timebase() - begin);
    intxtest_capability_write(IRQTEST_CAP_INTX_AUTO_COUNT, 0);
    if (afterwards && intxtest.lost < GIVE_UP) {
        pause_ms(QUIET_MS);
        begin = timebase();
        intxtest_rounds(afterwards);
        ms += ms_of_timebase(timebase() - begin);
    }
    intxtest_check(count, 1, 0);
    after = intxtest_trapped();
    say("result: ms=%u reads=%u trapped_reads=%u trapped_writes=%u\n", ms,
        reads, after.reads - before.reads, after.writes - before.writes);
}
