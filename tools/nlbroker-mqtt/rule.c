// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>

#include <libnlbroker.h>

#include "mem.h"
#include "rule.h"

/* Prefix and pattern in one string. */
static char *join(const char *prefix, const char *pattern)
{
	size_t size = strlen(prefix) + strlen(pattern) + 1;
	char *text = mem_zero(1, size);

	snprintf(text, size, "%s%s", prefix, pattern);
	return text;
}

/* What is wrong with a filter that isn't ours to judge by nlbroker's rules alone. */
static const char *filter_fault(const char *filter)
{
	if (!*filter)
		return "there is neither a pattern nor a prefix for the broker";
	if (strlen(filter) >= RULE_TOPIC_MAX)
		return "prefix and pattern for the broker are too long together";
	if (!strncmp(filter, "$share/", 7) || !strncmp(filter, "$queue/", 7))
		return "shared subscriptions are not offered";
	if (mosquitto_validate_utf8(filter, (int)strlen(filter)))
		return "not UTF-8";
	if (mosquitto_sub_topic_check(filter))
		return "a wildcard has to be a whole level, and '#' the last one";
	return NULL;
}

static const char *words_fault(const struct rule_words *words)
{
	if (strpbrk(words->local, "+#") || strpbrk(words->remote, "+#"))
		return "a prefix has no wildcards";
	if (!*words->pattern && (!*words->local || !*words->remote))
		return "without a pattern, both prefixes are needed";
	return NULL;
}

const char *rule_make(struct rule *rule, const struct rule_words *words)
{
	const char *fault = words_fault(words);

	if (fault)
		return fault;
	*rule = (struct rule){
		.direction = words->direction,
		.qos = words->qos,
		.local = join(words->local, words->pattern),
		.remote = join(words->remote, words->pattern),
		.local_skip = strlen(words->local),
		.remote_skip = strlen(words->remote),
	};
	fault = nlbroker_topic_fault(rule->local, true);
	if (!fault)
		fault = filter_fault(rule->remote);
	if (!fault && rule->direction == RULE_BOTH && !words->force &&
	    !strcmp(rule->local, rule->remote))
		fault = "the same names on both sides can make loops: add 'force'";
	if (fault)
		rule_free(rule);
	return fault;
}

void rule_free(struct rule *rule)
{
	free(rule->local);
	free(rule->remote);
	memset(rule, 0, sizeof(*rule));
}

bool rule_same(const struct rule *a, const struct rule *b)
{
	return a->direction == b->direction && a->qos == b->qos &&
	       a->local_skip == b->local_skip &&
	       a->remote_skip == b->remote_skip &&
	       !strcmp(a->local, b->local) && !strcmp(a->remote, b->remote);
}

bool rule_filter_matches(const char *filter, const char *topic)
{
	bool result = false;

	return !mosquitto_topic_matches_sub(filter, topic, &result) && result;
}

/*
 * TOPIC without the first SKIP bytes, behind the prefix of SIDE. False when there
 * is no room for it, or when it would become a topic with a $ that SIDE, a
 * pattern, doesn't name.
 */
static bool rename_topic(const char *topic, size_t skip, const char *side,
			 size_t prefix, char *name)
{
	size_t len = strlen(topic);

	/* "a/#" is matched by "a", too. */
	if (len < skip || prefix + len - skip >= RULE_TOPIC_MAX)
		return false;
	len -= skip;
	memcpy(name, side, prefix);
	memcpy(name + prefix, topic + skip, len + 1);
	return *name && (*name != '$' || *side == '$');
}

const struct rule *rule_out(const struct rule *rules, size_t count,
			    const char *topic, char *name)
{
	const struct rule *r;

	for (r = rules; r < rules + count; r++)
		if ((r->direction & RULE_OUT) &&
		    nlbroker_topic_matches(r->local, topic))
			return rename_topic(topic, r->local_skip, r->remote,
					    r->remote_skip, name) ?
				       r :
				       NULL;
	return NULL;
}

const struct rule *rule_in(const struct rule *rules, size_t count,
			   const char *topic, char *name)
{
	const struct rule *r;

	for (r = rules; r < rules + count; r++)
		if ((r->direction & RULE_IN) &&
		    rule_filter_matches(r->remote, topic))
			return rename_topic(topic, r->remote_skip, r->local,
					    r->local_skip, name) ?
				       r :
				       NULL;
	return NULL;
}
