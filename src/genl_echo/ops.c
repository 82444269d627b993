// SPDX-License-Identifier: GPL-2.0-only
/* The family: its commands, what each accepts, and the check of the header. */
#include <net/netlink.h>

#include "genl_echo.h"
#include "stats.h"

static const struct netlink_range_validation genl_echo_count_range = {
	.min	= 1,
	.max	= GENL_ECHO_COUNT_MAX,
};

static const struct netlink_range_validation genl_echo_errno_range = {
	.min	= 1,
	.max	= GENL_ECHO_ERRNO_MAX,
};

/*
 * An attribute without an entry is refused. genetlink allocates and clears
 * maxattr + 1 pointers for every request, so each command has a table that ends
 * at its last attribute.
 */
static const struct nla_policy genl_echo_echo_policy[GENL_ECHO_A_ANNOUNCE + 1] = {
	[GENL_ECHO_A_MSG]	= { .type = NLA_NUL_STRING,
				    .len = GENL_ECHO_MSG_MAX },
	[GENL_ECHO_A_DATA]	= { .type = NLA_BINARY,
				    .len = GENL_ECHO_DATA_MAX },
	[GENL_ECHO_A_COUNT]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&genl_echo_count_range),
	[GENL_ECHO_A_ANNOUNCE]	= { .type = NLA_FLAG },
};

static const struct nla_policy genl_echo_fail_policy[GENL_ECHO_A_ERRNO + 1] = {
	[GENL_ECHO_A_MSG]	= { .type = NLA_NUL_STRING,
				    .len = GENL_ECHO_MSG_MAX },
	[GENL_ECHO_A_ERRNO]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&genl_echo_errno_range),
};

/* For a command without a policy of its own: it takes no attribute. */
static const struct nla_policy genl_echo_no_policy[GENL_ECHO_A_MAX + 1] = {};

/**
 * genl_echo_check_header() - check what the core doesn't on every kernel
 * @net: the network namespace of the request
 * @nlh: the request; genetlink has checked that a struct genlmsghdr follows
 * @extack: where the reason goes, or NULL
 *
 * The version is never checked by genetlink; reserved bits only since Linux
 * 6.1, by resv_start_op, in whose words this refuses them.
 *
 * Context: any.
 * Return: 0, or -EINVAL.
 */
int genl_echo_check_header(struct net *net, const struct nlmsghdr *nlh,
			   struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlh);
	u16 flags = nlh->nlmsg_flags;

	if ((flags & NLM_F_DUMP) == NLM_F_DUMP)
		flags &= ~NLM_F_DUMP;

	if (likely(hdr->version == GENL_ECHO_GENL_VERSION && !hdr->reserved &&
		   !(flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO))))
		return 0;

	genl_echo_count(net, GENL_ECHO_A_STAT_REFUSED, 1);
	if (hdr->reserved)
		NL_SET_ERR_MSG(extack, "genlmsghdr.reserved field is not 0");
	else if (hdr->version == GENL_ECHO_GENL_VERSION)
		NL_SET_ERR_MSG(extack,
			       "ambiguous or reserved bits set in nlmsg_flags");
	else
		NL_SET_ERR_MSG(extack, "genlmsghdr.version is not "
			       __stringify(GENL_ECHO_GENL_VERSION));
	return -EINVAL;
}

static int genl_echo_pre_doit(const struct genl_split_ops *ops,
			      struct sk_buff *skb, struct genl_info *info)
{
	return genl_echo_check_header(genl_info_net(info), info->nlhdr,
				      info->extack);
}

static const struct genl_ops genl_echo_ops[] = {
	{
		.cmd		= GENL_ECHO_CMD_ECHO,
		.policy		= genl_echo_echo_policy,
		.maxattr	= ARRAY_SIZE(genl_echo_echo_policy) - 1,
		.doit		= genl_echo_echo_doit,
		.start		= genl_echo_dump_start,
		.dumpit		= genl_echo_dump_dumpit,
	},
	{
		.cmd		= GENL_ECHO_CMD_FAIL,
		.policy		= genl_echo_fail_policy,
		.maxattr	= ARRAY_SIZE(genl_echo_fail_policy) - 1,
		.doit		= genl_echo_fail_doit,
	},
	{
		.cmd		= GENL_ECHO_CMD_GET_STATS,
		.doit		= genl_echo_stats_doit,
	},
};

static const struct genl_multicast_group genl_echo_mcgrps[] = {
	[GENL_ECHO_GROUP_EVENTS] = { .name = GENL_ECHO_MCGRP_EVENTS },
};

/* The name is written by main.c, from the module parameter. */
struct genl_family genl_echo_family __ro_after_init = {
	.version	= GENL_ECHO_GENL_VERSION,
	.maxattr	= GENL_ECHO_A_MAX,
	.policy		= genl_echo_no_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.pre_doit	= genl_echo_pre_doit,
	.ops		= genl_echo_ops,
	.n_ops		= ARRAY_SIZE(genl_echo_ops),
#ifdef SOCKMODS_HAVE_GENL_RESV_START_OP
	.resv_start_op	= GENL_ECHO_CMD_ECHO,
#endif
	.mcgrps		= genl_echo_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(genl_echo_mcgrps),
	.module		= THIS_MODULE,
};
