/*
 * Which accesses to an Event State Buffer end the interrupt of an LSI
 *
 * Shared by the emulated sources and by those of the kernel, whose LSIs come
 * to QEMU as H_INT_ESB.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PPC_XIVE_LSI_EOI_H
#define PPC_XIVE_LSI_EOI_H

#include "hw/intc/eoi-notifier.h"
#include "hw/ppc/xive.h"

/**
 * xive_lsi_notify_eoi() - tell of the EOI that an ESB access is, if it is one
 * @xsrc: the source block
 * @srcno: the source, valid
 * @offset: of the access in the management page
 * @store: a store, or else a load
 * @off: the source is off (PQ = 01), and an EOI will leave it so
 *
 * Besides the load and the store that are meant for it, resetting P and Q ends
 * an interrupt: Linux does no more for one that was masked before its EOI.
 * This unmasks the source as well.
 *
 * To be called with the BQL held, before the access takes effect.  The line
 * may fall in the call; the kernel's source takes that for a trigger, which
 * only sets Q as long as P is set.  Resetting P and Q, as the load at offset 0
 * of the kernel's LSIs does as well, the one that Linux has, then clears both.
 * Other loads, and a store, which pseries does not offer, would make another
 * interrupt.
 *
 * Source: "ESB MMIO loads" and "ESB MMIO stores" in hw/intc/xive.c; Linux,
 * xive_do_source_eoi() and xive_do_source_set_mask().
 */
static inline void xive_lsi_notify_eoi(XiveSource *xsrc, uint32_t srcno,
                                       uint32_t offset, bool store, bool off)
{
    if (!xive_source_irq_is_lsi(xsrc, srcno)) {
        return;
    }

    switch (offset & 0xfff) {
    case XIVE_ESB_LOAD_EOI ... XIVE_ESB_STORE_EOI - 1:
        if (store) {
            break; /* a trigger */
        }
        /* fallthrough */
    case XIVE_ESB_STORE_EOI ... XIVE_ESB_GET - 1:
        eoi_notify(srcno, off);
        break;
    case XIVE_ESB_SET_PQ_00 ... XIVE_ESB_SET_PQ_01 - 1:
        eoi_notify(srcno, false);
        break;
    }
}

#endif /* PPC_XIVE_LSI_EOI_H */
