/*
 * The guest's interrupt controllers, as its INTx handling drives them
 *
 *   IOAPIC   Remote IRR of the redirection entry says that the interrupt was
 *            delivered; the EOI is the IOAPIC's own register, as without a
 *            running vCPU no local APIC sends one.
 *   i8259    its poll command acknowledges, as a vCPU would.  Also on
 *            pegasos2, which tells nobody how its lines are routed.
 *   XIVE     the PQ bits of the source: "pending" from the delivery to the
 *            EOI, which is a load or a store in the source's ESB page.
 *   XICS     hypercalls, H_XIRR to accept and H_EOI.
 *
 * For hypercalls pseries has a vCPU that runs a few instructions of ours: it
 * waits for a call in memory, makes it and writes the results back.  With KVM a
 * PC has one too: it takes the interrupts, and writes to the kernel's i8259.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqtest.h"
#include "libqos/libqos-pc.h"
#include "libqos/libqos-spapr.h"
#include "libqos/pci-spapr.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_regs.h"
#include "qemu/bswap.h"
#include "vfio-pci-test-machine.h"

#define VCPU_TIMEOUT        (20 * G_TIME_SPAN_SECOND)

/* ---- messages, for what MSI-X does to INTx ------------------------------- */

#define MESSAGE_DATA        0x4d534900  /* "MSI", number in the low byte */

typedef struct PcState {
    uint64_t messages;      /* a word for each */
    uint32_t interrupts;    /* of those that the vCPU counts: dealt with */
    uint32_t taken;         /* since the start */
} PcState;

static void message_start(VfioPciTest *t)
{
    PcState *pc = t->machine_state;

    if (!pc->messages) {
        pc->messages = guest_alloc(&t->qos->alloc, 4 * t->vectors);
    }
    qtest_memset(t->qts, pc->messages, 0, 4 * t->vectors);
}

static GuestMessage message_of(VfioPciTest *t, unsigned n)
{
    PcState *pc = t->machine_state;

    return (GuestMessage) { pc->messages + 4 * n, MESSAGE_DATA | n };
}

/* That one came, not how many. */
static unsigned message_took(VfioPciTest *t, unsigned n)
{
    uint64_t at = message_of(t, n).address;
    uint32_t value = qtest_readl(t->qts, at);

    qtest_writel(t->qts, at, 0);
    return value == (MESSAGE_DATA | n);
}

/* -------------------------------------------------------------------------- */

static unsigned function_slot(VfioPciTest *t)
{
    return t->dev->devfn >> 3;
}

/* ---- PCI to ISA bridge: where the line goes ------------------------------ */

#define PIC_IRQ             5           /* nobody else's */
#define PIC_OTHER_IRQ       7           /* nor this */
#define BRIDGE_ROUTE        0x60        /* PIRQA to D: a byte each */
#define ROUTE_OFF           0x80        /* not to the i8259 */
#define ICH9_BRIDGE         QPCI_DEVFN(0x1f, 0)
#define ICH9_ROUTE_E        0x68        /* PIRQE to H */
#define ICH9_PIRQE          4
#define ICH9_IOAPIC_PIN     16          /* of PIRQA; the others follow */
#define PIIX3_BRIDGE        QPCI_DEVFN(1, 0)

static unsigned pic_irq(VfioPciTest *t)
{
    return t->intx_rerouted ? PIC_OTHER_IRQ : PIC_IRQ;
}

static void set_route(VfioPciTest *t, int bridge, uint8_t offset,
                      uint8_t route)
{
    t->qos->pcibus->config_writeb(t->qos->pcibus, bridge, offset, route);
}

/* Pin A of slot n is on PIRQ E + n % 4, as the chip wakes up. */
static void route_q35(VfioPciTest *t, uint8_t route)
{
    set_route(t, ICH9_BRIDGE, ICH9_ROUTE_E + function_slot(t) % 4, route);
}

static void route_pc(VfioPciTest *t, uint8_t route)
{
    set_route(t, PIIX3_BRIDGE, BRIDGE_ROUTE + (function_slot(t) - 1) % 4,
              route);
}

/* ---- IOAPIC -------------------------------------------------------------- */

#define IOAPIC              0xfec00000
#define IOAPIC_WINDOW       (IOAPIC + 0x10)
#define IOAPIC_EOI          (IOAPIC + 0x40)
#define IOAPIC_ENTRY(pin)   (0x10 + 2 * (pin))  /* low half */
#define IOAPIC_MASKED       (1 << 16)
#define IOAPIC_LEVEL        (1 << 15)
#define IOAPIC_REMOTE_IRR   (1 << 14)
#define IOAPIC_VECTOR       0x50

static uint32_t ioapic_read(VfioPciTest *t, unsigned pin)
{
    qtest_writel(t->qts, IOAPIC, IOAPIC_ENTRY(pin));
    return qtest_readl(t->qts, IOAPIC_WINDOW);
}

static void ioapic_write(VfioPciTest *t, unsigned pin, uint32_t entry)
{
    qtest_writel(t->qts, IOAPIC, IOAPIC_ENTRY(pin));
    qtest_writel(t->qts, IOAPIC_WINDOW, entry);
}

static void ioapic_eoi(VfioPciTest *t)
{
    qtest_writel(t->qts, IOAPIC_EOI, IOAPIC_VECTOR);
}

static unsigned q35_pin(VfioPciTest *t)
{
    return ICH9_IOAPIC_PIN + ICH9_PIRQE + function_slot(t) % 4;
}

static void q35_ioapic_at_reset_start(VfioPciTest *t)
{
    ioapic_write(t, q35_pin(t), IOAPIC_LEVEL | IOAPIC_VECTOR);
}

/* As an operating system does that uses the IOAPIC. */
static void q35_ioapic_start(VfioPciTest *t)
{
    route_q35(t, ROUTE_OFF);
    q35_ioapic_at_reset_start(t);
}

static bool q35_ioapic_taken(VfioPciTest *t)
{
    return ioapic_read(t, q35_pin(t)) & IOAPIC_REMOTE_IRR;
}

static void q35_ioapic_set_masked(VfioPciTest *t, bool masked)
{
    ioapic_write(t, q35_pin(t), IOAPIC_LEVEL | IOAPIC_VECTOR |
                 (masked ? IOAPIC_MASKED : 0));
}

static const GuestIntxController guest_ioapic_q35 = {
    .start = q35_ioapic_start, .taken = q35_ioapic_taken, .eoi = ioapic_eoi,
    .set_masked = q35_ioapic_set_masked,
};

/* Without firmware. */
static const GuestIntxController guest_ioapic_q35_at_reset = {
    .start = q35_ioapic_at_reset_start, .taken = q35_ioapic_taken,
    .eoi = ioapic_eoi, .set_masked = q35_ioapic_set_masked,
};

/* As firmware leaves it: on its way to the i8259 too, where it is masked. */
static void q35_ioapic_and_pic_start(VfioPciTest *t)
{
    route_q35(t, PIC_IRQ);
    q35_ioapic_at_reset_start(t);
}

static const GuestIntxController guest_ioapic_q35_and_pic = {
    .start = q35_ioapic_and_pic_start, .taken = q35_ioapic_taken,
    .eoi = ioapic_eoi, .set_masked = q35_ioapic_set_masked,
};

/* Here the line takes the way of an ISA interrupt. */
static void pc_ioapic_set_masked(VfioPciTest *t, bool masked)
{
    ioapic_write(t, pic_irq(t), IOAPIC_LEVEL | IOAPIC_VECTOR |
                 (masked ? IOAPIC_MASKED : 0));
}

static void pc_ioapic_start(VfioPciTest *t)
{
    t->intx_rerouted = false;
    route_pc(t, PIC_IRQ);
    pc_ioapic_set_masked(t, false);
}

static void pc_ioapic_reroute(VfioPciTest *t)
{
    pc_ioapic_set_masked(t, true);
    t->intx_rerouted = true;
    route_pc(t, PIC_OTHER_IRQ);
    pc_ioapic_set_masked(t, false);
}

static bool pc_ioapic_taken(VfioPciTest *t)
{
    return ioapic_read(t, pic_irq(t)) & IOAPIC_REMOTE_IRR;
}

static const GuestIntxController guest_ioapic_pc = {
    .start = pc_ioapic_start, .taken = pc_ioapic_taken, .eoi = ioapic_eoi,
    .set_masked = pc_ioapic_set_masked, .reroute = pc_ioapic_reroute,
};

/* ---- i8259 --------------------------------------------------------------- */

#define PIC_COMMAND         0x20
#define PIC_MASK            0x21
#define PIC_TRIGGER         0x4d0       /* a bit set is level triggered */
#define PIC_INIT            0x11        /* and three more words follow */
#define PIC_POLL            0x0c
#define PIC_POLL_IRQ            0x80    /* it has one */
#define PIC_EOI(irq)        (0x60 | (irq))

static void pic_write(VfioPciTest *t, uint16_t port, uint8_t value)
{
    t->qos->pcibus->pio_writeb(t->qos->pcibus, port, value);
}

static void pic_set_masked(VfioPciTest *t, bool masked)
{
    pic_write(t, PIC_MASK, masked ? 0xff : (uint8_t)~(1 << pic_irq(t)));
}

static void pic_start(VfioPciTest *t)
{
    t->intx_accepted = 0;
    t->intx_rerouted = false;
    pic_write(t, PIC_TRIGGER, 1 << PIC_IRQ | 1 << PIC_OTHER_IRQ);
    pic_write(t, PIC_COMMAND, PIC_INIT);
    pic_write(t, PIC_MASK, IOAPIC_VECTOR);
    pic_write(t, PIC_MASK, 1 << 2);       /* the slave is there */
    pic_write(t, PIC_MASK, 1);
    pic_set_masked(t, false);
}

static bool pic_taken(VfioPciTest *t)
{
    uint8_t polled;

    if (!t->intx_accepted) {
        pic_write(t, PIC_COMMAND, PIC_POLL);
        polled = t->qos->pcibus->pio_readb(t->qos->pcibus,
                                               PIC_COMMAND);
        if (polled & PIC_POLL_IRQ) {
            g_assert_cmphex(polled, ==, PIC_POLL_IRQ | pic_irq(t));
            t->intx_accepted = polled;
        }
    }
    return t->intx_accepted;
}

static void pic_eoi(VfioPciTest *t)
{
    t->intx_accepted = 0;
    pic_write(t, PIC_COMMAND, PIC_EOI(pic_irq(t)));
}

static void pic_start_q35(VfioPciTest *t)
{
    route_q35(t, PIC_IRQ);
    pic_start(t);
}

static void pic_reroute_q35(VfioPciTest *t)
{
    pic_eoi(t);
    t->intx_rerouted = true;
    route_q35(t, PIC_OTHER_IRQ);
    pic_set_masked(t, false);
}

static void pic_start_pc(VfioPciTest *t)
{
    route_pc(t, PIC_IRQ);
    pic_start(t);
}

static void pic_reroute_pc(VfioPciTest *t)
{
    pic_eoi(t);
    t->intx_rerouted = true;
    route_pc(t, PIC_OTHER_IRQ);
    pic_set_masked(t, false);
}

static const GuestIntxController guest_pic_q35 = {
    .start = pic_start_q35, .taken = pic_taken, .eoi = pic_eoi,
    .set_masked = pic_set_masked, .reroute = pic_reroute_q35,
};

static const GuestIntxController guest_pic_pc = {
    .start = pic_start_pc, .taken = pic_taken, .eoi = pic_eoi,
    .set_masked = pic_set_masked, .reroute = pic_reroute_pc,
};

/* ---- i8259 of a bus that tells no route ---------------------------------- */

/* The northbridge of pegasos2, as its firmware leaves it. */
#define MV64361             0xf1000000
#define MV64361_CONFIG_ADDR (MV64361 + 0xc78)   /* of its second bus */
#define MV64361_CONFIG_DATA (MV64361 + 0xc7c)
#define MV64361_WINDOWS     (MV64361 + 0x278)
#define MV64361_WINDOWS_ON      0xa31fc
#define MV64361_IO          0xfe000000
#define MV64361_MEMORY      0x80000000
#define VT8231_BRIDGE       QPCI_DEVFN(12, 0)
#define VT8231_ROUTE_A      0x55        /* half a byte each, */
#define VT8231_ROUTE_B_C    0x56        /* A and D the higher */
#define VT8231_ROUTE_D      0x57

/* Its registers are little-endian, and the data may be of any size. */
static uint64_t mv64361_config(QPCIBus *bus, int devfn, uint8_t offset)
{
    qtest_writel(bus->qts, MV64361_CONFIG_ADDR,
                 bswap32(1u << 31 | devfn << 8 | (offset & ~3)));
    return MV64361_CONFIG_DATA + (offset & 3);
}

static uint8_t mv64361_readb(QPCIBus *bus, int devfn, uint8_t offset)
{
    return qtest_readb(bus->qts, mv64361_config(bus, devfn, offset));
}

static uint16_t mv64361_readw(QPCIBus *bus, int devfn, uint8_t offset)
{
    return bswap16(qtest_readw(bus->qts, mv64361_config(bus, devfn, offset)));
}

static uint32_t mv64361_readl(QPCIBus *bus, int devfn, uint8_t offset)
{
    return bswap32(qtest_readl(bus->qts, mv64361_config(bus, devfn, offset)));
}

static void mv64361_writeb(QPCIBus *bus, int devfn, uint8_t offset,
                           uint8_t value)
{
    qtest_writeb(bus->qts, mv64361_config(bus, devfn, offset), value);
}

static void mv64361_writew(QPCIBus *bus, int devfn, uint8_t offset,
                           uint16_t value)
{
    qtest_writew(bus->qts, mv64361_config(bus, devfn, offset), bswap16(value));
}

static void mv64361_writel(QPCIBus *bus, int devfn, uint8_t offset,
                           uint32_t value)
{
    qtest_writel(bus->qts, mv64361_config(bus, devfn, offset), bswap32(value));
}

static void pegasos2_connect(VfioPciTest *t)
{
    QPCIBus *bus = t->qos->pcibus;
    QPCIBusSPAPR *windows = container_of(bus, QPCIBusSPAPR, bus);

    windows->pio_cpu_base = MV64361_IO;
    windows->mmio32_cpu_base = 0;
    bus->mmio_alloc_ptr = MV64361_MEMORY;
    bus->config_readb = mv64361_readb;
    bus->config_readw = mv64361_readw;
    bus->config_readl = mv64361_readl;
    bus->config_writeb = mv64361_writeb;
    bus->config_writew = mv64361_writew;
    bus->config_writel = mv64361_writel;
    qtest_writel(t->qts, MV64361_WINDOWS, bswap32(MV64361_WINDOWS_ON));
}

static void pic_start_pegasos2(VfioPciTest *t)
{
    set_route(t, VT8231_BRIDGE, VT8231_ROUTE_A, PIC_IRQ << 4);
    set_route(t, VT8231_BRIDGE, VT8231_ROUTE_B_C, PIC_IRQ << 4 | PIC_IRQ);
    set_route(t, VT8231_BRIDGE, VT8231_ROUTE_D, PIC_IRQ << 4);
    pic_start(t);
}

static const GuestIntxController guest_pic_pegasos2 = {
    .start = pic_start_pegasos2, .taken = pic_taken, .eoi = pic_eoi,
    .set_masked = pic_set_masked,
};

/* ---- a vCPU under KVM ---------------------------------------------------- */

#define VCPU_MAILBOX        0x4000
#define VCPU_TIMEOUT        (20 * G_TIME_SPAN_SECOND)

#define PC_VCPU_PORT        (VCPU_MAILBOX + 2)
#define PC_VCPU_VALUE       (VCPU_MAILBOX + 4)
#define PC_VCPU_INTERRUPTS  (VCPU_MAILBOX + 8)
#define PC_VCPU_HANDLER     0x100       /* in the ROM */
#define PC_VCPU_RESET       0xfff0

/*
 * An interrupt through KVM takes a way on which nobody can see it: wait for one
 * that the host has signalled, and for a while for one that should not come.
 */
#define PC_VCPU_PATIENCE    (10 * G_TIME_SPAN_SECOND)
#define PC_VCPU_WHILE       (200 * G_TIME_SPAN_MILLISECOND)

/*
 * Vectors 0x50 to 0x57 to the handler; local APIC on, in x2APIC mode, and the
 * i8259 let through, which begins with the timer's interrupt and all others
 * masked; then write to ports when the mailbox says so.
 */
static const uint8_t pc_vcpu_program[] = {
    0xfa,                                       /* cli */
    0x31, 0xc0,                                 /* xor %ax,%ax */
    0x8e, 0xd8,                                 /* mov %ax,%ds */
    0x8e, 0xc0,                                 /* mov %ax,%es */
    0x8e, 0xd0,                                 /* mov %ax,%ss */
    0xbc, 0x00, 0x7c,                           /* mov $0x7c00,%sp */
    0xfc,                                       /* cld */
    0xbf, 0x40, 0x01,                           /* mov $(0x50 * 4),%di */
    0xb9, 0x08, 0x00,                           /* mov $8,%cx */
    0xb8, 0x00, 0x01,                           /* 1: mov $0x100,%ax */
    0xab,                                       /* stosw */
    0xb8, 0x00, 0xf0,                           /* mov $0xf000,%ax */
    0xab,                                       /* stosw */
    0xe2, 0xf6,                                 /* loop 1b */
    0x66, 0xb9, 0x1b, 0x00, 0x00, 0x00,         /* mov $0x1b,%ecx */
    0x0f, 0x32,                                 /* rdmsr */
    0x66, 0x0d, 0x00, 0x0c, 0x00, 0x00,         /* or $0xc00,%eax */
    0x0f, 0x30,                                 /* wrmsr */
    0x66, 0xb9, 0x0f, 0x08, 0x00, 0x00,         /* mov $0x80f,%ecx */
    0x66, 0xb8, 0xff, 0x01, 0x00, 0x00,         /* mov $0x1ff,%eax */
    0x66, 0x31, 0xd2,                           /* xor %edx,%edx */
    0x0f, 0x30,                                 /* wrmsr */
    0x66, 0xb9, 0x35, 0x08, 0x00, 0x00,         /* mov $0x835,%ecx */
    0x66, 0xb8, 0x00, 0x07, 0x00, 0x00,         /* mov $0x700,%eax */
    0x0f, 0x30,                                 /* wrmsr */
    0xb0, 0x11, 0xe6, 0x20,                     /* mov $0x11,%al; out */
    0xb0, 0x50, 0xe6, 0x21,                     /* mov $0x50,%al; out */
    0xb0, 0x04, 0xe6, 0x21,                     /* mov $4,%al; out */
    0xb0, 0x01, 0xe6, 0x21,                     /* mov $1,%al; out */
    0xb0, 0xff, 0xe6, 0x21,                     /* mov $0xff,%al; out */
    0xe6, 0xa1,                                 /* out %al,$0xa1 */
    0xfb,                                       /* sti */
    0xa0, 0x00, 0x40,                           /* 2: mov 0x4000,%al */
    0x84, 0xc0,                                 /* test %al,%al */
    0x74, 0xf9,                                 /* je 2b */
    0x8b, 0x16, 0x02, 0x40,                     /* mov 0x4002,%dx */
    0xa0, 0x04, 0x40,                           /* mov 0x4004,%al */
    0xee,                                       /* out %al,%dx */
    0xc6, 0x06, 0x00, 0x40, 0x00,               /* movb $0,0x4000 */
    0xeb, 0xea,                                 /* jmp 2b */
};

static const uint8_t pc_vcpu_handler[] = {
    0x66, 0xff, 0x06, 0x08, 0x40,               /* incl 0x4008 */
    0xcf,                                       /* iret */
};

static void pc_vcpu_outb(VfioPciTest *t, uint16_t port, uint8_t value)
{
    int64_t end = g_get_monotonic_time() + VCPU_TIMEOUT;

    qtest_writew(t->qts, PC_VCPU_PORT, port);
    qtest_writeb(t->qts, PC_VCPU_VALUE, value);
    qtest_writeb(t->qts, VCPU_MAILBOX, 1);
    while (qtest_readb(t->qts, VCPU_MAILBOX)) {
        if (g_get_monotonic_time() > end) {
            g_error("the vCPU did not write to port 0x%x", port);
        }
        g_usleep(100);
    }
}

static uint32_t pc_vcpu_interrupts(VfioPciTest *t)
{
    return qtest_readl(t->qts, PC_VCPU_INTERRUPTS);
}

static bool pc_vcpu_taken(VfioPciTest *t)
{
    int64_t begin = g_get_monotonic_time(), waited = 0;
    PcState *pc = t->machine_state;
    VfioHostStats stats;

    vfio_host_stats(t->host, &stats);
    while (!t->intx_accepted &&
           waited < (stats.intx_signalled > pc->taken ? PC_VCPU_PATIENCE
                                                      : PC_VCPU_WHILE)) {
        if (pc_vcpu_interrupts(t) != pc->interrupts) {
            pc->interrupts++;
            pc->taken++;
            t->intx_accepted = 1;
        }
        g_usleep(100);
        waited = g_get_monotonic_time() - begin;
    }
    return t->intx_accepted;
}

static void pc_vcpu_start(VfioPciTest *t)
{
    PcState *pc = t->machine_state;

    t->intx_accepted = 0;
    pc->interrupts = pc_vcpu_interrupts(t);
    pc->taken = 0;
    vfio_host_stats_reset(t->host);
}

static void kvm_pic_set_masked(VfioPciTest *t, bool masked)
{
    pc_vcpu_outb(t, PIC_MASK, masked ? 0xff : (uint8_t)~(1 << PIC_IRQ));
}

static void kvm_pic_start(VfioPciTest *t)
{
    pc_vcpu_start(t);
    route_q35(t, PIC_IRQ);
    pc_vcpu_outb(t, PIC_TRIGGER, 1 << PIC_IRQ);
    kvm_pic_set_masked(t, false);
}

static void kvm_pic_eoi(VfioPciTest *t)
{
    t->intx_accepted = 0;
    pc_vcpu_outb(t, PIC_COMMAND, PIC_EOI(PIC_IRQ));
}

static const GuestIntxController guest_pic_kvm = {
    .start = kvm_pic_start, .taken = pc_vcpu_taken, .eoi = kvm_pic_eoi,
    .set_masked = kvm_pic_set_masked,
};

/* ---- pseries: the vCPU that makes hypercalls ----------------------------- */

#define VCPU_ENTRY          0x100
#define VCPU_ARGS           (VCPU_MAILBOX + 8)      /* r3 to r9 */
#define VCPU_RESULTS        (VCPU_MAILBOX + 64)     /* r3 and r4 */
#define VCPU_RTAS           0x5000
#define VCPU_MAX_ARGS       7
#define RTAS_MAX_ARGS       5

/*
 * Wait for the mailbox, load the arguments, call, store the results.  Without
 * interrupts; the test sees to those.
 */
static const uint32_t vcpu_program[] = {
    0x3be04000,     /*      li    r31,0x4000 */
    0xe81f0000,     /* 1:   ld    r0,0(r31) */
    0x2c200000,     /*      cmpdi r0,0 */
    0x4182fff8,     /*      beq   1b */
    0x7c0004ac,     /*      sync */
    0xe87f0008,     /*      ld    r3,8(r31) */
    0xe89f0010,     /*      ld    r4,16(r31) */
    0xe8bf0018,     /*      ld    r5,24(r31) */
    0xe8df0020,     /*      ld    r6,32(r31) */
    0xe8ff0028,     /*      ld    r7,40(r31) */
    0xe91f0030,     /*      ld    r8,48(r31) */
    0xe93f0038,     /*      ld    r9,56(r31) */
    0x44000022,     /*      sc    1 */
    0xf87f0040,     /*      std   r3,64(r31) */
    0xf89f0048,     /*      std   r4,72(r31) */
    0x7c0004ac,     /*      sync */
    0x38000000,     /*      li    r0,0 */
    0xf81f0000,     /*      std   r0,0(r31) */
    0x4bffffbc,     /*      b     1b */
};

static void spapr_vcpu_program(uint8_t *rom)
{
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(vcpu_program); i++) {
        stl_be_p(rom + VCPU_ENTRY + 4 * i, vcpu_program[i]);
    }
}

/* Returns the call's status; @result, if not NULL, receives the next word. */
static int64_t spapr_hcall(QTestState *qts, const uint64_t *args, unsigned n,
                           uint64_t *result)
{
    int64_t end = g_get_monotonic_time() + VCPU_TIMEOUT;
    uint64_t words[VCPU_MAX_ARGS];
    unsigned i;

    g_assert_cmpuint(n, <=, VCPU_MAX_ARGS);
    for (i = 0; i < n; i++) {
        words[i] = cpu_to_be64(args[i]);
    }
    qtest_memwrite(qts, VCPU_ARGS, words, 8 * n);
    qtest_writeq(qts, VCPU_MAILBOX, 1);
    while (qtest_readq(qts, VCPU_MAILBOX)) {
        if (g_get_monotonic_time() > end) {
            g_error("the vCPU did not make hypercall 0x%" PRIx64, args[0]);
        }
    }
    qtest_memread(qts, VCPU_RESULTS, words, 16);
    if (result) {
        *result = be64_to_cpu(words[1]);
    }
    return be64_to_cpu(words[0]);
}

#define HCALL(qts, result, ...)                                             \
    spapr_hcall(qts, (const uint64_t[]) { __VA_ARGS__ },                    \
                ARRAY_SIZE(((const uint64_t[]) { __VA_ARGS__ })), result)

#define H_EOI               0x64
#define H_CPPR              0x68
#define H_XIRR              0x74
#define H_INT_SET_SOURCE_CONFIG 0x3ac
#define H_INT_ESB           0x3c8
#define H_RTAS              0xf000
#define H_CAS               0xf002

#define RTAS_SET_XIVE       0x200a
#define RTAS_READ_CONFIG    0x2016
#define RTAS_WRITE_CONFIG   0x2017

#define SPAPR_BUID          0x800000020000000ULL    /* of the first PHB */
#define SPAPR_SECOND_IO     0x200000010000ULL       /* windows of the second */
#define SPAPR_SECOND_MEMORY 0x200100000000ULL
#define SPAPR_MEMORY        0x80000000              /* where it is in PCI */

/*
 * Returns the status; @value, if not NULL, receives what the function gives
 * besides.
 */
static int32_t spapr_rtas_call(QTestState *qts, uint32_t token,
                               const uint32_t *args, unsigned nargs,
                               uint32_t *value)
{
    uint32_t call[3 + RTAS_MAX_ARGS] = {
        cpu_to_be32(token), cpu_to_be32(nargs), cpu_to_be32(value ? 2 : 1)
    };
    uint32_t results[2];
    unsigned i;

    g_assert_cmpuint(nargs, <=, RTAS_MAX_ARGS);
    for (i = 0; i < nargs; i++) {
        call[3 + i] = cpu_to_be32(args[i]);
    }
    qtest_memwrite(qts, VCPU_RTAS, call, 4 * (3 + nargs));
    g_assert_cmpint(HCALL(qts, NULL, H_RTAS, VCPU_RTAS), ==, 0);
    qtest_memread(qts, VCPU_RTAS + 4 * (3 + nargs), results, sizeof(results));
    if (value) {
        *value = be32_to_cpu(results[1]);
    }
    return be32_to_cpu(results[0]);
}

static uint64_t spapr_buid(QPCIBus *bus)
{
    return container_of(bus, QPCIBusSPAPR, bus)->buid;
}

static uint32_t config_read(QPCIBus *bus, int devfn, uint8_t offset,
                            unsigned size)
{
    const uint32_t args[] = {
        devfn << 8 | offset, spapr_buid(bus) >> 32, spapr_buid(bus), size
    };
    uint32_t value;

    /* All ones where there is no device, as without firmware. */
    return spapr_rtas_call(bus->qts, RTAS_READ_CONFIG, args, ARRAY_SIZE(args),
                           &value) ? UINT32_MAX : value;
}

static void config_write(QPCIBus *bus, int devfn, uint8_t offset,
                         unsigned size, uint32_t value)
{
    const uint32_t args[] = {
        devfn << 8 | offset, spapr_buid(bus) >> 32, spapr_buid(bus), size,
        value
    };

    g_assert_cmpint(spapr_rtas_call(bus->qts, RTAS_WRITE_CONFIG, args,
                                    ARRAY_SIZE(args), NULL), ==, 0);
}

static uint8_t config_readb(QPCIBus *bus, int devfn, uint8_t offset)
{
    return config_read(bus, devfn, offset, 1);
}

static uint16_t config_readw(QPCIBus *bus, int devfn, uint8_t offset)
{
    return config_read(bus, devfn, offset, 2);
}

static uint32_t config_readl(QPCIBus *bus, int devfn, uint8_t offset)
{
    return config_read(bus, devfn, offset, 4);
}

static void config_writeb(QPCIBus *bus, int devfn, uint8_t offset,
                          uint8_t value)
{
    config_write(bus, devfn, offset, 1, value);
}

static void config_writew(QPCIBus *bus, int devfn, uint8_t offset,
                          uint16_t value)
{
    config_write(bus, devfn, offset, 2, value);
}

static void config_writel(QPCIBus *bus, int devfn, uint8_t offset,
                          uint32_t value)
{
    config_write(bus, devfn, offset, 4, value);
}

static void spapr_vcpu_connect(VfioPciTest *t)
{
    QPCIBus *bus = t->qos->pcibus;

    bus->config_readb = config_readb;
    bus->config_readw = config_readw;
    bus->config_readl = config_readl;
    bus->config_writeb = config_writeb;
    bus->config_writew = config_writew;
    bus->config_writel = config_writel;
}

void guest_use_second_phb(VfioPciTest *t)
{
    QPCIBusSPAPR *phb = container_of(t->qos->pcibus, QPCIBusSPAPR, bus);

    phb->buid = SPAPR_BUID + 1;
    phb->pio_cpu_base = SPAPR_SECOND_IO;
    phb->mmio32_cpu_base = SPAPR_SECOND_MEMORY - SPAPR_MEMORY;
}

/* Four LSIs of each PHB, swizzled. */
static uint32_t spapr_source(VfioPciTest *t)
{
    unsigned phb = spapr_buid(t->qos->pcibus) - SPAPR_BUID;

    return 0x1200 + 4 * phb + function_slot(t) % 4;
}

/* ---- XICS ---------------------------------------------------------------- */

#define XICS_PRIORITY       5
#define XICS_PRIORITY_MASKED    0xff
#define XICS_ACCEPT_ALL     0xff
#define XICS_SOURCE         0xffffff

static void xics_set_masked(VfioPciTest *t, bool masked)
{
    const uint32_t args[] = {
        spapr_source(t), 0, masked ? XICS_PRIORITY_MASKED : XICS_PRIORITY
    };

    g_assert_cmpint(spapr_rtas_call(t->qts, RTAS_SET_XIVE, args,
                                    ARRAY_SIZE(args), NULL), ==, 0);
}

static void xics_start(VfioPciTest *t)
{
    t->intx_accepted = 0;
    g_assert_cmpint(HCALL(t->qts, NULL, H_CPPR, XICS_ACCEPT_ALL), ==, 0);
    xics_set_masked(t, false);
}

static bool xics_taken(VfioPciTest *t)
{
    uint64_t xirr;

    if (!t->intx_accepted) {
        g_assert_cmpint(HCALL(t->qts, &xirr, H_XIRR), ==, 0);
        if (xirr & XICS_SOURCE) {
            g_assert_cmphex(xirr & XICS_SOURCE, ==, spapr_source(t));
            t->intx_accepted = xirr;
        }
    }
    return t->intx_accepted;
}

static void xics_eoi(VfioPciTest *t)
{
    uint32_t xirr = t->intx_accepted;

    t->intx_accepted = 0;
    g_assert_cmpint(HCALL(t->qts, NULL, H_EOI, xirr), ==, 0);
}

static const GuestIntxController guest_xics = {
    .start = xics_start, .taken = xics_taken, .eoi = xics_eoi,
    .set_masked = xics_set_masked,
};

/* ---- XIVE ---------------------------------------------------------------- */

#define XIVE_ESB            0x6010000000000ULL
#define XIVE_ESB_SHIFT      17          /* a trigger and a management page */
#define XIVE_MANAGEMENT     0x10000
#define XIVE_LOAD_EOI       0x000
#define XIVE_STORE_EOI      0x400
#define XIVE_GET            0x800
#define XIVE_SET_PQ(pq)     (0xc00 + 0x100 * (pq))
#define XIVE_RESET          0
#define XIVE_OFF            1
#define XIVE_PENDING        2

static uint64_t xive_esb(VfioPciTest *t, unsigned offset)
{
    return XIVE_ESB + ((uint64_t)spapr_source(t) << XIVE_ESB_SHIFT) +
           XIVE_MANAGEMENT + offset;
}

static void xive_set_masked(VfioPciTest *t, bool masked)
{
    qtest_readq(t->qts, xive_esb(t, XIVE_SET_PQ(masked ? XIVE_OFF
                                                       : XIVE_RESET)));
}

/* It need not lead to a vCPU: the PQ bits tell. */
static void xive_start(VfioPciTest *t)
{
    xive_set_masked(t, false);
}

#define CAS_VECTORS         0x6000
#define CAS_TREE            0x200000
#define CAS_TREE_SIZE       0x200000

/*
 * Ask for XIVE: any processor will do, and of the five option vectors only bit
 * 1 of byte 23 of the last is set.
 */
static void spapr_choose_xive(VfioPciTest *t)
{
    uint8_t vectors[16 + 1 + 4 * 2 + 1 + 26] = {
        [12] = 0xff, 0xff, 0xff, 0xff,      /* the end of the processors */
        5 - 1,
        [25] = 26 - 1,
        [25 + 23] = 0x40,
    };

    qtest_memwrite(t->qts, CAS_VECTORS, vectors, sizeof(vectors));
    g_assert_cmpint(HCALL(t->qts, NULL, H_CAS, CAS_VECTORS, CAS_TREE,
                          CAS_TREE_SIZE), ==, 0);
}

/* Hypercalls want the source to lead somewhere. */
static void xive_hcall_start(VfioPciTest *t)
{
    spapr_choose_xive(t);
    g_assert_cmpint(HCALL(t->qts, NULL, H_INT_SET_SOURCE_CONFIG, 0,
                          spapr_source(t), 0, 5, 0), ==, 0);
    xive_set_masked(t, false);
}

static bool xive_taken(VfioPciTest *t)
{
    return qtest_readq(t->qts, xive_esb(t, XIVE_GET)) & XIVE_PENDING;
}

static void xive_load_eoi(VfioPciTest *t)
{
    qtest_readq(t->qts, xive_esb(t, XIVE_LOAD_EOI));
}

static void xive_store_eoi(VfioPciTest *t)
{
    qtest_writeq(t->qts, xive_esb(t, XIVE_STORE_EOI), 0);
}

static void xive_hcall_eoi(VfioPciTest *t)
{
    g_assert_cmpint(HCALL(t->qts, NULL, H_INT_ESB, 0, spapr_source(t),
                          XIVE_LOAD_EOI, 0), ==, 0);
}

static const GuestIntxController guest_xive = {
    .start = xive_start, .taken = xive_taken, .eoi = xive_load_eoi,
    .set_masked = xive_set_masked,
};

static const GuestIntxController guest_xive_store_eoi = {
    .start = xive_start, .taken = xive_taken, .eoi = xive_store_eoi,
    .set_masked = xive_set_masked,
};

static const GuestIntxController guest_xive_hcall = {
    .start = xive_hcall_start, .taken = xive_taken, .eoi = xive_hcall_eoi,
    .set_masked = xive_set_masked,
};

/* ---- the machines -------------------------------------------------------- */

static char *pc_prepare(VfioPciTest *t)
{
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);

    t->machine_state = g_new0(PcState, 1);
    return vfio_pci_test_firmware(t, rom);
}

static char *kvm_prepare(VfioPciTest *t)
{
    static const uint8_t reset[] = { 0xea, 0x00, 0x00, 0x00, 0xf0 };
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);

    memcpy(rom, pc_vcpu_program, sizeof(pc_vcpu_program));
    memcpy(rom + PC_VCPU_HANDLER, pc_vcpu_handler, sizeof(pc_vcpu_handler));
    memcpy(rom + PC_VCPU_RESET, reset, sizeof(reset));
    t->machine_state = g_new0(PcState, 1);
    return vfio_pci_test_firmware(t, rom);
}

/* The controllers are QEMU's, so the test drives them: the vCPU sleeps. */
static char *kvm_split_prepare(VfioPciTest *t)
{
    static const uint8_t reset[] = {
        0xfa,                                   /* cli */
        0xf4,                                   /* 1: hlt */
        0xeb, 0xfd,                             /* jmp 1b */
    };
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);

    memcpy(rom + PC_VCPU_RESET, reset, sizeof(reset));
    t->machine_state = g_new0(PcState, 1);
    return vfio_pci_test_firmware(t, rom);
}

static char *spapr_prepare(VfioPciTest *t)
{
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);

    spapr_vcpu_program(rom);
    return vfio_pci_test_firmware(t, rom);
}

/* The test is the firmware. */
static char *pegasos2_prepare(VfioPciTest *t)
{
    g_autofree uint8_t *rom = g_malloc0(FIRMWARE_SIZE);

    return vfio_pci_test_firmware(t, rom);
}

static void no_message_start(VfioPciTest *t)
{
    /* On pseries firmware gives the messages: they are another test's. */
}

#define PC(title, type, controller, driver)                                 \
    {                                                                       \
        .arch = "x86_64", .name = title, .via = controller,                 \
        .boot = qtest_pc_boot, .args = "-M " type NO_VAPIC,                 \
        .prepare = pc_prepare, .start = message_start,                      \
        .message = message_of, .took = message_took, .intx = &driver,       \
    }

#define KVM_PC(title, options, ready, controller, driver)                   \
    {                                                                       \
        .arch = "x86_64", .name = title, .via = controller,                 \
        .boot = qtest_pc_boot, .runs = true,                                \
        .args = "-M q35" options " -accel kvm" NO_VAPIC,                    \
        .prepare = ready, .start = message_start,                           \
        .message = message_of, .took = message_took, .intx = &driver,       \
        .unavailable = vfio_pci_test_no_kvm,                                \
    }

#define PSERIES(title, mode, controller, driver)                            \
    {                                                                       \
        .arch = "ppc64", .name = title, .via = controller,                  \
        .backend = VFIO_HOST_LEGACY, .boot = qtest_spapr_boot,              \
        .args = "-accel tcg -M pseries,ic-mode=" mode, .runs = true,        \
        .prepare = spapr_prepare, .booted = spapr_vcpu_connect,             \
        .start = no_message_start, .intx = &driver,                         \
    }

#define PEGASOS2(title, controller, driver)                                 \
    {                                                                       \
        .arch = "ppc64", .name = title, .via = controller,                  \
        .backend = VFIO_HOST_LEGACY, .boot = qtest_spapr_boot,              \
        .args = "-M pegasos2", .prepare = pegasos2_prepare,                 \
        .booted = pegasos2_connect, .start = no_message_start,              \
        .intx = &driver,                                                    \
    }

static const VfioPciMachine machines[] = {
    PC("q35-ioapic", "q35", VIA_IOAPIC, guest_ioapic_q35),
    PC("pc-ioapic", "pc", VIA_IOAPIC, guest_ioapic_pc),
    PC("q35-pic", "q35", VIA_PIC, guest_pic_q35),
    PC("pc-pic", "pc", VIA_PIC, guest_pic_pc),
    PC("q35-ioapic-at-reset", "q35", VIA_OTHER_EOI, guest_ioapic_q35_at_reset),
    PC("q35-ioapic-and-pic", "q35", VIA_OTHER_EOI, guest_ioapic_q35_and_pic),
    KVM_PC("q35-kvm-pic", "", kvm_prepare, VIA_KVM_PIC, guest_pic_kvm),
    KVM_PC("q35-kvm-split-ioapic", ",kernel-irqchip=split", kvm_split_prepare,
           VIA_KVM_SPLIT, guest_ioapic_q35),
    KVM_PC("q35-kvm-split-pic", ",kernel-irqchip=split", kvm_split_prepare,
           VIA_KVM_SPLIT, guest_pic_q35),
    PSERIES("pseries-xics", "xics", VIA_XICS, guest_xics),
    PSERIES("pseries-dual", "dual", VIA_OTHER_EOI, guest_xics),
    PSERIES("pseries-dual-xive", "dual", VIA_OTHER_EOI, guest_xive_hcall),
    PSERIES("pseries-xive", "xive", VIA_XIVE, guest_xive),
    PSERIES("pseries-xive-hcall", "xive", VIA_OTHER_EOI, guest_xive_hcall),
    PSERIES("pseries-xive-store-eoi", "xive -global xive-source.flags=2",
            VIA_OTHER_EOI, guest_xive_store_eoi),
    PEGASOS2("pegasos2-pic", VIA_NO_ROUTE, guest_pic_pegasos2),
};

void vfio_pci_intx_test_add(const VfioPciCase *cases, size_t n)
{
    vfio_pci_test_add_on(machines, ARRAY_SIZE(machines), cases, n);
}
