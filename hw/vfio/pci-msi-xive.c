/*
 * MSI vectors whose interrupts the kernel's XIVE passes to the guest
 *
 * On POWER KVM does more with an irqfd than to read it: it joins the interrupt
 * of the host to the guest's, so that the device's message goes to the guest's
 * queue with no help of the host's processors.  From then on the guest's
 * source is that of the hardware; before and after, it is one of KVM's own.
 *
 * With the XIVE that a guest drives itself, Linux makes two mistakes at each
 * such change (kvmppc_xive_set_mapped() and kvmppc_xive_clr_mapped()):
 *
 * It lets the event carry the number of the source, where the guest has chosen
 * another for its queue: the guest drops it, as it knows nobody of that number.
 *
 * And it sets P, as if the source had sent an event, and leaves it so, for it
 * knows neither the guest's priority nor its P.  Such a source waits for an EOI
 * and sends no more, and a guest that waits for P to fall is stuck.
 *
 * At the first change neither does harm, since the guest has not started the
 * interrupt.  Later, when it has masked and unmasked its vectors, no event
 * comes any more.  So after each change we hand Linux the guest's configuration
 * again, while P still holds back what comes, and then do as an EOI does,
 * through the page of the source that QEMU has mapped.
 *
 * If the guest has an event of that source to end, it ends it once more, and
 * may get the next one sooner: at worst a spurious interrupt.  A source that
 * the guest has switched off (Q without P) stays so.  One that it has masked is
 * configured when it is started, as Linux knows of no configuration then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include CONFIG_DEVICES
#include "pci-irq-compat.h"
#include "pci-msi-xive.h"
#include "trace.h"

#if defined(CONFIG_PSERIES) && defined(CONFIG_KVM)

#include "hw/ppc/spapr.h"
#include "hw/ppc/spapr_xive.h"
#include "system/kvm.h"

/* The kernel's XIVE, if the guest uses it and has started this source. */
static SpaprXive *xive_of_source(int gsi)
{
    Object *machine = object_dynamic_cast(qdev_get_machine(),
                                          TYPE_SPAPR_MACHINE);
    SpaprMachineState *spapr = machine ? SPAPR_MACHINE(machine) : NULL;
    SpaprXive *xive = spapr ? spapr->xive : NULL;

    if (!xive || spapr->active_intc != SPAPR_INTC(xive) ||
        !kvm_irqchip_in_kernel() || xive->fd == -1 ||
        gsi < 0 || gsi >= xive->nr_irqs ||
        !xive_eas_is_valid(&xive->eat[gsi]) ||
        xive_eas_is_masked(&xive->eat[gsi])) {
        return NULL;
    }
    return xive;
}

static int xive_load(SpaprXive *xive, int gsi, uint32_t offset)
{
    return kvmppc_xive_esb_rw(&xive->source, gsi, offset, 0, false) & 3;
}

/*
 * Linux takes a configuration only if its target, priority or event number is
 * another than before; that it is masked makes no difference.
 */
static int xive_configure_again(SpaprXive *xive, int gsi)
{
    XiveEAS guest = xive->eat[gsi], other;
    uint64_t number = xive_get_field64(EAS_END_DATA, guest.w);
    int ret;

    other.w = xive_set_field64(EAS_END_DATA,
                               guest.w | cpu_to_be64(EAS_MASKED), number ^ 1);
    ret = kvmppc_xive_set_source_config(xive, gsi, &other, NULL);
    return ret < 0 ? ret :
           kvmppc_xive_set_source_config(xive, gsi, &guest, NULL);
}

int vfio_msi_xive_look(int gsi)
{
    SpaprXive *xive = xive_of_source(gsi);

    return xive ? xive_load(xive, gsi, XIVE_ESB_GET) : -1;
}

int vfio_msi_xive_settle(VFIOPCIDevice *vdev, unsigned int nr, int gsi,
                         int before, bool fired)
{
    SpaprXive *xive = xive_of_source(gsi);
    int ret, state;

    if (!xive || before < 0) {
        return 0;
    }

    ret = xive_configure_again(xive, gsi);
    state = xive_load(xive, gsi, before == XIVE_ESB_OFF ? XIVE_ESB_SET_PQ_01 :
                                 XIVE_ESB_SET_PQ_00);
    trace_vfio_msi_xive_settle(vdev->vbasedev.name, nr, gsi, before, state,
                               fired, ret);
    if (before != XIVE_ESB_OFF && (fired || state == XIVE_ESB_QUEUED)) {
        kvmppc_xive_source_set_irq(&xive->source, gsi, 1);
    }
    return ret;
}

#else

int vfio_msi_xive_look(int gsi)
{
    return -1;
}

int vfio_msi_xive_settle(VFIOPCIDevice *vdev, unsigned int nr, int gsi,
                         int before, bool fired)
{
    return 0;
}

#endif
