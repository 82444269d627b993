// SPDX-License-Identifier: GPL-2.0-or-later
/* sub: what is published to topics, as it comes, and what was lost. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "format.h"
#include "jsonl.h"
#include "nlbroker.h"
#include "say.h"
#include "text.h"

#define OPTIONS (&nlbroker_options)

/**
 * struct sub - what was received
 * @messages: how many
 * @lost: something was lost
 * @safe: escape what a terminal would obey
 */
struct sub {
	uint64_t messages;
	bool lost;
	bool safe;
};

static bool enough(const struct sub *s)
{
	return OPTIONS->count && s->messages >= OPTIONS->count;
}

static void show_message(const struct nlbroker_message *m, void *arg)
{
	struct sub *s = arg;

	/* Of those that are kept, nobody has said how many there are. */
	if (enough(s))
		return;
	s->messages++;
	if (OPTIONS->json) {
		jsonl_print(format_json(m));
		return;
	}
	if (OPTIONS->sub.format) {
		format_print(stdout, OPTIONS->sub.format, m, s->safe);
	} else {
		if (OPTIONS->sub.creds)
			format_print(stdout, "[uid %u pid %P] ", m, s->safe);
		if (OPTIONS->sub.verbose)
			format_print(stdout, "%t ", m, s->safe);
		format_bytes(stdout, m->payload, m->len, s->safe);
	}
	if (!OPTIONS->sub.no_newline)
		putchar('\n');
}

static void show_lost(const struct nlbroker_message *m)
{
	struct json_object *o;
	char *topic;

	if (OPTIONS->json) {
		o = jsonl_begin("lost");
		if (m->topic)
			jsonl_text(o, "topic", m->topic, strlen(m->topic));
		else
			jsonl_string(o, "topic", NULL);
		jsonl_uint(o, "count", m->count);
		jsonl_uint(o, "first_seq", m->first_seq);
		jsonl_uint(o, "last_seq", m->last_seq);
		jsonl_print(o);
	} else if (m->topic) {
		topic = text_escape(m->topic, strlen(m->topic));
		say_error("lost %" PRIu64 " messages of %s (seq %" PRIu64
			  " to %" PRIu64 "): read too slowly",
			  m->count, topic, m->first_seq, m->last_seq);
		free(topic);
	} else {
		say_error("lost %" PRIu64
			  " messages of various topics: read too slowly",
			  m->count);
	}
}

static int sub_loop(struct nlbroker *broker, struct sub *s)
{
	const struct nlbroker_message *m;
	struct wait wait;
	int rc = wait_begin(&wait, broker);

	while (!rc && !enough(s)) {
		rc = wait_next(&wait, &m);
		if (rc <= 0)
			break;
		rc = 0;
		if (m->kind == NLBROKER_MESSAGE) {
			show_message(m, s);
		} else if (m->kind == NLBROKER_LOST) {
			s->lost = true;
			show_lost(m);
		}
	}
	if (rc < 0)
		return session_failed(broker, rc);
	/* Time was over, or a signal came, before all were there. */
	if (OPTIONS->count && !enough(s))
		return EXIT_REFUSED;
	return s->lost ? EXIT_REFUSED : EXIT_OK;
}

/* What the command line wants to know of each message. */
static unsigned int sub_flags(void)
{
	const char *format = OPTIONS->sub.format;
	unsigned int flags = 0;

	if (!OPTIONS->sub.no_retained)
		flags |= NLBROKER_SEND_RETAINED;
	if (OPTIONS->json || OPTIONS->sub.creds ||
	    (format && format_creds(format)))
		flags |= NLBROKER_CREDS;
	return flags;
}

static int sub(struct nlbroker *broker, char **patterns, int count)
{
	struct sub s = { .safe = isatty(STDOUT_FILENO) };
	int i, rc = 0;

	if (OPTIONS->sub.buffer) {
		rc = nlbroker_set_queue(broker, (int)OPTIONS->sub.buffer);
		if (rc < 0)
			return session_failed(broker, rc);
		rc = 0;
	}
	for (i = 0; i < count && rc >= 0; i++)
		rc = OPTIONS->sub.retained_only ?
			     nlbroker_retained(broker, patterns[i],
					       show_message, &s) :
			     nlbroker_subscribe(broker, patterns[i],
						sub_flags());
	if (rc < 0)
		return session_failed(broker, rc);
	return OPTIONS->sub.retained_only ? EXIT_OK : sub_loop(broker, &s);
}

int sub_run(char **args, int count)
{
	const char *fault = NULL;
	struct nlbroker *broker;
	int i, code;

	if (!count) {
		say_error("a topic or a pattern is needed");
		say_hint("'nlbroker sub --help'; '#' is all of them");
		return EXIT_USAGE;
	}
	for (i = 0; i < count; i++)
		if (check_topic(args[i], true))
			return EXIT_USAGE;
	if (OPTIONS->sub.format)
		fault = format_fault(OPTIONS->sub.format);
	if (fault) {
		say_error("--format: '%.2s' is not known; see nlbroker(1)",
			  fault);
		return EXIT_USAGE;
	}
	if (OPTIONS->sub.no_retained && OPTIONS->sub.retained_only) {
		say_error(
			"--no-retained and --retained-only exclude each other");
		return EXIT_USAGE;
	}
	broker = session_open(&code);
	if (broker)
		code = sub(broker, args, count);
	return session_end(broker, code);
}
