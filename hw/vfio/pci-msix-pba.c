/*
 * The pending bit array that the guest of an assigned device reads
 *
 * A masked vector's event is in one of three places.  If the host has no
 * trigger for the vector, it is masked in the device too and the device's own
 * PBA holds the event.  Else the kernel signals the eventfd, where the event
 * waits for QEMU's main loop; and then it is in the MSI-X core's pending bits.
 *
 * QEMU answers reads of the PBA and looks in all three places, unless the guest
 * has the page mapped directly.  Then registers of the device may be in it, and
 * the MMIO region that emulates the PBA is enabled only while something is
 * pending in QEMU: switching it is expensive, and else the device's PBA tells
 * the truth.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/event_notifier.h"
#include "qemu/range.h"
#include "hw/pci/msix.h"
#include "pci-irq-compat.h"
#include "pci-msi-trigger.h"
#include "pci-msix-pba.h"
#include "trace.h"

static bool pba_is_pending(PCIDevice *pdev, unsigned int nr)
{
    return pdev->msix_pba[nr / 8] & (1 << (nr % 8));
}

static void pba_serve(VFIOPCIDevice *vdev, bool by_qemu)
{
    MemoryRegion *mr = &PCI_DEVICE(vdev)->msix_pba_mmio;

    if (mr->enabled == by_qemu) {
        return;
    }
    memory_region_set_enabled(mr, by_qemu);
    if (by_qemu) {
        trace_vfio_msix_pba_enable(vdev->vbasedev.name);
    } else {
        trace_vfio_msix_pba_disable(vdev->vbasedev.name);
    }
}

/*
 * Does nothing but the PBA suffer if QEMU answers for it?  Not if the guest
 * has a page of it mapped directly, as registers may be in that page too.
 */
static bool pba_is_alone(VFIOPCIDevice *vdev)
{
    VFIOMSIXInfo *msix = vdev->msix;
    VFIORegion *region = &vdev->bars[msix->pba_bar].region;
    uint64_t page = qemu_real_host_page_size();
    uint64_t start = ROUND_DOWN(msix->pba_offset, page);
    uint64_t end = ROUND_UP(msix->pba_offset +
                            DIV_ROUND_UP(msix->entries, 64) * 8, page);

    for (int i = 0; i < region->nr_mmaps; i++) {
        if (region->mmaps[i].mmap &&
            ranges_overlap(start, end - start, region->mmaps[i].offset,
                           region->mmaps[i].size)) {
            return false;
        }
    }
    return true;
}

/*
 * What is shown of the device's pending bits must not be saved as QEMU's own:
 * the device brings them along, and would send once more what QEMU has sent.
 *
 * Triggers have no handler of their own: one serves all that begins and ends
 * with MSI-X.
 */
static void pba_vm_state_change(void *opaque, bool running, RunState state)
{
    VFIOPCIDevice *vdev = opaque;
    VFIOMSIXInfo *msix = vdev->msix;

    if (!msix->device_pending) {
        return;
    }
    if (running) {
        vfio_msi_trigger_vm_runs(vdev);
        return;
    }

    for (unsigned int nr = 0; nr < msix->entries; nr++) {
        if (test_and_clear_bit(nr, msix->device_pending)) {
            msix_clr_pending(PCI_DEVICE(vdev), nr);
        }
    }
}

/*
 * VFIO has stopped the device by now, so no more events come.  They stay in the
 * eventfds, as the VM may go on here: QEMU's handler finds the bits set then.
 */
int vfio_msix_pba_pre_save(void *opaque)
{
    VFIOPCIDevice *vdev = opaque;
    PCIDevice *pdev = PCI_DEVICE(vdev);

    if (vdev->interrupt != VFIO_INT_MSIX) {
        return 0;
    }

    for (unsigned int nr = 0; nr < vdev->nr_vectors; nr++) {
        EventNotifier *event = &vdev->msi_vectors[nr].interrupt;

        if (vfio_msi_trigger_live(vdev, nr) && msix_is_masked(pdev, nr) &&
            event_notifier_test_and_clear(event)) {
            msix_set_pending(pdev, nr);
            event_notifier_set(event);
        }
    }
    return 0;
}

void vfio_msix_pba_start(VFIOPCIDevice *vdev)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    VFIOMSIXInfo *msix = vdev->msix;

    g_free(msix->device_pending);
    msix->device_pending = bitmap_new(msix->entries);
    msix->pba_alone = pba_is_alone(vdev);
    if (!msix->pba_vm_state) {
        msix->pba_vm_state = vfio_irq_add_vm_state_handler(
            DEVICE(vdev), pba_vm_state_change, vdev);
    }
    pba_serve(vdev, msix->pba_alone);

    for (unsigned int nr = 0; nr < msix->entries; nr++) {
        if (pba_is_pending(pdev, nr)) {
            vfio_msix_pba_pend(vdev, nr);
        }
    }
}

void vfio_msix_pba_stop(VFIOPCIDevice *vdev)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    VFIOMSIXInfo *msix = vdev->msix;

    for (unsigned int nr = 0; nr < msix->entries; nr++) {
        msix_clr_pending(pdev, nr);
    }
    bitmap_zero(msix->pending, msix->entries);
    g_clear_pointer(&msix->device_pending, g_free);
    pba_serve(vdev, false);
}

void vfio_msix_pba_exit(VFIOPCIDevice *vdev)
{
    g_clear_pointer(&vdev->msix->pba_vm_state,
                    qemu_del_vm_change_state_handler);
}

void vfio_msix_pba_pend(VFIOPCIDevice *vdev, unsigned int nr)
{
    set_bit(nr, vdev->msix->pending);
    pba_serve(vdev, true);
}

void vfio_msix_pba_unmask(VFIOPCIDevice *vdev, unsigned int nr)
{
    VFIOMSIXInfo *msix = vdev->msix;

    /* The device itself sends what its own pending bit holds. */
    if (msix->device_pending && test_and_clear_bit(nr, msix->device_pending)) {
        msix_clr_pending(PCI_DEVICE(vdev), nr);
    }

    if (test_and_clear_bit(nr, msix->pending) && !msix->pba_alone &&
        find_first_bit(msix->pending, msix->entries) == msix->entries) {
        pba_serve(vdev, false);
    }
}

/* Show what the device's PBA holds for a vector that has no trigger. */
static void pba_poll_device(VFIOPCIDevice *vdev, unsigned int nr, bool pending)
{
    PCIDevice *pdev = PCI_DEVICE(vdev);
    VFIOMSIXInfo *msix = vdev->msix;

    if (pending && !pba_is_pending(pdev, nr)) {
        set_bit(nr, msix->device_pending);
        msix_set_pending(pdev, nr);
    } else if (!pending && test_and_clear_bit(nr, msix->device_pending)) {
        msix_clr_pending(pdev, nr);
    }
}

void vfio_msix_pba_poll(PCIDevice *pdev, unsigned int start, unsigned int end)
{
    VFIOPCIDevice *vdev = VFIO_PCI_DEVICE(pdev);
    VFIOMSIXInfo *msix = vdev->msix;
    uint32_t device = 0;

    /* While MSI-X is being enabled there is nothing to be seen yet. */
    if (!msix->device_pending) {
        return;
    }

    for (unsigned int nr = start; nr < end; nr++) {
        VFIOMSIVector *vector = &vdev->msi_vectors[nr];

        /* A relocated PBA exists in QEMU only. */
        if ((nr == start || nr % 32 == 0) &&
            vdev->msix_relo == OFF_AUTO_PCIBAR_OFF) {
            device = vfio_region_read(&vdev->bars[msix->pba_bar].region,
                                      msix->pba_offset + nr / 32 * 4, 4);
        }

        if (!vfio_msi_trigger_live(vdev, nr)) {
            pba_poll_device(vdev, nr, device & (1U << (nr % 32)));
        } else if (msix_is_masked(pdev, nr) &&
                   event_notifier_test_and_clear(&vector->interrupt)) {
            vfio_msix_pba_pend(vdev, nr);
            msix_set_pending(pdev, nr);
        }
    }
}
