/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A matcher of topics and patterns that is as simple as its definition: what
 * topic-fuzz.c and tests/fuzz/user/topic.c compare the real one with.
 */
#ifndef SOCKMODS_TEST_TOPIC_SIMPLE_H
#define SOCKMODS_TEST_TOPIC_SIMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <sockmods/nlbroker.h>

struct name {
	size_t len;
	char text[NLBROKER_TOPIC_MAX + 8];
};

/* A name as its levels. */
struct levels {
	size_t num;
	struct {
		const char *text;
		size_t len;
	} at[NLBROKER_TOPIC_MAX + 8];
};

static void split(const struct name *n, struct levels *l)
{
	size_t i, from = 0;

	l->num = 0;
	for (i = 0; i <= n->len; i++) {
		if (i < n->len && n->text[i] != '/')
			continue;
		l->at[l->num].text = n->text + from;
		l->at[l->num].len = i - from;
		l->num++;
		from = i + 1;
	}
}

static bool level_is(const struct levels *l, size_t i, const char *text)
{
	return l->at[i].len == strlen(text) &&
	       !memcmp(l->at[i].text, text, l->at[i].len);
}

/* Of these letters: no UTF-8, which topic.c tests. */
static bool simple_check(const struct name *n, bool pattern)
{
	struct levels l;
	size_t i;

	split(n, &l);
	if (!n->len || n->len > NLBROKER_TOPIC_MAX ||
	    l.num > NLBROKER_LEVELS_MAX)
		return false;
	for (i = 0; i < l.num; i++) {
		bool plus = memchr(l.at[i].text, '+', l.at[i].len);
		bool hash = memchr(l.at[i].text, '#', l.at[i].len);

		if ((plus || hash) && !pattern)
			return false;
		if (plus && !level_is(&l, i, "+"))
			return false;
		if (hash && (!level_is(&l, i, "#") || i != l.num - 1))
			return false;
	}
	return true;
}

static bool from(const struct levels *p, size_t i, const struct levels *t,
		 size_t j)
{
	if (i == p->num)
		return j == t->num;
	if (level_is(p, i, "#"))
		return true;
	if (j == t->num)
		return false;
	if (!level_is(p, i, "+") &&
	    (p->at[i].len != t->at[j].len ||
	     memcmp(p->at[i].text, t->at[j].text, p->at[i].len)))
		return false;
	return from(p, i + 1, t, j + 1);
}

static bool simple_match(const struct name *pattern, const struct name *topic)
{
	struct levels p, t;

	split(pattern, &p);
	split(topic, &t);
	if (topic->text[0] == '$' &&
	    (level_is(&p, 0, "+") || level_is(&p, 0, "#")))
		return false;
	return from(&p, 0, &t, 0);
}

#endif
