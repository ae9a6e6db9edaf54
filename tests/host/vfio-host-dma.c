/*
 * VFIO host: DMA mappings
 *
 * The device does no DMA, so a mapping is only remembered: enough to refuse
 * what the kernel refuses and to tell how much an unmap removed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>

#include "vfio-host-private.h"

int vfio_host_dma_map(VfioHost *host, uint32_t space, uint64_t iova,
                      uint64_t len)
{
    HostMapping new = { space, iova, iova + len - 1 };

    if (len == 0 || new.last < iova) {
        return -EINVAL;
    }
    for (guint i = 0; i < host->dma->len; i++) {
        HostMapping *map = &g_array_index(host->dma, HostMapping, i);

        if (map->space == space && map->iova <= new.last &&
            iova <= map->last) {
            return -EEXIST;
        }
    }
    g_array_append_val(host->dma, new);
    return 0;
}

uint64_t vfio_host_dma_unmap(VfioHost *host, uint32_t space, uint64_t iova,
                             uint64_t last)
{
    uint64_t bytes = 0;

    for (guint i = host->dma->len; i-- > 0; ) {
        HostMapping *map = &g_array_index(host->dma, HostMapping, i);

        if (map->space == space && map->iova >= iova && map->last <= last) {
            bytes += map->last - map->iova + 1;
            g_array_remove_index_fast(host->dma, i);
        }
    }
    return bytes;
}
