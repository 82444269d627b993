// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>

#include "reply.h"

/* enum nlmsgerr_attrs of Linux 6.1: Debian 11's headers don't have all of it. */
enum {
	REPLY_EXT_MSG = 1,
	REPLY_EXT_OFFS = 2,
	REPLY_EXT_MISS_TYPE = 5,
};

static size_t payload_len(const struct nlattr *attr)
{
	return attr->nla_len - sizeof(*attr);
}

static const void *payload(const struct nlattr *attr)
{
	return attr + 1;
}

/*
 * The first attribute of a buffer, and how far it goes with its padding, which
 * the last one may lack. NULL: there is none that is within the buffer.
 */
static const struct nlattr *first_attr(const char *buf, size_t len,
				       size_t *step)
{
	const struct nlattr *attr = (const void *)buf;

	if (len < sizeof(*attr) || attr->nla_len < sizeof(*attr) ||
	    attr->nla_len > len)
		return NULL;
	*step = NLA_ALIGN((size_t)attr->nla_len);
	if (*step > len)
		*step = len;
	return attr;
}

/* Is every attribute within the buffer, and nothing behind the last? */
static bool attrs_valid(const char *buf, size_t len)
{
	size_t step;

	for (; len; buf += step, len -= step)
		if (!first_attr(buf, len, &step))
			return false;
	return true;
}

/* The last attribute of a type, up to the end or to one that isn't right. */
static const struct nlattr *attrs_find(const char *buf, size_t len, int type)
{
	const struct nlattr *attr, *found = NULL;
	size_t step;

	for (; (attr = first_attr(buf, len, &step)); buf += step, len -= step)
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			found = attr;
	return found;
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
	const struct nlattr *msg = attrs_find(buf, len, REPLY_EXT_MSG);

	if (msg) {
		reply->text = payload(msg);
		reply->text_len = strnlen(payload(msg), payload_len(msg));
	}
	reply->offset = get_u32(attrs_find(buf, len, REPLY_EXT_OFFS));
	reply->missing = get_u32(attrs_find(buf, len, REPLY_EXT_MISS_TYPE));
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
	reply->attrs = genl + 1;
	reply->attrs_len = len - skip;
	return attrs_valid(reply->attrs, reply->attrs_len) ? 0 : -EBADMSG;
}

static int parse_one(const struct nlmsghdr *nlh, size_t len,
		     struct reply *reply)
{
	if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
		return parse_message(nlh, len, reply);
	switch (nlh->nlmsg_type) {
	case NLMSG_OVERRUN:
		reply->kind = REPLY_OVERRUN;
		return 0;
	case NLMSG_ERROR:
		return reply_errormsg(nlh, len, reply);
	case NLMSG_DONE:
		return parse_done(nlh, len, reply);
	default: /* NLMSG_NOOP, and what may come to be */
		reply->kind = REPLY_NOOP;
		return 0;
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
	const struct nlattr *attr =
		attrs_find(reply->attrs, reply->attrs_len, type);

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
	const void *in = payload(nest);
	size_t len = payload_len(nest);
	const struct nlattr *n = attrs_find(in, len, CTRL_ATTR_MCAST_GRP_NAME);

	if (!n || payload_len(n) != strlen(name) + 1 ||
	    memcmp(payload(n), name, payload_len(n)))
		return 0;
	return get_u32(attrs_find(in, len, CTRL_ATTR_MCAST_GRP_ID));
}

uint32_t reply_group(const struct reply *reply, const char *name)
{
	size_t len, step;
	const char *p = reply_bytes(reply, CTRL_ATTR_MCAST_GROUPS, &len);
	const struct nlattr *nest;

	if (!p)
		return 0;
	for (; (nest = first_attr(p, len, &step)); p += step, len -= step) {
		uint32_t id = group_id(nest, name);

		if (id)
			return id;
	}
	return 0;
}
