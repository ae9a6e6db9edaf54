/*
 * vfio-host: drive the device by hand while QEMU runs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_CONTROL_H
#define TESTS_HOST_VFIO_HOST_CONTROL_H

#include "vfio-host.h"

typedef struct Control Control;

/** Serve commands on a socket made at @path; NULL with errno set. */
Control *control_start(VfioHost *host, const char *path);
void control_stop(Control *control);

/** Send one command, print the answer; the exit status. */
int control_send(const char *path, char **words);

/**
 * A fault as the user writes it, CALL[:SKIP[:COUNT[:ERRNO]]]
 *
 * Set if @host is not NULL.  Returns what is wrong, to be freed, or NULL.
 */
char *control_fault(VfioHost *host, const char *fault);

#endif /* TESTS_HOST_VFIO_HOST_CONTROL_H */
