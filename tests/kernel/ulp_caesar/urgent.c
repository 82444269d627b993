// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * Urgent data, in line and out of it. What plain TCP answers is what must come:
 * lib/scene.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "check.h"
#include "scene.h"

/* Waits until the urgent byte itself has come: it is the last one sent. */
static void urgent_comes(struct pair *p)
{
	say_poll(p->b, POLLPRI);
	say_ioctl("mark", p->b, SIOCATMARK);
}

static void out_of_line(struct pair *p)
{
	say_send(p->a, 0, 100, 0);
	say_send(p->a, 100, 10, MSG_OOB);
	say_send(p->a, 110, 50, 0);
	urgent_comes(p);
	arrive(p->b, 109);
	say_state(p->b);
	say_recvmsg(p->b, 10, MSG_OOB | MSG_PEEK);
	say_recvmsg(p->b, 10, MSG_OOB);
	say_recvmsg(p->b, 10, MSG_OOB);
	/* Up to the mark, however much there is room for. */
	say_recvmsg(p->b, 60, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recvmsg(p->b, 1000, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_state(p->b);
	say_recvmsg(p->b, 1000, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recv(p->b, 1000, MSG_DONTWAIT);
}

/* The byte isn't fetched: it is passed over all the same. */
static void not_fetched(struct pair *p)
{
	say_send(p->a, 0, 10, 0);
	say_send(p->a, 10, 1, MSG_OOB);
	say_send(p->a, 11, 10, 0);
	urgent_comes(p);
	arrive(p->b, 10);
	say_recv(p->b, 100, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recv(p->b, 100, 0);
	say_recvmsg(p->b, 10, MSG_OOB);
	say_recv(p->b, 100, MSG_DONTWAIT);
}

static void in_line(struct pair *p)
{
	option(p->b, SOL_SOCKET, SO_OOBINLINE, 1);
	say_send(p->a, 0, 100, 0);
	say_send(p->a, 100, 10, MSG_OOB);
	say_send(p->a, 110, 50, 0);
	urgent_comes(p);
	arrive(p->b, 160);
	say_state(p->b);
	say_recvmsg(p->b, 10, MSG_OOB);
	say_recvmsg(p->b, 50, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recvmsg(p->b, 1000, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recvmsg(p->b, 5, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recvmsg(p->b, 1000, 0);
	say_recv(p->b, 1000, MSG_DONTWAIT);
}

/* Peeking up to the mark, at it, and behind it. */
static void peeks(struct pair *p)
{
	int zero = 0;

	say_send(p->a, 0, 20, 0);
	say_send(p->a, 20, 1, MSG_OOB);
	say_send(p->a, 21, 20, 0);
	urgent_comes(p);
	arrive(p->b, 20);
	say_recvmsg(p->b, 10, MSG_PEEK);
	say_recvmsg(p->b, 100, MSG_PEEK);
	say_recvmsg(p->b, 15, 0);
	say_recvmsg(p->b, 100, MSG_PEEK);
	say_recvmsg(p->b, 5, 0);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recvmsg(p->b, 100, MSG_PEEK);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recvmsg(p->b, 10, MSG_PEEK);
	say_recvmsg(p->b, 100, MSG_PEEK | MSG_TRUNC);
	say_recvmsg(p->b, 10, 0);
	say_recvmsg(p->b, 100, 0);
	/* With SO_PEEK_OFF, where there is one. */
	if (setsockopt(p->b, SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof(zero)))
		return;
	say_send(p->a, 0, 20, 0);
	say_send(p->a, 20, 1, MSG_OOB);
	say_send(p->a, 21, 20, 0);
	urgent_comes(p);
	arrive(p->b, 20);
	say_recvmsg(p->b, 8, MSG_PEEK);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recvmsg(p->b, 100, MSG_PEEK);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recvmsg(p->b, 100, MSG_PEEK | MSG_DONTWAIT);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recvmsg(p->b, 100, MSG_PEEK | MSG_DONTWAIT);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recvmsg(p->b, 100, 0);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
	say_recvmsg(p->b, 100, 0);
	say_option("SO_PEEK_OFF", p->b, SOL_SOCKET, SO_PEEK_OFF);
}

static void peeks_in_line(struct pair *p)
{
	option(p->b, SOL_SOCKET, SO_OOBINLINE, 1);
	peeks(p);
}

/* A second one before the first was fetched. */
static void twice(struct pair *p)
{
	say_send(p->a, 0, 10, MSG_OOB);
	urgent_comes(p);
	say_send(p->a, 10, 10, MSG_OOB);
	arrive(p->b, 18);
	usleep(20000);
	urgent_comes(p);
	say_recvmsg(p->b, 1, MSG_OOB);
	say_recv(p->b, 100, 0);
	say_recv(p->b, 100, MSG_DONTWAIT);
	say_send(p->a, 20, 1, MSG_OOB);
	urgent_comes(p);
	say_recvmsg(p->b, 1, MSG_OOB);
	say_send(p->a, 21, 1, MSG_OOB);
	usleep(20000);
	urgent_comes(p);
	say_recv(p->b, 100, MSG_DONTWAIT);
	say_recvmsg(p->b, 1, MSG_OOB);
	say_send(p->a, 22, 10, 0);
	say_recv(p->b, 100, 0);
}

/* Nothing but the byte, then more, and readers that wait meanwhile. */
static void send_urgent(void *arg)
{
	struct pair *p = arg;

	send(p->a, "!", 1, MSG_OOB);
	usleep(40000);
	send(p->a, "abcdefghij", 10, 0);
}

static void waiting(struct pair *p)
{
	struct later l;

	say_recvmsg(p->b, 1, MSG_OOB);
	say_send(p->a, 0, 50, 0);
	later(&l, 20, send_urgent, p);
	/* All of it is wanted, and it ends at the mark. */
	say_recv(p->b, 60, MSG_WAITALL);
	later_join(&l);
	say_recvmsg(p->b, 1, MSG_OOB);
	say_recv(p->b, 60, 0);
	say_recv(p->b, 60, MSG_DONTWAIT);
	later(&l, 20, send_urgent, p);
	say_recv(p->b, 10, MSG_WAITALL);
	later_join(&l);
	say_recv(p->b, 60, MSG_DONTWAIT);
	say_state(p->b);
}

static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static void signalled(struct pair *p)
{
	struct epoll_event e = { .events = EPOLLPRI };
	int ep = epoll_create1(EPOLL_CLOEXEC), i;

	signals = 0;
	signal(SIGURG, on_signal);
	fcntl(p->b, F_SETOWN, getpid());
	epoll_ctl(ep, EPOLL_CTL_ADD, p->b, &e);
	say("epoll: %d", epoll_wait(ep, &e, 1, 10));
	say_send(p->a, 0, 5, MSG_OOB);
	for (i = 0; i < 1000 && !signals; i++)
		usleep(1000);
	say("signals: %d", (int)signals);
	say("epoll: %d", epoll_wait(ep, &e, 1, 1000));
	say("events: 0x%x", e.events);
	urgent_comes(p);
	say_recvmsg(p->b, 1, MSG_OOB);
	say("epoll: %d", epoll_wait(ep, &e, 1, 0));
	say_recv(p->b, 100, 0);
	signal(SIGURG, SIG_DFL);
	close(ep);
}

/* A send of many parts, which is urgent with its last byte. */
static void long_send(struct pair *p)
{
	say_send(p->a, 0, 40000, MSG_OOB);
	say_send(p->a, 40000, 100, 0);
	urgent_comes(p);
	say_recvmsg(p->b, 1, MSG_OOB);
	say_all(p->b, 40099);
	say_recv(p->b, 1, MSG_DONTWAIT);
}

/* Into many buffers; into a bad one, where nothing may be lost. */
static void buffers(struct pair *p)
{
	static uint8_t in[100];
	struct iovec iov[5];
	size_t i;

	for (i = 0; i < 5; i++)
		iov[i] = (struct iovec){ in + 10 * i, 7 };
	say_send(p->a, 0, 17, 0);
	say_send(p->a, 17, 1, MSG_OOB);
	say_send(p->a, 18, 30, 0);
	urgent_comes(p);
	arrive(p->b, 17);
	said("readv", readv(p->b, iov, 5));
	said("recv at an end", recv(p->b, edge(0), 10, MSG_DONTWAIT));
	said("urgent at an end", recv(p->b, edge(0), 1, MSG_OOB));
	said("urgent to nowhere", recv(p->b, NULL, 0, MSG_OOB));
	say_recvmsg(p->b, 1, MSG_OOB);
	said("readv", readv(p->b, iov, 5));
	say_bytes("in", in, sizeof(in));
	say_recv(p->b, 100, MSG_DONTWAIT);
}

static void say_urgent(int fd)
{
	say("urgent: %d", poll(&(struct pollfd){ fd, POLLPRI, 0 }, 1, 0));
}

/*
 * Passed by a read into a bad buffer it may still be fetched, if that had room for
 * more than itself; and not any more when something was read.
 */
static void fault_at_mark(struct pair *p)
{
	size_t room;

	for (room = 1; room <= 10; room += 9) {
		say_send(p->a, 0, 17, 0);
		say_send(p->a, 17, 1, MSG_OOB);
		say_send(p->a, 18, 30, 0);
		urgent_comes(p);
		arrive(p->b, 17);
		say_recv(p->b, 17, 0);
		said("recv at an end", recv(p->b, edge(0), room, 0));
		say_urgent(p->b);
		say_recv(p->b, 10, 0);
		say_urgent(p->b);
		say_recvmsg(p->b, 1, MSG_OOB);
		say_recv(p->b, 20, MSG_WAITALL);
	}
}

static void passed_over(struct pair *p)
{
	say_send(p->a, 0, 17, 0);
	say_send(p->a, 17, 1, MSG_OOB);
	say_send(p->a, 18, 30, 0);
	urgent_comes(p);
	arrive(p->b, 17);
	said("past", recv(p->b, NULL, 100, MSG_TRUNC));
	said("past", recv(p->b, NULL, 10, MSG_TRUNC));
	say_recv(p->b, 100, 0);
	say_recv(p->b, 100, MSG_DONTWAIT);
}

/* By a reader whose memory is bad, and splice(). */
static void spliced_over(struct pair *p)
{
	int pipes[2];

	assert_return_code(pipe(pipes), errno);
	say_send(p->a, 0, 17, 0);
	say_send(p->a, 17, 1, MSG_OOB);
	say_send(p->a, 18, 40, 0);
	urgent_comes(p);
	arrive(p->b, 17);
	say_recv(p->b, 17, 0);
	said("recv at an end", recv(p->b, edge(0), 10, MSG_DONTWAIT));
	said("splice", splice(p->b, NULL, pipes[1], NULL, 10, 0));
	say_recv(p->b, 10, 0);
	say_recvmsg(p->b, 1, MSG_OOB);
	say_ioctl("mark", p->b, SIOCATMARK);
	say_recv(p->b, 100, 0);
	close(pipes[0]);
	close(pipes[1]);
}

/* Closed right behind it; and TCP_INQ, which counts it or doesn't. */
static void ends(struct pair *p)
{
	option(p->b, SOL_TCP, TCP_INQ, 1);
	say_send(p->a, 0, 10, 0);
	say_send(p->a, 10, 1, MSG_OOB);
	shutdown(p->a, SHUT_WR);
	urgent_comes(p);
	say_poll(p->b, POLLRDHUP);
	say_state(p->b);
	say_recvmsg(p->b, 4, 0);
	say_recvmsg(p->b, 100, 0);
	say_state(p->b);
	say_recvmsg(p->b, 100, MSG_OOB);
	say_recvmsg(p->b, 100, 0);
	say_recvmsg(p->b, 100, MSG_OOB);
}

static const struct scene scenes[] = {
	{ .name = "out_of_line", .play = out_of_line },
	{ .name = "not_fetched", .play = not_fetched },
	{ .name = "in_line", .play = in_line },
	{ .name = "peeks", .play = peeks },
	{ .name = "peeks_in_line", .play = peeks_in_line },
	{ .name = "twice", .play = twice },
	{ .name = "waiting", .play = waiting },
	{ .name = "signalled", .play = signalled },
	{ .name = "long_send", .play = long_send },
	{ .name = "buffers", .play = buffers },
	{ .name = "fault_at_mark", .play = fault_at_mark },
	{ .name = "passed_over", .play = passed_over },
	{ .name = "spliced_over", .play = spliced_over },
	{ .name = "ends", .play = ends },
};

int main(void)
{
	return SCENES_RUN("urgent", scenes);
}
