// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Readers that don't keep up lose what they don't read, and nobody else does;
 * many clients at once, counted to the last one.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include "check.h"
#include "echo.h"

#define NOT_DELIVERED "the reply could not be delivered"

static struct nl_sock sock, other;
static struct nl_msg msg;

/* Each test in a network namespace of its own, so that its counters are 0. */
static int setup(void **state)
{
	int small = 8192;

	(void)state;
	return unshare(CLONE_NEWNET) || nl_open(&sock, GENL_ECHO_GENL_NAME) ||
	       nl_open(&other, GENL_ECHO_GENL_NAME) ||
	       setsockopt(sock.fd, SOL_SOCKET, SO_RCVBUF, &small,
			  sizeof(small));
}

static int teardown(void **state)
{
	(void)state;
	nl_close(&sock);
	nl_close(&other);
	return 0;
}

static void ask(struct nl_sock *s, size_t len)
{
	static uint8_t data[4096];

	nl_begin(s, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put(&msg, GENL_ECHO_A_DATA, data, len);
	assert_int_equal(nl_send(s, &msg), 0);
}

/* 500 requests, not one reply read: ENOBUFS, and the rest is there. */
static void test_never_reads(void **state)
{
	enum { N = 500 };
	const struct nlmsghdr *h;
	struct echo_stats st;
	uint32_t first = sock.seq + 1;
	struct timespec a, b;
	unsigned int got = 0;
	int i;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < N; i++) {
		ask(&sock, 64);
		if (i % 10 == 0)
			echo_works(&other);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 60); /* nobody waited for anybody */

	assert_null(nl_recv(&sock));
	assert_int_equal(errno, ENOBUFS);
	while (!nl_silent(&sock, 100)) {
		h = nl_recv(&sock);
		assert_non_null(h);
		assert_int_equal(h->nlmsg_type, sock.family);
		assert_int_equal(h->nlmsg_seq, first + got);
		got++;
	}
	assert_in_range(got, 1, N - 1);

	/* Having read everything, it is a client like any other. */
	echo_works(&sock);
	echo_stats(&other, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], got + N / 10 + 1);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_OVERRUNS], N - got);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_REFUSED], 0);
}

/*
 * Kernels up to 5.10, and some newer ones, take a message as long as the queue
 * isn't over its limit yet; today one that would take it there is refused.
 */
static bool over_limit(const struct nl_sock *s)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	assert_int_equal(getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len),
			 0);
	return info[SK_MEMINFO_RMEM_ALLOC] > info[SK_MEMINFO_RCVBUF];
}

/*
 * With NETLINK_NO_ENOBUFS a full queue isn't an error of the socket, and a
 * message that still fits is taken: the error that says what was lost. (If
 * the queue is over its limit, nothing fits.)
 */
static void test_told_what_was_lost(void **state)
{
	const struct nlmsghdr *h;
	int i, replies = 0, errors = 0;
	struct nl_error e;
	bool over;

	(void)state;
	assert_int_equal(nl_option(&sock, NETLINK_NO_ENOBUFS, 1), 0);
	assert_int_equal(nl_option(&sock, NETLINK_CAP_ACK, 1), 0);
	for (i = 0; i < 20; i++)
		ask(&sock, 4096);
	over = over_limit(&sock);
	while (!nl_silent(&sock, 100)) {
		h = nl_recv(&sock);
		assert_non_null(h);
		if (!nl_error(h, &e)) {
			replies++;
			continue;
		}
		assert_int_equal(e.error, -EAGAIN);
		assert_non_null(e.text);
		assert_string_equal(e.text, NOT_DELIVERED);
		errors++;
	}
	assert_true(replies > 0);
	assert_int_equal(errors > 0, !over);
	echo_works(&sock);
}

/* A dump isn't lost with a small queue: it goes on when there is room. */
static void test_dump_waits(void **state)
{
	const struct nlmsghdr *h;
	uint32_t i = 0;

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, 5000);
	assert_int_equal(nl_send(&sock, &msg), 0);
	for (;;) {
		h = nl_recv(&sock);
		assert_non_null(h);
		if (h->nlmsg_type == NLMSG_DONE)
			break;
		if (nl_u32(nl_attr(h, GENL_ECHO_A_INDEX)) != i++)
			fail_msg("INDEX %u is missing", i - 1);
		if (i == 100)
			usleep(100000);
	}
	assert_int_equal(i, 5000);
}

static void crowd_member(int i)
{
	static struct nl_sock s;
	int n;

	if (nl_open(&s, GENL_ECHO_GENL_NAME))
		_exit(1);
	for (n = 0; n < 1000; n++) {
		const struct nlmsghdr *h;
		uint8_t cmd = n % 10 ? GENL_ECHO_CMD_ECHO : GENL_ECHO_CMD_FAIL;

		nl_begin(&s, &msg, cmd, 0);
		if (cmd == GENL_ECHO_CMD_ECHO)
			nl_put_u32(&msg, GENL_ECHO_A_DATA, i);
		if (nl_send(&s, &msg))
			_exit(2);
		h = nl_recv(&s);
		if (!h || h->nlmsg_seq != s.seq || h->nlmsg_pid != s.portid)
			_exit(3);
		if (cmd == GENL_ECHO_CMD_ECHO &&
		    nl_u32(nl_attr(h, GENL_ECHO_A_DATA)) != (uint32_t)i)
			_exit(4);
	}
	_exit(0);
}

/* Eight processes on all CPUs: no reply goes astray, no count is lost. */
static void test_crowd(void **state)
{
	enum { N = 8 };
	struct echo_stats st;
	int i, status;
	pid_t pid[N];

	(void)state;
	for (i = 0; i < N; i++) {
		pid[i] = fork();
		if (!pid[i])
			crowd_member(i);
	}
	for (i = 0; i < N; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	echo_stats(&other, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], N * 900);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHO_BYTES], N * 900 * 4);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_FAILS], N * 100);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_OVERRUNS], 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest overrun[] = {
		T(never_reads),
		T(told_what_was_lost),
		T(dump_waits),
		T(crowd),
	};

	return check_run(overrun);
}
