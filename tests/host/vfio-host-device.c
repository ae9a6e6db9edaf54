/*
 * VFIO host: the device file
 *
 * VFIO_DEVICE_* as vfio-pci answers them, but for SET_IRQS (vfio-host-irqs.c);
 * open and close of the device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <stddef.h>
#include <string.h>

#include "vfio-host-private.h"

#define END_OF(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

/* argsz comes first in all of them. */
static int fetch(HostCaller *caller, uint64_t arg, void *buf, size_t minsz)
{
    int ret = vfio_host_caller_read(caller, arg, buf, minsz);

    if (ret == 0 && *(uint32_t *)buf < minsz) {
        ret = -EINVAL;
    }
    return ret;
}

/* ---- open and close ------------------------------------------------------ */

void vfio_host_device_open(VfioHost *host, HostListener *owner)
{
    vfio_host_device_close(host);
    vfio_host_config_init(host);
    vfio_host_function_reset(host);
    host->owner = owner;
}

void vfio_host_device_close(VfioHost *host)
{
    vfio_host_irqs_disable_all(host);
    host->owner = NULL;
}

static int64_t bind_iommufd(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostBind cmd;
    int ret = vfio_host_fault(host, CALL_BIND_IOMMUFD) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    if (cmd.flags) {
        return -EINVAL;
    }
    if (vfio_host_caller_file(host->first, caller, cmd.iommufd) !=
        FILE_IOMMUFD) {
        return -EBADF;
    }
    vfio_host_device_open(host, caller->listener);
    cmd.out_devid = ++host->first->next_id;
    return vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
}

static int64_t attach(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostAttach cmd;
    int ret = vfio_host_fault(host, CALL_ATTACH) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    if (!g_hash_table_contains(host->first->objects,
                               GUINT_TO_POINTER(cmd.pt_id))) {
        return -ENOENT;
    }
    return 0;
}

/* ---- information --------------------------------------------------------- */

static int64_t get_info(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    const size_t minsz = END_OF(struct vfio_device_info, num_irqs);
    struct vfio_device_info info;
    int ret = vfio_host_fault(host, CALL_GET_INFO) ?:
              fetch(caller, arg, &info, minsz);

    if (ret) {
        return ret;
    }
    info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
    info.num_regions = VFIO_PCI_NUM_REGIONS;
    info.num_irqs = VFIO_PCI_NUM_IRQS;
    return vfio_host_caller_write(caller, arg, &info, minsz);
}

static uint64_t region_size(VfioHost *host, unsigned index)
{
    switch (index) {
    case VFIO_PCI_CONFIG_REGION_INDEX:
        return host->config_size;
    case VFIO_PCI_BAR0_REGION_INDEX:
        return IRQTEST_BAR0_SIZE;
    case VFIO_PCI_BAR2_REGION_INDEX:
        return IRQTEST_BAR2_SIZE;
    case VFIO_PCI_BAR4_REGION_INDEX:
        return IRQTEST_BAR4_SIZE;
    default:
        return 0;
    }
}

static int64_t region_info(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    struct vfio_region_info info;
    int ret = vfio_host_fault(host, CALL_REGION_INFO) ?:
              fetch(caller, arg, &info, sizeof(info));

    if (ret) {
        return ret;
    }
    if (info.index >= VFIO_PCI_VGA_REGION_INDEX) {
        return -EINVAL;
    }
    info.cap_offset = 0;
    info.offset = HOST_REGION_OFFSET(info.index);
    info.size = region_size(host, info.index);
    info.flags = info.size ?
        VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
    /* The other BARs have registers or the table: their writes are seen. */
    if (info.index == VFIO_PCI_BAR4_REGION_INDEX && !host->config.no_mmap) {
        info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
    }
    return vfio_host_caller_write(caller, arg, &info, sizeof(info));
}

unsigned vfio_host_irq_count(VfioHost *host, unsigned index)
{
    switch (index) {
    case VFIO_PCI_INTX_IRQ_INDEX:
        return !host->config.no_intx;
    case VFIO_PCI_MSI_IRQ_INDEX:
        return host->config.no_msi ? 0 : host->config.msi_vectors;
    case VFIO_PCI_MSIX_IRQ_INDEX:
        return host->config.no_msix ? 0 : host->config.vectors;
    case VFIO_PCI_ERR_IRQ_INDEX:
        return !host->conventional;
    case VFIO_PCI_REQ_IRQ_INDEX:
        return 1;
    default:
        return 0;
    }
}

static int64_t irq_info(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    struct vfio_irq_info info;
    int ret = vfio_host_fault(host, CALL_IRQ_INFO) ?:
              fetch(caller, arg, &info, sizeof(info));

    if (ret) {
        return ret;
    }
    if (info.index >= VFIO_PCI_NUM_IRQS ||
        (info.index == VFIO_PCI_ERR_IRQ_INDEX && host->conventional)) {
        return -EINVAL;
    }
    info.count = vfio_host_irq_count(host, info.index);
    info.flags = VFIO_IRQ_INFO_EVENTFD;
    if (info.index == VFIO_PCI_INTX_IRQ_INDEX) {
        info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
    } else if (info.index != VFIO_PCI_MSIX_IRQ_INDEX ||
               host->config.msix_noresize) {
        info.flags |= VFIO_IRQ_INFO_NORESIZE;
    }
    return vfio_host_caller_write(caller, arg, &info, sizeof(info));
}

/* ---- reset --------------------------------------------------------------- */

static int64_t reset(VfioHost *host)
{
    int ret = vfio_host_fault(host, CALL_RESET);

    if (ret == 0) {
        vfio_host_function_reset(host);
    }
    return ret;
}

int64_t vfio_host_device_ioctl(VfioHost *host, HostCaller *caller,
                               unsigned cmd, uint64_t arg)
{
    switch (cmd) {
    case VFIO_DEVICE_GET_INFO:
        return get_info(host, caller, arg);
    case VFIO_DEVICE_GET_REGION_INFO:
        return region_info(host, caller, arg);
    case VFIO_DEVICE_GET_IRQ_INFO:
        return irq_info(host, caller, arg);
    case VFIO_DEVICE_SET_IRQS:
        return vfio_host_set_irqs(host, caller, arg);
    case VFIO_DEVICE_RESET:
        return reset(host);
    case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
        /* The bus has no reset of its own. */
        return vfio_host_fault(host, CALL_HOT_RESET_INFO) ?: -ENODEV;
    case VFIO_DEVICE_PCI_HOT_RESET:
        return vfio_host_fault(host, CALL_HOT_RESET) ?: -ENODEV;
    case VFIO_DEVICE_FEATURE:
        return vfio_host_device_feature(host, caller, arg);
    case HOST_DEVICE_BIND_IOMMUFD:
        return bind_iommufd(host, caller, arg);
    case HOST_DEVICE_ATTACH_PT:
        return attach(host, caller, arg);
    case HOST_DEVICE_DETACH_PT:
        return vfio_host_fault(host, CALL_DETACH);
    default:
        return -ENOTTY;
    }
}
