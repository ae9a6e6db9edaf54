/*
 * Hosts on which a level that was masked by software must be re-armed
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_INTX_REARM_H
#define HW_VFIO_PCI_INTX_REARM_H

/**
 * vfio_intx_kernel_needs_rearm() - this kernel surely lacks the fix
 * @release: as in struct utsname
 *
 * Linux 6.18 has "vfio/pci: Fix INTx handling on legacy non-PCI 2.3 devices",
 * and its stable series got it later.  Only releases of such a series from
 * before that are known to lack it; what a distribution has put into a kernel
 * of its own numbering cannot be told, and counts as fixed.
 */
bool vfio_intx_kernel_needs_rearm(const char *release);

/**
 * vfio_intx_lacks_disintx() - the device cannot mask its own INTx
 * @config: the first 64 bytes of the function's real configuration space, in
 *          sysfs; VFIO shows a virtual INTx disable bit instead
 *
 * To be called while VFIO has INTx masked: it then is masked at the device, if
 * the device can do that.  False if the file cannot be read.
 */
bool vfio_intx_lacks_disintx(const char *config);

#endif /* HW_VFIO_PCI_INTX_REARM_H */
