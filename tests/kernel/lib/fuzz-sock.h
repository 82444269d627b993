/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzing sockets: everything that can be done with some of them, in any order,
 * with what a program would pass and with what none would.
 */
#ifndef TESTS_KERNEL_FUZZ_SOCK_H
#define TESTS_KERNEL_FUZZ_SOCK_H

#include <sys/socket.h>

#include "fuzz.h"

enum { FUZZ_SOCKS = 8 };

/* An option and what length it has; its value is anything. */
struct fuzz_option {
	int level, name;
	unsigned int size;
	unsigned int max; /* values are mostly no more than this; 0: any */
};

/**
 * struct fuzz_sock - a family of sockets
 * @options: which are set and read
 * @count: how many
 * @open: a new socket, made with fuzz_call(FUZZ_SOCK_SOCKET, ...)
 * @pair: two that are connected with each other; 0 or -1
 * @address: one that a socket might be bound to; its length
 * @other: what only this family has, with a socket
 * @beside: something of that which never waits, for fuzz-beside.h; or NULL
 */
struct fuzz_sock {
	const struct fuzz_option *options;
	unsigned int count;
	int (*open)(void);
	int (*pair)(int fd[2]);
	socklen_t (*address)(struct sockaddr_storage *to);
	void (*other)(int fd);
	void (*beside)(int fd, unsigned int any);
};

/* What is done, for struct fuzz: a test's own follow FUZZ_SOCK_KINDS. */
enum {
	FUZZ_SOCK_SOCKET,
	FUZZ_SOCK_PAIR,
	FUZZ_SOCK_BIND,
	FUZZ_SOCK_LISTEN,
	FUZZ_SOCK_CONNECT,
	FUZZ_SOCK_ACCEPT,
	FUZZ_SOCK_SEND,
	FUZZ_SOCK_RECEIVE,
	FUZZ_SOCK_SET,
	FUZZ_SOCK_GET,
	FUZZ_SOCK_FILTER,
	FUZZ_SOCK_NAME,
	FUZZ_SOCK_SPLICE,
	FUZZ_SOCK_POLL,
	FUZZ_SOCK_IOCTL,
	FUZZ_SOCK_SHUTDOWN,
	FUZZ_SOCK_CLOSE,
	FUZZ_SOCK_KINDS,
};
#define FUZZ_SOCK_NAMES                                                        \
	"socket", "a pair", "bind", "listen", "connect", "accept", "send",     \
		"receive", "set an option", "get an option", "filter", "name", \
		"splice", "poll", "ioctl", "shutdown", "close"

/* For struct fuzz: does what an input says. */
void fuzz_sock_run(const struct fuzz_sock *f);

/* Another of the sockets, or -1. */
int fuzz_sock_other(void);

#endif
