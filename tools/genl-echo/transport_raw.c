// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generic netlink with nothing but system calls. The socket is connected to the
 * kernel: a round trip is one send() and one recv(), without an address to pass
 * or to check, and the kernel drops what other programs send here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "transport.h"

/**
 * struct raw - a socket and its buffers
 * @t: what others see
 * @in: the last datagram
 * @out: the request
 */
struct raw {
	struct transport t;
	_Alignas(8) char in[TRANSPORT_BUFFER];
	_Alignas(8) char out[TRANSPORT_BUFFER];
};

/* One at a time, and in .bss: no memory is touched that isn't used. */
static struct raw raw_socket;

static void raw_close(struct transport *t)
{
	close(t->fd);
	t->fd = -1;
}

static struct transport *raw_open(uint64_t timeout)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct transport *t = &raw_socket.t;
	int err;

	memset(t, 0, sizeof(*t));
	t->ops = &transport_raw;
	t->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (t->fd < 0)
		return NULL;
	err = transport_setup(t->fd, timeout);
	if (!err && connect(t->fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		err = -errno;
	if (err) {
		raw_close(t);
		errno = -err;
		return NULL;
	}
	return t;
}

/* Appends an attribute; padding is 0 for the sake of those who capture. */
static char *put_attr(char *p, const struct attr *attr)
{
	size_t len = NLA_HDRLEN + (size_t)attr->len;
	struct nlattr *nla = (void *)p;

	memset(p + NLA_ALIGN(len) - NLA_ALIGNTO, 0, NLA_ALIGNTO);
	nla->nla_type = attr->type;
	nla->nla_len = (uint16_t)len;
	if (attr->len)
		memcpy(nla + 1, attr->data, attr->len);
	return p + NLA_ALIGN(len);
}

static int raw_send(struct transport *t, const struct request *req)
{
	struct raw *raw = (struct raw *)t;
	struct nlmsghdr *nlh = (void *)raw->out;
	struct genlmsghdr *genl = (void *)(nlh + 1);
	char *p = (char *)(genl + 1);
	/* What is left then is room for a header and padding. */
	const char *end = raw->out + sizeof(raw->out) - (size_t)2 * NLA_HDRLEN;
	unsigned int i;

	for (i = 0; i < req->count; i++) {
		if (p + req->attr[i].len > end)
			return -EMSGSIZE;
		p = put_attr(p, &req->attr[i]);
	}
	*nlh = (struct nlmsghdr){
		.nlmsg_len = (uint32_t)(p - raw->out),
		.nlmsg_type = req->type ? req->type : t->family,
		.nlmsg_flags = NLM_F_REQUEST | req->flags,
		.nlmsg_seq = t->seq,
	};
	*genl = (struct genlmsghdr){
		.cmd = req->cmd,
		.version = GENL_ECHO_GENL_VERSION,
	};
	return send(t->fd, raw->out, nlh->nlmsg_len, 0) < 0 ? -errno : 0;
}

static int raw_recv(struct transport *t, reply_fn fn, void *arg)
{
	struct raw *raw = (struct raw *)t;
	struct reply reply;
	size_t at = 0;
	ssize_t n;
	int rc;

	/* MSG_TRUNC: the datagram's length, also when it doesn't fit. */
	n = recv(t->fd, raw->in, sizeof(raw->in), MSG_TRUNC);
	if (n < 0)
		return -errno;
	if ((size_t)n > sizeof(raw->in))
		return -EMSGSIZE;
	while ((rc = reply_next(raw->in, (size_t)n, &at, &reply)) > 0)
		fn(&reply, arg);
	return rc;
}

const struct transport_ops transport_raw = {
	.name = "raw",
	.open = raw_open,
	.send = raw_send,
	.recv = raw_recv,
	.close = raw_close,
};
