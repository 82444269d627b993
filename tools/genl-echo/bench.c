// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: a table of costs. Each operation is repeated in batches, the batches
 * of all operations taking turns, and the cheapest batch of each counts:
 * whatever else the machine does only ever adds.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "bench.h"
#include "exitcode.h"
#include "genl-echo.h"
#include "jsonl.h"
#include "rtt.h"
#include "say.h"

#define OPTIONS (&genl_echo_options)

/**
 * struct op - an operation
 * @name: in JSON
 * @text: for people
 * @once: does it; 0 or an error as transport_call()
 * @arg: passed to @once
 * @ns: what it costs: nanoseconds for one
 */
struct op {
	const char *name;
	const char *text;
	int (*once)(void *arg);
	void *arg;
	double ns;
};

/* What "ratio" compares with. */
#define OP_RATIO 3
#define OP_COUNT 5

/**
 * struct dgram - a pair of AF_UNIX datagram sockets
 * @fd: its ends
 * @size: bytes to send
 */
struct dgram {
	int fd[2];
	uint64_t size;
};

static unsigned char payload[GENL_ECHO_DATA_MAX];

static void echo_reply(const struct reply *reply, void *arg)
{
	struct bench_echo *e = arg;
	size_t len;

	if (reply_bytes(reply, GENL_ECHO_A_DATA, &len) && len == e->size)
		e->good++;
}

void bench_echo_init(struct bench_echo *e, struct transport *t, uint64_t size)
{
	memset(e, 0, sizeof(*e));
	e->t = t;
	e->size = size;
	e->req.cmd = GENL_ECHO_CMD_ECHO;
	request_add(&e->req, GENL_ECHO_A_DATA, payload, size);
}

int bench_echo_once(void *arg)
{
	struct bench_echo *e = arg;
	uint64_t good = e->good;
	int rc = transport_call(e->t, &e->req, echo_reply, e);

	return rc ? rc : e->good == good + 1 ? 0 : -EBADMSG;
}

static int getfamily_once(void *arg)
{
	struct request req = { .type = GENL_ID_CTRL,
			       .cmd = CTRL_CMD_GETFAMILY };
	const char *name = OPTIONS->family;

	request_add(&req, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	return transport_call(arg, &req, NULL, NULL);
}

static int dgram_once(void *arg)
{
	static unsigned char in[GENL_ECHO_DATA_MAX];
	struct dgram *d = arg;

	if (send(d->fd[0], payload, d->size, 0) < 0 ||
	    recv(d->fd[1], in, sizeof(in), 0) < 0)
		return -errno;
	return 0;
}

static int getppid_once(void *arg)
{
	(void)arg;
	return syscall(SYS_getppid) < 0;
}

/* One batch; keeps the cost when it is the least so far, or the first. */
static int batch(struct op *op, uint64_t number, bool warm)
{
	uint64_t began = rtt_now(), i;
	double ns;
	int rc;

	for (i = 0; i < number; i++) {
		rc = op->once(op->arg);
		if (rc)
			return rc;
	}
	ns = (double)(rtt_now() - began) / (double)number;
	if (!warm && (!op->ns || ns < op->ns))
		op->ns = ns;
	return 0;
}

static int measure(struct op *ops, struct op **failed)
{
	int i, n, rc;

	for (n = -1; n < BENCH_BATCHES; n++) {
		for (i = 0; i < OP_COUNT; i++) {
			*failed = &ops[i];
			rc = batch(&ops[i], OPTIONS->bench.number, n < 0);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static void show_json(const struct op *ops, const struct bench_cpus *cpus)
{
	struct json_object *o = jsonl_begin("bench");
	struct json_object *list = json_object_new_array();
	int i;

	jsonl_uint(o, "bytes", OPTIONS->bench.size);
	jsonl_uint(o, "batches", BENCH_BATCHES);
	jsonl_uint(o, "operations", OPTIONS->bench.number);
	for (i = 0; i < OP_COUNT; i++) {
		struct json_object *op = json_object_new_object();

		jsonl_string(op, "name", ops[i].name);
		jsonl_double(op, "ns", ops[i].ns);
		jsonl_double(op, "ratio", ops[i].ns / ops[OP_RATIO].ns);
		json_object_array_add(list, op);
	}
	json_object_object_add(o, "costs", list);
	if (cpus) {
		jsonl_uint(o, "one_process_ns", cpus->one_ns);
		jsonl_uint(o, "two_processes_ns", cpus->two_ns);
		jsonl_double(o, "two_processes_ratio",
			     2.0 * (double)cpus->one_ns / (double)cpus->two_ns);
	}
	jsonl_print(o);
}

static void show_text(const struct op *ops, const struct bench_cpus *cpus)
{
	int i;

	printf("%-28s%10s%10s\n", "operation", "ns", "ratio");
	for (i = 0; i < OP_COUNT; i++)
		printf("%-28s%10.0f%10.2f\n", ops[i].text, ops[i].ns,
		       ops[i].ns / ops[OP_RATIO].ns);
	printf("\nLeast of %d batches of %" PRIu64 ", %" PRIu64
	       " bytes of payload; ratio to the AF_UNIX datagram.\n",
	       BENCH_BATCHES, OPTIONS->bench.number, OPTIONS->bench.size);
	if (cpus)
		printf("Two processes on two CPUs get %.2f times as much done as one.\n",
		       2.0 * (double)cpus->one_ns / (double)cpus->two_ns);
	else
		puts("Two processes on two CPUs: not measured, there is one CPU.");
}

static int bench(struct transport *raw, struct transport *libnl)
{
	uint64_t size = OPTIONS->bench.size;
	struct dgram dgram = { .size = size };
	struct bench_echo raw_echo, libnl_echo;
	struct bench_cpus cpus;
	struct op ops[OP_COUNT] = {
		{ "raw", "echo, raw", bench_echo_once, &raw_echo, 0 },
		{ "libnl", "echo, libnl", bench_echo_once, &libnl_echo, 0 },
		{ "getfamily", "GETFAMILY, raw", getfamily_once, raw, 0 },
		{ "unix_dgram", "AF_UNIX datagram", dgram_once, &dgram, 0 },
		{ "getppid", "getppid()", getppid_once, NULL, 0 },
	};
	struct op *failed;
	int rc;

	bench_echo_init(&raw_echo, raw, size);
	bench_echo_init(&libnl_echo, libnl, size);
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, dgram.fd))
		return session_failed(NULL, -errno);
	/* For whoever sits there and waits. */
	if (isatty(STDERR_FILENO))
		fputs("measuring, which takes some seconds...\n", stderr);
	rc = measure(ops, &failed);
	close(dgram.fd[0]);
	close(dgram.fd[1]);
	if (rc) {
		say_error("%s has failed:", failed->text);
		return session_failed(failed->arg == &libnl_echo ? libnl : raw,
				      rc);
	}
	rc = bench_cpus(&transport_raw, OPTIONS->bench.number * 10, size,
			&cpus);
	if (rc && rc != -ENODEV) {
		say_error("two processes: %s", strerror(-rc));
		return EXIT_REFUSED;
	}
	if (OPTIONS->json)
		show_json(ops, rc ? NULL : &cpus);
	else
		show_text(ops, rc ? NULL : &cpus);
	return EXIT_OK;
}

int bench_run(char **args, int count)
{
	struct transport *raw, *libnl = NULL;
	int code;

	(void)args;
	(void)count;
	raw = session_with(&transport_raw, &code);
	if (raw)
		libnl = session_with(&transport_libnl, &code);
	if (libnl)
		code = bench(raw, libnl);
	return session_end(code);
}
