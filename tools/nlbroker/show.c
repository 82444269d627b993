// SPDX-License-Identifier: GPL-2.0-or-later
/* status, topics, peers: what there is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitcode.h"
#include "jsonl.h"
#include "nlbroker.h"
#include "say.h"
#include "text.h"

#define OPTIONS (&nlbroker_options)

/* Runs what asks for a list: a result of the library's, made an exit code. */
static int shown(struct nlbroker *broker, int rc)
{
	if (rc < 0)
		return session_failed(broker, rc);
	if (rc > 0)
		say_hint("some came or went while this was read");
	return EXIT_OK;
}

static void show_topic(const struct nlbroker_topic *t, void *arg)
{
	char portid[16] = "-", retained[16] = "-", *name;
	struct json_object *o;

	(void)arg;
	if (OPTIONS->json) {
		o = jsonl_begin("topic");
		jsonl_text(o, "topic", t->topic, strlen(t->topic));
		jsonl_uint(o, "seq", t->seq);
		jsonl_uint(o, "mode", t->mode);
		jsonl_uint(o, "uid", t->uid);
		jsonl_uint(o, "gid", t->gid);
		jsonl_uint(o, "subscribers", t->subscribers);
		if (t->portid)
			jsonl_uint(o, "portid", t->portid);
		if (t->has_value)
			jsonl_uint(o, "retained_bytes", t->retained_len);
		json_object_object_add(o, "retain",
				       json_object_new_boolean(t->retain));
		jsonl_print(o);
		return;
	}
	if (t->portid)
		snprintf(portid, sizeof(portid), "%" PRIu32, t->portid);
	if (t->has_value)
		snprintf(retained, sizeof(retained), "%" PRIu32,
			 t->retained_len);
	name = text_escape(t->topic, strlen(t->topic));
	printf("%10" PRIu64 "  %04" PRIo32 " %6" PRIu32 " %6" PRIu32
	       " %11s %5" PRIu32 " %9s  %s\n",
	       t->seq, t->mode, t->uid, t->gid, portid, t->subscribers,
	       retained, name);
	free(name);
}

int topics_run(char **args, int count)
{
	struct nlbroker *broker;
	int code;

	if (count && check_topic(args[0], true))
		return EXIT_USAGE;
	broker = session_open(&code);
	if (!broker)
		return session_end(NULL, code);
	if (!OPTIONS->json)
		printf("%10s  %4s %6s %6s %11s %5s %9s  %s\n", "seq", "mode",
		       "uid", "gid", "advertiser", "subs", "retained", "topic");
	code = shown(broker, nlbroker_topics(broker, count ? args[0] : NULL,
					     show_topic, NULL));
	return session_end(broker, code);
}

static void show_peer(const struct nlbroker_peer *p, void *arg)
{
	struct json_object *o;

	(void)arg;
	if (!OPTIONS->json) {
		printf("%10" PRIu32 " %7" PRIu32 " %6" PRIu32 " %5" PRIu32
		       " %6" PRIu32 " %8" PRIu32 " %8" PRIu32 " %10" PRIu64
		       " %8" PRIu64 "%s\n",
		       p->portid, p->pid, p->uid, p->subscriptions,
		       p->advertised, p->queued, p->queue_size, p->delivered,
		       p->lost, p->raw ? "  raw" : "");
		return;
	}
	o = jsonl_begin("peer");
	jsonl_uint(o, "portid", p->portid);
	jsonl_uint(o, "pid", p->pid);
	jsonl_uint(o, "uid", p->uid);
	jsonl_uint(o, "subscriptions", p->subscriptions);
	jsonl_uint(o, "advertised", p->advertised);
	jsonl_uint(o, "queued", p->queued);
	jsonl_uint(o, "queue_size", p->queue_size);
	jsonl_uint(o, "delivered", p->delivered);
	jsonl_uint(o, "lost", p->lost);
	json_object_object_add(o, "raw", json_object_new_boolean(p->raw));
	jsonl_print(o);
}

int peers_run(char **args, int count)
{
	struct nlbroker *broker;
	int code;

	(void)args;
	(void)count;
	broker = session_open(&code);
	if (!broker)
		return session_end(NULL, code);
	if (!OPTIONS->json)
		printf("%10s %7s %6s %5s %6s %8s %8s %10s %8s\n", "port", "pid",
		       "uid", "subs", "topics", "queued", "queue", "delivered",
		       "lost");
	code = shown(broker, nlbroker_peers(broker, show_peer, NULL));
	return session_end(broker, code);
}

/**
 * struct status - what there is
 * @peers: how many
 * @topics: that live
 * @retained: of those, with a value
 */
struct status {
	uint64_t peers;
	uint64_t topics;
	uint64_t retained;
};

static void count_peer(const struct nlbroker_peer *p, void *arg)
{
	struct status *s = arg;

	(void)p;
	s->peers++;
}

static void count_topic(const struct nlbroker_topic *t, void *arg)
{
	struct status *s = arg;

	s->topics++;
	s->retained += t->has_value;
}

static void show_status(const struct status *s,
			const struct nlbroker_limits *limits)
{
	const struct {
		const char *key; /* in JSON */
		const char *text; /* for people */
		uint64_t value;
	} rows[] = {
		{ "peers", "peers", s->peers },
		{ "topics", "topics", s->topics },
		{ "retained", "values retained", s->retained },
		{ "publishes", "messages published", limits->publishes },
		{ "publish_bytes", "bytes published", limits->publish_bytes },
		{ "deliveries", "messages delivered", limits->deliveries },
		{ "lost", "messages lost", limits->lost },
		{ "held", "waits for room", limits->held },
		{ "refused", "requests refused", limits->refused },
	};
	struct json_object *o = NULL;
	size_t i;

	if (OPTIONS->json)
		o = jsonl_begin("status");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (o)
			jsonl_uint(o, rows[i].key, rows[i].value);
		else
			printf("%-20s%12" PRIu64 "\n", rows[i].text,
			       rows[i].value);
	}
	if (o)
		jsonl_print(o);
}

int status_run(char **args, int count)
{
	const struct nlbroker_limits *limits;
	struct nlbroker *broker;
	struct status s = {};
	int code, rc;

	(void)args;
	(void)count;
	broker = session_open(&code);
	if (!broker)
		return session_end(NULL, code);
	rc = nlbroker_peers(broker, count_peer, &s);
	if (rc >= 0)
		rc = nlbroker_topics(broker, NULL, count_topic, &s);
	if (rc >= 0)
		rc = nlbroker_get_limits(broker, &limits);
	if (rc < 0)
		code = session_failed(broker, rc);
	else
		show_status(&s, limits);
	return session_end(broker, rc < 0 ? code : EXIT_OK);
}
