/*
 * mark-count begin|end: the marks between which an emulator with the plugin
 * count-instructions.c counts, for scripts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <err.h>
#include <string.h>
#include "mark-count.h"

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "begin")) {
        mark_begin();
    } else if (argc == 2 && !strcmp(argv[1], "end")) {
        mark_end();
    } else {
        errx(2, "usage: mark-count begin|end");
    }
    return 0;
}
