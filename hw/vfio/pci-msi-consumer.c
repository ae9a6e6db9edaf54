/*
 * The consumer side of MSI-X interrupts of an assigned device
 *
 * A vector has one eventfd, which VFIO signals as long as the vector is in use.
 * This file decides who takes its events.  While the vector is unmasked and
 * has a route, KVM does, with an irqfd.  While it is masked, or without KVM,
 * QEMU's handler does, and makes the pending bit or a message of them.
 *
 * So masking moves the consumer and leaves the producer alone: the host kernel
 * frees and requests no interrupt, and no event can be lost, because an eventfd
 * keeps its count until somebody reads it.  Which eventfd VFIO has is the
 * business of pci-msi-trigger.c.
 *
 * How an event cannot fall between the two, nor reach both:
 *
 * Mask.  The table entry is masked already.  KVM_IRQFD with DEASSIGN returns
 * when KVM has taken its hook off the eventfd and has finished what it had
 * begun to inject, so nothing is delivered on the old message after the guest's
 * write completes.  What comes then waits in the count until QEMU's handler
 * makes it pending.
 *
 * Unmask.  QEMU's handler cannot be running, as it needs the BQL.  What it has
 * not read yet is read now and becomes the pending bit, so that together with
 * an earlier event it makes one interrupt, as in hardware.  Then KVM takes the
 * eventfd.  An event between the two is still in the count, and KVM injects one
 * interrupt when it finds the eventfd readable, but leaves the count as it is:
 * read it once more, or QEMU's handler would send a second message.  An event
 * after KVM took the eventfd is read by KVM, under the eventfd's lock, before
 * anybody else can.  So the handler stays installed all the time, which spares
 * waking the main loop for each change; it finds nothing to read while KVM has
 * the eventfd.  Before Linux 5.11 KVM does not read: there the handler is
 * removed while KVM has the eventfd.
 *
 * Unmask with a message that no route sends, and first use.  A route for it
 * makes KVM wait until nobody uses the old table, which costs as much as all
 * the rest (pci-msi-route.c), for what may be moved again before it fires.  So
 * QEMU keeps the vector, and sends the message itself, which is always the one
 * in the table.  Each event costs it a little more than it would cost KVM;
 * when these have added up to the price of a route, KVM takes the vector.  So
 * at worst twice as much is paid as by knowing beforehand.  And as one call
 * changes all of the table, the other vectors that wait get their routes, too.
 *
 * Where a message is a GSI (POWER) there is no table to change, so KVM takes
 * the vector at once.  With the eventfd it takes the interrupt of the host, and
 * changes the source that the guest drives: see pci-msi-xive.c.
 *
 * The route stays while the vector is masked.  Dropping one that an irqfd may
 * still use has crashed hosts, and a mask seldom changes the message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/bitmap.h"
#include "qemu/event_notifier.h"
#include "hw/pci/msix.h"
#include "system/kvm.h"
#include "pci-irq-compat.h"
#include "pci-msi-consumer.h"
#include "pci-msi-route.h"
#include "pci-msi-trigger.h"
#include "pci-msi-xive.h"
#include "trace.h"

#ifdef CONFIG_KVM
#include <linux/kvm.h>
#endif

/*
 * So many events QEMU takes before it is worth a route: KVM_SET_GSI_ROUTING and
 * KVM_IRQFD take about as long as a wakeup of the main loop, the eventfd's read
 * and KVM_SIGNAL_MSI this often.
 */
#define CONSUMER_EVENTS 8

/* Can KVM have the events of MSI-X vectors at all? */
static bool consumer_kvm_can(VFIOPCIDevice *vdev)
{
    return kvm_msi_via_irqfd_enabled() && !vdev->no_kvm_msix;
}

bool vfio_msi_consumer_moves(VFIOPCIDevice *vdev, VFIOMSIVector *vector)
{
    return vdev->interrupt == VFIO_INT_MSIX && !vector->consumer.swaps &&
           vdev->irq_properties.msix_mask != VFIO_MSIX_MASK_SWAP;
}

/* Say once between enable and disable that the fast path is not to be had. */
static void consumer_report(VFIOPCIDevice *vdev, unsigned int nr,
                            const char *what, const char *instead, int err)
{
    if (!vdev->msi_triggers.fallback_reported) {
        vdev->msi_triggers.fallback_reported = true;
        warn_report("vfio %s: vector %u: %s of KVM: %s; %s",
                    vdev->vbasedev.name, nr, what, strerror(-err), instead);
    }
}

/*
 * Does KVM read an eventfd that it takes an event from (irqfd_wakeup() in
 * virt/kvm/eventfd.c)?  Tried once, on the GSI after the last that QEMU gives
 * away, which leads nowhere.  KVM drops the irqfd by itself when the eventfd is
 * closed; taking it away would be a wait for nothing.
 */
static bool consumer_kvm_reads(void)
{
#ifdef CONFIG_KVM
    static enum { UNKNOWN, NO, YES } reads;
    EventNotifier event;
    int gsi;

    if (reads != UNKNOWN) {
        return reads == YES;
    }

    reads = NO;
    gsi = kvm_check_extension(kvm_state, KVM_CAP_IRQ_ROUTING) - 1;
    if (gsi < 0 || event_notifier_init(&event, 0)) {
        return false;
    }
    if (!kvm_irqchip_add_irqfd_notifier_gsi(kvm_state, &event, NULL, gsi)) {
        event_notifier_set(&event);
        if (!event_notifier_test_and_clear(&event)) {
            reads = YES;
        }
    }
    event_notifier_cleanup(&event);
    return reads == YES;
#else
    return false;
#endif
}

/* On POWER a source has changed with its consumer. */
static void consumer_settle_source(VFIOPCIDevice *vdev, unsigned int nr,
                                   int before, bool fired)
{
    int ret = vfio_msi_xive_settle(vdev, nr, vdev->msi_vectors[nr].virq, before,
                                   fired);

    if (ret < 0) {
        consumer_report(vdev, nr, "no configuration of the source",
                        "its interrupts do not reach the guest", ret);
    }
}

/* KVM takes the events of @nr from here on, of which none is left unread. */
static bool consumer_give_to_kvm(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    int source = vfio_msi_xive_look(vector->virq);
    bool fired;
    int ret;

    assert(!vector->consumer.by_kvm);
    if (!consumer_kvm_reads()) {
        vfio_pci_msi_set_handler(vdev, nr, false);
    }
    ret = kvm_irqchip_add_irqfd_notifier_gsi(kvm_state, &vector->interrupt,
                                             NULL, vector->virq);
    trace_vfio_msi_consumer(vdev->vbasedev.name, nr, "KVM", ret);
    if (ret < 0) {
        if (!consumer_kvm_reads()) {
            vfio_pci_msi_set_handler(vdev, nr, true);
        }
        consumer_report(vdev, nr, "no irqfd", "QEMU injects its interrupts",
                        ret);
        return false;
    }

    /* What KVM found in the count it has injected, but not read. */
    fired = event_notifier_test_and_clear(&vector->interrupt);
    /* Or it has not, as that is too late once the interrupts are joined. */
    consumer_settle_source(vdev, nr, source, fired);
    vector->consumer.by_kvm = true;
    vector->consumer.served = 0;
    return true;
}

/* A route for a vector that QEMU keeps.  Without one QEMU goes on to. */
static bool consumer_make_route(VFIOPCIDevice *vdev, unsigned int nr,
                                KVMRouteChange *change)
{
    int ret = vfio_msi_route_make(vdev, nr, change);

    if (ret) {
        /* Not before the next unmask again. */
        vdev->msi_vectors[nr].consumer.kept = false;
        vfio_msi_consumer_check_route(vdev, nr, ret);
    }
    return !ret;
}

/* Where a message is a GSI no table has to change. */
static bool consumer_make_free_route(VFIOPCIDevice *vdev, unsigned int nr)
{
    KVMRouteChange change = kvm_irqchip_begin_route_changes(kvm_state);

    return kvm_gsi_direct_mapping() && consumer_make_route(vdev, nr, &change);
}

/*
 * KVM takes @ready, vectors with routes, from QEMU.
 *
 * An event that QEMU has not read is put back when KVM has the eventfd, and so
 * injected at once, while what KVM finds at first it injects some time later,
 * maybe after the state of the VM was saved.  If KVM refused, QEMU's handler
 * takes it.  The message is not sent from here: it is a write to where the
 * guest says, and if that disables MSI-X, the vectors are gone.
 */
static void consumer_connect_ready(VFIOPCIDevice *vdev,
                                   const unsigned long *ready)
{
    unsigned int nr, count = vdev->nr_vectors;

    for (nr = find_first_bit(ready, count); nr < count;
         nr = find_next_bit(ready, count, nr + 1)) {
        VFIOMSIVector *vector = &vdev->msi_vectors[nr];
        bool fired = event_notifier_test_and_clear(&vector->interrupt);

        vector->consumer.kept = false;
        consumer_give_to_kvm(vdev, nr);
        if (fired) {
            event_notifier_set(&vector->interrupt);
        }
    }
}

/* Vectors masked in the meantime are not kept any more. */
static void consumer_connect_all(VFIOPCIDevice *vdev)
{
    KVMRouteChange change = kvm_irqchip_begin_route_changes(kvm_state);
    unsigned int nr, count = vdev->nr_vectors;
    g_autofree unsigned long *ready = bitmap_new(count);

    for (nr = 0; nr < count; nr++) {
        if (vdev->msi_vectors[nr].consumer.kept &&
            consumer_make_route(vdev, nr, &change)) {
            set_bit(nr, ready);
        }
    }
    kvm_irqchip_commit_route_changes(&change);
    consumer_connect_ready(vdev, ready);
}

/* If the table must change, then for all vectors that wait. */
static void consumer_connect_one(VFIOPCIDevice *vdev, unsigned int nr)
{
    KVMRouteChange change = kvm_irqchip_begin_route_changes(kvm_state);
    unsigned int other, count = vdev->nr_vectors;
    g_autofree unsigned long *ready = bitmap_new(count);

    if (consumer_make_route(vdev, nr, &change)) {
        set_bit(nr, ready);
    }
    for (other = 0; other < count && change.changes; other++) {
        if (other != nr && vdev->msi_vectors[other].consumer.kept) {
            consumer_make_route(vdev, other, &change);
        }
    }
    kvm_irqchip_commit_route_changes(&change);
    consumer_connect_ready(vdev, ready);
}

/*
 * With the vCPUs stopped QEMU must hold no event that KVM would have delivered,
 * or it would be missing in the state that is saved: connect at once.
 */
static void consumer_vm_state_change(void *opaque, bool running, RunState state)
{
    VFIOPCIDevice *vdev = opaque;

    if (!running && !vdev->msi_consumers.suspended) {
        consumer_connect_all(vdev);
    }
}

/* QEMU keeps the vector until its events are worth a route. */
static void consumer_keep(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIConsumers *consumers = &vdev->msi_consumers;

    vdev->msi_vectors[nr].consumer.kept = true;
    if (!consumers->vm_state) {
        consumers->vm_state = vfio_irq_add_vm_state_handler(
            DEVICE(vdev), consumer_vm_state_change, vdev);
    }
}

bool vfio_msi_consumer_start(VFIOPCIDevice *vdev, unsigned int nr)
{
    if (!consumer_kvm_can(vdev) || kvm_gsi_direct_mapping() ||
        !vfio_msi_consumer_moves(vdev, &vdev->msi_vectors[nr])) {
        return false;
    }
    consumer_keep(vdev, nr);
    return true;
}

void vfio_msi_consumer_served(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIConsumer *consumer = &vdev->msi_vectors[nr].consumer;

    if (consumer->kept && ++consumer->served >= CONSUMER_EVENTS) {
        consumer_connect_one(vdev, nr);
    }
}

bool vfio_msi_consumer_connect(VFIOPCIDevice *vdev, unsigned int nr)
{
    vfio_msi_route_adopt(vdev, nr);
    return msix_is_masked(PCI_DEVICE(vdev), nr) ||
           consumer_give_to_kvm(vdev, nr);
}

bool vfio_msi_consumer_disconnect(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    int source, ret;

    if (!vector->consumer.by_kvm) {
        return true;
    }

    source = vfio_msi_xive_look(vector->virq);
    ret = kvm_irqchip_remove_irqfd_notifier_gsi(kvm_state, &vector->interrupt,
                                                vector->virq);
    trace_vfio_msi_consumer(vdev->vbasedev.name, nr, "QEMU", ret);
    if (ret < 0) {
        return false;
    }

    consumer_settle_source(vdev, nr, source, false);
    vector->consumer.by_kvm = false;
    if (!consumer_kvm_reads()) {
        vfio_pci_msi_set_handler(vdev, nr, true);
    }
    return true;
}

void vfio_msi_consumer_mask(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];

    if (!vector->use || !vfio_msi_consumer_moves(vdev, vector)) {
        return;
    }
    vector->consumer.kept = false;

    /* While KVM holds on to the eventfd, nothing may signal it. */
    if (!vfio_msi_consumer_disconnect(vdev, nr)) {
        bool detached = vfio_msi_trigger_detach(vdev, nr);

        consumer_report(vdev, nr, "no release",
                        detached ? "it is masked in the device" :
                        "nor does VFIO take it back, so the guest gets its "
                        "interrupts while it is masked", -EIO);
    }
}

bool vfio_msi_consumer_unmask(VFIOPCIDevice *vdev, unsigned int nr,
                              MSIMessage message)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    VFIOMSIConsumer *consumer = &vector->consumer;

    if (!vector->use || !vfio_msi_consumer_moves(vdev, vector)) {
        return false;
    }

    /* After an update of QEMU has begun, the events are not ours. */
    if (vdev->msi_consumers.suspended) {
        return true;
    }

    if (!consumer_kvm_can(vdev)) {
        return false;
    }

    /* KVM did not let go at the mask, and nothing signalled it since. */
    if (consumer->by_kvm) {
        vfio_msi_route_rewrite(vdev, nr, message);
        return true;
    }

    /* The handler cannot run meanwhile.  What it has not read, is read here. */
    if (event_notifier_test_and_clear(&vector->interrupt)) {
        msix_set_pending(PCI_DEVICE(vdev), nr);
    }

    if (vfio_msi_route_find(vdev, nr, message) ||
        consumer_make_free_route(vdev, nr)) {
        consumer_give_to_kvm(vdev, nr);
    } else {
        consumer_keep(vdev, nr);
    }
    return true;
}

bool vfio_msi_consumer_suspend(VFIOPCIDevice *vdev, unsigned int nr)
{
    vdev->msi_consumers.suspended = true;
    vdev->msi_vectors[nr].consumer.kept = false;
    if (!vfio_msi_consumer_disconnect(vdev, nr)) {
        return false;
    }
    vfio_pci_msi_set_handler(vdev, nr, false);
    return true;
}

void vfio_msi_consumer_resume(VFIOPCIDevice *vdev, unsigned int nr)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];

    vdev->msi_consumers.suspended = false;
    /* An update may also fail before this vector was suspended. */
    if (vector->consumer.by_kvm) {
        return;
    }
    vfio_pci_msi_set_handler(vdev, nr, true);
    if (!consumer_kvm_can(vdev) || msix_is_masked(pdev, nr)) {
        return;
    }
    /* The VM is stopped: an event that waits becomes KVM's, see above. */
    consumer_keep(vdev, nr);
    consumer_connect_one(vdev, nr);
}

void vfio_msi_consumer_stop(VFIOPCIDevice *vdev)
{
    vfio_msi_route_drop_spares(vdev);
}

void vfio_msi_consumer_exit(VFIOPCIDevice *vdev)
{
    g_clear_pointer(&vdev->msi_consumers.vm_state,
                    qemu_del_vm_change_state_handler);
}

void vfio_msi_consumer_check_route(VFIOPCIDevice *vdev, unsigned int nr,
                                   int virq)
{
    if (virq < 0 && kvm_msi_via_irqfd_enabled()) {
        consumer_report(vdev, nr, "no route", "QEMU injects its interrupts",
                        virq);
    }
}
