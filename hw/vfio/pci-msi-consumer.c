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
 * read it once more, or the next mask would take it for a new event.  An event
 * after KVM took the eventfd is read by KVM, under the eventfd's lock, before
 * anybody else can.  So the handler stays installed all the time, which spares
 * waking the main loop for each change; it finds nothing to read while KVM has
 * the eventfd.  Before Linux 5.11 KVM does not read: there the handler is
 * removed while KVM has the eventfd.
 *
 * Unmask with another message.  Handing KVM a changed route means handing it
 * all routes of the VM, and waiting until none of its readers uses the old
 * ones: the most expensive call there is here.  A guest that moves one vector
 * mostly moves more, or the same again.  So QEMU keeps the vector for the
 * moment, and sends the message itself, which is always the one in the table;
 * shortly after, a timer brings the routes of all moved vectors up to date in
 * one call and connects them.
 *
 * Where messages are translated (by an emulated IOMMU that remaps interrupts,
 * or Xen), the route holds the translation, which can change while the message
 * stays.  There each unmask counts as one with another message.
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
#include "qemu/timer.h"
#include "hw/pci/msix.h"
#include "hw/xen/xen.h"
#include "system/kvm.h"
#include "pci-irq-compat.h"
#include "pci-msi-consumer.h"
#include "pci-msi-trigger.h"
#include "trace.h"

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

/* How long QEMU keeps a vector that was moved, in milliseconds. */
#define CONSUMER_MOVED_MS 5

/*
 * Does KVM read an eventfd that it takes an event from (irqfd_wakeup() in
 * virt/kvm/eventfd.c)?  Tried once, on an interrupt that leads nowhere.
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
    gsi = kvm_irqchip_get_virq(kvm_state);
    if (gsi < 0 || event_notifier_init(&event, 0)) {
        return false;
    }
    if (!kvm_irqchip_add_irqfd_notifier_gsi(kvm_state, &event, NULL, gsi)) {
        event_notifier_set(&event);
        if (!event_notifier_test_and_clear(&event)) {
            reads = YES;
        }
        kvm_irqchip_remove_irqfd_notifier_gsi(kvm_state, &event, gsi);
    }
    event_notifier_cleanup(&event);
    return reads == YES;
#else
    return false;
#endif
}

/* KVM takes the events of @nr from here on, of which none is left unread. */
static bool consumer_give_to_kvm(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
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
    event_notifier_test_and_clear(&vector->interrupt);
    vector->consumer.by_kvm = true;
    return true;
}

static bool consumer_route_is_current(VFIOPCIDevice *vdev, unsigned int nr,
                                      MSIMessage message)
{
    VFIOMSIConsumer *consumer = &vdev->msi_vectors[nr].consumer;

    bool translated = xen_mode == XEN_EMULATE ||
                      (!kvm_gsi_direct_mapping() &&
                       pci_device_iommu_address_space(PCI_DEVICE(vdev)) !=
                       &address_space_memory);

    return consumer->routed && !translated &&
           message.address == consumer->message.address &&
           message.data == consumer->message.data;
}

/* Returns false if KVM cannot send the message: there may be no translation. */
static bool consumer_update_route(VFIOPCIDevice *vdev, unsigned int nr)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    VFIOMSIConsumer *consumer = &vector->consumer;

    consumer->moved = false;
    consumer->message = msix_get_message(pdev, nr);
    consumer->routed = !kvm_irqchip_update_msi_route(kvm_state, vector->virq,
                                                     consumer->message, pdev);
    return consumer->routed;
}

/*
 * The guest has stopped to move vectors, or at least has been moving them for a
 * while.  Those masked in the meantime are masked still: the next unmask looks
 * at their message again.
 *
 * Events that QEMU has not read are sent at the end: a message is a write to
 * where the guest says, and may have any effect, even on this device.
 */
static void consumer_connect_moved(void *opaque)
{
    VFIOPCIDevice *vdev = opaque;
    PCIDevice *pdev = PCI_DEVICE(vdev);
    unsigned int nr, count = vdev->nr_vectors;
    g_autofree unsigned long *moved = bitmap_new(count);
    g_autofree unsigned long *fired = bitmap_new(count);

    for (nr = 0; nr < count; nr++) {
        if (vdev->msi_vectors[nr].consumer.moved &&
            consumer_update_route(vdev, nr)) {
            set_bit(nr, moved);
        }
    }
    if (bitmap_empty(moved, count)) {
        return;
    }
    kvm_irqchip_commit_routes(kvm_state);

    for (nr = find_first_bit(moved, count); nr < count;
         nr = find_next_bit(moved, count, nr + 1)) {
        if (event_notifier_test_and_clear(&vdev->msi_vectors[nr].interrupt)) {
            set_bit(nr, fired);
        }
        consumer_give_to_kvm(vdev, nr);
    }

    for (nr = find_first_bit(fired, count); nr < count;
         nr = find_next_bit(fired, count, nr + 1)) {
        msix_notify(pdev, nr);
    }
}

/*
 * With the vCPUs stopped QEMU must hold no event that KVM would have delivered,
 * or it would be missing in the state that is saved: connect at once.
 */
static void consumer_vm_state_change(void *opaque, bool running, RunState state)
{
    VFIOPCIDevice *vdev = opaque;

    if (!running && timer_pending(vdev->msi_moved_timer)) {
        timer_del(vdev->msi_moved_timer);
        consumer_connect_moved(vdev);
    }
}

static void consumer_schedule_moved(VFIOPCIDevice *vdev)
{
    int64_t now = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);

    if (!vdev->msi_moved_timer) {
        vdev->msi_moved_timer = timer_new_ms(QEMU_CLOCK_REALTIME,
                                             consumer_connect_moved, vdev);
        vdev->msi_vm_state = vfio_irq_add_vm_state_handler(
            DEVICE(vdev), consumer_vm_state_change, vdev);
    }
    if (!timer_pending(vdev->msi_moved_timer)) {
        timer_mod(vdev->msi_moved_timer, now + CONSUMER_MOVED_MS);
    }
}

bool vfio_msi_consumer_connect(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    PCIDevice *pdev = PCI_DEVICE(vdev);

    vector->consumer.message = msix_get_message(pdev, nr);
    vector->consumer.routed = true;
    if (msix_is_masked(pdev, nr)) {
        return true;
    }
    if (event_notifier_test_and_clear(&vector->interrupt)) {
        msix_set_pending(pdev, nr);
    }
    return consumer_give_to_kvm(vdev, nr);
}

bool vfio_msi_consumer_disconnect(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    int ret;

    if (!vector->consumer.by_kvm) {
        return true;
    }

    ret = kvm_irqchip_remove_irqfd_notifier_gsi(kvm_state, &vector->interrupt,
                                                vector->virq);
    trace_vfio_msi_consumer(vdev->vbasedev.name, nr, "QEMU", ret);
    if (ret < 0) {
        return false;
    }

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
    vector->consumer.moved = false;

    /* While KVM holds on to the eventfd, nothing may signal it. */
    if (!vfio_msi_consumer_disconnect(vdev, nr)) {
        consumer_report(vdev, nr, "no release", "it is masked in the device",
                        -EIO);
        vfio_msi_trigger_detach(vdev, nr);
    }
}

bool vfio_msi_consumer_unmask(VFIOPCIDevice *vdev, unsigned int nr,
                              MSIMessage message)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    VFIOMSIConsumer *consumer = &vector->consumer;
    bool current;

    if (!vector->use || vector->virq < 0 ||
        !vfio_msi_consumer_moves(vdev, vector)) {
        return false;
    }

    /* After an update of QEMU has begun, the events are not ours. */
    if (vdev->msi_consumers_suspended) {
        return true;
    }

    /* KVM did not let go at the mask, and nothing signalled it since. */
    current = consumer_route_is_current(vdev, nr, message);
    if (consumer->by_kvm) {
        if (!current) {
            consumer_update_route(vdev, nr);
            kvm_irqchip_commit_routes(kvm_state);
        }
        return true;
    }

    /* The handler cannot run meanwhile.  What it has not read, is read here. */
    if (event_notifier_test_and_clear(&vector->interrupt)) {
        msix_set_pending(PCI_DEVICE(vdev), nr);
    }

    if (current) {
        consumer_give_to_kvm(vdev, nr);
    } else {
        consumer->moved = true;
        consumer_schedule_moved(vdev);
    }
    return true;
}

void vfio_msi_consumer_suspend(VFIOPCIDevice *vdev, unsigned int nr)
{
    vdev->msi_consumers_suspended = true;
    vdev->msi_vectors[nr].consumer.moved = false;
    vfio_msi_consumer_disconnect(vdev, nr);
    vfio_pci_msi_set_handler(vdev, nr, false);
}

void vfio_msi_consumer_resume(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];

    vdev->msi_consumers_suspended = false;
    /* An update may also fail before this vector was suspended. */
    if (vector->consumer.by_kvm) {
        return;
    }
    vfio_pci_msi_set_handler(vdev, nr, true);
    if (vector->virq >= 0 && !msix_is_masked(PCI_DEVICE(vdev), nr)) {
        vector->consumer.moved = true;
        consumer_schedule_moved(vdev);
    }
}

void vfio_msi_consumer_stop(VFIOPCIDevice *vdev)
{
    g_clear_pointer(&vdev->msi_moved_timer, timer_free);
    g_clear_pointer(&vdev->msi_vm_state, qemu_del_vm_change_state_handler);
}

void vfio_msi_consumer_check_route(VFIOPCIDevice *vdev, unsigned int nr,
                                   int virq)
{
    if (virq < 0 && kvm_msi_via_irqfd_enabled()) {
        consumer_report(vdev, nr, "no route", "QEMU injects its interrupts",
                        virq);
    }
}
