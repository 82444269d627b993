// SPDX-License-Identifier: GPL-2.0-only
/* FAIL: the error a client wants to see, with its own words as the reason. */
#include <net/netlink.h>

#include "genl_echo.h"
#include "stats.h"

/**
 * genl_echo_fail_doit() - handle FAIL
 * @skb: the request
 * @info: the request, parsed
 *
 * The extack text points into the request. That is safe: netlink_rcv_skb() has
 * the request's skb and calls netlink_ack(), which copies the text, before it
 * moves on in it (5.10 to 7.2). The policy has made sure that there is a NUL
 * within GENL_ECHO_MSG_MAX + 1 bytes.
 *
 * Context: process context, may sleep for memory only.
 * Return: -ERRNO of the request, -EINVAL when it has none; never 0.
 */
int genl_echo_fail_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *code = info->attrs[GENL_ECHO_A_ERRNO];
	const struct nlattr *msg = info->attrs[GENL_ECHO_A_MSG];
	int err = code ? -(int)nla_get_u32(code) : -EINVAL;

	genl_echo_count(genl_info_net(info), GENL_ECHO_A_STAT_FAILS, 1);

	/* Not NL_SET_ERR_MSG(): it wants a literal. */
	if (msg && info->extack)
		info->extack->_msg = nla_data(msg);

	/*
	 * -EINTR is netlink's own sign for "answered already" (a dump that has
	 * started returns it), and the client would wait for ever: so answer.
	 */
	if (err == -EINTR)
		netlink_ack(skb, nlmsg_hdr(skb), err, info->extack);

	return err;
}
