// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: bullseye bookworm trixie trixie-backports
 * icount: yes
 * timeout: 3000
 *
 * (That is in guest time, which leaps minutes while the guest waits for a disk.)
 *
 * What an operation costs, in instructions (guest time counts them), as a ratio to
 * AF_UNIX in the same program and the same boot: the least of some batches each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

enum { BATCHES = 16 };

static char buf[65536];
static int fd[2], listener, family;
static size_t size;
static struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "\0cost" };
static struct sockaddr_myproto channel;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double least(void (*run)(void), int n)
{
	double best = 0, start, took;
	int b, i;

	for (b = 0; b < BATCHES; b++) {
		start = now();
		for (i = 0; i < n; i++)
			run();
		took = (now() - start) / n;
		if (!b || took < best)
			best = took;
	}
	return best;
}

static void send_recv(void)
{
	if (send(fd[0], buf, size, 0) != (ssize_t)size ||
	    recv(fd[1], buf, size, 0) != (ssize_t)size)
		abort();
}

static void many_recv(void)
{
	int i;

	for (i = 0; i < 16; i++)
		if (send(fd[0], buf, 64, 0) != 64)
			abort();
	if (recv(fd[1], buf, 16 * 64, 0) != 16 * 64)
		abort();
}

static void connect_accept(void)
{
	int c = socket(family, SOCK_STREAM, 0), s;
	int rc;

	if (family == AF_UNIX)
		rc = connect(c, (struct sockaddr *)&path, sizeof(path));
	else
		rc = connect(c, (struct sockaddr *)&channel, sizeof(channel));
	s = accept(listener, NULL, NULL);
	if (rc || s < 0)
		abort();
	close(c);
	close(s);
}

static double pair(int fam, int type, void (*run)(void))
{
	double cost;

	mp_good(socketpair(fam, type, 0, fd));
	cost = least(run, 100);
	close(fd[0]);
	close(fd[1]);
	return cost;
}

static void ratio(const char *what, double a, double b, double max)
{
	print_message("# %s: %.0f to %.0f instructions, %.3f of at most %.2f\n",
		      what, a, b, a / b, max);
	assert_true(a > 0 && b > 0);
	if (a / b > max)
		fail_msg("%s costs %.3f, more than %.2f", what, a / b, max);
}

static void both(const char *what, int type, void (*run)(void), double max)
{
	double theirs = pair(AF_UNIX, type, run);
	double ours = pair(mp_family(), type, run);

	ratio(what, ours, theirs, max);
}

static void test_small(void **state)
{
	(void)state;
	size = 64;
	both("stream, 64 B", SOCK_STREAM, send_recv, 1.0);
	both("seqpacket, 64 B", SOCK_SEQPACKET, send_recv, 1.0);
	both("dgram, 64 B", SOCK_DGRAM, send_recv, 1.0);
}

static void test_page(void **state)
{
	(void)state;
	size = 4096;
	both("stream, 4 KiB", SOCK_STREAM, send_recv, 1.0);
	both("seqpacket, 4 KiB", SOCK_SEQPACKET, send_recv, 1.0);
	both("dgram, 4 KiB", SOCK_DGRAM, send_recv, 1.0);
}

static void test_many(void **state)
{
	(void)state;
	both("stream, 16 writes of 64 B read at once", SOCK_STREAM, many_recv,
	     0.8);
}

static void test_connect(void **state)
{
	double theirs, ours;

	(void)state;
	family = AF_UNIX;
	listener = mp_good(socket(family, SOCK_STREAM, 0));
	mp_good(bind(listener, (struct sockaddr *)&path, sizeof(path)));
	mp_good(listen(listener, 5));
	theirs = least(connect_accept, 50);
	close(listener);

	family = mp_family();
	channel = mp_addr(4242);
	listener = mp_good(mp_listen(SOCK_STREAM, 4242, 5));
	ours = least(connect_accept, 50);
	close(listener);
	ratio("connect, accept, close", ours, theirs, 1.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_connect),
	};

	if (!mp_load()) {
		printf("Bail out! no family\n");
		return 1;
	}
	/* Other kernel threads are busy for a while after boot. */
	sleep(3);
	return check_run(tests);
}
