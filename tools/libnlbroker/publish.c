// SPDX-License-Identifier: LGPL-2.1-or-later
/* Publishing: one message, one that waits for room, many at once. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "connection.h"

/* Longer payloads stay where they are. */
#define NLB_PAYLOAD_COPIED 512

/* The first pause of a publisher that waits, and the longest, in ns. */
#define NLB_PAUSE_FIRST 200000
#define NLB_PAUSE_MOST 16000000

#define NLB_NS_PER_S 1000000000LL

/* What a message can be besides what nlbroker_flags say. */
#define NLB_ECHO (1 << 16)
#define NLB_HOLD (1 << 17)

static const char nlb_text_long[] = "payload is longer than 61440 bytes";
static const char nlb_text_flags[] =
	"a flag that this function does not know is set";
static const char nlb_text_published[] =
	"the message was published, and the answer found no room in this connection's queue";

/**
 * struct nlb_ports - who had no room
 * @list: their ports, ascending
 * @num: how many
 */
struct nlb_ports {
	uint32_t *list;
	size_t num;
};

/*
 * The payload ends a message. A long one stays where it is, and only its
 * attribute's header is in the message.
 */
static bool nlb_publish_whole(const struct nlbroker_outgoing *out)
{
	return out->len <= NLB_PAYLOAD_COPIED;
}

/* The topic comes first; a request that had the same one last time has it still. */
static int nlb_publish_topic(struct nl_msg *msg, const char *topic)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct nlattr *old = nlmsg_attrdata(nlh, GENL_HDRLEN);
	bool filled = nlh->nlmsg_len > NLMSG_HDRLEN + GENL_HDRLEN;

	nlh->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	if (!filled || strcmp(nla_data(old), topic) != 0)
		return nla_put(msg, NLBROKER_A_TOPIC, (int)strlen(topic) + 1,
			       topic);
	nlh->nlmsg_len += NLA_ALIGN(old->nla_len);
	return 0;
}

/* Writes a PUBLISH over what the message had. */
static int nlb_publish_fill(struct nl_msg *msg,
			    const struct nlbroker_outgoing *out,
			    const struct nlb_ports *only, int nlflags)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr payload = {
		.nla_len = (uint16_t)(NLA_HDRLEN + out->len),
		.nla_type = NLBROKER_A_PAYLOAD,
	};
	int err;

	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | nlflags);
	if (out->flags & NLB_ECHO)
		nlh->nlmsg_flags |= NLM_F_ECHO;
	err = nlb_publish_topic(msg, out->topic);
	if (!err && (out->flags & NLBROKER_RETAIN))
		err = nla_put_flag(msg, NLBROKER_A_RETAIN);
	if (!err && (out->flags & NLB_HOLD))
		err = nla_put_flag(msg, NLBROKER_A_HOLD);
	if (!err && only)
		err = nla_put(msg, NLBROKER_A_ONLY,
			      (int)(only->num * sizeof(*only->list)),
			      only->list);
	if (!err && nlb_publish_whole(out))
		err = nla_put(msg, NLBROKER_A_PAYLOAD, (int)out->len,
			      out->payload);
	else if (!err)
		err = nlmsg_append(msg, &payload, sizeof(payload), 0);
	if (err)
		return -ENOMEM;
	if (!nlb_publish_whole(out))
		nlh->nlmsg_len += NLA_ALIGN(out->len);
	return 0;
}

/* A message to be filled; kept, as there will be another one. */
static struct nl_msg *nlb_publish_spare(struct nlbroker *broker, size_t i)
{
	if (!broker->spare[i])
		broker->spare[i] = nlb_request(
			NLBROKER_CMD_PUBLISH, 0,
			(size_t)nla_total_size(NLBROKER_TOPIC_MAX + 1) +
				(size_t)nla_total_size(NLB_PAYLOAD_COPIED) +
				(size_t)3 * NLA_HDRLEN);
	return broker->spare[i];
}

/* Adds the parts of a message to a vector. Returns how many there are. */
static size_t nlb_publish_iov(struct nl_msg *msg,
			      const struct nlbroker_outgoing *out,
			      struct iovec *iov)
{
	static char zeros[NLA_ALIGNTO];
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	size_t padded = NLA_ALIGN(out->len), n = 0;

	if (nlb_publish_whole(out))
		padded = 0;
	iov[n++] = (struct iovec){ nlh, nlh->nlmsg_len - padded };
	if (padded)
		iov[n++] = (struct iovec){ (void *)out->payload, out->len };
	if (padded > out->len)
		iov[n++] = (struct iovec){ zeros, padded - out->len };
	return n;
}

static int nlb_publish_check(struct nlbroker *broker,
			     const struct nlbroker_outgoing *out,
			     unsigned int allowed)
{
	nlb_fail(broker, 0, NULL);
	if (out->flags & ~allowed)
		return nlb_fail(broker, -EINVAL, nlb_text_flags);
	if (out->len > NLBROKER_PAYLOAD_MAX)
		return nlb_fail(broker, -EMSGSIZE, nlb_text_long);
	/* More than one attribute holds would be cut off. */
	if (strlen(out->topic) > NLBROKER_TOPIC_MAX)
		return nlb_fail(broker, -EINVAL,
				nlbroker_topic_fault(out->topic, false));
	return 0;
}

/* The driver was unloaded: is it there again? */
static bool nlb_publish_again(struct nlbroker *broker, int *err)
{
	if (*err != -ENOENT || !broker->refused || *broker->text)
		return false;
	nlb_fail(broker, 0, NULL);
	*err = nlb_resolve(broker) ? -ENODEV : 0;
	return !*err;
}

static int nlb_publish_send(struct nlbroker *broker,
			    const struct nlbroker_outgoing *out,
			    const struct nlb_ports *only, int nlflags)
{
	struct nl_msg *msg, *own = NULL;
	struct iovec iov[3];
	int err = -ENOMEM;

	/* A list of ports can have any length. */
	if (only)
		own = nlb_request(NLBROKER_CMD_PUBLISH, 0,
				  NLBROKER_TOPIC_MAX + NLB_PAYLOAD_COPIED +
					  only->num * sizeof(*only->list) + 64);
	msg = only ? own : nlb_publish_spare(broker, 0);
	if (msg)
		err = nlb_publish_fill(msg, out, only, nlflags);
	if (!err) {
		nlb_stamp(broker, msg);
		err = nlb_send(broker, iov, nlb_publish_iov(msg, out, iov));
	}
	nlmsg_free(own);
	return err ? nlb_fail(broker, err, NULL) : 0;
}

/* Sends it and waits for the answer. */
static int nlb_publish_once(struct nlbroker *broker,
			    const struct nlbroker_outgoing *out,
			    const struct nlb_ports *only, nlb_answer_fn fn,
			    void *arg)
{
	int err, again = 0;

	do {
		err = nlb_make_room(broker);
		if (!err)
			err = nlb_publish_send(broker, out, only,
					       fn ? 0 : NLM_F_ACK);
		if (!err)
			err = nlb_await(broker, broker->seq, fn, arg);
	} while (!again++ && nlb_publish_again(broker, &err));
	/* That much the kernel has said. */
	if (err == -EAGAIN && broker->refused)
		err = nlb_fail(broker, -ENOBUFS, nlb_text_published);
	return err;
}

int nlbroker_publish(struct nlbroker *broker, const char *topic,
		     const void *payload, size_t len, unsigned int flags)
{
	const struct nlbroker_outgoing out = {
		.topic = topic,
		.payload = payload,
		.len = len,
		.flags = flags,
	};
	int err = nlb_publish_check(broker, &out,
				    NLBROKER_RETAIN | NLBROKER_NO_ACK);

	if (err)
		return err;
	if (flags & NLBROKER_NO_ACK)
		return nlb_publish_send(broker, &out, NULL, 0);
	err = nlb_publish_once(broker, &out, NULL, NULL, NULL);
	nlb_signal(broker);
	return err;
}

/**
 * struct nlb_try - an attempt to publish
 * @counts: what the kernel says of it
 * @ports: who was full, and won't lose the message
 */
struct nlb_try {
	struct nlbroker_counts counts;
	struct nlb_ports ports;
};

static int nlb_try_answer(const struct nlmsghdr *nlh,
			  const struct nlb_header *header, void *arg)
{
	struct nlb_try *try = arg;
	const void *list;
	int err;

	if (header->part != NLB_PART_FAMILY)
		return 0;
	/* One is all that there is; of two, the last. */
	free(try->ports.list);
	try->ports.list = NULL;
	err = nlb_parse_counts(nlh, &try->counts, &list, &try->ports.num);
	if (err || !try->ports.num)
		return err;
	try->ports.list = malloc(try->ports.num * sizeof(*try->ports.list));
	if (!try->ports.list)
		return -ENOMEM;
	memcpy(try->ports.list, list,
	       try->ports.num * sizeof(*try->ports.list));
	return 0;
}

static int64_t nlb_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NLB_NS_PER_S + ts.tv_nsec;
}

/*
 * A pause of about so long: publishers that wait for the same subscriber don't
 * come back together. False when a signal was caught, of those that the mask
 * lets through; also one that came before the pause, and was blocked.
 */
static bool nlb_pause(struct nlbroker *broker, int64_t about, int64_t left,
		      const sigset_t *mask)
{
	int64_t ns = about / 2 + (int64_t)rand_r(&broker->seed) % about;
	struct timespec ts;

	if (ns > left)
		ns = left;
	ts.tv_sec = ns / NLB_NS_PER_S;
	ts.tv_nsec = ns % NLB_NS_PER_S;
	return !ppoll(NULL, 0, &ts, mask);
}

/*
 * To those who had no room, until they have it. The last time, they lose it.
 * What has been said of the message before is added to.
 */
static int nlb_publish_rest(struct nlbroker *broker,
			    struct nlbroker_outgoing *out, int64_t until,
			    const sigset_t *mask, struct nlb_ports *ports,
			    struct nlbroker_counts *counts)
{
	int64_t about = NLB_PAUSE_FIRST, left;
	bool last = false;
	int err = 0;

	/* It is kept already, if it is to be. */
	out->flags &= ~(unsigned int)NLBROKER_RETAIN;
	while (!err && ports->num) {
		struct nlb_try try = {};

		left = until - nlb_now();
		last = left <= 0 || !nlb_pause(broker, about, left, mask);
		if (last)
			out->flags &= ~(unsigned int)NLB_HOLD;
		err = nlb_publish_once(broker, out, ports, nlb_try_answer,
				       &try);
		free(ports->list);
		*ports = try.ports;
		counts->delivered += try.counts.delivered;
		counts->full += try.counts.full - ports->num;
		if (about < NLB_PAUSE_MOST)
			about *= 2;
	}
	return err;
}

int nlbroker_publish_wait(struct nlbroker *broker, const char *topic,
			  const void *payload, size_t len, unsigned int flags,
			  int timeout, struct nlbroker_counts *counts)
{
	struct nlbroker_outgoing out = {
		.topic = topic,
		.payload = payload,
		.len = len,
		.flags = flags,
	};
	int64_t until = timeout < 0 ? INT64_MAX :
				      nlb_now() + timeout * 1000000LL;
	struct nlb_try try = {};
	sigset_t all, mask;
	int err = nlb_publish_check(broker, &out, NLBROKER_RETAIN);

	if (err)
		return err;
	out.flags |= NLB_ECHO | (timeout ? NLB_HOLD : 0);
	/* A signal is to end a pause, whenever it comes. */
	if (timeout) {
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, &mask);
	}
	err = nlb_publish_once(broker, &out, NULL, nlb_try_answer, &try);
	if (!err) {
		try.counts.full -= try.ports.num;
		err = nlb_publish_rest(broker, &out, until, &mask, &try.ports,
				       &try.counts);
	}
	if (timeout)
		sigprocmask(SIG_SETMASK, &mask, NULL);
	free(try.ports.list);
	if (counts)
		*counts = try.counts;
	nlb_signal(broker);
	return err;
}

/**
 * struct nlb_batch - messages of one sendmsg()
 * @messages: the caller's
 * @count: how many of them
 * @first: sequence number of the first request; the others follow
 * @group: there is one request for all
 * @singly: so many were refused as a group: which of them is it about?
 */
struct nlb_batch {
	struct nlbroker_outgoing *messages;
	size_t count;
	uint32_t first;
	bool group;
	size_t singly;
};

/* One of them was refused, or the last one acknowledged. */
static int nlb_batch_answer(const struct nlmsghdr *nlh,
			    const struct nlb_header *header, void *arg)
{
	struct nlb_batch *batch = arg;
	uint32_t i = nlh->nlmsg_seq - batch->first;

	/* When the numbers begin anew, they leave out 0. */
	if (nlh->nlmsg_seq < batch->first)
		i--;
	batch->messages[i].error = header->error;
	return 0;
}

/* Can these two be in one request? What is to be kept is judged one by one. */
static bool nlb_joins(const struct nlbroker_outgoing *a,
		      const struct nlbroker_outgoing *b)
{
	return !a->flags && !b->flags &&
	       (a->topic == b->topic || !strcmp(a->topic, b->topic));
}

/* How many of the first, one or more, one request can have. */
static size_t nlb_group_count(const struct nlbroker *broker,
			      const struct nlbroker_outgoing *messages,
			      size_t count)
{
	size_t n, payloads = 0, bytes = NLBROKER_TOPIC_MAX + 64;

	for (n = 0; n < count && n < NLBROKER_BATCH_MAX; n++) {
		/* Before it is added up: a caller's length can be anything. */
		if (messages[n].len > NLBROKER_PAYLOAD_MAX - payloads ||
		    !nlb_joins(messages, &messages[n]))
			break;
		payloads += messages[n].len;
		bytes += (size_t)nla_total_size((int)messages[n].len);
		if (bytes > broker->sndbuf)
			break;
	}
	return n ? n : 1;
}

/* One request for several messages to the same topic. */
static int nlb_group_fill(struct nlbroker *broker, struct nlb_batch *batch,
			  struct iovec *iov)
{
	struct nl_msg *msg;
	size_t i;
	int err = nlb_publish_check(broker, batch->messages, 0);

	if (err)
		return err;
	if (!broker->group)
		broker->group = nlb_request(
			NLBROKER_CMD_PUBLISH, NLM_F_ACK,
			(size_t)nla_total_size(NLBROKER_TOPIC_MAX + 1) +
				NLBROKER_PAYLOAD_MAX +
				(size_t)NLBROKER_BATCH_MAX *
					(NLA_HDRLEN + NLA_ALIGNTO));
	msg = broker->group;
	if (!msg)
		return nlb_fail(broker, -ENOMEM, NULL);
	err = nlb_publish_topic(msg, batch->messages->topic);
	for (i = 0; i < batch->count && !err; i++) {
		batch->messages[i].error = 0;
		err = nla_put(msg, NLBROKER_A_PAYLOAD,
			      (int)batch->messages[i].len,
			      batch->messages[i].payload);
	}
	if (err)
		return nlb_fail(broker, -ENOMEM, NULL);
	nlb_stamp(broker, msg);
	batch->first = broker->seq;
	iov->iov_base = nlmsg_hdr(msg);
	iov->iov_len = nlmsg_hdr(msg)->nlmsg_len;
	return 0;
}

/* Requests for one message each, as many as fit, and a vector of them. */
static int nlb_batch_fill(struct nlbroker *broker, struct nlb_batch *batch,
			  size_t count, struct iovec *iov, size_t *iov_num)
{
	struct nl_msg *msg = NULL;
	size_t bytes = 0;
	int err = 0;

	*iov_num = 0;
	batch->count = 0;
	while (batch->count < count && batch->count < NLB_BATCH) {
		struct nlbroker_outgoing *out = &batch->messages[batch->count];

		err = nlb_publish_check(broker, out, NLBROKER_RETAIN);
		/* Netlink takes a little less than what the buffer has. */
		bytes += out->len + NLBROKER_TOPIC_MAX + 64;
		if (err || (batch->count && bytes > broker->sndbuf))
			break;
		if (!batch->singly && batch->count &&
		    batch->count + 1 < count && nlb_joins(out, out + 1))
			break;
		msg = nlb_publish_spare(broker, batch->count);
		err = msg ? nlb_publish_fill(msg, out, NULL, 0) : -ENOMEM;
		if (err) {
			nlb_fail(broker, err, NULL);
			break;
		}
		nlb_stamp(broker, msg);
		if (!batch->count)
			batch->first = broker->seq;
		out->error = 0;
		*iov_num += nlb_publish_iov(msg, out, iov + *iov_num);
		batch->count++;
	}
	if (!batch->count)
		return err;
	/* The last one's acknowledgement ends the wait. */
	msg = broker->spare[batch->count - 1];
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_ACK;
	return 0;
}

/* Sends a batch and sees what becomes of each. */
static int nlb_batch_send(struct nlbroker *broker, struct nlb_batch *batch,
			  struct iovec *iov, size_t iov_num)
{
	int err = nlb_send(broker, iov, iov_num);
	size_t i;

	nlb_fail(broker, err, NULL);
	if (!err)
		err = nlb_await(broker, batch->first, nlb_batch_answer, batch);
	/* Refusals are in their places; anything else is about all of them. */
	if (err && (batch->group || !broker->refused))
		for (i = 0; i < batch->count; i++)
			batch->messages[i].error = err;
	for (i = 0; i < batch->count; i++)
		if (batch->messages[i].error)
			return batch->messages[i].error;
	return 0;
}

/* Publishes some from the start of the list; batch->count says how many. */
static int nlb_batch_run(struct nlbroker *broker, struct nlb_batch *batch,
			 size_t count)
{
	struct iovec iov[3 * NLB_BATCH];
	int err, again = 0;
	size_t iov_num, i;

	batch->count = batch->singly ?
			       1 :
			       nlb_group_count(broker, batch->messages, count);
	batch->group = batch->count > 1;
	if (batch->singly)
		count = batch->singly;
	do {
		iov_num = 1;
		err = nlb_make_room(broker);
		if (!err)
			err = batch->group ?
				      nlb_group_fill(broker, batch, iov) :
				      nlb_batch_fill(broker, batch, count, iov,
						     &iov_num);
		if (err) {
			/* That is about the first one. */
			batch->count = 1;
			batch->group = false;
			batch->messages->error = err;
			return err;
		}
		err = nlb_batch_send(broker, batch, iov, iov_num);
	} while (!again++ && nlb_publish_again(broker, &err));
	if (err == -ENODEV)
		for (i = 0; i < batch->count; i++)
			batch->messages[i].error = err;
	return err;
}

int nlbroker_publish_many(struct nlbroker *broker,
			  struct nlbroker_outgoing *messages, size_t count)
{
	struct nlb_batch batch = { .messages = messages };
	char text[sizeof(broker->text)] = "";
	bool refused = false;
	int err, first = 0;

	while (count) {
		nlb_fail(broker, 0, NULL);
		err = nlb_batch_run(broker, &batch, count);
		if (err && batch.group && broker->refused) {
			batch.singly = batch.count;
			continue;
		}
		if (err && !first) {
			/* Its words, though later ones may go well. */
			first = err;
			refused = broker->refused;
			strcpy(text, broker->text);
		}
		batch.messages += batch.count;
		batch.singly -= batch.singly ? batch.count : 0;
		count -= batch.count;
	}
	nlb_fail(broker, first, text);
	broker->refused = refused;
	nlb_signal(broker);
	return first;
}
