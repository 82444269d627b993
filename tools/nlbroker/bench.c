// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: a table of costs. Each operation is repeated in batches, the batches
 * of all operations taking turns, and the cheapest batch of each counts:
 * whatever else the machine does only ever adds.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "exitcode.h"
#include "jsonl.h"
#include "nlbroker.h"
#include "rtt.h"
#include "say.h"

#define OPTIONS (&nlbroker_options)

/* Messages that one nlbroker_publish_many() gets. */
#define MANY 64

/*
 * Messages that are left in queues at most: when there are many, it is the
 * memory allocator's speed that is measured.
 */
#define LEFT 8

/* What the kernel counts for a message besides its payload, with some to spare. */
#define OVERHEAD 1536

/**
 * struct op - an operation
 * @name: in JSON
 * @text: for people
 * @once: does it: 0 or a negative errno
 * @drain: undoes what that has left behind; not timed; or NULL
 * @arg: passed to both
 * @number: how often in a batch
 * @each: how many operations once is
 * @ns: what it costs: nanoseconds for one
 */
struct op {
	const char *name;
	const char *text;
	int (*once)(void *arg);
	void (*drain)(void *arg);
	void *arg;
	uint64_t number;
	unsigned int each;
	double ns;
};

enum {
	OP_PUBLISH,
	OP_ACK,
	OP_MANY,
	OP_NOBODY,
	OP_ONE,
	OP_FANOUT,
	OP_DGRAM,
	OP_GETPPID,
	/* What only root can measure is at the end. */
	OP_LISTENER,
	OP_LISTENERS,
	OP_COUNT,
};

/**
 * struct topic - who publishes to a topic, and who subscribes
 * @pub: who publishes
 * @name: its name
 * @flags: of nlbroker_publish()
 * @subs: subscribers
 * @count: how many
 */
struct topic {
	struct nlbroker *pub;
	char name[64];
	unsigned int flags;
	struct nlbroker **subs;
	size_t count;
};

static unsigned char payload[NLBROKER_PAYLOAD_MAX];

static int topic_open(struct topic *t, const char *name, size_t count,
		      unsigned int flags, int *code)
{
	int rc;

	memset(t, 0, sizeof(*t));
	t->flags = flags;
	snprintf(t->name, sizeof(t->name), "$bench/%d/%s", getpid(), name);
	t->subs = calloc(count + 1, sizeof(struct nlbroker *));
	t->pub = session_open(code);
	if (!t->subs || !t->pub)
		return -ENOMEM;
	for (; t->count < count; t->count++) {
		t->subs[t->count] = session_open(code);
		if (!t->subs[t->count])
			return -ENOMEM;
		rc = nlbroker_subscribe(t->subs[t->count], t->name, 0);
		if (rc) {
			*code = session_failed(t->subs[t->count], rc);
			return rc;
		}
	}
	return 0;
}

static void topic_close(struct topic *t)
{
	size_t i;

	/* One that couldn't subscribe is at the end, and isn't counted. */
	for (i = 0; t->subs && i <= t->count; i++)
		nlbroker_close(t->subs[i]);
	nlbroker_close(t->pub);
	free(t->subs);
}

static int publish(void *arg)
{
	struct topic *t = arg;

	return nlbroker_publish(t->pub, t->name, payload, OPTIONS->bench.size,
				t->flags);
}

static int receive(const struct topic *t)
{
	const struct nlbroker_message *m;
	int rc = nlbroker_receive(t->subs[0], &m, 0);

	if (rc < 0)
		return rc;
	return rc && m->kind == NLBROKER_MESSAGE &&
			       m->len == OPTIONS->bench.size ?
		       0 :
		       -EBADMSG;
}

static int publish_receive(void *arg)
{
	int rc = publish(arg);

	return rc ? rc : receive(arg);
}

/* How many messages fit into a queue, at most so many. */
static uint64_t fit(uint64_t most)
{
	/* The usual size of a queue, and of a network buffer. */
	uint64_t n = 212992 / (2 * OPTIONS->bench.size + OVERHEAD);

	return !n ? 1 : n < most ? n : most;
}

static int publish_many(void *arg)
{
	struct nlbroker_outgoing messages[MANY];
	struct topic *t = arg;
	uint64_t n = fit(MANY), i;
	int rc;

	for (i = 0; i < n; i++)
		messages[i] = (struct nlbroker_outgoing){
			.topic = t->name,
			.payload = payload,
			.len = OPTIONS->bench.size,
		};
	rc = nlbroker_publish_many(t->pub, messages, n);
	for (i = 0; i < n && !rc; i++)
		rc = receive(t);
	return rc;
}

static void drain(void *arg)
{
	const struct nlbroker_message *m;
	struct topic *t = arg;
	size_t i;

	for (i = 0; i < t->count; i++)
		while (nlbroker_receive(t->subs[i], &m, 0) > 0)
			;
}

/* One batch; keeps the cost when it is the least so far, or the first. */
static int batch(struct op *op, bool warm)
{
	uint64_t began = rtt_now(), i;
	double ns;
	int rc;

	for (i = 0; i < op->number; i++) {
		rc = op->once(op->arg);
		if (rc)
			return rc;
	}
	ns = (double)(rtt_now() - began) / (double)op->number / op->each;
	if (!warm && (!op->ns || ns < op->ns))
		op->ns = ns;
	if (op->drain)
		op->drain(op->arg);
	return 0;
}

static int measure(struct op *ops, int count)
{
	int i, n, rc;

	for (n = -1; n < BENCH_BATCHES; n++) {
		for (i = 0; i < count; i++) {
			rc = batch(&ops[i], n < 0);
			if (!rc)
				continue;
			say_error("%s: %s", ops[i].text, strerror(-rc));
			return EXIT_REFUSED;
		}
	}
	return EXIT_OK;
}

/**
 * struct more - what one more costs who sends
 * @subscriber: a subscriber of nlbroker, ns
 * @listener: a listener of a netlink multicast, ns; 0: not measured
 */
struct more {
	double subscriber;
	double listener;
};

static void show_json(const struct op *ops, const struct more *more)
{
	struct json_object *o = jsonl_begin("bench");
	struct json_object *list = json_object_new_array();
	int i;

	jsonl_uint(o, "bytes", OPTIONS->bench.size);
	jsonl_uint(o, "batches", BENCH_BATCHES);
	jsonl_uint(o, "operations", OPTIONS->bench.iterations);
	jsonl_uint(o, "subscribers", OPTIONS->bench.subscribers + 1);
	for (i = 0; i < OP_COUNT && ops[i].ns; i++) {
		struct json_object *op = json_object_new_object();

		jsonl_string(op, "name", ops[i].name);
		jsonl_double(op, "ns", ops[i].ns);
		jsonl_double(op, "ratio", ops[i].ns / ops[OP_DGRAM].ns);
		json_object_array_add(list, op);
	}
	json_object_object_add(o, "costs", list);
	jsonl_double(o, "one_more_subscriber_ns", more->subscriber);
	if (more->listener) {
		jsonl_double(o, "one_more_listener_ns", more->listener);
		jsonl_double(o, "one_more_ratio",
			     more->subscriber / more->listener);
	}
	jsonl_print(o);
}

static void show_text(const struct op *ops, const struct more *more)
{
	int i;

	printf("%-40s%10s%10s\n", "operation", "ns", "ratio");
	for (i = 0; i < OP_COUNT && ops[i].ns; i++)
		printf("%-40s%10.0f%10.2f\n", ops[i].text, ops[i].ns,
		       ops[i].ns / ops[OP_DGRAM].ns);
	printf("\nLeast of %d batches of %" PRIu64 ", %" PRIu64
	       " bytes of payload; ratio to the AF_UNIX datagram.\n",
	       BENCH_BATCHES, OPTIONS->bench.iterations, OPTIONS->bench.size);
	printf("Of %" PRIu64
	       " more, one more subscriber costs a publish %.0f ns",
	       OPTIONS->bench.subscribers, more->subscriber);
	if (more->listener)
		printf(", one more listener a\nmulticast %.0f ns: %.2f times as much.\n",
		       more->listener, more->subscriber / more->listener);
	else
		puts(".\nNetlink multicast: not measured, only root can listen.");
}

/**
 * struct setup - what is needed
 * @one: a topic with one subscriber, no acknowledgement
 * @ack: with acknowledgement
 * @nobody: without subscriber
 * @fanout: with many
 * @multicast: this user can measure multicasts
 * @listener: one with one listener
 * @listeners: with many
 * @dgram: datagrams
 */
struct setup {
	struct topic one;
	struct topic ack;
	struct topic nobody;
	struct topic fanout;
	bool multicast;
	struct bench_multicast listener;
	struct bench_multicast listeners;
	struct bench_dgram dgram;
};

static int setup_open(struct setup *s)
{
	uint64_t size = OPTIONS->bench.size;
	size_t many = OPTIONS->bench.subscribers + 1;
	int code = EXIT_REFUSED, rc;

	if (topic_open(&s->one, "one", 1, NLBROKER_NO_ACK, &code) ||
	    topic_open(&s->ack, "ack", 1, 0, &code) ||
	    topic_open(&s->nobody, "nobody", 0, NLBROKER_NO_ACK, &code) ||
	    topic_open(&s->fanout, "fanout", many, NLBROKER_NO_ACK, &code))
		return code;
	s->dgram.size = size;
	rc = bench_multicast_open(&s->listener, 1, 1, size);
	if (!rc)
		rc = bench_multicast_open(&s->listeners, 2, many, size);
	s->multicast = !rc;
	if (rc == -EPERM)
		rc = 0;
	if (!rc &&
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s->dgram.fd))
		rc = -errno;
	if (rc) {
		say_error("sockets to compare with: %s", strerror(-rc));
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

static void setup_close(struct setup *s)
{
	topic_close(&s->one);
	topic_close(&s->ack);
	topic_close(&s->nobody);
	topic_close(&s->fanout);
	/* The rest ends with the process. */
	free(s->listener.listeners);
	free(s->listeners.listeners);
}

static int bench(struct setup *s)
{
	uint64_t n = OPTIONS->bench.iterations, some = fit(n < LEFT ? n : LEFT);
	uint64_t many = OPTIONS->bench.subscribers;
	unsigned int each = (unsigned int)fit(MANY);
	uint64_t batches = n / each ? n / each : 1;
	char fanout[64], listeners[64];
	/* clang-format off: a row reads better as it is */
	struct op ops[OP_COUNT] = {
		[OP_PUBLISH] = { "publish", "publish + receive",
				 publish_receive, NULL, &s->one, n, 1, 0 },
		[OP_ACK] = { "publish_ack", "publish + receive, acknowledged",
			     publish_receive, NULL, &s->ack, n, 1, 0 },
		[OP_MANY] = { "publish_many", "publish + receive, in batches",
			      publish_many, NULL, &s->ack, batches, each, 0 },
		[OP_NOBODY] = { "publish_nobody", "publish, nobody subscribes",
				publish, NULL, &s->nobody, n, 1, 0 },
		[OP_ONE] = { "publish_one", "publish to 1", publish, drain,
			     &s->one, some, 1, 0 },
		[OP_FANOUT] = { "publish_fanout", fanout, publish, drain,
				&s->fanout, some, 1, 0 },
		[OP_DGRAM] = { "unix_dgram", "AF_UNIX datagram, send + receive",
			       bench_dgram_once, NULL, &s->dgram, n, 1, 0 },
		[OP_GETPPID] = { "getppid", "getppid()", bench_getppid_once,
				 NULL, NULL, n, 1, 0 },
		[OP_LISTENER] = { "multicast_one", "netlink multicast to 1",
				  bench_multicast_send, bench_multicast_drain,
				  &s->listener, some, 1, 0 },
		[OP_LISTENERS] = { "multicast_fanout", listeners,
				   bench_multicast_send, bench_multicast_drain,
				   &s->listeners, some, 1, 0 },
	};
	/* clang-format on */
	struct more more;
	int code;

	snprintf(fanout, sizeof(fanout), "publish to %" PRIu64, many + 1);
	snprintf(listeners, sizeof(listeners), "netlink multicast to %" PRIu64,
		 many + 1);
	/* For whoever sits there and waits. */
	if (isatty(STDERR_FILENO))
		fputs("measuring, which takes some seconds...\n", stderr);
	code = measure(ops, s->multicast ? OP_COUNT : OP_LISTENER);
	if (code)
		return code;
	more.subscriber = (ops[OP_FANOUT].ns - ops[OP_ONE].ns) / (double)many;
	more.listener =
		(ops[OP_LISTENERS].ns - ops[OP_LISTENER].ns) / (double)many;
	if (OPTIONS->json)
		show_json(ops, &more);
	else
		show_text(ops, &more);
	return EXIT_OK;
}

/* Each socket is a file descriptor. */
static void raise_files(void)
{
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		/* If it is too few, opening one will say so. */
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

int bench_run(char **args, int count)
{
	struct setup s = {};
	int code;

	(void)args;
	(void)count;
	raise_files();
	code = setup_open(&s);
	if (!code)
		code = bench(&s);
	setup_close(&s);
	return session_end(NULL, code);
}
