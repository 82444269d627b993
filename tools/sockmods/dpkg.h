/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian's list of packages, read as dpkg keeps it. */
#ifndef SOCKMODS_DPKG_H
#define SOCKMODS_DPKG_H

#include <stdbool.h>
#include <stddef.h>

#include "driver.h"

/**
 * struct dpkg_package - a package that is known
 * @name: its name
 * @state: "installed", "half-configured", "config-files"...
 * @broken: it has to be installed anew ("reinstreq")
 * @version: its version
 * @depends: what it depends on, as it is written
 */
struct dpkg_package {
	char name[128];
	char state[32];
	bool broken;
	char version[128];
	char depends[512];
};

/**
 * struct dpkg - all of them
 * @package: the packages
 * @count: how many; 0 where there is no dpkg
 */
struct dpkg {
	struct dpkg_package *package;
	size_t count;
};

/**
 * dpkg_read() - read the packages of a kind
 * @query: has the root
 * @want: which ones: what their names begin with, NULL after the last
 * @dpkg: the packages, for dpkg_free()
 */
void dpkg_read(const struct driver_query *query, const char *const *want,
	       struct dpkg *dpkg);

/**
 * dpkg_find() - look a package up
 * @dpkg: the packages
 * @name: its name
 *
 * Return: the package, or NULL.
 */
const struct dpkg_package *dpkg_find(const struct dpkg *dpkg, const char *name);

/**
 * dpkg_installed() - is a package there?
 * @package: the package, or NULL
 *
 * Return: true if its files are there, configured or not.
 */
bool dpkg_installed(const struct dpkg_package *package);

/**
 * dpkg_free() - free what dpkg_read() has read
 * @dpkg: the packages
 */
void dpkg_free(struct dpkg *dpkg);

#endif
