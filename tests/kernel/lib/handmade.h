/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP segments made by hand, sent through a router that has rules: a network
 * namespace with two interfaces, whose other ends are in the test's hands.
 */
#ifndef TESTS_KERNEL_HANDMADE_H
#define TESTS_KERNEL_HANDMADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xt.h"

/* Of the router's interfaces. */
#define HANDMADE_MTU 9000

/**
 * struct handmade - an IP packet
 * @name: what is wrong with it, for people
 * @bytes: from its IP header on
 * @len: how many
 * @padding: how many more the frame has
 * @tcp: offset of the TCP header
 * @linear: how many the kernel shall have in one piece, or 0: all
 * @partial: the checksum is to be finished by whoever sends it in the end
 * @segment: bytes of payload in each segment that it is to be cut into, or 0
 * @cut: it comes out in segments
 */
struct handmade {
	const char *name;
	uint8_t bytes[HANDMADE_MTU + 100];
	size_t len, padding;
	size_t tcp;
	size_t linear;
	bool partial;
	unsigned int segment;
	bool cut;
};

/* Makes the router; fails the test if that fails. */
void handmade_open(void);
void handmade_close(void);

/* Rules of the router, of both families. */
void handmade_rules(const struct xt_rule *rules, size_t count);
/* A command there. */
void handmade_must(const char *command);
/* Whether its interfaces cut segments and finish checksums by themselves. */
void handmade_offload(bool on);

/* A segment with LEN bytes of payload and OPTIONS bytes of TCP options. */
void handmade_tcp(struct handmade *h, int family, size_t options, size_t len);
/* With so many bytes of IPv4 options. */
void handmade_tcp4_options(struct handmade *h, size_t options, size_t len);
/* With the IPv6 extension headers of these numbers, up to 255. */
void handmade_tcp6_headers(struct handmade *h, const uint8_t *chain,
			   size_t len);
/* With an IPv6 fragment header that has this offset and flag. */
void handmade_tcp6_fragment(struct handmade *h, uint16_t offset, size_t len);
/* Sets IPv4's fragment field, and its total length unless that is 0. */
void handmade_ip4(struct handmade *h, uint16_t fragment, size_t total);
/* Sets the TCP checksum to what is right. */
void handmade_sum(struct handmade *h);
/* Leaves the TCP checksum to others. */
void handmade_partial(struct handmade *h);

void handmade_send(const struct handmade *h);
/* Cut into IP fragments of SIZE bytes. */
void handmade_send_fragments(const struct handmade *h, size_t size);
/* False if nothing has come out of what was sent. */
bool handmade_receive(struct handmade *h);
/* Fragments are put together. */
bool handmade_receive_fragments(struct handmade *h);

/*
 * Fails the test unless OUT is what a router makes of IN, with KEY added to each
 * byte of payload, and a checksum that is right or as wrong as before.
 */
void handmade_same(const struct handmade *in, const struct handmade *out,
		   uint8_t key);

#endif
