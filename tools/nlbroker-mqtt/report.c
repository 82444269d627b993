// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jsonl.h"
#include "report.h"

static struct json_object *reasons(const _Atomic uint64_t *counters,
				   const char *const *names, size_t num)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < num; i++)
		jsonl_uint(o, names[i], counted(&counters[i]));
	return o;
}

static struct json_object *direction(const struct tally *t)
{
	struct json_object *o = json_object_new_object();

	jsonl_uint(o, "received", counted(&t->received));
	jsonl_uint(o, "sent", counted(&t->sent));
	json_object_object_add(o, "lost",
			       reasons(t->lost, lost_names, LOST_NUM));
	json_object_object_add(o, "skipped",
			       reasons(t->skipped, skipped_names, SKIPPED_NUM));
	jsonl_uint(o, "in_doubt", counted(&t->in_doubt));
	jsonl_uint(o, "queued", counted(&t->queued));
	jsonl_uint(o, "resent", counted(&t->resent));
	return o;
}

static void connection(FILE *out, struct counters *c, const char *id)
{
	struct json_object *o = jsonl_begin("connection");

	jsonl_string(o, "name", c->name);
	pthread_mutex_lock(&c->lock);
	jsonl_text(o, "address", c->address, strlen(c->address));
	jsonl_string(o, "state", state_names[atomic_load(&c->state)]);
	if (*c->error)
		jsonl_text(o, "error", c->error, strlen(c->error));
	else
		jsonl_string(o, "error", NULL);
	pthread_mutex_unlock(&c->lock);
	jsonl_string(o, "bridge_id", id);
	jsonl_uint(o, "connects", counted(&c->connects));
	jsonl_uint(o, "failures", counted(&c->failures));
	jsonl_uint(o, "sessions_lost", counted(&c->sessions_lost));
	jsonl_uint(o, "queued_bytes", counted(&c->queued_bytes));
	json_object_object_add(o, "out", direction(&c->out));
	json_object_object_add(o, "in", direction(&c->in));
	jsonl_write(out, o);
	fputc('\n', out);
	json_object_put(o);
}

void report_json(FILE *out, struct counters *counters, const char *id)
{
	struct counters *c;

	for (c = counters; c; c = c->next)
		if (atomic_load(&c->used))
			connection(out, c, id);
}

/* The head of a metric, of which the samples follow. */
static void metric(FILE *out, const char *name, const char *type,
		   const char *help)
{
	fprintf(out, "# HELP nlbroker_mqtt_%s %s\n# TYPE nlbroker_mqtt_%s %s\n",
		name, help, name, type);
}

static void sample(FILE *out, const char *name, const struct counters *c,
		   const char *labels, uint64_t value)
{
	fprintf(out, "nlbroker_mqtt_%s{connection=\"%s\"%s} %" PRIu64 "\n",
		name, c->name, labels, value);
}

/* One of both directions, at the same place in each. */
static void directions(FILE *out, const struct counters *counters,
		       const char *name, const char *help, size_t offset)
{
	const struct counters *c;

	metric(out, name, "counter", help);
	for (c = counters; c; c = c->next) {
		sample(out, name, c, ",direction=\"out\"",
		       counted((const _Atomic uint64_t *)((const char *)&c->out +
							  offset)));
		sample(out, name, c, ",direction=\"in\"",
		       counted((const _Atomic uint64_t *)((const char *)&c->in +
							  offset)));
	}
}

/* Those that are told apart by reasons. */
static void by_reasons(FILE *out, const struct counters *counters,
		       const char *name, const char *help, size_t offset,
		       const char *const *reason, size_t num)
{
	static const char *const ways[] = { "out", "in" };
	const struct counters *c;
	char labels[64];
	size_t way, i;

	metric(out, name, "counter", help);
	for (c = counters; c; c = c->next)
		for (way = 0; way < 2; way++)
			for (i = 0; i < num; i++) {
				const struct tally *t = way ? &c->in : &c->out;
				const _Atomic uint64_t *v =
					(const void *)((const char *)t +
						       offset);

				snprintf(labels, sizeof(labels),
					 ",direction=\"%s\",reason=\"%s\"",
					 ways[way], reason[i]);
				sample(out, name, c, labels, counted(&v[i]));
			}
}

/* One of the connection's. */
static void single(FILE *out, const struct counters *counters, const char *name,
		   const char *type, const char *help, size_t offset)
{
	const struct counters *c;

	metric(out, name, type, help);
	for (c = counters; c; c = c->next)
		sample(out, name, c, "",
		       counted((const _Atomic uint64_t *)((const char *)c +
							  offset)));
}

void report_metrics(FILE *out, const struct counters *counters)
{
	const struct counters *c;

	directions(out, counters, "received_messages_total",
		   "Messages that came.", offsetof(struct tally, received));
	directions(out, counters, "sent_messages_total",
		   "Messages that went on.", offsetof(struct tally, sent));
	by_reasons(out, counters, "lost_messages_total",
		   "Messages that were lost.", offsetof(struct tally, lost),
		   lost_names, LOST_NUM);
	by_reasons(out, counters, "skipped_messages_total",
		   "Messages that were not taken.",
		   offsetof(struct tally, skipped), skipped_names, SKIPPED_NUM);
	directions(out, counters, "in_doubt_messages_total",
		   "Lost messages that may have gone on.",
		   offsetof(struct tally, in_doubt));
	directions(out, counters, "resent_messages_total",
		   "Messages that were sent again.",
		   offsetof(struct tally, resent));
	metric(out, "queued_messages", "gauge",
	       "Messages that wait for the broker.");
	for (c = counters; c; c = c->next)
		sample(out, "queued_messages", c, "", counted(&c->out.queued));
	single(out, counters, "queued_bytes", "gauge", "Bytes of these.",
	       offsetof(struct counters, queued_bytes));
	single(out, counters, "connects_total", "counter",
	       "Connections that were made.",
	       offsetof(struct counters, connects));
	single(out, counters, "connect_failures_total", "counter",
	       "Connections that could not be made.",
	       offsetof(struct counters, failures));
	single(out, counters, "sessions_lost_total", "counter",
	       "Times that the broker had forgotten the client.",
	       offsetof(struct counters, sessions_lost));
	metric(out, "connected", "gauge", "Whether there is a connection.");
	for (c = counters; c; c = c->next)
		sample(out, "connected", c, "",
		       atomic_load(&c->state) == STATE_CONNECTED);
}

static uint64_t number(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ?
		       (uint64_t)json_object_get_int64(v) :
		       0;
}

static uint64_t total(struct json_object *o, const char *key)
{
	struct json_object *all;
	uint64_t sum = 0;

	if (json_object_object_get_ex(o, key, &all) &&
	    json_object_is_type(all, json_type_object)) {
		json_object_object_foreach(all, name, v)
		{
			(void)name;
			sum += (uint64_t)json_object_get_int64(v);
		}
	}
	return sum;
}

static const char *word(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && v ?
		       json_object_get_string(v) :
		       "";
}

static void row(FILE *out, const char *name, const char *state, const char *way,
		struct json_object *o)
{
	fprintf(out,
		"%-12s  %-10s  %-3s  %9" PRIu64 "  %9" PRIu64 "  %8" PRIu64
		"  %8" PRIu64 "  %6" PRIu64 "\n",
		name, state, way, number(o, "received"), number(o, "sent"),
		total(o, "lost"), total(o, "skipped"), number(o, "queued"));
}

/* 1 when it isn't connected. */
static int table_line(const char *line, FILE *out)
{
	struct json_object *o = json_tokener_parse(line), *ways[2];
	int rc = -EBADMSG;

	if (o && json_object_is_type(o, json_type_object) &&
	    json_object_object_get_ex(o, "out", &ways[0]) &&
	    json_object_object_get_ex(o, "in", &ways[1])) {
		row(out, word(o, "name"), word(o, "state"), "out", ways[0]);
		row(out, "", "", "in", ways[1]);
		rc = strcmp(word(o, "state"), "connected") != 0;
		if (rc && *word(o, "error"))
			fprintf(out, "%12s  %s\n", "", word(o, "error"));
	}
	json_object_put(o);
	return rc;
}

int report_table(FILE *in, FILE *out)
{
	char *line = NULL;
	size_t size = 0;
	int rc, away = 0;

	fprintf(out, "%-12s  %-10s  %-3s  %9s  %9s  %8s  %8s  %6s\n",
		"CONNECTION", "STATE", "WAY", "RECEIVED", "SENT", "LOST",
		"SKIPPED", "QUEUED");
	while (getline(&line, &size, in) > 0) {
		rc = table_line(line, out);
		if (rc < 0) {
			away = rc;
			break;
		}
		away += rc;
	}
	free(line);
	return away;
}
