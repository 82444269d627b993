// SPDX-License-Identifier: GPL-2.0-or-later
/* bench: the tables. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "exitcode.h"
#include "family.h"
#include "jsonl.h"
#include "myproto.h"
#include "say.h"

#define OPTIONS (&myproto_options)
#define MIB 1048576ULL

/**
 * struct result - all of it
 * @costs: BENCH_COSTS lines, or NULL
 * @streams: how fast they are was asked for
 * @speed: bytes a second; 0: there is one CPU only
 */
struct result {
	const struct bench_cost *costs;
	bool streams;
	double speed[BENCH_FAMILIES];
};

static bool wants(enum myproto_bench_only part)
{
	return OPTIONS->bench.only == MYPROTO_BENCH_ALL ||
	       OPTIONS->bench.only == part;
}

static void costs_json(struct json_object *o, const struct bench_cost *c)
{
	struct json_object *list = json_object_new_array();
	int i;

	jsonl_uint(o, "batches", BENCH_BATCHES);
	jsonl_uint(o, "operations", OPTIONS->bench.number);
	for (i = 0; i < BENCH_COSTS; i++, c++) {
		struct json_object *row = json_object_new_object();

		jsonl_string(row, "name", c->name);
		jsonl_uint(row, "bytes", c->size);
		jsonl_double(row, "unix_ns", c->ns[BENCH_UNIX]);
		jsonl_double(row, "myproto_ns", c->ns[BENCH_MYPROTO]);
		jsonl_double(row, "ratio",
			     c->ns[BENCH_MYPROTO] / c->ns[BENCH_UNIX]);
		json_object_array_add(list, row);
	}
	json_object_object_add(o, "costs", list);
}

static void print_json(const struct result *r)
{
	struct json_object *o = jsonl_begin("bench");

	if (r->costs)
		costs_json(o, r->costs);
	if (r->streams && r->speed[BENCH_UNIX]) {
		jsonl_uint(o, "stream_bytes", OPTIONS->bench.stream * MIB);
		jsonl_uint(o, "write_bytes", BENCH_CHUNK);
		jsonl_uint(o, "runs", BENCH_RUNS);
		jsonl_double(o, "unix_bytes_per_second", r->speed[BENCH_UNIX]);
		jsonl_double(o, "myproto_bytes_per_second",
			     r->speed[BENCH_MYPROTO]);
		jsonl_double(o, "speed_ratio",
			     r->speed[BENCH_MYPROTO] / r->speed[BENCH_UNIX]);
	}
	jsonl_print(o);
}

static void print_row(const char *text, const double v[BENCH_FAMILIES],
		      double divide)
{
	printf("%-44s%10.0f%10.0f%8.2f\n", text, v[BENCH_UNIX] / divide,
	       v[BENCH_MYPROTO] / divide, v[BENCH_MYPROTO] / v[BENCH_UNIX]);
}

static void print_text(const struct result *r)
{
	char text[64];
	int i;

	if (r->costs) {
		printf("%-44s%10s%10s%8s\n", "send and receive, ns", "AF_UNIX",
		       "myproto", "ratio");
		for (i = 0; i < BENCH_COSTS; i++)
			print_row(r->costs[i].text, r->costs[i].ns, 1);
		printf("Least of %d batches of %" PRIu64 " that take turns.\n",
		       BENCH_BATCHES, OPTIONS->bench.number);
	}
	if (r->costs && r->streams)
		putchar('\n');
	if (r->streams && r->speed[BENCH_UNIX]) {
		printf("%-44s%10s%10s%8s\n", "two processes, two CPUs, MB/s",
		       "AF_UNIX", "myproto", "ratio");
		snprintf(text, sizeof(text),
			 "stream of %" PRIu64 " MiB, 64 KiB a write",
			 OPTIONS->bench.stream);
		print_row(text, r->speed, 1e6);
		printf("Median of %d runs that take turns.\n", BENCH_RUNS);
	} else if (r->streams) {
		puts("Two processes on two CPUs: not measured, there is one CPU.");
	}
}

static int failed(const char *what, int err)
{
	if (err == -EBADMSG) {
		say_error("%s: other bytes came than were sent", what);
		return EXIT_REFUSED;
	}
	errno = -err;
	return session_failed(what);
}

int bench_run(char **args, int count)
{
	int families[BENCH_FAMILIES] = { AF_UNIX };
	int code = EXIT_REFUSED, fd, err;
	struct result r = { .streams = wants(MYPROTO_BENCH_STREAMS) };
	const struct bench_cost *bad;

	(void)args;
	(void)count;
	/* Also says what to do where there is no driver. */
	fd = session_socket(&code);
	if (fd < 0)
		return code;
	families[BENCH_MYPROTO] = family_find();
	/* For whoever sits there and waits. */
	if (isatty(STDERR_FILENO))
		fputs("measuring, which takes some seconds...\n", stderr);
	if (wants(MYPROTO_BENCH_COSTS)) {
		err = bench_costs(families, OPTIONS->bench.number, &r.costs,
				  &bad);
		if (err)
			return failed(bad->text, err);
	}
	if (r.streams) {
		err = bench_streams(families, OPTIONS->bench.stream * MIB,
				    r.speed);
		if (err && err != -ENODEV)
			return failed("streams", err);
	}
	close(fd);
	if (OPTIONS->json)
		print_json(&r);
	else
		print_text(&r);
	return say_flush() ? EXIT_REFUSED : EXIT_OK;
}
