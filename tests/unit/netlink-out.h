/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages as the kernel sends them, for tests of what reads them. */
#ifndef SOCKMODS_TEST_NETLINK_OUT_H
#define SOCKMODS_TEST_NETLINK_OUT_H

#include <stdint.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define FAMILY 0x1f

/* A message that is being written. */
struct out {
	_Alignas(8) unsigned char buf[4096];
	size_t len; /* of all of it */
	size_t first; /* where the last message begins */
};

static struct nlmsghdr *out_last(struct out *o)
{
	return (void *)(o->buf + o->first);
}

static void out_bytes(struct out *o, const void *bytes, size_t len)
{
	assert_true(o->len + NLMSG_ALIGN(len) <= sizeof(o->buf));
	memcpy(o->buf + o->len, bytes, len);
	memset(o->buf + o->len + len, 0, NLMSG_ALIGN(len) - len);
	o->len += NLMSG_ALIGN(len);
	out_last(o)->nlmsg_len = (uint32_t)(o->len - o->first);
}

static void out_begin(struct out *o, uint16_t type, uint16_t flags)
{
	const struct nlmsghdr nlh = {
		.nlmsg_type = type,
		.nlmsg_flags = flags,
		.nlmsg_seq = 77,
		.nlmsg_pid = 88,
	};

	o->first = o->len;
	out_bytes(o, &nlh, sizeof(nlh));
}

static void out_attr(struct out *o, uint16_t type, const void *data, size_t len)
{
	const struct nlattr nla = {
		.nla_type = type,
		.nla_len = (uint16_t)(sizeof(nla) + len),
	};

	out_bytes(o, &nla, sizeof(nla));
	out_bytes(o, data, len);
}

static void out_genl(struct out *o, uint16_t flags, uint8_t cmd)
{
	const struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	out_begin(o, FAMILY, flags);
	out_bytes(o, &genl, sizeof(genl));
}

#endif
