/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running another program with an object of ours before its C library. */
#ifndef SOCKMODS_PRELOAD_H
#define SOCKMODS_PRELOAD_H

/**
 * preload_env() - set a variable for the program
 * @name: its name
 * @value: its value; NULL: it isn't there
 *
 * Return: EXIT_OK, or EXIT_REFUSED after saying why.
 */
int preload_env(const char *name, const char *value);

/**
 * preload_run() - become the program
 * @installed: the path of the object once it is installed; it is looked for in the
 *	folder ../lib/sockmods beside this program first, where the build puts it
 * @args: the program and its arguments, NULL at the end
 *
 * Return: EXIT_REFUSED when the object can't be used; as env(1), nice(1) and the
 * shell have it, 127 when there is no such program, 126 when it can't be run. What
 * was wrong has been said.
 */
int preload_run(const char *installed, char **args);

#endif
