/*
 * vfio-host: run any QEMU with an assigned device that does not exist
 *
 * The command on the library: options in, a QEMU under the host, counters out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vfio-host.h"
#include "vfio-host-control.h"
#include "vfio-host-counters.h"

#define DEVICE_WORD "@VFIO@"

enum { EXIT_TROUBLE = 1, EXIT_USAGE = 2 };

static const char summary[] =
    "Runs QEMU with a vfio-pci device on a machine that has no VFIO, no IOMMU\n"
    "and no spare device, and counts what happens to its interrupts.\n"
    "\n"
    "The device's options replace the word " DEVICE_WORD " among QEMU's "
    "arguments, or\n"
    "follow them.  Exits as QEMU does (128 + signal), 1 if it cannot start, 2\n"
    "for a bad command line.\n"
    "\n"
    "Also:\n"
    "  vfio-host calls       list the calls that --fail can name\n"
    "  vfio-host check       say whether this system can do it\n"
    "  vfio-host send PATH COMMAND [N]\n"
    "                        to one that runs with --control PATH: raise,\n"
    "                        in-flight, land, ack, live VECTOR; busy, intx\n"
    "                        0|1; state; stats; reset-stats; fail CALL...\n"
    "\n"
    "Example:\n"
    "  vfio-host run --vectors 16 -- qemu-system-x86_64 -M q35 -nographic";

typedef struct Options {
    char *backend;
    char *table;
    char *props;
    char *stats;
    char *control;
    char **faults;
    gboolean json;
    gboolean quiet;
    int vectors, msi_vectors, limit;
    gboolean no_msix, no_msi, no_intx, msi_no_mask;
    gboolean noresize, needs_vector, no_disintx, lazy_level, conventional;
    gboolean no_mmap, count_kvm, count_bars;
} Options;

static G_GNUC_NORETURN G_GNUC_PRINTF(2, 3)
void fail(int status, const char *format, ...)
{
    va_list ap;

    fputs("vfio-host: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(status);
}

/* ---- options ------------------------------------------------------------- */

static GOptionContext *option_context(Options *o)
{
    const GOptionEntry entries[] = {
        { "backend", 0, 0, G_OPTION_ARG_STRING, &o->backend,
          "how QEMU reaches the device: iommufd, legacy, or auto (legacy for "
          "qemu-system-ppc*; the default)", "NAME" },
        { "props", 0, 0, G_OPTION_ARG_STRING, &o->props,
          "more properties of vfio-pci, e.g. addr=4,x-no-kvm-msix=on",
          "LIST" },
        { "vectors", 0, 0, G_OPTION_ARG_INT, &o->vectors,
          "MSI-X vectors, 2 to 2048 (8)", "N" },
        { "msi-vectors", 0, 0, G_OPTION_ARG_INT, &o->msi_vectors,
          "MSI vectors, a power of 2 up to 32 (8)", "N" },
        { "no-msix", 0, 0, G_OPTION_ARG_NONE, &o->no_msix,
          "no MSI-X capability", NULL },
        { "no-msi", 0, 0, G_OPTION_ARG_NONE, &o->no_msi,
          "no MSI capability", NULL },
        { "no-intx", 0, 0, G_OPTION_ARG_NONE, &o->no_intx,
          "no interrupt pin", NULL },
        { "msi-no-mask", 0, 0, G_OPTION_ARG_NONE, &o->msi_no_mask,
          "MSI without mask bits", NULL },
        { "table", 0, 0, G_OPTION_ARG_STRING, &o->table,
          "MSI-X table and PBA: own (a BAR of their own; the default) or regs "
          "(beside the registers)", "PLACE" },
        { "conventional", 0, 0, G_OPTION_ARG_NONE, &o->conventional,
          "plain PCI, not PCI Express", NULL },
        { "no-disintx", 0, 0, G_OPTION_ARG_NONE, &o->no_disintx,
          "a device before PCI 2.3: no DisINTx bit", NULL },
        { "no-mmap", 0, 0, G_OPTION_ARG_NONE, &o->no_mmap,
          "no region can be mapped", NULL },
        { "noresize", 0, 0, G_OPTION_ARG_NONE, &o->noresize,
          "a kernel without dynamic MSI-X (before 6.5)", NULL },
        { "needs-vector", 0, 0, G_OPTION_ARG_NONE, &o->needs_vector,
          "a kernel that refuses MSI-X without an eventfd", NULL },
        { "limit", 0, 0, G_OPTION_ARG_INT, &o->limit,
          "a host that can allocate this many vectors only", "N" },
        { "lazy-level", 0, 0, G_OPTION_ARG_NONE, &o->lazy_level,
          "a host controller that re-arms a level by an EOI only (POWER); "
          "shows with --no-disintx", NULL },
        { "count-kvm", 0, 0, G_OPTION_ARG_NONE, &o->count_kvm,
          "count KVM_IRQFD and KVM_SET_GSI_ROUTING too", NULL },
        { "count-bars", 0, 0, G_OPTION_ARG_NONE, &o->count_bars,
          "count the accesses to BARs that QEMU makes for its guest, which "
          "gets slower", NULL },
        { "fail", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->faults,
          "let SKIP (0) such calls pass, then fail COUNT (1, or \"all\") with "
          "ERRNO (22); may be repeated", "CALL[:SKIP[:COUNT[:ERRNO]]]" },
        { "stats", 0, 0, G_OPTION_ARG_FILENAME, &o->stats,
          "write the counters to FILE as JSON", "FILE" },
        { "json", 0, 0, G_OPTION_ARG_NONE, &o->json,
          "print the counters as JSON, not as a table", NULL },
        { "control", 0, 0, G_OPTION_ARG_FILENAME, &o->control,
          "take commands on a socket made at PATH", "PATH" },
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet,
          "do not print the counters", NULL },
        { NULL }
    };
    GOptionContext *context = g_option_context_new("-- QEMU [ARGUMENT...]");

    g_option_context_set_summary(context, summary);
    g_option_context_set_strict_posix(context, true);
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

static VfioHostBackend pick_backend(const Options *o, const char *qemu)
{
    g_autofree char *name = g_path_get_basename(qemu);

    if (!o->backend || strcmp(o->backend, "auto") == 0) {
        return g_str_has_prefix(name, "qemu-system-ppc") ? VFIO_HOST_LEGACY
                                                         : VFIO_HOST_IOMMUFD;
    }
    if (strcmp(o->backend, "legacy") == 0) {
        return VFIO_HOST_LEGACY;
    }
    if (strcmp(o->backend, "iommufd") != 0) {
        fail(EXIT_USAGE, "--backend %s: must be iommufd, legacy or auto",
             o->backend);
    }
    return VFIO_HOST_IOMMUFD;
}

static VfioHostTable pick_table(const Options *o)
{
    if (!o->table || strcmp(o->table, "own") == 0) {
        return VFIO_HOST_TABLE_OWN_BAR;
    }
    if (strcmp(o->table, "regs") != 0) {
        fail(EXIT_USAGE, "--table %s: must be own or regs", o->table);
    }
    return VFIO_HOST_TABLE_WITH_REGS;
}

static VfioHostConfig make_config(const Options *o, const char *qemu)
{
    if (o->vectors < 2 || o->vectors > 2048) {
        fail(EXIT_USAGE, "--vectors %d: must be 2 to 2048", o->vectors);
    }
    if (o->msi_vectors < 1 || o->msi_vectors > 32 ||
        (o->msi_vectors & (o->msi_vectors - 1))) {
        fail(EXIT_USAGE, "--msi-vectors %d: must be 1, 2, 4, 8, 16 or 32",
             o->msi_vectors);
    }
    if (o->limit < 0) {
        fail(EXIT_USAGE, "--limit %d: must not be negative", o->limit);
    }
    return (VfioHostConfig) {
        .backend = pick_backend(o, qemu), .table = pick_table(o),
        .vectors = o->vectors, .msi_vectors = o->msi_vectors,
        .no_msix = o->no_msix, .no_msi = o->no_msi, .no_intx = o->no_intx,
        .msi_no_mask = o->msi_no_mask, .msix_noresize = o->noresize,
        .msix_needs_vector = o->needs_vector,
        .host_vectors_limit = o->limit, .conventional = o->conventional,
        .no_disintx = o->no_disintx, .lazy_level = o->lazy_level,
        .no_mmap = o->no_mmap, .count_kvm = o->count_kvm,
        .count_bars = o->count_bars,
    };
}

/* Checks them; and sets them if there is a host already. */
static void apply_faults(VfioHost *host, char **faults)
{
    for (char **f = faults; f && *f; f++) {
        g_autofree char *wrong = control_fault(host, *f);

        if (wrong) {
            fail(EXIT_USAGE, "--fail %s: %s", *f, wrong);
        }
    }
}

/* ---- counters ------------------------------------------------------------ */

static void print_json(FILE *f, VfioHost *host, double seconds, int status)
{
    g_autofree char *stats = counters_json(host);

    fprintf(f, "{%s, \"seconds\": %.3f, \"exit_status\": %d}\n", stats,
            seconds, status);
}

static void report(VfioHost *host, const Options *o, double seconds,
                   int status)
{
    FILE *f;

    if (o->stats) {
        f = fopen(o->stats, "w");
        if (f) {
            print_json(f, host, seconds, status);
        }
        if (!f || fclose(f)) {
            int err = errno;

            vfio_host_free(host);
            fail(EXIT_TROUBLE, "%s: %s", o->stats, strerror(err));
        }
    }
    if (o->json) {
        print_json(stdout, host, seconds, status);
    } else if (!o->quiet) {
        counters_print(host);
        printf("%-20s %10.1f  QEMU ran\n", "seconds", seconds);
    }
}

/* ---- run ----------------------------------------------------------------- */

/* volatile: a signal handler reads it */
static volatile pid_t qemu_pid;

static void forward(int sig)
{
    if (qemu_pid > 0) {
        kill(qemu_pid, sig);
    }
}

static void add_words(GPtrArray *argv, const char *line)
{
    g_auto(GStrv) words = NULL;

    if (!g_shell_parse_argv(line, NULL, &words, NULL)) {
        fail(EXIT_USAGE, "cannot make words of: %s", line);
    }
    for (char **w = words; *w; w++) {
        g_ptr_array_add(argv, g_strdup(*w));
    }
}

static GPtrArray *command_line(VfioHost *host, const Options *o,
                               const char *qemu, char **args)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *props = o->props ? g_strconcat(",", o->props, NULL)
                                      : g_strdup("");
    g_autofree char *device = vfio_host_device_args(host, props);
    g_autofree char *quoted = g_shell_quote(qemu);
    g_autofree char *wrapped = vfio_host_wrap(host, quoted);
    bool placed = false;

    add_words(argv, wrapped);
    for (; *args; args++) {
        if (strcmp(*args, DEVICE_WORD) == 0) {
            add_words(argv, device);
            placed = true;
        } else {
            g_ptr_array_add(argv, g_strdup(*args));
        }
    }
    if (!placed) {
        add_words(argv, device);
    }
    g_ptr_array_add(argv, NULL);
    return argv;
}

static int run_qemu(char **argv)
{
    const struct sigaction sa = { .sa_handler = forward };
    pid_t pid;
    int status;

    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    pid = fork();
    if (pid < 0) {
        fail(EXIT_TROUBLE, "fork: %s", strerror(errno));
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execv(argv[0], argv);
        _exit(EXIT_TROUBLE);
    }
    qemu_pid = pid;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        continue;
    }
    qemu_pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const Options *o, char **words)
{
    g_autofree char *qemu = NULL;
    g_autoptr(GPtrArray) argv = NULL;
    const char *reason = vfio_host_unavailable();
    VfioHostConfig config;
    VfioHost *host;
    Control *control = NULL;
    int64_t start;
    int status;

    if (!words[0]) {
        fail(EXIT_USAGE, "which QEMU? Try: vfio-host run -- "
             "qemu-system-x86_64 -M q35");
    }
    qemu = g_find_program_in_path(words[0]);
    if (!qemu) {
        fail(EXIT_TROUBLE, "%s: no such program", words[0]);
    }
    config = make_config(o, qemu);
    apply_faults(NULL, o->faults);
    if (reason) {
        fail(EXIT_TROUBLE, "%s", reason);
    }
    host = vfio_host_new(&config);
    apply_faults(host, o->faults);
    if (o->control) {
        control = control_start(host, o->control);
        if (!control) {
            int err = errno;

            vfio_host_free(host);
            fail(EXIT_TROUBLE, "--control %s: %s", o->control, strerror(err));
        }
    }
    argv = command_line(host, o, qemu, words + 1);
    start = g_get_monotonic_time();
    status = run_qemu((char **)argv->pdata);
    report(host, o, (g_get_monotonic_time() - start) / 1e6, status);
    if (control) {
        control_stop(control);
    }
    vfio_host_free(host);
    return status;
}

/* ---- main ---------------------------------------------------------------- */

static int list_calls(void)
{
    for (const char *const *name = vfio_host_call_names(); *name; name++) {
        puts(*name);
    }
    return 0;
}

static int check(void)
{
    const char *reason = vfio_host_unavailable();

    if (reason) {
        fail(EXIT_TROUBLE, "%s", reason);
    }
    puts("vfio-host can run QEMU on this system");
    return 0;
}

int main(int argc, char **argv)
{
    Options o = { .vectors = 8, .msi_vectors = 8 };
    g_autoptr(GOptionContext) context = option_context(&o);
    g_autoptr(GError) err = NULL;
    const char *command;

    vfio_host_launcher_main(argc, argv);
    setlocale(LC_ALL, "");
    g_set_prgname("vfio-host run");
    command = argc > 1 ? argv[1] : "--help";
    if (command[0] != '-') {
        argv[1] = argv[0];      /* options follow the word */
        argv++;
        argc--;
    }
    if (strcmp(command, "help") == 0) {
        command = "--help";
    }
    if (strcmp(command, "--help") == 0) {
        g_autofree char *help = g_option_context_get_help(context, true, NULL);

        fputs(help, stdout);
        return 0;
    }
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        fail(EXIT_USAGE, "%s; see vfio-host --help", err->message);
    }
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        argv++;
        argc--;
    }
    if (strcmp(command, "run") == 0) {
        return run(&o, argv + 1);
    }
    if (strcmp(command, "send") == 0) {
        if (argc < 3) {
            fail(EXIT_USAGE, "send what to whom? See vfio-host --help");
        }
        return control_send(argv[1], argv + 2);
    }
    if (argc > 1) {
        fail(EXIT_USAGE, "%s: unexpected word; see vfio-host --help", argv[1]);
    }
    if (strcmp(command, "calls") == 0) {
        return list_calls();
    }
    if (strcmp(command, "check") == 0) {
        return check();
    }
    fail(EXIT_USAGE, "%s: no such command; see vfio-host --help", command);
}
