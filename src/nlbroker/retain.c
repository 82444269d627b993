// SPDX-License-Identifier: GPL-2.0-only
/* Retained values: the last message of a topic, kept for who comes later. */
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/netlink.h>

#include "nlbroker.h"
#include "stats.h"

/*
 * The room that a dump asks for: netlink allocates that for each recvmsg(), and
 * any retained value fits.
 */
#define NLB_RETAINED_DUMP_ALLOC	SKB_WITH_OVERHEAD(65536)

/**
 * struct nlb_value - a retained value
 * @content: the message; data is @data
 * @account: who pays
 * @cost: how much
 * @data: payload
 */
struct nlb_value {
	struct nlb_content	content;
	struct nlb_account	*account;
	size_t			cost;
	u8			data[];
};

/**
 * nlb_value_new() - make a retained value
 * @nn: the broker
 * @name_len: bytes of its topic's name
 * @content: the message
 * @result: set to the value
 * @extack: where the reason goes
 *
 * Context: process context of the sender, may sleep; no spinlock.
 * Return: 0, -ENOMEM or -EDQUOT.
 */
int nlb_value_new(struct nlb_net *nn, size_t name_len,
		  const struct nlb_content *content, struct nlb_value **result,
		  struct netlink_ext_ack *extack)
{
	struct nlb_account *account;
	struct nlb_value *value;
	int err;

	account = nlb_account_get(nn, content->uid, extack);
	if (!account)
		return -ENOMEM;
	value = kvmalloc(struct_size(value, data, content->len),
			 GFP_KERNEL_ACCOUNT);
	if (!value) {
		NL_SET_ERR_MSG(extack, "no memory for the retained value");
		err = -ENOMEM;
		goto err_account;
	}
	/* The topic is there because of the value, so that counts, too. */
	value->cost = struct_size(value, data, content->len) +
		      sizeof(struct nlb_topic) + name_len;
	err = nlb_charge(account, NLB_RETAINED_BYTES, value->cost, extack);
	if (err)
		goto err_value;
	value->account = account;
	value->content = *content;
	value->content.data = value->data;
	value->content.retained = true;
	value->content.retain = false;
	value->content.pid = get_pid(content->pid);
	memcpy(value->data, content->data, content->len);
	*result = value;
	return 0;

err_value:
	kvfree(value);
err_account:
	nlb_account_put(account);
	return err;
}

/**
 * nlb_value_free() - free a value that no topic has
 * @value: the value, or NULL
 *
 * Context: process context, may sleep; no spinlock.
 */
void nlb_value_free(struct nlb_value *value)
{
	if (!value)
		return;
	nlb_uncharge(value->account, NLB_RETAINED_BYTES, value->cost);
	nlb_account_put(value->account);
	put_pid(value->content.pid);
	kvfree(value);
}

/**
 * nlb_value_set() - retain another value
 * @topic: the topic; locked, and its broker too if there was no value or is none
 *	now: nlb_topic_update() has to follow then
 * @value: the value, or NULL
 * @seq: its number
 *
 * Context: process context, may sleep.
 */
void nlb_value_set(struct nlb_topic *topic, struct nlb_value *value, u64 seq)
{
	struct nlb_value *old = topic->value;

	lockdep_assert_held(&topic->lock);
	if (!old != !value)
		lockdep_assert_held(&topic->nn->lock);
	if (value)
		value->content.seq = seq;
	topic->value = value;
	nlb_value_free(old);
}

/**
 * nlb_value_len() - bytes of a value's payload
 * @value: the value
 *
 * Return: how many.
 */
u32 nlb_value_len(const struct nlb_value *value)
{
	return value->content.len;
}

/**
 * nlb_value_send() - send a topic's retained value, if it has one, to a new
 * subscriber who may read it
 * @topic: the topic; its broker is locked, it isn't
 * @sub: the subscription
 *
 * Context: process context, may sleep.
 */
void nlb_value_send(struct nlb_topic *topic, const struct nlb_sub *sub)
{
	struct nlb_peer *peer = sub->peer;
	enum nlb_outcome outcome = NLB_FULL;
	struct nlb_variant variant;
	struct sk_buff *skb;

	mutex_lock(&topic->lock);
	if (!topic->value || !nlb_sub_may_read(topic, sub))
		goto out;

	nlb_peer_variant(peer, sub->creds, &variant);
	skb = nlb_message_new(topic, &topic->value->content, &variant,
			      GFP_KERNEL);
	rcu_read_lock();
	if (skb)
		outcome = nlb_deliver(peer, topic, &skb, 1,
				      topic->value->content.uid, true);
	if (outcome == NLB_FULL || outcome == NLB_SPENT)
		nlb_loss_add(peer, topic, topic->value->content.seq, 1, outcome);
	rcu_read_unlock();
	kfree_skb(skb);

	if (outcome == NLB_DELIVERED)
		nlb_count(topic->nn, NLBROKER_A_STAT_DELIVERIES, 1);
	else if (outcome != NLB_GONE)
		nlb_count(topic->nn, NLBROKER_A_STAT_LOST, 1);
out:
	mutex_unlock(&topic->lock);
}

/**
 * nlb_retained_start() - begin GET_RETAINED
 * @cb: the dump
 *
 * Context: process context.
 * Return: 0, or -EINVAL.
 */
int nlb_retained_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = NLB_RETAINED_DUMP_ALLOC;
	return nlb_topic_start(cb);
}

static int nlb_retained_put(struct sk_buff *skb, struct netlink_callback *cb,
			    const struct nlb_topic *topic)
{
	const struct nlb_content *content = &topic->value->content;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &nlb_family, NLM_F_MULTI, NLBROKER_CMD_GET_RETAINED);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nla_put(skb, NLBROKER_A_TOPIC, topic->len + 1, topic->name) ||
	    nla_put_u64_64bit(skb, NLBROKER_A_SEQ, content->seq,
			      NLBROKER_A_PAD) ||
	    nla_put(skb, NLBROKER_A_PAYLOAD, content->len, content->data) ||
	    nlb_put_content(skb, content, current_user_ns(),
			    task_active_pid_ns(current))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * nlb_retained_dumpit() - write the retained values that fit
 * @skb: room for at least one
 * @cb: the dump
 *
 * Context: process context of the reader, may sleep for locks only.
 * Return: bytes written, when there may be more to come; 0 after the last.
 */
int nlb_retained_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlb_net *nn = nlb_net(sock_net(cb->skb->sk));
	struct nlb_dump *dump = nlb_dump(cb);
	struct nlb_topic *topic;
	int err = 0;

	if (dump->done)
		return 0;
	nlb_lock(nn);
	cb->seq = nn->topic_gen;
	xa_for_each_start(&nn->topic_ids, dump->next, topic, dump->next) {
		if (!topic->lives || !nlb_dump_wants(dump, topic))
			continue;
		mutex_lock(&topic->lock);
		if (topic->value && nlb_sender_may(topic, cb->skb, 4))
			err = nlb_retained_put(skb, cb, topic);
		mutex_unlock(&topic->lock);
		if (err)
			break;
		cond_resched();
	}
	nlb_unlock(nn);
	dump->done = !err;
	return skb->len;
}
