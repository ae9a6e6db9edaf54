/*
 * VFIO host: VFIO_DEVICE_SET_IRQS
 *
 * Checks the arguments in the kernel's order and hands the call to the index
 * that it is for.  ERR and REQ are single eventfds and served here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <unistd.h>

#include "vfio-host-private.h"

#define DATA_MASK VFIO_IRQ_SET_DATA_TYPE_MASK
#define ACTION_MASK VFIO_IRQ_SET_ACTION_TYPE_MASK

void vfio_host_eventfd_signal(int fd)
{
    const uint64_t one = 1;

    if (write(fd, &one, sizeof(one)) != sizeof(one)) {
        g_warning("vfio-host: cannot signal an eventfd");
    }
}

/* ---- arguments ----------------------------------------------------------- */

/* Returns the size of an element of the data, or -EINVAL. */
static int check_header(VfioHost *host, const struct vfio_irq_set *hdr)
{
    unsigned limit = vfio_host_irq_count(host, hdr->index);
    int size;

    if (hdr->argsz < sizeof(*hdr) || hdr->index >= VFIO_PCI_NUM_IRQS ||
        hdr->count >= UINT32_MAX - hdr->start ||
        (hdr->flags & ~(DATA_MASK | ACTION_MASK)) ||
        hdr->start >= limit || hdr->start + hdr->count > limit) {
        return -EINVAL;
    }
    switch (hdr->flags & DATA_MASK) {
    case VFIO_IRQ_SET_DATA_NONE:
        return 0;
    case VFIO_IRQ_SET_DATA_BOOL:
        size = sizeof(uint8_t);
        break;
    case VFIO_IRQ_SET_DATA_EVENTFD:
        size = sizeof(int32_t);
        break;
    default:
        return -EINVAL;
    }
    return hdr->argsz - sizeof(*hdr) < hdr->count * size ? -EINVAL : size;
}

/* ---- error and request notifications ------------------------------------- */

static int64_t set_single(const HostIrqSet *set, int *trigger)
{
    int fd;

    if (set->start != 0 || set->count > 1) {
        return -EINVAL;
    }
    if (set->data & VFIO_IRQ_SET_DATA_NONE) {
        if (*trigger < 0) {
            return -EINVAL;
        }
        if (set->count) {
            vfio_host_eventfd_signal(*trigger);
            return 0;
        }
        fd = -1;
    } else if (!set->count) {
        return -EINVAL;
    } else if (set->data & VFIO_IRQ_SET_DATA_BOOL) {
        if (set->bools[0] && *trigger >= 0) {
            vfio_host_eventfd_signal(*trigger);
        }
        return 0;
    } else {
        if (set->fds[0] < -1) {
            return 0;
        }
        fd = set->fds[0] < 0 ? -1 :
             vfio_host_caller_get_eventfd(set->caller, set->fds[0]);
        if (fd < -1) {
            return fd;
        }
    }
    if (*trigger >= 0) {
        close(*trigger);
    }
    *trigger = fd;
    return 0;
}

/* ---- the call ------------------------------------------------------------ */

static HostCall trigger_call(VfioHost *host, const HostIrqSet *set,
                             HostCall enable, HostCall disable,
                             HostCall trigger)
{
    if (set->count == 0 && (set->data & VFIO_IRQ_SET_DATA_NONE)) {
        return disable;
    }
    return host->active == VFIO_PCI_NUM_IRQS &&
           (set->data & VFIO_IRQ_SET_DATA_EVENTFD) ? enable : trigger;
}

/* The name under which a test can make this call fail. */
static HostCall name_call(VfioHost *host, const HostIrqSet *set,
                          uint32_t action)
{
    switch (set->index) {
    case VFIO_PCI_INTX_IRQ_INDEX:
        if (action == VFIO_IRQ_SET_ACTION_MASK) {
            return CALL_INTX_MASK;
        }
        if (action == VFIO_IRQ_SET_ACTION_UNMASK) {
            return set->data & VFIO_IRQ_SET_DATA_EVENTFD ?
                   CALL_INTX_UNMASK_EVENTFD : CALL_INTX_UNMASK;
        }
        return trigger_call(host, set, CALL_INTX_ENABLE, CALL_INTX_DISABLE,
                            CALL_INTX_TRIGGER);
    case VFIO_PCI_MSI_IRQ_INDEX:
        return trigger_call(host, set, CALL_MSI_ENABLE, CALL_MSI_DISABLE,
                            CALL_MSI_TRIGGER);
    case VFIO_PCI_MSIX_IRQ_INDEX:
        return trigger_call(host, set, CALL_MSIX_ENABLE, CALL_MSIX_DISABLE,
                            CALL_MSIX_TRIGGER);
    case VFIO_PCI_ERR_IRQ_INDEX:
        return CALL_ERR_TRIGGER;
    default:
        return CALL_REQ_TRIGGER;
    }
}

static int64_t perform(VfioHost *host, const HostIrqSet *set, uint32_t action)
{
    bool trigger = action == VFIO_IRQ_SET_ACTION_TRIGGER;

    switch (set->index) {
    case VFIO_PCI_INTX_IRQ_INDEX:
        if (action == VFIO_IRQ_SET_ACTION_MASK) {
            return vfio_host_intx_set_mask(host, set);
        }
        if (action == VFIO_IRQ_SET_ACTION_UNMASK) {
            return vfio_host_intx_set_unmask(host, set);
        }
        return trigger ? vfio_host_intx_set_trigger(host, set) : -ENOTTY;
    case VFIO_PCI_MSI_IRQ_INDEX:
    case VFIO_PCI_MSIX_IRQ_INDEX:
        return trigger ? vfio_host_msi_set_trigger(host, set) : -ENOTTY;
    case VFIO_PCI_ERR_IRQ_INDEX:
        return trigger ? set_single(set, &host->err_trigger) : -ENOTTY;
    default:
        return trigger ? set_single(set, &host->req_trigger) : -ENOTTY;
    }
}

/* What a call that a test makes fail leaves behind. */
static int64_t refuse(VfioHost *host, const HostIrqSet *set, HostCall call,
                      int err)
{
    bool block = call == CALL_MSI_TRIGGER || call == CALL_MSIX_TRIGGER;

    if (block && err != -EINVAL && err != -EFAULT) {
        vfio_host_msi_detach(host, set->start, set->count);
    }
    return err;
}

static int64_t set_irqs(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    struct vfio_irq_set hdr;
    g_autofree uint8_t *data = NULL;
    HostIrqSet set;
    HostCall call;
    uint32_t action;
    int size, err;

    if (vfio_host_caller_read(caller, arg, &hdr, sizeof(hdr))) {
        return -EFAULT;
    }
    size = check_header(host, &hdr);
    if (size < 0) {
        return size;
    }
    data = g_malloc((gsize)hdr.count * size + 1);
    if (size && hdr.count &&
        vfio_host_caller_read(caller, arg + sizeof(hdr), data,
                              (size_t)hdr.count * size)) {
        return -EFAULT;
    }
    set = (HostIrqSet) {
        .caller = caller, .index = hdr.index, .start = hdr.start,
        .count = hdr.count, .data = hdr.flags & DATA_MASK, .bools = data,
        .fds = (const int32_t *)data,
    };
    action = hdr.flags & ACTION_MASK;
    call = name_call(host, &set, action);
    if ((set.data & VFIO_IRQ_SET_DATA_EVENTFD) &&
        action == VFIO_IRQ_SET_ACTION_TRIGGER &&
        (set.index == VFIO_PCI_MSI_IRQ_INDEX ||
         set.index == VFIO_PCI_MSIX_IRQ_INDEX)) {
        host->stats.set_irqs_trigger++;
    }
    err = vfio_host_fault(host, CALL_SET_IRQS) ?: vfio_host_fault(host, call);
    return err ? refuse(host, &set, call, err) : perform(host, &set, action);
}

int64_t vfio_host_set_irqs(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    int64_t ret = set_irqs(host, caller, arg);

    host->stats.set_irqs++;
    if (ret != 0) {
        host->stats.set_irqs_failed++;
    }
    return ret;
}

void vfio_host_irqs_disable_all(VfioHost *host)
{
    /* Nobody is left whom it could concern, and the time is not certain. */
    const VfioHostStats stats = host->stats;

    if (host->active == VFIO_PCI_INTX_IRQ_INDEX) {
        vfio_host_intx_disable(host);
    } else if (host->active != VFIO_PCI_NUM_IRQS) {
        vfio_host_msi_disable(host);
    }
    if (host->err_trigger >= 0) {
        close(host->err_trigger);
        host->err_trigger = -1;
    }
    if (host->req_trigger >= 0) {
        close(host->req_trigger);
        host->req_trigger = -1;
    }
    host->stats = stats;
}
