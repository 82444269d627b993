// SPDX-License-Identifier: GPL-2.0-or-later
/* dump: one request, many messages. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitcode.h"
#include "genl-echo.h"
#include "jsonl.h"
#include "say.h"
#include "text.h"

#define OPTIONS (&genl_echo_options)

/**
 * struct dump - a dump that is being read
 * @t: the socket
 * @next: INDEX that the next message should have
 * @wrong: messages that weren't what should have come
 */
struct dump {
	const struct transport *t;
	uint64_t next;
	uint64_t wrong;
};

static void show(uint64_t index, const char *msg, size_t len)
{
	struct json_object *o;
	char *text;

	if (OPTIONS->json) {
		o = jsonl_begin("message");
		jsonl_uint(o, "index", index);
		jsonl_text(o, "msg", msg, len);
		jsonl_print(o);
		return;
	}
	text = text_escape(msg, len);
	printf("%" PRIu64 ": %s\n", index, text);
	free(text);
}

static void dump_reply(const struct reply *reply, void *arg)
{
	struct dump *d = arg;
	const char *msg;
	uint64_t index;
	size_t len;

	msg = reply_string(reply, GENL_ECHO_A_MSG, &len);
	if (reply->type != d->t->family || reply->cmd != GENL_ECHO_CMD_ECHO ||
	    !msg ||
	    !reply_uint(reply, GENL_ECHO_A_INDEX, sizeof(uint32_t), &index)) {
		d->wrong++;
		return;
	}
	if (index != d->next)
		d->wrong++;
	d->next = index + 1;
	show(index, msg, len);
}

static int dump(struct transport *t, const char *msg)
{
	struct request req = {
		.cmd = GENL_ECHO_CMD_ECHO,
		.flags = NLM_F_DUMP,
	};
	uint32_t wanted = (uint32_t)OPTIONS->dump.count;
	struct dump d = { .t = t };
	int rc;

	if (msg)
		request_add(&req, GENL_ECHO_A_MSG, msg, strlen(msg) + 1);
	if (wanted)
		request_add(&req, GENL_ECHO_A_COUNT, &wanted, sizeof(wanted));
	else
		wanted = GENL_ECHO_COUNT_DEFAULT;
	rc = transport_call(t, &req, dump_reply, &d);
	if (rc)
		return session_failed(t, rc);
	if (d.wrong || d.next != wanted) {
		say_error("the dump is not whole: %" PRIu64 " of %" PRIu32
			  " messages, %" PRIu64 " wrong",
			  d.next, wanted, d.wrong);
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

int dump_run(char **args, int count)
{
	struct transport *t;
	int code;

	if (count && check_text(args[0]))
		return EXIT_USAGE;
	t = session_open(&code);
	if (t)
		code = dump(t, count ? args[0] : NULL);
	return session_end(code);
}
