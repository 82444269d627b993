// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Several payloads in one PUBLISH: as many messages, side by side, which come in
 * few datagrams, and are published, or refused, together.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

enum { MOST = NLBROKER_BATCH_MAX + 1 };

static struct nb pub, sub, other;
static struct nb_result r;
static struct nb_payload payloads[MOST];
static uint32_t numbers[MOST];
static uint8_t bytes[NLBROKER_PAYLOAD_MAX + 1];
static int home;

static int setup(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (i = 0; i < MOST; i++) {
		numbers[i] = (uint32_t)i;
		payloads[i] =
			(struct nb_payload){ &numbers[i], sizeof(numbers[i]) };
	}
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

static int several(const char *topic, size_t num, int options)
{
	return nb_publish_several(&pub, topic, payloads, num, options, NULL);
}

static int several_echo(const char *topic, size_t num)
{
	return nb_publish_several(&pub, topic, payloads, num, 0, &r);
}

/* The next message is this one. */
static const struct nb_msg *expect(struct nb *b, const struct nb_payload *p)
{
	const struct nb_msg *m = nb_next(b);

	assert_non_null(m);
	assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
	assert_int_equal(m->len, p->len);
	assert_memory_equal(m->data, p->data, p->len);
	return m;
}

/* These are, numbered one after the other. Returns how many datagrams they took. */
static unsigned int expect_all(struct nb *b, size_t num, uint64_t last,
			       bool creds)
{
	unsigned int datagrams = 0;
	const struct nb_msg *m;
	size_t i;

	for (i = 0; i < num; i++) {
		bool fresh = b->s.at >= b->s.got;

		m = expect(b, &payloads[i]);
		assert_int_equal(m->seq, last - num + 1 + i);
		assert_int_equal(m->has_creds, creds);
		datagrams += fresh;
		if (fresh && b->s.at < b->s.got)
			assert_true(b->s.got <= NLBROKER_DATAGRAM_MAX);
	}
	assert_true(nb_silent(b, 50));
	return datagrams;
}

static void test_side_by_side(void **state)
{
	unsigned int one, two;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_subscribe(&other, "#", NB_CREDS), 0);
	assert_int_equal(nb_say(&pub, "t", "x"), 0);
	assert_non_null(nb_next(&sub));
	assert_non_null(nb_next(&other));

	assert_int_equal(several_echo("t", 100), 0);
	assert_int_equal(r.delivered, 200);
	assert_int_equal(r.full, 0);
	one = expect_all(&sub, 100, r.seq, false);
	two = expect_all(&other, 100, r.seq, true);
	/* The same messages in each, whatever goes with them. */
	assert_int_equal(one, two);
	assert_true(one >= 3 && one <= 5);

	assert_int_equal(several("t", 2, 0), 0);
	assert_int_equal(expect_all(&sub, 2, r.seq + 2, false), 1);
	assert_int_equal(expect_all(&other, 2, r.seq + 2, true), 1);
}

/* Of all lengths: nothing, what a datagram just holds, and more than that. */
static void test_lengths(void **state)
{
	static const size_t lengths[] = { 0,	1,    2,    3,	  4,	 5,
					  3800, 0,    3500, 3000, 20000, 1,
					  4096, 2000, 1700, 1600, 0,	 0 };
	enum { NUM = sizeof(lengths) / sizeof(*lengths) };
	size_t i;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", NB_CREDS), 0);
	assert_int_equal(nb_subscribe(&other, "t", 0), 0);
	for (i = 0; i < NUM; i++)
		payloads[i] = (struct nb_payload){ bytes + i, lengths[i] };
	assert_int_equal(several_echo("t", NUM), 0);
	expect_all(&sub, NUM, r.seq, true);
	expect_all(&other, NUM, r.seq, false);
}

static uint64_t stat(uint16_t type)
{
	uint64_t values[NLBROKER_A_MAX + 1];

	assert_int_equal(nb_limits(&pub, values), 0);
	return values[type];
}

/* At most so many, and so long: refused as a whole, with a reason. */
static void test_most(void **state)
{
	(void)state;
	assert_int_equal(nb_rcvbuf(&sub, 1 << 20), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);

	assert_int_equal(several("t", NLBROKER_BATCH_MAX + 1, 0), -EMSGSIZE);
	assert_non_null(strstr(pub.text, "256"));
	payloads[0] = (struct nb_payload){ bytes, NLBROKER_PAYLOAD_MAX - 3 };
	assert_int_equal(several("t", 2, 0), -EMSGSIZE);
	assert_non_null(strstr(pub.text, "61440 bytes together"));
	payloads[1].len = 3;
	assert_int_equal(nb_publish_several(&pub, "t", payloads, 2, NB_HOLD,
					    &r),
			 -EINVAL);
	assert_non_null(strstr(pub.text, "one payload"));
	assert_int_equal(several("t/+", 2, 0), -EINVAL);
	assert_int_equal(stat(NLBROKER_A_STAT_PUBLISHES), 0);
	assert_int_equal(stat(NLBROKER_A_STAT_REFUSED), 4);
	assert_true(nb_silent(&sub, 50));

	assert_int_equal(several("t", 2, 0), 0);
	expect_all(&sub, 2, 2, false);
	payloads[0] = payloads[2];
	payloads[1].len = 4;
	assert_int_equal(several("t", NLBROKER_BATCH_MAX, 0), 0);
	expect_all(&sub, NLBROKER_BATCH_MAX, 2 + NLBROKER_BATCH_MAX, false);
	assert_int_equal(stat(NLBROKER_A_STAT_PUBLISHES),
			 2 + NLBROKER_BATCH_MAX);
	assert_int_equal(stat(NLBROKER_A_STAT_PUBLISH_BYTES),
			 NLBROKER_PAYLOAD_MAX + 4 * NLBROKER_BATCH_MAX);
	assert_int_equal(stat(NLBROKER_A_STAT_DELIVERIES),
			 2 + NLBROKER_BATCH_MAX);
}

/* ONLY would have to say it of each. */
static void test_only(void **state)
{
	static struct nl_msg m;

	(void)state;
	nl_begin(&pub.s, &m, NLBROKER_CMD_PUBLISH, NLM_F_ACK);
	nl_put_str(&m, NLBROKER_A_TOPIC, "t");
	nl_put_u32(&m, NLBROKER_A_PAYLOAD, 1);
	nl_put_u32(&m, NLBROKER_A_ONLY, pub.s.portid);
	assert_int_equal(nb_call(&pub, &m, NULL), 0);
	nl_begin(&pub.s, &m, NLBROKER_CMD_PUBLISH, NLM_F_ACK);
	nl_put_str(&m, NLBROKER_A_TOPIC, "t");
	nl_put_u32(&m, NLBROKER_A_PAYLOAD, 1);
	nl_put_u32(&m, NLBROKER_A_ONLY, pub.s.portid);
	nl_put_u32(&m, NLBROKER_A_PAYLOAD, 2);
	assert_int_equal(nb_call(&pub, &m, NULL), -EINVAL);
	assert_non_null(strstr(pub.text, "one payload"));
}

/* Between them there can be other attributes. */
static void test_scattered(void **state)
{
	static struct nl_msg m;
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	nl_begin(&pub.s, &m, NLBROKER_CMD_PUBLISH, NLM_F_ACK);
	nl_put_u32(&m, NLBROKER_A_PAYLOAD, 0);
	nl_put_str(&m, NLBROKER_A_TOPIC, "t");
	nl_put_u32(&m, NLBROKER_A_PAYLOAD, 1);
	nl_put(&m, NLBROKER_A_RETAIN, NULL, 0);
	nl_put_u32(&m, NLBROKER_A_PAYLOAD, 2);
	assert_int_equal(nb_call(&pub, &m, NULL), 0);
	expect_all(&sub, 3, 3, false);
	assert_int_equal(nb_topic(&pub, "t", &i), 0);
	assert_true(i.has_value);
	assert_int_equal(i.seq, 3);
}

static void is_kept(const char *topic, const void *data, size_t len,
		    uint64_t seq)
{
	struct nb_info i;
	int n = nb_dump(&pub, NLBROKER_CMD_GET_RETAINED, topic, &i, 1);

	assert_int_equal(n, !!data);
	if (!data)
		return;
	assert_int_equal(i.len, len);
	assert_memory_equal(i.data, data, len);
	assert_int_equal(i.seq, seq);
}

/* The last one is kept; an empty one as the last clears. */
static void test_retain(void **state)
{
	(void)state;
	assert_int_equal(several("t", 5, NB_RETAIN), 0);
	is_kept("t", &numbers[4], 4, 5);
	payloads[2].len = 0;
	assert_int_equal(several("t", 3, NB_RETAIN), 0);
	is_kept("t", NULL, 0, 0);
	assert_int_equal(several("t", 4, NB_RETAIN), 0);
	is_kept("t", &numbers[3], 4, 12);
	assert_int_equal(several("t", 2, 0), 0);
	is_kept("t", &numbers[3], 4, 12);

	/* Each of the topic's messages: so the last one of these. */
	assert_int_equal(nb_advertise(&other, "own", 0666, true), 0);
	assert_int_equal(several("own", 2, 0), 0);
	is_kept("own", &numbers[1], 4, 2);
}

/* Nobody gets them, nobody numbers them; one who may not doesn't publish any. */
static void test_nobody(void **state)
{
	struct nb stranger;

	(void)state;
	assert_int_equal(several_echo("nowhere", 3), 0);
	assert_int_equal(r.seq + r.delivered + r.full, 0);
	assert_int_equal(nb_subscribe(&pub, "t", NB_NO_LOCAL), 0);
	assert_int_equal(several_echo("t", 3), 0);
	assert_int_equal(r.seq, 3);
	assert_int_equal(r.delivered, 0);

	assert_int_equal(nb_advertise(&sub, "own", 0600, false), 0);
	assert_int_equal(nb_subscribe(&sub, "own", 0), 0);
	assert_int_equal(nb_open(&stranger, 65534), 0);
	assert_int_equal(nb_publish_several(&stranger, "own", payloads, 3, 0,
					    NULL),
			 -EACCES);
	assert_true(nb_silent(&sub, 50));
	nb_close(&stranger);
}

/* What has no room is lost by the datagram, and told by the message. */
static void test_lost(void **state)
{
	uint64_t got = 0, lost = 0, published = 0, next = 1;
	const struct nb_msg *m;
	struct nb_info i;
	unsigned int seed = 1;
	int n, num;

	(void)state;
	assert_int_equal(nb_rcvbuf(&sub, 16384), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	for (n = 0; n < 300; n++) {
		num = 1 + rand_r(&seed) % 100;
		assert_int_equal(several_echo("t", num), 0);
		published += num;
		assert_int_equal(r.delivered + r.full, num);
		assert_int_equal(r.seq, published);
		lost += r.full;
		if (rand_r(&seed) % 3)
			continue;
		/* All that is there: numbers have no gap that isn't told. */
		while (!nb_silent(&sub, 0)) {
			m = nb_next(&sub);
			assert_non_null(m);
			if (m->cmd == NLBROKER_CMD_LOST) {
				assert_int_equal(m->first, next);
				assert_int_equal(m->last, next + m->count - 1);
				next += m->count;
				lost -= m->count;
			} else {
				assert_int_equal(m->seq, next);
				next++;
				got++;
			}
		}
	}
	assert_int_equal(nb_peer(&pub, sub.s.portid, &i), 0);
	assert_true(i.lost > 0 && i.delivered > 0);
	assert_int_equal(i.delivered + i.lost, published);
	/* What wasn't read is news of losses, and messages. */
	while (got + i.lost < published || lost) {
		m = nb_next(&sub);
		assert_non_null(m);
		if (m->cmd == NLBROKER_CMD_LOST)
			lost -= m->count;
		else
			got++;
	}
	assert_int_equal(got, i.delivered);
}

/* In one queue they take much less than each for itself. */
static void test_room(void **state)
{
	struct nb_info i;
	uint32_t together, alone;
	int n;

	(void)state;
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	assert_int_equal(nb_subscribe(&other, "u", 0), 0);
	assert_int_equal(several("t", 50, 0), 0);
	for (n = 0; n < 50; n++)
		assert_int_equal(several("u", 1, 0), 0);
	assert_int_equal(nb_peer(&pub, sub.s.portid, &i), 0);
	together = i.queued;
	assert_int_equal(nb_peer(&pub, other.s.portid, &i), 0);
	alone = i.queued;
	assert_true(together > 0 && together * 3 < alone);
}

/* Two publishers on two CPUs: nothing comes between the messages of one request. */
static void publisher(int who, unsigned int requests)
{
	struct nb b;
	uint32_t i;

	if (nb_open(&b, 0))
		_exit(1);
	for (i = 0; i < 10; i++) {
		numbers[i] = (uint32_t)who * 10 + i;
		payloads[i].len = 4;
	}
	while (requests--)
		if (nb_publish_several(&b, "t", payloads, 10, 0, NULL))
			_exit(1);
	_exit(0);
}

static void test_whole(void **state)
{
	unsigned int requests = 500 / nb_scale() + 5, i;
	uint64_t messages = 0, lost = 0;
	const struct nb_msg *m;
	uint32_t n, expected = 0;
	int status;

	(void)state;
	assert_int_equal(nb_rcvbuf(&sub, 4 << 20), 0);
	assert_int_equal(nb_subscribe(&sub, "t", 0), 0);
	for (i = 0; i < 2; i++)
		if (!nb_fork())
			publisher((int)i, requests);
	for (i = 0; i < 2; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	while (messages + lost < (uint64_t)20 * requests) {
		m = nb_next(&sub);
		assert_non_null(m);
		if (m->cmd == NLBROKER_CMD_LOST) {
			lost += m->count;
			continue;
		}
		memcpy(&n, m->data, sizeof(n));
		if (messages % 10)
			assert_int_equal(n, expected);
		else
			assert_int_equal(n % 10, 0);
		expected = n + 1;
		messages++;
	}
	assert_int_equal(lost % 10, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(side_by_side), T(lengths), T(most), T(only), T(scattered),
		T(retain),	 T(nobody),  T(lost), T(room), T(whole),
	};

	return check_run(tests);
}
