/*
 * XIVE native exploitation: queues and sources by hypercalls, the processor's
 * side by the thread management area
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hcall.h"
#include "irq.h"
#include "mmu.h"
#include "prom.h"
#include "xive.h"

#define TARGET          0
#define PRIORITY        6           /* what Linux uses */
#define PRIORITY_ALL    0xff        /* CPPR: all may come */

#define ESB_LOAD_EOI    0x000
#define ESB_STORE_EOI   0x400
#define ESB_SET_PQ(pq)  (0xc00 + ((pq) << 8))
#define ESB_P           0x2
#define ESB_CALL_STORE  1ull        /* a flag of H_INT_ESB */

#define SOURCE_LSI      4ull        /* a flag of H_INT_GET_SOURCE_INFO */
#define QUEUE_ALWAYS_NOTIFY 1ull    /* of H_INT_SET_QUEUE_CONFIG */
#define SOURCE_SET_NUMBER 2ull      /* of H_INT_SET_SOURCE_CONFIG */
#define NUMBER_OF_IPI   0           /* the source of processor 0's IPI */

#define TIMA_OS_CPPR    0x011
#define TIMA_OS_ACK     0x810

#define QUEUE_BITS      16          /* the size that the device tree offers */
#define QUEUE_ENTRIES   (1u << (QUEUE_BITS - 2))
#define QUEUE_NUMBER    0x7fffffff
#define QUEUE_GENERATION 31

enum xive_eoi xive_eoi = XIVE_EOI_HCALL_LOAD;

static uint32_t queue[QUEUE_ENTRIES]
    __attribute__((aligned(1 << QUEUE_BITS)));
static uint32_t queue_index, queue_generation = 1;
static uint64_t tima, esb;
static bool pending_when_masked, disabled;

void xive_find(uint32_t node)
{
    uint64_t areas[4];

    /* first the user's page, then the operating system's */
    if (prom_property(node, "reg", areas, sizeof(areas)) <
        (int32_t)sizeof(areas)) {
        give_up("XIVE has no thread management area for the OS");
    }
    tima = areas[2];
    mmu_map_registers(tima);
}

/* ---- the source's event state buffer ------------------------------------- */

static uint64_t esb_call(uint32_t irq, uint32_t offset, uint64_t flags)
{
    uint64_t args[H_ARGS] = { flags, irq, offset, 0 };

    hcall_must("H_INT_ESB", H_INT_ESB, args);
    return args[0];
}

static void end_source(uint32_t irq)
{
    switch (xive_eoi) {
    case XIVE_EOI_HCALL_LOAD:
        esb_call(irq, ESB_LOAD_EOI, 0);
        break;
    case XIVE_EOI_HCALL_STORE:
        esb_call(irq, ESB_STORE_EOI, ESB_CALL_STORE);
        break;
    case XIVE_EOI_MMIO_LOAD:
        read64_be(esb + ESB_LOAD_EOI);
        break;
    case XIVE_EOI_MMIO_STORE:
        write64_be(esb + ESB_STORE_EOI, 0);
        break;
    }
    pending_when_masked = false;
}

/*
 * For an LSI the hypervisor names no page, since a guest is to use H_INT_ESB.
 * The pages are there nevertheless, two for each source, in the order of the
 * numbers; that of the first processor's IPI is named.
 */
static void find_esb(uint32_t irq)
{
    uint64_t info[H_ARGS] = { 0, NUMBER_OF_IPI };

    hcall_must("H_INT_GET_SOURCE_INFO", H_INT_GET_SOURCE_INFO, info);
    esb = info[1] + ((uint64_t)(irq - NUMBER_OF_IPI) << (info[3] + 1));
    mmu_map_registers(esb);
}

static void start(uint32_t irq)
{
    uint64_t info[H_ARGS] = { 0, irq };

    HCALL_MUST(H_INT_RESET, 0);
    hcall_must("H_INT_GET_SOURCE_INFO", H_INT_GET_SOURCE_INFO, info);
    if (!(info[0] & SOURCE_LSI)) {
        give_up("interrupt %x is no LSI", irq);
    }
    find_esb(irq);
    HCALL_MUST(H_INT_SET_QUEUE_CONFIG, QUEUE_ALWAYS_NOTIFY, TARGET, PRIORITY,
               (uintptr_t)queue, QUEUE_BITS);
    HCALL_MUST(H_INT_SET_SOURCE_CONFIG, SOURCE_SET_NUMBER, irq, TARGET,
               PRIORITY, irq);
    *(volatile uint8_t *)(tima + TIMA_OS_CPPR) = PRIORITY_ALL;
    esb_call(irq, ESB_SET_PQ(0), 0);
}

/* ---- mask and disable, as Linux does them -------------------------------- */

static void mask(uint32_t irq)
{
    pending_when_masked |= esb_call(irq, ESB_SET_PQ(1), 0) & ESB_P;
}

static void unmask(uint32_t irq)
{
    esb_call(irq, ESB_SET_PQ(pending_when_masked ? 2 : 0), 0);
    pending_when_masked = false;
}

static void disable(uint32_t irq)
{
    mask(irq);
    disabled = true;
}

static void enable(uint32_t irq)
{
    disabled = false;
    unmask(irq);
}

/* ---- the processor's side ------------------------------------------------ */

static uint32_t next_entry(void)
{
    uint32_t entry = *(volatile uint32_t *)&queue[queue_index];

    if (entry >> QUEUE_GENERATION != queue_generation) {
        return 0;
    }
    queue_index = (queue_index + 1) % QUEUE_ENTRIES;
    queue_generation ^= !queue_index;
    return entry & QUEUE_NUMBER;
}

static void dispatch(void)
{
    uint16_t ack = *(volatile uint16_t *)(tima + TIMA_OS_ACK);
    uint32_t irq = next_entry();

    (void)ack;          /* one queue: what matters is in it */
    if (!irq) {
        irq_handle(0);
    }
    for (; irq; irq = next_entry()) {
        irq_handle(irq);
        if (disabled) {
            pending_when_masked = false;    /* the reset will be its end */
        } else {
            end_source(irq);
        }
    }
    *(volatile uint8_t *)(tima + TIMA_OS_CPPR) = PRIORITY_ALL;
}

const struct irq_controller irq_xive = {
    .name = "xive",
    .start = start,
    .dispatch = dispatch,
    .mask = mask,
    .unmask = unmask,
    .disable = disable,
    .enable = enable,
};
