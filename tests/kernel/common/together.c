// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 300
 *
 * All modules in one program: bytes go from one to the next, and come back as they
 * were. With a number as its argument it goes on for so many seconds, and tells
 * how often: for soak.sh.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "caesar.h"
#include "check.h"
#include "echo.h"
#include "mp.h"
#include "xt.h"

enum { PORT = 4242, KEY = 201, LONGEST = 20000, ROUNDS = 1000, REUSED = 8 };

/* What a chain is made of, in the order in which bytes go through it. */
struct chain {
	int listener, from, to; /* af_myproto */
	int pipes[2];
	int accepting, a, b; /* TCP: a has ulp_caesar, rules shift for b */
	struct nb pub, sub; /* nlbroker */
	struct nl_sock echo; /* genl_echo */
};

static struct chain c;
static uint8_t sent[LONGEST], got[LONGEST];
static const char *where;

/* What comes in for b is what a has shifted. */
static const struct xt_rule rules[] = {
	XT_DECRYPT_IN(XT_INPUT, KEY, .dport = PORT),
};

static int place(const char *name, int err)
{
	if (err < 0)
		where = name;
	return err;
}

static void end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_myproto(void)
{
	if (!mp_load())
		return -ENODEV;
	c.listener = mp_listen(SOCK_STREAM, MYPROTO_CHANNEL_ANY, 5);
	if (c.listener < 0)
		return c.listener;
	c.from = mp_socket(SOCK_STREAM);
	if (c.from < 0)
		return c.from;
	if (mp_connect(c.from, mp_channel(c.listener)))
		return -ECONNREFUSED;
	c.to = accept4(c.listener, NULL, NULL, SOCK_CLOEXEC);
	return c.to < 0 ? -errno : 0;
}

static int open_tcp(const struct way *way)
{
	/* No TIME-WAIT, which would hold the module. */
	static const struct linger gone = { .l_onoff = 1 };
	union address to;
	socklen_t len = way_address(way, &to, PORT);
	int err;

	c.accepting = way_socket(way);
	if (bind(c.accepting, &to.sa, len) || listen(c.accepting, 5))
		return -errno;
	c.a = way_socket(way);
	setsockopt(c.a, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
	err = caesar_attach(c.a);
	if (!err)
		err = caesar_keys(c.a, KEY, 0);
	if (err)
		return err;
	if (connect(c.a, &to.sa, len))
		return -errno;
	c.b = accept4(c.accepting, NULL, NULL, SOCK_CLOEXEC);
	if (c.b < 0)
		return -errno;
	setsockopt(c.b, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
	return 0;
}

static int chain_open(const struct way *way)
{
	int err;

	memset(&c, 0, sizeof(c));
	c.listener = c.from = c.to = c.accepting = c.a = c.b = -1;
	c.pipes[0] = c.pipes[1] = -1;
	c.pub.s.fd = c.sub.s.fd = c.echo.fd = -1;
	err = place("af_myproto", open_myproto());
	if (!err)
		err = place("pipe", pipe2(c.pipes, O_CLOEXEC) ? -errno : 0);
	if (!err)
		err = place("ulp_caesar", open_tcp(way));
	if (!err)
		err = place("nlbroker", nb_open(&c.pub, 0));
	if (!err)
		err = place("nlbroker", nb_open(&c.sub, 0));
	if (!err)
		err = place("nlbroker", nb_subscribe(&c.sub, "together/+", 0));
	if (!err)
		err = place("genl_echo", nl_open(&c.echo, GENL_ECHO_GENL_NAME));
	return err;
}

static void chain_close(void)
{
	int *fd[] = { &c.listener, &c.from,	 &c.to, &c.pipes[0],
		      &c.pipes[1], &c.accepting, &c.a,	&c.b };
	size_t i;

	for (i = 0; i < sizeof(fd) / sizeof(*fd); i++)
		end(fd[i]);
	nb_close(&c.pub);
	nb_close(&c.sub);
	nl_close(&c.echo);
}

/* From the one socket to the other, through the pipe. */
static int spliced(int from, int to, size_t len)
{
	ssize_t in, out;

	while (len) {
		in = splice(from, NULL, c.pipes[1], NULL, len, 0);
		if (in <= 0)
			return in ? -errno : -EPIPE;
		len -= in;
		while (in) {
			out = splice(c.pipes[0], NULL, to, NULL, in, 0);
			if (out <= 0)
				return out ? -errno : -EPIPE;
			in -= out;
		}
	}
	return 0;
}

static int through_tcp(size_t len)
{
	ssize_t n;
	int err = place("splice", spliced(c.to, c.a, len));

	if (err)
		return err;
	n = recv(c.b, got, len, MSG_WAITALL);
	if (n < 0)
		return place("xt_CAESAR", -errno);
	if ((size_t)n != len || memcmp(sent, got, len))
		return place("xt_CAESAR", -EBADMSG);
	return 0;
}

static int through_broker(size_t len, unsigned int seed)
{
	const struct nb_msg *m;
	char topic[32];
	int err;

	snprintf(topic, sizeof(topic), "together/%u", seed % 7);
	err = nb_publish(&c.pub, topic, got, len, 0);
	if (err)
		return place("nlbroker", err);
	m = nb_next(&c.sub);
	if (!m)
		return place("nlbroker", -errno);
	if (m->cmd != NLBROKER_CMD_MESSAGE || m->len != len ||
	    memcmp(sent, m->data, len))
		return place("nlbroker", -EBADMSG);
	memcpy(got, m->data, len);
	return 0;
}

static int through_echo(size_t len)
{
	static struct nl_msg msg;
	const struct nlmsghdr *h;
	const struct nlattr *data;
	int err;

	nl_begin(&c.echo, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put(&msg, GENL_ECHO_A_DATA, got, len);
	err = nl_send(&c.echo, &msg);
	if (err)
		return place("genl_echo", err);
	h = nl_recv(&c.echo);
	if (!h)
		return place("genl_echo", -errno);
	data = nl_attr(h, GENL_ECHO_A_DATA);
	if (nl_cmd(h) != GENL_ECHO_CMD_ECHO || !data || nl_len(data) != len ||
	    memcmp(sent, nl_data(data), len))
		return place("genl_echo", -EBADMSG);
	return 0;
}

static int round_of(unsigned int seed)
{
	size_t len = 1 + seed * 7919 % LONGEST;
	int err;

	pattern(sent, len, 0, seed);
	err = place("af_myproto", mp_write_all(c.from, sent, len));
	if (err >= 0)
		err = through_tcp(len);
	if (!err)
		err = through_broker(len, seed);
	return err ? err : through_echo(len);
}

/* COUNT rounds, or until the time has come; how many there were, or -errno. */
static long rounds(long count, time_t until)
{
	const struct way *const ways[] = { &way_plain, &way_plain6,
					   &way_plain_mapped };
	long n = 0;
	int err = 0;

	while (!err && n < count && time(NULL) < until) {
		err = chain_open(ways[n / REUSED % 3]);
		do {
			if (!err)
				err = round_of(n);
		} while (!err && ++n % REUSED && n < count);
		chain_close();
	}
	return err ? err : n;
}

/* Rules, ports and channels that are nobody else's. */
static void own_rules(void)
{
	own_network();
	xt_load();
	assert_int_equal(xt_set(AF_INET, "mangle", rules, 1), 0);
	assert_int_equal(xt_set(AF_INET6, "mangle", rules, 1), 0);
}

static void test_together(void **state)
{
	long count = scaled(ROUNDS), n;

	(void)state;
	own_rules();
	n = rounds(count, time(NULL) + 3600);
	if (n < 0)
		fail_msg("%s: %s", where, strerror(-n));
	assert_int_equal(n, count);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
	};
	long n;

	if (argc == 1)
		return check_run(tests);
	own_rules();
	n = rounds(1L << 40, time(NULL) + atoi(argv[1]));
	if (n < 0)
		printf("%s: %s\n", where, strerror(-n));
	else
		printf("%ld worked, 0 did not\n", n);
	return n <= 0;
}
