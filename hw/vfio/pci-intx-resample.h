/*
 * The end of an INTx interrupt: how vfio-pci learns of it, and what it does
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_INTX_RESAMPLE_H
#define HW_VFIO_PCI_INTX_RESAMPLE_H

#include "hw/intc/eoi-notifier.h"
#include "qemu/event_notifier.h"
#include "qemu/timer.h"
#include "qom/object.h"
#include "system/runstate.h"
#include "pci-irq-properties.h"

struct VFIOPCIDevice;

/**
 * struct VFIOINTxResample - how the end of the device's INTx is learnt
 * @by: one of kvm, eoi and bar while INTx is enabled, or else auto
 * @eoi: subscribed while @by is eoi, or is bar because no EOI is reported; then
 *       to learn when the interrupt controller begins to report
 * @subscribed: @eoi is
 * @loaded: waits for the VM to run after the device's state was loaded
 * @timer: finds interrupts whose EOI does not come; exists while INTx is
 *         enabled
 * @asserted_ms: when the guest's line was last raised, in virtual time
 * @unmask: eventfd by which the kernel unmasks the host's INTx, if
 *          @unmask_installed
 * @unmask_installed: VFIO has @unmask
 * @unmask_at_once: what the unmask brings must be signalled when it is done
 * @eoi_late: the EOI of what is pending did not come in half of its time
 * @eoi_missing: an EOI did not come in time, and none has come since
 * @guest_disabled: the guest has set the INTx disable bit
 * @dropped: an interrupt was dropped for that, and the host not unmasked
 * @rearm: the host's INTx is disabled and enabled at each EOI
 * @rearm_decided: @rearm is known
 * @host_off: INTx is disabled on the host, as enabling it again has failed
 * @host_stuck: the host's INTx could not be unmasked; @timer tries again
 * @ended: what is pending ends now
 * @warned: that the user's choice is not possible
 *
 * All of it is protected by the BQL.
 */
typedef struct VFIOINTxResample {
    VFIOINTxResampleBy by;
    EOISubscriber eoi;
    bool subscribed;
    VMChangeStateEntry *loaded;
    QEMUTimer *timer;
    int64_t asserted_ms;
    EventNotifier unmask;
    bool unmask_installed;
    bool unmask_at_once;
    bool eoi_late;
    bool eoi_missing;
    bool guest_disabled;
    bool dropped;
    bool rearm;
    bool rearm_decided;
    bool host_off;
    bool host_stuck;
    bool ended;
    bool warned;
} VFIOINTxResample;

/**
 * vfio_intx_resample_may_use_kvm() - the user has not chosen otherwise
 *
 * Needs the BQL, as all functions here.
 */
bool vfio_intx_resample_may_use_kvm(struct VFIOPCIDevice *vdev);

/**
 * vfio_intx_resample_leave_to_kvm() - VFIO may get KVM's resample eventfd
 *
 * VFIO then unmasks without QEMU.  If not, QEMU serves that eventfd itself.  To
 * be called while the host's INTx is enabled; VFIO holds no other eventfd for
 * the unmask afterwards.
 */
bool vfio_intx_resample_leave_to_kvm(struct VFIOPCIDevice *vdev);

/**
 * vfio_intx_resample_update() - choose how the end of the interrupt is learnt
 *
 * To be called when INTx has been enabled, and KVM has been given the interrupt
 * or not, and whenever the route to the interrupt controller or that itself has
 * changed.
 */
void vfio_intx_resample_update(struct VFIOPCIDevice *vdev);

/** vfio_intx_resample_release_kvm() - KVM's resample eventfd is about to go */
void vfio_intx_resample_release_kvm(struct VFIOPCIDevice *vdev);

/** vfio_intx_resample_stop() - INTx is about to be disabled */
void vfio_intx_resample_stop(struct VFIOPCIDevice *vdev);

/**
 * vfio_intx_resample_asserted() - the guest's line has been raised
 *
 * Makes sure that its end is learnt: by the EOI, or by trapping the BARs.  The
 * way is chosen anew if the route has changed, and a choice of the user's that
 * is not possible is said once.  If the guest has disabled INTx, the line is
 * lowered and nothing is pending, where the EOI would have been waited for.
 */
void vfio_intx_resample_asserted(struct VFIOPCIDevice *vdev);

/**
 * vfio_intx_resample_ended() - a pending interrupt may end now
 *
 * False for an access to a BAR while the EOI is waited for.
 */
bool vfio_intx_resample_ended(struct VFIOPCIDevice *vdev);

/**
 * vfio_intx_resample_unmask() - the interrupt has ended, unmask the host's
 *
 * If the device still asserts it the host signals again.  If the host refuses,
 * that is said once, and tried again.
 */
void vfio_intx_resample_unmask(struct VFIOPCIDevice *vdev);

/** vfio_intx_resample_config_written() - the guest may have disabled INTx */
void vfio_intx_resample_config_written(struct VFIOPCIDevice *vdev);

/**
 * vfio_intx_resample_loaded() - the device's state has been loaded
 *
 * The level of its line came with it, and needs its end once the VM runs.
 */
void vfio_intx_resample_loaded(struct VFIOPCIDevice *vdev);

/** vfio_intx_resample_exit() - the device goes */
void vfio_intx_resample_exit(struct VFIOPCIDevice *vdev);

#endif /* HW_VFIO_PCI_INTX_RESAMPLE_H */
