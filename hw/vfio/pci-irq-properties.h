/*
 * The properties of vfio-pci that choose how interrupts are handled
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_IRQ_PROPERTIES_H
#define HW_VFIO_PCI_IRQ_PROPERTIES_H

#include "qapi/qapi-types-common.h"

/** VFIOMSIXMask - how a vector of MSI-X is masked */
typedef enum VFIOMSIXMask {
    /* As irqfd, wherever a KVM irqfd is in use. */
    VFIO_MSIX_MASK_AUTO,
    /* KVM lets go of the vector's eventfd, and QEMU reads it. */
    VFIO_MSIX_MASK_IRQFD,
    /* VFIO's trigger is swapped from KVM's eventfd to QEMU's and back. */
    VFIO_MSIX_MASK_SWAP,
} VFIOMSIXMask;

/**
 * VFIOPCIIRQProperties - what the user asked for
 * @irq_reinject: x-irq-reinject, an OnOffAuto
 * @msix_mask: x-msix-mask, a VFIOMSIXMask
 *
 * Does not change once the device is realized.
 */
typedef struct VFIOPCIIRQProperties {
    int irq_reinject;
    int msix_mask;
} VFIOPCIIRQProperties;

/** vfio_pci_irq_class_init() - add the properties to the class of vfio-pci */
void vfio_pci_irq_class_init(ObjectClass *klass);

#endif /* HW_VFIO_PCI_IRQ_PROPERTIES_H */
