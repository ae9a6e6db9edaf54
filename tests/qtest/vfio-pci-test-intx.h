/*
 * The guest's interrupt controllers, as its INTx handling drives them
 *
 * Machines, as in vfio-pci-test-machine.h, on which the cases of
 * vfio-pci-intx-test.c run.  An interrupt that the controller has delivered is
 * "taken" until its EOI, whether a vCPU runs or not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_QTEST_VFIO_PCI_TEST_INTX_H
#define TESTS_QTEST_VFIO_PCI_TEST_INTX_H

#include "vfio-pci-test-lib.h"

typedef struct GuestIntxController {
    /** Route the line, level triggered, and unmask it; none is taken. */
    void (*start)(VfioPciTest *t);
    /** The line's interrupt was delivered and had no EOI yet. */
    bool (*taken)(VfioPciTest *t);
    void (*eoi)(VfioPciTest *t);
    /** Mask or unmask the line here, not in the device. */
    void (*set_masked)(VfioPciTest *t, bool masked);
    /** Let the line go to another input; may be NULL. */
    void (*reroute)(VfioPciTest *t);
} GuestIntxController;

/**
 * guest_use_second_phb() - on pseries, the function is below PHB 1 from now on
 *
 * To be found there by guest_find_function().
 */
void guest_use_second_phb(VfioPciTest *t);

/**
 * vfio_pci_intx_test_add() - register @cases on every machine of this target
 *
 * There is one for each controller and for each way to drive it.
 */
void vfio_pci_intx_test_add(const VfioPciCase *cases, size_t n);

#endif /* TESTS_QTEST_VFIO_PCI_TEST_INTX_H */
