// SPDX-License-Identifier: GPL-2.0-or-later
/* limits: what a user may have, and what this one has. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "exitcode.h"
#include "jsonl.h"
#include "nlbroker.h"
#include "num.h"
#include "say.h"

#define OPTIONS (&nlbroker_options)

/* What can be set; mode isn't a limit, and has no entry here. */
static const struct limit {
	const char *name;
	const char *key; /* in JSON */
	enum nlbroker_attr attr;
	size_t offset;
} limits[] = {
	{ "peers", "peers", NLBROKER_A_LIMIT_PEERS,
	  offsetof(struct nlbroker_limits, peers) },
	{ "subscriptions", "subscriptions", NLBROKER_A_LIMIT_SUBSCRIPTIONS,
	  offsetof(struct nlbroker_limits, subscriptions) },
	{ "topics", "topics", NLBROKER_A_LIMIT_TOPICS,
	  offsetof(struct nlbroker_limits, topics) },
	{ "retained-bytes", "retained_bytes", NLBROKER_A_LIMIT_RETAINED_BYTES,
	  offsetof(struct nlbroker_limits, retained_bytes) },
	{ "queue-share", "queue_share", NLBROKER_A_LIMIT_QUEUE_SHARE,
	  offsetof(struct nlbroker_limits, queue_share) },
};

#define LIMITS (sizeof(limits) / sizeof(limits[0]))

/**
 * struct setting - NAME=VALUE, read
 * @limit: which, or NULL: the mode
 * @value: what it is to be
 */
struct setting {
	const struct limit *limit;
	uint64_t value;
};

/* A number as people read it, into a buffer. */
static const char *number(uint64_t value, char *buf, size_t size)
{
	if (value == NLBROKER_UNLIMITED)
		return "unlimited";
	snprintf(buf, size, "%" PRIu64, value);
	return buf;
}

static void add_number(struct json_object *o, const char *key, uint64_t value)
{
	/* JSON has no word for it but this. */
	if (value == NLBROKER_UNLIMITED)
		jsonl_string(o, key, NULL);
	else
		jsonl_uint(o, key, value);
}

static void show_json(const struct nlbroker_limits *all)
{
	struct json_object *o = jsonl_begin("limits");
	size_t i;

	jsonl_uint(o, "mode", all->mode);
	for (i = 0; i < LIMITS; i++) {
		const struct nlbroker_limit *l =
			(const void *)((const char *)all + limits[i].offset);
		struct json_object *entry = json_object_new_object();

		add_number(entry, "limit", l->limit);
		add_number(entry, "ceiling", l->ceiling);
		if (limits[i].attr != NLBROKER_A_LIMIT_QUEUE_SHARE)
			jsonl_uint(entry, "used", l->used);
		json_object_object_add(o, limits[i].key, entry);
	}
	jsonl_print(o);
}

static void show_text(const struct nlbroker_limits *all)
{
	char limit[32], ceiling[32], used[32];
	size_t i;

	printf("%-16s%12s%12s%12s\n", "", "limit", "ceiling", "used");
	for (i = 0; i < LIMITS; i++) {
		const struct nlbroker_limit *l =
			(const void *)((const char *)all + limits[i].offset);
		bool share = limits[i].attr == NLBROKER_A_LIMIT_QUEUE_SHARE;

		printf("%-16s%12s%12s%12s\n", limits[i].name,
		       number(l->limit, limit, sizeof(limit)),
		       number(l->ceiling, ceiling, sizeof(ceiling)),
		       share ? "-" : number(l->used, used, sizeof(used)));
	}
	printf("%-16s%12s%04" PRIo32 "\n", "mode", "", all->mode);
}

static int show(struct nlbroker *broker)
{
	const struct nlbroker_limits *all;
	int rc = nlbroker_get_limits(broker, &all);

	if (rc)
		return session_failed(broker, rc);
	if (OPTIONS->json)
		show_json(all);
	else
		show_text(all);
	return EXIT_OK;
}

static int parse_value(const char *name, const char *text, uint64_t *value)
{
	if (!strcmp(text, "unlimited")) {
		*value = NLBROKER_UNLIMITED;
		return 0;
	}
	if (!num_u64(text, value))
		return 0;
	say_error("%s: '%s' is not a number, nor 'unlimited'", name, text);
	return -1;
}

static int parse(const char *arg, struct setting *s)
{
	const char *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value++ - arg) : 0, i;
	uint32_t mode;

	s->limit = NULL;
	for (i = 0; i < LIMITS && value && !s->limit; i++)
		if (strlen(limits[i].name) == len &&
		    !strncmp(limits[i].name, arg, len))
			s->limit = &limits[i];
	if (s->limit)
		return parse_value(s->limit->name, value, &s->value);
	if (value && len == 4 && !strncmp(arg, "mode", len)) {
		if (check_mode(value, &mode))
			return -1;
		s->value = mode;
		return 0;
	}
	say_error(
		"'%s' is not NAME=VALUE, where NAME is one of: peers, subscriptions, topics, retained-bytes, queue-share, mode",
		arg);
	return -1;
}

static int set(struct nlbroker *broker, char **args, int count)
{
	struct setting s;
	int i, rc;

	for (i = 0; i < count; i++) {
		/* They were read before; all of them are right. */
		if (parse(args[i], &s))
			return EXIT_USAGE;
		if (s.limit)
			rc = nlbroker_set_limit(broker, s.limit->attr, s.value);
		else
			rc = nlbroker_set_mode(broker, (uint32_t)s.value);
		if (rc) {
			say_error("%s:", args[i]);
			return session_failed(broker, rc);
		}
	}
	return EXIT_OK;
}

int limits_run(char **args, int count)
{
	struct nlbroker *broker;
	struct setting s;
	int i, code;

	/* None is set when one of them is wrong. */
	for (i = 0; i < count; i++)
		if (parse(args[i], &s))
			return EXIT_USAGE;
	broker = session_open(&code);
	if (broker)
		code = count ? set(broker, args, count) : show(broker);
	return session_end(broker, code);
}
