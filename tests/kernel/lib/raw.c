// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "raw.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

int raw_open(struct raw *r, unsigned int uid)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct timeval timeout = { .tv_sec = NL_TIMEOUT };
	socklen_t len = sizeof(addr);
	int on = 1, err = 0;

	memset(r, 0, sizeof(*r));
	r->uid = uid;
	if (uid && (setegid(uid) || seteuid(uid)))
		abort();
	r->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, RAW_UNIT);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(r->fd, (struct sockaddr *)&addr, &len) ||
	    setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		       sizeof(timeout)) ||
	    setsockopt(r->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		err = -errno;
	if (uid && (seteuid(0) || setegid(0)))
		abort();
	r->portid = addr.nl_pid;
	r->pid = r->portid;
	return err;
}

void raw_close(struct raw *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

int raw_send(struct raw *r, uint8_t cmd, const void *data, size_t len, int num)
{
	static uint8_t buf[NL_MSG_MAX];
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	size_t at = 0, whole = NLMSG_HDRLEN + 1 + len;
	int i, err = 0;

	for (i = 0; i < num; i++) {
		struct nlmsghdr *h = (struct nlmsghdr *)(buf + at);

		memset(h, 0, sizeof(*h));
		h->nlmsg_len = whole + r->lie;
		h->nlmsg_type = 0x1234;
		h->nlmsg_flags = r->flags;
		h->nlmsg_seq = i;
		h->nlmsg_pid = r->pid;
		buf[at + NLMSG_HDRLEN] = cmd;
		if (len)
			memcpy(buf + at + NLMSG_HDRLEN + 1, data, len);
		/* The last one's padding is left out. */
		at += i == num - 1 ? whole : NLMSG_ALIGN(whole);
	}
	if (r->uid && (setegid(r->uid) || seteuid(r->uid)))
		abort();
	if (sendto(r->fd, buf, at, 0, (struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		err = -errno;
	if (r->uid && (seteuid(0) || setegid(0)))
		abort();
	return err;
}

int raw_call(struct raw *r, uint8_t cmd, const void *data, size_t len,
	     const char **text)
{
	uint16_t flags = r->flags;
	struct nl_error e;
	ssize_t n;
	int err;

	r->flags |= NLM_F_ACK;
	err = raw_send(r, cmd, data, len, 1);
	r->flags = flags;
	if (err)
		return err;
	n = recv(r->fd, r->data, sizeof(r->data), 0);
	if (n < 0)
		return -errno;
	if (!nl_error((struct nlmsghdr *)r->data, &e))
		return -EBADMSG;
	*text = e.text ? e.text : "";
	return e.error;
}

int raw_next(struct raw *r)
{
	static uint8_t buf[NL_MSG_MAX];
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	ssize_t n = recv(r->fd, buf, sizeof(buf), 0);
	size_t i;

	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(*h) || h->nlmsg_len < NLMSG_HDRLEN ||
	    (size_t)n != NLMSG_ALIGN(h->nlmsg_len) ||
	    h->nlmsg_type != NLMSG_DONE || h->nlmsg_flags || h->nlmsg_seq ||
	    h->nlmsg_pid)
		return -EBADMSG;
	/* Nothing of the kernel's comes with it. */
	for (i = h->nlmsg_len; i < (size_t)n; i++)
		if (buf[i])
			return -EBADMSG;
	r->len = h->nlmsg_len - NLMSG_HDRLEN;
	memcpy(r->data, buf + NLMSG_HDRLEN, r->len);
	return 0;
}

bool raw_silent(struct raw *r, int ms)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	return poll(&p, 1, ms) == 0;
}
