/*
 * Unit test of the VFIO host
 *
 * No QEMU: a child process makes the calls (vfio-host-test-caller.c), and each
 * case checks one promise of the host's, as the kernel keeps it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfio-host.h"
#include "vfio-host-abi.h"
#include "vfio-host-regs.h"
#include "vfio-host-test-caller.h"

#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSI VFIO_PCI_MSI_IRQ_INDEX
#define MSIX VFIO_PCI_MSIX_IRQ_INDEX

#define NONE VFIO_IRQ_SET_DATA_NONE
#define BOOL VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD VFIO_IRQ_SET_DATA_EVENTFD
#define TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER
#define MASK VFIO_IRQ_SET_ACTION_MASK
#define UNMASK VFIO_IRQ_SET_ACTION_UNMASK

#define BAD_ADDRESS 8

/* ---- vocabulary ---------------------------------------------------------- */

/** A host, and a process that has its device open. */
typedef struct Machine {
    VfioHost *host;
    Caller *caller;
    int device;
    uint64_t config;        /* offsets in the device file */
    uint64_t bar0;
    uint64_t bar2;
    uint64_t bar4;
} Machine;

/* Which descriptor a device option names. */
static int option_fd(const char *args, const char *after)
{
    const char *p = strstr(strstr(args, after), ",fd=");

    g_assert_nonnull(p);
    return atoi(p + strlen(",fd="));
}

static void open_iommufd(Machine *m)
{
    g_autofree char *args = vfio_host_device_args(m->host, "");
    HostBind bind = { sizeof(bind), 0, option_fd(args, "iommufd,id"), 0 };

    m->device = option_fd(args, "vfio-pci");
    g_assert_cmpint(caller_ioctl(m->caller, m->device,
                                 HOST_DEVICE_BIND_IOMMUFD, &bind,
                                 sizeof(bind)), ==, 0);
}

static void open_legacy(Machine *m)
{
    int container = caller_open(m->caller, "/dev/vfio/vfio");
    int group = caller_open(m->caller, "/dev/vfio/4951");
    char name[] = "irqtest";

    g_assert_cmpint(container, >=, 0);
    g_assert_cmpint(group, >=, 0);
    g_assert_cmpint(caller_ioctl(m->caller, group, VFIO_GROUP_SET_CONTAINER,
                                 &container, sizeof(container)), ==, 0);
    g_assert_cmpint(caller_ioctl_value(m->caller, container, VFIO_SET_IOMMU,
                                       VFIO_TYPE1v2_IOMMU), ==, 0);
    m->device = caller_ioctl(m->caller, group, VFIO_GROUP_GET_DEVICE_FD, name,
                             sizeof(name));
    g_assert_cmpint(m->device, >=, 0);
}

static uint64_t region_offset(Machine *m, unsigned index)
{
    struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

    g_assert_cmpint(caller_ioctl(m->caller, m->device,
                                 VFIO_DEVICE_GET_REGION_INFO, &info,
                                 sizeof(info)), ==, 0);
    return info.offset;
}

static Machine *machine_new(VfioHostConfig config)
{
    Machine *m = g_new0(Machine, 1);

    m->host = vfio_host_new(&config);
    m->caller = caller_new(m->host);
    if (config.backend == VFIO_HOST_LEGACY) {
        open_legacy(m);
    } else {
        open_iommufd(m);
    }
    m->config = region_offset(m, VFIO_PCI_CONFIG_REGION_INDEX);
    m->bar0 = region_offset(m, VFIO_PCI_BAR0_REGION_INDEX);
    m->bar2 = region_offset(m, VFIO_PCI_BAR2_REGION_INDEX);
    m->bar4 = region_offset(m, VFIO_PCI_BAR4_REGION_INDEX);
    return m;
}

static void machine_free(Machine *m)
{
    caller_free(m->caller);
    vfio_host_free(m->host);
    g_free(m);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_free)

static int set_irqs_sized(Machine *m, uint32_t argsz, unsigned index,
                          uint32_t flags, unsigned start, unsigned count,
                          const void *data, size_t len)
{
    g_autofree uint8_t *buf = g_malloc0(sizeof(struct vfio_irq_set) + len);
    struct vfio_irq_set *set = (void *)buf;

    *set = (struct vfio_irq_set) {
        .argsz = argsz, .flags = flags, .index = index, .start = start,
        .count = count,
    };
    if (len) {
        memcpy(buf + sizeof(*set), data, len);
    }
    return caller_ioctl(m->caller, m->device, VFIO_DEVICE_SET_IRQS, buf,
                        sizeof(*set) + len);
}

static int set_irqs(Machine *m, unsigned index, uint32_t flags, unsigned start,
                    unsigned count, const void *data, size_t len)
{
    return set_irqs_sized(m, sizeof(struct vfio_irq_set) + len, index, flags,
                          start, count, data, len);
}

/* One vector's eventfd; -1 for none. */
static int set_eventfd(Machine *m, unsigned index, unsigned vector, int32_t fd)
{
    return set_irqs(m, index, EVENTFD | TRIGGER, vector, 1, &fd, sizeof(fd));
}

static int set_none(Machine *m, unsigned index, uint32_t action,
                    unsigned count)
{
    return set_irqs(m, index, NONE | action, 0, count, NULL, 0);
}

static int attach(Machine *m, unsigned index, unsigned vector)
{
    int fd = caller_eventfd(m->caller);

    g_assert_cmpint(set_eventfd(m, index, vector, fd), ==, 0);
    return fd;
}

static int events(Machine *m, int fd)
{
    return caller_events(m->caller, fd, false);
}

static VfioHostStats stats_of(Machine *m)
{
    VfioHostStats stats;

    vfio_host_stats(m->host, &stats);
    return stats;
}

static uint32_t read32(Machine *m, uint64_t at)
{
    uint32_t value = 0;

    g_assert_cmpint(caller_pread(m->caller, m->device, &value, sizeof(value),
                                 at), ==, sizeof(value));
    return GUINT32_FROM_LE(value);
}

static void write32(Machine *m, uint64_t at, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    g_assert_cmpint(caller_pwrite(m->caller, m->device, &value, sizeof(value),
                                  at), ==, sizeof(value));
}

static void write_command(Machine *m, uint16_t value)
{
    value = GUINT16_TO_LE(value);
    g_assert_cmpint(caller_pwrite(m->caller, m->device, &value, sizeof(value),
                                  m->config + PCI_COMMAND), ==, 2);
}

static unsigned find_cap(Machine *m, unsigned id)
{
    unsigned at = read32(m, m->config + PCI_CAPABILITY_LIST) & 0xff;

    while (at && (read32(m, m->config + at) & 0xff) != id) {
        at = read32(m, m->config + at) >> 8 & 0xff;
    }
    return at;
}

/* ---- SET_IRQS: arguments ------------------------------------------------- */

static void test_bad_arguments(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    const unsigned hdr = sizeof(struct vfio_irq_set);
    int32_t fds[2] = { -1, -1 };

    /* header */
    g_assert_cmpint(set_irqs_sized(m, hdr - 1, MSIX, NONE | TRIGGER, 0, 0,
                                   NULL, 0), ==, -EINVAL);
    g_assert_cmpint(set_none(m, VFIO_PCI_NUM_IRQS, TRIGGER, 0), ==, -EINVAL);
    g_assert_cmpint(set_none(m, MSIX, TRIGGER | 1 << 6, 0), ==, -EINVAL);
    g_assert_cmpint(set_irqs(m, MSIX, NONE | TRIGGER, 8, 0, NULL, 0), ==,
                    -EINVAL);
    g_assert_cmpint(set_irqs(m, MSIX, NONE | TRIGGER, 1, 8, NULL, 0), ==,
                    -EINVAL);
    g_assert_cmpint(set_irqs(m, MSIX, NONE | TRIGGER, 1, UINT32_MAX - 1, NULL,
                             0), ==, -EINVAL);
    /* data */
    g_assert_cmpint(set_irqs(m, MSIX, NONE | EVENTFD | TRIGGER, 0, 1, fds, 4),
                    ==, -EINVAL);
    g_assert_cmpint(set_irqs(m, MSIX, TRIGGER, 0, 1, NULL, 0), ==, -EINVAL);
    g_assert_cmpint(set_irqs(m, MSIX, EVENTFD | TRIGGER, 0, 2, fds, 4), ==,
                    -EINVAL);
    g_assert_cmpint(caller_ioctl_value(m->caller, m->device,
                                       VFIO_DEVICE_SET_IRQS, BAD_ADDRESS),
                    ==, -EFAULT);
    /* action */
    g_assert_cmpint(set_none(m, MSIX, 0, 0), ==, -ENOTTY);
    g_assert_cmpint(set_none(m, MSIX, MASK, 1), ==, -ENOTTY);
    g_assert_cmpint(set_none(m, MSIX, TRIGGER | MASK, 1), ==, -ENOTTY);
    g_assert_cmpint(set_none(m, MSIX, TRIGGER, 1), ==, -EINVAL);
    g_assert_cmpuint(stats_of(m).set_irqs_failed, ==, stats_of(m).set_irqs);
    g_assert_false(vfio_host_msix_enabled(m->host));
}

static void test_bad_eventfd(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });

    g_assert_cmpint(set_eventfd(m, MSIX, 0, 12345), ==, -EBADF);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, m->device), ==, -EINVAL);
    g_assert_false(vfio_host_msix_enabled(m->host));
    g_assert_cmpint(set_eventfd(m, INTX, 0, 12345), ==, -EBADF);
    g_assert_cmpint(set_eventfd(m, INTX, 0, m->device), ==, -EINVAL);
}

static void test_one_index_at_a_time(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, MSIX, 0);

    g_assert_cmpint(set_eventfd(m, MSI, 0, fd), ==, -EINVAL);
    g_assert_cmpint(set_eventfd(m, INTX, 0, fd), ==, -EINVAL);
    g_assert_cmpint(set_none(m, MSIX, TRIGGER, 0), ==, 0);
    g_assert_cmpint(set_eventfd(m, MSI, 0, fd), ==, 0);
    g_assert_true(vfio_host_msi_enabled(m->host));
}

static void test_error_and_request(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    g_autoptr(Machine) plain = machine_new(
        (VfioHostConfig) { .conventional = true });
    const uint8_t on = 1;
    int fd = caller_eventfd(m->caller);

    g_assert_cmpint(set_none(m, VFIO_PCI_REQ_IRQ_INDEX, TRIGGER, 1), ==,
                    -EINVAL);
    g_assert_cmpint(set_eventfd(m, VFIO_PCI_REQ_IRQ_INDEX, 0, fd), ==, 0);
    g_assert_cmpint(set_none(m, VFIO_PCI_REQ_IRQ_INDEX, TRIGGER, 1), ==, 0);
    g_assert_cmpint(set_irqs(m, VFIO_PCI_REQ_IRQ_INDEX, BOOL | TRIGGER, 0, 1,
                             &on, 1), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 2);
    g_assert_cmpint(set_eventfd(m, VFIO_PCI_ERR_IRQ_INDEX, 0, fd), ==, 0);
    g_assert_cmpint(set_none(m, VFIO_PCI_ERR_IRQ_INDEX, TRIGGER, 0), ==, 0);
    fd = caller_eventfd(plain->caller);
    g_assert_cmpint(set_eventfd(plain, VFIO_PCI_ERR_IRQ_INDEX, 0, fd), ==,
                    -EINVAL);
}

/* ---- MSI-X: enable, allocation ------------------------------------------- */

static void test_enable_without_eventfd(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    unsigned flags;

    g_assert_cmpint(set_eventfd(m, MSIX, 0, -1), ==, 0);
    g_assert_true(vfio_host_msix_enabled(m->host));
    g_assert_false(vfio_host_trigger_live(m->host, 0));
    g_assert_cmpuint(vfio_host_vectors(m->host), ==, 1);
    g_assert_true(vfio_host_real_command(m->host) & PCI_COMMAND_INTX_DISABLE);
    flags = read32(m, m->config + find_cap(m, PCI_CAP_ID_MSIX)) >> 16;
    g_assert_true(flags & PCI_MSIX_FLAGS_ENABLE);
    g_assert_cmpint(set_none(m, MSIX, TRIGGER, 0), ==, 0);
    g_assert_false(vfio_host_msix_enabled(m->host));
    g_assert_false(vfio_host_real_command(m->host) & PCI_COMMAND_INTX_DISABLE);
    g_assert_cmpuint(stats_of(m).teardowns, ==, 1);
}

static void test_needs_vector(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .msix_needs_vector = true });

    g_assert_cmpint(set_eventfd(m, MSIX, 0, -1), ==, -EINVAL);
    g_assert_false(vfio_host_msix_enabled(m->host));
    attach(m, MSIX, 0);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, -1), ==, 0);
    g_assert_true(vfio_host_msix_enabled(m->host));
}

static void test_host_limit(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .host_vectors_limit = 2 });
    int32_t fds[3] = { -1, -1, -1 };

    g_assert_cmpint(set_irqs(m, MSIX, EVENTFD | TRIGGER, 0, 3, fds, 12), ==,
                    2);
    g_assert_false(vfio_host_msix_enabled(m->host));
    g_assert_cmpint(set_irqs(m, MSIX, EVENTFD | TRIGGER, 0, 2, fds, 8), ==, 0);
    fds[0] = caller_eventfd(m->caller);
    g_assert_cmpint(set_eventfd(m, MSIX, 7, fds[0]), ==, -ENOSPC);
}

static void test_dynamic_allocation(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { .vectors = 2048 });

    attach(m, MSIX, 0);
    attach(m, MSIX, 2047);
    g_assert_cmpuint(vfio_host_vectors(m->host), ==, 2);
    g_assert_cmpint(set_eventfd(m, MSIX, 2047, -1), ==, 0);
    g_assert_cmpuint(vfio_host_vectors(m->host), ==, 2);
    g_assert_cmpint(set_eventfd(m, MSIX, 5, -1), ==, 0);
    g_assert_cmpuint(vfio_host_vectors(m->host), ==, 2);
}

static void test_noresize(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .msix_noresize = true });
    int fd = attach(m, MSIX, 1);

    g_assert_cmpuint(vfio_host_vectors(m->host), ==, 2);
    g_assert_cmpint(set_eventfd(m, MSIX, 2, fd), ==, -EINVAL);
    g_assert_true(vfio_host_trigger_live(m->host, 1));
}

static void test_loopback(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    const uint8_t second[2] = { 0, 1 };
    int a = attach(m, MSIX, 0), b = attach(m, MSIX, 1);

    g_assert_cmpint(set_none(m, MSIX, TRIGGER, 2), ==, 0);
    g_assert_cmpint(set_irqs(m, MSIX, BOOL | TRIGGER, 0, 2, second, 2), ==, 0);
    g_assert_cmpint(events(m, a), ==, 1);
    g_assert_cmpint(events(m, b), ==, 2);
}

/* ---- MSI-X: edges -------------------------------------------------------- */

static void test_edge_is_signalled(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, MSIX, 3);

    vfio_host_raise(m->host, 3);
    g_assert_cmpint(events(m, fd), ==, 1);
    write32(m, m->bar0 + IRQTEST_RAISE, 3);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_VECTOR(3) +
                            IRQTEST_VECTOR_RAISED), ==, 2);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_SIGNALLED), ==, 2);
}

static void test_swap_discards_edge_in_flight(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int a = attach(m, MSIX, 0), b = caller_eventfd(m->caller);

    vfio_host_raise_in_flight(m->host, 0);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, b), ==, 0);
    g_assert_false(vfio_host_land(m->host, 0));
    g_assert_cmpint(events(m, a) + events(m, b), ==, 0);
    g_assert_cmpuint(stats_of(m).discarded, ==, 1);
    g_assert_cmpuint(stats_of(m).swaps, ==, 1);
    /* the same eventfd once more is no better */
    vfio_host_raise_in_flight(m->host, 0);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, b), ==, 0);
    g_assert_cmpuint(stats_of(m).discarded, ==, 2);
    g_assert_cmpuint(stats_of(m).irq_requests, ==, 3);
    g_assert_cmpuint(stats_of(m).irq_frees, ==, 2);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_VECTOR(0) +
                            IRQTEST_VECTOR_DISCARDED), ==, 2);
}

static void test_landed_edge_is_signalled(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, MSIX, 0);

    vfio_host_raise_in_flight(m->host, 0);
    vfio_host_raise(m->host, 0);
    g_assert_cmpint(events(m, fd), ==, 0);
    g_assert_cmpuint(stats_of(m).coalesced, ==, 1);
    g_assert_true(vfio_host_land(m->host, 0));
    g_assert_false(vfio_host_land(m->host, 0));
    g_assert_cmpint(events(m, fd), ==, 1);
}

static void check_pba(VfioHostTable table)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { .table = table });
    uint64_t pba = table == VFIO_HOST_TABLE_OWN_BAR ?
        m->bar2 + IRQTEST_PBA_IN_BAR2 : m->bar0 + IRQTEST_PBA_IN_BAR0;
    int fd;

    g_assert_cmpint(set_eventfd(m, MSIX, 0, -1), ==, 0);
    vfio_host_raise(m->host, 5);
    vfio_host_raise_in_flight(m->host, 5);
    g_assert_cmpuint(read32(m, pba), ==, 1 << 5);
    g_assert_cmpuint(stats_of(m).held_masked, ==, 1);
    g_assert_cmpuint(stats_of(m).coalesced, ==, 1);
    fd = attach(m, MSIX, 5);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpuint(read32(m, pba), ==, 0);
    g_assert_cmpuint(stats_of(m).discarded, ==, 0);
}

static void test_edge_without_trigger_is_held(void)
{
    check_pba(VFIO_HOST_TABLE_OWN_BAR);
    check_pba(VFIO_HOST_TABLE_WITH_REGS);
}

/* A pseries guest masks in the device's own table. */
static void check_table_mask(VfioHostTable table)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { .table = table });
    uint64_t control = PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_VECTOR_CTRL +
        (table == VFIO_HOST_TABLE_OWN_BAR ? m->bar2 + IRQTEST_TABLE_IN_BAR2
                                          : m->bar0 + IRQTEST_TABLE_IN_BAR0);
    int fd;

    g_assert_cmpuint(read32(m, control), ==, PCI_MSIX_ENTRY_CTRL_MASKBIT);
    fd = attach(m, MSIX, 1);
    g_assert_cmpuint(read32(m, control), ==, 0);
    write32(m, control, PCI_MSIX_ENTRY_CTRL_MASKBIT);
    vfio_host_raise(m->host, 1);
    g_assert_cmpint(events(m, fd), ==, 0);
    write32(m, control, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpint(set_eventfd(m, MSIX, 1, -1), ==, 0);
    g_assert_cmpuint(read32(m, control), ==, PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

static void test_table_mask_bit_holds(void)
{
    check_table_mask(VFIO_HOST_TABLE_OWN_BAR);
    check_table_mask(VFIO_HOST_TABLE_WITH_REGS);
}

static void test_busy_protocol(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, MSIX, 0);

    vfio_host_set_busy_protocol(m->host, true);
    vfio_host_raise(m->host, 0);
    vfio_host_raise(m->host, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_VECTOR(0) +
                            IRQTEST_VECTOR_STATE), ==,
                     IRQTEST_VECTOR_BUSY | IRQTEST_VECTOR_LIVE);
    write32(m, m->bar0 + IRQTEST_ACK, 0);
    write32(m, m->bar0 + IRQTEST_RAISE, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpuint(stats_of(m).raised, ==, 3);
    g_assert_cmpuint(stats_of(m).coalesced, ==, 1);
}

static void test_auto_raise(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint64_t deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;
    int fd[2] = { attach(m, MSIX, 0), attach(m, MSIX, 1) };
    int seen;

    write32(m, m->bar0 + IRQTEST_AUTO_PERIOD_US, 100);
    write32(m, m->bar0 + IRQTEST_AUTO_VECTORS, 2);
    write32(m, m->bar0 + IRQTEST_AUTO_SEED, 7);
    write32(m, m->bar0 + IRQTEST_AUTO_IN_FLIGHT_EVERY, 4);
    write32(m, m->bar0 + IRQTEST_AUTO_LAND_US, 300);
    write32(m, m->bar0 + IRQTEST_AUTO_COUNT, 40);
    while (read32(m, m->bar0 + IRQTEST_AUTO_COUNT) ||
           stats_of(m).signalled + stats_of(m).coalesced < 40) {
        g_assert_cmpuint(g_get_monotonic_time(), <, deadline);
    }
    seen = events(m, fd[0]) + events(m, fd[1]);
    g_assert_cmpuint(stats_of(m).raised, ==, 40);
    /* how many met one in flight is a matter of time */
    g_assert_cmpuint(stats_of(m).signalled, ==, seen);
    g_assert_cmpuint(seen, >=, 2);
}

/* ---- MSI ----------------------------------------------------------------- */

static void test_msi_mask_bit_holds(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint64_t cap = m->config + find_cap(m, PCI_CAP_ID_MSI);
    int32_t fds[2] = { caller_eventfd(m->caller), caller_eventfd(m->caller) };

    g_assert_cmpint(set_irqs(m, MSI, EVENTFD | TRIGGER, 0, 2, fds, 8), ==, 0);
    g_assert_cmpint(set_eventfd(m, MSI, 2, fds[0]), ==, -EINVAL);
    write32(m, cap + PCI_MSI_MASK_64, 1 << 1);
    vfio_host_raise(m->host, 0);
    vfio_host_raise(m->host, 1);
    g_assert_cmpint(events(m, fds[0]), ==, 1);
    g_assert_cmpint(events(m, fds[1]), ==, 0);
    g_assert_cmpuint(read32(m, cap + PCI_MSI_PENDING_64), ==, 1 << 1);
    write32(m, cap + PCI_MSI_MASK_64, 0);
    g_assert_cmpint(events(m, fds[1]), ==, 1);
    g_assert_cmpuint(read32(m, cap + PCI_MSI_PENDING_64), ==, 0);
}

static void test_msi_without_mask_bits_loses(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .msi_no_mask = true });
    int fd = attach(m, MSI, 0);

    g_assert_cmpint(set_eventfd(m, MSI, 0, -1), ==, 0);
    vfio_host_raise(m->host, 0);
    g_assert_cmpint(set_eventfd(m, MSI, 0, fd), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 0);
    g_assert_cmpuint(stats_of(m).discarded, ==, 1);
}

/* ---- INTx ---------------------------------------------------------------- */

static void test_intx_masks_itself(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, INTX, 0);

    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_true(vfio_host_intx_masked(m->host));
    g_assert_true(vfio_host_real_command(m->host) & PCI_COMMAND_INTX_DISABLE);
    g_assert_true(read32(m, m->config + PCI_COMMAND) >> 16 &
                  PCI_STATUS_INTERRUPT);
    vfio_host_intx(m->host, false);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 0);
    /* still high: told again, still masked */
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_true(vfio_host_intx_masked(m->host));
    vfio_host_intx(m->host, false);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_false(vfio_host_intx_masked(m->host));
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpuint(stats_of(m).intx_signalled, ==, 3);
}

static void test_intx_mask_by_ioctl(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    const uint8_t no = 0, yes = 1;
    int fd = caller_eventfd(m->caller);

    g_assert_cmpint(set_none(m, INTX, MASK, 1), ==, -EINVAL);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, -EINVAL);
    g_assert_cmpint(set_eventfd(m, INTX, 0, fd), ==, 0);
    g_assert_cmpint(set_irqs(m, INTX, EVENTFD | MASK, 0, 1, &fd, 4), ==,
                    -ENOTTY);
    g_assert_cmpint(set_irqs(m, INTX, BOOL | MASK, 0, 1, &no, 1), ==, 0);
    g_assert_false(vfio_host_intx_masked(m->host));
    g_assert_cmpint(set_irqs(m, INTX, BOOL | MASK, 0, 1, &yes, 1), ==, 0);
    g_assert_true(vfio_host_intx_masked(m->host));
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 0);
    g_assert_cmpint(set_irqs(m, INTX, BOOL | UNMASK, 0, 1, &yes, 1), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
}

static void test_intx_unmask_by_eventfd(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, INTX, 0);
    int32_t unmask = caller_eventfd(m->caller), off = -1;

    g_assert_cmpint(set_irqs(m, INTX, EVENTFD | UNMASK, 0, 1, &unmask, 4), ==,
                    0);
    g_assert_cmpint(set_irqs(m, INTX, EVENTFD | UNMASK, 0, 1, &unmask, 4), ==,
                    -EBUSY);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
    caller_signal(m->caller, unmask);
    g_assert_cmpint(caller_events(m->caller, fd, true), ==, 1);
    g_assert_cmpint(set_irqs(m, INTX, EVENTFD | UNMASK, 0, 1, &off, 4), ==, 0);
    g_assert_cmpint(set_irqs(m, INTX, EVENTFD | UNMASK, 0, 1, &unmask, 4), ==,
                    0);
    g_assert_cmpuint(stats_of(m).intx_unmask, ==, 1);
    /* closed without a word, it is forgotten */
    caller_close(m->caller, unmask);
    unmask = caller_eventfd(m->caller);
    g_assert_cmpint(set_irqs(m, INTX, EVENTFD | UNMASK, 0, 1, &unmask, 4), ==,
                    0);
}

static void test_intx_swap_loses_nothing(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int a = attach(m, INTX, 0), b = caller_eventfd(m->caller);
    uint64_t requests = stats_of(m).irq_requests;

    g_assert_cmpint(set_eventfd(m, INTX, 0, b), ==, 0);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, a), ==, 0);
    g_assert_cmpint(events(m, b), ==, 1);
    g_assert_cmpuint(stats_of(m).irq_requests, ==, requests);
}

static void test_guest_disintx(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, INTX, 0);

    write_command(m, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_cmpint(set_none(m, INTX, TRIGGER, 1), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 0);
    g_assert_true(vfio_host_intx_masked(m->host));
    write_command(m, PCI_COMMAND_MEMORY);
    g_assert_cmpint(events(m, fd), ==, 1);
    /* the guest's bit is clear though the host has the real one set */
    g_assert_true(vfio_host_real_command(m->host) & PCI_COMMAND_INTX_DISABLE);
    g_assert_false(read32(m, m->config + PCI_COMMAND) &
                   PCI_COMMAND_INTX_DISABLE);
}

static void test_without_disintx(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .no_disintx = true });
    int fd = attach(m, INTX, 0);

    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_true(vfio_host_intx_masked(m->host));
    g_assert_false(vfio_host_real_command(m->host) & PCI_COMMAND_INTX_DISABLE);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_true(vfio_host_intx_masked(m->host));
}

static void test_lazy_level(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .no_disintx = true, .lazy_level = true });
    int fd = attach(m, INTX, 0);

    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
    vfio_host_intx(m->host, false);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 0);
    g_assert_cmpint(set_none(m, INTX, TRIGGER, 0), ==, 0);
    g_assert_cmpint(set_eventfd(m, INTX, 0, fd), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
}

/* ---- the device's own command register, as sysfs shows it ---------------- */

static uint16_t sysfs_config(Machine *m, unsigned offset)
{
    g_autofree char *args = vfio_host_device_args(m->host, "");
    const char *dir = strstr(args, "sysfsdev=") + strlen("sysfsdev=");
    g_autofree char *path = g_build_filename(dir, "config", NULL);
    g_autofree char *content = NULL;
    uint16_t value;
    gsize size;

    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    g_assert_cmpuint(size, ==, 64);
    memcpy(&value, content + offset, sizeof(value));
    return GUINT16_FROM_LE(value);
}

static bool sysfs_disintx(Machine *m)
{
    return sysfs_config(m, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;
}

static void test_sysfs_config(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .backend = VFIO_HOST_LEGACY });

    g_assert_cmphex(sysfs_config(m, PCI_VENDOR_ID), ==, IRQTEST_VENDOR_ID);
    g_assert_cmphex(sysfs_config(m, PCI_DEVICE_ID), ==, IRQTEST_DEVICE_ID);
    g_assert_cmphex(sysfs_config(m, PCI_INTERRUPT_LINE), ==, 0x100);
    write_command(m, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    g_assert_cmphex(sysfs_config(m, PCI_COMMAND), ==,
                    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    write32(m, m->config + PCI_BASE_ADDRESS_0, 0xfe000000);
    g_assert_cmphex(sysfs_config(m, PCI_BASE_ADDRESS_0 + 2), ==, 0);
    vfio_host_intx(m->host, true);
    g_assert_true(sysfs_config(m, PCI_STATUS) & PCI_STATUS_INTERRUPT);
    vfio_host_intx(m->host, false);
    g_assert_false(sysfs_config(m, PCI_STATUS) & PCI_STATUS_INTERRUPT);
}

/* How QEMU finds out whether the device has DisINTx. */
static void test_sysfs_disintx(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .backend = VFIO_HOST_LEGACY });

    attach(m, INTX, 0);
    g_assert_false(sysfs_disintx(m));
    g_assert_cmpint(set_none(m, INTX, MASK, 1), ==, 0);
    g_assert_true(sysfs_disintx(m));
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_false(sysfs_disintx(m));
    write_command(m, PCI_COMMAND_INTX_DISABLE);
    g_assert_true(sysfs_disintx(m));
    write_command(m, 0);
    vfio_host_intx(m->host, true);
    g_assert_true(sysfs_disintx(m));
}

static void test_sysfs_without_disintx(void)
{
    g_autoptr(Machine) m = machine_new(
        (VfioHostConfig) { .backend = VFIO_HOST_LEGACY, .no_disintx = true });

    attach(m, INTX, 0);
    g_assert_cmpint(set_none(m, INTX, MASK, 1), ==, 0);
    g_assert_true(vfio_host_intx_masked(m->host));
    g_assert_false(sysfs_disintx(m));
    write_command(m, PCI_COMMAND_INTX_DISABLE);
    g_assert_false(sysfs_disintx(m));
    g_assert_true(read32(m, m->config + PCI_COMMAND) &
                  PCI_COMMAND_INTX_DISABLE);
}

/* ---- INTx, driven by the guest ------------------------------------------- */

static void test_intx_by_config_space(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint64_t cap = m->config + find_cap(m, PCI_CAP_ID_VNDR);
    int fd = attach(m, INTX, 0);

    for (unsigned n = 1; n <= 2; n++) {
        write32(m, cap + IRQTEST_CAP_INTX, 1);
        write32(m, cap + IRQTEST_CAP_INTX, 1);
        g_assert_cmpint(events(m, fd), ==, 1);
        g_assert_cmpuint(read32(m, cap + IRQTEST_CAP_INTX), ==, 1);
        g_assert_cmpuint(read32(m, cap + IRQTEST_CAP_INTX_SEQUENCE), ==, n);
        g_assert_cmpuint(read32(m, cap + IRQTEST_CAP_INTX_SIGNALLED), ==, n);
        write32(m, cap + IRQTEST_CAP_INTX, 0);
        g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX), ==, 0);
        g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    }
    write32(m, cap + IRQTEST_CAP_INTX_SEQUENCE, 7);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX_SEQUENCE), ==, 2);
    g_assert_cmpuint(stats_of(m).intx_raised, ==, 2);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX_RAISED), ==, 2);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX_UNMASK), ==, 2);
}

static void test_intx_ack_in_memory(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint64_t ack = m->bar4 + IRQTEST_INTX_ACK_IN_BAR4;
    int fd = attach(m, INTX, 0);

    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpuint(read32(m, m->bar4 + IRQTEST_INTX_SEQUENCE_IN_BAR4), ==,
                     1);
    write32(m, ack, 1);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_false(vfio_host_intx_masked(m->host));
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX), ==, 0);
    vfio_host_intx(m->host, true);
    /* that was another assertion: the line is still high */
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    g_assert_cmpint(events(m, fd), ==, 2);
    g_assert_true(vfio_host_intx_masked(m->host));
}

static void wait_for_intx(Machine *m, uint64_t raised)
{
    int64_t deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;

    while (stats_of(m).intx_raised < raised) {
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(100);
    }
}

static void test_intx_raised_by_itself(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, INTX, 0);

    write32(m, m->bar0 + IRQTEST_INTX_AUTO_DELAY_US, 200);
    write32(m, m->bar0 + IRQTEST_INTX_AUTO_COUNT, 3);
    for (unsigned n = 1; n <= 3; n++) {
        wait_for_intx(m, n);
        g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX_AUTO_COUNT), ==,
                         3 - n);
        /* high: nothing more until the acknowledge */
        g_usleep(2000);
        g_assert_cmpuint(stats_of(m).intx_raised, ==, n);
        /* Before the acknowledge, as the next one may come at once. */
        g_assert_cmpint(caller_events(m->caller, fd, true), ==, 1);
        write32(m, m->bar0 + IRQTEST_INTX, 0);
        g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    }
    g_usleep(2000);
    g_assert_cmpuint(stats_of(m).intx_raised, ==, 3);
}

static void test_intx_falls_by_itself(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint64_t cap = m->config + find_cap(m, PCI_CAP_ID_VNDR);

    write32(m, m->bar0 + IRQTEST_INTX_HOLD_US, 100);
    write32(m, cap + IRQTEST_CAP_INTX_AUTO_COUNT, 2);
    wait_for_intx(m, 2);
    vfio_host_intx(m->host, true);
    while (read32(m, m->bar0 + IRQTEST_INTX)) {
        g_usleep(100);
    }
    /* a reset ends what the device does by itself */
    write32(m, m->bar0 + IRQTEST_INTX_AUTO_DELAY_US, 1000000);
    write32(m, m->bar0 + IRQTEST_INTX_AUTO_COUNT, 5);
    g_assert_cmpint(caller_ioctl_value(m->caller, m->device,
                                       VFIO_DEVICE_RESET, 0), ==, 0);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX_AUTO_COUNT), ==, 0);
}

/* ---- device -------------------------------------------------------------- */

static void test_config_space(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { .vectors = 64 });
    uint64_t cap = m->config + find_cap(m, PCI_CAP_ID_MSIX);

    g_assert_cmphex(read32(m, m->config), ==,
                    IRQTEST_DEVICE_ID << 16 | IRQTEST_VENDOR_ID);
    write32(m, m->config, 0);
    g_assert_cmphex(read32(m, m->config), ==,
                    IRQTEST_DEVICE_ID << 16 | IRQTEST_VENDOR_ID);
    write32(m, m->config + PCI_BASE_ADDRESS_0, UINT32_MAX);
    g_assert_cmphex(read32(m, m->config + PCI_BASE_ADDRESS_0), ==,
                    ~(IRQTEST_BAR0_SIZE - 1u));
    write32(m, m->config + PCI_BASE_ADDRESS_1, UINT32_MAX);
    g_assert_cmphex(read32(m, m->config + PCI_BASE_ADDRESS_1), ==, 0);
    g_assert_cmpuint(read32(m, cap) >> 16, ==, 63);
    write32(m, cap, (uint32_t)PCI_MSIX_FLAGS_ENABLE << 16);
    g_assert_cmpuint(read32(m, cap) >> 16, ==, 63);
    g_assert_false(vfio_host_msix_enabled(m->host));
    g_assert_cmpuint(find_cap(m, PCI_CAP_ID_EXP), !=, 0);
}

static uint32_t irq_flags(Machine *m, unsigned index)
{
    struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

    g_assert_cmpint(caller_ioctl(m->caller, m->device,
                                 VFIO_DEVICE_GET_IRQ_INFO, &info,
                                 sizeof(info)), ==, 0);
    return info.flags;
}

static void test_irq_info(void)
{
    g_autoptr(Machine) dynamic = machine_new((VfioHostConfig) { 0 });
    g_autoptr(Machine) fixed = machine_new(
        (VfioHostConfig) { .msix_noresize = true });

    g_assert_cmphex(irq_flags(dynamic, INTX), ==, VFIO_IRQ_INFO_EVENTFD |
                    VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED);
    g_assert_cmphex(irq_flags(dynamic, MSI), ==,
                    VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE);
    g_assert_cmphex(irq_flags(dynamic, MSIX), ==, VFIO_IRQ_INFO_EVENTFD);
    g_assert_cmphex(irq_flags(fixed, MSIX), ==,
                    VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE);
}

static uint32_t region_flags(Machine *m, unsigned index)
{
    struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

    g_assert_cmpint(caller_ioctl(m->caller, m->device,
                                 VFIO_DEVICE_GET_REGION_INFO, &info,
                                 sizeof(info)), ==, 0);
    return info.flags;
}

static void test_mmap_flags(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    g_autoptr(Machine) none = machine_new((VfioHostConfig) { .no_mmap = true });

    g_assert_false(region_flags(m, 0) & VFIO_REGION_INFO_FLAG_MMAP);
    g_assert_true(region_flags(m, 4) & VFIO_REGION_INFO_FLAG_MMAP);
    g_assert_false(region_flags(none, 4) & VFIO_REGION_INFO_FLAG_MMAP);
}

static void test_reset(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = attach(m, INTX, 0);

    write32(m, m->bar0 + IRQTEST_CONTROL, IRQTEST_CONTROL_BUSY);
    vfio_host_raise(m->host, 1);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(caller_ioctl_value(m->caller, m->device,
                                       VFIO_DEVICE_RESET, 0), ==, 0);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_CONTROL), ==, 0);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_INTX), ==, 0);
    g_assert_cmpuint(read32(m, m->bar2 + IRQTEST_PBA_IN_BAR2), ==, 0);
    /* the host's side stays: it works on */
    g_assert_cmpint(events(m, fd), ==, 1);
    g_assert_cmpint(set_none(m, INTX, UNMASK, 1), ==, 0);
    vfio_host_intx(m->host, true);
    g_assert_cmpint(events(m, fd), ==, 1);
}

/* The counters in the registers are those of vfio_host_stats(). */
static void test_counter_registers(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    VfioHostStats stats;

    attach(m, MSIX, 0);
    attach(m, MSIX, 0);
    vfio_host_stats(m->host, &stats);
    g_assert_cmpuint(stats.irq_frees, ==, 1);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_IRQ_FREES), ==, 1);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_IRQ_REQUESTS), ==, 2);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_SET_IRQS_TRIGGER), ==, 2);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_KVM_IRQFD_ASSIGN), ==, 0);
    write32(m, m->bar0 + IRQTEST_CLEAR, 1);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_IRQ_FREES), ==, 0);
}

static void test_bar_accesses_are_counted(void)
{
    g_autoptr(Machine) plain = machine_new((VfioHostConfig) { 0 });
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { .count_bars = true });

    write32(plain, plain->bar4, 1);
    g_assert_cmpuint(stats_of(plain).bar_writes, ==, 0);
    write32(m, m->bar0 + IRQTEST_CONTROL, 0);
    write32(m, m->bar2, 5);
    write32(m, m->bar4, 0x12345678);
    g_assert_cmphex(read32(m, m->bar4), ==, 0x12345678);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_BAR_WRITES), ==, 3);
    g_assert_cmpuint(stats_of(m).bar_reads, ==, 2);
    read32(m, m->config);
    g_assert_cmpuint(stats_of(m).bar_reads, ==, 2);
}

/* A signal is stamped if the guest asks for it, and until a reset. */
static void test_stamp(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint64_t low = m->bar4 + IRQTEST_STAMP_IN_BAR4, high = low + 4;
    uint64_t before, stamp;

    attach(m, MSIX, 0);
    vfio_host_raise(m->host, 0);
    g_assert_cmpuint(read32(m, low), ==, 0);
    write32(m, m->bar0 + IRQTEST_CONTROL, IRQTEST_CONTROL_STAMP);
    g_assert_cmpuint(read32(m, m->bar0 + IRQTEST_CONTROL), ==,
                     IRQTEST_CONTROL_STAMP);
    before = __builtin_ia32_rdtsc();
    vfio_host_raise(m->host, 0);
    stamp = (uint64_t)read32(m, high) << 32 | read32(m, low);
    g_assert_cmpuint(stamp, >, before);
    g_assert_cmpuint(stamp, <, __builtin_ia32_rdtsc());
    g_assert_cmpint(caller_ioctl_value(m->caller, m->device,
                                       VFIO_DEVICE_RESET, 0), ==, 0);
    vfio_host_raise(m->host, 0);
    g_assert_cmpuint(read32(m, low), ==, (uint32_t)stamp);
}

static void check_works(VfioHostBackend backend)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { .backend = backend });
    int fd = attach(m, MSIX, 0);

    write32(m, m->bar0 + IRQTEST_RAISE, 0);
    g_assert_cmpint(events(m, fd), ==, 1);
}

static void test_legacy(void)
{
    check_works(VFIO_HOST_LEGACY);
}

/*
 * What the process leaves behind when it dies is cleaned up, and another one
 * can have the device.
 */
static void test_next_process(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int64_t deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;

    attach(m, MSIX, 0);
    caller_free(m->caller);
    while (vfio_host_msix_enabled(m->host)) {
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(1000);
    }
    m->caller = caller_new(m->host);
    open_iommufd(m);
    attach(m, MSIX, 0);
}

/* ---- iommufd objects ----------------------------------------------------- */

static void test_iommufd_maps(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    g_autofree char *args = vfio_host_device_args(m->host, "");
    int iommufd = option_fd(args, "iommufd,id");
    HostIoasAlloc alloc = { .size = sizeof(alloc) };
    HostIoasMap map = {
        .size = sizeof(map), .flags = HOST_IOMMU_MAP_FIXED_IOVA,
        .length = 0x2000, .iova = 0x1000,
    };
    HostIoasUnmap unmap = {
        .size = sizeof(unmap), .iova = 0x1000, .length = 0x2000,
    };

    g_assert_cmpint(caller_ioctl(m->caller, iommufd, HOST_IOMMU_IOAS_MAP,
                                 &map, sizeof(map)), ==, -ENOENT);
    g_assert_cmpint(caller_ioctl(m->caller, iommufd, HOST_IOMMU_IOAS_ALLOC,
                                 &alloc, sizeof(alloc)), ==, 0);
    map.ioas_id = unmap.ioas_id = alloc.out_ioas_id;
    g_assert_cmpint(caller_ioctl(m->caller, iommufd, HOST_IOMMU_IOAS_MAP,
                                 &map, sizeof(map)), ==, 0);
    g_assert_cmpint(caller_ioctl(m->caller, iommufd, HOST_IOMMU_IOAS_MAP,
                                 &map, sizeof(map)), ==, -EEXIST);
    g_assert_cmpint(caller_ioctl(m->caller, iommufd, HOST_IOMMU_IOAS_UNMAP,
                                 &unmap, sizeof(unmap)), ==, 0);
    g_assert_cmpuint(unmap.length, ==, 0x2000);
    g_assert_cmpint(caller_ioctl(m->caller, iommufd, HOST_IOMMU_IOAS_UNMAP,
                                 &unmap, sizeof(unmap)), ==, -ENOENT);
}

/* ---- faults -------------------------------------------------------------- */

static void test_fault_skip_and_count(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });

    vfio_host_fail(m->host, "reset", 1, 2, EIO);
    for (int i = 0; i < 4; i++) {
        g_assert_cmpint(caller_ioctl_value(m->caller, m->device,
                                           VFIO_DEVICE_RESET, 0), ==,
                        i == 1 || i == 2 ? -EIO : 0);
    }
    g_assert_cmpuint(vfio_host_failed(m->host), ==, 2);
    vfio_host_fail(m->host, "reset", 0, UINT_MAX, EIO);
    vfio_host_fail(m->host, "reset", 0, 1, 0);
    g_assert_cmpint(caller_ioctl_value(m->caller, m->device,
                                       VFIO_DEVICE_RESET, 0), ==, 0);
}

static void test_failed_trigger(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int fd = caller_eventfd(m->caller);

    vfio_host_fail(m->host, "msix-enable", 0, 1, ENOMEM);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, fd), ==, -ENOMEM);
    g_assert_false(vfio_host_msix_enabled(m->host));
    g_assert_cmpint(set_eventfd(m, MSIX, 0, fd), ==, 0);
    /* arguments: the vector is as it was */
    vfio_host_fail(m->host, "msix-trigger", 0, 1, EINVAL);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, fd), ==, -EINVAL);
    g_assert_true(vfio_host_trigger_live(m->host, 0));
    /* the handler: it was given up before */
    vfio_host_fail(m->host, "msix-trigger", 0, 1, EBUSY);
    g_assert_cmpint(set_eventfd(m, MSIX, 0, fd), ==, -EBUSY);
    g_assert_false(vfio_host_trigger_live(m->host, 0));
}

static void test_failure_in_the_middle(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int32_t fds[4];

    for (int i = 0; i < 4; i++) {
        fds[i] = caller_eventfd(m->caller);
    }
    g_assert_cmpint(set_irqs(m, MSIX, EVENTFD | TRIGGER, 0, 4, fds, 16), ==,
                    0);
    vfio_host_fail(m->host, "request-irq", 1, 1, ENOMEM);
    g_assert_cmpint(set_irqs(m, MSIX, EVENTFD | TRIGGER, 1, 3, fds, 12), ==,
                    -ENOMEM);
    g_assert_true(vfio_host_trigger_live(m->host, 0));
    g_assert_false(vfio_host_trigger_live(m->host, 1));
    g_assert_false(vfio_host_trigger_live(m->host, 2));
    g_assert_true(vfio_host_trigger_live(m->host, 3));
    g_assert_true(vfio_host_msix_enabled(m->host));
}

static void test_failed_enable_in_the_middle(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    int32_t fds[2] = { caller_eventfd(m->caller), caller_eventfd(m->caller) };

    vfio_host_fail(m->host, "request-irq", 1, 1, ENOMEM);
    g_assert_cmpint(set_irqs(m, MSIX, EVENTFD | TRIGGER, 0, 2, fds, 8), ==,
                    -ENOMEM);
    g_assert_false(vfio_host_msix_enabled(m->host));
    g_assert_cmpuint(vfio_host_vectors(m->host), ==, 0);
}

static void test_failed_write(void)
{
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    uint32_t zero = 0;

    vfio_host_fail(m->host, "config-write", 0, 1, EIO);
    g_assert_cmpint(caller_pwrite(m->caller, m->device, &zero, 4,
                                  m->config + PCI_COMMAND), ==, -EIO);
    vfio_host_fail(m->host, "region-write", 0, 1, EIO);
    g_assert_cmpint(caller_pwrite(m->caller, m->device, &zero, 4,
                                  m->bar0 + IRQTEST_RAISE), ==, -EIO);
    g_assert_cmpuint(stats_of(m).raised, ==, 0);
}

static void test_call_names(void)
{
    const char *const *names = vfio_host_call_names();
    g_autoptr(Machine) m = machine_new((VfioHostConfig) { 0 });
    unsigned n;

    for (n = 0; names[n]; n++) {
        vfio_host_fail(m->host, names[n], 0, 1, 0);
    }
    g_assert_cmpuint(n, >, 40);
}

/* ---- main ---------------------------------------------------------------- */

typedef struct Case {
    const char *path;
    void (*test)(void);
} Case;

static const Case cases[] = {
    { "/host/set-irqs/bad-arguments-are-refused", test_bad_arguments },
    { "/host/set-irqs/what-is-no-eventfd-is-refused", test_bad_eventfd },
    { "/host/set-irqs/one-index-at-a-time", test_one_index_at_a_time },
    { "/host/set-irqs/error-and-request", test_error_and_request },
    { "/host/msix/enables-without-eventfd", test_enable_without_eventfd },
    { "/host/msix/old-kernel-needs-a-vector", test_needs_vector },
    { "/host/msix/host-limit-is-told", test_host_limit },
    { "/host/msix/allocates-one-by-one", test_dynamic_allocation },
    { "/host/msix/noresize-refuses-to-grow", test_noresize },
    { "/host/msix/loopback", test_loopback },
    { "/host/msix/edge-is-signalled", test_edge_is_signalled },
    { "/host/msix/swap-discards-edge-in-flight",
      test_swap_discards_edge_in_flight },
    { "/host/msix/landed-edge-is-signalled", test_landed_edge_is_signalled },
    { "/host/msix/edge-without-trigger-is-held",
      test_edge_without_trigger_is_held },
    { "/host/msix/table-mask-bit-holds-edge", test_table_mask_bit_holds },
    { "/host/msix/busy-vector-waits-for-ack", test_busy_protocol },
    { "/host/msix/device-raises-by-itself", test_auto_raise },
    { "/host/msi/mask-bit-holds-edge", test_msi_mask_bit_holds },
    { "/host/msi/without-mask-bits-edge-is-lost",
      test_msi_without_mask_bits_loses },
    { "/host/intx/masks-itself", test_intx_masks_itself },
    { "/host/intx/mask-by-ioctl", test_intx_mask_by_ioctl },
    { "/host/intx/unmask-by-eventfd", test_intx_unmask_by_eventfd },
    { "/host/intx/swap-loses-nothing", test_intx_swap_loses_nothing },
    { "/host/intx/guest-disintx-suppresses", test_guest_disintx },
    { "/host/intx/without-disintx", test_without_disintx },
    { "/host/sysfs/config-is-the-devices-own", test_sysfs_config },
    { "/host/sysfs/disintx-tells-that-intx-is-masked", test_sysfs_disintx },
    { "/host/sysfs/disintx-that-is-not-there-stays-clear",
      test_sysfs_without_disintx },
    { "/host/intx/lazy-level-needs-rearm", test_lazy_level },
    { "/host/intx/guest-drives-it-by-config-space",
      test_intx_by_config_space },
    { "/host/intx/acknowledge-in-memory-is-seen-at-unmask",
      test_intx_ack_in_memory },
    { "/host/intx/device-raises-by-itself", test_intx_raised_by_itself },
    { "/host/intx/line-falls-by-itself", test_intx_falls_by_itself },
    { "/host/device/config-space-is-virtualised", test_config_space },
    { "/host/device/irq-info", test_irq_info },
    { "/host/device/mmap-flags", test_mmap_flags },
    { "/host/device/reset", test_reset },
    { "/host/device/counter-registers", test_counter_registers },
    { "/host/device/bar-accesses-are-counted",
      test_bar_accesses_are_counted },
    { "/host/device/stamp", test_stamp },
    { "/host/device/legacy-back-end", test_legacy },
    { "/host/device/next-process-can-have-it", test_next_process },
    { "/host/iommufd/maps", test_iommufd_maps },
    { "/host/fault/skip-and-count", test_fault_skip_and_count },
    { "/host/fault/failed-trigger", test_failed_trigger },
    { "/host/fault/failure-in-the-middle-detaches",
      test_failure_in_the_middle },
    { "/host/fault/failed-enable-is-undone",
      test_failed_enable_in_the_middle },
    { "/host/fault/failed-write-does-nothing", test_failed_write },
    { "/host/fault/every-name-is-known", test_call_names },
};

/* Every case, if the system cannot do it. */
static void skip(void)
{
    g_test_skip(vfio_host_unavailable());
}

int main(int argc, char **argv)
{
    vfio_host_launcher_main(argc, argv);
    caller_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_add_func(cases[i].path,
                        vfio_host_unavailable() ? skip : cases[i].test);
    }
    return g_test_run();
}
