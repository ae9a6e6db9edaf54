/*
 * Library for the qtests of assigned devices
 *
 * Registers cases, starts QEMU under the userspace VFIO host, and drives the
 * assigned function as a guest would.  How the machines differ is in
 * vfio-pci-test-machine.c; what must hold is in the cases.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "libqtest.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "hw/pci/pci_regs.h"
#include "qemu/host-utils.h"
#include "vfio-pci-test-machine.h"

#define END_MS              1000

#define BINARY_VARIABLE     "QTEST_QEMU_BINARY"
/* If set: what that QEMU says of the properties, so that nobody has to ask. */
#define PROPERTIES_VARIABLE "VFIO_PCI_TEST_PROPERTIES"

/*
 * An eventfd is signalled before vfio_host_raise() returns, so the main loop
 * iteration that reads our next command may handle it after the reply, and
 * one that polled in just that moment not at all; the second command is then
 * too early by an iteration, the third is not.
 */
#define SETTLE_ROUND_TRIPS  3

/* After so many QEMU hands a vector to KVM: CONSUMER_EVENTS. */
#define WARM_UP_EVENTS      8

typedef struct VfioPciInstance {
    const VfioPciCase *test;
    const VfioPciMachine *machine;
} VfioPciInstance;

/* ---- QEMU ---------------------------------------------------------------- */

static char *qemu_log(VfioPciTest *t)
{
    g_autofree char *path = g_build_filename(t->dir, "stderr", NULL);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

unsigned qemu_errors(VfioPciTest *t, const char *const *patterns)
{
    g_autofree char *log = qemu_log(t);
    g_auto(GStrv) lines = g_strsplit(log, "\n", 0);
    unsigned i, p, n = 0;

    for (i = 0; lines[i]; i++) {
        for (p = 0; patterns[p]; p++) {
            if (!g_regex_match_simple(patterns[p], lines[i], 0, 0)) {
                break;
            }
        }
        n += !patterns[p];
    }
    return n;
}

/* When a case fails: what QEMU said is the first thing a person asks for. */
static void qemu_show_log(void *opaque)
{
    VfioPciTest *t = opaque;
    g_autofree char *log = qemu_log(t);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(log), "\n", 0);
    unsigned i;

    for (i = 0; lines[i]; i++) {
        fprintf(stderr, "# QEMU: %s\n", lines[i]);
    }
}

void qemu_settle(VfioPciTest *t)
{
    unsigned i;

    vfio_host_settle(t->host);
    if (t->second) {
        vfio_host_settle(t->second);
    }
    for (i = 0; i < SETTLE_ROUND_TRIPS; i++) {
        qtest_readb(t->qts, 0);
    }
    if (t->machine->fence) {
        t->machine->fence(t);
    }
}

/* Starting QEMU for it takes longer than many a case: once is enough. */
static const char *properties(void)
{
    static char *text;

    if (!text && !g_getenv(PROPERTIES_VARIABLE)) {
        g_autofree char *command =
            g_strdup_printf("%s -M none -accel qtest -device vfio-pci,help",
                            getenv(BINARY_VARIABLE));

        g_assert_true(g_spawn_command_line_sync(command, &text, NULL, NULL,
                                                NULL));
    }
    return text ?: g_getenv(PROPERTIES_VARIABLE);
}

bool vfio_pci_test_has_property(const char *name, char **description)
{
    g_autofree char *start = g_strdup_printf("%s=", name);
    g_auto(GStrv) lines = g_strsplit(properties(), "\n", 0);
    unsigned i;

    for (i = 0; lines[i]; i++) {
        g_strstrip(lines[i]);
        if (g_str_has_prefix(lines[i], start)) {
            if (description) {
                *description = g_strdup(lines[i]);
            }
            return true;
        }
    }
    return false;
}

/*
 * libqtest looks for QEMU's end ten times a second; after this it is there when
 * libqtest looks, if nothing is wrong with it.
 */
static void qemu_end(void *opaque)
{
    VfioPciTest *t = opaque;
    pid_t pid = qtest_pid(t->qts);
    siginfo_t ended = {};
    unsigned ms;

    if (pid > 0) {
        kill(pid, SIGTERM);
    }
    for (ms = 0; pid > 0 && !ended.si_pid && ms < END_MS; ms++) {
        g_usleep(1000);
        waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT);
    }
}

/* ---- save and load ------------------------------------------------------- */

static QDict *job_find(QDict *reply, const char *id)
{
    const QListEntry *e;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(reply, "return"), e) {
        QDict *job = qobject_to(QDict, qlist_entry_obj(e));

        if (g_str_equal(qdict_get_str(job, "id"), id)) {
            return job;
        }
    }
    g_error("QEMU has no job %s", id);
}

static bool job_concluded(VfioPciTest *t, const char *id)
{
    g_autoptr(QDict) reply = qtest_qmp(t->qts, "{'execute': 'query-jobs'}");
    QDict *job = job_find(reply, id);

    g_assert_cmpstr(qdict_get_try_str(job, "error"), ==, NULL);
    return g_str_equal(qdict_get_str(job, "status"), "concluded");
}

static void job_finish(VfioPciTest *t, const char *id)
{
    while (!job_concluded(t, id)) {
        g_usleep(1000);
    }
    qtest_qmp_assert_success(t->qts, "{'execute': 'job-dismiss',"
                             " 'arguments': {'id': %s}}", id);
}

void qemu_disk_create(VfioPciTest *t)
{
    g_autofree char *path = g_build_filename(t->dir, "disk", NULL);

    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    qtest_qmp_assert_success(t->qts, "{'execute': 'blockdev-add', 'arguments':"
                             " {'driver': 'file', 'node-name': 'file',"
                             " 'filename': %s}}", path);
    g_assert_cmpint(unlink(path), ==, 0);
    qtest_qmp_assert_success(t->qts, "{'execute': 'blockdev-create',"
                             " 'arguments': {'job-id': 'create', 'options':"
                             " {'driver': 'qcow2', 'file': 'file',"
                             " 'size': 1048576}}}");
    job_finish(t, "create");
    qtest_qmp_assert_success(t->qts, "{'execute': 'blockdev-add', 'arguments':"
                             " {'driver': 'qcow2', 'node-name': 'disk',"
                             " 'file': 'file'}}");
}

void qemu_save(VfioPciTest *t)
{
    qemu_disk_create(t);
    qtest_qmp_assert_success(t->qts, "{'execute': 'snapshot-save', 'arguments':"
                             " {'job-id': 'save', 'tag': 'tag',"
                             " 'vmstate': 'disk', 'devices': ['disk']}}");
    job_finish(t, "save");
    t->saved_accepted = t->intx_accepted;
}

void qemu_load(VfioPciTest *t)
{
    qtest_qmp_assert_success(t->qts, "{'execute': 'snapshot-load', 'arguments':"
                             " {'job-id': 'load', 'tag': 'tag',"
                             " 'vmstate': 'disk', 'devices': ['disk']}}");
    job_finish(t, "load");
    t->intx_accepted = t->saved_accepted;
}

static void state_move(VfioPciTest *t, const char *command, const char *uri)
{
    bool completed = false;

    qtest_qmp_assert_success(t->qts, "{'execute': 'migrate-set-capabilities',"
                             " 'arguments': {'capabilities': [{'capability':"
                             " 'events', 'state': true}]}}");
    qtest_qmp_assert_success(t->qts, "{'execute': %s, 'arguments':"
                             " {'uri': %s}}", command, uri);
    while (!completed) {
        g_autoptr(QDict) event = qtest_qmp_eventwait_ref(t->qts, "MIGRATION");
        const char *status = qdict_get_str(qdict_get_qdict(event, "data"),
                                           "status");

        g_assert_cmpstr(status, !=, "failed");
        completed = g_str_equal(status, "completed");
    }
}

static void wait_until_running(VfioPciTest *t)
{
    bool running;

    do {
        g_autoptr(QDict) reply = qtest_qmp(t->qts,
                                           "{'execute': 'query-status'}");

        running = qdict_get_bool(qdict_get_qdict(reply, "return"), "running");
    } while (!running);
}

/* What the guest's driver knows stays: its device is where it was. */
void qemu_move(VfioPciTest *t)
{
    g_autofree char *qemu = g_strdup(getenv(BINARY_VARIABLE));
    g_autofree char *wrapped = vfio_host_wrap(t->host, qemu);
    g_autofree char *path = g_build_filename(t->dir, "state", NULL);
    g_autofree char *uri = g_strconcat("file:", path, NULL);

    state_move(t, "migrate", uri);
    qtest_quit(t->qts);

    g_assert_true(g_setenv(BINARY_VARIABLE, wrapped, true));
    t->qts = qtest_initf("%s -incoming defer 2>>%s/stderr", t->args, t->dir);
    g_assert_true(g_setenv(BINARY_VARIABLE, qemu, true));
    t->qos->qts = t->qts;
    t->qos->pcibus->qts = t->qts;
    state_move(t, "migrate-incoming", uri);
    wait_until_running(t);
    g_unlink(path);
}

/* ---- finding the function ------------------------------------------------ */

#define SLOTS               32

static bool is_function(QPCIDevice *dev)
{
    return qpci_config_readl(dev, PCI_VENDOR_ID) ==
           (IRQTEST_DEVICE_ID << 16 | IRQTEST_VENDOR_ID);
}

static bool is_bridge(QPCIDevice *dev)
{
    return qpci_config_readb(dev, PCI_HEADER_TYPE) == PCI_HEADER_TYPE_BRIDGE;
}

/*
 * It is the first function of its slot.  The bus is not searched by libqos, for
 * which all functions of all slots are most of the accesses of a case.
 */
static QPCIDevice *guest_find(VfioPciTest *t, unsigned bus,
                              bool (*is_wanted)(QPCIDevice *dev))
{
    unsigned slot;

    for (slot = 0; slot < SLOTS; slot++) {
        QPCIDevice *dev = qpci_device_find(t->qos->pcibus,
                                           bus << 8 | QPCI_DEVFN(slot, 0));

        if (dev && is_wanted(dev)) {
            return dev;
        }
        g_free(dev);
    }
    return NULL;
}

/* All memory that libqos gives away is behind the bridge as well. */
static void guest_open_bridge(VfioPciTest *t, QPCIDevice *bridge, unsigned bus)
{
    qpci_device_enable(bridge);
    qpci_config_writeb(bridge, PCI_SECONDARY_BUS, bus);
    qpci_config_writeb(bridge, PCI_SUBORDINATE_BUS, bus);
    qpci_config_writew(bridge, PCI_MEMORY_BASE,
                       t->qos->pcibus->mmio_alloc_ptr >> 16);
    qpci_config_writew(bridge, PCI_MEMORY_LIMIT,
                       (t->qos->pcibus->mmio_limit - 1) >> 16);
}

static QPCIDevice *guest_function(VfioPciTest *t)
{
    QPCIDevice *dev = guest_find(t, 0, is_function);
    g_autofree QPCIDevice *bridge = dev ? NULL : guest_find(t, 0, is_bridge);

    if (bridge) {
        guest_open_bridge(t, bridge, 1);
        dev = guest_find(t, 1, is_function);
    }
    return dev;
}

void guest_map_bar(VfioPciTest *t, unsigned n)
{
    if (!t->bar[n].addr) {
        t->bar[n] = qpci_iomap(t->dev, n, NULL);
    }
}

static void guest_map_msix(VfioPciTest *t)
{
    uint32_t table = qpci_config_readl(t->dev, t->msix_cap + PCI_MSIX_TABLE);
    uint32_t pba = qpci_config_readl(t->dev, t->msix_cap + PCI_MSIX_PBA);

    guest_map_bar(t, table & PCI_MSIX_FLAGS_BIRMASK);
    guest_map_bar(t, pba & PCI_MSIX_FLAGS_BIRMASK);
    t->dev->msix_table_bar = t->bar[table & PCI_MSIX_FLAGS_BIRMASK];
    t->dev->msix_table_off = table & ~PCI_MSIX_FLAGS_BIRMASK;
    t->dev->msix_pba_bar = t->bar[pba & PCI_MSIX_FLAGS_BIRMASK];
    t->dev->msix_pba_off = pba & ~PCI_MSIX_FLAGS_BIRMASK;
    t->dev->msix_enabled = true;        /* libqos: they are mapped */
    t->vectors = qpci_msix_table_size(t->dev);
}

void guest_find_function(VfioPciTest *t)
{
    g_free(t->dev);
    memset(t->bar, 0, sizeof(t->bar));
    t->dev = guest_function(t);
    g_assert_nonnull(t->dev);
    qpci_device_enable(t->dev);
    guest_map_bar(t, 0);

    t->msi_cap = qpci_find_capability(t->dev, PCI_CAP_ID_MSI, 0);
    t->msix_cap = qpci_find_capability(t->dev, PCI_CAP_ID_MSIX, 0);
    if (t->msix_cap) {
        guest_map_msix(t);
    }
    t->used = 0;
    t->machine->start(t);
}

void qemu_reset(VfioPciTest *t)
{
    qtest_system_reset(t->qts);
    guest_find_function(t);
}

void qemu_wait(VfioPciTest *t, unsigned ms)
{
    if (t->machine->runs) {
        g_usleep(ms * 1000);
    } else {
        qtest_clock_step(t->qts, ms * 1000000LL);
    }
}

bool qemu_bar_mapped(VfioPciTest *t, unsigned n)
{
    g_autofree char *region = g_strdup_printf("BAR %u mmaps[0]", n);
    g_autofree char *info = qtest_hmp(t->qts, "info mtree -f");

    return strstr(info, region);
}

/* ---- MSI-X --------------------------------------------------------------- */

uint16_t guest_msix_control(VfioPciTest *t)
{
    return qpci_config_readw(t->dev, t->msix_cap + PCI_MSIX_FLAGS);
}

void guest_msix_set_control(VfioPciTest *t, uint16_t control)
{
    qpci_config_writew(t->dev, t->msix_cap + PCI_MSIX_FLAGS, control);
}

uint32_t guest_table_readl(VfioPciTest *t, unsigned vector, unsigned offset)
{
    return qpci_io_readl(t->dev, t->dev->msix_table_bar,
                         t->dev->msix_table_off +
                         vector * PCI_MSIX_ENTRY_SIZE + offset);
}

void guest_table_writel(VfioPciTest *t, unsigned vector, unsigned offset,
                        uint32_t value)
{
    qpci_io_writel(t->dev, t->dev->msix_table_bar,
                   t->dev->msix_table_off +
                   vector * PCI_MSIX_ENTRY_SIZE + offset, value);
}

void guest_mask(VfioPciTest *t, unsigned vector)
{
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_VECTOR_CTRL,
                       PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

void guest_unmask(VfioPciTest *t, unsigned vector)
{
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
}

void guest_set_message(VfioPciTest *t, unsigned vector, unsigned other)
{
    GuestMessage message = t->machine->message(t, other);

    guest_table_writel(t, vector, PCI_MSIX_ENTRY_LOWER_ADDR, message.address);
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_UPPER_ADDR,
                       message.address >> 32);
    guest_table_writel(t, vector, PCI_MSIX_ENTRY_DATA, message.data);
}

void guest_use(VfioPciTest *t, unsigned count)
{
    g_assert_cmpuint(t->used, <=, count);
    if (t->machine->use) {
        t->machine->use(t, count);
        t->used = count;
        return;
    }
    for (; t->used < count; t->used++) {
        guest_set_message(t, t->used, t->used);
        guest_unmask(t, t->used);
    }
}

static void guest_mask_all_vectors(VfioPciTest *t)
{
    unsigned n;

    for (n = 0; n < t->vectors && t->has_table; n++) {
        guest_mask(t, n);
        guest_set_message(t, n, n);
    }
    t->used = 0;
}

void guest_msix_enable(VfioPciTest *t)
{
    guest_mask_all_vectors(t);
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE);
}

void guest_msix_enable_maskall(VfioPciTest *t, unsigned count)
{
    guest_mask_all_vectors(t);
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    guest_use(t, count);
}

void guest_msix_disable(VfioPciTest *t)
{
    guest_msix_set_control(t, 0);
}

void guest_msix_maskall(VfioPciTest *t, bool on)
{
    guest_msix_set_control(t, PCI_MSIX_FLAGS_ENABLE |
                           (on ? PCI_MSIX_FLAGS_MASKALL : 0));
}

bool guest_pending(VfioPciTest *t, unsigned vector)
{
    qemu_settle(t);
    return qpci_msix_pending(t->dev, vector);
}

/* ---- MSI ----------------------------------------------------------------- */

void guest_msi_enable(VfioPciTest *t, unsigned vectors)
{
    uint8_t cap = t->msi_cap;
    uint16_t flags = ctz32(vectors) << ctz32(PCI_MSI_FLAGS_QSIZE);
    GuestMessage message;

    g_assert_true(is_power_of_2(vectors) && vectors <= 32);
    g_assert_cmphex(qpci_config_readw(t->dev, cap + PCI_MSI_FLAGS) &
                    PCI_MSI_FLAGS_64BIT, ==, PCI_MSI_FLAGS_64BIT);
    qpci_config_writew(t->dev, cap + PCI_MSI_FLAGS, flags);
    message = t->machine->msi_message(t, vectors);
    qpci_config_writel(t->dev, cap + PCI_MSI_ADDRESS_LO, message.address);
    qpci_config_writel(t->dev, cap + PCI_MSI_ADDRESS_HI,
                       message.address >> 32);
    qpci_config_writew(t->dev, cap + PCI_MSI_DATA_64, message.data);
    qpci_config_writew(t->dev, cap + PCI_MSI_FLAGS,
                       flags | PCI_MSI_FLAGS_ENABLE);
    t->msi = true;
}

void guest_msi_disable(VfioPciTest *t)
{
    qpci_config_writew(t->dev, t->msi_cap + PCI_MSI_FLAGS, 0);
    t->msi = false;
}

/* ---- INTx ---------------------------------------------------------------- */

void guest_intx_start(VfioPciTest *t)
{
    t->machine->intx->start(t);
}

bool guest_intx_taken(VfioPciTest *t)
{
    qemu_settle(t);
    return t->machine->intx->taken(t);
}

void guest_intx_eoi(VfioPciTest *t)
{
    t->machine->intx->eoi(t);
}

void guest_intx_mask(VfioPciTest *t, bool on)
{
    t->machine->intx->set_masked(t, on);
}

void guest_intx_reroute(VfioPciTest *t)
{
    t->machine->intx->reroute(t);
}

void guest_intx_disable(VfioPciTest *t, bool on)
{
    uint16_t command = qpci_config_readw(t->dev, PCI_COMMAND);

    command &= ~PCI_COMMAND_INTX_DISABLE;
    qpci_config_writew(t->dev, PCI_COMMAND,
                       command | (on ? PCI_COMMAND_INTX_DISABLE : 0));
}

bool guest_intx_status(VfioPciTest *t)
{
    return qpci_config_readw(t->dev, PCI_STATUS) & PCI_STATUS_INTERRUPT;
}

/* ---- what reached the guest ---------------------------------------------- */

unsigned guest_took(VfioPciTest *t, unsigned n)
{
    qemu_settle(t);
    return t->machine->took(t, n);
}

void guest_warm_up(VfioPciTest *t, unsigned first, unsigned count)
{
    unsigned n, i;

    if (!(t->machine->via & (VIA_KVM | VIA_REMAP))) {
        return;
    }
    for (n = first; n < first + count; n++) {
        for (i = 0; i < WARM_UP_EVENTS; i++) {
            vfio_host_raise(t->host, n);
            guest_took(t, n);
        }
    }
}

/* ---- cases --------------------------------------------------------------- */

/*
 * A QEMU that does not know a property ends before it connects, which libqtest
 * notices only after a minute.
 */
static void check_properties(const char *props)
{
    g_auto(GStrv) list = g_strsplit(props, ",", 0);
    unsigned i;

    for (i = 0; list[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(list[i], "=", 2);

        if (pair[0] && *pair[0] && !vfio_pci_test_has_property(pair[0], NULL)) {
            g_error("vfio-pci has no property %s", pair[0]);
        }
    }
}

/* Those of "name=value,...", with commas before them, that this QEMU has. */
static char *known_properties(const char *props)
{
    g_auto(GStrv) list = g_strsplit(props ?: "", ",", 0);
    GString *known = g_string_new("");
    unsigned i;

    for (i = 0; list[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(list[i], "=", 2);

        if (pair[0] && *pair[0] && vfio_pci_test_has_property(pair[0], NULL)) {
            g_string_append_printf(known, ",%s", list[i]);
        }
    }
    return g_string_free(known, false);
}

static void test_dir_remove(VfioPciTest *t)
{
    g_autofree char *log = g_build_filename(t->dir, "stderr", NULL);
    g_autofree char *firmware = g_build_filename(t->dir, "firmware", NULL);

    g_unlink(log);
    g_unlink(firmware);
    g_rmdir(t->dir);
    g_clear_pointer(&t->dir, g_free);
}

static char *test_dir_make(void)
{
    char *dir = g_dir_make_tmp("vfio-pci-test-XXXXXX", NULL);

    g_assert_nonnull(dir);
    return dir;
}

char *vfio_pci_test_refused(const char *props)
{
    const VfioPciMachine *machine = vfio_pci_machines;
    VfioPciTest t = { .dir = test_dir_make() };
    g_autofree char *options = NULL, *command = NULL;
    char *err = NULL;
    int status;

    while (strcmp(machine->arch, qtest_get_arch())) {
        machine++;
    }
    options = machine->prepare(&t);
    command = g_strdup_printf("%s -accel qtest -display none -nodefaults %s %s "
                              "-device vfio-pci,%s", getenv(BINARY_VARIABLE),
                              machine->args, options, props);
    g_assert_true(g_spawn_command_line_sync(command, NULL, &err, &status,
                                            NULL));
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    g_free(t.machine_state);
    test_dir_remove(&t);
    return err;
}

static char *second_function(VfioPciTest *t, const VfioHostConfig *like,
                             const char *props)
{
    VfioHostConfig config = *like;

    if (!props) {
        return g_strdup("");
    }
    config.name = "irqtest2";
    t->second = vfio_host_add_function(t->host, &config);
    return vfio_host_device_args(t->second, props);
}

#define BRIDGE  "-device pcie-root-port,id=bridge"

static void instance_run(const void *opaque)
{
    const VfioPciInstance *instance = opaque;
    const VfioPciMachine *machine = instance->machine;
    const VfioPciCase *test = instance->test;
    g_autofree char *qemu = g_strdup(getenv(BINARY_VARIABLE));
    g_autofree char *machine_props = NULL, *case_props = NULL, *props = NULL;
    const char *reason = vfio_host_unavailable();
    VfioHostConfig config = test->host;
    g_autofree char *wrapped = NULL, *device = NULL, *more = NULL;
    g_autofree char *second = NULL;
    VfioPciTest t = { .machine = machine, .has_table = machine->message };

    if (!reason && machine->unavailable) {
        reason = machine->unavailable();
    }
    if (reason) {
        g_test_skip(reason);
        return;
    }

    check_properties(test->props ?: "");
    machine_props = known_properties(machine->props);
    case_props = known_properties(test->try_props);
    props = g_strconcat(machine_props, case_props, test->props ?: "",
                        test->behind_bridge ? ",bus=bridge" : NULL, NULL);
    config.backend = machine->backend;
    t.host = vfio_host_new(&config);
    t.dir = test_dir_make();

    wrapped = vfio_host_wrap(t.host, qemu);
    device = vfio_host_device_args(t.host, props);
    second = second_function(&t, &config, test->second);
    more = machine->prepare(&t);
    qtest_add_abrt_handler(qemu_show_log, &t);
    g_assert_true(g_setenv(BINARY_VARIABLE, wrapped, true));
    t.args = g_strdup_printf("%s -nodefaults %s %s %s %s %s", machine->args,
                             more, test->behind_bridge ? BRIDGE : "", device,
                             second, test->options ?: "");
    t.qos = machine->boot("%s 2>%s/stderr", t.args, t.dir);
    g_assert_true(g_setenv(BINARY_VARIABLE, qemu, true));
    t.qts = t.qos->qts;
    qtest_add_abrt_handler(qemu_end, &t);
    if (machine->booted) {
        machine->booted(&t);
    }

    guest_find_function(&t);
    test->run(&t);

    /* One is qemu_show_log(), the other qemu_end(). */
    qtest_remove_abrt_handler(&t);
    qtest_remove_abrt_handler(&t);
    g_free(t.dev);
    qemu_end(&t);
    qtest_shutdown(t.qos);
    vfio_host_free(t.host);
    g_free(t.machine_state);
    g_free(t.args);
    test_dir_remove(&t);
}

static void instance_add(const VfioPciCase *test, const VfioPciMachine *machine,
                         const char *kind)
{
    VfioPciInstance *instance = g_new0(VfioPciInstance, 1);
    g_autofree char *path =
        g_strdup_printf("%s/%s/%s", machine->name, kind, test->name);

    instance->test = test;
    instance->machine = machine;
    qtest_add_data_func_full(path, instance, instance_run, g_free);
}

void vfio_pci_test_add_on(const VfioPciMachine *machines, size_t count,
                          const VfioPciCase *cases, size_t n)
{
    const char *arch = qtest_get_arch();
    size_t i, m;

    for (m = 0; m < count; m++) {
        const VfioPciMachine *machine = &machines[m];

        if (strcmp(machine->arch, arch)) {
            continue;
        }
        for (i = 0; i < n; i++) {
            const char *only = cases[i].machines;
            size_t length = only ? strlen(only) : 0;
            char next = machine->name[length];

            if (strncmp(machine->name, only ?: "", length) ||
                (only && next && next != '-')) {
                continue;
            }
            g_assert_false(cases[i].gains & cases[i].keeps);
            if (cases[i].gains & machine->via) {
                instance_add(&cases[i], machine, "gains");
            } else if (cases[i].keeps & machine->via) {
                instance_add(&cases[i], machine, "keeps");
            }
        }
    }
}

void vfio_pci_test_add(const VfioPciCase *cases, size_t n)
{
    vfio_pci_test_add_on(vfio_pci_machines, vfio_pci_machines_count, cases, n);
}
