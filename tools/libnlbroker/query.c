// SPDX-License-Identifier: LGPL-2.1-or-later
/* What there is: peers, topics, values, limits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "connection.h"

/* How often a dump is asked for that isn't of one moment. */
#define NLB_DUMP_TRIES 4

/**
 * struct nlb_dump - a dump, whole
 * @bytes: its messages, one behind the other
 * @len: bytes of them
 * @size: bytes allocated
 * @seq: sequence number of the request they answer
 * @changed: what it is of has changed meanwhile
 */
struct nlb_dump {
	char *bytes;
	size_t len;
	size_t size;
	uint32_t seq;
	bool changed;
};

static int nlb_dump_add(const struct nlmsghdr *nlh,
			const struct nlb_header *header, void *arg)
{
	struct nlb_dump *dump = arg;
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);
	char *bytes;

	if (header->part != NLB_PART_FAMILY)
		return 0;
	/* It was asked for again: what came first is of no use. */
	if (nlh->nlmsg_seq != dump->seq) {
		dump->seq = nlh->nlmsg_seq;
		dump->len = 0;
		dump->changed = false;
	}
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		dump->changed = true;
	if (dump->len + len > dump->size) {
		size_t size = 2 * (dump->len + len);

		bytes = realloc(dump->bytes, size);
		if (!bytes)
			return -ENOMEM;
		dump->bytes = bytes;
		dump->size = size;
	}
	memset(dump->bytes + dump->len + len - NLMSG_ALIGNTO, 0, NLMSG_ALIGNTO);
	memcpy(dump->bytes + dump->len, nlh, nlh->nlmsg_len);
	dump->len += len;
	return 0;
}

static struct nl_msg *nlb_dump_request(enum nlbroker_cmd cmd,
				       const char *pattern)
{
	struct nl_msg *msg =
		nlb_request(cmd, NLM_F_DUMP, NLBROKER_TOPIC_MAX + 64);

	if (msg && pattern &&
	    nla_put_string(msg, NLBROKER_A_PATTERN, pattern)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Reads all of it, again when it changes meanwhile. */
static int nlb_dump_read(struct nlbroker *broker, enum nlbroker_cmd cmd,
			 const char *pattern, struct nlb_dump *dump)
{
	int err, i;

	memset(dump, 0, sizeof(*dump));
	/* On older kernels a dump that is refused has no text. */
	if (pattern && nlbroker_topic_fault(pattern, true))
		return nlb_fail(broker, -EINVAL,
				nlbroker_topic_fault(pattern, true));
	for (i = 0; i < NLB_DUMP_TRIES; i++) {
		dump->len = 0;
		dump->changed = false;
		err = nlb_ask(broker, nlb_dump_request(cmd, pattern),
			      nlb_dump_add, dump);
		if (err || !dump->changed)
			break;
	}
	if (err)
		free(dump->bytes);
	return err;
}

/* Calls what reads one message for all of them, and returns as nlbroker_peers(). */
static int nlb_dump_show(struct nlbroker *broker, struct nlb_dump *dump,
			 int (*show)(const struct nlmsghdr *nlh,
				     const void *arg),
			 const void *arg)
{
	const struct nlmsghdr *nlh;
	const char *data = dump->bytes;
	size_t len = dump->len;
	int err = 0;

	while (!err && (nlh = nlb_next(&data, &len)))
		err = show(nlh, arg);
	free(dump->bytes);
	if (err)
		return nlb_fail(broker, err, NULL);
	return dump->changed;
}

/**
 * struct nlb_shown - the caller's function, whichever it is
 * @peer: for peers
 * @topic: for topics
 * @message: for values
 * @arg: the caller's
 */
struct nlb_shown {
	nlbroker_peer_fn peer;
	nlbroker_topic_fn topic;
	nlbroker_message_fn message;
	void *arg;
};

static int nlb_show_peer(const struct nlmsghdr *nlh, const void *arg)
{
	const struct nlb_shown *shown = arg;
	struct nlbroker_peer peer;
	int err = nlb_parse_peer(nlh, &peer);

	if (!err)
		shown->peer(&peer, shown->arg);
	return err;
}

static int nlb_show_topic(const struct nlmsghdr *nlh, const void *arg)
{
	const struct nlb_shown *shown = arg;
	struct nlbroker_topic topic;
	int err = nlb_parse_topic(nlh, &topic);

	if (!err)
		shown->topic(&topic, shown->arg);
	return err;
}

static int nlb_show_value(const struct nlmsghdr *nlh, const void *arg)
{
	const struct nlb_shown *shown = arg;
	struct nlbroker_message message;
	int err = nlb_parse_message(nlh, &message);

	if (!err)
		shown->message(&message, shown->arg);
	return err == -ENOMSG ? -EBADMSG : err;
}

int nlbroker_peers(struct nlbroker *broker, nlbroker_peer_fn fn, void *arg)
{
	const struct nlb_shown shown = { .peer = fn, .arg = arg };
	struct nlb_dump dump;
	int err;

	err = nlb_dump_read(broker, NLBROKER_CMD_GET_PEER, NULL, &dump);
	return err ? err : nlb_dump_show(broker, &dump, nlb_show_peer, &shown);
}

int nlbroker_topics(struct nlbroker *broker, const char *pattern,
		    nlbroker_topic_fn fn, void *arg)
{
	const struct nlb_shown shown = { .topic = fn, .arg = arg };
	struct nlb_dump dump;
	int err;

	err = nlb_dump_read(broker, NLBROKER_CMD_GET_TOPIC, pattern, &dump);
	return err ? err : nlb_dump_show(broker, &dump, nlb_show_topic, &shown);
}

int nlbroker_retained(struct nlbroker *broker, const char *pattern,
		      nlbroker_message_fn fn, void *arg)
{
	const struct nlb_shown shown = { .message = fn, .arg = arg };
	struct nlb_dump dump;
	int err;

	err = nlb_dump_read(broker, NLBROKER_CMD_GET_RETAINED, pattern, &dump);
	return err ? err : nlb_dump_show(broker, &dump, nlb_show_value, &shown);
}

static int nlb_limits_answer(const struct nlmsghdr *nlh,
			     const struct nlb_header *header, void *arg)
{
	return header->part == NLB_PART_FAMILY ? nlb_parse_limits(nlh, arg) : 0;
}

int nlbroker_get_limits(struct nlbroker *broker,
			const struct nlbroker_limits **limits)
{
	int err = nlb_ask(broker, nlb_request(NLBROKER_CMD_GET_LIMITS, 0, 0),
			  nlb_limits_answer, &broker->limits);

	*limits = err ? NULL : &broker->limits;
	return err;
}

/* SET_LIMITS with one attribute of 4 or 8 bytes. */
static int nlb_set(struct nlbroker *broker, int type, const void *value,
		   int size)
{
	struct nl_msg *msg = nlb_request(NLBROKER_CMD_SET_LIMITS, NLM_F_ACK,
					 (size_t)nla_total_size(size));

	if (msg)
		nla_put(msg, type, size, value);
	return nlb_ask(broker, msg, NULL, NULL);
}

int nlbroker_set_limit(struct nlbroker *broker, enum nlbroker_attr limit,
		       uint64_t value)
{
	return nlb_set(broker, limit, &value, sizeof(value));
}

int nlbroker_set_mode(struct nlbroker *broker, uint32_t mode)
{
	return nlb_set(broker, NLBROKER_A_MODE, &mode, sizeof(mode));
}
