/*
 * End-of-interrupt notifier
 *
 * Two lists: who wants to hear of a line's EOIs, and for which lines an
 * interrupt controller reports them.  They know nothing of each other; a
 * subscriber of a line that is not reported is simply never called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "hw/intc/eoi-notifier.h"
#include "trace.h"

typedef struct EOIReport EOIReport;

/* EOIs of these lines come. */
struct EOIReport {
    int first;
    int count;
    QLIST_ENTRY(EOIReport) next;
};

bool eoi_has_subscribers;

static QLIST_HEAD(, EOISubscriber) subscribers =
    QLIST_HEAD_INITIALIZER(subscribers);
static QLIST_HEAD(, EOIReport) reports = QLIST_HEAD_INITIALIZER(reports);

void eoi_subscribe(EOISubscriber *sub, int line)
{
    sub->line = line;
    QLIST_INSERT_HEAD(&subscribers, sub, next);
    qatomic_set(&eoi_has_subscribers, true);
}

void eoi_unsubscribe(EOISubscriber *sub)
{
    QLIST_REMOVE(sub, next);
    qatomic_set(&eoi_has_subscribers, !QLIST_EMPTY(&subscribers));
}

void eoi_notify_subscribers(int line)
{
    EOISubscriber *sub, *next;

    /* Taken here, so that an EOI that interests nobody needs no lock. */
    BQL_LOCK_GUARD();

    trace_eoi_notify(line);
    QLIST_FOREACH_SAFE(sub, &subscribers, next, next) {
        if (sub->line == line) {
            sub->eoi(sub);
        }
    }
}

static EOIReport *eoi_find_report(int first, int count)
{
    EOIReport *report;

    QLIST_FOREACH(report, &reports, next) {
        if (report->first == first && report->count == count) {
            return report;
        }
    }
    return NULL;
}

void eoi_set_reported(int first, int count, bool reported)
{
    EOIReport *report = eoi_find_report(first, count);
    EOISubscriber *sub, *next;

    if (reported == !!report) {
        return;
    }

    trace_eoi_set_reported(first, count, reported);
    if (report) {
        QLIST_REMOVE(report, next);
        g_free(report);
    } else {
        report = g_new(EOIReport, 1);
        report->first = first;
        report->count = count;
        QLIST_INSERT_HEAD(&reports, report, next);
    }

    QLIST_FOREACH_SAFE(sub, &subscribers, next, next) {
        sub->reports_changed(sub);
    }
}

bool eoi_is_reported(int line)
{
    EOIReport *report;

    QLIST_FOREACH(report, &reports, next) {
        if (line >= report->first && line - report->first < report->count) {
            return true;
        }
    }
    return false;
}

bool eoi_any_reported(void)
{
    return !QLIST_EMPTY(&reports);
}
