// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes both ways between a socket and standard input and output. Messages come
 * and go as they are read. Neither direction ever waits for the other: a service
 * that has to be read before it reads on would wait for ever.
 *
 * No signal is caught, as there is nothing to tidy up: none can come between a
 * look at a flag and the wait in poll().
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "exitcode.h"
#include "myproto.h"

/* What is read from standard input at once, and the length of a message. */
#define INPUT 65536

/**
 * struct half - one direction
 * @in: read from here
 * @out: write to here
 * @to_socket: @out is the socket, and @in isn't
 * @ended: nothing more comes
 * @closed: nor is anything left, and @out's other end knows
 * @reset: that the peer has left something unread was said
 * @most: bytes to write at once without being kept waiting
 * @start: of what has been read and not written
 * @end: of that
 * @buf: for it: no message is longer
 */
struct half {
	int in;
	int out;
	bool to_socket;
	bool ended;
	bool closed;
	bool reset;
	size_t most;
	size_t start;
	size_t end;
	char buf[MYPROTO_MESSAGE_MAX];
};

static bool for_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/*
 * A message without bytes isn't the end of the connection: it has a sender, and
 * the end has none.
 */
static ssize_t receive(struct half *h)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(h->in, h->buf, sizeof(h->buf), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &len);

	if (!n)
		h->ended = myproto_type() == SOCK_STREAM || !len;
	return n;
}

static int half_read(struct half *h)
{
	ssize_t n;

	if (h->to_socket) {
		n = read(h->in, h->buf, INPUT);
		h->ended = !n;
	} else {
		n = receive(h);
	}
	if (n < 0 && for_later())
		return EXIT_OK;
	h->start = 0;
	h->end = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		return EXIT_OK;
	/* Said once, by the kernel too: what the peer sent before can be read. */
	h->ended = errno != ECONNRESET || h->reset;
	h->reset = true;
	return session_failed(h->to_socket ? "standard input" : "receiving");
}

static int half_write(struct half *h)
{
	size_t len = h->end - h->start;
	ssize_t n;

	if (len > h->most)
		len = h->most;
	if (h->to_socket)
		n = send(h->out, h->buf + h->start, len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
	else
		n = write(h->out, h->buf + h->start, len);
	if (n < 0 && for_later())
		return EXIT_OK;
	if (n >= 0) {
		h->start += (size_t)n;
		return EXIT_OK;
	}
	h->ended = true;
	h->start = h->end;
	return session_failed(h->to_socket ? "sending" : "standard output");
}

/* What it waits for; poll() takes no notice of a negative descriptor. */
static struct pollfd half_wants(const struct half *h)
{
	if (h->closed)
		return (struct pollfd){ .fd = -1 };
	if (h->start < h->end)
		return (struct pollfd){ .fd = h->out, .events = POLLOUT };
	return (struct pollfd){ .fd = h->in, .events = POLLIN };
}

static int half_step(struct half *h, short revents)
{
	int rc = EXIT_OK;

	if (revents)
		rc = h->start < h->end ? half_write(h) : half_read(h);
	if (h->ended && h->start == h->end && !h->closed) {
		h->closed = true;
		/* Of a peer that has gone nobody needs to know. */
		if (h->to_socket)
			(void)shutdown(h->out, SHUT_WR);
	}
	return rc;
}

/* Is it over? DATAGRAMS: nobody on the other side ever ends anything. */
static bool over(const struct half *up, const struct half *down, bool datagrams)
{
	if (datagrams && up->in >= 0)
		return up->closed && down->start == down->end;
	return up->closed && down->closed;
}

static int relay_halves(struct half *up, struct half *down, bool datagrams)
{
	int rc = EXIT_OK, rc2;

	while (!over(up, down, datagrams)) {
		struct pollfd p[] = {
			half_wants(up),
			half_wants(down),
			/* Nobody is left to read what standard input may have. */
			{ .fd = down->closed ? down->in : -1 },
		};

		if (poll(p, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return session_failed("poll");
		}
		if (p[2].revents & (POLLHUP | POLLERR) && up->start == up->end)
			break;
		rc2 = half_step(up, p[0].revents);
		rc = rc ? rc : rc2;
		rc2 = half_step(down, p[1].revents);
		rc = rc ? rc : rc2;
		/* Nobody wants what comes. */
		if (rc2 && down->closed)
			break;
	}
	return rc;
}

/* POLLOUT on a pipe promises that many, and no more. */
static size_t most_at_once(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISFIFO(st.st_mode) ? PIPE_BUF : SIZE_MAX;
}

int relay(int fd, bool sends)
{
	static struct half up, down;
	bool datagrams = myproto_type() == SOCK_DGRAM;

	up = (struct half){ .in = STDIN_FILENO,
			    .out = fd,
			    .to_socket = true,
			    .most = SIZE_MAX };
	down = (struct half){ .in = fd,
			      .out = STDOUT_FILENO,
			      .most = most_at_once(STDOUT_FILENO) };
	if (!sends) {
		up.in = -1;
		up.closed = true;
	}
	return relay_halves(&up, &down, datagrams);
}
