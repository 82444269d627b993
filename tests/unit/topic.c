// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Topics and patterns: the examples and the edge cases of MQTT 5's section 4.7,
 * and every sequence of bytes that is or almost is UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sockmods/topic.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* clang-format off */

/* What is wrong with it as a topic, and as a pattern. */
static const struct {
	const char		*text;
	enum nlb_topic_fault	topic, pattern;
} names[] = {
	{ "",			NLB_TOPIC_EMPTY, NLB_TOPIC_EMPTY },
	{ "a",			NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "/",			NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "//",			NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "/finance",		NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "Accounts payable",	NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ " ",			NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "$SYS/x",		NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "$",			NLB_TOPIC_OK, NLB_TOPIC_OK },

	{ "#",			NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "/#",			NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "sport/tennis/#",	NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "sport/tennis#",	NLB_TOPIC_WILD, NLB_TOPIC_HASH },
	{ "sport/tennis/#/ranking", NLB_TOPIC_WILD, NLB_TOPIC_HASH },
	{ "#/",			NLB_TOPIC_WILD, NLB_TOPIC_HASH },
	{ "##",			NLB_TOPIC_WILD, NLB_TOPIC_HASH },
	{ "#a",			NLB_TOPIC_WILD, NLB_TOPIC_HASH },
	{ "+#",			NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "#+",			NLB_TOPIC_WILD, NLB_TOPIC_HASH },

	{ "+",			NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "+/+",		NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "/+",			NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "+/",			NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "+/tennis/#",		NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "sport/+/player1",	NLB_TOPIC_WILD, NLB_TOPIC_OK },
	{ "sport+",		NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "+sport",		NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "sport/+player1",	NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "sport/a+b/c",	NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "++",			NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "a/++/b",		NLB_TOPIC_WILD, NLB_TOPIC_PLUS },

	/* UTF-8: whole, cut off, overlong, surrogates, too high. */
	{ "\303\245/\342\202\254/\360\237\230\200", NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "\357\273\277a",	NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "\357\277\277",	NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "\1\177",		NLB_TOPIC_OK, NLB_TOPIC_OK },
	{ "a/\303",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\303/a",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\342\202",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\200",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\300\257",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\300\200",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\355\240\200",	NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\355\277\277",	NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\364\220\200\200",	NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
	{ "\376\377",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },

	/* The first fault from the left. */
	{ "a+/\377",		NLB_TOPIC_WILD, NLB_TOPIC_PLUS },
	{ "\377/a+",		NLB_TOPIC_UTF8, NLB_TOPIC_UTF8 },
};

static const struct {
	const char	*pattern, *topic;
	bool		match;
} matches[] = {
	/* 4.7.1.2: any number of levels, the parent included. */
	{ "sport/tennis/player1/#", "sport/tennis/player1", true },
	{ "sport/tennis/player1/#", "sport/tennis/player1/ranking", true },
	{ "sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true },
	{ "sport/tennis/player1/#", "sport/tennis/player10", false },
	{ "sport/tennis/player1/#", "sport/tennis/player", false },
	{ "sport/tennis/player1/#", "sport/tennis", false },
	{ "sport/#", "sport", true },
	{ "sport/#", "sport/", true },
	{ "sport/#", "sports", false },
	{ "sport/#", "/sport", false },
	{ "#", "a", true },
	{ "#", "a/b/c", true },
	{ "#", "/", true },
	{ "#", "/a", true },
	{ "/#", "/", true },
	{ "/#", "/a/b", true },
	{ "/#", "a", false },
	{ "a//#", "a/", true },
	{ "a//#", "a", false },

	/* 4.7.1.3: any one level. */
	{ "sport/tennis/+", "sport/tennis/player1", true },
	{ "sport/tennis/+", "sport/tennis/player2", true },
	{ "sport/tennis/+", "sport/tennis/player1/ranking", false },
	{ "sport/+", "sport", false },
	{ "sport/+", "sport/", true },
	{ "sport/+", "sport//", false },
	{ "+/+", "/finance", true },
	{ "/+", "/finance", true },
	{ "+", "/finance", false },
	{ "+", "finance", true },
	{ "+/", "finance/", true },
	{ "+/", "finance", false },
	{ "+/+/+", "//", true },
	{ "+/+", "//", false },
	{ "sport/+/player1", "sport/tennis/player1", true },
	{ "sport/+/player1", "sport//player1", true },
	{ "sport/+/player1", "sport/player1", false },
	{ "sport/+/player1", "sport/a/b/player1", false },
	{ "+/tennis/#", "sport/tennis", true },
	{ "+/tennis/#", "/tennis/a/b", true },
	{ "+/tennis/#", "tennis", false },
	{ "+/#", "a", true },
	{ "+/#", "/", true },
	{ "+/+/#", "a", false },
	{ "+/+/#", "a/b", true },

	/* 4.7.2: what begins with $. */
	{ "#", "$SYS/monitor", false },
	{ "#", "$", false },
	{ "+", "$SYS", false },
	{ "+/#", "$SYS/monitor", false },
	{ "+/monitor/Clients", "$SYS/monitor/Clients", false },
	{ "$SYS/#", "$SYS/monitor/Clients", true },
	{ "$SYS/#", "$SYS/", true },
	{ "$SYS/#", "$SYS", true },
	{ "$SYS/monitor/+", "$SYS/monitor/Clients", true },
	{ "$SYS/monitor/+", "$SYS/monitor/$a", true },
	{ "/#", "/$SYS", true },
	{ "a/+", "a/$b", true },
	{ "$", "$", true },

	/* 4.7.3: byte for byte. */
	{ "ACCOUNTS", "Accounts", false },
	{ "Accounts payable", "Accounts payable", true },
	{ "/finance", "finance", false },
	{ "finance/", "finance", false },
	{ "finance", "finance", true },
	{ "finance", "finance/a", false },
	{ "financ", "finance", false },
	{ "finance", "financ", false },
	{ "\303\205", "A\314\212", false },
	{ "\303\205/+", "\303\205/\342\202\254", true },
};

/* clang-format on */

static void test_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *text = names[i].text;
		int topic = nlb_topic_check(text, strlen(text), false);
		int pattern = nlb_topic_check(text, strlen(text), true);

		if (topic != (int)names[i].topic)
			fail_msg("topic \"%s\": %s", text,
				 nlb_topic_fault_text(topic));
		if (pattern != (int)names[i].pattern)
			fail_msg("pattern \"%s\": %s", text,
				 nlb_topic_fault_text(pattern));
	}
	/* A NUL is in no topic. */
	assert_int_equal(nlb_topic_check("a\0b", 3, false), NLB_TOPIC_UTF8);
	assert_int_equal(nlb_topic_check("", 1, true), NLB_TOPIC_UTF8);
}

static void test_matches(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(matches); i++) {
		const char *p = matches[i].pattern, *t = matches[i].topic;

		assert_int_equal(nlb_topic_check(p, strlen(p), true),
				 NLB_TOPIC_OK);
		assert_int_equal(nlb_topic_check(t, strlen(t), false),
				 NLB_TOPIC_OK);
		if (nlb_topic_match(p, strlen(p), t, strlen(t)) !=
		    matches[i].match)
			fail_msg("%s and %s", p, t);
		assert_int_equal(nlb_pattern_is_wild(p, strlen(p)),
				 strpbrk(p, "+#") != NULL);
	}
}

/* The longest, and one more; the deepest, and one more. */
static void test_bounds(void **state)
{
	char text[NLBROKER_TOPIC_MAX + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(nlb_topic_check(text, NLBROKER_TOPIC_MAX, false),
			 NLB_TOPIC_OK);
	assert_int_equal(nlb_topic_check(text, NLBROKER_TOPIC_MAX + 1, false),
			 NLB_TOPIC_LONG);
	assert_true(nlb_topic_match(text, NLBROKER_TOPIC_MAX, text,
				    NLBROKER_TOPIC_MAX));
	assert_false(nlb_topic_match(text, NLBROKER_TOPIC_MAX, text,
				     NLBROKER_TOPIC_MAX - 1));
	/* A sequence that the end cuts in two. */
	memcpy(text + NLBROKER_TOPIC_MAX - 1, "\303\245", 2);
	assert_int_equal(nlb_topic_check(text, NLBROKER_TOPIC_MAX, false),
			 NLB_TOPIC_UTF8);

	memset(text, '/', sizeof(text));
	assert_int_equal(nlb_topic_check(text, NLBROKER_LEVELS_MAX - 1, false),
			 NLB_TOPIC_OK);
	assert_int_equal(nlb_topic_check(text, NLBROKER_LEVELS_MAX, true),
			 NLB_TOPIC_DEEP);
}

/* Every fault has words of its own. */
static void test_texts(void **state)
{
	int a, b;

	(void)state;
	for (a = NLB_TOPIC_OK; a <= NLB_TOPIC_HASH; a++)
		for (b = NLB_TOPIC_OK; b < a; b++)
			assert_string_not_equal(nlb_topic_fault_text(a),
						nlb_topic_fault_text(b));
}

static bool is_utf8(const uint8_t *s, size_t len)
{
	return nlb_topic_check((const char *)s, len, false) == NLB_TOPIC_OK;
}

/* Writes a code point as the definition says. */
static size_t encode(uint32_t c, uint8_t *s)
{
	size_t i, n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (i = n; i-- > 1; c >>= 6)
		s[i] = 0x80 | (c & 0x3f);
	s[0] = n == 1 ? c : (0xf00 >> n) | c;
	return n;
}

/*
 * Each code point is taken, and of all sequences of 1 to 3 bytes there are no
 * more; of 4 bytes those are tried whose last byte is at a bound.
 */
static void test_utf8(void **state)
{
	static const uint8_t last[] = { 0, 0x7f, 0x80, 0xbf, 0xc0, 0xff };
	uint32_t c, i, found[5] = { 0 }, want[5] = { 0 };
	uint8_t s[4];
	size_t n;

	(void)state;
	for (c = 1; c <= 0x10ffff; c++) {
		if (c == '+' || c == '#')
			continue;
		n = encode(c, s);
		if (is_utf8(s, n) != (c < 0xd800 || c > 0xdfff))
			fail_msg("U+%04X", c);
		assert_false(n > 1 && is_utf8(s, n - 1));
		assert_false(n > 1 && is_utf8(s + 1, n - 1));
		if ((c < 0xd800 || c > 0xdfff) &&
		    (n < 4 || (c & 0x3f) == 0 || (c & 0x3f) == 0x3f))
			want[n]++;
	}
	/* Longer ones only where no shorter one begins. */
	for (c = 0; c < 0x1000000; c++) {
		s[0] = c >> 16;
		s[1] = c >> 8;
		s[2] = c;
		if (s[0] < 0x80) {
			if (!(c & 0xffff))
				found[1] += is_utf8(s, 1);
			continue;
		}
		if (!s[2])
			found[2] += is_utf8(s, 2);
		if (!is_utf8(s, 2))
			found[3] += is_utf8(s, 3);
		for (i = 0; s[0] >= 0xf0 && i < sizeof(last); i++) {
			s[3] = last[i];
			found[4] += is_utf8(s, 4);
		}
	}
	for (n = 1; n <= 4; n++)
		assert_int_equal(found[n], want[n]);
}

int main(void)
{
	const struct CMUnitTest topic[] = {
		cmocka_unit_test(test_names),  cmocka_unit_test(test_matches),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_utf8),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(topic, NULL, NULL);
}
