// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 200
 *
 * No handler sleeps for room. While two programs try again and again to publish
 * to a subscriber that never reads, others are served as before: genetlink holds
 * one lock around every handler, which loading a family needs alone.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"
#include "module.h"

enum { LOOKUPS = 100, LOADS = 3 };

static unsigned int *tries;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* As a library does that was told to wait for room, but without any pause. */
static void insist(uint32_t port)
{
	static struct nb b;
	struct nb_result r;

	if (nb_open(&b, 0))
		_exit(1);
	for (;;) {
		if (nb_publish_echo(&b, "t", "x", 1, NB_HOLD, &port, 1, &r) ||
		    r.full != 1 || r.delivered)
			_exit(2);
		__atomic_add_fetch(tries, 1, __ATOMIC_RELAXED);
	}
}

/* The longest that a bystander waits for what everybody may ask. */
static double lookup(void)
{
	static struct nl_sock s;
	double longest = 0, start;
	int i;

	assert_int_equal(nl_open(&s, NULL), 0);
	for (i = 0; i < LOOKUPS; i++) {
		start = now();
		assert_int_equal(nl_lookup(&s, NLBROKER_GENL_NAME), 0);
		if (now() - start > longest)
			longest = now() - start;
	}
	nl_close(&s);
	return longest;
}

/* The longest that it takes to register a family and to take it away. */
static double load(void)
{
	double longest = 0, start;
	int i;

	for (i = 0; i < LOADS; i++) {
		start = now();
		must("modprobe genl_echo");
		assert_int_equal(module_unload_soon("genl_echo"), 0);
		if (now() - start > longest)
			longest = now() - start;
	}
	return longest;
}

static void test_bystander(void **state)
{
	double lookup_before, lookup_during, load_before, load_during;
	struct nb_result r = { .full = 0 };
	int i, status;
	pid_t pids[2];
	struct nb sub;

	(void)state;
	tries = mmap(NULL, sizeof(*tries), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(tries != MAP_FAILED);
	if (module_loaded("genl_echo"))
		assert_int_equal(module_unload_soon("genl_echo"), 0);
	assert_int_equal(nb_open(&sub, 0), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	lookup_before = lookup();
	load_before = load();

	while (!r.full) {
		struct nb b;

		assert_int_equal(nb_open(&b, 0), 0);
		assert_int_equal(nb_publish_echo(&b, "t", "x", 1, NB_HOLD, NULL,
						 0, &r),
				 0);
		nb_close(&b);
	}
	for (i = 0; i < 2; i++) {
		pids[i] = nb_fork();
		if (!pids[i])
			insist(sub.s.portid);
	}
	while (__atomic_load_n(tries, __ATOMIC_RELAXED) < 10)
		usleep(1000);
	lookup_during = lookup();
	load_during = load();
	print_message(
		"# lookup: %.1f ms before, %.1f ms during; load: %.0f, %.0f\n",
		lookup_before * 1e3, lookup_during * 1e3, load_before * 1e3,
		load_during * 1e3);
	print_message("# %u tries\n", *tries);
	for (i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, WNOHANG), 0);
		kill(pids[i], SIGKILL);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
	}
	nb_close(&sub);

	/* Three compete for two processors; nobody waits for a reader. */
	assert_true(lookup_during < 1 + 10 * lookup_before);
	assert_true(load_during < 2 + 5 * load_before);
}

int main(void)
{
	const struct CMUnitTest bystander[] = {
		cmocka_unit_test(test_bystander),
	};

	return check_run(bystander);
}
