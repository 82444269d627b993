/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules come and go, and commands are run, by tests in C. */
#ifndef TESTS_KERNEL_MODULE_H
#define TESTS_KERNEL_MODULE_H

#include <stdbool.h>
#include <stddef.h>

bool module_loaded(const char *name);

/* 0 or -errno; never waits. */
int module_unload(const char *name);

/* The last reference can go a moment after the close that drops it. */
int module_unload_soon(const char *name);

/* Runs a command; its output, both kinds, in OUT. Its exit status. */
int run_command(const char *command, char *out, size_t size);

/* Fails the test if the command does. */
void must(const char *command);

#endif
