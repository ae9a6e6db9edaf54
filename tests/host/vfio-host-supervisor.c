/*
 * VFIO host: the supervisor thread
 *
 * Receives the calls that the filter trapped, finds who shall answer, and sends
 * the answer.  The same thread serves the unmask eventfd and the edges that the
 * device raises by itself, so that these run concurrently with QEMU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "vfio-host-private.h"

enum {
    POLL_WAKE, POLL_LAUNCH, POLL_TIMER, POLL_UNMASK, POLL_UNMASK_SECOND,
    POLL_LISTENERS
};

/* ---- answering ----------------------------------------------------------- */

/* The function whose device file the descriptor is, or NULL. */
static VfioHost *function_of(VfioHost *host, HostCaller *caller, int fd)
{
    while (host && vfio_host_caller_file(host, caller, fd) != FILE_DEVICE) {
        host = host->second;
    }
    return host;
}

static int64_t answer_ioctl(VfioHost *host, HostCaller *caller,
                            const struct seccomp_data *data, bool *through)
{
    int fd = data->args[0];
    unsigned cmd = data->args[1];
    uint64_t arg = data->args[2];
    VfioHost *second;

    if (((cmd >> 8) & 0xff) != VFIO_TYPE) {
        return vfio_host_kvm_ioctl(host, caller, fd, cmd, arg, through);
    }
    switch (vfio_host_caller_file(host, caller, fd)) {
    case FILE_DEVICE:
        return vfio_host_device_ioctl(host, caller, cmd, arg);
    case FILE_IOMMUFD:
        return vfio_host_iommufd_ioctl(host, caller, cmd, arg);
    case FILE_CONTAINER:
        return vfio_host_container_ioctl(host, caller, cmd, arg);
    case FILE_GROUP:
        return vfio_host_group_ioctl(host, caller, cmd, arg);
    default:
        second = function_of(host->second, caller, fd);
        if (second) {
            return vfio_host_device_ioctl(second, caller, cmd, arg);
        }
        *through = true;
        return 0;
    }
}

/* Trapped only to be counted: the memory is the device. */
static int64_t answer_pread(VfioHost *host, HostCaller *caller,
                            const struct seccomp_data *data, bool *through)
{
    host = function_of(host, caller, data->args[0]);
    if (host) {
        host->stats.bar_reads++;
    }
    *through = true;
    return 0;
}

static int64_t answer_pwrite(VfioHost *host, HostCaller *caller,
                             const struct seccomp_data *data, bool *through)
{
    uint64_t size = data->args[2], offset = data->args[3];
    uint8_t buf[8];
    unsigned region;
    int ret;

    host = function_of(host, caller, data->args[0]);
    if (!host) {
        *through = true;
        return 0;
    }
    if (size == 0 || size > sizeof(buf)) {
        return -EINVAL;
    }
    ret = vfio_host_caller_read(caller, data->args[1], buf, size);
    if (ret) {
        return ret;
    }
    region = (offset >> HOST_REGION_SHIFT) - HOST_REGION_FIRST;
    if (region == VFIO_PCI_CONFIG_REGION_INDEX) {
        return vfio_host_config_write(host, offset, buf, size);
    }
    host->stats.bar_writes += host->config.count_bars;
    if (region == VFIO_PCI_BAR4_REGION_INDEX) {
        *through = true;        /* plain memory */
        return 0;
    }
    return vfio_host_bar_write(host, region, offset, buf, size);
}

static int64_t answer(VfioHost *host, HostCaller *caller,
                      const struct seccomp_data *data, bool *through)
{
    switch (data->nr) {
    case SYS_ioctl:
        return answer_ioctl(host, caller, data, through);
    case SYS_pread64:
        return answer_pread(host, caller, data, through);
    case SYS_pwrite64:
        return answer_pwrite(host, caller, data, through);
    case SYS_openat:
        return vfio_host_open(host, caller, data->args[1], data->args[2],
                              through);
    default:
        *through = true;
        return 0;
    }
}

static void publish(VfioHost *host)
{
    for (; host; host = host->second) {
        vfio_host_function_publish(host);
    }
}

static void serve(VfioHost *host, HostListener *listener)
{
    struct seccomp_notif *req;
    struct seccomp_notif_resp *resp;
    HostCaller caller;
    bool through = false;
    int64_t ret;

    /* The kernel wants them zeroed, and of its own size. */
    if (seccomp_notify_alloc(&req, &resp)) {
        g_error("vfio-host: cannot allocate a notification");
    }
    /* Fails if the call was given up meanwhile; then there is nothing to do. */
    if (seccomp_notify_receive(listener->fd, req) == 0) {
        caller = (HostCaller) {
            .listener = listener, .id = req->id, .tid = req->pid,
        };
        ret = answer(host, &caller, &req->data, &through);
        publish(host);
        resp->id = req->id;
        resp->flags = through ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
        resp->error = !through && ret < 0 ? ret : 0;
        resp->val = !through && ret > 0 ? ret : 0;
        seccomp_notify_respond(listener->fd, resp);
    }
    seccomp_notify_free(req, resp);
}

/* ---- listeners ----------------------------------------------------------- */

static void listener_free(void *opaque)
{
    HostListener *listener = opaque;

    close(listener->fd);
    if (listener->pidfd >= 0) {
        close(listener->pidfd);
    }
    g_free(listener);
}

static void listener_accept(VfioHost *host)
{
    pid_t pid;
    struct iovec iov = { &pid, sizeof(pid) };
    char control[CMSG_SPACE(sizeof(int))];
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof(control),
    };
    struct cmsghdr *cmsg;
    HostListener *listener;

    if (recvmsg(host->launch[0], &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0) {
        return;
    }
    cmsg = CMSG_FIRSTHDR(&msg);
    if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS) {
        return;
    }
    listener = g_new0(HostListener, 1);
    memcpy(&listener->fd, CMSG_DATA(cmsg), sizeof(int));
    listener->pidfd = -1;
    g_ptr_array_add(host->listeners, listener);
}

/* All processes under the filter are gone. */
static void listener_gone(VfioHost *host, HostListener *listener)
{
    if (host->owner == listener || host->listeners->len == 1) {
        vfio_host_device_close(host);
        if (host->second) {
            vfio_host_device_close(host->second);
        }
        vfio_host_legacy_close(host);
        vfio_host_iommufd_close(host);
    }
    g_ptr_array_remove(host->listeners, listener);
}

/* ---- the thread ---------------------------------------------------------- */

static void set_timer(VfioHost *host, int64_t when)
{
    struct itimerspec spec = {
        .it_value = {
            .tv_sec = when / G_USEC_PER_SEC,
            .tv_nsec = when % G_USEC_PER_SEC * 1000,
        },
    };

    timerfd_settime(host->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void gather(VfioHost *host, GArray *fds)
{
    struct pollfd fixed[POLL_LISTENERS] = {
        [POLL_WAKE] = { host->wake[0], POLLIN, 0 },
        [POLL_LAUNCH] = { host->launch[0], POLLIN, 0 },
        [POLL_TIMER] = { host->timer, POLLIN, 0 },
        [POLL_UNMASK] = { host->intx.unmask, POLLIN, 0 },
        [POLL_UNMASK_SECOND] = {
            host->second ? host->second->intx.unmask : -1, POLLIN, 0
        },
    };

    g_array_set_size(fds, 0);
    g_array_append_vals(fds, fixed, POLL_LISTENERS);
    for (guint i = 0; i < host->listeners->len; i++) {
        HostListener *listener = g_ptr_array_index(host->listeners, i);
        struct pollfd pfd = { listener->fd, POLLIN, 0 };

        g_array_append_val(fds, pfd);
    }
}

static void drain(int fd)
{
    char buf[64];

    while (read(fd, buf, sizeof(buf)) > 0) {
        continue;
    }
}

/* Of two times in us; 0 is never. */
static int64_t earlier(int64_t a, int64_t b)
{
    return a && b ? MIN(a, b) : a + b;
}

/* What the functions do by themselves; returns when there is more. */
static int64_t run(VfioHost *host)
{
    int64_t when = 0;

    for (; host; host = host->second) {
        when = earlier(when, earlier(vfio_host_auto_run(host),
                                     vfio_host_intx_auto_run(host)));
    }
    return when;
}

static void dispatch(VfioHost *host, const struct pollfd *fds, guint n)
{
    drain(host->wake[0]);
    drain(host->timer);
    /* The eventfd may have been replaced since; the handler reads for itself */
    if (fds[POLL_UNMASK].revents & POLLIN) {
        vfio_host_intx_unmask_event(host);
    }
    if (fds[POLL_UNMASK_SECOND].revents & POLLIN) {
        vfio_host_intx_unmask_event(host->second);
    }
    /* From the end, since one that is gone leaves the array. */
    for (guint i = n; i-- > POLL_LISTENERS; ) {
        HostListener *listener = g_ptr_array_index(host->listeners,
                                                   i - POLL_LISTENERS);

        if (fds[i].revents & POLLIN) {
            serve(host, listener);
        } else if (fds[i].revents & (POLLHUP | POLLERR | POLLNVAL)) {
            listener_gone(host, listener);
        }
    }
    if (fds[POLL_LAUNCH].revents & POLLIN) {
        listener_accept(host);
    }
    set_timer(host, run(host));
    publish(host);
}

static void lock(VfioHost *host)
{
    g_mutex_lock(&host->lock);
    if (host->second) {
        g_mutex_lock(&host->second->lock);
    }
}

static void unlock(VfioHost *host)
{
    if (host->second) {
        g_mutex_unlock(&host->second->lock);
    }
    g_mutex_unlock(&host->lock);
}

static void *supervise(void *opaque)
{
    VfioHost *host = opaque;
    g_autoptr(GArray) fds = g_array_new(false, false, sizeof(struct pollfd));

    lock(host);
    while (!host->stop) {
        gather(host, fds);
        unlock(host);
        if (poll((struct pollfd *)fds->data, fds->len, -1) < 0 &&
            errno != EINTR) {
            g_error("vfio-host: poll: %s", strerror(errno));
        }
        lock(host);
        dispatch(host, (struct pollfd *)fds->data, fds->len);
    }
    unlock(host);
    return NULL;
}

void vfio_host_supervisor_kick(VfioHost *host)
{
    /* A full pipe will wake it as well. */
    if (write(host->first->wake[1], "", 1) < 0) {
        return;
    }
}

static void must(bool ok, const char *what)
{
    if (!ok) {
        g_error("vfio-host: %s: %s", what, strerror(errno));
    }
}

void vfio_host_supervisor_start(VfioHost *host)
{
    int flags;

    must(pipe2(host->wake, O_CLOEXEC | O_NONBLOCK) == 0, "pipe");
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, host->launch) == 0, "socket");
    flags = fcntl(host->launch[0], F_GETFD);
    fcntl(host->launch[0], F_SETFD, flags | FD_CLOEXEC);
    host->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    must(host->timer >= 0, "timerfd");
    host->listeners = g_ptr_array_new_with_free_func(listener_free);
    host->thread = g_thread_new("vfio-host", supervise, host);
}

void vfio_host_supervisor_stop(VfioHost *host)
{
    g_mutex_lock(&host->lock);
    host->stop = true;
    g_mutex_unlock(&host->lock);
    vfio_host_supervisor_kick(host);
    g_thread_join(host->thread);
    g_ptr_array_free(host->listeners, true);
    close(host->timer);
    for (int i = 0; i < 2; i++) {
        close(host->wake[i]);
        close(host->launch[i]);
    }
}
