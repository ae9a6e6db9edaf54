/*
 * End-of-interrupt notifier
 *
 * Three lists: who wants to hear of a line's EOIs, for which lines an interrupt
 * controller reports them, and which of its inputs go with a line of another
 * number.  They know nothing of each other; a subscriber of a line that is not
 * reported is simply never called.
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

typedef struct EOIInputs EOIInputs;

/* These inputs go with other lines. */
struct EOIInputs {
    int first;
    int count;
    int (*line)(void *opaque, int input);
    void *opaque;
    QLIST_ENTRY(EOIInputs) next;
};

bool eoi_has_subscribers;

static QLIST_HEAD(, EOISubscriber) subscribers =
    QLIST_HEAD_INITIALIZER(subscribers);
static QLIST_HEAD(, EOIReport) reports = QLIST_HEAD_INITIALIZER(reports);
static QLIST_HEAD(, EOIInputs) inputs = QLIST_HEAD_INITIALIZER(inputs);

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

static bool eoi_in_range(int line, int first, int count)
{
    return line >= first && line - first < count;
}

static void eoi_notify_line(int line, bool masked)
{
    EOISubscriber *sub, *next;

    trace_eoi_notify(line);
    QLIST_FOREACH_SAFE(sub, &subscribers, next, next) {
        if (sub->line == line) {
            sub->eoi(sub, masked);
        }
    }
}

void eoi_notify_subscribers(int line, bool masked)
{
    EOIInputs *set;
    int other;

    /* With a subscriber, of any line or of none (-1), each EOI takes it. */
    BQL_LOCK_GUARD();

    eoi_notify_line(line, masked);
    QLIST_FOREACH(set, &inputs, next) {
        if (eoi_in_range(line, set->first, set->count)) {
            other = set->line(set->opaque, line);
            if (other >= 0 && other != line) {
                eoi_notify_line(other, masked);
            }
        }
    }
}

void eoi_add_inputs(int first, int count, int (*line)(void *opaque, int input),
                    void *opaque)
{
    EOIInputs *set = g_new(EOIInputs, 1);

    set->first = first;
    set->count = count;
    set->line = line;
    set->opaque = opaque;
    QLIST_INSERT_HEAD(&inputs, set, next);
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
        if (eoi_in_range(line, report->first, report->count)) {
            return true;
        }
    }
    return false;
}

bool eoi_any_reported(void)
{
    return !QLIST_EMPTY(&reports);
}
