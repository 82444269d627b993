/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genl_echo, its controller and netlink say, for tests of what reads it. */
#ifndef SOCKMODS_TEST_NETLINK_ECHO_H
#define SOCKMODS_TEST_NETLINK_ECHO_H

#include <sockmods/genl_echo.h>

#include "netlink-out.h"

#define ERR_ATTR_MISS_TYPE 5 /* Linux 6.1; not in the headers of Debian 11 */

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
