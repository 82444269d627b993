/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What operations cost, in the same run as primitives of the same kernel. */
#ifndef GENL_ECHO_BENCH_H
#define GENL_ECHO_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "transport.h"

/** BENCH_BATCHES - batches of each operation; the cheapest one counts. */
#define BENCH_BATCHES 16

/**
 * struct bench_echo - an echo to repeat
 * @t: the socket
 * @req: the request
 * @size: bytes of payload
 * @good: replies that had the payload
 */
struct bench_echo {
	struct transport *t;
	struct request req;
	uint64_t size;
	uint64_t good;
};

/**
 * bench_echo_init() - prepare an echo
 * @e: the echo
 * @t: the socket
 * @size: bytes of payload
 */
void bench_echo_init(struct bench_echo *e, struct transport *t, uint64_t size);

/**
 * bench_echo_once() - do it
 * @arg: a struct bench_echo
 *
 * Return: 0, or as transport_call(); -EBADMSG for a reply that isn't the echo.
 */
int bench_echo_once(void *arg);

/**
 * struct bench_cpus - one process, and two at once
 * @one_ns: time of one process for its share of echoes
 * @two_ns: time of two, each with a share, on two CPUs
 */
struct bench_cpus {
	uint64_t one_ns;
	uint64_t two_ns;
};

/**
 * bench_cpus() - do two processes on two CPUs get twice as much done?
 * @ops: the transport
 * @number: echoes of each
 * @size: bytes of payload
 * @cpus: medians of five interleaved runs
 *
 * Return: 0; -ENODEV when there is only one CPU; or another negative errno.
 */
int bench_cpus(const struct transport_ops *ops, uint64_t number, uint64_t size,
	       struct bench_cpus *cpus);

#endif
