/*
 * kvm-extension NUMBER: what KVM answers for a capability.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
    int kvm = open("/dev/kvm", O_RDWR);
    int answer;

    if (argc != 2) {
        errx(2, "usage: kvm-extension NUMBER");
    }
    if (kvm < 0) {
        err(1, "/dev/kvm");
    }
    answer = ioctl(kvm, KVM_CHECK_EXTENSION, atoi(argv[1]));
    if (answer < 0) {
        err(1, "KVM_CHECK_EXTENSION");
    }
    printf("%d\n", answer);
    return 0;
}
