// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libnlbroker's publishing, with a kernel that answers as this test says: what
 * takes four billion requests to come about, or a driver that is never there.
 * sources: tools/libnlbroker/open.c tools/libnlbroker/parse.c tools/libnlbroker/publish.c
 * sources: tools/libnlbroker/query.c tools/libnlbroker/receive.c tools/libnlbroker/request.c
 * sources: tools/libnlbroker/subscribe.c tools/libnlbroker/topic.c
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "../../tools/libnlbroker/connection.h"

#define FAMILY 0x1f
#define MESSAGES 4
#define ANSWERS 64

/* What the kernel says of request after request; then 0 to all. */
static int errors[ANSWERS];
static unsigned int requests;

/* Answers that wait to be read. */
static struct {
	struct nlmsghdr nlh;
	struct nlmsgerr e;
} queue[ANSWERS];
static unsigned int first, last;

int socket(int family, int type, int protocol)
{
	(void)type;
	(void)protocol;
	assert_int_equal(family, AF_NETLINK);
	return eventfd(0, EFD_CLOEXEC);
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	(void)addr;
	(void)len;
	return 0;
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	(void)fd;
	memset(addr, 0, *len);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)len;
	return 0;
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	const int bytes = 212992;

	(void)fd;
	(void)level;
	(void)name;
	assert_int_equal(*len, sizeof(bytes));
	memcpy(value, &bytes, sizeof(bytes));
	return 0;
}

int genl_connect(struct nl_sock *sk)
{
	(void)sk;
	return 0;
}

int genl_ctrl_resolve(struct nl_sock *sk, const char *name)
{
	(void)sk;
	(void)name;
	return FAMILY;
}

/* As the kernel answers: refusals always, 0 where it was asked for. */
static void answer(const struct nlmsghdr *nlh)
{
	int error = requests < ANSWERS ? errors[requests] : 0;

	requests++;
	if (!error && !(nlh->nlmsg_flags & NLM_F_ACK))
		return;
	assert_in_range(last, 0, ANSWERS - 1);
	memset(&queue[last], 0, sizeof(queue[last]));
	queue[last].nlh.nlmsg_len = sizeof(queue[last]);
	queue[last].nlh.nlmsg_type = NLMSG_ERROR;
	queue[last].nlh.nlmsg_flags = NLM_F_CAPPED;
	queue[last].nlh.nlmsg_seq = nlh->nlmsg_seq;
	queue[last].e.error = error;
	last++;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	static _Alignas(8) char bytes[1 << 18];
	size_t len = 0, at, i;

	(void)fd;
	(void)flags;
	for (i = 0; i < msg->msg_iovlen; i++) {
		assert_true(msg->msg_iov[i].iov_len <= sizeof(bytes) - len);
		memcpy(bytes + len, msg->msg_iov[i].iov_base,
		       msg->msg_iov[i].iov_len);
		len += msg->msg_iov[i].iov_len;
	}
	for (at = 0; at < len;) {
		const struct nlmsghdr *nlh = (const void *)(bytes + at);

		answer(nlh);
		at += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	return (ssize_t)len;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	struct iovec iov = { (void *)bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sendmsg(fd, &msg, flags);
}

ssize_t recv(int fd, void *to, size_t room, int flags)
{
	(void)fd;
	(void)flags;
	assert_true(room >= sizeof(queue[0]));
	if (first == last) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(to, &queue[first++], sizeof(queue[0]));
	return sizeof(queue[0]);
}

static struct nlbroker *open_broker(void)
{
	struct nlbroker *broker;

	memset(errors, 0, sizeof(errors));
	requests = 0;
	first = 0;
	last = 0;
	assert_int_equal(nlbroker_open(&broker), 0);
	return broker;
}

/* Retained ones are requests of their own; behind them is another's memory. */
static void messages(struct nlbroker_outgoing out[MESSAGES + 1])
{
	size_t i;

	memset(out, 0, (MESSAGES + 1) * sizeof(*out));
	for (i = 0; i <= MESSAGES; i++) {
		out[i].topic = "a/b";
		out[i].payload = "x";
		out[i].len = 1;
		out[i].flags = NLBROKER_RETAIN;
		out[i].error = 42;
	}
}

/* Wherever among them the numbers begin anew, each has its own error. */
static void test_numbers(void **state)
{
	struct nlbroker_outgoing out[MESSAGES + 1];
	struct nlbroker *broker;
	uint32_t back;
	size_t i;

	(void)state;
	for (back = 0; back <= MESSAGES + 1; back++) {
		broker = open_broker();
		broker->seq = UINT32_MAX - back;
		for (i = 0; i < MESSAGES; i++)
			errors[i] = -EPERM - (int)i;
		messages(out);
		assert_int_equal(nlbroker_publish_many(broker, out, MESSAGES),
				 -EPERM);
		for (i = 0; i < MESSAGES; i++)
			assert_int_equal(out[i].error, -EPERM - (int)i);
		assert_int_equal(out[MESSAGES].error, 42);
		assert_int_equal(requests, MESSAGES);
		nlbroker_close(broker);
	}
}

/* The family has a new number, and then is gone again. */
static void test_unloaded(void **state)
{
	struct nlbroker_outgoing out[MESSAGES + 1];
	struct nlbroker *broker;
	size_t i;

	(void)state;
	broker = open_broker();
	errors[0] = -ENOENT;
	assert_int_equal(nlbroker_publish(broker, "a/b", "x", 1, 0), 0);
	assert_int_equal(requests, 2);
	nlbroker_close(broker);

	broker = open_broker();
	for (i = 0; i < ANSWERS; i++)
		errors[i] = -ENOENT;
	assert_int_equal(nlbroker_publish(broker, "a/b", "x", 1, 0), -ENOENT);
	assert_int_equal(requests, 2);
	assert_int_equal(nlbroker_publish_wait(broker, "a/b", "x", 1, 0, 0,
					       NULL),
			 -ENOENT);
	assert_int_equal(requests, 4);
	messages(out);
	assert_int_equal(nlbroker_publish_many(broker, out, MESSAGES), -ENOENT);
	for (i = 0; i < MESSAGES; i++)
		assert_int_equal(out[i].error, -ENOENT);
	assert_int_equal(requests, 4 + 2 * MESSAGES);
	nlbroker_close(broker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unloaded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
