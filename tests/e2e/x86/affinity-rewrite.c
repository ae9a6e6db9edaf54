/*
 * affinity-rewrite SECONDS PAUSE-US IRQ...: move interrupts to and fro between
 * CPU 0 and CPU 1, one after the other, as irqbalance does, only more often.
 * Prints how many moves there were and how many were refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include "nap.h"

static int move(const char *irq, int cpu)
{
    char path[64];
    int fd, moved;

    snprintf(path, sizeof(path), "/proc/irq/%s/smp_affinity", irq);
    fd = open(path, O_WRONLY);
    if (fd < 0) {
        err(1, "%s", path);
    }
    moved = write(fd, cpu ? "2" : "1", 1) == 1;
    close(fd);
    return moved;
}

int main(int argc, char **argv)
{
    long moves = 0, refused = 0;
    double end;

    if (argc < 4) {
        errx(2, "usage: affinity-rewrite SECONDS PAUSE-US IRQ...");
    }
    end = seconds_now() + atof(argv[1]);
    for (int round = 0; seconds_now() < end; round++) {
        for (int i = 3; i < argc; i++) {
            if (move(argv[i], round & 1)) {
                moves++;
            } else {
                refused++;
            }
            nap_us(atoi(argv[2]));
        }
    }
    printf("moves=%ld refused=%ld\n", moves, refused);
    return 0;
}
