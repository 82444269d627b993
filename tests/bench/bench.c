// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* Words and numbers: nothing that JSON would have escaped. */
static void print_begin(const struct record *what)
{
	printf("# @json {\"table\": \"%s\", \"row\": \"%s\"", what->table,
	       what->row);
	if (what->bytes)
		printf(", \"bytes\": %ld", what->bytes);
	if (what->n)
		printf(", \"n\": %ld", what->n);
}

void record(const struct record *what, double value)
{
	print_begin(what);
	printf(", \"value\": %.6g, \"unit\": \"%s\"}\n", value,
	       what->unit ? what->unit : "ns");
	fflush(stdout);
}

void missing(const struct record *what, const char *why)
{
	print_begin(what);
	printf(", \"missing\": \"%s\"}\n", why);
	fflush(stdout);
}

/* One batch; keeps the cost when it is the least so far, or the first. */
static int batch(struct op *op, int warm)
{
	int64_t began = now_ns();
	unsigned int i;
	double ns;
	int err;

	for (i = 0; i < op->number; i++) {
		err = op->once(op->arg);
		if (err)
			return err;
	}
	ns = (double)(now_ns() - began) / op->number;
	if (!warm && (!op->value || ns < op->value))
		op->value = ns;
	if (op->between)
		op->between(op->arg);
	return 0;
}

void measure(struct op *ops, unsigned int count)
{
	unsigned int i;
	int n, err;

	for (i = 0; i < count; i++)
		ops[i].value = 0;
	for (n = -1; n < BENCH_BATCHES; n++)
		for (i = 0; i < count; i++) {
			/* What has failed isn't tried again. */
			if (ops[i].value < 0)
				continue;
			err = batch(&ops[i], n < 0);
			if (!err)
				continue;
			missing(&ops[i].what, strerror(-err));
			ops[i].value = -1;
		}
	for (i = 0; i < count; i++)
		if (ops[i].value > 0)
			record(&ops[i].what, ops[i].value);
}

void raise_files(unsigned long needed)
{
	struct rlimit files = { needed, needed };

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("no %lu descriptors: only root may have as many", needed);
}
