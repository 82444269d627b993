/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages as the kernel sends them, for tests of what reads them. */
#ifndef SOCKMODS_TEST_NETLINK_OUT_H
#define SOCKMODS_TEST_NETLINK_OUT_H

#include <stdint.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sockmods/genl_echo.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define FAMILY 0x1f
#define ERR_ATTR_MISS_TYPE 5 /* Linux 6.1; not in the headers of Debian 11 */

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

/* The messages that the kernel sends, each whole and right. */

static void make_echo(struct out *o)
{
	out_genl(o, 0, GENL_ECHO_CMD_ECHO);
	out_attr(o, GENL_ECHO_A_MSG, "hello", 6);
	out_attr(o, GENL_ECHO_A_DATA, "\0\1\2\3\4\5\6", 7);
}

static void make_error(struct out *o, uint16_t flags)
{
	struct nlmsgerr e = { .error = -EINVAL };
	const uint32_t missing = GENL_ECHO_A_MSG;

	e.msg.nlmsg_len = sizeof(e.msg) + 4 + 12;
	e.msg.nlmsg_type = FAMILY;
	out_begin(o, NLMSG_ERROR, flags);
	out_bytes(o, &e, sizeof(e));
	if (!(flags & NLM_F_CAPPED))
		out_bytes(o, "\1\1\0\0\10\0\1\0msg\0\4\0\6", 16);
	if (flags & NLM_F_ACK_TLVS) {
		out_attr(o, NLMSGERR_ATTR_MSG, "the reason", 11);
		out_attr(o, ERR_ATTR_MISS_TYPE, &missing, 4);
	}
}

static void make_error_whole(struct out *o)
{
	make_error(o, NLM_F_ACK_TLVS);
}

static void make_error_capped(struct out *o)
{
	make_error(o, NLM_F_ACK_TLVS | NLM_F_CAPPED);
}

static void make_error_bare(struct out *o)
{
	make_error(o, 0);
}

static void make_ack(struct out *o)
{
	const struct nlmsgerr e = { .msg.nlmsg_len = sizeof(e.msg) };

	out_begin(o, NLMSG_ERROR, NLM_F_CAPPED);
	out_bytes(o, &e, sizeof(e));
}

static void make_done(struct out *o)
{
	const int error = -ENOMEM;

	out_begin(o, NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS);
	out_bytes(o, &error, sizeof(error));
	out_attr(o, NLMSGERR_ATTR_MSG, "out of luck", 12);
}

static void make_dump(struct out *o)
{
	uint32_t i;

	for (i = 0; i < 3; i++) {
		out_genl(o, NLM_F_MULTI, GENL_ECHO_CMD_ECHO);
		out_attr(o, GENL_ECHO_A_MSG, "dumped", 7);
		out_attr(o, GENL_ECHO_A_INDEX, &i, 4);
	}
	out_begin(o, NLMSG_DONE, NLM_F_MULTI);
	out_bytes(o, "\0\0\0\0", 4);
}

static void make_stats(struct out *o)
{
	uint16_t t;

	out_genl(o, 0, GENL_ECHO_CMD_GET_STATS);
	for (t = GENL_ECHO_A_STAT_ECHOES; t <= GENL_ECHO_A_STAT_OVERRUNS; t++) {
		const uint64_t v = 0x100000000ULL * t + 1;

		out_attr(o, GENL_ECHO_A_PAD, "", 0);
		out_attr(o, t, &v, sizeof(v));
	}
}

static void make_event(struct out *o)
{
	const uint32_t portid = 4242;

	out_genl(o, 0, GENL_ECHO_CMD_EVENT);
	out_attr(o, GENL_ECHO_A_PORTID, &portid, 4);
	out_attr(o, GENL_ECHO_A_MSG, "psst", 5);
}

/* What the controller answers: the groups are nests, and one is not ours. */
static void make_family(struct out *o)
{
	static const char groups[] = "\x18\0\1\0"
				     "\x08\0\2\0\5\0\0\0"
				     "\x0a\0\1\0other\0\0\0"
				     "\x18\0\2\0"
				     "\x0b\0\1\0events\0\0"
				     "\x08\0\2\0\x09\0\0\0";

	out_begin(o, GENL_ID_CTRL, 0);
	out_bytes(o, "\1\2\0\0", 4);
	out_attr(o, CTRL_ATTR_FAMILY_NAME, "genl_echo", 10);
	out_attr(o, CTRL_ATTR_FAMILY_ID, "\x1f", 2);
	out_attr(o, CTRL_ATTR_MCAST_GROUPS, groups, sizeof(groups) - 1);
}

static void make_overrun(struct out *o)
{
	out_begin(o, NLMSG_OVERRUN, 0);
}

static void (*const makers[])(struct out *o) = {
	make_echo,  make_error_whole, make_error_capped, make_error_bare,
	make_ack,   make_done,	      make_dump,	 make_stats,
	make_event, make_overrun,     make_family,
};

#endif
