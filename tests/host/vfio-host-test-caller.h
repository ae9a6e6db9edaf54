/*
 * A process that does what a QEMU would, one system call at a time
 *
 * The unit test runs itself under the VFIO host's filter as this process, and
 * tells it over a socket which call to make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_TEST_CALLER_H
#define TESTS_HOST_VFIO_HOST_TEST_CALLER_H

#include "vfio-host.h"

typedef struct Caller Caller;

/** Be the process if this is one; call first in main(), after the launcher. */
void caller_main(int argc, char **argv);

/** Start it under @host. */
Caller *caller_new(VfioHost *host);
void caller_free(Caller *caller);

/* All return the call's result or -errno. */

int caller_eventfd(Caller *caller);
/** Events since the last look; waits a little for the first if @wait. */
int caller_events(Caller *caller, int eventfd, bool wait);
int caller_signal(Caller *caller, int eventfd);
int caller_close(Caller *caller, int fd);
/** @buf is given to the ioctl and holds what it made of it. */
int caller_ioctl(Caller *caller, int fd, unsigned cmd, void *buf, size_t len);
/** An ioctl whose argument is a number (or an address that nobody has). */
int caller_ioctl_value(Caller *caller, int fd, unsigned cmd, uint64_t value);
int caller_open(Caller *caller, const char *path);
int caller_pread(Caller *caller, int fd, void *buf, size_t len, uint64_t at);
int caller_pwrite(Caller *caller, int fd, const void *buf, size_t len,
                  uint64_t at);

#endif /* TESTS_HOST_VFIO_HOST_TEST_CALLER_H */
