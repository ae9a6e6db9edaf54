/*
 * Time, for the programs that run in level 2: they load and provoke a device
 * whose interrupts are under test, for a number of seconds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NAP_H
#define NAP_H

#include <time.h>
#include <unistd.h>

static inline double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

/* A short wait spins: sleeping would take much longer than asked for. */
static inline void nap_us(int us)
{
    double end = seconds_now() + us / 1e6;

    if (us >= 200) {
        usleep(us);
    }
    while (us > 0 && seconds_now() < end) {
        continue;
    }
}

#endif
