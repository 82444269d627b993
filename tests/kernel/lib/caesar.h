/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections over loopback with ulp_caesar at their ends, or xt_CAESAR in
 * front of them, or nothing, made in each way that there is.
 *
 * PLAIN=1 in the environment attaches nothing and makes no rules: a test that
 * fails then is wrong itself.
 */
#ifndef TESTS_KERNEL_CAESAR_H
#define TESTS_KERNEL_CAESAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <sockmods/ulp_caesar.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

#define CAESAR_MODULE "ulp_caesar"

/* Seconds after which a call that waits gives up, and shows that it did. */
#define CAESAR_TIMEOUT 10

/* When an end gets the protocol. */
enum attach {
	ATTACH_NEVER,
	ATTACH_EARLY, /* before connect(2), before listen(2) */
	ATTACH_LATE, /* once connected */
};

/**
 * struct way - how a connection is made
 * @name: for people
 * @family: AF_INET or AF_INET6
 * @mapped: AF_INET6 sockets that talk IPv4
 * @a: when the end that connects gets the protocol
 * @b: when the end that accepts gets it
 * @ab: key of what a sends
 * @ba: key of what b sends
 * @target_a: rules with -j CAESAR shift for a
 * @target_b: rules with -j CAESAR shift for b
 */
struct way {
	const char *name;
	int family;
	bool mapped;
	enum attach a, b;
	int ab, ba;
	bool target_a, target_b;
};

/* Plain TCP, in each family: what the others are measured by. */
extern const struct way way_plain, way_plain6, way_plain_mapped;

/* The three of them. */
extern const struct way *const plain_ways[3];

/* The ways to compare with REFERENCE, until one has no name. */
const struct way *ways_like(const struct way *reference);

/* A connection. A descriptor of -1 is closed. */
struct pair {
	int a, b;
	const struct way *way;
	uint16_t aport, bport;
};

/*
 * A network namespace of this process's own, with lo: so that rules, settings
 * and TIME_WAITs, which hold the module for a minute, end with the test.
 */
void own_network(void);

/* A setting of it. */
void own_sysctl(const char *path, const char *value);

/* A test's setup: the module is loaded, whatever the test before has done. */
int caesar_modprobe(void **state);

/* Nothing refers to the module any more: it goes, and comes again. */
void caesar_unloads(void);

/* True unless PLAIN=1. */
bool caesar_wanted(void);

/* True if LONG=1. */
bool long_wanted(void);

/* A count, divided by SCALE unless LONG=1, at least 1. */
long scaled(long count);

/* 0 or -errno. With PLAIN=1 nothing is done, and 0 returned. */
int caesar_attach(int fd);
int caesar_keys(int fd, int tx, int rx);

/* Both; fails the test if they fail. */
void caesar_give(int fd, int tx, int rx);

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage any;
};

/* The loopback address of WAY's family; its length. */
socklen_t way_address(const struct way *way, union address *to, uint16_t port);
uint16_t local_port(int fd);

/* A TCP socket of WAY's family; calls that wait give up after a time. */
int way_socket(const struct way *way);

/* Bound to a free port and listening, with what WAY gives b before that. */
int way_listen(const struct way *way, uint16_t *port);

/* Fail the test if they can't. */
int way_connect(const struct way *way, uint16_t port);
int way_accept(int listener);

/* Sends up to 100000 bytes, and reads them at the other end as they were. */
void pass(int from, int to, size_t len);

/* What is done to the listener and to the other end before they meet. */
struct pair_hooks {
	void (*listener)(int fd);
	void (*connecter)(int fd);
};

/* Fails the test if it can't be made. */
void pair_open(struct pair *p, const struct way *way);
void pair_open_hooks(struct pair *p, const struct way *way,
		     const struct pair_hooks *hooks);

/* Ends with RST: nothing remains, not even for a minute. */
void pair_close(struct pair *p);
void close_hard(int fd);

/* Rules for connections to PORT, as WAY wants them; taken back by the other. */
void way_rules(const struct way *way, uint16_t port);
void way_rules_end(void);

/* setsockopt(2) of an int; fails the test if it fails. */
void option(int fd, int level, int name, int value);

/*
 * The byte at an offset of an endless sequence that SEED chooses: no part of it
 * looks like another one nearby.
 */
void pattern(void *to, size_t len, uint64_t offset, unsigned int seed);
/* -1, or the index of the first byte that is another. */
ssize_t pattern_differs(const void *what, size_t len, uint64_t offset,
			unsigned int seed);

/* Waits until so many bytes can be read; how many there are then. */
int arrive(int fd, int bytes);

/* Waits until the other end has all that was sent; how many bytes it has not. */
int delivered(int fd);

/*
 * Waits until a listener has so many connections to be accepted; how many then. That
 * connect(2) is done doesn't say so: its last ACK may be waiting for ksoftirqd.
 */
int way_queued(int listener, int connections);

/* Runs WHAT(ARG) in a thread, MS milliseconds from now. */
struct later {
	unsigned long thread;
	int tid;
	int ms;
	void (*what)(void *arg);
	void *arg;
};
void later(struct later *l, int ms, void (*what)(void *arg), void *arg);
void later_join(struct later *l);

/* Waits until it sleeps in the system call of that number; false: it never did. */
bool later_inside(struct later *l, int call);

/* TCP_ULP by NAME: 0 or -errno. */
int caesar_ulp(int fd, const char *name, socklen_t len);

/* What TCP_ULP gives; valid until the next call. */
const char *caesar_ulp_of(int fd);

/* Fails the test unless the socket has these keys. */
void caesar_expect_keys(int fd, uint32_t tx, uint32_t rx);

#endif
