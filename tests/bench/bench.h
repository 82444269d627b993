/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the measuring programs share: records, and the least of some batches. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdint.h>

/** BENCH_BATCHES - batches of each operation; the cheapest one counts. */
#define BENCH_BATCHES 14

/** BENCH_BYTES_MAX - the largest message: what one attribute carries, 60 KiB. */
#define BENCH_BYTES_MAX 61440

/** BENCH_KEY - the key of shifts; no power of two, and less than nothing. */
#define BENCH_KEY 0xa7

/**
 * struct record - what a figure is of; README.md
 * @table: a table of tables.py
 * @row: who did it
 * @unit: as README.md has it; NULL: ns
 * @bytes: of a message, or 0
 * @n: how many there are of what grows, or 0
 */
struct record {
	const char *table;
	const char *row;
	const char *unit;
	long bytes;
	long n;
};

/**
 * struct op - an operation to repeat
 * @what: what it is
 * @once: does it; 0 or a negative errno
 * @between: undoes, after each batch, what that has left behind; not counted; or NULL
 * @arg: passed to both
 * @number: how often in a batch
 * @value: what one of it costs, ns; set by measure()
 */
struct op {
	struct record what;
	int (*once)(void *arg);
	void (*between)(void *arg);
	void *arg;
	unsigned int number;
	double value;
};

int64_t now_ns(void);

/** die() - say why on standard error, and end with 1 */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format,
							 ...);

/** record() - print a figure */
void record(const struct record *what, double value);

/** missing() - print that there is no figure, and why */
void missing(const struct record *what, const char *why);

/**
 * measure() - the least that batches of operations took, which take turns
 * @ops: operations; each is recorded, or one that fails as missing
 * @count: how many
 */
void measure(struct op *ops, unsigned int count);

/** raise_files() - as many descriptors as are needed; dies if it can't */
void raise_files(unsigned long needed);

/**
 * machine_watch() - begin to watch the whole machine
 *
 * Forks a process, where there is one processor.
 */
void machine_watch(void);

/**
 * machine_busy() - for how long it was busy, with whatever
 *
 * Return: ns of all processors since some moment; on more than one of them counted
 * by hundredths of a second.
 */
int64_t machine_busy(void);

/** machine_switches() - context switches since it was booted, of all processors */
int64_t machine_switches(void);

#endif
