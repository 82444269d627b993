// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packages: libnlbroker
 * timeout: 200
 *
 * libnlbroker, the one that the package installed: what its header promises.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libnlbroker.h>

#include "check.h"

static struct nlbroker *pub, *sub, *other;
static const struct nlbroker_message *m;
static int home;

/* Each test in a network namespace, and so with a broker, of its own. */
static int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nlbroker_open(&pub) ||
	       nlbroker_open(&sub) || nlbroker_open(&other);
}

static int teardown(void **state)
{
	(void)state;
	nlbroker_close(pub);
	nlbroker_close(sub);
	nlbroker_close(other);
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}

#define good(expression)                                                     \
	do {                                                                 \
		int good_rc = (expression);                                  \
		if (good_rc < 0)                                             \
			fail_msg("%s: %s", #expression, strerror(-good_rc)); \
	} while (0)

static int say(struct nlbroker *b, const char *topic, const char *text)
{
	return nlbroker_publish(b, topic, text, strlen(text), 0);
}

static void expect(struct nlbroker *b, const char *topic, const char *text)
{
	assert_int_equal(nlbroker_receive(b, &m, 2000), 1);
	assert_int_equal(m->kind, NLBROKER_MESSAGE);
	assert_string_equal(m->topic, topic);
	assert_int_equal(m->len, strlen(text));
	assert_memory_equal(m->payload, text, m->len);
}

static void expect_nothing(struct nlbroker *b)
{
	assert_int_equal(nlbroker_receive(b, &m, 0), 0);
	assert_null(m);
}

static void refused(struct nlbroker *b, int rc, int error, const char *words)
{
	assert_int_equal(rc, -error);
	if (!strstr(nlbroker_error(b), words))
		fail_msg("no '%s' in '%s'", words, nlbroker_error(b));
}

/* Environment's SCALE, a divisor of counts: 1 if it isn't set. */
static int scale(void)
{
	const char *text = getenv("SCALE");
	int n = text ? atoi(text) : 1;

	return n > 0 ? n : 1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

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

	out[50].len = 1;
	assert_int_equal(nlbroker_publish_many(pub, out + 50, 2), -EINVAL);
	assert_true(nlbroker_refused(pub));
	assert_non_null(strstr(nlbroker_error(pub), "wildcard"));
	expect(sub, "many", "51");
	assert_int_equal(nlbroker_publish_many(pub, out, 0), 0);
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

/* What is received and what is said to be lost is what was published. */
static void test_lost(void **state)
{
	uint64_t got = 0, lost = 0, seq = 0;
	int i;

	(void)state;
	good(nlbroker_set_queue(sub, 20000));
	good(nlbroker_subscribe(sub, "l/+", 0));
	for (i = 0; i < 500; i++)
		good(say(pub, i % 2 ? "l/1" : "l/2", "x"));
	while (nlbroker_receive(sub, &m, 1000) == 1) {
		if (m->kind == NLBROKER_MESSAGE) {
			got++;
			continue;
		}
		assert_int_equal(m->kind, NLBROKER_LOST);
		assert_non_null(m->topic);
		assert_true(m->first_seq <= m->last_seq);
		assert_true(m->count <= m->last_seq - m->first_seq + 1);
		lost += m->count;
		seq = m->last_seq;
	}
	assert_true(got > 5 && lost > 100 && seq);
	assert_int_equal(got + lost, 500);
}

/* A subscriber that begins to read when it's been full for a while. */
static void reader(const char *topic, int ready, int result)
{
	struct nlbroker *b;
	int n = 0;

	if (nlbroker_open(&b) || nlbroker_set_queue(b, 20000) < 0 ||
	    nlbroker_subscribe(b, topic, 0) || write(ready, "", 1) != 1)
		_exit(1);
	usleep(300000);
	while (nlbroker_receive(b, &m, 1000) == 1)
		n += m->kind == NLBROKER_MESSAGE ? 1 : 1000000;
	if (write(result, &n, sizeof(n)) != sizeof(n))
		_exit(1);
	_exit(0);
}

static void test_wait_for_room(void **state)
{
	struct nlbroker_counts counts;
	int ready[2], result[2], i, n = 0, fast = 0;
	char c;

	(void)state;
	good(nlbroker_set_queue(sub, 8 << 20));
	good(nlbroker_subscribe(sub, "w", 0));
	assert_int_equal(pipe(ready) || pipe(result), 0);
	if (!fork())
		reader("w", ready[1], result[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	for (i = 0; i < 200; i++) {
		good(nlbroker_publish_wait(pub, "w", "x", 1, 0, 10000,
					   &counts));
		assert_int_equal(counts.delivered, 2);
		assert_int_equal(counts.full, 0);
		assert_true(counts.seq);
	}
	assert_int_equal(read(result[0], &n, sizeof(n)), sizeof(n));
	assert_int_equal(n, 200);
	/* Who had room got each once, too. */
	while (nlbroker_receive(sub, &m, 0) == 1)
		fast++;
	assert_int_equal(fast, 200);
	wait(NULL);
	close(ready[0]), close(ready[1]), close(result[0]), close(result[1]);
}

/* Fills a queue; how many that took. */
static int fill(const char *topic)
{
	struct nlbroker_counts counts;
	int n = 0;

	do {
		good(nlbroker_publish_wait(pub, topic, "x", 1, 0, 0, &counts));
		n++;
	} while (!counts.full);
	return n;
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_wait_ends(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 300000 };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct nlbroker_counts counts;
	uint64_t lost = 0;
	double began;

	(void)state;
	good(nlbroker_set_queue(sub, 20000));
	good(nlbroker_subscribe(sub, "w", 0));
	fill("w");
	began = now();
	good(nlbroker_publish_wait(pub, "w", "x", 1, 0, 200, &counts));
	assert_true(now() - began > 0.19 && now() - began < 5);
	assert_true(counts.delivered == 0 && counts.full == 1);

	/* A signal ends it as well; NULL: nobody wants to know. */
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	began = now();
	good(nlbroker_publish_wait(pub, "w", "x", 1, 0, NLBROKER_FOREVER,
				   NULL));
	assert_true(now() - began > 0.2 && now() - began < 20);

	/* All three are lost, and told. */
	while (nlbroker_receive(sub, &m, 1000) == 1)
		lost += m->kind == NLBROKER_LOST ? m->count : 0;
	assert_int_equal(lost, 3);
}

/* Kept for who comes later, though it was offered several times. */
static void test_wait_retain(void **state)
{
	struct nlbroker_counts counts;

	(void)state;
	good(nlbroker_set_queue(sub, 20000));
	good(nlbroker_subscribe(sub, "w", 0));
	fill("w");
	good(nlbroker_publish_wait(pub, "w", "keep", 4, NLBROKER_RETAIN, 50,
				   &counts));
	assert_true(counts.delivered == 0 && counts.full == 1);
	good(nlbroker_subscribe(other, "w", NLBROKER_SEND_RETAINED));
	expect(other, "w", "keep");
	expect_nothing(other);
}

static bool readable(struct nlbroker *b)
{
	struct pollfd pfd = { .fd = nlbroker_fd(b), .events = POLLIN };

	assert_true(pfd.fd >= 0);
	return poll(&pfd, 1, 0) == 1;
}

/* It is readable as long as there is something, wherever that is. */
static void test_fd(void **state)
{
	int i;

	(void)state;
	good(nlbroker_subscribe(sub, "f", 0));
	assert_false(readable(sub));
	good(say(pub, "f", "1"));
	assert_true(readable(sub));
	expect(sub, "f", "1");
	assert_false(readable(sub));

	/* In memory, as an answer was awaited. */
	good(say(pub, "f", "2"));
	good(say(pub, "f", "3"));
	good(nlbroker_subscribe(sub, "g", 0));
	assert_true(readable(sub));
	expect(sub, "f", "2");
	assert_true(readable(sub));
	good(say(pub, "f", "4"));
	good(say(sub, "f", "5"));
	expect(sub, "f", "3");
	expect(sub, "f", "4");
	assert_true(readable(sub));
	expect(sub, "f", "5");
	assert_false(readable(sub));

	/* In memory, as several are read at once. */
	for (i = 0; i < 50; i++)
		good(say(pub, "f", "x"));
	for (i = 0; i < 50; i++) {
		assert_true(readable(sub));
		expect(sub, "f", "x");
	}
	assert_false(readable(sub));
	expect_nothing(sub);

	/* Nothing for anybody: a refusal that nobody waited for. */
	good(nlbroker_publish(sub, "wrong/#", "x", 1, NLBROKER_NO_ACK));
	assert_int_equal(nlbroker_receive(sub, &m, 0), 0);
	assert_false(readable(sub));
}

static void test_timeouts(void **state)
{
	double began = now();

	(void)state;
	good(nlbroker_subscribe(sub, "t", 0));
	assert_int_equal(nlbroker_receive(sub, &m, 200), 0);
	assert_true(now() - began > 0.19 && now() - began < 5);
	if (!fork()) {
		struct nlbroker *b;

		usleep(200000);
		_exit(nlbroker_open(&b) || say(b, "t", "late"));
	}
	assert_int_equal(nlbroker_receive(sub, &m, NLBROKER_FOREVER), 1);
	assert_memory_equal(m->payload, "late", 4);
	wait(NULL);
}

/*
 * Requests over a socket that others flood: each is answered or said not to be,
 * and what comes in between isn't mixed up or lost unsaid.
 */
static void test_flood(void **state)
{
	const int total = 20000 / scale();
	uint64_t got = 0, lost = 0, last = 0;
	int i, rc, status, own = 0, unknown = 0;
	bool done = false;
	pid_t pid;

	(void)state;
	good(nlbroker_subscribe(sub, "flood", 0));
	pid = fork();
	if (!pid) {
		struct nlbroker *b;

		if (nlbroker_open(&b))
			_exit(1);
		for (i = 0; i < total; i++)
			if (nlbroker_publish(b, "flood", "x", 1,
					     NLBROKER_NO_ACK))
				_exit(1);
		_exit(0);
	}
	while (!done || nlbroker_receive(sub, &m, 500) == 1) {
		if (!done) {
			done = waitpid(pid, &status, WNOHANG) == pid;
			rc = say(sub, "flood/own", "y");
			if (rc == -ENOBUFS)
				unknown++;
			else
				assert_int_equal(rc, 0);
			own++;
			if (nlbroker_receive(sub, &m, 0) != 1)
				continue;
		}
		if (m->kind == NLBROKER_LOST) {
			lost += m->count;
			continue;
		}
		assert_string_equal(m->topic, "flood");
		assert_true(m->seq > last);
		last = m->seq;
		got++;
	}
	assert_int_equal(status, 0);
	print_message("# %d requests, %d without answer; got %d, lost %d\n",
		      own, unknown, (int)got, (int)lost);
	assert_int_equal(got + lost, total);
}

/* Who never receives isn't given all memory. */
static void test_backlog(void **state)
{
	static char big[NLBROKER_PAYLOAD_MAX];
	int i, rc = 0, got = 0;

	(void)state;
	good(nlbroker_subscribe(sub, "b", 0));
	for (i = 0; i < 400 && !rc; i++) {
		good(nlbroker_publish(pub, "b", big, sizeof(big), 0));
		rc = say(sub, "elsewhere", "x");
	}
	refused(sub, rc, ENOBUFS, "wait to be received");
	assert_false(nlbroker_refused(sub));
	while (nlbroker_receive(sub, &m, 0) == 1)
		got++;
	assert_in_range(got, i - 2, i);
	good(say(sub, "elsewhere", "x"));
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
		T(message),	T(retained), T(refusals),      T(many),
		T(many_big),	T(lost),     T(wait_for_room), T(wait_ends),
		T(wait_retain), T(fd),	     T(timeouts),      T(flood),
		T(backlog),	T(events),   T(lists),	       T(unloaded),
	};

	return check_run(library);
}
