// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exercise.h"

static int usage(const char *name)
{
	fprintf(stderr,
		"usage: %s            each step once, in TAP\n"
		"       %s --module   print the module's name\n"
		"       %s --faults slab|page   each step with every such allocation failing in turn\n"
		"       %s --hold     open everything, say so, wait until standard input ends\n"
		"       %s --loop S   the steps for S seconds, whatever comes of them\n",
		name, name, name, name, name);
	return 2;
}

static int once(const struct exercise *x)
{
	size_t i;
	int err, rc = 0;

	printf("1..%zu\n", x->count);
	for (i = 0; i < x->count; i++) {
		err = x->steps[i].run();
		printf("%sok %zu - %s\n", err ? "not " : "", i + 1,
		       x->steps[i].name);
		if (err) {
			printf("# %s\n", strerror(-err));
			rc = 1;
		}
	}
	return rc;
}

static int hold(const struct exercise *x)
{
	int err = x->hold();
	char c;

	if (err) {
		printf("not holding: %s\n", strerror(-err));
		return 1;
	}
	puts("holding");
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}

/* Says how often all of it worked, so that a test can see that it did at all. */
static int loop(const struct exercise *x, int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned int good = 0, bad = 0;
	size_t i;

	for (i = 0; time(NULL) < end; i = (i + 1) % x->count) {
		if (x->steps[i].run())
			bad++;
		else
			good++;
	}
	printf("%u worked, %u did not\n", good, bad);
	return 0;
}

int exercise_errno(void)
{
	return errno == EADDRINUSE || errno == EADDRNOTAVAIL ? -ENOMEM : -errno;
}

int exercise_all(ssize_t n, size_t len)
{
	return n < 0 ? exercise_errno() : (size_t)n == len ? 0 : -EBADMSG;
}

int exercise_some(ssize_t n)
{
	return n < 0 ? exercise_errno() : n ? 0 : -EBADMSG;
}

int exercise_main(int argc, char **argv, const struct exercise *x)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1)
		return once(x);
	if (argc == 3 && !strcmp(argv[1], "--faults"))
		return exercise_faults(x, argv[2]);
	if (argc == 2 && !strcmp(argv[1], "--hold"))
		return hold(x);
	if (argc == 3 && !strcmp(argv[1], "--loop"))
		return loop(x, atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "--module")) {
		puts(x->module);
		return 0;
	}
	return usage(argv[0]);
}
