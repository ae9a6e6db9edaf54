/*
 * VFIO host: iommufd
 *
 * Address spaces (IOAS) and hardware page tables (HWPT) are numbers; mappings
 * are kept by vfio-host-dma.c.  Answers as an IOMMU without nesting and dirty
 * tracking does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stddef.h>

#include "vfio-host-private.h"

typedef enum HostObject {
    OBJECT_NONE,
    OBJECT_IOAS,
    OBJECT_HWPT,
} HostObject;

static HostObject object_kind(VfioHost *host, uint32_t id)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(host->objects,
                                                GUINT_TO_POINTER(id)));
}

static uint32_t object_new(VfioHost *host, HostObject kind)
{
    uint32_t id = ++host->next_id;

    g_hash_table_insert(host->objects, GUINT_TO_POINTER(id),
                        GUINT_TO_POINTER(kind));
    return id;
}

/* The size field comes first; a shorter structure than the oldest is EINVAL */
static int fetch(HostCaller *caller, uint64_t arg, void *buf, size_t size)
{
    uint32_t given;
    int ret = vfio_host_caller_read(caller, arg, &given, sizeof(given));

    if (ret) {
        return ret;
    }
    if (given < size) {
        return -EINVAL;
    }
    return vfio_host_caller_read(caller, arg, buf, size);
}

static int64_t ioas_alloc(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostIoasAlloc cmd;
    int ret = vfio_host_fault(host, CALL_IOAS_ALLOC) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    if (cmd.flags) {
        return -EOPNOTSUPP;
    }
    cmd.out_ioas_id = object_new(host, OBJECT_IOAS);
    return vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
}

static int64_t destroy(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostDestroy cmd;
    int ret = vfio_host_fault(host, CALL_IOMMU_DESTROY) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    if (!g_hash_table_remove(host->objects, GUINT_TO_POINTER(cmd.id))) {
        return -ENOENT;
    }
    vfio_host_dma_unmap(host, cmd.id, 0, UINT64_MAX);
    return 0;
}

static int64_t iova_ranges(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    static const HostIovaRange all = { 0, UINT64_MAX };
    HostIoasIovaRanges cmd;
    int ret = vfio_host_fault(host, CALL_IOAS_IOVA_RANGES) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));
    uint32_t room;

    if (ret) {
        return ret;
    }
    if (object_kind(host, cmd.ioas_id) != OBJECT_IOAS) {
        return -ENOENT;
    }
    room = cmd.num_iovas;
    cmd.num_iovas = 1;
    cmd.out_iova_alignment = 4096;
    ret = vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
    if (ret) {
        return ret;
    }
    if (room < 1) {
        return -EMSGSIZE;
    }
    return vfio_host_caller_write(caller, cmd.allowed_iovas, &all,
                                  sizeof(all));
}

/* Above all fixed addresses a guest has, and page-aligned. */
static uint64_t free_iova(VfioHost *host)
{
    uint64_t iova = (uint64_t)1 << 60;

    for (guint i = 0; i < host->dma->len; i++) {
        HostMapping *map = &g_array_index(host->dma, HostMapping, i);

        iova = MAX(iova, map->last + 1);
    }
    return iova;
}

static int64_t ioas_map(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostIoasMap cmd;
    int ret = vfio_host_fault(host, CALL_IOAS_MAP) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    if (object_kind(host, cmd.ioas_id) != OBJECT_IOAS) {
        return -ENOENT;
    }
    if (!(cmd.flags & HOST_IOMMU_MAP_FIXED_IOVA)) {
        cmd.iova = free_iova(host);
    }
    ret = vfio_host_dma_map(host, cmd.ioas_id, cmd.iova, cmd.length);
    return ret ?: vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
}

static int64_t ioas_unmap(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostIoasUnmap cmd;
    int ret = vfio_host_fault(host, CALL_IOAS_UNMAP) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));
    bool all;

    if (ret) {
        return ret;
    }
    if (object_kind(host, cmd.ioas_id) != OBJECT_IOAS) {
        return -ENOENT;
    }
    all = cmd.iova == 0 && cmd.length == UINT64_MAX;
    cmd.length = vfio_host_dma_unmap(host, cmd.ioas_id, cmd.iova, all ?
                                     UINT64_MAX : cmd.iova + cmd.length - 1);
    if (cmd.length == 0 && !all) {
        return -ENOENT;
    }
    return vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
}

static int64_t ioas_copy(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostIoasCopy cmd;
    int ret = vfio_host_fault(host, CALL_IOAS_COPY) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    if (object_kind(host, cmd.dst_ioas_id) != OBJECT_IOAS ||
        object_kind(host, cmd.src_ioas_id) != OBJECT_IOAS) {
        return -ENOENT;
    }
    if (!(cmd.flags & HOST_IOMMU_MAP_FIXED_IOVA)) {
        cmd.dst_iova = free_iova(host);
    }
    ret = vfio_host_dma_map(host, cmd.dst_ioas_id, cmd.dst_iova, cmd.length);
    return ret ?: vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
}

static int64_t hwpt_alloc(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostHwptAlloc cmd;
    int ret = vfio_host_fault(host, CALL_HWPT_ALLOC) ?:
              fetch(caller, arg, &cmd, offsetof(HostHwptAlloc, data_type));

    if (ret) {
        return ret;
    }
    if (cmd.flags) {
        return -EOPNOTSUPP;
    }
    if (object_kind(host, cmd.pt_id) != OBJECT_IOAS) {
        return -EINVAL;
    }
    cmd.out_hwpt_id = object_new(host, OBJECT_HWPT);
    return vfio_host_caller_write(caller, arg, &cmd,
                                  offsetof(HostHwptAlloc, data_type));
}

static int64_t hw_info(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    HostHwInfo cmd;
    int ret = vfio_host_fault(host, CALL_HW_INFO) ?:
              fetch(caller, arg, &cmd, sizeof(cmd));

    if (ret) {
        return ret;
    }
    cmd.data_len = 0;
    cmd.out_data_type = 0;
    cmd.out_capabilities = 0;
    return vfio_host_caller_write(caller, arg, &cmd, sizeof(cmd));
}

/* By which a QEMU says that it goes on with what it got from another one. */
static int64_t change_process(VfioHost *host, HostCaller *caller)
{
    int ret = vfio_host_fault(host, CALL_IOAS_CHANGE_PROCESS);

    if (!ret && host->owner) {
        host->owner = caller->listener;
    }
    return ret;
}

void vfio_host_iommufd_close(VfioHost *host)
{
    g_hash_table_remove_all(host->objects);
    g_array_set_size(host->dma, 0);
}

int64_t vfio_host_iommufd_ioctl(VfioHost *host, HostCaller *caller,
                                unsigned cmd, uint64_t arg)
{
    switch (cmd) {
    case HOST_IOMMU_IOAS_ALLOC:
        return ioas_alloc(host, caller, arg);
    case HOST_IOMMU_DESTROY:
        return destroy(host, caller, arg);
    case HOST_IOMMU_IOAS_IOVA_RANGES:
        return iova_ranges(host, caller, arg);
    case HOST_IOMMU_IOAS_MAP:
    case HOST_IOMMU_IOAS_MAP_FILE:      /* same layout where we look */
        return ioas_map(host, caller, arg);
    case HOST_IOMMU_IOAS_UNMAP:
        return ioas_unmap(host, caller, arg);
    case HOST_IOMMU_IOAS_COPY:
        return ioas_copy(host, caller, arg);
    case HOST_IOMMU_HWPT_ALLOC:
        return hwpt_alloc(host, caller, arg);
    case HOST_IOMMU_GET_HW_INFO:
        return hw_info(host, caller, arg);
    case HOST_IOMMU_CHANGE_PROCESS:
        return change_process(host, caller);
    default:
        return -ENOTTY;
    }
}
