// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * What holds the module, and for how long: each thing that refers to it, with
 * nothing else left.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"
#include "module.h"

static uint8_t buf[300000];

static void held(void)
{
	assert_int_equal(module_unload(CAESAR_MODULE), -EWOULDBLOCK);
}

static void test_socket(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		int fd = way_socket(plain_ways[f]), other;

		caesar_give(fd, 1, 2);
		held();
		other = dup(fd);
		close(fd);
		held();
		close(other);
	}
	caesar_unloads();
}

static void test_pair(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		struct way way = *plain_ways[f];
		struct pair p;

		way.a = ATTACH_EARLY;
		way.b = ATTACH_EARLY;
		way.ab = way.ba = 3;
		pair_open(&p, &way);
		held();
		close_hard(p.a);
		p.a = -1;
		held();
		assert_int_equal(recv(p.b, buf, 1, 0), -1);
		assert_int_equal(errno, ECONNRESET);
		held();
		pair_close(&p);
	}
	caesar_unloads();
}

/* The child alone, when its listener is gone. */
static void test_child(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		uint16_t port;
		int listener = way_listen(plain_ways[f], &port), fd, child;

		caesar_give(listener, 4, 4);
		fd = way_connect(plain_ways[f], port);
		held();
		child = way_accept(listener);
		close(listener);
		held();
		caesar_give(fd, 4, 4);
		pass(fd, child, 1000);
		pass(child, fd, 1000);
		close_hard(fd);
		held();
		close_hard(child);
	}
	caesar_unloads();
}

/* Children that nobody accepted: the listener's close ends them with RST. */
static void test_listener_closed_with_children(void **state)
{
	enum { N = 10 };
	size_t f;
	int i;

	(void)state;
	for (f = 0; f < 3; f++) {
		uint16_t port;
		int listener = way_listen(plain_ways[f], &port), fds[N];

		caesar_give(listener, 4, 4);
		for (i = 0; i < N; i++) {
			fds[i] = way_connect(plain_ways[f], port);
			assert_int_equal(send(fds[i], buf, 1000, 0), 1000);
		}
		held();
		close(listener);
		for (i = 0; i < N; i++) {
			assert_int_equal(recv(fds[i], buf, 1, 0), -1);
			assert_int_equal(errno, ECONNRESET);
			close(fds[i]);
		}
	}
	caesar_unloads();
}

/* Some before it attached, some after; closed, attached at the other end too. */
static void test_listener_closed_with_both_kinds(void **state)
{
	size_t f;
	int i;

	(void)state;
	for (f = 0; f < 3; f++) {
		uint16_t port;
		int listener = way_listen(plain_ways[f], &port), fds[8];

		for (i = 0; i < 8; i++) {
			if (i == 4)
				caesar_give(listener, 1, 1);
			fds[i] = way_connect(plain_ways[f], port);
			caesar_give(fds[i], 1, 1);
		}
		close_hard(way_accept(listener));
		close(listener);
		for (i = 0; i < 8; i++)
			close_hard(fds[i]);
	}
	caesar_unloads();
}

/* Runs WHAT in a network namespace of its own, which ends with it. */
static pid_t in_namespace(void (*what)(int ready), int *ready)
{
	int pipes[2];
	pid_t pid;
	char c = 0;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(pipes[0]);
		if (unshare(CLONE_NEWNET) || system("ip link set lo up"))
			_exit(1);
		what(pipes[1]);
		_exit(0);
	}
	close(pipes[1]);
	*ready = pipes[0];
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(c, 'r');
	return pid;
}

static void end_namespace(pid_t pid, int ready)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready);
}

static void ready_and_wait(int ready)
{
	if (write(ready, "r", 1) != 1)
		_exit(1);
	pause();
}

/* A connection that has begun: the listener waits for data before it is made. */
static void half_open(int ready)
{
	uint16_t port;
	int listener = way_listen(&way_plain, &port);

	caesar_give(listener, 1, 1);
	option(listener, SOL_TCP, TCP_DEFER_ACCEPT, 30);
	way_connect(&way_plain, port);
	way_connect(&way_plain, port);
	close(listener);
	ready_and_wait(ready);
}

static void time_wait(int ready)
{
	static const struct way way = { .family = AF_INET6,
					.a = ATTACH_EARLY,
					.b = ATTACH_EARLY };
	struct pair p;

	pair_open(&p, &way);
	close(p.a);
	while (recv(p.b, buf, sizeof(buf), 0) > 0)
		;
	close(p.b);
	usleep(20000);
	ready_and_wait(ready);
}

/* Closed here, and the other end, plain TCP, doesn't close. */
static void fin_wait(int ready)
{
	static const struct way way = { .family = AF_INET, .a = ATTACH_LATE };
	struct pair p;

	pair_open(&p, &way);
	close(p.a);
	usleep(20000);
	ready_and_wait(ready);
}

/* Closed here, with bytes that the other end doesn't read. */
static void unsent(int ready)
{
	static const struct way way = { .family = AF_INET, .a = ATTACH_LATE };
	struct pair p;

	pair_open(&p, &way);
	fcntl(p.a, F_SETFL, O_NONBLOCK);
	while (send(p.a, buf, sizeof(buf), 0) > 0)
		;
	close(p.a);
	ready_and_wait(ready);
}

/* Never accepted, and nobody closes anything. */
static void queued(int ready)
{
	uint16_t port;
	int listener = way_listen(&way_plain6, &port);

	caesar_give(listener, 1, 1);
	way_connect(&way_plain6, port);
	ready_and_wait(ready);
}

static void nobody(void (*what)(int ready))
{
	int ready;
	pid_t pid = in_namespace(what, &ready);

	held();
	usleep(50000);
	held();
	end_namespace(pid, ready);
	caesar_unloads();
}

static void test_half_open(void **state)
{
	(void)state;
	nobody(half_open);
}

static void test_time_wait(void **state)
{
	(void)state;
	nobody(time_wait);
}

static void test_fin_wait(void **state)
{
	(void)state;
	nobody(fin_wait);
}

static void test_unsent(void **state)
{
	(void)state;
	nobody(unsent);
}

static void test_queued(void **state)
{
	(void)state;
	nobody(queued);
}

int main(void)
{
	/* clang-format off */
#define T(name) cmocka_unit_test_setup(test_##name, caesar_modprobe)
	const struct CMUnitTest hold[] = {
		T(socket), T(pair), T(child),
		T(listener_closed_with_children),
		T(listener_closed_with_both_kinds), T(half_open),
		T(time_wait), T(fin_wait), T(unsent),
		T(queued),
	};
	/* clang-format on */

	own_network();
	return check_run(hold);
}
