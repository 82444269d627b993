// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The matcher of topics and patterns: the first line is a pattern, the rest a
 * topic. It has to say what the simple one says, and of UTF-8 what tools/lib says.
 * sources: tools/lib/text.c tools/lib/mem.c
 */
#include <stdlib.h>
#include <string.h>

#include <sockmods/topic.h>

#include "../../unit/topic-simple.h"
#include "lib/fuzz.h"
#include "text.h"

static bool right(const struct name *n, bool pattern)
{
	return simple_check(n, pattern) && text_valid(n->text, n->len) &&
	       !memchr(n->text, 0, n->len);
}

static void check(const char *text, const struct name *n, bool pattern)
{
	enum nlb_topic_fault fault = nlb_topic_check(text, n->len, pattern);

	FUZZ_CHECK((fault == NLB_TOPIC_OK) == right(n, pattern));
	FUZZ_CHECK((fault == NLB_TOPIC_EMPTY) == !n->len);
	FUZZ_CHECK((fault == NLB_TOPIC_LONG) == (n->len > NLBROKER_TOPIC_MAX));
	fuzz_read(nlb_topic_fault_text(fault),
		  strlen(nlb_topic_fault_text(fault)));
	if (fault == NLB_TOPIC_OK)
		FUZZ_CHECK(nlb_pattern_is_wild(text, n->len) ==
			   !right(n, false));
}

/* More than so long is as wrong as that. */
static void name(struct name *n, const uint8_t *data, size_t size)
{
	n->len = size < sizeof(n->text) ? size : sizeof(n->text);
	memcpy(n->text, data, n->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - data) : size;
	struct name pattern, topic = { .len = 0 };
	char *p, *t;

	if (!size)
		return 0;
	name(&pattern, data, len);
	if (end)
		name(&topic, end + 1, size - len - 1);
	p = fuzz_copy(pattern.text, pattern.len);
	t = fuzz_copy(topic.text, topic.len);
	check(p, &pattern, true);
	check(p, &pattern, false);
	check(t, &topic, true);
	check(t, &topic, false);
	if (right(&pattern, true) && right(&topic, false))
		FUZZ_CHECK(nlb_topic_match(p, pattern.len, t, topic.len) ==
			   simple_match(&pattern, &topic));
	free(p);
	free(t);
	return 0;
}
