// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "config-topic.h"
#include "mem.h"
#include "num.h"

#define HOST_MAX 255

const char *config_address(const char *word, struct config_address *address)
{
	const char *end, *colon;
	uint64_t port = 0;

	if (*word == '[') {
		word++;
		end = strchr(word, ']');
		if (!end || (end[1] && end[1] != ':'))
			return "has a bracket that is not closed";
		colon = end[1] ? end + 1 : NULL;
	} else {
		colon = strchr(word, ':');
		if (colon && strchr(colon + 1, ':'))
			return "is an IPv6 address without brackets";
		end = colon ? colon : word + strlen(word);
	}
	if (end == word || end - word > HOST_MAX)
		return "has no host, or one that is too long";
	if (colon && (num_u64(colon + 1, &port) || !port || port > 65535))
		return "has a port that is not a number, 1 to 65535";
	address->host = mem_zero(1, (size_t)(end - word) + 1);
	memcpy(address->host, word, (size_t)(end - word));
	address->port = (uint16_t)port;
	return NULL;
}

static const char *direction(const char *word, enum rule_direction *to)
{
	if (!strcmp(word, "out"))
		*to = RULE_OUT;
	else if (!strcmp(word, "in"))
		*to = RULE_IN;
	else if (!strcmp(word, "both"))
		*to = RULE_BOTH;
	else
		return "the direction is one of in, out, both";
	return NULL;
}

static const char *qos(const char *word, int *to)
{
	if (!strcmp(word, "2"))
		return "QoS 2 is not offered: nlbroker has no exactly once; use 1";
	if (strcmp(word, "0") != 0 && strcmp(word, "1") != 0)
		return "the QoS is 0 or 1";
	*to = *word - '0';
	return NULL;
}

const char *config_topic(char **words, size_t count, struct rule *rule)
{
	struct rule_words w = {
		.direction = RULE_OUT,
		.local = "",
		.remote = "",
	};
	const char *text = NULL;

	if (count < 2)
		return "has no pattern";
	/* As a prefix it could stand in quotes, or in front of another one. */
	if (count > 3 && !strcmp(words[count - 1], "force")) {
		w.force = true;
		count--;
	}
	if (count > 6)
		return "has more than pattern, direction, QoS and two prefixes";
	w.pattern = words[1];
	if (count > 2)
		text = direction(words[2], &w.direction);
	if (!text && count > 3)
		text = qos(words[3], &w.qos);
	if (count > 4)
		w.local = words[4];
	if (count > 5)
		w.remote = words[5];
	return text ? text : rule_make(rule, &w);
}
