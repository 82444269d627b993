/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a machine has of the drivers: on disk for each kernel, and in memory. */
#ifndef SOCKMODS_MACHINE_H
#define SOCKMODS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "driver.h"

/** sockmods_drivers - names of all drivers, NULL after the last. */
extern const char *const sockmods_drivers[];

/**
 * struct machine_loaded - a driver in memory
 * @there: it is loaded
 * @version: what the module says
 * @srcversion: the checksum of its sources
 * @refcnt: how many use it, -1 when it doesn't say
 * @holders: modules that use it, with a blank between
 */
struct machine_loaded {
	bool there;
	char version[64];
	char srcversion[64];
	long refcnt;
	char holders[256];
};

/**
 * struct machine_driver - a driver
 * @name: its name
 * @loaded: what is in memory
 * @on: what is on disk for each kernel, in the order of machine.kernel
 */
struct machine_driver {
	const char *name;
	struct machine_loaded loaded;
	struct driver *on;
};

/**
 * struct machine - all that is known
 * @root: where / is, "" but in tests
 * @privileged: root is looking, who sees all
 * @release: the kernel in question, as uname -r
 * @running: it is the one that runs
 * @kernels: how many there are
 * @kernel: names of the kernels in /lib/modules in the order of their versions,
 *	and machine.release, whether it is there or not
 * @here: index of machine.release
 * @drivers: how many there are
 * @driver: the drivers
 * @package: version of the newest sources that DKMS has been given, or empty
 * @denied: what couldn't be read for lack of permission, or empty
 */
struct machine {
	const char *root;
	bool privileged;
	char release[65];
	bool running;
	size_t kernels;
	char **kernel;
	size_t here;
	size_t drivers;
	struct machine_driver *driver;
	char package[64];
	char denied[256];
};

/**
 * machine_look() - look at a machine
 * @root: where / is, "" but in tests
 * @running: the kernel that runs, as uname -r; NULL: ask it
 * @release: the kernel in question; NULL: the one that runs
 * @drivers: names of drivers, NULL after the last
 *
 * Looks and changes nothing: no module is loaded or unloaded.
 *
 * Return: the machine, for machine_free(); or NULL when there is no such kernel
 * as @release.
 */
struct machine *machine_look(const char *root, const char *running,
			     const char *release, const char *const *drivers);

/**
 * machine_asked() - look at this machine, as the command line has it
 *
 * Return: as machine_look(); what is wrong with --kernel has been said then.
 */
struct machine *machine_asked(void);

/**
 * machine_query() - what to ask about one driver and one kernel
 * @m: the machine
 * @name: the driver
 * @kernel: index in machine.kernel
 *
 * Return: a query for driver_look(), of what is on disk.
 */
struct driver_query machine_query(struct machine *m, const char *name,
				  size_t kernel);

/**
 * machine_built() - is there a module that could be loaded?
 * @driver: what is on disk
 *
 * Return: true if there is, whatever may keep it from being loaded.
 */
static inline bool machine_built(const struct driver *driver)
{
	return driver->path[0];
}

/**
 * machine_runs() - is it the kernel that runs?
 * @m: the machine
 * @kernel: index in machine.kernel
 *
 * Return: true if it is, as far as it is known: the one that runs isn't looked
 * at when another one was asked about.
 */
static inline bool machine_runs(const struct machine *m, size_t kernel)
{
	return m->running && kernel == m->here;
}

/**
 * machine_free() - free what machine_look() has returned
 * @m: the machine
 */
void machine_free(struct machine *m);

#endif
