/*
 * Preloaded into level 2's QEMU: uname() tells of a kernel of the release that the
 * variable KERNEL_RELEASE names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int uname(struct utsname *host)
{
    const char *release = getenv("KERNEL_RELEASE");
    int ret = syscall(SYS_uname, host);

    if (ret == 0 && release) {
        snprintf(host->release, sizeof(host->release), "%s", release);
    }
    return ret;
}
