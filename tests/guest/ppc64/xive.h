/*
 * XIVE: what a case may choose
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_XIVE_H
#define GUEST_XIVE_H

#include <stdint.h>

/** How the source gets its EOI */
enum xive_eoi {
    XIVE_EOI_HCALL_LOAD,    /* H_INT_ESB, as QEMU asks for with LSIs */
    XIVE_EOI_HCALL_STORE,
    XIVE_EOI_MMIO_LOAD,     /* the ESB page itself */
    XIVE_EOI_MMIO_STORE,
};

extern enum xive_eoi xive_eoi;

/** xive_find() - read the node; needs the firmware */
void xive_find(uint32_t node);

#endif /* GUEST_XIVE_H */
