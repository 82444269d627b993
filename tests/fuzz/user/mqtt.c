// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nlbroker-mqtt's configuration, and what the topics in it make of a topic: the first
 * line is that, the rest a configuration. Each error has its place; a topic that is
 * bridged is one that can be published to.
 * sources: tools/nlbroker-mqtt/config.c tools/nlbroker-mqtt/config-link.c
 * sources: tools/nlbroker-mqtt/config-topic.c tools/nlbroker-mqtt/rule.c
 * sources: tools/libnlbroker/topic.c tools/lib/mem.c tools/lib/num.c tools/lib/text.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mosquitto.h>

#include <libnlbroker.h>

#include "lib/fuzz.h"
#include "nlbroker-mqtt/config.h"

/* FILE:LINE: REASON, on a line each, with nothing that a terminal obeys. */
static void check_errors(const char *text, size_t len, unsigned int count)
{
	const char *p = text, *end;
	size_t digits;

	for (; p < text + len; p = end + 1, count--) {
		end = memchr(p, '\n', (size_t)(text + len - p));
		FUZZ_CHECK(end && count);
		FUZZ_CHECK(!strncmp(p, "f:", 2));
		digits = strspn(p + 2, "0123456789");
		FUZZ_CHECK(digits && !strncmp(p + 2 + digits, ": ", 2));
		for (; p < end; p++)
			FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
	}
	FUZZ_CHECK(!count);
}

static void check_link(struct config_link *link, const char *topic)
{
	char name[RULE_TOPIC_MAX];
	const struct rule *r;

	FUZZ_CHECK(config_link_same(link, link));
	config_link_complete(link, "id");
	FUZZ_CHECK(link->addresses_num && link->rules_num && *link->name);
	FUZZ_CHECK(!mosquitto_pub_topic_check(link->state_topic));
	if (nlbroker_topic_fault(topic, false))
		return;
	r = rule_out(link->rules, link->rules_num, topic, name);
	if (r) {
		FUZZ_CHECK(r->direction & RULE_OUT);
		FUZZ_CHECK(!mosquitto_pub_topic_check(name));
		FUZZ_CHECK(rule_filter_matches(r->remote, name));
	}
	r = rule_in(link->rules, link->rules_num, topic, name);
	if (r) {
		FUZZ_CHECK(r->direction & RULE_IN);
		FUZZ_CHECK(*name && strlen(name) < sizeof(name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct config config;
	char *topic, *said = NULL;
	size_t len, i;
	unsigned int count;
	FILE *in, *errors;

	if (!end || end + 1 == data + size)
		return 0;
	topic = strndup((const char *)data, (size_t)(end - data));
	in = fmemopen((void *)(end + 1), size - (size_t)(end + 1 - data), "r");
	errors = open_memstream(&said, &len);
	FUZZ_CHECK(topic && in && errors);
	count = config_read(in, "f", &config, errors);
	fclose(in);
	fclose(errors);
	check_errors(said, len, count);
	for (i = 0; i < config.links_num; i++)
		check_link(&config.links[i], topic);
	config_free(&config);
	free(topic);
	free(said);
	return 0;
}
