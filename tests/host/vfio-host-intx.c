/*
 * VFIO host: INTx, from the device's line to the eventfd
 *
 * Three parties: the line with the physical DisINTx bit, the host's interrupt
 * controller, and vfio-pci's handler, which masks at each interrupt.  A
 * function with DisINTx is masked at the device, so the controller sees the
 * line fall and is ready for the next.  One without is masked by disable_irq();
 * a lazy controller then still waits for an EOI with the line low, which never
 * comes: only giving the irq back and requesting it again re-arms it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <unistd.h>

#include "vfio-host-private.h"

static bool has_disintx(VfioHost *host)
{
    return !host->config.no_disintx;
}

static bool is_intx(VfioHost *host)
{
    return host->active == VFIO_PCI_INTX_IRQ_INDEX;
}

static void signal_guest(VfioHost *host)
{
    if (is_intx(host) && !host->intx.guest_disabled &&
        host->intx.trigger >= 0) {
        vfio_host_eventfd_signal(host->intx.trigger);
        host->stats.intx_signalled++;
    }
}

/* The controller looks at the line, the handler runs if it raises. */
static void controller_evaluate(VfioHost *host)
{
    HostIntx *intx = &host->intx;
    bool lazy = host->config.lazy_level && !has_disintx(host);

    if (!is_intx(host) || !intx->level || intx->masked ||
        (lazy && !intx->armed)) {
        return;
    }
    intx->armed = false;
    intx->masked = true;
    vfio_host_config_real_disintx(host, true);
    signal_guest(host);
}

void vfio_host_intx_line(VfioHost *host, bool level)
{
    HostIntx *intx = &host->intx;

    if (level != intx->level) {
        intx->level = level;
        intx->since = g_get_monotonic_time();
        intx->sequence += level;
        host->stats.intx_raised += level;
        vfio_host_config_set_status(host, level);
        /* The guest's handler may look at once. */
        vfio_host_function_publish_intx(host);
    }
    controller_evaluate(host);
}

void vfio_host_intx_look(VfioHost *host)
{
    /* volatile: the guest writes it from another process at any time */
    volatile uint32_t *ack = (void *)(host->bar4 + IRQTEST_INTX_ACK_IN_BAR4);

    if (host->intx.level && GUINT32_FROM_LE(*ack) == host->intx.sequence) {
        vfio_host_intx_line(host, false);
    }
}

/* ---- mask and unmask ----------------------------------------------------- */

static void mask(VfioHost *host)
{
    /* Also with another index active: the bit follows the guest's. */
    vfio_host_config_real_disintx(host, true);
    if (is_intx(host)) {
        host->intx.masked = true;
    }
}

static void unmask(VfioHost *host, bool by_event)
{
    HostIntx *intx = &host->intx;

    if (!is_intx(host)) {
        vfio_host_config_real_disintx(host, false);
        return;
    }
    if (!intx->masked || intx->guest_disabled) {
        return;
    }
    vfio_host_intx_look(host);
    if (has_disintx(host) && intx->level) {
        /* It would come at once: stay masked and tell the user again. */
        if (by_event && host->config.late_resend) {
            intx->resend = true;
        } else {
            signal_guest(host);
        }
        return;
    }
    vfio_host_config_real_disintx(host, false);
    intx->masked = false;
    controller_evaluate(host);
}

void vfio_host_intx_guest_disable(VfioHost *host, bool disable)
{
    if (disable == host->intx.guest_disabled) {
        return;
    }
    host->intx.guest_disabled = disable;
    if (disable) {
        mask(host);
    } else {
        unmask(host, false);
    }
}

void vfio_host_intx_unmask_event(VfioHost *host)
{
    struct pollfd pfd = { host->intx.unmask, POLLIN, 0 };
    uint64_t count;

    if (host->intx.unmask >= 0 && poll(&pfd, 1, 0) == 1 &&
        read(host->intx.unmask, &count, sizeof(count)) == sizeof(count)) {
        host->stats.intx_unmask++;
        unmask(host, true);
    }
}

void vfio_host_intx_resend(VfioHost *host)
{
    if (host->intx.resend) {
        host->intx.resend = false;
        signal_guest(host);
    }
}

static bool wants_action(const HostIrqSet *set)
{
    return (set->data & VFIO_IRQ_SET_DATA_NONE) ||
           ((set->data & VFIO_IRQ_SET_DATA_BOOL) && set->bools[0]);
}

int64_t vfio_host_intx_set_mask(VfioHost *host, const HostIrqSet *set)
{
    if (!is_intx(host) || set->start != 0 || set->count != 1) {
        return -EINVAL;
    }
    if (set->data & VFIO_IRQ_SET_DATA_EVENTFD) {
        return -ENOTTY;
    }
    if (wants_action(set)) {
        host->stats.intx_mask++;
        mask(host);
    }
    return 0;
}

static void drop_unmask(VfioHost *host)
{
    if (host->intx.unmask >= 0) {
        close(host->intx.unmask);
        host->intx.unmask = -1;
    }
}

static int64_t set_unmask_eventfd(VfioHost *host, const HostIrqSet *set)
{
    int fd;

    if (set->fds[0] < 0) {
        drop_unmask(host);
        return 0;
    }
    if (host->intx.unmask >= 0) {
        /*
         * The kernel forgets an unmask eventfd when its file is closed; our
         * copy keeps the file open, so look whether the user still has it.
         */
        if (vfio_host_caller_has_eventfd(set->caller, host->intx.unmask)) {
            return -EBUSY;
        }
        drop_unmask(host);
    }
    fd = vfio_host_caller_get_eventfd(set->caller, set->fds[0]);
    if (fd < 0) {
        return fd;
    }
    host->intx.unmask = fd;
    return 0;
}

int64_t vfio_host_intx_set_unmask(VfioHost *host, const HostIrqSet *set)
{
    if (!is_intx(host) || set->start != 0 || set->count != 1) {
        return -EINVAL;
    }
    if (set->data & VFIO_IRQ_SET_DATA_EVENTFD) {
        return set_unmask_eventfd(host, set);
    }
    if (wants_action(set)) {
        host->stats.intx_unmask++;
        unmask(host, false);
    }
    return 0;
}

/* ---- trigger ------------------------------------------------------------- */

static int enable(VfioHost *host, int trigger)
{
    HostIntx *intx = &host->intx;
    int ret;

    if (host->active != VFIO_PCI_NUM_IRQS) {
        return -EINVAL;
    }
    if (host->config.no_intx) {
        return -ENODEV;
    }
    ret = vfio_host_fault(host, CALL_REQUEST_IRQ);
    if (ret) {
        return ret;
    }
    host->stats.irq_requests++;
    host->active = VFIO_PCI_INTX_IRQ_INDEX;
    intx->trigger = trigger;
    intx->masked = intx->guest_disabled;
    intx->armed = true;
    vfio_host_config_real_disintx(host, intx->masked);
    controller_evaluate(host);
    return 0;
}

void vfio_host_intx_disable(VfioHost *host)
{
    HostIntx *intx = &host->intx;

    drop_unmask(host);
    if (intx->trigger >= 0) {
        close(intx->trigger);
        intx->trigger = -1;
    }
    host->stats.irq_frees++;
    intx->masked = false;
    intx->resend = false;
    host->active = VFIO_PCI_NUM_IRQS;
}

static int64_t set_eventfd(VfioHost *host, const HostIrqSet *set)
{
    int fd = -1, ret = 0;

    if (set->fds[0] >= 0) {
        fd = vfio_host_caller_get_eventfd(set->caller, set->fds[0]);
        if (fd < 0) {
            return fd;
        }
    }
    if (is_intx(host)) {
        /* The handler stays: nothing is lost. */
        if (host->intx.trigger >= 0) {
            close(host->intx.trigger);
        }
        host->intx.trigger = fd;
        return 0;
    }
    ret = enable(host, fd);
    if (ret && fd >= 0) {
        close(fd);
    }
    return ret;
}

int64_t vfio_host_intx_set_trigger(VfioHost *host, const HostIrqSet *set)
{
    if (is_intx(host) && set->count == 0 &&
        (set->data & VFIO_IRQ_SET_DATA_NONE)) {
        vfio_host_intx_disable(host);
        return 0;
    }
    if ((!is_intx(host) && host->active != VFIO_PCI_NUM_IRQS) ||
        set->start != 0 || set->count != 1) {
        return -EINVAL;
    }
    if (set->data & VFIO_IRQ_SET_DATA_EVENTFD) {
        return set_eventfd(host, set);
    }
    if (!is_intx(host)) {
        return -EINVAL;
    }
    if (wants_action(set)) {
        signal_guest(host);
    }
    return 0;
}
