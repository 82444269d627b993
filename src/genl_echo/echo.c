// SPDX-License-Identifier: GPL-2.0-only
/*
 * ECHO, do: MSG and DATA go back as they came, and to the group "events" when
 * the request asks for that. This is the path whose cost is measured: one
 * allocation of the reply's exact size, so that netlink has nothing to trim.
 */
#include <net/netlink.h>

#include "genl_echo.h"
#include "stats.h"

/* Room that MSG and DATA need in a message, either of which may be NULL. */
static size_t genl_echo_size(const struct nlattr *msg,
			     const struct nlattr *data)
{
	return (msg ? nla_total_size(nla_len(msg)) : 0) +
	       (data ? nla_total_size(nla_len(data)) : 0);
}

static int genl_echo_put(struct sk_buff *skb, const struct nlattr *msg,
			 const struct nlattr *data)
{
	if (msg && nla_put(skb, GENL_ECHO_A_MSG, nla_len(msg), nla_data(msg)))
		return -EMSGSIZE;
	if (data && nla_put(skb, GENL_ECHO_A_DATA, nla_len(data), nla_data(data)))
		return -EMSGSIZE;
	return 0;
}

/*
 * Tell the group about an echo. The one who asked has the echo already, so
 * nothing that goes wrong here is an error to report.
 */
static void genl_echo_announce(struct genl_info *info,
			       const struct nlattr *msg,
			       const struct nlattr *data)
{
	struct net *net = genl_info_net(info);
	struct sk_buff *event;
	void *hdr;

	if (!genl_has_listeners(&genl_echo_family, net, GENL_ECHO_GROUP_EVENTS))
		return;

	event = genlmsg_new(nla_total_size(sizeof(u32)) +
			    genl_echo_size(msg, data), GFP_KERNEL);
	if (!event)
		return;

	hdr = genlmsg_put(event, 0, 0, &genl_echo_family, 0,
			  GENL_ECHO_CMD_EVENT);
	if (WARN_ON_ONCE(!hdr ||
			 nla_put_u32(event, GENL_ECHO_A_PORTID,
				     info->snd_portid) ||
			 genl_echo_put(event, msg, data))) {
		nlmsg_free(event);
		return;
	}
	genlmsg_end(event, hdr);

	if (!genlmsg_multicast_netns(&genl_echo_family, net, event, 0,
				     GENL_ECHO_GROUP_EVENTS, GFP_KERNEL))
		genl_echo_count(net, GENL_ECHO_A_STAT_EVENTS, 1);
}

/* A request that has what only a dump takes, or nothing to echo. */
static int genl_echo_refuse(struct genl_info *info)
{
	struct nlattr *count = info->attrs[GENL_ECHO_A_COUNT];

	genl_echo_count(genl_info_net(info), GENL_ECHO_A_STAT_REFUSED, 1);
	if (count) {
		NL_SET_ERR_MSG_ATTR(info->extack, count,
				    "COUNT is for a dump (NLM_F_DUMP)");
	} else {
		NL_SET_ERR_MSG(info->extack, "nothing to echo: MSG or DATA needed");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, GENL_ECHO_A_MSG);
	}
	return -EINVAL;
}

/**
 * genl_echo_echo_doit() - handle ECHO
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory only.
 * Return: 0; -EINVAL when the request has neither MSG nor DATA, or has COUNT;
 * -ENOMEM; or an error of genl_echo_reply().
 */
int genl_echo_echo_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *data = info->attrs[GENL_ECHO_A_DATA];
	const struct nlattr *msg = info->attrs[GENL_ECHO_A_MSG];
	struct sk_buff *reply;
	void *hdr;
	int err;

	if (unlikely((!msg && !data) || info->attrs[GENL_ECHO_A_COUNT]))
		return genl_echo_refuse(info);

	reply = genlmsg_new(genl_echo_size(msg, data), GFP_KERNEL);
	if (unlikely(!reply))
		goto err_nomem;

	hdr = genlmsg_put_reply(reply, info, &genl_echo_family, 0,
				GENL_ECHO_CMD_ECHO);
	if (WARN_ON_ONCE(!hdr || genl_echo_put(reply, msg, data)))
		goto err_free;
	genlmsg_end(reply, hdr);

	err = genl_echo_reply(reply, info);
	if (unlikely(err))
		return err;

	genl_echo_count_echo(genl_info_net(info),
			     (msg ? nla_len(msg) : 0) +
			     (data ? nla_len(data) : 0));

	if (info->attrs[GENL_ECHO_A_ANNOUNCE])
		genl_echo_announce(info, msg, data);
	return 0;

err_free:
	nlmsg_free(reply);
err_nomem:
	NL_SET_ERR_MSG(info->extack, "no memory for the reply");
	return -ENOMEM;
}
