/*
 * The KVM routes for the messages of an assigned device's MSI-X vectors
 *
 * A route is an entry of KVM's table, which says what message a GSI sends.  To
 * change it means to hand the whole table to KVM and to wait until nobody uses
 * the old one: the most expensive call there is here.  A guest that moves an
 * interrupt moves it between few processors, and often back.  So when the
 * message of a vector changes, the route for the old one is kept, and if any
 * vector of the device is to send that message again, it takes that route and
 * the table stays as it is.  There are few such spare routes, and when all are
 * taken the one that was not needed for longest is rewritten, or if the device
 * has none, as others have them, the vector's own.
 *
 * Who takes the events of a vector, and so when a route is needed, is the
 * business of pci-msi-consumer.c.  No irqfd uses a spare route: a vector whose
 * message changes is masked, and KVM has let go of its eventfd.
 *
 * Where messages are translated (by an emulated IOMMU that remaps interrupts,
 * or Xen) a route holds the translation, which can change while the message
 * stays.  There no route is taken to be right, and none is kept.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/xen/xen.h"
#include "qom/object.h"
#include "pci-irq-compat.h"
#include "pci-msi-route.h"
#include "trace.h"

#ifdef CONFIG_KVM
#include <linux/kvm.h>
#endif

/* The IOMMUs of x86 remap interrupts for whatever device sends them. */
static bool route_machine_remaps(void)
{
    static enum { UNKNOWN, NO, YES } remaps;

    if (remaps == UNKNOWN) {
        bool many = false;

        remaps = object_resolve_path_type("", "x86-iommu", &many) || many ?
                 YES : NO;
    }
    return remaps == YES;
}

static bool route_is_translated(VFIOPCIDevice *vdev)
{
    if (xen_mode == XEN_EMULATE) {
        return true;
    }
    return !kvm_gsi_direct_mapping() &&
           (route_machine_remaps() ||
            pci_device_iommu_address_space(PCI_DEVICE(vdev)) !=
            &address_space_memory);
}

static bool route_sends(MSIMessage a, MSIMessage b)
{
    return a.address == b.address && a.data == b.data;
}

/* Spare routes of all devices. */
static unsigned int route_all_spares;

/*
 * A part of KVM's table that spare routes may take.  Most of it is left to
 * routes in use, of any device: without one vhost does not start.
 */
static bool route_table_has_room(void)
{
#ifdef CONFIG_KVM
    static int allowed = -1;

    if (allowed < 0) {
        allowed = kvm_check_extension(kvm_state, KVM_CAP_IRQ_ROUTING) / 4;
    }
    return route_all_spares < allowed;
#else
    return false;
#endif
}

/* Where a message is a GSI the former route is given back at once. */
static bool route_may_become_spare(VFIOMSIRoutes *routes)
{
    return kvm_gsi_direct_mapping() ||
           (routes->spares < VFIO_MSI_SPARE_ROUTES && route_table_has_room());
}

/* Take a spare route out of the list. */
static VFIOMSIRoute route_take_spare(VFIOPCIDevice *vdev, unsigned int i)
{
    VFIOMSIRoutes *routes = &vdev->msi_consumers.routes;
    VFIOMSIRoute route = routes->spare[i];

    routes->spares--;
    route_all_spares--;
    memmove(&routes->spare[i], &routes->spare[i + 1],
            (routes->spares - i) * sizeof(route));
    return route;
}

/* Vector @nr has @virq from now on; its former route, if any, is spare. */
static void route_assign(VFIOPCIDevice *vdev, unsigned int nr, int virq,
                         MSIMessage message)
{
    VFIOMSIRoutes *routes = &vdev->msi_consumers.routes;
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    VFIOMSIConsumer *consumer = &vector->consumer;

    if (vector->virq >= 0 && consumer->routed && !kvm_gsi_direct_mapping()) {
        assert(routes->spares < VFIO_MSI_SPARE_ROUTES);
        routes->spare[routes->spares++] = (VFIOMSIRoute) {
            .virq = vector->virq, .message = consumer->message,
        };
        route_all_spares++;
    } else if (vector->virq >= 0) {
        kvm_irqchip_release_virq(kvm_state, vector->virq);
    }
    vector->virq = virq;
    consumer->routed = true;
    consumer->message = message;
    trace_vfio_msi_route(vdev->vbasedev.name, nr, virq, routes->spares);
}

bool vfio_msi_route_find(VFIOPCIDevice *vdev, unsigned int nr,
                         MSIMessage message)
{
    VFIOMSIRoutes *routes = &vdev->msi_consumers.routes;
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];

    if (route_is_translated(vdev)) {
        return false;
    }
    if (vector->virq >= 0 && vector->consumer.routed &&
        route_sends(vector->consumer.message, message)) {
        return true;
    }

    for (unsigned int i = 0; i < routes->spares; i++) {
        if (route_sends(routes->spare[i].message, message)) {
            VFIOMSIRoute route = route_take_spare(vdev, i);

            route_assign(vdev, nr, route.virq, message);
            return true;
        }
    }
    return false;
}

/* What a vector's GSI sends is to be changed; the caller commits. */
static int route_update(VFIOPCIDevice *vdev, unsigned int nr,
                        MSIMessage message)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    int ret = kvm_irqchip_update_msi_route(kvm_state, vector->virq, message,
                                           PCI_DEVICE(vdev));

    vector->consumer.message = message;
    vector->consumer.routed = !ret;
    return ret;
}

int vfio_msi_route_make(VFIOPCIDevice *vdev, unsigned int nr,
                        KVMRouteChange *change)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    VFIOMSIRoutes *routes = &vdev->msi_consumers.routes;
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    MSIMessage message = msix_get_message(pdev, nr);

    if (vfio_msi_route_find(vdev, nr, message)) {
        return 0;
    }

    if (vector->virq < 0 || !route_is_translated(vdev)) {
        int virq = -ENOSPC;

        if (vector->virq < 0 || route_may_become_spare(routes)) {
            virq = kvm_irqchip_add_msi_route(change, nr, pdev);
        }
        if (virq >= 0) {
            route_assign(vdev, nr, virq, message);
            return 0;
        }
        if (virq == -ENOSPC && routes->spares) {
            VFIOMSIRoute oldest = route_take_spare(vdev, 0);

            route_assign(vdev, nr, oldest.virq, oldest.message);
        }
        if (vector->virq < 0) {
            return virq;
        }
    }

    change->changes++;
    return route_update(vdev, nr, message);
}

void vfio_msi_route_rewrite(VFIOPCIDevice *vdev, unsigned int nr,
                            MSIMessage message)
{
    route_update(vdev, nr, message);
    kvm_irqchip_commit_routes(kvm_state);
}

void vfio_msi_route_adopt(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIConsumer *consumer = &vdev->msi_vectors[nr].consumer;

    consumer->message = msix_get_message(PCI_DEVICE(vdev), nr);
    consumer->routed = true;
}

void vfio_msi_route_drop_spares(VFIOPCIDevice *vdev)
{
    VFIOMSIRoutes *routes = &vdev->msi_consumers.routes;

    route_all_spares -= routes->spares;
    while (routes->spares) {
        kvm_irqchip_release_virq(kvm_state,
                                 routes->spare[--routes->spares].virq);
    }
}
