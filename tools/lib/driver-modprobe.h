/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of modprobe.d that keep a module away. libkmod obeys them, and doesn't
 * say where they are.
 */
#ifndef SOCKMODS_DRIVER_MODPROBE_H
#define SOCKMODS_DRIVER_MODPROBE_H

#include "driver.h"

#define DRIVER_MODPROBE_DIRS 5

/** driver_modprobe_dirs - where modprobe looks for them. */
extern const char *const driver_modprobe_dirs[DRIVER_MODPROBE_DIRS];

/**
 * driver_modprobe() - find the first line about a module
 * @query: has the root and the module
 * @word: what the line begins with, "install" or "blacklist"
 * @path: the file
 * @size: bytes there
 *
 * Return: number of the line, from 1; or 0 when there is none (the kernel's
 * command line can forbid a module too).
 */
int driver_modprobe(const struct driver_query *query, const char *word,
		    char *path, size_t size);

#endif
