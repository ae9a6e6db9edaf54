/*
 * VFIO host: legacy container and group
 *
 * /dev/vfio/vfio and /dev/vfio/GROUP are opened through us, and the device is
 * found through a made-up sysfs directory: its iommu_group link names the
 * group, its config file has the start of the device's own config space.  The
 * container answers as type 1 version 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* ---- sysfs and open ------------------------------------------------------ */

static void make_config(VfioHost *host)
{
    g_autofree char *path = g_build_filename(host->sysfs, "config", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0 || ftruncate(fd, HOST_SYSFS_CONFIG_SIZE)) {
        g_error("vfio-host: %s: %s", path, strerror(errno));
    }
    host->sysfs_config = mmap(NULL, HOST_SYSFS_CONFIG_SIZE,
                              PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (host->sysfs_config == MAP_FAILED) {
        g_error("vfio-host: %s: %s", path, strerror(errno));
    }
    close(fd);
    vfio_host_config_show_sysfs(host);
}

void vfio_host_legacy_make_sysfs(VfioHost *host)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *dir = g_dir_make_tmp("vfio-host-XXXXXX", &err);
    g_autofree char *link = NULL;
    g_autofree char *target = g_strdup_printf("../../iommu_groups/%d",
                                              HOST_GROUP_ID);

    if (!dir) {
        g_error("vfio-host: %s", err->message);
    }
    host->sysfs = g_build_filename(dir, host->name, NULL);
    link = g_build_filename(host->sysfs, "iommu_group", NULL);
    if (g_mkdir(host->sysfs, 0700) || symlink(target, link)) {
        g_error("vfio-host: %s: %s", link, strerror(errno));
    }
    make_config(host);
}

void vfio_host_legacy_remove_sysfs(VfioHost *host)
{
    g_autofree char *dir = g_path_get_dirname(host->sysfs);
    g_autofree char *link = g_build_filename(host->sysfs, "iommu_group", NULL);
    g_autofree char *config = g_build_filename(host->sysfs, "config", NULL);

    munmap(host->sysfs_config, HOST_SYSFS_CONFIG_SIZE);
    g_unlink(config);
    g_unlink(link);
    g_rmdir(host->sysfs);
    g_rmdir(dir);
    g_free(host->sysfs);
}

int64_t vfio_host_open(VfioHost *host, HostCaller *caller, uint64_t path,
                       int flags, bool *through)
{
    g_autofree char *group = g_strdup_printf("/dev/vfio/%d", HOST_GROUP_ID);
    char name[32];
    HostFileKind kind;
    int ret;

    *through = false;
    if (vfio_host_caller_read_string(caller, path, name, sizeof(name))) {
        *through = true;
        return 0;
    }
    if (strcmp(name, "/dev/vfio/vfio") == 0) {
        kind = FILE_CONTAINER;
        ret = vfio_host_fault(host, CALL_OPEN_CONTAINER);
    } else if (strcmp(name, group) == 0) {
        kind = FILE_GROUP;
        ret = vfio_host_fault(host, CALL_OPEN_GROUP);
    } else {
        *through = true;
        return 0;
    }
    return ret ?: vfio_host_caller_add_fd(caller, host->files[kind].fd,
                                          flags & O_CLOEXEC);
}

/* ---- group --------------------------------------------------------------- */

static int64_t group_status(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    struct vfio_group_status status;
    int ret = vfio_host_fault(host, CALL_GROUP_STATUS) ?:
              fetch(caller, arg, &status, sizeof(status));

    if (ret) {
        return ret;
    }
    status.flags = VFIO_GROUP_FLAGS_VIABLE |
        (host->container_set ? VFIO_GROUP_FLAGS_CONTAINER_SET : 0);
    return vfio_host_caller_write(caller, arg, &status, sizeof(status));
}

static int64_t set_container(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    int32_t fd;
    int ret = vfio_host_fault(host, CALL_SET_CONTAINER) ?:
              vfio_host_caller_read(caller, arg, &fd, sizeof(fd));

    if (ret) {
        return ret;
    }
    if (vfio_host_caller_file(host, caller, fd) != FILE_CONTAINER) {
        return -EBADF;
    }
    if (host->container_set) {
        return -EINVAL;
    }
    host->container_set = true;
    return 0;
}

static int64_t unset_container(VfioHost *host)
{
    int ret = vfio_host_fault(host, CALL_UNSET_CONTAINER);

    if (ret) {
        return ret;
    }
    if (!host->container_set) {
        return -EINVAL;
    }
    vfio_host_legacy_close(host);
    return 0;
}

void vfio_host_legacy_close(VfioHost *host)
{
    host->container_set = false;
    host->iommu_type = 0;
    vfio_host_dma_unmap(host, 0, 0, UINT64_MAX);
}

static int64_t device_fd(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    char name[64];
    int ret = vfio_host_fault(host, CALL_DEVICE_FD) ?:
              vfio_host_caller_read_string(caller, arg, name, sizeof(name));
    int fd;

    if (ret) {
        return ret;
    }
    if (!host->container_set || !host->iommu_type) {
        return -EINVAL;
    }
    while (host && strcmp(name, host->name) != 0) {
        host = host->second;
    }
    if (!host) {
        return -ENODEV;
    }
    fd = vfio_host_caller_add_fd(caller, host->files[FILE_DEVICE].fd, true);
    if (fd >= 0) {
        vfio_host_device_open(host, caller->listener);
    }
    return fd;
}

int64_t vfio_host_group_ioctl(VfioHost *host, HostCaller *caller,
                              unsigned cmd, uint64_t arg)
{
    switch (cmd) {
    case VFIO_GROUP_GET_STATUS:
        return group_status(host, caller, arg);
    case VFIO_GROUP_SET_CONTAINER:
        return set_container(host, caller, arg);
    case VFIO_GROUP_UNSET_CONTAINER:
        return unset_container(host);
    case VFIO_GROUP_GET_DEVICE_FD:
        return device_fd(host, caller, arg);
    default:
        return -ENOTTY;
    }
}

/* ---- container ----------------------------------------------------------- */

static int64_t check_extension(VfioHost *host, uint64_t extension)
{
    int ret = vfio_host_fault(host, CALL_CHECK_EXTENSION);

    if (ret) {
        return ret;
    }
    switch (extension) {
    case VFIO_TYPE1_IOMMU:
    case VFIO_TYPE1v2_IOMMU:
    case VFIO_UNMAP_ALL:
    case VFIO_UPDATE_VADDR:
    case VFIO_DMA_CC_IOMMU:
    case VFIO_EEH:
        return 1;
    default:
        return 0;
    }
}

static int64_t set_iommu(VfioHost *host, uint64_t type)
{
    int ret = vfio_host_fault(host, CALL_SET_IOMMU);

    if (ret) {
        return ret;
    }
    if (!host->container_set || host->iommu_type) {
        return -EINVAL;
    }
    if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU) {
        return -ENODEV;
    }
    host->iommu_type = type;
    return 0;
}

static int64_t iommu_info(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    const size_t minsz = END_OF(struct vfio_iommu_type1_info, iova_pgsizes);
    struct vfio_iommu_type1_info info;
    int ret = vfio_host_fault(host, CALL_IOMMU_INFO) ?:
              fetch(caller, arg, &info, minsz);

    if (ret) {
        return ret;
    }
    info.flags = VFIO_IOMMU_INFO_PGSIZES;
    info.iova_pgsizes = ~(uint64_t)0xfff;
    return vfio_host_caller_write(caller, arg, &info, minsz);
}

static int64_t map_dma(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    struct vfio_iommu_type1_dma_map map;
    int ret = vfio_host_fault(host, CALL_MAP_DMA) ?:
              fetch(caller, arg, &map, sizeof(map));

    if (ret) {
        return ret;
    }
    if (map.flags & VFIO_DMA_MAP_FLAG_VADDR) {
        return 0;           /* a new address of memory we never touch */
    }
    if (map.size == 0 || ((map.iova | map.size | map.vaddr) & 0xfff)) {
        return -EINVAL;
    }
    return vfio_host_dma_map(host, 0, map.iova, map.size);
}

static int64_t unmap_dma(VfioHost *host, HostCaller *caller, uint64_t arg)
{
    const size_t minsz = END_OF(struct vfio_iommu_type1_dma_unmap, size);
    struct vfio_iommu_type1_dma_unmap unmap;
    int ret = vfio_host_fault(host, CALL_UNMAP_DMA) ?:
              fetch(caller, arg, &unmap, minsz);

    if (ret) {
        return ret;
    }
    if (unmap.flags & VFIO_DMA_UNMAP_FLAG_VADDR) {
        return 0;
    }
    if (unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL) {
        unmap.size = vfio_host_dma_unmap(host, 0, 0, UINT64_MAX);
    } else if (unmap.size == 0 || ((unmap.iova | unmap.size) & 0xfff)) {
        return -EINVAL;
    } else {
        unmap.size = vfio_host_dma_unmap(host, 0, unmap.iova,
                                         unmap.iova + unmap.size - 1);
    }
    return vfio_host_caller_write(caller, arg, &unmap, minsz);
}

int64_t vfio_host_container_ioctl(VfioHost *host, HostCaller *caller,
                                  unsigned cmd, uint64_t arg)
{
    switch (cmd) {
    case VFIO_GET_API_VERSION:
        return vfio_host_fault(host, CALL_API_VERSION) ?: VFIO_API_VERSION;
    case VFIO_CHECK_EXTENSION:
        return check_extension(host, arg);
    case VFIO_SET_IOMMU:
        return set_iommu(host, arg);
    case VFIO_IOMMU_GET_INFO:
        return iommu_info(host, caller, arg);
    case VFIO_IOMMU_MAP_DMA:
        return map_dma(host, caller, arg);
    case VFIO_IOMMU_UNMAP_DMA:
        return unmap_dma(host, caller, arg);
    case VFIO_EEH_PE_OP:
        /* pseries asks for it at each reset; state 0 is "normal". */
        return vfio_host_fault(host, CALL_EEH_OP);
    default:
        return -ENOTTY;
    }
}
