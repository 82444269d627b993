// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "parse.h"

/* The highest errno that the kernel returns: its MAX_ERRNO. */
#define NLB_ERRNO_MAX 4095

/* clang-format off */
static struct nla_policy nlb_policy[NLBROKER_A_MAX + 1] = {
	[NLBROKER_A_TOPIC]		= { .type = NLA_STRING },
	[NLBROKER_A_PAYLOAD]		= { .type = NLA_UNSPEC },
	[NLBROKER_A_RETAIN]		= { .type = NLA_FLAG },
	[NLBROKER_A_MODE]		= { .type = NLA_U32 },
	[NLBROKER_A_PORTID]		= { .type = NLA_U32 },
	[NLBROKER_A_LIMIT_PEERS]	= { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_SUBSCRIPTIONS] = { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_TOPICS]	= { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_RETAINED_BYTES] = { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_QUEUE_SHARE]	= { .type = NLA_U64 },
	[NLBROKER_A_SEQ]		= { .type = NLA_U64 },
	[NLBROKER_A_RETAINED]		= { .type = NLA_FLAG },
	[NLBROKER_A_TIME]		= { .type = NLA_U64 },
	[NLBROKER_A_PID]		= { .type = NLA_U32 },
	[NLBROKER_A_UID]		= { .type = NLA_U32 },
	[NLBROKER_A_GID]		= { .type = NLA_U32 },
	[NLBROKER_A_DELIVERED]		= { .type = NLA_U64 },
	[NLBROKER_A_FULL]		= { .type = NLA_U64 },
	[NLBROKER_A_FULL_PORTIDS]	= { .type = NLA_UNSPEC },
	[NLBROKER_A_COUNT]		= { .type = NLA_U64 },
	[NLBROKER_A_FIRST_SEQ]		= { .type = NLA_U64 },
	[NLBROKER_A_LAST_SEQ]		= { .type = NLA_U64 },
	[NLBROKER_A_SUBSCRIPTIONS]	= { .type = NLA_U32 },
	[NLBROKER_A_ADVERTISED]		= { .type = NLA_U32 },
	[NLBROKER_A_LOST]		= { .type = NLA_U64 },
	[NLBROKER_A_QUEUED]		= { .type = NLA_U32 },
	[NLBROKER_A_QUEUE_SIZE]		= { .type = NLA_U32 },
	[NLBROKER_A_RAW]		= { .type = NLA_FLAG },
	[NLBROKER_A_SUBSCRIBERS]	= { .type = NLA_U32 },
	[NLBROKER_A_RETAINED_LEN]	= { .type = NLA_U32 },
	[NLBROKER_A_CEILING_PEERS]	= { .type = NLA_U64 },
	[NLBROKER_A_CEILING_SUBSCRIPTIONS] = { .type = NLA_U64 },
	[NLBROKER_A_CEILING_TOPICS]	= { .type = NLA_U64 },
	[NLBROKER_A_CEILING_RETAINED_BYTES] = { .type = NLA_U64 },
	[NLBROKER_A_CEILING_QUEUE_SHARE] = { .type = NLA_U64 },
	[NLBROKER_A_USED_PEERS]		= { .type = NLA_U64 },
	[NLBROKER_A_USED_SUBSCRIPTIONS]	= { .type = NLA_U64 },
	[NLBROKER_A_USED_TOPICS]	= { .type = NLA_U64 },
	[NLBROKER_A_USED_RETAINED_BYTES] = { .type = NLA_U64 },
	[NLBROKER_A_STAT_PUBLISHES]	= { .type = NLA_U64 },
	[NLBROKER_A_STAT_PUBLISH_BYTES]	= { .type = NLA_U64 },
	[NLBROKER_A_STAT_DELIVERIES]	= { .type = NLA_U64 },
	[NLBROKER_A_STAT_LOST]		= { .type = NLA_U64 },
	[NLBROKER_A_STAT_HELD]		= { .type = NLA_U64 },
	[NLBROKER_A_STAT_REFUSED]	= { .type = NLA_U64 },
};
/* clang-format on */

/**
 * struct nlb_member - where an attribute goes
 * @type: the attribute
 * @need: the message is wrong without it
 * @offset: of the member, in the struct that is filled in
 *
 * The attribute's type in nlb_policy[] says what the member is: uint32_t,
 * uint64_t, bool or const char *.
 */
struct nlb_member {
	uint16_t type;
	bool need;
	size_t offset;
};

#define NEED(type, member) { NLBROKER_A_##type, true, offsetof(INTO, member) }
#define MAY(type, member) { NLBROKER_A_##type, false, offsetof(INTO, member) }
#define END { NLBROKER_A_UNSPEC, false, 0 }

/* clang-format off */
#define INTO struct nlbroker_message
static const struct nlb_member nlb_message_members[] = {
	NEED(TOPIC, topic),
	NEED(SEQ, seq),
	MAY(RETAINED, retained),
	MAY(RETAIN, retain),
	MAY(PORTID, portid),
	MAY(PID, pid),
	MAY(UID, uid),
	MAY(GID, gid),
	MAY(TIME, time),
	END,
};

static const struct nlb_member nlb_lost_members[] = {
	MAY(TOPIC, topic),
	NEED(COUNT, count),
	NEED(FIRST_SEQ, first_seq),
	NEED(LAST_SEQ, last_seq),
	END,
};

static const struct nlb_member nlb_peer_event_members[] = {
	NEED(PORTID, portid),
	MAY(UID, uid),
	MAY(TOPIC, topic),
	END,
};

static const struct nlb_member nlb_topic_event_members[] = {
	NEED(TOPIC, topic),
	MAY(MODE, mode),
	MAY(UID, uid),
	MAY(GID, gid),
	MAY(PORTID, portid),
	END,
};
#undef INTO

#define INTO struct nlbroker_counts
static const struct nlb_member nlb_counts_members[] = {
	NEED(SEQ, seq),
	NEED(DELIVERED, delivered),
	NEED(FULL, full),
	END,
};
#undef INTO

#define INTO struct nlbroker_peer
static const struct nlb_member nlb_peer_members[] = {
	NEED(PORTID, portid),
	NEED(PID, pid),
	NEED(UID, uid),
	NEED(SUBSCRIPTIONS, subscriptions),
	NEED(ADVERTISED, advertised),
	NEED(QUEUED, queued),
	NEED(QUEUE_SIZE, queue_size),
	NEED(DELIVERED, delivered),
	NEED(LOST, lost),
	MAY(RAW, raw),
	END,
};
#undef INTO

#define INTO struct nlbroker_topic
static const struct nlb_member nlb_topic_members[] = {
	NEED(TOPIC, topic),
	NEED(SEQ, seq),
	NEED(MODE, mode),
	NEED(UID, uid),
	NEED(GID, gid),
	NEED(SUBSCRIBERS, subscribers),
	MAY(PORTID, portid),
	MAY(RETAINED_LEN, retained_len),
	MAY(RETAIN, retain),
	END,
};
#undef INTO

#define INTO struct nlbroker_limits
static const struct nlb_member nlb_limits_members[] = {
	NEED(MODE, mode),
	NEED(LIMIT_PEERS, peers.limit),
	NEED(CEILING_PEERS, peers.ceiling),
	NEED(USED_PEERS, peers.used),
	NEED(LIMIT_SUBSCRIPTIONS, subscriptions.limit),
	NEED(CEILING_SUBSCRIPTIONS, subscriptions.ceiling),
	NEED(USED_SUBSCRIPTIONS, subscriptions.used),
	NEED(LIMIT_TOPICS, topics.limit),
	NEED(CEILING_TOPICS, topics.ceiling),
	NEED(USED_TOPICS, topics.used),
	NEED(LIMIT_RETAINED_BYTES, retained_bytes.limit),
	NEED(CEILING_RETAINED_BYTES, retained_bytes.ceiling),
	NEED(USED_RETAINED_BYTES, retained_bytes.used),
	NEED(LIMIT_QUEUE_SHARE, queue_share.limit),
	NEED(CEILING_QUEUE_SHARE, queue_share.ceiling),
	NEED(STAT_PUBLISHES, publishes),
	NEED(STAT_PUBLISH_BYTES, publish_bytes),
	NEED(STAT_DELIVERIES, deliveries),
	NEED(STAT_LOST, lost),
	NEED(STAT_HELD, held),
	NEED(STAT_REFUSED, refused),
	END,
};
#undef INTO
/* clang-format on */

/* Fills in what the table says; the attributes stay there for more. */
static int nlb_parse(const struct nlmsghdr *nlh,
		     const struct nlb_member *members, void *into,
		     struct nlattr *attrs[NLBROKER_A_MAX + 1])
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	const struct nlb_member *m;

	/* The header is right: nlb_parse_header() has said so. */
	if (nla_parse(attrs, NLBROKER_A_MAX, genlmsg_attrdata(genl, 0),
		      genlmsg_attrlen(genl, 0), nlb_policy))
		return -EBADMSG;
	for (m = members; m->type; m++) {
		void *member = (char *)into + m->offset;
		struct nlattr *attr = attrs[m->type];

		if (!attr) {
			if (m->need)
				return -EBADMSG;
			continue;
		}
		switch (nlb_policy[m->type].type) {
		case NLA_U32:
			*(uint32_t *)member = nla_get_u32(attr);
			break;
		case NLA_U64:
			*(uint64_t *)member = nla_get_u64(attr);
			break;
		case NLA_FLAG:
			*(bool *)member = true;
			break;
		case NLA_STRING:
			*(const char **)member = nla_get_string(attr);
			break;
		}
	}
	return 0;
}

const struct nlmsghdr *nlb_next(const char **data, size_t *len)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)*data;
	size_t step;

	if (*len > INT32_MAX || !nlmsg_ok(nlh, (int)*len)) {
		*len = 0;
		return NULL;
	}
	step = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
	if (step > *len)
		step = *len;
	*data += step;
	*len -= step;
	return nlh;
}

/* The kernel's words, behind an error or the end of a dump. */
static void nlb_parse_text(const struct nlmsghdr *nlh, size_t skip,
			   struct nlb_header *header)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || nlh->nlmsg_len <= skip)
		return;
	attr = nla_find((struct nlattr *)((char *)nlh + skip),
			(int)(nlh->nlmsg_len - skip), NLMSGERR_ATTR_MSG);
	if (attr)
		nla_strlcpy(header->text, attr, sizeof(header->text));
}

static int nlb_parse_errno(const struct nlmsghdr *nlh,
			   struct nlb_header *header)
{
	int32_t error;

	memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (error > 0 || error < -NLB_ERRNO_MAX)
		return -EBADMSG;
	header->error = error;
	return 0;
}

static int nlb_parse_error(const struct nlmsghdr *nlh,
			   struct nlb_header *header)
{
	const struct nlmsgerr *e = nlmsg_data(nlh);
	size_t skip = NLMSG_HDRLEN + sizeof(*e);

	header->part = NLB_PART_ERROR;
	if (nlh->nlmsg_len < skip || nlb_parse_errno(nlh, header))
		return -EBADMSG;
	/* In between is the request, unless it was left away. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		size_t request = e->msg.nlmsg_len;

		if (request < NLMSG_HDRLEN || request > nlh->nlmsg_len)
			return -EBADMSG;
		skip += NLMSG_ALIGN(request) - NLMSG_HDRLEN;
	}
	nlb_parse_text(nlh, skip, header);
	return 0;
}

static int nlb_parse_done(const struct nlmsghdr *nlh, struct nlb_header *header)
{
	size_t skip = NLMSG_HDRLEN + sizeof(int32_t);

	header->part = NLB_PART_DONE;
	if (nlh->nlmsg_len < skip)
		return 0;
	if (nlb_parse_errno(nlh, header))
		return -EBADMSG;
	nlb_parse_text(nlh, skip, header);
	return 0;
}

/* The controller tells everybody who listens which families come and go. */
static void nlb_parse_controller(const struct nlmsghdr *nlh, uint16_t family,
				 struct nlb_header *header)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *attr;

	if (!genlmsg_valid_hdr((struct nlmsghdr *)nlh, 0) ||
	    genl->cmd != CTRL_CMD_DELFAMILY)
		return;
	attr = nla_find(genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0),
			CTRL_ATTR_FAMILY_ID);
	if (attr && nla_len(attr) == sizeof(uint16_t) &&
	    nla_get_u16(attr) == family)
		header->part = NLB_PART_UNLOADED;
}

int nlb_parse_header(const struct nlmsghdr *nlh, uint16_t family,
		     struct nlb_header *header)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	header->part = NLB_PART_OTHER;
	header->cmd = 0;
	header->error = 0;
	header->text[0] = 0;
	if (nlh->nlmsg_type == family) {
		if (!genlmsg_valid_hdr((struct nlmsghdr *)nlh, 0))
			return -EBADMSG;
		header->part = NLB_PART_FAMILY;
		header->cmd = genl->cmd;
		return 0;
	}
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		return nlb_parse_error(nlh, header);
	case NLMSG_DONE:
		return nlb_parse_done(nlh, header);
	case NLMSG_OVERRUN:
		header->part = NLB_PART_OVERRUN;
		break;
	case GENL_ID_CTRL:
		nlb_parse_controller(nlh, family, header);
		break;
	}
	return 0;
}

/* A MESSAGE, or one of GET_RETAINED's. */
static int nlb_parse_delivery(const struct nlmsghdr *nlh,
			      struct nlbroker_message *message)
{
	struct nlattr *attrs[NLBROKER_A_MAX + 1];
	int err = nlb_parse(nlh, nlb_message_members, message, attrs);

	if (err)
		return err;
	if (!attrs[NLBROKER_A_PAYLOAD])
		return -EBADMSG;
	message->kind = NLBROKER_MESSAGE;
	message->payload = nla_data(attrs[NLBROKER_A_PAYLOAD]);
	message->len = (size_t)nla_len(attrs[NLBROKER_A_PAYLOAD]);
	message->has_creds = attrs[NLBROKER_A_PORTID] &&
			     attrs[NLBROKER_A_PID] && attrs[NLBROKER_A_UID] &&
			     attrs[NLBROKER_A_GID] && attrs[NLBROKER_A_TIME];
	return 0;
}

static int nlb_parse_as(const struct nlmsghdr *nlh, enum nlbroker_kind kind,
			const struct nlb_member *members,
			struct nlbroker_message *message)
{
	struct nlattr *attrs[NLBROKER_A_MAX + 1];

	message->kind = kind;
	return nlb_parse(nlh, members, message, attrs);
}

int nlb_parse_message(const struct nlmsghdr *nlh,
		      struct nlbroker_message *message)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	int err;

	memset(message, 0, sizeof(*message));
	switch (genl->cmd) {
	case NLBROKER_CMD_MESSAGE:
		return nlb_parse_delivery(nlh, message);
	case NLBROKER_CMD_GET_RETAINED:
		err = nlb_parse_delivery(nlh, message);
		message->retained = true;
		return err;
	case NLBROKER_CMD_LOST:
		return nlb_parse_as(nlh, NLBROKER_LOST, nlb_lost_members,
				    message);
	case NLBROKER_CMD_PEER_ADD:
		return nlb_parse_as(nlh, NLBROKER_PEER_ADD,
				    nlb_peer_event_members, message);
	case NLBROKER_CMD_PEER_DEL:
		return nlb_parse_as(nlh, NLBROKER_PEER_DEL,
				    nlb_peer_event_members, message);
	case NLBROKER_CMD_LOSS:
		return nlb_parse_as(nlh, NLBROKER_LOSS, nlb_peer_event_members,
				    message);
	case NLBROKER_CMD_TOPIC_ADD:
		return nlb_parse_as(nlh, NLBROKER_TOPIC_ADD,
				    nlb_topic_event_members, message);
	case NLBROKER_CMD_TOPIC_CHANGE:
		return nlb_parse_as(nlh, NLBROKER_TOPIC_CHANGE,
				    nlb_topic_event_members, message);
	case NLBROKER_CMD_TOPIC_DEL:
		return nlb_parse_as(nlh, NLBROKER_TOPIC_DEL,
				    nlb_topic_event_members, message);
	default:
		return -ENOMSG;
	}
}

int nlb_parse_counts(const struct nlmsghdr *nlh, struct nlbroker_counts *counts,
		     const void **ports, size_t *ports_num)
{
	struct nlattr *attrs[NLBROKER_A_MAX + 1], *list;
	int err;

	memset(counts, 0, sizeof(*counts));
	*ports = NULL;
	*ports_num = 0;
	err = nlb_parse(nlh, nlb_counts_members, counts, attrs);
	if (err)
		return err;
	list = attrs[NLBROKER_A_FULL_PORTIDS];
	if (!list)
		return 0;
	if ((size_t)nla_len(list) % sizeof(uint32_t))
		return -EBADMSG;
	*ports = nla_data(list);
	*ports_num = (size_t)nla_len(list) / sizeof(uint32_t);
	return *ports_num > counts->full ? -EBADMSG : 0;
}

int nlb_parse_peer(const struct nlmsghdr *nlh, struct nlbroker_peer *peer)
{
	struct nlattr *attrs[NLBROKER_A_MAX + 1];

	memset(peer, 0, sizeof(*peer));
	return nlb_parse(nlh, nlb_peer_members, peer, attrs);
}

int nlb_parse_topic(const struct nlmsghdr *nlh, struct nlbroker_topic *topic)
{
	struct nlattr *attrs[NLBROKER_A_MAX + 1];
	int err;

	memset(topic, 0, sizeof(*topic));
	err = nlb_parse(nlh, nlb_topic_members, topic, attrs);
	if (!err)
		topic->has_value = attrs[NLBROKER_A_RETAINED_LEN];
	return err;
}

int nlb_parse_limits(const struct nlmsghdr *nlh, struct nlbroker_limits *limits)
{
	struct nlattr *attrs[NLBROKER_A_MAX + 1];

	memset(limits, 0, sizeof(*limits));
	return nlb_parse(nlh, nlb_limits_members, limits, attrs);
}
