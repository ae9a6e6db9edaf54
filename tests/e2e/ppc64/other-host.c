/*
 * Preloaded into level 2's QEMU: a host that is another than level 1 in one
 * thing.
 *
 * KERNEL_RELEASE=NAME: uname() tells of a kernel of this release.
 * XIVE_REFUSES=1: KVM does not take an event's number for a masked source. It
 * gets one where pci-msi-xive.c configures it again, and from nowhere else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdint.h>
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

int ioctl(int fd, unsigned long request, ...)
{
    const struct kvm_device_attr *attribute;
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);

    attribute = argument;
    if (request == KVM_SET_DEVICE_ATTR && getenv("XIVE_REFUSES") &&
        attribute->group == KVM_DEV_XIVE_GRP_SOURCE_CONFIG) {
        __u64 source = *(__u64 *)(uintptr_t)attribute->addr;

        if (source & KVM_XIVE_SOURCE_MASKED_MASK &&
            source & KVM_XIVE_SOURCE_EISN_MASK) {
            errno = ENOSPC;
            return -1;
        }
    }
    return syscall(SYS_ioctl, fd, request, argument);
}
