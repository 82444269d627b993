/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the protocol costs, beside plain TCP, memcpy() and TLS of the kernel. */
#ifndef ULP_CAESAR_BENCH_H
#define ULP_CAESAR_BENCH_H

#include <stddef.h>
#include <stdint.h>

/** BENCH_BATCHES - batches of each operation; the cheapest one counts. */
#define BENCH_BATCHES 16

/** BENCH_RUNS - times that each stream is sent; the median counts. */
#define BENCH_RUNS 5

/** BENCH_COPY - bytes that are copied at once. */
#define BENCH_COPY 65536

/** BENCH_KEY - the key; no power of two, and less than nothing. */
#define BENCH_KEY 0xa7

/**
 * enum bench_protocol - what is above TCP
 * @BENCH_PLAIN: nothing
 * @BENCH_CAESAR: ulp_caesar, with BENCH_KEY
 * @BENCH_TLS: TLS 1.2 of the kernel, AES-128-GCM
 * @BENCH_PROTOCOLS: how many there are
 */
enum bench_protocol {
	BENCH_PLAIN,
	BENCH_CAESAR,
	BENCH_TLS,
	BENCH_PROTOCOLS,
};

/**
 * struct bench_row - a line of a table
 * @name: what was measured, in JSON
 * @text: the same for people
 * @value: nanoseconds for one operation, or bytes a second
 */
struct bench_row {
	const char *name;
	const char *text;
	double value;
};

/**
 * bench_pair() - connect two sockets over loopback
 * @protocol: what to attach to both
 * @fd: a socket that sends, and one that receives, when 0 is returned
 *
 * Return: 0 or a negative errno: -ENOENT when the kernel hasn't the protocol.
 */
int bench_pair(enum bench_protocol protocol, int fd[2]);

/**
 * bench_messages() - send a message and receive it, again and again
 * @number: messages in a batch
 * @size: bytes of one
 * @rows: two: plain TCP, and ulp_caesar; ns of the cheapest batch
 *
 * Return: 0 or a negative errno; -EBADMSG when other bytes came.
 */
int bench_messages(uint64_t number, uint64_t size, struct bench_row rows[2]);

/**
 * bench_copies() - copy BENCH_COPY bytes in memory, again and again
 * @rows: three: memcpy(), shifted with vectors as programs have it, and without
 *	as the kernel does; bytes a second of the fastest batch
 */
void bench_copies(struct bench_row rows[3]);

/**
 * bench_shift_scalar() - caesar_shift_scalar(), compiled as the kernel does
 * @to: where to
 * @from: what
 * @len: how many bytes
 * @key: added to each
 */
void bench_shift_scalar(void *to, const void *from, size_t len, uint8_t key);

/**
 * bench_streams() - send a stream to another process, over each protocol
 * @bytes: how many
 * @rows: as enum bench_protocol; medians of BENCH_RUNS runs that take turns, bytes
 *	a second; 0 for TLS where the kernel hasn't it
 *
 * Return: 0 or a negative errno; -EBADMSG when something else came.
 */
int bench_streams(uint64_t bytes, struct bench_row rows[BENCH_PROTOCOLS]);

#endif
