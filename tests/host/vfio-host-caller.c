/*
 * VFIO host: memory and descriptors of the process that made a call
 *
 * The call is held by seccomp while we look, so its thread and its process
 * exist; a process that is killed meanwhile makes the accesses fail.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "vfio-host-private.h"

int vfio_host_caller_read(HostCaller *caller, uint64_t addr, void *buf,
                          size_t len)
{
    struct iovec local = { buf, len };
    struct iovec remote = { (void *)(uintptr_t)addr, len };
    ssize_t n = process_vm_readv(caller->tid, &local, 1, &remote, 1, 0);

    /* The thread may have died and its number been used again. */
    if (n != (ssize_t)len ||
        seccomp_notify_id_valid(caller->listener->fd, caller->id)) {
        return -EFAULT;
    }
    return 0;
}

int vfio_host_caller_write(HostCaller *caller, uint64_t addr, const void *buf,
                           size_t len)
{
    struct iovec local = { (void *)buf, len };
    struct iovec remote = { (void *)(uintptr_t)addr, len };
    ssize_t n;

    if (seccomp_notify_id_valid(caller->listener->fd, caller->id)) {
        return -EFAULT;
    }
    n = process_vm_writev(caller->tid, &local, 1, &remote, 1, 0);
    return n == (ssize_t)len ? 0 : -EFAULT;
}

int vfio_host_caller_read_string(HostCaller *caller, uint64_t addr, char *buf,
                                 size_t len)
{
    const size_t page = 4096;
    size_t have = 0;

    /* Page by page: what follows the string need not be mapped. */
    while (have < len) {
        size_t n = MIN(len - have, page - (addr + have) % page);
        int ret = vfio_host_caller_read(caller, addr + have, buf + have, n);

        if (ret) {
            return ret;
        }
        if (memchr(buf + have, '\0', n)) {
            return 0;
        }
        have += n;
    }
    return -ENAMETOOLONG;
}

static pid_t thread_group(pid_t tid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", tid);
    g_autofree char *status = NULL;
    const char *line;

    if (!g_file_get_contents(path, &status, NULL, NULL)) {
        return -1;
    }
    line = strstr(status, "\nTgid:");
    return line ? (pid_t)strtol(line + strlen("\nTgid:"), NULL, 10) : -1;
}

static int caller_pidfd(HostCaller *caller)
{
    HostListener *listener = caller->listener;
    pid_t tgid;

    if (listener->pidfd >= 0 && listener->tid == caller->tid) {
        return listener->pidfd;
    }
    tgid = thread_group(caller->tid);
    if (listener->pidfd < 0 || listener->tgid != tgid) {
        if (listener->pidfd >= 0) {
            close(listener->pidfd);
        }
        listener->pidfd = syscall(SYS_pidfd_open, tgid, 0);
        listener->tgid = tgid;
    }
    listener->tid = caller->tid;
    return listener->pidfd;
}

int vfio_host_caller_get_fd(HostCaller *caller, int fd)
{
    int pidfd = caller_pidfd(caller);
    int copy = pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, fd, 0);

    return copy < 0 ? -EBADF : copy;
}

static bool link_is(const char *path, const char *want)
{
    char target[64];
    ssize_t n = readlink(path, target, sizeof(target));

    return n == (ssize_t)strlen(want) && memcmp(target, want, n) == 0;
}

int vfio_host_caller_get_eventfd(HostCaller *caller, int fd)
{
    char path[40];
    int copy = vfio_host_caller_get_fd(caller, fd);

    if (copy < 0) {
        return copy;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
    if (!link_is(path, "anon_inode:[eventfd]")) {
        close(copy);
        return -EINVAL;
    }
    return copy;
}

/* A number of its own for each eventfd; -1 if it is none. */
static int64_t eventfd_id(const char *fdinfo)
{
    g_autofree char *text = NULL;
    const char *p;

    if (!g_file_get_contents(fdinfo, &text, NULL, NULL)) {
        return -1;
    }
    p = strstr(text, "eventfd-id:");
    return p ? strtoll(p + strlen("eventfd-id:"), NULL, 10) : -1;
}

bool vfio_host_caller_has_eventfd(HostCaller *caller, int eventfd)
{
    g_autofree char *own = g_strdup_printf("/proc/self/fdinfo/%d", eventfd);
    g_autofree char *path = g_strdup_printf("/proc/%d/fdinfo", caller->tid);
    int64_t id = eventfd_id(own);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        if (eventfd_id(file) == id) {
            return true;
        }
    }
    return false;
}

bool vfio_host_caller_is_anon(HostCaller *caller, int fd, const char *kind)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd/%d", caller->tid, fd);
    g_autofree char *plain = g_strconcat("anon_inode:", kind, NULL);
    g_autofree char *braced = g_strdup_printf("anon_inode:[%s]", kind);

    return link_is(path, plain) || link_is(path, braced);
}

int vfio_host_caller_add_fd(HostCaller *caller, int fd, bool cloexec)
{
    struct seccomp_notif_addfd add = {
        .id = caller->id,
        .srcfd = fd,
        .newfd_flags = cloexec ? O_CLOEXEC : 0,
    };
    int number = ioctl(caller->listener->fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

    return number < 0 ? -errno : number;
}

HostFileKind vfio_host_caller_file(VfioHost *host, HostCaller *caller, int fd)
{
    char path[40];
    struct stat st;
    unsigned kind;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", caller->tid, fd);
    if (stat(path, &st)) {
        return FILE_OTHER;
    }
    for (kind = 0; kind < FILE__COUNT; kind++) {
        if (host->files[kind].ino == st.st_ino &&
            host->files[kind].dev == st.st_dev) {
            break;
        }
    }
    return kind;
}
