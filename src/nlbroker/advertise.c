// SPDX-License-Identifier: GPL-2.0-only
/* ADVERTISE and WITHDRAW: who owns a topic. */
#include <net/netlink.h>

#include "nlbroker.h"
#include "stats.h"

/**
 * nlb_withdraw() - end an advertisement
 * @topic: the topic; its broker is locked, it isn't
 *
 * A retained value stays, and keeps those out whom its owner kept out.
 *
 * Context: process context, may sleep.
 */
void nlb_withdraw(struct nlb_topic *topic)
{
	struct nlb_peer *peer = topic->owner;
	bool kept;

	lockdep_assert_held(&topic->nn->lock);
	list_del(&topic->owner_node);
	peer->topics_num--;
	nlb_uncharge(peer->account, NLB_TOPICS, 1);

	mutex_lock(&topic->lock);
	topic->owner = NULL;
	topic->retain = false;
	kept = topic->value;
	if (!kept)
		nlb_topic_default(topic);
	mutex_unlock(&topic->lock);

	if (kept || topic->subs_num)
		nlb_event_topic(topic, NLBROKER_CMD_TOPIC_CHANGE);
	nlb_topic_update(topic);
}

static int nlb_advertise_topic(struct nlb_topic *topic, struct nlb_peer *peer,
			       struct sk_buff *skb, const struct genl_info *info)
{
	const struct nlattr *mode = info->attrs[NLBROKER_A_MODE];
	bool again = topic->owner == peer, lived = topic->lives;
	int err;

	lockdep_assert_held(&topic->nn->lock);
	if (!again) {
		if (topic->owner) {
			NL_SET_ERR_MSG(info->extack, "topic is advertised by another socket");
			return -EBUSY;
		}
		if (!nlb_sender_may(topic, skb, 2)) {
			NL_SET_ERR_MSG(info->extack, "no right to write to the topic");
			return -EACCES;
		}
		err = nlb_charge(peer->account, NLB_TOPICS, 1, info->extack);
		if (err)
			return err;
		list_add_tail(&topic->owner_node, &peer->topics);
		peer->topics_num++;
	}

	mutex_lock(&topic->lock);
	topic->owner = peer;
	topic->owned = true;
	topic->retain = info->attrs[NLBROKER_A_RETAIN];
	if (!again) {
		topic->uid = current_euid();
		topic->gid = current_egid();
		topic->mode = topic->nn->mode;
	}
	if (mode)
		topic->mode = nla_get_u32(mode);
	nlb_fanout_drop(topic);
	mutex_unlock(&topic->lock);

	if (lived)
		nlb_event_topic(topic, NLBROKER_CMD_TOPIC_CHANGE);
	nlb_topic_update(topic);
	return 0;
}

/**
 * nlb_advertise_doit() - handle ADVERTISE
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EINVAL, -EBUSY, -EACCES, -EDQUOT, -ESHUTDOWN or -ENOMEM.
 */
int nlb_advertise_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *mode = info->attrs[NLBROKER_A_MODE];
	struct nlb_net *nn = nlb_info_net(info);
	struct nlb_topic *topic;
	struct nlb_name name;
	struct nlb_peer *peer;
	bool created;
	int err;

	err = nlb_get_name(info->attrs, NLBROKER_A_TOPIC, &name, info->extack) ?:
	      nlb_check_name(&name, false, info->extack);
	if (err)
		return nlb_count_result(nn, err);
	if (mode && (nla_get_u32(mode) & ~0666)) {
		NL_SET_ERR_MSG_ATTR(info->extack, mode, "mode has bits that are not in 0666");
		return nlb_count_result(nn, -EINVAL);
	}

	nlb_lock(nn);
	peer = nlb_peer_get(nn, NLB_UNIT_GENL, skb, &created, info->extack);
	if (IS_ERR(peer)) {
		err = PTR_ERR(peer);
		goto out_unlock;
	}
	topic = nlb_topic_get(nn, &name);
	if (topic) {
		err = nlb_advertise_topic(topic, peer, skb, info);
		nlb_topic_put(topic);
	} else {
		NL_SET_ERR_MSG(info->extack, "no memory for the topic");
		err = -ENOMEM;
	}
	nlb_peer_settle(peer, created, err);
out_unlock:
	nlb_unlock(nn);
	return nlb_count_result(nn, err);
}

/**
 * nlb_withdraw_doit() - handle WITHDRAW
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for locks only.
 * Return: 0; -EINVAL; -ENOENT when the socket doesn't advertise the topic.
 */
int nlb_withdraw_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlb_net *nn = nlb_info_net(info);
	struct nlb_topic *topic;
	struct nlb_name name;
	struct nlb_peer *peer;
	int err;

	err = nlb_get_name(info->attrs, NLBROKER_A_TOPIC, &name, info->extack) ?:
	      nlb_check_name(&name, false, info->extack);
	if (err)
		return nlb_count_result(nn, err);

	nlb_lock(nn);
	peer = nlb_peer_find(nn, NLB_UNIT_GENL, skb);
	topic = nlb_topic_lookup(nn, name.text, name.len);
	if (peer && topic && topic->owner == peer) {
		nlb_withdraw(topic);
	} else {
		NL_SET_ERR_MSG(info->extack, "this socket does not advertise the topic");
		err = -ENOENT;
	}
	if (topic)
		nlb_topic_put(topic);
	nlb_unlock(nn);
	return nlb_count_result(nn, err);
}
