// SPDX-License-Identifier: LGPL-2.1-or-later
/* Connections come and go, and what there is to know and to set of one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>

#include "connection.h"

/* Needed in a program that was built on an older system, too. */
#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

int nlb_fail(struct nlbroker *broker, int error, const char *text)
{
	broker->refused = false;
	/* Mostly there are none. */
	if (text)
		strcpy(broker->text, text);
	else
		broker->text[0] = '\0';
	return error;
}

/* What libnl has made of an errno, back to one. */
static int nlb_errno(int nlerr)
{
	switch (-nlerr) {
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_NOMEM: /* ENOMEM and ENOBUFS alike */
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	case NLE_INTR:
		return -EINTR;
	case NLE_EXIST:
	case NLE_BUSY:
		return -EADDRINUSE;
	default:
		return -EIO;
	}
}

/*
 * The number of the family, or of a group of it. Over a socket of its own: in
 * the queue of the connection's may be what libnl wouldn't expect.
 */
static int nlb_lookup(const char *group)
{
	struct nl_sock *sk = nl_socket_alloc();
	int n;

	if (!sk)
		return -ENOMEM;
	n = genl_connect(sk);
	if (!n)
		n = group ? genl_ctrl_resolve_grp(sk, NLBROKER_GENL_NAME,
						  group) :
			    genl_ctrl_resolve(sk, NLBROKER_GENL_NAME);
	nl_socket_free(sk);
	return n < 0 ? nlb_errno(n) : n;
}

int nlb_resolve(struct nlbroker *broker)
{
	int id = nlb_lookup(NULL);

	if (id < 0)
		return id;
	broker->family = (uint16_t)id;
	return 0;
}

static int nlb_option(const struct nlbroker *broker, int option, int value)
{
	return setsockopt(broker->fd, SOL_NETLINK, option, &value,
			  sizeof(value)) ?
		       -errno :
		       0;
}

/*
 * A socket of our own making: libnl gives its sockets a third of the usual
 * room, which is for requests, not for messages.
 */
static int nlb_socket(struct nlbroker *broker)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(addr);

	broker->fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	/* Connected: nobody but the kernel can send to it. */
	if (broker->fd < 0 ||
	    connect(broker->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(broker->fd, (struct sockaddr *)&addr, &len))
		return -errno;
	broker->portid = addr.nl_pid;
	return 0;
}

static int nlb_setup(struct nlbroker *broker)
{
	socklen_t len = sizeof(int);
	int err, bytes;

	err = nlb_socket(broker);
	if (err)
		return err;
	/*
	 * Losses are told by messages, an error besides would only be in the
	 * way. Answers needn't repeat what was asked.
	 */
	err = nlb_option(broker, NETLINK_EXT_ACK, 1);
	if (!err)
		err = nlb_option(broker, NETLINK_CAP_ACK, 1);
	if (!err)
		err = nlb_option(broker, NETLINK_NO_ENOBUFS, 1);
	if (err)
		return err;
	if (getsockopt(broker->fd, SOL_SOCKET, SO_SNDBUF, &bytes, &len))
		return -errno;
	broker->sndbuf = (size_t)bytes;
	if (getsockopt(broker->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len))
		return -errno;
	broker->rcvbuf = (unsigned int)bytes;
	return nlb_resolve(broker);
}

int nlbroker_open(struct nlbroker **broker)
{
	struct nlbroker *b = calloc(1, sizeof(*b));
	int err;

	*broker = NULL;
	if (!b)
		return -ENOMEM;
	b->fd = -1;
	b->epoll_fd = -1;
	b->event_fd = -1;
	b->backlog_end = &b->backlog;
	b->slots.patience = 1;
	b->answer = malloc(NLB_BUFFER);
	err = b->answer ? nlb_setup(b) : -ENOMEM;
	if (err) {
		nlbroker_close(b);
		return err;
	}
	b->seed = b->portid ^ (unsigned int)time(NULL);
	*broker = b;
	return 0;
}

void nlbroker_close(struct nlbroker *broker)
{
	struct nlb_datagram *d;
	int i;

	if (!broker)
		return;
	if (broker->epoll_fd >= 0)
		close(broker->epoll_fd);
	if (broker->event_fd >= 0)
		close(broker->event_fd);
	if (broker->fd >= 0)
		close(broker->fd);
	while ((d = broker->backlog)) {
		broker->backlog = d->next;
		free(d);
	}
	for (i = 0; i < NLB_BATCH; i++)
		nlmsg_free(broker->spare[i]);
	nlmsg_free(broker->group);
	free(broker->current);
	free(broker->slots.buffer);
	free(broker->answer);
	free(broker);
}

const char *nlbroker_error(const struct nlbroker *broker)
{
	return broker->text;
}

bool nlbroker_refused(const struct nlbroker *broker)
{
	return broker->refused;
}

uint32_t nlbroker_portid(const struct nlbroker *broker)
{
	return broker->portid;
}

void nlb_signal(struct nlbroker *broker)
{
	bool waits = broker->rest_len || broker->backlog ||
		     broker->slots.at < broker->slots.filled;
	uint64_t n = 1;

	if (broker->event_fd < 0 || waits == broker->signalled)
		return;
	/* Neither can fail: the counter is 0 or 1. */
	if (waits)
		broker->signalled = write(broker->event_fd, &n, sizeof(n)) > 0;
	else
		broker->signalled = read(broker->event_fd, &n, sizeof(n)) <= 0;
}

int nlbroker_fd(struct nlbroker *broker)
{
	struct epoll_event event = { .events = EPOLLIN };
	int err;

	if (broker->epoll_fd >= 0)
		return broker->epoll_fd;
	broker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	broker->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (broker->epoll_fd < 0 || broker->event_fd < 0 ||
	    epoll_ctl(broker->epoll_fd, EPOLL_CTL_ADD, broker->fd, &event) ||
	    epoll_ctl(broker->epoll_fd, EPOLL_CTL_ADD, broker->event_fd,
		      &event))
		goto err;
	nlb_signal(broker);
	return broker->epoll_fd;

err:
	err = -errno;
	if (broker->epoll_fd >= 0)
		close(broker->epoll_fd);
	if (broker->event_fd >= 0)
		close(broker->event_fd);
	broker->epoll_fd = -1;
	broker->event_fd = -1;
	return nlb_fail(broker, err, NULL);
}

int nlbroker_set_queue(struct nlbroker *broker, int bytes)
{
	socklen_t len = sizeof(bytes);
	/* The kernel doubles what it is told, and returns that. */
	int half = bytes / 2;

	if (setsockopt(broker->fd, SOL_SOCKET, SO_RCVBUFFORCE, &half,
		       sizeof(half)) &&
	    setsockopt(broker->fd, SOL_SOCKET, SO_RCVBUF, &half, sizeof(half)))
		return nlb_fail(broker, -errno, NULL);
	if (getsockopt(broker->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len))
		return nlb_fail(broker, -errno, NULL);
	broker->rcvbuf = (unsigned int)bytes;
	return bytes;
}

int nlbroker_listen(struct nlbroker *broker)
{
	/* Its group has its own number; it tells when a family leaves. */
	static const int controller = GENL_ID_CTRL;
	int group, err;

	group = nlb_lookup(NLBROKER_MCGRP_EVENTS);
	if (group < 0)
		return nlb_fail(broker, group == -ENOENT ? -ENODEV : group,
				NULL);
	err = nlb_option(broker, NETLINK_ADD_MEMBERSHIP, group);
	if (!err)
		err = nlb_option(broker, NETLINK_ADD_MEMBERSHIP, controller);
	/* Events have no numbers: an error is all that tells of lost ones. */
	if (!err)
		err = nlb_option(broker, NETLINK_NO_ENOBUFS, 0);
	if (err)
		return nlb_fail(broker, err, NULL);
	broker->listening = true;
	return 0;
}
