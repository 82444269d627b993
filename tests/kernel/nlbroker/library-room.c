// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packages: libnlbroker
 *
 * libnlbroker where there is no room: losses, waits, what is read in between.
 */
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "library.h"

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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest room[] = {
		T(lost), T(wait_for_room), T(wait_ends), T(wait_retain),
		T(fd),	 T(timeouts),	   T(flood),	 T(backlog),
	};

	return check_run(room);
}
