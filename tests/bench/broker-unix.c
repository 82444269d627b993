// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A publisher that sends a datagram to each subscriber's socket: ADDRESS.PID, in a
 * folder that has no others.
 */
#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"
#include "fanout.h"

struct ends {
	unsigned int count;
	int fd[];
};

static int end(const char *path, int subscribe)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd >= 0 &&
	    !(subscribe ? bind(fd, (struct sockaddr *)&addr, sizeof(addr)) :
			  connect(fd, (struct sockaddr *)&addr, sizeof(addr))))
		return fd;
	perror(path);
	return -1;
}

static void *connect_to(const char *address, int subscribe)
{
	struct ends *ends = calloc(1, sizeof(*ends) + expected * sizeof(int));
	char path[128];
	unsigned int i;
	glob_t found;

	if (!ends)
		return NULL;
	if (subscribe) {
		snprintf(path, sizeof(path), "%s.%d", address, getpid());
		ends->fd[0] = end(path, 1);
		return ends->fd[0] < 0 ? NULL : ends;
	}
	snprintf(path, sizeof(path), "%s.*", address);
	if (glob(path, 0, NULL, &found) || found.gl_pathc != expected) {
		fprintf(stderr, "unix: not as many sockets as subscribers\n");
		return NULL;
	}
	for (i = 0; i < expected; i++) {
		ends->fd[i] = end(found.gl_pathv[i], 0);
		/* From here on nobody needs its name. */
		unlink(found.gl_pathv[i]);
		if (ends->fd[i] < 0)
			return NULL;
	}
	ends->count = expected;
	return ends;
}

static int publish(void *connection, const void *data, size_t len)
{
	const struct ends *ends = connection;
	unsigned int i;

	for (i = 0; i < ends->count; i++)
		if (send(ends->fd[i], data, len, 0) < 0) {
			perror("unix");
			return -1;
		}
	return 0;
}

static int receive(void *connection)
{
	static char buffer[BENCH_BYTES_MAX];
	const struct ends *ends = connection;
	ssize_t n = recv(ends->fd[0], buffer, sizeof(buffer), 0);

	if (n < 0) {
		perror("unix");
		return -1;
	}
	got(buffer, n);
	return 0;
}

const struct broker broker_unix = {
	.name = "unix",
	.open = connect_to,
	.publish = publish,
	.receive = receive,
};
