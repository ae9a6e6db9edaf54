/*
 * VFIO host: KVM's calls that concern VFIO
 *
 * KVM's own vfio device takes file descriptors of real VFIO files only, so
 * adding and removing ours is answered here.  On request, irqfd and routing
 * calls are counted, or made to fail, and passed on; and QEMU is told that KVM
 * has few routes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <linux/kvm.h>

#include "vfio-host-private.h"

#define KVM_VFIO_FILE_GROUP 1   /* KVM_DEV_VFIO_FILE: add or delete a file */

static int64_t set_device_attr(VfioHost *host, HostCaller *caller, int fd,
                               uint64_t arg, bool *through)
{
    struct kvm_device_attr attr;

    if (vfio_host_caller_read(caller, arg, &attr, sizeof(attr)) ||
        attr.group != KVM_VFIO_FILE_GROUP ||
        !vfio_host_caller_is_anon(caller, fd, "kvm-vfio")) {
        *through = true;
        return 0;
    }
    return vfio_host_fault(host, CALL_KVM_VFIO);
}

static int64_t irqfd(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    struct kvm_irqfd irqfd;

    if (vfio_host_caller_read(caller, arg, &irqfd, sizeof(irqfd))) {
        return 0;           /* KVM will say EFAULT */
    }
    if (irqfd.flags & KVM_IRQFD_FLAG_DEASSIGN) {
        host->stats.kvm_irqfd_deassign++;
        return vfio_host_fault(host, CALL_KVM_IRQFD_DEASSIGN);
    }
    host->stats.kvm_irqfd_assign++;
    return vfio_host_fault(host, CALL_KVM_IRQFD);
}

int64_t vfio_host_kvm_ioctl(VfioHost *host, HostCaller *caller, int fd,
                            unsigned cmd, uint64_t arg, bool *through)
{
    int64_t ret;

    switch (cmd) {
    case KVM_SET_DEVICE_ATTR:
        return set_device_attr(host, caller, fd, arg, through);
    case KVM_IRQFD:
        ret = irqfd(host, caller, arg);
        break;
    case KVM_SET_GSI_ROUTING:
        host->stats.kvm_set_gsi_routing++;
        ret = vfio_host_fault(host, CALL_KVM_GSI_ROUTING);
        break;
    case KVM_CHECK_EXTENSION:
        /* Of KVM_CAP_IRQ_ROUTING, by the filter: a VM of few interrupts. */
        *through = false;
        return host->config.kvm_routes;
    default:
        ret = 0;
        break;
    }
    *through = ret == 0;
    return ret;
}
