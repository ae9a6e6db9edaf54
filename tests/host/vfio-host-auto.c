/*
 * VFIO host: edges that the device raises by itself
 *
 * The supervisor thread calls vfio_host_auto_run() after everything it does and
 * sets its timer to the time returned.  Edges are due at fixed times, so a
 * supervisor that comes late raises what it missed, up to a limit: a burst of
 * any length would say nothing about the races that a test looks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "vfio-host-private.h"

#define MAX_BURST 32

/* An edge in flight and when it reaches its handler. */
typedef struct Landing {
    unsigned vector;
    int64_t at;
} Landing;

uint32_t *vfio_host_auto_register(VfioHost *host, uint32_t offset)
{
    HostAuto *automatic = &host->automatic;

    switch (offset) {
    case IRQTEST_AUTO_PERIOD_US:
        return &automatic->period_us;
    case IRQTEST_AUTO_VECTORS:
        return &automatic->vectors;
    case IRQTEST_AUTO_SEED:
        return &automatic->seed;
    case IRQTEST_AUTO_IN_FLIGHT_EVERY:
        return &automatic->in_flight_every;
    case IRQTEST_AUTO_LAND_US:
        return &automatic->land_us;
    default:
        return NULL;
    }
}

void vfio_host_auto_start(VfioHost *host, uint32_t count)
{
    HostAuto *automatic = &host->automatic;

    automatic->left = count;
    automatic->issued = 0;
    automatic->rng = automatic->seed ?: 1;
    automatic->next = g_get_monotonic_time() + automatic->period_us;
}

void vfio_host_auto_stop(VfioHost *host)
{
    host->automatic.left = 0;
}

void vfio_host_auto_free(VfioHost *host)
{
    g_queue_clear_full(&host->automatic.landing, g_free);
}

/* xorshift: any sequence will do that a test can repeat. */
static uint32_t random_next(HostAuto *automatic)
{
    automatic->rng ^= automatic->rng << 13;
    automatic->rng ^= automatic->rng >> 17;
    automatic->rng ^= automatic->rng << 5;
    return automatic->rng;
}

/* Raise one; not if every vector waits for its acknowledge. */
static void raise_one(VfioHost *host, int64_t now)
{
    HostAuto *automatic = &host->automatic;
    unsigned limit = host->active == VFIO_PCI_MSI_IRQ_INDEX ?
                     host->config.msi_vectors : host->config.vectors;
    unsigned count = CLAMP(automatic->vectors, 1, limit);
    unsigned first = random_next(automatic) % count;

    for (unsigned i = 0; i < count; i++) {
        unsigned n = (first + i) % count;
        unsigned every = automatic->in_flight_every;
        bool in_flight;

        if (host->busy_protocol && host->vector[n].busy) {
            continue;
        }
        in_flight = every && ++automatic->issued % every == 0;
        vfio_host_function_raise(host, n, in_flight,
                                 now + automatic->land_us);
        if (host->vector[n].in_flight) {
            Landing *landing = g_new(Landing, 1);

            *landing = (Landing) { n, now + automatic->land_us };
            g_queue_push_tail(&automatic->landing, landing);
        }
        automatic->left--;
        return;
    }
}

static void land_due(VfioHost *host, int64_t now)
{
    GQueue *queue = &host->automatic.landing;
    Landing *landing;

    while ((landing = g_queue_peek_head(queue)) && landing->at <= now) {
        /* It may have been discarded, and another one be in flight. */
        if (host->vector[landing->vector].land_at == landing->at) {
            vfio_host_function_land(host, landing->vector);
        }
        g_free(g_queue_pop_head(queue));
    }
}

int64_t vfio_host_auto_run(VfioHost *host)
{
    HostAuto *automatic = &host->automatic;
    int64_t now = g_get_monotonic_time(), when = 0;
    unsigned burst = 0;
    Landing *landing;

    while (automatic->left && automatic->next <= now && burst++ < MAX_BURST) {
        raise_one(host, now);
        automatic->next += MAX(automatic->period_us, 1);
    }
    if (automatic->next < now) {
        automatic->next = now;
    }
    land_due(host, now);
    if (automatic->left) {
        when = automatic->next;
    }
    landing = g_queue_peek_head(&automatic->landing);
    if (landing) {
        when = when ? MIN(when, landing->at) : landing->at;
    }
    return when;
}
