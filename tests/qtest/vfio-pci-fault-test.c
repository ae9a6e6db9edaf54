/*
 * MSI-X of an assigned device whose host calls fail
 *
 * Each place where the device model changes a trigger is made to fail, once
 * or for good.  What works must go on working, what is lost must be said in
 * one line that names it, the guest's reads stay as the specification says,
 * and when the fault is gone the next unmask brings the vector back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqtest.h"
#include "hw/pci/pci_regs.h"
#include "vfio-pci-test-lib.h"

#define FOR_GOOD    UINT_MAX

/* All at once; where the host's set grows, that may replay the first ones. */
static void take_replays(VfioPciTest *t)
{
    unsigned n;

    for (n = 0; n < t->used; n++) {
        guest_took(t, n);
    }
}

static void enable_and_use(VfioPciTest *t, unsigned count)
{
    guest_msix_enable_maskall(t, count);
    guest_msix_maskall(t, false);
    take_replays(t);
    guest_warm_up(t, 0, t->used);
}

/* What a guest can do for a vector that does not come. */
static void unmask_again(VfioPciTest *t)
{
    guest_msix_maskall(t, true);
    guest_msix_maskall(t, false);
    take_replays(t);
}

static void check_fault_struck(VfioPciTest *t, const char *call)
{
    g_assert_cmpuint(vfio_host_failed(t->host), >, 0);
    vfio_host_fail(t->host, call, 0, 0, 0);
}

static void check_vector_named(VfioPciTest *t, unsigned n, int err)
{
    g_autofree char *vector = g_strdup_printf("\\b%u\\b", n);
    const char *all[] = { QEMU_DEVICE_NAME, vector, strerror(err), NULL };

    g_assert_cmpuint(qemu_errors(t, all), ==, 1);
}

static void check_guest_reads(VfioPciTest *t, unsigned n, bool masked)
{
    g_assert_cmphex(guest_msix_control(t), ==,
                    PCI_MSIX_FLAGS_ENABLE | (t->vectors - 1));
    if (t->has_table) {
        g_assert_cmphex(guest_table_readl(t, n, PCI_MSIX_ENTRY_VECTOR_CTRL), ==,
                        masked ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0);
    }
}

/* ---- mask ---------------------------------------------------------------- */

static void edge_at_failing_mask(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_raise_in_flight(t->host, 1);
    vfio_host_fail(t->host, "msix-trigger", 0, 1, ENOMEM);
    guest_mask(t, 1);
    check_fault_struck(t, "msix-trigger");
    check_guest_reads(t, 1, true);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    g_assert_false(guest_pending(t, 1));
    check_delivers(t, 1);
}

/* A replay for the swap that failed, and the event: two messages at most. */
static void event_after_failing_mask(VfioPciTest *t)
{
    unsigned took;

    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-trigger", 0, 1, ENOSPC);
    guest_mask(t, 1);
    check_fault_struck(t, "msix-trigger");
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
    guest_unmask(t, 1);
    took = guest_took(t, 1);
    g_assert_cmpuint(took, >=, 1);
    g_assert_cmpuint(took, <=, 2);
    check_delivers(t, 1);
}

/* EINVAL: the kernel has not touched the trigger, which leads to KVM. */
static void mask_refused(VfioPciTest *t, unsigned times)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-trigger", 0, times, EINVAL);
    guest_mask(t, 1);
    check_fault_struck(t, "msix-trigger");
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), >=, 1);
    check_delivers(t, 1);
}

static void mask_refused_once(VfioPciTest *t)
{
    mask_refused(t, 1);
}

static void mask_refused_twice(VfioPciTest *t)
{
    mask_refused(t, 2);
}

static void mask_failing_for_good(VfioPciTest *t, int err)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-trigger", 0, FOR_GOOD, err);
    guest_mask(t, 1);
    check_fault_struck(t, "msix-trigger");
    check_guest_reads(t, 1, true);
    check_delivers(t, 0);
    guest_unmask(t, 1);
    guest_took(t, 1);               /* a replay, perhaps */
    check_delivers(t, 1);
}

static void mask_failing_for_good_einval(VfioPciTest *t)
{
    mask_failing_for_good(t, EINVAL);
}

static void mask_failing_for_good_enomem(VfioPciTest *t)
{
    mask_failing_for_good(t, ENOMEM);
}

/* ---- unmask -------------------------------------------------------------- */

static void unmask_failing_once(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_mask(t, 1);
    vfio_host_fail(t->host, "msix-trigger", 0, 1, ENOMEM);
    guest_unmask(t, 1);
    check_fault_struck(t, "msix-trigger");
    check_guest_reads(t, 1, false);
    guest_took(t, 1);               /* a replay, perhaps */
    check_delivers(t, 1);
    guest_mask(t, 1);
    guest_unmask(t, 1);
    guest_took(t, 1);
    check_delivers(t, 1);
}

static void edge_at_unmask_failing_once(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_mask(t, 1);
    vfio_host_raise_in_flight(t->host, 1);
    vfio_host_fail(t->host, "msix-trigger", 0, 1, ENOMEM);
    guest_unmask(t, 1);
    check_fault_struck(t, "msix-trigger");
    vfio_host_land(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    check_delivers(t, 1);
}

static void unmask_failing_for_good(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_mask(t, 1);
    vfio_host_fail(t->host, "msix-trigger", 0, FOR_GOOD, ENOSPC);
    guest_unmask(t, 1);
    check_fault_struck(t, "msix-trigger");
    check_guest_reads(t, 1, false);
    check_vector_named(t, 1, ENOSPC);
    check_delivers(t, 0);

    guest_mask(t, 1);
    guest_unmask(t, 1);
    guest_took(t, 1);
    check_delivers(t, 1);
}

static void first_use_failing_for_good(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-trigger", 0, FOR_GOOD, ENOSPC);
    guest_use(t, 3);
    check_fault_struck(t, "msix-trigger");
    check_guest_reads(t, 2, false);
    check_vector_named(t, 2, ENOSPC);
    g_assert_cmpuint(guest_took(t, 2), ==, 0);
    check_delivers(t, 0);
    check_delivers(t, 1);

    unmask_again(t);
    check_delivers(t, 2);
}

static void first_use_failing_once(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-trigger", 0, 1, ENOMEM);
    guest_use(t, 3);
    check_fault_struck(t, "msix-trigger");
    check_delivers(t, 2);
    check_delivers(t, 0);
}

static void first_use_without_host_vectors(VfioPciTest *t)
{
    enable_and_use(t, 2);
    guest_use(t, 3);
    check_guest_reads(t, 2, false);
    check_vector_named(t, 2, ENOSPC);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

/* KVM refuses the irqfd: the vector goes through QEMU. */
static void irqfd_failing(VfioPciTest *t)
{
    guest_msix_enable(t);
    vfio_host_fail(t->host, "kvm-irqfd", 0, 1, ENOMEM);
    guest_unmask(t, 1);
    guest_warm_up(t, 1, 1);
    check_fault_struck(t, "kvm-irqfd");
    check_delivers(t, 1);
    guest_mask(t, 1);
    vfio_host_raise(t->host, 1);
    g_assert_true(guest_pending(t, 1));
    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
}

static void irqfd_refused_at_unmask(VfioPciTest *t)
{
    const char *line[] = { QEMU_DEVICE_NAME, "irqfd", strerror(ENOSPC), NULL };
    unsigned i;

    enable_and_use(t, 2);
    vfio_host_fail(t->host, "kvm-irqfd", 0, FOR_GOOD, ENOSPC);
    for (i = 0; i < 3; i++) {
        guest_mask(t, 1);
        guest_unmask(t, 1);
        check_delivers(t, 1);
    }
    check_fault_struck(t, "kvm-irqfd");
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);

    guest_mask(t, 1);
    guest_unmask(t, 1);
    check_delivers(t, 1);
    check_delivers(t, 0);
}

static void irqfd_not_released_at_mask(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "kvm-irqfd-deassign", 0, 1, EINVAL);
    guest_mask(t, 1);
    check_fault_struck(t, "kvm-irqfd-deassign");
    check_guest_reads(t, 1, true);
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));

    guest_unmask(t, 1);
    g_assert_cmpuint(guest_took(t, 1), >=, 1);
    check_delivers(t, 1);
}

/* The mask cannot be had, and QEMU must not say that it was. */
static void irqfd_neither_released_nor_detached(VfioPciTest *t, int err)
{
    const char *truth[] = { QEMU_DEVICE_NAME, "no release", "nor does VFIO",
                            NULL };
    const char *untruth[] = { "masked in the device", NULL };

    enable_and_use(t, 2);
    vfio_host_fail(t->host, "kvm-irqfd-deassign", 0, 1, EINVAL);
    vfio_host_fail(t->host, "msix-trigger", 0, 1, err);
    guest_mask(t, 1);
    g_assert_cmpuint(vfio_host_failed(t->host), ==, 2);
    g_assert_cmpuint(qemu_errors(t, truth), ==, 1);
    g_assert_cmpuint(qemu_errors(t, untruth), ==, 0);
    check_guest_reads(t, 1, true);
    check_delivers(t, 0);

    guest_unmask(t, 1);
    guest_took(t, 1);               /* a replay, perhaps */
    check_delivers(t, 1);
    guest_mask(t, 1);
    vfio_host_raise(t->host, 1);
    g_assert_cmpuint(guest_took(t, 1), ==, 0);
    g_assert_true(guest_pending(t, 1));
}

/* EINVAL: the trigger is as before.  Else the kernel has freed it. */
static void irqfd_not_released_trigger_kept(VfioPciTest *t)
{
    irqfd_neither_released_nor_detached(t, EINVAL);
}

static void irqfd_not_released_trigger_freed(VfioPciTest *t)
{
    irqfd_neither_released_nor_detached(t, ENOMEM);
}

static void refused_vector_is_named_once(VfioPciTest *t)
{
    unsigned i;

    enable_and_use(t, 1);
    vfio_host_fail(t->host, "msix-trigger", 0, FOR_GOOD, ENOSPC);
    for (i = 0; i < 20; i++) {
        guest_unmask(t, 2);
        guest_mask(t, 2);
    }
    check_fault_struck(t, "msix-trigger");
    check_vector_named(t, 2, ENOSPC);
}

/* ---- growth -------------------------------------------------------------- */

static void growth_failing_once(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_raise_in_flight(t->host, 0);
    vfio_host_fail(t->host, "msix-enable", 0, 1, ENOMEM);
    guest_use(t, 3);
    check_fault_struck(t, "msix-enable");
    check_guest_reads(t, 2, false);
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(guest_took(t, 0), ==, 1);
    take_replays(t);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

/* The third request of the call is for the new vector. */
static void growth_failing_at_its_vector(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "request-irq", 2, 1, EBUSY);
    guest_use(t, 3);
    check_fault_struck(t, "request-irq");
    check_vector_named(t, 2, EBUSY);
    g_assert_true(vfio_host_msix_enabled(t->host));
    take_replays(t);
    check_delivers(t, 0);
    check_delivers(t, 1);

    unmask_again(t);
    check_delivers(t, 2);
}

static void growth_beyond_host_vectors(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_raise_in_flight(t->host, 1);
    guest_use(t, 3);
    check_guest_reads(t, 2, false);
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(guest_took(t, 1), ==, 1);
    take_replays(t);
    check_delivers(t, 0);
    check_delivers(t, 1);

    unmask_again(t);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

static void growth_failing_for_good(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-enable", 0, FOR_GOOD, ENOMEM);
    guest_use(t, 3);
    check_fault_struck(t, "msix-enable");
    check_guest_reads(t, 2, false);

    unmask_again(t);
    check_delivers(t, 2);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

/* ---- enable, disable ----------------------------------------------------- */

static void enable_failing_once(VfioPciTest *t)
{
    vfio_host_fail(t->host, "msix-enable", 0, 1, ENOMEM);
    guest_msix_enable(t);
    check_fault_struck(t, "msix-enable");
    check_guest_reads(t, 0, true);
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_false(vfio_host_trigger_live(t->host, 0));
    guest_use(t, 2);
    check_delivers(t, 1);
}

static void enable_failing_for_good(VfioPciTest *t)
{
    const char *line[] = { QEMU_DEVICE_NAME, strerror(ENOMEM), NULL };

    vfio_host_fail(t->host, "msix-enable", 0, FOR_GOOD, ENOMEM);
    guest_msix_enable(t);
    check_fault_struck(t, "msix-enable");
    check_guest_reads(t, 0, true);
    g_assert_false(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);

    guest_use(t, 2);
    g_assert_true(vfio_host_msix_enabled(t->host));
    check_delivers(t, 1);
}

/*
 * Vector 0 is dead, but not masked, and the device has an event for it.  When
 * vector 1 brings MSI-X back on the host, nothing but the trigger that is there
 * for a moment can be installed at first.
 */
static void event_while_enabling(VfioPciTest *t)
{
    vfio_host_fail(t->host, "msix-enable", 0, FOR_GOOD, ENOMEM);
    guest_msix_enable_maskall(t, 2);
    guest_msix_maskall(t, false);
    check_fault_struck(t, "msix-enable");
    g_assert_false(vfio_host_msix_enabled(t->host));
    vfio_host_raise(t->host, 0);

    vfio_host_fail(t->host, "msix-enable", 0, 2, ENOMEM);
    guest_mask(t, 1);
    guest_unmask(t, 1);
    g_assert_true(vfio_host_msix_enabled(t->host));
    g_assert_cmpuint(guest_took(t, 0), ==, 1);
    g_assert_false(guest_pending(t, 0));
    check_delivers(t, 0);
    check_delivers(t, 1);
}

/* Vectors 0 to 3 are unmasked in the table before MSI-X is enabled. */
static void enable_with_four_unmasked(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    guest_msix_disable(t);
    for (n = 0; n < 4; n++) {
        guest_unmask(t, n);
    }
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE);
    take_replays(t);
}

static void enable_with_unmasked_failing_once(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    guest_msix_disable(t);
    vfio_host_fail(t->host, "request-irq", 3, 1, EBUSY);
    enable_with_four_unmasked(t);
    check_fault_struck(t, "request-irq");
    for (n = 0; n < 3; n++) {
        guest_took(t, n);           /* a replay, perhaps */
        check_delivers(t, n);
    }
}

static void enable_with_more_than_host_vectors(VfioPciTest *t)
{
    unsigned n;

    enable_with_four_unmasked(t);
    for (n = 0; n < 2; n++) {
        guest_took(t, n);
        check_delivers(t, n);
    }
    check_guest_reads(t, 3, false);
}

static void disable_failing(VfioPciTest *t)
{
    enable_and_use(t, 2);
    vfio_host_fail(t->host, "msix-disable", 0, 1, EIO);
    guest_msix_disable(t);
    check_fault_struck(t, "msix-disable");
    g_assert_cmphex(guest_msix_control(t), ==, t->vectors - 1);

    enable_and_use(t, 2);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

static void every_call_failing(VfioPciTest *t)
{
    unsigned n;

    enable_and_use(t, 2);
    vfio_host_fail(t->host, "set-irqs", 0, FOR_GOOD, EIO);
    guest_msix_maskall(t, true);
    guest_msix_maskall(t, false);
    guest_use(t, 5);
    guest_msix_disable(t);
    enable_and_use(t, 4);
    check_guest_reads(t, 3, false);
    check_fault_struck(t, "set-irqs");

    guest_msix_disable(t);
    enable_and_use(t, 4);
    for (n = 0; n < 4; n++) {
        check_delivers(t, n);
    }
}

/* -------------------------------------------------------------------------- */

static const VfioPciCase cases[] = {
    { "edge-in-flight-at-failing-mask-is-delivered-once", VIA_SWAP, 0,
      .run = edge_at_failing_mask },
    { "event-after-failing-mask-is-delivered", 0, VIA_SWAP,
      .run = event_after_failing_mask },
    { "mask-refused-once-masks-all-the-same", VIA_SWAP, 0,
      .run = mask_refused_once },
    { "mask-refused-twice-masks-all-the-same", VIA_SWAP, 0,
      .run = mask_refused_twice },
    { "mask-failing-for-good-is-mended-by-unmask", 0, VIA_SWAP,
      .run = mask_failing_for_good_enomem },
    { "mask-refused-for-good-is-mended-by-unmask", 0, VIA_SWAP,
      .run = mask_failing_for_good_einval },
    { "unmask-failing-once-delivers-through-qemu", VIA_SWAP, 0,
      .run = unmask_failing_once },
    { "edge-in-flight-at-unmask-failing-once-is-delivered-once", VIA_SWAP, 0,
      .run = edge_at_unmask_failing_once },
    { "unmask-failing-for-good-is-named-and-the-next-one-works", 0, VIA_SWAP,
      .run = unmask_failing_for_good },
    { "first-use-failing-for-good-is-named-and-the-next-unmask-works",
      VIA_RTAS, VIA_TABLE,
      .run = first_use_failing_for_good },
    { "first-use-failing-once-delivers-through-qemu", VIA_KVM | VIA_SWAP, 0,
      .run = first_use_failing_once },
    { "first-use-without-a-host-vector-is-named", 0, VIA_ANY,
      .host = { .host_vectors_limit = 2 },
      .run = first_use_without_host_vectors },
    { "irqfd-refused-at-unmask-delivers-through-qemu", VIA_KVM, 0,
      .host = { .count_kvm = true }, .run = irqfd_refused_at_unmask },
    { "irqfd-not-released-at-mask-masks-in-the-device", VIA_KVM, 0,
      .host = { .count_kvm = true }, .run = irqfd_not_released_at_mask },
    { "irqfd-not-released-and-vector-not-detached-at-mask-is-said", VIA_KVM, 0,
      .host = { .count_kvm = true },
      .run = irqfd_not_released_trigger_kept },
    { "irqfd-not-released-and-vector-freed-at-mask-is-mended-by-unmask",
      VIA_KVM, 0,
      .host = { .count_kvm = true },
      .run = irqfd_not_released_trigger_freed },
    { "refused-vector-is-named-once-however-often-it-is-unmasked", VIA_TABLE, 0,
      .run = refused_vector_is_named_once },
    { "irqfd-refused-by-kvm-delivers-through-qemu", 0, VIA_KVM,
      .host = { .count_kvm = true },
      .run = irqfd_failing },

    { "growth-failing-once-keeps-the-old-vectors", VIA_ANY, 0,
      .host = { .msix_noresize = true },
      .run = growth_failing_once },
    { "growth-failing-at-its-vector-keeps-the-old-ones", VIA_ANY, 0,
      .host = { .msix_noresize = true },
      .run = growth_failing_at_its_vector },
    { "growth-beyond-the-host-vectors-keeps-the-old-ones", VIA_ANY, 0,
      .host = { .msix_noresize = true, .host_vectors_limit = 2 },
      .run = growth_beyond_host_vectors },
    { "growth-failing-for-good-is-mended-by-the-next-unmask", VIA_ANY, 0,
      .host = { .msix_noresize = true },
      .run = growth_failing_for_good },

    { "enable-failing-once-enables-the-host-all-the-same", VIA_ANY, 0,
      .run = enable_failing_once },
    { "event-of-a-dead-vector-while-another-enables-is-delivered", VIA_TABLE, 0,
      .run = event_while_enabling },
    { "enable-failing-for-good-is-named-and-use-enables", VIA_ANY, 0,
      .run = enable_failing_for_good },
    { "enable-failing-at-one-vector-keeps-the-others", VIA_TABLE, 0,
      .run = enable_with_unmasked_failing_once },
    { "enable-failing-at-one-vector-keeps-the-others-of-a-fixed-set",
      VIA_TABLE, 0,
      .host = { .msix_noresize = true },
      .run = enable_with_unmasked_failing_once },
    { "enable-of-more-than-the-host-vectors-keeps-those-there-are",
      VIA_TABLE, 0,
      .host = { .host_vectors_limit = 2 },
      .run = enable_with_more_than_host_vectors },
    { "enable-of-more-than-the-host-vectors-keeps-those-of-a-fixed-set",
      VIA_TABLE, 0,
      .host = { .host_vectors_limit = 2, .msix_noresize = true },
      .run = enable_with_more_than_host_vectors },
    { "disable-failing-leaves-a-working-device", 0, VIA_ANY,
      .run = disable_failing },
    { "every-call-failing-leaves-a-device-that-recovers", 0, VIA_ANY,
      .run = every_call_failing },
    { "every-call-failing-recovers-without-dynamic-allocation", 0, VIA_ANY,
      .host = { .msix_noresize = true },
      .run = every_call_failing },
};

int main(int argc, char **argv)
{
    vfio_host_launcher_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    vfio_pci_test_add(cases, ARRAY_SIZE(cases));
    return g_test_run();
}
