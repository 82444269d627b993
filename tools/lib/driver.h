/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why isn't a driver there? */
#ifndef SOCKMODS_DRIVER_H
#define SOCKMODS_DRIVER_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** driver_there() - does a path of the query's root exist? As driver_find(). */
#define driver_there(query, ...) driver_find(query, NULL, 0, __VA_ARGS__)

/**
 * enum driver_state - what keeps a driver away, in the order of looking
 * @DRIVER_OLD_KERNEL: the kernel is older than the drivers support
 * @DRIVER_OTHER_NAME: loaded, under another family name (driver.has)
 * @DRIVER_LOADED: loaded; what was asked for should be there
 * @DRIVER_MODULES_GONE: the running kernel has no modules on disk any more
 * @DRIVER_NOT_INSTALLED: no sources for DKMS: the package isn't there
 * @DRIVER_EXCLUDED: DKMS skips this kernel, which lacks an option (driver.has)
 * @DRIVER_NO_HEADERS: not built for this kernel, whose headers aren't there
 * @DRIVER_BUILD_FAILED: DKMS has tried to build it for this kernel, and failed
 * @DRIVER_NOT_BUILT: not built for this kernel, though headers are there
 * @DRIVER_NOT_INDEXED: built, and depmod hasn't run since; or never has
 * @DRIVER_FORBIDDEN: modprobe.d has an install command in its way
 * @DRIVER_BLACKLISTED: modprobe.d keeps it from loading by itself
 * @DRIVER_SIGNATURE: the kernel wants a signature that it knows
 * @DRIVER_FAILED: loading it fails for another reason (driver.error)
 * @DRIVER_NOT_LOADED: built, and nothing is known to be in its way
 * @DRIVER_STARTED: it wasn't loaded; driver_look() has done it
 */
enum driver_state {
	DRIVER_OLD_KERNEL,
	DRIVER_OTHER_NAME,
	DRIVER_LOADED,
	DRIVER_MODULES_GONE,
	DRIVER_NOT_INSTALLED,
	DRIVER_EXCLUDED,
	DRIVER_NO_HEADERS,
	DRIVER_BUILD_FAILED,
	DRIVER_NOT_BUILT,
	DRIVER_NOT_INDEXED,
	DRIVER_FORBIDDEN,
	DRIVER_BLACKLISTED,
	DRIVER_SIGNATURE,
	DRIVER_FAILED,
	DRIVER_NOT_LOADED,
	DRIVER_STARTED,
};

/**
 * struct driver_query - what to look for
 * @module: the module's name
 * @who: what to call it in driver.text: names of several, with commas; NULL for
 *	@module
 * @param: its parameter that has the name it registers, "family"; or NULL
 * @want: what the parameter should be
 * @usual: what it is when nobody sets it
 * @root: where / is, "" but in tests
 * @release: as uname -r, or NULL for the running kernel's
 * @load: whether to load the module when that is all that is missing; done
 *	for root only, and only when @want is @usual. The kernel alone knows
 *	whether it takes a signature.
 * @disk: judge what is on disk, whether it is loaded or not
 * @other: @release isn't the running kernel's; set @disk as well
 * @denied: a path that couldn't be read for lack of permission, the last one; or
 *	NULL
 */
struct driver_query {
	const char *module;
	const char *who;
	const char *param;
	const char *want;
	const char *usual;
	const char *root;
	const char *release;
	bool load;
	bool disk;
	bool other;
	char (*denied)[256];
};

/**
 * struct driver - what was found
 * @state: the first thing that is wrong
 * @error: positive errno of loading it (DRIVER_SIGNATURE, DRIVER_FAILED), or 0
 * @release: as uname -r
 * @path: the module's file, without the root, or empty
 * @version: the version in it, or empty
 * @srcversion: the checksum of its sources in it, or empty
 * @signer: who signed it, or empty
 * @is_signed: it has a signature
 * @package: version of the newest sources that DKMS has been given, or empty
 * @has: the name it is loaded under (DRIVER_OTHER_NAME); the options that the
 *	kernel lacks (DRIVER_EXCLUDED); or empty
 * @text: what is wrong, a sentence
 * @hint: what mends it: a command, or a few words; or empty
 * @fix: what mends it: commands as they are typed, a line each; or empty
 */
struct driver {
	enum driver_state state;
	int error;
	char release[65];
	char path[512];
	char version[64];
	char srcversion[64];
	char signer[128];
	bool is_signed;
	char package[64];
	char has[128];
	char text[1024];
	char hint[512];
	char fix[768];
};

/**
 * driver_look() - find out why a driver isn't there
 * @query: what to look for
 * @driver: what was found
 */
void driver_look(const struct driver_query *query, struct driver *driver);

/**
 * driver_state_name() - a state as a word, for JSON
 * @state: the state
 *
 * Return: "not-built", for example.
 */
const char *driver_state_name(enum driver_state state);

/**
 * driver_explain() - fill in driver.text and driver.hint
 * @query: what was looked for
 * @driver: all else of it set
 *
 * Called by driver_look().
 */
void driver_explain(const struct driver_query *query, struct driver *driver);

/**
 * driver_find() - find a path of the query's root
 * @query: has the root
 * @path: the first that matches, without the root; or NULL
 * @size: bytes there
 * @fmt: printf() format of a pattern for glob()
 *
 * Return: true if anything matches; a dangling link doesn't.
 */
bool driver_find(const struct driver_query *query, char *path, size_t size,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * driver_glob() - find paths of the query's root
 * @query: has the root
 * @g: what was found, with the root in front; globfree() is the caller's
 * @fmt: printf() format of a pattern for glob()
 *
 * Return: true if anything matches (there is something to free then).
 */
bool driver_glob(const struct driver_query *query, glob_t *g, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

/**
 * driver_open() - open a file of the query's root to read it
 * @query: has the root
 * @fmt: printf() format of the path
 *
 * Return: the file, or NULL.
 */
FILE *driver_open(const struct driver_query *query, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * driver_read() - read a small file of the query's root
 * @query: has the root
 * @word: its first line, or empty when there is none
 * @size: bytes there
 * @fmt: printf() format of the path
 */
void driver_read(const struct driver_query *query, char *word, int size,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
