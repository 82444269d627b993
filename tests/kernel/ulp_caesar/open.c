// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * How connections begin: data in the SYN, connect(2) that doesn't wait, data that
 * is there before accept(2), both ends at once. What plain TCP answers is what
 * must come: lib/scene.h.
 */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "check.h"
#include "scene.h"

#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

static uint8_t buf[200000];

/* The same way round each time; who attaches when is the way's affair. */
struct meeting {
	int listener, a, b;
	union address to;
	socklen_t len;
};

static void begin(struct meeting *m, const struct way *way)
{
	uint16_t port;

	m->listener = way_listen(way, &port);
	way_rules(way, port);
	/* Both ends, and no cookie needed. */
	own_sysctl("ipv4/tcp_fastopen", "1543");
	option(m->listener, SOL_TCP, TCP_FASTOPEN, 5);
	m->len = way_address(way, &m->to, port);
	m->a = way_socket(way);
	/* Before it is connected: late is too late for the first bytes. */
	if (way->a != ATTACH_NEVER)
		caesar_give(m->a, way->ab, way->ba);
}

static void meet(struct meeting *m, const struct way *way)
{
	m->b = way_accept(m->listener);
	if (way->b == ATTACH_LATE)
		caesar_give(m->b, way->ba, way->ab);
}

static void end(struct meeting *m)
{
	close_hard(m->a);
	close_hard(m->b);
	close(m->listener);
	way_rules_end();
}

static void both_ways(struct meeting *m)
{
	say_send(m->a, 50, 40000, 0);
	say_all(m->b, 40000);
	say_send(m->b, 60, 40000, 0);
	say_all(m->a, 40000);
}

/* sendto(2) with MSG_FASTOPEN: fewer bytes than a segment has, and more. */
static void fast_open(struct pair *p)
{
	static const size_t len[] = { 0, 1, 500, 1400, 70000 };
	size_t i;

	for (i = 0; i < sizeof(len) / sizeof(*len); i++) {
		struct meeting m;

		begin(&m, p->way);
		pattern(buf, len[i], 0, 1);
		said("sendto",
		     sendto(m.a, buf, len[i], MSG_FASTOPEN, &m.to.sa, m.len));
		meet(&m, p->way);
		say_all(m.b, len[i]);
		both_ways(&m);
		end(&m);
	}
}

static void fast_open_nonblocking(struct pair *p)
{
	struct meeting m;
	ssize_t n;

	begin(&m, p->way);
	pattern(buf, 1000, 0, 1);
	n = sendto(m.a, buf, 1000, MSG_FASTOPEN | MSG_DONTWAIT, &m.to.sa,
		   m.len);
	/* Without a cookie of that address it is EINPROGRESS, and nothing sent. */
	said("sendto", n);
	say_poll(m.a, POLLOUT);
	meet(&m, p->way);
	if (n > 0)
		say_all(m.b, n);
	both_ways(&m);
	end(&m);
}

/* connect(2) waits for the first bytes, and takes them along. */
static void fast_open_connect(struct pair *p)
{
	struct meeting m;
	int i;

	for (i = 0; i < 2; i++) {
		begin(&m, p->way);
		option(m.a, SOL_TCP, TCP_FASTOPEN_CONNECT, 1);
		said("connect", connect(m.a, &m.to.sa, m.len));
		if (i)
			fcntl(m.a, F_SETFL, O_NONBLOCK);
		say_send(m.a, 0, 1200, 0);
		say_poll(m.a, POLLOUT);
		fcntl(m.a, F_SETFL, 0);
		meet(&m, p->way);
		say_send(m.a, 1200, 100, 0);
		say_all(m.b, 1300);
		both_ways(&m);
		end(&m);
	}
}

/* In several buffers, the first of which can't be read. */
static void fast_open_fault(struct pair *p)
{
	struct meeting m;

	begin(&m, p->way);
	said("sendto",
	     sendto(m.a, edge(0), 100, MSG_FASTOPEN, &m.to.sa, m.len));
	m.b = -1;
	end(&m);
}

/* Asked again, connect(2) says how far it is. */
static void nonblocking(struct pair *p)
{
	struct meeting m;

	begin(&m, p->way);
	fcntl(m.a, F_SETFL, O_NONBLOCK);
	said("connect", connect(m.a, &m.to.sa, m.len));
	say_poll(m.a, POLLOUT);
	said("again", connect(m.a, &m.to.sa, m.len));
	said("and again", connect(m.a, &m.to.sa, m.len));
	meet(&m, p->way);
	fcntl(m.a, F_SETFL, 0);
	both_ways(&m);
	end(&m);
}

/* Sent before anyone accepts; children have the listener's keys already. */
static void before_accept(struct pair *p)
{
	struct meeting m;

	begin(&m, p->way);
	said("connect", connect(m.a, &m.to.sa, m.len));
	say_send(m.a, 0, 30000, 0);
	shutdown(m.a, SHUT_WR);
	usleep(10000);
	meet(&m, p->way);
	say_all(m.b, 30000);
	say_recv(m.b, 1, 0);
	say_send(m.b, 0, 1000, 0);
	say_all(m.a, 1000);
	end(&m);
}

/* Accepted when the first bytes are there, and not before. */
static void deferred(struct pair *p)
{
	struct meeting m;

	begin(&m, p->way);
	option(m.listener, SOL_TCP, TCP_DEFER_ACCEPT, 5);
	said("connect", connect(m.a, &m.to.sa, m.len));
	say_send(m.a, 0, 2000, 0);
	meet(&m, p->way);
	say_all(m.b, 2000);
	both_ways(&m);
	end(&m);
}

/* A socket that connects to itself: both ends at once, without a listener. */
static void simultaneous(struct pair *p)
{
	union address at;
	socklen_t len = way_address(p->way, &at, 0);
	int fd = way_socket(p->way);

	assert_int_equal(bind(fd, &at.sa, len), 0);
	way_address(p->way, &at, local_port(fd));
	if (p->way->a == ATTACH_EARLY)
		caesar_give(fd, 77, 77);
	said("connect", connect(fd, &at.sa, len));
	if (p->way->a == ATTACH_LATE)
		caesar_give(fd, 77, 77);
	say_send(fd, 0, 3000, 0);
	say_all(fd, 3000);
	say_send(fd, 0, 10, MSG_OOB);
	say_poll(fd, POLLPRI);
	say_recv(fd, 1, MSG_OOB);
	say_recv(fd, 100, 0);
	close_hard(fd);
}

static void refused(struct pair *p)
{
	union address to;
	socklen_t len = way_address(p->way, &to, 1);
	int fd = way_socket(p->way);

	if (p->way->a)
		caesar_give(fd, 1, 1);
	/* Not connected, and nobody there to connect to. */
	say_send(fd, 0, 10, 0);
	say_recv(fd, 10, 0);
	say_recv(fd, 10, MSG_PEEK);
	say_recv(fd, 10, MSG_OOB);
	say_poll(fd, POLLHUP);
	said("connect", connect(fd, &to.sa, len));
	say_send(fd, 0, 10, 0);
	say_recv(fd, 10, 0);
	said("listen", listen(fd, 1));
	say_recv(fd, 10, 0);
	say_recv(fd, 10, MSG_PEEK);
	say_recv(fd, 10, MSG_OOB);
	say_send(fd, 0, 10, 0);
	close(fd);
}

static const struct scene scenes[] = {
	{ .name = "fast_open", .play = fast_open, .bare = true },
	{ .name = "fast_open_nonblocking",
	  .play = fast_open_nonblocking,
	  .bare = true },
	{ .name = "fast_open_connect", .play = fast_open_connect, .bare = true },
	{ .name = "fast_open_fault", .play = fast_open_fault, .bare = true },
	{ .name = "nonblocking", .play = nonblocking, .bare = true },
	{ .name = "before_accept", .play = before_accept, .bare = true },
	{ .name = "deferred", .play = deferred, .bare = true },
	{ .name = "simultaneous", .play = simultaneous, .bare = true },
	{ .name = "refused", .play = refused, .bare = true },
};

int main(void)
{
	return SCENES_RUN("open", scenes);
}
