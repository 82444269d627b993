// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: tables of costs. Messages and copies are repeated in batches that take
 * turns, and the cheapest batch of each counts: whatever else the machine does
 * only ever adds. Of streams, which two processes and their scheduling make, the
 * median counts.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "exitcode.h"
#include "jsonl.h"
#include "rtt.h"
#include "say.h"
#include "ulp-caesar.h"

#define OPTIONS (&ulp_caesar_options)
#define MIB 1048576.0

#define COPIES 3

/**
 * struct bench - all of it
 * @messages: plain, and shifted
 * @copies: as bench_copies() has them
 * @streams: as enum bench_protocol
 */
struct bench {
	struct bench_row messages[2];
	struct bench_row copies[COPIES];
	struct bench_row streams[BENCH_PROTOCOLS];
};

static int once(const int fd[2], const unsigned char *out, unsigned char *in,
		uint64_t size)
{
	ssize_t n;

	n = send(fd[0], out, size, MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	n = recv(fd[1], in, size, MSG_WAITALL);
	if (n < 0)
		return -errno;
	return (uint64_t)n == size && in[0] == out[0] &&
			       in[size - 1] == out[size - 1] ?
		       0 :
		       -EBADMSG;
}

static int batch(struct bench_row *row, const int fd[2], uint64_t number,
		 uint64_t size, bool warm)
{
	static unsigned char out[ULP_CAESAR_BENCH_SIZE_MAX];
	static unsigned char in[ULP_CAESAR_BENCH_SIZE_MAX];
	uint64_t began, i;
	double ns;
	int err;

	memset(out, 0x5a, size);
	memset(in, 0, size);
	began = rtt_now();
	for (i = 0; i < number; i++) {
		err = once(fd, out, in, size);
		if (err)
			return err;
	}
	ns = (double)(rtt_now() - began) / (double)number;
	if (!warm && (!row->value || ns < row->value))
		row->value = ns;
	return 0;
}

int bench_messages(uint64_t number, uint64_t size, struct bench_row rows[2])
{
	int fd[2][2], i, n, err;

	for (i = 0; i < 2; i++) {
		err = bench_pair(i, fd[i]);
		if (err)
			return err;
	}
	for (n = -1; n < BENCH_BATCHES; n++) {
		for (i = 0; i < 2; i++) {
			err = batch(&rows[i], fd[i], number, size, n < 0);
			if (err)
				return err;
		}
	}
	for (i = 0; i < 2; i++) {
		close(fd[i][0]);
		close(fd[i][1]);
	}
	return 0;
}

static bool wants(enum ulp_caesar_bench_only part)
{
	return OPTIONS->bench.only == ULP_CAESAR_BENCH_ALL ||
	       OPTIONS->bench.only == part;
}

/* A table; the ratio is to the first row, in values as they are. */
static void show_json(struct json_object *o, const char *key,
		      const char *unit, const struct bench_row *rows, int count)
{
	struct json_object *list = json_object_new_array();
	int i;

	for (i = 0; i < count; i++) {
		struct json_object *row = json_object_new_object();

		jsonl_string(row, "name", rows[i].name);
		if (rows[i].value) {
			jsonl_double(row, unit, rows[i].value);
			jsonl_double(row, "ratio",
				     rows[i].value / rows[0].value);
		} else {
			jsonl_string(row, unit, NULL);
			jsonl_string(row, "ratio", NULL);
		}
		json_object_array_add(list, row);
	}
	json_object_object_add(o, key, list);
}

static void show_text(const char *head, const char *unit, double divide,
		      const struct bench_row *rows, int count)
{
	int i;

	printf("%-36s%10s%10s\n", head, unit, "ratio");
	for (i = 0; i < count; i++) {
		if (rows[i].value)
			printf("  %-34s%10.*f%10.2f\n", rows[i].text,
			       rows[i].value / divide < 100 ? 1 : 0,
			       rows[i].value / divide,
			       rows[i].value / rows[0].value);
		else
			printf("  %-34s%10s%10s\n", rows[i].text, "-", "-");
	}
}

static void print_json(const struct bench *b)
{
	struct json_object *o = jsonl_begin("bench");

	if (wants(ULP_CAESAR_BENCH_MESSAGES)) {
		jsonl_uint(o, "bytes", OPTIONS->bench.size);
		jsonl_uint(o, "batches", BENCH_BATCHES);
		jsonl_uint(o, "operations", OPTIONS->bench.number);
		show_json(o, "costs", "ns", b->messages, 2);
	}
	if (wants(ULP_CAESAR_BENCH_COPIES)) {
		jsonl_uint(o, "copy_bytes", BENCH_COPY);
		show_json(o, "copies", "bytes_per_second", b->copies, COPIES);
	}
	if (wants(ULP_CAESAR_BENCH_STREAMS)) {
		jsonl_uint(o, "stream_bytes",
			   OPTIONS->bench.stream * (uint64_t)MIB);
		jsonl_uint(o, "runs", BENCH_RUNS);
		show_json(o, "streams", "bytes_per_second", b->streams,
			  BENCH_PROTOCOLS);
	}
	jsonl_print(o);
}

static void print_text(const struct bench *b)
{
	const char *between = "";
	char head[64];

	if (wants(ULP_CAESAR_BENCH_MESSAGES)) {
		snprintf(head, sizeof(head), "send and receive %" PRIu64
			 " bytes", OPTIONS->bench.size);
		show_text(head, "ns", 1, b->messages, 2);
		printf("Least of %d batches of %" PRIu64 ".\n", BENCH_BATCHES,
		       OPTIONS->bench.number);
		between = "\n";
	}
	if (wants(ULP_CAESAR_BENCH_COPIES)) {
		printf("%s", between);
		show_text("copy 64 KiB in memory", "GB/s", 1e9, b->copies,
			  COPIES);
		between = "\n";
	}
	if (wants(ULP_CAESAR_BENCH_STREAMS)) {
		printf("%s", between);
		snprintf(head, sizeof(head), "stream of %" PRIu64 " MiB",
			 OPTIONS->bench.stream);
		show_text(head, "MB/s", 1e6, b->streams, BENCH_PROTOCOLS);
		printf("Median of %d runs that take turns%s.\n", BENCH_RUNS,
		       b->streams[BENCH_TLS].value ?
			       "" :
			       "; this kernel has no TLS, or not loaded");
	}
}

static int failed(const char *what, int err)
{
	if (err == -EBADMSG)
		say_error("%s: other bytes came than were sent", what);
	else
		say_error("%s: %s", what, strerror(-err));
	return EXIT_REFUSED;
}

int cmd_bench(char **args, int count)
{
	struct bench b = {
		.messages = { { "plain", "plain TCP", 0 },
			      { "ulp_caesar", "ulp_caesar", 0 } },
		.copies = { { "memcpy", "memcpy()", 0 },
			    { "shift", "and shift", 0 },
			    { "shift_scalar",
			      "and shift, as a kernel: no vectors", 0 } },
		.streams = { { "plain", "plain TCP", 0 },
			     { "ulp_caesar", "ulp_caesar", 0 },
			     { "ktls", "TLS of the kernel (AES-128-GCM)", 0 } },
	};
	int err;

	(void)args;
	(void)count;
	if (OPTIONS->bench.only != ULP_CAESAR_BENCH_COPIES) {
		err = session_driver();
		if (err)
			return err;
	}
	/* For whoever sits there and waits. */
	if (isatty(STDERR_FILENO))
		fputs("measuring, which takes some seconds...\n", stderr);
	if (wants(ULP_CAESAR_BENCH_MESSAGES)) {
		err = bench_messages(OPTIONS->bench.number, OPTIONS->bench.size,
				     b.messages);
		if (err)
			return failed("messages", err);
	}
	if (wants(ULP_CAESAR_BENCH_COPIES))
		bench_copies(b.copies);
	if (wants(ULP_CAESAR_BENCH_STREAMS)) {
		err = bench_streams(OPTIONS->bench.stream * (uint64_t)MIB,
				    b.streams);
		if (err)
			return failed("streams", err);
	}
	if (OPTIONS->json)
		print_json(&b);
	else
		print_text(&b);
	return session_end(EXIT_OK);
}
