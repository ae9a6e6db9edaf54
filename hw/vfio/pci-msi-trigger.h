/*
 * The trigger side of MSI and MSI-X interrupts of an assigned device
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_MSI_TRIGGER_H
#define HW_VFIO_PCI_MSI_TRIGGER_H

#include "qemu/typedefs.h"

struct VFIOPCIDevice;

typedef enum VFIOMSITriggerState {
    /* Neither the guest nor the host has MSI or MSI-X enabled. */
    VFIO_MSI_TRIGGER_OFF,
    /* The guest has; the host refused.  Each update tries again. */
    VFIO_MSI_TRIGGER_REFUSED,
    /* Both have. */
    VFIO_MSI_TRIGGER_ON,
} VFIOMSITriggerState;

/**
 * VFIOMSITriggers - what the host kernel holds for the vectors of a device
 * @state: see VFIOMSITriggerState
 * @index: VFIO_PCI_MSI_IRQ_INDEX or VFIO_PCI_MSIX_IRQ_INDEX, while not off
 * @allocated: vectors the host has allocated; a call may name no others
 *             where it cannot allocate dynamically
 * @size: entries in @fds
 * @fds: per vector, the eventfd that VFIO signals; negative if there is none
 * @dead: vectors that were said to be dead
 * @unverified: vectors whose trigger is not known for certain; or, without one,
 *              which may have one that is not known
 * @fallback_reported: that a vector goes by a slower path was said; once
 *                     between enable and disable
 * @refusal_reported: that the host refused to enable MSI-X was said
 * @queue: between vfio_msi_trigger_begin() and _commit()
 * @adopted: vectors have been adopted from the QEMU before us, and the VM has
 *           not run here yet
 *
 * Protected by the BQL.
 */
typedef struct VFIOMSITriggers {
    VFIOMSITriggerState state;
    int index;
    unsigned int allocated;
    unsigned int size;
    int32_t *fds;
    unsigned long *dead;
    unsigned long *unverified;
    bool fallback_reported;
    bool refusal_reported;
    bool queue;
    bool adopted;
} VFIOMSITriggers;

/**
 * vfio_msi_trigger_enable_msix() - the guest enabled MSI-X: so does the host
 * @vdev: the device; its msi_vectors are set up, nothing is enabled on the host
 *
 * Installs the triggers of the vectors in use in as few calls as the host
 * allows.  With none in use MSI-X is enabled all the same, because drivers and
 * firmware of some devices look at the enable bit of the physical function
 * (seed document 003): without a vector, or where the kernel refuses that by
 * enabling vector 0 with a userspace trigger and releasing it at once.
 *
 * Reports what fails.  Called with the BQL held.
 */
void vfio_msi_trigger_enable_msix(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_enable_msi() - the guest enabled MSI
 * @vdev: the device; its msi_vectors are set up, nothing is enabled on the host
 *
 * Returns 0, the number of vectors that the host can offer if those are fewer,
 * or a negative errno; in the last two cases MSI is off on the host.
 * Called with the BQL held.
 */
int vfio_msi_trigger_enable_msi(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_disable() - disable MSI or MSI-X on the host
 *
 * From here to the next enable every update is ignored.  Called with the BQL
 * held.
 */
void vfio_msi_trigger_disable(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_update() - make the host's trigger of a vector the right one
 * @vdev: the device
 * @nr: the MSI-X vector
 *
 * To be called when the vector's mask bit or its KVM route has changed.  Issues
 * no call if the host has the right trigger already, else VFIO_DEVICE_SET_IRQS,
 * and injects once for each live trigger which that replaced.  If the host
 * refuses, the vector keeps working through a fallback, or a message names it
 * as dead.
 *
 * Called with the BQL held, and for a vector whose mask bit changed only from
 * the vector's use or release notifier: an injection for @nr itself is left in
 * its pending bit, which the MSI-X core delivers when the notifier returns.
 */
void vfio_msi_trigger_update(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_trigger_begin() - the guest writes what may unmask many vectors
 *
 * Until the commit, triggers of vectors that have none are queued.  Called with
 * the BQL held, as is the commit.
 */
void vfio_msi_trigger_begin(struct VFIOPCIDevice *vdev);

/** vfio_msi_trigger_commit() - install what was queued, if possible at once */
void vfio_msi_trigger_commit(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_detach() - leave a masked vector without a trigger
 *
 * The device's own pending bit keeps what the vector raises from here on, until
 * the vector is unmasked and updated.  Returns false if the host refuses: the
 * trigger may be there still.  Called with the BQL held.
 */
bool vfio_msi_trigger_detach(struct VFIOPCIDevice *vdev, unsigned int nr);

/**
 * vfio_msi_trigger_adopt() - take over triggers that are installed already
 * @vdev: the device, which had MSI or MSI-X enabled under the QEMU before us
 *
 * For an in-place update of QEMU, which leaves VFIO as it is.  Vectors are
 * adopted one by one, next.  Called with the BQL held.
 */
void vfio_msi_trigger_adopt(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_adopt_vector() - find out which trigger a vector has
 * @vdev: the device
 * @nr: the vector
 * @fd: the eventfd that the QEMU before us used for it, or -1
 * @kvm_fd: another one that it had for KVM, or -1
 *
 * Replaces nothing, and leaves the events that wait in either.  Where the host
 * cannot tell, the mask bit does, and the first update of the vector installs
 * its trigger again.  Called with the BQL held, before KVM gets the eventfds.
 */
void vfio_msi_trigger_adopt_vector(struct VFIOPCIDevice *vdev, unsigned int nr,
                                   int32_t fd, int32_t kvm_fd);

/**
 * vfio_msi_trigger_adopted() - all vectors have been adopted
 * @vdev: the device
 *
 * The host may have triggers of vectors that were not.  The guest may have run
 * on after the eventfds were saved, as with cpr-transfer, and have put them to
 * use, or MSI-X off and on.  Called with the BQL held.
 */
void vfio_msi_trigger_adopted(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_vm_runs() - the VM starts, and MSI-X is in use
 *
 * If its vectors have been adopted, those without a trigger get one: unmasked
 * ones now, masked ones at their unmask.  Each gets one interrupt for what
 * nobody took, unless x-irq-reinject is off.  Called with the BQL held.
 */
void vfio_msi_trigger_vm_runs(struct VFIOPCIDevice *vdev);

/**
 * vfio_msi_trigger_live() - is an eventfd attached to the vector on the host?
 *
 * If not, the vector is masked in the device itself, and the device's own
 * pending bit holds what it raises.  Called with the BQL held.
 */
bool vfio_msi_trigger_live(struct VFIOPCIDevice *vdev, unsigned int nr);

#endif /* HW_VFIO_PCI_MSI_TRIGGER_H */
