// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of one kind failing in turn: the first one, then the second,
 * until a step has gone through without meeting the one that would have failed.
 *
 * Which one fails is told in two ways: the Nth of this task (fault-injection.rst:
 * fail-nth), and, as tasks don't count what is done for them in softirqs and by
 * workers, the one by which so much has been allocated below the module's
 * functions, whoever runs them.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exercise.h"
#include "faults.h"
#include "module.h"

/*
 * A module's own allocations are among the last of loading it, after the kernel's
 * for its memory and its symbols. LONG=1 (that is SCALE=1) has all of them fail.
 */
#define LOAD_LAST 30

/* More faults than this in one step: it doesn't end. */
#define MANY 20000

/* How many of a step's, at most, in whatever context; where all have to be tried. */
#define ANYWHERE 4
#define ANYWHERE_IN_FULL 100

/* As much as never is allocated. */
#define NO_END (1U << 30)

static int nth_fd = -1;
static int tests;
static bool any_failed;
static const char *kind;

/*
 * How steps ended in which an allocation failed: with these errnos, with which the
 * kernel says that there is no memory (socket(2), unix(7), netlink(7)), or as if
 * nothing had been.
 */
static struct {
	int err;
	const char *name;
	unsigned int count;
} ends[] = {
	{ ENOMEM, "ENOMEM", 0 },
	{ ENOBUFS, "ENOBUFS", 0 },
	{ ENFILE, "ENFILE", 0 },
	{ 0, "well", 0 },
};

static bool fault_set(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(nth_fd, text, len, 0) == len;
}

/* What is left to count down: 0 when a fault was injected. */
static unsigned int fault_left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return strtoul(text, NULL, 10);
}

/* Is that one of the ends that a step may come to? Counts it. */
static bool documented(int err)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (err == -ends[i].err) {
			ends[i].count++;
			return true;
		}
	}
	return false;
}

/* CONTEXT: "", or what is said behind the name. */
static void result(bool good, const char *name, const char *context,
		   unsigned int n, const char *why, int err)
{
	printf("%sok %d - %s%s: %u %s allocations failed in turn\n",
	       good ? "" : "not ", ++tests, name, context, n, kind);
	if (!good) {
		printf("# %s: %s\n", why, err ? strerror(-err) : "success");
		any_failed = true;
	}
}

/*
 * What came of a step with a fault, its Nth: false, and said, when it was wrong.
 * Without faults it must then work.
 */
static bool judge(const char *name, const char *context, unsigned int n,
		  unsigned int failed, int err, int (*run)(void))
{
	if (!documented(err)) {
		printf("# with allocation %u failing\n", n);
		result(false, name, context, failed, "not a documented errno",
		       err);
		return false;
	}
	err = run();
	if (err) {
		printf("# after allocation %u had failed\n", n);
		result(false, name, context, failed, "a clean retry", err);
		return false;
	}
	return true;
}

/* SCALE=1 has everything tried. */
static bool in_full(void)
{
	const char *scale = getenv("SCALE");

	return scale && !strcmp(scale, "1");
}

/*
 * Runs a step with the FIRST allocation failing, then the one STRIDE later...
 * Returns how many failed.
 */
static unsigned int in_turn(const char *name, const char *context,
			    int (*run)(void), unsigned int first,
			    unsigned int stride)
{
	unsigned int n, left, failed = 0;
	int err;

	for (n = first; n < MANY; n += stride, failed++) {
		if (!fault_set(n)) {
			result(false, name, context, failed, "fail-nth",
			       -errno);
			return 0;
		}
		err = run();
		left = fault_left();
		fault_set(0);
		if (left) {
			/* None failed: the step as it is. */
			result(!err, name, context, failed, "at the end", err);
			return failed;
		}
		if (!judge(name, context, n, failed, err, run))
			return failed;
	}
	result(false, name, context, failed, "no end to it", 0);
	return failed;
}

/*
 * The same for what is allocated below the module's functions in whatever context:
 * in so many places, evenly over the step, as its amounts and not its number can
 * be counted.
 */
static unsigned int anywhere(const char *name, int (*run)(void))
{
	static const char context[] = ", in any context";
	unsigned int places = in_full() ? ANYWHERE_IN_FULL : ANYWHERE;
	unsigned int at, left, stride, failed = 0;
	bool met;
	int err = faults_after(NO_END);

	if (!err)
		err = run();
	met = faults_met(&left);
	faults_after(0);
	if (err || met || left > NO_END) {
		result(false, name, context, 0, "before any fault", err);
		return 0;
	}
	stride = (NO_END - left) / places + 1;
	for (at = 1; failed < 4 * places; at += stride, failed++) {
		err = faults_after(at);
		if (err) {
			result(false, name, context, failed, "space", err);
			return failed;
		}
		err = run();
		met = faults_met(&left);
		faults_after(0);
		if (!met) {
			result(!err, name, context, failed, "at the end", err);
			return failed;
		}
		if (!judge(name, context, at, failed, err, run))
			return failed;
	}
	result(false, name, context, failed, "no end to it", 0);
	return failed;
}

static int home = -1;

static int netns(void)
{
	int err = unshare(CLONE_NEWNET) ? -errno : 0;

	/*
	 * Back, if it was left: the new one goes with its last user. Going back
	 * allocates too, and may be what met the fault, which comes once.
	 */
	if (!err && setns(home, CLONE_NEWNET)) {
		err = -errno;
		if (setns(home, CLONE_NEWNET))
			err = -EBADMSG;
	}
	return err;
}

/* The first allocation of a step to fail, when the last ones are to. */
static unsigned int only_last(unsigned int last, int (*run)(void))
{
	unsigned int n;

	if (in_full())
		return 1;
	/* The first time makes what is made only once. */
	run();
	/* Counts down from more than there are. */
	fault_set(MANY);
	run();
	n = MANY - fault_left();
	fault_set(0);
	return n > last ? n - last : 1;
}

static char ko[512];
static const char *module;
static const char *params = "";

static int load_module(void)
{
	int fd = open(ko, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

static int load(void)
{
	int err = load_module();

	if (!err && module_unload_soon(module))
		err = -EBADMSG;
	return err;
}

static bool find_module(const struct exercise *x)
{
	char command[128];
	FILE *p;

	module = x->module;
	snprintf(command, sizeof(command), "modinfo -F filename %s", module);
	p = popen(command, "r");
	if (!p || !fgets(ko, sizeof(ko), p))
		ko[0] = '\0';
	if (p)
		pclose(p);
	ko[strcspn(ko, "\n")] = '\0';
	return ko[0];
}

/*
 * Memory that malloc() has is given back to nobody, and there is enough: so the
 * allocations that fail are of what a step does, not of this program's pages.
 */
static void keep_memory(void)
{
	enum { ENOUGH = 4 << 20 };
	char *p;

	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, 2 * ENOUGH);
	p = malloc(ENOUGH);
	if (p)
		explicit_bzero(p, ENOUGH);
	free(p);
}

/*
 * Each step in its turn: all that it has allocated, then, where of that only some
 * fails, what the module has, then that in whatever context.
 */
static unsigned int all_of(const struct exercise_step *steps, size_t count,
			   unsigned int stride)
{
	unsigned int all = 0;
	size_t i;
	int err;

	for (i = 0; i < count; i++) {
		const char *name = steps[i].name;
		int (*run)(void) = steps[i].run;

		/* Once, so that what is made only once is there. */
		err = run();
		if (err) {
			result(false, name, "", 0, "before any fault", err);
			continue;
		}
		all += in_turn(name, "", run, 1, stride);
		err = faults_beneath(module);
		if (err) {
			result(false, name, "", 0, "which functions", err);
			return 0;
		}
		if (stride > 1)
			all += in_turn(name, ", the module's own", run, 1, 1);
		all += anywhere(name, run);
		faults_beneath(NULL);
	}
	return all;
}

/*
 * A new network namespace makes a thousand allocations, each of which costs a
 * namespace taken down again: those that the module makes, or with SCALE=1 all.
 */
static unsigned int namespaces(const struct exercise *x, const char *with)
{
	static const char name[] = "a network namespace";
	unsigned int failed;
	int err;

	if (!x->pernet && !in_full())
		return 0;
	/* The first time makes what is made only once. */
	err = netns();
	if (!err && !in_full())
		err = faults_beneath(module);
	if (err) {
		result(false, name, with, 0, "before any fault", err);
		return 0;
	}
	failed = in_turn(name, with, netns, 1, 1);
	faults_beneath(NULL);
	return failed;
}

/* What the module does and allocates by itself: for a namespace, and loaded. */
static unsigned int by_itself(const struct exercise *x, const char *with)
{
	unsigned int all = namespaces(x, with);

	if (module_unload_soon(module)) {
		result(false, "unloading", with, 0, "afterwards", -errno);
		return 0;
	}
	return all +
	       in_turn("loading", with, load, only_last(LOAD_LAST, load), 1);
}

static unsigned int more(const struct exercise *x, unsigned int stride)
{
	unsigned int all;
	char with[64];
	int err;

	params = x->params;
	snprintf(with, sizeof(with), " with %s", params);
	err = load_module();
	if (!err)
		err = faults_caches();
	if (err) {
		result(false, "loading", with, 0, "before any fault", err);
		return 0;
	}
	all = all_of(x->more, x->more_count, stride);
	return all + by_itself(x, with);
}

int exercise_faults(const struct exercise *x, const char *which)
{
	unsigned int all, stride = x->stride;
	size_t i;
	int err;

	kind = which;
	for (i = 0; i < 2 && strcmp(which, fault_kinds[i]); i++)
		;
	if (i == 2) {
		fprintf(stderr, "%s: no such kind of allocation\n", which);
		return 2;
	}
	if (!stride || in_full())
		stride = 1;
	keep_memory();
	err = faults_of(i);
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (err || nth_fd < 0 || home < 0 || !find_module(x)) {
		printf("Bail out! this kernel injects no faults, or has no %s\n",
		       x->module);
		return 1;
	}
	all = all_of(x->steps, x->count, stride);
	all += by_itself(x, "");
	if (x->params)
		all += more(x, stride);
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		printf("# ended %s: %u\n", ends[i].name, ends[i].count);
	tests++;
	printf("%sok %d - %u %s allocations failed in all\n", all ? "" : "not ",
	       tests, all, kind);
	printf("1..%d\n", tests);
	return any_failed || !all;
}
