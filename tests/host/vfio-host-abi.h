/*
 * Kernel interfaces that the VFIO host answers and that the oldest supported
 * <linux/vfio.h> (6.1) does not declare; layouts are the kernel's.
 *
 * <linux/iommufd.h> appeared in 6.2, so its part is repeated under own names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_ABI_H
#define TESTS_HOST_VFIO_HOST_ABI_H

#include <linux/types.h>
#include <linux/vfio.h>

/* ---- VFIO device file (cdev) --------------------------------------------- */

#define HOST_DEVICE_BIND_IOMMUFD    _IO(VFIO_TYPE, VFIO_BASE + 18)
#define HOST_DEVICE_ATTACH_PT       _IO(VFIO_TYPE, VFIO_BASE + 19)
#define HOST_DEVICE_DETACH_PT       _IO(VFIO_TYPE, VFIO_BASE + 20)

/* VFIO_DEVICE_FEATURE_MIG_DATA_SIZE */
#define HOST_FEATURE_MIG_DATA_SIZE  9

typedef struct HostMigDataSize {
    __aligned_u64 stop_copy_length;
} HostMigDataSize;

typedef struct HostBind {
    __u32 argsz;
    __u32 flags;
    __s32 iommufd;
    __u32 out_devid;
} HostBind;

typedef struct HostAttach {
    __u32 argsz;
    __u32 flags;
    __u32 pt_id;
} HostAttach;

typedef struct HostDetach {
    __u32 argsz;
    __u32 flags;
} HostDetach;

/* ---- iommufd: every structure starts with its size ----------------------- */

#define HOST_IOMMU_DESTROY          _IO(VFIO_TYPE, 0x80)
#define HOST_IOMMU_IOAS_ALLOC       _IO(VFIO_TYPE, 0x81)
#define HOST_IOMMU_IOAS_COPY        _IO(VFIO_TYPE, 0x83)
#define HOST_IOMMU_IOAS_IOVA_RANGES _IO(VFIO_TYPE, 0x84)
#define HOST_IOMMU_IOAS_MAP         _IO(VFIO_TYPE, 0x85)
#define HOST_IOMMU_IOAS_UNMAP       _IO(VFIO_TYPE, 0x86)
#define HOST_IOMMU_HWPT_ALLOC       _IO(VFIO_TYPE, 0x89)
#define HOST_IOMMU_GET_HW_INFO      _IO(VFIO_TYPE, 0x8a)
#define HOST_IOMMU_IOAS_MAP_FILE    _IO(VFIO_TYPE, 0x8f)
#define HOST_IOMMU_CHANGE_PROCESS   _IO(VFIO_TYPE, 0x92)

#define HOST_IOMMU_MAP_FIXED_IOVA   (1u << 0)

typedef struct HostDestroy {
    __u32 size;
    __u32 id;
} HostDestroy;

typedef struct HostIoasAlloc {
    __u32 size;
    __u32 flags;
    __u32 out_ioas_id;
} HostIoasAlloc;

typedef struct HostIovaRange {
    __aligned_u64 start;
    __aligned_u64 last;
} HostIovaRange;

typedef struct HostIoasIovaRanges {
    __u32 size;
    __u32 ioas_id;
    __u32 num_iovas;
    __u32 reserved;
    __aligned_u64 allowed_iovas;
    __aligned_u64 out_iova_alignment;
} HostIoasIovaRanges;

/* Also IOAS_MAP_FILE, with a descriptor for reserved, an offset for user_va. */
typedef struct HostIoasMap {
    __u32 size;
    __u32 flags;
    __u32 ioas_id;
    __u32 reserved;
    __aligned_u64 user_va;
    __aligned_u64 length;
    __aligned_u64 iova;
} HostIoasMap;

typedef struct HostIoasCopy {
    __u32 size;
    __u32 flags;
    __u32 dst_ioas_id;
    __u32 src_ioas_id;
    __aligned_u64 length;
    __aligned_u64 dst_iova;
    __aligned_u64 src_iova;
} HostIoasCopy;

typedef struct HostIoasUnmap {
    __u32 size;
    __u32 ioas_id;
    __aligned_u64 iova;
    __aligned_u64 length;
} HostIoasUnmap;

typedef struct HostHwptAlloc {
    __u32 size;
    __u32 flags;
    __u32 dev_id;
    __u32 pt_id;
    __u32 out_hwpt_id;
    __u32 reserved;
    __u32 data_type;
    __u32 data_len;
    __aligned_u64 data_uptr;
} HostHwptAlloc;

typedef struct HostHwInfo {
    __u32 size;
    __u32 flags;
    __u32 dev_id;
    __u32 data_len;
    __aligned_u64 data_uptr;
    __u32 out_data_type;
    __u32 reserved;
    __aligned_u64 out_capabilities;
} HostHwInfo;

#endif /* TESTS_HOST_VFIO_HOST_ABI_H */
