/*
 * VFIO host: the device's MSI-X table and PBA
 *
 * The physical ones.  QEMU serves its guest a table and a PBA of its own on
 * most machines, so only the kernel writes here: a vector is masked in the
 * table unless its irq is requested.  A pseries guest has the table itself,
 * though, and can mask in it as well; so writes to it are trapped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <linux/pci_regs.h>
#include <string.h>

#include "vfio-host-private.h"

static bool own_bar(VfioHost *host)
{
    return host->config.table == VFIO_HOST_TABLE_OWN_BAR;
}

static uint8_t *vector_control(VfioHost *host, unsigned vector)
{
    uint8_t *table = own_bar(host) ? host->bar2 + IRQTEST_TABLE_IN_BAR2
                                   : host->bar0 + IRQTEST_TABLE_IN_BAR0;

    return table + vector * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_VECTOR_CTRL;
}

static uint8_t *pba_byte(VfioHost *host, unsigned vector)
{
    uint8_t *pba = own_bar(host) ? host->bar2 + IRQTEST_PBA_IN_BAR2
                                 : host->bar0 + IRQTEST_PBA_IN_BAR0;

    return pba + vector / 8;
}

void vfio_host_table_set_pending(VfioHost *host, unsigned vector, bool pending)
{
    uint8_t bit = 1u << vector % 8;

    if (pending) {
        *pba_byte(host, vector) |= bit;
    } else {
        *pba_byte(host, vector) &= ~bit;
    }
}

void vfio_host_table_set_mask(VfioHost *host, unsigned vector, bool mask)
{
    *vector_control(host, vector) = mask ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0;
}

bool vfio_host_table_masked(VfioHost *host, unsigned vector)
{
    return *vector_control(host, vector) & PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

void vfio_host_table_init(VfioHost *host)
{
    for (unsigned n = 0; n < host->config.vectors; n++) {
        vfio_host_table_set_mask(host, n, true);
    }
}

bool vfio_host_table_write(VfioHost *host, unsigned bar, uint32_t offset,
                           const uint8_t *data, unsigned len)
{
    uint32_t start = own_bar(host) ? IRQTEST_TABLE_IN_BAR2
                                   : IRQTEST_TABLE_IN_BAR0;
    uint32_t size = host->config.vectors * PCI_MSIX_ENTRY_SIZE;
    uint8_t *memory = own_bar(host) ? host->bar2 : host->bar0;

    if (bar != (own_bar(host) ? 2 : 0) || offset < start ||
        offset - start >= size || len > size - (offset - start)) {
        return false;
    }
    memcpy(memory + offset, data, len);
    vfio_host_function_unmask_pending(host);
    return true;
}
