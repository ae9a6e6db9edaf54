/*
 * The floor: what the KVM calls cost that moving a vector's consumer needs
 *
 * Makes a VM with the interrupt controllers and routes that QEMU's would have,
 * binds an eventfd to each MSI route, and times by the TSC, as the guest that
 * measures QEMU does: KVM_IRQFD deassign + assign of one of them, and
 * KVM_SET_GSI_ROUTING of all.  No QEMU, no filter on system calls, no other
 * thread: nobody who needs these calls can be faster.
 *
 * Usage: kvm-floor VECTORS SAMPLES PAIRS.  Prints one line a sample, in cycles
 * for one pair or one call; and first, the TSC's frequency.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PIC_PINS        16
#define IOAPIC_PINS     24
#define FIRST_MSI       IOAPIC_PINS     /* GSIs, as QEMU numbers them */
#define MSI_ADDRESS     0xfee00000u
#define MSI_DATA        0x30
#define CLOCK_MS        50

typedef struct Floor {
    int vm;
    unsigned vectors;
    int *eventfds;
    struct kvm_irq_routing *routing;
} Floor;

static uint64_t tsc(void)
{
    return __builtin_ia32_rdtsc();
}

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "kvm-floor: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void add_pin(Floor *floor, unsigned gsi, unsigned chip, unsigned pin)
{
    struct kvm_irq_routing *routing = floor->routing;

    routing->entries[routing->nr++] = (struct kvm_irq_routing_entry) {
        .gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP,
        .u.irqchip = { .irqchip = chip, .pin = pin },
    };
}

static void add_message(Floor *floor, unsigned gsi)
{
    struct kvm_irq_routing *routing = floor->routing;

    routing->entries[routing->nr++] = (struct kvm_irq_routing_entry) {
        .gsi = gsi, .type = KVM_IRQ_ROUTING_MSI,
        .u.msi = { .address_lo = MSI_ADDRESS, .data = MSI_DATA },
    };
}

static void set_routing(Floor *floor)
{
    must(ioctl(floor->vm, KVM_SET_GSI_ROUTING, floor->routing) == 0,
         "KVM_SET_GSI_ROUTING");
}

static void irqfd(Floor *floor, unsigned vector, uint32_t flags)
{
    struct kvm_irqfd irqfd = {
        .fd = floor->eventfds[vector], .gsi = FIRST_MSI + vector,
        .flags = flags,
    };

    must(ioctl(floor->vm, KVM_IRQFD, &irqfd) == 0, "KVM_IRQFD");
}

static void make_routes(Floor *floor)
{
    unsigned routes = PIC_PINS + IOAPIC_PINS + floor->vectors;

    floor->routing = calloc(1, sizeof(*floor->routing) +
                            routes * sizeof(floor->routing->entries[0]));
    must(floor->routing, "memory");
    for (unsigned pin = 0; pin < PIC_PINS; pin++) {
        add_pin(floor, pin, pin < 8 ? KVM_IRQCHIP_PIC_MASTER
                                    : KVM_IRQCHIP_PIC_SLAVE, pin % 8);
    }
    for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
        add_pin(floor, pin, KVM_IRQCHIP_IOAPIC, pin);
    }
    for (unsigned v = 0; v < floor->vectors; v++) {
        add_message(floor, FIRST_MSI + v);
    }
}

static void make_vm(Floor *floor)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    must(kvm >= 0, "/dev/kvm");
    floor->vm = ioctl(kvm, KVM_CREATE_VM, 0);
    must(floor->vm >= 0, "KVM_CREATE_VM");
    must(ioctl(floor->vm, KVM_CREATE_IRQCHIP, 0) == 0, "KVM_CREATE_IRQCHIP");
    must(ioctl(floor->vm, KVM_CREATE_VCPU, 0) >= 0, "KVM_CREATE_VCPU");
    make_routes(floor);
    set_routing(floor);
    floor->eventfds = calloc(floor->vectors, sizeof(int));
    must(floor->eventfds, "memory");
    for (unsigned v = 0; v < floor->vectors; v++) {
        floor->eventfds[v] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        must(floor->eventfds[v] >= 0, "eventfd");
        irqfd(floor, v, 0);
    }
}

static uint64_t time_moves(Floor *floor, unsigned pairs)
{
    uint64_t start = tsc();

    for (unsigned i = 0; i < pairs; i++) {
        irqfd(floor, 0, KVM_IRQFD_FLAG_DEASSIGN);
        irqfd(floor, 0, 0);
    }
    return (tsc() - start) / pairs;
}

static uint64_t time_routings(Floor *floor, unsigned calls)
{
    uint64_t start = tsc();

    for (unsigned i = 0; i < calls; i++) {
        set_routing(floor);
    }
    return (tsc() - start) / calls;
}

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static uint64_t tsc_khz(void)
{
    const struct timespec while_ = { .tv_nsec = CLOCK_MS * 1000000 };
    uint64_t clock = nanoseconds(), cycles = tsc();

    nanosleep(&while_, NULL);
    cycles = tsc() - cycles;
    return cycles * 1000000 / (nanoseconds() - clock);
}

static unsigned argument(const char *word, unsigned max)
{
    unsigned long value = strtoul(word, NULL, 10);

    if (value < 1 || value > max) {
        fprintf(stderr, "kvm-floor: %s: must be 1 to %u\n", word, max);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    Floor floor = { 0 };
    unsigned samples, pairs;

    if (argc != 4) {
        fputs("usage: kvm-floor VECTORS SAMPLES PAIRS\n", stderr);
        return 2;
    }
    floor.vectors = argument(argv[1], 4000);
    samples = argument(argv[2], 10000);
    pairs = argument(argv[3], 10000);
    make_vm(&floor);
    printf("clock: khz=%" PRIu64 "\n", tsc_khz());
    time_moves(&floor, pairs);      /* the first ones fill caches */
    for (unsigned i = 0; i < samples; i++) {
        uint64_t pair = time_moves(&floor, pairs);

        printf("sample: pair=%" PRIu64 " routing=%" PRIu64 "\n", pair,
               time_routings(&floor, pairs));
    }
    return 0;
}
