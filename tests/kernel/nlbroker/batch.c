// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Several requests in one sendmsg(): all are done, in their order; one that is
 * refused is told, and doesn't stop the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

static struct nb pub, sub;
static uint8_t batch[128 * 1024];
static size_t batch_len;
static int home;

static int setup(void **state)
{
	(void)state;
	batch_len = 0;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nb_open(&pub, 0) || nb_open(&sub, 0) ||
	       nb_rcvbuf(&sub, 4 << 20) || nb_subscribe(&sub, "t/#", 0);
}

static int teardown(void **state)
{
	(void)state;
	nb_close(&pub);
	nb_close(&sub);
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}

static void add(uint8_t cmd, const char *topic, uint32_t n, uint16_t flags)
{
	static struct nl_msg m;

	nl_begin(&pub.s, &m, cmd, flags);
	nl_put_str(&m,
		   cmd == NLBROKER_CMD_SUBSCRIBE ? NLBROKER_A_PATTERN :
						   NLBROKER_A_TOPIC,
		   topic);
	if (cmd == NLBROKER_CMD_PUBLISH)
		nl_put_u32(&m, NLBROKER_A_PAYLOAD, n);
	assert_true(batch_len + m.len <= sizeof(batch));
	memcpy(batch + batch_len, m.buf, m.len);
	batch_len += NLMSG_ALIGN(m.len);
}

static void submit(void)
{
	assert_int_equal(send(pub.s.fd, batch, batch_len, 0), batch_len);
	batch_len = 0;
}

static void expect(uint32_t n)
{
	const struct nb_msg *m = nb_next(&sub);

	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_int_equal(m->len, sizeof(n));
	assert_memory_equal(m->data, &n, sizeof(n));
}

static void test_order(void **state)
{
	enum { N = 1000 };
	char topic[16];
	uint32_t n;

	(void)state;
	for (n = 0; n < N; n++) {
		snprintf(topic, sizeof(topic), "t/%u", n % 3);
		add(NLBROKER_CMD_PUBLISH, topic, n, 0);
	}
	submit();
	for (n = 0; n < N; n++)
		expect(n);
	assert_true(nb_silent(&sub, 50));
	assert_true(nb_silent(&pub, 0));
}

/* Of ten, the fourth is malformed and the seventh not allowed. */
static void test_refused_between(void **state)
{
	const struct nlmsghdr *h;
	struct nl_error e;
	uint32_t n, first = pub.s.seq + 1;

	(void)state;
	for (n = 0; n < 10; n++)
		add(NLBROKER_CMD_PUBLISH,
		    n == 3 ? "t/+" :
		    n == 6 ? "" :
			     "t/x",
		    n, 0);
	submit();
	for (n = 0; n < 10; n++)
		if (n != 3 && n != 6)
			expect(n);
	assert_true(nb_silent(&sub, 50));
	for (n = 3; n <= 6; n += 3) {
		h = nl_recv(&pub.s);
		assert_non_null(h);
		assert_true(nl_error(h, &e));
		assert_int_equal(e.error, -EINVAL);
		assert_int_equal(h->nlmsg_seq, first + n);
		assert_non_null(e.text);
	}
	assert_true(nb_silent(&pub, 50));
}

/* One ACK for the whole: ask for it on the last. */
static void test_ack_on_last(void **state)
{
	const struct nlmsghdr *h;
	struct nl_error e;
	uint32_t n;

	(void)state;
	for (n = 0; n < 100; n++)
		add(NLBROKER_CMD_PUBLISH, "t/a", n, n == 99 ? NLM_F_ACK : 0);
	submit();
	h = nl_recv(&pub.s);
	assert_non_null(h);
	assert_true(nl_error(h, &e));
	assert_int_equal(e.error, 0);
	assert_int_equal(h->nlmsg_seq, pub.s.seq);
	/* By then all are in the queues. */
	for (n = 0; n < 100; n++) {
		assert_false(nb_silent(&sub, 0));
		expect(n);
	}
}

/* Different requests: each sees what those before it did. */
static void test_mixed(void **state)
{
	const struct nb_msg *m;

	(void)state;
	add(NLBROKER_CMD_PUBLISH, "own", 1, 0);
	add(NLBROKER_CMD_SUBSCRIBE, "own", 0, 0);
	add(NLBROKER_CMD_PUBLISH, "own", 2, 0);
	add(NLBROKER_CMD_UNSUBSCRIBE, "own", 0, 0);
	submit();
	/* UNSUBSCRIBE wants a PATTERN: it is refused, and there is one message. */
	m = nb_next(&pub);
	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_int_equal(m->data[0], 2);
	assert_int_equal(nl_recv(&pub.s)->nlmsg_type, NLMSG_ERROR);
	assert_true(nb_silent(&pub, 50));
}

/* A last message that says it is longer than what came is left out. */
static void test_cut_off(void **state)
{
	(void)state;
	add(NLBROKER_CMD_PUBLISH, "t/a", 1, 0);
	add(NLBROKER_CMD_PUBLISH, "t/a", 2, 0);
	batch_len -= 4;
	submit();
	expect(1);
	assert_true(nb_silent(&sub, 50));
	assert_int_equal(nb_say(&pub, "t/a", "x"), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(order), T(refused_between), T(ack_on_last),
		T(mixed), T(cut_off),
	};

	return check_run(tests);
}
