/*
 * vfio-host: the counters, for people and for programs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_COUNTERS_H
#define TESTS_HOST_VFIO_HOST_COUNTERS_H

#include "vfio-host.h"

/** A table on stdout, with what each counts. */
void counters_print(VfioHost *host);

/** The members of a JSON object; free with g_free(). */
char *counters_json(VfioHost *host);

#endif /* TESTS_HOST_VFIO_HOST_COUNTERS_H */
