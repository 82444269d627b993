/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of cost.c, and what they share. */
#ifndef TESTS_BENCH_COST_H
#define TESTS_BENCH_COST_H

#include <stddef.h>
#include <stdint.h>

#include "bench.h"

/* Each prints its records; of sizes there are COUNT. */
void cost_echo(const long *sizes, int count);
void cost_reopen(const long *sizes, int count);
void cost_family(const long *sizes, int count);
void cost_tcp(const long *sizes, int count);
void cost_rule(const long *sizes, int count);
void cost_connect(const long *sizes, int count);
void cost_libnl(const long *sizes, int count);
void cost_growth(const long *sizes, int count);

/** message_once() - send through a struct pair, and receive */
struct message {
	struct pair *pair;
	long bytes;
};

int message_once(void *message);

/** getppid_once() - a system call that does nothing */
int getppid_once(void *unused);

/* Bytes that a reply has at most. */
#define NETLINK_ANSWER_MAX (BENCH_BYTES_MAX + 1024)

/**
 * struct netlink - a socket of generic netlink, and requests ready to be sent
 * @fd: the socket
 * @family: the number of genl_echo
 */
struct netlink {
	int fd;
	uint16_t family;
};

/**
 * netlink_open() - open one, and look the family up
 *
 * Return: 0 or a negative errno.
 */
int netlink_open(struct netlink *netlink);

/** netlink_getfamily() - look the family up again */
int netlink_getfamily(struct netlink *netlink);

/** netlink_echo() - have so many bytes echoed, and look at them */
int netlink_echo(struct netlink *netlink, long bytes);

/** payload - what is sent */
extern unsigned char payload[];

#endif
