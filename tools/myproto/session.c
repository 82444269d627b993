// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets and addresses, and what there is to say when something fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <sockmods/myproto.h>

#include "driver-say.h"
#include "errname.h"
#include "exitcode.h"
#include "family.h"
#include "myproto.h"
#include "num.h"
#include "say.h"

int session_failed(const char *what)
{
	char error[128];

	errname_text(errno, error, sizeof(error));
	say_error("%s: %s", what, error);
	return EXIT_REFUSED;
}

int session_socket(int *code)
{
	const struct driver_query query = { .module = "af_myproto",
					    .root = "" };
	int family = family_find(), fd;
	bool retry = false;

	if (family < 0) {
		*code = driver_say(query, &retry);
		if (retry)
			family = family_find();
	}
	if (family < 0)
		return -1;
	fd = socket(family, myproto_type() | SOCK_CLOEXEC, 0);
	if (fd < 0)
		*code = session_failed("socket");
	return fd;
}

int session_channel(const char *text, uint32_t *channel)
{
	uint64_t number;

	if (!text)
		return 0;
	if (num_u64(text, &number) || number >= MYPROTO_CHANNEL_ANY) {
		say_error("'%s' is not a channel: 0 to %u", text,
			  MYPROTO_CHANNEL_ANY - 1);
		return EXIT_USAGE;
	}
	*channel = (uint32_t)number;
	return 0;
}

static struct sockaddr_myproto address(uint32_t channel)
{
	return (struct sockaddr_myproto){
		.smp_family = (unsigned short)family_find(),
		.smp_channel = channel,
	};
}

static int failed_channel(const char *what, uint32_t channel)
{
	int error = errno;
	char text[64];

	if (channel == MYPROTO_CHANNEL_ANY)
		snprintf(text, sizeof(text), "%s", what);
	else
		snprintf(text, sizeof(text), "%s %u", what, channel);
	session_failed(text);
	if (error == EACCES)
		say_hint(
			"lower channels need CAP_NET_BIND_SERVICE: see net.myproto in myproto(7)");
	if (error == EPROTOTYPE)
		say_hint("the socket there has another type: try -t");
	return EXIT_REFUSED;
}

int session_connect(int fd, uint32_t channel)
{
	struct sockaddr_myproto a = address(channel);

	if (!connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return 0;
	return failed_channel("channel", channel);
}

int session_bind(int fd, uint32_t channel)
{
	struct sockaddr_myproto a = address(channel);

	if (!bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return 0;
	return failed_channel("channel", channel);
}

uint32_t session_bound(int fd)
{
	struct sockaddr_myproto a = { .smp_channel = MYPROTO_CHANNEL_ANY };
	socklen_t len = sizeof(a);

	getsockname(fd, (struct sockaddr *)&a, &len);
	return a.smp_channel;
}
