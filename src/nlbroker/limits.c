// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: ceilings, which are module parameters and so the initial namespace's;
 * what a namespace has lowered them to; and the commands to see and set them.
 */
#include <linux/capability.h>
#include <linux/moduleparam.h>
#include <net/netlink.h>

#include "nlbroker.h"
#include "stats.h"

static_assert(NLBROKER_A_LIMIT_QUEUE_SHARE - NLBROKER_A_LIMIT_PEERS == NLB_QUEUE_SHARE);
static_assert(NLBROKER_A_CEILING_QUEUE_SHARE - NLBROKER_A_CEILING_PEERS == NLB_QUEUE_SHARE);
static_assert(NLBROKER_A_USED_RETAINED_BYTES - NLBROKER_A_USED_PEERS == NLB_RETAINED_BYTES);

u64 nlb_ceilings[NLB_LIMITS] = {
	[NLB_PEERS]		= 1000,
	[NLB_SUBSCRIPTIONS]	= 20000,
	[NLB_TOPICS]		= 10000,
	[NLB_RETAINED_BYTES]	= 16 << 20,
	[NLB_QUEUE_SHARE]	= 50,
};

static int nlb_ceiling_set(const char *text, const struct kernel_param *kp)
{
	u64 *ceiling = kp->arg, value;
	int err = 0;

	if (sysfs_streq(text, "unlimited"))
		value = NLBROKER_UNLIMITED;
	else
		err = kstrtou64(text, 0, &value);
	if (err)
		return err;
	if (ceiling == &nlb_ceilings[NLB_QUEUE_SHARE] && value > 100)
		return -ERANGE;
	WRITE_ONCE(*ceiling, value);
	return 0;
}

static int nlb_ceiling_get(char *buffer, const struct kernel_param *kp)
{
	u64 value = READ_ONCE(*(u64 *)kp->arg);

	if (value == NLBROKER_UNLIMITED)
		return sysfs_emit(buffer, "unlimited\n");
	return sysfs_emit(buffer, "%llu\n", value);
}

static const struct kernel_param_ops nlb_ceiling_ops = {
	.set = nlb_ceiling_set,
	.get = nlb_ceiling_get,
};

module_param_cb(max_peers, &nlb_ceiling_ops, &nlb_ceilings[NLB_PEERS], 0644);
MODULE_PARM_DESC(max_peers, "sockets of a uid that may subscribe or advertise, or unlimited (1000)");
module_param_cb(max_subscriptions, &nlb_ceiling_ops,
		&nlb_ceilings[NLB_SUBSCRIPTIONS], 0644);
MODULE_PARM_DESC(max_subscriptions, "subscriptions a uid may have, or unlimited (20000)");
module_param_cb(max_topics, &nlb_ceiling_ops, &nlb_ceilings[NLB_TOPICS], 0644);
MODULE_PARM_DESC(max_topics, "topics a uid may advertise, or unlimited (10000)");
module_param_cb(max_retained_bytes, &nlb_ceiling_ops,
		&nlb_ceilings[NLB_RETAINED_BYTES], 0644);
MODULE_PARM_DESC(max_retained_bytes, "bytes of retained values of a uid, or unlimited (16777216)");
module_param_cb(max_queue_share, &nlb_ceiling_ops,
		&nlb_ceilings[NLB_QUEUE_SHARE], 0644);
MODULE_PARM_DESC(max_queue_share, "percent of a queue that one other uid may fill, 0 to 100 (50)");

/**
 * nlb_limit() - what is allowed in a namespace
 * @nn: its broker
 * @limit: which
 *
 * Context: any.
 * Return: the limit, never above the ceiling.
 */
u64 nlb_limit(const struct nlb_net *nn, enum nlb_limit limit)
{
	return min(READ_ONCE(nn->limits[limit]), nlb_ceiling(limit));
}

static int nlb_limits_put(struct sk_buff *skb, struct nlb_net *nn,
			  const struct nlb_account *account)
{
	u64 sum[NLB_STAT_NUM] = {};
	unsigned int i;

	if (nla_put_u32(skb, NLBROKER_A_MODE, READ_ONCE(nn->mode)))
		return -EMSGSIZE;
	for (i = 0; i < NLB_LIMITS; i++)
		if (nla_put_u64_64bit(skb, NLBROKER_A_LIMIT_PEERS + i,
				      nlb_limit(nn, i), NLBROKER_A_PAD) ||
		    nla_put_u64_64bit(skb, NLBROKER_A_CEILING_PEERS + i,
				      nlb_ceiling(i), NLBROKER_A_PAD))
			return -EMSGSIZE;
	for (i = 0; i < NLB_CHARGED; i++)
		if (nla_put_u64_64bit(skb, NLBROKER_A_USED_PEERS + i,
				      account ? atomic_long_read(&account->used[i]) : 0,
				      NLBROKER_A_PAD))
			return -EMSGSIZE;
	nlb_stats_sum(nn, sum);
	for (i = 0; i < NLB_STAT_NUM; i++)
		if (nla_put_u64_64bit(skb, NLB_STAT_FIRST + i, sum[i],
				      NLBROKER_A_PAD))
			return -EMSGSIZE;
	return 0;
}

/**
 * nlb_limits_get_doit() - handle GET_LIMITS
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -ENOMEM, or an error of nlb_reply().
 */
int nlb_limits_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlb_net *nn = nlb_info_net(info);
	struct nlb_account *account;
	struct sk_buff *reply;
	void *hdr;
	int err;

	/* What belonged to sockets that are closed isn't in use. */
	nlb_lock(nn);
	nlb_unlock(nn);

	reply = genlmsg_new((2 * NLB_LIMITS + NLB_CHARGED + NLB_STAT_NUM) *
			    nla_total_size_64bit(sizeof(u64)) +
			    nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!reply)
		goto err_nomem;
	hdr = genlmsg_put_reply(reply, info, &nlb_family, 0,
				NLBROKER_CMD_GET_LIMITS);
	if (WARN_ON_ONCE(!hdr))
		goto err_free;

	account = nlb_account_find(nn, current_euid());
	err = nlb_limits_put(reply, nn, account);
	nlb_account_put(account);
	if (WARN_ON_ONCE(err))
		goto err_free;
	genlmsg_end(reply, hdr);
	return nlb_reply(reply, info);

err_free:
	nlmsg_free(reply);
err_nomem:
	NL_SET_ERR_MSG(info->extack, "no memory for the reply");
	return nlb_count_result(nn, -ENOMEM);
}

static int nlb_limits_check(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[NLBROKER_A_MODE];
	unsigned int i;

	if (attr && (nla_get_u32(attr) & ~0666)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "mode has bits that are not in 0666");
		return -EINVAL;
	}
	attr = info->attrs[NLBROKER_A_LIMIT_QUEUE_SHARE];
	if (attr && nla_get_u64(attr) > 100) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "queue share is more than 100 percent");
		return -EINVAL;
	}
	for (i = 0; i < NLB_LIMITS; i++) {
		attr = info->attrs[NLBROKER_A_LIMIT_PEERS + i];
		if (attr && nla_get_u64(attr) > nlb_ceiling(i)) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "limit is above the ceiling that the initial namespace has set");
			return -EPERM;
		}
	}
	return 0;
}

static void nlb_mode_set(struct nlb_net *nn, u16 mode)
{
	struct nlb_topic *topic;
	unsigned long id;

	lockdep_assert_held(&nn->lock);
	WRITE_ONCE(nn->mode, mode);
	xa_for_each(&nn->topic_ids, id, topic) {
		if (topic->owned)
			continue;
		mutex_lock(&topic->lock);
		nlb_topic_default(topic);
		mutex_unlock(&topic->lock);
		if (topic->lives)
			nlb_event_topic(topic, NLBROKER_CMD_TOPIC_CHANGE);
		cond_resched();
	}
}

/**
 * nlb_limits_set_doit() - handle SET_LIMITS
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EPERM when the caller isn't CAP_NET_ADMIN or a limit is above its
 * ceiling; -EINVAL when the mode has other bits than 0666.
 */
int nlb_limits_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlb_net *nn = nlb_info_net(info);
	unsigned int i;
	int err;

	if (!netlink_net_capable(skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(info->extack, "needs CAP_NET_ADMIN over the network namespace");
		return nlb_count_result(nn, -EPERM);
	}
	err = nlb_limits_check(info);
	if (err)
		return nlb_count_result(nn, err);

	nlb_lock(nn);
	for (i = 0; i < NLB_LIMITS; i++)
		if (info->attrs[NLBROKER_A_LIMIT_PEERS + i])
			WRITE_ONCE(nn->limits[i],
				   nla_get_u64(info->attrs[NLBROKER_A_LIMIT_PEERS + i]));
	if (info->attrs[NLBROKER_A_MODE])
		nlb_mode_set(nn, nla_get_u32(info->attrs[NLBROKER_A_MODE]));
	nlb_unlock(nn);
	return 0;
}
