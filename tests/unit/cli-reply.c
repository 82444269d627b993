// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading what the kernel sends. Each buffer is an allocation of its exact size
 * and ends where the block does, so that valgrind or -fsanitize=address
 * (UNIT_CFLAGS) sees a read behind it; what is said about the message has to
 * lie within it in any build.
 * sources: tools/genl-echo/reply.c
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

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "../../tools/genl-echo/reply.h"
#include "netlink-echo.h"

static bool inside(const void *p, size_t n, const void *buf, size_t len)
{
	uintptr_t a = (uintptr_t)p, b = (uintptr_t)buf;

	return a >= b && a <= b + len && n <= b + len - a;
}

/* Whatever was found lies in the buffer; all of it is read. */
static void check_reply(const struct reply *r, const void *buf, size_t len)
{
	const void *p;
	uint64_t v;
	size_t n;
	int t;

	if (r->kind == REPLY_ERROR || r->kind == REPLY_DONE)
		assert_in_range(r->error, 0, 4095);
	if (r->text) {
		assert_true(inside(r->text, r->text_len, buf, len));
		assert_null(memchr(r->text, 0, r->text_len));
	}
	if (r->kind != REPLY_MESSAGE)
		return;
	for (t = 0; t <= REPLY_ATTR_MAX; t++) {
		p = reply_bytes(r, t, &n);
		if (!p)
			continue;
		assert_true(inside(p, n, buf, len));
		p = reply_string(r, t, &n);
		if (p) {
			assert_true(inside(p, n + 1, buf, len));
			assert_int_equal(strlen(p), n);
		}
		reply_uint(r, t, 2, &v);
		reply_uint(r, t, 4, &v);
		reply_uint(r, t, 8, &v);
	}
	reply_group(r, "events");
}

/*
 * Reads all messages of a buffer that was copied to a block of its own. Returns
 * how many there were; *last has what the last call said.
 */
static unsigned int read_all(const void *bytes, size_t len, int *last)
{
	unsigned char *buf = malloc(len ? len : 1);
	unsigned int n = 0;
	size_t at = 0, before = 0;
	struct reply r;

	assert_non_null(buf);
	memcpy(buf, bytes, len);
	/* What isn't set is seen to be used. */
	memset(&r, 0x5a, sizeof(r));
	r.text = NULL;
	while ((*last = reply_next(buf, len, &at, &r)) == 1) {
		assert_true(at <= len);
		assert_true(at - before >= sizeof(struct nlmsghdr));
		check_reply(&r, buf, len);
		before = at;
		n++;
	}
	assert_true(*last == 0 || *last == -EBADMSG);
	assert_int_equal(at, len);
	free(buf);
	return n;
}

static void parse_one(void (*make)(struct out *o), struct out *o,
		      struct reply *r)
{
	size_t at = 0;

	memset(o, 0, sizeof(*o));
	memset(r, 0, sizeof(*r));
	make(o);
	assert_int_equal(reply_next(o->buf, o->len, &at, r), 1);
	assert_int_equal(at, o->len);
	assert_int_equal(reply_next(o->buf, o->len, &at, r), 0);
	check_reply(r, o->buf, o->len);
	assert_int_equal(r->seq, 77);
}

static void assert_text(const struct reply *r, const char *text)
{
	assert_non_null(r->text);
	assert_int_equal(r->text_len, strlen(text));
	assert_memory_equal(r->text, text, strlen(text));
}

static void test_echo(void **state)
{
	struct reply r;
	struct out o;
	uint64_t v;
	size_t n;

	(void)state;
	parse_one(make_echo, &o, &r);
	assert_int_equal(r.kind, REPLY_MESSAGE);
	assert_int_equal(r.type, FAMILY);
	assert_int_equal(r.cmd, GENL_ECHO_CMD_ECHO);
	assert_string_equal(reply_string(&r, GENL_ECHO_A_MSG, &n), "hello");
	assert_int_equal(n, 5);
	assert_memory_equal(reply_bytes(&r, GENL_ECHO_A_DATA, &n),
			    "\0\1\2\3\4\5\6", 7);
	assert_int_equal(n, 7);
	assert_null(reply_bytes(&r, GENL_ECHO_A_INDEX, &n));
	assert_null(reply_string(&r, GENL_ECHO_A_INDEX, &n));
	assert_false(reply_uint(&r, GENL_ECHO_A_INDEX, 4, &v));
}

static void test_errors(void **state)
{
	struct reply r;
	struct out o;

	(void)state;
	parse_one(make_error_whole, &o, &r);
	assert_int_equal(r.kind, REPLY_ERROR);
	assert_int_equal(r.error, EINVAL);
	assert_text(&r, "the reason");
	assert_int_equal(r.missing, GENL_ECHO_A_MSG);
	parse_one(make_error_capped, &o, &r);
	assert_int_equal(r.error, EINVAL);
	assert_text(&r, "the reason");
	assert_int_equal(r.missing, GENL_ECHO_A_MSG);
	parse_one(make_error_bare, &o, &r);
	assert_int_equal(r.error, EINVAL);
	assert_null(r.text);
	assert_int_equal(r.missing, 0);
	parse_one(make_ack, &o, &r);
	assert_int_equal(r.kind, REPLY_ERROR);
	assert_int_equal(r.error, 0);
	parse_one(make_done, &o, &r);
	assert_int_equal(r.kind, REPLY_DONE);
	assert_int_equal(r.error, ENOMEM);
	assert_text(&r, "out of luck");
	parse_one(make_overrun, &o, &r);
	assert_int_equal(r.kind, REPLY_OVERRUN);
}

static void test_dump(void **state)
{
	struct out o = { .len = 0 };
	struct reply r;
	size_t at = 0, n;
	uint64_t v;
	uint32_t i;

	(void)state;
	make_dump(&o);
	for (i = 0; i < 3; i++) {
		assert_int_equal(reply_next(o.buf, o.len, &at, &r), 1);
		assert_int_equal(r.kind, REPLY_MESSAGE);
		assert_true(reply_uint(&r, GENL_ECHO_A_INDEX, 4, &v));
		assert_int_equal(v, i);
		assert_string_equal(reply_string(&r, GENL_ECHO_A_MSG, &n),
				    "dumped");
	}
	assert_int_equal(reply_next(o.buf, o.len, &at, &r), 1);
	assert_int_equal(r.kind, REPLY_DONE);
	assert_int_equal(r.error, 0);
	assert_int_equal(reply_next(o.buf, o.len, &at, &r), 0);
}

static void test_stats(void **state)
{
	struct reply r;
	struct out o;
	uint64_t v;
	int t;

	(void)state;
	parse_one(make_stats, &o, &r);
	for (t = GENL_ECHO_A_STAT_ECHOES; t <= GENL_ECHO_A_STAT_OVERRUNS; t++) {
		assert_true(reply_uint(&r, t, 8, &v));
		assert_true(v == 0x100000000ULL * (unsigned int)t + 1);
	}
}

static void test_event(void **state)
{
	struct reply r;
	struct out o;
	uint64_t v;
	size_t n;

	(void)state;
	parse_one(make_event, &o, &r);
	assert_int_equal(r.cmd, GENL_ECHO_CMD_EVENT);
	assert_true(reply_uint(&r, GENL_ECHO_A_PORTID, 4, &v));
	assert_int_equal(v, 4242);
	assert_string_equal(reply_string(&r, GENL_ECHO_A_MSG, &n), "psst");
}

static void test_family(void **state)
{
	struct reply r;
	struct out o;
	uint64_t v;

	(void)state;
	parse_one(make_family, &o, &r);
	assert_true(reply_uint(&r, CTRL_ATTR_FAMILY_ID, 2, &v));
	assert_int_equal(v, FAMILY);
	assert_int_equal(reply_group(&r, "events"), 9);
	assert_int_equal(reply_group(&r, "other"), 5);
	assert_int_equal(reply_group(&r, "event"), 0);
	assert_int_equal(reply_group(&r, "eventss"), 0);
	assert_int_equal(reply_group(&r, ""), 0);
	parse_one(make_echo, &o, &r);
	assert_int_equal(reply_group(&r, "events"), 0);
}

/* The end is missing: what nlmsg_len promises isn't there. */
static void test_truncated(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(makers); i++) {
		struct out o = { .len = 0 };
		unsigned int whole;
		int last;

		makers[i](&o);
		whole = read_all(o.buf, o.len, &last);
		assert_int_equal(last, 0);
		for (len = 0; len < o.len; len++) {
			assert_true(read_all(o.buf, len, &last) < whole);
			if (whole == 1)
				assert_int_equal(last, len ? -EBADMSG : 0);
		}
	}
}

/* The same, but nlmsg_len says so: attributes are cut anywhere. */
static void test_shortened(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(makers); i++) {
		struct out o = { .len = 0 };
		int last;

		makers[i](&o);
		for (len = sizeof(struct nlmsghdr); len < o.len - o.first;
		     len++) {
			out_last(&o)->nlmsg_len = (uint32_t)len;
			read_all(o.buf, o.first + len, &last);
			/* The rest behind it. */
			read_all(o.buf, o.len, &last);
		}
	}
}

/* Each byte, and so each length, says something else. */
static void test_hostile(void **state)
{
	static const uint32_t values[] = {
		0,	    1,		2,	    3,		4,
		5,	    8,		15,	    16,		17,
		19,	    20,		0x7f,	    0x80,	0xff,
		0xfffc,	    0xffff,	0x7ffffffc, 0x7fffffff, 0x80000000,
		0xfffffff0, 0xfffffffc, 0xfffffffd, 0xffffffff,
	};
	size_t i, at, v, n;
	int last;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(makers); i++) {
		struct out o = { .len = 0 }, bad;

		makers[i](&o);
		for (n = 1; n <= 4; n *= 2)
			for (at = 0; at + n <= o.len; at++)
				for (v = 0; v < ARRAY_SIZE(values); v++) {
					bad = o;
					memcpy(bad.buf + at, &values[v], n);
					read_all(bad.buf, bad.len, &last);
				}
	}
}

/* The request inside an error claims lengths that end nowhere. */
static void test_error_lengths(void **state)
{
	static const uint32_t lengths[] = {
		0,	    1,		15,	    1000,	0x7fffffff,
		0x80000000, 0xffffffec, 0xfffffff0, 0xfffffffd, 0xffffffff,
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct out o = { .len = 0 };
		struct nlmsgerr *e;
		int last;

		make_error_whole(&o);
		e = (void *)(o.buf + sizeof(struct nlmsghdr));
		e->msg.nlmsg_len = lengths[i];
		assert_int_equal(read_all(o.buf, o.len, &last), 0);
		assert_int_equal(last, -EBADMSG);
	}
}

/* An errno is 0 or from -4095 to -1. */
static void test_errno(void **state)
{
	static const struct {
		int32_t error;
		bool good;
	} rows[] = {
		{ 0, true },	      { -1, true },	{ -4095, true },
		{ 1, false },	      { -4096, false }, { INT32_MAX, false },
		{ INT32_MIN, false },
	};
	void (*const with_errno[])(struct out *o) = {
		make_error_bare,
		make_error_whole,
		make_done,
	};
	size_t i, j;
	int last;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (j = 0; j < ARRAY_SIZE(with_errno); j++) {
			struct out o = { .len = 0 };

			with_errno[j](&o);
			memcpy(o.buf + sizeof(struct nlmsghdr), &rows[i].error,
			       4);
			assert_int_equal(read_all(o.buf, o.len, &last),
					 rows[i].good);
			assert_int_equal(last, rows[i].good ? 0 : -EBADMSG);
		}
}

/* Attributes of the right type and a wrong length, or a string without end. */
static void test_wrong_attributes(void **state)
{
	static const char zeros[16];
	size_t len, n;
	uint64_t v;

	(void)state;
	for (len = 0; len <= 12; len++) {
		struct out o = { .len = 0 };
		size_t at = 0;
		struct reply r;

		out_genl(&o, 0, GENL_ECHO_CMD_ECHO);
		out_attr(&o, GENL_ECHO_A_MSG, "no end here.", len);
		out_attr(&o, GENL_ECHO_A_INDEX, "\1\1\1\1\1\1\1\1\1\1\1\1",
			 len);
		out_attr(&o, GENL_ECHO_A_STAT_FAILS, zeros, len);
		assert_int_equal(reply_next(o.buf, o.len, &at, &r), 1);
		assert_null(reply_string(&r, GENL_ECHO_A_MSG, &n));
		assert_int_equal(reply_uint(&r, GENL_ECHO_A_INDEX, 4, &v),
				 len == 4);
		assert_int_equal(reply_uint(&r, GENL_ECHO_A_STAT_FAILS, 8, &v),
				 len == 8);
	}
}

/* The last attribute may come without its padding. */
static void test_unpadded(void **state)
{
	const struct nlattr nla = { .nla_type = GENL_ECHO_A_DATA,
				    .nla_len = sizeof(nla) + 1 };
	struct out o = { .len = 0 };
	struct reply r;
	unsigned char *buf;
	size_t len, n, at = 0;

	(void)state;
	out_genl(&o, 0, GENL_ECHO_CMD_ECHO);
	out_bytes(&o, &nla, sizeof(nla));
	out_bytes(&o, "x\0\0\0", 4);
	len = o.len - 3;
	out_last(&o)->nlmsg_len = (uint32_t)len;
	buf = malloc(len);
	assert_non_null(buf);
	memcpy(buf, o.buf, len);
	assert_int_equal(reply_next(buf, len, &at, &r), 1);
	assert_memory_equal(reply_bytes(&r, GENL_ECHO_A_DATA, &n), "x", 1);
	assert_int_equal(n, 1);
	assert_int_equal(at, len);
	free(buf);
}

/* Flag bits in an attribute's type are no part of it. */
static void test_flag_bits(void **state)
{
	struct out o = { .len = 0 };
	struct reply r;
	size_t n, at = 0;

	(void)state;
	out_genl(&o, 0, GENL_ECHO_CMD_ECHO);
	out_attr(&o, GENL_ECHO_A_MSG | NLA_F_NESTED | NLA_F_NET_BYTEORDER, "m",
		 2);
	out_attr(&o, 999, "unknown", 8);
	assert_int_equal(reply_next(o.buf, o.len, &at, &r), 1);
	assert_string_equal(reply_string(&r, GENL_ECHO_A_MSG, &n), "m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_shortened),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_error_lengths),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_wrong_attributes),
		cmocka_unit_test(test_unpadded),
		cmocka_unit_test(test_flag_bits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
