/*
 * Hosts on which a level that was masked by software must be re-armed
 *
 * POWER's interrupt controllers raise a level once per assertion, and again
 * only after an EOI while the line is low.  A function without the INTx disable
 * bit is masked in software by vfio-pci, lazily: the controller gets its EOI
 * while the line is still high and never raises it again.  Linux does it at the
 * controller since it was told of this; older kernels need the irq given back
 * and requested again, which this file finds out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/pci_regs.h"
#include "pci-intx-rearm.h"

/* The last releases from before the fix, of series that got it. */
static const struct {
    unsigned version;
    unsigned patchlevel;
    unsigned last;
} unfixed_releases[] = {
    { 5, 4, 299 },
    { 5, 10, 244 },
    { 5, 15, 193 },
    { 6, 1, 153 },
    { 6, 6, 107 },
    { 6, 12, 48 },
    { 6, 16, 8 },
};

bool vfio_intx_kernel_needs_rearm(const char *release)
{
    unsigned version, patchlevel, sublevel;

    if (sscanf(release, "%u.%u.%u", &version, &patchlevel, &sublevel) != 3) {
        return false;
    }

    /* Distributions that number their own releases leave it at 0. */
    for (int i = 0; sublevel > 0 && i < ARRAY_SIZE(unfixed_releases); i++) {
        if (version == unfixed_releases[i].version &&
            patchlevel == unfixed_releases[i].patchlevel) {
            return sublevel <= unfixed_releases[i].last;
        }
    }
    return false;
}

bool vfio_intx_lacks_disintx(const char *config)
{
    int fd = open(config, O_RDONLY | O_CLOEXEC);
    uint16_t command;
    bool read_ok;

    if (fd < 0) {
        return false;
    }

    /* No more than that: reading other registers may have effects. */
    read_ok = pread(fd, &command, 2, PCI_COMMAND) == 2;
    close(fd);
    return read_ok && !(le16_to_cpu(command) & PCI_COMMAND_INTX_DISABLE);
}
