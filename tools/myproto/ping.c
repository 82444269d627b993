// SPDX-License-Identifier: GPL-2.0-or-later
/* ping: messages there and back, one after the other, and how long each took. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "exitcode.h"
#include "jsonl.h"
#include "myproto.h"
#include "num.h"
#include "rtt.h"
#include "say.h"
#include "stop.h"

#define OPTIONS (&myproto_options)

static char out[65536], in[65536];

/* Sends back what comes, until it is over. */
static void echo(int fd)
{
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((n = recv(fd, in, sizeof(in), 0)) > 0)
		if (send(fd, in, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	_exit(0);
}

/* Both ends are this command's. Returns the one that pings, or -1. */
static int to_itself(int *code)
{
	int probe = session_socket(code), fd[2], family;
	socklen_t len = sizeof(family);
	pid_t pid;

	if (probe < 0)
		return -1;
	if (getsockopt(probe, SOL_SOCKET, SO_DOMAIN, &family, &len) ||
	    socketpair(family, myproto_type() | SOCK_CLOEXEC, 0, fd)) {
		*code = session_failed("socketpair");
		return -1;
	}
	close(probe);
	pid = fork();
	if (pid < 0) {
		*code = session_failed("fork");
		return -1;
	}
	if (!pid) {
		close(fd[0]);
		echo(fd[1]);
	}
	close(fd[1]);
	return fd[0];
}

static int to_channel(const char *text, int *code)
{
	uint32_t channel = 0;
	int fd;

	*code = session_channel(text, &channel);
	if (*code)
		return -1;
	*code = EXIT_REFUSED;
	fd = session_socket(code);
	if (fd < 0)
		return -1;
	/* Who answers a datagram needs an address to answer to. */
	if (myproto_type() == SOCK_DGRAM)
		*code = session_bind(fd, MYPROTO_CHANNEL_ANY);
	else
		*code = 0;
	if (!*code)
		*code = session_connect(fd, channel);
	if (!*code)
		return fd;
	close(fd);
	return -1;
}

/* One there and back. 0, or an errno. */
static int round_trip(int fd, uint64_t seq)
{
	size_t size = OPTIONS->ping.size, got = 0;
	ssize_t n;

	memcpy(out, &seq, size < sizeof(seq) ? size : sizeof(seq));
	n = send(fd, out, size, MSG_NOSIGNAL);
	if (n < 0)
		return errno;
	/* A stream takes less when the time is over. */
	if ((size_t)n != size)
		return EAGAIN;
	while (got < size) {
		n = recv(fd, in + got, sizeof(in) - got, 0);
		if (n < 0)
			return errno;
		if (!n)
			return ECONNRESET;
		got += (size_t)n;
	}
	return got == size && !memcmp(in, out, size) ? 0 : EBADMSG;
}

static void show(uint64_t seq, uint64_t ns)
{
	struct json_object *o;

	if (OPTIONS->ping.quiet)
		return;
	if (OPTIONS->json) {
		o = jsonl_begin("reply");
		jsonl_uint(o, "seq", seq);
		jsonl_uint(o, "bytes", OPTIONS->ping.size);
		jsonl_uint(o, "time_ns", ns);
		jsonl_print(o);
	} else {
		printf("%" PRIu64 " bytes: seq=%" PRIu64 " time=%.1f us\n",
		       OPTIONS->ping.size, seq, (double)ns / 1000);
	}
	fflush(stdout);
}

static void summary(const struct rtt *rtt, uint64_t sent)
{
	struct json_object *o;

	if (OPTIONS->json) {
		o = jsonl_begin("summary");
		jsonl_uint(o, "bytes", OPTIONS->ping.size);
		jsonl_uint(o, "sent", sent);
		jsonl_uint(o, "received", rtt->count);
		if (rtt->count) {
			jsonl_uint(o, "min_ns", rtt->min);
			jsonl_uint(o, "avg_ns", (uint64_t)(rtt->mean + 0.5));
			jsonl_uint(o, "max_ns", rtt->max);
			jsonl_uint(o, "mdev_ns",
				   (uint64_t)(rtt_mdev(rtt) + 0.5));
		}
		jsonl_print(o);
		return;
	}
	printf("%" PRIu64 " sent, %" PRIu64 " received\n", sent, rtt->count);
	if (rtt->count)
		printf("rtt min/avg/max/mdev = %.1f/%.1f/%.1f/%.1f us\n",
		       (double)rtt->min / 1000, rtt->mean / 1000,
		       (double)rtt->max / 1000, rtt_mdev(rtt) / 1000);
}

static int ping_loop(int fd)
{
	struct rtt rtt = { 0 };
	uint64_t sent = 0, start, took;
	int err = 0;

	stop_catch();
	while (!stop_asked &&
	       (!OPTIONS->ping.count || sent < OPTIONS->ping.count)) {
		if (sent && OPTIONS->ping.interval &&
		    stop_wait(-1, OPTIONS->ping.interval) == -EINTR)
			break;
		start = rtt_now();
		err = round_trip(fd, ++sent);
		if (err)
			break;
		took = rtt_now() - start;
		rtt_add(&rtt, took);
		show(sent, took);
	}
	if (err && !(stop_asked && err == EINTR)) {
		errno = err;
		session_failed(err == EAGAIN ? "no answer" : "ping");
	}
	summary(&rtt, sent);
	if (say_flush())
		return EXIT_REFUSED;
	return rtt.count == sent && sent ? EXIT_OK : EXIT_REFUSED;
}

int ping_run(char **args, int count)
{
	struct timeval limit = {
		.tv_sec = (time_t)(OPTIONS->ping.timeout / NUM_NS_PER_S),
		.tv_usec = (suseconds_t)(OPTIONS->ping.timeout % NUM_NS_PER_S /
					 1000),
	};
	int code = EXIT_REFUSED, fd;

	fd = count ? to_channel(args[0], &code) : to_itself(&code);
	if (fd < 0)
		return code;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return ping_loop(fd);
}
