/*
 * read-load DEVICE SECONDS CPU OFFSET-MIB: read single blocks one after the
 * other, bypassing the cache, pinned to a CPU. Each read waits for exactly one
 * interrupt of that CPU's queue. Prints how many, how many failed, how many
 * took longer than a second, and the longest in milliseconds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "nap.h"

enum { BLOCK = 4096, BLOCKS = 1024 };

int main(int argc, char **argv)
{
    long reads = 0, failed = 0, slow = 0;
    double start, before, took, longest = 0;
    cpu_set_t cpus;
    off_t offset;
    void *buffer;
    int fd;

    if (argc != 5) {
        errx(2, "usage: read-load DEVICE SECONDS CPU OFFSET-MIB");
    }
    fd = open(argv[1], O_RDONLY | O_DIRECT);
    if (fd < 0) {
        err(1, "%s", argv[1]);
    }
    CPU_ZERO(&cpus);
    CPU_SET(atoi(argv[3]), &cpus);
    if (sched_setaffinity(0, sizeof(cpus), &cpus)) {
        err(1, "CPU %s", argv[3]);
    }
    if (posix_memalign(&buffer, BLOCK, BLOCK)) {
        errx(1, "no memory");
    }

    start = before = seconds_now();
    while (before - start < atof(argv[2])) {
        offset = (atol(argv[4]) << 20) + reads % BLOCKS * BLOCK;
        failed += pread(fd, buffer, BLOCK, offset) != BLOCK;
        took = seconds_now() - before;
        longest = took > longest ? took : longest;
        slow += took > 1;
        before += took;
        reads++;
    }
    printf("reads=%ld failed=%ld slow=%ld longest-ms=%.0f\n",
           reads, failed, slow, longest * 1000);
    return 0;
}
