// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: echoes that somebody in this network namespace has announced. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "exitcode.h"
#include "genl-echo.h"
#include "jsonl.h"
#include "say.h"
#include "stop.h"
#include "text.h"

#define OPTIONS (&genl_echo_options)

/* Bytes of DATA that are shown to people, who also get the length. */
#define MONITOR_DATA_SHOWN 16

/**
 * struct monitor - what is going on
 * @t: the socket
 * @events: shown so far
 * @gone: the family was unregistered
 */
struct monitor {
	struct transport *t;
	uint64_t events;
	bool gone;
};

static bool enough(const struct monitor *m)
{
	return m->gone ||
	       (OPTIONS->monitor.count && m->events >= OPTIONS->monitor.count);
}

static void event_json(uint64_t portid, const struct reply *reply)
{
	struct json_object *o = jsonl_begin("event");
	const char *msg;
	const void *data;
	size_t len;

	jsonl_uint(o, "portid", portid);
	msg = reply_string(reply, GENL_ECHO_A_MSG, &len);
	if (msg)
		jsonl_text(o, "msg", msg, len);
	data = reply_bytes(reply, GENL_ECHO_A_DATA, &len);
	if (data) {
		jsonl_uint(o, "bytes", len);
		jsonl_bytes(o, "data_hex", data, len);
	}
	jsonl_print(o);
}

static void event_text(uint64_t portid, const struct reply *reply)
{
	const void *data;
	const char *msg;
	size_t len;
	char *text;

	printf("event: port %" PRIu64, portid);
	msg = reply_string(reply, GENL_ECHO_A_MSG, &len);
	if (msg) {
		text = text_escape(msg, len);
		printf(" msg \"%s\"", text);
		free(text);
	}
	data = reply_bytes(reply, GENL_ECHO_A_DATA, &len);
	if (data) {
		text = text_hex(data, len < MONITOR_DATA_SHOWN ?
					      len :
					      MONITOR_DATA_SHOWN);
		printf(" data %zu bytes%s%s%s", len, len ? " " : "", text,
		       len > MONITOR_DATA_SHOWN ? "..." : "");
		free(text);
	}
	putchar('\n');
}

/* The controller says that a family has left. Is it ours? */
static bool is_ours(const struct monitor *m, const struct reply *reply)
{
	uint64_t id;

	return reply->cmd == CTRL_CMD_DELFAMILY &&
	       reply_uint(reply, CTRL_ATTR_FAMILY_ID, sizeof(uint16_t), &id) &&
	       id == m->t->family;
}

static void monitor_reply(const struct reply *reply, void *arg)
{
	struct monitor *m = arg;
	uint64_t portid;

	if (enough(m) || reply->kind != REPLY_MESSAGE)
		return;
	if (reply->type == GENL_ID_CTRL) {
		m->gone = is_ours(m, reply);
		return;
	}
	if (reply->type != m->t->family || reply->cmd != GENL_ECHO_CMD_EVENT ||
	    !reply_uint(reply, GENL_ECHO_A_PORTID, sizeof(uint32_t), &portid))
		return;
	m->events++;
	if (OPTIONS->json)
		event_json(portid, reply);
	else
		event_text(portid, reply);
}

/* Events have no number, so that is all there is to know. */
static void show_overrun(void)
{
	if (OPTIONS->json)
		jsonl_print(jsonl_begin("overrun"));
	else
		puts("overrun: events were lost, they came faster than they were read");
}

static void show_gone(void)
{
	if (OPTIONS->json)
		jsonl_print(jsonl_begin("unloaded"));
	say_error("the driver was unloaded");
}

static int monitor_loop(struct monitor *m)
{
	bool lost = false;
	int rc;

	while (!enough(m)) {
		rc = stop_wait(m->t->fd, STOP_FOREVER);
		if (rc == -EINTR)
			break;
		if (rc >= 0)
			rc = m->t->ops->recv(m->t, monitor_reply, m);
		if (rc == -ENOBUFS) {
			lost = true;
			show_overrun();
		} else if (rc && rc != -EAGAIN && rc != -EINTR) {
			return session_failed(m->t, rc);
		}
		if (say_flush())
			return EXIT_REFUSED;
	}
	if (m->gone) {
		show_gone();
		return EXIT_NO_DRIVER;
	}
	return lost ? EXIT_REFUSED : EXIT_OK;
}

/*
 * The controller's own group tells when a family leaves; the members of a
 * group that has left would wait for ever. Its id is fixed.
 */
static int monitor_join(struct transport *t)
{
	int err = t->events ? transport_join(t, t->events) : -ENOENT;

	return err ? err : transport_join(t, GENL_ID_CTRL);
}

int monitor_run(char **args, int count)
{
	struct monitor m = {};
	int code, rc;

	(void)args;
	(void)count;
	m.t = session_open(&code);
	if (!m.t)
		return session_end(code);
	stop_catch();
	rc = monitor_join(m.t);
	if (rc)
		code = session_failed(m.t, rc);
	else
		code = monitor_loop(&m);
	return session_end(code);
}
