/*
 * VFIO host: life, and the functions by which a test drives the device
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfio-host-private.h"

/* ---- creation ------------------------------------------------------------ */

static void check_config(VfioHostConfig *config)
{
    config->vectors = config->vectors ?: 8;
    config->msi_vectors = config->msi_vectors ?: 8;
    if (config->vectors < 2 || config->vectors > HOST_MAX_VECTORS) {
        g_error("vfio-host: %u MSI-X vectors: must be 2 to %d",
                config->vectors, HOST_MAX_VECTORS);
    }
    if (config->msi_vectors > 32 ||
        (config->msi_vectors & (config->msi_vectors - 1))) {
        g_error("vfio-host: %u MSI vectors: must be 1, 2, 4, 8, 16 or 32",
                config->msi_vectors);
    }
}

/* Inherited by QEMU, so not close-on-exec. */
static void make_file(VfioHost *host, HostFileKind kind, const char *name)
{
    HostFile *file = &host->files[kind];
    struct stat st;

    file->fd = memfd_create(name, 0);
    if (file->fd < 0 || fstat(file->fd, &st)) {
        g_error("vfio-host: memfd: %s", strerror(errno));
    }
    file->dev = st.st_dev;
    file->ino = st.st_ino;
}

static void *map_region(VfioHost *host, unsigned index, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
                   host->files[FILE_DEVICE].fd, HOST_REGION_OFFSET(index));

    if (p == MAP_FAILED) {
        g_error("vfio-host: mmap: %s", strerror(errno));
    }
    return p;
}

static void make_device(VfioHost *host)
{
    for (unsigned kind = 0; kind < FILE__COUNT; kind++) {
        host->files[kind].fd = -1;
    }
    make_file(host, FILE_DEVICE, "vfio-device");
    if (ftruncate(host->files[FILE_DEVICE].fd,
                  HOST_REGION_OFFSET(VFIO_PCI_NUM_REGIONS))) {
        g_error("vfio-host: ftruncate: %s", strerror(errno));
    }
    host->bar0 = map_region(host, VFIO_PCI_BAR0_REGION_INDEX,
                            IRQTEST_BAR0_SIZE);
    host->bar2 = map_region(host, VFIO_PCI_BAR2_REGION_INDEX,
                            IRQTEST_BAR2_SIZE);
    host->bar4 = map_region(host, VFIO_PCI_BAR4_REGION_INDEX,
                            IRQTEST_BAR4_SIZE);
    host->cfg = map_region(host, VFIO_PCI_CONFIG_REGION_INDEX,
                           HOST_CONFIG_SIZE);
    host->conventional = host->config.conventional || host->config.no_disintx;
    host->config_size = host->conventional ? HOST_CONVENTIONAL_SIZE
                                           : HOST_CONFIG_SIZE;
    vfio_host_function_init(host);
    vfio_host_config_init(host);
    if (host->config.backend == VFIO_HOST_LEGACY) {
        vfio_host_legacy_make_sysfs(host);
    }
}

static VfioHost *make_function(const VfioHostConfig *config)
{
    VfioHost *host = g_new0(VfioHost, 1);

    host->first = host;
    host->config = *config;
    check_config(&host->config);
    host->name = g_strdup(config->name ?: "irqtest");
    host->config.name = host->name;
    g_mutex_init(&host->lock);
    host->active = VFIO_PCI_NUM_IRQS;
    host->intx.trigger = host->intx.unmask = -1;
    host->err_trigger = host->req_trigger = -1;
    make_device(host);
    return host;
}

VfioHost *vfio_host_new(const VfioHostConfig *config)
{
    const char *reason = vfio_host_unavailable();
    VfioHost *host;

    if (reason) {
        g_error("vfio-host: %s", reason);
    }
    host = make_function(config);
    host->dma = g_array_new(false, false, sizeof(HostMapping));
    host->objects = g_hash_table_new(NULL, NULL);
    make_file(host, FILE_IOMMUFD, "vfio-iommufd");
    make_file(host, FILE_CONTAINER, "vfio-container");
    make_file(host, FILE_GROUP, "vfio-group");
    vfio_host_supervisor_start(host);
    return host;
}

VfioHost *vfio_host_add_function(VfioHost *first, const VfioHostConfig *config)
{
    VfioHost *host = make_function(config);

    if (first->second || strcmp(first->name, host->name) == 0 ||
        first->config.backend != host->config.backend) {
        g_error("vfio-host: %s cannot be beside %s", host->name, first->name);
    }
    host->first = first;
    g_mutex_lock(&first->lock);
    first->second = host;
    g_mutex_unlock(&first->lock);
    vfio_host_supervisor_kick(host);
    return host;
}

static void free_function(VfioHost *host)
{
    vfio_host_device_close(host);
    if (host->sysfs) {
        vfio_host_legacy_remove_sysfs(host);
    }
    munmap(host->bar0, IRQTEST_BAR0_SIZE);
    munmap(host->bar2, IRQTEST_BAR2_SIZE);
    munmap(host->bar4, IRQTEST_BAR4_SIZE);
    munmap(host->cfg, HOST_CONFIG_SIZE);
    for (unsigned kind = 0; kind < FILE__COUNT; kind++) {
        if (host->files[kind].fd >= 0) {
            close(host->files[kind].fd);
        }
    }
    vfio_host_auto_free(host);
    g_mutex_clear(&host->lock);
    g_free(host->name);
    g_free(host);
}

void vfio_host_free(VfioHost *host)
{
    if (!host) {
        return;
    }
    vfio_host_supervisor_stop(host);
    g_array_free(host->dma, true);
    g_hash_table_destroy(host->objects);
    g_clear_pointer(&host->second, free_function);
    free_function(host);
}

/* ---- QEMU's command line ------------------------------------------------- */

char *vfio_host_wrap(VfioHost *host, const char *qemu)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", &err);
    g_autofree char *quoted = NULL;
    unsigned traps = 0;

    if (!self) {
        g_error("vfio-host: %s", err->message);
    }
    if (host->config.backend == VFIO_HOST_LEGACY) {
        traps |= HOST_TRAP_OPEN;
    }
    if (host->config.count_kvm) {
        traps |= HOST_TRAP_KVM;
    }
    if (host->config.kvm_routes) {
        traps |= HOST_TRAP_KVM_CAP;
    }
    if (host->config.count_bars) {
        traps |= HOST_TRAP_BARS;
    }
    quoted = g_shell_quote(self);
    return g_strdup_printf("%s %s %d %u %s", quoted, HOST_LAUNCHER_ARG,
                           host->launch[1], traps, qemu);
}

char *vfio_host_device_args(VfioHost *host, const char *props)
{
    bool second = host->first != host;
    g_autofree char *iommufd = NULL;

    if (host->config.backend == VFIO_HOST_LEGACY) {
        return g_strdup_printf("-device vfio-pci,id=hd%d,sysfsdev=%s%s",
                               second, host->sysfs, props);
    }
    iommufd = second ? g_strdup("") :
              g_strdup_printf("-object iommufd,id=hd0-iommu,fd=%d ",
                              host->files[FILE_IOMMUFD].fd);
    return g_strdup_printf("%s-device vfio-pci,id=hd%d,fd=%d,"
                           "iommufd=hd0-iommu%s", iommufd, second,
                           host->files[FILE_DEVICE].fd, props);
}

/* ---- driving the device -------------------------------------------------- */

unsigned vfio_host_last_vector(VfioHost *host)
{
    return MAX(host->config.vectors, host->config.msi_vectors) - 1;
}

static void check_vector(VfioHost *host, unsigned vector)
{
    if (vector > vfio_host_last_vector(host)) {
        g_error("vfio-host: the device has no vector %u", vector);
    }
}

void vfio_host_raise(VfioHost *host, unsigned vector)
{
    check_vector(host, vector);
    g_mutex_lock(&host->lock);
    vfio_host_function_raise(host, vector, false, 0);
    vfio_host_function_publish(host);
    g_mutex_unlock(&host->lock);
}

void vfio_host_raise_in_flight(VfioHost *host, unsigned vector)
{
    check_vector(host, vector);
    g_mutex_lock(&host->lock);
    vfio_host_function_raise(host, vector, true, 0);
    vfio_host_function_publish(host);
    g_mutex_unlock(&host->lock);
}

bool vfio_host_land(VfioHost *host, unsigned vector)
{
    bool landed;

    check_vector(host, vector);
    g_mutex_lock(&host->lock);
    landed = vfio_host_function_land(host, vector);
    vfio_host_function_publish(host);
    g_mutex_unlock(&host->lock);
    return landed;
}

void vfio_host_ack(VfioHost *host, unsigned vector)
{
    check_vector(host, vector);
    g_mutex_lock(&host->lock);
    vfio_host_function_ack(host, vector);
    g_mutex_unlock(&host->lock);
}

void vfio_host_set_busy_protocol(VfioHost *host, bool on)
{
    g_mutex_lock(&host->lock);
    vfio_host_function_set_busy_protocol(host, on);
    vfio_host_function_publish(host);
    g_mutex_unlock(&host->lock);
}

void vfio_host_settle(VfioHost *host)
{
    g_mutex_lock(&host->lock);
    vfio_host_intx_unmask_event(host);
    vfio_host_intx_resend(host);
    g_mutex_unlock(&host->lock);
}

void vfio_host_intx(VfioHost *host, bool level)
{
    g_mutex_lock(&host->lock);
    vfio_host_intx_unmask_event(host);
    vfio_host_intx_line(host, level);
    vfio_host_function_publish(host);
    g_mutex_unlock(&host->lock);
    vfio_host_supervisor_kick(host);    /* the line may fall by itself */
}

/* ---- counters ------------------------------------------------------------ */

void vfio_host_stats(VfioHost *host, VfioHostStats *stats)
{
    g_mutex_lock(&host->lock);
    vfio_host_intx_unmask_event(host);
    *stats = host->stats;
    g_mutex_unlock(&host->lock);
}

void vfio_host_stats_reset(VfioHost *host)
{
    g_mutex_lock(&host->lock);
    vfio_host_function_clear_counters(host);
    vfio_host_function_publish(host);
    g_mutex_unlock(&host->lock);
}
