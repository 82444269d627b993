// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a bridge makes of topics: prefixes off and on, and what it leaves alone.
 * sources: tools/nlbroker-mqtt/rule.c tools/libnlbroker/topic.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/nlbroker-mqtt/rule.h"

/* A rule, a topic on one side, and what it is on the other; NULL: not bridged. */
static const struct {
	struct rule_words words;
	const char *from;
	const char *to;
} maps[] = {
#define OUT(pattern, local, remote, from, to) \
	{ { pattern, RULE_OUT, 0, local, remote, false }, from, to }
#define IN(pattern, local, remote, from, to) \
	{ { pattern, RULE_IN, 0, local, remote, false }, from, to }
	OUT("temp/#", "", "", "temp/a", "temp/a"),
	OUT("temp/#", "L/", "R/", "L/temp/a", "R/temp/a"),
	OUT("temp/#", "L/", "", "L/temp", "temp"),
	OUT("temp/#", "", "R/", "temp/a/b", "R/temp/a/b"),
	OUT("temp/#", "L/", "R/", "temp/a", NULL),
	OUT("", "here", "there/x", "here", "there/x"),
	OUT("", "here", "there/x", "here/y", NULL),
	OUT("+", "a", "b", NULL, NULL),
	/* The parent of a # has nothing of the prefix's last level. */
	OUT("#", "L/", "R/", "L", NULL),
	OUT("#", "L/", "R/", "L/", "R/"),
	OUT("#", "L/", "", "L/", NULL),
	OUT("#", "L/", "", "L/x", "x"),
	/* $ has to be named. */
	OUT("#", "", "", "$x", NULL),
	OUT("#", "", "", "a/$x", "a/$x"),
	OUT("#", "L/", "", "L/$SYS/x", NULL),
	OUT("#", "L/", "$own/", "L/x", "$own/x"),
	OUT("$x/#", "", "", "$x/y", "$x/y"),
	OUT("$x/#", "L/", "", "L/$x/y", "$x/y"),
	IN("#", "", "", "$SYS/x", NULL),
	IN("#", "m/", "$SYS/", "$SYS/x", "m/x"),
	IN("#", "", "r/", "r/$x", NULL),
	IN("temp/+", "L/", "R/", "R/temp/a", "L/temp/a"),
	IN("temp/+", "L/", "R/", "R/temp/a/b", NULL),
	IN("temp/+", "", "R/", "R/temp/", "temp/"),
#undef OUT
#undef IN
};

static void test_maps(void **state)
{
	char name[RULE_TOPIC_MAX];
	const struct rule *got;
	struct rule rule;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		const char *fault = rule_make(&rule, &maps[i].words);

		if (!maps[i].from) {
			assert_non_null(fault);
			continue;
		}
		assert_null(fault);
		got = maps[i].words.direction == RULE_OUT ?
			      rule_out(&rule, 1, maps[i].from, name) :
			      rule_in(&rule, 1, maps[i].from, name);
		assert_true(!got == !maps[i].to);
		if (maps[i].to)
			assert_string_equal(name, maps[i].to);
		/* The other way is not this rule's. */
		assert_null(maps[i].words.direction == RULE_OUT ?
				    rule_in(&rule, 1, maps[i].from, name) :
				    rule_out(&rule, 1, maps[i].from, name));
		rule_free(&rule);
	}
}

static void test_first(void **state)
{
	const struct rule_words words[] = {
		{ "a/b", RULE_IN, 0, "", "", false },
		{ "a/#", RULE_BOTH, 0, "", "one/", false },
		{ "#", RULE_OUT, 1, "", "two/", false },
	};
	struct rule rules[3];
	char name[RULE_TOPIC_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_null(rule_make(&rules[i], &words[i]));
	assert_ptr_equal(rule_out(rules, 3, "a/b", name), &rules[1]);
	assert_string_equal(name, "one/a/b");
	assert_ptr_equal(rule_out(rules, 3, "b", name), &rules[2]);
	assert_string_equal(name, "two/b");
	assert_ptr_equal(rule_in(rules, 3, "a/b", name), &rules[0]);
	assert_ptr_equal(rule_in(rules, 3, "one/a/b", name), &rules[1]);
	assert_string_equal(name, "a/b");
	assert_null(rule_in(rules, 3, "two/b", name));
	assert_true(rule_same(&rules[0], &rules[0]));
	assert_false(rule_same(&rules[0], &rules[1]));
	for (i = 0; i < 3; i++)
		rule_free(&rules[i]);
}

static void test_faults(void **state)
{
	char longest[RULE_TOPIC_MAX + 1];
	const struct rule_words words[] = {
		{ "", RULE_OUT, 0, "", "", false },
		{ "", RULE_OUT, 0, "a", "", false },
		{ "", RULE_OUT, 0, "", "a", false },
		{ "a#", RULE_OUT, 0, "", "", false },
		{ "#/a", RULE_OUT, 0, "", "", false },
		{ "a", RULE_OUT, 0, "#", "", false },
		{ "a", RULE_OUT, 0, "", "+/", false },
		{ "+", RULE_OUT, 0, "a", "", false },
		{ "+", RULE_IN, 0, "", "a", false },
		{ "$share/g/a", RULE_IN, 0, "", "", false },
		{ "a", RULE_IN, 0, "", "$share/g/", false },
		{ "#", RULE_BOTH, 0, "", "", false },
		{ "a\xff", RULE_OUT, 0, "", "", false },
		{ "a", RULE_OUT, 0, "", longest, false },
		{ "a", RULE_OUT, 0, longest, "", false },
	};
	struct rule rule;
	size_t i;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		assert_non_null(rule_make(&rule, &words[i]));
}

/* What would be longer than there is room for isn't bridged. */
static void test_room(void **state)
{
	char prefix[RULE_TOPIC_MAX - 9], topic[256], name[RULE_TOPIC_MAX];
	struct rule_words words = { "+", RULE_OUT, 0, "", prefix, false };
	struct rule rule;

	(void)state;
	memset(prefix, 'p', sizeof(prefix));
	prefix[sizeof(prefix) - 2] = '/';
	prefix[sizeof(prefix) - 1] = '\0';
	assert_null(rule_make(&rule, &words));
	memset(topic, 't', sizeof(topic));
	topic[9] = '\0';
	assert_non_null(rule_out(&rule, 1, topic, name));
	assert_int_equal(strlen(name), RULE_TOPIC_MAX - 1);
	topic[9] = 't';
	topic[10] = '\0';
	assert_null(rule_out(&rule, 1, topic, name));
	rule_free(&rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
