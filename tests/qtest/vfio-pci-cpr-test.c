/*
 * In-place update of QEMU (CPR) with an assigned device, as its guest sees it
 *
 * QEMU saves its state, becomes the new QEMU by exec() and loads it (migration
 * mode cpr-exec) or hands all to another process (cpr-transfer), while the
 * device goes on.  The host kernel keeps the eventfds that were installed; so a
 * vector in use must not be installed again, and what the device raises while
 * no QEMU takes it must reach the guest once.
 *
 * With cpr-exec the process is in between a shell that waits for the test, so
 * that a case can say what happens then.  Some cases update to another QEMU,
 * the one that QTEST_QEMU_BINARY_SRC names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "libqtest.h"
#include "hw/pci/pci_regs.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "vfio-pci-test-intx.h"

/* Without KVM, those before it need a device that forgets at the update. */
#define FIRST           8
#define VECTORS         4
#define MASKED          (FIRST + VECTORS)       /* in use and masked */
#define FRESH           (MASKED + 1)            /* never used before */

#define WORKER_PATIENCE_US  (10 * G_TIME_SPAN_SECOND)

/* ---- the update ---------------------------------------------------------- */

/* Waits for the sockets of the new QEMU, $0 and $1, and becomes it. */
#define WAIT_AND_EXEC   "until test -S \"$0\" && test -S \"$1\"; do " \
                        "sleep 0.01; done; shift; exec \"$@\""

static VfioHostStats host_stats(VfioPciTest *t)
{
    VfioHostStats stats;

    vfio_host_stats(t->host, &stats);
    return stats;
}

static char *state_path(VfioPciTest *t)
{
    return g_build_filename(t->dir, "state", NULL);
}

static void append_socket(QList *command, const char *suffix)
{
    g_autofree char *path = g_strdup_printf("%s/qtest-%d.%s", g_get_tmp_dir(),
                                            getpid(), suffix);

    qlist_append_str(command, path);
}

/* The arguments of the QEMU that runs, for @qemu. */
static QList *exec_command(VfioPciTest *t, const char *qemu)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline",
                                            (int)qtest_pid(t->qts));
    g_autofree char *cmdline = NULL;
    QList *command = qlist_new();
    bool loads = false;
    const char *arg;
    gsize size;

    g_assert_true(g_file_get_contents(path, &cmdline, &size, NULL));
    qlist_append_str(command, "/bin/sh");
    qlist_append_str(command, "-c");
    qlist_append_str(command, WAIT_AND_EXEC);
    append_socket(command, "sock");
    append_socket(command, "qmp");
    qlist_append_str(command, qemu);
    arg = cmdline + strlen(cmdline) + 1;
    for (; arg < cmdline + size; arg += strlen(arg) + 1) {
        qlist_append_str(command, arg);
        loads |= g_str_equal(arg, "-incoming");
    }
    if (!loads) {
        qlist_append_str(command, "-incoming");
        qlist_append_str(command, "defer");
    }
    return command;
}

static void ask_for_events(VfioPciTest *t)
{
    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate-set-capabilities',"
                             " 'arguments': {'capabilities': [{'capability':"
                             " 'events', 'state': true}]}}");
}

/* Returns how the migration of the source ended. */
static char *wait_for_migration(VfioPciTest *t)
{
    char *status = NULL;

    do {
        g_autoptr(QDict) event = qtest_qmp_eventwait_ref(t->qts, "MIGRATION");
        QDict *data = qdict_get_qdict(event, "data");

        g_free(status);
        status = g_strdup(qdict_get_str(data, "status"));
    } while (!g_str_equal(status, "completed") &&
             !g_str_equal(status, "failed"));
    return status;
}

static char *save_to(VfioPciTest *t, QList *command, const char *uri)
{
    ask_for_events(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate-set-parameters',"
                             " 'arguments': {'mode': 'cpr-exec',"
                             " 'cpr-exec-command': %p}}", command);
    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate', 'arguments':"
                             " {'uri': %s}}", uri);
    return wait_for_migration(t);
}

static char *save(VfioPciTest *t, QList *command)
{
    g_autofree char *path = state_path(t);
    g_autofree char *uri = g_strconcat("file:", path, NULL);

    return save_to(t, command, uri);
}

/* From here until update_end() there is no QEMU. */
static void update_begin(VfioPciTest *t, const char *qemu)
{
    g_autofree char *status = save(t, exec_command(t, qemu));

    g_assert_cmpstr(status, ==, "completed");
}

static void drive(VfioPciTest *t, QTestState *qts)
{
    t->qts = qts;
    t->qos->qts = qts;
    t->qos->pcibus->qts = qts;
}

static void update_end(VfioPciTest *t)
{
    g_autofree char *path = state_path(t);
    g_autofree char *uri = g_strconcat("file:", path, NULL);
    QTestState *old = t->qts;

    drive(t, qtest_init_after_exec(old));
    qtest_quit(old);
    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate-incoming',"
                             " 'arguments': {'uri': %s}}", uri);
    qtest_qmp_eventwait(t->qts, "RESUME");
    g_assert_cmpint(g_unlink(path), ==, 0);
}

static const char *own_qemu(void)
{
    return getenv("QTEST_QEMU_BINARY");
}

static const char *other_qemu(void)
{
    return getenv("QTEST_QEMU_BINARY_SRC");
}

static void update(VfioPciTest *t)
{
    update_begin(t, own_qemu());
    update_end(t);
}

static void update_to(VfioPciTest *t, const char *qemu)
{
    update_begin(t, qemu);
    update_end(t);
}

/* ---- the update by cpr-transfer ------------------------------------------ */

/* What libqtest adds by itself, each with one value. */
static bool is_of_libqtest(const char *arg)
{
    static const char *const options[] = {
        "-qtest", "-qtest-log", "-chardev", "-mon", "-display", "-audio",
        "-run-with", "-trace", NULL
    };

    return g_strv_contains(options, arg);
}

static QTestState *transfer_target(VfioPciTest *t, int cpr)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline",
                                            (int)qtest_pid(t->qts));
    g_autofree char *qemu = g_strdup(own_qemu());
    g_autofree char *wrapped = vfio_host_wrap(t->host, qemu);
    g_autofree char *cmdline = NULL;
    g_autoptr(GString) args = g_string_new("");
    QTestState *target;
    const char *arg;
    gsize size;

    g_assert_true(g_file_get_contents(path, &cmdline, &size, NULL));
    arg = cmdline + strlen(cmdline) + 1;
    for (; arg < cmdline + size; arg += strlen(arg) + 1) {
        if (is_of_libqtest(arg)) {
            arg += strlen(arg) + 1;
        } else {
            g_string_append_printf(args, "%s ", arg);
        }
    }
    g_string_append_printf(args, "-incoming cpr,addr.transport=socket,"
                           "addr.type=fd,addr.str=%d "
                           "-incoming unix:%s/main 2>>%s/stderr",
                           cpr, t->dir, t->dir);
    g_assert_true(g_setenv("QTEST_QEMU_BINARY", wrapped, true));
    target = qtest_init_ext(NULL, args->str, NULL, false);
    g_assert_true(g_setenv("QTEST_QEMU_BINARY", qemu, true));
    return target;
}

static void wait_for_run(QTestState *qts)
{
    bool running;

    do {
        g_autoptr(QDict) reply =
            qtest_qmp(qts, "{'execute': 'query-status'}");

        running = qdict_get_bool(qdict_get_qdict(reply, "return"), "running");
    } while (!running);
}

/*
 * Both are there for a while; the old one has stopped when this returns.  Its
 * eventfds are on their way when it does @last, if that is not NULL.
 */
static QTestState *transfer_after(VfioPciTest *t, void (*last)(VfioPciTest *t))
{
    g_autofree char *cpr = g_build_filename(t->dir, "cpr", NULL);
    g_autofree char *path = g_build_filename(t->dir, "main", NULL);
    g_autofree char *status = NULL;
    int listener = qtest_socket_server(cpr);
    QTestState *target = transfer_target(t, listener);

    ask_for_events(t);
    g_assert_cmpint(kill(qtest_pid(target), SIGSTOP), ==, 0);
    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate-set-parameters',"
                             " 'arguments': {'mode': 'cpr-transfer'}}");
    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate', 'arguments':"
                             " {'channels': [{'channel-type': 'main', 'addr':"
                             " {'transport': 'socket', 'type': 'unix',"
                             " 'path': %s}}, {'channel-type': 'cpr', 'addr':"
                             " {'transport': 'socket', 'type': 'unix',"
                             " 'path': %s}}]}}", path, cpr);
    if (last) {
        last(t);
    }
    g_assert_cmpint(kill(qtest_pid(target), SIGCONT), ==, 0);
    status = wait_for_migration(t);
    g_assert_cmpstr(status, ==, "completed");
    close(listener);
    g_unlink(cpr);
    g_unlink(path);
    return target;
}

static QTestState *transfer_begin(VfioPciTest *t)
{
    return transfer_after(t, NULL);
}

static void transfer_end(VfioPciTest *t, QTestState *target)
{
    QTestState *old = t->qts;

    qtest_connect(target);
    qtest_qmp_handshake(target, NULL);
    wait_for_run(target);
    qtest_quit(old);
    drive(t, target);
}

/* Nothing was freed or requested, and no trigger set. */
static void check_no_irq_call(VfioPciTest *t)
{
    VfioHostStats stats = host_stats(t);

    g_assert_cmpuint(stats.set_irqs_trigger, ==, 0);
    g_assert_cmpuint(stats.swaps, ==, 0);
    g_assert_cmpuint(stats.teardowns, ==, 0);
    g_assert_cmpuint(stats.irq_frees, ==, 0);
    g_assert_cmpuint(stats.irq_requests, ==, 0);
}

/* ---- MSI-X --------------------------------------------------------------- */

/*
 * Like guest_took(), but KVM injects what it finds in an eventfd by a worker,
 * which takes its time on a busy machine.
 */
static unsigned comes(VfioPciTest *t, unsigned n)
{
    gint64 end = g_get_monotonic_time() + WORKER_PATIENCE_US;
    unsigned took = guest_took(t, n);

    while (!took && g_get_monotonic_time() < end) {
        g_usleep(1000);
        took = guest_took(t, n);
    }
    return took + guest_took(t, n);
}

/* VECTORS vectors live, and one more that is masked. */
static void use_vectors(VfioPciTest *t)
{
    unsigned n;

    guest_msix_enable(t);
    for (n = FIRST; n <= MASKED; n++) {
        guest_unmask(t, n);
        check_delivers(t, n);
    }
    guest_warm_up(t, FIRST, VECTORS + 1);
    guest_mask(t, MASKED);
    for (n = FIRST; n <= MASKED; n++) {
        guest_took(t, n);           /* a host that had to grow may replay */
    }
    vfio_host_stats_reset(t->host);
}

static void check_live_vectors(VfioPciTest *t)
{
    unsigned n;

    for (n = FIRST; n < FIRST + VECTORS; n++) {
        check_delivers(t, n);
    }
}

static void check_each_comes_once(VfioPciTest *t)
{
    unsigned n;

    for (n = FIRST; n < FIRST + VECTORS; n++) {
        g_assert_cmpuint(comes(t, n), ==, 1);
    }
}

static void live_vectors(VfioPciTest *t)
{
    use_vectors(t);
    update(t);
    check_live_vectors(t);
    check_no_irq_call(t);
}

static void raised_in_between(VfioPciTest *t)
{
    unsigned n;

    use_vectors(t);
    update_begin(t, own_qemu());
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        vfio_host_raise(t->host, n);
    }
    update_end(t);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        g_assert_cmpuint(comes(t, n), ==, 1);
        g_assert_false(guest_pending(t, n));
    }
    check_live_vectors(t);
    check_no_irq_call(t);
}

static void in_flight_over_the_update(VfioPciTest *t)
{
    use_vectors(t);
    vfio_host_raise_in_flight(t->host, FIRST);
    update_begin(t, own_qemu());
    vfio_host_raise_in_flight(t->host, FIRST + 1);
    update_end(t);
    g_assert_true(vfio_host_land(t->host, FIRST));
    g_assert_true(vfio_host_land(t->host, FIRST + 1));
    g_assert_cmpuint(comes(t, FIRST), ==, 1);
    g_assert_cmpuint(comes(t, FIRST + 1), ==, 1);
    check_live_vectors(t);
    check_no_irq_call(t);
}

static void masked_and_unmasked_after(VfioPciTest *t)
{
    unsigned n;

    use_vectors(t);
    update(t);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        guest_mask(t, n);
        vfio_host_raise_in_flight(t->host, n);
        vfio_host_land(t->host, n);
        g_assert_true(guest_pending(t, n));
        g_assert_cmpuint(guest_took(t, n), ==, 0);
        guest_unmask(t, n);
        g_assert_cmpuint(comes(t, n), ==, 1);
        g_assert_false(guest_pending(t, n));
    }
    guest_unmask(t, MASKED);
    g_assert_cmpuint(guest_took(t, MASKED), ==, 0);
    check_delivers(t, MASKED);
    check_live_vectors(t);
    check_no_irq_call(t);
}

/* The pending bit is in QEMU's state. */
static void pending_before(VfioPciTest *t)
{
    use_vectors(t);
    vfio_host_raise(t->host, MASKED);
    g_assert_true(guest_pending(t, MASKED));
    update(t);
    g_assert_true(guest_pending(t, MASKED));
    g_assert_cmpuint(guest_took(t, MASKED), ==, 0);
    guest_unmask(t, MASKED);
    g_assert_cmpuint(comes(t, MASKED), ==, 1);
    g_assert_false(guest_pending(t, MASKED));
    check_delivers(t, MASKED);
    check_live_vectors(t);
}

/* The event is in the eventfd. */
static void pending_in_between(VfioPciTest *t)
{
    use_vectors(t);
    update_begin(t, own_qemu());
    vfio_host_raise(t->host, MASKED);
    update_end(t);
    g_assert_true(guest_pending(t, MASKED));
    g_assert_cmpuint(guest_took(t, MASKED), ==, 0);
    guest_unmask(t, MASKED);
    g_assert_cmpuint(comes(t, MASKED), ==, 1);
    g_assert_false(guest_pending(t, MASKED));
    check_delivers(t, MASKED);
    check_live_vectors(t);
}

/* Both are one, as in hardware. */
static void pending_before_and_in_between(VfioPciTest *t)
{
    use_vectors(t);
    vfio_host_raise(t->host, MASKED);
    g_assert_true(guest_pending(t, MASKED));
    update_begin(t, own_qemu());
    vfio_host_raise(t->host, MASKED);
    update_end(t);
    guest_unmask(t, MASKED);
    g_assert_cmpuint(comes(t, MASKED), ==, 1);
    check_delivers(t, MASKED);
}

/* The device's own pending bit has it: no trigger was ever installed. */
static void pending_in_the_device(VfioPciTest *t)
{
    use_vectors(t);
    vfio_host_raise(t->host, FRESH);
    g_assert_true(guest_pending(t, FRESH));
    update(t);
    g_assert_true(guest_pending(t, FRESH));
    guest_unmask(t, FRESH);
    g_assert_cmpuint(comes(t, FRESH), ==, 1);
    check_delivers(t, FRESH);
}

static void under_maskall(VfioPciTest *t)
{
    unsigned n;

    use_vectors(t);
    guest_msix_maskall(t, true);
    update_begin(t, own_qemu());
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        vfio_host_raise(t->host, n);
    }
    update_end(t);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        g_assert_true(guest_pending(t, n));
        g_assert_cmpuint(guest_took(t, n), ==, 0);
    }
    guest_msix_maskall(t, false);
    check_each_comes_once(t);
    check_live_vectors(t);
    check_no_irq_call(t);
}

static void fresh_vector_after(VfioPciTest *t)
{
    use_vectors(t);
    update(t);
    guest_unmask(t, FRESH);
    guest_took(t, FRESH);
    check_delivers(t, FRESH);
    check_live_vectors(t);
}

/* The host replaces all triggers, to have one more. */
static void grown_after(VfioPciTest *t)
{
    unsigned n;

    use_vectors(t);
    update(t);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        vfio_host_raise_in_flight(t->host, n);
    }
    guest_unmask(t, FRESH);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        vfio_host_land(t->host, n);
        g_assert_cmpuint(comes(t, n), ==, 1);
    }
    guest_took(t, FRESH);
    check_delivers(t, FRESH);
    check_live_vectors(t);
}

/* It has an eventfd, which the host does not have, and takes now. */
static void refused_before(VfioPciTest *t)
{
    VfioHostStats stats;

    use_vectors(t);
    vfio_host_fail(t->host, "msix-trigger", 0, UINT_MAX, ENOMEM);
    guest_unmask(t, FRESH);
    g_assert_false(vfio_host_trigger_live(t->host, FRESH));
    vfio_host_fail(t->host, "msix-trigger", 0, 0, 0);
    vfio_host_stats_reset(t->host);
    update(t);
    g_assert_cmpuint(comes(t, FRESH), ==, 1);
    stats = host_stats(t);
    g_assert_cmpuint(stats.set_irqs_trigger, ==, 1);
    g_assert_cmpuint(stats.irq_requests, ==, 1);
    g_assert_cmpuint(stats.irq_frees, ==, 0);
    check_delivers(t, FRESH);
    check_live_vectors(t);
}

/* Nor does it take it then, but when the guest unmasks the vector. */
static void refused_again(VfioPciTest *t)
{
    use_vectors(t);
    vfio_host_fail(t->host, "request-irq", 0, UINT_MAX, ENOMEM);
    guest_unmask(t, FRESH);
    update(t);
    check_live_vectors(t);
    g_assert_false(vfio_host_trigger_live(t->host, FRESH));

    vfio_host_fail(t->host, "request-irq", 0, 0, 0);
    guest_mask(t, FRESH);
    guest_unmask(t, FRESH);
    guest_took(t, FRESH);
    g_assert_true(vfio_host_trigger_live(t->host, FRESH));
    check_delivers(t, FRESH);
    check_live_vectors(t);
}

static void disabled_and_enabled_after(VfioPciTest *t)
{
    use_vectors(t);
    update(t);
    guest_msix_disable(t);
    g_assert_false(vfio_host_msix_enabled(t->host));
    use_vectors(t);
    check_live_vectors(t);
}

static void reset_after(VfioPciTest *t)
{
    use_vectors(t);
    update(t);
    qtest_system_reset(t->qts);
    g_assert_false(vfio_host_msix_enabled(t->host));
}

static void twice(VfioPciTest *t)
{
    use_vectors(t);
    update(t);
    guest_mask(t, FIRST);
    update_begin(t, own_qemu());
    vfio_host_raise(t->host, FIRST);
    vfio_host_raise(t->host, FIRST + 1);
    update_end(t);
    g_assert_cmpuint(comes(t, FIRST + 1), ==, 1);
    g_assert_true(guest_pending(t, FIRST));
    guest_unmask(t, FIRST);
    g_assert_cmpuint(comes(t, FIRST), ==, 1);
    check_live_vectors(t);
    check_no_irq_call(t);
}

static void transferred(VfioPciTest *t)
{
    QTestState *target;
    unsigned n;

    use_vectors(t);
    vfio_host_raise(t->host, MASKED);
    target = transfer_begin(t);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        vfio_host_raise(t->host, n);
    }
    transfer_end(t, target);
    check_each_comes_once(t);
    check_live_vectors(t);
    g_assert_true(guest_pending(t, MASKED));
    guest_unmask(t, MASKED);
    g_assert_cmpuint(comes(t, MASKED), ==, 1);
    check_delivers(t, MASKED);
    guest_mask(t, FIRST);
    guest_unmask(t, FIRST);
    check_live_vectors(t);
}

static void transferred_without_call(VfioPciTest *t)
{
    transferred(t);
    check_no_irq_call(t);
}

static void put_to_use(VfioPciTest *t)
{
    guest_unmask(t, FRESH);
    check_delivers(t, FRESH);
}

/* One interrupt is what the vector is owed, the device's or not. */
static void check_fresh_works(VfioPciTest *t)
{
    g_assert_cmpuint(comes(t, FRESH), ==, 1);
    check_delivers(t, FRESH);
    check_live_vectors(t);
}

static void put_to_use_late(VfioPciTest *t)
{
    use_vectors(t);
    transfer_end(t, transfer_after(t, put_to_use));
    check_fresh_works(t);
}

static void put_to_use_and_mask(VfioPciTest *t)
{
    put_to_use(t);
    guest_mask(t, FRESH);
}

static void put_to_use_and_mask_all(VfioPciTest *t)
{
    put_to_use(t);
    guest_msix_maskall(t, true);
}

static void masked_all_late(VfioPciTest *t)
{
    use_vectors(t);
    transfer_end(t, transfer_after(t, put_to_use_and_mask_all));
    vfio_host_raise(t->host, FRESH);
    guest_msix_maskall(t, false);
    check_fresh_works(t);
}

/* The host has a trigger for it that no QEMU knows. */
static void masked_late(VfioPciTest *t)
{
    use_vectors(t);
    transfer_end(t, transfer_after(t, put_to_use_and_mask));
    vfio_host_raise(t->host, FRESH);
    guest_unmask(t, FRESH);
    check_fresh_works(t);
}

static void enable_again(VfioPciTest *t)
{
    guest_msix_disable(t);
    use_vectors(t);
}

/*
 * A host that has to grow drops the eventfd which nobody reads.  The device
 * then holds back what the masked vector raises, and that comes by itself.
 */
static void enabled_again_late(VfioPciTest *t)
{
    unsigned took;

    use_vectors(t);
    transfer_end(t, transfer_after(t, enable_again));
    check_each_comes_once(t);
    check_live_vectors(t);
    vfio_host_raise(t->host, MASKED);
    guest_unmask(t, MASKED);
    took = comes(t, MASKED);
    g_assert_cmpuint(took, >=, 1);
    g_assert_cmpuint(took, <=, 2);
    check_delivers(t, MASKED);
}

/* ---- an update that fails ------------------------------------------------ */

static void update_fails(VfioPciTest *t)
{
    g_autofree char *path = state_path(t);
    g_autofree char *status = NULL;

    vfio_host_fail(t->host, "ioas-change-process", 0, 1, EIO);
    status = save(t, exec_command(t, own_qemu()));
    g_assert_cmpstr(status, ==, "failed");
    qtest_qmp_eventwait(t->qts, "RESUME");
    g_unlink(path);
}

/* Nobody is there to be connected; the update has not begun. */
static void connect_fails(VfioPciTest *t)
{
    g_autofree char *path = g_build_filename(t->dir, "none", NULL);
    g_autofree char *uri = g_strconcat("unix:", path, NULL);
    g_autofree char *status = save_to(t, exec_command(t, own_qemu()), uri);

    g_assert_cmpstr(status, ==, "failed");
    qemu_settle(t);
}

static void connect_fails_with_vectors(VfioPciTest *t)
{
    use_vectors(t);
    connect_fails(t);
    check_live_vectors(t);
    check_no_irq_call(t);
}

static void save_fails(VfioPciTest *t)
{
    unsigned n;

    use_vectors(t);
    update_fails(t);
    check_live_vectors(t);
    check_no_irq_call(t);
    for (n = FIRST; n < FIRST + VECTORS; n++) {
        guest_mask(t, n);
        vfio_host_raise(t->host, n);
        g_assert_true(guest_pending(t, n));
        guest_unmask(t, n);
        g_assert_cmpuint(comes(t, n), ==, 1);
    }
    update(t);
    check_live_vectors(t);
}

/* ---- from and to another QEMU -------------------------------------------- */

static bool skip_without_other(void)
{
    if (!other_qemu()) {
        g_test_skip("QTEST_QEMU_BINARY_SRC names no other QEMU");
    }
    return !other_qemu();
}

/* Each vector has an edge in between; those that are not masked deliver it. */
static void update_with_edges(VfioPciTest *t, const char *qemu)
{
    unsigned n;

    update_begin(t, qemu);
    for (n = FIRST; n <= MASKED; n++) {
        vfio_host_raise(t->host, n);
    }
    update_end(t);
    check_each_comes_once(t);
    check_live_vectors(t);
}

static void check_masked_comes(VfioPciTest *t)
{
    g_assert_true(guest_pending(t, MASKED));
    guest_unmask(t, MASKED);
    g_assert_cmpuint(comes(t, MASKED), ==, 1);
}

/* All that matters is put to use by the other one. */
static void from_another(VfioPciTest *t)
{
    if (skip_without_other()) {
        return;
    }
    update_to(t, other_qemu());
    use_vectors(t);
    update_with_edges(t, own_qemu());
    check_no_irq_call(t);
    check_masked_comes(t);
    check_delivers(t, MASKED);
    guest_mask(t, FIRST);
    guest_unmask(t, FIRST);
    guest_took(t, FIRST);
    check_delivers(t, FIRST);
}

static void to_another(VfioPciTest *t)
{
    if (skip_without_other()) {
        return;
    }
    use_vectors(t);
    update_with_edges(t, other_qemu());
    check_masked_comes(t);
    guest_took(t, MASKED);
    check_delivers(t, MASKED);
}

/* ---- MSI ----------------------------------------------------------------- */

static void msi_in_between(VfioPciTest *t)
{
    guest_msi_enable(t, 1);
    check_delivers(t, 0);
    vfio_host_stats_reset(t->host);
    update_begin(t, own_qemu());
    vfio_host_raise(t->host, 0);
    update_end(t);
    g_assert_cmpuint(comes(t, 0), ==, 1);
    check_delivers(t, 0);
    check_no_irq_call(t);
}

/* The guest has enabled more than the host has granted. */
static void msi_with_fewer_host_vectors(VfioPciTest *t)
{
    guest_msi_enable(t, 8);
    g_assert_cmpuint(vfio_host_vectors(t->host), ==, 2);
    update(t);
    check_delivers(t, 0);
    check_delivers(t, 1);
}

static void msi_refused(VfioPciTest *t)
{
    vfio_host_fail(t->host, "msi-enable", 0, UINT_MAX, ENOMEM);
    guest_msi_enable(t, 8);
    g_assert_cmpuint(vfio_host_failed(t->host), >, 0);
    vfio_host_fail(t->host, "msi-enable", 0, 0, 0);
    update(t);
    guest_msi_disable(t);
    guest_msi_enable(t, 1);
    check_delivers(t, 0);
}

/* A guest must not enable both.  When the one in use ends, INTx is in use. */
static void msix_after_msi_beside_it(VfioPciTest *t)
{
    guest_msix_enable(t);
    guest_msi_enable(t, 4);
    guest_msi_disable(t);
    update(t);
    guest_msix_disable(t);
    guest_msi_enable(t, 1);
    check_delivers(t, 0);
}

/* ---- INTx ---------------------------------------------------------------- */

#define PATIENCE_US     (10 * G_TIME_SPAN_SECOND)
#define WORKER_MS       1000

/*
 * An interrupt through KVM takes a while, for which guest_intx_taken() waits if
 * the host has signalled more than was taken.  After an update that says
 * nothing: the host may have looked at the level once more.
 */
static bool intx_taken(VfioPciTest *t)
{
    int64_t end = g_get_monotonic_time() + PATIENCE_US;

    while (!guest_intx_taken(t)) {
        if (g_get_monotonic_time() > end) {
            return false;
        }
    }
    return true;
}

/*
 * KVM injects by a worker, which on a busy machine may be slow.  Let it be done
 * with what the host has signalled, as an EOI that overtakes it is followed by
 * an interrupt that is none.
 */
static void intx_updated(VfioPciTest *t)
{
    qemu_wait(t, WORKER_MS);
    g_assert_cmpuint(host_stats(t).irq_requests, ==, 0);
    vfio_host_stats_reset(t->host);
}

static void intx_update(VfioPciTest *t)
{
    update(t);
    intx_updated(t);
}

static void intx_raise_and_take(VfioPciTest *t)
{
    vfio_host_intx(t->host, true);
    g_assert_true(intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
}

/* A handler that touches no register. */
static void intx_end(VfioPciTest *t)
{
    vfio_host_intx(t->host, false);
    guest_intx_eoi(t);
    g_assert_false(guest_intx_taken(t));
    g_assert_false(vfio_host_intx_masked(t->host));
}

static void intx_check(VfioPciTest *t)
{
    unsigned i;

    for (i = 0; i < 10; i++) {
        intx_raise_and_take(t);
        intx_end(t);
    }
    g_assert_cmpuint(host_stats(t).irq_requests, ==, 0);
}

/* The guest has taken it and can end it, and those that follow. */
static void intx_check_taken(VfioPciTest *t)
{
    g_assert_true(intx_taken(t));
    intx_end(t);
    intx_check(t);
}

static void intx_start(VfioPciTest *t)
{
    guest_intx_start(t);
    g_assert_false(guest_intx_taken(t));
    vfio_host_stats_reset(t->host);
}

static void intx_idle(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    intx_end(t);
    intx_update(t);
    g_assert_false(guest_intx_taken(t));
    intx_check(t);
}

static void intx_taken_before(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    intx_update(t);
    g_assert_true(intx_taken(t));
    g_assert_true(vfio_host_intx_masked(t->host));
    intx_end(t);
    intx_check(t);
}

static void intx_taken_before_still_high(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    intx_update(t);
    guest_intx_eoi(t);
    intx_check_taken(t);
}

static void intx_in_between(VfioPciTest *t)
{
    intx_start(t);
    update_begin(t, own_qemu());
    vfio_host_intx(t->host, true);
    update_end(t);
    intx_updated(t);
    intx_check_taken(t);
}

static void intx_disabled(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    guest_intx_disable(t, true);
    guest_intx_eoi(t);
    intx_update(t);
    g_assert_false(guest_intx_taken(t));
    guest_intx_disable(t, false);
    intx_check_taken(t);
}

static void intx_transferred(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    transfer_end(t, transfer_begin(t));
    intx_updated(t);
    intx_check_taken(t);
}

/* The controller holds it back, so the line is all there is of it. */
static void intx_hold_back(VfioPciTest *t)
{
    intx_start(t);
    guest_intx_mask(t, true);
    vfio_host_intx(t->host, true);
    qemu_settle(t);
    g_assert_true(vfio_host_intx_masked(t->host));
}

static void intx_held_back(VfioPciTest *t)
{
    intx_hold_back(t);
    intx_update(t);
    guest_intx_mask(t, false);
    intx_check_taken(t);
}

static void intx_from_another(VfioPciTest *t)
{
    if (skip_without_other()) {
        return;
    }
    update_to(t, other_qemu());
    intx_start(t);
    intx_raise_and_take(t);
    update_to(t, own_qemu());
    intx_updated(t);
    intx_check_taken(t);
}

static void connect_fails_with_intx(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    connect_fails(t);
    intx_end(t);
    intx_check(t);
}

static void intx_save_fails(VfioPciTest *t)
{
    intx_start(t);
    intx_raise_and_take(t);
    update_fails(t);
    intx_updated(t);
    intx_check_taken(t);
}

static void intx_save_fails_held_back(VfioPciTest *t)
{
    intx_hold_back(t);
    update_fails(t);
    intx_updated(t);
    guest_intx_mask(t, false);
    intx_check_taken(t);
}

/* -------------------------------------------------------------------------- */

#define UPDATABLE \
    .machines = "q35", .host = { .vectors = 16 }, \
    .options = "-m 128M" \
               " -object memory-backend-memfd,id=ram,size=128M,share=on" \
               " -machine memory-backend=ram,aux-ram-share=on"

/* Stock QEMU takes irqfds from KVM at the source, also where there is none. */
static const VfioPciCase cases[] = {
    { "live-vectors-deliver-and-are-not-installed-again", VIA_QEMU, VIA_KVM,
      UPDATABLE, .run = live_vectors },
    { "raised-in-between-comes-once", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = raised_in_between },
    { "in-flight-over-the-update-comes-once", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = in_flight_over_the_update },
    { "mask-and-unmask-afterwards-cost-no-host-call", VIA_TABLE, 0, UPDATABLE,
      .run = masked_and_unmasked_after },
    { "pending-before-comes-at-unmask", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = pending_before },
    { "raised-in-between-while-masked-comes-at-unmask", VIA_QEMU, VIA_KVM,
      UPDATABLE, .run = pending_in_between },
    { "pending-before-and-raised-in-between-is-one", VIA_QEMU, VIA_KVM,
      UPDATABLE, .run = pending_before_and_in_between },
    { "pending-in-the-device-comes-at-first-use", VIA_QEMU, VIA_KVM,
      UPDATABLE, .run = pending_in_the_device },
    { "raised-in-between-under-maskall-comes-at-its-end", VIA_TABLE, 0,
      UPDATABLE, .run = under_maskall },
    { "fresh-vector-works-afterwards", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = fresh_vector_after },
    { "edges-at-growth-afterwards-come-once", VIA_TABLE, 0, UPDATABLE,
      .host.msix_noresize = true, .run = grown_after },
    { "refused-before-works-afterwards", VIA_TABLE, 0, UPDATABLE,
      .run = refused_before },
    { "refused-again-works-when-unmasked-afterwards", VIA_QEMU, VIA_KVM,
      UPDATABLE, .run = refused_again },
    { "disabled-and-enabled-afterwards-works", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = disabled_and_enabled_after },
    { "reset-afterwards-disables", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = reset_after },
    { "two-updates-cost-no-host-call", VIA_TABLE, 0, UPDATABLE,
      .run = twice },
    { "transferred-vectors-deliver-and-cost-no-host-call", VIA_TABLE, 0,
      UPDATABLE, .run = transferred_without_call },
    { "vector-put-to-use-as-a-transfer-begins-delivers", VIA_TABLE, 0,
      UPDATABLE, .run = put_to_use_late },
    { "vector-masked-again-as-a-transfer-begins-delivers", VIA_TABLE, 0,
      UPDATABLE, .run = masked_late },
    { "vectors-all-masked-as-a-transfer-begins-deliver", VIA_TABLE, 0,
      UPDATABLE, .run = masked_all_late },
    { "vectors-enabled-again-as-a-transfer-begins-deliver", VIA_TABLE, 0,
      UPDATABLE, .run = enabled_again_late },
    { "vectors-enabled-again-late-on-a-noresize-host-deliver", VIA_TABLE, 0,
      UPDATABLE, .host.msix_noresize = true, .run = enabled_again_late },
    { "failed-connection-leaves-the-vectors-as-they-were", VIA_TABLE, 0,
      UPDATABLE, .run = connect_fails_with_vectors },
    { "failed-save-leaves-the-vectors-as-they-were", VIA_QEMU, VIA_KVM,
      UPDATABLE, .run = save_fails },
    { "from-another-qemu-vectors-deliver", 0, VIA_KVM, UPDATABLE,
      .run = from_another },
    { "to-another-qemu-vectors-deliver", 0, VIA_KVM, UPDATABLE,
      .run = to_another },
    { "msi-raised-in-between-comes-once", VIA_QEMU, VIA_KVM, UPDATABLE,
      .run = msi_in_between },
    /* With KVM stock QEMU reads beyond its vectors, and may be lucky. */
    { "msi-with-fewer-host-vectors-goes-on", VIA_QEMU, 0,
      UPDATABLE, .host.host_vectors_limit = 2,
      .run = msi_with_fewer_host_vectors },
    { "msi-refused-by-the-host-can-be-enabled-afterwards", VIA_TABLE, 0,
      UPDATABLE, .run = msi_refused },
    { "msix-that-msi-has-replaced-is-not-looked-for", VIA_TABLE, 0,
      UPDATABLE, .run = msix_after_msi_beside_it },
};

#define WITHOUT_IRQFD   .props = ",x-no-kvm-intx=on"

/* Without KVM as above. */
static const VfioPciCase intx_cases[] = {
    { "idle-interrupts-afterwards", VIA_IOAPIC | VIA_PIC, VIA_KVM_PIC,
      UPDATABLE, .run = intx_idle },
    { "taken-before-ends-with-its-eoi", VIA_IOAPIC | VIA_PIC, VIA_KVM_PIC,
      UPDATABLE, .run = intx_taken_before },
    { "taken-before-and-still-high-is-taken-once-more", VIA_IOAPIC | VIA_PIC,
      VIA_KVM_PIC, UPDATABLE, .run = intx_taken_before_still_high },
    { "raised-in-between-is-taken-once", VIA_IOAPIC | VIA_PIC | VIA_KVM_PIC, 0,
      UPDATABLE, .run = intx_in_between },
    { "held-back-by-the-controller-is-taken-when-it-lets-go",
      VIA_IOAPIC | VIA_PIC | VIA_KVM_PIC, 0, UPDATABLE, .run = intx_held_back },
    { "disabled-before-is-taken-when-enabled", VIA_IOAPIC | VIA_PIC,
      VIA_KVM_PIC, UPDATABLE, .run = intx_disabled },
    { "taken-under-another-qemu-ends-with-its-eoi", 0, VIA_KVM_PIC, UPDATABLE,
      .run = intx_from_another },
    { "taken-before-a-transfer-ends-with-its-eoi", VIA_IOAPIC | VIA_PIC,
      VIA_KVM_PIC, UPDATABLE, .run = intx_transferred },
    { "failed-connection-leaves-it-as-it-was",
      VIA_IOAPIC | VIA_PIC | VIA_KVM_PIC, 0, UPDATABLE,
      .run = connect_fails_with_intx },
    /* With KVM stock QEMU may be in time to see the EOI, or not. */
    { "failed-save-leaves-it-as-it-was", VIA_IOAPIC | VIA_PIC, 0, UPDATABLE,
      .run = intx_save_fails },
    { "failed-save-leaves-what-the-controller-holds-back",
      VIA_IOAPIC | VIA_PIC | VIA_KVM_PIC, 0, UPDATABLE,
      .run = intx_save_fails_held_back },
    { "without-irqfd-taken-before-ends-with-its-eoi", VIA_KVM_SPLIT, 0,
      UPDATABLE, WITHOUT_IRQFD, .run = intx_taken_before },
    { "without-irqfd-raised-in-between-is-taken-once", VIA_KVM_SPLIT, 0,
      UPDATABLE, WITHOUT_IRQFD, .run = intx_in_between },
};

int main(int argc, char **argv)
{
    vfio_host_launcher_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    vfio_pci_test_add(cases, ARRAY_SIZE(cases));
    vfio_pci_intx_test_add(intx_cases, ARRAY_SIZE(intx_cases));
    return g_test_run();
}
