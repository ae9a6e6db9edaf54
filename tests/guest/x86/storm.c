/*
 * The storm: vectors move and get masked while the device raises edges
 *
 * A move is what Linux does for an irq's new affinity: mask the vector, write
 * another message, unmask.  Every host that swaps eventfds for a mask frees and
 * requests the host interrupt twice for it, and an edge that is in flight then
 * is lost unless somebody injects it again.  So the device raises edges in
 * flight just before the mask and, while the vector is masked, just before the
 * unmask; plain ones before, during and after; and, by itself, more of both
 * concurrently.  Some vectors stay masked for a while with a look at the
 * pending-bit array, and now and then the function mask takes them all.
 *
 * The device keeps the busy protocol: it raises nothing more on a vector until
 * the last edge is acknowledged.  A vector that waits for its acknowledge for
 * longer than the timeout has lost its edge; the storm counts that,
 * acknowledges by hand and goes on, without ever stopping for it.
 *
 * Parameters: moves, vectors (0: all the device has, at most 64), seed,
 * timeout (ms), auto (microseconds between the device's own edges, 0: none),
 * maskall (moves between two function masks, 0: none).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define MOVES           20000
#define TIMEOUT_MS      200
#define SETTLE_MS       1000
#define SETTLED_MS      50      /* for stragglers when all have arrived */
#define AUTO_PERIOD_US  500
#define AUTO_LAND_US    200
#define AUTO_IN_FLIGHT_EVERY 3
#define AUTO_PORTION    64      /* at most one a move, lest it floods */
#define MASKALL_EVERY   64
#define PARKED_ONE_IN   4       /* at most a quarter of the vectors */
#define NOT_PARKED      UINT32_MAX

/* What the adversary does around one move. */
enum edge {
    EDGE_NONE,
    EDGE_IN_FLIGHT_AT_MASK,
    EDGE_IN_FLIGHT_AT_UNMASK,
    EDGE_BEFORE,
    EDGE_MASKED,
    EDGE_AFTER,
    EDGE_PARKED,        /* stays masked, with an edge, until others moved */
};

/* The adversary's mix: in flight half of the time, where a swap can lose. */
static const enum edge edges[16] = {
    EDGE_IN_FLIGHT_AT_MASK, EDGE_IN_FLIGHT_AT_MASK, EDGE_IN_FLIGHT_AT_MASK,
    EDGE_IN_FLIGHT_AT_MASK, EDGE_IN_FLIGHT_AT_UNMASK, EDGE_IN_FLIGHT_AT_UNMASK,
    EDGE_IN_FLIGHT_AT_UNMASK, EDGE_IN_FLIGHT_AT_UNMASK, EDGE_BEFORE,
    EDGE_BEFORE, EDGE_MASKED, EDGE_MASKED, EDGE_AFTER, EDGE_AFTER, EDGE_PARKED,
    EDGE_NONE,
};

struct vector {
    volatile unsigned message;      /* which of its two IDT vectors */
    volatile bool masked;           /* and nothing of before is on the way */
    volatile uint32_t acknowledged; /* edges, by the handler or by hand */
    volatile uint32_t delivered;
    volatile uint32_t spurious;
    uint32_t lost;
    uint32_t watched;               /* acknowledged when the watch began */
    uint64_t since;                 /* patience spent then; 0: no watch */
};

static struct vector vectors[IRQTEST_MAX_VECTORS];
static unsigned vector_count;
static struct patience patience;
static uint64_t timeout;
static uint32_t parked[IRQTEST_MAX_VECTORS / PARKED_ONE_IN];
static unsigned parking_places;
static volatile uint32_t stale;
static uint32_t random_state, pba_missing, pba_stuck;

static uint32_t pseudo_random(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % below;
}

static unsigned idt_vector_of(unsigned v)
{
    return IRQ_FIRST + 2 * v + vectors[v].message;
}

static void take(unsigned idt_vector)
{
    unsigned v = (idt_vector - IRQ_FIRST) / 2;

    if (v >= vector_count) {
        give_up("interrupt on vector %x that nobody asked for", idt_vector);
    }
    stale += idt_vector != idt_vector_of(v) || vectors[v].masked;
    if (irqtest_acknowledge(v)) {
        vectors[v].acknowledged++;
        vectors[v].delivered++;
    } else {
        vectors[v].spurious++;
    }
}

/*
 * The mask has been read back when msix_mask() returns, so what the local APIC
 * holds then is all that may still come on the old message.
 */
static void mask_and_change_message(unsigned v)
{
    msix_mask(&irqtest_msix, v);
    irq_drain(idt_vector_of(v));
    vectors[v].message = !vectors[v].message;
    vectors[v].masked = true;
    irq_on();
    msix_message(&irqtest_msix, v, idt_vector_of(v));
}

static void unmask(unsigned v)
{
    vectors[v].masked = false;
    msix_unmask(&irqtest_msix, v);
}

static void park(unsigned v)
{
    uint32_t *place = &parked[pseudo_random(parking_places)];
    uint32_t other = *place;
    bool expect;

    *place = v;
    mask_and_change_message(v);
    expect = !irqtest_busy(v);
    irqtest_raise(v);
    if (expect && !irqtest_pending(v, true)) {
        pba_missing++;
    }
    if (other != NOT_PARKED) {
        unmask(other);
        pba_stuck += !irqtest_pending(other, false);
    }
}

static void move(unsigned v, enum edge edge)
{
    if (edge == EDGE_PARKED && parking_places) {
        park(v);
        return;
    }
    if (edge == EDGE_IN_FLIGHT_AT_MASK) {
        irqtest_raise_in_flight(v);
    } else if (edge == EDGE_BEFORE) {
        irqtest_raise(v);
    }
    mask_and_change_message(v);
    if (edge == EDGE_IN_FLIGHT_AT_UNMASK) {
        irqtest_raise_in_flight(v);
    } else if (edge == EDGE_MASKED) {
        irqtest_raise(v);
    }
    unmask(v);
    if (edge == EDGE_AFTER) {
        irqtest_raise(v);
    } else if (edge == EDGE_IN_FLIGHT_AT_MASK ||
               edge == EDGE_IN_FLIGHT_AT_UNMASK) {
        irqtest_land(v);
    }
}

static void mask_function(void)
{
    irqtest_raise_in_flight(pseudo_random(vector_count));
    msix_control(&irqtest_msix, true, true);
    irqtest_raise_in_flight(pseudo_random(vector_count));
    irqtest_raise(pseudo_random(vector_count));
    msix_control(&irqtest_msix, true, false);
    irqtest_write(IRQTEST_LAND, IRQTEST_LAND_ALL);
}

static void give_up_edge(unsigned v)
{
    irq_off();
    if (vectors[v].acknowledged == vectors[v].watched &&
        !irq_requested(idt_vector_of(v)) && irqtest_acknowledge(v)) {
        vectors[v].acknowledged++;
        vectors[v].lost++;
    }
    irq_on();
}

/* Give up an edge that waits for too long.  Returns whether one waits. */
static bool watch(unsigned v)
{
    uint32_t acknowledged = vectors[v].acknowledged;
    uint32_t state = irqtest_state(v);

    if (!(state & IRQTEST_VECTOR_BUSY)) {
        vectors[v].since = 0;
        return false;
    }
    if (!vectors[v].since || vectors[v].watched != acknowledged) {
        vectors[v].since = patience.spent;
        vectors[v].watched = acknowledged;
    } else if (patience.spent - vectors[v].since > timeout) {
        if (state & IRQTEST_VECTOR_IN_FLIGHT) {
            irqtest_land(v);
        } else {
            give_up_edge(v);
        }
        vectors[v].since = 0;
    }
    return true;
}

static void start_automatic(void)
{
    irqtest_write(IRQTEST_AUTO_PERIOD_US, param("auto", AUTO_PERIOD_US));
    irqtest_write(IRQTEST_AUTO_VECTORS, vector_count);
    irqtest_write(IRQTEST_AUTO_IN_FLIGHT_EVERY, AUTO_IN_FLIGHT_EVERY);
    irqtest_write(IRQTEST_AUTO_LAND_US, AUTO_LAND_US);
}

static void continue_automatic(void)
{
    irqtest_write(IRQTEST_AUTO_SEED, random_state);
    irqtest_write(IRQTEST_AUTO_COUNT, AUTO_PORTION);
}

static void start(void)
{
    irqtest_open();
    irq_start(take);
    vector_count = param("vectors", 0);
    if (!vector_count || vector_count > irqtest_vectors) {
        vector_count = irqtest_vectors;
    }
    timeout = tsc_of_ms(param("timeout", TIMEOUT_MS));
    random_state = param("seed", 1) * 2654435761u | 1;
    parking_places = vector_count / PARKED_ONE_IN;
    for (unsigned i = 0; i < parking_places; i++) {
        parked[i] = NOT_PARKED;
    }

    msix_control(&irqtest_msix, true, false);
    for (unsigned v = 0; v < vector_count; v++) {
        msix_message(&irqtest_msix, v, idt_vector_of(v));
        msix_unmask(&irqtest_msix, v);
    }
    start_automatic();

    /* Growing the set may have cost the host something; that is another case */
    irq_on();
    irqtest_settle();
    for (unsigned v = 0; v < vector_count; v++) {
        vectors[v].spurious = 0;
    }
    irqtest_write(IRQTEST_CLEAR, 1);
}

static void storm(uint32_t moves)
{
    uint32_t maskall = param("maskall", MASKALL_EVERY);
    bool automatic = param("auto", AUTO_PERIOD_US);

    for (uint32_t i = 0; i < moves; i++) {
        unsigned v = pseudo_random(vector_count);

        if (automatic && i % AUTO_PORTION == 0) {
            continue_automatic();
        }
        while (vectors[v].masked) {
            v = (v + 1) % vector_count;
        }
        move(v, edges[pseudo_random(16)]);
        if (maskall && i % maskall == 0) {
            mask_function();
        }
        patience_spent(&patience);
        v = i % vector_count;
        if (!vectors[v].masked) {
            watch(v);
        }
        if (i % (moves / 10 + 1) == 0) {
            say("progress: moves=%u of=%u\n", i, moves);
        }
    }
}

/* No more edges; what is under way arrives, or is lost. */
static void settle(void)
{
    uint64_t start;
    bool waiting;

    irqtest_write(IRQTEST_AUTO_COUNT, 0);
    for (unsigned i = 0; i < parking_places; i++) {
        if (parked[i] != NOT_PARKED) {
            unmask(parked[i]);
        }
    }
    irqtest_write(IRQTEST_LAND, IRQTEST_LAND_ALL);
    if (timeout < tsc_of_ms(SETTLE_MS)) {
        timeout = tsc_of_ms(SETTLE_MS);
    }
    start = patience_spent(&patience);
    do {
        waiting = patience_spent(&patience) - start < tsc_of_ms(SETTLED_MS);
        for (unsigned v = 0; v < vector_count; v++) {
            waiting |= watch(v);
        }
    } while (waiting);
}

static void report(uint32_t moves, uint32_t ms)
{
    uint32_t delivered = 0, lost = 0, spurious = 0;
    uint32_t swaps = irqtest_read(IRQTEST_SWAPS);
    /* What the device wanted to raise and what the busy protocol kept back. */
    uint32_t raised = irqtest_read(IRQTEST_RAISED) -
                      irqtest_read(IRQTEST_COALESCED);

    say("vector  delivered       lost   spurious\n");
    for (unsigned v = 0; v < vector_count; v++) {
        say("%6u %10u %10u %10u\n", v, vectors[v].delivered,
            vectors[v].lost, vectors[v].spurious);
        delivered += vectors[v].delivered;
        lost += vectors[v].lost;
        spurious += vectors[v].spurious;
    }
    say("   all %10u %10u %10u\n", delivered, lost, spurious);
    check(!lost, "no edge is lost: %u of %u", lost, raised);
    check(delivered + lost == raised, "every edge is accounted for: %u, %u",
          delivered + lost, raised);
    check(spurious <= swaps, "at most one spurious interrupt a swap: %u, %u",
          spurious, swaps);
    check(!stale, "none on a message of before its move: %u", stale);
    check(!pba_missing, "edges held by a mask are pending: %u not",
          pba_missing);
    check(!pba_stuck, "and no longer after the unmask: %u are", pba_stuck);
    say("result: moves=%u vectors=%u raised=%u delivered=%u lost=%u "
        "spurious=%u stale=%u set_irqs=%u irq_requests=%u swaps=%u "
        "discarded=%u ms=%u\n", moves, vector_count, raised, delivered, lost,
        spurious, stale, irqtest_read(IRQTEST_SET_IRQS),
        irqtest_read(IRQTEST_IRQ_REQUESTS), swaps,
        irqtest_read(IRQTEST_DISCARDED), ms);
}

void case_main(void)
{
    uint32_t moves = param("moves", MOVES);
    uint64_t begin;

    start();
    begin = tsc();
    storm(moves);
    settle();
    report(moves, ms_of_tsc(tsc() - begin));
}
