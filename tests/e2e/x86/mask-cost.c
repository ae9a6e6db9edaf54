/*
 * mask-cost FUNCTION SECONDS none|same|other [DISK]: mask and unmask the MSI-X
 * vector of an NVMe function's first I/O queue, behind its driver's back and as
 * fast as it goes, or not at all. "other" gives the masked entry another
 * message each time. With DISK the vector is in use: each round reads a block,
 * which waits for one interrupt. Prints how many rounds, and the microseconds
 * of one; the emulator below may count the instructions of all rounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "mark-count.h"
#include "msix-function.h"
#include "nap.h"

enum {
    QUEUE = 1,                  /* of CPU 0 */
    BLOCK = 4096,
    FIRST_VECTOR = 0x30,
    VECTORS = 180,
    REDIRECTION_HINT = 8,       /* in the address: means nothing to one CPU */
};

/* The words of an entry before its mask */
enum { ADDRESS = -3, DATA = -1 };

static int open_disk(const char *path, void **block)
{
    int disk = open(path, O_RDONLY | O_DIRECT);
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    if (disk < 0 || sched_setaffinity(0, sizeof(cpus), &cpus) ||
        posix_memalign(block, BLOCK, BLOCK)) {
        err(1, "%s", path);
    }
    return disk;
}

int main(int argc, char **argv)
{
    volatile uint32_t *entry; /* volatile: a register */
    uint32_t address, data;
    double start, past = 0;
    void *block = NULL;
    long rounds = 0;
    int toggle, other, disk = -1;

    if (argc != 4 && argc != 5) {
        errx(2, "usage: mask-cost FUNCTION SECONDS none|same|other [DISK]");
    }
    entry = map_entry_control(argv[1], open_of_function(argv[1], "config"),
                              QUEUE);
    toggle = strcmp(argv[3], "none");
    other = !strcmp(argv[3], "other");
    address = entry[ADDRESS];
    data = entry[DATA];
    if (argc == 5) {
        disk = open_disk(argv[4], &block);
    }

    start = seconds_now();
    mark_begin();
    while (past < atof(argv[2])) {
        if (toggle) {
            *entry = 1;
            if (other && disk >= 0) {
                entry[ADDRESS] = address ^ (rounds % 2 * REDIRECTION_HINT);
            } else if (other) {
                entry[DATA] = (data & ~0xff) |
                              (FIRST_VECTOR + rounds % VECTORS);
            }
            *entry = 0;
        }
        if (disk >= 0 &&
            pread(disk, block, BLOCK, rounds % 1024 * BLOCK) != BLOCK) {
            err(1, "read");
        }
        rounds++;
        past = seconds_now() - start;
    }
    mark_end();
    printf("toggles=%ld us=%.0f\n", rounds, past * 1e6 / rounds);

    if (toggle) {
        *entry = 1;
        entry[ADDRESS] = address;
        entry[DATA] = data;
        *entry = 0;
    }
    return 0;
}
