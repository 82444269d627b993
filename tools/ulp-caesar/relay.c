// SPDX-License-Identifier: GPL-2.0-or-later
/* Standard input and output, and a connection. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exitcode.h"
#include "num.h"
#include "relay.h"
#include "say.h"
#include "ulp-caesar.h"

#define OPTIONS (&ulp_caesar_options)

/**
 * struct half - one direction
 * @in: read from here
 * @out: write to here
 * @network: @out is the connection, and @in isn't
 * @ended: nothing more comes
 * @closed: nor is anything left, and @out's other end knows
 * @most: bytes to write at once without being kept waiting
 * @start: of what has been read and not written
 * @end: of that
 * @buf: for it
 */
struct half {
	int in;
	int out;
	bool network;
	bool ended;
	bool closed;
	size_t most;
	size_t start;
	size_t end;
	char buf[65536];
};

static int failed(const char *what)
{
	say_error("%s: %s", what, strerror(errno));
	return EXIT_REFUSED;
}

static int half_read(struct half *h)
{
	ssize_t n = read(h->in, h->buf, sizeof(h->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return EXIT_OK;
	if (n < 0)
		return failed(h->network ? "standard input" : "receiving");
	h->start = 0;
	h->end = (size_t)n;
	h->ended = !n;
	return EXIT_OK;
}

static int half_write(struct half *h)
{
	size_t len = h->end - h->start;
	ssize_t n;

	n = write(h->out, h->buf + h->start, len < h->most ? len : h->most);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return EXIT_OK;
	if (n < 0)
		return failed(h->network ? "sending" : "standard output");
	h->start += (size_t)n;
	return EXIT_OK;
}

/* A peer that has gone already needn't be told. */
static int half_close(struct half *h)
{
	h->closed = true;
	if (!h->network || !shutdown(h->out, SHUT_WR) || errno == ENOTCONN)
		return EXIT_OK;
	return failed("shutdown");
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
	int code = EXIT_OK;

	if (revents) {
		if (h->start < h->end)
			code = half_write(h);
		else
			code = half_read(h);
	}
	if (code == EXIT_OK && h->ended && h->start == h->end && !h->closed)
		code = half_close(h);
	return code;
}

static int timeout_ms(void)
{
	uint64_t ms = (OPTIONS->timeout + 999999) / 1000000;

	if (!ms)
		return -1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static int relay_halves(struct half *up, struct half *down)
{
	int n, code = EXIT_OK;

	while (code == EXIT_OK && !(up->closed && down->closed)) {
		struct pollfd fds[] = { half_wants(up), half_wants(down) };

		n = poll(fds, 2, timeout_ms());
		if (n < 0 && errno != EINTR)
			return failed("poll");
		if (!n) {
			say_error("nothing has come or gone for %g s",
				  (double)OPTIONS->timeout / NUM_NS_PER_S);
			return EXIT_REFUSED;
		}
		if (n < 0)
			continue;
		code = half_step(up, fds[0].revents);
		if (code == EXIT_OK)
			code = half_step(down, fds[1].revents);
	}
	return code;
}

/* POLLOUT on a pipe promises that many, and no more. */
static size_t most_at_once(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISFIFO(st.st_mode) ? PIPE_BUF : SIZE_MAX;
}

int relay(int fd)
{
	static struct half up, down;

	signal(SIGPIPE, SIG_IGN);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return failed("socket");
	up = (struct half){
		.in = STDIN_FILENO, .out = fd, .network = true, .most = SIZE_MAX
	};
	down = (struct half){ .in = fd,
			      .out = STDOUT_FILENO,
			      .most = most_at_once(STDOUT_FILENO) };
	return relay_halves(&up, &down);
}

int relay_lookup(const char *host, const char *port, int flags,
		 struct addrinfo **found)
{
	const struct addrinfo hints = {
		.ai_flags = flags | (OPTIONS->numeric ?
					     AI_NUMERICHOST | AI_NUMERICSERV :
					     0),
		.ai_family = OPTIONS->ipv4 ? AF_INET :
			     OPTIONS->ipv6 ? AF_INET6 :
					     AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP,
	};
	int err;

	if (OPTIONS->ipv4 && OPTIONS->ipv6) {
		say_error("--ipv4 and --ipv6: which of the two?");
		return EXIT_USAGE;
	}
	err = getaddrinfo(host, port, &hints, found);
	if (!err)
		return EXIT_OK;
	say_error("%s%s%s: %s", host ? host : "", host ? " " : "", port,
		  err == EAI_SYSTEM ? strerror(errno) : gai_strerror(err));
	return EXIT_REFUSED;
}

void relay_say(const char *what, const struct sockaddr *addr, socklen_t len)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (!OPTIONS->verbose)
		return;
	if (getnameinfo(addr, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	say_error("%s %s port %s", what, host, port);
}

int relay_wait(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&pfd, 1, timeout_ms());
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}
