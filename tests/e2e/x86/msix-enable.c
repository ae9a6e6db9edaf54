/*
 * msix-enable FUNCTION 0|1|maskall: set the MSI-X enable bit and the function
 * mask of a function without a driver. Its vectors are masked from reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>
#include "msix-function.h"

int main(int argc, char **argv)
{
    uint32_t value;
    int config, control;

    if (argc != 3) {
        errx(2, "usage: msix-enable FUNCTION 0|1|maskall");
    }
    config = open_of_function(argv[1], "config");
    control = find_msix(config) + MSIX_CONTROL;
    value = read_config(config, control, 2) & ~(MSIX_ENABLE | MSIX_MASKALL);
    if (strcmp(argv[2], "0")) {
        value |= MSIX_ENABLE;
    }
    if (!strcmp(argv[2], "maskall")) {
        value |= MSIX_MASKALL;
    }
    write_config(config, control, 2, value);
    return 0;
}
