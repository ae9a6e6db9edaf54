/*
 * MSI of an assigned device, as its guest sees it
 *
 * All vectors are enabled at once and the guest masks them in the device
 * itself, so no trigger is ever replaced; what can go wrong is enabling.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqtest.h"
#include "hw/pci/pci_regs.h"
#include "vfio-pci-test-lib.h"

static void vectors_deliver(VfioPciTest *t)
{
    unsigned n;

    guest_msi_enable(t, 8);
    g_assert_true(vfio_host_msi_enabled(t->host));
    for (n = 0; n < 8; n++) {
        check_delivers(t, n);
    }
}

static void one_vector_delivers(VfioPciTest *t)
{
    guest_msi_enable(t, 1);
    g_assert_true(vfio_host_trigger_live(t->host, 0));
    g_assert_false(vfio_host_trigger_live(t->host, 1));
    check_delivers(t, 0);
}

static void disable_and_enable_again(VfioPciTest *t)
{
    /* Eight both times: pseries does not align a block to its size. */
    guest_msi_enable(t, 8);
    check_delivers(t, 7);
    guest_msi_disable(t);
    g_assert_false(vfio_host_msi_enabled(t->host));
    guest_msi_enable(t, 8);
    g_assert_true(vfio_host_msi_enabled(t->host));
    check_delivers(t, 7);
}

static void reset_disables(VfioPciTest *t)
{
    guest_msi_enable(t, 4);
    t->msi = false;
    qemu_reset(t);
    g_assert_false(vfio_host_msi_enabled(t->host));
    guest_msi_enable(t, 4);
    check_delivers(t, 3);
}

/* A guest must not enable both; QEMU must survive one that does. */
static void msix_beside_msi(VfioPciTest *t)
{
    guest_msi_enable(t, 4);
    guest_msix_enable_maskall(t, 2);
    guest_msi_disable(t);
    t->msi = false;
    guest_msix_maskall(t, false);
    guest_mask(t, 1);
    guest_unmask(t, 1);
    g_assert_true(vfio_host_msix_enabled(t->host));
    check_delivers(t, 1);
}

static void check_intx_is_back(VfioPciTest *t)
{
    VfioHostStats stats;

    g_assert_false(vfio_host_msi_enabled(t->host));
    g_assert_false(vfio_host_msix_enabled(t->host));
    vfio_host_stats_reset(t->host);
    vfio_host_intx(t->host, true);
    vfio_host_stats(t->host, &stats);
    g_assert_cmpuint(stats.intx_signalled, ==, 1);
    vfio_host_intx(t->host, false);
    qemu_settle(t);
}

/* The one that came first is not in use, and is switched off last. */
static void msix_ends_after_msi(VfioPciTest *t)
{
    guest_msix_enable_maskall(t, 2);
    guest_msi_enable(t, 4);
    g_assert_true(vfio_host_msi_enabled(t->host));
    guest_msi_disable(t);
    guest_msix_disable(t);
    check_intx_is_back(t);
    guest_msix_enable_maskall(t, 2);
    guest_msix_maskall(t, false);
    check_delivers(t, 1);
}

static void msi_ends_after_msix(VfioPciTest *t)
{
    VfioHostStats stats;

    guest_msi_enable(t, 4);
    guest_msix_enable_maskall(t, 2);
    g_assert_true(vfio_host_msix_enabled(t->host));
    guest_msix_disable(t);
    vfio_host_stats_reset(t->host);
    guest_msi_disable(t);
    vfio_host_stats(t->host, &stats);
    g_assert_cmpuint(stats.set_irqs, ==, 0);
    check_intx_is_back(t);
    guest_msi_enable(t, 4);
    check_delivers(t, 2);
}

/* No mode is in use when MSI-X ends. */
static void msix_ends_after_msi_failed(VfioPciTest *t)
{
    guest_msix_enable_maskall(t, 2);
    vfio_host_fail(t->host, "msi-enable", 0, UINT_MAX, ENOMEM);
    guest_msi_enable(t, 4);
    g_assert_cmpuint(vfio_host_failed(t->host), >, 0);
    vfio_host_fail(t->host, "msi-enable", 0, 0, 0);
    guest_msix_disable(t);
    guest_msi_disable(t);
    check_intx_is_back(t);
}

static void msix_after_msi(VfioPciTest *t)
{
    guest_msi_enable(t, 4);
    check_delivers(t, 1);
    guest_msi_disable(t);
    qemu_reset(t);
    guest_msix_enable_maskall(t, 2);
    guest_msix_maskall(t, false);
    g_assert_true(vfio_host_msix_enabled(t->host));
    check_delivers(t, 1);
}

/* The host has fewer: those that it has must work. */
static void fewer_host_vectors(VfioPciTest *t)
{
    guest_msi_enable(t, 8);
    g_assert_true(vfio_host_msi_enabled(t->host));
    g_assert_cmpuint(vfio_host_vectors(t->host), ==, 4);
    check_delivers(t, 0);
    check_delivers(t, 3);
}

static void gives_vectors_back(VfioPciTest *t)
{
    guest_msi_enable(t, 4);
    qpci_config_writew(t->dev, t->msi_cap + PCI_MSI_FLAGS,
                       PCI_MSI_FLAGS_ENABLE);
    g_assert_cmpuint(vfio_host_vectors(t->host), ==, 1);
    check_delivers(t, 0);
}

static void enable_failing_for_good(VfioPciTest *t)
{
    const char *line[] = { "MSI", NULL };

    vfio_host_fail(t->host, "msi-enable", 0, UINT_MAX, ENOMEM);
    guest_msi_enable(t, 4);
    g_assert_cmpuint(vfio_host_failed(t->host), >, 0);
    g_assert_false(vfio_host_msi_enabled(t->host));
    g_assert_cmpuint(qemu_errors(t, line), >=, 1);
    g_assert_cmphex(qpci_config_readw(t->dev, t->msi_cap + PCI_MSI_FLAGS) &
                    PCI_MSI_FLAGS_ENABLE, !=, 0);

    vfio_host_fail(t->host, "msi-enable", 0, 0, 0);
    guest_msi_disable(t);
    guest_msi_enable(t, 4);
    check_delivers(t, 2);
}

static void enable_failing_names_the_device(VfioPciTest *t)
{
    const char *line[] = {
        QEMU_DEVICE_NAME, "MSI", strerror(ENOMEM), NULL
    };

    vfio_host_fail(t->host, "msi-enable", 0, UINT_MAX, ENOMEM);
    guest_msi_enable(t, 4);
    g_assert_cmpuint(qemu_errors(t, line), ==, 1);
}

static const VfioPciCase cases[] = {
    { "8-vectors-deliver", 0, VIA_ANY, .run = vectors_deliver },
    { "one-vector-delivers", 0, VIA_ANY, .run = one_vector_delivers },
    { "enable-again-delivers", 0, VIA_ANY, .run = disable_and_enable_again },
    { "reset-disables-and-all-works-again", 0, VIA_ANY,
      .run = reset_disables },
    { "msix-outlives-the-end-of-an-msi-beside-it", VIA_TABLE, 0,
      .run = msix_beside_msi },
    { "msix-ends-after-an-msi-that-replaced-it", VIA_TABLE, 0,
      .run = msix_ends_after_msi },
    { "msix-ends-after-an-msi-that-failed-to-replace-it", VIA_TABLE, 0,
      .run = msix_ends_after_msi_failed },
    { "end-of-an-msi-that-msix-replaced-leaves-intx-alone", VIA_TABLE, 0,
      .run = msi_ends_after_msix },
    { "msix-works-after-msi", 0, VIA_ANY, .run = msix_after_msi },
    { "fewer-host-vectors-are-used", 0, VIA_ANY,
      .host = { .host_vectors_limit = 4 }, .run = fewer_host_vectors },
    { "vectors-given-back-while-enabled-are-gone", VIA_TABLE, 0,
      .run = gives_vectors_back },
    { "enable-failing-for-good-is-said-and-the-next-one-works", 0, VIA_ANY,
      .run = enable_failing_for_good },
    { "enable-failing-is-one-line-that-names-the-device", VIA_ANY, 0,
      .run = enable_failing_names_the_device },
};

int main(int argc, char **argv)
{
    vfio_host_launcher_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    vfio_pci_test_add(cases, ARRAY_SIZE(cases));
    return g_test_run();
}
