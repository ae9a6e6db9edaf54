/*
 * When vfio-pci decides by itself to re-arm the host's INTx
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "hw/vfio/pci-intx-rearm.h"

static void test_kernels(void)
{
    static const struct {
        const char *release;
        bool needs_rearm;
    } kernels[] = {
        { "6.12.43+deb13-powerpc64le-64k", true },
        { "6.12.48", true },
        { "6.12.107+deb13-powerpc64le", false },
        { "6.6.30-gentoo", true },
        { "6.6.200", false },
        /* Fixed from the start, or not a series that lives on. */
        { "6.18.1", false },
        { "6.19.0-rc1", false },
        { "6.8.12", false },
        { "7.0.1", false },
        /* What such a distribution has put in cannot be told. */
        { "6.1.0-40-powerpc64le", false },
        { "5.14.0-570.el9.ppc64le", false },
        { "5.15.0-151-generic", false },
        { "nonsense", false },
        { "", false },
    };

    for (int i = 0; i < ARRAY_SIZE(kernels); i++) {
        g_test_message("%s", kernels[i].release);
        g_assert_cmpint(vfio_intx_kernel_needs_rearm(kernels[i].release), ==,
                        kernels[i].needs_rearm);
    }
}

static bool lacks_disintx(const uint8_t *bytes, size_t size)
{
    g_autofree char *name = NULL;
    int fd = g_file_open_tmp("config-XXXXXX", &name, NULL);
    bool lacks;

    g_assert_cmpint(write(fd, bytes, size), ==, size);
    close(fd);
    lacks = vfio_intx_lacks_disintx(name);
    g_unlink(name);
    return lacks;
}

static void test_real_command_register(void)
{
    const uint8_t masked[64] = { [4] = 0x07, [5] = 0x04 };
    const uint8_t not_masked[64] = { [4] = 0x07, [5] = 0x01 };

    g_assert_false(lacks_disintx(masked, sizeof(masked)));
    g_assert_true(lacks_disintx(not_masked, sizeof(not_masked)));
}

static void test_unreadable_counts_as_disintx(void)
{
    const uint8_t truncated[5] = { 0 };

    g_assert_false(lacks_disintx(truncated, sizeof(truncated)));
    g_assert_false(vfio_intx_lacks_disintx("/nonexistent/config"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vfio-intx-rearm/kernels", test_kernels);
    g_test_add_func("/vfio-intx-rearm/real-command-register",
                    test_real_command_register);
    g_test_add_func("/vfio-intx-rearm/unreadable-counts-as-disintx",
                    test_unreadable_counts_as_disintx);
    return g_test_run();
}
