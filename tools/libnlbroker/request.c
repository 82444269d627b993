// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests and their answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "connection.h"

/* How often a request is sent whose answer finds no room. */
#define NLB_TRIES 20

/* No message takes less of a queue. */
#define NLB_LEAST 256

static const char nlb_text_lost[] =
	"the kernel's answer found no room in this connection's queue";
static const char nlb_text_backlog[] =
	"too many messages wait to be received on this connection";

struct nl_msg *nlb_request(enum nlbroker_cmd cmd, int flags, size_t size)
{
	struct nl_msg *msg =
		nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + size);

	if (msg && !genlmsg_put(msg, 0, 0, 0, 0, NLM_F_REQUEST | flags, cmd,
				NLBROKER_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

void nlb_stamp(struct nlbroker *broker, struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	/* 0 is what the kernel sends by itself. */
	if (!++broker->seq)
		broker->seq = 1;
	nlh->nlmsg_seq = broker->seq;
	nlh->nlmsg_pid = broker->portid;
	nlh->nlmsg_type = broker->family;
}

int nlb_send(struct nlbroker *broker, struct iovec *iov, size_t count)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };
	ssize_t n;

	n = count == 1 ? send(broker->fd, iov->iov_base, iov->iov_len, 0) :
			 sendmsg(broker->fd, &msg, 0);
	return n < 0 ? -errno : 0;
}

/* Reads what is there: bytes, 0 when there is nothing, or a negative errno. */
static int nlb_read(struct nlbroker *broker)
{
	ssize_t n;

	do
		n = recv(broker->fd, broker->answer, NLB_BUFFER,
			 MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n > NLB_BUFFER ? -EMSGSIZE : (int)n;
}

/* Keeps for nlbroker_receive() what isn't an answer. */
static int nlb_keep(struct nlbroker *broker, const void *data, size_t len)
{
	struct nlb_datagram *d = malloc(sizeof(*d) + len);

	if (!d)
		return -ENOMEM;
	d->next = NULL;
	d->len = len;
	memcpy(d->data, data, len);
	*broker->backlog_end = d;
	broker->backlog_end = &d->next;
	broker->backlog_bytes += sizeof(*d) + len;
	return 0;
}

/* The kernel says that an event was lost: so will nlbroker_receive(). */
static int nlb_keep_overrun(struct nlbroker *broker)
{
	static const struct nlmsghdr overrun = {
		.nlmsg_len = sizeof(overrun),
		.nlmsg_type = NLMSG_OVERRUN,
	};

	return broker->listening ? nlb_keep(broker, &overrun, sizeof(overrun)) :
				   0;
}

/**
 * struct nlb_wait - an answer that is awaited
 * @first: sequence number of the first request
 * @last: of the last
 * @fn: the caller's function, or NULL
 * @arg: the caller's
 * @read: datagrams since the request, or since the last part of its answer
 * @err: what nlb_await() will return
 * @done: the answer is there
 */
struct nlb_wait {
	uint32_t first;
	uint32_t last;
	nlb_answer_fn fn;
	void *arg;
	unsigned int read;
	int err;
	bool done;
};

static void nlb_refuse(struct nlbroker *broker, const struct nlb_header *header)
{
	broker->refused = true;
	strcpy(broker->text, header->text);
}

/* A part of the answer. */
static void nlb_answer(struct nlbroker *broker, struct nlb_wait *wait,
		       const struct nlmsghdr *nlh,
		       const struct nlb_header *header)
{
	bool last = nlh->nlmsg_seq == wait->last;
	int err = 0;

	wait->read = 0;
	if (header->error) {
		/* Of a batch, the first refusal's words are kept. */
		if (!broker->refused)
			nlb_refuse(broker, header);
		if (last)
			wait->err = header->error;
	}
	if (wait->fn && header->part != NLB_PART_DONE)
		err = wait->fn(nlh, header, wait->arg);
	if (err && !wait->err)
		wait->err = nlb_fail(broker, err, NULL);
	if (last)
		wait->done = !(nlh->nlmsg_flags & NLM_F_MULTI) ||
			     header->part != NLB_PART_FAMILY;
}

/* One message of the socket. Numbers of a batch may go past the highest. */
static void nlb_sort(struct nlbroker *broker, struct nlb_wait *wait,
		     const struct nlmsghdr *nlh)
{
	struct nlb_header header;
	int err;

	if (!nlh->nlmsg_seq) {
		err = nlb_keep(broker, nlh, nlh->nlmsg_len);
		if (err && !wait->err)
			wait->err = nlb_fail(broker, err, NULL);
		return;
	}
	/* To a request that was given up, or that wanted no answer. */
	if (nlh->nlmsg_seq - wait->first > wait->last - wait->first)
		return;
	if (nlb_parse_header(nlh, broker->family, &header)) {
		wait->err = nlb_fail(broker, -EBADMSG, NULL);
		wait->done = true;
	} else {
		nlb_answer(broker, wait, nlh, &header);
	}
}

/*
 * What is in the socket's queue; done or not. Whoever fills it as fast as this
 * reads doesn't keep it here: an answer has no more in front of it than a queue
 * can hold.
 */
static int nlb_drain(struct nlbroker *broker, struct nlb_wait *wait)
{
	unsigned int most = broker->rcvbuf / NLB_LEAST + 1;
	const struct nlmsghdr *nlh;
	const char *data;
	size_t len;
	int n;

	while (!wait->done && wait->read++ < most) {
		n = nlb_read(broker);
		if (n == -ENOBUFS) {
			n = nlb_keep_overrun(broker);
			if (!n)
				continue;
		}
		if (n <= 0)
			return n;
		data = broker->answer;
		len = (size_t)n;
		while ((nlh = nlb_next(&data, &len)))
			nlb_sort(broker, wait, nlh);
	}
	return 0;
}

int nlb_make_room(struct nlbroker *broker)
{
	/* No request has the number 0, and what has it is kept. */
	struct nlb_wait wait = { .first = 0, .last = 0 };
	int err;

	if (!broker->subscribed && !broker->listening)
		return 0;
	if (broker->backlog_bytes > NLB_BACKLOG_MAX)
		return nlb_fail(broker, -ENOBUFS, nlb_text_backlog);
	err = nlb_drain(broker, &wait);
	return err ? nlb_fail(broker, err, NULL) : wait.err;
}

int nlb_await(struct nlbroker *broker, uint32_t first, nlb_answer_fn fn,
	      void *arg)
{
	struct nlb_wait wait = {
		.first = first,
		.last = broker->seq,
		.fn = fn,
		.arg = arg,
	};
	int err = nlb_drain(broker, &wait);

	if (err)
		return nlb_fail(broker, err, NULL);
	if (!wait.done)
		return nlb_fail(broker, -ENOBUFS, nlb_text_lost);
	return wait.err;
}

static int nlb_ask_once(struct nlbroker *broker, struct nl_msg *msg,
			nlb_answer_fn fn, void *arg)
{
	struct iovec iov = { nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len };
	int err = nlb_make_room(broker);

	if (err)
		return err;
	nlb_stamp(broker, msg);
	err = nlb_send(broker, &iov, 1);
	if (err)
		return nlb_fail(broker, err, NULL);
	return nlb_await(broker, broker->seq, fn, arg);
}

/* The driver may have been unloaded, and loaded again under another number. */
static int nlb_ask_anew(struct nlbroker *broker, struct nl_msg *msg,
			nlb_answer_fn fn, void *arg)
{
	int err = nlb_ask_once(broker, msg, fn, arg);

	/* A message type that is nobody's; the family itself has words. */
	if (err != -ENOENT || !broker->refused || *broker->text)
		return err;
	nlb_fail(broker, 0, NULL);
	if (nlb_resolve(broker))
		return -ENODEV;
	return nlb_ask_once(broker, msg, fn, arg);
}

int nlb_ask(struct nlbroker *broker, struct nl_msg *msg, nlb_answer_fn fn,
	    void *arg)
{
	int err = -ENOBUFS, i;

	nlb_fail(broker, 0, NULL);
	if (!msg)
		return -ENOMEM;
	for (i = 0; i < NLB_TRIES && err == -ENOBUFS; i++) {
		nlb_fail(broker, 0, NULL);
		err = nlb_ask_anew(broker, msg, fn, arg);
		/* The kernel found no room for a reply, but for an error. */
		if (err == -EAGAIN)
			err = nlb_fail(broker, -ENOBUFS, nlb_text_lost);
		if (broker->backlog_bytes > NLB_BACKLOG_MAX)
			break;
	}
	nlmsg_free(msg);
	nlb_signal(broker);
	return err;
}
