/*
 * VFIO host: MSI and MSI-X in the host kernel
 *
 * A vector is allocated (has a Linux irq), and live while an eventfd is
 * attached (the irq is requested).  Attaching to a live vector is free_irq()
 * and request_irq(): an edge that the CPU accepted but no handler has seen is
 * discarded between the two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <unistd.h>

#include "vfio-host-private.h"

static bool is_msix(VfioHost *host)
{
    return host->active == VFIO_PCI_MSIX_IRQ_INDEX;
}

static unsigned allocated(VfioHost *host)
{
    unsigned n = 0;

    for (unsigned i = 0; i < HOST_MAX_VECTORS; i++) {
        n += host->vector[i].allocated;
    }
    return n;
}

static void set_hardware_mask(VfioHost *host, unsigned n, bool mask)
{
    if (is_msix(host)) {
        vfio_host_table_set_mask(host, n, mask);
    } else {
        vfio_host_config_set_msi_mask(host, n, mask);
    }
}

/* ---- one vector ---------------------------------------------------------- */

static void free_irq(VfioHost *host, unsigned n)
{
    HostVector *vector = &host->vector[n];

    if (vector->in_flight) {
        vector->in_flight = false;
        vector->discarded++;
        host->stats.discarded++;
    }
    close(vector->trigger);
    vector->trigger = -1;
    host->stats.irq_frees++;
    set_hardware_mask(host, n, true);
    vfio_host_function_publish_vector(host, n);
}

static int request_irq(VfioHost *host, unsigned n, int trigger)
{
    int ret = vfio_host_fault(host, CALL_REQUEST_IRQ);

    if (ret) {
        return ret;
    }
    host->vector[n].trigger = trigger;
    host->stats.irq_requests++;
    set_hardware_mask(host, n, false);
    vfio_host_function_unmasked(host, n);
    return 0;
}

static int allocate(VfioHost *host, unsigned n)
{
    unsigned limit = host->config.host_vectors_limit;

    if (host->vector[n].allocated) {
        return 0;
    }
    if (!is_msix(host) || host->config.msix_noresize) {
        return -EINVAL;
    }
    if (limit && allocated(host) >= limit) {
        return -ENOSPC;
    }
    host->vector[n].allocated = true;
    return 0;
}

static int set_vector(VfioHost *host, HostCaller *caller, unsigned n, int fd)
{
    bool live = host->vector[n].trigger >= 0;
    int trigger, ret;

    if (live) {
        free_irq(host, n);
    }
    if (fd < 0) {
        return 0;
    }
    ret = allocate(host, n);
    if (ret) {
        return ret;
    }
    trigger = vfio_host_caller_get_eventfd(caller, fd);
    if (trigger < 0) {
        return trigger;
    }
    ret = request_irq(host, n, trigger);
    if (ret) {
        close(trigger);
    } else if (live) {
        host->stats.swaps++;
    }
    return ret;
}

void vfio_host_msi_detach(VfioHost *host, unsigned start, unsigned count)
{
    for (unsigned n = start; n < start + count; n++) {
        if (host->vector[n].trigger >= 0) {
            free_irq(host, n);
        }
    }
}

/* All or nothing: a failure detaches what the call has touched. */
static int set_block(VfioHost *host, const HostIrqSet *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        int ret = set_vector(host, set->caller, set->start + i, set->fds[i]);

        if (ret) {
            vfio_host_msi_detach(host, set->start, i + 1);
            return ret;
        }
    }
    return 0;
}

/* ---- the index ----------------------------------------------------------- */

static bool has_eventfd(const HostIrqSet *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        if (set->fds[i] >= 0) {
            return true;
        }
    }
    return false;
}

/* Positive: the number of vectors that could be had. */
static int enable(VfioHost *host, const HostIrqSet *set)
{
    unsigned wanted = set->start + set->count;
    unsigned limit = host->config.host_vectors_limit;

    if (set->index == VFIO_PCI_MSIX_IRQ_INDEX &&
        host->config.msix_needs_vector && !has_eventfd(set)) {
        return -EINVAL;
    }
    if (wanted == 0) {
        return -ERANGE;
    }
    if (limit && wanted > limit) {
        return limit;
    }
    for (unsigned n = 0; n < wanted; n++) {
        host->vector[n].allocated = true;
    }
    host->active = set->index;
    if (is_msix(host)) {
        vfio_host_table_init(host);     /* the kernel masks all first */
    }
    vfio_host_config_set_msi(host, set->index, true);
    return 0;
}

void vfio_host_msi_disable(VfioHost *host)
{
    vfio_host_msi_detach(host, 0, HOST_MAX_VECTORS);
    for (unsigned n = 0; n < HOST_MAX_VECTORS; n++) {
        host->vector[n].allocated = false;
    }
    vfio_host_config_set_msi(host, host->active, false);
    host->active = VFIO_PCI_NUM_IRQS;
    host->stats.teardowns++;
}

static int set_eventfds(VfioHost *host, const HostIrqSet *set)
{
    int ret;

    if (host->active == set->index) {
        return set_block(host, set);
    }
    ret = enable(host, set);
    if (ret) {
        return ret;
    }
    ret = set_block(host, set);
    if (ret) {
        vfio_host_msi_disable(host);
    }
    return ret;
}

int64_t vfio_host_msi_set_trigger(VfioHost *host, const HostIrqSet *set)
{
    if (host->active == set->index && set->count == 0 &&
        (set->data & VFIO_IRQ_SET_DATA_NONE)) {
        vfio_host_msi_disable(host);
        return 0;
    }
    if (host->active != set->index && host->active != VFIO_PCI_NUM_IRQS) {
        return -EINVAL;
    }
    if (set->data & VFIO_IRQ_SET_DATA_EVENTFD) {
        return set_eventfds(host, set);
    }
    if (host->active != set->index) {
        return -EINVAL;
    }
    for (unsigned i = 0; i < set->count; i++) {
        int trigger = host->vector[set->start + i].trigger;

        if (trigger >= 0 &&
            ((set->data & VFIO_IRQ_SET_DATA_NONE) || set->bools[i])) {
            vfio_host_eventfd_signal(trigger);
        }
    }
    return 0;
}

/* ---- what a test asks ---------------------------------------------------- */

unsigned vfio_host_vectors(VfioHost *host)
{
    unsigned n;

    g_mutex_lock(&host->lock);
    n = allocated(host);
    g_mutex_unlock(&host->lock);
    return n;
}

bool vfio_host_trigger_live(VfioHost *host, unsigned vector)
{
    bool live;

    g_mutex_lock(&host->lock);
    live = vector < HOST_MAX_VECTORS && host->vector[vector].trigger >= 0;
    g_mutex_unlock(&host->lock);
    return live;
}
