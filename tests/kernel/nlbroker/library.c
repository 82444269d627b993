// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packages: libnlbroker
 *
 * libnlbroker, the one that the package installed: what its header promises.
 */
#include <stdio.h>

#include "library.h"

static void test_message(void **state)
{
	static char big[NLBROKER_PAYLOAD_MAX];
	size_t i;

	(void)state;
	good(nlbroker_subscribe(sub, "a/+", NLBROKER_CREDS));
	good(nlbroker_subscribe(other, "a/b", 0));
	good(say(pub, "a/b", "hello"));
	expect(sub, "a/b", "hello");
	assert_true(m->has_creds && !m->retained && m->seq);
	assert_int_equal(m->portid, nlbroker_portid(pub));
	assert_int_equal(m->pid, getpid());
	assert_int_equal(m->uid, getuid());
	assert_int_equal(m->gid, getgid());
	assert_in_range(m->time / 1000000000, time(NULL) - 5, time(NULL) + 1);
	expect(other, "a/b", "hello");
	assert_false(m->has_creds);
	assert_int_equal(m->portid, 0);
	expect_nothing(sub);

	/* Of any length; the padding isn't the payload's. */
	for (i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7);
	for (i = 0; i < 9; i++) {
		good(nlbroker_publish(pub, "a/c", big, i, 0));
		assert_int_equal(nlbroker_receive(sub, &m, 2000), 1);
		assert_int_equal(m->len, i);
		assert_memory_equal(m->payload, big, i);
	}
	good(nlbroker_publish(pub, "a/c", big, sizeof(big), 0));
	assert_int_equal(nlbroker_receive(sub, &m, 2000), 1);
	assert_int_equal(m->len, sizeof(big));
	assert_memory_equal(m->payload, big, sizeof(big));
	good(nlbroker_publish(pub, "a/c", "fast", 4, NLBROKER_NO_ACK));
	expect(sub, "a/c", "fast");

	good(nlbroker_unsubscribe(sub, "a/+"));
	good(say(pub, "a/b", "more"));
	expect(other, "a/b", "more");
	expect_nothing(sub);
}

static void count_value(const struct nlbroker_message *value, void *arg)
{
	assert_true(value->retained && value->has_creds);
	*(int *)arg += (int)value->len;
}

static void test_retained(void **state)
{
	int bytes = 0;

	(void)state;
	good(nlbroker_publish(pub, "r/1", "one", 3, NLBROKER_RETAIN));
	good(nlbroker_publish(pub, "r/2", "two", 3, NLBROKER_RETAIN));
	good(nlbroker_subscribe(sub, "r/1", NLBROKER_SEND_RETAINED));
	expect(sub, "r/1", "one");
	assert_true(m->retained);
	expect_nothing(sub);
	assert_int_equal(nlbroker_retained(pub, NULL, count_value, &bytes), 0);
	assert_int_equal(bytes, 6);
	assert_int_equal(nlbroker_retained(pub, "r/2", count_value, &bytes), 0);
	assert_int_equal(bytes, 9);
	good(nlbroker_publish(pub, "r/2", NULL, 0, NLBROKER_RETAIN));
	assert_int_equal(nlbroker_retained(pub, "r/2", count_value, &bytes), 0);
	assert_int_equal(bytes, 9);
	good(nlbroker_advertise(pub, "r/3", 0644, NLBROKER_RETAIN));
	good(say(pub, "r/3", "kept"));
	good(nlbroker_subscribe(sub, "r/3",
				NLBROKER_SEND_RETAINED | NLBROKER_NO_LOCAL));
	expect(sub, "r/3", "kept");
	good(say(sub, "r/3", "my own"));
	expect_nothing(sub);
}

static void test_refusals(void **state)
{
	static const char long_topic[1000] = { [0 ... 998] = 'x' };
	struct nlbroker *b;
	int rc;

	(void)state;
	refused(pub, say(pub, "a/+", "x"), EINVAL, "wildcard");
	assert_true(nlbroker_refused(pub));
	refused(pub, say(pub, "", "x"), EINVAL, "empty");
	refused(pub, say(pub, long_topic, "x"), EINVAL, "longer than 255");
	refused(pub, nlbroker_subscribe(pub, long_topic, 0), EINVAL,
		"longer than 255");
	refused(pub,
		nlbroker_publish(pub, "a", NULL, NLBROKER_PAYLOAD_MAX + 1, 0),
		EMSGSIZE, "61440");
	refused(pub, nlbroker_publish(pub, "a", NULL, 0, NLBROKER_CREDS),
		EINVAL, "flag");
	refused(pub, nlbroker_subscribe(pub, "$share/a/b", 0), EOPNOTSUPP, "");
	refused(pub, nlbroker_unsubscribe(pub, "a"), ENOENT, "subscribe");
	refused(pub, nlbroker_withdraw(pub, "a"), ENOENT, "advertise");
	refused(pub, nlbroker_advertise(pub, "a", 0777, 0), EINVAL, "mode");
	refused(pub, nlbroker_retained(pub, "a/#/b", count_value, NULL), EINVAL,
		"#");
	good(nlbroker_advertise(pub, "mine", 0600, 0));
	assert_string_equal(nlbroker_error(pub), "");
	refused(sub, nlbroker_advertise(sub, "mine", 0600, 0), EBUSY, "");
	refused(pub, nlbroker_set_limit(pub, NLBROKER_A_LIMIT_QUEUE_SHARE, 101),
		EINVAL, "percent");

	/* Another user, over a connection of its own. */
	assert_int_equal(seteuid(65534), 0);
	good(nlbroker_open(&b));
	rc = say(b, "mine", "x");
	refused(b, rc, EACCES, "right");
	assert_true(nlbroker_refused(b));
	refused(b, nlbroker_set_mode(b, 0600), EPERM, "CAP_NET_ADMIN");
	nlbroker_close(b);
	assert_int_equal(seteuid(0), 0);

	good(nlbroker_set_limit(pub, NLBROKER_A_LIMIT_TOPICS, 1));
	refused(pub, nlbroker_advertise(pub, "second", -1, 0), EDQUOT,
		"topics");
	good(nlbroker_withdraw(pub, "mine"));
	good(nlbroker_advertise(pub, "second", -1, 0));
	good(nlbroker_set_mode(pub, 0640));
}

/* More than one system call takes, with wrong ones in between. */
static void test_many(void **state)
{
	enum { COUNT = 1000 };
	struct nlbroker_outgoing out[COUNT];
	static char text[COUNT][8];
	int i, bad = 0;

	(void)state;
	good(nlbroker_set_queue(sub, 8 << 20));
	good(nlbroker_subscribe(sub, "#", 0));
	for (i = 0; i < COUNT; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", i);
		out[i] = (struct nlbroker_outgoing){
			.topic = i % 100 == 50 ? "wrong/#" : "many",
			.payload = text[i],
			.len = strlen(text[i]),
			.error = 1,
		};
	}
	out[7].len = NLBROKER_PAYLOAD_MAX + 1;
	out[8].flags = NLBROKER_CREDS;
	assert_int_equal(nlbroker_publish_many(pub, out, COUNT), -EMSGSIZE);
	assert_non_null(strstr(nlbroker_error(pub), "61440"));
	for (i = 0; i < COUNT; i++) {
		if (i == 7)
			assert_int_equal(out[i].error, -EMSGSIZE);
		else if (i == 8 || i % 100 == 50)
			assert_int_equal(out[i].error, -EINVAL);
		else
			assert_int_equal(out[i].error, 0);
		bad += !!out[i].error;
	}
	assert_int_equal(bad, 12);
	for (i = 0; i < COUNT; i++)
		if (!out[i].error)
			expect(sub, "many", text[i]);
	expect_nothing(sub);

	/* A length that would overflow a sum. */
	out[11].len = SIZE_MAX - 1;
	assert_int_equal(nlbroker_publish_many(pub, out + 10, 3), -EMSGSIZE);
	assert_int_equal(out[11].error, -EMSGSIZE);
	expect(sub, "many", "10");
	expect(sub, "many", "12");
	expect_nothing(sub);

	out[50].len = 1;
	assert_int_equal(nlbroker_publish_many(pub, out + 50, 2), -EINVAL);
	assert_true(nlbroker_refused(pub));
	assert_non_null(strstr(nlbroker_error(pub), "wildcard"));
	expect(sub, "many", "51");
	assert_int_equal(nlbroker_publish_many(pub, out, 0), 0);
}

/*
 * Those that go to the same topic are one request. When that is refused, which of
 * them it was about is still told, and the others are published in their order.
 */
static void test_many_refused(void **state)
{
	static char big[4000];
	struct nlbroker_outgoing out[] = {
		{ .topic = "kept", .payload = "a", .len = 1 },
		{ .topic = "kept", .payload = "b", .len = 1 },
		{ .topic = "kept", .payload = big, .len = sizeof(big) },
		{ .topic = "else", .payload = "c", .len = 1 },
		{ .topic = "kept", .payload = "d", .len = 1 },
		{ .topic = "kept", .payload = "e", .len = 1 },
		{ .topic = "mine", .payload = "f", .len = 1 },
		{ .topic = "mine", .payload = "g", .len = 1 },
		{ .topic = "else", .payload = "h", .len = 1 },
	};
	struct nlbroker *b;
	int rc;

	(void)state;
	/* The last one of a request is what is kept. */
	good(nlbroker_advertise(other, "kept", 0666, NLBROKER_RETAIN));
	good(nlbroker_advertise(other, "mine", 0600, 0));
	good(nlbroker_set_limit(pub, NLBROKER_A_LIMIT_RETAINED_BYTES, 2000));
	good(nlbroker_subscribe(sub, "#", 0));

	assert_int_equal(seteuid(65534), 0);
	good(nlbroker_open(&b));
	rc = nlbroker_publish_many(b, out, sizeof(out) / sizeof(*out));
	assert_int_equal(seteuid(0), 0);
	refused(b, rc, EDQUOT, "retained bytes");
	assert_true(nlbroker_refused(b));
	assert_int_equal(out[2].error, -EDQUOT);
	assert_int_equal(out[6].error, -EACCES);
	assert_int_equal(out[7].error, -EACCES);
	assert_int_equal(out[0].error | out[1].error | out[3].error |
				 out[4].error | out[5].error | out[8].error,
			 0);
	expect(sub, "kept", "a");
	expect(sub, "kept", "b");
	expect(sub, "else", "c");
	expect(sub, "kept", "d");
	expect(sub, "kept", "e");
	expect(sub, "else", "h");
	expect_nothing(sub);
	nlbroker_close(b);
}

/* Big ones fill the socket's buffer long before there are 64 of them. */
static void test_many_big(void **state)
{
	static char big[NLBROKER_PAYLOAD_MAX];
	struct nlbroker_outgoing out[20];
	int i;

	(void)state;
	good(nlbroker_set_queue(sub, 8 << 20));
	good(nlbroker_subscribe(sub, "big", 0));
	for (i = 0; i < 20; i++)
		out[i] = (struct nlbroker_outgoing){
			.topic = "big",
			.payload = big,
			.len = sizeof(big) - (size_t)i,
		};
	assert_int_equal(nlbroker_publish_many(pub, out, 20), 0);
	for (i = 0; i < 20; i++) {
		assert_int_equal(nlbroker_receive(sub, &m, 2000), 1);
		assert_int_equal(m->len, sizeof(big) - (size_t)i);
	}
}

static void expect_event(enum nlbroker_kind kind)
{
	assert_int_equal(nlbroker_receive(other, &m, 2000), 1);
	assert_int_equal(m->kind, kind);
}

static void test_events(void **state)
{
	int i, overruns = 0, seen = 0;
	char topic[16];

	(void)state;
	good(nlbroker_listen(other));
	good(nlbroker_advertise(pub, "e", 0640, 0));
	/* One request, so in no order. */
	for (i = 0; i < 2; i++) {
		assert_int_equal(nlbroker_receive(other, &m, 2000), 1);
		assert_int_equal(m->portid, nlbroker_portid(pub));
		seen |= 1 << m->kind;
		if (m->kind == NLBROKER_TOPIC_ADD) {
			assert_string_equal(m->topic, "e");
			assert_int_equal(m->mode, 0640);
		}
	}
	assert_int_equal(seen,
			 1 << NLBROKER_PEER_ADD | 1 << NLBROKER_TOPIC_ADD);
	good(nlbroker_withdraw(pub, "e"));
	expect_event(NLBROKER_TOPIC_DEL);
	assert_string_equal(m->topic, "e");
	nlbroker_close(pub);
	good(nlbroker_open(&pub));
	expect_event(NLBROKER_PEER_DEL);
	expect_nothing(other);

	good(nlbroker_set_queue(other, 20000));
	for (i = 0; i < 300; i++) {
		snprintf(topic, sizeof(topic), "e/%d", i);
		good(nlbroker_advertise(pub, topic, -1, 0));
	}
	while (nlbroker_receive(other, &m, 0) == 1)
		overruns += m->kind == NLBROKER_OVERRUN;
	assert_true(overruns > 0);
	/* And it goes on. */
	good(nlbroker_withdraw(pub, "e/1"));
	expect_event(NLBROKER_TOPIC_DEL);
}

static void count_topic(const struct nlbroker_topic *topic, void *arg)
{
	int *counts = arg;

	counts[0]++;
	counts[1] += topic->portid == nlbroker_portid(pub);
	counts[2] += topic->subscribers;
}

static void count_peer(const struct nlbroker_peer *peer, void *arg)
{
	int *counts = arg;

	counts[0]++;
	counts[1] += (int)peer->advertised;
	counts[2] += (int)peer->subscriptions;
}

static void test_lists(void **state)
{
	const int total = 2000 / scale();
	const struct nlbroker_limits *limits;
	int counts[3] = {}, i;
	char topic[32];

	(void)state;
	for (i = 0; i < total; i++) {
		snprintf(topic, sizeof(topic), "list/%d", i);
		good(nlbroker_advertise(pub, topic, -1, 0));
	}
	good(nlbroker_subscribe(sub, "list/0", 0));
	good(nlbroker_subscribe(sub, "#", 0));
	/* While it also has messages to receive. */
	good(say(pub, "list/0", "x"));
	assert_int_equal(nlbroker_topics(sub, NULL, count_topic, counts), 0);
	assert_int_equal(counts[0], total);
	assert_int_equal(counts[1], total);
	assert_int_equal(counts[2], 1);
	counts[0] = 0;
	assert_int_equal(nlbroker_topics(sub, "list/1", count_topic, counts),
			 0);
	assert_int_equal(counts[0], 1);
	memset(counts, 0, sizeof(counts));
	assert_int_equal(nlbroker_peers(sub, count_peer, counts), 0);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], total);
	assert_int_equal(counts[2], 2);
	good(nlbroker_get_limits(pub, &limits));
	assert_int_equal(limits->topics.used, total);
	assert_int_equal(limits->peers.used, 2);
	assert_int_equal(limits->subscriptions.used, 2);
	assert_int_equal(limits->publishes, 1);
	assert_int_equal(limits->mode, 0666);
	expect(sub, "list/0", "x");
}

static void usermode_helper(const char *path)
{
	FILE *f = fopen("/proc/sys/kernel/modprobe", "w");

	assert_non_null(f);
	assert_true(fputs(path, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The driver leaves, and comes back under another number or not at all. */
static void test_unloaded(void **state)
{
	struct nlbroker_outgoing out[2] = { { .topic = "u" },
					    { .topic = "u" } };

	(void)state;
	good(nlbroker_listen(other));
	good(say(pub, "u", "x"));
	assert_int_equal(system("rmmod nlbroker"), 0);
	expect_event(NLBROKER_UNLOADED);
	good(say(pub, "u", "x"));
	assert_int_equal(system("rmmod nlbroker"), 0);
	good(nlbroker_publish_wait(pub, "u", "x", 1, 0, 100, NULL));
	assert_int_equal(system("rmmod nlbroker"), 0);
	good(nlbroker_publish_many(pub, out, 2));
	assert_int_equal(system("rmmod nlbroker"), 0);
	good(nlbroker_subscribe(sub, "u", 0));
	good(say(pub, "u", "y"));
	expect(sub, "u", "y");
	nlbroker_close(sub);

	usermode_helper("/bin/false");
	assert_int_equal(system("rmmod nlbroker"), 0);
	assert_int_equal(say(pub, "u", "x"), -ENODEV);
	assert_int_equal(nlbroker_publish_many(pub, out, 2), -ENODEV);
	assert_int_equal(out[1].error, -ENODEV);
	assert_int_equal(nlbroker_advertise(pub, "u", -1, 0), -ENODEV);
	assert_int_equal(nlbroker_open(&sub), -ENOENT);
	assert_null(sub);
	usermode_helper("/sbin/modprobe");
	good(say(pub, "u", "x"));
	good(nlbroker_open(&sub));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest library[] = {
		T(message), T(retained),     T(refusals),
		T(many),    T(many_refused), T(many_big),
		T(events),  T(lists),	     T(unloaded),
	};

	return check_run(library);
}
