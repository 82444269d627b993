// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * The raw unit (usersock=31): the protocol of the original, the bridge to the
 * topic "usersock", whose rights hold, and what happens when it is refused. The
 * original's defects are in defects.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"
#include "module.h"
#include "raw.h"

#define MODULE "nlbroker"
#define SUBSCRIBER NLBROKER_RAW_SUBSCRIBER
#define PUBLISHER NLBROKER_RAW_PUBLISHER
#define BROADCAST NLBROKER_RAW_BROADCAST

static struct raw one, two, three;
static struct nb genl;

static int load(void **state)
{
	(void)state;
	if (module_loaded(MODULE) && module_unload_soon(MODULE))
		return -1;
	must("modprobe nlbroker usersock=31");
	return 0;
}

static int unload(void **state)
{
	(void)state;
	return module_loaded(MODULE) ? module_unload_soon(MODULE) : 0;
}

static int setup(void **state)
{
	(void)state;
	return raw_open(&one, 0) || raw_open(&two, 0) || raw_open(&three, 0) ||
	       nb_open(&genl, 0);
}

static int teardown(void **state)
{
	(void)state;
	raw_close(&one);
	raw_close(&two);
	raw_close(&three);
	nb_close(&genl);
	return 0;
}

static void expect(struct raw *r, const void *data, size_t len)
{
	int err = raw_next(r);

	if (err)
		fail_msg("no message: %s", strerror(-err));
	assert_int_equal(r->len, len);
	assert_memory_equal(r->data, data, len);
}

/* What the original's programs do, with no flag set and no answer looked for. */
static void test_original(void **state)
{
	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&two, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&three, PUBLISHER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&three, BROADCAST, "hello", 6, 1), 0);
	expect(&one, "hello", 6);
	expect(&two, "hello", 6);
	/* Not back to the sender, be it a subscriber or not. */
	assert_int_equal(raw_send(&one, BROADCAST, "from one", 8, 1), 0);
	expect(&two, "from one", 8);
	assert_true(raw_silent(&one, 50));
	assert_true(raw_silent(&two, 0));
	assert_true(raw_silent(&three, 0));
	/* Who hasn't said 2 can publish as well; nothing is a message, too. */
	assert_int_equal(raw_send(&two, BROADCAST, NULL, 0, 1), 0);
	expect(&one, "", 0);
}

static void test_batch(void **state)
{
	int i;

	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&two, BROADCAST, "many", 4, 100), 0);
	for (i = 0; i < 100; i++)
		expect(&one, "many", 4);
	assert_true(raw_silent(&one, 50));
}

/* Several payloads in one PUBLISH: the original's programs read one at a time. */
static void test_several(void **state)
{
	static const struct nb_payload payloads[] = { { "one", 3 },
						      { "", 0 },
						      { "three", 5 } };
	const struct nb_msg *m;
	struct nb_result r;
	int i;

	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(nb_subscribe(&genl, NLBROKER_RAW_TOPIC, 0), 0);
	assert_int_equal(nb_publish_several(&genl, NLBROKER_RAW_TOPIC, payloads,
					    3, 0, &r),
			 0);
	assert_int_equal(r.delivered, 6);
	for (i = 0; i < 3; i++) {
		expect(&one, payloads[i].data, payloads[i].len);
		m = nb_next(&genl);
		assert_non_null(m);
		assert_int_equal(m->len, payloads[i].len);
		assert_memory_equal(m->data, payloads[i].data, m->len);
		assert_int_equal(m->seq, r.seq - 2 + (uint64_t)i);
	}
	assert_true(raw_silent(&one, 50));
	assert_true(nb_silent(&genl, 0));
}

/* Every length around the padding; the longest; longer ones are refused. */
static void test_lengths(void **state)
{
	static uint8_t data[NLBROKER_PAYLOAD_MAX + 1];
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + i / 251;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	for (i = 0; i < 70; i++) {
		assert_int_equal(raw_send(&two, BROADCAST, data, i, 1), 0);
		expect(&one, data, i);
	}
	assert_int_equal(
		raw_send(&two, BROADCAST, data, NLBROKER_PAYLOAD_MAX, 1), 0);
	expect(&one, data, NLBROKER_PAYLOAD_MAX);
	assert_int_equal(raw_call(&two, BROADCAST, data, sizeof(data), &text),
			 -EMSGSIZE);
	assert_string_equal(text, "payload is longer than 61440 bytes");
	assert_true(raw_silent(&one, 50));
}

/* Who asks for an answer gets one. */
static void test_answers(void **state)
{
	const char *text;
	int cmd;

	(void)state;
	assert_int_equal(raw_call(&one, SUBSCRIBER, NULL, 0, &text), 0);
	assert_int_equal(raw_call(&one, PUBLISHER, NULL, 0, &text), 0);
	assert_int_equal(raw_call(&two, BROADCAST, "x", 1, &text), 0);
	expect(&one, "x", 1);
	for (cmd = 4; cmd < 256; cmd += 3) {
		assert_int_equal(raw_call(&two, cmd, "x", 1, &text),
				 -EOPNOTSUPP);
		assert_string_equal(text, "command byte is not 1, 2 or 3");
	}
	assert_int_equal(raw_call(&two, 0, NULL, 0, &text), -EOPNOTSUPP);
	assert_true(raw_silent(&one, 50));
}

/* To the topic and from it, and who it was is known there. */
static void test_bridge(void **state)
{
	const struct nb_msg *m;
	struct nb_info i;
	struct nb other;

	(void)state;
	assert_int_equal(nb_open(&other, 0), 0);
	assert_int_equal(nb_subscribe(&genl, NLBROKER_RAW_TOPIC, NB_CREDS), 0);
	assert_int_equal(nb_subscribe(&other, "#", 0), 0);
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&two, BROADCAST, "up", 2, 1), 0);
	m = nb_next(&genl);
	assert_non_null(m);
	assert_string_equal(m->topic, NLBROKER_RAW_TOPIC);
	assert_int_equal(m->len, 2);
	assert_memory_equal(m->data, "up", 2);
	assert_int_equal(m->portid, two.portid);
	assert_int_equal(m->pid, getpid());
	m = nb_next(&other);
	assert_non_null(m);
	assert_memory_equal(m->data, "up", 2);
	expect(&one, "up", 2);

	assert_int_equal(nb_say(&genl, NLBROKER_RAW_TOPIC, "down"), 0);
	expect(&one, "down", 4);
	assert_non_null(nb_next(&genl));
	assert_non_null(nb_next(&other));
	assert_int_equal(nb_say(&genl, "other", "no"), 0);
	assert_true(raw_silent(&one, 50));

	/* A retained value is for who asks, and these can't. */
	assert_non_null(nb_next(&other));
	assert_int_equal(
		nb_publish(&genl, NLBROKER_RAW_TOPIC, "kept", 4, NB_RETAIN), 0);
	expect(&one, "kept", 4);
	assert_int_equal(raw_send(&three, SUBSCRIBER, NULL, 0, 1), 0);
	assert_true(raw_silent(&three, 50));
	assert_int_equal(nb_topic(&genl, NLBROKER_RAW_TOPIC, &i), 0);
	assert_int_equal(i.subscribers, 3);
	assert_int_equal(
		nb_publish(&genl, NLBROKER_RAW_TOPIC, "", 0, NB_RETAIN), 0);
	nb_close(&other);
}

/* A peer like others: listed, counted, gone with its socket. */
static void test_peers(void **state)
{
	struct nb_info i[4];
	uint32_t port;

	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&two, BROADCAST, "x", 1, 1), 0);
	expect(&one, "x", 1);
	assert_int_equal(nb_dump(&genl, NLBROKER_CMD_GET_PEER, NULL, i, 4), 1);
	assert_true(i[0].raw);
	assert_int_equal(i[0].portid, one.portid);
	assert_int_equal(i[0].subscriptions, 1);
	assert_int_equal(i[0].delivered, 1);
	/* The same port of the other front end is another socket. */
	port = one.portid;
	assert_int_equal(nb_peer(&genl, port, i), -ENOENT);
	raw_close(&one);
	assert_int_equal(nb_dump(&genl, NLBROKER_CMD_GET_PEER, NULL, i, 4), 0);
	assert_int_equal(nb_dump(&genl, NLBROKER_CMD_GET_TOPIC, NULL, i, 4), 0);
}

static void test_rights(void **state)
{
	struct nb alice;
	const char *text;
	struct raw bob;

	(void)state;
	assert_int_equal(nb_open(&alice, 1000), 0);
	assert_int_equal(raw_open(&bob, 1001), 0);
	assert_int_equal(nb_advertise(&alice, NLBROKER_RAW_TOPIC, 0600, false),
			 0);
	assert_int_equal(raw_call(&bob, SUBSCRIBER, NULL, 0, &text), -EACCES);
	assert_string_equal(text, "no right to read the topic");
	assert_int_equal(raw_call(&bob, BROADCAST, "x", 1, &text), -EACCES);
	assert_string_equal(text, "no right to write to the topic");
	/* Root may. */
	assert_int_equal(raw_call(&one, SUBSCRIBER, NULL, 0, &text), 0);
	assert_int_equal(nb_say(&alice, NLBROKER_RAW_TOPIC, "secret"), 0);
	expect(&one, "secret", 6);
	assert_true(raw_silent(&bob, 50));
	assert_int_equal(nb_advertise(&alice, NLBROKER_RAW_TOPIC, 0644, false),
			 0);
	assert_int_equal(raw_call(&bob, SUBSCRIBER, NULL, 0, &text), 0);
	assert_int_equal(nb_say(&alice, NLBROKER_RAW_TOPIC, "open"), 0);
	expect(&bob, "open", 4);
	raw_close(&bob);
	nb_close(&alice);
}

static void test_limits(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(nb_set_limit(&genl, NLBROKER_A_LIMIT_PEERS, 1), 0);
	assert_int_equal(raw_call(&one, SUBSCRIBER, NULL, 0, &text), 0);
	assert_int_equal(raw_call(&two, SUBSCRIBER, NULL, 0, &text), -EDQUOT);
	assert_string_equal(text, "limit reached: peers of this user");
	assert_int_equal(nb_set_limit(&genl, NLBROKER_A_LIMIT_PEERS, 1000), 0);
	assert_int_equal(raw_call(&two, SUBSCRIBER, NULL, 0, &text), 0);
}

/* The unit is there in every network namespace, and nothing gets across. */
static void test_namespaces(void **state)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct raw there, other;

	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(raw_open(&there, 0), 0);
	assert_int_equal(raw_open(&other, 0), 0);
	assert_int_equal(raw_send(&there, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&two, BROADCAST, "here", 4, 1), 0);
	expect(&one, "here", 4);
	assert_true(raw_silent(&there, 50));
	assert_int_equal(raw_send(&other, BROADCAST, "there", 5, 1), 0);
	expect(&there, "there", 5);
	assert_true(raw_silent(&one, 50));
	raw_close(&there);
	raw_close(&other);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
}

/* Sockets of the unit hold the module: nothing is freed that they use. */
static void test_unload(void **state)
{
	(void)state;
	assert_int_equal(raw_send(&one, SUBSCRIBER, NULL, 0, 1), 0);
	assert_int_equal(raw_send(&two, BROADCAST, "x", 1, 1), 0);
	assert_int_equal(module_unload(MODULE), -EWOULDBLOCK);
	expect(&one, "x", 1);
	raw_close(&one);
	raw_close(&three);
	/* One that never said anything does. */
	assert_int_equal(module_unload(MODULE), -EWOULDBLOCK);
	raw_close(&two);
	nb_close(&genl);
	assert_int_equal(module_unload_soon(MODULE), 0);
	must("modprobe nlbroker usersock=31");
	assert_int_equal(raw_open(&one, 0), 0);
	assert_int_equal(raw_open(&two, 0), 0);
	assert_int_equal(raw_open(&three, 0), 0);
	assert_int_equal(nb_open(&genl, 0), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest usersock[] = {
		T(original), T(batch),	    T(several), T(lengths),
		T(answers),  T(bridge),	    T(peers),	T(rights),
		T(limits),   T(namespaces), T(unload),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(usersock, load, unload);
}
