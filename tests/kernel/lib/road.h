/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three network namespaces in a row, a - router - b, so that every chain has
 * packets of TCP connections, and the interfaces between can be told what to
 * leave to others (segmentation, checksums) and what to lose.
 */
#ifndef TESTS_KERNEL_ROAD_H
#define TESTS_KERNEL_ROAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"
#include "xt.h"

/* Where something is. Interfaces: a's is a0, the router's are ra and rb, b's b0. */
enum road_place { ROAD_A, ROAD_ROUTER, ROAD_B, ROAD_PLACES };

/* What the interfaces do by themselves. */
enum road_offload {
	ROAD_DEFAULT,
	ROAD_ALL, /* also GRO: segments are put together when they come */
	ROAD_LIST, /* also in a list, where the router only passes them on */
	ROAD_BIG, /* pieces longer than an IP header can say, where there are some */
	ROAD_NONE, /* every segment alone, with a checksum of its own */
	ROAD_OFFLOADS,
};

/* Makes them; fails the test if that fails. Each of a process's has its own. */
void road_open(void);
void road_close(void);

/* This thread, and sockets that it makes from now on, are there. */
void road_go(enum road_place place);
void road_back(void);

/* Runs a command there, as must(). */
void road_must(enum road_place place, const char *command);

/* ethtool's command, ETHTOOL_S*, for an interface here; true if that worked. */
bool road_feature(const char *interface, unsigned int command, bool on);

/* Sets what the four interfaces do. */
void road_offload(enum road_offload what);

/* The rules of the table mangle there, IPv4's or IPv6's; fails the test. */
void road_rules(enum road_place place, int family, const struct xt_rule *rules,
		size_t count);
void road_no_rules(void);

/**
 * struct road_pair - a connection from a to b
 * @a: a's socket; it has connected
 * @b: b's socket
 * @listener: b's, still open
 * @family: AF_INET or AF_INET6
 * @tap: of the two interfaces a0 and b0
 * @wire: what a has sent there, and b
 */
struct road_pair {
	int a, b, listener;
	int family;
	int tap[2];
	struct wire wire[2];
};

/* What is done to a's socket and b's listening one before they meet. */
typedef void (*road_hook)(int fd);

/* The port that b listens on is chosen by the caller: rules have it. */
void road_listen(struct road_pair *p, int family, uint16_t port,
		 road_hook hook);
void road_connect(struct road_pair *p, uint16_t port, road_hook hook);
void road_accept(struct road_pair *p);
/* All three, without a hook. */
void road_pair(struct road_pair *p, int family, uint16_t port);
void road_pair_close(struct road_pair *p);

/* a's and b's address, with a port. */
union address;
unsigned int road_address(enum road_place place, int family, union address *to,
			  uint16_t port);

/**
 * road_carry() - send both ways at once, and judge what comes
 * @p: the connection
 * @len: bytes, in each direction
 * @came: how much what b reads differs from what a has sent, and what a reads
 *	from what b has: a key each
 */
void road_carry(struct road_pair *p, size_t len, const uint8_t came[2]);

/* Has exactly what was sent, plus those keys, left a and b? Not one byte twice? */
void road_judge_wire(struct road_pair *p, size_t len, const uint8_t keys[2]);

/* Segments that a and b have sent again. */
unsigned int road_retransmissions(const struct road_pair *p);

#endif
