/*
 * The consumer side of MSI-X interrupts of an assigned device
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_MSI_CONSUMER_H
#define HW_VFIO_PCI_MSI_CONSUMER_H

#include "hw/pci/msi.h"
#include "pci-msi-route.h"
#include "system/runstate.h"

struct VFIOPCIDevice;
struct VFIOMSIVector;

/**
 * VFIOMSIConsumer - who takes the events of a vector's one eventfd
 * @by_kvm: KVM has it as an irqfd; else QEMU's handler reads it
 * @swaps: the QEMU before an in-place update had an eventfd for KVM, which
 *         VFIO signals instead of QEMU's while the vector is unmasked; so it is
 *         masked by swapping until MSI-X is enabled again
 * @kept: unmasked with a message that no route sends, so QEMU takes the events
 *        until there were some
 * @served: how many it took so since KVM had the eventfd last
 * @routed: the vector's KVM route sends @message; see pci-msi-route.h
 * @message: see @routed
 *
 * Protected by the BQL.
 */
typedef struct VFIOMSIConsumer {
    bool by_kvm;
    bool swaps;
    bool kept;
    unsigned int served;
    bool routed;
    MSIMessage message;
} VFIOMSIConsumer;

/**
 * VFIOMSIConsumers - what the vectors of a device have in common
 * @routes: spare routes of KVM
 * @vm_state: connects kept vectors when the VM stops
 * @suspended: an in-place update of QEMU has begun
 *
 * Protected by the BQL.
 */
typedef struct VFIOMSIConsumers {
    VFIOMSIRoutes routes;
    VMChangeStateEntry *vm_state;
    bool suspended;
} VFIOMSIConsumers;

/**
 * vfio_msi_consumer_moves() - is the vector masked by moving its consumer?
 *
 * If not, its trigger is swapped.  True also of a vector that QEMU serves all
 * the time, as there is no KVM for it: its consumer only never moves.
 */
bool vfio_msi_consumer_moves(struct VFIOPCIDevice *vdev,
                             struct VFIOMSIVector *vector);

/**
 * vfio_msi_consumer_start() - a vector is put to use while MSI-X is enabled
 *
 * Returns true if KVM will take its events later, when there were some: it
 * needs no route yet.  Called with the BQL held.
 */
bool vfio_msi_consumer_start(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_consumer_served() - QEMU takes an event of a vector
 *
 * May hand the vector to KVM, which takes the next one.  To be called before
 * the message is sent, since that may disable MSI-X.  Called with the BQL held.
 */
void vfio_msi_consumer_served(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_consumer_connect() - let KVM take the events of a vector
 * @vdev: the device
 * @nr: a vector with a route for the guest's present message
 *
 * Does nothing while the vector is masked.  Returns false if KVM refuses: QEMU
 * goes on to take them.  What came while QEMU was updated in place, KVM finds
 * in the eventfd and injects.  Called with the BQL held.
 */
bool vfio_msi_consumer_connect(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_consumer_disconnect() - let QEMU take the events of a vector
 *
 * When this returns, KVM delivers none any more, and none is lost: the eventfd
 * keeps its count.  Returns false if KVM refuses, and goes on to deliver.
 * Called with the BQL held.
 */
bool vfio_msi_consumer_disconnect(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_consumer_suspend() - nobody takes the events of a vector
 *
 * For an in-place update of QEMU: the events wait in the eventfd for the QEMU
 * that comes.  Returns false if KVM refuses, and goes on to deliver.  Called
 * with the BQL held.
 */
bool vfio_msi_consumer_suspend(struct VFIOPCIDevice *vdev, unsigned int nr);

/** vfio_msi_consumer_resume() - as before; the update has failed */
void vfio_msi_consumer_resume(struct VFIOPCIDevice *vdev, unsigned int nr);

/** vfio_msi_consumer_stop() - MSI-X is disabled */
void vfio_msi_consumer_stop(struct VFIOPCIDevice *vdev);

/** vfio_msi_consumer_exit() - the device goes */
void vfio_msi_consumer_exit(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_consumer_check_route() - say it if a vector gets no route of KVM
 * @vdev: the device
 * @nr: the vector
 * @virq: its new route, or a negative errno
 */
void vfio_msi_consumer_check_route(struct VFIOPCIDevice *vdev, unsigned int nr,
                                   int virq);

/**
 * vfio_msi_consumer_mask() - the guest has masked a vector
 *
 * Called with the BQL held, from the vector's release notifier.
 */
void vfio_msi_consumer_mask(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_consumer_unmask() - the guest has unmasked a vector
 * @vdev: the device
 * @nr: the vector
 * @message: what it sends from now on
 *
 * Returns false if it is not for this file to do: the vector is not in use yet,
 * KVM cannot have it, or its trigger is swapped.  An event that came while
 * masked is in the vector's pending bit on return, which the MSI-X core
 * delivers.  Called with the BQL held, from the vector's use notifier.
 */
bool vfio_msi_consumer_unmask(struct VFIOPCIDevice *vdev, unsigned int nr,
                              MSIMessage message);

#endif /* HW_VFIO_PCI_MSI_CONSUMER_H */
