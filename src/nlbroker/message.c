// SPDX-License-Identifier: GPL-2.0-only
/*
 * What subscribers get, as skbs. They are made to size: netlink copies one that
 * has much room left.
 */
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>
#include <net/netlink.h>

#include "nlbroker.h"

/**
 * nlb_peer_variant() - the form in which a peer gets messages
 * @peer: the peer
 * @creds: with the sender's identity
 * @variant: filled in
 *
 * The namespaces are there as long as the peer is: its cred and its pid hold
 * them.
 *
 * Context: any.
 */
void nlb_peer_variant(const struct nlb_peer *peer, bool creds,
		      struct nlb_variant *variant)
{
	memset(variant, 0, sizeof(*variant));
	variant->raw = peer->unit == NLB_UNIT_RAW;
	variant->creds = creds && !variant->raw;
	if (variant->creds) {
		variant->user_ns = peer->cred->user_ns;
		variant->pid_ns = ns_of_pid(peer->pid);
	}
}

/**
 * nlb_put_content() - write who sent a message, and when
 * @skb: where to
 * @content: the message
 * @user_ns: the reader's
 * @pid_ns: the reader's
 *
 * Context: any.
 * Return: 0, or -EMSGSIZE.
 */
int nlb_put_content(struct sk_buff *skb, const struct nlb_content *content,
		    struct user_namespace *user_ns, struct pid_namespace *pid_ns)
{
	if (nla_put_u32(skb, NLBROKER_A_PORTID, content->portid) ||
	    nla_put_u32(skb, NLBROKER_A_PID, pid_nr_ns(content->pid, pid_ns)) ||
	    nla_put_u32(skb, NLBROKER_A_UID,
			from_kuid_munged(user_ns, content->uid)) ||
	    nla_put_u32(skb, NLBROKER_A_GID,
			from_kgid_munged(user_ns, content->gid)) ||
	    nla_put_u64_64bit(skb, NLBROKER_A_TIME, content->time,
			      NLBROKER_A_PAD))
		return -EMSGSIZE;
	return 0;
}

static struct sk_buff *nlb_message_raw(const struct nlb_content *content,
				       gfp_t gfp)
{
	struct sk_buff *skb = nlmsg_new(content->len, gfp);
	struct nlmsghdr *nlh;

	if (!skb)
		return NULL;
	nlh = nlmsg_put(skb, 0, 0, NLMSG_DONE, content->len, 0);
	if (WARN_ON_ONCE(!nlh)) {
		nlmsg_free(skb);
		return NULL;
	}
	memcpy(nlmsg_data(nlh), content->data, content->len);
	return skb;
}

/* Bytes of a message, all told; FLAG: it has RETAINED or RETAIN. */
static size_t nlb_message_size(const struct nlb_topic *topic, u32 len,
			       bool flag, bool creds)
{
	size_t size = nla_total_size(topic->len + 1) + nla_total_size(len) +
		      nla_total_size_64bit(sizeof(u64));

	if (flag)
		size += nla_total_size(0);
	if (creds)
		size += 4 * nla_total_size(sizeof(u32)) +
			nla_total_size_64bit(sizeof(u64));
	return nlmsg_total_size(GENL_HDRLEN + size);
}

static int nlb_message_put(struct sk_buff *skb, const struct nlb_topic *topic,
			   const struct nlb_content *content,
			   const struct nlb_variant *variant)
{
	void *hdr = genlmsg_put(skb, 0, 0, &nlb_family, 0, NLBROKER_CMD_MESSAGE);

	if (!hdr ||
	    nla_put(skb, NLBROKER_A_TOPIC, topic->len + 1, topic->name) ||
	    nla_put_u64_64bit(skb, NLBROKER_A_SEQ, content->seq,
			      NLBROKER_A_PAD) ||
	    nla_put(skb, NLBROKER_A_PAYLOAD, content->len, content->data) ||
	    (content->retained && nla_put_flag(skb, NLBROKER_A_RETAINED)) ||
	    (content->retain && nla_put_flag(skb, NLBROKER_A_RETAIN)) ||
	    (variant->creds && nlb_put_content(skb, content, variant->user_ns,
					       variant->pid_ns)))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * nlb_message_new() - a message as its subscribers get it
 * @topic: its topic
 * @content: what it says
 * @variant: for whom
 * @gfp: how to allocate
 *
 * Context: any that @gfp allows.
 * Return: the skb, or NULL when there is no memory.
 */
struct sk_buff *nlb_message_new(const struct nlb_topic *topic,
				const struct nlb_content *content,
				const struct nlb_variant *variant, gfp_t gfp)
{
	struct sk_buff *skb;

	if (variant->raw)
		return nlb_message_raw(content, gfp);

	skb = alloc_skb(nlb_message_size(topic, content->len,
					 content->retained || content->retain,
					 variant->creds), gfp);
	if (unlikely(!skb))
		return NULL;
	if (WARN_ON_ONCE(nlb_message_put(skb, topic, content, variant))) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * nlb_batch_next() - how many of several messages go into one datagram
 * @topic: their topic; locked, and its fanout is known
 * @batch: what is left of them; those are taken from it
 * @retain: they were published to be retained
 *
 * The same for all subscribers, as if all of them wanted credentials: so what one
 * has lost is a run of numbers.
 *
 * Context: any.
 * Return: at least one.
 */
u32 nlb_batch_next(const struct nlb_topic *topic, struct nlb_batch *batch,
		   bool retain)
{
	size_t size, room = SKB_WITH_OVERHEAD(NLBROKER_DATAGRAM_MAX);
	u32 num = 0;

	lockdep_assert_held(&topic->lock);
	do {
		size = nlb_message_size(topic, nla_len(batch->attr), retain, true);
		if (num && size > room)
			break;
		room -= min(size, room);
		num++;
		nlb_batch_pop(batch);
	} while (batch->num && !topic->fanout->raw);
	return num;
}

/* So many of them in one skb; CONTENT is the first but for its payload. */
static struct sk_buff *nlb_datagram_new(const struct nlb_topic *topic,
					const struct nlb_variant *variant,
					struct nlb_content *content,
					struct nlb_batch *batch, u32 num)
{
	struct nlb_batch ahead = *batch;
	struct sk_buff *skb;
	size_t size = 0;
	u32 i;

	for (i = 0; i < num; i++, nlb_batch_pop(&ahead))
		size += nlb_message_size(topic, nla_len(ahead.attr),
					 content->retain, variant->creds);
	skb = alloc_skb(size, GFP_KERNEL);
	if (unlikely(!skb))
		return NULL;
	for (i = 0; i < num; i++, nlb_batch_pop(batch), content->seq++) {
		content->data = nla_data(batch->attr);
		content->len = nla_len(batch->attr);
		if (WARN_ON_ONCE(nlb_message_put(skb, topic, content, variant))) {
			nlmsg_free(skb);
			return NULL;
		}
	}
	return skb;
}

/**
 * nlb_batch_new() - several messages as their subscribers get them
 * @topic: their topic; locked, and its fanout is known
 * @content: the first of them, but for its payload
 * @batch: their payloads
 * @variant: for whom
 *
 * Context: process context, may sleep.
 * Return: datagrams as nlb_batch_next() divides them, each the next one of the
 * one before; or NULL when there is no memory.
 */
struct sk_buff *nlb_batch_new(const struct nlb_topic *topic,
			      const struct nlb_content *content,
			      const struct nlb_batch *batch,
			      const struct nlb_variant *variant)
{
	struct nlb_batch left = *batch, ahead = *batch;
	struct sk_buff *first = NULL, **end = &first;
	struct nlb_content next = *content;
	u32 num;

	while (left.num) {
		num = nlb_batch_next(topic, &ahead, content->retain);
		if (topic->fanout->raw) {
			next.data = nla_data(left.attr);
			next.len = nla_len(left.attr);
			*end = nlb_message_new(topic, &next, variant, GFP_KERNEL);
			next.seq++;
			nlb_batch_pop(&left);
		} else {
			*end = nlb_datagram_new(topic, variant, &next, &left, num);
		}
		if (unlikely(!*end)) {
			kfree_skb_list(first);
			return NULL;
		}
		end = &(*end)->next;
	}
	return first;
}

/**
 * nlb_lost_new() - what a subscriber has lost, as it gets to know
 * @topic: in which topic; NULL: in those that weren't kept apart
 * @count: how many messages
 * @first: number of the first
 * @last: number of the last
 *
 * Context: any.
 * Return: the skb, or NULL when there is no memory.
 */
struct sk_buff *nlb_lost_new(const struct nlb_topic *topic, u64 count, u64 first,
			     u64 last)
{
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new((topic ? nla_total_size(topic->len + 1) : 0) +
			  3 * nla_total_size_64bit(sizeof(u64)),
			  GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, &nlb_family, 0, NLBROKER_CMD_LOST);
	if (WARN_ON_ONCE(!hdr ||
			 (topic && nla_put(skb, NLBROKER_A_TOPIC, topic->len + 1,
					   topic->name)) ||
			 nla_put_u64_64bit(skb, NLBROKER_A_COUNT, count,
					   NLBROKER_A_PAD) ||
			 nla_put_u64_64bit(skb, NLBROKER_A_FIRST_SEQ, first,
					   NLBROKER_A_PAD) ||
			 nla_put_u64_64bit(skb, NLBROKER_A_LAST_SEQ, last,
					   NLBROKER_A_PAD))) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}
