// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: peers and topics come and go, and losses begin. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitcode.h"
#include "jsonl.h"
#include "nlbroker.h"
#include "text.h"

#define OPTIONS (&nlbroker_options)

/* Which members of a message an event has. */
enum {
	HAS_PORTID = 1,
	HAS_UID = 2,
	HAS_TOPIC = 4,
	HAS_OWNER = 8,
};

static const struct {
	const char *name; /* in JSON */
	const char *text; /* for people */
	int has;
} events[] = {
	[NLBROKER_PEER_ADD] = { "peer-add", "peer is there",
				HAS_PORTID | HAS_UID },
	[NLBROKER_PEER_DEL] = { "peer-del", "peer is gone", HAS_PORTID },
	[NLBROKER_TOPIC_ADD] = { "topic-add", "topic is there",
				 HAS_TOPIC | HAS_OWNER },
	[NLBROKER_TOPIC_CHANGE] = { "topic-change", "topic has changed",
				    HAS_TOPIC | HAS_OWNER },
	[NLBROKER_TOPIC_DEL] = { "topic-del", "topic is gone", HAS_TOPIC },
	[NLBROKER_LOSS] = { "loss", "peer begins to lose messages",
			    HAS_PORTID | HAS_TOPIC },
	[NLBROKER_OVERRUN] = { "overrun",
			       "overrun: events came faster than they were read, some were lost",
			       0 },
	[NLBROKER_UNLOADED] = { "unloaded", "unloaded", 0 },
};

static void event_json(const struct nlbroker_message *m)
{
	struct json_object *o = jsonl_begin(events[m->kind].name);
	int has = events[m->kind].has;

	if (has & HAS_TOPIC && m->topic)
		jsonl_text(o, "topic", m->topic, strlen(m->topic));
	if (has & HAS_OWNER) {
		jsonl_uint(o, "mode", m->mode);
		jsonl_uint(o, "uid", m->uid);
		jsonl_uint(o, "gid", m->gid);
	}
	if (has & HAS_PORTID || (has & HAS_OWNER && m->portid))
		jsonl_uint(o, "portid", m->portid);
	if (has & HAS_UID)
		jsonl_uint(o, "uid", m->uid);
	jsonl_print(o);
}

static void event_text(const struct nlbroker_message *m)
{
	int has = events[m->kind].has;
	char *topic;

	fputs(events[m->kind].text, stdout);
	if (has & HAS_PORTID)
		printf(": port %" PRIu32, m->portid);
	if (has & HAS_UID)
		printf(" uid %" PRIu32, m->uid);
	if (has & HAS_TOPIC && m->topic) {
		topic = text_escape(m->topic, strlen(m->topic));
		printf("%s %s", has & HAS_PORTID ? "" : ":", topic);
		free(topic);
	}
	if (has & HAS_OWNER) {
		printf(" mode %04" PRIo32 " uid %" PRIu32 " gid %" PRIu32,
		       m->mode, m->uid, m->gid);
		if (m->portid)
			printf(" advertised by port %" PRIu32, m->portid);
	}
	putchar('\n');
}

static int monitor(struct nlbroker *broker)
{
	const struct nlbroker_message *m;
	bool lost = false;
	struct wait wait;
	uint64_t n = 0;
	int rc = nlbroker_listen(broker);

	if (!rc)
		rc = wait_begin(&wait, broker);
	while (!rc && (!OPTIONS->count || n < OPTIONS->count)) {
		rc = wait_next(&wait, &m);
		if (rc <= 0)
			break;
		rc = 0;
		if (m->kind < NLBROKER_PEER_ADD)
			continue;
		if (OPTIONS->json)
			event_json(m);
		else if (m->kind != NLBROKER_UNLOADED)
			event_text(m);
		if (m->kind == NLBROKER_UNLOADED)
			return session_unloaded();
		if (m->kind == NLBROKER_OVERRUN)
			lost = true;
		else
			n++;
	}
	if (rc < 0)
		return session_failed(broker, rc);
	return lost ? EXIT_REFUSED : EXIT_OK;
}

int monitor_run(char **args, int count)
{
	struct nlbroker *broker;
	int code;

	(void)args;
	(void)count;
	broker = session_open(&code);
	if (broker)
		code = monitor(broker);
	return session_end(broker, code);
}
