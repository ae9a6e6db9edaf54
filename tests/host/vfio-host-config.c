/*
 * VFIO host: config space
 *
 * QEMU reads the device file natively, so the memory holds what vfio-pci would
 * let it see; writes come here and change the bits that vfio-pci virtualises or
 * lets through.  The physical command register is kept apart: the DisINTx bit
 * in it belongs to the host, the one in the memory to the guest.  With a sysfs
 * directory its file "config" has the former.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "vfio-host-private.h"

#define CAP_PM      0x40
#define CAP_MSI     0x50
#define CAP_MSIX    0x70
#define CAP_EXP     0x80
#define CAP_VENDOR  0xc0
#define MSI_SIZE    0x18

#define CLASS_OTHER 0xff00      /* "other device" */

/* ---- little-endian access ------------------------------------------------ */

static uint16_t get16(const uint8_t *p)
{
    return p[0] | p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static void put16(uint8_t *p, uint16_t value)
{
    p[0] = value;
    p[1] = value >> 8;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value);
    put16(p + 2, value >> 16);
}

/* ---- layout -------------------------------------------------------------- */

/* Capabilities are chained in the order in which they are added. */
static void add_cap(uint8_t *cfg, uint8_t **link, uint8_t offset, uint8_t id)
{
    **link = offset;
    cfg[offset] = id;
    *link = cfg + offset + PCI_CAP_LIST_NEXT;
}

static void add_msi(VfioHost *host, uint8_t *cfg, uint8_t **link)
{
    unsigned log2 = g_bit_storage(host->config.msi_vectors) - 1;

    add_cap(cfg, link, CAP_MSI, PCI_CAP_ID_MSI);
    put16(cfg + CAP_MSI + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | log2 << 1 |
          (host->config.msi_no_mask ? 0 : PCI_MSI_FLAGS_MASKBIT));
}

static void add_msix(VfioHost *host, uint8_t *cfg, uint8_t **link)
{
    bool own = host->config.table == VFIO_HOST_TABLE_OWN_BAR;

    add_cap(cfg, link, CAP_MSIX, PCI_CAP_ID_MSIX);
    put16(cfg + CAP_MSIX + PCI_MSIX_FLAGS, host->config.vectors - 1);
    put32(cfg + CAP_MSIX + PCI_MSIX_TABLE,
          own ? IRQTEST_TABLE_IN_BAR2 | 2 : IRQTEST_TABLE_IN_BAR0);
    put32(cfg + CAP_MSIX + PCI_MSIX_PBA,
          own ? IRQTEST_PBA_IN_BAR2 | 2 : IRQTEST_PBA_IN_BAR0);
}

static void add_express(uint8_t *cfg, uint8_t **link)
{
    add_cap(cfg, link, CAP_EXP, PCI_CAP_ID_EXP);
    put16(cfg + CAP_EXP + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
    put32(cfg + CAP_EXP + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER |
          PCI_EXP_DEVCAP_FLR);
    put32(cfg + CAP_EXP + PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_SLS_2_5GB | 1 << 4);
    put16(cfg + CAP_EXP + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_CLS_2_5GB |
          PCI_EXP_LNKSTA_NLW_X1);
}

/* A window to the registers of INTx, for a guest that touches no BAR. */
static void add_vendor(uint8_t *cfg, uint8_t **link)
{
    add_cap(cfg, link, CAP_VENDOR, PCI_CAP_ID_VNDR);
    cfg[CAP_VENDOR + PCI_CAP_FLAGS] = IRQTEST_CAP_SIZE;
}

void vfio_host_config_init(VfioHost *host)
{
    uint8_t *cfg = host->cfg, *link = cfg + PCI_CAPABILITY_LIST;

    memset(cfg, 0, HOST_CONFIG_SIZE);
    put16(cfg + PCI_VENDOR_ID, IRQTEST_VENDOR_ID);
    put16(cfg + PCI_DEVICE_ID, IRQTEST_DEVICE_ID);
    put16(cfg + PCI_STATUS, PCI_STATUS_CAP_LIST);
    cfg[PCI_REVISION_ID] = 1;
    put16(cfg + PCI_CLASS_DEVICE, CLASS_OTHER);
    put16(cfg + PCI_SUBSYSTEM_VENDOR_ID, IRQTEST_VENDOR_ID);
    put16(cfg + PCI_SUBSYSTEM_ID, IRQTEST_DEVICE_ID);
    cfg[PCI_INTERRUPT_PIN] = !host->config.no_intx;

    add_cap(cfg, &link, CAP_PM, PCI_CAP_ID_PM);
    put16(cfg + CAP_PM + PCI_PM_PMC, 3);
    put16(cfg + CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
    if (!host->config.no_msi) {
        add_msi(host, cfg, &link);
    }
    if (!host->config.no_msix) {
        add_msix(host, cfg, &link);
    }
    if (!host->conventional) {
        add_express(cfg, &link);
    }
    add_vendor(cfg, &link);
    host->real_command = 0;
    host->intx.guest_disabled = false;
}

static bool has_msi_mask(VfioHost *host)
{
    return !host->config.no_msi && !host->config.msi_no_mask;
}

/* ---- sysfs --------------------------------------------------------------- */

static void show_command_and_status(VfioHost *host)
{
    if (host->sysfs_config) {
        put16(host->sysfs_config + PCI_COMMAND, host->real_command);
        memcpy(host->sysfs_config + PCI_STATUS, host->cfg + PCI_STATUS, 2);
    }
}

/* The BARs read 0: where the host has put the device is nobody's affair. */
void vfio_host_config_show_sysfs(VfioHost *host)
{
    memcpy(host->sysfs_config, host->cfg, PCI_BASE_ADDRESS_0);
    memcpy(host->sysfs_config + PCI_CARDBUS_CIS, host->cfg + PCI_CARDBUS_CIS,
           HOST_SYSFS_CONFIG_SIZE - PCI_CARDBUS_CIS);
    show_command_and_status(host);
}

/* ---- what hardware and host change --------------------------------------- */

void vfio_host_config_set_status(VfioHost *host, bool intx_level)
{
    uint16_t status = get16(host->cfg + PCI_STATUS);

    /* The bit came with DisINTx, in PCI 2.3. */
    status &= ~PCI_STATUS_INTERRUPT;
    if (intx_level && !host->config.no_disintx) {
        status |= PCI_STATUS_INTERRUPT;
    }
    put16(host->cfg + PCI_STATUS, status);
    show_command_and_status(host);
}

void vfio_host_config_set_register(VfioHost *host, uint32_t reg,
                                   uint32_t value)
{
    /* volatile: the guest reads it from another process at any time */
    *(volatile uint32_t *)(host->cfg + CAP_VENDOR + reg) =
        GUINT32_TO_LE(value);
}

void vfio_host_config_real_disintx(VfioHost *host, bool disable)
{
    if (host->config.no_disintx) {
        return;
    }
    host->real_command &= ~PCI_COMMAND_INTX_DISABLE;
    if (disable) {
        host->real_command |= PCI_COMMAND_INTX_DISABLE;
    }
    show_command_and_status(host);
}

void vfio_host_config_set_msi(VfioHost *host, unsigned index, bool enabled)
{
    uint8_t *flags = host->cfg + CAP_MSIX + PCI_MSIX_FLAGS;

    /* The kernel keeps INTx off at the device while messages are on. */
    vfio_host_config_real_disintx(host, enabled);
    /* vfio-pci shows MSI-X as it is, and MSI as the guest wrote it. */
    if (index == VFIO_PCI_MSIX_IRQ_INDEX) {
        put16(flags, (get16(flags) & ~PCI_MSIX_FLAGS_ENABLE) |
                     (enabled ? PCI_MSIX_FLAGS_ENABLE : 0));
    } else if (has_msi_mask(host)) {
        put32(host->cfg + CAP_MSI + PCI_MSI_MASK_64,
              enabled ? UINT32_MAX >> (32 - host->config.msi_vectors) : 0);
    }
}

void vfio_host_config_set_msi_mask(VfioHost *host, unsigned vector, bool mask)
{
    uint8_t *p = host->cfg + CAP_MSI + PCI_MSI_MASK_64;

    if (has_msi_mask(host) && vector < host->config.msi_vectors) {
        put32(p, (get32(p) & ~(1u << vector)) | (uint32_t)mask << vector);
    }
}

bool vfio_host_config_msi_masked(VfioHost *host, unsigned vector)
{
    return has_msi_mask(host) && vector < host->config.msi_vectors &&
           get32(host->cfg + CAP_MSI + PCI_MSI_MASK_64) >> vector & 1;
}

void vfio_host_config_set_msi_pending(VfioHost *host, unsigned vector,
                                      bool pending)
{
    uint8_t *p = host->cfg + CAP_MSI + PCI_MSI_PENDING_64;

    if (has_msi_mask(host) && vector < host->config.msi_vectors) {
        put32(p, (get32(p) & ~(1u << vector)) | (uint32_t)pending << vector);
    }
}

/* ---- writes -------------------------------------------------------------- */

static uint32_t bar_mask(unsigned bar)
{
    static const uint32_t size[] = {
        IRQTEST_BAR0_SIZE, 0, IRQTEST_BAR2_SIZE, 0, IRQTEST_BAR4_SIZE, 0,
    };

    return size[bar] ? ~(size[bar] - 1) : 0;
}

/* The bits of an aligned dword that a write changes in the guest's view. */
static uint32_t writable(VfioHost *host, uint32_t offset)
{
    const uint32_t command = PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
        PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
        PCI_COMMAND_INTX_DISABLE;

    if (offset >= PCI_BASE_ADDRESS_0 && offset <= PCI_BASE_ADDRESS_5) {
        return bar_mask((offset - PCI_BASE_ADDRESS_0) / 4);
    }
    if (!host->config.no_msi && offset >= CAP_MSI &&
        offset < CAP_MSI + MSI_SIZE) {
        switch (offset - CAP_MSI) {
        case 0:
            return (PCI_MSI_FLAGS_QSIZE |
                    (host->active == VFIO_PCI_MSI_IRQ_INDEX ?
                     PCI_MSI_FLAGS_ENABLE : 0)) << 16;
        case PCI_MSI_ADDRESS_LO:
            return ~3u;
        case PCI_MSI_ADDRESS_HI:
            return ~0u;
        case PCI_MSI_DATA_64:
            return 0xffff;
        case PCI_MSI_MASK_64:
            return has_msi_mask(host) ? ~0u : 0;
        default:
            return 0;
        }
    }
    switch (offset) {
    case PCI_COMMAND:
        return command;
    case PCI_CACHE_LINE_SIZE:
        return 0xffff;              /* and latency timer */
    case PCI_INTERRUPT_LINE:
        return 0xff;
    case CAP_PM + PCI_PM_CTRL:
        return PCI_PM_CTRL_STATE_MASK;
    case CAP_EXP + PCI_EXP_DEVCTL:
        return host->conventional ? 0 : 0x7fff;     /* FLR reads 0 */
    case CAP_EXP + PCI_EXP_LNKCTL:
        return host->conventional ? 0 : 0xffff;
    default:
        return 0;
    }
}

static void command_written(VfioHost *host)
{
    uint16_t command = get16(host->cfg + PCI_COMMAND);

    host->real_command = (host->real_command & PCI_COMMAND_INTX_DISABLE) |
                         (command & ~PCI_COMMAND_INTX_DISABLE);
    show_command_and_status(host);
    if (!host->config.ignores_disintx) {
        vfio_host_intx_guest_disable(host, command & PCI_COMMAND_INTX_DISABLE);
    }
}

/* Of the vendor-specific capability; it takes whole words. */
static void write_register(VfioHost *host, uint32_t reg, uint32_t value)
{
    switch (reg) {
    case IRQTEST_CAP_INTX:
        vfio_host_intx_line(host, value & 1);
        break;
    case IRQTEST_CAP_INTX_AUTO_COUNT:
        vfio_host_intx_auto_start(host, value);
        break;
    default:
        break;          /* read-only */
    }
}

static void check_flr(VfioHost *host, uint32_t dword, uint32_t value)
{
    if (dword == CAP_EXP + PCI_EXP_DEVCTL && !host->conventional &&
        (value & PCI_EXP_DEVCTL_BCR_FLR)) {
        vfio_host_function_reset(host);
    }
}

static void write_dword(VfioHost *host, uint32_t dword, uint32_t lanes,
                        uint32_t value)
{
    uint8_t *p = host->cfg + dword;
    uint32_t mask = writable(host, dword) & lanes;

    put32(p, (get32(p) & ~mask) | (value & mask));
    if (dword == PCI_COMMAND && (lanes & 0xffff)) {
        command_written(host);
    }
    if (dword == CAP_MSI + PCI_MSI_MASK_64) {
        vfio_host_function_unmask_pending(host);
    }
    if (dword >= CAP_VENDOR && dword < CAP_VENDOR + IRQTEST_CAP_SIZE &&
        lanes == UINT32_MAX) {
        write_register(host, dword - CAP_VENDOR, value);
    }
    check_flr(host, dword, value & lanes);
}

int64_t vfio_host_config_write(VfioHost *host, uint32_t offset,
                               const uint8_t *data, unsigned len)
{
    int ret = vfio_host_fault(host, CALL_CONFIG_WRITE);

    if (ret) {
        return ret;
    }
    if (offset >= host->config_size || len > host->config_size - offset) {
        return -EFAULT;
    }
    for (unsigned i = 0; i < len; ) {
        uint32_t dword = (offset + i) & ~3u, lanes = 0, value = 0;

        for (; i < len && ((offset + i) & ~3u) == dword; i++) {
            unsigned shift = (offset + i) % 4 * 8;

            lanes |= 0xffu << shift;
            value |= (uint32_t)data[i] << shift;
        }
        write_dword(host, dword, lanes, value);
    }
    return len;
}

/* ---- what a test asks ---------------------------------------------------- */

bool vfio_host_msix_enabled(VfioHost *host)
{
    bool enabled;

    g_mutex_lock(&host->lock);
    enabled = host->active == VFIO_PCI_MSIX_IRQ_INDEX;
    g_mutex_unlock(&host->lock);
    return enabled;
}

bool vfio_host_msi_enabled(VfioHost *host)
{
    bool enabled;

    g_mutex_lock(&host->lock);
    enabled = host->active == VFIO_PCI_MSI_IRQ_INDEX;
    g_mutex_unlock(&host->lock);
    return enabled;
}

uint16_t vfio_host_real_command(VfioHost *host)
{
    uint16_t command;

    g_mutex_lock(&host->lock);
    vfio_host_intx_unmask_event(host);
    command = host->real_command;
    g_mutex_unlock(&host->lock);
    return command;
}

bool vfio_host_intx_masked(VfioHost *host)
{
    bool masked;

    g_mutex_lock(&host->lock);
    vfio_host_intx_unmask_event(host);
    masked = host->active == VFIO_PCI_INTX_IRQ_INDEX && host->intx.masked;
    g_mutex_unlock(&host->lock);
    return masked;
}
