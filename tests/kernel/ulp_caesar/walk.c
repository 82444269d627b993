// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 600
 *
 * Random walks over loopback (lib/walk.h): LONG=1 makes them half a million
 * steps. `walk SEED [STEPS]` walks again.
 */
#include "check.h"
#include "walk.h"

static const struct walk walks[] = {
	{ .way = &way_plain, .ulp_a = true, .ulp_b = true },
	{ .way = &way_plain6, .ulp_a = true, .ulp_b = true },
	{ .way = &way_plain_mapped, .ulp_a = true, .ulp_b = true },
	/* Key 0 at one end: the other is plain TCP. */
	{ .way = &way_plain, .ulp_a = true },
	{ .way = &walk_to_target, .ulp_a = true },
	{ .way = &walk_targets },
	/* The measure: plain TCP passes the same walk. */
	{ .way = &way_plain },
};

/* Of 1000 steps, how many go to each. */
static const long share[] = { 300, 200, 150, 100, 150, 50, 50 };

static void test_walk(void **state)
{
	const struct walk *w = *state;
	struct walk walk = *w;

	walk.steps = walk_steps(500 * share[w - walks], 60 * share[w - walks]);
	walk_run(&walk);
}

static int over(void **state)
{
	(void)state;
	way_rules_end();
	return 0;
}

int main(int argc, char **argv)
{
#define T(n) { "walk_" #n, test_walk, NULL, over, (void *)&walks[n] }
	const struct CMUnitTest tests[] = { T(0), T(1), T(2), T(3),
					    T(4), T(5), T(6) };

	setvbuf(stdout, NULL, _IOLBF, 0);
	walk_arguments(argc, argv);
	own_network();
	return check_run(tests);
}
