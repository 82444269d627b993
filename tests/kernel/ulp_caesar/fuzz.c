// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: debug trixie
 * long: trixie
 * timeout: 600
 * cmdline: sockmods.fuzz=1
 *
 * TCP sockets with ulp_caesar and without, in every state, with everything that can
 * be done with them, in any order and with anything: see lib/fuzz.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sockmods/ulp_caesar.h>

#include "fuzz-sock.h"

enum { ATTACH = FUZZ_SOCK_KINDS, KEY, GET_KEY, PORTS = 4 };

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* By number: the headers of older releases lack some. */
static const struct fuzz_option options[] = {
	{ SOL_SOCKET, SO_SNDBUF, 4, 300000 },
	{ SOL_SOCKET, SO_RCVBUF, 4, 300000 },
	{ SOL_SOCKET, SO_LINGER, 8, 1 },
	{ SOL_SOCKET, SO_LINGER, 8, 1 },
	{ SOL_SOCKET, SO_RCVLOWAT, 4, 3000 },
	{ SOL_SOCKET, SO_OOBINLINE, 4, 1 },
	{ SOL_SOCKET, SO_PEEK_OFF, 4, 3000 },
	{ SOL_SOCKET, SO_TIMESTAMPING, 4, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, 4, 1 },
	{ SOL_SOCKET, SO_REUSEADDR, 4, 1 },
	{ SOL_SOCKET, SO_REUSEPORT, 4, 1 },
	{ SOL_SOCKET, SO_KEEPALIVE, 4, 1 },
	{ SOL_SOCKET, 60 /* SO_ZEROCOPY */, 4, 1 },
	{ SOL_SOCKET, SO_ERROR, 4, 0 },
	{ SOL_SOCKET, SO_RCVTIMEO, 16, 3 },
	{ SOL_SOCKET, SO_SNDTIMEO, 16, 3 },
	{ IPPROTO_TCP, 1 /* NODELAY */, 4, 1 },
	{ IPPROTO_TCP, 2 /* MAXSEG */, 4, 1500 },
	{ IPPROTO_TCP, 3 /* CORK */, 4, 1 },
	{ IPPROTO_TCP, 9 /* DEFER_ACCEPT */, 4, 3 },
	{ IPPROTO_TCP, 10 /* WINDOW_CLAMP */, 4, 4000 },
	{ IPPROTO_TCP, 11 /* INFO */, 240, 0 },
	{ IPPROTO_TCP, 12 /* QUICKACK */, 4, 1 },
	{ IPPROTO_TCP, 18 /* USER_TIMEOUT */, 4, 1000 },
	{ IPPROTO_TCP, 19 /* REPAIR */, 4, 1 },
	{ IPPROTO_TCP, 20 /* REPAIR_QUEUE */, 4, 2 },
	{ IPPROTO_TCP, 21 /* QUEUE_SEQ */, 4, 0 },
	{ IPPROTO_TCP, 22 /* REPAIR_OPTIONS */, 8, 8 },
	{ IPPROTO_TCP, 23 /* FASTOPEN */, 4, 5 },
	{ IPPROTO_TCP, 24 /* TIMESTAMP */, 4, 0 },
	{ IPPROTO_TCP, 25 /* NOTSENT_LOWAT */, 4, 4000 },
	{ IPPROTO_TCP, 29 /* REPAIR_WINDOW */, 20, 0 },
	{ IPPROTO_TCP, 30 /* FASTOPEN_CONNECT */, 4, 1 },
	{ IPPROTO_TCP, TCP_ULP, 16, 0 },
	{ IPPROTO_TCP, 35 /* ZEROCOPY_RECEIVE */, 40, 0 },
	{ IPPROTO_TCP, 36 /* INQ */, 4, 1 },
	{ IPPROTO_TCP, TCP_CAESAR_KEY, 4, 0 },
	{ IPPROTO_TCP, TCP_CAESAR_KEY, 8, 0 },
	{ IPPROTO_IPV6, IPV6_V6ONLY, 4, 1 },
	{ IPPROTO_IPV6, 1 /* ADDRFORM */, 4, AF_INET },
	{ IPPROTO_IP, IP_TTL, 4, 255 },
};

/* A few ports of the loopback interface's, in both families. */
static socklen_t address(struct sockaddr_storage *to)
{
	struct sockaddr_in6 *six = (void *)to;
	struct sockaddr_in *four = (void *)to;
	uint16_t port = htons(4000 + fuzz_pick(PORTS));
	socklen_t len = sizeof(*four);

	memset(to, 0, sizeof(*to));
	switch (fuzz_pick(4)) {
	case 0:
		len = sizeof(*six);
		six->sin6_family = AF_INET6;
		six->sin6_port = port;
		inet_pton(AF_INET6, fuzz_pick(2) ? "::1" : "::ffff:127.0.0.1",
			  &six->sin6_addr);
		break;
	default:
		four->sin_family = AF_INET;
		four->sin_port = port;
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	return fuzz_one_in(24) ? fuzz_pick(sizeof(*to) + 1) : len;
}

static int open_one(void)
{
	const int on = 1;
	int fd = fuzz_call(FUZZ_SOCK_SOCKET,
			   socket(fuzz_one_in(3) ? AF_INET6 : AF_INET,
				  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				  0));

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

static void attach(int fd)
{
	static const char names[][16] = { "caesar",	   "caesar", "caesar",
					  "Caesar cipher", "tls",    "caesa",
					  "caesarx",	   "" };
	char *name = fuzz_memory(sizeof(*names));
	size_t len;

	memcpy(name, names[fuzz_pick(8)], sizeof(*names));
	len = strlen(name);
	if (fuzz_one_in(8))
		len = fuzz_pick(40);
	fuzz_call(ATTACH,
		  setsockopt(fd, IPPROTO_TCP, TCP_ULP,
			     fuzz_one_in(32) ? fuzz_user(len) : name, len));
}

static void set_key(int fd)
{
	struct caesar_key key = { fuzz_u32(), fuzz_u32() };
	socklen_t len = fuzz_pick(2) ? 4 : 8;

	if (fuzz_one_in(12))
		len = fuzz_u32();
	fuzz_call(KEY, setsockopt(fd, IPPROTO_TCP, TCP_CAESAR_KEY,
				  fuzz_one_in(24) ? fuzz_user(8) : &key, len));
}

/* Of a key only eight bits are ever read back. */
static void get_key(int fd)
{
	struct caesar_key key = { 0x5a5a5a5a, 0x5a5a5a5a };
	socklen_t len = fuzz_pick(17), room = len;
	uint8_t *to = fuzz_memory(room);

	memset(to, 0x5a, room);
	if (fuzz_call(GET_KEY, getsockopt(fd, IPPROTO_TCP, TCP_CAESAR_KEY, to,
					  &len)) < 0)
		return;
	if (len > room || (len != 4 && len != 8))
		fuzz_wrong("length of the key that was read", len);
	memcpy(&key, to, len);
	if (key.tx > 255 || (len == 8 && key.rx > 255))
		fuzz_wrong("key that was read", key.tx);
}

/* Attached at one end or at both, mostly, and with keys. */
static void dress(int fd)
{
	const struct caesar_key key = { fuzz_pick(256), fuzz_pick(256) };

	if (!fuzz_pick(4))
		return;
	if (!fuzz_call(ATTACH,
		       setsockopt(fd, IPPROTO_TCP, TCP_ULP, "caesar", 6)))
		fuzz_call(KEY, setsockopt(fd, IPPROTO_TCP, TCP_CAESAR_KEY, &key,
					  sizeof(key)));
}

/* What connects, and what listens and accepts. */
static int join(int c, int l)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct pollfd p = { .fd = l, .events = POLLIN };
	socklen_t len = sizeof(to);
	bool early = fuzz_pick(2);
	int s;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (c < 0 || bind(l, (void *)&to, len) || listen(l, 1) ||
	    getsockname(l, (void *)&to, &len))
		return -1;
	if (early) {
		dress(l);
		dress(c);
	}
	if (connect(c, (void *)&to, len) && errno != EINPROGRESS)
		return -1;
	/* Loopback: it is there at once. */
	poll(&p, 1, 100);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s >= 0 && !early) {
		dress(c);
		dress(s);
	}
	return s;
}

static int pair(int fd[2])
{
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	fd[1] = join(fd[0], l);
	close(l);
	if (fd[1] < 0)
		close(fd[0]);
	/* What dress() has done was counted as that. */
	fuzz_begin(FUZZ_SOCK_PAIR);
	return fd[1] < 0 ? -1 : 0;
}

static void other(int fd)
{
	switch (fuzz_pick(6)) {
	case 0 ... 1:
		attach(fd);
		break;
	case 2 ... 4:
		set_key(fd);
		break;
	default:
		get_key(fd);
	}
}

/* The key changes while bytes are under way. */
static void beside(int fd, unsigned int any)
{
	const struct caesar_key key = { any, any >> 8 };
	struct caesar_key was;
	socklen_t len = sizeof(was);

	if (any % 4 == 0)
		setsockopt(fd, IPPROTO_TCP, TCP_ULP, "caesar", 6);
	else if (any % 4 == 1)
		getsockopt(fd, IPPROTO_TCP, TCP_CAESAR_KEY, &was, &len);
	else
		setsockopt(fd, IPPROTO_TCP, TCP_CAESAR_KEY, &key, sizeof(key));
}

static const struct fuzz_sock sock = {
	.options = options,
	.count = sizeof(options) / sizeof(*options),
	.open = open_one,
	.pair = pair,
	.address = address,
	.other = other,
	.beside = beside,
};

/*
 * Connections that have ended are gone at once, and those that nobody has any more
 * soon, though the other end doesn't answer: until then they hold the module.
 */
static int setup(void)
{
	static const char *const sysctls[][2] = {
		{ "/proc/sys/net/ipv4/tcp_max_tw_buckets", "0" },
		{ "/proc/sys/net/ipv4/tcp_orphan_retries", "1" },
		{ "/proc/sys/net/ipv4/tcp_fin_timeout", "1" },
	};
	unsigned int i;
	int fd, err = 0;

	for (i = 0; !err && i < 3; i++) {
		fd = open(sysctls[i][0], O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, sysctls[i][1], 1) != 1)
			err = -errno;
		if (fd >= 0)
			close(fd);
	}
	return err;
}

static void run(void)
{
	fuzz_sock_run(&sock);
}

int main(void)
{
	static const char *const kinds[] = { FUZZ_SOCK_NAMES, "attach",
					     "set the key", "get the key",
					     NULL };
	static const struct fuzz fuzz = {
		.module = "ulp_caesar",
		.kinds = kinds,
		.setup = setup,
		.run = run,
		.blocks = 220,
	};

	return fuzz_main(&fuzz);
}
