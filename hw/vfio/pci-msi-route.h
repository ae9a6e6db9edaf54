/*
 * The KVM routes for the messages of an assigned device's MSI-X vectors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef HW_VFIO_PCI_MSI_ROUTE_H
#define HW_VFIO_PCI_MSI_ROUTE_H

#include "hw/pci/msi.h"
#include "system/kvm.h"

struct VFIOPCIDevice;

/*
 * Of KVM's 4096 routes, how many a device may keep for messages that it does
 * not send at present.  More make each change of the table dearer.
 */
#define VFIO_MSI_SPARE_ROUTES 64

/**
 * VFIOMSIRoute - a route that no irqfd uses
 * @virq: its GSI
 * @message: what it sends
 */
typedef struct VFIOMSIRoute {
    int virq;
    MSIMessage message;
} VFIOMSIRoute;

/**
 * VFIOMSIRoutes - the routes that a device has beside those of its vectors
 * @spares: how many
 * @spare: the one that was of use last comes last
 *
 * Protected by the BQL.
 */
typedef struct VFIOMSIRoutes {
    unsigned int spares;
    VFIOMSIRoute spare[VFIO_MSI_SPARE_ROUTES];
} VFIOMSIRoutes;

/**
 * vfio_msi_route_find() - give a vector a route that is there already
 * @vdev: the device
 * @nr: a vector in use; KVM does not have its eventfd
 * @message: what it is to send
 *
 * Returns false if there is none, and changes nothing.  Makes no call to KVM.
 * Called with the BQL held.
 */
bool vfio_msi_route_find(struct VFIOPCIDevice *vdev, unsigned int nr,
                         MSIMessage message);

/**
 * vfio_msi_route_make() - give a vector a route for its present message
 * @vdev: the device
 * @nr: a vector in use; KVM does not have its eventfd
 * @change: what to commit before an irqfd uses the route
 *
 * Returns 0, or a negative errno: all routes may be in use, or the message has
 * no translation.  Called with the BQL held.
 */
int vfio_msi_route_make(struct VFIOPCIDevice *vdev, unsigned int nr,
                        KVMRouteChange *change);

/**
 * vfio_msi_route_rewrite() - let the route of a vector send another message
 * @vdev: the device
 * @nr: a vector whose eventfd KVM has
 * @message: what it is to send
 *
 * The old message is sent no more on return.  Called with the BQL held.
 */
void vfio_msi_route_rewrite(struct VFIOPCIDevice *vdev, unsigned int nr,
                            MSIMessage message);

/** vfio_msi_route_adopt() - the vector's virq sends its present message */
void vfio_msi_route_adopt(struct VFIOPCIDevice *vdev, unsigned int nr);

/** vfio_msi_route_drop_spares() - MSI-X is disabled */
void vfio_msi_route_drop_spares(struct VFIOPCIDevice *vdev);

#endif /* HW_VFIO_PCI_MSI_ROUTE_H */
