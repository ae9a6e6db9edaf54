/*
 * VFIO host: the device, a small test function of our own
 *
 * Its registers (vfio-host-regs.h), its edges and its interrupt line.  What
 * becomes of an edge that reached the CPU is the host kernel's affair
 * (vfio-host-msi.c, vfio-host-intx.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <string.h>

#include "vfio-host-private.h"

/* ---- memory that the guest reads ----------------------------------------- */

static void put_register(VfioHost *host, uint32_t offset, uint32_t value)
{
    /* volatile: the guest reads it from another process at any time */
    *(volatile uint32_t *)(host->bar0 + offset) = GUINT32_TO_LE(value);
}

static void set_pending(VfioHost *host, unsigned vector, bool pending)
{
    host->vector[vector].pending = pending;
    vfio_host_config_set_msi_pending(host, vector, pending);
    vfio_host_table_set_pending(host, vector, pending);
}

void vfio_host_function_publish_vector(VfioHost *host, unsigned n)
{
    HostVector *vector = &host->vector[n];
    uint32_t record = IRQTEST_VECTOR(n);

    put_register(host, record + IRQTEST_VECTOR_RAISED, vector->raised);
    put_register(host, record + IRQTEST_VECTOR_ACKED, vector->acked);
    put_register(host, record + IRQTEST_VECTOR_STATE,
                 (vector->busy ? IRQTEST_VECTOR_BUSY : 0) |
                 (vector->in_flight ? IRQTEST_VECTOR_IN_FLIGHT : 0) |
                 (vector->trigger >= 0 ? IRQTEST_VECTOR_LIVE : 0));
    put_register(host, record + IRQTEST_VECTOR_DISCARDED, vector->discarded);
}

void vfio_host_function_publish_intx(VfioHost *host)
{
    /* volatile: the guest reads it from another process at any time */
    volatile uint32_t *sequence =
        (void *)(host->bar4 + IRQTEST_INTX_SEQUENCE_IN_BAR4);

    *sequence = GUINT32_TO_LE(host->intx.sequence);
    put_register(host, IRQTEST_INTX, host->intx.level);
    put_register(host, IRQTEST_INTX_SEQUENCE, host->intx.sequence);
    put_register(host, IRQTEST_INTX_AUTO_COUNT, host->intx_auto.left);
    vfio_host_config_set_register(host, IRQTEST_CAP_INTX, host->intx.level);
    vfio_host_config_set_register(host, IRQTEST_CAP_INTX_SEQUENCE,
                                  host->intx.sequence);
    vfio_host_config_set_register(host, IRQTEST_CAP_INTX_AUTO_COUNT,
                                  host->intx_auto.left);
    vfio_host_config_set_register(host, IRQTEST_CAP_INTX_SIGNALLED,
                                  host->stats.intx_signalled);
}

void vfio_host_function_publish(VfioHost *host)
{
    const VfioHostStats *stats = &host->stats;

    put_register(host, IRQTEST_RAISED, stats->raised);
    put_register(host, IRQTEST_SIGNALLED, stats->signalled);
    put_register(host, IRQTEST_DISCARDED, stats->discarded);
    put_register(host, IRQTEST_COALESCED, stats->coalesced);
    put_register(host, IRQTEST_HELD_MASKED, stats->held_masked);
    put_register(host, IRQTEST_SET_IRQS, stats->set_irqs);
    put_register(host, IRQTEST_IRQ_REQUESTS, stats->irq_requests);
    put_register(host, IRQTEST_SWAPS, stats->swaps);
    put_register(host, IRQTEST_TEARDOWNS, stats->teardowns);
    put_register(host, IRQTEST_INTX_SIGNALLED, stats->intx_signalled);
    put_register(host, IRQTEST_IRQ_FREES, stats->irq_frees);
    put_register(host, IRQTEST_SET_IRQS_TRIGGER, stats->set_irqs_trigger);
    put_register(host, IRQTEST_KVM_IRQFD_ASSIGN, stats->kvm_irqfd_assign);
    put_register(host, IRQTEST_KVM_IRQFD_DEASSIGN, stats->kvm_irqfd_deassign);
    put_register(host, IRQTEST_KVM_SET_GSI_ROUTING, stats->kvm_set_gsi_routing);
    put_register(host, IRQTEST_INTX_RAISED, stats->intx_raised);
    put_register(host, IRQTEST_INTX_MASK, stats->intx_mask);
    put_register(host, IRQTEST_INTX_UNMASK, stats->intx_unmask);
    put_register(host, IRQTEST_BAR_READS, stats->bar_reads);
    put_register(host, IRQTEST_BAR_WRITES, stats->bar_writes);
    vfio_host_function_publish_intx(host);
    put_register(host, IRQTEST_CONTROL,
                 (host->busy_protocol ? IRQTEST_CONTROL_BUSY : 0) |
                 (host->stamp_signals ? IRQTEST_CONTROL_STAMP : 0));
    put_register(host, IRQTEST_AUTO_COUNT, host->automatic.left);
}

/* ---- edges --------------------------------------------------------------- */

static void stamp_signal(VfioHost *host)
{
    /* volatile: the guest reads it from another process at any time */
    volatile uint64_t *stamp = (void *)(host->bar4 + IRQTEST_STAMP_IN_BAR4);

    if (host->stamp_signals) {
        *stamp = GUINT64_TO_LE(__builtin_ia32_rdtsc());
    }
}

static void deliver(VfioHost *host, unsigned n)
{
    /* The guest's handler may look at once: first the registers. */
    vfio_host_function_publish_vector(host, n);
    stamp_signal(host);
    vfio_host_eventfd_signal(host->vector[n].trigger);
    host->stats.signalled++;
}

/* The message cannot leave the device, or has nowhere to go. */
static bool is_masked(VfioHost *host, unsigned n)
{
    if (host->vector[n].trigger < 0) {
        return true;
    }
    return host->active == VFIO_PCI_MSI_IRQ_INDEX ?
           vfio_host_config_msi_masked(host, n) :
           vfio_host_table_masked(host, n);
}

/* MSI without mask bits sends in any case, to nobody if so it must be. */
static bool is_lost(VfioHost *host, unsigned n)
{
    return host->vector[n].trigger < 0 && host->config.msi_no_mask &&
           host->active == VFIO_PCI_MSI_IRQ_INDEX;
}

void vfio_host_function_raise(VfioHost *host, unsigned n, bool in_flight,
                              int64_t land_at)
{
    HostVector *vector = &host->vector[n];

    host->stats.raised++;
    vector->raised++;
    if (vector->pending || vector->in_flight ||
        (host->busy_protocol && vector->busy)) {
        host->stats.coalesced++;
    } else {
        vector->busy = host->busy_protocol;
        if (is_lost(host, n)) {
            vector->discarded++;
            host->stats.discarded++;
        } else if (is_masked(host, n)) {
            set_pending(host, n, true);
            host->stats.held_masked++;
        } else if (in_flight) {
            vector->in_flight = true;
            vector->land_at = land_at;
        } else {
            deliver(host, n);
        }
    }
    vfio_host_function_publish_vector(host, n);
}

bool vfio_host_function_land(VfioHost *host, unsigned n)
{
    HostVector *vector = &host->vector[n];

    if (!vector->in_flight) {
        return false;
    }
    vector->in_flight = false;
    deliver(host, n);
    vfio_host_function_publish_vector(host, n);
    return true;
}

void vfio_host_function_ack(VfioHost *host, unsigned n)
{
    host->vector[n].busy = false;
    host->vector[n].acked++;
    vfio_host_function_publish_vector(host, n);
}

void vfio_host_function_unmasked(VfioHost *host, unsigned n)
{
    if (host->vector[n].pending && !is_masked(host, n)) {
        set_pending(host, n, false);
        deliver(host, n);
    }
    vfio_host_function_publish_vector(host, n);
}

void vfio_host_function_unmask_pending(VfioHost *host)
{
    for (unsigned n = 0; n <= vfio_host_last_vector(host); n++) {
        if (host->vector[n].pending) {
            vfio_host_function_unmasked(host, n);
        }
    }
}

/* ---- registers ----------------------------------------------------------- */

void vfio_host_function_set_busy_protocol(VfioHost *host, bool on)
{
    host->busy_protocol = on;
    if (on) {
        return;
    }
    for (unsigned n = 0; n <= vfio_host_last_vector(host); n++) {
        if (host->vector[n].busy) {
            host->vector[n].busy = false;
            vfio_host_function_publish_vector(host, n);
        }
    }
}

static void land_register(VfioHost *host, uint32_t value)
{
    bool all = value & IRQTEST_LAND_ALL;

    for (unsigned n = 0; n <= vfio_host_last_vector(host); n++) {
        if (all || n == (value & 0xffff)) {
            vfio_host_function_land(host, n);
        }
    }
}

static void write_register(VfioHost *host, uint32_t offset, uint32_t value)
{
    unsigned vector = value & 0xffff;
    uint32_t *automatic = vfio_host_auto_register(host, offset) ?:
                          vfio_host_intx_auto_register(host, offset);

    if (automatic) {
        *automatic = value;
        put_register(host, offset, value);
        return;
    }
    switch (offset) {
    case IRQTEST_RAISE:
        if (vector <= vfio_host_last_vector(host)) {
            vfio_host_function_raise(host, vector,
                                     value & IRQTEST_RAISE_IN_FLIGHT, 0);
        }
        break;
    case IRQTEST_LAND:
        land_register(host, value);
        break;
    case IRQTEST_ACK:
        if (vector <= vfio_host_last_vector(host)) {
            vfio_host_function_ack(host, vector);
        }
        break;
    case IRQTEST_INTX:
        vfio_host_intx_line(host, value & 1);
        break;
    case IRQTEST_CONTROL:
        vfio_host_function_set_busy_protocol(host,
                                             value & IRQTEST_CONTROL_BUSY);
        host->stamp_signals = value & IRQTEST_CONTROL_STAMP;
        break;
    case IRQTEST_CLEAR:
        if (value & 1) {
            vfio_host_function_clear_counters(host);
        }
        break;
    case IRQTEST_AUTO_COUNT:
        vfio_host_auto_start(host, value);
        break;
    case IRQTEST_INTX_AUTO_COUNT:
        vfio_host_intx_auto_start(host, value);
        break;
    default:
        break;          /* read-only or nothing there */
    }
}

int64_t vfio_host_bar_write(VfioHost *host, unsigned bar, uint32_t offset,
                            const uint8_t *data, unsigned len)
{
    uint32_t size = bar == 0 ? IRQTEST_BAR0_SIZE : IRQTEST_BAR2_SIZE;
    int ret = vfio_host_fault(host, CALL_REGION_WRITE);
    uint32_t value;

    if (ret) {
        return ret;
    }
    if (offset >= size || len > size - offset) {
        return -EINVAL;
    }
    if (vfio_host_table_write(host, bar, offset, data, len) || bar != 0) {
        return len;
    }
    /* Registers take aligned words, one or two at a time. */
    for (unsigned i = 0; i + 4 <= len && offset % 4 == 0; i += 4) {
        memcpy(&value, data + i, sizeof(value));
        write_register(host, offset + i, GUINT32_FROM_LE(value));
    }
    return len;
}

/* ---- reset --------------------------------------------------------------- */

void vfio_host_function_init(VfioHost *host)
{
    put_register(host, IRQTEST_ID, IRQTEST_ID_VALUE);
    put_register(host, IRQTEST_VERSION, 1);
    put_register(host, IRQTEST_VECTORS, host->config.vectors);
    for (unsigned n = 0; n < HOST_MAX_VECTORS; n++) {
        host->vector[n].trigger = -1;
    }
    vfio_host_table_init(host);
    vfio_host_function_publish(host);
}

void vfio_host_function_clear_counters(VfioHost *host)
{
    memset(&host->stats, 0, sizeof(host->stats));
    for (unsigned n = 0; n <= vfio_host_last_vector(host); n++) {
        host->vector[n].raised = 0;
        host->vector[n].acked = 0;
        host->vector[n].discarded = 0;
        vfio_host_function_publish_vector(host, n);
    }
}

void vfio_host_function_reset(VfioHost *host)
{
    vfio_host_auto_stop(host);
    vfio_host_intx_auto_stop(host);
    vfio_host_function_set_busy_protocol(host, false);
    host->stamp_signals = false;
    for (unsigned n = 0; n <= vfio_host_last_vector(host); n++) {
        set_pending(host, n, false);
        vfio_host_function_publish_vector(host, n);
    }
    vfio_host_intx_line(host, false);
}
