// SPDX-License-Identifier: GPL-2.0-or-later
/* stat: the counters of the network namespace. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "exitcode.h"
#include "genl-echo.h"
#include "jsonl.h"
#include "say.h"

static const struct {
	int type;
	const char *key; /* in JSON */
	const char *text; /* for people */
} counters[] = {
	{ GENL_ECHO_A_STAT_ECHOES, "echoes", "echoes" },
	{ GENL_ECHO_A_STAT_ECHO_BYTES, "echo_bytes", "bytes echoed" },
	{ GENL_ECHO_A_STAT_DUMPS, "dumps", "dumps" },
	{ GENL_ECHO_A_STAT_DUMP_MESSAGES, "dump_messages", "messages dumped" },
	{ GENL_ECHO_A_STAT_FAILS, "fails", "failures asked for" },
	{ GENL_ECHO_A_STAT_EVENTS, "events", "events sent" },
	{ GENL_ECHO_A_STAT_REFUSED, "refused", "requests refused" },
	{ GENL_ECHO_A_STAT_OVERRUNS, "overruns", "replies lost" },
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

/**
 * struct stat_values - what came back
 * @value: in the order of counters[]
 * @there: how many of them
 */
struct stat_values {
	uint64_t value[COUNTERS];
	size_t there;
};

static void stat_reply(const struct reply *reply, void *arg)
{
	struct stat_values *v = arg;
	size_t i;

	if (reply->cmd != GENL_ECHO_CMD_GET_STATS)
		return;
	for (i = 0; i < COUNTERS; i++)
		v->there += reply_uint(reply, counters[i].type,
				       sizeof(uint64_t), &v->value[i]);
}

static void stat_show(const struct stat_values *v)
{
	struct json_object *o = NULL;
	size_t i;

	if (genl_echo_options.json)
		o = jsonl_begin("stat");
	for (i = 0; i < COUNTERS; i++) {
		if (o)
			jsonl_uint(o, counters[i].key, v->value[i]);
		else
			printf("%-20s%12" PRIu64 "\n", counters[i].text,
			       v->value[i]);
	}
	if (o)
		jsonl_print(o);
}

int stat_run(char **args, int count)
{
	const struct request req = { .cmd = GENL_ECHO_CMD_GET_STATS };
	struct stat_values values = {};
	struct transport *t;
	int code, rc;

	(void)args;
	(void)count;
	t = session_open(&code);
	if (!t)
		return session_end(code);
	rc = transport_call(t, &req, stat_reply, &values);
	if (!rc && values.there != COUNTERS)
		rc = -EBADMSG;
	if (rc)
		code = session_failed(t, rc);
	else
		stat_show(&values);
	return session_end(code);
}
