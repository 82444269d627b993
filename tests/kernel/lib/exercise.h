/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module's exercise program: everything that can be done with it, once. The
 * tests in tests/kernel/common run it on every module that has one: while
 * allocations fail, while the module comes and goes, in network namespaces that
 * are taken away.
 */
#ifndef TESTS_KERNEL_EXERCISE_H
#define TESTS_KERNEL_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct exercise_step - one thing that can be done
 * @name: what, in a few words
 * @run: does it from nothing, checks the outcome, and leaves nothing behind
 *	whether it worked or not. Returns 0, or -errno: the kernel's, or
 *	-EBADMSG when the outcome was wrong.
 *
 * Whatever @run waits for must come within seconds, or be given up with an
 * errno.
 */
struct exercise_step {
	const char *name;
	int (*run)(void);
};

/**
 * struct exercise - a module's exercise program
 * @module: its name
 * @steps: what can be done, in the order in which it is
 * @count: how many
 * @hold: opens one of everything that keeps state in the kernel, and leaves it
 *	open. 0 or -errno.
 * @pernet: its functions allocate something of the slab for each network namespace:
 *	--faults has the making of one fail; SCALE=1 has that of every module
 * @stride: --faults has one of so many allocations fail, where most of them aren't
 *	the module's, and each of those that are made below its functions; 0: each.
 *	SCALE=1 has each of them fail.
 * @params: parameters with which the module can do more; NULL: there are none
 * @more: what that is: done by --faults only, which loads it with them
 * @more_count: how many
 */
struct exercise {
	const char *module;
	const struct exercise_step *steps;
	size_t count;
	int (*hold)(void);
	bool pernet;
	unsigned int stride;
	const char *params;
	const struct exercise_step *more;
	size_t more_count;
};

/**
 * exercise_main() - what main() calls
 * @argc: as main() has it
 * @argv: as main() has it; see usage() in exercise.c
 * @x: the exercise
 *
 * Return: the exit code.
 */
int exercise_main(int argc, char **argv, const struct exercise *x);

/**
 * exercise_errno() - errno of a call that may have to find a port
 *
 * Return: -errno, but -ENOMEM where it says that there is no port: so says the
 * kernel when it has no memory for one.
 */
int exercise_errno(void);

/**
 * exercise_all() - judge a call that does all or fails
 * @n: what it returned
 * @len: all
 *
 * Fewer than all leave errno as an earlier call set it: it says nothing then.
 *
 * Return: 0, -errno if it failed, -EBADMSG if there were fewer.
 */
int exercise_all(ssize_t n, size_t len);

/**
 * exercise_some() - judge a call of a loop that goes on where it ended
 * @n: what it returned: fewer than asked where there was no memory for more
 *
 * Return: 0, -errno if it failed, -EBADMSG if there was nothing.
 */
int exercise_some(ssize_t n);

/* The other half of --faults: exercise-faults.c. KIND: "slab" or "page". */
int exercise_faults(const struct exercise *x, const char *kind);

#endif
