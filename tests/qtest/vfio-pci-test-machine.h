/*
 * The machines of the assigned-device qtests: how each is started, and how
 * the messages that reach its guest are counted
 *
 * Between vfio-pci-test-lib.c, which uses it, and libqos.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_QTEST_VFIO_PCI_TEST_MACHINE_H
#define TESTS_QTEST_VFIO_PCI_TEST_MACHINE_H

#include "vfio-pci-test-intx.h"
#include "vfio-pci-test-lib.h"

typedef struct GuestMessage {
    uint64_t address;
    uint32_t data;
} GuestMessage;

struct VfioPciMachine {
    const char *arch;
    const char *name;
    VfioPciVia via;
    VfioHostBackend backend;
    QOSState *(*boot)(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
    const char *args;
    const char *props;      /* of vfio-pci, where it has them; or NULL */
    /** Further options; creates what must exist before QEMU starts. */
    char *(*prepare)(VfioPciTest *t);
    bool runs;              /* has a vCPU, and a clock of its own */
    const GuestIntxController *intx;    /* or NULL: not for INTx */
    /** Before anything else is done to the guest; may be NULL. */
    void (*booted)(VfioPciTest *t);
    /** Begin to count; the function is found and mapped.  Also after reset. */
    void (*start)(VfioPciTest *t);
    /** What message @n is; asked after start(). */
    GuestMessage (*message)(VfioPciTest *t, unsigned n);
    /** Instead of message(): guest_use() where firmware does it. */
    void (*use)(VfioPciTest *t, unsigned count);
    /** Message 0 for MSI: the others differ in the low bits of the data. */
    GuestMessage (*msi_message)(VfioPciTest *t, unsigned vectors);
    /** How often message @n came since last asked. */
    unsigned (*took)(VfioPciTest *t, unsigned n);
    /** The vCPU has taken its interrupts; may be NULL. */
    void (*fence)(VfioPciTest *t);
    /** Why it cannot run here, or NULL; may be NULL. */
    const char *(*unavailable)(void);
};

/* Where only messages matter. */
extern const VfioPciMachine vfio_pci_machines[];
extern const size_t vfio_pci_machines_count;

/** vfio_pci_test_add_on() - register @cases on those of @machines */
void vfio_pci_test_add_on(const VfioPciMachine *machines, size_t count,
                          const VfioPciCase *cases, size_t n);

/* ROM of the APIC off, so that no installed file is needed. */
#define NO_VAPIC            " -global apic-common.vapic=off"

/** vfio_pci_test_no_kvm() - why KVM cannot be used here, or NULL */
const char *vfio_pci_test_no_kvm(void);

#define FIRMWARE_SIZE       0x10000

/**
 * vfio_pci_test_firmware() - QEMU's option for a firmware of FIRMWARE_SIZE
 *
 * Ours, so that no installed one is needed; the test does its work.
 */
char *vfio_pci_test_firmware(VfioPciTest *t, const uint8_t *rom);

#endif /* TESTS_QTEST_VFIO_PCI_TEST_MACHINE_H */
