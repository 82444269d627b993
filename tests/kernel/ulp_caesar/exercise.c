// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything that can be done with ulp_caesar, once: see lib/exercise.h. Connections
 * end with a reset: a socket in TIME_WAIT would hold the module for a minute.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sockmods/ulp_caesar.h>

#include "exercise.h"

/* A part that a send is made of in the kernel is smaller than this. */
#define LARGE 40000

/* Over what a connection goes. */
enum way { IPV4, IPV6, MAPPED };

/* A listener and a connection to it. */
struct pair {
	int listener;
	int client;
	int server;
};

static struct pair pair = { -1, -1, -1 };
static uint8_t out[LARGE], in[LARGE];

static void end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int finish(int err)
{
	end(&pair.client);
	end(&pair.server);
	end(&pair.listener);
	return err;
}

/* A network namespace is made with its loopback device down. */
static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (!ioctl(fd, SIOCGIFFLAGS, &ifr) && !(ifr.ifr_flags & IFF_UP)) {
		ifr.ifr_flags |= IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &ifr);
	}
	close(fd);
}

/* A socket that waits for seconds only, and is reset when it is closed. */
static int tcp(enum way way)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	const struct timeval soon = { .tv_sec = 8 };
	int fd = socket(way == IPV4 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int attach(int fd)
{
	if (setsockopt(fd, SOL_TCP, TCP_ULP, CAESAR_ULP_NAME,
		       sizeof(CAESAR_ULP_NAME) - 1))
		return exercise_errno();
	return 0;
}

static int set_keys(int fd, uint32_t tx, uint32_t rx)
{
	const struct caesar_key key = { .tx = tx, .rx = rx };

	if (setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &key, sizeof(key)))
		return exercise_errno();
	return 0;
}

static int attach_key(int fd, uint32_t key)
{
	int err = attach(fd);

	return err ? err : set_keys(fd, key, key);
}

static socklen_t address(struct sockaddr_storage *ss, enum way way, int port)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (way == IPV4) {
		in4->sin_family = AF_INET;
		in4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in4->sin_port = port;
		return sizeof(*in4);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	inet_pton(AF_INET6, way == IPV6 ? "::1" : "::ffff:127.0.0.1",
		  &in6->sin6_addr);
	return sizeof(*in6);
}

static int listening(enum way way)
{
	struct sockaddr_storage ss;
	socklen_t len = address(&ss, way, 0);

	pair.listener = tcp(way);
	if (pair.listener < 0 ||
	    bind(pair.listener, (struct sockaddr *)&ss, len) ||
	    listen(pair.listener, 8))
		return exercise_errno();
	return 0;
}

static int connecting(enum way way)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int port;

	if (getsockname(pair.listener, (struct sockaddr *)&ss, &len))
		return exercise_errno();
	port = ((struct sockaddr_in *)&ss)->sin_port;
	len = address(&ss, way, port);
	return connect(pair.client, (struct sockaddr *)&ss, len) ?
		       exercise_errno() :
		       0;
}

static int accepting(void)
{
	pair.server = accept4(pair.listener, NULL, NULL, SOCK_CLOEXEC);
	return pair.server < 0 ? exercise_errno() : 0;
}

/* Both ends with KEY: the listener before it listens, the client before it connects. */
static int both(enum way way, uint32_t key)
{
	int err;

	loopback_up();
	err = listening(way);
	if (!err)
		err = attach_key(pair.listener, key);
	if (err)
		return err;
	pair.client = tcp(way);
	if (pair.client < 0)
		return exercise_errno();
	err = attach_key(pair.client, key);
	if (!err)
		err = connecting(way);
	if (!err)
		err = accepting();
	return err;
}

/* A connection without the protocol. */
static int plain(enum way way)
{
	int err;

	loopback_up();
	err = listening(way);
	if (err)
		return err;
	pair.client = tcp(way);
	err = pair.client < 0 ? exercise_errno() : connecting(way);
	return err ? err : accepting();
}

static void fill(size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = i * 7 + len;
}

/* What is sent from one end is read at the other, shifted by DIFF. */
static int pass(int from, int to, size_t len, uint8_t diff)
{
	size_t i;
	int err;

	fill(len);
	err = exercise_all(send(from, out, len, MSG_NOSIGNAL), len);
	if (!err)
		err = exercise_all(recv(to, in, len, MSG_WAITALL), len);
	for (i = 0; !err && i < len; i++)
		if (in[i] != (uint8_t)(out[i] + diff))
			err = -EBADMSG;
	return err;
}

static int echo(size_t len)
{
	int err = pass(pair.client, pair.server, len, 0);

	return err ? err : pass(pair.server, pair.client, len, 0);
}

/* Whether a call that must fail did, and why. */
static int fails(bool failed, int why)
{
	if (!failed)
		return -EBADMSG;
	return errno == why ? 0 : exercise_errno();
}

static int do_attach(void)
{
	int fd = tcp(IPV4), err;

	if (fd < 0)
		return exercise_errno();
	err = setsockopt(fd, SOL_TCP, TCP_ULP, CAESAR_ULP_NAME_OLD,
			 sizeof(CAESAR_ULP_NAME_OLD) - 1) ?
		      exercise_errno() :
		      0;
	if (!err)
		err = fails(attach(fd), EEXIST);
	close(fd);
	return err;
}

static int over(enum way way)
{
	int err = both(way, 3);

	return finish(err ? err : echo(64));
}

static int ipv4(void)
{
	return over(IPV4);
}

static int ipv6(void)
{
	return over(IPV6);
}

static int mapped(void)
{
	return over(MAPPED);
}

static int large(void)
{
	int err = both(IPV4, 200);

	return finish(err ? err : echo(LARGE));
}

static int connected(void)
{
	int err = plain(IPV6);

	if (!err)
		err = attach_key(pair.client, 77);
	if (!err)
		err = attach_key(pair.server, 77);
	return finish(err ? err : echo(1000));
}

/* The other end sees what goes over the wire. */
static int wire(void)
{
	int err = plain(IPV4);

	if (!err)
		err = attach(pair.client);
	if (!err)
		err = set_keys(pair.client, 5, 250);
	if (!err)
		err = pass(pair.client, pair.server, 100, 5);
	return finish(err ? err : pass(pair.server, pair.client, 100, 6));
}

static int keys(void)
{
	struct caesar_key key = { 0 };
	socklen_t len = sizeof(key);
	int err = both(IPV4, 1), one = 9;

	if (!err)
		err = echo(10);
	if (!err)
		err = set_keys(pair.client, 260, 2);
	if (!err)
		err = set_keys(pair.server, 2, 4);
	if (!err)
		err = echo(10);
	if (!err &&
	    getsockopt(pair.client, SOL_TCP, TCP_CAESAR_KEY, &key, &len))
		err = exercise_errno();
	if (!err && (len != sizeof(key) || key.tx != 4 || key.rx != 2))
		err = -EBADMSG;
	if (!err)
		err = fails(setsockopt(pair.client, SOL_TCP, TCP_CAESAR_KEY,
				       &one, 1),
			    EINVAL);
	return finish(err);
}

static int peek(void)
{
	int err = both(IPV4, 40);

	fill(100);
	if (!err)
		err = exercise_all(send(pair.client, out, 100, MSG_NOSIGNAL),
				   100);
	if (!err)
		err = exercise_all(
			recv(pair.server, in, 60, MSG_PEEK | MSG_WAITALL), 60);
	if (!err && memcmp(in, out, 60))
		err = -EBADMSG;
	/* 30 are dropped, the rest is read. */
	if (!err)
		err = exercise_all(
			recv(pair.server, in, 30, MSG_TRUNC | MSG_WAITALL), 30);
	if (!err)
		err = exercise_all(recv(pair.server, in, 70, MSG_WAITALL), 70);
	if (!err && memcmp(in, out + 30, 70))
		err = -EBADMSG;
	return finish(err);
}

/* A file to the socket, and the socket to a pipe. */
static int splice_both(void)
{
	int err = both(IPV4, 99), file = -1, pipes[2] = { -1, -1 };
	size_t done;
	ssize_t n;

	fill(LARGE);
	if (!err) {
		file = memfd_create("exercise", MFD_CLOEXEC);
		if (file < 0 || pipe2(pipes, O_CLOEXEC))
			err = exercise_errno();
	}
	for (done = 0; !err && done < LARGE; done += n) {
		n = pwrite(file, out + done, LARGE - done, done);
		err = exercise_some(n);
	}
	for (done = 0; !err && done < LARGE; done += n) {
		n = sendfile(pair.client, file, NULL, LARGE - done);
		err = exercise_some(n);
	}
	for (done = 0; !err && done < LARGE; done += n) {
		n = splice(pair.server, NULL, pipes[1], NULL, LARGE - done, 0);
		err = exercise_some(n);
		if (!err)
			err = exercise_all(read(pipes[0], in + done, n), n);
	}
	if (!err && memcmp(in, out, LARGE))
		err = -EBADMSG;
	/* The file is as it was. */
	if (!err &&
	    (pread(file, in, LARGE, 0) != LARGE || memcmp(in, out, LARGE)))
		err = -EBADMSG;
	end(&file);
	end(&pipes[0]);
	end(&pipes[1]);
	return finish(err);
}

static int urgent(void)
{
	struct pollfd pri = { .events = POLLPRI };
	int err = both(IPV4, 13);

	if (!err)
		err = exercise_all(send(pair.client, "abc!", 4,
					MSG_OOB | MSG_NOSIGNAL),
				   4);
	if (!err)
		err = exercise_all(send(pair.client, "def", 3, MSG_NOSIGNAL),
				   3);
	pri.fd = pair.server;
	if (!err && poll(&pri, 1, 8000) != 1)
		err = -ETIMEDOUT;
	if (!err && (recv(pair.server, in, 1, MSG_OOB) != 1 || in[0] != '!'))
		err = -EBADMSG;
	/* Up to where it was, and from there on. */
	if (!err)
		err = exercise_all(recv(pair.server, in, 7, MSG_WAITALL), 3);
	if (!err && memcmp(in, "abc", 3))
		err = -EBADMSG;
	if (!err)
		err = exercise_all(recv(pair.server, in, 3, MSG_WAITALL), 3);
	if (!err && memcmp(in, "def", 3))
		err = -EBADMSG;
	return finish(err);
}

static int refused(void)
{
	char zc[64] = { 0 };
	socklen_t len = sizeof(zc);
	int err = both(IPV4, 1), one = 1;

	if (!err &&
	    setsockopt(pair.client, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		err = exercise_errno();
	if (!err)
		err = fails(send(pair.client, out, 10,
				 MSG_ZEROCOPY | MSG_NOSIGNAL) < 0,
			    EOPNOTSUPP);
	if (!err)
		err = fails(getsockopt(pair.client, SOL_TCP,
				       TCP_ZEROCOPY_RECEIVE, zc, &len),
			    EOPNOTSUPP);
	if (!err)
		err = fails(mmap(NULL, 4096, PROT_READ, MAP_SHARED, pair.client,
				 0) == MAP_FAILED,
			    ENODEV);
	return finish(err);
}

/* One child from before its listener got the protocol, and one never accepted. */
static int children(void)
{
	int err = plain(IPV6), other;
	struct pollfd queued = { .events = POLLIN };

	if (err)
		return finish(err);
	end(&pair.server);
	end(&pair.client);
	pair.client = tcp(IPV6);
	err = pair.client < 0 ? exercise_errno() : connecting(IPV6);
	/* A child for which there is no memory is made later, with the protocol. */
	queued.fd = pair.listener;
	if (!err && poll(&queued, 1, 5000) != 1)
		err = -ENOMEM;
	if (!err)
		err = attach_key(pair.listener, 8);
	if (!err)
		err = accepting();
	if (!err)
		err = echo(20);
	/* It may get it now, being without. */
	if (!err)
		err = attach_key(pair.server, 8);
	if (!err)
		err = pass(pair.server, pair.client, 20, 8);
	other = pair.client;
	if (!err) {
		pair.client = tcp(IPV6);
		err = pair.client < 0 ? exercise_errno() : connecting(IPV6);
	}
	end(&pair.listener);
	close(other);
	return finish(err);
}

/* A socket is disconnected, and then listens. */
static int reuse(void)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int err = both(IPV4, 50);

	if (!err)
		err = echo(10);
	end(&pair.listener);
	if (!err && (connect(pair.client, &none, sizeof(none)) ||
		     listen(pair.client, 1)))
		err = exercise_errno();
	if (err)
		return finish(err);
	end(&pair.server);
	pair.listener = pair.client;
	pair.client = tcp(IPV4);
	if (pair.client < 0)
		return finish(exercise_errno());
	err = attach_key(pair.client, 50);
	if (!err)
		err = connecting(IPV4);
	if (!err)
		err = accepting();
	return finish(err ? err : echo(10));
}

/* The peer has closed its half: what it sent is read, then the end. */
static int shut(void)
{
	int err = both(IPV6, 4);
	ssize_t n;

	if (!err)
		err = fails(recv(pair.server, in, 1, MSG_DONTWAIT) < 0, EAGAIN);
	if (!err)
		err = pass(pair.client, pair.server, 30, 0);
	if (!err && shutdown(pair.client, SHUT_WR))
		err = exercise_errno();
	/* A FIN for which there is no memory is never sent. */
	n = err ? 0 : recv(pair.server, in, 1, 0);
	if (n)
		err = n > 0	      ? -EBADMSG :
		      errno == EAGAIN ? -ENOMEM :
					exercise_errno();
	if (!err)
		err = fails(send(pair.client, "x", 1, MSG_NOSIGNAL) < 0, EPIPE);
	return finish(err);
}

/* A listener, a connection, a child not accepted, and a socket not connected. */
static int hold(void)
{
	int err = both(IPV6, 3), fd;

	if (err)
		return err;
	pair.client = tcp(IPV6);
	if (pair.client < 0)
		return exercise_errno();
	err = attach_key(pair.client, 3);
	if (!err)
		err = connecting(IPV6);
	fd = tcp(IPV4);
	return fd < 0 ? exercise_errno() : err ? err : attach(fd);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct exercise_step steps[] = {
		{ "attach", do_attach },
		{ "IPv4", ipv4 },
		{ "IPv6", ipv6 },
		{ "IPv4 by an IPv6 socket", mapped },
		{ "40 KB", large },
		{ "attach when connected", connected },
		{ "what is on the wire", wire },
		{ "keys change", keys },
		{ "peek and drop", peek },
		{ "sendfile and splice", splice_both },
		{ "urgent data", urgent },
		{ "what is refused", refused },
		{ "children of a listener", children },
		{ "disconnect and reuse", reuse },
		{ "end of the data", shut },
	};
	/* clang-format on */
	static const struct exercise x = {
		.module = "ulp_caesar",
		.steps = steps,
		.count = sizeof(steps) / sizeof(*steps),
		.hold = hold,
		.stride = 4,
	};

	return exercise_main(argc, argv, &x);
}
