// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation of this task failing in turn (fault-injection.rst: fail-nth):
 * the first one, then the second, until a step has gone through without meeting
 * the one that would have failed. tests/kernel/common/faults.sh tells the kernel
 * which allocations take part.
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
#include "module.h"

/*
 * A new network namespace makes a thousand allocations, each of which costs a
 * namespace taken down again. Modules set theirs up in the order in which they
 * were loaded: ours are among the last. So are a module's own among those of
 * loading it, after the kernel's for its memory and its symbols. LONG=1 (that is
 * SCALE=1) has all of them fail.
 */
#define NETNS_LAST 32
#define LOAD_LAST 60

/* More faults than this in one step: it doesn't end. */
#define MANY 20000

static int nth_fd = -1;
static int tests;
static bool any_failed;

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

/* The errnos with which the kernel says that it has no memory. */
static bool documented(int err)
{
	return err == -ENOMEM || err == -ENOBUFS || err == -ENFILE;
}

static void result(bool good, const char *name, unsigned int n, const char *why,
		   int err)
{
	printf("%sok %d - %s: %u allocations failed in turn\n",
	       good ? "" : "not ", ++tests, name, n);
	if (!good) {
		printf("# %s: %s\n", why, err ? strerror(-err) : "success");
		any_failed = true;
	}
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
static unsigned int in_turn(const char *name, int (*run)(void),
			    unsigned int first, unsigned int stride)
{
	unsigned int n, left, failed = 0;
	int err;

	for (n = first; n < MANY; n += stride, failed++) {
		if (!fault_set(n)) {
			result(false, name, failed, "fail-nth", -errno);
			return 0;
		}
		err = run();
		left = fault_left();
		fault_set(0);
		if (left) {
			/* None failed: the step as it is. */
			result(!err, name, failed, "at the end", err);
			return failed;
		}
		if (err && !documented(err)) {
			printf("# with allocation %u failing\n", n);
			result(false, name, failed, "not a documented errno",
			       err);
			return failed;
		}
		err = run();
		if (err) {
			printf("# after allocation %u had failed\n", n);
			result(false, name, failed, "a clean retry", err);
			return failed;
		}
	}
	result(false, name, failed, "no end to it", 0);
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

static int load(void)
{
	int fd = open(ko, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
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

int exercise_faults(const struct exercise *x)
{
	unsigned int all = 0, stride = x->stride;
	size_t i;
	int err;

	if (!stride || in_full())
		stride = 1;
	keep_memory();
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (nth_fd < 0 || home < 0 || !find_module(x)) {
		printf("Bail out! this kernel injects no faults, or has no %s\n",
		       x->module);
		return 1;
	}
	for (i = 0; i < x->count; i++) {
		/* Once, so that what is made only once is there. */
		err = x->steps[i].run();
		if (err) {
			result(false, x->steps[i].name, 0, "before any fault",
			       err);
			continue;
		}
		all += in_turn(x->steps[i].name, x->steps[i].run, 1, stride);
	}

	if (x->pernet || in_full())
		all += in_turn("a network namespace", netns,
			       only_last(NETNS_LAST, netns), 1);
	if (module_unload_soon(module))
		result(false, "unloading", 0, "afterwards", -errno);
	else
		all += in_turn("loading", load, only_last(LOAD_LAST, load), 1);
	tests++;
	printf("%sok %d - %u allocations failed in all\n", all ? "" : "not ",
	       tests, all);
	printf("1..%d\n", tests);
	return any_failed || !all;
}
