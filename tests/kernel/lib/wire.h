/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What TCP connections put on the wire: an AF_PACKET socket on an interface, and
 * the payload of one direction of a connection put together from its segments.
 */
#ifndef TESTS_KERNEL_WIRE_H
#define TESTS_KERNEL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAX (4 * 1024 * 1024)

/**
 * struct wire - one direction of a connection
 * @from: its ports
 * @to: its ports
 * @bytes: the payload, from the byte behind the SYN on
 * @seen: which bytes of it have passed
 * @len: up to where bytes have been seen, without a gap
 * @segments: how many had payload
 * @longest: how much at most
 * @urgent: how many had the flag
 * @extended: how many had headers between those of IPv6 and TCP
 * @conflicts: bytes that passed again with another value
 */
struct wire {
	uint16_t from, to;
	uint8_t *bytes;
	uint8_t *seen;
	size_t len;
	unsigned int segments, urgent, extended, conflicts;
	size_t longest;
	bool known; /* where it starts */
	uint32_t start;
};

/* Begins to listen on an interface, in this network namespace; before connect. */
int wire_open(const char *interface);

/* Reads all that has passed so far into the directions of that connection. */
void wire_read(int fd, struct wire *directions, size_t count);

void wire_init(struct wire *w, uint16_t from, uint16_t to);
void wire_free(struct wire *w);

/*
 * Waits until LEN bytes have passed in DIRECTION; fails the test unless they are
 * those of the pattern, each plus KEY, and no more.
 */
void wire_expect(int fd, struct wire directions[2], int direction, size_t len,
		 unsigned int seed, uint8_t key);

#endif
