/*
 * VFIO host: the launcher
 *
 * A seccomp filter can only be installed by the process that it shall bind, so
 * the program that uses the library starts itself once more for that.  The
 * launcher installs the filter, sends the listener to the supervisor over an
 * inherited socket and becomes QEMU under the same process number.
 *
 * The filter is written with libseccomp but loaded by hand: libseccomp before
 * 2.6 cannot ask for WAIT_KILLABLE_RECV, without which a signal (KVM kicks its
 * vCPU threads by one) makes the kernel start a call again that we have served.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vfio-host-private.h"

#define FILTER_FLAGS (SECCOMP_FILTER_FLAG_NEW_LISTENER | \
                      SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)

/* ---- the filter ---------------------------------------------------------- */

static int trap_ioctl(scmp_filter_ctx ctx, uint64_t mask, uint64_t cmd)
{
    return seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(ioctl), 1,
                            SCMP_A1(SCMP_CMP_MASKED_EQ, mask, cmd));
}

static int trap_region(scmp_filter_ctx ctx, int call, unsigned region)
{
    return seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, call, 1,
                            SCMP_A3(SCMP_CMP_MASKED_EQ, HOST_REGION_MASK,
                                    HOST_REGION_OFFSET(region)));
}

static int trap_region_write(scmp_filter_ctx ctx, unsigned region)
{
    return trap_region(ctx, SCMP_SYS(pwrite64), region);
}

static int trap_region_read(scmp_filter_ctx ctx, unsigned region)
{
    return trap_region(ctx, SCMP_SYS(pread64), region);
}

static int filter_rules(scmp_filter_ctx ctx, unsigned traps)
{
    int ret = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

    ret = ret ?: trap_ioctl(ctx, 0xff00, VFIO_TYPE << 8);
    ret = ret ?: trap_ioctl(ctx, UINT32_MAX, KVM_SET_DEVICE_ATTR);
    ret = ret ?: trap_region_write(ctx, VFIO_PCI_CONFIG_REGION_INDEX);
    ret = ret ?: trap_region_write(ctx, VFIO_PCI_BAR0_REGION_INDEX);
    ret = ret ?: trap_region_write(ctx, VFIO_PCI_BAR2_REGION_INDEX);
    if (traps & HOST_TRAP_OPEN) {
        /* All that opens /dev/vfio does so for reading and writing. */
        ret = ret ?: seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(openat),
                                      1, SCMP_A2(SCMP_CMP_MASKED_EQ,
                                                 O_ACCMODE, O_RDWR));
    }
    if (traps & HOST_TRAP_KVM) {
        ret = ret ?: trap_ioctl(ctx, UINT32_MAX, KVM_IRQFD);
        ret = ret ?: trap_ioctl(ctx, UINT32_MAX, KVM_SET_GSI_ROUTING);
    }
    if (traps & HOST_TRAP_KVM_CAP) {
        ret = ret ?: seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(ioctl), 2,
                                      SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX,
                                              KVM_CHECK_EXTENSION),
                                      SCMP_A2(SCMP_CMP_EQ,
                                              KVM_CAP_IRQ_ROUTING));
    }
    if (traps & HOST_TRAP_BARS) {
        ret = ret ?: trap_region_read(ctx, VFIO_PCI_BAR0_REGION_INDEX);
        ret = ret ?: trap_region_read(ctx, VFIO_PCI_BAR2_REGION_INDEX);
        ret = ret ?: trap_region_read(ctx, VFIO_PCI_BAR4_REGION_INDEX);
        ret = ret ?: trap_region_write(ctx, VFIO_PCI_BAR4_REGION_INDEX);
    }
    return ret;
}

/* Returns the listener, or -errno. */
static int filter_install(unsigned traps)
{
    struct sock_filter code[512];
    struct sock_fprog program = { .filter = code };
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    int fd = memfd_create("vfio-host-filter", MFD_CLOEXEC);
    int ret = ctx && fd >= 0 ? filter_rules(ctx, traps) : -ENOMEM;
    ssize_t size;

    ret = ret ?: seccomp_export_bpf(ctx, fd);
    seccomp_release(ctx);
    if (ret) {
        return ret;
    }
    size = pread(fd, code, sizeof(code), 0);
    close(fd);
    program.len = size / sizeof(code[0]);
    if (size <= 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        return -EIO;
    }
    fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAGS, &program);
    return fd < 0 ? -errno : fd;
}

/* ---- the launcher -------------------------------------------------------- */

static int send_listener(int sock, int listener)
{
    pid_t pid = getpid();
    struct iovec iov = { &pid, sizeof(pid) };
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof(control),
    };
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &listener, sizeof(int));
    return sendmsg(sock, &msg, MSG_NOSIGNAL) == sizeof(pid) ? 0 : -errno;
}

static G_GNUC_NORETURN void launcher_fail(const char *what, int ret)
{
    fprintf(stderr, "vfio-host: %s: %s\n", what, strerror(-ret));
    exit(127);
}

/* argv: program, HOST_LAUNCHER_ARG, socket, traps, QEMU, its arguments... */
void vfio_host_launcher_main(int argc, char **argv)
{
    int sock, listener, ret;

    if (argc < 5 || strcmp(argv[1], HOST_LAUNCHER_ARG) != 0) {
        return;
    }
    sock = atoi(argv[2]);
    listener = filter_install(strtoul(argv[3], NULL, 0));
    if (listener < 0) {
        launcher_fail("cannot install the seccomp filter", listener);
    }
    ret = send_listener(sock, listener);
    if (ret) {
        launcher_fail("the VFIO host is gone", ret);
    }
    close(listener);
    close(sock);
    execvp(argv[4], argv + 4);
    launcher_fail(argv[4], -errno);
}

/* ---- can this system do it? ---------------------------------------------- */

/* In a child: what the launcher needs, without what might allocate. */
static int probe_filter(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { .len = 1, .filter = &allow };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        return 1;
    }
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FILTER_FLAGS,
                   &program) < 0;
}

static bool probe_child(pid_t pid)
{
    static const char word[] = "vfio";
    char copy[sizeof(word)];
    struct iovec local = { copy, sizeof(copy) };
    struct iovec remote = { (void *)word, sizeof(word) };
    int pidfd = syscall(SYS_pidfd_open, pid, 0);
    int fd = pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
    bool ok = fd >= 0 || errno == EBADF;

    if (fd >= 0) {
        close(fd);
    }
    if (pidfd >= 0) {
        close(pidfd);
    }
    return ok &&
        process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof(word);
}

static const char *probe(void)
{
    int gate[2], status = 0;
    bool access;
    char c;
    pid_t pid;

    if (pipe(gate)) {
        return "no pipe";
    }
    pid = fork();
    if (pid == 0) {
        close(gate[1]);
        _exit(read(gate[0], &c, 1) < 0 || probe_filter());
    }
    close(gate[0]);
    access = pid > 0 && probe_child(pid);
    close(gate[1]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        return "cannot start a process";
    }
    if (status) {
        return "the kernel or a sandbox refuses a seccomp listener with "
               "WAIT_KILLABLE_RECV (Linux 5.19)";
    }
    return access ? NULL : "the kernel or a sandbox refuses pidfd_getfd or "
                           "process_vm_readv on a child";
}

const char *vfio_host_unavailable(void)
{
    static gsize once;
    static const char *reason;

    if (g_once_init_enter(&once)) {
        reason = probe();
        g_once_init_leave(&once, 1);
    }
    return reason;
}
