/*
 * vfio-host: drive the device by hand while QEMU runs
 *
 * A thread that takes one line at a time from a UNIX socket, does it, and
 * answers with one line: "ok", "ok VALUE" or "error REASON".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vfio-host-control.h"
#include "vfio-host-counters.h"

typedef struct Command {
    const char *name;
    unsigned max;           /* of its number; 0: takes none */
    char *(*run)(VfioHost *host, unsigned n);
} Command;

/* ---- commands ------------------------------------------------------------ */

static char *run_raise(VfioHost *host, unsigned n)
{
    vfio_host_raise(host, n);
    return NULL;
}

static char *run_in_flight(VfioHost *host, unsigned n)
{
    vfio_host_raise_in_flight(host, n);
    return NULL;
}

static char *run_land(VfioHost *host, unsigned n)
{
    return g_strdup(vfio_host_land(host, n) ? "landed" : "gone");
}

static char *run_ack(VfioHost *host, unsigned n)
{
    vfio_host_ack(host, n);
    return NULL;
}

static char *run_busy(VfioHost *host, unsigned n)
{
    vfio_host_set_busy_protocol(host, n);
    return NULL;
}

static char *run_intx(VfioHost *host, unsigned n)
{
    vfio_host_intx(host, n);
    return NULL;
}

static char *run_live(VfioHost *host, unsigned n)
{
    return g_strdup(vfio_host_trigger_live(host, n) ? "yes" : "no");
}

static char *run_state(VfioHost *host, unsigned n G_GNUC_UNUSED)
{
    return g_strdup_printf("msix=%d msi=%d vectors=%u intx-masked=%d "
                           "command=0x%04x",
                           vfio_host_msix_enabled(host),
                           vfio_host_msi_enabled(host),
                           vfio_host_vectors(host),
                           vfio_host_intx_masked(host),
                           vfio_host_real_command(host));
}

static char *run_stats(VfioHost *host, unsigned n G_GNUC_UNUSED)
{
    g_autofree char *stats = counters_json(host);

    return g_strdup_printf("{%s}", stats);
}

static char *run_reset_stats(VfioHost *host, unsigned n G_GNUC_UNUSED)
{
    vfio_host_stats_reset(host);
    return NULL;
}

#define VECTOR UINT_MAX     /* stands for the last vector */

static const Command commands[] = {
    { "raise", VECTOR, run_raise },
    { "in-flight", VECTOR, run_in_flight },
    { "land", VECTOR, run_land },
    { "ack", VECTOR, run_ack },
    { "live", VECTOR, run_live },
    { "busy", 1, run_busy },
    { "intx", 1, run_intx },
    { "state", 0, run_state },
    { "stats", 0, run_stats },
    { "reset-stats", 0, run_reset_stats },
};

static char *run_command(VfioHost *host, const Command *command,
                         const char *number)
{
    unsigned max = command->max == VECTOR ? vfio_host_last_vector(host)
                                          : command->max;
    guint64 n = 0;
    g_autofree char *value = NULL;

    if (command->max == 0 && number) {
        return g_strdup_printf("error %s takes no number", command->name);
    }
    if (command->max &&
        (!number || !g_ascii_string_to_unsigned(number, 10, 0, max, &n,
                                                NULL))) {
        return g_strdup_printf("error %s takes a number from 0 to %u",
                               command->name, max);
    }
    value = command->run(host, n);
    return value ? g_strdup_printf("ok %s", value) : g_strdup("ok");
}

static char *run_line(VfioHost *host, char *line)
{
    g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", 2);

    if (!words[0]) {
        return g_strdup("error empty line");
    }
    if (strcmp(words[0], "fail") == 0) {
        g_autofree char *wrong = control_fault(host, words[1] ?: "");

        return wrong ? g_strdup_printf("error %s", wrong) : g_strdup("ok");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(words[0], commands[i].name) == 0) {
            return run_command(host, &commands[i], words[1]);
        }
    }
    return g_strdup("error raise, in-flight, land, ack, live, busy, intx, "
                    "state, stats, reset-stats or fail");
}

/* ---- faults, as users write them ----------------------------------------- */

/* "all" is as many as there are. */
static bool parse_number(const char *word, unsigned *value)
{
    guint64 n;

    if (strcmp(word, "all") == 0) {
        *value = UINT_MAX;
        return true;
    }
    if (!g_ascii_string_to_unsigned(word, 10, 0, UINT_MAX, &n, NULL)) {
        return false;
    }
    *value = n;
    return true;
}

char *control_fault(VfioHost *host, const char *fault)
{
    g_auto(GStrv) words = g_strsplit(fault, ":", -1);
    unsigned value[] = { 0, 1, EINVAL };    /* skip, count, errno */
    unsigned n = g_strv_length(words);

    if (n == 0 || n > 1 + G_N_ELEMENTS(value) ||
        !g_strv_contains(vfio_host_call_names(), words[0])) {
        return g_strdup("must be CALL[:SKIP[:COUNT[:ERRNO]]]; see "
                        "\"vfio-host calls\"");
    }
    for (unsigned i = 1; i < n; i++) {
        if (!parse_number(words[i], &value[i - 1])) {
            return g_strdup_printf("\"%s\" is not a number", words[i]);
        }
    }
    if (value[2] < 1 || value[2] > 4095) {
        return g_strdup("the errno must be 1 to 4095");
    }
    if (host) {
        vfio_host_fail(host, words[0], value[0], value[1], value[2]);
    }
    return NULL;
}

/* ---- the socket ---------------------------------------------------------- */

struct Control {
    VfioHost *host;
    char *path;
    GThread *thread;
    int sock;
    GMutex lock;            /* of what follows */
    int client;             /* being served, or -1 */
    bool stop;
};

static void serve(VfioHost *host, FILE *client)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, client) > 0) {
        g_autofree char *answer = run_line(host, line);
        g_autofree char *text = g_strconcat(answer, "\n", NULL);

        if (send(fileno(client), text, strlen(text), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    free(line);
}

/* The client is @fd from now on; false if it is time to stop. */
static bool set_client(Control *control, int fd)
{
    bool stop;

    g_mutex_lock(&control->lock);
    control->client = fd;
    stop = control->stop;
    g_mutex_unlock(&control->lock);
    return !stop;
}

static void *control_thread(void *opaque)
{
    Control *control = opaque;
    bool more = true;
    int fd;

    while (more && (fd = accept4(control->sock, NULL, NULL,
                                 SOCK_CLOEXEC)) >= 0) {
        FILE *client = fdopen(fd, "r");

        if (set_client(control, fd)) {
            serve(control->host, client);
        }
        more = set_client(control, -1);
        fclose(client);
    }
    return NULL;
}

static int make_address(struct sockaddr_un *address, const char *path)
{
    *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

Control *control_start(VfioHost *host, const char *path)
{
    struct sockaddr_un address;
    int sock = make_address(&address, path);
    Control *control;

    if (sock < 0) {
        return NULL;
    }
    if (bind(sock, (struct sockaddr *)&address, sizeof(address)) ||
        listen(sock, 4)) {
        close(sock);
        return NULL;
    }
    control = g_new0(Control, 1);
    control->host = host;
    control->path = g_strdup(path);
    control->sock = sock;
    control->client = -1;
    g_mutex_init(&control->lock);
    control->thread = g_thread_new("control", control_thread, control);
    return control;
}

void control_stop(Control *control)
{
    unlink(control->path);
    g_mutex_lock(&control->lock);
    control->stop = true;
    if (control->client >= 0) {
        shutdown(control->client, SHUT_RDWR);
    }
    g_mutex_unlock(&control->lock);
    shutdown(control->sock, SHUT_RDWR);     /* ends accept() */
    g_thread_join(control->thread);
    close(control->sock);
    g_mutex_clear(&control->lock);
    g_free(control->path);
    g_free(control);
}

int control_send(const char *path, char **words)
{
    g_autofree char *joined = g_strjoinv(" ", words);
    g_autofree char *text = g_strconcat(joined, "\n", NULL);
    struct sockaddr_un address;
    int fd = make_address(&address, path);
    char answer[4096];
    ssize_t n = -1;

    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        send(fd, text, strlen(text), MSG_NOSIGNAL) > 0) {
        n = recv(fd, answer, sizeof(answer) - 1, 0);
    }
    if (n <= 0) {
        fprintf(stderr, "vfio-host: %s: %s\n", path,
                n < 0 ? strerror(errno) : "no answer");
        return 1;
    }
    answer[n] = '\0';
    close(fd);
    if (g_str_has_prefix(answer, "error ")) {
        fprintf(stderr, "vfio-host: %s", answer + strlen("error "));
        return 1;
    }
    fputs(answer, stdout);
    return 0;
}
