/*
 * VFIO host: calls made to fail
 *
 * Each kind of call has a name and at most one fault.  The code that serves a
 * call asks here first; it decides itself what a failure leaves behind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <limits.h>
#include <string.h>

#include "vfio-host-private.h"

static const char *const call_names[CALL__COUNT + 1] = {
    [CALL_GET_INFO] = "get-info",
    [CALL_REGION_INFO] = "region-info",
    [CALL_IRQ_INFO] = "irq-info",
    [CALL_RESET] = "reset",
    [CALL_FEATURE] = "feature",
    [CALL_HOT_RESET_INFO] = "hot-reset-info",
    [CALL_HOT_RESET] = "hot-reset",
    [CALL_SET_IRQS] = "set-irqs",
    [CALL_INTX_ENABLE] = "intx-enable",
    [CALL_INTX_DISABLE] = "intx-disable",
    [CALL_INTX_TRIGGER] = "intx-trigger",
    [CALL_INTX_MASK] = "intx-mask",
    [CALL_INTX_UNMASK] = "intx-unmask",
    [CALL_INTX_UNMASK_EVENTFD] = "intx-unmask-eventfd",
    [CALL_MSI_ENABLE] = "msi-enable",
    [CALL_MSI_DISABLE] = "msi-disable",
    [CALL_MSI_TRIGGER] = "msi-trigger",
    [CALL_MSIX_ENABLE] = "msix-enable",
    [CALL_MSIX_DISABLE] = "msix-disable",
    [CALL_MSIX_TRIGGER] = "msix-trigger",
    [CALL_ERR_TRIGGER] = "err-trigger",
    [CALL_REQ_TRIGGER] = "req-trigger",
    [CALL_REQUEST_IRQ] = "request-irq",
    [CALL_CONFIG_WRITE] = "config-write",
    [CALL_REGION_WRITE] = "region-write",
    [CALL_BIND_IOMMUFD] = "bind-iommufd",
    [CALL_ATTACH] = "attach",
    [CALL_DETACH] = "detach",
    [CALL_IOAS_ALLOC] = "ioas-alloc",
    [CALL_IOAS_IOVA_RANGES] = "ioas-iova-ranges",
    [CALL_IOAS_MAP] = "ioas-map",
    [CALL_IOAS_UNMAP] = "ioas-unmap",
    [CALL_IOAS_COPY] = "ioas-copy",
    [CALL_IOAS_CHANGE_PROCESS] = "ioas-change-process",
    [CALL_HWPT_ALLOC] = "hwpt-alloc",
    [CALL_HW_INFO] = "hw-info",
    [CALL_IOMMU_DESTROY] = "iommu-destroy",
    [CALL_OPEN_CONTAINER] = "open-container",
    [CALL_OPEN_GROUP] = "open-group",
    [CALL_API_VERSION] = "api-version",
    [CALL_CHECK_EXTENSION] = "check-extension",
    [CALL_GROUP_STATUS] = "group-status",
    [CALL_SET_CONTAINER] = "set-container",
    [CALL_UNSET_CONTAINER] = "unset-container",
    [CALL_DEVICE_FD] = "device-fd",
    [CALL_SET_IOMMU] = "set-iommu",
    [CALL_IOMMU_INFO] = "iommu-info",
    [CALL_MAP_DMA] = "map-dma",
    [CALL_UNMAP_DMA] = "unmap-dma",
    [CALL_EEH_OP] = "eeh-op",
    [CALL_KVM_VFIO] = "kvm-vfio",
    [CALL_KVM_IRQFD] = "kvm-irqfd",
    [CALL_KVM_IRQFD_DEASSIGN] = "kvm-irqfd-deassign",
    [CALL_KVM_GSI_ROUTING] = "kvm-gsi-routing",
};

int vfio_host_fault(VfioHost *host, HostCall call)
{
    HostFault *fault = &host->faults[call];

    if (!fault->count) {
        return 0;
    }
    if (fault->skip) {
        fault->skip--;
        return 0;
    }
    if (fault->count != UINT_MAX) {
        fault->count--;
    }
    host->failed++;
    return -fault->err;
}

void vfio_host_fail(VfioHost *host, const char *call, unsigned skip,
                    unsigned count, int err)
{
    for (unsigned i = 0; i < CALL__COUNT; i++) {
        if (strcmp(call, call_names[i]) == 0) {
            g_mutex_lock(&host->lock);
            host->faults[i] = (HostFault) {
                .skip = skip, .count = err ? count : 0, .err = err,
            };
            g_mutex_unlock(&host->lock);
            return;
        }
    }
    g_error("vfio-host: no call is named \"%s\"", call);
}

const char *const *vfio_host_call_names(void)
{
    return call_names;
}

unsigned vfio_host_failed(VfioHost *host)
{
    unsigned failed;

    g_mutex_lock(&host->lock);
    failed = host->failed;
    g_mutex_unlock(&host->lock);
    return failed;
}
