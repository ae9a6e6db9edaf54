/*
 * edu-intx FUNCTION SECONDS: have QEMU's edu device raise its INTx, one at a
 * time, take it through /dev/uio0 (uio_pci_generic sets DisINTx at each) and
 * acknowledge it. An interrupt that does not come within ten seconds is lost.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <poll.h>
#include <stdlib.h>
#include "msix-function.h"
#include "nap.h"

enum {
    COMMAND = 4,
    COMMAND_MEMORY_MASTER = 6,
    COMMAND_DISINTX = 0x400,
    EDU_RAISE = 0x60 / 4,
    EDU_ACKNOWLEDGE = 0x64 / 4,
};

int main(int argc, char **argv)
{
    long taken = 0, lost = 0;
    uint32_t command, count;
    volatile uint32_t *edu; /* volatile: registers */
    struct pollfd uio;
    int config;
    double end;

    if (argc != 3) {
        errx(2, "usage: edu-intx FUNCTION SECONDS");
    }
    config = open_of_function(argv[1], "config");
    edu = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
               open_of_function(argv[1], "resource0"), 0);
    uio.fd = open("/dev/uio0", O_RDWR);
    uio.events = POLLIN;
    if (edu == MAP_FAILED || uio.fd < 0) {
        err(1, "edu or /dev/uio0");
    }
    command = read_config(config, COMMAND, 2) | COMMAND_MEMORY_MASTER;
    end = seconds_now() + atof(argv[2]);

    while (seconds_now() < end) {
        write_config(config, COMMAND, 2, command & ~COMMAND_DISINTX);
        edu[EDU_RAISE] = 1;
        if (poll(&uio, 1, 10000) == 1 &&
            read(uio.fd, &count, sizeof(count)) == sizeof(count)) {
            taken++;
        } else {
            lost++;
        }
        edu[EDU_ACKNOWLEDGE] = 1;
    }
    printf("taken=%ld lost=%ld\n", taken, lost);
    return 0;
}
