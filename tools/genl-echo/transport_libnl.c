// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generic netlink by libnl-genl-3, which builds and takes apart the messages
 * and keeps the socket. Two things are not left to it: what an error says, as
 * it translates errnos into fewer numbers of its own and drops extack; and
 * sequence numbers, as it ends at a late reply.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "transport.h"

/**
 * struct libnl - a socket and the receive in progress
 * @t: what others see
 * @sk: the socket
 * @cb: the callbacks below
 * @fn: the caller's function for each message
 * @arg: the caller's
 * @bad: a message made no sense
 */
struct libnl {
	struct transport t;
	struct nl_sock *sk;
	struct nl_cb *cb;
	reply_fn fn;
	void *arg;
	bool bad;
};

static void reply_header(struct reply *reply, const struct nlmsghdr *nlh)
{
	memset(reply, 0, sizeof(*reply));
	reply->type = nlh->nlmsg_type;
	reply->flags = nlh->nlmsg_flags;
	reply->seq = nlh->nlmsg_seq;
}

/* A message of a family: its attributes, as libnl finds them. */
static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct libnl *l = arg;
	struct genlmsghdr *genl;
	struct nlattr *attr;
	struct reply reply;
	int left;

	reply_header(&reply, nlh);
	reply.kind = REPLY_MESSAGE;
	if (!genlmsg_valid_hdr(nlh, 0))
		goto bad;
	genl = genlmsg_hdr(nlh);
	reply.cmd = genl->cmd;
	reply.attrs = genlmsg_attrdata(genl, 0);
	reply.attrs_len = (size_t)genlmsg_attrlen(genl, 0);
	nla_for_each_attr(attr, genlmsg_attrdata(genl, 0),
			  genlmsg_attrlen(genl, 0), left);
	if (left > 0)
		goto bad;
	l->fn(&reply, l->arg);
	return NL_OK;

bad:
	l->bad = true;
	return NL_SKIP;
}

/* The end of a dump, or the kernel's word that something was lost. */
static int on_control(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct libnl *l = arg;
	struct reply reply;
	size_t at = 0;

	if (reply_next(nlh, nlh->nlmsg_len, &at, &reply) < 0)
		l->bad = true;
	else
		l->fn(&reply, l->arg);
	return NL_SKIP;
}

/* NLMSG_ERROR, an acknowledgement not included. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *nlh = (const void *)((char *)e - NLMSG_HDRLEN);
	struct libnl *l = arg;
	struct reply reply;

	(void)from;
	reply_header(&reply, nlh);
	if (reply_errormsg(nlh, nlh->nlmsg_len, &reply))
		l->bad = true;
	else
		l->fn(&reply, l->arg);
	return NL_SKIP;
}

static int on_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

/* What libnl has made of an errno, back to one. */
static int libnl_errno(int nlerr)
{
	switch (-nlerr) {
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_NOMEM: /* ENOMEM and ENOBUFS alike */
		return -ENOBUFS;
	case NLE_MSG_TRUNC:
	case NLE_MSGSIZE:
		return -EMSGSIZE;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

static void libnl_close(struct transport *t)
{
	struct libnl *l = (struct libnl *)t;

	nl_cb_put(l->cb);
	nl_socket_free(l->sk);
	free(l);
}

static int libnl_callbacks(struct libnl *l)
{
	l->cb = nl_cb_alloc(NL_CB_CUSTOM);
	if (!l->cb)
		return -ENOMEM;
	nl_cb_set(l->cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, l);
	nl_cb_set(l->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_control, l);
	nl_cb_set(l->cb, NL_CB_OVERRUN, NL_CB_CUSTOM, on_control, l);
	nl_cb_set(l->cb, NL_CB_ACK, NL_CB_CUSTOM, on_control, l);
	nl_cb_set(l->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, NULL);
	nl_cb_err(l->cb, NL_CB_CUSTOM, on_error, l);
	return 0;
}

static int libnl_connect(struct libnl *l, uint64_t timeout)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int err = genl_connect(l->sk);

	if (err)
		return libnl_errno(err);
	l->t.fd = nl_socket_get_fd(l->sk);
	/* No acknowledgement besides the reply, no look before each recvmsg(). */
	nl_socket_disable_auto_ack(l->sk);
	nl_socket_disable_msg_peek(l->sk);
	if (nl_socket_set_msg_buf_size(l->sk, TRANSPORT_BUFFER))
		return -ENOMEM;
	err = transport_setup(l->t.fd, timeout);
	if (!err &&
	    connect(l->t.fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		err = -errno;
	return err;
}

static struct transport *libnl_open(uint64_t timeout)
{
	struct libnl *l = calloc(1, sizeof(*l));
	int err = -ENOMEM;

	if (!l)
		return NULL;
	l->t.ops = &transport_libnl;
	l->sk = nl_socket_alloc();
	if (l->sk)
		err = libnl_callbacks(l);
	if (!err)
		err = libnl_connect(l, timeout);
	if (!err)
		return &l->t;
	if (l->cb)
		nl_cb_put(l->cb);
	nl_socket_free(l->sk);
	free(l);
	errno = -err;
	return NULL;
}

static struct nl_msg *libnl_message(const struct transport *t,
				    const struct request *req)
{
	size_t size = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nl_msg *msg;
	unsigned int i;

	for (i = 0; i < req->count; i++)
		size += (size_t)nla_total_size(req->attr[i].len);
	/* By size: libnl's default is a page, cleared. */
	msg = nlmsg_alloc_size(size);
	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, t->seq,
			 req->type ? req->type : t->family, 0,
			 NLM_F_REQUEST | req->flags, req->cmd,
			 GENL_ECHO_GENL_VERSION))
		goto err_free;
	for (i = 0; i < req->count; i++)
		if (nla_put(msg, req->attr[i].type, req->attr[i].len,
			    req->attr[i].data))
			goto err_free;
	return msg;

err_free:
	nlmsg_free(msg);
	return NULL;
}

static int libnl_send(struct transport *t, const struct request *req)
{
	struct libnl *l = (struct libnl *)t;
	struct nl_msg *msg = libnl_message(t, req);
	int rc;

	if (!msg)
		return -ENOMEM;
	rc = nl_send_auto(l->sk, msg);
	nlmsg_free(msg);
	return rc < 0 ? libnl_errno(rc) : 0;
}

static int libnl_recv(struct transport *t, reply_fn fn, void *arg)
{
	struct libnl *l = (struct libnl *)t;
	int rc;

	l->fn = fn;
	l->arg = arg;
	l->bad = false;
	rc = nl_recvmsgs(l->sk, l->cb);
	if (l->bad)
		return -EBADMSG;
	return rc < 0 ? libnl_errno(rc) : 0;
}

const struct transport_ops transport_libnl = {
	.name = "libnl",
	.open = libnl_open,
	.send = libnl_send,
	.recv = libnl_recv,
	.close = libnl_close,
};
