// SPDX-License-Identifier: GPL-2.0-only
/*
 * PUBLISH. A message to a topic whose fanout is known takes the topic's lock,
 * and no other that is shared: one skb is made for all who get it in the same
 * form, and a clone of it queued for each. Of several messages in a request, as
 * many as fit are in one such skb: that saves each subscriber a wake-up and a system
 * call for every message but the first.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "nlbroker.h"
#include "stats.h"

/* Others may use a processor after so many deliveries. */
#define NLB_FANOUT_BATCH	64

/**
 * struct nlb_publish - a publish under way
 * @nn: the broker
 * @skb: the request
 * @info: the request, parsed; NULL from the raw unit
 * @extack: where the reason for a refusal goes
 * @name: the topic's
 * @content: the message; of several the last one
 * @batch: of several, all; otherwise @num is 0
 * @num: how many messages there are
 * @bytes: of all payloads
 * @unit: which front end
 * @echo: the sender wants a reply
 * @retain: the request says so
 * @hold: who has no room doesn't lose the message
 * @only: ports of those who may get it, ascending, or NULL
 * @only_num: how many
 * @value: what to retain, made for this, or NULL
 * @delivered: subscribers that got it; of several the sum
 * @full: subscribers that had no room
 * @held: those of them that didn't lose the message
 * @full_ports: with @hold: who these are
 * @reply: made before anybody gets the message, so that it can't fail after
 */
struct nlb_publish {
	struct nlb_net		*nn;
	struct sk_buff		*skb;
	struct genl_info	*info;
	struct netlink_ext_ack	*extack;
	struct nlb_name		name;
	struct nlb_content	content;
	struct nlb_batch	batch;
	u32			num;
	u32			bytes;
	enum nlb_unit		unit;
	bool			echo;
	bool			retain;
	bool			hold;
	const u32		*only;
	u32			only_num;
	struct nlb_value	*value;
	u32			delivered;
	u32			full;
	u32			held;
	u32			*full_ports;
	struct sk_buff		*reply;
};

static void nlb_variants_free(struct nlb_fanout *fanout)
{
	u32 i;

	for (i = 0; i < fanout->variants_num; i++) {
		kfree_skb(fanout->variants[i].skb);
		fanout->variants[i].skb = NULL;
		kfree_skb_list(fanout->variants[i].rest);
		fanout->variants[i].rest = NULL;
	}
}

/*
 * All that somebody will get, in each form that somebody gets it in: when there is
 * no memory for it, nobody gets anything.
 */
static int nlb_variants_make(const struct nlb_topic *topic,
			     const struct nlb_publish *p)
{
	struct nlb_fanout *fanout = topic->fanout;
	struct nlb_variant *variant;
	u32 i;

	for (i = 0; i < fanout->variants_num; i++) {
		variant = &fanout->variants[i];
		if (likely(!p->batch.num))
			variant->rest = nlb_message_new(topic, &p->content,
							variant, GFP_KERNEL);
		else
			variant->rest = nlb_batch_new(topic, &p->content,
						      &p->batch, variant);
		if (unlikely(!variant->rest)) {
			nlb_variants_free(fanout);
			return -ENOMEM;
		}
	}
	return 0;
}

/* The next datagram in each form. */
static void nlb_variants_next(struct nlb_fanout *fanout)
{
	struct nlb_variant *variant;
	u32 i;

	for (i = 0; i < fanout->variants_num; i++) {
		variant = &fanout->variants[i];
		/* Unless those who were to get the last one are gone. */
		kfree_skb(variant->skb);
		variant->skb = variant->rest;
		variant->rest = variant->skb->next;
		skb_mark_not_on_list(variant->skb);
		variant->left = variant->uses;
	}
}

static bool nlb_skips(const struct nlb_publish *p,
		      const struct nlb_target *target, u32 *at)
{
	const struct nlb_peer *peer = target->peer;

	if (target->no_local && peer->portid == p->content.portid &&
	    peer->unit == p->unit)
		return true;
	if (likely(!p->only))
		return false;
	if (peer->unit != NLB_UNIT_GENL)
		return true;
	/* Both are in ascending order. */
	while (*at < p->only_num && p->only[*at] < peer->portid)
		(*at)++;
	return *at == p->only_num || p->only[*at] != peer->portid;
}

/* A datagram of NUM messages, the first of which has number SEQ. */
static void nlb_fan_out(struct nlb_topic *topic, struct nlb_publish *p, u64 seq,
			u32 num)
{
	struct nlb_fanout *fanout = topic->fanout;
	const struct nlb_target *target;
	struct nlb_variant *variant;
	enum nlb_outcome outcome;
	bool last;
	u32 i, at = 0;

	rcu_read_lock();
	for (i = 0; i < fanout->num; i++) {
		if (unlikely(i && !(i % NLB_FANOUT_BATCH))) {
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
		target = &fanout->targets[i];
		variant = &fanout->variants[target->variant];
		last = !--variant->left;
		if (nlb_skips(p, target, &at))
			continue;
		outcome = nlb_deliver(target->peer, topic, &variant->skb, num,
				      p->content.uid, last);
		if (likely(outcome == NLB_DELIVERED)) {
			p->delivered += num;
		} else if (outcome != NLB_GONE) {
			if (p->hold && target->peer->unit == NLB_UNIT_GENL)
				p->full_ports[p->held++] = target->peer->portid;
			else
				nlb_loss_add(target->peer, topic, seq, num,
					     outcome);
			p->full += num;
		}
	}
	rcu_read_unlock();
}

static int nlb_reply_make(struct nlb_publish *p, u32 targets)
{
	p->reply = genlmsg_new(nla_total_size(p->name.len + 1) +
			       3 * nla_total_size_64bit(sizeof(u64)) +
			       nla_total_size((p->hold ? targets : 0) * sizeof(u32)),
			       GFP_KERNEL);
	if (!p->reply)
		goto err;
	if (p->hold) {
		p->full_ports = kvmalloc_array(targets ?: 1, sizeof(u32),
					       GFP_KERNEL_ACCOUNT);
		if (!p->full_ports)
			goto err;
	}
	return 0;

err:
	NL_SET_ERR_MSG(p->extack, "no memory for the reply");
	return -ENOMEM;
}

/* The topic is locked and its fanout is known: let them have the message. */
static int nlb_publish_to(struct nlb_topic *topic, struct nlb_publish *p,
			  bool retain)
{
	struct nlb_batch batch = p->batch;
	u64 seq = topic->seq + 1;
	u32 num;

	lockdep_assert_held(&topic->lock);
	if (unlikely(!nlb_sender_may(topic, p->skb, 2))) {
		NL_SET_ERR_MSG(p->extack, "no right to write to the topic");
		return -EACCES;
	}
	if (p->echo && nlb_reply_make(p, topic->fanout->num))
		return -ENOMEM;

	p->content.seq = seq;
	p->content.retain = retain;
	if (unlikely(nlb_variants_make(topic, p))) {
		NL_SET_ERR_MSG(p->extack, "no memory for the message");
		return -ENOMEM;
	}
	topic->seq += p->num;
	p->content.seq = topic->seq;
	if (!READ_ONCE(topic->used))
		WRITE_ONCE(topic->used, true);
	if (unlikely(retain)) {
		nlb_value_set(topic, p->value, topic->seq);
		p->value = NULL;
	}
	do {
		num = unlikely(batch.num) ?
			nlb_batch_next(topic, &batch, retain) : 1;
		nlb_variants_next(topic->fanout);
		nlb_fan_out(topic, p, seq, num);
		seq += num;
		if (unlikely(batch.num))
			cond_resched();
	} while (batch.num);
	nlb_variants_free(topic->fanout);
	return 0;
}

/* Nobody would get the message, and nobody will have it kept. */
static int nlb_publish_nowhere(struct nlb_publish *p)
{
	struct nlb_topic *topic;
	int err = 0;

	/* Is it allowed? It is what it would be if the topic were there. */
	if (unlikely((READ_ONCE(p->nn->mode) & 0222) != 0222)) {
		nlb_lock(p->nn);
		topic = nlb_topic_get(p->nn, &p->name);
		if (!topic) {
			err = -ENOMEM;
			NL_SET_ERR_MSG(p->extack, "no memory for the topic");
		} else if (!nlb_sender_may(topic, p->skb, 2)) {
			err = -EACCES;
			NL_SET_ERR_MSG(p->extack, "no right to write to the topic");
		}
		if (topic)
			nlb_topic_put(topic);
		nlb_unlock(p->nn);
	}
	if (!err && p->echo)
		err = nlb_reply_make(p, 0);
	return err;
}

/* See whether the topic's lock will do; if so, and when all is there, publish. */
static int nlb_publish_try(struct nlb_topic *topic, struct nlb_publish *p,
			   bool locked, bool *retain)
{
	bool have = p->value || (*retain && !p->content.len);
	int err = -EAGAIN;

	mutex_lock(&topic->lock);
	if (unlikely(topic->dead)) {
		/* Whoever took it away isn't done before the broker is unlocked. */
		err = -EBUSY;
		goto out;
	}
	if (unlikely(topic->retain && !p->only))
		*retain = true;
	if (unlikely(*retain && !have))
		goto out;
	if (!locked && (unlikely(!topic->fanout) ||
			(*retain && !topic->value != !p->value))) {
		err = -EBUSY;
		goto out;
	}
	if (unlikely(!topic->fanout) && nlb_fanout_build(topic)) {
		NL_SET_ERR_MSG(p->extack, "no memory for the list of subscribers");
		err = -ENOMEM;
		goto out;
	}
	err = nlb_publish_to(topic, p, *retain);
out:
	mutex_unlock(&topic->lock);
	return err;
}

/*
 * Find the topic, or make it, and publish. The broker is locked only if the
 * topic isn't there, its fanout isn't known, or it gets a retained value or
 * loses it.
 */
static int nlb_publish(struct nlb_publish *p)
{
	struct nlb_net *nn = p->nn;
	bool retain = p->retain, locked = false;
	struct nlb_topic *topic;
	int err;

	for (;;) {
		if (unlikely(retain && p->content.len && !p->value)) {
			err = nlb_value_new(nn, p->name.len, &p->content,
					    &p->value, p->extack);
			if (err)
				break;
		}
		topic = nlb_topic_lookup(nn, p->name.text, p->name.len);
		if (unlikely(!topic)) {
			/* A topic that is there has a right name. */
			err = nlb_check_name(&p->name, false, p->extack);
			if (err)
				break;
			if (!locked && !p->value && !READ_ONCE(nn->wild_num)) {
				err = nlb_publish_nowhere(p);
				break;
			}
			if (!locked) {
				nlb_lock(nn);
				nlb_fanout_make_room(nn);
				locked = true;
				continue;
			}
			topic = nlb_topic_get(nn, &p->name);
			if (!topic) {
				NL_SET_ERR_MSG(p->extack, "no memory for the topic");
				err = -ENOMEM;
				break;
			}
		}
		err = nlb_publish_try(topic, p, locked, &retain);
		if (unlikely(locked && !err))
			nlb_topic_update(topic);
		nlb_topic_put(topic);
		if (likely(err != -EAGAIN && err != -EBUSY))
			break;
		if (err == -EBUSY && !locked) {
			nlb_lock(nn);
			nlb_fanout_make_room(nn);
			locked = true;
		}
	}
	if (unlikely(locked))
		nlb_unlock(nn);
	return err;
}

static int nlb_publish_reply(struct nlb_publish *p)
{
	struct sk_buff *reply = p->reply;
	void *hdr;

	p->reply = NULL;
	hdr = genlmsg_put_reply(reply, p->info, &nlb_family, 0,
				NLBROKER_CMD_PUBLISH);
	if (WARN_ON_ONCE(!hdr ||
			 nla_put(reply, NLBROKER_A_TOPIC, p->name.len + 1,
				 p->name.text) ||
			 nla_put_u64_64bit(reply, NLBROKER_A_SEQ, p->content.seq,
					   NLBROKER_A_PAD) ||
			 nla_put_u64_64bit(reply, NLBROKER_A_DELIVERED,
					   p->delivered, NLBROKER_A_PAD) ||
			 nla_put_u64_64bit(reply, NLBROKER_A_FULL, p->full,
					   NLBROKER_A_PAD) ||
			 (p->hold && nla_put(reply, NLBROKER_A_FULL_PORTIDS,
					     p->held * sizeof(u32),
					     p->full_ports)))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return nlb_reply(reply, p->info);
}

/* Publish what P says, and answer. */
static int nlb_publish_run(struct nlb_publish *p)
{
	struct nlb_net *nn = p->nn;
	int err;

	p->content.portid = NETLINK_CB(p->skb).portid;
	p->content.uid = current_euid();
	p->content.gid = current_egid();
	p->content.pid = task_tgid(current);
	p->content.time = ktime_get_real_ns();

	/* A topic ends with its owner's socket, now if it hasn't yet. */
	if (unlikely(!llist_empty(&nn->dead))) {
		nlb_lock(nn);
		nlb_unlock(nn);
	}
	err = nlb_publish(p);
	if (likely(!err)) {
		nlb_count_publish(nn, p->num, p->bytes, p->delivered,
				  p->full - p->held, p->held);
		if (p->reply)
			err = nlb_publish_reply(p);
	} else {
		nlb_count_result(nn, err);
	}
	if (unlikely(p->value))
		nlb_value_free(p->value);
	if (unlikely(p->reply))
		nlmsg_free(p->reply);
	kvfree(p->full_ports);
	return err;
}

static int nlb_publish_check_only(struct nlb_publish *p,
				  const struct nlattr *attr)
{
	const u32 *ports = nla_data(attr);
	u32 i, num = nla_len(attr) / sizeof(u32);

	if (nla_len(attr) % sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR(p->extack, attr, "ONLY is not a list of u32");
		return -EINVAL;
	}
	for (i = 1; i < num; i++)
		if (ports[i] <= ports[i - 1]) {
			NL_SET_ERR_MSG_ATTR(p->extack, attr, "ports in ONLY are not ascending");
			return -EINVAL;
		}
	if (p->retain) {
		NL_SET_ERR_MSG_ATTR(p->extack, attr, "ONLY and RETAIN exclude each other");
		return -EINVAL;
	}
	p->only = ports;
	p->only_num = num;
	return 0;
}

/* See how many payloads there are; genetlink's table has the last one only. */
static int nlb_publish_check_payloads(struct nlb_publish *p)
{
	const struct nlattr *attr, *first = NULL;
	u32 num = 0;
	u64 bytes = 0;
	int rem;

	nlmsg_for_each_attr(attr, p->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != NLBROKER_A_PAYLOAD)
			continue;
		if (!num++)
			first = attr;
		bytes += nla_len(attr);
		if (unlikely(bytes > NLBROKER_PAYLOAD_MAX)) {
			if (num == 1)
				NL_SET_ERR_MSG_ATTR(p->extack, attr,
						    "payload is longer than 61440 bytes");
			else
				NL_SET_ERR_MSG_ATTR(p->extack, attr,
						    "payloads are longer than 61440 bytes together");
			return -EMSGSIZE;
		}
		if (unlikely(num > NLBROKER_BATCH_MAX)) {
			NL_SET_ERR_MSG_ATTR(p->extack, attr,
					    "more than 256 payloads");
			return -EMSGSIZE;
		}
		p->content.data = nla_data(attr);
		p->content.len = nla_len(attr);
	}
	p->bytes = bytes;
	if (likely(num <= 1))
		return 0;
	if (p->hold || p->info->attrs[NLBROKER_A_ONLY]) {
		NL_SET_ERR_MSG_ATTR(p->extack, first,
				    "HOLD and ONLY take one payload");
		return -EINVAL;
	}
	p->num = num;
	p->batch.attr = first;
	p->batch.num = num;
	return 0;
}

static int nlb_publish_parse(struct nlb_publish *p, struct nlattr **attrs)
{
	int err;

	err = nlb_get_name(attrs, NLBROKER_A_TOPIC, &p->name, p->extack);
	if (unlikely(err))
		return err;
	err = nlb_publish_check_payloads(p);
	if (unlikely(err))
		return err;
	if (unlikely(p->hold && !p->echo)) {
		NL_SET_ERR_MSG_ATTR(p->extack, attrs[NLBROKER_A_HOLD],
				    "HOLD needs NLM_F_ECHO");
		return -EINVAL;
	}
	if (unlikely(attrs[NLBROKER_A_ONLY]))
		return nlb_publish_check_only(p, attrs[NLBROKER_A_ONLY]);
	return 0;
}

/**
 * nlb_publish_doit() - handle PUBLISH
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EINVAL, -EMSGSIZE, -EACCES, -EDQUOT, -ENOMEM, or an error of
 * nlb_reply().
 */
int nlb_publish_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlb_publish p = {
		.nn	= nlb_info_net(info),
		.skb	= skb,
		.info	= info,
		.extack	= info->extack,
		.num	= 1,
		.unit	= NLB_UNIT_GENL,
		.echo	= info->nlhdr->nlmsg_flags & NLM_F_ECHO,
		.retain	= info->attrs[NLBROKER_A_RETAIN],
		.hold	= info->attrs[NLBROKER_A_HOLD],
	};
	int err;

	err = nlb_publish_parse(&p, info->attrs);
	if (unlikely(err))
		return nlb_count_result(p.nn, err);
	return nlb_publish_run(&p);
}

/**
 * nlb_publish_raw() - publish a message of the raw unit
 * @nn: the broker
 * @skb: the request
 * @data: payload
 * @len: its bytes
 * @extack: where the reason goes
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EMSGSIZE, -EACCES, -EDQUOT or -ENOMEM.
 */
int nlb_publish_raw(struct nlb_net *nn, struct sk_buff *skb, const void *data,
		    u32 len, struct netlink_ext_ack *extack)
{
	struct nlb_publish p = {
		.nn		= nn,
		.skb		= skb,
		.extack		= extack,
		.name.text	= NLBROKER_RAW_TOPIC,
		.name.len	= sizeof(NLBROKER_RAW_TOPIC) - 1,
		.content.data	= data,
		.content.len	= len,
		.num		= 1,
		.bytes		= len,
		.unit		= NLB_UNIT_RAW,
	};

	if (len > NLBROKER_PAYLOAD_MAX) {
		NL_SET_ERR_MSG(extack, "payload is longer than 61440 bytes");
		return nlb_count_result(nn, -EMSGSIZE);
	}
	return nlb_publish_run(&p);
}
