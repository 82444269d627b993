/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DKMS was given to build, and for which kernels it does. */
#ifndef SOCKMODS_DRIVER_BUILD_H
#define SOCKMODS_DRIVER_BUILD_H

#include <stdbool.h>

#include "driver.h"

/**
 * struct driver_conf - what dkms.conf of the installed sources says
 * @package: version of the sources, or empty when there are none
 * @major: oldest kernel that the drivers are built for
 * @minor: the rest of that
 * @options: the kernel's options that they need, with a blank between
 */
struct driver_conf {
	char package[64];
	unsigned int major;
	unsigned int minor;
	char options[256];
};

/**
 * driver_conf() - read dkms.conf of the newest installed sources
 * @query: has the root
 * @conf: what it says; what it doesn't say is what this version's would
 */
void driver_conf(const struct driver_query *query, struct driver_conf *conf);

/**
 * driver_too_old() - is a kernel older than the drivers support?
 * @conf: says which are
 * @release: as uname -r
 *
 * Return: true if it is.
 */
bool driver_too_old(const struct driver_conf *conf, const char *release);

/**
 * driver_lacks() - which options does a kernel lack?
 * @query: has the root
 * @conf: says which are needed
 * @release: as uname -r
 * @missing: the options, with a blank between
 * @size: bytes there
 *
 * Return: true if any is missing; false also when the kernel's configuration
 * can't be read.
 */
bool driver_lacks(const struct driver_query *query,
		  const struct driver_conf *conf, const char *release,
		  char *missing, int size);

#endif
