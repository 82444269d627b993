// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 240
 *
 * ECHO with NLM_F_DUMP, and that one reader's dump is nobody else's business.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

static void begin(struct nl_sock *s, const char *text, uint32_t count)
{
	nl_begin(s, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	if (text)
		nl_put_str(&msg, GENL_ECHO_A_MSG, text);
	if (count)
		nl_put_u32(&msg, GENL_ECHO_A_COUNT, count);
	assert_int_equal(nl_send(s, &msg), 0);
}

/* Reads a dump from message FROM to its end. */
static void expect_dump(struct nl_sock *s, const char *text, uint32_t from,
			uint32_t count)
{
	const struct nlmsghdr *h;
	struct nl_error e;
	uint32_t i;

	for (i = from; i < count; i++) {
		h = nl_recv(s);
		if (!h)
			fail_msg("message %u: %s", i, strerror(errno));
		if (h->nlmsg_type != s->family)
			fail_msg("message %u of %u has type %u", i, count,
				 h->nlmsg_type);
		if (!(h->nlmsg_flags & NLM_F_MULTI) || h->nlmsg_seq != s->seq ||
		    h->nlmsg_pid != s->portid ||
		    nl_cmd(h) != GENL_ECHO_CMD_ECHO)
			fail_msg("message %u has a wrong header", i);
		if (nl_u32(nl_attr(h, GENL_ECHO_A_INDEX)) != i)
			fail_msg("message %u has INDEX %u", i,
				 nl_u32(nl_attr(h, GENL_ECHO_A_INDEX)));
		if (strcmp(nl_data(nl_attr(h, GENL_ECHO_A_MSG)), text))
			fail_msg("message %u has a wrong MSG", i);
	}
	h = nl_recv(s);
	assert_non_null(h);
	assert_int_equal(h->nlmsg_type, NLMSG_DONE);
	assert_int_equal(h->nlmsg_seq, s->seq);
	assert_true(h->nlmsg_flags & NLM_F_MULTI);
	assert_true(nl_error(h, &e));
	assert_int_equal(e.error, 0);
}

static void test_default(void **state)
{
	(void)state;
	begin(&sock, NULL, 0);
	expect_dump(&sock, GENL_ECHO_GENL_NAME, 0, GENL_ECHO_COUNT_DEFAULT);
	assert_true(nl_silent(&sock, 50));
}

static void test_counts(void **state)
{
	static const uint32_t counts[] = { 1, 2, 3, 84, 85, 86, 1000, 100000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		begin(&sock, "again", counts[i]);
		expect_dump(&sock, "again", 0, counts[i]);
	}
	assert_true(nl_silent(&sock, 50));
}

/* The longest MSG: few messages fit a buffer, and each is whole. */
static void test_longest_msg(void **state)
{
	char text[GENL_ECHO_MSG_MAX + 1];

	(void)state;
	memset(text, 'd', sizeof(text));
	text[GENL_ECHO_MSG_MAX] = '\0';
	begin(&sock, text, 200);
	expect_dump(&sock, text, 0, 200);
}

/* NLM_F_ACK with a dump: NLMSG_DONE is the answer, and there is no other. */
static void test_ack(void **state)
{
	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP | NLM_F_ACK);
	assert_int_equal(nl_send(&sock, &msg), 0);
	expect_dump(&sock, GENL_ECHO_GENL_NAME, 0, GENL_ECHO_COUNT_DEFAULT);
	assert_true(nl_silent(&sock, 50));
}

/* One dump at a time on a socket; the first isn't disturbed. */
static void test_busy(void **state)
{
	const struct nlmsghdr *h;
	struct nl_error e;
	uint32_t seq, i;

	(void)state;
	begin(&sock, "first", 1000);
	seq = sock.seq;
	begin(&sock, "second", 0);

	/* The refusal comes somewhere between the messages of the first. */
	for (i = 0;;) {
		h = nl_recv(&sock);
		assert_non_null(h);
		if (h->nlmsg_type != NLMSG_ERROR) {
			assert_int_equal(nl_u32(nl_attr(h, GENL_ECHO_A_INDEX)),
					 i);
			i++;
			continue;
		}
		assert_true(nl_error(h, &e));
		assert_int_equal(e.error, -EBUSY);
		assert_int_equal(h->nlmsg_seq, sock.seq);
		break;
	}
	sock.seq = seq;
	expect_dump(&sock, "first", i, 1000);
}

/* An echo on a socket whose dump isn't read to the end. */
static void test_echo_between(void **state)
{
	const struct nlmsghdr *h;
	uint32_t i, seq;
	int echoes = 0;

	(void)state;
	begin(&sock, NULL, 1000);
	seq = sock.seq;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "between");
	assert_int_equal(nl_send(&sock, &msg), 0);
	for (i = 0;;) {
		h = nl_recv(&sock);
		assert_non_null(h);
		if (h->nlmsg_type == NLMSG_DONE)
			break;
		if (h->nlmsg_seq == seq) {
			assert_int_equal(nl_u32(nl_attr(h, GENL_ECHO_A_INDEX)),
					 i);
			i++;
		} else {
			assert_int_equal(h->nlmsg_seq, seq + 1);
			echoes++;
		}
	}
	assert_int_equal(i, 1000);
	assert_int_equal(echoes, 1);
}

/*
 * The text of a dump is the request's own memory. It must last until the end,
 * whatever else the socket, and everybody's allocator, do meanwhile.
 */
static void test_text_lives(void **state)
{
	static struct nl_sock other;
	const struct nlmsghdr *h;
	int i;

	(void)state;
	assert_int_equal(nl_open(&other, GENL_ECHO_GENL_NAME), 0);
	begin(&sock, "long lived", 5000);
	h = nl_recv(&sock);
	assert_non_null(h);
	for (i = 0; i < 2000; i++)
		echo_works(&other);
	expect_dump(&sock, "long lived", 1, 5000);
	nl_close(&other);
}

/* Two processes: one begins a dump and stops reading, the other finishes. */
static void test_stalled(void **state)
{
	int ready[2], status;
	struct timespec a, b;
	char c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		static struct nl_sock s;

		if (nl_open(&s, GENL_ECHO_GENL_NAME))
			_exit(1);
		nl_begin(&s, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
		nl_put_u32(&msg, GENL_ECHO_A_COUNT, 100000);
		if (nl_send(&s, &msg) || !nl_recv(&s) ||
		    write(ready[1], "x", 1) != 1)
			_exit(2);
		pause();
		_exit(3);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	clock_gettime(CLOCK_MONOTONIC, &a);
	begin(&sock, "free", 1000);
	expect_dump(&sock, "free", 0, 1000);
	echo_works(&sock);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 60);

	/* The stalled one is still where it was. */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(ready[0]);
	close(ready[1]);
	echo_works(&sock);
}

/* A socket closed in the middle of its dump takes the dump with it. */
static void test_abandoned(void **state)
{
	static struct nl_sock s;
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		assert_int_equal(nl_open(&s, GENL_ECHO_GENL_NAME), 0);
		begin(&s, "abandoned", GENL_ECHO_COUNT_MAX);
		if (i & 1)
			assert_non_null(nl_recv(&s));
		nl_close(&s);
	}
	echo_works(&sock);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest dump[] = {
		T(default),    T(counts),  T(longest_msg),
		T(ack),	       T(busy),	   T(echo_between),
		T(text_lives), T(stalled), T(abandoned),
	};

	return check_run(dump);
}
