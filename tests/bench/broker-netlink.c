// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink's multicast between programs, which is what nlbroker is built on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "bench.h"
#include "fanout.h"

/* Room for the messages of a window. */
#define QUEUE (8 << 20)

static struct {
	struct nlmsghdr nlh;
	char data[BENCH_BYTES_MAX];
} buffer;

static void *connect_to(const char *address, int subscribe)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
				    .nl_groups = subscribe };
	const int queue = QUEUE;
	static int fd;

	(void)address;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue)))
		return &fd;
	perror("netlink");
	return NULL;
}

static int publish(void *fd, const void *data, size_t len)
{
	static const struct sockaddr_nl group = { .nl_family = AF_NETLINK,
						  .nl_groups = 1 };

	buffer.nlh.nlmsg_len = NLMSG_LENGTH(len);
	buffer.nlh.nlmsg_type = NLMSG_MIN_TYPE;
	memcpy(buffer.data, data, len);
	/* It is also for the kernel, which has no socket there and says so. */
	if (sendto(*(int *)fd, &buffer, NLMSG_LENGTH(len), 0,
		   (const struct sockaddr *)&group, sizeof(group)) >= 0 ||
	    errno == ECONNREFUSED)
		return 0;
	perror("netlink");
	return -1;
}

static int receive(void *fd)
{
	ssize_t n = recv(*(int *)fd, &buffer, sizeof(buffer), 0);

	if (n < NLMSG_HDRLEN) {
		perror("netlink");
		return -1;
	}
	got(buffer.data, n - NLMSG_HDRLEN);
	return 0;
}

const struct broker broker_netlink = {
	.name = "netlink",
	.open = connect_to,
	.publish = publish,
	.receive = receive,
};
