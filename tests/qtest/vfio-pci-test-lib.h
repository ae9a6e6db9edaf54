/*
 * Library for the qtests of assigned devices
 *
 * A case gets a machine with the test function of the userspace VFIO host
 * (tests/host) assigned to it.  The functions below are named for the side
 * they act on: guest_*() drive what a guest driver drives (config space,
 * MSI-X table, pending-bit array) and count the messages that reached the
 * guest; vfio_host_*() are the host kernel and the device.
 *
 * A case is registered once for each machine.  Its path says what stock QEMU
 * does with it: /ARCH/MACHINE/gains/NAME must fail there, and
 * /ARCH/MACHINE/keeps/NAME must pass there too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_QTEST_VFIO_PCI_TEST_LIB_H
#define TESTS_QTEST_VFIO_PCI_TEST_LIB_H

#include "libqos/libqos.h"
#include "../host/vfio-host.h"
#include "../host/vfio-host-regs.h"

/**
 * VfioPciVia - how the interrupts travel, since stock QEMU's losses differ
 * @VIA_QEMU: accelerator qtest: no KVM, no irqfd
 * @VIA_KVM: real irqfds; the vCPU takes the interrupts
 * @VIA_SWAP: as VIA_KVM, and a vector is masked by swapping VFIO's eventfd, as
 *            stock QEMU does
 * @VIA_REMAP: as VIA_KVM, and an IOMMU remaps the messages if told to
 * @VIA_RTAS: without KVM too, but vectors come by firmware calls, and no MSI-X
 *            table is there to mask in
 *
 * Or, where a case is about INTx, the controller that takes it:
 * @VIA_IOAPIC: IOAPIC, with an EOI in its own register
 * @VIA_PIC: i8259
 * @VIA_XICS: XICS of pseries, by hypercalls
 * @VIA_XIVE: XIVE of pseries, by its ESB pages
 * @VIA_OTHER_EOI: one of these with another way to it, or to its EOI
 * @VIA_KVM_PIC: the i8259 in the kernel, with resample irqfds
 * @VIA_KVM_SPLIT: IOAPIC and i8259 in QEMU, local APICs in the kernel; likewise
 * @VIA_NO_ROUTE: an i8259, but the machine does not tell which line goes there
 */
typedef enum {
    VIA_QEMU = 1 << 0,
    VIA_KVM = 1 << 1,
    VIA_RTAS = 1 << 2,
    VIA_SWAP = 1 << 3,
    VIA_TABLE = VIA_QEMU | VIA_KVM,
    VIA_ANY = VIA_TABLE | VIA_RTAS,
    VIA_IOAPIC = 1 << 4,
    VIA_PIC = 1 << 5,
    VIA_XICS = 1 << 6,
    VIA_XIVE = 1 << 7,
    VIA_OTHER_EOI = 1 << 8,
    VIA_KVM_PIC = 1 << 9,
    VIA_KVM_SPLIT = 1 << 10,
    VIA_REMAP = 1 << 11,
    VIA_NO_ROUTE = 1 << 12,
    VIA_INTX = VIA_IOAPIC | VIA_PIC | VIA_XICS | VIA_XIVE,
    VIA_ANY_EOI = VIA_INTX | VIA_OTHER_EOI,
} VfioPciVia;

typedef struct VfioPciMachine VfioPciMachine;

typedef struct VfioPciTest {
    VfioHost *host;
    VfioHost *second;       /* another assigned function, or NULL */
    QTestState *qts;
    QPCIDevice *dev;        /* the assigned function, enabled and mapped */
    QPCIBar bar[6];
    unsigned vectors;       /* in the MSI-X table; 0 without the capability */
    bool has_table;         /* vectors can be masked one by one */
    unsigned used;          /* vectors that guest_use() has put to use */
    uint8_t msix_cap;
    uint8_t msi_cap;
    bool msi;               /* MSI is in use, not MSI-X */
    uint32_t intx_accepted; /* what its controller wants back at the EOI */
    uint32_t saved_accepted;
    bool intx_rerouted;
    const VfioPciMachine *machine;
    void *machine_state;
    QOSState *qos;
    char *args;             /* of QEMU */
    char *dir;              /* scratch files; removed at the end */
} VfioPciTest;

typedef struct VfioPciCase {
    const char *name;       /* the sentence that it proves */
    VfioPciVia gains;       /* where stock QEMU fails it */
    VfioPciVia keeps;       /* where stock QEMU passes it */
    const char *machines;   /* only those named so, and -kvm; NULL: all */
    VfioHostConfig host;
    const char *props;      /* of vfio-pci: ",name=value..." or NULL */
    const char *try_props;  /* likewise; left out where QEMU has no such */
    const char *options;    /* of QEMU, or NULL */
    bool behind_bridge;     /* a PCI Express port, with a bus of its own */
    /* Properties of a second function in a higher slot; NULL: there is none. */
    const char *second;
    void (*run)(VfioPciTest *t);
} VfioPciCase;

/** vfio_pci_test_add() - register @cases on every machine of this target */
void vfio_pci_test_add(const VfioPciCase *cases, size_t n);

/**
 * vfio_pci_test_has_property() - vfio-pci of this QEMU has the property
 *
 * Asked of "-device vfio-pci,help"; @description, if not NULL, receives its
 * line there.
 */
bool vfio_pci_test_has_property(const char *name, char **description);

/**
 * vfio_pci_test_refused() - what QEMU says of properties that it must refuse
 * @props: "name=value...", wrong without a device already
 *
 * Returns its standard error; free with g_free().
 */
char *vfio_pci_test_refused(const char *props);

/* ---- QEMU ---------------------------------------------------------------- */

/**
 * qemu_errors() - lines on QEMU's standard error that match all of @patterns
 *
 * Regular expressions; NULL ends the list.
 */
unsigned qemu_errors(VfioPciTest *t, const char *const *patterns);

/*
 * What QEMU's messages call the device: one that comes as a descriptor had no
 * name but that before QEMU 10.1.
 */
#define QEMU_DEVICE_NAME    "\\b(VFIO_FD[0-9]+|hd0|irqtest)\\b"

/**
 * qemu_settle() - QEMU has handled each eventfd that was signalled before
 *
 * With KVM, the vCPU has taken its interrupts as well.
 */
void qemu_settle(VfioPciTest *t);

/** qemu_reset() - reset the machine, find and map the function again */
void qemu_reset(VfioPciTest *t);

/** qemu_wait() - let @ms milliseconds of the guest's time pass */
void qemu_wait(VfioPciTest *t, unsigned ms);

/** qemu_bar_mapped() - the guest reaches BAR @n without QEMU */
bool qemu_bar_mapped(VfioPciTest *t, unsigned n);

/**
 * qemu_save() - save the machine's state, all of it, for one qemu_load()
 *
 * The device must be one that can be migrated.  The load resets it, and its
 * state of its own is empty: its line is low then.
 */
void qemu_save(VfioPciTest *t);
void qemu_load(VfioPciTest *t);

/**
 * qemu_disk_create() - a disk to save to, which the guest does not see
 *
 * Its file has no name.  qemu_save() does this by itself.
 */
void qemu_disk_create(VfioPciTest *t);

/** qemu_move() - save as for qemu_load(), but load in another, fresh QEMU */
void qemu_move(VfioPciTest *t);

/** guest_find_function() - it may be elsewhere than before; and map it */
void guest_find_function(VfioPciTest *t);

/** guest_map_bar() - give BAR @n an address, if it has none */
void guest_map_bar(VfioPciTest *t, unsigned n);

/* ---- MSI-X as the guest drives it ---------------------------------------- */

uint16_t guest_msix_control(VfioPciTest *t);
void guest_msix_set_control(VfioPciTest *t, uint16_t control);
/**
 * guest_msix_enable() - enable MSI-X with all vectors masked in the table
 *
 * They have their messages.  Without a table (VIA_RTAS) that is the state
 * after a reset only.
 */
void guest_msix_enable(VfioPciTest *t);
/** Enable MSI-X under MASKALL, with @count vectors that are otherwise ready. */
void guest_msix_enable_maskall(VfioPciTest *t, unsigned count);
void guest_msix_disable(VfioPciTest *t);
void guest_msix_maskall(VfioPciTest *t, bool on);

/**
 * guest_use() - put the first @count vectors to use
 *
 * They have messages and are unmasked, unless by MASKALL.  Those in use before
 * stay so.
 */
void guest_use(VfioPciTest *t, unsigned count);

/* Of one vector; not with VIA_RTAS. */
void guest_mask(VfioPciTest *t, unsigned vector);
void guest_unmask(VfioPciTest *t, unsigned vector);
/** Let @vector send what vector @other sends; only while it is masked. */
void guest_set_message(VfioPciTest *t, unsigned vector, unsigned other);

uint32_t guest_table_readl(VfioPciTest *t, unsigned vector, unsigned offset);
void guest_table_writel(VfioPciTest *t, unsigned vector, unsigned offset,
                        uint32_t value);
/** The vector's bit in the pending-bit array. */
bool guest_pending(VfioPciTest *t, unsigned vector);

/**
 * guest_warm_up() - let @count vectors from @first on interrupt for a while
 *
 * QEMU hands a vector to KVM when it had some events, so cases that are about
 * vectors which KVM has need this.  Does nothing where it would make no
 * difference.
 */
void guest_warm_up(VfioPciTest *t, unsigned first, unsigned count);

/* ---- MSI as the guest drives it ------------------------------------------ */

/** Enable MSI with @vectors (a power of two); vector n sends message n. */
void guest_msi_enable(VfioPciTest *t, unsigned vectors);
void guest_msi_disable(VfioPciTest *t);

/* ---- INTx as the guest drives it ----------------------------------------- */

/**
 * guest_intx_start() - let the interrupt controller take the device's line
 *
 * Level triggered and unmasked there; after a reset again.
 */
void guest_intx_start(VfioPciTest *t);

/**
 * guest_intx_taken() - an interrupt reached the guest and had no EOI yet
 *
 * Settles first.  Where the vCPU has to accept an interrupt, it does.
 */
bool guest_intx_taken(VfioPciTest *t);

/** guest_intx_eoi() - end of the interrupt that was taken */
void guest_intx_eoi(VfioPciTest *t);

/** guest_intx_mask() - at the interrupt controller, not in the device */
void guest_intx_mask(VfioPciTest *t, bool on);

/** guest_intx_reroute() - to another input, where the machine has a choice */
void guest_intx_reroute(VfioPciTest *t);

/** guest_intx_disable() - by PCI_COMMAND_INTX_DISABLE */
void guest_intx_disable(VfioPciTest *t, bool on);

/** guest_intx_status() - PCI_STATUS_INTERRUPT, as the guest reads it */
bool guest_intx_status(VfioPciTest *t);

/* ---- what reached the guest ---------------------------------------------- */

/**
 * guest_took() - how often message @n came since the last guest_took() of it
 *
 * Message n is what vector n sends unless guest_set_message() changed it.
 * Settles first.
 */
unsigned guest_took(VfioPciTest *t, unsigned n);

/*
 * The vector works: one edge is one message.  A macro, so that the place of a
 * failure is the case's: run-qtest tells by it what stock QEMU fails.
 */
#define check_delivers(t, n) do { \
    g_assert_cmpuint(guest_took(t, n), ==, 0); \
    vfio_host_raise((t)->host, n); \
    g_assert_cmpuint(guest_took(t, n), ==, 1); \
    g_assert_cmpuint(guest_took(t, n), ==, 0); \
} while (0)

#endif /* TESTS_QTEST_VFIO_PCI_TEST_LIB_H */
