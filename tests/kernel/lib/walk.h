/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random walk: a model of two streams of bytes, and two sockets on which is
 * done, in any order and with any size, what can be done to a connection. Each
 * byte that comes must be the one that the model says.
 */
#ifndef TESTS_KERNEL_WALK_H
#define TESTS_KERNEL_WALK_H

#include <stdbool.h>

#include "caesar.h"

/**
 * struct walk - where it goes
 * @way: what the connections are like; attach times and keys are drawn
 * @ulp_a: the end that connects has the protocol
 * @ulp_b: the end that accepts has it
 * @steps: how many
 * @connect: makes a connection other than over lo; or NULL
 * @slow: bytes may be lost on the way: waiting takes longer
 */
struct walk {
	const struct way *way;
	bool ulp_a, ulp_b;
	long steps;
	void (*connect)(struct pair *p, const struct way *way);
	bool slow;
};

/* An end with the protocol to one with rules, and rules at both ends. */
extern const struct way walk_to_target, walk_targets;

/* Fails the test at the first wrong byte, with what replays the walk. */
void walk_run(const struct walk *w);

/*
 * PROGRAM [SEED [STEPS]], or WALK_SEED and WALK_STEPS in the environment; else
 * another seed each time, which is printed, and the count given: with LONG=1 ALL,
 * otherwise scaled(SOME).
 */
void walk_arguments(int argc, char **argv);
long walk_steps(long all, long some);

#endif
