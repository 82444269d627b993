// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "bench.h"
#include "nlbroker.h"

/* What is sent, behind room for a netlink header; and what is received. */
static unsigned char out[NLMSG_HDRLEN + NLBROKER_PAYLOAD_MAX], in[sizeof(out)];

/* A unit that the kernel itself doesn't use. Only root can listen there. */
static int netlink_socket(uint32_t groups)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return fd < 0 ? -errno : fd;
}

int bench_multicast_open(struct bench_multicast *m, unsigned int group,
			 size_t count, size_t size)
{
	int fd;

	m->count = 0;
	m->size = size;
	m->group = 1U << (group - 1);
	m->listeners = malloc(count * sizeof(*m->listeners));
	if (!m->listeners)
		return -ENOMEM;
	m->sender = netlink_socket(0);
	if (m->sender < 0)
		return m->sender;
	while (m->count < count) {
		fd = netlink_socket(m->group);
		if (fd < 0)
			return fd;
		m->listeners[m->count++] = fd;
	}
	return 0;
}

int bench_multicast_send(void *arg)
{
	const struct bench_multicast *m = arg;
	struct sockaddr_nl to = {
		.nl_family = AF_NETLINK,
		.nl_groups = m->group,
	};
	struct nlmsghdr nlh = {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + m->size),
		.nlmsg_type = NLMSG_MIN_TYPE,
	};

	memcpy(out, &nlh, sizeof(nlh));
	/* It is also for the kernel, which has no socket there and says so. */
	if (sendto(m->sender, out, nlh.nlmsg_len, 0, (struct sockaddr *)&to,
		   sizeof(to)) < 0 &&
	    errno != ECONNREFUSED)
		return -errno;
	return 0;
}

void bench_multicast_drain(void *arg)
{
	const struct bench_multicast *m = arg;
	size_t i;

	for (i = 0; i < m->count; i++)
		while (recv(m->listeners[i], in, sizeof(in), MSG_DONTWAIT) > 0)
			;
}

int bench_dgram_once(void *arg)
{
	struct bench_dgram *d = arg;

	if (send(d->fd[0], out, d->size, 0) < 0 ||
	    recv(d->fd[1], in, sizeof(in), 0) < 0)
		return -errno;
	return 0;
}

int bench_getppid_once(void *arg)
{
	(void)arg;
	return syscall(SYS_getppid) < 0;
}
