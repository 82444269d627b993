// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>

#include "reply.h"

/* The controller's attributes share the table. */
_Static_assert((int)REPLY_ATTR_MAX >= (int)CTRL_ATTR_MCAST_GROUPS,
	       "no place for CTRL_ATTR_MCAST_GROUPS");

/* enum nlmsgerr_attrs of Linux 6.1: Debian 11's headers don't have all of it. */
enum {
	REPLY_EXT_MSG = 1,
	REPLY_EXT_OFFS = 2,
	REPLY_EXT_MISS_TYPE = 5,
	REPLY_EXT_MAX = REPLY_EXT_MISS_TYPE,
};

#define GROUP_MAX CTRL_ATTR_MCAST_GRP_ID

static size_t payload_len(const struct nlattr *attr)
{
	return attr->nla_len - sizeof(*attr);
}

static const void *payload(const struct nlattr *attr)
{
	return attr + 1;
}

/*
 * Sorts the attributes of a buffer into a table by type. Returns false when one
 * isn't within the buffer; those before it are in the table.
 */
static bool parse_attrs(const void *buf, size_t len,
			const struct nlattr **table, unsigned int max)
{
	const char *p = buf;

	while (len >= sizeof(struct nlattr)) {
		const struct nlattr *attr = (const void *)p;
		unsigned int type = attr->nla_type & NLA_TYPE_MASK;
		size_t step = NLA_ALIGN((size_t)attr->nla_len);

		if (attr->nla_len < sizeof(*attr) || attr->nla_len > len)
			return false;
		if (type <= max)
			table[type] = attr;
		/* The last one may lack its padding. */
		if (step >= len)
			return true;
		p += step;
		len -= step;
	}
	return !len;
}

static uint32_t get_u32(const struct nlattr *attr)
{
	uint32_t value;

	if (!attr || payload_len(attr) != sizeof(value))
		return 0;
	memcpy(&value, payload(attr), sizeof(value));
	return value;
}

/* What stands behind an error or the end of a dump: all of it is optional. */
static void parse_extack(const void *buf, size_t len, struct reply *reply)
{
	const struct nlattr *ext[REPLY_EXT_MAX + 1] = {};
	const struct nlattr *msg;

	parse_attrs(buf, len, ext, REPLY_EXT_MAX);
	msg = ext[REPLY_EXT_MSG];
	if (msg) {
		reply->text = payload(msg);
		reply->text_len = strnlen(payload(msg), payload_len(msg));
	}
	reply->offset = get_u32(ext[REPLY_EXT_OFFS]);
	reply->missing = get_u32(ext[REPLY_EXT_MISS_TYPE]);
}

static void no_extack(struct reply *reply)
{
	reply->text = NULL;
	reply->text_len = 0;
	reply->offset = 0;
	reply->missing = 0;
}

/* An errno as the kernel writes it: 0 or negative. */
static int parse_errno(const void *p, struct reply *reply)
{
	int32_t error;

	memcpy(&error, p, sizeof(error));
	if (error > 0 || error < -GENL_ECHO_ERRNO_MAX)
		return -EBADMSG;
	reply->error = -error;
	return 0;
}

int reply_errormsg(const struct nlmsghdr *nlh, size_t len, struct reply *reply)
{
	const struct nlmsgerr *e = (const void *)(nlh + 1);
	size_t skip = sizeof(*nlh) + sizeof(*e);

	reply->kind = REPLY_ERROR;
	no_extack(reply);
	if (len < skip || parse_errno(&e->error, reply))
		return -EBADMSG;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	/* In between is the request, unless it was left away. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		size_t request = e->msg.nlmsg_len;

		if (request < sizeof(e->msg) || request > len)
			return -EBADMSG;
		skip += NLMSG_ALIGN(request) - sizeof(e->msg);
	}
	if (skip < len)
		parse_extack((const char *)nlh + skip, len - skip, reply);
	return 0;
}

static int parse_done(const struct nlmsghdr *nlh, size_t len,
		      struct reply *reply)
{
	size_t skip = sizeof(*nlh) + sizeof(int32_t);

	reply->kind = REPLY_DONE;
	reply->error = 0;
	no_extack(reply);
	/* Families without an error to tell may leave the number away. */
	if (len < skip)
		return 0;
	if (parse_errno(nlh + 1, reply))
		return -EBADMSG;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		parse_extack((const char *)nlh + skip, len - skip, reply);
	return 0;
}

static int parse_message(const struct nlmsghdr *nlh, size_t len,
			 struct reply *reply)
{
	const struct genlmsghdr *genl = (const void *)(nlh + 1);
	size_t skip = sizeof(*nlh) + sizeof(*genl);

	reply->kind = REPLY_MESSAGE;
	reply->error = 0;
	no_extack(reply);
	if (len < skip)
		return -EBADMSG;
	reply->cmd = genl->cmd;
	memset(reply->attr, 0, sizeof(reply->attr));
	if (!parse_attrs(genl + 1, len - skip, reply->attr, REPLY_ATTR_MAX))
		return -EBADMSG;
	return 0;
}

static int parse_one(const struct nlmsghdr *nlh, size_t len,
		     struct reply *reply)
{
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		reply->kind = REPLY_NOOP;
		return 0;
	case NLMSG_OVERRUN:
		reply->kind = REPLY_OVERRUN;
		return 0;
	case NLMSG_ERROR:
		return reply_errormsg(nlh, len, reply);
	case NLMSG_DONE:
		return parse_done(nlh, len, reply);
	default:
		return parse_message(nlh, len, reply);
	}
}

int reply_next(const void *buf, size_t len, size_t *at, struct reply *reply)
{
	const struct nlmsghdr *nlh;
	size_t left, step;

	if (*at >= len)
		return 0;
	left = len - *at;
	nlh = (const void *)((const char *)buf + *at);
	if (left < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) ||
	    nlh->nlmsg_len > left)
		goto bad;
	step = NLMSG_ALIGN((size_t)nlh->nlmsg_len);
	*at += step < left ? step : left;
	reply->type = nlh->nlmsg_type;
	reply->flags = nlh->nlmsg_flags;
	reply->seq = nlh->nlmsg_seq;
	if (!parse_one(nlh, nlh->nlmsg_len, reply))
		return 1;
bad:
	*at = len;
	return -EBADMSG;
}

const void *reply_bytes(const struct reply *reply, int type, size_t *len)
{
	const struct nlattr *attr = reply->attr[type];

	if (!attr)
		return NULL;
	*len = payload_len(attr);
	return payload(attr);
}

const char *reply_string(const struct reply *reply, int type, size_t *len)
{
	size_t size;
	const char *text = reply_bytes(reply, type, &size);

	if (!text)
		return NULL;
	*len = strnlen(text, size);
	return *len < size ? text : NULL;
}

bool reply_uint(const struct reply *reply, int type, size_t size,
		uint64_t *value)
{
	size_t len;
	const void *p = reply_bytes(reply, type, &len);
	uint16_t u16;
	uint32_t u32;

	if (!p || len != size)
		return false;
	switch (size) {
	case sizeof(u16):
		memcpy(&u16, p, sizeof(u16));
		*value = u16;
		return true;
	case sizeof(u32):
		memcpy(&u32, p, sizeof(u32));
		*value = u32;
		return true;
	case sizeof(*value):
		memcpy(value, p, sizeof(*value));
		return true;
	}
	return false;
}

/* The id of a group, when this is the one with that name. */
static uint32_t group_id(const struct nlattr *nest, const char *name)
{
	const struct nlattr *attr[GROUP_MAX + 1] = {};
	const struct nlattr *n;

	if (!parse_attrs(payload(nest), payload_len(nest), attr, GROUP_MAX))
		return 0;
	n = attr[CTRL_ATTR_MCAST_GRP_NAME];
	if (!n || payload_len(n) != strlen(name) + 1 ||
	    memcmp(payload(n), name, payload_len(n)))
		return 0;
	return get_u32(attr[CTRL_ATTR_MCAST_GRP_ID]);
}

uint32_t reply_group(const struct reply *reply, const char *name)
{
	size_t len;
	const char *p = reply_bytes(reply, CTRL_ATTR_MCAST_GROUPS, &len);

	while (p && len >= sizeof(struct nlattr)) {
		const struct nlattr *nest = (const void *)p;
		size_t step = NLA_ALIGN((size_t)nest->nla_len);
		uint32_t id;

		if (nest->nla_len < sizeof(*nest) || nest->nla_len > len)
			return 0;
		id = group_id(nest, name);
		if (id)
			return id;
		if (step >= len)
			return 0;
		p += step;
		len -= step;
	}
	return 0;
}
