/*
 * MSI vectors whose interrupts the kernel's XIVE passes to the guest
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_MSI_XIVE_H
#define HW_VFIO_PCI_MSI_XIVE_H

struct VFIOPCIDevice;

/**
 * vfio_msi_xive_look() - what state the source of a GSI is in
 * @gsi: the vector's, before KVM takes or releases its eventfd
 *
 * Returns its P and Q bits, or a negative value where no XIVE of the kernel's
 * has that source, or the guest has not started it.  Called with the BQL held.
 */
int vfio_msi_xive_look(int gsi);

/**
 * vfio_msi_xive_settle() - have a source send again after KVM has changed it
 * @vdev: the device
 * @nr: the vector
 * @gsi: its GSI
 * @before: what vfio_msi_xive_look() returned before
 * @fired: there is an event that KVM has not passed on
 *
 * What came during the change, or @fired, is sent, unless the guest has the
 * source off.  Does nothing if @before is negative.  Called with the BQL held,
 * when KVM has taken or released the vector's eventfd.  Returns 0, or a
 * negative errno if KVM refuses the source's configuration.
 *
 * Source: "ESB MMIO loads" in hw/intc/xive.c; Linux, xive_do_source_eoi() and
 * kvmppc_xive_native_update_source_config().
 */
int vfio_msi_xive_settle(struct VFIOPCIDevice *vdev, unsigned int nr, int gsi,
                         int before, bool fired);

#endif /* HW_VFIO_PCI_MSI_XIVE_H */
