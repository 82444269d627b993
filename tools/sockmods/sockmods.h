/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of sockmods share. */
#ifndef SOCKMODS_SOCKMODS_H
#define SOCKMODS_SOCKMODS_H

#include <stdbool.h>

/**
 * struct sockmods_options - the command line, written by opt_main()
 * @json: --json
 * @kernel: --kernel, or NULL: the running one
 */
struct sockmods_options {
	bool json;
	const char *kernel;
};

extern struct sockmods_options sockmods_options;

/* The commands: arguments in, exit code out. */
int status_run(char **args, int count);
int doctor_run(char **args, int count);

#endif
