/*
 * The end of an INTx interrupt: how vfio-pci learns of it, and what it does
 *
 * INTx is a level, but VFIO signals events: the host masks the interrupt when
 * it comes, and QEMU raises the guest's line.  When the guest is done, the line
 * must fall and the host be unmasked.  If the device still asserts its
 * interrupt the host signals again, and the guest gets exactly one more: a
 * level is sampled anew at each end.  So learning of the end is all there is to
 * it, and there are three ways:
 *
 *   kvm  KVM's resample irqfd.  VFIO and KVM do all of it without QEMU.
 *   eoi  The interrupt controller, where QEMU sees its EOIs (eoi-notifier.h).
 *   bar  Any access to a BAR.  The BARs are not mapped as long as interrupts
 *        come, and a handler that reads no register never ends its interrupt.
 *
 * This file chooses between them, and is the one place that unmasks the host's
 * INTx at the end of an interrupt.  Whether an interrupt is pending, and the
 * guest's line, belong to vfio_intx_interrupt() and vfio_intx_eoi() of pci.c;
 * in mode eoi they are given up here in one more case, the INTx disable bit.
 *
 * What each side believes in mode eoi:
 *
 *                          guest's line   host             intx.pending
 *   idle                   low            unmasked         no
 *   event not read yet     low            masked           no
 *   until the guest's EOI  high           masked           yes
 *   guest disables INTx    low            masked (virtual  no
 *                                         bit of VFIO)
 *
 * The notifier also tells that the guest has unmasked its line, and that is
 * taken for an EOI.  A guest may mask the line, send its EOI while the device
 * still asserts it, and serve the device then: the host has signalled the level
 * that the EOI found, QEMU has raised the line, and nobody sees it fall.  At
 * the unmask, before the controller looks at the line, all are back at idle:
 *
 *                          device  guest's line  host      intx.pending
 *   masked, after the EOI  high    high          masked    yes
 *   served                 low     high          masked    yes
 *   unmasked               low     low           unmasked  no
 *
 * If the device still or again asserts its interrupt, the host signals and the
 * guest gets exactly one: also if it was raised while masked and has not been
 * delivered yet.  If one is in service, the controller holds the new one back
 * until its EOI, which ends both.
 *
 * An EOI that finds nothing pending was for another device on the line, or our
 * event has not been read yet.  What that says may be past as well, so it is
 * taken for pending, and the host looks again.  While INTx is disabled events
 * are dropped, as VFIO samples the level when the guest enables it again.  All
 * of this happens under the BQL.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <sys/utsname.h>
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qapi/error.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_bus.h"
#include "pci-intx-rearm.h"
#include "pci-intx-resample.h"
#include "pci-irq-compat.h"
#include "trace.h"

/*
 * How long to wait after the host refused something: much longer than a handler
 * runs, much shorter than a driver's timeout.
 *
 * A guest may take twice as long to end an interrupt before its BARs are
 * trapped, in two parts of which the second begins when the first is found to
 * be over: so QEMU may not have run for any time, and a vCPU has that long to
 * catch up.  Trapping late costs the guest that time, once: then each interrupt
 * traps at once, until an EOI comes.  Trapping for no reason costs it the
 * mapping of its BARs until the interrupt has ended, by either, and for
 * x-intx-mmap-timeout-ms, 1100, no other was trapped; if that is 0, until INTx
 * is enabled anew, as with stock QEMU.
 */
#define VFIO_INTX_TIMEOUT_MS 500

static bool vfio_intx_guest_disabled(VFIOPCIDevice *vdev)
{
    return pci_get_word(PCI_DEVICE(vdev)->config + PCI_COMMAND) &
           PCI_COMMAND_INTX_DISABLE;
}

/*
 * In mode eoi the line is lowered although the device may still assert its
 * interrupt.  The kernel's vfio-pci signals it again at the unmask, or when the
 * guest does not disable INTx any more.  A vfio-user server signals a level
 * that rises, and so may a mediated device, for which that bit and the unmask
 * need not mean anything: mtty, a sample of Linux, has no level to look at.
 */
static bool vfio_intx_wants_bar(VFIOPCIDevice *vdev)
{
    return vdev->irq_properties.intx_resample == VFIO_INTX_RESAMPLE_BAR ||
           !vfio_irq_backend_is_kernel(vdev) || vdev->vbasedev.mdev;
}

static void vfio_intx_drop_pending(VFIOPCIDevice *vdev)
{
    vdev->intx.pending = false;
    pci_irq_deassert(PCI_DEVICE(vdev));
}

/* ---- re-arming the host -------------------------------------------------- */

static bool vfio_intx_probe_rearm(VFIOPCIDevice *vdev)
{
#ifdef HOST_PPC64
    VFIODevice *vbasedev = &vdev->vbasedev;
    g_autofree char *config = NULL;
    struct utsname host;
    bool lacks_disintx;

    if (!vbasedev->sysfsdev || uname(&host) ||
        !vfio_intx_kernel_needs_rearm(host.release)) {
        return false;
    }

    config = g_build_filename(vbasedev->sysfsdev, "config", NULL);
    vfio_device_irq_mask(vbasedev, VFIO_PCI_INTX_IRQ_INDEX);
    lacks_disintx = vfio_intx_lacks_disintx(config);
    vfio_device_irq_unmask(vbasedev, VFIO_PCI_INTX_IRQ_INDEX);
    return lacks_disintx;
#else
    return false;
#endif
}

static void vfio_intx_decide_rearm(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;

    if (resample->rearm_decided) {
        return;
    }

    switch (vdev->irq_properties.intx_rearm) {
    case ON_OFF_AUTO_ON:
        resample->rearm = true;
        break;
    case ON_OFF_AUTO_OFF:
        resample->rearm = false;
        break;
    default:
        resample->rearm = vfio_intx_probe_rearm(vdev);
        break;
    }
    resample->rearm_decided = true;
    trace_vfio_intx_rearm(vdev->vbasedev.name, resample->rearm);
}

static int64_t vfio_intx_now_ms(void)
{
    return qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL);
}

/* ---- unmasking the host -------------------------------------------------- */

static bool vfio_intx_set_irqs(VFIOPCIDevice *vdev, uint32_t action,
                               uint32_t count, Error **errp)
{
    struct vfio_irq_set irq_set = {
        .argsz = sizeof(irq_set),
        .flags = VFIO_IRQ_SET_DATA_NONE | action,
        .index = VFIO_PCI_INTX_IRQ_INDEX,
        .count = count,
    };
    int ret = vfio_irq_set_submit(&vdev->vbasedev, &irq_set);

    /* Some back ends know of no masking. */
    if (ret == -ENOTTY && action == VFIO_IRQ_SET_ACTION_UNMASK) {
        return true;
    }
    if (ret < 0) {
        error_setg_errno(errp, -ret, "VFIO did not %s INTx",
                         count ? "unmask" : "disable");
    }
    return ret >= 0;
}

/*
 * Give the host's irq back and request it again: the interrupt controller then
 * looks at the line as at the first time.  A level that is there, before, after
 * or between the two, is seen by the latter, and the handler signals the same
 * eventfd.  One that came after the interrupt was masked may be signalled
 * already; the eventfd then counts two, and QEMU and KVM read them as one.
 *
 * VFIO honours the guest's INTx disable bit when it requests the irq.
 */
static bool vfio_intx_rearm(VFIOPCIDevice *vdev, Error **errp)
{
    VFIOINTxResample *resample = &vdev->intx_resample;
    int fd = event_notifier_get_fd(&vdev->intx.interrupt);

    if (!resample->host_off &&
        !vfio_intx_set_irqs(vdev, VFIO_IRQ_SET_ACTION_TRIGGER, 0, errp)) {
        return false;
    }
    resample->host_off =
        !vfio_device_irq_set_signaling(&vdev->vbasedev, VFIO_PCI_INTX_IRQ_INDEX,
                                       0, VFIO_IRQ_SET_ACTION_TRIGGER, fd,
                                       errp);
    return !resample->host_off;
}

/*
 * The kernel unmasks at a write to this eventfd as it does at the ioctl, within
 * the system call, but has no arguments to fetch and no mutex to take, and the
 * vCPU that ends its interrupt holds the BQL the shorter.  If VFIO does not
 * take it the ioctl does the same.
 *
 * They differ if the device still asserts its interrupt.  The ioctl has
 * signalled it when it returns (or, of a device without DisINTx, when a CPU of
 * the host takes the interrupt), the eventfd leaves that to a work item.  A
 * guest that ends a masked interrupt, serves the device and unmasks the line,
 * as Linux does with the i8259 and with handlers that are threads, may be done
 * before that, and the event would bring it an interrupt that is none.  There
 * the ioctl it is, and the unmask finds the event: see virqfd_wakeup() and
 * vfio_pci_intx_unmask_handler() in Linux.  Likewise while an access to a BAR
 * is the end, because no EOI came: the line may well be masked.
 */
static void vfio_intx_install_unmask(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;

    if (resample->unmask_installed || resample->rearm ||
        event_notifier_init(&resample->unmask, 0)) {
        return;
    }

    resample->unmask_installed =
        vfio_device_irq_set_signaling(&vdev->vbasedev, VFIO_PCI_INTX_IRQ_INDEX,
                                      0, VFIO_IRQ_SET_ACTION_UNMASK,
                                      event_notifier_get_fd(&resample->unmask),
                                      NULL);
    if (!resample->unmask_installed) {
        event_notifier_cleanup(&resample->unmask);
    }
}

/* The kernel lets go of an eventfd when it is closed. */
static void vfio_intx_remove_unmask(VFIOINTxResample *resample)
{
    if (resample->unmask_installed) {
        event_notifier_cleanup(&resample->unmask);
        resample->unmask_installed = false;
    }
}

void vfio_intx_resample_unmask(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;
    Error *err = NULL;

    /* What was refused is tried again by what can tell that it is not. */
    if (resample->unmask_installed && !resample->unmask_at_once &&
        !resample->eoi_missing && !resample->host_stuck &&
        event_notifier_set(&resample->unmask) == 0) {
        return;
    }

    if (resample->rearm ?
        vfio_intx_rearm(vdev, &err) :
        vfio_intx_set_irqs(vdev, VFIO_IRQ_SET_ACTION_UNMASK, 1, &err)) {
        resample->host_stuck = false;
        return;
    }

    /* The device would be dead from here on. */
    if (resample->host_stuck) {
        error_free(err);
    } else {
        warn_reportf_err(err, VFIO_MSG_PREFIX "INTx, tried again every %d ms: ",
                         vdev->vbasedev.name, VFIO_INTX_TIMEOUT_MS);
        resample->host_stuck = true;
    }
    timer_mod(resample->timer, vfio_intx_now_ms() + VFIO_INTX_TIMEOUT_MS);
}

/* ---- KVM's resample eventfd ---------------------------------------------- */

static void vfio_intx_kvm_resampled(void *opaque)
{
    VFIOPCIDevice *vdev = opaque;

    if (event_notifier_test_and_clear(&vdev->intx.unmask)) {
        vfio_intx_resample_unmask(vdev);
    }
}

bool vfio_intx_resample_may_use_kvm(VFIOPCIDevice *vdev)
{
    int wanted = vdev->irq_properties.intx_resample;

    return wanted == VFIO_INTX_RESAMPLE_AUTO ||
           wanted == VFIO_INTX_RESAMPLE_KVM;
}

bool vfio_intx_resample_leave_to_kvm(VFIOPCIDevice *vdev)
{
    vfio_intx_decide_rearm(vdev);
    vfio_intx_remove_unmask(&vdev->intx_resample);
    return !vdev->intx_resample.rearm;
}

void vfio_intx_resample_release_kvm(VFIOPCIDevice *vdev)
{
    qemu_set_fd_handler(event_notifier_get_fd(&vdev->intx.unmask), NULL, NULL,
                        NULL);
}

/* ---- choosing ------------------------------------------------------------ */

/* Not all machines tell, and asking those that do not is an error. */
static bool vfio_intx_route_is_told(VFIOPCIDevice *vdev)
{
    PCIBus *bus = pci_get_bus(PCI_DEVICE(vdev));

    while (bus->parent_dev) {
        bus = pci_get_bus(bus->parent_dev);
    }
    return bus->route_intx_to_irq;
}

/* Returns the guest's line, or -1 if none is known. */
static int vfio_intx_line(VFIOPCIDevice *vdev)
{
    PCIINTxRoute route;

    if (!eoi_any_reported() || !vfio_intx_route_is_told(vdev)) {
        return -1;
    }
    route = pci_device_route_intx_to_irq(PCI_DEVICE(vdev), vdev->intx.pin);
    return route.mode == PCI_INTX_DISABLED ? -1 : route.irq;
}

static void vfio_intx_unsubscribe(VFIOINTxResample *resample)
{
    if (resample->subscribed) {
        eoi_unsubscribe(&resample->eoi);
        resample->subscribed = false;
    }
}

static void vfio_intx_choose(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;
    int line = -1;

    vfio_intx_unsubscribe(resample);
    if (vdev->intx.kvm_accel) {
        resample->by = VFIO_INTX_RESAMPLE_KVM;
        if (resample->rearm) {
            qemu_set_fd_handler(event_notifier_get_fd(&vdev->intx.unmask),
                                vfio_intx_kvm_resampled, NULL, vdev);
        }
    } else if (vfio_intx_wants_bar(vdev)) {
        resample->by = VFIO_INTX_RESAMPLE_BAR;
    } else {
        line = vfio_intx_line(vdev);
        resample->by = eoi_is_reported(line) ? VFIO_INTX_RESAMPLE_EOI
                                             : VFIO_INTX_RESAMPLE_BAR;
        eoi_subscribe(&resample->eoi, line);
        resample->subscribed = true;
    }
    if (resample->by == VFIO_INTX_RESAMPLE_EOI) {
        vfio_intx_install_unmask(vdev);
    } else {
        vfio_intx_remove_unmask(resample);
    }
    trace_vfio_intx_resample(vdev->vbasedev.name,
                             qapi_enum_lookup(&vfio_intx_resample_lookup,
                                              resample->by), line);
}

/* ---- the interrupt controller's EOI, and its absence --------------------- */

bool vfio_intx_resample_ended(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;

    return resample->by != VFIO_INTX_RESAMPLE_EOI || resample->eoi_missing ||
           resample->ended;
}

/* End what is pending, if anything is. */
static void vfio_intx_end(VFIOPCIDevice *vdev)
{
    vdev->intx_resample.ended = true;
    vdev->vbasedev.ops->vfio_eoi(&vdev->vbasedev);
    vdev->intx_resample.ended = false;
}

static void vfio_intx_eoi_notified(EOISubscriber *sub, bool masked)
{
    VFIOINTxResample *resample = container_of(sub, VFIOINTxResample, eoi);
    VFIOPCIDevice *vdev = container_of(resample, VFIOPCIDevice, intx_resample);

    if (resample->by != VFIO_INTX_RESAMPLE_EOI) {
        return;
    }

    resample->eoi_missing = false;
    if (!vdev->intx.pending &&
        event_notifier_test_and_clear(&vdev->intx.interrupt)) {
        trace_vfio_intx_eoi_before_event(vdev->vbasedev.name);
        vdev->intx.pending = true;
    }
    resample->unmask_at_once = masked;
    vfio_intx_end(vdev);
    resample->unmask_at_once = false;
}

/*
 * The timer is not stopped by the EOI, which would cost more than to find here,
 * once in a while, that nothing is wrong.
 */
static void vfio_intx_timer(void *opaque)
{
    VFIOPCIDevice *vdev = opaque;
    VFIOINTxResample *resample = &vdev->intx_resample;
    int64_t due = resample->asserted_ms + VFIO_INTX_TIMEOUT_MS;

    if (resample->host_stuck) {
        vfio_intx_resample_unmask(vdev);
    }
    if (!vdev->intx.pending || resample->by != VFIO_INTX_RESAMPLE_EOI ||
        resample->eoi_missing) {
        return;
    }
    if (vfio_intx_now_ms() < due) {
        timer_mod(resample->timer, due);
        return;
    }
    if (!resample->eoi_late) {
        resample->eoi_late = true;
        timer_mod(resample->timer, vfio_intx_now_ms() + VFIO_INTX_TIMEOUT_MS);
        return;
    }

    /*
     * It may have ended in a way that the interrupt controller does not see.
     * Let the next access to a BAR end it, and do so for the next ones at once
     * until an EOI comes.
     */
    trace_vfio_intx_eoi_missing(vdev->vbasedev.name, resample->eoi.line);
    resample->eoi_missing = true;
    vfio_pci_intx_trap_bars(vdev);
}

void vfio_intx_resample_asserted(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;
    int wanted = vdev->irq_properties.intx_resample;

    /* A bridge that was reset or loaded after the device does not tell. */
    if (!vfio_intx_wants_bar(vdev) &&
        resample->eoi.line != vfio_intx_line(vdev)) {
        vfio_intx_choose(vdev);
    }

    if (wanted != VFIO_INTX_RESAMPLE_AUTO && wanted != resample->by &&
        !resample->warned) {
        warn_report(VFIO_MSG_PREFIX "x-intx-resample=%s is not possible here, "
                    "using %s",
                    vdev->vbasedev.name,
                    qapi_enum_lookup(&vfio_intx_resample_lookup, wanted),
                    qapi_enum_lookup(&vfio_intx_resample_lookup, resample->by));
        resample->warned = true;
    }

    if (resample->by == VFIO_INTX_RESAMPLE_EOI && resample->guest_disabled) {
        resample->dropped = true;
        vfio_intx_drop_pending(vdev);
        return;
    }
    if (resample->by != VFIO_INTX_RESAMPLE_EOI || resample->eoi_missing) {
        vfio_pci_intx_trap_bars(vdev);
        return;
    }
    resample->asserted_ms = vfio_intx_now_ms();
    resample->eoi_late = false;
    if (!timer_pending(resample->timer)) {
        timer_mod(resample->timer,
                  resample->asserted_ms + VFIO_INTX_TIMEOUT_MS);
    }
}

/* ---- enabled and disabled ------------------------------------------------ */

static void vfio_intx_reports_changed(EOISubscriber *sub)
{
    VFIOINTxResample *resample = container_of(sub, VFIOINTxResample, eoi);

    vfio_intx_resample_update(container_of(resample, VFIOPCIDevice,
                                           intx_resample));
}

static void vfio_intx_resample_start(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;

    resample->eoi.eoi = vfio_intx_eoi_notified;
    resample->eoi.reports_changed = vfio_intx_reports_changed;
    resample->timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, vfio_intx_timer, vdev);
    resample->eoi_missing = false;
    resample->host_off = false;
    resample->host_stuck = false;
    resample->guest_disabled = vfio_intx_guest_disabled(vdev);
    resample->dropped = false;
    vfio_intx_decide_rearm(vdev);

    vfio_intx_choose(vdev);
    /* An in-place update of QEMU keeps what was pending. */
    if (vdev->intx.pending) {
        vfio_intx_resample_asserted(vdev);
    }
}

void vfio_intx_resample_update(VFIOPCIDevice *vdev)
{
    /* The interrupt controller may change while MSI is in use. */
    if (vdev->interrupt != VFIO_INT_INTx) {
        return;
    }
    if (!vdev->intx_resample.timer) {
        vfio_intx_resample_start(vdev);
        return;
    }

    /* Where its EOI was to come from may be gone; VFIO signals again. */
    if (!vfio_intx_wants_bar(vdev)) {
        vfio_intx_end(vdev);
    }
    vfio_intx_choose(vdev);
}

void vfio_intx_resample_stop(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;

    vfio_intx_unsubscribe(resample);
    vfio_intx_remove_unmask(resample);
    resample->by = VFIO_INTX_RESAMPLE_AUTO;
    timer_free(resample->timer);
    resample->timer = NULL;
}

/* ---- the guest's INTx disable bit, and loading --------------------------- */

/*
 * VFIO has seen the write already.  If the guest disables INTx, the host is
 * masked and stays so, whatever QEMU asks for; so what is pending need not wait
 * for its EOI, nor need an event be read that came before.  If the guest
 * enables it, VFIO has unmasked the host and signals again if the level is
 * still there; nothing of before must be left in the guest's line, or it would
 * see an interrupt that the device no longer has.
 *
 * A mediated device that came as a descriptor, without a place in sysfs, is not
 * known to be one, and may not have seen the bit.  What was dropped left its
 * host masked, so that is unmasked here: by the ioctl, as VFIO may have
 * signalled the level by now and must not do so once more after the guest has
 * served the device.
 */
void vfio_intx_resample_config_written(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;
    bool disabled = vfio_intx_guest_disabled(vdev);

    if (vdev->interrupt != VFIO_INT_INTx ||
        disabled == resample->guest_disabled) {
        return;
    }

    resample->guest_disabled = disabled;
    if (disabled && resample->by == VFIO_INTX_RESAMPLE_EOI) {
        resample->dropped =
            event_notifier_test_and_clear(&vdev->intx.interrupt) ||
            vdev->intx.pending;
        vfio_intx_drop_pending(vdev);
    } else if (!disabled &&
               (resample->rearm ||
                (resample->dropped && !vdev->vbasedev.sysfsdev))) {
        resample->dropped = false;
        resample->unmask_at_once = true;
        vfio_intx_resample_unmask(vdev);
        resample->unmask_at_once = false;
    }
}

static void vfio_intx_loaded(void *opaque, bool running, RunState state)
{
    VFIOPCIDevice *vdev = opaque;
    VFIOINTxResample *resample = &vdev->intx_resample;
    bool raised = PCI_DEVICE(vdev)->irq_state & (1 << vdev->intx.pin);

    if (!running) {
        return;
    }
    g_clear_pointer(&resample->loaded, qemu_del_vm_change_state_handler);
    if (raised && vdev->interrupt == VFIO_INT_INTx && !vdev->intx.kvm_accel) {
        vdev->intx.pending = true;
        vfio_intx_resample_asserted(vdev);
    }
}

/*
 * The level is part of three states: this one, the bus's and the interrupt
 * controller's.  Lowering the line before all are loaded would leave it high in
 * one of them for good, so nothing is pending until the VM runs.
 */
void vfio_intx_resample_loaded(VFIOPCIDevice *vdev)
{
    VFIOINTxResample *resample = &vdev->intx_resample;

    if (vdev->interrupt == VFIO_INT_INTx && !resample->loaded) {
        resample->loaded =
            vfio_irq_add_vm_state_handler(DEVICE(vdev), vfio_intx_loaded, vdev);
    }
}

void vfio_intx_resample_exit(VFIOPCIDevice *vdev)
{
    g_clear_pointer(&vdev->intx_resample.loaded,
                    qemu_del_vm_change_state_handler);
}
