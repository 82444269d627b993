// SPDX-License-Identifier: GPL-2.0-or-later
/* connect: a connection to somewhere, as nc makes it. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exitcode.h"
#include "relay.h"
#include "say.h"
#include "ulp-caesar.h"

/* Attached before, so that not one byte goes as it is. Returns 0 or -errno. */
static int connect_to(int fd, const struct addrinfo *to,
		      const struct caesar_key *key)
{
	int err = session_attach(fd, key);
	socklen_t len = sizeof(err);

	if (err)
		return err;
	if (!connect(fd, to->ai_addr, to->ai_addrlen))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	err = relay_wait(fd, POLLOUT);
	if (err)
		return err;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	return -err;
}

/* The first address that takes it. Returns a socket or a negative errno. */
static int connect_any(const struct addrinfo *to, const struct caesar_key *key)
{
	int fd, err = -EADDRNOTAVAIL;

	for (; to; to = to->ai_next) {
		fd = socket(to->ai_family,
			    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    IPPROTO_TCP);
		if (fd < 0) {
			err = -errno;
			continue;
		}
		err = connect_to(fd, to, key);
		if (!err) {
			relay_say("connected to", to->ai_addr, to->ai_addrlen);
			return fd;
		}
		close(fd);
	}
	return err;
}

int cmd_connect(char **args, int count)
{
	struct addrinfo *to;
	struct caesar_key key;
	int code, fd;

	if (count < 2) {
		say_error("connect: where to? HOST PORT");
		return EXIT_USAGE;
	}
	code = session_key(&key);
	if (code == EXIT_OK)
		code = relay_lookup(args[0], args[1], 0, &to);
	if (code != EXIT_OK)
		return code;
	code = session_driver();
	if (code == EXIT_OK) {
		fd = connect_any(to, &key);
		if (fd < 0) {
			say_error("%s %s: %s", args[0], args[1], strerror(-fd));
			code = EXIT_REFUSED;
		} else {
			code = relay(fd);
			close(fd);
		}
	}
	freeaddrinfo(to);
	return session_end(code);
}
