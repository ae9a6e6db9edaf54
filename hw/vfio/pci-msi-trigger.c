/*
 * The trigger side of MSI and MSI-X interrupts of an assigned device
 *
 * A vector has a producer, the trigger: the eventfd which the host kernel
 * signals when the device's interrupt arrives; and a consumer: KVM's irqfd, or
 * QEMU's own handler.  This file owns the triggers.  It is the one place that
 * issues VFIO_DEVICE_SET_IRQS for them, and it knows at any time what the
 * kernel holds.  Which eventfd a vector ought to have follows from the
 * vector's state in pci.c, where the consumers are; the pending bits are in
 * pci-msix-pba.c.
 *
 * Why the care: the kernel replaces a trigger by free_irq() and request_irq()
 * while the device is running.  A message that a CPU has accepted but not
 * handled by then is acknowledged and discarded, and a device which waits for
 * its last interrupt to be serviced before it raises the next one is stuck for
 * good (seed document 002; vfio_msi_set_vector_signal() in
 * drivers/vfio/pci/vfio_pci_intrs.c).  So a call that would change nothing is
 * not made, and after one that replaced a live trigger the guest gets one
 * interrupt for it: at worst a spurious one, which every MSI driver has to
 * take anyway.  A vector that was not live loses nothing: the kernel keeps it
 * masked in the device, whose own pending bit holds the event until the
 * trigger is installed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/error-report.h"
#include "qemu/event_notifier.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "pci-irq-compat.h"
#include "pci-msi-consumer.h"
#include "pci-msi-trigger.h"
#include "pci-msix-pba.h"
#include "trace.h"

/* No eventfd: the kernel keeps the vector masked in the device. */
#define VFIO_MSI_TRIGGER_NONE (-1)
/* The same, until the guest's write is done: see vfio_msi_trigger_begin(). */
#define VFIO_MSI_TRIGGER_QUEUED (-2)

static bool trigger_is_msix(VFIOPCIDevice *vdev)
{
    return vdev->msi_triggers.index == VFIO_PCI_MSIX_IRQ_INDEX;
}

/* The reason for a refusal, @ret being what trigger_submit() returned. */
static const char *trigger_strerror(int ret)
{
    return ret > 0 ? "too few host vectors" : strerror(-ret);
}

/*
 * Hand @fds to the kernel for vectors @start.. in one call.  Returns as the
 * kernel does: 0, a negative errno, or at an enable the number of vectors there
 * are if those are fewer.
 */
static int trigger_submit(VFIOPCIDevice *vdev, unsigned int start,
                          const int32_t *fds, unsigned int count)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    size_t argsz = sizeof(struct vfio_irq_set) + count * sizeof(*fds);
    g_autofree struct vfio_irq_set *irq_set = g_malloc0(argsz);
    int ret;

    irq_set->argsz = argsz;
    irq_set->flags = count ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE;
    irq_set->flags |= VFIO_IRQ_SET_ACTION_TRIGGER;
    irq_set->index = t->index;
    irq_set->start = start;
    irq_set->count = count;
    for (unsigned int i = 0; i < count; i++) {
        ((int32_t *)irq_set->data)[i] = MAX(fds[i], VFIO_MSI_TRIGGER_NONE);
    }

    ret = vfio_irq_set_submit(&vdev->vbasedev, irq_set);
    trace_vfio_msi_trigger_submit(vdev->vbasedev.name, t->index, start, count,
                                  count ? fds[0] : VFIO_MSI_TRIGGER_NONE, ret);
    return ret;
}

/* Disable the whole index.  The kernel frees every vector. */
static void trigger_teardown(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    trigger_submit(vdev, 0, NULL, 0);
    t->allocated = 0;
    for (unsigned int i = 0; i < t->size; i++) {
        t->fds[i] = VFIO_MSI_TRIGGER_NONE;
    }
}

static void trigger_start(VFIOPCIDevice *vdev, int index, unsigned int size)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    t->state = VFIO_MSI_TRIGGER_REFUSED;
    t->index = index;
    t->size = size;
    t->fds = g_new(int32_t, size);
    t->dead = bitmap_new(size);
    t->unverified = bitmap_new(size);
    for (unsigned int i = 0; i < size; i++) {
        t->fds[i] = VFIO_MSI_TRIGGER_NONE;
    }
}

/* QEMU's own eventfd of a vector, or none if the vector is not in use. */
static int32_t trigger_userspace_fd(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];

    return vector->use ? event_notifier_get_fd(&vector->interrupt) :
                         VFIO_MSI_TRIGGER_NONE;
}

/*
 * The eventfd that a vector ought to have.  Where its consumer moves, a vector
 * of MSI-X has but one.  Else it has one for KVM too, in use while there is a
 * route and, as the mask and pending bits of MSI-X are emulated, the vector is
 * unmasked; those of MSI the guest has direct access to.  A masked vector
 * without a trigger needs none: it is masked in the device, which keeps the
 * event.
 */
static int32_t trigger_wanted_fd(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIVector *vector = &vdev->msi_vectors[nr];
    bool masked = trigger_is_msix(vdev) &&
                  msix_is_masked(PCI_DEVICE(vdev), nr);

    if (masked && !vfio_msi_trigger_live(vdev, nr)) {
        return VFIO_MSI_TRIGGER_NONE;
    }
    if (masked || !vector->use || vector->virq < 0 ||
        (trigger_is_msix(vdev) && vfio_msi_consumer_moves(vdev, vector))) {
        return trigger_userspace_fd(vdev, nr);
    }
    return event_notifier_get_fd(&vector->kvm_interrupt);
}

/* Of each vector there is; to be freed. */
static int32_t *trigger_wanted_fds(VFIOPCIDevice *vdev)
{
    int32_t *fds = g_new(int32_t, vdev->nr_vectors);

    for (unsigned int i = 0; i < vdev->nr_vectors; i++) {
        fds[i] = trigger_wanted_fd(vdev, i);
    }
    return fds;
}

/*
 * What to do if the kernel refuses the eventfd that @nr ought to have.  An
 * unmasked vector is served by QEMU, and a masked one loses its trigger.
 */
static int32_t trigger_fallback_fd(VFIOPCIDevice *vdev, unsigned int nr)
{
    if (msix_is_masked(PCI_DEVICE(vdev), nr)) {
        return VFIO_MSI_TRIGGER_NONE;
    }
    return trigger_userspace_fd(vdev, nr);
}

static bool trigger_reinject_enabled(VFIOPCIDevice *vdev)
{
    switch (vdev->irq_properties.irq_reinject) {
    case ON_OFF_AUTO_ON:
        return true;
    case ON_OFF_AUTO_OFF:
        return false;
    default:
        /* A vfio-user server swaps an eventfd without freeing an interrupt. */
        return vfio_irq_backend_is_kernel(vdev);
    }
}

/* Read what an eventfd counts, if there is one. */
static uint64_t trigger_take_events(int32_t fd)
{
    uint64_t count;

    return fd >= 0 && read(fd, &count, sizeof(count)) == sizeof(count) ?
           count : 0;
}

static void trigger_add_events(int32_t fd, uint64_t count)
{
    ssize_t ret;

    if (count) {
        do {
            ret = write(fd, &count, sizeof(count));
        } while (ret < 0 && errno == EINTR);
    }
}

/*
 * The live trigger of @nr was replaced, so an edge may have been lost: make
 * the guest see one.  Before the call the device may believe that it raised,
 * the kernel that it handled or discarded, KVM and the guest that nothing
 * happened; an edge after the call takes the ordinary path.  If none was lost
 * the guest takes a spurious interrupt.
 *
 * An unmasked vector has an event in @fd, the eventfd that it had or has, whose
 * consumer takes it like one of the device.  The message must not be sent from
 * here: it is a write to where the guest says, and if that disables MSI-X, the
 * state that our callers work on is gone.
 *
 * The vector whose notifier is running has no @fd (VFIO_MSI_TRIGGER_NONE) and
 * in any case its pending bit: if the guest has just unmasked it, the MSI-X
 * core delivers that bit as soon as the notifier returns, and together with an
 * edge that was pending already it makes one interrupt, not two.
 */
static void trigger_reinject(VFIOPCIDevice *vdev, unsigned int nr, int32_t fd)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    bool masked = msix_is_masked(pdev, nr);

    if (!trigger_reinject_enabled(vdev)) {
        return;
    }

    trace_vfio_msi_trigger_reinject(vdev->vbasedev.name, nr, masked);
    if (masked) {
        vfio_msix_pba_pend(vdev, nr);
    }
    if (masked || fd < 0) {
        msix_set_pending(pdev, nr);
    } else {
        trigger_add_events(fd, 1);
    }
}

/* The kernel has @fd for @nr, or has none for it. */
static void trigger_installed(VFIOPCIDevice *vdev, unsigned int nr, int32_t fd)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    t->fds[nr] = fd;
    if (fd >= 0) {
        clear_bit(nr, t->dead);
    }
}

/*
 * The kernel refused every eventfd for @nr.  Say that the vector is dead, once
 * until it comes back to life: the guest can make us try as often as it likes.
 */
static void trigger_bury(VFIOPCIDevice *vdev, unsigned int nr, int err)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    t->fds[nr] = VFIO_MSI_TRIGGER_NONE;
    if (!test_and_set_bit(nr, t->dead)) {
        error_report("vfio %s: MSI-X vector %u is dead until the guest unmasks "
                     "it again: VFIO_DEVICE_SET_IRQS refused its eventfd: %s",
                     vdev->vbasedev.name, nr, trigger_strerror(err));
    }
}

static void trigger_report_fallback(VFIOPCIDevice *vdev, unsigned int nr,
                                    int32_t fd, int err)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    trace_vfio_msi_trigger_fallback(vdev->vbasedev.name, nr, fd, err);
    /* The same eventfd at the second try: as if nothing had been. */
    if (fd != trigger_wanted_fd(vdev, nr) && !t->fallback_reported) {
        t->fallback_reported = true;
        warn_report("vfio %s: MSI-X vector %u: VFIO_DEVICE_SET_IRQS refused "
                    "its eventfd: %s; %s", vdev->vbasedev.name, nr,
                    trigger_strerror(err),
                    fd < 0 ? "it is masked in the device instead" :
                             "QEMU injects its interrupts");
    }
}

/*
 * Make @fd the trigger of @nr, a vector that the host has allocated or can
 * allocate by itself.
 *
 * When the kernel refuses, it has freed the old trigger or it has not, and does
 * not say which.  Whatever is installed next, or the detaching at the end,
 * makes the state known again; and as the old trigger may have been freed, a
 * live one counts as replaced.
 */
static void trigger_replace(VFIOPCIDevice *vdev, unsigned int nr, int32_t fd)
{
    bool was_live = vfio_msi_trigger_live(vdev, nr);
    int32_t fallback = trigger_fallback_fd(vdev, nr);
    int32_t none = VFIO_MSI_TRIGGER_NONE;
    int ret;

    clear_bit(nr, vdev->msi_triggers.unverified);
    ret = trigger_submit(vdev, nr, &fd, 1);
    if (!ret) {
        trigger_installed(vdev, nr, fd);
    } else if (!trigger_submit(vdev, nr, &fallback, 1)) {
        trigger_report_fallback(vdev, nr, fallback, ret);
        trigger_installed(vdev, nr, fallback);
    } else {
        trigger_submit(vdev, nr, &none, 1);
        trigger_bury(vdev, nr, ret);
    }

    if (was_live) {
        trigger_reinject(vdev, nr, VFIO_MSI_TRIGGER_NONE);
    }
}

/*
 * Enable MSI-X on the host with no vector.  Kernels that want a vector get
 * vector 0, with a trigger that leads to userspace and is released at once.  If
 * it fires in between that is pending, as the guest has it masked; or if not,
 * after the host has refused something, an event of the trigger it gets next.
 */
static int trigger_enable_no_vector(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    int32_t fd = VFIO_MSI_TRIGGER_NONE;
    EventNotifier gap;
    int ret;

    ret = trigger_submit(vdev, 0, &fd, 1);
    if (ret) {
        if (event_notifier_init(&gap, 0)) {
            return ret;
        }
        fd = event_notifier_get_fd(&gap);
        ret = trigger_submit(vdev, 0, &fd, 1);
        if (!ret) {
            fd = VFIO_MSI_TRIGGER_NONE;
            ret = trigger_submit(vdev, 0, &fd, 1);
            if (ret) {
                trigger_teardown(vdev);
            }
        }
        if (event_notifier_test_and_clear(&gap)) {
            int32_t wanted = trigger_wanted_fd(vdev, 0);

            if (wanted >= 0) {
                trigger_add_events(wanted, 1);
            } else {
                vfio_msix_pba_pend(vdev, 0);
                msix_set_pending(PCI_DEVICE(vdev), 0);
            }
        }
        event_notifier_cleanup(&gap);
    }
    if (!ret) {
        t->state = VFIO_MSI_TRIGGER_ON;
        t->allocated = 1;
    }
    return ret;
}

/*
 * Enable the index, which is off, with @fds for vectors 0 to @count - 1.
 * Returns as trigger_submit() does; on failure the index is off, unless the
 * host allocates vectors dynamically: then it is on without any.
 */
static int trigger_enable(VFIOPCIDevice *vdev, const int32_t *fds,
                          unsigned int count)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    unsigned int live = 0;
    int ret;

    for (unsigned int i = 0; i < count; i++) {
        live += fds[i] >= 0;
    }

    /*
     * The first call allocates every vector up to its last.  Where single
     * vectors can be allocated later, hold none that the guest does not use.
     */
    if (trigger_is_msix(vdev) &&
        (!live || (!vdev->msix->noresize && live < count))) {
        ret = trigger_enable_no_vector(vdev);
        if (ret || !live) {
            return ret;
        }
    }

    ret = trigger_submit(vdev, 0, fds, count);
    if (ret) {
        return ret;
    }

    t->state = VFIO_MSI_TRIGGER_ON;
    t->allocated = MAX(t->allocated, count);
    for (unsigned int i = 0; i < count; i++) {
        trigger_installed(vdev, i, fds[i]);
    }
    return 0;
}

/*
 * Install what is queued, of which @last is the last and the host has not
 * allocated it and cannot by itself: free all vectors, then allocate more.
 * Every live trigger is replaced by itself.  Guests bring their vectors up one
 * by one, so allocate twice as many as there are, within the guest's table: the
 * teardowns grow with the logarithm of the vectors, not with their number.  If
 * the host has not so many, it may have as many as needed; else the old set is
 * restored.
 */
static void trigger_grow(VFIOPCIDevice *vdev, unsigned int last)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    unsigned int held = t->allocated;
    unsigned int ahead = MIN(MAX(2 * held, last + 1), t->size);
    g_autofree int32_t *old = g_memdup2(t->fds, ahead * sizeof(*t->fds));
    g_autofree int32_t *fds = g_memdup2(t->fds, ahead * sizeof(*t->fds));
    int ret, again = 0;

    for (unsigned int i = 0; i < ahead; i++) {
        if (old[i] == VFIO_MSI_TRIGGER_QUEUED) {
            fds[i] = trigger_wanted_fd(vdev, i);
        }
    }

    trace_vfio_msi_trigger_grow(vdev->vbasedev.name, held, ahead);
    trigger_teardown(vdev);
    t->state = VFIO_MSI_TRIGGER_REFUSED;

    ret = trigger_enable(vdev, fds, ahead);
    if ((ret > 0 || ret == -ENOSPC) && ahead > last + 1) {
        ret = trigger_enable(vdev, fds, last + 1);
    }
    if (ret) {
        again = trigger_enable(vdev, old, held);
    }

    for (unsigned int i = 0; i <= last; i++) {
        if (old[i] == VFIO_MSI_TRIGGER_QUEUED && ret) {
            if (i < held && !again) {
                trigger_replace(vdev, i, fds[i]);
            } else {
                trigger_bury(vdev, i, ret);
            }
        }
        if (old[i] >= 0) {
            if (again) {
                trigger_bury(vdev, i, again);
            }
            trigger_reinject(vdev, i, old[i]);
        }
    }
}

/*
 * Install the triggers of all vectors in use while the host has MSI-X off: in
 * one go, or if that is refused one by one, to keep those that work.
 */
static void trigger_enable_msix(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    unsigned int count = vdev->nr_vectors;
    g_autofree int32_t *fds = trigger_wanted_fds(vdev);
    int ret;

    ret = trigger_enable(vdev, fds, count);
    if (ret && t->state != VFIO_MSI_TRIGGER_ON && count) {
        trigger_enable(vdev, NULL, 0);
    }
    for (unsigned int i = 0; ret && i < count; i++) {
        if (t->state == VFIO_MSI_TRIGGER_ON) {
            vfio_msi_trigger_update(vdev, i);
        } else if (fds[i] >= 0) {
            trigger_bury(vdev, i, ret);
        }
    }

    if (t->state != VFIO_MSI_TRIGGER_ON && !t->refusal_reported) {
        t->refusal_reported = true;
        error_report("vfio %s: the guest has MSI-X enabled, the host has not "
                     "until the guest unmasks a vector: VFIO_DEVICE_SET_IRQS: "
                     "%s", vdev->vbasedev.name, trigger_strerror(ret));
    }
}

void vfio_msi_trigger_enable_msix(VFIOPCIDevice *vdev)
{
    trigger_start(vdev, VFIO_PCI_MSIX_IRQ_INDEX, vdev->msix->entries);
    vfio_msix_pba_start(vdev);
    trigger_enable_msix(vdev);
}

int vfio_msi_trigger_enable_msi(VFIOPCIDevice *vdev)
{
    unsigned int count = vdev->nr_vectors;
    g_autofree int32_t *fds = NULL;
    int ret;

    trigger_start(vdev, VFIO_PCI_MSI_IRQ_INDEX, count);
    fds = trigger_wanted_fds(vdev);
    ret = trigger_enable(vdev, fds, count);
    if (ret) {
        vfio_msi_trigger_disable(vdev);
    }
    return ret;
}

void vfio_msi_trigger_disable(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    if (t->state == VFIO_MSI_TRIGGER_ON) {
        trigger_teardown(vdev);
    }
    g_free(t->fds);
    g_free(t->dead);
    g_free(t->unverified);
    *t = (VFIOMSITriggers) { .state = VFIO_MSI_TRIGGER_OFF };
}

/* Install the triggers queued between @start and @end in one call. */
static void trigger_submit_queued(VFIOPCIDevice *vdev, unsigned int start,
                                  unsigned int end)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    g_autofree int32_t *fds = g_new(int32_t, end - start);
    int ret;

    for (unsigned int i = start; i < end; i++) {
        fds[i - start] = t->fds[i] == VFIO_MSI_TRIGGER_QUEUED ?
                         trigger_wanted_fd(vdev, i) : t->fds[i];
    }

    ret = trigger_submit(vdev, start, fds, end - start);
    for (unsigned int i = start; i < end; i++) {
        if (!ret) {
            trigger_installed(vdev, i, fds[i - start]);
        } else if (t->fds[i] == VFIO_MSI_TRIGGER_QUEUED) {
            /* Keep those that work. */
            trigger_replace(vdev, i, fds[i - start]);
        }
    }
}

void vfio_msi_trigger_begin(VFIOPCIDevice *vdev)
{
    vdev->msi_triggers.queue = true;
}

/* Of the vectors from @first to @last, install the triggers that are queued. */
static void trigger_install_queued(VFIOPCIDevice *vdev, unsigned int first,
                                   unsigned int last)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    unsigned int end;

    if (t->state == VFIO_MSI_TRIGGER_REFUSED) {
        trigger_enable_msix(vdev);
        return;
    }
    if (vdev->msix->noresize && last >= t->allocated) {
        trigger_grow(vdev, last);
        return;
    }

    /* A live trigger in between must not be named: it would be replaced. */
    for (unsigned int start = first; start <= last; start = end) {
        end = start + 1;
        if (t->fds[start] != VFIO_MSI_TRIGGER_QUEUED) {
            continue;
        }
        while (end <= last && t->fds[end] < 0) {
            end++;
        }
        trigger_submit_queued(vdev, start, end);
    }
}

void vfio_msi_trigger_commit(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    g_autofree unsigned long *unverified = bitmap_new(t->size);
    unsigned int first = t->size, last = 0;

    t->queue = false;
    for (unsigned int i = 0; i < t->size; i++) {
        if (t->fds[i] == VFIO_MSI_TRIGGER_QUEUED) {
            first = MIN(first, i);
            last = i;
            if (test_and_clear_bit(i, t->unverified)) {
                set_bit(i, unverified);
            }
        }
    }

    if (first == t->size) {
        return;
    }
    trigger_install_queued(vdev, first, last);

    /* See vfio_msi_trigger_vm_runs(). */
    for (unsigned int i = first; i <= last; i++) {
        if (test_bit(i, unverified)) {
            trigger_reinject(vdev, i, trigger_wanted_fd(vdev, i));
        }
    }
}

void vfio_msi_trigger_update(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    int32_t fd;

    /* While MSI-X is being enabled, the enable itself asks for all vectors. */
    if (t->state == VFIO_MSI_TRIGGER_OFF) {
        return;
    }

    fd = trigger_wanted_fd(vdev, nr);
    if (fd < 0) {
        t->fds[nr] = fd;
    } else if (fd == t->fds[nr] && !test_bit(nr, t->unverified)) {
        return;
    } else if (vfio_msi_trigger_live(vdev, nr)) {
        trigger_replace(vdev, nr, fd);
    } else if (t->queue) {
        t->fds[nr] = VFIO_MSI_TRIGGER_QUEUED;
    } else {
        bool unverified = test_and_clear_bit(nr, t->unverified);

        t->fds[nr] = VFIO_MSI_TRIGGER_QUEUED;
        vfio_msi_trigger_commit(vdev);
        if (unverified) {
            trigger_reinject(vdev, nr, VFIO_MSI_TRIGGER_NONE);
        }
    }
}

bool vfio_msi_trigger_detach(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    int32_t none = VFIO_MSI_TRIGGER_NONE;

    if (!vfio_msi_trigger_live(vdev, nr)) {
        return true;
    }
    if (trigger_submit(vdev, nr, &none, 1)) {
        /* It may be detached all the same: the next update installs it. */
        set_bit(nr, t->unverified);
        return false;
    }
    t->fds[nr] = none;
    trigger_reinject(vdev, nr, VFIO_MSI_TRIGGER_NONE);
    return true;
}

void vfio_msi_trigger_adopt(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    bool msix = vdev->interrupt == VFIO_INT_MSIX;

    trigger_start(vdev,
                  msix ? VFIO_PCI_MSIX_IRQ_INDEX : VFIO_PCI_MSI_IRQ_INDEX,
                  vdev->nr_vectors);
    t->state = VFIO_MSI_TRIGGER_ON;
    t->allocated = 1;
    if (msix) {
        vfio_msix_pba_start(vdev);
    }
}

/*
 * Nobody says which eventfd the kernel has for a vector, and to install one to
 * be sure would replace a live trigger.  But the kernel can be asked to signal
 * what is installed.  Nobody else reads these eventfds now, so the one that
 * counts afterwards is the trigger, and all but the one event that was asked
 * for are the device's.
 */
void vfio_msi_trigger_adopt_vector(VFIOPCIDevice *vdev, unsigned int nr,
                                   int32_t fd, int32_t kvm_fd)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;
    struct vfio_irq_set ask = {
        .argsz = sizeof(ask),
        .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
        .index = t->index,
        .start = nr,
        .count = 1,
    };
    const int32_t fds[] = { fd, kvm_fd };
    uint64_t events[ARRAY_SIZE(fds)];
    int ret;

    if (fd < 0 && kvm_fd < 0) {
        return;
    }

    for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++) {
        events[i] = trigger_take_events(fds[i]);
    }
    ret = vfio_irq_set_submit(&vdev->vbasedev, &ask);
    for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++) {
        uint64_t came = trigger_take_events(fds[i]);

        if (came) {
            trigger_installed(vdev, nr, fds[i]);
            events[i] += came - !ret;
        }
        trigger_add_events(fds[i], events[i]);
    }

    /* The kernel refuses with EINVAL if it does not have the vector. */
    if (ret && ret != -EINVAL && !vfio_msi_trigger_live(vdev, nr)) {
        bool masked = trigger_is_msix(vdev) &&
                      msix_is_masked(PCI_DEVICE(vdev), nr);

        trigger_installed(vdev, nr, masked || kvm_fd < 0 ? fd : kvm_fd);
        set_bit(nr, t->unverified);
    }
    if (vfio_msi_trigger_live(vdev, nr)) {
        t->allocated = MAX(t->allocated, nr + 1);
    }
}

/*
 * A vector without a trigger that we know of may have one of the QEMU before
 * us, which nobody reads, and the host does not tell this from none.  It is
 * unverified: when its trigger is installed, at once or at its unmask, it has
 * an interrupt for what came before.
 *
 * Not sooner: until the VM runs here the update may fail, and the QEMU before
 * us go on with the triggers that it has.
 */
void vfio_msi_trigger_vm_runs(VFIOPCIDevice *vdev)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    if (!t->adopted) {
        return;
    }
    t->adopted = false;

    vfio_msi_trigger_begin(vdev);
    for (unsigned int nr = 0; nr < vdev->nr_vectors; nr++) {
        if (!vfio_msi_trigger_live(vdev, nr)) {
            set_bit(nr, t->unverified);
            if (!msix_is_masked(PCI_DEVICE(vdev), nr)) {
                vfio_msi_trigger_update(vdev, nr);
            }
        }
    }
    vfio_msi_trigger_commit(vdev);
}

void vfio_msi_trigger_adopted(VFIOPCIDevice *vdev)
{
    vdev->msi_triggers.adopted = true;
}

bool vfio_msi_trigger_live(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSITriggers *t = &vdev->msi_triggers;

    return nr < t->size && t->fds[nr] >= 0;
}
