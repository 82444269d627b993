// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Subscribers that don't keep up lose messages and are told which, to the
 * message; nobody else notices, and nobody waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

static struct nb pub, sub, other;
static int home;

static int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nb_open(&pub, 0) || nb_open(&sub, 0) ||
	       nb_open(&other, 0) || nb_rcvbuf(&sub, 8192);
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

static void post(const char *topic, uint64_t n)
{
	assert_int_equal(nb_post(&pub, topic, &n, sizeof(n)), 0);
}

static uint64_t number(const struct nb_msg *m)
{
	uint64_t n;

	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_int_equal(m->len, sizeof(n));
	memcpy(&n, m->data, sizeof(n));
	return n;
}

/* 1000 messages, none read; then what came, what was lost, and the next. */
static void test_exact(void **state)
{
	enum { N = 1000 };
	const struct nb_msg *m;
	struct nb_info i;
	uint64_t n = 0, got, first_seq = 0;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_subscribe(&other, "t", 0), 0);
	for (n = 0; n < N; n++) {
		post("t", n);
		m = nb_next(&other);
		assert_non_null(m);
		assert_int_equal(number(m), n);
		if (!n)
			first_seq = m->seq;
		assert_int_equal(m->seq, first_seq + n);
	}
	assert_int_equal(nb_peer(&other, sub.s.portid, &i), 0);
	assert_true(i.delivered > 0 && i.lost > 0);
	assert_int_equal(i.delivered + i.lost, N);
	assert_true(i.queued > 0 && i.queued <= i.queue_size);

	for (got = 0; got < i.delivered; got++) {
		m = nb_next(&sub);
		assert_non_null(m);
		assert_int_equal(number(m), got);
		assert_int_equal(m->seq, first_seq + got);
	}
	post("t", N);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_LOST);
	assert_string_equal(m->topic, "t");
	assert_int_equal(m->count, i.lost);
	assert_int_equal(m->first, first_seq + got);
	assert_int_equal(m->last, first_seq + N - 1);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(number(m), N);
	assert_true(nb_silent(&sub, 200));
	assert_int_equal(nb_peer(&other, 0, &i), 0);
	assert_int_equal(i.lost, 0);
	assert_int_equal(i.delivered, N + 1);
}

/* Told though nothing more is published. */
static void test_told_later(void **state)
{
	const struct nb_msg *m;
	struct nb_info i;
	uint64_t n;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	for (n = 0; n < 100; n++)
		post("t", n);
	assert_int_equal(nb_peer(&other, sub.s.portid, &i), 0);
	assert_true(i.lost > 0);
	for (n = 0; n < i.delivered; n++)
		assert_int_equal(number(nb_next(&sub)), n);
	m = nb_next(&sub);
	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_LOST);
	assert_int_equal(m->count, i.lost);
	assert_true(nb_silent(&sub, 300));
}

/* More topics than are kept apart: the rest is counted, too. */
static void test_many_topics(void **state)
{
	enum { N = 200 };
	uint64_t got = 0, lost = 0, rest = 0, topics = 0;
	const struct nb_msg *m;
	char topic[16];
	int n;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "#", 0), 0);
	for (n = 0; n < 2 * N; n++) {
		snprintf(topic, sizeof(topic), "t/%d", n % N);
		post(topic, n);
	}
	while (got + lost + rest < 2 * N) {
		m = nb_next(&sub);
		if (!m)
			fail_msg("%d of %d: %s", (int)(got + lost + rest),
				 2 * N, strerror(errno));
		if (m->cmd == NLBROKER_CMD_MESSAGE) {
			got++;
		} else if (m->has_topic) {
			topics++;
			lost += m->count;
		} else {
			assert_int_equal(m->first, 0);
			rest += m->count;
		}
	}
	assert_int_equal(got + lost + rest, 2 * N);
	assert_true(topics > 0 && topics <= NLBROKER_LOST_TOPICS_MAX);
	assert_true(rest > 0);
	assert_true(nb_silent(&sub, 300));
}

/* Retained values don't fit either: they are lost like others. */
static void test_retained(void **state)
{
	static uint8_t data[1024];
	uint64_t got = 0, lost = 0;
	const struct nb_msg *m;
	char topic[16];
	int n;

	(void)state;
	for (n = 0; n < 50; n++) {
		snprintf(topic, sizeof(topic), "r/%d", n);
		assert_int_equal(nb_publish(&pub, topic, data, sizeof(data),
					    NB_RETAIN),
				 0);
	}
	/* The ACK may find no room. */
	nb_subscribe(&sub, "r/+", NB_RETAINED);
	while (got + lost < 50) {
		m = nb_next(&sub);
		if (!m && errno == EBADMSG)
			continue;
		assert_non_null(m);
		if (m->cmd == NLBROKER_CMD_MESSAGE) {
			assert_true(m->retained);
			got++;
		} else {
			lost += m->count;
		}
	}
	assert_true(got > 0 && lost > 0);
	assert_int_equal(got + lost, 50);
}

/* The publisher knows, and the listeners do. */
static void test_reported(void **state)
{
	uint64_t v[NLBROKER_A_MAX + 1];
	const struct nb_msg *m;
	struct nb_result r;
	uint64_t full = 0;
	int n;

	(void)state;
	assert_int_equal(
		nl_option(&other.s, NETLINK_ADD_MEMBERSHIP, other.s.group), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_next(&other)->cmd, NLBROKER_CMD_TOPIC_ADD);
	assert_int_equal(nb_next(&other)->cmd, NLBROKER_CMD_PEER_ADD);
	for (n = 0; n < 100; n++) {
		assert_int_equal(
			nb_publish_echo(&pub, "t", "x", 1, 0, NULL, 0, &r), 0);
		assert_int_equal(r.delivered + r.full, 1);
		full += r.full;
	}
	assert_true(full > 0 && full < 100);
	m = nb_next(&other);
	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_LOSS);
	assert_int_equal(m->portid, sub.s.portid);
	assert_string_equal(m->topic, "t");
	assert_true(nb_silent(&other, 200)); /* once */
	assert_int_equal(nb_limits(&pub, v), 0);
	assert_int_equal(v[NLBROKER_A_STAT_PUBLISHES], 100);
	assert_int_equal(v[NLBROKER_A_STAT_PUBLISH_BYTES], 100);
	assert_int_equal(v[NLBROKER_A_STAT_LOST], full);
	assert_int_equal(v[NLBROKER_A_STAT_DELIVERIES], 100 - full);
	assert_int_equal(v[NLBROKER_A_STAT_HELD], 0);
}

/* HOLD: nothing is lost while the publisher tries again with ONLY. */
static void test_hold(void **state)
{
	uint64_t n, sent = 0, v[NLBROKER_A_MAX + 1];
	const struct nb_msg *m;
	struct nb_result r;
	struct nb_info i;
	uint32_t port;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_subscribe(&other, "t", 0), 0);
	do {
		assert_int_equal(nb_publish_echo(&pub, "t", &sent, sizeof(sent),
						 NB_HOLD, NULL, 0, &r),
				 0);
		assert_int_equal(r.full, r.ports_num);
		sent++;
	} while (!r.full);
	assert_int_equal(r.delivered, 1);
	assert_int_equal(r.ports_num, 1);
	port = r.ports[0];
	assert_int_equal(port, sub.s.portid);

	/* Again, still full; then there is room. */
	n = sent - 1;
	assert_int_equal(nb_publish_echo(&pub, "t", &n, sizeof(n), NB_HOLD,
					 &port, 1, &r),
			 0);
	assert_int_equal(r.full, 1);
	assert_int_equal(r.delivered, 0);
	assert_int_equal(number(nb_next(&sub)), 0);
	assert_int_equal(nb_publish_echo(&pub, "t", &n, sizeof(n), NB_HOLD,
					 &port, 1, &r),
			 0);
	assert_int_equal(r.full, 0);
	assert_int_equal(r.delivered, 1);

	for (n = 1; n < sent; n++)
		assert_int_equal(number(nb_next(&sub)), n);
	assert_true(nb_silent(&sub, 200));
	for (n = 0; n < sent; n++)
		assert_int_equal(number(nb_next(&other)), n);
	assert_true(nb_silent(&other, 0));
	assert_int_equal(nb_peer(&pub, sub.s.portid, &i), 0);
	assert_int_equal(i.lost, 0);
	assert_int_equal(nb_limits(&pub, v), 0);
	assert_int_equal(v[NLBROKER_A_STAT_HELD], 2);
	assert_int_equal(v[NLBROKER_A_STAT_LOST], 0);

	/* Given up on, it is lost like any other. */
	do {
		assert_int_equal(nb_publish_echo(&pub, "t", "x", 1, NB_HOLD,
						 &sub.s.portid, 1, &r),
				 0);
	} while (!r.full);
	assert_int_equal(
		nb_publish_echo(&pub, "t", "x", 1, 0, &sub.s.portid, 1, &r), 0);
	assert_int_equal(r.full, 1);
	while ((m = nb_next(&sub)) && m->cmd == NLBROKER_CMD_MESSAGE)
		;
	assert_non_null(m);
	assert_int_equal(m->count, 1);
}

/* A socket that hasn't set NETLINK_NO_ENOBUFS gets no error, either. */
static void test_no_enobufs(void **state)
{
	struct nb_info i;
	uint64_t n;

	(void)state;
	assert_int_equal(nl_option(&sub.s, NETLINK_NO_ENOBUFS, 0), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	for (n = 0; n < 200; n++)
		post("t", n);
	assert_int_equal(nb_peer(&other, sub.s.portid, &i), 0);
	for (n = 0; n < i.delivered; n++)
		assert_int_equal(number(nb_next(&sub)), n);
	assert_int_equal(nb_next(&sub)->count, 200 - i.delivered);
}

/*
 * A message that is larger than the queue fits when that is empty, also where
 * there is a loss to be told first.
 */
static void test_small_queue(void **state)
{
	enum { ROUNDS = 20 };
	static uint8_t data[NLBROKER_PAYLOAD_MAX];
	const struct nb_msg *m;
	int n, got = 0, lost = 0;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	for (n = 0; n < 2 * ROUNDS || got + lost < 2 * ROUNDS;) {
		/* The second has no room, so the next round begins with a loss. */
		for (; n < 2 * ROUNDS && nb_silent(&sub, 0); n += 2) {
			assert_int_equal(nb_post(&pub, "t", data, sizeof(data)),
					 0);
			assert_int_equal(nb_post(&pub, "t", data, sizeof(data)),
					 0);
		}
		m = nb_next(&sub);
		assert_non_null(m);
		if (m->cmd == NLBROKER_CMD_LOST) {
			lost += m->count;
			continue;
		}
		assert_int_equal(m->len, sizeof(data));
		got++;
	}
	assert_int_equal(got + lost, 2 * ROUNDS);
	/* The news may also have come first, and alone. */
	assert_in_range(got, ROUNDS / 2, ROUNDS);
}

/* Another uid may fill its share of a queue, not all of it. */
static void test_queue_share(void **state)
{
	struct nb victim, owner, mallory;
	struct nb_result r;
	uint64_t delivered = 0, half;
	int n;

	(void)state;
	assert_int_equal(nb_open(&victim, 1000), 0);
	assert_int_equal(nb_open(&owner, 1000), 0);
	assert_int_equal(nb_open(&mallory, 1001), 0);
	assert_int_equal(nb_rcvbuf(&victim, 32768), 0);
	assert_int_equal(nb_subscribe(&victim, "t", 0), 0);
	for (n = 0; n < 200; n++) {
		assert_int_equal(nb_publish_echo(&mallory, "t", "spam", 4, 0,
						 NULL, 0, &r),
				 0);
		delivered += r.delivered;
	}
	assert_true(delivered > 0);
	half = delivered;
	/* There is room for others: the owner, and a third. */
	assert_int_equal(nb_publish_echo(&owner, "t", "me", 2, 0, NULL, 0, &r),
			 0);
	assert_int_equal(r.delivered, 1);
	assert_int_equal(nb_publish_echo(&pub, "t", "root", 4, 0, NULL, 0, &r),
			 0);
	assert_int_equal(r.delivered, 1);
	for (delivered = 0, n = 0; n < 200; n++) {
		assert_int_equal(nb_publish_echo(&owner, "t", "me", 2, 0, NULL,
						 0, &r),
				 0);
		delivered += r.delivered;
	}
	assert_true(delivered + 10 >= half / 2);

	/* It is counted anew once the queue was empty. */
	while (!nb_silent(&victim, 300))
		nb_next(&victim);
	assert_int_equal(
		nb_publish_echo(&mallory, "t", "spam", 4, 0, NULL, 0, &r), 0);
	assert_int_equal(r.delivered, 1);

	/* 0 percent is none at all. */
	assert_int_equal(nb_set_limit(&pub, NLBROKER_A_LIMIT_QUEUE_SHARE, 0),
			 0);
	while (!nb_silent(&victim, 300))
		nb_next(&victim);
	assert_int_equal(
		nb_publish_echo(&mallory, "t", "spam", 4, 0, NULL, 0, &r), 0);
	assert_int_equal(r.delivered, 0);
	nb_close(&victim);
	nb_close(&owner);
	nb_close(&mallory);
}

/* Nor may it have the rest of the queue filled with news of what was lost. */
static void test_queue_share_lost(void **state)
{
	uint64_t delivered = 0, spent = 0, lost = 0, n, spam = 0, mine = 0;
	struct nb victim, owner, mallory;
	const struct nb_msg *m;
	struct nb_result r;
	char topic[16];

	(void)state;
	assert_int_equal(nb_open(&victim, 1000), 0);
	assert_int_equal(nb_open(&owner, 1000), 0);
	assert_int_equal(nb_open(&mallory, 1001), 0);
	assert_int_equal(nb_rcvbuf(&victim, 65536), 0);
	assert_int_equal(nb_subscribe(&victim, "#", 0), 0);
	for (n = 0; n < 500; n++) {
		snprintf(topic, sizeof(topic), "t/%d", (int)n % 100);
		assert_int_equal(nb_publish_echo(&mallory, topic, "spam", 4, 0,
						 NULL, 0, &r),
				 0);
		spent += r.delivered;
		lost += r.full;
	}
	assert_true(spent > 0 && lost > 0);
	/* Also after the worker has looked at it. */
	usleep(300000);
	for (n = 0; n < 500; n++) {
		snprintf(topic, sizeof(topic), "t/%d", (int)n % 100);
		assert_int_equal(nb_publish_echo(&mallory, topic, "spam", 4, 0,
						 NULL, 0, &r),
				 0);
		spent += r.delivered;
		lost += r.full;
		assert_int_equal(nb_publish_echo(&owner, "mine", "me", 2, 0,
						 NULL, 0, &r),
				 0);
		delivered += r.delivered;
		lost += r.full;
	}
	assert_true(delivered * 10 >= spent * 9);

	/* In the end all is there, or accounted for. */
	for (n = 0; spam + mine + n < spent + delivered + lost;) {
		m = nb_next(&victim);
		if (!m)
			fail_msg("%d of %d", (int)(spam + mine + n),
				 (int)(spent + delivered + lost));
		if (m->cmd == NLBROKER_CMD_LOST)
			n += m->count;
		else if (m->len == 4)
			spam++;
		else
			mine++;
	}
	assert_int_equal(spam, spent);
	assert_int_equal(mine, delivered);
	assert_int_equal(n, lost);
	assert_true(nb_silent(&victim, 300));
	nb_close(&victim);
	nb_close(&owner);
	nb_close(&mallory);
}

/* A subscriber that never reads costs nobody any time. */
static void test_nobody_waits(void **state)
{
	struct timespec a, b;
	int n, max = 20000 / nb_scale();

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (n = 0; n < max; n++)
		post("t", n);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 60);
	assert_int_equal(nb_say(&pub, "u", "x"), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest loss[] = {
		T(exact),	 T(told_later),
		T(many_topics),	 T(retained),
		T(reported),	 T(hold),
		T(no_enobufs),	 T(small_queue),
		T(queue_share),	 T(queue_share_lost),
		T(nobody_waits),
	};

	return check_run(loss);
}
