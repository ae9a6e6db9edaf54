/*
 * VFIO host: the INTx line that the device raises by itself
 *
 * The supervisor thread calls vfio_host_intx_auto_run() after everything it
 * does and sets its timer to the time returned.  So the line moves concurrently
 * with what the guest does, and the next assertion may come as soon as the last
 * one was acknowledged.  It is never raised while it is high: each assertion is
 * one interrupt, and a guest can say whether it got them all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "vfio-host-private.h"

uint32_t *vfio_host_intx_auto_register(VfioHost *host, uint32_t offset)
{
    switch (offset) {
    case IRQTEST_INTX_AUTO_DELAY_US:
        return &host->intx_auto.delay_us;
    case IRQTEST_INTX_HOLD_US:
        return &host->intx_auto.hold_us;
    default:
        return NULL;
    }
}

void vfio_host_intx_auto_start(VfioHost *host, uint32_t count)
{
    host->intx_auto.left = count;
    if (!host->intx.level) {
        host->intx.since = g_get_monotonic_time();
    }
}

void vfio_host_intx_auto_stop(VfioHost *host)
{
    host->intx_auto.left = 0;
}

int64_t vfio_host_intx_auto_run(VfioHost *host)
{
    HostIntxAuto *automatic = &host->intx_auto;
    HostIntx *intx = &host->intx;
    int64_t now = g_get_monotonic_time();

    vfio_host_intx_look(host);
    if (intx->level && automatic->hold_us &&
        intx->since + automatic->hold_us <= now) {
        vfio_host_intx_line(host, false);
    }
    if (!intx->level && automatic->left &&
        intx->since + automatic->delay_us <= now) {
        automatic->left--;
        vfio_host_intx_line(host, true);
    }
    if (intx->level) {
        return automatic->hold_us ? intx->since + automatic->hold_us : 0;
    }
    return automatic->left ? intx->since + automatic->delay_us : 0;
}
