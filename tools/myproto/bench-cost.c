// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: what an operation costs. It is repeated in batches in which the families
 * take turns, and the cheapest batch of each counts: whatever else the machine does
 * only ever adds.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "bench.h"
#include "rtt.h"

#define SIZE_MAX_ONCE 4096

/**
 * struct side - the sockets of one family
 * @family: its number
 * @fd: a pair; of connect a listener in the first one
 * @address: the listener's
 * @len: bytes of it
 */
struct side {
	int family;
	int fd[2];
	struct sockaddr_storage address;
	socklen_t len;
};

static struct side sides[BENCH_FAMILIES];
static unsigned char out[SIZE_MAX_ONCE], in[BENCH_WRITES * SIZE_MAX_ONCE];

static int send_receive(const struct bench_cost *c, enum bench_family family)
{
	const struct side *s = &sides[family];
	ssize_t n = send(s->fd[0], out, c->size, MSG_NOSIGNAL);

	if (n < 0)
		return -errno;
	n = recv(s->fd[1], in, c->size, 0);
	if (n < 0)
		return -errno;
	return (uint64_t)n == c->size && in[n - 1] == out[n - 1] ? 0 : -EBADMSG;
}

static int write_many(const struct bench_cost *c, enum bench_family family)
{
	const struct side *s = &sides[family];
	unsigned int i;
	ssize_t n;

	for (i = 0; i < c->per; i++)
		if (send(s->fd[0], out, c->size, MSG_NOSIGNAL) < 0)
			return -errno;
	n = recv(s->fd[1], in, c->per * c->size, MSG_WAITALL);
	if (n < 0)
		return -errno;
	return (uint64_t)n == c->per * c->size && in[n - 1] == out[0] ?
		       0 :
		       -EBADMSG;
}

static int connect_accept(const struct bench_cost *c, enum bench_family family)
{
	const struct side *s = &sides[family];
	int client, server, err = 0;

	client = socket(s->family, c->type | SOCK_CLOEXEC, 0);
	if (client < 0)
		return -errno;
	if (connect(client, (const struct sockaddr *)&s->address, s->len)) {
		err = -errno;
	} else {
		server = accept4(s->fd[0], NULL, NULL, SOCK_CLOEXEC);
		if (server < 0)
			err = -errno;
		else
			close(server);
	}
	close(client);
	return err;
}

/* clang-format off */
static struct bench_cost table[BENCH_COSTS] = {
	{ "stream", "stream, 64 bytes",
	  send_receive, SOCK_STREAM, 64, 1, { 0 } },
	{ "seqpacket", "seqpacket, 64 bytes",
	  send_receive, SOCK_SEQPACKET, 64, 1, { 0 } },
	{ "dgram", "dgram, 64 bytes",
	  send_receive, SOCK_DGRAM, 64, 1, { 0 } },
	{ "stream", "stream, 4 KiB",
	  send_receive, SOCK_STREAM, 4096, 1, { 0 } },
	{ "seqpacket", "seqpacket, 4 KiB",
	  send_receive, SOCK_SEQPACKET, 4096, 1, { 0 } },
	{ "dgram", "dgram, 4 KiB",
	  send_receive, SOCK_DGRAM, 4096, 1, { 0 } },
	{ "writes", "each of 16 writes of 64 bytes, read at once",
	  write_many, SOCK_STREAM, 64, BENCH_WRITES, { 0 } },
	{ "connect", "connect, accept, close",
	  connect_accept, SOCK_STREAM, 0, 1, { 0 } },
};

/* clang-format on */

/* An address that the kernel chooses: of AF_UNIX a short one without a file. */
static int side_listen(struct side *s, int type)
{
	const struct sockaddr_myproto any = {
		.smp_family = (unsigned short)s->family,
		.smp_channel = MYPROTO_CHANNEL_ANY,
	};

	s->fd[0] = socket(s->family, type | SOCK_CLOEXEC, 0);
	s->fd[1] = -1;
	s->len = sizeof(s->address);
	if (s->fd[0] < 0)
		return -errno;
	if (bind(s->fd[0], (const struct sockaddr *)&any,
		 s->family == AF_UNIX ? sizeof(any.smp_family) : sizeof(any)) ||
	    listen(s->fd[0], 5) ||
	    getsockname(s->fd[0], (struct sockaddr *)&s->address, &s->len))
		return -errno;
	return 0;
}

static int side_open(struct side *s, const struct bench_cost *c)
{
	if (c->once == connect_accept)
		return side_listen(s, c->type);
	return socketpair(s->family, c->type | SOCK_CLOEXEC, 0, s->fd) ?
		       -errno :
		       0;
}

static void side_close(struct side *s)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (s->fd[i] >= 0)
			close(s->fd[i]);
		s->fd[i] = -1;
	}
}

/* One batch; keeps the cost when it is the least so far, or the first. */
static int batch(struct bench_cost *c, enum bench_family family,
		 uint64_t number, bool warm)
{
	uint64_t began = rtt_now(), i;
	double ns;
	int err;

	for (i = 0; i < number; i += c->per) {
		err = c->once(c, family);
		if (err)
			return err;
	}
	ns = (double)(rtt_now() - began) / (double)i;
	if (!warm && (!c->ns[family] || ns < c->ns[family]))
		c->ns[family] = ns;
	return 0;
}

static int measure(struct bench_cost *c, uint64_t number)
{
	int n, i, err = 0;

	for (i = 0; i < BENCH_FAMILIES; i++)
		sides[i].fd[0] = sides[i].fd[1] = -1;
	for (i = 0; !err && i < BENCH_FAMILIES; i++)
		err = side_open(&sides[i], c);
	/* The first batch of each is for the caches. */
	for (n = -1; !err && n < BENCH_BATCHES; n++)
		for (i = 0; !err && i < BENCH_FAMILIES; i++)
			err = batch(c, (enum bench_family)i, number, n < 0);
	for (i = 0; i < BENCH_FAMILIES; i++)
		side_close(&sides[i]);
	return err;
}

int bench_costs(const int families[BENCH_FAMILIES], uint64_t number,
		const struct bench_cost **costs,
		const struct bench_cost **failed)
{
	int i, err;

	memset(out, 0x5a, sizeof(out));
	for (i = 0; i < BENCH_FAMILIES; i++)
		sides[i].family = families[i];
	for (i = 0; i < BENCH_COSTS; i++) {
		err = measure(&table[i], number);
		if (err) {
			*failed = &table[i];
			return err;
		}
	}
	*costs = table;
	return 0;
}
