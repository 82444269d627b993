// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matcher of topics and patterns against one that is as simple as its
 * definition: on everything that is short, and on random long ones. The bytes
 * stand between two pages that can't be read. FUZZ_SECONDS=N goes on for so long,
 * from a seed that is printed (and taken from FUZZ_SEED).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <sockmods/topic.h>

#include "topic-simple.h"

/* Rounds of the random comparison that are always made. */
#define ROUNDS 300000

/* The lengths up to which everything is tried: 6 and 4 letters. */
#define PATTERN_SHORT 5
#define TOPIC_SHORT 5

/* Two pages, each between two that fault. */
static char *guarded[2];
static size_t page;

static int setup(void **state)
{
	int i;

	(void)state;
	page = sysconf(_SC_PAGESIZE);
	for (i = 0; i < 2; i++) {
		char *p = mmap(NULL, 3 * page, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED ||
		    mprotect(p + page, page, PROT_READ | PROT_WRITE))
			return -1;
		guarded[i] = p + page;
	}
	return 0;
}

/* The name at the end of its page, or at the beginning. */
static const char *place(int which, const struct name *n, bool end)
{
	char *to = guarded[which] + (end ? page - n->len : 0);

	memcpy(to, n->text, n->len);
	return to;
}

static void compare(const struct name *pattern, const struct name *topic,
		    bool end)
{
	const char *p = place(0, pattern, end), *t = place(1, topic, end);
	bool right = simple_check(pattern, true);

	if ((nlb_topic_check(p, pattern->len, true) == NLB_TOPIC_OK) != right)
		fail_msg("pattern %.*s", (int)pattern->len, pattern->text);
	if ((nlb_topic_check(t, topic->len, false) == NLB_TOPIC_OK) !=
	    simple_check(topic, false))
		fail_msg("topic %.*s", (int)topic->len, topic->text);
	if (!right || !simple_check(topic, false))
		return;
	if (nlb_topic_match(p, pattern->len, t, topic->len) !=
	    simple_match(pattern, topic))
		fail_msg("%.*s and %.*s", (int)pattern->len, pattern->text,
			 (int)topic->len, topic->text);
}

/* The next of all names of these letters, the shorter ones first. */
static bool next(struct name *n, const char *letters, size_t max)
{
	const char *end = letters + strlen(letters) - 1;
	size_t i;

	for (i = n->len; i-- > 0;) {
		if (n->text[i] != *end) {
			n->text[i] = strchr(letters, n->text[i])[1];
			return true;
		}
		n->text[i] = *letters;
	}
	memset(n->text, *letters, ++n->len);
	return n->len <= max;
}

/* All there is: 9,330 patterns, most of them wrong, and 1,364 topics. */
static void test_short(void **state)
{
	struct name pattern = { .len = 0 }, topic;
	unsigned int compared = 0;

	(void)state;
	while (next(&pattern, "a/+#$b", PATTERN_SHORT)) {
		topic.len = 0;
		topic.text[0] = 'a';
		if (!simple_check(&pattern, true)) {
			next(&topic, "a", 1);
			compare(&pattern, &topic, true);
			continue;
		}
		while (next(&topic, "a/$b", TOPIC_SHORT)) {
			compare(&pattern, &topic, true);
			compared++;
		}
	}
	assert_in_range(compared, 1000000, 100000000);
}

static uint64_t seed;

static unsigned int rnd(unsigned int below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % below;
}

/* Levels of few letters, so that many are the same. */
static void random_topic(struct name *n)
{
	size_t levels = 1 + rnd(rnd(4) ? 6 : 36), i, k;

	n->len = 0;
	for (i = 0; i < levels; i++) {
		if (i)
			n->text[n->len++] = '/';
		for (k = rnd(rnd(8) ? 3 : 12); k > 0; k--)
			n->text[n->len++] = "abbb$"[rnd(5)];
		if (n->len > NLBROKER_TOPIC_MAX - 10)
			break;
	}
	if (!rnd(50))
		for (; n->len < NLBROKER_TOPIC_MAX + rnd(3); n->len++)
			n->text[n->len] = 'a';
}

/* Made of a topic, so that it almost matches it. */
static void random_pattern(const struct name *topic, struct name *n)
{
	struct levels l;
	size_t i;

	split(topic, &l);
	n->len = 0;
	for (i = 0; i < l.num; i++) {
		if (i)
			n->text[n->len++] = '/';
		if (!rnd(l.num + 2)) {
			n->text[n->len++] = '#';
			if (rnd(10))
				return;
		} else if (!rnd(4)) {
			n->text[n->len++] = '+';
		} else {
			memcpy(n->text + n->len, l.at[i].text, l.at[i].len);
			n->len += l.at[i].len;
		}
		if (!rnd(40) && n->len)
			n->text[rnd(n->len)] = "a/+#$"[rnd(5)];
	}
	if (!rnd(8) && n->len < NLBROKER_TOPIC_MAX - 1) {
		n->text[n->len++] = '/';
		n->text[n->len++] = rnd(2) ? '#' : '+';
	}
}

static void test_random(void **state)
{
	const char *seconds = getenv("FUZZ_SECONDS"), *s = getenv("FUZZ_SEED");
	time_t end = time(NULL) + (seconds ? atoi(seconds) : 0);
	unsigned int i, matched = 0;
	struct name pattern, topic;

	(void)state;
	seed = s ? strtoull(s, NULL, 0) : seconds ? (uint64_t)time(NULL) : 1;
	print_message("# seed %llu\n", (unsigned long long)seed);
	for (i = 0; i < ROUNDS || time(NULL) < end; i++) {
		random_topic(&topic);
		random_pattern(&topic, &pattern);
		compare(&pattern, &topic, i % 2);
		matched += simple_check(&pattern, true) &&
			   simple_check(&topic, false) &&
			   simple_match(&pattern, &topic);
	}
	/* Neither all nor nothing. */
	assert_in_range(matched, i / 20, i - i / 20);
}

/* Bytes without any sense: nothing is read that isn't there. */
static void test_bytes(void **state)
{
	struct name n;
	unsigned int i;
	size_t k;

	(void)state;
	for (i = 0; i < ROUNDS / 10; i++) {
		n.len = rnd(24);
		for (k = 0; k < n.len; k++)
			n.text[k] = rnd(3) ? (char)rnd(256) :
					     "/+#\303\342\360"[rnd(6)];
		nlb_topic_check(place(0, &n, i % 2), n.len, rnd(2));
	}
}

int main(void)
{
	const struct CMUnitTest topic_fuzz[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(topic_fuzz, setup, NULL);
}
