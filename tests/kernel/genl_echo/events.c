// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 60
 *
 * The group "events", the counters, and that both belong to one network
 * namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "echo.h"

static struct nl_sock sock, listener;
static struct nl_msg msg;
static int home = -1;

static void join(struct nl_sock *s)
{
	assert_true(s->group != 0);
	assert_int_equal(nl_option(s, NETLINK_ADD_MEMBERSHIP, s->group), 0);
}

/* Each test in a network namespace of its own, so that its counters are 0. */
static int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || unshare(CLONE_NEWNET))
		return -1;
	return nl_open(&sock, GENL_ECHO_GENL_NAME) ||
	       nl_open(&listener, GENL_ECHO_GENL_NAME);
}

static int teardown(void **state)
{
	(void)state;
	nl_close(&sock);
	nl_close(&listener);
	if (setns(home, CLONE_NEWNET))
		return -1;
	close(home);
	return 0;
}

static void echo(struct nl_sock *s, const char *text, const void *data,
		 size_t len, bool announce)
{
	const struct nlmsghdr *h;

	nl_begin(s, &msg, GENL_ECHO_CMD_ECHO, 0);
	if (text)
		nl_put_str(&msg, GENL_ECHO_A_MSG, text);
	if (data)
		nl_put(&msg, GENL_ECHO_A_DATA, data, len);
	if (announce)
		nl_put(&msg, GENL_ECHO_A_ANNOUNCE, NULL, 0);
	assert_int_equal(nl_send(s, &msg), 0);
	h = nl_recv(s);
	assert_non_null(h);
	assert_int_equal(nl_cmd(h), GENL_ECHO_CMD_ECHO);
	assert_int_equal(h->nlmsg_seq, s->seq);
	assert_null(nl_attr(h, GENL_ECHO_A_ANNOUNCE));
}

static void test_event(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	join(&listener);
	echo(&sock, "told", "\1\2\3", 3, true);
	h = nl_recv(&listener);
	assert_non_null(h);
	assert_int_equal(h->nlmsg_type, sock.family);
	assert_int_equal(h->nlmsg_pid, 0);
	assert_int_equal(h->nlmsg_seq, 0);
	assert_int_equal(nl_cmd(h), GENL_ECHO_CMD_EVENT);
	assert_int_equal(nl_u32(nl_attr(h, GENL_ECHO_A_PORTID)), sock.portid);
	assert_string_equal(nl_data(nl_attr(h, GENL_ECHO_A_MSG)), "told");
	assert_int_equal(nl_len(nl_attr(h, GENL_ECHO_A_DATA)), 3);
	assert_memory_equal(nl_data(nl_attr(h, GENL_ECHO_A_DATA)), "\1\2\3", 3);
	assert_null(nl_attr(h, GENL_ECHO_A_ANNOUNCE));

	/* What the echo hadn't, the event hasn't. */
	echo(&sock, "only MSG", NULL, 0, true);
	h = nl_recv(&listener);
	assert_non_null(h);
	assert_null(nl_attr(h, GENL_ECHO_A_DATA));
	echo(&sock, NULL, "d", 1, true);
	h = nl_recv(&listener);
	assert_non_null(h);
	assert_null(nl_attr(h, GENL_ECHO_A_MSG));
}

static void test_not_asked_for(void **state)
{
	(void)state;
	join(&listener);
	echo(&sock, "secret", NULL, 0, false);
	assert_true(nl_silent(&listener, 100));
}

static void test_not_joined(void **state)
{
	(void)state;
	echo(&sock, "to nobody", NULL, 0, true);
	assert_true(nl_silent(&listener, 100));
}

/* 60 KiB of DATA reach the group as well. */
static void test_big(void **state)
{
	static uint8_t data[GENL_ECHO_DATA_MAX];
	const struct nlmsghdr *h;

	(void)state;
	memset(data, 0xa5, sizeof(data));
	join(&listener);
	echo(&sock, NULL, data, sizeof(data), true);
	h = nl_recv(&listener);
	assert_non_null(h);
	assert_int_equal(nl_len(nl_attr(h, GENL_ECHO_A_DATA)), sizeof(data));
	assert_memory_equal(nl_data(nl_attr(h, GENL_ECHO_A_DATA)), data,
			    sizeof(data));
}

/* The one who asks may listen, too: reply first, then the event. */
static void test_own_event(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	join(&sock);
	echo(&sock, "me", NULL, 0, true);
	h = nl_recv(&sock);
	assert_non_null(h);
	assert_int_equal(nl_cmd(h), GENL_ECHO_CMD_EVENT);
}

static void test_leave(void **state)
{
	(void)state;
	join(&listener);
	assert_int_equal(nl_option(&listener, NETLINK_DROP_MEMBERSHIP,
				   listener.group),
			 0);
	echo(&sock, "gone", NULL, 0, true);
	assert_true(nl_silent(&listener, 100));
}

/* A listener that doesn't read loses events; who echoes doesn't notice. */
static void test_slow_listener(void **state)
{
	static uint8_t data[8192];
	struct echo_stats st;
	int i, got = 0;

	(void)state;
	join(&listener);
	for (i = 0; i < 200; i++)
		echo(&sock, NULL, data, sizeof(data), true);
	errno = 0;
	while (nl_recv(&listener))
		got++;
	assert_int_equal(errno, ENOBUFS);
	while (!nl_silent(&listener, 100))
		got += !!nl_recv(&listener);
	assert_in_range(got, 1, 199);
	echo_stats(&sock, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], 200);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_EVENTS], got);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_OVERRUNS], 0);
}

/* Every counter counts what it says, exactly. */
static void test_counters(void **state)
{
	struct echo_stats st;
	struct nl_error e;
	int i;

	(void)state;
	echo_stats(&sock, &st);
	for (i = 0; i <= GENL_ECHO_A_MAX; i++)
		assert_int_equal(st.n[i], 0);

	for (i = 0; i < 10; i++)
		echo(&sock, "12345", "abc", 3, false);
	echo(&sock, "nobody listens", NULL, 0, true);
	join(&listener);
	echo(&sock, NULL, "abcd", 4, true);

	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, 321);
	assert_int_equal(nl_send(&sock, &msg), 0);
	while (nl_recv(&sock)->nlmsg_type != NLMSG_DONE)
		;
	for (i = 0; i < 5; i++) {
		nl_begin(&sock, &msg, GENL_ECHO_CMD_FAIL, 0);
		assert_int_equal(nl_send(&sock, &msg), 0);
		echo_expect_error(&sock, sock.seq, EINVAL, &e);
	}
	/* Refused by the family, then twice by the core, which isn't counted. */
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	assert_int_equal(nl_send(&sock, &msg), 0);
	echo_expect_error(&sock, sock.seq, EINVAL, &e);
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_u32(&msg, GENL_ECHO_A_INDEX, 1);
	assert_int_equal(nl_send(&sock, &msg), 0);
	echo_expect_error(&sock, sock.seq, EINVAL, &e);
	nl_begin(&sock, &msg, GENL_ECHO_CMD_EVENT, 0);
	assert_int_equal(nl_send(&sock, &msg), 0);
	echo_expect_error(&sock, sock.seq, EOPNOTSUPP, &e);

	echo_stats(&sock, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], 12);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHO_BYTES],
			 10 * (6 + 3) + sizeof("nobody listens") + 4);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_DUMPS], 1);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_DUMP_MESSAGES], 321);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_FAILS], 5);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_EVENTS], 1);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_REFUSED], 1);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_OVERRUNS], 0);
}

/* Two namespaces: neither events nor counters of one show in the other. */
static void test_namespaces(void **state)
{
	static struct nl_sock there;
	struct echo_stats st;
	const struct nlmsghdr *h;

	(void)state;
	join(&listener);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(nl_open(&there, GENL_ECHO_GENL_NAME), 0);
	assert_int_equal(there.family, sock.family);

	echo(&there, "over there", NULL, 0, true);
	assert_true(nl_silent(&listener, 100));
	echo_stats(&sock, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], 0);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_EVENTS], 0);

	/* A socket stays in the namespace it was opened in. */
	echo(&sock, "here", NULL, 0, true);
	h = nl_recv(&listener);
	assert_non_null(h);
	assert_string_equal(nl_data(nl_attr(h, GENL_ECHO_A_MSG)), "here");
	echo_stats(&sock, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], 1);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_EVENTS], 1);
	echo_stats(&there, &st);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_ECHOES], 1);
	assert_int_equal(st.n[GENL_ECHO_A_STAT_EVENTS], 0);
	nl_close(&there);
}

/* Namespaces come and go, with a socket or without one in them. */
static void test_namespace_churn(void **state)
{
	static struct nl_sock there;
	int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		assert_int_equal(unshare(CLONE_NEWNET), 0);
		if (i & 1)
			continue;
		assert_int_equal(nl_open(&there, GENL_ECHO_GENL_NAME), 0);
		join(&there);
		echo(&there, "short", NULL, 0, true);
		nl_close(&there);
	}
	echo_works(&sock);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest events[] = {
		T(event),	  T(not_asked_for),
		T(not_joined),	  T(big),
		T(own_event),	  T(leave),
		T(slow_listener), T(counters),
		T(namespaces),	  T(namespace_churn),
	};

	return check_run(events);
}
