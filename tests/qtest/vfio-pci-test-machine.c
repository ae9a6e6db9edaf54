/*
 * The machines of the assigned-device qtests
 *
 * A test that says "delivered exactly once" needs a guest that counts
 * messages; none of QEMU's interrupt controllers does.  So the messages go
 * where they can be counted:
 *
 *   q35, pc          each of the first vectors writes to a pci-testdev of its
 *                    own, which counts the writes; the others write to RAM,
 *                    where one write can be told from none.
 *   q35-kvm, pc-kvm  messages through an irqfd reach a local APIC wherever
 *                    they point.  The vCPU runs a few lines of real-mode code
 *                    in place of the firmware; its handlers count in RAM.
 *   pseries          a masked source of XICS remembers that a message came,
 *                    not how many.  (XIVE's two bits would tell one from two,
 *                    but with XIVE alone qtest's "rtas" command, which config
 *                    space needs, crashes QEMU.)  Its MSI-X table is the
 *                    device's own: vectors come by firmware calls, and only
 *                    MASKALL masks them in QEMU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include "libqtest.h"
#include "libqos/libqos-pc.h"
#include "libqos/libqos-spapr.h"
#include "hw/pci/pci_regs.h"
#include "qemu/bswap.h"
#include "vfio-pci-test-machine.h"

/* ---- firmware ------------------------------------------------------------ */

char *vfio_pci_test_firmware(VfioPciTest *t, const uint8_t *rom)
{
    g_autofree char *path = g_build_filename(t->dir, "firmware", NULL);

    g_assert_true(g_file_set_contents(path, (char *)rom, FIRMWARE_SIZE, NULL));
    return g_strdup_printf("-bios %s", path);
}

static char *no_firmware_option(VfioPciTest *t)
{
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);

    return vfio_pci_test_firmware(t, rom);
}

/* ---- pc without KVM ------------------------------------------------------ */

#define TESTDEV_VENDOR          0x1b36
#define TESTDEV_DEVICE          0x0005
#define TESTDEV_COUNTERS        8
#define TESTDEV_TEST            0       /* the register that selects a test */
#define TESTDEV_NO_EVENTFD      0       /* the test that just counts */
#define TESTDEV_OFFSET          4
#define TESTDEV_DATA            8
#define TESTDEV_COUNT           12

#define RAM_MESSAGE_DATA        0x4d534900  /* "MSI", number in the low byte */

typedef struct PcCounters {
    QPCIDevice *testdev[TESTDEV_COUNTERS];
    QPCIBar bar[TESTDEV_COUNTERS];
    unsigned found;
    uint64_t ram;           /* a word for each other message; MSI: one word */
} PcCounters;

static char *pc_prepare(VfioPciTest *t)
{
    g_autofree char *firmware = no_firmware_option(t);
    GString *args = g_string_new(firmware);
    unsigned i;

    for (i = 0; i < TESTDEV_COUNTERS; i++) {
        g_string_append(args, " -device pci-testdev");
    }
    t->machine_state = g_new0(PcCounters, 1);
    return g_string_free(args, false);
}

static void pc_testdev_restart(PcCounters *pc, unsigned n)
{
    qpci_io_writeb(pc->testdev[n], pc->bar[n], TESTDEV_TEST,
                   TESTDEV_NO_EVENTFD);
}

static void pc_testdev_found(QPCIDevice *dev, int devfn, void *opaque)
{
    PcCounters *pc = opaque;

    g_assert_cmpuint(pc->found, <, TESTDEV_COUNTERS);
    g_free(pc->testdev[pc->found]);
    pc->testdev[pc->found] = dev;
    qpci_device_enable(dev);
    pc->bar[pc->found] = qpci_iomap(dev, 0, NULL);
    pc_testdev_restart(pc, pc->found);
    pc->found++;
}

static void pc_start(VfioPciTest *t)
{
    PcCounters *pc = t->machine_state;
    size_t size = 4 * MAX(t->vectors, 1);

    pc->found = 0;
    qpci_device_foreach(t->qos->pcibus, TESTDEV_VENDOR, TESTDEV_DEVICE,
                        pc_testdev_found, pc);
    g_assert_cmpuint(pc->found, ==, TESTDEV_COUNTERS);
    if (!pc->ram) {
        pc->ram = guest_alloc(&t->qos->alloc, size);
    }
    qtest_memset(t->qts, pc->ram, 0, size);
}

static GuestMessage pc_message(VfioPciTest *t, unsigned n)
{
    PcCounters *pc = t->machine_state;

    if (n < TESTDEV_COUNTERS) {
        QPCIDevice *dev = pc->testdev[n];
        QPCIBar bar = pc->bar[n];

        return (GuestMessage) {
            bar.addr + qpci_io_readl(dev, bar, TESTDEV_OFFSET),
            qpci_io_readb(dev, bar, TESTDEV_DATA),
        };
    }
    return (GuestMessage) { pc->ram + 4 * n, RAM_MESSAGE_DATA | n };
}

static GuestMessage pc_msi_message(VfioPciTest *t, unsigned vectors)
{
    PcCounters *pc = t->machine_state;

    /* MSI data has 16 bits, and its own number in the lowest. */
    return (GuestMessage) { pc->ram, RAM_MESSAGE_DATA & 0xffff };
}

static unsigned pc_took(VfioPciTest *t, unsigned n)
{
    PcCounters *pc = t->machine_state;
    uint32_t value;

    if (n < TESTDEV_COUNTERS && !t->msi) {
        value = qpci_io_readl(pc->testdev[n], pc->bar[n], TESTDEV_COUNT);
        pc_testdev_restart(pc, n);
        return value;
    }
    if (t->msi) {
        value = qtest_readl(t->qts, pc->ram);
        if (value != ((RAM_MESSAGE_DATA & 0xffff) | n)) {
            return 0;
        }
        qtest_writel(t->qts, pc->ram, 0);
        return 1;
    }
    value = qtest_readl(t->qts, pc->ram + 4 * n);
    qtest_writel(t->qts, pc->ram + 4 * n, 0);
    g_assert_true(!value || value == (RAM_MESSAGE_DATA | n));
    return !!value;
}

/* ---- pc with KVM --------------------------------------------------------- */

#define ROM_RESET           0xfff0
#define ROM_COMMON          0x0100
#define ROM_STUB(v)         (0x1000 + 16 * ((v) - VECTOR_FIRST))
#define GUEST_READY         0x0ff0
#define GUEST_READY_VALUE   0x59444552
#define GUEST_COUNTER(v)    (0x2000 + 4 * ((v) - VECTOR_FIRST))

#define VECTOR_FIRST        0x40
#define VECTOR_FENCE        0x41    /* below the others: taken after them */
#define VECTOR_MESSAGE(n)   (0x60 + (n))
#define MSI_ADDRESS         0xfee00000

#define GUEST_TIMEOUT       (20 * G_TIME_SPAN_SECOND)

typedef struct KvmCounters {
    uint32_t seen[256];
} KvmCounters;

/* Vectors 0x40 and up to the stubs; local APIC on, in x2APIC mode; wait. */
static const uint8_t rom_start[] = {
    0xfa,                                       /* cli */
    0x31, 0xc0,                                 /* xor %ax,%ax */
    0x8e, 0xd8,                                 /* mov %ax,%ds */
    0x8e, 0xc0,                                 /* mov %ax,%es */
    0x8e, 0xd0,                                 /* mov %ax,%ss */
    0xbc, 0x00, 0x7c,                           /* mov $0x7c00,%sp */
    0xfc,                                       /* cld */
    0xbf, 0x00, 0x01,                           /* mov $(0x40 * 4),%di */
    0xb8, 0x00, 0x10,                           /* mov $ROM_STUB(0x40),%ax */
    0xb9, 0xc0, 0x00,                           /* mov $0xc0,%cx */
    0xab,                                       /* 1: stosw */
    0x26, 0xc7, 0x05, 0x00, 0xf0,               /* movw $0xf000,%es:(%di) */
    0x83, 0xc7, 0x02,                           /* add $2,%di */
    0x83, 0xc0, 0x10,                           /* add $16,%ax */
    0xe2, 0xf2,                                 /* loop 1b */
    0x66, 0xb9, 0x1b, 0x00, 0x00, 0x00,         /* mov $0x1b,%ecx */
    0x0f, 0x32,                                 /* rdmsr */
    0x66, 0x0d, 0x00, 0x0c, 0x00, 0x00,         /* or $0xc00,%eax */
    0x0f, 0x30,                                 /* wrmsr */
    0x66, 0xb9, 0x0f, 0x08, 0x00, 0x00,         /* mov $0x80f,%ecx */
    0x66, 0xb8, 0xff, 0x01, 0x00, 0x00,         /* mov $0x1ff,%eax */
    0x66, 0x31, 0xd2,                           /* xor %edx,%edx */
    0x0f, 0x30,                                 /* wrmsr */
    0x66, 0xc7, 0x06, 0xf0, 0x0f, 0x52, 0x45, 0x44, 0x59,
                                                /* movl $READY,GUEST_READY */
    0xfb,                                       /* sti */
    0xf4,                                       /* 2: hlt */
    0xeb, 0xfd,                                 /* jmp 2b */
};

/* End of interrupt, and back. */
static const uint8_t rom_common[] = {
    0x66, 0x50, 0x66, 0x51, 0x66, 0x52,         /* push %eax, %ecx, %edx */
    0x66, 0xb9, 0x0b, 0x08, 0x00, 0x00,         /* mov $0x80b,%ecx */
    0x66, 0x31, 0xc0,                           /* xor %eax,%eax */
    0x66, 0x31, 0xd2,                           /* xor %edx,%edx */
    0x0f, 0x30,                                 /* wrmsr */
    0x66, 0x5a, 0x66, 0x59, 0x66, 0x58,         /* pop %edx, %ecx, %eax */
    0xcf,                                       /* iret */
};

static char *kvm_prepare(VfioPciTest *t)
{
    static const uint8_t reset[] = { 0xea, 0x00, 0x00, 0x00, 0xf0 };
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);
    unsigned v;

    memcpy(rom, rom_start, sizeof(rom_start));
    memcpy(rom + ROM_COMMON, rom_common, sizeof(rom_common));
    memcpy(rom + ROM_RESET, reset, sizeof(reset));
    for (v = VECTOR_FIRST; v < 256; v++) {
        uint8_t *stub = rom + ROM_STUB(v);

        /* incl GUEST_COUNTER(v); jmp ROM_COMMON */
        memcpy(stub, "\x66\xff\x06", 3);
        stw_le_p(stub + 3, GUEST_COUNTER(v));
        stub[5] = 0xe9;
        stw_le_p(stub + 6, ROM_COMMON - (ROM_STUB(v) + 8));
    }
    t->machine_state = g_new0(KvmCounters, 1);
    return vfio_pci_test_firmware(t, rom);
}

static void kvm_wait(VfioPciTest *t, uint64_t addr, uint32_t value,
                     const char *what)
{
    int64_t end = g_get_monotonic_time() + GUEST_TIMEOUT;

    while (qtest_readl(t->qts, addr) != value) {
        if (g_get_monotonic_time() > end) {
            g_error("the vCPU did not %s", what);
        }
        g_usleep(200);
    }
}

static void kvm_start(VfioPciTest *t)
{
    kvm_wait(t, GUEST_READY, GUEST_READY_VALUE, "start");
    qtest_writel(t->qts, GUEST_READY, 0);       /* for the next start */
}

static GuestMessage kvm_message(VfioPciTest *t, unsigned n)
{
    g_assert_cmpuint(VECTOR_MESSAGE(n), <, 256);
    return (GuestMessage) { MSI_ADDRESS, VECTOR_MESSAGE(n) };
}

static GuestMessage kvm_msi_message(VfioPciTest *t, unsigned vectors)
{
    return kvm_message(t, 0);
}

static unsigned kvm_took(VfioPciTest *t, unsigned n)
{
    KvmCounters *kvm = t->machine_state;
    uint32_t count = qtest_readl(t->qts, GUEST_COUNTER(VECTOR_MESSAGE(n)));
    uint32_t took = count - kvm->seen[n];

    kvm->seen[n] = count;
    return took;
}

/* The lowest of all vectors: when it is taken, the others have been. */
static void kvm_fence(VfioPciTest *t)
{
    uint32_t before = qtest_readl(t->qts, GUEST_COUNTER(VECTOR_FENCE));

    qtest_writel(t->qts, MSI_ADDRESS, VECTOR_FENCE);
    kvm_wait(t, GUEST_COUNTER(VECTOR_FENCE), before + 1, "take an interrupt");
}

const char *vfio_pci_test_no_kvm(void)
{
#ifdef __x86_64__
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int version;

    if (fd < 0) {
        return "/dev/kvm does not open";
    }
    version = ioctl(fd, KVM_GET_API_VERSION, 0);
    close(fd);
    return version == KVM_API_VERSION ? NULL : "/dev/kvm is not KVM";
#else
    return "KVM runs x86 guests on x86 hosts only";
#endif
}

/* ---- pseries ------------------------------------------------------------- */

#define SPAPR_BUID              0x800000020000000ULL    /* libqos: first PHB */
#define SPAPR_CHANGE_MSI        3
#define SPAPR_CHANGE_MSIX       4
#define XICS_MASKED_PENDING     0x08    /* status in "info pic" */
#define XICS_PRIORITY_ANY       5
#define XICS_PRIORITY_MASKED    0xff

typedef struct SpaprCounters {
    uint32_t irq[256];
    unsigned count;
} SpaprCounters;

static char *spapr_prepare(VfioPciTest *t)
{
    t->machine_state = g_new0(SpaprCounters, 1);
    return no_firmware_option(t);
}

static void spapr_rtas(VfioPciTest *t, const char *name, unsigned nargs,
                       const uint32_t *in, unsigned nret, uint32_t *out)
{
    uint64_t args = guest_alloc(&t->qos->alloc, 4 * nargs);
    uint64_t ret = guest_alloc(&t->qos->alloc, 4 * nret);
    unsigned i;

    for (i = 0; i < nargs; i++) {
        qtest_writel(t->qts, args + 4 * i, in[i]);
    }
    g_assert_cmpuint(qtest_rtas_call(t->qts, name, nargs, args, nret, ret),
                     ==, 0);
    for (i = 0; i < nret; i++) {
        out[i] = qtest_readl(t->qts, ret + 4 * i);
    }
    g_assert_cmpuint(out[0], ==, 0);
    guest_free(&t->qos->alloc, ret);
    guest_free(&t->qos->alloc, args);
}

/* The guest does not choose its messages: firmware gives them to it. */
static void spapr_change_msi(VfioPciTest *t, unsigned type, unsigned count)
{
    uint32_t in[] = {
        t->dev->devfn << 8, SPAPR_BUID >> 32, (uint32_t)SPAPR_BUID, type,
        count, 0
    };
    uint32_t out[4];

    spapr_rtas(t, "ibm,change-msi", ARRAY_SIZE(in), in, ARRAY_SIZE(out), out);
    g_assert_cmpuint(out[1], ==, count);
}

static uint32_t spapr_irq(VfioPciTest *t, unsigned n)
{
    const uint32_t in[] = {
        t->dev->devfn << 8, SPAPR_BUID >> 32, (uint32_t)SPAPR_BUID, n
    };
    uint32_t out[3];

    spapr_rtas(t, "ibm,query-interrupt-source-number", ARRAY_SIZE(in), in,
               ARRAY_SIZE(out), out);
    return out[1];
}

static void spapr_set_priority(VfioPciTest *t, uint32_t irq, uint32_t priority)
{
    const uint32_t in[] = { irq, 0, priority };
    uint32_t status;

    spapr_rtas(t, "ibm,set-xive", ARRAY_SIZE(in), in, 1, &status);
}

/* Unmasking a source makes it forget, masked it remembers. */
static void spapr_forget(VfioPciTest *t, uint32_t irq)
{
    spapr_set_priority(t, irq, XICS_PRIORITY_ANY);
    spapr_set_priority(t, irq, XICS_PRIORITY_MASKED);
}

static void spapr_start(VfioPciTest *t)
{
    SpaprCounters *spapr = t->machine_state;

    spapr->count = 0;
}

/* A source that was in use before comes back unmasked. */
static void spapr_take_sources(VfioPciTest *t, unsigned count)
{
    SpaprCounters *spapr = t->machine_state;
    unsigned n;

    g_assert_cmpuint(count, <=, ARRAY_SIZE(spapr->irq));
    spapr->count = count;
    for (n = 0; n < count; n++) {
        spapr->irq[n] = spapr_irq(t, n);
        spapr_forget(t, spapr->irq[n]);
    }
}

/* The messages are new ones; QEMU takes over what is not masked by MASKALL. */
static void spapr_use(VfioPciTest *t, unsigned count)
{
    uint16_t control = guest_msix_control(t);

    guest_msix_set_control(t, control | PCI_MSIX_FLAGS_MASKALL);
    spapr_change_msi(t, SPAPR_CHANGE_MSIX, count);
    spapr_take_sources(t, count);
    guest_msix_set_control(t, control);
}

static GuestMessage spapr_msi_message(VfioPciTest *t, unsigned vectors)
{
    uint8_t cap = t->msi_cap;

    spapr_change_msi(t, SPAPR_CHANGE_MSI, vectors);
    spapr_take_sources(t, vectors);
    return (GuestMessage) {
        qpci_config_readl(t->dev, cap + PCI_MSI_ADDRESS_LO) |
        (uint64_t)qpci_config_readl(t->dev, cap + PCI_MSI_ADDRESS_HI) << 32,
        qpci_config_readw(t->dev, cap + PCI_MSI_DATA_64),
    };
}

static unsigned spapr_took(VfioPciTest *t, unsigned n)
{
    SpaprCounters *spapr = t->machine_state;
    g_autofree char *info = qtest_hmp(t->qts, "info pic");
    g_autofree char *source = NULL;
    unsigned priority, status;
    const char *line;

    if (n >= spapr->count) {
        return 0;           /* there is no such message */
    }
    source = g_strdup_printf("  %4x MSI ", spapr->irq[n]);
    line = strstr(info, source);
    g_assert_nonnull(line);
    g_assert_cmpint(sscanf(line + strlen(source), "%x %x", &priority, &status),
                    ==, 2);
    if (!(status & XICS_MASKED_PENDING)) {
        return 0;
    }
    spapr_forget(t, spapr->irq[n]);
    return 1;
}

/* -------------------------------------------------------------------------- */

const VfioPciMachine vfio_pci_machines[] = {
    {
        .arch = "x86_64", .name = "q35", .via = VIA_QEMU,
        .boot = qtest_pc_boot, .args = "-M q35" NO_VAPIC,
        .prepare = pc_prepare, .start = pc_start, .message = pc_message,
        .msi_message = pc_msi_message, .took = pc_took,
    }, {
        .arch = "x86_64", .name = "pc", .via = VIA_QEMU,
        .boot = qtest_pc_boot, .args = "-M pc" NO_VAPIC,
        .prepare = pc_prepare, .start = pc_start, .message = pc_message,
        .msi_message = pc_msi_message, .took = pc_took,
    }, {
        .arch = "x86_64", .name = "q35-kvm", .via = VIA_KVM,
        .boot = qtest_pc_boot, .args = "-M q35 -accel kvm" NO_VAPIC,
        .prepare = kvm_prepare, .start = kvm_start, .message = kvm_message,
        .msi_message = kvm_msi_message, .took = kvm_took, .fence = kvm_fence,
        .unavailable = vfio_pci_test_no_kvm,
    }, {
        .arch = "x86_64", .name = "q35-kvm-swap", .via = VIA_SWAP,
        .boot = qtest_pc_boot, .args = "-M q35 -accel kvm" NO_VAPIC,
        .props = "x-msix-mask=swap",
        .prepare = kvm_prepare, .start = kvm_start, .message = kvm_message,
        .msi_message = kvm_msi_message, .took = kvm_took, .fence = kvm_fence,
        .unavailable = vfio_pci_test_no_kvm,
    }, {
        .arch = "x86_64", .name = "q35-kvm-remap", .via = VIA_REMAP,
        .boot = qtest_pc_boot,
        .args = "-M q35 -accel kvm,kernel-irqchip=split"
                " -device intel-iommu,intremap=on,caching-mode=on" NO_VAPIC,
        .prepare = kvm_prepare, .start = kvm_start, .message = kvm_message,
        .msi_message = kvm_msi_message, .took = kvm_took, .fence = kvm_fence,
        .unavailable = vfio_pci_test_no_kvm,
    }, {
        .arch = "x86_64", .name = "pc-kvm", .via = VIA_KVM,
        .boot = qtest_pc_boot, .args = "-M pc -accel kvm" NO_VAPIC,
        .prepare = kvm_prepare, .start = kvm_start, .message = kvm_message,
        .msi_message = kvm_msi_message, .took = kvm_took, .fence = kvm_fence,
        .unavailable = vfio_pci_test_no_kvm,
    }, {
        .arch = "ppc64", .name = "pseries", .via = VIA_RTAS,
        .backend = VFIO_HOST_LEGACY,
        .boot = qtest_spapr_boot, .args = "-M pseries,ic-mode=xics",
        .prepare = spapr_prepare, .start = spapr_start,
        .use = spapr_use, .msi_message = spapr_msi_message,
        .took = spapr_took,
    },
};

const size_t vfio_pci_machines_count = ARRAY_SIZE(vfio_pci_machines);
