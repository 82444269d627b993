// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * FAIL: every errno is answered, once, with the client's own words.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static void fail_with(uint32_t error, const char *text, uint16_t flags)
{
	nl_begin(&sock, &msg, GENL_ECHO_CMD_FAIL, flags);
	if (error)
		nl_put_u32(&msg, GENL_ECHO_A_ERRNO, error);
	if (text)
		nl_put_str(&msg, GENL_ECHO_A_MSG, text);
	assert_int_equal(nl_send(&sock, &msg), 0);
}

/* The whole request is inside the error. */
static void expect_request(const struct nl_error *e)
{
	assert_int_equal(e->request_len, msg.len);
	assert_memory_equal(e->request, msg.buf, msg.len);
}

static void test_default(void **state)
{
	struct nl_error e;

	(void)state;
	fail_with(0, NULL, 0);
	echo_expect_error(&sock, sock.seq, EINVAL, &e);
	expect_request(&e);
	assert_null(e.text);
	assert_true(nl_silent(&sock, 50));
}

/* EINTR too, which netlink itself takes for "don't answer". */
static void test_every_errno(void **state)
{
	char text[32];
	struct nl_error e;
	int i;

	(void)state;
	for (i = 1; i <= GENL_ECHO_ERRNO_MAX; i++) {
		snprintf(text, sizeof(text), "errno %d", i);
		fail_with(i, text, 0);
		echo_expect_error(&sock, sock.seq, i, &e);
		expect_request(&e);
		assert_non_null(e.text);
		assert_string_equal(e.text, text);
		assert_false(e.has_offs || e.has_miss || e.has_policy);
	}
	assert_true(nl_silent(&sock, 200));
}

/* Exactly one answer when an acknowledgment is asked for as well. */
static void test_ack(void **state)
{
	static const int errnos[] = {
		EINTR, EINVAL, EAGAIN, EBUSY, ENOBUFS, 517
	};
	struct nl_error e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errnos) / sizeof(*errnos); i++) {
		fail_with(errnos[i], "once", NLM_F_ACK);
		echo_expect_error(&sock, sock.seq, errnos[i], &e);
		assert_string_equal(e.text, "once");
		assert_true(nl_silent(&sock, 50));
	}
}

/* NETLINK_CAP_ACK: only the request's header is inside the error. */
static void test_cap_ack(void **state)
{
	static const int errnos[] = { EINTR, EINVAL };
	struct nl_error e;
	size_t i;

	(void)state;
	assert_int_equal(nl_option(&sock, NETLINK_CAP_ACK, 1), 0);
	for (i = 0; i < sizeof(errnos) / sizeof(*errnos); i++) {
		fail_with(errnos[i], "capped", 0);
		echo_expect_error(&sock, sock.seq, errnos[i], &e);
		assert_int_equal(e.request_len, NLMSG_HDRLEN);
		assert_memory_equal(e.request, msg.buf, NLMSG_HDRLEN);
		assert_string_equal(e.text, "capped");
	}
}

/* A client that didn't ask for extended acknowledgments gets no text. */
static void test_no_ext_ack(void **state)
{
	static const int errnos[] = { EINTR, EINVAL };
	struct nl_error e;
	size_t i;

	(void)state;
	assert_int_equal(nl_option(&sock, NETLINK_EXT_ACK, 0), 0);
	for (i = 0; i < sizeof(errnos) / sizeof(*errnos); i++) {
		fail_with(errnos[i], "unheard", 0);
		echo_expect_error(&sock, sock.seq, errnos[i], &e);
		expect_request(&e);
		assert_null(e.text);
	}
}

static void test_text(void **state)
{
	char text[GENL_ECHO_MSG_MAX + 1];
	struct nl_error e;

	(void)state;
	memset(text, 't', sizeof(text));
	text[GENL_ECHO_MSG_MAX] = '\0';
	fail_with(ENOENT, text, 0);
	echo_expect_error(&sock, sock.seq, ENOENT, &e);
	assert_string_equal(e.text, text);

	fail_with(ENOENT, "", 0);
	echo_expect_error(&sock, sock.seq, ENOENT, &e);
	assert_string_equal(e.text, "");

	/* Never a format; and it ends at the first NUL. */
	fail_with(ENOENT, "%s%n%p", 0);
	echo_expect_error(&sock, sock.seq, ENOENT, &e);
	assert_string_equal(e.text, "%s%n%p");

	nl_begin(&sock, &msg, GENL_ECHO_CMD_FAIL, 0);
	nl_put(&msg, GENL_ECHO_A_MSG, "one\0two", 8);
	assert_int_equal(nl_send(&sock, &msg), 0);
	echo_expect_error(&sock, sock.seq, EINVAL, &e);
	assert_string_equal(e.text, "one");
}

/* In the middle of others: FAIL EINTR is answered before what follows it. */
static void test_batch(void **state)
{
	static struct nl_msg batch;
	const struct nlmsghdr *h;
	struct nl_error e;

	(void)state;
	batch.len = 0;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_FAIL, 0);
	nl_put_u32(&msg, GENL_ECHO_A_ERRNO, EINTR);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "first");
	memcpy(batch.buf, msg.buf, msg.len);
	batch.len = msg.len;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "second");
	memcpy(batch.buf + batch.len, msg.buf, msg.len);
	batch.len += msg.len;
	assert_int_equal(nl_send(&sock, &batch), 0);

	echo_expect_error(&sock, sock.seq - 1, EINTR, &e);
	assert_string_equal(e.text, "first");
	h = nl_recv(&sock);
	assert_non_null(h);
	assert_int_equal(h->nlmsg_type, sock.family);
	assert_int_equal(h->nlmsg_seq, sock.seq);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest fail[] = {
		T(default),    T(every_errno), T(ack),	 T(cap_ack),
		T(no_ext_ack), T(text),	       T(batch),
	};

	return check_run(fail);
}
