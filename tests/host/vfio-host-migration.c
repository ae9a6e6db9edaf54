/*
 * The device's migration, version 2 of VFIO's protocol: a device that stops,
 * hands out its state, takes one and runs
 *
 * The state is empty.  It is here for what QEMU saves and loads of an assigned
 * device by itself: config space, MSI-X table and pending bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfio-host-abi.h"
#include "vfio-host-private.h"

typedef struct HostFeature {
    struct vfio_device_feature header;
    union {
        struct vfio_device_feature_migration migration;
        struct vfio_device_feature_mig_state state;
        HostMigDataSize size;
    };
} HostFeature;

/* Saving and loading get a file; QEMU closes it when it has done. */
static int set_state(HostCaller *caller, HostFeature *feature)
{
    int file;

    feature->state.data_fd = -1;
    if (feature->state.device_state != VFIO_DEVICE_STATE_STOP_COPY &&
        feature->state.device_state != VFIO_DEVICE_STATE_RESUMING) {
        return 0;
    }

    file = memfd_create("vfio-host-state", MFD_CLOEXEC);
    if (file < 0) {
        return -errno;
    }
    feature->state.data_fd = vfio_host_caller_add_fd(caller, file, true);
    close(file);
    return MIN(feature->state.data_fd, 0);
}

static int answer(HostCaller *caller, HostFeature *feature)
{
    bool set = feature->header.flags & VFIO_DEVICE_FEATURE_SET;

    switch (feature->header.flags & VFIO_DEVICE_FEATURE_MASK) {
    case VFIO_DEVICE_FEATURE_MIGRATION:
        feature->migration.flags = VFIO_MIGRATION_STOP_COPY;
        return set ? -EINVAL : 0;
    case VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE:
        return set ? set_state(caller, feature) : -EINVAL;
    case HOST_FEATURE_MIG_DATA_SIZE:
        feature->size.stop_copy_length = 4096; /* an upper bound */
        return set ? -EINVAL : 0;
    default:
        return -ENOTTY;
    }
}

int64_t vfio_host_device_feature(VfioHost *host, HostCaller *caller,
                                 uint64_t arg)
{
    HostFeature feature = { };
    size_t size;
    int ret = vfio_host_fault(host, CALL_FEATURE) ?:
              vfio_host_caller_read(caller, arg, &feature.header,
                                    sizeof(feature.header));

    if (ret) {
        return ret;
    }
    if (!host->config.migration) {
        return -ENOTTY;
    }
    if (feature.header.argsz < sizeof(feature.header)) {
        return -EINVAL;
    }
    size = MIN(feature.header.argsz, sizeof(feature));
    ret = vfio_host_caller_read(caller, arg, &feature, size) ?:
          answer(caller, &feature);
    return ret ?: vfio_host_caller_write(caller, arg, &feature, size);
}
