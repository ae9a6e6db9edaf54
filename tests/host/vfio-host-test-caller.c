/*
 * A process that does what a QEMU would: both ends
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vfio-host-test-caller.h"

#define CALLER_ARG  "--vfio-host-caller"
#define MAX_DATA    16384
#define WAIT_MS     2000

typedef enum Op {
    OP_EVENTFD,
    OP_EVENTS,
    OP_SIGNAL,
    OP_CLOSE,
    OP_IOCTL,
    OP_IOCTL_VALUE,
    OP_OPEN,
    OP_PREAD,
    OP_PWRITE,
} Op;

typedef struct Request {
    Op op;
    int fd;
    unsigned cmd;
    uint64_t value;         /* argument or file offset */
    size_t len;
    uint8_t data[MAX_DATA];
} Request;

typedef struct Reply {
    int64_t result;         /* or -errno */
    uint8_t data[MAX_DATA];
} Reply;

struct Caller {
    int sock;
    pid_t pid;
    Request request;
    Reply reply;
};

/* ---- the process --------------------------------------------------------- */

static int64_t events(int fd, int timeout)
{
    struct pollfd pfd = { fd, POLLIN, 0 };
    uint64_t count;

    if (poll(&pfd, 1, timeout) != 1 ||
        read(fd, &count, sizeof(count)) != sizeof(count)) {
        return 0;
    }
    return count;
}

static int64_t call(Request *request)
{
    const uint64_t one = 1;

    switch (request->op) {
    case OP_EVENTFD:
        return eventfd(0, EFD_CLOEXEC);
    case OP_EVENTS:
        return events(request->fd, request->value);
    case OP_SIGNAL:
        return write(request->fd, &one, sizeof(one));
    case OP_CLOSE:
        return close(request->fd);
    case OP_IOCTL:
        return ioctl(request->fd, request->cmd, request->data);
    case OP_IOCTL_VALUE:
        return ioctl(request->fd, request->cmd, request->value);
    case OP_OPEN:
        return open((char *)request->data, O_RDWR | O_CLOEXEC);
    case OP_PREAD:
        return pread(request->fd, request->data, request->len, request->value);
    default:
        return pwrite(request->fd, request->data, request->len,
                      request->value);
    }
}

void caller_main(int argc, char **argv)
{
    static Request request;
    static Reply reply;
    int sock;

    if (argc != 3 || strcmp(argv[1], CALLER_ARG) != 0) {
        return;
    }
    sock = atoi(argv[2]);
    while (recv(sock, &request, sizeof(request), 0) == sizeof(request)) {
        reply.result = call(&request);
        if (reply.result < 0) {
            reply.result = -errno;
        }
        memcpy(reply.data, request.data, sizeof(reply.data));
        if (send(sock, &reply, sizeof(reply), 0) < 0) {
            break;
        }
    }
    exit(0);
}

/* ---- the test's end ------------------------------------------------------ */

Caller *caller_new(VfioHost *host)
{
    Caller *caller = g_new0(Caller, 1);
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *program = NULL, *wrapped = NULL, *command = NULL;
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), ==, 0);
    fcntl(pair[0], F_SETFD, FD_CLOEXEC);
    program = g_strdup_printf("%s %s %d", self, CALLER_ARG, pair[1]);
    wrapped = vfio_host_wrap(host, program);
    command = g_strconcat("exec ", wrapped, NULL);
    caller->sock = pair[0];
    caller->pid = fork();
    g_assert_cmpint(caller->pid, >=, 0);
    if (caller->pid == 0) {
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    close(pair[1]);
    return caller;
}

void caller_free(Caller *caller)
{
    int status;

    close(caller->sock);
    g_assert_cmpint(waitpid(caller->pid, &status, 0), ==, caller->pid);
    g_assert_cmpint(status, ==, 0);
    g_free(caller);
}

static int64_t ask(Caller *caller, Op op, int fd)
{
    caller->request.op = op;
    caller->request.fd = fd;
    g_assert_cmpint(send(caller->sock, &caller->request,
                         sizeof(Request), MSG_NOSIGNAL), ==, sizeof(Request));
    g_assert_cmpint(recv(caller->sock, &caller->reply, sizeof(Reply), 0),
                    ==, sizeof(Reply));
    return caller->reply.result;
}

int caller_eventfd(Caller *caller)
{
    return ask(caller, OP_EVENTFD, -1);
}

int caller_events(Caller *caller, int eventfd, bool wait)
{
    caller->request.value = wait ? WAIT_MS : 0;
    return ask(caller, OP_EVENTS, eventfd);
}

int caller_signal(Caller *caller, int eventfd)
{
    return ask(caller, OP_SIGNAL, eventfd);
}

int caller_close(Caller *caller, int fd)
{
    return ask(caller, OP_CLOSE, fd);
}

int caller_ioctl(Caller *caller, int fd, unsigned cmd, void *buf, size_t len)
{
    int ret;

    g_assert_cmpuint(len, <=, MAX_DATA);
    caller->request.cmd = cmd;
    memcpy(caller->request.data, buf, len);
    ret = ask(caller, OP_IOCTL, fd);
    memcpy(buf, caller->reply.data, len);
    return ret;
}

int caller_ioctl_value(Caller *caller, int fd, unsigned cmd, uint64_t value)
{
    caller->request.cmd = cmd;
    caller->request.value = value;
    return ask(caller, OP_IOCTL_VALUE, fd);
}

int caller_open(Caller *caller, const char *path)
{
    g_strlcpy((char *)caller->request.data, path, MAX_DATA);
    return ask(caller, OP_OPEN, -1);
}

int caller_pread(Caller *caller, int fd, void *buf, size_t len, uint64_t at)
{
    int ret;

    caller->request.len = len;
    caller->request.value = at;
    ret = ask(caller, OP_PREAD, fd);
    memcpy(buf, caller->reply.data, len);
    return ret;
}

int caller_pwrite(Caller *caller, int fd, const void *buf, size_t len,
                  uint64_t at)
{
    g_assert_cmpuint(len, <=, MAX_DATA);
    caller->request.len = len;
    caller->request.value = at;
    memcpy(caller->request.data, buf, len);
    return ask(caller, OP_PWRITE, fd);
}
