// SPDX-License-Identifier: GPL-2.0-or-later
/* What both transports have in common. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/genetlink.h>

#include "transport.h"

/**
 * struct call - a request that waits for its answer
 * @t: the socket
 * @fn: the caller's function for each message, or NULL
 * @arg: the caller's
 * @rc: what transport_call() will return
 * @done: the answer is complete
 */
struct call {
	struct transport *t;
	reply_fn fn;
	void *arg;
	int rc;
	bool done;
};

int transport_setup(int fd, uint64_t timeout)
{
	/* SO_RCVTIMEO counts in us, and 0 would be for ever. */
	uint64_t us = timeout ? timeout / 1000 + !(timeout / 1000) : 0;
	struct timeval tv = {
		.tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000),
	};
	int on = 1;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		return -errno;
	if (us && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		return -errno;
	return 0;
}

int transport_join(struct transport *t, uint32_t group)
{
	if (setsockopt(t->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return -errno;
	return 0;
}

/* The reply is gone soon: keep what it says. */
static void keep_refusal(struct refusal *refused, const struct reply *reply)
{
	size_t len = reply->text_len;

	if (len >= sizeof(refused->text))
		len = sizeof(refused->text) - 1;
	refused->error = reply->error;
	refused->offset = reply->offset;
	refused->missing = reply->missing;
	if (len)
		memcpy(refused->text, reply->text, len);
	refused->text[len] = 0;
}

static void call_end(struct call *call, const struct reply *reply)
{
	call->done = true;
	if (reply->error) {
		keep_refusal(&call->t->refused, reply);
		call->rc = TRANSPORT_REFUSED;
	}
}

static void call_lost(struct call *call)
{
	call->done = true;
	call->rc = -ENOBUFS;
}

static void call_reply(const struct reply *reply, void *arg)
{
	struct call *call = arg;

	/* To a request that was given up, or to none. */
	if (reply->seq != call->t->seq || call->done) {
		if (reply->kind == REPLY_OVERRUN)
			call_lost(call);
		else
			call->t->late++;
		return;
	}
	switch (reply->kind) {
	case REPLY_MESSAGE:
		if (call->fn)
			call->fn(reply, call->arg);
		call->done = !(reply->flags & NLM_F_MULTI);
		break;
	case REPLY_ERROR:
	case REPLY_DONE:
		call_end(call, reply);
		break;
	case REPLY_OVERRUN:
		call_lost(call);
		break;
	case REPLY_NOOP:
		break;
	}
}

int transport_call(struct transport *t, const struct request *req, reply_fn fn,
		   void *arg)
{
	struct call call = { .t = t, .fn = fn, .arg = arg };
	int err;

	t->seq++;
	err = t->ops->send(t, req);
	while (!err && !call.done)
		err = t->ops->recv(t, call_reply, &call);
	return err ? err : call.rc;
}

static void find_reply(const struct reply *reply, void *arg)
{
	struct transport *t = arg;
	uint64_t id;

	if (reply->type != GENL_ID_CTRL ||
	    !reply_uint(reply, CTRL_ATTR_FAMILY_ID, sizeof(uint16_t), &id))
		return;
	t->family = (uint16_t)id;
	t->events = reply_group(reply, GENL_ECHO_MCGRP_EVENTS);
}

int transport_find(struct transport *t, const char *name)
{
	struct request req = { .type = GENL_ID_CTRL,
			       .cmd = CTRL_CMD_GETFAMILY };
	int rc;

	request_add(&req, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	rc = transport_call(t, &req, find_reply, t);
	if (!rc && !t->family)
		rc = -EBADMSG;
	return rc;
}
