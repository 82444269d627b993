// SPDX-License-Identifier: GPL-2.0-only
/* The family: its commands, what each accepts, and what all of them check. */
#include <net/netlink.h>
#include <sockmods/topic.h>

#include "nlbroker.h"
#include "stats.h"

#define NLB_NAME_POLICY	{ .type = NLA_NUL_STRING, .len = NLBROKER_TOPIC_MAX }

/*
 * An attribute without an entry is refused. genetlink allocates and clears
 * maxattr + 1 pointers for every request, so each command has a table that ends
 * at its last attribute.
 */
static const struct nla_policy nlb_advertise_policy[NLBROKER_A_MODE + 1] = {
	[NLBROKER_A_TOPIC]	= NLB_NAME_POLICY,
	[NLBROKER_A_RETAIN]	= { .type = NLA_FLAG },
	[NLBROKER_A_MODE]	= { .type = NLA_U32 },
};

static const struct nla_policy nlb_topic_policy[NLBROKER_A_TOPIC + 1] = {
	[NLBROKER_A_TOPIC]	= NLB_NAME_POLICY,
};

static const struct nla_policy nlb_subscribe_policy[NLBROKER_A_CREDS + 1] = {
	[NLBROKER_A_PATTERN]	= NLB_NAME_POLICY,
	[NLBROKER_A_NO_LOCAL]	= { .type = NLA_FLAG },
	[NLBROKER_A_SEND_RETAINED] = { .type = NLA_FLAG },
	[NLBROKER_A_CREDS]	= { .type = NLA_FLAG },
};

static const struct nla_policy nlb_pattern_policy[NLBROKER_A_PATTERN + 1] = {
	[NLBROKER_A_PATTERN]	= NLB_NAME_POLICY,
};

/* Longer payloads are refused by publish.c, with an error of their own. */
static const struct nla_policy nlb_publish_policy[NLBROKER_A_ONLY + 1] = {
	[NLBROKER_A_TOPIC]	= NLB_NAME_POLICY,
	[NLBROKER_A_PAYLOAD]	= { .type = NLA_BINARY },
	[NLBROKER_A_RETAIN]	= { .type = NLA_FLAG },
	[NLBROKER_A_HOLD]	= { .type = NLA_FLAG },
	[NLBROKER_A_ONLY]	= { .type = NLA_BINARY },
};

static const struct nla_policy nlb_get_peer_policy[NLBROKER_A_PORTID + 1] = {
	[NLBROKER_A_PORTID]	= { .type = NLA_U32 },
};

/* TOPIC is for one, PATTERN for a dump. */
static const struct nla_policy nlb_get_topic_policy[NLBROKER_A_PATTERN + 1] = {
	[NLBROKER_A_TOPIC]	= NLB_NAME_POLICY,
	[NLBROKER_A_PATTERN]	= NLB_NAME_POLICY,
};

static const struct nla_policy
nlb_set_limits_policy[NLBROKER_A_LIMIT_QUEUE_SHARE + 1] = {
	[NLBROKER_A_MODE]			= { .type = NLA_U32 },
	[NLBROKER_A_LIMIT_PEERS]		= { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_SUBSCRIPTIONS]	= { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_TOPICS]		= { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_RETAINED_BYTES]	= { .type = NLA_U64 },
	[NLBROKER_A_LIMIT_QUEUE_SHARE]		= { .type = NLA_U64 },
};

/* For a command without a policy of its own: it takes no attribute. */
static const struct nla_policy nlb_no_policy[NLBROKER_A_MAX + 1] = {};

/**
 * nlb_check_header() - check what the core doesn't on every kernel
 * @nn: the broker
 * @nlh: the request; genetlink has checked that a struct genlmsghdr follows
 * @extack: where the reason goes, or NULL
 *
 * The version is never checked by genetlink; reserved bits only since Linux
 * 6.1, by resv_start_op, in whose words this refuses them.
 *
 * Context: process context.
 * Return: 0, or -EINVAL.
 */
int nlb_check_header(struct nlb_net *nn, const struct nlmsghdr *nlh,
		     struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlh);
	u16 flags = nlh->nlmsg_flags;

	if ((flags & NLM_F_DUMP) == NLM_F_DUMP)
		flags &= ~NLM_F_DUMP;

	if (likely(hdr->version == NLBROKER_GENL_VERSION && !hdr->reserved &&
		   !(flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO))))
		return 0;

	if (hdr->reserved)
		NL_SET_ERR_MSG(extack, "genlmsghdr.reserved field is not 0");
	else if (hdr->version == NLBROKER_GENL_VERSION)
		NL_SET_ERR_MSG(extack,
			       "ambiguous or reserved bits set in nlmsg_flags");
	else
		NL_SET_ERR_MSG(extack, "genlmsghdr.version is not "
			       __stringify(NLBROKER_GENL_VERSION));
	return nlb_count_result(nn, -EINVAL);
}

/**
 * nlb_get_name() - the topic or pattern of a request
 * @attrs: the request's
 * @type: NLBROKER_A_TOPIC or NLBROKER_A_PATTERN
 * @name: filled in
 * @extack: where the reason goes
 *
 * Context: any.
 * Return: 0; -EINVAL when it is missing or goes on behind a NUL.
 */
int nlb_get_name(struct nlattr *const *attrs, int type, struct nlb_name *name,
		 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = attrs[type];

	if (unlikely(!attr)) {
		if (type == NLBROKER_A_TOPIC)
			NL_SET_ERR_MSG(extack, "TOPIC is missing");
		else
			NL_SET_ERR_MSG(extack, "PATTERN is missing");
		NL_SET_ERR_ATTR_MISS(extack, NULL, type);
		return -EINVAL;
	}
	name->attr = attr;
	name->text = nla_data(attr);
	name->len = strlen(name->text);
	if (unlikely(name->len + 1 != nla_len(attr))) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "topic has a NUL in it");
		return -EINVAL;
	}
	return 0;
}

/**
 * nlb_check_name() - is it a topic, or a pattern?
 * @name: what nlb_get_name() got
 * @pattern: may have wildcards
 * @extack: where the reason goes
 *
 * Context: any.
 * Return: 0, or -EINVAL.
 */
int nlb_check_name(const struct nlb_name *name, bool pattern,
		   struct netlink_ext_ack *extack)
{
	enum nlb_topic_fault fault = nlb_topic_check(name->text, name->len,
						     pattern);

	if (likely(fault == NLB_TOPIC_OK))
		return 0;
	if (extack) {
		extack->_msg = nlb_topic_fault_text(fault);
		NL_SET_BAD_ATTR(extack, name->attr);
	}
	return -EINVAL;
}

/**
 * nlb_reply() - send a reply to whoever asked
 * @skb: the reply; consumed
 * @info: the request
 *
 * Context: process context. Never waits.
 * Return: 0; -EAGAIN when the reader's queue is full; -ECONNREFUSED when the
 * socket was closed meanwhile.
 */
int nlb_reply(struct sk_buff *skb, struct genl_info *info)
{
	int err = genlmsg_reply(skb, info);

	if (unlikely(err))
		NL_SET_ERR_MSG(info->extack, "the reply could not be delivered");
	return err;
}

static int nlb_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info)
{
	return nlb_check_header(nlb_info_net(info), info->nlhdr, info->extack);
}

#define NLB_POLICY(name)				\
	.policy = nlb_ ## name ## _policy,		\
	.maxattr = ARRAY_SIZE(nlb_ ## name ## _policy) - 1

static const struct genl_ops nlb_ops[] = {
	{
		.cmd		= NLBROKER_CMD_ADVERTISE,
		NLB_POLICY(advertise),
		.doit		= nlb_advertise_doit,
	},
	{
		.cmd		= NLBROKER_CMD_WITHDRAW,
		NLB_POLICY(topic),
		.doit		= nlb_withdraw_doit,
	},
	{
		.cmd		= NLBROKER_CMD_SUBSCRIBE,
		NLB_POLICY(subscribe),
		.doit		= nlb_subscribe_doit,
	},
	{
		.cmd		= NLBROKER_CMD_UNSUBSCRIBE,
		NLB_POLICY(pattern),
		.doit		= nlb_unsubscribe_doit,
	},
	{
		.cmd		= NLBROKER_CMD_PUBLISH,
		NLB_POLICY(publish),
		.doit		= nlb_publish_doit,
	},
	{
		.cmd		= NLBROKER_CMD_GET_PEER,
		NLB_POLICY(get_peer),
		.doit		= nlb_peer_doit,
		.start		= nlb_peer_start,
		.dumpit		= nlb_peer_dumpit,
	},
	{
		.cmd		= NLBROKER_CMD_GET_TOPIC,
		NLB_POLICY(get_topic),
		.doit		= nlb_topic_doit,
		.start		= nlb_topic_start,
		.dumpit		= nlb_topic_dumpit,
	},
	{
		.cmd		= NLBROKER_CMD_GET_RETAINED,
		NLB_POLICY(pattern),
		.start		= nlb_retained_start,
		.dumpit		= nlb_retained_dumpit,
	},
	{
		.cmd		= NLBROKER_CMD_GET_LIMITS,
		.doit		= nlb_limits_get_doit,
	},
	{
		.cmd		= NLBROKER_CMD_SET_LIMITS,
		NLB_POLICY(set_limits),
		.doit		= nlb_limits_set_doit,
	},
};

static const struct genl_multicast_group nlb_mcgrps[] = {
	[NLB_GROUP_EVENTS] = { .name = NLBROKER_MCGRP_EVENTS },
};

struct genl_family nlb_family __ro_after_init = {
	.name		= NLBROKER_GENL_NAME,
	.version	= NLBROKER_GENL_VERSION,
	.maxattr	= NLBROKER_A_MAX,
	.policy		= nlb_no_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.pre_doit	= nlb_pre_doit,
	.ops		= nlb_ops,
	.n_ops		= ARRAY_SIZE(nlb_ops),
#ifdef SOCKMODS_HAVE_GENL_RESV_START_OP
	.resv_start_op	= NLBROKER_CMD_ADVERTISE,
#endif
	.mcgrps		= nlb_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(nlb_mcgrps),
	.module		= THIS_MODULE,
};
