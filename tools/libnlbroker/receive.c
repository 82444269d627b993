// SPDX-License-Identifier: LGPL-2.1-or-later
/* Receiving: from the backlog, then from the socket, several at a time. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "connection.h"

#define NLB_NS_PER_MS 1000000LL
#define NLB_NS_PER_S 1000000000LL

/* Room for so many datagrams; nothing that is there is needed any more. */
static int nlb_slots_resize(struct nlb_slots *slots, unsigned int size)
{
	char *buffer;

	if (slots->size >= size)
		return 0;
	/* Memory that isn't touched costs none. */
	buffer = malloc((size_t)size * NLB_BUFFER);
	if (!buffer)
		return -ENOMEM;
	free(slots->buffer);
	slots->buffer = buffer;
	slots->size = size;
	return 0;
}

/* Reads a datagram: 1, 0 when there is none, or a negative errno. */
static int nlb_slots_read_one(struct nlbroker *broker, bool wait)
{
	struct nlb_slots *slots = &broker->slots;
	ssize_t n = recv(broker->fd, slots->buffer, NLB_BUFFER,
			 MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT));

	if (n < 0)
		return -errno;
	/* Longer than any that the family sends: none of ours. */
	slots->len[0] = n > NLB_BUFFER ? 0 : (size_t)n;
	return 1;
}

/* Reads what is there: how many datagrams, or a negative errno. */
static int nlb_slots_read_many(struct nlbroker *broker, bool wait)
{
	struct nlb_slots *slots = &broker->slots;
	struct mmsghdr msgs[NLB_SLOTS] = {};
	struct iovec iov[NLB_SLOTS];
	int i, n;

	for (i = 0; i < NLB_SLOTS; i++) {
		iov[i].iov_base = slots->buffer + (size_t)i * NLB_BUFFER;
		iov[i].iov_len = NLB_BUFFER;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(broker->fd, msgs, NLB_SLOTS,
		     wait ? MSG_WAITFORONE : MSG_DONTWAIT, NULL);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++)
		slots->len[i] = msgs[i].msg_hdr.msg_flags & MSG_TRUNC ?
					0 :
					msgs[i].msg_len;
	return n;
}

/* Reads what is there: how many datagrams, 0 for none, or a negative errno. */
static int nlb_slots_fill(struct nlbroker *broker, bool wait)
{
	struct nlb_slots *slots = &broker->slots;
	bool many = slots->run >= slots->patience &&
		    !nlb_slots_resize(slots, NLB_SLOTS);
	int n = nlb_slots_resize(slots, 1);

	slots->at = 0;
	slots->filled = 0;
	if (n)
		return n;
	n = many ? nlb_slots_read_many(broker, wait) :
		   nlb_slots_read_one(broker, wait);
	if (n < 0)
		return n == -EAGAIN ? 0 : n;
	slots->filled = (unsigned int)n;
	if (!many) {
		slots->run++;
	} else if (n == 1) {
		slots->run = 0;
		slots->patience = slots->patience < NLB_PATIENCE ?
					  2 * slots->patience + 1 :
					  NLB_PATIENCE;
	} else {
		slots->patience = 0;
	}
	return n;
}

/* Makes the next datagram that is in memory the current one. */
static bool nlb_datagram_next(struct nlbroker *broker)
{
	struct nlb_slots *slots = &broker->slots;
	struct nlb_datagram *d = broker->backlog;

	free(broker->current);
	broker->current = NULL;
	if (slots->at < slots->filled) {
		broker->rest = slots->buffer + (size_t)slots->at * NLB_BUFFER;
		broker->rest_len = slots->len[slots->at++];
		return true;
	}
	if (!d)
		return false;
	broker->backlog = d->next;
	if (!d->next)
		broker->backlog_end = &broker->backlog;
	broker->backlog_bytes -= sizeof(*d) + d->len;
	broker->current = d;
	broker->rest = d->data;
	broker->rest_len = d->len;
	return true;
}

/* What nlbroker_receive() says of a message: 1, 0 for nothing, or an errno. */
static int nlb_receive_one(struct nlbroker *broker, const struct nlmsghdr *nlh)
{
	struct nlbroker_message *message = &broker->message;
	struct nlb_header header;
	int err;

	/* Late answers, and those to requests that wanted none. */
	if (nlh->nlmsg_seq)
		return 0;
	err = nlb_parse_header(nlh, broker->family, &header);
	if (err)
		return err;
	if (header.part != NLB_PART_FAMILY)
		memset(message, 0, sizeof(*message));
	switch (header.part) {
	case NLB_PART_FAMILY:
		err = nlb_parse_message(nlh, message);
		/* Of a later version of the family, perhaps. */
		if (err == -ENOMSG)
			return 0;
		return err ? err : 1;
	case NLB_PART_OVERRUN:
		message->kind = NLBROKER_OVERRUN;
		return broker->listening;
	case NLB_PART_UNLOADED:
		message->kind = NLBROKER_UNLOADED;
		return broker->listening;
	default:
		return 0;
	}
}

/* The next one in memory; 0 when there is none. */
static int nlb_receive_memory(struct nlbroker *broker)
{
	const struct nlmsghdr *nlh;
	int rc;

	do {
		while ((nlh = nlb_next(&broker->rest, &broker->rest_len))) {
			rc = nlb_receive_one(broker, nlh);
			if (rc)
				return rc;
		}
	} while (nlb_datagram_next(broker));
	return 0;
}

static int64_t nlb_deadline(int timeout)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NLB_NS_PER_S + ts.tv_nsec +
	       timeout * NLB_NS_PER_MS;
}

/* Waits until there is something to read: 1, 0 when time is over, or an errno. */
static int nlb_wait_until(const struct nlbroker *broker, int64_t deadline)
{
	struct pollfd pfd = { .fd = broker->fd, .events = POLLIN };
	int64_t left = deadline - nlb_deadline(0);
	struct timespec ts = {
		.tv_sec = left / NLB_NS_PER_S,
		.tv_nsec = left % NLB_NS_PER_S,
	};

	if (left <= 0)
		return 0;
	return ppoll(&pfd, 1, &ts, NULL) < 0 ? -errno : 1;
}

/* Receives what isn't in memory. */
static int nlb_receive_socket(struct nlbroker *broker, int timeout)
{
	int64_t deadline = timeout > 0 ? nlb_deadline(timeout) : 0;
	int rc;

	for (;;) {
		rc = nlb_slots_fill(broker, timeout < 0);
		if (rc == -ENOBUFS && broker->listening) {
			memset(&broker->message, 0, sizeof(broker->message));
			broker->message.kind = NLBROKER_OVERRUN;
			return 1;
		}
		if (rc < 0)
			return rc;
		if (rc > 0) {
			rc = nlb_receive_memory(broker);
			if (rc)
				return rc;
			continue;
		}
		if (!timeout)
			return 0;
		rc = nlb_wait_until(broker, deadline);
		if (rc <= 0)
			return rc;
	}
}

int nlbroker_receive(struct nlbroker *broker,
		     const struct nlbroker_message **message, int timeout)
{
	int rc;

	nlb_fail(broker, 0, NULL);
	rc = nlb_receive_memory(broker);
	if (!rc)
		rc = nlb_receive_socket(broker, timeout);
	*message = rc > 0 ? &broker->message : NULL;
	nlb_signal(broker);
	return rc;
}
