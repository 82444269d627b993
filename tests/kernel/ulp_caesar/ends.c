// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * What the end of a connection looks like, and readiness: poll(2), select(2),
 * epoll(7) by level and by edge. What plain TCP answers is what must come:
 * lib/scene.h.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "check.h"
#include "scene.h"

static uint8_t buf[1024 * 1024];

static void shutdowns(struct pair *p)
{
	say_send(p->a, 0, 1000, 0);
	said("shutdown", shutdown(p->a, SHUT_WR));
	say_send(p->a, 0, 10, 0);
	say_poll(p->b, POLLIN | POLLRDHUP);
	say_recv(p->b, 600, MSG_PEEK);
	say_recv(p->b, 600, 0);
	say_recv(p->b, 600, 0);
	say_recv(p->b, 600, 0);
	say_recv(p->b, 600, MSG_PEEK);
	say_recv(p->b, 600, MSG_WAITALL);
	/* The other way goes on. */
	say_send(p->b, 0, 5000, 0);
	say_all(p->a, 5000);
	said("shutdown", shutdown(p->a, SHUT_RD));
	say_recv(p->a, 10, 0);
	say_poll(p->a, POLLIN | POLLRDHUP);
	said("shutdown", shutdown(p->b, SHUT_RDWR));
	say_send(p->b, 0, 10, 0);
	say_recv(p->b, 10, 0);
	/* Both ways are shut here already: poll(2) doesn't tell that the FIN came. */
	delivered(p->b);
	say_poll(p->a, POLLIN | POLLHUP);
	said("shutdown", shutdown(p->a, SHUT_RDWR));
	said("shutdown", shutdown(p->a, 7));
}

/* Data that came is there when this end wants to read no more. */
static void shut_read(struct pair *p)
{
	say_send(p->a, 0, 100, 0);
	arrive(p->b, 100);
	said("shutdown", shutdown(p->b, SHUT_RD));
	say_recv(p->b, 60, MSG_PEEK);
	say_recv(p->b, 60, 0);
	say_recv(p->b, 60, 0);
	say_recv(p->b, 60, 0);
	say_send(p->a, 0, 100, 0);
	arrive(p->b, 100);
	say_recv(p->b, 200, 0);
	say_recv(p->b, 200, MSG_DONTWAIT);
}

static void reset(struct pair *p)
{
	say_send(p->a, 0, 100, 0);
	arrive(p->b, 100);
	close_hard(p->a);
	p->a = -1;
	say_poll(p->b, POLLIN | POLLHUP | POLLERR);
	say_recv(p->b, 50, MSG_PEEK);
	say_recv(p->b, 50, 0);
	say_recv(p->b, 50, 0);
	say_recv(p->b, 50, 0);
	say_send(p->b, 0, 10, 0);
	say_send(p->b, 0, 10, 0);
	say_state(p->b);
	said("shutdown", shutdown(p->b, SHUT_WR));
}

/* Bytes not read: the other end is told with RST. */
static void closed_unread(struct pair *p)
{
	say_send(p->a, 0, 1000, 0);
	arrive(p->b, 1000);
	close(p->b);
	p->b = -1;
	say_poll(p->a, POLLIN | POLLHUP | POLLERR);
	say_send(p->a, 0, 10, 0);
	say_send(p->a, 0, 10, 0);
	say_recv(p->a, 10, 0);
	say_recv(p->a, 10, 0);
}

static void write_to_closed(struct pair *p)
{
	close(p->b);
	p->b = -1;
	say_poll(p->a, POLLIN | POLLRDHUP);
	say_send(p->a, 0, 10, 0);
	say_poll(p->a, POLLIN | POLLHUP);
	say_send(p->a, 0, 10, 0);
	say_send(p->a, 0, 0, 0);
	say_recv(p->a, 10, 0);
}

static ssize_t read_last, read_sum;

static void read_all(void *arg)
{
	struct pair *p = arg;

	for (read_sum = 0;; read_sum += read_last) {
		read_last =
			recv(p->b, buf + read_sum, sizeof(buf) - read_sum, 0);
		if (read_last <= 0)
			break;
	}
}

/* The close waits until all of it has come, and has been read. */
static void lingers(struct pair *p)
{
	struct later l;
	struct linger wait = { .l_onoff = 1, .l_linger = 5 };

	setsockopt(p->a, SOL_SOCKET, SO_LINGER, &wait, sizeof(wait));
	later(&l, 20, read_all, p);
	say_send(p->a, 0, 900000, 0);
	said("close", close(p->a));
	later_join(&l);
	said("the end", read_last);
	say_bytes("read beside", buf, read_sum);
	p->a = -1;
}

/* All that was sent before the close comes. */
static void close_after_send(struct pair *p)
{
	say_send(p->a, 0, 300000, 0);
	close(p->a);
	p->a = -1;
	say_all(p->b, 300000);
	say_recv(p->b, 1, 0);
	say_state(p->b);
}

static void polls(struct pair *p)
{
	fd_set in, out;
	struct timeval none = { 0 };

	say_poll(p->a, POLLOUT);
	say("quiet: %d", poll(&(struct pollfd){ p->b, POLLIN, 0 }, 1, 20));
	say_send(p->a, 0, 1, 0);
	say_poll(p->b, POLLIN | POLLOUT | POLLRDNORM);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(p->b, &in);
	FD_SET(p->b, &out);
	said("select", select(p->b + 1, &in, &out, NULL, &none));
	say("%d %d", FD_ISSET(p->b, &in), FD_ISSET(p->b, &out));
	say_recv(p->b, 1, 0);
	say("quiet: %d", poll(&(struct pollfd){ p->b, POLLIN, 0 }, 1, 0));
	shutdown(p->a, SHUT_WR);
	say_poll(p->b, POLLIN | POLLRDHUP);
}

static void waits(const char *what, int ep, int ms)
{
	struct epoll_event e = { 0 };
	int n = epoll_wait(ep, &e, 1, ms);

	say("%s: %d, 0x%x", what, n, n > 0 ? e.events : 0);
}

static void epolls(struct pair *p)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(ep, EPOLL_CTL_ADD, p->b, &e);
	waits("level, nothing", ep, 20);
	say_send(p->a, 0, 100, 0);
	arrive(p->b, 100);
	waits("level", ep, 1000);
	waits("level, again", ep, 0);
	say_recv(p->b, 50, 0);
	waits("level, half", ep, 0);
	say_recv(p->b, 50, 0);
	waits("level, none", ep, 0);

	e.events = EPOLLIN | EPOLLET | EPOLLRDHUP;
	epoll_ctl(ep, EPOLL_CTL_MOD, p->b, &e);
	say_send(p->a, 0, 100, 0);
	arrive(p->b, 100);
	waits("edge", ep, 1000);
	waits("edge, again", ep, 0);
	say_recv(p->b, 50, 0);
	waits("edge, half", ep, 0);
	say_send(p->a, 100, 10, 0);
	arrive(p->b, 60);
	waits("edge, more", ep, 1000);
	say_recv(p->b, 1000, 0);
	say_recv(p->b, 1000, MSG_DONTWAIT);
	waits("edge, none", ep, 0);
	e.events = EPOLLIN | EPOLLONESHOT;
	epoll_ctl(ep, EPOLL_CTL_MOD, p->b, &e);
	say_send(p->a, 0, 10, 0);
	waits("once", ep, 1000);
	say_send(p->a, 0, 10, 0);
	waits("not twice", ep, 20);
	close(ep);
}

/* Edges when there is room to write again. */
static void epoll_out(struct pair *p)
{
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct pollfd room = { .fd = p->a, .events = POLLOUT };
	size_t sent = 0, got = 0;
	ssize_t n;

	fcntl(p->a, F_SETFL, O_NONBLOCK);
	option(p->a, SOL_SOCKET, SO_SNDBUF, 50000);
	epoll_ctl(ep, EPOLL_CTL_ADD, p->a, &e);
	waits("room", ep, 1000);
	pattern(buf, sizeof(buf), 0, 1);
	/* The reader's side fills up as well. */
	while (poll(&room, 1, 50) == 1) {
		n = send(p->a, buf, sizeof(buf), 0);
		sent += n > 0 ? n : 0;
	}
	while ((n = send(p->a, buf, sizeof(buf), 0)) > 0)
		sent += n;
	said("full", n);
	epoll_wait(ep, &e, 1, 0);
	waits("none", ep, 20);
	while (got < sent) {
		n = recv(p->b, buf, sizeof(buf), 0);
		assert_true(n > 0);
		got += n;
	}
	waits("room again", ep, 2000);
	close(ep);
}

static const struct scene scenes[] = {
	{ .name = "shutdowns", .play = shutdowns },
	{ .name = "shut_read", .play = shut_read },
	{ .name = "reset", .play = reset },
	{ .name = "closed_unread", .play = closed_unread },
	{ .name = "write_to_closed", .play = write_to_closed },
	{ .name = "lingers", .play = lingers },
	{ .name = "close_after_send", .play = close_after_send },
	{ .name = "polls", .play = polls },
	{ .name = "epolls", .play = epolls },
	{ .name = "epoll_out", .play = epoll_out },
};

int main(void)
{
	return SCENES_RUN("ends", scenes);
}
