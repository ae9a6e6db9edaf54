/*
 * A VFIO host in userspace
 *
 * Runs any QEMU binary, unmodified, with "-device vfio-pci" on a machine that
 * has no VFIO, no IOMMU and no spare device.  QEMU starts under a seccomp
 * filter; the ioctls of VFIO and iommufd, the opening of /dev/vfio and the
 * writes to trapped regions come to a supervisor thread in this process,
 * which answers as the kernel's vfio-pci driver would for one PCI function
 * of our own (registers: vfio-host-regs.h).  Everything else QEMU does runs
 * natively, KVM and its irqfds included.
 *
 * This header is the whole interface.  It is responsible for the host kernel
 * and the device; it knows nothing of QEMU's command line but the few options
 * that attach the device, and nothing of the guest.
 *
 * Every function may be called from any thread while QEMU runs; each call is
 * atomic towards the supervisor (one internal lock).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_H
#define TESTS_HOST_VFIO_HOST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct VfioHost VfioHost;

/** How QEMU reaches the device. */
typedef enum {
    VFIO_HOST_IOMMUFD,      /* passed descriptors; x86 builds only */
    VFIO_HOST_LEGACY,       /* container, group and a made-up sysfs directory */
} VfioHostBackend;

/** Where the MSI-X table and PBA are. */
typedef enum {
    VFIO_HOST_TABLE_OWN_BAR,    /* table at 0 of BAR 2, PBA in its own page */
    VFIO_HOST_TABLE_WITH_REGS,  /* in BAR 0, the PBA beside registers */
} VfioHostTable;

/**
 * VfioHostConfig - the host kernel and the device that a test wants
 *
 * A zeroed structure is a current kernel with dynamic MSI-X, iommufd, a device
 * with 8 MSI-X vectors, 8 MSI vectors and INTx on pin A.
 */
typedef struct VfioHostConfig {
    VfioHostBackend backend;
    unsigned vectors;           /* MSI-X vectors, 2..2048; 0 means 8 */
    unsigned msi_vectors;       /* MSI vectors, 1..32; 0 means 8 */
    bool no_msix;               /* the function lacks the capability */
    bool no_msi;
    bool msi_no_mask;           /* MSI without per-vector masking */
    bool no_intx;               /* interrupt pin register reads 0 */
    VfioHostTable table;
    bool msix_noresize;         /* no dynamic MSI-X (kernels before 6.5) */
    bool msix_needs_vector;     /* refuses to enable MSI-X by fd -1 */
    /*
     * Vectors that the host can allocate; 0: no limit.  Enabling more answers
     * with the number, as pci_alloc_irq_vectors() does.
     */
    unsigned host_vectors_limit;
    bool conventional;          /* plain PCI: no express capability */
    bool no_disintx;            /* DisINTx-: PCI before 2.3; conventional */
    /*
     * The host controller raises a level once per assertion and re-arms only by
     * an EOI while the line is low (seed documents; POWER).
     */
    bool lazy_level;
    /*
     * A level that an unmask by eventfd finds is signalled at the next
     * vfio_host_settle() only: the kernel leaves it to a work item.
     */
    bool late_resend;
    bool ignores_disintx;       /* of the guest, as a mediated device may */
    bool no_mmap;               /* no region can be mapped */
    bool migration;             /* can be migrated; its state is empty */
    bool count_kvm;             /* count KVM_IRQFD and KVM_SET_GSI_ROUTING */
    bool count_bars;            /* count the accesses to BARs that QEMU makes */
    unsigned kvm_routes;        /* of KVM_CAP_IRQ_ROUTING; 0: as KVM says */
    const char *name;           /* device name in messages; NULL: "irqtest" */
} VfioHostConfig;

/**
 * VfioHostStats - what the host has seen since vfio_host_new() or _reset
 *
 * The end of QEMU, by which the kernel gives all irqs back, is not counted.
 */
typedef struct VfioHostStats {
    uint64_t raised;            /* edges raised on MSI or MSI-X, all of them */
    uint64_t signalled;         /* eventfd writes for them */
    /* In flight when their trigger was freed; MSI without mask and trigger. */
    uint64_t discarded;
    /* Raised while waiting for an acknowledge, or pending or in flight. */
    uint64_t coalesced;
    uint64_t held_masked;       /* raised with no trigger: kept in the PBA */
    uint64_t set_irqs;          /* VFIO_DEVICE_SET_IRQS calls, all of them */
    uint64_t set_irqs_trigger;  /* ... that set eventfds for MSI or MSI-X */
    uint64_t set_irqs_failed;   /* ... that returned an error */
    uint64_t swaps;             /* live triggers replaced by an eventfd */
    uint64_t teardowns;         /* MSI or MSI-X disabled as a whole */
    uint64_t irq_requests;      /* request_irq() the kernel would have done */
    uint64_t irq_frees;         /* free_irq() likewise */
    uint64_t intx_raised;       /* times that the device raised its line */
    uint64_t intx_signalled;    /* INTx eventfd writes */
    uint64_t intx_mask;         /* VFIO mask actions on INTx, all kinds */
    uint64_t intx_unmask;       /* VFIO unmask actions on INTx, all kinds */
    uint64_t kvm_irqfd_assign;      /* with count_kvm */
    uint64_t kvm_irqfd_deassign;    /* with count_kvm */
    uint64_t kvm_set_gsi_routing;   /* with count_kvm */
    uint64_t bar_reads;         /* with count_bars: not the mapped ones */
    uint64_t bar_writes;        /* likewise */
} VfioHostStats;

/* ---- life ---------------------------------------------------------------- */

/**
 * vfio_host_launcher_main() - be the launcher if this process is one
 * @argc: as given to main()
 * @argv: as given to main()
 *
 * QEMU has to install its own seccomp filter before it starts, so the program
 * that uses this library re-executes itself for that: call this first in
 * main().  Returns if this is an ordinary start; otherwise installs the filter,
 * hands the listener to the supervisor and becomes QEMU.
 */
void vfio_host_launcher_main(int argc, char **argv);

/**
 * vfio_host_new() - create the host and its supervisor thread
 * @config: copied
 *
 * Aborts with a message on an impossible configuration or a system that cannot
 * do it (no seccomp listener).  Free with vfio_host_free() after QEMU is gone.
 */
VfioHost *vfio_host_new(const VfioHostConfig *config);
void vfio_host_free(VfioHost *host);

/**
 * vfio_host_add_function() - give the same QEMU a second function
 * @first: the host, before QEMU starts; it has no second function yet
 * @config: copied; its backend is @first's, and it has a name of its own
 *
 * It is in @first's IOMMU group and uses its container or iommufd; device,
 * interrupts, faults and counters are its own.  What QEMU does that concerns
 * no device is @first's.  Freed together with @first.
 */
VfioHost *vfio_host_add_function(VfioHost *first, const VfioHostConfig *config);

/**
 * vfio_host_unavailable() - why this system cannot run the host, or NULL
 *
 * A static string for a test's skip message.
 */
const char *vfio_host_unavailable(void);

/**
 * vfio_host_wrap() - the command that runs @qemu under this host
 * @qemu: path of a QEMU binary
 *
 * Returns a shell command prefix and the path, ending in @qemu, fit for
 * QTEST_QEMU_BINARY or "sh -c"; free with g_free().
 */
char *vfio_host_wrap(VfioHost *host, const char *qemu);

/**
 * vfio_host_device_args() - QEMU options that attach the device
 * @props: further properties of vfio-pci, "" or ",name=value..."
 *
 * "-object iommufd,... -device vfio-pci,id=hd0,..."; free with g_free().  A
 * second function is hd1, and its options come after those of the first.
 */
char *vfio_host_device_args(VfioHost *host, const char *props);

/* ---- the device ---------------------------------------------------------- */

/**
 * vfio_host_raise() - the device raises an MSI-X (or MSI) edge
 *
 * Signalled before this returns, if a trigger is installed; without one it is
 * kept in the device's PBA until the vector is unmasked by the host.
 */
void vfio_host_raise(VfioHost *host, unsigned vector);

/**
 * vfio_host_raise_in_flight() - raise an edge that the host has not handled yet
 *
 * The CPU accepted the message, the handler has not run: the next free_irq()
 * of the live trigger discards it (seed 002).  Without a live trigger it acts
 * as vfio_host_raise().
 */
void vfio_host_raise_in_flight(VfioHost *host, unsigned vector);

/**
 * vfio_host_land() - let the edge in flight reach its handler
 *
 * Returns true if there was one (it is signalled now), false if it is gone.
 */
bool vfio_host_land(VfioHost *host, unsigned vector);

/** vfio_host_ack() - the driver acknowledges; see the busy protocol. */
void vfio_host_ack(VfioHost *host, unsigned vector);

/** vfio_host_set_busy_protocol() - no new message until the last is acked. */
void vfio_host_set_busy_protocol(VfioHost *host, bool on);

/** vfio_host_intx() - drive the level of the device's INTx line. */
void vfio_host_intx(VfioHost *host, bool level);

/**
 * vfio_host_settle() - what QEMU asked for by an eventfd has been done
 *
 * A kernel does it within QEMU's write; here the supervisor has to wake up for
 * it.  vfio_host_stats() and vfio_host_intx() settle too.
 */
void vfio_host_settle(VfioHost *host);

/* ---- what the host kernel holds ------------------------------------------ */

void vfio_host_stats(VfioHost *host, VfioHostStats *stats);
void vfio_host_stats_reset(VfioHost *host);

/** vfio_host_msix_enabled() - MSI-X enable bit of the physical function. */
bool vfio_host_msix_enabled(VfioHost *host);
bool vfio_host_msi_enabled(VfioHost *host);

/** vfio_host_last_vector() - highest number vfio_host_raise() takes. */
unsigned vfio_host_last_vector(VfioHost *host);

/** vfio_host_vectors() - vectors allocated on the host (0 if MSI-X is off). */
unsigned vfio_host_vectors(VfioHost *host);

/** vfio_host_trigger_live() - an eventfd is attached to the vector. */
bool vfio_host_trigger_live(VfioHost *host, unsigned vector);

/** vfio_host_intx_masked() - INTx is masked on the host, by whomever. */
bool vfio_host_intx_masked(VfioHost *host);

/** vfio_host_real_command() - the physical command register (DisINTx real). */
uint16_t vfio_host_real_command(VfioHost *host);

/* ---- faults -------------------------------------------------------------- */

/**
 * vfio_host_fail() - make a host call fail
 * @call: its name; vfio_host_call_names() lists them, e.g. "set-irqs",
 *        "msix-trigger", "msix-enable", "msix-disable", "intx-unmask",
 *        "kvm-irqfd" (with count_kvm)
 * @skip: let that many calls pass first
 * @count: then fail that many; UINT_MAX for all that follow
 * @err: the errno that QEMU sees; a positive @count with @err 0 clears
 *
 * A SET_IRQS call is "set-irqs" and one more: "msix-enable" is the one that
 * sets eventfds while no index is active, "msix-trigger" any later one,
 * "msix-disable" the one that ends it; likewise "msi-" and "intx-".
 * "request-irq" is each eventfd that the kernel attaches a handler for, so it
 * can fail in the middle of a call.  The arguments of SET_IRQS are checked
 * before, so a call that is wrong anyway does not use the fault up.
 *
 * A failing trigger call leaves the vector as the kernel would: unchanged for
 * EINVAL and EFAULT (arguments are checked first), detached otherwise, and the
 * vectors before it in the same call detached as well.
 *
 * Reads of config space and BARs reach the memory natively: they cannot fail.
 */
void vfio_host_fail(VfioHost *host, const char *call, unsigned skip,
                    unsigned count, int err);
const char *const *vfio_host_call_names(void);

/** vfio_host_failed() - how many calls have been made to fail so far. */
unsigned vfio_host_failed(VfioHost *host);

#endif /* TESTS_HOST_VFIO_HOST_H */
