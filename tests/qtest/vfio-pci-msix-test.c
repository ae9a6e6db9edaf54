/*
 * MSI-X of an assigned device, as its guest sees it
 *
 * Enable tracking, masking, growth of the vector set, disable and reset; with
 * edges in flight, which the host kernel discards when a live trigger is
 * replaced, at each place where that happens.  Calls that fail are in
 * vfio-pci-fault-test.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqtest.h"
#include "libqos/virtio.h"
#include "libqos/virtio-pci.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qemu/units.h"
#include "hw/pci/pci_regs.h"
#include "vfio-pci-test-lib.h"

#define MSIX_RW     (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)

static VfioHostStats host_stats(VfioPciTest *t)
{
    VfioHostStats stats;

    vfio_host_stats(t->host, &stats);
    return stats;
}

static unsigned host_live_triggers(VfioPciTest *t)
{
    unsigned n, live = 0;

    for (n = 0; n < t->vectors; n++) {
        live += vfio_host_trigger_live(t->host, n);
    }
    return live;
}

/* One by one, as the table allows. */
static void enable_and_unmask(VfioPciTest *t, unsigned first, unsigned count)
{
    unsigned n;

    guest_msix_enable(t);
    for (n = first; n < first + count; n++) {
        guest_unmask(t, n);
        g_assert_cmpuint(guest_took(t, n), ==, 0);
    }
    guest_warm_up(t, first, count);
}

/* All at once; where the host's set grows, that may replay the first ones. */
static void enable_and_use(VfioPciTest *t, unsigned count)
{
    unsigned n;

    guest_msix_enable_maskall(t, count);
    guest_msix_maskall(t, false);
    for (n = 0; n < count; n++) {
        guest_took(t, n);
    }
    guest_warm_up(t, 0, count);
}

/*
 * Each of the vectors had one edge in flight, and now has its message.  A swap
 * discards the edge and a message must come in its place; where there was no
 * swap the edge lands.  Losing edges is what stock QEMU does, so it is counted.
 */
static void check_each_delivered_once(VfioPciTest *t, unsigned first,
                                      unsigned count)
{
    unsigned n, lost = 0;

    for (n = first; n < first + count; n++) {
        unsigned took;

        vfio_host_land(t->host, n);
        took = guest_took(t, n);
        g_assert_cmpuint(took, <=, 1);
        lost += !took;
    }
    if (lost) {
        g_test_message("lost %u of %u", lost, count);
        g_test_fail();
        return;
    }
    for (n = first; n < first + count; n++) {
        g_assert_cmpuint(guest_took(t, n), ==, 0);
        g_assert_false(guest_pending(t, n));
    }
}

/* ---- enable tracking ----------------------------------------------------- */

static void check_enabled_without_vectors(VfioPciTest *t)
{
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(host_live_triggers(t), ==, 0);
    g_assert_cmphex(guest_msix_control(t) & PCI_MSIX_FLAGS_ENABLE, !=, 0);
}

static void enable_with_all_masked(VfioPciTest *t)
{
    vfio_host_stats_reset(t->host);
    guest_msix_enable(t);
    check_enabled_without_vectors(t);
    g_assert_cmpuint(host_stats(t).set_irqs_trigger, ==, 1);
    g_assert_cmpuint(host_stats(t).irq_requests, ==, 0);
}

static void enable_under_maskall(VfioPciTest *t)
{
    unsigned n;

    vfio_host_stats_reset(t->host);
    guest_msix_enable_maskall(t, t->vectors);
    check_enabled_without_vectors(t);
    g_assert_cmpuint(host_stats(t).set_irqs_trigger, ==, 1);

    guest_msix_maskall(t, false);
    for (n = 0; n < t->vectors; n++) {
        check_delivers(t, n);
    }
}

static void enable_with_unmasked_vectors(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    guest_msix_disable(t);
    guest_unmask(t, 0);
    guest_unmask(t, 3);
    vfio_host_stats_reset(t->host);
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE);
    /* One to learn how KVM treats eventfds; stock has four. */
    g_assert_cmpuint(host_stats(t).kvm_irqfd_assign, <=, 2 + 1);
    for (n = 0; n < t->vectors; n++) {
        g_assert_cmpuint(guest_took(t, n), ==, 0);
        g_assert_cmpuint(vfio_host_trigger_live(t->host, n), ==,
                         n == 0 || n == 3);
    }
    check_delivers(t, 0);
    check_delivers(t, 3);
    guest_unmask(t, 1);
    check_delivers(t, 1);
}

static void enable_by_vector_0(VfioPciTest *t)
{
    guest_msix_enable_maskall(t, 2);
    check_enabled_without_vectors(t);
    g_assert_cmpuint(guest_took(t, 0), ==, 0);
    g_assert_false(guest_pending(t, 0));

    guest_msix_maskall(t, false);
    guest_took(t, 0);           /* the second vector may have been a growth */
    check_delivers(t, 0);
    check_delivers(t, 1);
}

/* The device has an event on vector 0 in the moment that it has a trigger. */
static void edge_while_enabling_by_vector_0(VfioPciTest *t)
{
    vfio_host_raise(t->host, 0);
    guest_msix_enable_maskall(t, 1);
    check_enabled_without_vectors(t);
    g_assert_cmpuint(guest_took(t, 0), ==, 0);
    g_assert_true(guest_pending(t, 0));
    guest_msix_maskall(t, false);
    g_assert_cmpuint(guest_took(t, 0), ==, 1);
    g_assert_false(guest_pending(t, 0));
}

static void first_use_of_vector_0(VfioPciTest *t)
{
    guest_msix_enable_maskall(t, 1);
    vfio_host_stats_reset(t->host);
    guest_msix_maskall(t, false);
    g_assert_cmpuint(host_stats(t).teardowns, ==, 0);
    check_delivers(t, 0);
}

/* ---- masking ------------------------------------------------------------- */

static void mask_costs_no_call(VfioPciTest *t)
{
    unsigned i;

    enable_and_unmask(t, 0, 2);
    vfio_host_stats_reset(t->host);
    for (i = 0; i < 10; i++) {
        guest_mask(t, 1);
        guest_unmask(t, 1);
    }
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    check_delivers(t, 1);
}

static void mask_costs_a_swap_each(VfioPciTest *t)
{
    enable_and_unmask(t, 0, 2);
    vfio_host_stats_reset(t->host);
    guest_mask(t, 1);
    guest_unmask(t, 1);
    g_assert_cmpuint(host_stats(t).set_irqs, <=, 2);
}

static void maskall_costs_no_call(VfioPciTest *t)
{
    enable_and_use(t, 4);
    vfio_host_stats_reset(t->host);
    guest_msix_maskall(t, true);
    guest_msix_maskall(t, false);
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    check_delivers(t, 3);
}

/* A swap may stand for an edge that nobody saw: one message a pair, no more. */
static void mask_alone(VfioPciTest *t)
{
    unsigned i;

    enable_and_unmask(t, 1, 1);
    for (i = 0; i < 10; i++) {
        guest_mask(t, 1);
        g_assert_cmpuint(guest_took(t, 1), ==, 0);
        guest_unmask(t, 1);
        g_assert_cmpuint(guest_took(t, 1), <=, 1);
    }
    check_delivers(t, 1);
}

static void mask_alone_without_swap(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    guest_mask(t, 1);
    g_assert_false(guest_pending(t, 1));
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
}

static void event_under_mask(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    guest_mask(t, 1);
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    g_assert_false(guest_pending(t, 1));
    check_delivers(t, 1);
}

static void edge_at_mask(VfioPciTest *t)
{
    bool pending;

    enable_and_unmask(t, 1, 1);
    vfio_host_raise_in_flight(t->host, 1);
    guest_mask(t, 1);
    vfio_host_land(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    pending = guest_pending(t, 1);
    guest_unmask(t, 1);
    check_each_delivered_once(t, 1, 1);
    g_assert_cmpuint(pending, ==, !g_test_failed());
}

static void edge_at_unmask(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    guest_mask(t, 1);
    vfio_host_raise_in_flight(t->host, 1);
    guest_unmask(t, 1);
    check_each_delivered_once(t, 1, 1);
}

static void edges_at_mask_and_at_unmask(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    vfio_host_raise_in_flight(t->host, 1);
    guest_mask(t, 1);
    vfio_host_raise_in_flight(t->host, 1);
    guest_unmask(t, 1);
    check_each_delivered_once(t, 1, 1);
}

static void edges_at_maskall(VfioPciTest *t)
{
    bool pending[4];
    unsigned n;

    enable_and_use(t, 4);
    for (n = 0; n < 4; n++) {
        vfio_host_raise_in_flight(t->host, n);
    }
    guest_msix_maskall(t, true);
    for (n = 0; n < 4; n++) {
        vfio_host_land(t->host, n);
        g_assert_cmpuint(guest_took(t, n), ==, 0);
        pending[n] = guest_pending(t, n);
    }
    guest_msix_maskall(t, false);
    check_each_delivered_once(t, 0, 4);
    for (n = 0; n < 4; n++) {
        g_assert_cmpuint(pending[n], ==, !g_test_failed());
    }
}

static void edges_at_end_of_maskall(VfioPciTest *t)
{
    unsigned n;

    enable_and_use(t, 4);
    guest_msix_maskall(t, true);
    for (n = 0; n < 4; n++) {
        vfio_host_raise_in_flight(t->host, n);
    }
    guest_msix_maskall(t, false);
    check_each_delivered_once(t, 0, 4);
}

/*
 * A device that raises no interrupt before its last one was handled, as most
 * do, is stuck for good by one that is lost.
 */
static void device_that_waits(VfioPciTest *t)
{
    unsigned i, lost = 0;

    enable_and_use(t, 2);
    vfio_host_set_busy_protocol(t->host, true);
    for (i = 0; i < 10; i++) {
        unsigned took;

        guest_msix_maskall(t, true);
        vfio_host_raise_in_flight(t->host, 1);
        guest_msix_maskall(t, false);
        vfio_host_land(t->host, 1);
        took = guest_took(t, 1);
        g_assert_cmpuint(took, <=, 1);
        lost += !took;
        if (took) {
            vfio_host_ack(t->host, 1);
        }
    }
    if (lost) {
        g_test_message("lost %u of %u", lost, i);
        g_test_fail();
    }
}

static void event_under_both_masks(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    guest_mask(t, 1);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    g_assert_true(guest_pending(t, 1));
    guest_msix_maskall(t, false);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    g_assert_false(guest_pending(t, 1));
}

/* QEMU may unmask before it reads the eventfd: a replay, and the event. */
static void unmask_right_after_event(VfioPciTest *t)
{
    unsigned i;

    enable_and_unmask(t, 1, 1);
    for (i = 0; i < 20; i++) {
        unsigned took;

        guest_mask(t, 1);
        vfio_host_raise(t->host, 1);
        guest_unmask(t, 1);
        took = guest_took(t, 1);
        g_assert_cmpuint(took, >=, 1);
        g_assert_cmpuint(took, <=, 2);
    }
}

static void event_under_maskall(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
    g_assert_false(guest_pending(t, 3));
    guest_msix_maskall(t, false);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    g_assert_false(guest_pending(t, 1));
    guest_took(t, 0);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

static void message_changed_under_mask(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    guest_mask(t, 1);
    guest_set_message(t, 1, 2);
    vfio_host_raise(t->host, 1);
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 2), ==, 1);
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 2), ==, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
}

static void edge_at_mask_has_the_new_message(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    vfio_host_raise_in_flight(t->host, 1);
    guest_mask(t, 1);
    vfio_host_land(t->host, 1);
    guest_set_message(t, 1, 2);
    guest_unmask(t, 1);
    check_each_delivered_once(t, 2, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
}

/* ---- who takes the events ------------------------------------------------ */

/* Of KVM's calls only those that a vector in use costs are counted. */
static void kvm_takes_what_interrupts(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    vfio_host_stats_reset(t->host);
    guest_use(t, 8);
    g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, ==, 0);
    for (n = 0; n < 8; n++) {
        check_delivers(t, n);
    }
    vfio_host_stats_reset(t->host);
    guest_warm_up(t, 0, 8);
    /* And one to learn how KVM treats eventfds. */
    g_assert_cmpuint(host_stats(t).kvm_irqfd_assign, ==, 8 + 1);
    g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, ==, 1);
    for (n = 0; n < 8; n++) {
        check_delivers(t, n);
    }
}

static void move(VfioPciTest *t, unsigned n, unsigned message)
{
    guest_mask(t, n);
    guest_set_message(t, n, message);
    guest_unmask(t, n);
}

static void check_sends(VfioPciTest *t, unsigned n, unsigned message)
{
    guest_took(t, message);
    vfio_host_raise(t->host, n);
    g_assert_cmpuint(guest_took(t, message), ==, 1);
}

static void move_to_a_former_message(VfioPciTest *t)
{
    unsigned i;

    enable_and_unmask(t, 1, 1);
    move(t, 1, 2);
    check_sends(t, 1, 2);
    guest_warm_up(t, 1, 1);
    check_sends(t, 1, 2);
    vfio_host_stats_reset(t->host);
    for (i = 1; i <= 4; i++) {
        unsigned message = i % 2 ? 1 : 2;

        move(t, 1, message);
        g_assert_cmpuint(host_stats(t).kvm_irqfd_assign, ==, i);
        g_assert_cmpuint(host_stats(t).kvm_irqfd_deassign, ==, i);
        check_sends(t, 1, message);
        check_sends(t, 1, message);
    }
    g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, ==, 0);
}

/* A route that one vector left may be of use to another. */
static void move_to_the_message_of_another(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 2);
    move(t, 1, 3);
    guest_warm_up(t, 1, 1);
    move(t, 2, 1);
    check_sends(t, 2, 1);
    check_sends(t, 1, 3);
    move(t, 1, 2);
    check_sends(t, 1, 2);
    check_sends(t, 2, 1);
}

/* More than a device keeps routes for. */
#define MESSAGES    80

static void move_through_many_messages(VfioPciTest *t)
{
    unsigned n;

    enable_and_unmask(t, 1, 1);
    for (n = 2; n < MESSAGES; n++) {
        move(t, 1, n);
        check_sends(t, 1, n);
        guest_warm_up(t, 1, 1);
        check_sends(t, 1, n);
    }
    while (n-- > 2) {
        move(t, 1, n);
        check_sends(t, 1, n);
        check_sends(t, 1, n);
    }
}

/* KVM has 39 routes for the pins of PC's interrupt controllers. */
#define ROUTES      5
#define FEW_ROUTES  (39 + ROUTES + 1)

static const char *const no_route[] = { QEMU_DEVICE_NAME, "no route", NULL };

/* Those of former messages are given up. */
static void move_with_few_routes(VfioPciTest *t)
{
    unsigned i;

    enable_and_unmask(t, 0, ROUTES - 1);
    for (i = 0; i < 3 * ROUTES; i++) {
        move(t, 1, ROUTES + i);
        check_sends(t, 1, ROUTES + i);
        guest_warm_up(t, 1, 1);
        check_sends(t, 1, ROUTES + i);
    }
    check_delivers(t, 0);
    check_delivers(t, 2);
    guest_unmask(t, ROUTES - 1);
    guest_warm_up(t, ROUTES - 1, 1);
    check_delivers(t, ROUTES - 1);
    check_sends(t, 1, ROUTES + i - 1);
    g_assert_cmpuint(qemu_errors(t, no_route), ==, 0);
}

/* A quarter of them may be kept for former messages. */
#define SPARES          20
#define MODERATE_ROUTES (4 * SPARES)

static void former_messages_leave_routes(VfioPciTest *t)
{
    unsigned n;

    enable_and_unmask(t, 1, 1);
    for (n = 2; n < SPARES + 10; n++) {
        move(t, 1, n);
        guest_warm_up(t, 1, 1);
    }
    vfio_host_stats_reset(t->host);
    while (--n > 10) {
        move(t, 1, n);
        check_sends(t, 1, n);
    }
    g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, ==, 0);
    move(t, 1, 2);
    check_sends(t, 1, 2);
    guest_warm_up(t, 1, 1);
    check_sends(t, 1, 2);
    g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, ==, 1);
}

static void more_vectors_than_routes(VfioPciTest *t)
{
    unsigned n;

    enable_and_unmask(t, 0, ROUTES + 3);
    for (n = 0; n < ROUTES + 3; n++) {
        check_delivers(t, n);
        guest_mask(t, n);
        vfio_host_raise(t->host, n);
        g_assert_cmpuint(guest_took(t, n), ==, 0);
        g_assert_true(guest_pending(t, n));
        guest_unmask(t, n);
        g_assert_cmpuint(guest_took(t, n), ==, 1);
    }
    g_assert_cmpuint(qemu_errors(t, no_route), ==, 1);

    guest_msix_disable(t);
    enable_and_unmask(t, 0, ROUTES);
    for (n = 0; n < ROUTES; n++) {
        check_delivers(t, n);
    }
    g_assert_cmpuint(qemu_errors(t, no_route), ==, 1);
}

static void kvm_takes_all_when_the_vm_stops(VfioPciTest *t)
{
    guest_msix_enable(t);
    guest_use(t, 3);
    guest_mask(t, 0);
    vfio_host_stats_reset(t->host);
    qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
    g_assert_cmpuint(host_stats(t).kvm_irqfd_assign, ==, 2 + 1);
    g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, ==, 1);
    vfio_host_raise(t->host, 0);
    vfio_host_raise(t->host, 1);
    qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
    g_assert_cmpuint(guest_took(t, 0), ==, 0);
    g_assert_true(guest_pending(t, 0));
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    check_delivers(t, 2);
    guest_unmask(t, 0);
    g_assert_cmpuint(guest_took(t, 0), ==, 1);
}

/* ---- interrupt remapping ------------------------------------------------- */

#define IOMMU                   0xfed90000      /* Intel's */
#define IOMMU_COMMAND           0x18
#define IOMMU_STATUS            0x1c
#define IOMMU_REMAP_TABLE       0xb8
#define IOMMU_SET_REMAP_TABLE   (1u << 24)
#define IOMMU_REMAP_ENABLE      (1u << 25)
#define IOMMU_ENTRIES_16        3
#define REMAPPABLE              (1u << 4)       /* of an address */
#define REMAP_HANDLE(n)         ((n) << 5)

static void iommu_command(VfioPciTest *t, uint32_t command)
{
    uint32_t status = qtest_readl(t->qts, IOMMU + IOMMU_STATUS);

    qtest_writel(t->qts, IOMMU + IOMMU_COMMAND, status | command);
    g_assert_cmphex(qtest_readl(t->qts, IOMMU + IOMMU_STATUS) & command, ==,
                    command);
}

static uint64_t iommu_remap(VfioPciTest *t)
{
    uint64_t table = ROUND_UP(guest_alloc(&t->qos->alloc, 8192), 4096);

    qtest_memset(t->qts, table, 0, 4096);
    qtest_writeq(t->qts, IOMMU + IOMMU_REMAP_TABLE, table | IOMMU_ENTRIES_16);
    iommu_command(t, IOMMU_SET_REMAP_TABLE);
    iommu_command(t, IOMMU_REMAP_ENABLE);
    return table;
}

/* What the entry makes of a message is what the vector sends as data now. */
static void iommu_entry(VfioPciTest *t, uint64_t entry, uint32_t data)
{
    qtest_writeq(t->qts, entry + 8, 0);
    qtest_writeq(t->qts, entry, 1 | (uint64_t)data << 16);
}

/*
 * The guest moves the vector by the IOMMU's table, as Linux does.  What stands
 * in the vector's own entry is the same all the time.
 */
static void move_by_remapping(VfioPciTest *t)
{
    uint64_t table = iommu_remap(t);
    uint32_t data[2];
    unsigned i;

    guest_msix_enable(t);
    for (i = 0; i < 2; i++) {
        guest_set_message(t, 1, 2 + i);
        data[i] = guest_table_readl(t, 1, PCI_MSIX_ENTRY_DATA);
    }
    iommu_entry(t, table + 5 * 16, data[0]);
    guest_table_writel(t, 1, PCI_MSIX_ENTRY_LOWER_ADDR,
                       0xfee00000 | REMAPPABLE | REMAP_HANDLE(5));
    guest_table_writel(t, 1, PCI_MSIX_ENTRY_DATA, 0);
    guest_unmask(t, 1);
    check_sends(t, 1, 2);
    for (i = 1; i < 6; i++) {
        vfio_host_stats_reset(t->host);
        guest_warm_up(t, 1, 1);
        g_assert_cmpuint(host_stats(t).kvm_irqfd_assign, <=, 2);
        g_assert_cmpuint(host_stats(t).kvm_set_gsi_routing, <=, 1);
        check_sends(t, 1, 2 + (i - 1) % 2);
        guest_mask(t, 1);
        iommu_entry(t, table + 5 * 16, data[i % 2]);
        guest_unmask(t, 1);
        check_sends(t, 1, 2 + i % 2);
        g_assert_cmpuint(guest_took(t, 2 + (i - 1) % 2), ==, 0);
    }
}

/* ---- growth -------------------------------------------------------------- */

/* 64 at once would be one; a guest brings them up one by one. */
static void growth_costs_few_teardowns(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    vfio_host_stats_reset(t->host);
    for (n = 0; n < 64; n++) {
        guest_unmask(t, n);
    }
    g_assert_cmpuint(host_live_triggers(t), ==, 64);
    g_assert_cmpuint(host_stats(t).teardowns, <=, 8);
    g_assert_cmpuint(host_stats(t).irq_requests, <=, 128);
    g_assert_cmpuint(vfio_host_vectors(t->host), ==, 64);
    for (n = 0; n < 64; n += 9) {
        guest_took(t, n);           /* growth replays live vectors */
        check_delivers(t, n);
    }
}

static void unmask_together(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    guest_msix_maskall(t, true);
    for (n = 0; n < 64; n++) {
        guest_unmask(t, n);
    }
    vfio_host_stats_reset(t->host);
    guest_msix_maskall(t, false);
    g_assert_cmpuint(host_live_triggers(t), ==, 64);
    check_delivers(t, 0);
    check_delivers(t, 63);
}

static void unmasked_together(VfioPciTest *t)
{
    unmask_together(t);
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 1);
}

static void unmasked_together_tears_down_once(VfioPciTest *t)
{
    unmask_together(t);
    g_assert_cmpuint(host_stats(t).teardowns, ==, 1);
    g_assert_cmpuint(host_stats(t).irq_requests, ==, 64);
}

static void edges_at_growth(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_raise_in_flight(t->host, 0);
    vfio_host_raise_in_flight(t->host, 1);
    guest_use(t, 3);
    check_each_delivered_once(t, 0, 2);
    g_assert_cmpuint(guest_took(t, 2), ==, 0);
    check_delivers(t, 2);
}

static void edge_of_masked_vector_at_growth(VfioPciTest *t)
{
    bool pending;

    enable_and_unmask(t, 0, 1);
    guest_mask(t, 0);
    vfio_host_raise_in_flight(t->host, 0);
    guest_unmask(t, 3);
    vfio_host_land(t->host, 0);
    g_assert_cmpuint(guest_took(t, 0), ==, 0);
    pending = guest_pending(t, 0);
    guest_unmask(t, 0);
    check_each_delivered_once(t, 0, 1);
    g_assert_cmpuint(pending, ==, !g_test_failed());
}

static void growth_leaves_unused_vectors_alone(VfioPciTest *t)
{
    unsigned n;

    enable_and_unmask(t, 3, 1);
    guest_unmask(t, 5);
    for (n = 0; n < t->vectors; n++) {
        if (n != 3) {
            g_assert_cmpuint(guest_took(t, n), ==, 0);
            g_assert_false(guest_pending(t, n));
        }
    }
}

static void unmask_within_the_held_set(VfioPciTest *t)
{
    enable_and_unmask(t, 5, 1);
    vfio_host_stats_reset(t->host);
    guest_unmask(t, 2);
    g_assert_cmpuint(host_stats(t).teardowns, ==, 0);
    g_assert_cmpuint(guest_took(t, 5), ==, 0);
    check_delivers(t, 2);
    check_delivers(t, 5);
}

static void first_use_injects_nothing(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    for (n = 0; n < t->vectors; n++) {
        guest_use(t, n + 1);
        g_assert_cmpuint(guest_took(t, n), ==, 0);
        g_assert_false(guest_pending(t, n));
    }
}

static void all_vectors_deliver(VfioPciTest *t)
{
    unsigned n;

    enable_and_use(t, t->vectors);
    for (n = 0; n < t->vectors; n++) {
        check_delivers(t, n);
    }
}

/* As many as there can be; a sample of them, and the last. */
static void most_vectors_deliver(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable_maskall(t, t->vectors);
    guest_msix_maskall(t, false);
    for (n = 0; n < t->vectors; n += 100) {
        check_delivers(t, n);
    }
    check_delivers(t, t->vectors - 1);
}

/* ---- disable, enable again, reset ---------------------------------------- */

static void check_intx_is_back(VfioPciTest *t)
{
    g_assert_false(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(vfio_host_vectors(t->host), ==, 0);
    g_assert_cmpuint(host_live_triggers(t), ==, 0);
    vfio_host_stats_reset(t->host);
    vfio_host_intx(t->host, true);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 1);
    vfio_host_intx(t->host, false);
    qemu_settle(t);
}

static void disable_brings_intx_back(VfioPciTest *t)
{
    enable_and_use(t, 4);
    guest_msix_disable(t);
    check_intx_is_back(t);
}

static void disable_under_maskall(VfioPciTest *t)
{
    enable_and_use(t, 4);
    guest_msix_maskall(t, true);
    guest_msix_disable(t);
    check_intx_is_back(t);
}

static void disable_costs_one_call(VfioPciTest *t)
{
    enable_and_use(t, 4);
    vfio_host_stats_reset(t->host);
    guest_msix_disable(t);
    g_assert_cmpuint(host_stats(t).set_irqs_trigger, ==, 0);
    g_assert_cmpuint(host_stats(t).teardowns, ==, 1);
}

static void enable_again_injects_nothing(VfioPciTest *t)
{
    unsigned n;

    enable_and_use(t, 4);
    guest_msix_disable(t);
    guest_msix_enable_maskall(t, 4);
    guest_msix_maskall(t, false);
    for (n = 0; n < 4; n++) {
        check_delivers(t, n);   /* and has taken nothing before */
    }
}

static void pending_at_disable(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    g_assert_true(guest_pending(t, 1));
    guest_msix_disable(t);
    guest_msix_enable_maskall(t, 2);
    g_assert_false(guest_pending(t, 1));
    guest_msix_maskall(t, false);
    check_delivers(t, 1);       /* and has taken nothing before */
}

static void enable_again_with_fewer(VfioPciTest *t)
{
    enable_and_use(t, 4);
    guest_msix_disable(t);
    enable_and_use(t, 2);
    check_delivers(t, 0);
    check_delivers(t, 1);
    guest_use(t, 6);
    guest_took(t, 0);           /* growth */
    check_delivers(t, 0);
    check_delivers(t, 5);
}

static void unplug_with_live_vectors(VfioPciTest *t)
{
    enable_and_use(t, 4);
    vfio_host_raise_in_flight(t->host, 1);
    qpci_unplug_acpi_device_test(t->qts, "hd0", t->dev->devfn >> 3);
    g_assert_false(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(host_live_triggers(t), ==, 0);
    qemu_settle(t);             /* and QEMU lives */
}

static void reset_and_enable_again(VfioPciTest *t)
{
    enable_and_use(t, 4);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 2);
    g_assert_true(guest_pending(t, 2));
    qemu_reset(t);
    g_assert_false(vfio_host_msix_enabled(t->host));
    g_assert_cmphex(guest_msix_control(t) & MSIX_RW, ==, 0);
    guest_msix_enable_maskall(t, 3);
    g_assert_false(guest_pending(t, 2));
    guest_msix_maskall(t, false);
    check_delivers(t, 2);
    guest_msix_disable(t);
    check_intx_is_back(t);
}

/* ---- messages that change the device itself ------------------------------ */

#define MMCFG               0xb0000000u
#define MCH_MMCFG_BASE      0x60
#define MCH_MMCFG_ENABLE    1

#define PVPANIC_VENDOR      0x1b36
#define PVPANIC_DEVICE      0x0011
#define PVPANIC_PANICKED    1

static void guest_set_raw_message(VfioPciTest *t, unsigned vector,
                                  uint64_t address, uint32_t data)
{
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_LOWER_ADDR, address);
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_UPPER_ADDR, address >> 32);
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_DATA, data);
}

/* A zero that is written there disables MSI-X of the function. */
static uint64_t address_to_disable(VfioPciTest *t)
{
    QPCIDevice *mch = qpci_device_find(t->qos->pcibus, 0);

    g_assert_nonnull(mch);
    qpci_config_writel(mch, MCH_MMCFG_BASE, MMCFG | MCH_MMCFG_ENABLE);
    g_free(mch);
    return MMCFG + (t->dev->devfn << 12) + t->msix_cap;
}

/* What the vector sends disables MSI-X of the function. */
static void guest_send_disable(VfioPciTest *t, unsigned vector)
{
    guest_set_raw_message(t, vector, address_to_disable(t), 0);
}

static void enable_and_use_one_that_disables(VfioPciTest *t)
{
    guest_msix_enable(t);
    guest_send_disable(t, 0);
    guest_msix_maskall(t, true);
    guest_unmask(t, 0);
    guest_unmask(t, 1);
    guest_msix_maskall(t, false);
    vfio_host_raise_in_flight(t->host, 0);
    g_assert_true(vfio_host_msix_enabled(t->host));
}

static void check_disabled_and_enables_again(VfioPciTest *t)
{
    qemu_settle(t);
    g_assert_cmphex(guest_msix_control(t) & PCI_MSIX_FLAGS_ENABLE, ==, 0);
    check_intx_is_back(t);
    guest_took(t, 1);
    guest_msix_enable_maskall(t, 2);
    g_assert_false(guest_pending(t, 1));
    guest_msix_maskall(t, false);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

static void disabling_message_at_growth(VfioPciTest *t)
{
    enable_and_use_one_that_disables(t);
    guest_unmask(t, 2);
    check_disabled_and_enables_again(t);
}

static void disabling_message_at_failing_growth(VfioPciTest *t)
{
    enable_and_use_one_that_disables(t);
    vfio_host_fail(t->host, "msix-enable", 0, 1, ENOMEM);
    guest_unmask(t, 2);
    g_assert_cmpuint(vfio_host_failed(t->host), ==, 1);
    check_disabled_and_enables_again(t);
}

static void found_pvpanic(QPCIDevice *dev, int devfn, void *opaque)
{
    uint64_t *address = opaque;

    qpci_device_enable(dev);
    *address = qpci_iomap(dev, 0, NULL).addr;
    g_free(dev);
}

/*
 * Vector 0 stops the VM and vector 1 disables MSI-X, and both have an event
 * when the main loop looks.  If it takes that of vector 0 first, the other one
 * waits while the VM is stopped.  That depends on which was in use @first.
 */
static bool stopped_before(VfioPciTest *t, uint64_t pvpanic, unsigned first)
{
    g_autoptr(QDict) reply = NULL;
    siginfo_t stopped;
    unsigned i;

    guest_msix_enable(t);
    guest_set_raw_message(t, 0, pvpanic, PVPANIC_PANICKED);
    guest_send_disable(t, 1);
    guest_unmask(t, first);
    guest_unmask(t, !first);

    g_assert_cmpint(kill(qtest_pid(t->qts), SIGSTOP), ==, 0);
    g_assert_cmpint(waitid(P_PID, qtest_pid(t->qts), &stopped, WSTOPPED), ==,
                    0);
    vfio_host_raise(t->host, 0);
    vfio_host_raise(t->host, 1);
    g_assert_cmpint(kill(qtest_pid(t->qts), SIGCONT), ==, 0);

    for (i = 0; i < 3; i++) {
        qtest_readb(t->qts, 0);
    }
    reply = qtest_qmp(t->qts, "{'execute': 'query-status'}");
    return g_str_equal(qdict_get_str(qdict_get_qdict(reply, "return"),
                                     "status"), "guest-panicked");
}

/* While QEMU tells its devices that the VM stops, nobody must disable MSI-X. */
static void disabling_message_at_stop(VfioPciTest *t)
{
    uint64_t pvpanic = 0;

    qpci_device_foreach(t->qos->pcibus, PVPANIC_VENDOR, PVPANIC_DEVICE,
                        found_pvpanic, &pvpanic);
    g_assert_cmphex(pvpanic, !=, 0);
    g_assert_true(stopped_before(t, pvpanic, 0) ||
                  stopped_before(t, pvpanic, 1));
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_cmphex(guest_msix_control(t) & PCI_MSIX_FLAGS_ENABLE, !=, 0);
}

#define NIC_SLOT            0x10
#define NIC_BUFFER          2048

/* One sends to the other: nobody has to drive it for an announcement. */
#define TWO_NICS \
    "-netdev hubport,id=net0,hubid=0 -netdev hubport,id=net1,hubid=0 " \
    "-device virtio-net-pci,netdev=net0 " \
    "-device virtio-net-pci,netdev=net1,addr=0x10,disable-modern=on"

/* The NIC can receive one packet; its message for that disables MSI-X here. */
static void nic_send_disable(VfioPciTest *t)
{
    const QPCIAddress address = { .devfn = QPCI_DEVFN(NIC_SLOT, 0) };
    QVirtioPCIDevice *nic = virtio_pci_new(t->qos->pcibus, (void *)&address);
    QVirtQueue *rx;
    uint64_t entry;

    qvirtio_pci_device_enable(nic);
    qvirtio_start_device(&nic->vdev);
    qvirtio_set_features(&nic->vdev, 0);
    qpci_msix_enable(nic->pdev);
    rx = qvirtqueue_setup(&nic->vdev, &t->qos->alloc, 0);
    qvirtqueue_pci_msix_setup(nic, (QVirtQueuePCI *)rx, &t->qos->alloc, 0);
    entry = nic->pdev->msix_table_off;
    qpci_io_writel(nic->pdev, nic->pdev->msix_table_bar,
                   entry + PCI_MSIX_ENTRY_LOWER_ADDR, address_to_disable(t));
    qpci_io_writel(nic->pdev, nic->pdev->msix_table_bar,
                   entry + PCI_MSIX_ENTRY_DATA, 0);
    qvirtio_set_driver_ok(&nic->vdev);
    qvirtqueue_kick(t->qts, &nic->vdev, rx,
                    qvirtqueue_add(t->qts, rx,
                                   guest_alloc(&t->qos->alloc, NIC_BUFFER),
                                   NIC_BUFFER, true, false));
    qvirtqueue_cleanup(nic->vdev.bus, rx, &t->qos->alloc);
    qvirtio_pci_device_disable(nic);
    g_free(nic);
}

/*
 * QEMU tells its devices in turn that the VM runs.  The NIC takes a packet that
 * has waited for it as soon as it is told, and the function comes next.
 */
static void disabling_message_at_start(VfioPciTest *t)
{
    enable_and_unmask(t, 0, 2);
    nic_send_disable(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
    qtest_qmp_assert_success(t->qts, "{'execute': 'announce-self', 'arguments':"
                             " {'initial': 50, 'max': 50, 'rounds': 1,"
                             " 'step': 0}}");
    g_assert_cmphex(guest_msix_control(t) & PCI_MSIX_FLAGS_ENABLE, !=, 0);
    qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
    check_disabled_and_enables_again(t);
}

/* ---- save and load ------------------------------------------------------- */

/*
 * What was live before a load was not live on the host that loads.  The vectors
 * are those whose messages go to RAM, as nothing else here is saved.
 */
static void load_injects_nothing(VfioPciTest *t)
{
    enable_and_unmask(t, 8, 3);
    guest_mask(t, 10);
    qemu_save(t);
    guest_msix_disable(t);
    qemu_load(t);
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(host_live_triggers(t), ==, 2);
    g_assert_cmpuint(guest_took(t, 8), ==, 0);
    g_assert_cmpuint(guest_took(t, 9), ==, 0);
    g_assert_false(guest_pending(t, 10));
    check_delivers(t, 8);
    check_delivers(t, 9);
    guest_unmask(t, 10);
    check_delivers(t, 10);
}

static void load_and_take_pending(VfioPciTest *t)
{
    guest_msix_disable(t);
    qemu_load(t);
    g_assert_true(guest_pending(t, 9));
    guest_unmask(t, 9);
    g_assert_cmpuint(guest_took(t, 9), ==, 1);
    check_delivers(t, 9);
}

static void pending_survives_load(VfioPciTest *t)
{
    enable_and_unmask(t, 8, 2);
    guest_mask(t, 9);
    vfio_host_raise(t->host, 9);
    g_assert_true(guest_pending(t, 9));
    qemu_save(t);
    load_and_take_pending(t);
}

/* So much RAM is not saved in a moment. */
#define RAM_START           (16 * MiB)
#define RAM_BYTES           (96 * MiB)

/* QEMU saves the VM, and cannot read eventfds until it has. */
static void unread_event_survives_load(VfioPciTest *t)
{
    g_autoptr(QDict) reply = NULL;

    enable_and_unmask(t, 8, 2);
    guest_mask(t, 9);
    qtest_memset(t->qts, RAM_START, 0x5a, RAM_BYTES);
    qemu_disk_create(t);
    qtest_qmp_send(t->qts, "{'execute': 'human-monitor-command', 'arguments':"
                   " {'command-line': 'savevm tag'}}");
    qtest_qmp_eventwait(t->qts, "STOP");
    vfio_host_raise(t->host, 9);
    reply = qtest_qmp_receive(t->qts);
    g_assert_cmpstr(qdict_get_try_str(reply, "return"), ==, "");
    g_assert_true(guest_pending(t, 9));
    load_and_take_pending(t);
}

/* The device brings its own pending bits along, and this one has none. */
static void pending_of_device_is_not_saved(VfioPciTest *t)
{
    enable_and_unmask(t, 8, 1);
    vfio_host_raise(t->host, 9);
    g_assert_true(guest_pending(t, 9));
    qemu_save(t);
    guest_msix_disable(t);
    qemu_load(t);
    g_assert_false(guest_pending(t, 9));
    guest_unmask(t, 9);
    g_assert_cmpuint(guest_took(t, 9), ==, 0);
    check_delivers(t, 9);
}

static void control_reads(VfioPciTest *t)
{
    g_assert_cmphex(guest_msix_control(t), ==, t->vectors - 1);
    guest_msix_set_control(t, 0xffff);
    g_assert_cmphex(guest_msix_control(t), ==, MSIX_RW | (t->vectors - 1));
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE);
    g_assert_cmphex(guest_msix_control(t), ==,
                    PCI_MSIX_FLAGS_ENABLE | (t->vectors - 1));
    guest_msix_set_control(t, PCI_MSIX_FLAGS_MASKALL);
    g_assert_cmphex(guest_msix_control(t), ==,
                    PCI_MSIX_FLAGS_MASKALL | (t->vectors - 1));
    guest_msix_set_control(t, 0);
    g_assert_cmphex(guest_msix_control(t), ==, t->vectors - 1);
}

static void table_reads(VfioPciTest *t)
{
    unsigned n;

    for (n = 0; n < t->vectors; n++) {
        guest_mask(t, n);
        guest_table_writel(t, n, PCI_MSIX_ENTRY_LOWER_ADDR, 0xfee00000 + 4 * n);
        guest_table_writel(t, n, PCI_MSIX_ENTRY_UPPER_ADDR, 0x100 + n);
        guest_table_writel(t, n, PCI_MSIX_ENTRY_DATA, 0xabcd0000 + n);
    }
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE);
    for (n = 0; n < t->vectors; n++) {
        g_assert_cmphex(guest_table_readl(t, n, PCI_MSIX_ENTRY_LOWER_ADDR), ==,
                        0xfee00000 + 4 * n);
        g_assert_cmphex(guest_table_readl(t, n, PCI_MSIX_ENTRY_UPPER_ADDR), ==,
                        0x100 + n);
        g_assert_cmphex(guest_table_readl(t, n, PCI_MSIX_ENTRY_DATA), ==,
                        0xabcd0000 + n);
        g_assert_cmphex(guest_table_readl(t, n, PCI_MSIX_ENTRY_VECTOR_CTRL), ==,
                        PCI_MSIX_ENTRY_CTRL_MASKBIT);
    }
    g_assert_cmphex(qpci_io_readq(t->dev, t->dev->msix_table_bar,
                                  t->dev->msix_table_off + PCI_MSIX_ENTRY_SIZE),
                    ==, 0x101fee00004);
}

static void table_reads_through_masking(VfioPciTest *t)
{
    enable_and_unmask(t, 1, 1);
    g_assert_false(qpci_msix_masked(t->dev, 1));
    guest_mask(t, 1);
    g_assert_true(qpci_msix_masked(t->dev, 1));
    guest_unmask(t, 1);
    guest_msix_maskall(t, true);
    g_assert_cmphex(guest_table_readl(t, 1, PCI_MSIX_ENTRY_VECTOR_CTRL), ==, 0);
    g_assert_true(qpci_msix_masked(t->dev, 1));
    guest_msix_maskall(t, false);
    g_assert_false(qpci_msix_masked(t->dev, 1));
}

/* Its event waits in the device, which has no trigger for it. */
static void event_on_a_fresh_vector(VfioPciTest *t)
{
    enable_and_use(t, 1);
    vfio_host_raise(t->host, 2);
    g_assert_cmpuint(guest_took(t, 2), ==, 0);
    g_assert_true(guest_pending(t, 2));
    g_assert_false(guest_pending(t, 1));
    guest_use(t, 3);
    g_assert_cmpuint(guest_took(t, 2), ==, 1);
    g_assert_false(guest_pending(t, 2));
}

/* Vector 1 waits in QEMU, the others in the device. */
static void pending_in_both_places(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    vfio_host_raise(t->host, 3);
    vfio_host_raise(t->host, 38);
    g_assert_true(guest_pending(t, 1));
    g_assert_true(guest_pending(t, 3));
    g_assert_true(guest_pending(t, 38));
    g_assert_false(guest_pending(t, 2));
    g_assert_false(guest_pending(t, 35));
    guest_msix_maskall(t, false);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    g_assert_false(guest_pending(t, 1));
    g_assert_true(guest_pending(t, 3));
    guest_use(t, 4);
    g_assert_cmpuint(guest_took(t, 3), ==, 1);
    g_assert_false(guest_pending(t, 3));
    g_assert_true(guest_pending(t, 38));
}

/* What QEMU has read of the device's bits is no message of its own. */
static void pending_in_device_at_disable(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    vfio_host_raise(t->host, 3);
    guest_pending(t, 3);
    guest_msix_disable(t);
    guest_msix_enable_maskall(t, 4);
    g_assert_true(guest_pending(t, 3));
    guest_msix_maskall(t, false);
    g_assert_cmpuint(guest_took(t, 3), ==, 1);
    g_assert_false(guest_pending(t, 3));
}

/* In each word of the array, and at its edges. */
static void pending_among_64(VfioPciTest *t)
{
    static const unsigned raised[] = { 1, 31, 32, 62, 63 };
    unsigned n, i;

    enable_and_use(t, 1);
    for (i = 0; i < ARRAY_SIZE(raised); i++) {
        vfio_host_raise(t->host, raised[i]);
    }
    for (n = 1, i = 0; n < t->vectors; n++) {
        bool is_raised = n == raised[i];

        g_assert_cmpuint(guest_pending(t, n), ==, is_raised);
        i += is_raised;
    }
    guest_use(t, 64);
    for (n = 1, i = 0; n < t->vectors; n++) {
        bool is_raised = n == raised[i];

        g_assert_cmpuint(guest_took(t, n), ==, is_raised);
        g_assert_false(guest_pending(t, n));
        i += is_raised;
    }
}

static void pending_in_qemu_among_64(VfioPciTest *t)
{
    static const unsigned raised[] = { 1, 31, 32, 62, 63 };
    unsigned i;

    enable_and_use(t, 64);
    guest_msix_maskall(t, true);
    for (i = 0; i < ARRAY_SIZE(raised); i++) {
        vfio_host_raise(t->host, raised[i]);
        g_assert_true(guest_pending(t, raised[i]));
    }
    guest_msix_maskall(t, false);
    for (i = 0; i < ARRAY_SIZE(raised); i++) {
        g_assert_cmpuint(guest_took(t, raised[i]), ==, 1);
        g_assert_false(guest_pending(t, raised[i]));
    }
}

static void pba_is_read_only(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    g_assert_true(guest_pending(t, 1));
    qpci_io_writel(t->dev, t->dev->msix_pba_bar, t->dev->msix_pba_off, 8);
    g_assert_true(guest_pending(t, 1));
    g_assert_false(guest_pending(t, 3));
}

/* The PBA shares its page with registers; they must work all the while. */
static void pba_with_registers(VfioPciTest *t)
{
    const unsigned raised = IRQTEST_VECTOR(1) + IRQTEST_VECTOR_RAISED;
    unsigned before;

    event_under_maskall(t);
    before = qpci_io_readl(t->dev, t->bar[0], raised);
    g_assert_cmpuint(before, >=, 2);
    guest_msix_maskall(t, true);
    vfio_host_raise(t->host, 1);
    g_assert_true(guest_pending(t, 1));
    g_assert_cmphex(qpci_io_readl(t->dev, t->bar[0], IRQTEST_ID), ==,
                    IRQTEST_ID_VALUE);
    g_assert_cmpuint(qpci_io_readl(t->dev, t->bar[0], raised), ==, before + 1);
}

static void guest_raises(VfioPciTest *t)
{
    enable_and_use(t, 4);
    qpci_io_writel(t->dev, t->bar[0], IRQTEST_RAISE, 3);
    g_assert_cmpuint(guest_took(t, 3), ==, 1);
}

/* ---- the property -------------------------------------------------------- */

static void edge_at_growth_is_lost(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_msix_maskall(t, true);
    guest_msix_maskall(t, false);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    vfio_host_stats_reset(t->host);
    vfio_host_raise_in_flight(t->host, 1);
    guest_use(t, 3);
    g_assert_false(vfio_host_land(t->host, 1));
    g_assert_cmpuint(host_stats(t).discarded, ==, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    check_delivers(t, 1);
}

static void help_lists_the_property(void)
{
    g_autofree char *line = NULL;

    g_assert_true(vfio_pci_test_has_property("x-irq-reinject", &line));
    g_test_message("%s", line);
    /* NAME=<TYPE>  - DESCRIPTION */
    g_assert_nonnull(strstr(line, " - "));
}

static void wrong_value_is_one_line(void)
{
    g_autofree char *err = vfio_pci_test_refused("x-irq-reinject=perhaps");

    g_test_message("%s", err);
    g_assert_nonnull(strstr(err, "x-irq-reinject"));
    g_assert_nonnull(strstr(err, "does not accept value 'perhaps'"));
    g_assert_true(strchr(err, '\n') == err + strlen(err) - 1);
}

/* -------------------------------------------------------------------------- */

#define WITHOUT_KVM     (VIA_QEMU | VIA_RTAS)

static const VfioPciCase cases[] = {
    /* enable tracking */
    { "enable-with-all-masked-enables-the-host", 0, VIA_ANY,
      .run = enable_with_all_masked },
    { "enable-under-maskall-enables-the-host", 0, VIA_ANY,
      .run = enable_under_maskall },
    { "enable-with-unmasked-vectors-delivers", VIA_TABLE, 0,
      .host = { .count_kvm = true },
      .run = enable_with_unmasked_vectors },
    { "enable-refused-without-a-vector-goes-by-vector-0", VIA_ANY, 0,
      .host = { .msix_needs_vector = true },
      .run = enable_by_vector_0 },
    { "enable-by-vector-0-works-without-dynamic-allocation", VIA_ANY, 0,
      .host = { .msix_needs_vector = true, .msix_noresize = true },
      .run = enable_by_vector_0 },
    { "edge-while-enabling-by-vector-0-becomes-pending", VIA_ANY, 0,
      .host = { .msix_needs_vector = true },
      .run = edge_while_enabling_by_vector_0 },
    { "first-use-of-vector-0-tears-nothing-down", VIA_ANY, 0,
      .host = { .msix_noresize = true },
      .run = first_use_of_vector_0 },

    /* masking */
    { "mask-and-unmask-cost-no-host-call", VIA_TABLE | VIA_REMAP, 0,
      .run = mask_costs_no_call },
    { "mask-and-unmask-cost-at-most-a-swap-each", 0, VIA_SWAP,
      .run = mask_costs_a_swap_each },
    { "maskall-cycle-costs-no-host-call", VIA_ANY, 0,
      .run = maskall_costs_no_call },
    { "mask-and-unmask-alone-deliver-at-most-one-message", 0, VIA_SWAP,
      .run = mask_alone },
    { "mask-and-unmask-alone-deliver-nothing", 0, VIA_TABLE,
      .run = mask_alone_without_swap },
    { "event-under-mask-is-pending-and-comes-once-at-unmask", 0,
      VIA_TABLE | VIA_REMAP | VIA_SWAP, .run = event_under_mask },
    { "event-under-maskall-is-pending-and-comes-once-at-its-end", 0, VIA_ANY,
      .run = event_under_maskall },
    { "event-under-both-masks-comes-once-when-both-are-gone", 0, VIA_TABLE,
      .run = event_under_both_masks },
    { "unmask-right-after-an-event-delivers-it", 0, VIA_TABLE | VIA_SWAP,
      .run = unmask_right_after_event },
    { "edge-in-flight-at-mask-is-delivered-once", VIA_KVM | VIA_SWAP, VIA_QEMU,
      .run = edge_at_mask },
    { "edge-in-flight-at-unmask-is-delivered-once",
      VIA_TABLE | VIA_REMAP | VIA_SWAP, 0, .run = edge_at_unmask },
    { "edges-in-flight-at-mask-and-at-unmask-are-delivered-once",
      VIA_KVM | VIA_SWAP, 0, .run = edges_at_mask_and_at_unmask },
    { "edges-in-flight-at-maskall-are-delivered-once", VIA_KVM | VIA_SWAP,
      WITHOUT_KVM,
      .run = edges_at_maskall },
    { "edges-in-flight-at-end-of-maskall-are-delivered-once", VIA_ANY, 0,
      .run = edges_at_end_of_maskall },
    { "device-that-waits-for-its-acknowledge-is-not-stuck", VIA_ANY, 0,
      .run = device_that_waits },
    { "mask-and-unmask-without-a-kvm-route-cost-no-host-call", VIA_KVM, 0,
      .props = ",x-no-kvm-msix=on", .run = mask_costs_no_call },
    { "edge-in-flight-at-unmask-without-a-kvm-route-is-delivered-once",
      VIA_KVM, 0,
      .props = ",x-no-kvm-msix=on", .run = edge_at_unmask },
    { "message-changed-under-mask-is-the-one-sent", 0,
      VIA_TABLE | VIA_REMAP | VIA_SWAP, .run = message_changed_under_mask },
    { "edge-in-flight-at-mask-sends-the-changed-message",
      VIA_KVM | VIA_SWAP, VIA_QEMU,
      .run = edge_at_mask_has_the_new_message },

    /* who takes the events */
    { "kvm-takes-vectors-that-interrupt-by-one-change-of-routes", VIA_KVM, 0,
      .host = { .count_kvm = true }, .run = kvm_takes_what_interrupts },
    { "move-to-a-former-message-changes-no-route", VIA_KVM, 0,
      .host = { .count_kvm = true }, .run = move_to_a_former_message },
    { "move-to-the-former-message-of-another-vector-sends-it", 0,
      VIA_KVM | VIA_SWAP, .run = move_to_the_message_of_another },
    { "move-through-many-messages-sends-each", 0, VIA_KVM,
      .run = move_through_many_messages },
    { "move-by-the-remapping-table-sends-the-new-message", 0, VIA_REMAP,
      .host = { .count_kvm = true }, .run = move_by_remapping },
    { "few-routes-go-to-the-messages-in-use", 0, VIA_KVM,
      .host = { .kvm_routes = FEW_ROUTES },
      .run = move_with_few_routes },
    { "most-routes-are-left-to-messages-in-use", VIA_KVM, 0,
      .host = { .kvm_routes = MODERATE_ROUTES, .count_kvm = true },
      .run = former_messages_leave_routes },
    { "vectors-without-a-route-deliver-and-that-is-said-once", VIA_KVM, 0,
      .host = { .kvm_routes = FEW_ROUTES },
      .run = more_vectors_than_routes },
    { "kvm-takes-all-vectors-when-the-vm-stops", VIA_KVM, 0,
      .host = { .count_kvm = true }, .run = kvm_takes_all_when_the_vm_stops },

    /* growth */
    { "64-vectors-one-by-one-cost-few-teardowns", VIA_TABLE, 0,
      .host = { .vectors = 64, .msix_noresize = true },
      .run = growth_costs_few_teardowns },
    { "vectors-unmasked-together-go-to-the-host-in-one-call", VIA_TABLE, 0,
      .host = { .vectors = 64 }, .run = unmasked_together },
    { "vectors-unmasked-together-tear-down-once", VIA_TABLE, 0,
      .host = { .vectors = 64, .msix_noresize = true },
      .run = unmasked_together_tears_down_once },
    { "edges-in-flight-at-growth-are-delivered-once", VIA_ANY, 0,
      .host = { .msix_noresize = true },
      .run = edges_at_growth },
    { "edge-in-flight-of-a-masked-vector-at-growth-becomes-pending",
      VIA_TABLE, 0,
      .host = { .msix_noresize = true },
      .run = edge_of_masked_vector_at_growth },
    { "growth-injects-nothing-on-vectors-not-in-use", 0, VIA_TABLE,
      .host = { .msix_noresize = true },
      .run = growth_leaves_unused_vectors_alone },
    { "unmask-within-the-held-set-tears-nothing-down", 0, VIA_TABLE,
      .host = { .msix_noresize = true },
      .run = unmask_within_the_held_set },
    { "first-use-injects-nothing", 0, VIA_ANY,
      .run = first_use_injects_nothing },
    { "first-use-injects-nothing-without-dynamic-allocation", 0, VIA_ANY,
      .host = { .msix_noresize = true },
      .run = first_use_injects_nothing },
    { "64-vectors-deliver", 0, VIA_ANY,
      .host = { .vectors = 64 },
      .run = all_vectors_deliver },
    { "64-vectors-deliver-without-dynamic-allocation", 0, VIA_ANY,
      .host = { .vectors = 64, .msix_noresize = true },
      .run = all_vectors_deliver },

    { "2048-vectors-deliver", 0, VIA_QEMU,
      .host = { .vectors = 2048 },
      .run = most_vectors_deliver },

    /* disable, enable again, reset */
    { "disable-brings-intx-back", 0, VIA_ANY,
      .run = disable_brings_intx_back },
    { "disable-under-maskall-brings-intx-back", 0, VIA_ANY,
      .run = disable_under_maskall },
    { "disable-replaces-no-trigger", VIA_KVM, WITHOUT_KVM,
      .run = disable_costs_one_call },
    { "enable-again-injects-nothing-and-delivers", 0, VIA_ANY,
      .run = enable_again_injects_nothing },
    { "event-pending-at-disable-is-forgotten", 0, VIA_ANY,
      .run = pending_at_disable },
    { "enable-again-with-fewer-works", 0, VIA_ANY,
      .run = enable_again_with_fewer },
    { "enable-again-with-fewer-works-without-dynamic-allocation", 0, VIA_ANY,
      .host = { .msix_noresize = true },
      .run = enable_again_with_fewer },
    { "unplug-with-live-vectors-frees-them", 0, VIA_ANY, .machines = "pc",
      .run = unplug_with_live_vectors },
    { "reset-disables-and-all-works-again", 0, VIA_ANY,
      .run = reset_and_enable_again },

    /* messages that change the device itself */
    { "message-that-disables-msix-may-come-at-growth", VIA_TABLE, 0,
      .machines = "q35", .host = { .msix_noresize = true },
      .run = disabling_message_at_growth },
    { "message-that-disables-msix-may-come-at-failing-growth", VIA_TABLE, 0,
      .machines = "q35", .host = { .msix_noresize = true },
      .run = disabling_message_at_failing_growth },
    { "message-that-disables-msix-may-come-at-a-stop", VIA_KVM, 0,
      .machines = "q35",
      .options = "-device pvpanic-pci -action panic=pause",
      .run = disabling_message_at_stop },
    /* Devices at one depth are told in the order in which they asked for it. */
    { "message-of-another-device-that-disables-msix-as-the-vm-starts", 0,
      VIA_QEMU, .machines = "q35", .behind_bridge = true, .options = TWO_NICS,
      .run = disabling_message_at_start },

    /* what the guest reads */
    { "load-installs-triggers-without-injecting", VIA_QEMU, 0,
      .host = { .vectors = 16, .migration = true },
      .props = ",enable-migration=on",
      .run = load_injects_nothing },
    { "event-pending-at-save-is-pending-after-load", VIA_QEMU, 0,
      .host = { .vectors = 16, .migration = true },
      .props = ",enable-migration=on",
      .run = pending_survives_load },
    { "event-unread-at-save-is-pending-after-load", VIA_QEMU, 0,
      .host = { .vectors = 16, .migration = true },
      .props = ",enable-migration=on",
      .run = unread_event_survives_load },
    { "pending-bit-of-the-device-is-not-saved-as-qemus", VIA_QEMU, 0,
      .host = { .vectors = 16, .migration = true },
      .props = ",enable-migration=on",
      .run = pending_of_device_is_not_saved },

    { "control-reads-as-specified", 0, VIA_ANY, .run = control_reads },
    { "table-reads-what-was-written", 0, VIA_TABLE, .run = table_reads },
    { "mask-bits-read-as-written", 0, VIA_TABLE,
      .run = table_reads_through_masking },
    { "event-on-a-fresh-vector-is-pending-and-comes-at-use", 0, VIA_ANY,
      .run = event_on_a_fresh_vector },
    { "pending-bits-of-device-and-qemu-are-read-together", VIA_ANY, 0,
      .host = { .vectors = 64 },
      .run = pending_in_both_places },
    { "pending-bit-of-the-device-outlives-disable-and-comes-once", VIA_ANY, 0,
      .run = pending_in_device_at_disable },
    { "pending-bits-of-the-device-among-64-are-right", 0, VIA_ANY,
      .host = { .vectors = 64 },
      .run = pending_among_64 },
    { "pending-bits-of-qemu-among-64-are-right", 0, VIA_ANY,
      .host = { .vectors = 64 },
      .run = pending_in_qemu_among_64 },
    { "pending-bits-are-read-only", 0, VIA_ANY, .run = pba_is_read_only },
    { "registers-beside-the-pending-bits-work", 0, VIA_ANY,
      .host = { .table = VFIO_HOST_TABLE_WITH_REGS },
      .run = pba_with_registers },
    { "relocated-pending-bits-work", 0, VIA_TABLE,
      .props = ",x-msix-relocation=bar5", .run = event_under_maskall },
    { "guest-raises-its-own-vector", 0, VIA_ANY, .run = guest_raises },

    /* the property */
    { "reinject-off-loses-the-edge-at-growth", VIA_ANY, 0,
      .host = { .msix_noresize = true }, .props = ",x-irq-reinject=off",
      .run = edge_at_growth_is_lost },
    { "reinject-off-costs-no-host-call-either", WITHOUT_KVM, 0,
      .props = ",x-irq-reinject=off",
      .run = maskall_costs_no_call },
    { "reinject-on-delivers-the-edges-at-growth", VIA_ANY, 0,
      .host = { .msix_noresize = true }, .props = ",x-irq-reinject=on",
      .run = edges_at_growth },
};

int main(int argc, char **argv)
{
    vfio_host_launcher_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    vfio_pci_test_add(cases, ARRAY_SIZE(cases));
    qtest_add_func("none/gains/help-describes-x-irq-reinject",
                   help_lists_the_property);
    qtest_add_func("none/gains/wrong-value-of-x-irq-reinject-is-one-line",
                   wrong_value_is_one_line);
    return g_test_run();
}
