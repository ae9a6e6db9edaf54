/*
 * The MSI-X capability and table of a PCI function, through sysfs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSIX_FUNCTION_H
#define MSIX_FUNCTION_H

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CAPABILITIES = 0x34,
    MSIX = 0x11,
    MSIX_CONTROL = 2,
    MSIX_MASKALL = 0x4000,
    MSIX_ENABLE = 0x8000,
    MSIX_TABLE = 4,
    ENTRY_SIZE = 16,
    ENTRY_CONTROL = 12,
};

static inline int open_of_function(const char *function, const char *file)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", function, file);
    fd = open(path, O_RDWR);
    if (fd < 0) {
        err(1, "%s", path);
    }
    return fd;
}

static inline uint32_t read_config(int config, int offset, int size)
{
    uint32_t value = 0;

    if (pread(config, &value, size, offset) != size) {
        err(1, "config space, %d", offset);
    }
    return value;
}

static inline void write_config(int config, int offset, int size,
                                uint32_t value)
{
    if (pwrite(config, &value, size, offset) != size) {
        err(1, "config space, %d", offset);
    }
}

static inline int find_msix(int config)
{
    int place = read_config(config, CAPABILITIES, 1);

    while (place && read_config(config, place, 1) != MSIX) {
        place = read_config(config, place + 1, 1);
    }
    if (!place) {
        errx(1, "the function has no MSI-X");
    }
    return place;
}

/*
 * The mask word of an entry; volatile, since it is a register. The page that it
 * is in stays mapped.
 */
static inline volatile uint32_t *map_entry_control(const char *function,
                                                   int config, int entry)
{
    uint32_t table = read_config(config, find_msix(config) + MSIX_TABLE, 4);
    off_t place = (table & ~7u) + entry * ENTRY_SIZE + ENTRY_CONTROL;
    char resource[16];
    void *page;

    snprintf(resource, sizeof(resource), "resource%u", table & 7);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
                open_of_function(function, resource), place & ~4095L);
    if (page == MAP_FAILED) {
        err(1, "%s of %s (start Linux with iomem=relaxed)", resource, function);
    }
    return (volatile uint32_t *)((char *)page + (place & 4095));
}

#endif
