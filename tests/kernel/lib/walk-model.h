/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the random walk share: walk.c (the model, and where it
 * goes), walk-send.c and walk-read.c (the steps).
 */
#ifndef TESTS_KERNEL_WALK_MODEL_H
#define TESTS_KERNEL_WALK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "check.h"
#include "walk.h"

/* The sequence of pattern() comes again after so many bytes. */
#define WALK_PERIOD 65521
#define WALK_MOST 100000

/**
 * struct lane - one direction of the connection, as the model has it
 * @from: the end that sends
 * @to: the end that reads
 * @seed: of its bytes
 * @sent: bytes handed to the kernel
 * @got: where the reader stands
 * @urgent: a byte is, and hasn't been passed
 * @late: it has been passed by splice(), with which TCP doesn't forget it
 * @urgent_at: where it stands
 * @fetched: the byte was read with MSG_OOB
 * @in_line: SO_OOBINLINE at the reader
 * @changes: the key does, where @change_at is
 * @change_at: nothing is read beyond before the reader's key has changed
 * @next_key: what it changes to
 * @peek_off: SO_PEEK_OFF, or -1
 * @inq: TCP_INQ at the reader
 */
struct lane {
	int from, to;
	unsigned int seed;
	uint64_t sent, got;
	bool urgent, fetched, late, in_line;
	uint64_t urgent_at;
	bool changes;
	uint64_t change_at;
	int next_key;
	int peek_off;
	bool inq;
};

/**
 * struct walking - the walk under way
 * @walk: which
 * @seed: what it is drawn from
 * @step: where it is
 * @file: has three periods of the sequence
 * @lent: the same, mapped; nobody writes to it
 * @pipes: a pipe, empty between steps
 * @others: another one
 * @buf: for anyone, within a step
 */
struct walking {
	const struct walk *walk;
	unsigned int seed;
	long step;
	int file;
	const uint8_t *lent;
	int pipes[2], others[2];
	uint8_t buf[WALK_MOST + 4096];
};

extern struct walking walking;

/* 0 to N - 1. A length. */
unsigned int walk_below(unsigned int n);
size_t walk_size(void);

/* Buffers of any length, some without any, LEN in all; at most MOST of them. */
int walk_cut(struct iovec *iov, int most, uint8_t *at, size_t len);

/* Remembers a step. */
void walk_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void walk_tell(void);

/* Says what went before, and what replays it; ends the test. */
#define walk_wrong(...)                \
	do {                           \
		walk_tell();           \
		fail_msg(__VA_ARGS__); \
	} while (0)

/* The number of a lane, which is that of the end that sends. */
int walk_lane(const struct lane *l);

/* How much may be read without running into another key. */
size_t walk_allowed(const struct lane *l, size_t len);

/* N bytes were read, or peeked at from OFF bytes behind the reader on. */
void walk_check(const struct lane *l, const void *bytes, size_t n,
		uint64_t off);

/* ...and are gone. */
void walk_took(struct lane *l, size_t n);

/* Nothing came: that is what EAGAIN is for. */
bool walk_nothing(const char *what, ssize_t n);

/* The result of a call that sends. */
void walk_sent(struct lane *l, const char *how, size_t len, ssize_t n);

/* A step. */
void walk_send(struct lane *l);
void walk_read(struct lane *l);

#endif
