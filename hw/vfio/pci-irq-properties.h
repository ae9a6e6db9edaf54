/*
 * The properties of vfio-pci that choose how interrupts are handled
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_IRQ_PROPERTIES_H
#define HW_VFIO_PCI_IRQ_PROPERTIES_H

#include "qapi/qapi-types-common.h"
#include "qapi/util.h"

/** VFIOMSIXMask - how a vector of MSI-X is masked */
typedef enum VFIOMSIXMask {
    /* As irqfd, wherever a KVM irqfd is in use. */
    VFIO_MSIX_MASK_AUTO,
    /* KVM lets go of the vector's eventfd, and QEMU reads it. */
    VFIO_MSIX_MASK_IRQFD,
    /* VFIO's trigger is swapped from KVM's eventfd to QEMU's and back. */
    VFIO_MSIX_MASK_SWAP,
} VFIOMSIXMask;

/** VFIOINTxResampleBy - how the end of an INTx interrupt is learnt */
typedef enum VFIOINTxResampleBy {
    /* The first of the following that works here. */
    VFIO_INTX_RESAMPLE_AUTO,
    /* KVM's resample irqfd tells VFIO. */
    VFIO_INTX_RESAMPLE_KVM,
    /* The interrupt controller tells QEMU of the guest's EOI. */
    VFIO_INTX_RESAMPLE_EOI,
    /* Any access to a BAR, which is trapped after each interrupt. */
    VFIO_INTX_RESAMPLE_BAR,
} VFIOINTxResampleBy;

/**
 * VFIOPCIIRQProperties - what the user asked for
 * @irq_reinject: x-irq-reinject, an OnOffAuto
 * @msix_mask: x-msix-mask, a VFIOMSIXMask
 * @intx_resample: x-intx-resample, a VFIOINTxResampleBy
 * @intx_rearm: x-intx-rearm, an OnOffAuto
 *
 * Does not change once the device is realized.
 */
typedef struct VFIOPCIIRQProperties {
    int irq_reinject;
    int msix_mask;
    int intx_resample;
    int intx_rearm;
} VFIOPCIIRQProperties;

/** vfio_intx_resample_lookup - the names of VFIOINTxResampleBy */
extern const QEnumLookup vfio_intx_resample_lookup;

/** vfio_pci_irq_class_init() - add the properties to the class of vfio-pci */
void vfio_pci_irq_class_init(ObjectClass *klass);

#endif /* HW_VFIO_PCI_IRQ_PROPERTIES_H */
