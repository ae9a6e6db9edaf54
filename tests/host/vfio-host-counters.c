/*
 * vfio-host: the counters, for people and for programs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "vfio-host-counters.h"

typedef struct Counter {
    const char *name;
    const char *meaning;
    size_t offset;
} Counter;

#define COUNTER(field, meaning) \
    { #field, meaning, offsetof(VfioHostStats, field) }

static const Counter counters[] = {
    COUNTER(raised, "edges raised on MSI or MSI-X"),
    COUNTER(signalled, "eventfds signalled for them"),
    COUNTER(discarded, "lost: in flight when their trigger was freed"),
    COUNTER(coalesced, "merged with one that was still under way"),
    COUNTER(held_masked, "kept in the device, no trigger"),
    COUNTER(set_irqs, "VFIO_DEVICE_SET_IRQS calls"),
    COUNTER(set_irqs_trigger, "... that set MSI or MSI-X eventfds"),
    COUNTER(set_irqs_failed, "... that failed"),
    COUNTER(swaps, "live triggers replaced"),
    COUNTER(teardowns, "MSI or MSI-X disabled as a whole"),
    COUNTER(irq_requests, "irqs requested on the host"),
    COUNTER(irq_frees, "irqs freed on the host"),
    COUNTER(intx_raised, "times that the device raised its INTx line"),
    COUNTER(intx_signalled, "INTx eventfds signalled"),
    COUNTER(intx_mask, "INTx masked through VFIO"),
    COUNTER(intx_unmask, "INTx unmasked through VFIO"),
    COUNTER(kvm_irqfd_assign, "KVM irqfds assigned (--count-kvm)"),
    COUNTER(kvm_irqfd_deassign, "KVM irqfds taken away (--count-kvm)"),
    COUNTER(kvm_set_gsi_routing, "KVM routings set (--count-kvm)"),
    COUNTER(bar_reads, "reads of BARs trapped by QEMU (--count-bars)"),
    COUNTER(bar_writes, "writes of BARs trapped by QEMU (--count-bars)"),
};

static uint64_t counter_value(const VfioHostStats *stats, const Counter *c)
{
    return *(const uint64_t *)((const char *)stats + c->offset);
}

void counters_print(VfioHost *host)
{
    VfioHostStats stats;

    vfio_host_stats(host, &stats);
    puts("");
    for (unsigned i = 0; i < G_N_ELEMENTS(counters); i++) {
        printf("%-20s %10" PRIu64 "  %s\n", counters[i].name,
               counter_value(&stats, &counters[i]), counters[i].meaning);
    }
}

char *counters_json(VfioHost *host)
{
    GString *text = g_string_new(NULL);
    VfioHostStats stats;

    vfio_host_stats(host, &stats);
    for (unsigned i = 0; i < G_N_ELEMENTS(counters); i++) {
        g_string_append_printf(text, "%s\"%s\": %" PRIu64, i ? ", " : "",
                               counters[i].name,
                               counter_value(&stats, &counters[i]));
    }
    return g_string_free(text, false);
}
