// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * The defects of the program that nlbroker was modelled on, each over both front
 * ends. Three are elsewhere: its lists without a lock (order.c, kill.c), the
 * allocations it didn't check (../common/faults.sh), what it freed while sockets
 * were open (../common/load.sh, usersock.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"
#include "module.h"
#include "raw.h"

#define MODULE "nlbroker"
#define SUBSCRIBER NLBROKER_RAW_SUBSCRIBER
#define BROADCAST NLBROKER_RAW_BROADCAST
#define TOPIC NLBROKER_RAW_TOPIC

static struct raw one, two;
static struct nb sub, pub;
static int klog;

static int load(void **state)
{
	(void)state;
	if (module_loaded(MODULE) && module_unload_soon(MODULE))
		return -1;
	must("modprobe nlbroker usersock=31");
	klog = nl_klog_open();
	return klog < 0;
}

static int unload(void **state)
{
	(void)state;
	return module_loaded(MODULE) ? module_unload_soon(MODULE) : 0;
}

/* A subscriber and a publisher of each front end; all of one topic. */
static int setup(void **state)
{
	(void)state;
	return raw_open(&one, 0) || raw_open(&two, 0) || nb_open(&sub, 0) ||
	       nb_open(&pub, 0) || raw_send(&one, SUBSCRIBER, NULL, 0, 1) ||
	       nb_subscribe(&sub, TOPIC, NB_CREDS);
}

static int teardown(void **state)
{
	(void)state;
	raw_close(&one);
	raw_close(&two);
	nb_close(&sub);
	nb_close(&pub);
	return 0;
}

/* Both got this, and no byte more. */
static void expect(const void *data, size_t len)
{
	const struct nb_msg *m;

	assert_int_equal(raw_next(&one), 0);
	assert_int_equal(one.len, len);
	assert_memory_equal(one.data, data, len);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_int_equal(m->len, len);
	assert_memory_equal(m->data, data, len);
}

static void expect_nothing(void)
{
	assert_true(raw_silent(&one, 100));
	assert_true(nb_silent(&sub, 0));
}

/*
 * It believed nlmsg_len, also where that was more than had come: subscribers got
 * what stood behind in the kernel's memory.
 */
static void test_length_beyond(void **state)
{
	static const int lies[] = { 1,	   2,	       3,  4,	100, 4096,
				    65536, 0x7fffffc0, -6, -17, -100 };
	static struct nl_msg m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		two.lie = lies[i];
		assert_int_equal(raw_send(&two, BROADCAST, "12345", 5, 1), 0);
		nl_begin(&pub.s, &m, NLBROKER_CMD_PUBLISH, 0);
		nl_put_str(&m, NLBROKER_A_TOPIC, TOPIC);
		nl_put(&m, NLBROKER_A_PAYLOAD, "1234", 4);
		/* The header alone, where it says less than that. */
		m.h.nlmsg_len = lies[i] < 0 ? NLMSG_HDRLEN + lies[i] :
					      m.len + lies[i];
		assert_int_equal(nl_send(&pub.s, &m), 0);
		expect_nothing();
	}
	two.lie = 0;
	assert_int_equal(raw_send(&two, BROADCAST, "right", 5, 1), 0);
	expect("right", 5);
}

/* A length in between: what it covers is the message, the rest is the next. */
static void test_length_within(void **state)
{
	(void)state;
	two.lie = -2;
	assert_int_equal(raw_send(&two, BROADCAST, "12345", 5, 1), 0);
	two.lie = 0;
	expect("123", 3);
	expect_nothing();
}

/* Each broadcast had one byte more than was published, from behind it. */
static void test_one_byte_more(void **state)
{
	uint8_t data[64];
	size_t i;

	(void)state;
	memset(data, 0xa5, sizeof(data));
	for (i = 1; i < sizeof(data); i++) {
		assert_int_equal(raw_send(&two, BROADCAST, data, i, 1), 0);
		expect(data, i);
		assert_int_equal(nb_publish(&pub, TOPIC, data, i, 0), 0);
		expect(data, i);
	}
}

/* Who a sender was, it took from the message. */
static void test_forged_identity(void **state)
{
	(void)state;
	/* Nobody can pass for another, who then wouldn't get the message... */
	two.pid = one.portid;
	assert_int_equal(raw_send(&two, BROADCAST, "forged", 6, 1), 0);
	expect("forged", 6);
	assert_int_equal(sub.last->portid, two.portid);
	pub.s.portid = sub.s.portid;
	assert_int_equal(nb_subscribe(&sub, TOPIC, NB_CREDS | NB_NO_LOCAL), 0);
	assert_int_equal(nb_publish(&pub, TOPIC, "forged", 6, 0), 0);
	expect("forged", 6);
	assert_true(sub.last->portid && sub.last->portid != sub.s.portid);
	/* ...nor subscribe him, or end his subscription. */
	two.pid = 4711;
	assert_int_equal(raw_send(&two, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(nb_unsubscribe(&pub, TOPIC), -ENOENT);
	assert_int_equal(raw_send(&one, BROADCAST, "to two", 6, 1), 0);
	assert_int_equal(raw_next(&two), 0);
	assert_int_equal(two.len, 6);
	assert_non_null(nb_next(&sub));
}

/* Whoever couldn't take a message once was struck off the list. */
static void test_full_is_not_gone(void **state)
{
	static uint8_t data[1000];
	int size = 2048, n, raw_got = 0, got = 0;
	const struct nb_msg *m;
	uint64_t lost = 0;

	(void)state;
	assert_int_equal(setsockopt(one.fd, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)),
			 0);
	assert_int_equal(setsockopt(sub.s.fd, SOL_SOCKET, SO_RCVBUF, &size,
				    sizeof(size)),
			 0);
	for (n = 0; n < 20; n++)
		assert_int_equal(nb_post(&pub, TOPIC, data, sizeof(data)), 0);
	while (!raw_silent(&one, 0)) {
		assert_int_equal(raw_next(&one), 0);
		raw_got++;
	}
	assert_in_range(raw_got, 1, 19);
	while (got + lost < 20) {
		m = nb_next(&sub);
		assert_non_null(m);
		if (m->cmd == NLBROKER_CMD_LOST)
			lost += m->count;
		else
			got++;
	}
	assert_int_equal(got + lost, 20);
	assert_true(lost > 0);
	assert_int_equal(nb_say(&pub, TOPIC, "still there?"), 0);
	expect("still there?", 12);
}

/* Who registered twice was on the list twice. */
static void test_twice(void **state)
{
	struct nb_info i;

	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 3), 0);
	assert_int_equal(nb_subscribe(&sub, TOPIC, 0), 0);
	assert_int_equal(nb_subscribe(&sub, TOPIC, NB_CREDS), 0);
	assert_int_equal(nb_say(&pub, TOPIC, "once"), 0);
	expect("once", 4);
	expect_nothing();
	assert_int_equal(nb_peer(&sub, 0, &i), 0);
	assert_int_equal(i.subscriptions, 1);
	assert_int_equal(nb_topic(&sub, TOPIC, &i), 0);
	assert_int_equal(i.subscribers, 2);
}

/* There was one list for all network namespaces. */
static void test_one_namespace(void **state)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct raw there;
	struct nb also;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(raw_open(&there, 0), 0);
	assert_int_equal(nb_open(&also, 0), 0);
	assert_int_equal(raw_send(&there, BROADCAST, "x", 1, 1), 0);
	assert_int_equal(nb_say(&also, TOPIC, "x"), 0);
	expect_nothing();
	raw_close(&there);
	nb_close(&also);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
}

/* Each message was a line in the kernel's log. */
static void test_log(void **state)
{
	static const char *const words[] = { "nlbroker", "usersock", "BUG",
					     "WARNING", NULL };
	const char *text;
	char line[512];

	(void)state;
	assert_int_equal(raw_send(&two, BROADCAST, "x", 1, 1), 0);
	assert_int_equal(raw_call(&two, 99, "x", 1, &text), -EOPNOTSUPP);
	assert_int_equal(nb_say(&pub, "a+", "x"), -EINVAL);
	if (nl_klog_count(klog, words, line, sizeof(line)))
		fail_msg("in the kernel's log: %s", line);
}

/* A failed start was reported as success. */
static void test_failed_start(void **state)
{
	static const struct {
		const char *unit;
		int error;
	} rows[] = {
		{ "0", EINVAL }, { "-2", EINVAL },     { "32", EINVAL },
		{ "x", EINVAL }, { "16", EADDRINUSE }, { "0x10", EADDRINUSE },
	};
	char command[64], out[1024];
	size_t i;

	teardown(state);
	assert_int_equal(module_unload_soon(MODULE), 0);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(command, sizeof(command),
			 "modprobe nlbroker usersock=%s", rows[i].unit);
		if (!run_command(command, out, sizeof(out)) ||
		    !strstr(out, strerror(rows[i].error)))
			fail_msg("%s: \"%s\"", command, out);
		assert_false(module_loaded(MODULE));
	}
	must("modprobe nlbroker");
	assert_int_equal(raw_open(&one, 0), -EPROTONOSUPPORT);
	assert_int_equal(module_unload_soon(MODULE), 0);
	must("modprobe nlbroker usersock=31");
	assert_int_equal(setup(state), 0);
	assert_int_equal(nb_say(&pub, TOPIC, "again"), 0);
	expect("again", 5);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest defects[] = {
		T(length_beyond),    T(length_within),
		T(one_byte_more),    T(forged_identity),
		T(full_is_not_gone), T(twice),
		T(one_namespace),    T(log),
		T(failed_start),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(defects, load, unload);
}
