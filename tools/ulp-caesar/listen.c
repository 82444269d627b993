// SPDX-License-Identifier: GPL-2.0-or-later
/* listen: a connection from somewhere, as nc takes it. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exitcode.h"
#include "relay.h"
#include "say.h"
#include "ulp-caesar.h"

#define OPTIONS (&ulp_caesar_options)

/* Connections that wait while another one is relayed (-k). */
#define BACKLOG 16

/* Attached before, so that connections have it when they come. */
static int listen_at(const struct addrinfo *at, const struct caesar_key *key)
{
	const int one = 1, only6 = OPTIONS->ipv6;
	int fd, err;

	fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (at->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6,
			   sizeof(only6));
	err = session_attach(fd, key);
	if (!err &&
	    (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, BACKLOG)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/*
 * An IPv6 socket on every address takes IPv4 as well, so where no address is
 * named it comes first.
 */
static int listen_any(const struct addrinfo *at, bool named,
		      const struct caesar_key *key)
{
	const struct addrinfo *a;
	int fd = -EADDRNOTAVAIL;

	for (a = at; a && !named; a = a->ai_next) {
		if (a->ai_family != AF_INET6)
			continue;
		fd = listen_at(a, key);
		if (fd >= 0 || fd == -EADDRINUSE || fd == -EACCES)
			return fd;
	}
	for (a = at; a; a = a->ai_next) {
		fd = listen_at(a, key);
		if (fd >= 0)
			return fd;
	}
	return fd;
}

/* Returns a connection, or a negative errno. */
static int accept_one(int listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int fd, err;

	do {
		err = relay_wait(listener, POLLIN);
		if (err)
			return err;
		fd = accept4(listener, (struct sockaddr *)&addr, &len,
			     SOCK_CLOEXEC);
	} while (fd < 0 && (errno == ECONNABORTED || errno == EINTR));
	if (fd < 0)
		return -errno;
	relay_say("connection from", (struct sockaddr *)&addr, len);
	return fd;
}

static int serve(int listener)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int code, fd;

	if (!getsockname(listener, (struct sockaddr *)&addr, &len))
		relay_say("listening on", (struct sockaddr *)&addr, len);
	do {
		fd = accept_one(listener);
		if (fd < 0) {
			say_error("no connection: %s", strerror(-fd));
			close(listener);
			return EXIT_REFUSED;
		}
		/* One is all that is wanted: let the others know. */
		if (!OPTIONS->listen.keep)
			close(listener);
		/* A connection's failure isn't the listener's. */
		code = relay(fd);
		close(fd);
	} while (OPTIONS->listen.keep);
	return code;
}

int cmd_listen(char **args, int count)
{
	const char *host = count > 1 ? args[0] : NULL;
	struct addrinfo *at;
	struct caesar_key key;
	int code, fd;

	if (!count) {
		say_error("listen: on which port? [ADDRESS] PORT");
		return EXIT_USAGE;
	}
	code = session_key(&key);
	if (code == EXIT_OK)
		code = relay_lookup(host, args[count - 1], AI_PASSIVE, &at);
	if (code != EXIT_OK)
		return code;
	code = session_driver();
	if (code == EXIT_OK) {
		fd = listen_any(at, host, &key);
		if (fd < 0) {
			say_error("%s%s%s: %s", host ? host : "",
				  host ? " " : "", args[count - 1],
				  strerror(-fd));
			code = EXIT_REFUSED;
		} else {
			code = serve(fd);
		}
	}
	freeaddrinfo(at);
	return session_end(code);
}
