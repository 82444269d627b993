// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * ECHO without NLM_F_DUMP: what comes back is what was sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "echo.h"

static struct nl_sock sock;
static struct nl_msg msg;

static int setup(void **state)
{
	(void)state;
	return nl_open(&sock, GENL_ECHO_GENL_NAME);
}

static int teardown(void **state)
{
	(void)state;
	nl_close(&sock);
	return 0;
}

static const struct nlmsghdr *exchange(void)
{
	const struct nlmsghdr *h;

	assert_int_equal(nl_send(&sock, &msg), 0);
	h = nl_recv(&sock);
	if (!h)
		fail_msg("no answer: %s", strerror(errno));
	return h;
}

/* The reply to msg: same attributes, nothing else, the request's own numbers. */
static void expect_reply(const struct nlmsghdr *h)
{
	const struct genlmsghdr *g = (const struct genlmsghdr *)(h + 1);

	assert_int_equal(h->nlmsg_type, sock.family);
	assert_int_equal(h->nlmsg_flags, 0);
	assert_int_equal(h->nlmsg_seq, sock.seq);
	assert_int_equal(h->nlmsg_pid, sock.portid);
	assert_int_equal(g->cmd, GENL_ECHO_CMD_ECHO);
	assert_int_equal(g->version, GENL_ECHO_GENL_VERSION);
	assert_int_equal(g->reserved, 0);
	assert_int_equal(h->nlmsg_len, msg.len);
	assert_memory_equal(g + 1, msg.buf + NLMSG_HDRLEN + GENL_HDRLEN,
			    msg.len - NLMSG_HDRLEN - GENL_HDRLEN);
}

static void test_msg(void **state)
{
	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "hello");
	expect_reply(exchange());
}

static void test_msg_longest(void **state)
{
	char text[GENL_ECHO_MSG_MAX + 1];

	(void)state;
	memset(text, 'm', sizeof(text));
	text[GENL_ECHO_MSG_MAX] = '\0';
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, text);
	expect_reply(exchange());

	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "");
	expect_reply(exchange());
}

/* A NUL inside, and bytes that aren't text: nothing is interpreted. */
static void test_msg_verbatim(void **state)
{
	static const char odd[] = "a\0b\xff\x80\n%s%n";

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put(&msg, GENL_ECHO_A_MSG, odd, sizeof(odd));
	expect_reply(exchange());
}

static void test_data_every_length(void **state)
{
	uint8_t data[300];
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(data); len++)
		data[len] = len * 7 + 3;
	for (len = 0; len <= sizeof(data); len++) {
		nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
		nl_put(&msg, GENL_ECHO_A_DATA, data, len);
		expect_reply(exchange());
	}
}

static void test_data_60k(void **state)
{
	static uint8_t data[GENL_ECHO_DATA_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = i ^ (i >> 8);
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "sixty");
	nl_put(&msg, GENL_ECHO_A_DATA, data, sizeof(data));
	for (i = 0; i < 50; i++) {
		msg.h.nlmsg_seq = ++sock.seq;
		expect_reply(exchange());
	}
}

/* The order of a request's attributes isn't the reply's: MSG comes first. */
static void test_order(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put(&msg, GENL_ECHO_A_DATA, "1234", 4);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "x");
	h = exchange();
	assert_int_equal(h->nlmsg_len, msg.len);
	assert_string_equal(nl_data(nl_attr(h, GENL_ECHO_A_MSG)), "x");
	assert_memory_equal(nl_data(nl_attr(h, GENL_ECHO_A_DATA)), "1234", 4);
}

/* Any sequence number is fine, and is given back: 0 and the highest too. */
static void test_seq(void **state)
{
	static const uint32_t seqs[] = { 0, 1, 0x7fffffff, 0x80000000,
					 0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(seqs) / sizeof(*seqs); i++) {
		nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
		nl_put_str(&msg, GENL_ECHO_A_MSG, "seq");
		msg.h.nlmsg_seq = sock.seq = seqs[i];
		expect_reply(exchange());
	}
}

/* What a message says about its sender doesn't decide who gets the reply. */
static void test_portid_is_the_kernels(void **state)
{
	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "who");
	msg.h.nlmsg_pid = sock.portid + 1;
	expect_reply(exchange());
}

static void test_ack(void **state)
{
	const struct nlmsghdr *h;
	struct nl_error e;

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_ACK);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "and an ack");
	expect_reply(exchange());
	h = nl_recv(&sock);
	assert_non_null(h);
	assert_true(nl_error(h, &e));
	assert_int_equal(e.error, 0);
	assert_int_equal(h->nlmsg_seq, sock.seq);
	assert_true(nl_silent(&sock, 50));
}

/* NLM_F_ECHO asks for notifications of a change, of which there is none. */
static void test_flag_echo(void **state)
{
	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_ECHO);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "flag");
	expect_reply(exchange());
	assert_true(nl_silent(&sock, 50));
}

/* Several requests in one sendmsg(): each gets its own reply, in order. */
static void test_batch(void **state)
{
	enum { N = 20 };
	static struct nl_msg batch;
	uint32_t first = sock.seq + 1;
	int i;

	(void)state;
	batch.len = 0;
	for (i = 0; i < N; i++) {
		nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
		nl_put_u32(&msg, GENL_ECHO_A_DATA, i);
		memcpy(batch.buf + batch.len, msg.buf, msg.len);
		batch.len += msg.len;
	}
	assert_int_equal(nl_send(&sock, &batch), 0);
	for (i = 0; i < N; i++) {
		const struct nlmsghdr *h = nl_recv(&sock);

		assert_non_null(h);
		assert_int_equal(h->nlmsg_seq, first + i);
		assert_int_equal(nl_u32(nl_attr(h, GENL_ECHO_A_DATA)), i);
	}
	assert_true(nl_silent(&sock, 50));
}

/* A good request behind a bad one in the same sendmsg() is served. */
static void test_batch_with_error(void **state)
{
	static struct nl_msg batch;
	const struct nlmsghdr *h;
	struct nl_error e;

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	memcpy(batch.buf, msg.buf, msg.len);
	batch.len = msg.len;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "second");
	memcpy(batch.buf + batch.len, msg.buf, msg.len);
	batch.len += msg.len;
	assert_int_equal(nl_send(&sock, &batch), 0);

	echo_expect_error(&sock, sock.seq - 1, EINVAL, &e);
	h = nl_recv(&sock);
	assert_non_null(h);
	expect_reply(h);
}

/* Many clients at once, each with its own numbers. */
static void test_many_sockets(void **state)
{
	enum { N = 50 };
	static struct nl_sock s[N];
	int i;

	(void)state;
	for (i = 0; i < N; i++) {
		assert_int_equal(nl_open(&s[i], GENL_ECHO_GENL_NAME), 0);
		s[i].seq = 7;
	}
	for (i = 0; i < N; i++) {
		nl_begin(&s[i], &msg, GENL_ECHO_CMD_ECHO, 0);
		nl_put_u32(&msg, GENL_ECHO_A_DATA, i);
		assert_int_equal(nl_send(&s[i], &msg), 0);
	}
	for (i = N - 1; i >= 0; i--) {
		const struct nlmsghdr *h = nl_recv(&s[i]);

		assert_non_null(h);
		assert_int_equal(h->nlmsg_pid, s[i].portid);
		assert_int_equal(nl_u32(nl_attr(h, GENL_ECHO_A_DATA)), i);
		nl_close(&s[i]);
	}
}

/* In steady state: 20,000 round trips (a tenth of that under the sanitizers). */
static void test_many_rounds(void **state)
{
	const char *scale = getenv("SCALE");
	long i, rounds = scale && atoi(scale) == 100 ? 2000 : 20000;
	struct nl_sock *s = &sock;

	(void)state;
	for (i = 0; i < rounds; i++) {
		const struct nlmsghdr *h;

		nl_begin(s, &msg, GENL_ECHO_CMD_ECHO, 0);
		nl_put_u32(&msg, GENL_ECHO_A_DATA, i);
		if (nl_send(s, &msg))
			fail_msg("round %ld: not sent", i);
		h = nl_recv(s);
		if (!h || h->nlmsg_seq != s->seq ||
		    nl_u32(nl_attr(h, GENL_ECHO_A_DATA)) != (uint32_t)i)
			fail_msg("round %ld: wrong reply", i);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest echo[] = {
		T(msg),		 T(msg_longest),
		T(msg_verbatim), T(data_every_length),
		T(data_60k),	 T(order),
		T(seq),		 T(portid_is_the_kernels),
		T(ack),		 T(flag_echo),
		T(batch),	 T(batch_with_error),
		T(many_sockets), T(many_rounds),
	};

	return check_run(echo);
}
