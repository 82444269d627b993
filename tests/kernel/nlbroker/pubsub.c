// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * What a publisher says is what subscribers get: topics, wildcards, options,
 * owners and modes, retained values, events.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

static struct nb pub, sub, other;
static int home;

/* Each test in a network namespace, and so with a broker, of its own. */
static int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nb_open(&pub, 0) || nb_open(&sub, 0) ||
	       nb_open(&other, 0);
}

static int teardown(void **state)
{
	(void)state;
	nb_close(&pub);
	nb_close(&sub);
	nb_close(&other);
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}

static void expect(struct nb *b, const char *topic, const char *text)
{
	const struct nb_msg *m = nb_next(b);

	if (!m)
		fail_msg("no \"%s\" in %s: %s", text, topic, strerror(errno));
	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_string_equal(m->topic, topic);
	assert_int_equal(m->len, strlen(text));
	assert_memory_equal(m->data, text, m->len);
}

static void expect_event(struct nb *b, uint8_t cmd, const char *topic,
			 uint32_t portid)
{
	const struct nb_msg *m = nb_next(b);

	assert_non_null(m);
	assert_int_equal(m->cmd, cmd);
	assert_string_equal(m->topic, topic);
	assert_int_equal(m->portid, portid);
}

static void test_message(void **state)
{
	const struct nb_msg *m;
	uint64_t seq;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "a/b", 0), 0);
	assert_int_equal(nb_say(&pub, "a/b", "hello"), 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_string_equal(m->topic, "a/b");
	assert_int_equal(m->len, 5);
	assert_memory_equal(m->data, "hello", 5);
	assert_false(m->retained);
	assert_false(m->retain);
	assert_false(m->has_creds);
	assert_int_equal(m->portid, 0);
	seq = m->seq;
	assert_true(seq > 0);

	/* An empty one is a message, too; the next number is the next. */
	assert_int_equal(nb_say(&pub, "a/b", ""), 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->len, 0);
	assert_int_equal(m->seq, seq + 1);

	/* Other topics, and the publisher, are left alone. */
	assert_int_equal(nb_say(&pub, "a/B", "no"), 0);
	assert_int_equal(nb_say(&pub, "a", "no"), 0);
	assert_true(nb_silent(&sub, 100));
	assert_true(nb_silent(&pub, 0));

	assert_int_equal(nb_unsubscribe(&sub, "a/b"), 0);
	assert_int_equal(nb_say(&pub, "a/b", "no"), 0);
	assert_true(nb_silent(&sub, 100));
}

/* 60 KiB in, 60 KiB out, byte for byte, in one buffer of 64 KiB. */
static void test_big(void **state)
{
	static uint8_t data[NLBROKER_PAYLOAD_MAX];
	const struct nb_msg *m;
	char topic[NLBROKER_TOPIC_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + i / 251;
	memset(topic, 't', sizeof(topic) - 1);
	topic[sizeof(topic) - 1] = '\0';
	assert_int_equal(nb_subscribe(&sub, topic, NB_CREDS), 0);
	assert_int_equal(nb_subscribe(&other, "#", 0), 0);
	assert_int_equal(nb_publish(&pub, topic, data, sizeof(data), NB_RETAIN),
			 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_string_equal(m->topic, topic);
	assert_int_equal(m->len, sizeof(data));
	assert_memory_equal(m->data, data, sizeof(data));
	assert_true(sub.s.got <= 65536);
	m = nb_next(&other);
	assert_non_null(m);
	assert_memory_equal(m->data, data, sizeof(data));

	assert_int_equal(nb_subscribe(&sub, topic, NB_RETAINED | NB_CREDS), 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_true(m->retained);
	assert_int_equal(m->len, sizeof(data));
	assert_memory_equal(m->data, data, sizeof(data));
}

static void test_wildcards(void **state)
{
	static const struct {
		const char *pattern, *topic;
		bool match;
	} rows[] = {
		{ "sport/#", "sport", true },
		{ "sport/#", "sport/a/b", true },
		{ "sport/+", "sport", false },
		{ "sport/+", "sport/", true },
		{ "sport/+", "sport/a/b", false },
		{ "+/+", "/a", true },
		{ "/+", "/a", true },
		{ "+", "/a", false },
		{ "#", "/", true },
		{ "#", "$SYS/a", false },
		{ "+/a", "$SYS/a", false },
		{ "$SYS/#", "$SYS/a", true },
		{ "$SYS/+", "$SYS/a", true },
		{ "+/b/#", "a/b", true },
		{ "a/+/c", "a//c", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(nb_subscribe(&sub, rows[i].pattern, 0), 0);
		assert_int_equal(nb_say(&pub, rows[i].topic, "x"), 0);
		assert_int_equal(nb_say(&pub, rows[i].topic, "y"), 0);
		if (rows[i].match) {
			expect(&sub, rows[i].topic, "x");
			expect(&sub, rows[i].topic, "y");
		} else if (!nb_silent(&sub, 20)) {
			fail_msg("%s matched %s", rows[i].pattern,
				 rows[i].topic);
		}
		assert_int_equal(nb_unsubscribe(&sub, rows[i].pattern), 0);
		assert_int_equal(nb_say(&pub, rows[i].topic, "z"), 0);
	}
	assert_true(nb_silent(&sub, 100));
}

/* Whatever number of patterns match, a message comes once. */
static void test_overlap(void **state)
{
	const struct nb_msg *m;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "a/b", NB_NO_LOCAL), 0);
	assert_int_equal(nb_subscribe(&sub, "a/+", NB_CREDS | NB_NO_LOCAL), 0);
	assert_int_equal(nb_subscribe(&sub, "#", NB_NO_LOCAL), 0);
	assert_int_equal(nb_say(&pub, "a/b", "1"), 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_true(m->has_creds);
	assert_true(nb_silent(&sub, 50));

	/* One's own, once one of the patterns wants them. */
	assert_int_equal(nb_say(&sub, "a/b", "2"), 0);
	assert_true(nb_silent(&sub, 50));
	assert_int_equal(nb_subscribe(&sub, "#", 0), 0);
	assert_int_equal(nb_say(&sub, "a/b", "3"), 0);
	expect(&sub, "a/b", "3");

	/* Without that of the credentials. */
	assert_int_equal(nb_unsubscribe(&sub, "a/+"), 0);
	assert_int_equal(nb_say(&pub, "a/b", "4"), 0);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_false(m->has_creds);
	assert_true(nb_silent(&sub, 50));
}

static void test_retained(void **state)
{
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_publish(&pub, "r/1", "old", 3, NB_RETAIN), 0);
	assert_int_equal(nb_publish(&pub, "r/1", "one", 3, NB_RETAIN), 0);
	assert_int_equal(nb_publish(&pub, "r/2", "two", 3, NB_RETAIN), 0);
	assert_int_equal(nb_say(&pub, "r/1", "not kept"), 0);
	assert_int_equal(nb_topic(&pub, "r/1", &i), 0);
	assert_true(i.has_value);
	assert_int_equal(i.retained_len, 3);

	/* Only to those who ask for it, and before what is new. */
	assert_int_equal(nb_subscribe(&sub, "r/1", 0), 0);
	assert_true(nb_silent(&sub, 50));
	assert_int_equal(nb_subscribe(&other, "r/+", NB_RETAINED | NB_CREDS),
			 0);
	assert_int_equal(nb_say(&pub, "r/1", "new"), 0);
	expect(&other, "r/1", "one");
	assert_true(other.last->retained);
	assert_int_equal(other.last->portid, pub.s.portid);
	expect(&other, "r/2", "two");
	assert_true(other.last->retained);
	assert_false(other.last->retain);
	expect(&other, "r/1", "new");
	assert_false(other.last->retained);
	assert_false(other.last->retain);

	/* Who has subscribed already sees that it is kept, or that none is. */
	assert_int_equal(nb_publish(&pub, "r/1", "kept", 4, NB_RETAIN), 0);
	expect(&other, "r/1", "kept");
	assert_false(other.last->retained);
	assert_true(other.last->retain);
	assert_true(other.last->has_creds);
	expect(&sub, "r/1", "new");
	assert_false(sub.last->retain);
	expect(&sub, "r/1", "kept");
	assert_true(sub.last->retain);
	assert_false(sub.last->has_creds);
	assert_int_equal(nb_publish(&pub, "r/1", "one", 3, NB_RETAIN), 0);
	expect(&other, "r/1", "one");

	/* An empty one clears, and the topic lives no longer. */
	assert_int_equal(nb_publish(&pub, "r/2", "", 0, NB_RETAIN), 0);
	expect(&other, "r/2", "");
	assert_int_equal(nb_topic(&pub, "r/2", &i), -ENOENT);
	assert_int_equal(nb_dump(&pub, NLBROKER_CMD_GET_RETAINED, NULL, &i, 1),
			 1);
	assert_string_equal(i.topic, "r/1");
	assert_int_equal(i.len, 3);
	assert_memory_equal(i.data, "one", 3);
	assert_int_equal(i.portid, pub.s.portid);
	assert_true(i.time > 0);
	assert_int_equal(nb_dump(&pub, NLBROKER_CMD_GET_RETAINED, "x/#", &i, 1),
			 0);

	/* The publisher may go; the value stays. */
	nb_close(&pub);
	assert_int_equal(nb_dump(&sub, NLBROKER_CMD_GET_RETAINED, "#", &i, 1),
			 1);
	assert_int_equal(nb_open(&pub, 0), 0);
}

static void test_advertise(void **state)
{
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_topic(&pub, "t", &i), -ENOENT);
	assert_int_equal(nb_advertise(&pub, "t", 0640, true), 0);
	assert_int_equal(nb_topic(&other, "t", &i), 0);
	assert_string_equal(i.topic, "t");
	assert_int_equal(i.mode, 0640);
	assert_int_equal(i.portid, pub.s.portid);
	assert_int_equal(i.uid, 0);
	assert_true(i.retain);
	assert_false(i.has_value);
	assert_int_equal(i.subscribers, 0);

	/* Each message is retained, without being asked. */
	assert_int_equal(nb_say(&pub, "t", "v1"), 0);
	assert_int_equal(nb_subscribe(&sub, "t", NB_RETAINED), 0);
	expect(&sub, "t", "v1");
	assert_int_equal(nb_say(&pub, "t", "v2"), 0);
	expect(&sub, "t", "v2");
	assert_true(sub.last->retain);

	/* Somebody else can't have it; its owner can change it. */
	assert_int_equal(nb_advertise(&other, "t", 0666, false), -EBUSY);
	assert_string_equal(other.text,
			    "topic is advertised by another socket");
	assert_int_equal(nb_advertise(&pub, "t", -1, false), 0);
	assert_int_equal(nb_topic(&other, "t", &i), 0);
	assert_int_equal(i.mode, 0640);
	assert_false(i.retain);
	assert_int_equal(i.subscribers, 1);
	assert_int_equal(nb_peer(&pub, 0, &i), 0);
	assert_int_equal(i.advertised, 1);

	assert_int_equal(nb_withdraw(&other, "t"), -ENOENT);
	assert_int_equal(nb_withdraw(&pub, "t"), 0);
	assert_int_equal(nb_withdraw(&pub, "t"), -ENOENT);
	assert_int_equal(nb_advertise(&other, "t", 0600, false), 0);

	/* The owner's socket ends it: at once for whoever asks then. */
	nb_close(&other);
	assert_int_equal(nb_advertise(&pub, "t", 0600, false), 0);
	assert_int_equal(nb_open(&other, 0), 0);
}

/* A 0600 topic is its owner's: neither r nor w for others, root excepted. */
static void test_rights(void **state)
{
	struct nb alice, bob;
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_open(&alice, 1000), 0);
	assert_int_equal(nb_open(&bob, 1001), 0);
	assert_int_equal(nb_advertise(&alice, "mine", 0600, true), 0);
	assert_int_equal(nb_topic(&bob, "mine", &i), 0);
	assert_int_equal(i.uid, 1000);

	assert_int_equal(nb_say(&bob, "mine", "no"), -EACCES);
	assert_string_equal(bob.text, "no right to write to the topic");
	assert_int_equal(nb_subscribe(&bob, "mine", 0), -EACCES);
	assert_string_equal(bob.text, "no right to read the topic");
	assert_int_equal(nb_peer(&bob, 0, &i), -ENOENT);
	assert_int_equal(nb_subscribe(&alice, "mine", 0), 0);

	/* A wildcard can be subscribed to, and skips it. */
	assert_int_equal(nb_subscribe(&bob, "#", NB_RETAINED), 0);
	assert_int_equal(nb_say(&alice, "mine", "secret"), 0);
	expect(&alice, "mine", "secret");
	assert_true(nb_silent(&bob, 50));
	assert_int_equal(nb_subscribe(&bob, "#", NB_RETAINED), 0);
	assert_true(nb_silent(&bob, 50));
	assert_int_equal(nb_dump(&bob, NLBROKER_CMD_GET_RETAINED, NULL, &i, 1),
			 0);
	assert_int_equal(
		nb_dump(&alice, NLBROKER_CMD_GET_RETAINED, NULL, &i, 1), 1);

	/* Judged again when the mode changes: r alone, then w alone. */
	assert_int_equal(nb_advertise(&alice, "mine", 0644, true), 0);
	assert_int_equal(nb_say(&alice, "mine", "open"), 0);
	expect(&bob, "mine", "open");
	assert_int_equal(nb_say(&bob, "mine", "no"), -EACCES);
	assert_int_equal(nb_advertise(&alice, "mine", 0622, true), 0);
	assert_int_equal(nb_say(&bob, "mine", "from bob"), 0);
	assert_true(nb_silent(&bob, 50));

	/* When she goes, what she retained stays hers. */
	assert_int_equal(nb_advertise(&alice, "mine", 0600, true), 0);
	nb_close(&alice);
	assert_int_equal(nb_topic(&bob, "mine", &i), 0);
	assert_int_equal(i.uid, 1000);
	assert_int_equal(i.mode, 0600);
	assert_false(i.has_portid);
	assert_int_equal(nb_subscribe(&bob, "mine", 0), -EACCES);
	assert_int_equal(nb_advertise(&bob, "mine", 0666, false), -EACCES);
	assert_int_equal(nb_say(&bob, "mine", "no"), -EACCES);

	/* Root may; once it is cleared, it is a topic like any other. */
	assert_int_equal(nb_publish(&pub, "mine", "", 0, NB_RETAIN), 0);
	assert_int_equal(nb_say(&bob, "mine", "mine now"), 0);
	expect(&bob, "mine", "mine now");
	nb_close(&bob);
}

/* The mode of topics without an owner. */
static void test_default_mode(void **state)
{
	uint64_t v[NLBROKER_A_MAX + 1];
	struct nb_info i;
	struct nb bob;

	(void)state;
	assert_int_equal(nb_open(&bob, 1001), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_subscribe(&bob, "t", 0), 0);
	assert_int_equal(nb_set_mode(&bob, 0600), -EPERM);
	assert_int_equal(nb_set_mode(&pub, 0600), 0);
	assert_int_equal(nb_limits(&bob, v), 0);
	assert_int_equal(v[NLBROKER_A_MODE], 0600);
	assert_int_equal(nb_topic(&bob, "t", &i), 0);
	assert_int_equal(i.mode, 0600);
	assert_int_equal(nb_say(&bob, "t", "no"), -EACCES);
	assert_int_equal(nb_say(&bob, "nowhere", "no"), -EACCES);
	assert_int_equal(nb_publish(&bob, "nowhere", "x", 1, NB_RETAIN),
			 -EACCES);
	assert_int_equal(nb_advertise(&bob, "nowhere", 0666, false), -EACCES);
	assert_int_equal(nb_say(&pub, "t", "for root"), 0);
	expect(&sub, "t", "for root");
	assert_true(nb_silent(&bob, 50));
	assert_int_equal(nb_dump(&pub, NLBROKER_CMD_GET_TOPIC, NULL, &i, 1), 1);
	nb_close(&bob);
}

static void test_echo(void **state)
{
	struct nb_result r;

	(void)state;
	assert_int_equal(nb_publish_echo(&pub, "t", "x", 1, 0, NULL, 0, &r), 0);
	assert_int_equal(r.delivered, 0);
	assert_int_equal(r.full, 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_subscribe(&other, "+", 0), 0);
	assert_int_equal(nb_publish_echo(&pub, "t", "x", 1, 0, NULL, 0, &r), 0);
	assert_int_equal(r.delivered, 2);
	assert_int_equal(r.full, 0);
	assert_true(r.seq > 0);
	expect(&sub, "t", "x");
	assert_int_equal(sub.last->seq, r.seq);

	/* Only to some of those who subscribed. */
	assert_int_equal(nb_publish_echo(&pub, "t", "y", 1, 0, &other.s.portid,
					 1, &r),
			 0);
	assert_int_equal(r.delivered, 1);
	assert_int_equal(nb_publish_echo(&pub, "t", "z", 1, NB_HOLD,
					 &pub.s.portid, 1, &r),
			 0);
	assert_int_equal(r.delivered, 0);
	assert_true(nb_silent(&sub, 50));
	expect(&other, "t", "x");
	expect(&other, "t", "y");
	assert_true(nb_silent(&other, 50));
}

/* Two namespaces: nothing of one shows in the other. */
static void test_namespaces(void **state)
{
	struct nb there;
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "#", 0), 0);
	assert_int_equal(nb_publish(&pub, "here", "x", 1, NB_RETAIN), 0);
	expect(&sub, "here", "x");
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(nb_open(&there, 0), 0);
	assert_int_equal(nb_say(&there, "there", "x"), 0);
	assert_int_equal(nb_subscribe(&there, "#", NB_RETAINED), 0);
	assert_int_equal(nb_say(&pub, "here", "y"), 0);
	expect(&sub, "here", "y");
	assert_true(nb_silent(&sub, 50));
	assert_true(nb_silent(&there, 50));
	assert_int_equal(nb_dump(&there, NLBROKER_CMD_GET_PEER, NULL, &i, 1),
			 1);
	assert_int_equal(nb_dump(&there, NLBROKER_CMD_GET_TOPIC, NULL, &i, 1),
			 0);
	nb_close(&there);
}

static void test_events(void **state)
{
	(void)state;
	assert_int_equal(
		nl_option(&other.s, NETLINK_ADD_MEMBERSHIP, other.s.group), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	expect_event(&other, NLBROKER_CMD_TOPIC_ADD, "t", 0);
	expect_event(&other, NLBROKER_CMD_PEER_ADD, "", sub.s.portid);
	assert_int_equal(nb_advertise(&pub, "t", 0644, false), 0);
	expect_event(&other, NLBROKER_CMD_TOPIC_CHANGE, "t", pub.s.portid);
	assert_int_equal(other.last->mode, 0644);
	expect_event(&other, NLBROKER_CMD_PEER_ADD, "", pub.s.portid);
	assert_int_equal(nb_advertise(&pub, "u", 0600, false), 0);
	expect_event(&other, NLBROKER_CMD_TOPIC_ADD, "u", pub.s.portid);
	assert_int_equal(nb_unsubscribe(&sub, "t"), 0);
	assert_int_equal(nb_withdraw(&pub, "t"), 0);
	expect_event(&other, NLBROKER_CMD_TOPIC_DEL, "t", 0);

	/* A socket's end is told without anybody asking. */
	uint32_t port = pub.s.portid;

	nb_close(&pub);
	expect_event(&other, NLBROKER_CMD_TOPIC_DEL, "u", 0);
	expect_event(&other, NLBROKER_CMD_PEER_DEL, "", port);
	assert_true(nb_silent(&other, 50));
	assert_int_equal(nb_open(&pub, 0), 0);
}

/* Numbers of a topic that went and came again go on. */
static void test_seq(void **state)
{
	uint64_t seq = 0;
	int n;

	(void)state;
	for (n = 0; n < 5; n++) {
		assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
		assert_int_equal(nb_say(&pub, "t", "x"), 0);
		expect(&sub, "t", "x");
		assert_true(sub.last->seq > seq);
		seq = sub.last->seq;
		assert_int_equal(nb_unsubscribe(&sub, "t"), 0);
	}
}

/* Topics nobody keeps, by a wildcard: more than are cached, each delivered. */
static void test_many_topics(void **state)
{
	int n, max = 3000 / nb_scale() + 1200;
	char topic[32];

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "many/+", 0), 0);
	for (n = 0; n < max; n++) {
		snprintf(topic, sizeof(topic), "many/%d", n);
		assert_int_equal(nb_post(&pub, topic, topic, strlen(topic)), 0);
		expect(&sub, topic, topic);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest pubsub[] = {
		T(message),	T(big),	       T(wildcards), T(overlap),
		T(retained),	T(advertise),  T(rights),    T(default_mode),
		T(echo),	T(namespaces), T(events),    T(seq),
		T(many_topics),
	};

	return check_run(pubsub);
}
