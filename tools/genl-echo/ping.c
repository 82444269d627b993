// SPDX-License-Identifier: GPL-2.0-or-later
/* ping: echoes, one after the other, and how long each took. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errname.h"
#include "exitcode.h"
#include "genl-echo.h"
#include "jsonl.h"
#include "rtt.h"
#include "say.h"
#include "stop.h"

/**
 * struct ping - a run of ping
 * @t: the socket
 * @req: the request, the same every time
 * @data: its payload
 * @sent: echoes so far
 * @wrong: replies whose payload wasn't what was sent
 * @rtt: times of the good ones
 * @began: when the first was sent, ns
 * @match: the current reply has the current payload
 */
struct ping {
	struct transport *t;
	struct request req;
	unsigned char data[GENL_ECHO_DATA_MAX];
	uint64_t sent;
	uint64_t wrong;
	struct rtt rtt;
	uint64_t began;
	bool match;
};

static struct ping ping;
static char out_buffer[8192];

#define OPTIONS (&genl_echo_options)

/*
 * A buffer of our own, and written out when a line is due: stdio would ask
 * for the size of a block first, and write each line by itself on a terminal.
 */
static void ping_stdout(void)
{
	setvbuf(stdout, out_buffer, _IOFBF, sizeof(out_buffer));
}

static void ping_request(struct ping *p)
{
	size_t i;

	for (i = 0; i < OPTIONS->ping.size; i++)
		p->data[i] = (unsigned char)i;
	p->req.cmd = GENL_ECHO_CMD_ECHO;
	request_add(&p->req, GENL_ECHO_A_DATA, p->data, OPTIONS->ping.size);
	if (OPTIONS->ping.announce)
		request_add(&p->req, GENL_ECHO_A_ANNOUNCE, NULL, 0);
}

/* The sequence number at the start, as far as it fits: no two are equal. */
static void ping_stamp(struct ping *p)
{
	uint64_t size = OPTIONS->ping.size;

	memcpy(p->data, &p->sent,
	       size < sizeof(p->sent) ? size : sizeof(p->sent));
}

static void ping_reply(const struct reply *reply, void *arg)
{
	struct ping *p = arg;
	const void *data;
	size_t len;

	data = reply_bytes(reply, GENL_ECHO_A_DATA, &len);
	p->match = reply->type == p->t->family &&
		   reply->cmd == GENL_ECHO_CMD_ECHO && data &&
		   len == OPTIONS->ping.size && !memcmp(data, p->data, len);
}

/* Is there another one to come? */
static bool ping_more(const struct ping *p)
{
	return !OPTIONS->ping.count || p->sent < OPTIONS->ping.count;
}

static void show_reply(const struct ping *p, uint64_t ns)
{
	struct json_object *o;

	if (OPTIONS->ping.quiet)
		return;
	if (OPTIONS->json) {
		o = jsonl_begin("reply");
		jsonl_uint(o, "seq", p->sent);
		jsonl_uint(o, "bytes", OPTIONS->ping.size);
		jsonl_uint(o, "time_ns", ns);
		jsonl_print(o);
	} else if (OPTIONS->ping.flood) {
		fputs("\b \b", stdout);
	} else {
		printf("%" PRIu64 " bytes from %s: seq=%" PRIu64
		       " time=%.1f us\n",
		       OPTIONS->ping.size, OPTIONS->family, p->sent,
		       (double)ns / 1000);
	}
	/* The last line goes out with the summary. */
	if (ping_more(p))
		fflush(stdout);
}

/* Why there was no good reply. Said also with -q: it isn't the usual. */
static int show_loss(const struct ping *p, int rc)
{
	struct json_object *o;
	const char *why = rc == TRANSPORT_REFUSED ? "refused" :
			  rc == -EAGAIN		  ? "timeout" :
			  rc == -ENOBUFS	  ? "overrun" :
						    "bad reply";

	if (OPTIONS->json) {
		o = jsonl_begin("lost");
		jsonl_uint(o, "seq", p->sent);
		jsonl_string(o, "reason", why);
		if (rc == TRANSPORT_REFUSED) {
			const struct refusal *r = &p->t->refused;

			jsonl_uint(o, "errno", (uint64_t)r->error);
			jsonl_string(o, "error", errname(r->error));
			jsonl_text(o, "text", r->text, strlen(r->text));
		}
		jsonl_print(o);
		fflush(stdout);
	}
	if (!rc) {
		say_error("seq=%" PRIu64 ": the reply is not what was sent",
			  p->sent);
		return EXIT_REFUSED;
	}
	return session_failed(p->t, rc);
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void summary_json(const struct ping *p, uint64_t took)
{
	const struct rtt *rtt = &p->rtt;
	struct json_object *o = jsonl_begin("summary");
	uint64_t lost = p->sent - rtt->count;

	jsonl_string(o, "family", OPTIONS->family);
	jsonl_string(o, "transport", p->t->ops->name);
	jsonl_uint(o, "bytes", OPTIONS->ping.size);
	jsonl_uint(o, "sent", p->sent);
	jsonl_uint(o, "received", rtt->count);
	jsonl_uint(o, "lost", lost);
	jsonl_double(o, "loss_percent", 100 * ratio(lost, p->sent));
	jsonl_uint(o, "wrong", p->wrong);
	jsonl_uint(o, "late", p->t->late);
	jsonl_uint(o, "time_ns", took);
	if (rtt->count) {
		jsonl_uint(o, "min_ns", rtt->min);
		jsonl_uint(o, "avg_ns", (uint64_t)(rtt->mean + 0.5));
		jsonl_uint(o, "max_ns", rtt->max);
		jsonl_uint(o, "mdev_ns", (uint64_t)(rtt_mdev(rtt) + 0.5));
	}
	jsonl_print(o);
}

static void summary_text(const struct ping *p, uint64_t took)
{
	const struct rtt *rtt = &p->rtt;

	printf("%s--- %s ping statistics ---\n",
	       OPTIONS->ping.flood && !OPTIONS->ping.quiet ? "\n" : "",
	       OPTIONS->family);
	printf("%" PRIu64 " sent, %" PRIu64 " received, ", p->sent, rtt->count);
	if (p->wrong)
		printf("%" PRIu64 " wrong, ", p->wrong);
	if (p->t->late)
		printf("%" PRIu64 " late, ", p->t->late);
	printf("%g%% loss, time %.1f ms\n",
	       100 * ratio(p->sent - rtt->count, p->sent), (double)took / 1e6);
	if (rtt->count)
		printf("rtt min/avg/max/mdev = %.1f/%.1f/%.1f/%.1f us\n",
		       (double)rtt->min / 1000, rtt->mean / 1000,
		       (double)rtt->max / 1000, rtt_mdev(rtt) / 1000);
}

/* One echo. Returns 0, or an exit code when it was lost. */
static int ping_once(struct ping *p, uint64_t *now)
{
	uint64_t sent_at = *now;
	int rc;

	p->sent++;
	p->match = false;
	ping_stamp(p);
	if (OPTIONS->ping.flood && !OPTIONS->ping.quiet && !OPTIONS->json) {
		fputc('.', stdout);
		fflush(stdout);
		sent_at = rtt_now();
	}
	rc = transport_call(p->t, &p->req, ping_reply, p);
	*now = rtt_now();
	if (!rc && p->match) {
		rtt_add(&p->rtt, *now - sent_at);
		show_reply(p, *now - sent_at);
		return 0;
	}
	if (!rc)
		p->wrong++;
	/* A signal while it waited: this one is lost, and there is no next. */
	return rc == -EINTR ? EXIT_REFUSED : show_loss(p, rc);
}

/* Waits until it is time for the next echo; false when a signal came. */
static bool ping_pause(const struct ping *p, uint64_t *now)
{
	uint64_t next = p->began + p->sent * OPTIONS->ping.interval;

	/* The clock once between two echoes, when there is no pause. */
	if (!OPTIONS->ping.interval)
		return !stop_asked;
	*now = rtt_now();
	while (*now < next) {
		bool stop = stop_wait(-1, next - *now) == -EINTR;

		*now = rtt_now();
		if (stop)
			return false;
	}
	return !stop_asked;
}

/* All of it; took is set to how long that was, in ns. */
static int ping_loop(struct ping *p, uint64_t *took)
{
	uint64_t now = rtt_now();
	int code = EXIT_OK;

	p->began = now;
	do {
		int rc = ping_once(p, &now);

		if (rc)
			code = rc;
		if (rc == EXIT_NO_DRIVER)
			break;
	} while (ping_more(p) && ping_pause(p, &now));
	*took = now - p->began;
	return code;
}

int ping_run(char **args, int count)
{
	struct ping *p = &ping;
	uint64_t took;
	int code;

	(void)args;
	(void)count;
	ping_stdout();
	if (OPTIONS->ping.flood)
		OPTIONS->ping.interval = 0;
	p->t = session_open(&code);
	if (!p->t)
		return session_end(code);
	ping_request(p);
	stop_catch();
	if (!OPTIONS->json)
		printf("PING %s: %" PRIu64 " bytes, transport %s\n",
		       OPTIONS->family, OPTIONS->ping.size, p->t->ops->name);
	code = ping_loop(p, &took);
	if (OPTIONS->json)
		summary_json(p, took);
	else
		summary_text(p, took);
	return session_end(code);
}
