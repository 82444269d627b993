/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DKMS has logged of building. */
#ifndef SOCKMODS_DRIVER_LOG_H
#define SOCKMODS_DRIVER_LOG_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "driver.h"

/**
 * struct driver_log - a log that DKMS has left
 * @path: the file, without the root
 * @kernel: the kernel it is about, or empty when it doesn't say
 * @error: its first error, or empty
 * @stale: why it tells nothing of today's sources and the kernel in question, a
 *	sentence; or empty
 * @time: when it was written
 */
struct driver_log {
	char path[256];
	char kernel[65];
	char error[256];
	char stale[160];
	time_t time;
};

/**
 * driver_log() - find the last log of building for a kernel
 * @query: has the root
 * @package: of which version's sources
 * @release: as uname -r
 * @log: the log
 *
 * DKMS leaves it in the folder where it has built; after success, it moves it to
 * a folder of that kernel. So the first is the only one that can tell of a
 * failure. Where there is none that fits, another kernel's or another version's
 * may still tell something, and is stale.
 *
 * Return: true if there is one.
 */
bool driver_log(const struct driver_query *query, const char *package,
		const char *release, struct driver_log *log);

/**
 * driver_log_error() - find the first error in a log
 * @f: the log, read from where it is
 * @error: the error, made fit for a terminal; or empty
 * @size: bytes there
 */
void driver_log_error(FILE *f, char *error, int size);

#endif
