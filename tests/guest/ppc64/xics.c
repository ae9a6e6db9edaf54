/*
 * XICS: the interrupt presentation by hypercalls, the sources by RTAS
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hcall.h"
#include "irq.h"

#define SERVER          0
#define PRIORITY        5           /* what Linux uses */
#define PRIORITY_ALL    0xff        /* CPPR: all may come */
#define XIRR_SOURCE     0xffffff

static void must(int32_t status, const char *what)
{
    if (status) {
        give_up("RTAS %s: status %x", what, (uint32_t)status);
    }
}

static void unmask(uint32_t irq)
{
    must(rtas(RTAS_SET_XIVE, 3, (uint32_t[]) { irq, SERVER, PRIORITY }, NULL),
         "ibm,set-xive");
    must(rtas(RTAS_INT_ON, 1, &irq, NULL), "ibm,int-on");
}

static void mask(uint32_t irq)
{
    must(rtas(RTAS_INT_OFF, 1, &irq, NULL), "ibm,int-off");
}

static void start(uint32_t irq)
{
    HCALL_MUST(H_CPPR, PRIORITY_ALL);
    unmask(irq);
}

static void dispatch(void)
{
    uint64_t result[H_ARGS] = { 0 };
    uint32_t xirr;

    hcall_must("H_XIRR", H_XIRR, result);
    xirr = result[0];
    irq_handle(xirr & XIRR_SOURCE);
    if (xirr & XIRR_SOURCE) {
        HCALL_MUST(H_EOI, xirr);
    }
}

/* H_EOI gives the priority back too, so it is never skipped. */
const struct irq_controller irq_xics = {
    .name = "xics",
    .start = start,
    .dispatch = dispatch,
    .mask = mask,
    .unmask = unmask,
    .disable = mask,
    .enable = unmask,
};
