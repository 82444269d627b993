// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Reading and writing: lengths, flags, limits, waiting, several buffers. What
 * plain TCP answers is what must come: lib/scene.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "check.h"
#include "scene.h"

static uint8_t buf[1024 * 1024];

static void lengths(struct pair *p)
{
	static const size_t len[] = { 0,      1,     2,	    3,	   5,	  7,
				      8,      9,     15,    16,	   17,	  31,
				      32,     33,    63,    100,   255,	  300,
				      1000,   1448,  4095,  4096,  4097,  8192,
				      9000,   16384, 32768, 65535, 65536, 65537,
				      100000, 300000 };
	size_t i, at = 0;

	for (i = 0; i < sizeof(len) / sizeof(*len); at += len[i++]) {
		say_send(p->a, at, len[i], 0);
		say_all(p->b, len[i]);
		say_send(p->b, at + 1, len[i] / 2, 0);
		say_all(p->a, len[i] / 2);
	}
	say_state(p->a);
	say_state(p->b);
}

/* Reads that aren't cut as the writes were, at every alignment. */
static void cuts(struct pair *p)
{
	size_t at = 0, i;

	for (i = 0; i < 70; i++, at += 67)
		say_send(p->a, at, 67, 0);
	arrive(p->b, at);
	for (i = 1; i < 97; i++)
		say_recv(p->b, i, 0);
	say_recv(p->b, 100000, MSG_DONTWAIT);
	say_recv(p->b, 1, MSG_DONTWAIT);
}

static void no_bytes(struct pair *p)
{
	struct msghdr m = { 0 };

	say_send(p->a, 0, 0, 0);
	said("send NULL", send(p->a, NULL, 0, 0));
	said("write NULL", write(p->a, NULL, 0));
	said("sendmsg nothing", sendmsg(p->a, &m, 0));
	say_recv(p->b, 0, MSG_DONTWAIT);
	said("recvmsg nothing", recvmsg(p->b, &m, MSG_DONTWAIT));
	say_send(p->a, 0, 10, 0);
	arrive(p->b, 10);
	say_recv(p->b, 0, 0);
	said("recvmsg nothing", recvmsg(p->b, &m, 0));
	say_recv(p->b, 10, 0);
}

static void nonblocking(struct pair *p)
{
	size_t sent = 0, got = 0;
	ssize_t n;

	say_recv(p->b, 10, MSG_DONTWAIT);
	fcntl(p->a, F_SETFL, O_NONBLOCK);
	fcntl(p->b, F_SETFL, O_NONBLOCK);
	say_recv(p->b, 10, 0);
	say_recv(p->b, 10, MSG_PEEK);
	say_recv(p->b, 10, MSG_WAITALL);
	option(p->a, SOL_SOCKET, SO_SNDBUF, 20000);
	option(p->b, SOL_SOCKET, SO_RCVBUF, 100000);
	pattern(buf, sizeof(buf), 0, 1);
	/* Full, and what is there isn't more than a while's. */
	while ((n = send(p->a, buf + sent, sizeof(buf) - sent, 0)) > 0)
		sent += n;
	said("full", n);
	say("something went: %d", sent > 0);
	say_poll(p->b, POLLIN);
	while (got < sizeof(buf)) {
		static uint8_t in[sizeof(buf)];

		n = recv(p->b, in, 3001, 0);
		if (n > 0 && pattern_differs(in, n, got, 1) >= 0)
			fail_msg("wrong bytes behind %zu", got);
		if (n > 0)
			got += n;
		n = send(p->a, buf + sent, sizeof(buf) - sent, 0);
		if (n > 0)
			sent += n;
	}
	say("sent %zu, got %zu", sent, got);
	say_recv(p->b, 10, 0);
}

static void peek(struct pair *p)
{
	size_t i;

	say_send(p->a, 0, 5000, 0);
	say_send(p->a, 5000, 5000, 0);
	arrive(p->b, 10000);
	for (i = 1; i < 9000; i = i * 3 + 1)
		say_recv(p->b, i, MSG_PEEK);
	say_recv(p->b, 10000, MSG_PEEK);
	say_recv(p->b, 20000, MSG_PEEK);
	say_recv(p->b, 10000, MSG_PEEK | MSG_WAITALL);
	say_recv(p->b, 4000, MSG_PEEK | MSG_TRUNC);
	say_recv(p->b, 3333, 0);
	say_recv(p->b, 5000, MSG_PEEK);
	say_recv(p->b, 6667, 0);
	say_recv(p->b, 1, MSG_PEEK | MSG_DONTWAIT);
}

static void send_soon(void *arg)
{
	struct pair *p = arg;

	pattern(buf, 3000, 1000, 1);
	send(p->a, buf, 3000, MSG_NOSIGNAL);
}

static void shut_soon(void *arg)
{
	struct pair *p = arg;

	shutdown(p->a, SHUT_WR);
}

/* A reader that waits: for anything, for all of it, for what it may only see. */
static void blocking(struct pair *p)
{
	struct later l;

	later(&l, 30, send_soon, p);
	say_recv(p->b, 3000, 0);
	later_join(&l);
	say_send(p->a, 0, 1000, 0);
	later(&l, 30, send_soon, p);
	say_recv(p->b, 4000, MSG_WAITALL);
	later_join(&l);
	later(&l, 30, send_soon, p);
	say_recv(p->b, 500, MSG_PEEK);
	later_join(&l);
	say_recv(p->b, 3000, MSG_WAITALL);
	say_send(p->a, 0, 1000, 0);
	arrive(p->b, 1000);
	later(&l, 30, send_soon, p);
	say_recv(p->b, 4000, MSG_PEEK | MSG_WAITALL);
	later_join(&l);
	arrive(p->b, 4000);
	say_recv(p->b, 4000, 0);
	say_send(p->a, 0, 1000, 0);
	later(&l, 30, shut_soon, p);
	say_recv(p->b, 4000, MSG_WAITALL);
	later_join(&l);
	say_recv(p->b, 4000, MSG_WAITALL);
	say_recv(p->b, 4000, MSG_PEEK);
}

static size_t read_sum;

static void read_soon(void *arg)
{
	struct pair *p = arg;
	ssize_t n;

	for (read_sum = 0; read_sum < sizeof(buf); read_sum += n) {
		n = recv(p->b, buf + read_sum, sizeof(buf) - read_sum, 0);
		if (n <= 0)
			break;
	}
}

/* A writer that waits for room. */
static void blocking_write(struct pair *p)
{
	struct later l;

	option(p->a, SOL_SOCKET, SO_SNDBUF, 20000);
	later(&l, 50, read_soon, p);
	say_send(p->a, 0, 200000, 0);
	shutdown(p->a, SHUT_WR);
	later_join(&l);
	say_bytes("read beside", buf, read_sum);
}

static void timeouts(struct pair *p)
{
	struct timeval t = { .tv_usec = 30000 };
	size_t sent = 0;
	ssize_t n;

	setsockopt(p->b, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	say_recv(p->b, 10, 0);
	say_recv(p->b, 10, MSG_PEEK);
	say_send(p->a, 0, 7, 0);
	say_recv(p->b, 10, MSG_WAITALL);
	option(p->b, SOL_SOCKET, SO_RCVLOWAT, 10);
	say_send(p->a, 0, 7, 0);
	say_recv(p->b, 100, 0);
	setsockopt(p->a, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
	option(p->a, SOL_SOCKET, SO_SNDBUF, 20000);
	/* Some of it, and then nothing. */
	do {
		n = send(p->a, buf, sizeof(buf), MSG_NOSIGNAL);
		sent += n > 0 ? n : 0;
	} while (n > 0 && sent < 64 * sizeof(buf));
	said("no room", n);
}

static void waitall(struct pair *p)
{
	struct iovec iov[4];
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 4 };
	size_t i;

	for (i = 0; i < 4; i++) {
		say_send(p->a, i * 250, 250, 0);
		iov[i].iov_base = buf + 1000 * i;
		iov[i].iov_len = i * 100 + 100;
	}
	memset(buf, 0, 4000);
	said("recvmsg", recvmsg(p->b, &m, MSG_WAITALL));
	for (i = 0; i < 4; i++)
		say_bytes("part", iov[i].iov_base, iov[i].iov_len);
	say("flags 0x%x", m.msg_flags);
}

static void lowat(struct pair *p)
{
	struct later l;

	option(p->b, SOL_SOCKET, SO_RCVLOWAT, 1500);
	say_option("SO_RCVLOWAT", p->b, SOL_SOCKET, SO_RCVLOWAT);
	say_send(p->a, 0, 1000, 0);
	arrive(p->b, 1000);
	say("poll: %d", poll(&(struct pollfd){ p->b, POLLIN, 0 }, 1, 50));
	say_recv(p->b, 2000, MSG_DONTWAIT | MSG_PEEK);
	later(&l, 40, send_soon, p);
	say_poll(p->b, POLLIN);
	say_recv(p->b, 1000, 0);
	later_join(&l);
	say_recv(p->b, 3000, MSG_WAITALL);
	say_send(p->a, 0, 1000, 0);
	say_recv(p->b, 1000, 0);
	say_send(p->a, 0, 1000, 0);
	arrive(p->b, 1000);
	say_recv(p->b, 1500, MSG_DONTWAIT);
	say_recv(p->b, 1500, MSG_DONTWAIT);
	say_send(p->a, 0, 1400, 0);
	shutdown(p->a, SHUT_WR);
	say_recv(p->b, 2000, 0);
	say_recv(p->b, 2000, 0);
}

/* How much is left, as a control message. */
static void inq(struct pair *p)
{
	option(p->b, SOL_TCP, TCP_INQ, 1);
	say_option("TCP_INQ", p->b, SOL_TCP, TCP_INQ);
	say_send(p->a, 0, 10000, 0);
	arrive(p->b, 10000);
	say_recvmsg(p->b, 1, 0);
	say_recvmsg(p->b, 4000, MSG_PEEK);
	say_recvmsg(p->b, 4000, MSG_TRUNC);
	say_recvmsg(p->b, 4000, 0);
	say_recvmsg(p->b, 4000, 0);
	say_recvmsg(p->b, 4000, MSG_DONTWAIT);
	say_send(p->a, 0, 10, 0);
	shutdown(p->a, SHUT_WR);
	say_poll(p->b, POLLIN | POLLRDHUP);
	say_recvmsg(p->b, 4, 0);
	say_recvmsg(p->b, 6, 0);
	say_recvmsg(p->b, 6, 0);
}

static void truncate_read(struct pair *p)
{
	say_send(p->a, 0, 10000, 0);
	arrive(p->b, 10000);
	said("past", recv(p->b, NULL, 3000, MSG_TRUNC));
	say_recv(p->b, 100, 0);
	said("past", recv(p->b, buf, 1, MSG_TRUNC | MSG_DONTWAIT));
	said("past, seen", recv(p->b, NULL, 400, MSG_TRUNC | MSG_PEEK));
	say_recv(p->b, 100, 0);
	said("past", recv(p->b, NULL, 100000, MSG_TRUNC));
	said("past", recv(p->b, NULL, 100000, MSG_TRUNC | MSG_DONTWAIT));
	say_send(p->a, 0, 500, 0);
	said("past all", recv(p->b, NULL, 500, MSG_TRUNC | MSG_WAITALL));
	shutdown(p->a, SHUT_WR);
	said("past the end", recv(p->b, NULL, 500, MSG_TRUNC));
}

/* SO_PEEK_OFF: refused where plain TCP has none. */
static void peek_off(struct pair *p)
{
	int zero = 0;

	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	if (said("SO_PEEK_OFF 0", setsockopt(p->b, SOL_SOCKET, SO_PEEK_OFF,
					     &zero, sizeof(zero))))
		return;
	say_send(p->a, 0, 10000, 0);
	say_send(p->a, 10000, 500, 0);
	arrive(p->b, 10500);
	say_recv(p->b, 1000, MSG_PEEK);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recv(p->b, 1000, MSG_PEEK);
	say_recv(p->b, 1001, MSG_PEEK);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recv(p->b, 500, 0);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recv(p->b, 1000, MSG_PEEK);
	say_recv(p->b, 1000, MSG_TRUNC);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recv(p->b, 20000, MSG_PEEK);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recv(p->b, 10, MSG_PEEK | MSG_DONTWAIT);
	option(p->b, SOL_SOCKET, SO_PEEK_OFF, 8000);
	say_recv(p->b, 700, MSG_PEEK | MSG_TRUNC);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recv(p->b, 7000, 0);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	option(p->b, SOL_SOCKET, SO_PEEK_OFF, -1);
	say_recv(p->b, 1000, MSG_PEEK);
	say_recv(p->b, 1000, MSG_PEEK);
	say_recv(p->b, 10000, 0);
}

static void iovecs(struct pair *p)
{
	static const size_t len[] = { 0, 1, 0, 77, 4096, 0, 3, 5000, 1, 0 };
	enum { N = sizeof(len) / sizeof(*len) };
	static uint8_t in[20000];
	struct iovec out[N], to[N];
	size_t i, at = 0;

	pattern(buf, sizeof(in), 0, 1);
	memset(in, 0, sizeof(in));
	for (i = 0; i < N; at += len[i++]) {
		out[i].iov_base = buf + at;
		out[i].iov_len = len[i];
		to[N - 1 - i].iov_base = in + 10000 + at;
		to[N - 1 - i].iov_len = len[i];
	}
	said("writev", writev(p->a, out, N));
	arrive(p->b, at);
	said("readv", readv(p->b, to, N));
	say_bytes("readv", in, sizeof(in));
	said("writev, none", writev(p->a, out, 0));
	said("readv, none", readv(p->b, to, 0));
	/* The same bytes twice, and the same place: the last one written stays. */
	out[0] = out[1] = out[4];
	said("writev", writev(p->a, out, 2));
	arrive(p->b, 2 * out[0].iov_len);
	to[0] = to[1] = (struct iovec){ in, out[0].iov_len };
	said("readv", readv(p->b, to, 2));
	say_bytes("readv", in, out[0].iov_len);
}

/* Several calls in one: sendmmsg(2), recvmmsg(2). */
static void several(struct pair *p)
{
	static const size_t len[] = { 100, 5000, 1, 20000 };
	enum { N = sizeof(len) / sizeof(*len) };
	static uint8_t in[N][20000];
	struct mmsghdr out[N] = {}, to[N] = {};
	struct iovec from[N], at[N];
	size_t i, sum = 0;
	int n;

	pattern(buf, sizeof(in), 0, 1);
	for (i = 0; i < N; sum += len[i++]) {
		from[i] = (struct iovec){ buf + sum, len[i] };
		at[i] = (struct iovec){ in[i], len[i] };
		out[i].msg_hdr.msg_iov = &from[i];
		to[i].msg_hdr.msg_iov = &at[i];
		out[i].msg_hdr.msg_iovlen = to[i].msg_hdr.msg_iovlen = 1;
	}
	n = said("sendmmsg", sendmmsg(p->a, out, N, 0));
	for (i = 0; (int)i < n; i++)
		say("message %zu: %u", i, out[i].msg_len);
	arrive(p->b, sum);
	n = said("recvmmsg", recvmmsg(p->b, to, N, MSG_WAITALL, NULL));
	for (i = 0; (int)i < n; i++)
		say_bytes("message", in[i], to[i].msg_len);
	said("none", recvmmsg(p->b, to, N, MSG_DONTWAIT, NULL));
}

/* MSG_MORE, MSG_EOR, TCP_CORK: when bytes go, and that they all do. */
static void more(struct pair *p)
{
	size_t i;

	for (i = 0; i < 10; i++)
		say_send(p->a, i * 10, 10, MSG_MORE);
	say_recv(p->b, 1, MSG_DONTWAIT);
	say_send(p->a, 100, 1, 0);
	arrive(p->b, 101);
	say_recv(p->b, 200, 0);
	say_send(p->a, 0, 20000, MSG_MORE | MSG_EOR);
	say_send(p->a, 20000, 20000, MSG_EOR);
	say_all(p->b, 40000);
	option(p->a, SOL_TCP, TCP_CORK, 1);
	say_send(p->a, 0, 100, 0);
	say_recv(p->b, 1, MSG_DONTWAIT);
	say_ioctl("SIOCOUTQ", p->a, SIOCOUTQ);
	say_ioctl("SIOCOUTQNSD", p->a, SIOCOUTQNSD);
	option(p->a, SOL_TCP, TCP_CORK, 0);
	say_all(p->b, 100);
	/* A part that isn't full stays until MSG_MORE is over, however long. */
	say_send(p->a, 0, 150001, MSG_MORE);
	say_send(p->a, 150001, 1, 0);
	say_all(p->b, 150002);
}

/* Flags that TCP doesn't know, or takes no notice of. */
static void flags(struct pair *p)
{
	static const int send_flags[] = {
		MSG_DONTROUTE, MSG_CONFIRM,  MSG_EOR,	  MSG_NOSIGNAL,
		MSG_PROXY,     MSG_TRYHARD,  MSG_SYN,	  MSG_FIN,
		MSG_RST,       MSG_CTRUNC,   MSG_PEEK,	  MSG_TRUNC,
		MSG_WAITALL,   MSG_ERRQUEUE, MSG_ZEROCOPY
	};
	static const int recv_flags[] = { MSG_DONTROUTE,    MSG_CTRUNC,
					  MSG_PROXY,	    MSG_EOR,
					  MSG_SYN,	    MSG_CONFIRM,
					  MSG_NOSIGNAL,	    MSG_MORE,
					  MSG_CMSG_CLOEXEC, MSG_WAITFORONE };
	size_t i;

	for (i = 0; i < sizeof(send_flags) / sizeof(*send_flags); i++) {
		if (say_send(p->a, i, 100, send_flags[i]) > 0)
			say_all(p->b, 100);
	}
	for (i = 0; i < sizeof(recv_flags) / sizeof(*recv_flags); i++) {
		say_send(p->a, i, 100, 0);
		arrive(p->b, 100);
		say_recvmsg(p->b, 100, recv_flags[i] | MSG_DONTWAIT);
	}
	say_recvmsg(p->b, 100, MSG_ERRQUEUE);
	say_recvmsg(p->b, 100, MSG_OOB);
}

/* A destination given to a connected socket is ignored, a wrong one too. */
static void names(struct pair *p)
{
	union address to, from;
	socklen_t len = way_address(p->way, &to, 1), n;

	pattern(buf, 100, 0, 1);
	said("sendto", sendto(p->a, buf, 100, 0, &to.sa, len));
	memset(&from, 0, sizeof(from));
	n = sizeof(from);
	memset(buf, 0, 100);
	said("recvfrom", recvfrom(p->b, buf, 100, 0, &from.sa, &n));
	say_bytes("recvfrom", buf, 100);
	say_bytes("name", &from, sizeof(from));
	say("length of it: %u", n);
}

/* A buffer that ends too early: what was read stays read, the rest is there. */
static void efault_read(struct pair *p)
{
	static const size_t good[] = { 0, 1, 7, 8, 33, 1447, 4095, 4096, 9999 };
	struct iovec iov[2] = { { buf, 100 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	size_t i;
	ssize_t n;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		say_send(p->a, 0, 10000, 0);
		arrive(p->b, 10000);
		n = recv(p->b, edge(good[i]), 10000, 0);
		/* How much of it came is the kernel's affair; none may be lost. */
		if (!good[i] || (n < 0 && errno != EFAULT))
			said("recv", n);
		if (n > 0 && (size_t)n > good[i])
			fail_msg("%zd bytes in %zu", n, good[i]);
		if (n > 0 && pattern_differs(edge(good[i]), n, 0, 1) >= 0)
			fail_msg("wrong bytes");
		memset(buf, 0, 10000);
		n = n < 0 ? 0 : n;
		if (recv(p->b, buf, 10000 - n, MSG_WAITALL) != 10000 - n)
			fail_msg("bytes are missing after %zd", n);
		if (pattern_differs(buf, 10000 - n, n, 1) >= 0)
			fail_msg("bytes are lost after %zd", n);
	}
	say_recv(p->b, 1, MSG_DONTWAIT);
	/* One good buffer, then none. */
	say_send(p->a, 0, 500, 0);
	arrive(p->b, 500);
	iov[1] = (struct iovec){ edge(0), 100 };
	n = recvmsg(p->b, &m, MSG_PEEK);
	say("peek: %d", n == 100 || n < 0);
	n = recvmsg(p->b, &m, 0);
	n = n < 0 ? 0 : n;
	if (recv(p->b, buf, 500 - n, MSG_WAITALL) != 500 - n ||
	    pattern_differs(buf, 500 - n, n, 1) >= 0)
		fail_msg("bytes are lost after %zd", n);
	say_recv(p->b, 1, MSG_DONTWAIT);
}

static void efault_write(struct pair *p)
{
	static const size_t good[] = { 0, 1, 100, 4096, 10000, 70000, 200000 };
	struct iovec iov[2] = { { buf, 1000 } };
	size_t i;
	ssize_t n;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		uint8_t *from = edge(good[i]);

		pattern(from, good[i], 0, 1);
		n = send(p->a, from, 300000, 0);
		/* Bytes that went are those at the beginning, and no others. */
		if (n > (ssize_t)good[i])
			fail_msg("%zd bytes of %zu", n, good[i]);
		if (!good[i])
			said("send", n);
		if (n > 0 && (recv(p->b, buf, n, MSG_WAITALL) != n ||
			      pattern_differs(buf, n, 0, 1) >= 0))
			fail_msg("wrong bytes of %zd", n);
		say_recv(p->b, 1, MSG_DONTWAIT);
	}
	pattern(buf, 1000, 0, 1);
	iov[1] = (struct iovec){ edge(0), 1000 };
	n = writev(p->a, iov, 2);
	if (n != 1000 && (n != -1 || errno != EFAULT))
		fail_msg("writev: %zd", n);
	if (n > 0 && (recv(p->b, buf, n, MSG_WAITALL) != n ||
		      pattern_differs(buf, n, 0, 1) >= 0))
		fail_msg("wrong bytes of %zd", n);
	say_state(p->a);
	say_send(p->a, 0, 50, 0);
	say_all(p->b, 50);
}

static const struct scene scenes[] = {
	{ .name = "lengths", .play = lengths },
	{ .name = "cuts", .play = cuts },
	{ .name = "no_bytes", .play = no_bytes },
	{ .name = "nonblocking", .play = nonblocking },
	{ .name = "blocking", .play = blocking },
	{ .name = "blocking_write", .play = blocking_write },
	{ .name = "timeouts", .play = timeouts },
	{ .name = "waitall", .play = waitall },
	{ .name = "peek", .play = peek },
	{ .name = "peek_off", .play = peek_off },
	{ .name = "lowat", .play = lowat },
	{ .name = "inq", .play = inq },
	{ .name = "trunc", .play = truncate_read },
	{ .name = "iovecs", .play = iovecs },
	{ .name = "several", .play = several },
	{ .name = "more", .play = more },
	{ .name = "flags", .play = flags },
	{ .name = "names", .play = names },
	{ .name = "efault_read", .play = efault_read },
	{ .name = "efault_write", .play = efault_write },
};

int main(void)
{
	return SCENES_RUN("stream", scenes);
}
