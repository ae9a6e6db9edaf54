/*
 * INTx of an assigned device, as its guest sees it
 *
 * Where the guest's EOI is what ends an interrupt: the line, the host's mask
 * and the mapping of the BARs at each step; INTx disable, sharing, reset, save
 * and load; devices without DisINTx; and host calls that fail.  A handler is
 * one of two kinds: it touches a BAR, as stock QEMU needs it, or it does not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqtest.h"
#include "qobject/qdict.h"
#include "hw/pci/pci_regs.h"
#include "vfio-pci-test-intx.h"
#include "vfio-pci-test-machine.h"

#define EDU_VENDOR_ID       0x1234
#define EDU_DEVICE_ID       0x11e8
#define EDU_RAISE           0x60
#define EDU_ACKNOWLEDGE     0x64

/* After it the BARs are trapped, or mapped again. */
#define MMAP_TIMEOUT_MS     1100
#define MAPPED_BAR          4

/* The EOI of a guest that was kept from running. */
#define LATE_EOI_MS         900

/* A stall of QEMU begins before half of the time is over. */
#define STALL_AT_MS         400

/* On a machine whose time is real, and which may get little of it. */
#define PATIENCE_US         (10 * G_TIME_SPAN_SECOND)

#define FOR_GOOD            UINT_MAX

#define VIA_PC              (VIA_IOAPIC | VIA_PIC)

static VfioHostStats host_stats(VfioPciTest *t)
{
    VfioHostStats stats;

    vfio_host_stats(t->host, &stats);
    return stats;
}

static void start(VfioPciTest *t)
{
    guest_intx_start(t);
    guest_map_bar(t, MAPPED_BAR);
    g_assert_false(guest_intx_taken(t));
    vfio_host_stats_reset(t->host);
}

/* A register: no mapping, so QEMU sees the access. */
static void touch_bar(VfioPciTest *t)
{
    qpci_io_readl(t->dev, t->bar[0], IRQTEST_ID);
}

static void raise_and_take(VfioPciTest *t)
{
    vfio_host_intx(t->host, true);
    g_assert_true(guest_intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
}

/* The handler that stock QEMU wants. */
static void handle_by_bar(VfioPciTest *t)
{
    qpci_io_writel(t->dev, t->bar[0], IRQTEST_INTX, 0);
    guest_intx_eoi(t);
}

/* The device has a queue in memory, say, and saw that it is served. */
static void handle_without_bar(VfioPciTest *t)
{
    vfio_host_intx(t->host, false);
    guest_intx_eoi(t);
}

/* The BAR is @mapped now or, if the guest's time is real, soon. */
static bool becomes_mapped(VfioPciTest *t, bool mapped)
{
    gint64 end = g_get_monotonic_time() + PATIENCE_US;

    while (t->machine->runs && qemu_bar_mapped(t, MAPPED_BAR) != mapped &&
           g_get_monotonic_time() < end) {
        g_usleep(10 * 1000);
    }
    return qemu_bar_mapped(t, MAPPED_BAR) == mapped;
}

static void check_idle(VfioPciTest *t)
{
    g_assert_false(guest_intx_taken(t));
    g_assert_false(vfio_host_intx_masked(t->host));
}

static void check_interrupts_by_bar(VfioPciTest *t, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        raise_and_take(t);
        handle_by_bar(t);
        check_idle(t);
    }
}

static void check_interrupts_without_bar(VfioPciTest *t, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        raise_and_take(t);
        handle_without_bar(t);
        check_idle(t);
    }
}

/* ---- the end of an interrupt --------------------------------------------- */

static void twenty_without_bar(VfioPciTest *t)
{
    start(t);
    check_interrupts_without_bar(t, 20);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 20);
    g_assert_cmpuint(host_stats(t).intx_unmask, ==, 20);
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
}

static void twenty_by_bar(VfioPciTest *t)
{
    start(t);
    check_interrupts_by_bar(t, 20);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 20);
}

static void still_high_without_bar(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 2);
    handle_without_bar(t);
    check_idle(t);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 2);
    check_interrupts_without_bar(t, 2);
}

static void still_high_by_bar(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    touch_bar(t);
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 2);
    handle_by_bar(t);
    check_idle(t);
}

static void low_before_handler(VfioPciTest *t)
{
    start(t);
    vfio_host_intx(t->host, true);
    vfio_host_intx(t->host, false);
    g_assert_true(guest_intx_taken(t));
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void bars_stay_mapped(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
    touch_bar(t);
    g_assert_true(guest_intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
    handle_without_bar(t);
    check_idle(t);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
}

/* ---- no EOI -------------------------------------------------------------- */

static void masked_before_eoi_by_bar(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    qemu_wait(t, 2 * MMAP_TIMEOUT_MS);
    handle_by_bar(t);
    guest_intx_mask(t, false);
    if (guest_intx_taken(t)) {
        guest_intx_eoi(t);
    }
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void masked_before_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, false);
    guest_intx_eoi(t);
    g_assert_false(vfio_host_intx_masked(t->host));
    guest_intx_mask(t, false);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* As a threaded handler has it: served while masked, after the EOI. */
static void serve_after_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    guest_intx_eoi(t);
    qemu_settle(t);
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
}

/* The guest is faster than the host, which signals the level of the EOI. */
static void served_before_the_signal(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    guest_intx_eoi(t);
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* The host has signalled the level that it found at the EOI. */
static void served_after_eoi_ends(VfioPciTest *t)
{
    serve_after_eoi(t);
    check_idle(t);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 2);
    check_interrupts_without_bar(t, 2);
}

static void not_served_until_unmasked(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    guest_intx_eoi(t);
    guest_intx_mask(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void raised_while_masked(VfioPciTest *t)
{
    start(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    guest_intx_mask(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void gone_while_masked(VfioPciTest *t)
{
    start(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* As a driver that polls in its handler. */
static void masked_and_unmasked_in_service(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    guest_intx_mask(t, false);
    g_assert_true(guest_intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void served_in_service_between_masks(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
    g_assert_false(vfio_host_intx_masked(t->host));
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* Linux leaves the EOI out for an interrupt that was masked meanwhile. */
static void unmasked_without_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void no_eoi_traps(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
    qemu_wait(t, MMAP_TIMEOUT_MS);
    g_assert_true(becomes_mapped(t, false));

    vfio_host_intx(t->host, false);
    touch_bar(t);
    g_assert_false(vfio_host_intx_masked(t->host));
    qemu_wait(t, 4 * MMAP_TIMEOUT_MS);
    g_assert_true(becomes_mapped(t, true));

    /* The EOI at last. */
    guest_intx_mask(t, false);
    guest_intx_eoi(t);
    check_interrupts_without_bar(t, 2);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
}

/* The EOIs are back, and there is an interrupt at any time. */
static void busy_after_missing_eoi(VfioPciTest *t)
{
    bool mapped = false;
    unsigned i;

    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    qemu_wait(t, 2 * MMAP_TIMEOUT_MS);
    g_assert_false(qemu_bar_mapped(t, MAPPED_BAR));
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
    guest_intx_eoi(t);

    for (i = 0; i < 12 && !mapped; i++) {
        raise_and_take(t);
        qemu_wait(t, MMAP_TIMEOUT_MS / 3);
        mapped = qemu_bar_mapped(t, MAPPED_BAR);
        handle_without_bar(t);
    }
    g_assert_true(mapped);
    check_idle(t);
}

/* It polls, as a driver with its line masked; the host's signal is late. */
static void polled_after_missing_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    qemu_wait(t, 2 * MMAP_TIMEOUT_MS);
    touch_bar(t);
    vfio_host_intx(t->host, false);
    guest_intx_mask(t, false);
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void late_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_wait(t, LATE_EOI_MS);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
    handle_without_bar(t);
    check_idle(t);

    /* The time for the next one begins anew. */
    raise_and_take(t);
    qemu_wait(t, LATE_EOI_MS);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
    handle_without_bar(t);
    check_idle(t);
}

/*
 * Returns whether the BAR stayed mapped by itself: not if the test got no time
 * either, so that the guest was late before or after the stall.
 */
static bool stall(VfioPciTest *t)
{
    gint64 begin = g_get_monotonic_time();
    bool told, mapped;

    raise_and_take(t);
    g_assert_cmpint(kill(qtest_pid(t->qts), SIGSTOP), ==, 0);
    told = g_get_monotonic_time() - begin < STALL_AT_MS * 1000;
    g_usleep(3 * MMAP_TIMEOUT_MS * 1000);
    begin = g_get_monotonic_time();
    g_assert_cmpint(kill(qtest_pid(t->qts), SIGCONT), ==, 0);
    mapped = qemu_bar_mapped(t, MAPPED_BAR);
    if (told && g_get_monotonic_time() - begin < STALL_AT_MS * 1000) {
        g_assert_true(mapped);
    }
    handle_without_bar(t);
    check_idle(t);
    return told && mapped;
}

/* QEMU itself gets no time, and then the vCPU none before the main loop. */
static void eoi_after_a_stall(VfioPciTest *t)
{
    unsigned tries = 10;

    start(t);
    while (!stall(t)) {
        g_assert_cmpuint(--tries, >, 0);
        g_assert_true(becomes_mapped(t, true));
    }
}

/* ---- the line's way ------------------------------------------------------ */

static void rerouted(VfioPciTest *t)
{
    start(t);
    check_interrupts_without_bar(t, 2);
    guest_intx_reroute(t);
    check_interrupts_without_bar(t, 2);
}

static void rerouted_while_taken(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_reroute(t);
    if (guest_intx_taken(t)) {
        handle_without_bar(t);
    }
    vfio_host_intx(t->host, false);
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* The guest chooses its interrupt controller when it starts. */
static void raised_before_the_choice(VfioPciTest *t)
{
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    g_assert_true(vfio_host_intx_masked(t->host));
    guest_intx_start(t);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* ---- x-intx-resample ----------------------------------------------------- */

/* Exactly as stock. */
static void bar_mode(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    g_assert_false(qemu_bar_mapped(t, MAPPED_BAR));
    vfio_host_intx(t->host, false);
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);

    touch_bar(t);
    g_assert_false(vfio_host_intx_masked(t->host));
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 1);
    guest_intx_eoi(t);
    check_idle(t);
    g_assert_false(qemu_bar_mapped(t, MAPPED_BAR));
    qemu_wait(t, 2 * MMAP_TIMEOUT_MS);
    qemu_settle(t);
    g_assert_true(becomes_mapped(t, true));
    check_interrupts_by_bar(t, 5);
}

static void mode_refused(VfioPciTest *t)
{
    g_autofree char *said = vfio_pci_test_refused("x-intx-resample=maybe");

    g_assert_nonnull(strstr(said, "x-intx-resample"));
    g_assert_nonnull(strstr(said, "maybe"));
}

static void no_route(VfioPciTest *t)
{
    const char *line[] = { "INTx routing", NULL };

    bar_mode(t);
    g_assert_cmpuint(qemu_errors(t, line), ==, 0);
}

/* ---- KVM ----------------------------------------------------------------- */

#define WITHOUT_IRQFD   .props = ",x-no-kvm-intx=on"

/* The resample irqfd: neither a call nor a trap. */
static void resampled_by_kvm(VfioPciTest *t)
{
    start(t);
    check_interrupts_without_bar(t, 20);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 20);
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
}

/*
 * Likewise where the IOAPIC is in QEMU.  The irqfd's message goes to the local
 * APIC without it, so only the host tells that the EOI has ended something.
 */
static void resampled_by_split_kvm(VfioPciTest *t)
{
    unsigned i, waited;

    start(t);
    for (i = 1; i <= 20; i++) {
        vfio_host_intx(t->host, true);
        g_assert_true(vfio_host_intx_masked(t->host));
        vfio_host_intx(t->host, false);
        guest_intx_eoi(t);
        for (waited = 0; waited < 10000; waited++) {
            if (!vfio_host_intx_masked(t->host)) {
                break;
            }
            g_usleep(1000);
        }
        g_assert_false(vfio_host_intx_masked(t->host));
        g_assert_cmpuint(host_stats(t).intx_signalled, ==, i);
    }
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
}

static void check_mode_refused(VfioPciTest *t)
{
    const char *line[] = {
        QEMU_DEVICE_NAME, "x-intx-resample=eoi", "\\bbar\\b", NULL
    };

    bar_mode(t);
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);
}

static void irqfd_failing(VfioPciTest *t)
{
    const char *line[] = { QEMU_DEVICE_NAME, "irqfd", strerror(ENOSPC), NULL };

    start(t);
    guest_msix_enable(t);
    vfio_host_fail(t->host, "kvm-irqfd", 0, 1, ENOSPC);
    guest_msix_disable(t);
    g_assert_cmpuint(vfio_host_failed(t->host), ==, 1);
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);
    check_interrupts_by_bar(t, 5);
}

/* VFIO holds one eventfd for the unmask: QEMU's must be gone. */
static void irqfd_possible_again(VfioPciTest *t)
{
    const char *busy[] = { strerror(EBUSY), NULL };

    start(t);
    guest_msix_enable(t);
    vfio_host_fail(t->host, "kvm-irqfd", 0, 1, ENOSPC);
    guest_msix_disable(t);
    g_assert_cmpuint(vfio_host_failed(t->host), ==, 1);
    check_interrupts_without_bar(t, 5);

    vfio_host_stats_reset(t->host);
    guest_intx_reroute(t);
    g_assert_cmpuint(host_stats(t).kvm_irqfd_assign, ==, 1);
    g_assert_cmpuint(host_stats(t).kvm_irqfd_deassign, ==, 0);
    g_assert_cmpuint(host_stats(t).set_irqs_failed, ==, 0);
    g_assert_cmpuint(qemu_errors(t, busy), ==, 0);
}

/* ---- INTx disable -------------------------------------------------------- */

static void check_disabled(VfioPciTest *t, bool level)
{
    g_assert_false(guest_intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
    g_assert_cmphex(vfio_host_real_command(t->host) & PCI_COMMAND_INTX_DISABLE,
                    !=, 0);
    g_assert_cmpint(guest_intx_status(t), ==, level);
}

static void disable_takes_the_line_away(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    guest_intx_eoi(t);
    check_disabled(t, true);
}

static void disabled_still_high_without_bar(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    guest_intx_eoi(t);
    check_disabled(t, true);
    guest_intx_disable(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void disabled_still_high_by_bar(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    guest_intx_eoi(t);
    check_disabled(t, true);
    guest_intx_disable(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void disabled_gone_after_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    guest_intx_eoi(t);
    vfio_host_intx(t->host, false);
    check_disabled(t, false);
    guest_intx_disable(t, false);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void disabled_gone_before_eoi(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    vfio_host_intx(t->host, false);
    guest_intx_disable(t, false);
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* A mediated device that came as a descriptor, as on x86 here. */
static void disable_ignored_by_host(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    handle_by_bar(t);
    guest_intx_disable(t, false);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

/* What a driver does that handles in a thread. */
static void disabled_around_each(VfioPciTest *t)
{
    unsigned i;

    start(t);
    for (i = 0; i < 20; i++) {
        raise_and_take(t);
        guest_intx_disable(t, true);
        guest_intx_eoi(t);
        check_disabled(t, true);
        vfio_host_intx(t->host, false);
        guest_intx_disable(t, false);
        check_idle(t);
    }
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 20);
}

static void raised_while_disabled(VfioPciTest *t)
{
    start(t);
    guest_intx_disable(t, true);
    check_disabled(t, false);
    vfio_host_intx(t->host, true);
    check_disabled(t, true);
    guest_intx_disable(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void gone_while_disabled(VfioPciTest *t)
{
    start(t);
    guest_intx_disable(t, true);
    vfio_host_intx(t->host, true);
    vfio_host_intx(t->host, false);
    check_disabled(t, false);
    guest_intx_disable(t, false);
    check_idle(t);
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    check_interrupts_by_bar(t, 2);
}

static void status_follows_the_line(VfioPciTest *t)
{
    start(t);
    g_assert_false(guest_intx_status(t));
    raise_and_take(t);
    g_assert_true(guest_intx_status(t));
    guest_intx_disable(t, true);
    g_assert_true(guest_intx_status(t));
    vfio_host_intx(t->host, false);
    g_assert_false(guest_intx_status(t));
    vfio_host_intx(t->host, true);
    g_assert_true(guest_intx_status(t));
    guest_intx_disable(t, false);
    handle_by_bar(t);
    g_assert_false(guest_intx_status(t));
}

/* ---- modes, power, life -------------------------------------------------- */

static void msix_in_between(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_msix_enable(t);
    guest_intx_eoi(t);
    g_assert_false(guest_intx_taken(t));
    if (t->has_table) {
        guest_use(t, 1);
        vfio_host_raise(t->host, 0);
        g_assert_cmpuint(guest_took(t, 0), ==, 1);
    }
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));

    guest_msix_disable(t);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void msix_in_between_gone(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_msix_enable(t);
    guest_intx_eoi(t);
    vfio_host_intx(t->host, false);
    guest_msix_disable(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void msix_disabled_under_intx_disable(VfioPciTest *t)
{
    start(t);
    guest_msix_enable(t);
    guest_intx_disable(t, true);
    vfio_host_intx(t->host, true);
    guest_msix_disable(t);
    check_disabled(t, true);
    guest_intx_disable(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
}

static void set_power_state(VfioPciTest *t, unsigned state)
{
    uint8_t pm = qpci_find_capability(t->dev, PCI_CAP_ID_PM, 0);

    qpci_config_writew(t->dev, pm + PCI_PM_CTRL, state);
}

static void sleep_and_wake(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    set_power_state(t, 3);
    vfio_host_intx(t->host, false);
    qemu_settle(t);
    set_power_state(t, 0);
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void reset_while_taken(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_reset(t);
    start(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void reset_while_disabled(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_disable(t, true);
    qemu_reset(t);
    start(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void reset_then_without_bar(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_reset(t);
    start(t);
    check_interrupts_without_bar(t, 5);
}

static void unplug_while_taken(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qpci_unplug_acpi_device_test(t->qts, "hd0", t->dev->devfn >> 3);
    guest_intx_eoi(t);
    g_assert_false(guest_intx_taken(t));
}

static unsigned eois_told(VfioPciTest *t)
{
    const char *line[] = { "\\beoi_notify\\b", NULL };

    return qemu_errors(t, line);
}

#define UNPLUG_TIMEOUT      (20 * G_TIME_SPAN_SECOND)

typedef struct Unplugged {
    const char *id;
    bool gone;
} Unplugged;

static bool look_for_unplugged(QTestState *qts, const char *name,
                               QDict *event, void *opaque)
{
    Unplugged *device = opaque;

    if (g_str_equal(name, "DEVICE_DELETED")) {
        device->gone |=
            !g_strcmp0(qdict_get_try_str(qdict_get_qdict(event, "data"),
                                         "device"), device->id);
    }
    return false;
}

/*
 * One that was there at the start stays until its guest agrees, or a reset.
 * And it goes when nobody can use it any more, which QEMU knows when the vCPU
 * has left its loop for once.
 */
static void unplug(VfioPciTest *t, const char *id, bool at_reset)
{
    int64_t end = g_get_monotonic_time() + UNPLUG_TIMEOUT;
    Unplugged device = { .id = id };

    qtest_qmp_set_event_callback(t->qts, look_for_unplugged, &device);
    qtest_qmp_device_del_send(t->qts, id);
    if (at_reset) {
        qtest_system_reset_nowait(t->qts);
    }
    while (!device.gone) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
        qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
    }
    qtest_qmp_set_event_callback(t->qts, NULL, NULL);
}

static void plug(VfioPciTest *t, const char *device)
{
    g_autofree char *said = qtest_hmp(t->qts, "device_add %s", device);

    g_assert_cmpstr(said, ==, "");
}

static void plug_on_second_phb(VfioPciTest *t)
{
    g_autofree char *device = vfio_host_device_args(t->host, ",bus=phb1.0");

    plug(t, "spapr-pci-host-bridge,id=phb1,index=1");
    plug(t, device + strlen("-device "));
    guest_use_second_phb(t);
    guest_find_function(t);
}

/* Without "info mtree -f", which keeps what is unplugged later. */
static void second_phb(VfioPciTest *t)
{
    unsigned i, told;

    start(t);
    check_interrupts_without_bar(t, 2);
    unplug(t, "hd0", true);
    for (i = 0; i < 2; i++) {
        plug_on_second_phb(t);
        start(t);
        check_interrupts_without_bar(t, 5);
        raise_and_take(t);

        told = eois_told(t);
        g_assert_cmpuint(told, >, 0);
        unplug(t, "hd0", false);
        guest_intx_eoi(t);
        g_assert_false(guest_intx_taken(t));
        g_assert_cmpuint(eois_told(t), ==, told);
        unplug(t, "phb1", false);
        vfio_host_intx(t->host, false);
    }
}

static void raised_while_stopped(VfioPciTest *t)
{
    start(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void stopped_while_taken(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'stop'}");
    vfio_host_intx(t->host, false);
    qemu_settle(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'cont'}");
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* ---- save and load ------------------------------------------------------- */

/* pseries has an IOMMU, and VFIO does not migrate with one. */
#define MIGRATABLE      .host = { .migration = true },                      \
                        .props = ",enable-migration=on"

static void load_while_taken(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_save(t);
    handle_by_bar(t);
    check_idle(t);

    qemu_load(t);
    g_assert_true(guest_intx_taken(t));
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void load_while_taken_still_high(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_save(t);
    handle_by_bar(t);
    check_idle(t);

    qemu_load(t);
    g_assert_true(guest_intx_taken(t));
    vfio_host_intx(t->host, true);
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
}

static void load_idle(VfioPciTest *t)
{
    start(t);
    qemu_save(t);
    raise_and_take(t);
    vfio_host_intx(t->host, false);

    qemu_load(t);
    g_assert_false(guest_intx_taken(t));
    qemu_wait(t, 2 * MMAP_TIMEOUT_MS);
    touch_bar(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void load_disabled(VfioPciTest *t)
{
    start(t);
    guest_intx_disable(t, true);
    vfio_host_intx(t->host, true);
    qemu_save(t);
    guest_intx_disable(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);

    qemu_load(t);
    check_disabled(t, false);
    vfio_host_intx(t->host, true);
    check_disabled(t, true);
    guest_intx_disable(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
}

static void move_while_taken(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_move(t);
    g_assert_true(guest_intx_taken(t));
    guest_intx_eoi(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
}

static void move_while_taken_still_high(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    qemu_move(t);
    vfio_host_intx(t->host, true);
    g_assert_true(guest_intx_taken(t));
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
}

/* The level is in the state, and nothing but the unmask ends it. */
static void move_while_masked(VfioPciTest *t)
{
    start(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    qemu_move(t);
    guest_intx_mask(t, false);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

static void move_while_masked_still_high(VfioPciTest *t)
{
    start(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    qemu_move(t);
    vfio_host_intx(t->host, true);
    guest_intx_mask(t, false);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    check_interrupts_without_bar(t, 2);
}

/* ---- a shared line ------------------------------------------------------- */

/* Four slots on: the same line everywhere. */
#define ON_ONE_LINE     .props = ",addr=0x10",                              \
                        .options = "-device edu,addr=0x14"

typedef struct Neighbour {
    QPCIDevice *dev;
    QPCIBar bar;
} Neighbour;

static void neighbour_found(QPCIDevice *dev, int devfn, void *opaque)
{
    Neighbour *edu = opaque;

    edu->dev = dev;
}

static Neighbour neighbour_start(VfioPciTest *t)
{
    Neighbour edu = { };

    qpci_device_foreach(t->qos->pcibus, EDU_VENDOR_ID, EDU_DEVICE_ID,
                        neighbour_found, &edu);
    g_assert_nonnull(edu.dev);
    qpci_device_enable(edu.dev);
    edu.bar = qpci_iomap(edu.dev, 0, NULL);
    return edu;
}

static void neighbour_raise(Neighbour *edu)
{
    qpci_io_writel(edu->dev, edu->bar, EDU_RAISE, 1);
}

static void neighbour_acknowledge(Neighbour *edu)
{
    qpci_io_writel(edu->dev, edu->bar, EDU_ACKNOWLEDGE, 1);
}

static void neighbour_alone(VfioPciTest *t)
{
    Neighbour edu = neighbour_start(t);
    unsigned i;

    start(t);
    for (i = 0; i < 5; i++) {
        neighbour_raise(&edu);
        g_assert_true(guest_intx_taken(t));
        guest_intx_eoi(t);
        g_assert_true(guest_intx_taken(t));
        neighbour_acknowledge(&edu);
        guest_intx_eoi(t);
        check_idle(t);
    }
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 0);
    g_assert_true(qemu_bar_mapped(t, MAPPED_BAR));
    g_free(edu.dev);
}

static void neighbour_and_device(VfioPciTest *t)
{
    Neighbour edu = neighbour_start(t);

    start(t);
    raise_and_take(t);
    neighbour_raise(&edu);
    handle_without_bar(t);
    g_assert_true(guest_intx_taken(t));
    g_assert_false(vfio_host_intx_masked(t->host));

    neighbour_acknowledge(&edu);
    guest_intx_eoi(t);
    check_idle(t);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 1);
    g_free(edu.dev);
}

/* The neighbour's interrupt is in service when the device raises its own. */
static void device_after_neighbour(VfioPciTest *t)
{
    Neighbour edu = neighbour_start(t);

    start(t);
    neighbour_raise(&edu);
    g_assert_true(guest_intx_taken(t));
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    neighbour_acknowledge(&edu);
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    handle_without_bar(t);
    check_idle(t);
    g_free(edu.dev);
}

#define TWO_ON_ONE_LINE .props = ",addr=0x10", .second = ",addr=0x14"

static void raise_both(VfioPciTest *t)
{
    raise_and_take(t);
    vfio_host_intx(t->second, true);
    g_assert_true(guest_intx_taken(t));
}

static void check_both_idle(VfioPciTest *t)
{
    check_idle(t);
    g_assert_false(vfio_host_intx_masked(t->second));
}

static void both_served_at_once(VfioPciTest *t)
{
    unsigned i;

    start(t);
    for (i = 0; i < 20; i++) {
        raise_both(t);
        vfio_host_intx(t->second, false);
        handle_without_bar(t);
        check_both_idle(t);
    }
}

static void both_served_in_turn(VfioPciTest *t)
{
    unsigned i;

    start(t);
    for (i = 0; i < 20; i++) {
        raise_both(t);
        handle_without_bar(t);
        g_assert_true(guest_intx_taken(t));
        vfio_host_intx(t->second, false);
        guest_intx_eoi(t);
        check_both_idle(t);
    }
}

/* The other one's rises after the EOI has been told to both. */
static void one_after_the_other(VfioPciTest *t)
{
    unsigned i;

    start(t);
    for (i = 0; i < 20; i++) {
        raise_and_take(t);
        handle_without_bar(t);
        check_both_idle(t);
        vfio_host_intx(t->second, true);
        g_assert_true(guest_intx_taken(t));
        vfio_host_intx(t->second, false);
        guest_intx_eoi(t);
        check_both_idle(t);
    }
}

/* ---- devices before PCI 2.3 ---------------------------------------------- */

#define BEFORE_PCI_2_3  .host = { .no_disintx = true }
#define LAZY_CONTROLLER .host = { .no_disintx = true, .lazy_level = true }
#define REARM           .try_props = "x-intx-rearm=on"

static void check_rearmed(VfioPciTest *t, unsigned count)
{
    unsigned i;

    start(t);
    for (i = 0; i < count; i++) {
        vfio_host_intx(t->host, true);
        if (!guest_intx_taken(t)) {
            break;
        }
        handle_by_bar(t);
        g_assert_false(guest_intx_taken(t));
    }
    g_assert_cmpuint(i, ==, count);
}

static void ten_thousand_rearmed(VfioPciTest *t)
{
    check_rearmed(t, 10000);
}

static void hundred_rearmed(VfioPciTest *t)
{
    check_rearmed(t, 100);
}

static void rearmed_without_bar(VfioPciTest *t)
{
    start(t);
    check_interrupts_without_bar(t, 20);
}

static void rearmed_still_high(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    touch_bar(t);
    guest_intx_eoi(t);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
    check_interrupts_by_bar(t, 2);
}

static void lazy_controller_stalls(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    handle_by_bar(t);
    vfio_host_intx(t->host, true);
    check_idle(t);
    g_assert_cmpuint(host_stats(t).irq_requests, ==, 0);
}

static void before_pci_2_3(VfioPciTest *t)
{
    start(t);
    check_interrupts_without_bar(t, 5);
    g_assert_cmpuint(host_stats(t).irq_requests, ==, 0);
}

/* ---- host calls that fail ------------------------------------------------ */

#define RETRIED_MS      2000

static void check_said(VfioPciTest *t, const char *what, int err)
{
    const char *line[] = { QEMU_DEVICE_NAME, what, strerror(err), NULL };

    g_assert_cmpuint(vfio_host_failed(t->host), >, 0);
    qemu_settle(t);
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);
}

/* However it comes to life again, the guest does nothing for it. */
static void check_recovers(VfioPciTest *t)
{
    qemu_wait(t, RETRIED_MS);
    if (guest_intx_taken(t)) {
        guest_intx_eoi(t);
    }
    check_interrupts_by_bar(t, 3);
}

/* The unmask eventfd is offered each time that INTx is enabled. */
static void refuse_unmask_eventfd(VfioPciTest *t)
{
    vfio_host_fail(t->host, "intx-unmask-eventfd", 0, FOR_GOOD, EIO);
    guest_msix_enable(t);
    guest_msix_disable(t);
}

static void unmask_eventfd_refused(VfioPciTest *t)
{
    refuse_unmask_eventfd(t);
    start(t);
    check_interrupts_without_bar(t, 20);
    g_assert_cmpuint(host_stats(t).intx_unmask, ==, 20);
    g_assert_cmpuint(host_stats(t).set_irqs, ==, 20);
}

static void unmask_failing_once(VfioPciTest *t)
{
    refuse_unmask_eventfd(t);
    start(t);
    raise_and_take(t);
    vfio_host_fail(t->host, "intx-unmask", 0, 1, EIO);
    handle_without_bar(t);
    check_said(t, "INTx", EIO);
    check_recovers(t);
}

/* A retry that VFIO cannot refuse would never be known to have worked. */
static void unmask_failing_while_masked(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    guest_intx_mask(t, true);
    vfio_host_fail(t->host, "intx-unmask", 0, 1, EIO);
    handle_without_bar(t);
    check_said(t, "INTx", EIO);
    qemu_wait(t, RETRIED_MS);
    g_assert_false(vfio_host_intx_masked(t->host));
    guest_intx_mask(t, false);

    vfio_host_stats_reset(t->host);
    raise_and_take(t);
    qemu_wait(t, RETRIED_MS);
    g_assert_cmpuint(host_stats(t).intx_signalled, ==, 1);
    handle_without_bar(t);
    check_idle(t);
}

static void unmask_failing_for_long(VfioPciTest *t)
{
    refuse_unmask_eventfd(t);
    start(t);
    raise_and_take(t);
    vfio_host_fail(t->host, "intx-unmask", 0, FOR_GOOD, EIO);
    handle_without_bar(t);
    qemu_wait(t, 2 * RETRIED_MS);
    check_said(t, "INTx", EIO);
    vfio_host_fail(t->host, "intx-unmask", 0, 0, 0);
    check_recovers(t);
}

static void rearm_failing(VfioPciTest *t, const char *call, unsigned count)
{
    start(t);
    raise_and_take(t);
    vfio_host_fail(t->host, call, 0, count, ENOMEM);
    handle_by_bar(t);
    qemu_wait(t, 2 * RETRIED_MS);
    check_said(t, "INTx", ENOMEM);
    vfio_host_fail(t->host, call, 0, 0, 0);
    check_recovers(t);
}

static void rearm_enable_failing_once(VfioPciTest *t)
{
    rearm_failing(t, "intx-enable", 1);
}

static void rearm_enable_failing_for_long(VfioPciTest *t)
{
    rearm_failing(t, "intx-enable", FOR_GOOD);
}

static void rearm_request_failing_once(VfioPciTest *t)
{
    rearm_failing(t, "request-irq", 1);
}

static void rearm_disable_failing_once(VfioPciTest *t)
{
    rearm_failing(t, "intx-disable", 1);
}

/* The line is high while nobody looks. */
static void raised_while_rearm_fails(VfioPciTest *t)
{
    start(t);
    raise_and_take(t);
    vfio_host_fail(t->host, "intx-enable", 0, 1, ENOMEM);
    handle_by_bar(t);
    vfio_host_intx(t->host, true);
    qemu_wait(t, RETRIED_MS);
    g_assert_true(guest_intx_taken(t));
    handle_by_bar(t);
    check_idle(t);
}

static void enable_failing_after_msix(VfioPciTest *t)
{
    const char *line[] = { QEMU_DEVICE_NAME, strerror(ENOMEM), NULL };

    start(t);
    guest_msix_enable(t);
    vfio_host_fail(t->host, "intx-enable", 0, 1, ENOMEM);
    guest_msix_disable(t);
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);
    g_assert_false(guest_intx_taken(t));

    qemu_reset(t);
    start(t);
    check_interrupts_by_bar(t, 2);
}

/* -------------------------------------------------------------------------- */

static const VfioPciCase cases[] = {
    { "20-interrupts-by-a-handler-that-touches-no-bar", VIA_ANY_EOI, 0,
      .run = twenty_without_bar },
    { "20-interrupts-by-a-handler-that-touches-a-bar", 0, VIA_ANY_EOI,
      .run = twenty_by_bar },
    { "eoi-with-the-line-still-high-brings-one-more", VIA_ANY_EOI, 0,
      .run = still_high_without_bar },
    { "eoi-with-the-line-still-high-after-a-bar-access-brings-one-more",
      0, VIA_INTX, .run = still_high_by_bar },
    { "line-that-fell-before-the-handler-ends-with-its-eoi", VIA_INTX, 0,
      .run = low_before_handler },
    { "bars-stay-mapped-and-are-no-eoi", VIA_INTX, 0,
      .run = bars_stay_mapped },

    { "masked-before-the-eoi-is-mended-by-a-bar-access", 0, VIA_INTX,
      .run = masked_before_eoi_by_bar },
    { "masked-before-the-eoi-ends-with-it", VIA_INTX, 0,
      .run = masked_before_eoi },
    { "served-while-masked-after-the-eoi-ends-at-unmask", VIA_INTX, 0,
      .run = served_after_eoi_ends },
    { "served-while-masked-before-a-late-signal-ends-at-unmask",
      VIA_INTX, 0, .host = { .late_resend = true },
      .run = served_before_the_signal },
    { "not-served-until-unmasked-is-taken-once-more", VIA_INTX, 0,
      .run = not_served_until_unmasked },
    { "raised-while-masked-is-taken-once-at-unmask", VIA_INTX, 0,
      .run = raised_while_masked },
    { "raised-and-gone-while-masked-is-not-taken", VIA_INTX, 0,
      .run = gone_while_masked },
    { "masked-and-unmasked-in-service-waits-for-the-eoi", VIA_INTX, 0,
      .run = masked_and_unmasked_in_service },
    { "served-in-service-between-mask-and-unmask-ends-there", VIA_INTX, 0,
      .run = served_in_service_between_masks },
    { "masked-and-unmasked-without-an-eoi-ends-there", VIA_XIVE, 0,
      .run = unmasked_without_eoi },
    { "no-eoi-for-long-traps-the-bars", VIA_INTX, 0, .run = no_eoi_traps },
    { "eois-after-a-missing-one-map-the-bars-of-a-busy-device", VIA_INTX, 0,
      .run = busy_after_missing_eoi },
    { "polled-after-a-missing-eoi-before-a-late-signal-ends-at-unmask",
      VIA_INTX, 0, .host = { .late_resend = true },
      .run = polled_after_missing_eoi },
    { "late-eoi-leaves-the-bars-mapped", VIA_PC, 0, .run = late_eoi },
    { "eoi-after-a-stall-of-qemu-leaves-the-bars-mapped", VIA_XICS, 0,
      .run = eoi_after_a_stall },

    { "rerouted-ends-with-the-other-inputs-eoi", VIA_INTX, 0,
      .machines = "pc", .run = rerouted },
    { "rerouted-ends-with-the-other-inputs-eoi", VIA_INTX, 0,
      .machines = "q35-pic", .run = rerouted },
    { "rerouted-while-taken-ends-there", VIA_INTX, 0,
      .machines = "pc", .run = rerouted_while_taken },
    { "rerouted-while-taken-ends-there", VIA_INTX, 0,
      .machines = "q35-pic", .run = rerouted_while_taken },

    { "raised-before-the-controller-is-chosen-is-taken", VIA_ANY_EOI, 0,
      .machines = "pseries-dual", .run = raised_before_the_choice },

    { "bar-mode-is-that-of-stock", 0, VIA_INTX,
      .try_props = "x-intx-resample=bar", .run = bar_mode },
    { "machine-without-a-route-has-the-mode-of-stock", 0, VIA_NO_ROUTE,
      .run = no_route },
    { "20-interrupts-on-a-machine-without-a-route", 0, VIA_NO_ROUTE,
      .run = twenty_by_bar },
    { "eoi-mode-by-name", VIA_INTX, 0,
      .props = ",x-intx-resample=eoi", .run = twenty_without_bar },
    { "unknown-mode-is-refused-by-name", VIA_INTX, 0,
      .props = ",x-intx-resample=auto", .run = mode_refused },

    { "20-interrupts-with-kvm-cost-no-call", 0, VIA_KVM_PIC,
      .run = resampled_by_kvm },
    { "20-interrupts-with-kvm-cost-no-call", 0, VIA_KVM_SPLIT,
      .machines = "q35-kvm-split-ioapic", .run = resampled_by_split_kvm },
    { "eoi-with-the-line-still-high-brings-one-more-with-kvm", 0, VIA_KVM_PIC,
      .run = still_high_without_bar },
    { "eoi-mode-by-name-is-possible-in-qemu", VIA_KVM_SPLIT, 0,
      .props = ",x-intx-resample=eoi", .run = twenty_without_bar },
    { "eoi-mode-by-name-is-not-possible-in-the-kernel", VIA_KVM_PIC, 0,
      .props = ",x-intx-resample=eoi", .run = check_mode_refused },
    { "without-irqfd-the-eoi-is-seen-in-qemu", VIA_KVM_SPLIT, 0, WITHOUT_IRQFD,
      .run = twenty_without_bar },
    { "without-irqfd-still-high-brings-one-more", VIA_KVM_SPLIT, 0,
      WITHOUT_IRQFD, .run = still_high_without_bar },
    { "without-irqfd-served-while-masked-after-the-eoi-ends-at-unmask",
      VIA_KVM_SPLIT, 0, WITHOUT_IRQFD, .run = served_after_eoi_ends },
    { "without-irqfd-not-served-until-unmasked-is-taken-once-more",
      VIA_KVM_SPLIT, 0, WITHOUT_IRQFD, .run = not_served_until_unmasked },
    { "without-irqfd-bar-mode-is-that-of-stock", 0, VIA_KVM_PIC, WITHOUT_IRQFD,
      .run = bar_mode },
    { "bar-mode-by-name-is-that-of-stock", 0, VIA_KVM_PIC | VIA_KVM_SPLIT,
      WITHOUT_IRQFD, .try_props = "x-intx-resample=bar", .run = bar_mode },
    { "reset-while-taken-with-kvm-leaves-nothing", 0, VIA_KVM_PIC,
      .run = reset_while_taken },
    { "raised-while-disabled-with-kvm-is-taken-at-enable", 0, VIA_KVM_PIC,
      .run = raised_while_disabled },
    { "irqfd-refused-falls-back-and-is-said", 0, VIA_KVM_PIC,
      .host = { .count_kvm = true }, .run = irqfd_failing },
    { "irqfd-refused-is-asked-for-again-when-rerouted", VIA_KVM_SPLIT, 0,
      .machines = "q35-kvm-split-pic", .host = { .count_kvm = true },
      .run = irqfd_possible_again },

    { "disable-takes-the-line-away", 0, VIA_INTX,
      .run = disable_takes_the_line_away },
    { "still-high-at-enable-is-taken-once", VIA_INTX, 0,
      .run = disabled_still_high_without_bar },
    { "still-high-at-enable-is-taken", 0, VIA_INTX,
      .run = disabled_still_high_by_bar },
    { "gone-between-eoi-and-enable-is-not-taken", VIA_INTX, 0,
      .run = disabled_gone_after_eoi },
    { "gone-while-disabled-before-the-eoi-ends-with-it", VIA_INTX, 0,
      .run = disabled_gone_before_eoi },
    { "disabled-by-each-handler-is-taken-once-each", VIA_INTX, 0,
      .run = disabled_around_each },
    { "raised-while-disabled-is-taken-at-enable", 0, VIA_INTX,
      .run = raised_while_disabled },
    { "raised-and-gone-while-disabled-is-not-taken", 0, VIA_INTX,
      .run = gone_while_disabled },
    { "disable-that-the-host-ignores-leaves-it-unmasked-at-enable", 0,
      VIA_INTX & ~(VIA_XICS | VIA_XIVE),
      .host = { .ignores_disintx = true }, .run = disable_ignored_by_host },
    { "status-bit-follows-the-line", 0, VIA_INTX,
      .run = status_follows_the_line },

    { "msix-in-between-and-still-high-is-taken", 0, VIA_INTX,
      .run = msix_in_between },
    { "msix-in-between-and-gone-is-not-taken", VIA_INTX, 0,
      .run = msix_in_between_gone },
    { "msix-disabled-under-intx-disable-waits-for-enable", 0, VIA_INTX,
      .run = msix_disabled_under_intx_disable },
    { "taken-before-d3-ends-with-its-eoi", VIA_INTX, 0,
      .run = sleep_and_wake },
    { "reset-while-taken-leaves-nothing", 0, VIA_INTX,
      .run = reset_while_taken },
    { "reset-while-disabled-leaves-nothing", 0, VIA_INTX,
      .run = reset_while_disabled },
    { "eoi-is-seen-after-reset", VIA_ANY_EOI, 0,
      .run = reset_then_without_bar },
    { "unplug-while-taken-frees-the-line", 0, VIA_INTX, .machines = "pc",
      .run = unplug_while_taken },
    { "second-phb-plugged-and-unplugged-with-its-lines", VIA_XICS | VIA_XIVE, 0,
      .options = "-d trace:eoi_notify", .run = second_phb },
    { "raised-while-stopped-is-taken-once", VIA_INTX, 0,
      .run = raised_while_stopped },
    { "stopped-while-taken-ends-with-its-eoi", VIA_INTX, 0,
      .run = stopped_while_taken },

    { "saved-while-taken-ends-with-its-eoi-after-load", VIA_PC, 0,
      MIGRATABLE, .run = load_while_taken },
    { "saved-while-taken-and-still-high-is-taken-once-more", VIA_PC, 0,
      MIGRATABLE, .run = load_while_taken_still_high },
    { "saved-idle-is-idle-after-load", 0, VIA_PC, MIGRATABLE,
      .run = load_idle },
    { "saved-while-disabled-is-disabled-after-load", 0, VIA_PC, MIGRATABLE,
      .run = load_disabled },

    { "moved-to-another-qemu-while-taken-ends-with-its-eoi", VIA_PC, 0,
      MIGRATABLE, .run = move_while_taken },
    { "moved-while-taken-and-still-high-is-taken-once-more", VIA_PC, 0,
      MIGRATABLE, .run = move_while_taken_still_high },
    { "moved-while-masked-and-gone-is-not-taken", VIA_PC, 0,
      MIGRATABLE, .run = move_while_masked },
    { "moved-while-masked-and-still-high-is-taken-once", VIA_PC, 0,
      MIGRATABLE, .run = move_while_masked_still_high },

    { "eoi-of-a-neighbour-costs-no-call", 0, VIA_INTX, ON_ONE_LINE,
      .run = neighbour_alone },
    { "neighbour-and-device-each-end-by-themselves", VIA_ANY_EOI, 0,
      ON_ONE_LINE,      .run = neighbour_and_device },
    { "raised-during-a-neighbours-is-taken-once", VIA_INTX, 0, ON_ONE_LINE,
      .run = device_after_neighbour },

    { "two-assigned-served-at-once-end-together", VIA_ANY_EOI, 0,
      TWO_ON_ONE_LINE, .run = both_served_at_once },
    { "two-assigned-served-in-turn-take-one-more", VIA_ANY_EOI, 0,
      TWO_ON_ONE_LINE, .run = both_served_in_turn },
    { "two-assigned-one-after-the-other-end-each", VIA_INTX, 0,
      TWO_ON_ONE_LINE, .run = one_after_the_other },

    { "without-disintx-ends-with-its-eoi", VIA_INTX, 0, BEFORE_PCI_2_3,
      .run = before_pci_2_3 },
    { "lazy-controller-stalls-without-the-rearm", 0, VIA_INTX, LAZY_CONTROLLER,
      .run = lazy_controller_stalls },
    { "lazy-controller-rearmed-takes-10000-of-10000", VIA_IOAPIC, 0,
      LAZY_CONTROLLER, REARM, .run = ten_thousand_rearmed },
    { "lazy-controller-rearmed-takes-100-of-100",
      (VIA_ANY_EOI | VIA_KVM_PIC) & ~VIA_IOAPIC, 0,
      LAZY_CONTROLLER, REARM, .run = hundred_rearmed },
    { "lazy-controller-rearmed-by-a-handler-that-touches-no-bar", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = rearmed_without_bar },
    { "lazy-controller-rearmed-with-the-line-still-high", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = rearmed_still_high },
    { "rearmed-with-the-line-still-high-brings-one-more", 0, VIA_INTX,
      BEFORE_PCI_2_3, REARM, .run = rearmed_still_high },

    { "unmask-eventfd-refused-unmasks-by-ioctl", VIA_INTX, 0,
      .run = unmask_eventfd_refused },
    { "unmask-failing-once-is-said-and-mended", VIA_INTX, 0,
      .run = unmask_failing_once },
    { "unmask-failing-while-masked-is-said-and-mended", VIA_INTX, 0,
      .run = unmask_failing_while_masked },
    { "unmask-failing-for-long-is-said-once-and-mended", VIA_INTX, 0,
      .run = unmask_failing_for_long },
    { "rearm-whose-enable-fails-is-said-and-mended", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = rearm_enable_failing_once },
    { "rearm-whose-enable-fails-for-long-is-said-once-and-mended", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = rearm_enable_failing_for_long },
    { "rearm-whose-irq-request-fails-is-said-and-mended", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = rearm_request_failing_once },
    { "rearm-whose-disable-fails-is-said-and-mended", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = rearm_disable_failing_once },
    { "raised-while-the-rearm-fails-is-taken", VIA_INTX, 0,
      LAZY_CONTROLLER, REARM, .run = raised_while_rearm_fails },
    { "enable-failing-after-msix-is-said-and-reset-mends-it", 0, VIA_INTX,
      .run = enable_failing_after_msix },
};

int main(int argc, char **argv)
{
    vfio_host_launcher_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    vfio_pci_intx_test_add(cases, ARRAY_SIZE(cases));
    return g_test_run();
}
