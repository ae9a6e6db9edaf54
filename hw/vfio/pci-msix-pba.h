/*
 * The pending bit array that the guest of an assigned device reads
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_MSIX_PBA_H
#define HW_VFIO_PCI_MSIX_PBA_H

#include "qemu/typedefs.h"

struct VFIOPCIDevice;

/**
 * vfio_msix_pba_start() - begin with the pending bits that are set now
 *
 * To be called when MSI-X is enabled.  After a migration, bits may be set.
 * Called with the BQL held.
 */
void vfio_msix_pba_start(struct VFIOPCIDevice *vdev);

/** vfio_msix_pba_stop() - nothing is pending any more; MSI-X is disabled. */
void vfio_msix_pba_stop(struct VFIOPCIDevice *vdev);

/** vfio_msix_pba_exit() - the device goes, which has an MSI-X capability */
void vfio_msix_pba_exit(struct VFIOPCIDevice *vdev);

/**
 * vfio_msix_pba_pend() - from now on QEMU answers reads of the PBA
 * @vdev: the device
 * @nr: a masked vector with an event that QEMU holds
 *
 * The caller sets the pending bit itself, by msix_notify() or
 * msix_set_pending().  Called with the BQL held.
 */
void vfio_msix_pba_pend(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msix_pba_unmask() - the guest has unmasked a vector
 *
 * When nothing more is pending the device answers reads of the PBA again.
 * Called with the BQL held, after the trigger was updated and before the MSI-X
 * core delivers the vector's pending bit.
 */
void vfio_msix_pba_unmask(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msix_pba_poll() - bring pending bits up to date before the guest reads
 * @pdev: the device
 * @start: the first vector
 * @end: one past the last vector
 *
 * An MSIVectorPollNotifier.  Called with the BQL held.
 */
void vfio_msix_pba_poll(PCIDevice *pdev, unsigned int start, unsigned int end);

/**
 * vfio_msix_pba_pre_save() - events of masked vectors belong to what is saved
 * @opaque: the VFIOPCIDevice
 *
 * Of a VMStateDescription.  Nobody else may read the eventfds meanwhile: called
 * with the BQL held, or by a thread that the one which holds it waits for.
 */
int vfio_msix_pba_pre_save(void *opaque);

#endif /* HW_VFIO_PCI_MSIX_PBA_H */
