/*
 * mask-toggle FUNCTION ENTRY|all SECONDS MASKED-US UNMASKED-US: mask and unmask
 * one MSI-X vector by its table entry, or all by the function mask, behind the
 * driver's back, as long as asked for. Prints how often.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>
#include <string.h>
#include "msix-function.h"
#include "nap.h"

int main(int argc, char **argv)
{
    volatile uint32_t *entry = NULL; /* volatile: a register */
    int config, control, masked_us, unmasked_us;
    long toggles = 0;
    uint32_t value;
    double end;

    if (argc != 6) {
        errx(2, "usage: mask-toggle FUNCTION ENTRY|all SECONDS US US");
    }
    config = open_of_function(argv[1], "config");
    control = find_msix(config) + MSIX_CONTROL;
    if (strcmp(argv[2], "all")) {
        entry = map_entry_control(argv[1], config, atoi(argv[2]));
    }
    end = seconds_now() + atof(argv[3]);
    masked_us = atoi(argv[4]);
    unmasked_us = atoi(argv[5]);

    while (seconds_now() < end) {
        if (entry) {
            *entry = 1;
            nap_us(masked_us);
            *entry = 0;
        } else {
            value = read_config(config, control, 2);
            write_config(config, control, 2, value | MSIX_MASKALL);
            nap_us(masked_us);
            write_config(config, control, 2, value & ~MSIX_MASKALL);
        }
        nap_us(unmasked_us);
        toggles++;
    }
    printf("toggles=%ld\n", toggles);
    return 0;
}
