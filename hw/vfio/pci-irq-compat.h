/*
 * The differences between the QEMU versions that the interrupt code of
 * vfio-pci is built for, kept in one place so that the code has none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_IRQ_COMPAT_H
#define HW_VFIO_PCI_IRQ_COMPAT_H

#include <linux/vfio.h>
#include "system/runstate.h"
#include "pci.h"

/*
 * What vfio_irq_add_vm_state_handler() adds stays until the device goes, or
 * is removed in its own call.  QEMU walks the list of handlers while it calls
 * them, and a message that another device sends from its handler may disable
 * MSI-X or INTx of ours.
 */

#if QEMU_VERSION_MAJOR == 10 && QEMU_VERSION_MINOR == 0

#include <sys/ioctl.h>
#include "exec/address-spaces.h"
#include "hw/vfio/vfio-common.h"

#define VFIO_PCI_DEVICE(obj) VFIO_PCI(obj)

static inline int vfio_irq_set_submit(VFIODevice *vbasedev,
                                      struct vfio_irq_set *irq_set)
{
    int ret = ioctl(vbasedev->fd, VFIO_DEVICE_SET_IRQS, irq_set);

    return ret < 0 ? -errno : ret;
}

static inline VMChangeStateEntry *
vfio_irq_add_vm_state_handler(DeviceState *dev, VMChangeStateHandler *cb,
                              void *opaque)
{
    return qdev_add_vm_change_state_handler(dev, cb, opaque);
}

#define vfio_device_irq_disable vfio_disable_irqindex
#define vfio_device_irq_mask vfio_mask_single_irqindex
#define vfio_device_irq_unmask vfio_unmask_single_irqindex
#define vfio_device_irq_set_signaling vfio_set_irq_signaling

#else

#include "system/address-spaces.h"
#include "hw/vfio/vfio-device.h"
#include "hw/vfio/vfio-region.h"

static inline int vfio_irq_set_submit(VFIODevice *vbasedev,
                                      struct vfio_irq_set *irq_set)
{
    return vbasedev->io_ops->set_irqs(vbasedev, irq_set);
}

static inline VMChangeStateEntry *
vfio_irq_add_vm_state_handler(DeviceState *dev, VMChangeStateHandler *cb,
                              void *opaque)
{
    return qdev_add_vm_change_state_handler(dev, cb, NULL, opaque);
}

#endif

/* The other kind of back end is a vfio-user server, of newer QEMUs. */
static inline bool vfio_irq_backend_is_kernel(VFIOPCIDevice *vdev)
{
    return !object_dynamic_cast(OBJECT(vdev), "vfio-user-pci");
}

#endif /* HW_VFIO_PCI_IRQ_COMPAT_H */
