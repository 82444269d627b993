// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libnlbroker makes of what the kernel sends. Each buffer is an allocation
 * of its exact size and ends where the block does, so that valgrind or
 * -fsanitize=address (UNIT_CFLAGS) sees a read behind it; what is said about a
 * message has to lie within it in any build.
 * sources: tools/libnlbroker/parse.c tools/libnlbroker/topic.c
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/libnlbroker/parse.h"
#include "netlink-out.h"

static void put_u32(struct out *o, uint16_t type, uint32_t value)
{
	out_attr(o, type, &value, sizeof(value));
}

static void put_u64(struct out *o, uint16_t type, uint64_t value)
{
	/* As the kernel aligns them. */
	out_attr(o, NLBROKER_A_PAD, "", 0);
	out_attr(o, type, &value, sizeof(value));
}

static void put_creds(struct out *o)
{
	put_u32(o, NLBROKER_A_PORTID, 0x80000001);
	put_u32(o, NLBROKER_A_PID, 4242);
	put_u32(o, NLBROKER_A_UID, 1000);
	put_u32(o, NLBROKER_A_GID, 100);
	put_u64(o, NLBROKER_A_TIME, 1800000000000000001);
}

static void make_message(struct out *o)
{
	out_genl(o, 0, NLBROKER_CMD_MESSAGE);
	out_attr(o, NLBROKER_A_TOPIC, "a/b", 4);
	put_u64(o, NLBROKER_A_SEQ, 7);
	out_attr(o, NLBROKER_A_RETAINED, "", 0);
	out_attr(o, NLBROKER_A_RETAIN, "", 0);
	put_creds(o);
	out_attr(o, NLBROKER_A_PAYLOAD, "hello", 5);
}

static void make_bare(struct out *o)
{
	out_genl(o, 0, NLBROKER_CMD_MESSAGE);
	out_attr(o, NLBROKER_A_TOPIC, "t", 2);
	put_u64(o, NLBROKER_A_SEQ, 1);
	out_attr(o, NLBROKER_A_PAYLOAD, "", 0);
}

static void make_value(struct out *o)
{
	out_genl(o, NLM_F_MULTI, NLBROKER_CMD_GET_RETAINED);
	out_attr(o, NLBROKER_A_TOPIC, "kept", 5);
	out_attr(o, NLBROKER_A_PAYLOAD, "21.5", 4);
	put_u64(o, NLBROKER_A_SEQ, 3);
	put_creds(o);
}

static void make_lost(struct out *o)
{
	out_genl(o, 0, NLBROKER_CMD_LOST);
	out_attr(o, NLBROKER_A_TOPIC, "a/b", 4);
	put_u64(o, NLBROKER_A_COUNT, 5);
	put_u64(o, NLBROKER_A_FIRST_SEQ, 10);
	put_u64(o, NLBROKER_A_LAST_SEQ, 20);
}

static void make_lost_many(struct out *o)
{
	out_genl(o, 0, NLBROKER_CMD_LOST);
	put_u64(o, NLBROKER_A_COUNT, 1);
	put_u64(o, NLBROKER_A_FIRST_SEQ, 0);
	put_u64(o, NLBROKER_A_LAST_SEQ, 0);
}

static void make_counts(struct out *o)
{
	static const uint32_t ports[] = { 17, 0x80000001 };

	out_genl(o, 0, NLBROKER_CMD_PUBLISH);
	out_attr(o, NLBROKER_A_TOPIC, "a", 2);
	put_u64(o, NLBROKER_A_SEQ, 9);
	put_u64(o, NLBROKER_A_DELIVERED, 3);
	put_u64(o, NLBROKER_A_FULL, 2);
	out_attr(o, NLBROKER_A_FULL_PORTIDS, ports, sizeof(ports));
}

static void make_peer(struct out *o)
{
	out_genl(o, NLM_F_MULTI, NLBROKER_CMD_GET_PEER);
	put_u32(o, NLBROKER_A_PORTID, 17);
	put_u32(o, NLBROKER_A_PID, 18);
	put_u32(o, NLBROKER_A_UID, 19);
	put_u32(o, NLBROKER_A_SUBSCRIPTIONS, 20);
	put_u32(o, NLBROKER_A_ADVERTISED, 21);
	put_u32(o, NLBROKER_A_QUEUED, 22);
	put_u32(o, NLBROKER_A_QUEUE_SIZE, 23);
	put_u64(o, NLBROKER_A_DELIVERED, 24);
	put_u64(o, NLBROKER_A_LOST, 25);
	out_attr(o, NLBROKER_A_RAW, "", 0);
}

static void make_topic(struct out *o)
{
	out_genl(o, NLM_F_MULTI, NLBROKER_CMD_GET_TOPIC);
	out_attr(o, NLBROKER_A_TOPIC, "x/y", 4);
	put_u64(o, NLBROKER_A_SEQ, 31);
	put_u32(o, NLBROKER_A_MODE, 0640);
	put_u32(o, NLBROKER_A_UID, 32);
	put_u32(o, NLBROKER_A_GID, 33);
	put_u32(o, NLBROKER_A_SUBSCRIBERS, 34);
	put_u32(o, NLBROKER_A_PORTID, 35);
	put_u32(o, NLBROKER_A_RETAINED_LEN, 0);
	out_attr(o, NLBROKER_A_RETAIN, "", 0);
}

static void make_limits(struct out *o)
{
	int t;

	out_genl(o, 0, NLBROKER_CMD_GET_LIMITS);
	put_u32(o, NLBROKER_A_MODE, 0666);
	for (t = NLBROKER_A_LIMIT_PEERS; t <= NLBROKER_A_LIMIT_QUEUE_SHARE; t++)
		put_u64(o, (uint16_t)t, 0x100000000 + (uint64_t)t);
	for (t = NLBROKER_A_CEILING_PEERS; t <= NLBROKER_A_STAT_REFUSED; t++)
		put_u64(o, (uint16_t)t, 0x100000000 + (uint64_t)t);
}

static void make_event(struct out *o)
{
	out_genl(o, 0, NLBROKER_CMD_TOPIC_ADD);
	out_attr(o, NLBROKER_A_TOPIC, "new", 4);
	put_u32(o, NLBROKER_A_MODE, 0600);
	put_u32(o, NLBROKER_A_UID, 1);
	put_u32(o, NLBROKER_A_GID, 2);
}

static void make_loss(struct out *o)
{
	out_genl(o, 0, NLBROKER_CMD_LOSS);
	put_u32(o, NLBROKER_A_PORTID, 5);
	out_attr(o, NLBROKER_A_TOPIC, "busy", 5);
}

static void make_refusal(struct out *o)
{
	struct nlmsgerr e = { .error = -EACCES };

	e.msg.nlmsg_len = 60;
	out_begin(o, NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	out_bytes(o, &e, sizeof(e));
	out_attr(o, NLMSGERR_ATTR_MSG, "no right", 9);
}

static void make_refusal_whole(struct out *o)
{
	struct nlmsgerr e = { .error = -EINVAL };

	e.msg.nlmsg_len = sizeof(e.msg) + 8;
	out_begin(o, NLMSG_ERROR, NLM_F_ACK_TLVS);
	out_bytes(o, &e, sizeof(e));
	out_bytes(o, "12345678", 8);
	out_attr(o, NLMSGERR_ATTR_MSG, "bad topic", 10);
}

static void make_done(struct out *o)
{
	const int32_t error = -ENOMEM;

	out_begin(o, NLMSG_DONE, NLM_F_MULTI);
	out_bytes(o, &error, sizeof(error));
}

static void make_unloaded(struct out *o)
{
	out_begin(o, GENL_ID_CTRL, 0);
	out_bytes(o, "\2\2\0\0", 4);
	out_attr(o, CTRL_ATTR_FAMILY_NAME, "nlbroker", 9);
	out_attr(o, CTRL_ATTR_FAMILY_ID, "\x1f", 2);
}

static void (*const makers[])(struct out *o) = {
	make_message,	    make_bare,	 make_value,	make_lost,
	make_lost_many,	    make_counts, make_peer,	make_topic,
	make_limits,	    make_event,	 make_loss,	make_refusal,
	make_refusal_whole, make_done,	 make_unloaded,
};

static bool inside(const void *p, size_t n, const void *buf, size_t len)
{
	uintptr_t a = (uintptr_t)p, b = (uintptr_t)buf;

	return a >= b && a <= b + len && n <= b + len - a;
}

static void check_string(const char *s, const void *buf, size_t len)
{
	if (s) {
		assert_true(inside(s, 1, buf, len));
		assert_true(inside(s, strlen(s) + 1, buf, len));
	}
}

/* Everything is read from a message, whatever it says it is. */
static void read_message(const struct nlmsghdr *nlh, const void *buf,
			 size_t len)
{
	struct nlbroker_message m;
	struct nlbroker_counts c;
	struct nlbroker_topic t;
	struct nlbroker_peer p;
	struct nlbroker_limits l;
	const void *ports;
	size_t n;

	if (!nlb_parse_message(nlh, &m)) {
		check_string(m.topic, buf, len);
		assert_in_range(m.kind, NLBROKER_MESSAGE, NLBROKER_LOSS);
		if (m.kind == NLBROKER_MESSAGE)
			assert_true(inside(m.payload, m.len, buf, len));
	}
	if (!nlb_parse_counts(nlh, &c, &ports, &n) && ports) {
		assert_true(inside(ports, n * sizeof(uint32_t), buf, len));
		assert_true(n <= c.full);
	}
	if (!nlb_parse_topic(nlh, &t))
		check_string(t.topic, buf, len);
	nlb_parse_peer(nlh, &p);
	nlb_parse_limits(nlh, &l);
}

/* Reads a buffer copied to a block of its own; returns how many it has. */
static unsigned int read_all(const void *bytes, size_t size)
{
	char *buf = malloc(size ? size : 1);
	const struct nlmsghdr *nlh;
	const char *data = buf;
	unsigned int n = 0;
	size_t len = size;

	assert_non_null(buf);
	memcpy(buf, bytes, size);
	while ((nlh = nlb_next(&data, &len))) {
		struct nlb_header header;

		assert_true(inside(nlh, nlh->nlmsg_len, buf, size));
		assert_true(inside(data, len, buf, size));
		memset(&header, 0x5a, sizeof(header));
		if (!nlb_parse_header(nlh, FAMILY, &header)) {
			assert_true(header.error <= 0 && header.error >= -4095);
			assert_non_null(
				memchr(header.text, 0, sizeof(header.text)));
			if (header.part == NLB_PART_FAMILY)
				read_message(nlh, buf, size);
		}
		n++;
	}
	assert_int_equal(len, 0);
	free(buf);
	return n;
}

static const struct nlmsghdr *one(void (*make)(struct out *o), struct out *o,
				  struct nlb_header *header)
{
	const struct nlmsghdr *nlh;
	const char *data = (char *)o->buf;
	size_t len;

	o->len = 0;
	make(o);
	len = o->len;
	nlh = nlb_next(&data, &len);
	assert_non_null(nlh);
	assert_int_equal(len, 0);
	assert_int_equal(nlb_parse_header(nlh, FAMILY, header), 0);
	return nlh;
}

static void message(void (*make)(struct out *o), struct out *o,
		    struct nlbroker_message *m)
{
	struct nlb_header header;
	const struct nlmsghdr *nlh = one(make, o, &header);

	assert_int_equal(header.part, NLB_PART_FAMILY);
	assert_int_equal(nlb_parse_message(nlh, m), 0);
}

static void test_messages(void **state)
{
	struct nlbroker_message m;
	struct out o;

	(void)state;
	message(make_message, &o, &m);
	assert_int_equal(m.kind, NLBROKER_MESSAGE);
	assert_string_equal(m.topic, "a/b");
	assert_int_equal(m.len, 5);
	assert_memory_equal(m.payload, "hello", 5);
	assert_true(m.retained && m.retain && m.has_creds);
	assert_true(m.seq == 7 && m.portid == 0x80000001 && m.pid == 4242);
	assert_true(m.uid == 1000 && m.gid == 100);
	assert_true(m.time == 1800000000000000001);

	message(make_bare, &o, &m);
	assert_int_equal(m.kind, NLBROKER_MESSAGE);
	assert_int_equal(m.len, 0);
	assert_false(m.retained || m.retain || m.has_creds || m.portid ||
		     m.time);

	message(make_value, &o, &m);
	assert_int_equal(m.kind, NLBROKER_MESSAGE);
	assert_true(m.retained && m.has_creds);
	assert_string_equal(m.topic, "kept");

	message(make_lost, &o, &m);
	assert_int_equal(m.kind, NLBROKER_LOST);
	assert_string_equal(m.topic, "a/b");
	assert_true(m.count == 5 && m.first_seq == 10 && m.last_seq == 20);
	message(make_lost_many, &o, &m);
	assert_int_equal(m.kind, NLBROKER_LOST);
	assert_null(m.topic);
	assert_true(m.count == 1);

	message(make_event, &o, &m);
	assert_int_equal(m.kind, NLBROKER_TOPIC_ADD);
	assert_string_equal(m.topic, "new");
	assert_true(m.mode == 0600 && m.uid == 1 && m.gid == 2 && !m.portid);
	message(make_loss, &o, &m);
	assert_int_equal(m.kind, NLBROKER_LOSS);
	assert_true(m.portid == 5);
	assert_string_equal(m.topic, "busy");
}

static void test_answers(void **state)
{
	const struct nlmsghdr *nlh;
	struct nlbroker_limits limits;
	struct nlbroker_counts counts;
	struct nlbroker_topic topic;
	struct nlbroker_peer peer;
	struct nlb_header header;
	const void *ports;
	struct out o;
	size_t n;

	(void)state;
	nlh = one(make_counts, &o, &header);
	assert_int_equal(nlb_parse_counts(nlh, &counts, &ports, &n), 0);
	assert_true(counts.seq == 9 && counts.delivered == 3);
	assert_true(counts.full == 2 && n == 2);
	assert_memory_equal(ports, "\x11\0\0\0\1\0\0\x80", 8);

	nlh = one(make_peer, &o, &header);
	assert_int_equal(nlb_parse_peer(nlh, &peer), 0);
	assert_true(peer.portid == 17 && peer.pid == 18 && peer.uid == 19);
	assert_true(peer.subscriptions == 20 && peer.advertised == 21);
	assert_true(peer.queued == 22 && peer.queue_size == 23);
	assert_true(peer.delivered == 24 && peer.lost == 25 && peer.raw);

	nlh = one(make_topic, &o, &header);
	assert_int_equal(nlb_parse_topic(nlh, &topic), 0);
	assert_string_equal(topic.topic, "x/y");
	assert_true(topic.seq == 31 && topic.mode == 0640 && topic.uid == 32);
	assert_true(topic.gid == 33 && topic.subscribers == 34);
	assert_true(topic.portid == 35 && topic.has_value && topic.retain);

	nlh = one(make_limits, &o, &header);
	assert_int_equal(nlb_parse_limits(nlh, &limits), 0);
	assert_true(limits.mode == 0666);
	assert_true(limits.topics.limit ==
		    0x100000000 + NLBROKER_A_LIMIT_TOPICS);
	assert_true(limits.topics.ceiling ==
		    0x100000000 + NLBROKER_A_CEILING_TOPICS);
	assert_true(limits.topics.used == 0x100000000 + NLBROKER_A_USED_TOPICS);
	assert_true(limits.queue_share.used == 0);
	assert_true(limits.refused == 0x100000000 + NLBROKER_A_STAT_REFUSED);
	/* An answer of one kind isn't one of another. */
	assert_int_equal(nlb_parse_peer(nlh, &peer), -EBADMSG);
	assert_int_equal(nlb_parse_topic(nlh, &topic), -EBADMSG);
}

static void test_headers(void **state)
{
	struct nlb_header header;
	struct out o;

	(void)state;
	one(make_refusal, &o, &header);
	assert_int_equal(header.part, NLB_PART_ERROR);
	assert_int_equal(header.error, -EACCES);
	assert_string_equal(header.text, "no right");
	one(make_refusal_whole, &o, &header);
	assert_int_equal(header.error, -EINVAL);
	assert_string_equal(header.text, "bad topic");
	one(make_done, &o, &header);
	assert_int_equal(header.part, NLB_PART_DONE);
	assert_int_equal(header.error, -ENOMEM);
	assert_string_equal(header.text, "");
	one(make_unloaded, &o, &header);
	assert_int_equal(header.part, NLB_PART_UNLOADED);
	assert_int_equal(nlb_parse_header((void *)o.buf, FAMILY + 1, &header),
			 0);
	assert_int_equal(header.part, NLB_PART_OTHER);
}

/* A text longer than there is room for is cut, not refused. */
static void test_long_text(void **state)
{
	static char text[3 * NLB_TEXT_MAX];
	struct nlmsgerr e = { .error = -EPERM };
	struct nlb_header header;
	struct out o = { .len = 0 };

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	out_begin(&o, NLMSG_ERROR, NLM_F_ACK_TLVS | NLM_F_CAPPED);
	out_bytes(&o, &e, sizeof(e));
	out_attr(&o, NLMSGERR_ATTR_MSG, text, sizeof(text));
	assert_int_equal(nlb_parse_header((void *)o.buf, FAMILY, &header), 0);
	assert_int_equal(strlen(header.text), NLB_TEXT_MAX - 1);
}

/* What a later kernel may add does no harm; what is needed is needed. */
static void test_unknown(void **state)
{
	struct nlbroker_message m;
	struct out o = { .len = 0 };

	(void)state;
	make_message(&o);
	out_attr(&o, NLBROKER_A_MAX + 1, "new", 4);
	assert_int_equal(nlb_parse_message((void *)o.buf, &m), 0);
	assert_int_equal(m.len, 5);
	o.len = 0;
	out_genl(&o, 0, NLBROKER_CMD_MAX + 1);
	assert_int_equal(nlb_parse_message((void *)o.buf, &m), -ENOMSG);
	o.len = 0;
	out_genl(&o, 0, NLBROKER_CMD_MESSAGE);
	out_attr(&o, NLBROKER_A_TOPIC, "t", 2);
	put_u64(&o, NLBROKER_A_SEQ, 1);
	assert_int_equal(nlb_parse_message((void *)o.buf, &m), -EBADMSG);
	o.len = 0;
	out_genl(&o, 0, NLBROKER_CMD_MESSAGE);
	out_attr(&o, NLBROKER_A_TOPIC, "no end", 6);
	put_u64(&o, NLBROKER_A_SEQ, 1);
	out_attr(&o, NLBROKER_A_PAYLOAD, "p", 1);
	assert_int_equal(nlb_parse_message((void *)o.buf, &m), -EBADMSG);
}

/* The end is missing: what nlmsg_len promises isn't there. */
static void test_truncated(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(makers); i++) {
		struct out o = { .len = 0 };

		makers[i](&o);
		assert_int_equal(read_all(o.buf, o.len), 1);
		for (len = 0; len < o.len; len++)
			assert_int_equal(read_all(o.buf, len), 0);
		/* The same, but nlmsg_len says so. */
		for (len = sizeof(struct nlmsghdr); len < o.len; len++) {
			out_last(&o)->nlmsg_len = (uint32_t)len;
			read_all(o.buf, len);
			read_all(o.buf, o.len);
		}
	}
}

/* Each byte, and so each length, says something else. */
static void test_hostile(void **state)
{
	static const uint32_t values[] = {
		0,	    1,		2,	    3,		4,
		5,	    8,		15,	    16,		17,
		0x7f,	    0xff,	0xfffc,	    0xffff,	0x7ffffffc,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
	};
	size_t i, at, v, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(makers); i++) {
		struct out o = { .len = 0 }, bad;

		makers[i](&o);
		for (n = 1; n <= 4; n *= 2)
			for (at = 0; at + n <= o.len; at++)
				for (v = 0; v < ARRAY_SIZE(values); v++) {
					bad = o;
					memcpy(bad.buf + at, &values[v], n);
					read_all(bad.buf, bad.len);
				}
	}
}

/* Several bytes at a time, at random, and messages that follow each other. */
static void test_random(void **state)
{
	unsigned int seed = 1, i, n;

	(void)state;
	for (i = 0; i < 100000; i++) {
		struct out o = { .len = 0 };

		makers[(unsigned int)rand_r(&seed) % ARRAY_SIZE(makers)](&o);
		if (i % 2)
			makers[i / 2 % ARRAY_SIZE(makers)](&o);
		for (n = 1 + i % 8; n; n--)
			o.buf[(size_t)rand_r(&seed) % o.len] ^=
				(unsigned char)(1 << rand_r(&seed) % 8);
		read_all(o.buf,
			 i % 4 ? o.len : (size_t)rand_r(&seed) % o.len + 1);
	}
}

static void test_topics(void **state)
{
	char long_one[NLBROKER_TOPIC_MAX + 2];

	(void)state;
	assert_null(nlbroker_topic_fault("a/b", false));
	assert_null(nlbroker_topic_fault("a/+/#", true));
	assert_string_equal(nlbroker_topic_fault("a/+", false),
			    "topic has a wildcard (+ or #) in it");
	assert_non_null(nlbroker_topic_fault("", true));
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = 0;
	assert_non_null(nlbroker_topic_fault(long_one, true));
	assert_null(nlbroker_topic_fault(long_one + 1, true));
	assert_true(nlbroker_topic_matches("a/#", "a"));
	assert_false(nlbroker_topic_matches("a/+", "a"));
	assert_false(nlbroker_topic_matches("a/#/b", "a/#/b"));
	assert_false(nlbroker_topic_matches("#", "a/+"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_topics),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
