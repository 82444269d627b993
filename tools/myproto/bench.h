/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the family costs beside AF_UNIX, with the same program. */
#ifndef MYPROTO_BENCH_H
#define MYPROTO_BENCH_H

#include <stdint.h>

/** BENCH_BATCHES - batches of each operation; the cheapest one counts. */
#define BENCH_BATCHES 16

/** BENCH_RUNS - times that each stream is sent; the median counts. */
#define BENCH_RUNS 5

/** BENCH_WRITES - small writes that are read at once. */
#define BENCH_WRITES 16

/** BENCH_CHUNK - bytes of a stream that are written at once. */
#define BENCH_CHUNK 65536

/**
 * enum bench_family - the columns of a table
 * @BENCH_UNIX: AF_UNIX
 * @BENCH_MYPROTO: the family of af_myproto
 * @BENCH_FAMILIES: how many there are
 */
enum bench_family {
	BENCH_UNIX,
	BENCH_MYPROTO,
	BENCH_FAMILIES,
};

/**
 * struct bench_cost - a line of the table of costs
 * @name: in JSON
 * @text: for people
 * @once: does it with sockets of one family; 0 or a negative errno
 * @type: of the sockets
 * @size: bytes at once
 * @per: how many that one @once counts for
 * @ns: nanoseconds for one, of the cheapest batch
 */
struct bench_cost {
	const char *name;
	const char *text;
	int (*once)(const struct bench_cost *c, enum bench_family family);
	int type;
	uint64_t size;
	unsigned int per;
	double ns[BENCH_FAMILIES];
};

/** BENCH_COSTS - how many lines there are. */
#define BENCH_COSTS 8

/**
 * bench_costs() - measure all of them
 * @families: the numbers of the families
 * @number: operations in a batch
 * @costs: BENCH_COSTS lines, for the caller to read
 * @failed: the line that has failed when this doesn't return 0
 *
 * Return: 0 or a negative errno; -EBADMSG when other bytes came than were sent.
 */
int bench_costs(const int families[BENCH_FAMILIES], uint64_t number,
		const struct bench_cost **costs,
		const struct bench_cost **failed);

/**
 * bench_streams() - send a stream from one process to another, on two CPUs
 * @families: the numbers of the families
 * @bytes: how many, in writes of BENCH_CHUNK
 * @speed: bytes a second: medians of BENCH_RUNS runs that take turns
 *
 * Return: 0 or a negative errno: -ENODEV when there is one CPU only, -EBADMSG when
 * something else came.
 */
int bench_streams(const int families[BENCH_FAMILIES], uint64_t bytes,
		  double speed[BENCH_FAMILIES]);

#endif
