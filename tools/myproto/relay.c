// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes both ways between a socket and standard input and output. Messages come
 * and go as they are read. No signal is caught: there is nothing to tidy up.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exitcode.h"
#include "myproto.h"
#include "say.h"

static char buf[65536];

static int write_all(const char *p, ssize_t len)
{
	ssize_t n;

	for (; len; p += n, len -= n) {
		n = write(STDOUT_FILENO, p, (size_t)len);
		if (n < 0)
			return session_failed("standard output");
	}
	return 0;
}

/* To the socket. *OPEN: there is more to come. */
static int to_socket(int fd, bool *open)
{
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf)), sent;
	const char *p = buf;

	if (n < 0)
		return session_failed("standard input");
	if (!n) {
		*open = false;
		shutdown(fd, SHUT_WR);
		return 0;
	}
	for (; n; p += sent, n -= sent) {
		sent = send(fd, p, (size_t)n, MSG_NOSIGNAL);
		if (sent < 0)
			return session_failed("sending");
	}
	return 0;
}

static int from_socket(int fd, bool *open)
{
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n < 0)
		return session_failed("receiving");
	/* A message may have no bytes: the end is what poll() calls so. */
	if (!n && myproto_type() == SOCK_STREAM)
		*open = false;
	return write_all(buf, n);
}

int relay(int fd)
{
	bool in = true, out = true;
	int rc = 0;

	while (!rc && out) {
		struct pollfd p[2] = {
			{ .fd = fd, .events = POLLIN | POLLRDHUP },
			{ .fd = in ? STDIN_FILENO : -1, .events = POLLIN },
		};

		/* One without a peer that closes is done with its input. */
		if (!in && myproto_type() == SOCK_DGRAM)
			break;
		if (poll(p, 2, -1) < 0)
			return session_failed("poll");
		if (p[0].revents & POLLIN) {
			int waits = 0;

			if (p[0].revents & POLLRDHUP &&
			    recv(fd, buf, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) <= 0)
				waits = -1;
			if (waits < 0 && myproto_type() != SOCK_STREAM)
				out = false;
			else
				rc = from_socket(fd, &out);
		} else if (p[0].revents) {
			out = false;
		}
		if (!rc && out && p[1].revents)
			rc = to_socket(fd, &in);
	}
	if (say_flush())
		rc = EXIT_REFUSED;
	return rc;
}
