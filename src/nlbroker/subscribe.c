// SPDX-License-Identifier: GPL-2.0-only
/* SUBSCRIBE and UNSUBSCRIBE. */
#include <linux/capability.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <sockmods/topic.h>

#include "nlbroker.h"
#include "stats.h"

/* Key of nlb_net.subs. */
struct nlb_sub_key {
	const struct nlb_peer	*peer;
	const struct nlb_name	*pattern;
};

static u32 nlb_sub_hash(const void *data, u32 len, u32 seed)
{
	const struct nlb_sub_key *key = data;

	return jhash(key->pattern->text, key->pattern->len,
		     seed ^ key->peer->portid);
}

static u32 nlb_sub_obj_hash(const void *data, u32 len, u32 seed)
{
	const struct nlb_sub *sub = data;

	return jhash(sub->pattern, sub->len, seed ^ sub->peer->portid);
}

static int nlb_sub_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nlb_sub_key *key = arg->key;
	const struct nlb_sub *sub = obj;

	return sub->peer != key->peer || sub->len != key->pattern->len ||
	       memcmp(sub->pattern, key->pattern->text, sub->len);
}

const struct rhashtable_params nlb_sub_params = {
	.head_offset		= offsetof(struct nlb_sub, node),
	.hashfn			= nlb_sub_hash,
	.obj_hashfn		= nlb_sub_obj_hash,
	.obj_cmpfn		= nlb_sub_compare,
	.automatic_shrinking	= true,
};

/* Subscriptions are only looked up with their broker locked. */
static struct nlb_sub *nlb_sub_find(const struct nlb_peer *peer,
				    const struct nlb_name *pattern)
{
	const struct nlb_sub_key key = { .peer = peer, .pattern = pattern };

	lockdep_assert_held(&peer->nn->lock);
	return rhashtable_lookup_fast(&peer->nn->subs, &key, nlb_sub_params);
}

/* Who gets the messages of the topics that match isn't known any more. */
static void nlb_sub_changed(const struct nlb_sub *sub)
{
	const struct nlb_name pattern = { .text = sub->pattern, .len = sub->len };

	if (!sub->topic) {
		nlb_fanout_drop_matching(sub->peer->nn, &pattern);
		return;
	}
	mutex_lock(&sub->topic->lock);
	nlb_fanout_drop(sub->topic);
	mutex_unlock(&sub->topic->lock);
}

static void nlb_sub_free(struct nlb_sub *sub)
{
	put_cred(sub->cred);
	kfree(sub);
}

/**
 * nlb_unsubscribe() - end a subscription
 * @sub: the subscription; its broker is locked
 *
 * Context: process context, may sleep.
 */
void nlb_unsubscribe(struct nlb_sub *sub)
{
	struct nlb_peer *peer = sub->peer;
	struct nlb_net *nn = peer->nn;

	lockdep_assert_held(&nn->lock);
	rhashtable_remove_fast(&nn->subs, &sub->node, nlb_sub_params);
	list_del(&sub->peer_node);
	list_del(&sub->node_by_topic);
	peer->subs_num--;
	nlb_uncharge(peer->account, NLB_SUBSCRIPTIONS, 1);
	/* The fanouts of a dead peer have all been dropped, at one go. */
	if (!READ_ONCE(peer->dead) || sub->topic)
		nlb_sub_changed(sub);
	if (sub->topic) {
		sub->topic->subs_num--;
		nlb_topic_update(sub->topic);
		nlb_topic_put(sub->topic);
	} else {
		WRITE_ONCE(nn->wild_num, nn->wild_num - 1);
	}
	nlb_sub_free(sub);
}

/* A new subscription, which nobody sees yet. */
static struct nlb_sub *nlb_sub_new(struct nlb_peer *peer,
				   const struct nlb_name *pattern,
				   struct sk_buff *skb,
				   struct netlink_ext_ack *extack)
{
	struct nlb_net *nn = peer->nn;
	struct nlb_sub *sub;
	int err = -ENOMEM;

	lockdep_assert_held(&nn->lock);
	sub = kzalloc(struct_size(sub, pattern, pattern->len + 1),
		      GFP_KERNEL_ACCOUNT);
	if (!sub)
		goto err_nomem;
	sub->peer = peer;
	sub->len = pattern->len;
	memcpy(sub->pattern, pattern->text, pattern->len);

	if (!nlb_pattern_is_wild(pattern->text, pattern->len)) {
		sub->topic = nlb_topic_get(nn, pattern);
		if (!sub->topic)
			goto err_free;
		if (!nlb_sender_may(sub->topic, skb, 4)) {
			NL_SET_ERR_MSG(extack, "no right to read the topic");
			err = -EACCES;
			goto err_topic;
		}
	}
	err = nlb_charge(peer->account, NLB_SUBSCRIPTIONS, 1, extack);
	if (err)
		goto err_topic;
	err = rhashtable_insert_fast(&nn->subs, &sub->node, nlb_sub_params);
	if (err)
		goto err_charge;

	sub->cred = get_current_cred();
	list_add_tail(&sub->peer_node, &peer->subs);
	peer->subs_num++;
	if (sub->topic) {
		list_add_tail(&sub->node_by_topic, &sub->topic->subs);
		sub->topic->subs_num++;
		nlb_topic_update(sub->topic);
	} else {
		list_add_tail(&sub->node_by_topic, &nn->wild);
		WRITE_ONCE(nn->wild_num, nn->wild_num + 1);
	}
	return sub;

err_charge:
	nlb_uncharge(peer->account, NLB_SUBSCRIPTIONS, 1);
err_topic:
	if (sub->topic)
		nlb_topic_put(sub->topic);
err_free:
	kfree(sub);
err_nomem:
	if (err != -EACCES && err != -EDQUOT) {
		NL_SET_ERR_MSG(extack, "no memory for the subscription");
		err = -ENOMEM;
	}
	return ERR_PTR(err);
}

/* The retained values of the topics that match, to their new subscriber. */
static void nlb_sub_send_retained(const struct nlb_sub *sub)
{
	struct nlb_net *nn = sub->peer->nn;
	struct nlb_topic *topic;
	unsigned long id;

	if (sub->topic) {
		nlb_value_send(sub->topic, sub);
		return;
	}
	xa_for_each(&nn->topic_ids, id, topic) {
		if (topic->lives && nlb_topic_match(sub->pattern, sub->len,
						    topic->name, topic->len))
			nlb_value_send(topic, sub);
		cond_resched();
	}
}

/**
 * nlb_subscribe() - subscribe the sender of a request
 * @nn: the broker; not locked
 * @unit: which front end
 * @skb: the request
 * @pattern: right, as nlb_check_name() says
 * @no_local: not what the sender publishes itself
 * @creds: with who sent it
 * @retained: first send the retained values
 * @extack: where the reason goes
 *
 * A publish to a topic that matches comes before all of this, or it sees the
 * subscription: the fanouts that don't have it are dropped, each under the
 * topic's lock, and no new one is built while the broker is locked. The retained
 * value is sent under that lock, before the fanout is dropped, so that it is the
 * last one the subscriber would have missed.
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EACCES, -EDQUOT, -ESHUTDOWN or -ENOMEM.
 */
int nlb_subscribe(struct nlb_net *nn, enum nlb_unit unit, struct sk_buff *skb,
		  const struct nlb_name *pattern, bool no_local, bool creds,
		  bool retained, struct netlink_ext_ack *extack)
{
	struct nlb_peer *peer;
	struct nlb_sub *sub;
	bool created;
	int err = 0;

	nlb_lock(nn);
	peer = nlb_peer_get(nn, unit, skb, &created, extack);
	if (IS_ERR(peer)) {
		err = PTR_ERR(peer);
		goto out_unlock;
	}

	sub = nlb_sub_find(peer, pattern);
	if (sub) {
		if (sub->topic && !nlb_sender_may(sub->topic, skb, 4)) {
			NL_SET_ERR_MSG(extack, "no right to read the topic");
			err = -EACCES;
			goto out_settle;
		}
		put_cred(sub->cred);
		sub->cred = get_current_cred();
	} else {
		sub = nlb_sub_new(peer, pattern, skb, extack);
		if (IS_ERR(sub)) {
			err = PTR_ERR(sub);
			goto out_settle;
		}
	}
	sub->admin = netlink_net_capable(skb, CAP_NET_ADMIN);
	sub->no_local = no_local;
	sub->creds = creds;
	if (retained)
		nlb_sub_send_retained(sub);
	nlb_sub_changed(sub);

out_settle:
	nlb_peer_settle(peer, created, err);
out_unlock:
	nlb_unlock(nn);
	return err;
}

/**
 * nlb_subscribe_doit() - handle SUBSCRIBE
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EINVAL, -EOPNOTSUPP, -EACCES, -EDQUOT, -ESHUTDOWN or -ENOMEM.
 */
int nlb_subscribe_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const char share[] = "$share/";
	struct nlb_net *nn = nlb_info_net(info);
	struct nlb_name pattern;
	int err;

	err = nlb_get_name(info->attrs, NLBROKER_A_PATTERN, &pattern,
			   info->extack) ?:
	      nlb_check_name(&pattern, true, info->extack);
	if (err)
		return nlb_count_result(nn, err);
	if (pattern.len >= sizeof(share) - 1 &&
	    !memcmp(pattern.text, share, sizeof(share) - 1)) {
		NL_SET_ERR_MSG_ATTR(info->extack, pattern.attr,
				    "there are no shared subscriptions");
		return nlb_count_result(nn, -EOPNOTSUPP);
	}

	err = nlb_subscribe(nn, NLB_UNIT_GENL, skb, &pattern,
			    info->attrs[NLBROKER_A_NO_LOCAL],
			    info->attrs[NLBROKER_A_CREDS],
			    info->attrs[NLBROKER_A_SEND_RETAINED], info->extack);
	return nlb_count_result(nn, err);
}

/**
 * nlb_unsubscribe_doit() - handle UNSUBSCRIBE
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for locks only.
 * Return: 0; -EINVAL; -ENOENT when the socket isn't subscribed to this.
 */
int nlb_unsubscribe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlb_net *nn = nlb_info_net(info);
	struct nlb_sub *sub = NULL;
	struct nlb_name pattern;
	struct nlb_peer *peer;
	int err;

	err = nlb_get_name(info->attrs, NLBROKER_A_PATTERN, &pattern,
			   info->extack) ?:
	      nlb_check_name(&pattern, true, info->extack);
	if (err)
		return nlb_count_result(nn, err);

	nlb_lock(nn);
	peer = nlb_peer_find(nn, NLB_UNIT_GENL, skb);
	if (peer)
		sub = nlb_sub_find(peer, &pattern);
	if (sub) {
		nlb_unsubscribe(sub);
	} else {
		NL_SET_ERR_MSG(info->extack, "this socket is not subscribed to the pattern");
		err = -ENOENT;
	}
	nlb_unlock(nn);
	return nlb_count_result(nn, err);
}
