// SPDX-License-Identifier: GPL-2.0-only
/* Delivery to one peer: is there room for it, and for this sender? */
#include <linux/skbuff.h>

#include "nlbroker.h"

/*
 * The messages of one uid may take so much of the queue of another uid's peer,
 * counted since that was last empty; while all that is in the queue is less than
 * that, nobody has more. Uids that share a slot share what they may take.
 */
static u64 nlb_share_max(const struct nlb_peer *peer)
{
	return READ_ONCE(peer->sk->sk_rcvbuf) *
	       nlb_limit(peer->nn, NLB_QUEUE_SHARE) / 100;
}

static atomic_t *nlb_share(struct nlb_peer *peer, kuid_t sender)
{
	return &peer->share[__kuid_val(sender) % NLB_SHARE_SLOTS];
}

static bool nlb_share_left(struct nlb_peer *peer, kuid_t sender,
			   unsigned int rmem, unsigned int truesize)
{
	u64 max = nlb_share_max(peer);
	unsigned int i;

	/* What comes first always fits, unless nothing does. */
	if (!rmem) {
		if (READ_ONCE(peer->shared)) {
			WRITE_ONCE(peer->shared, false);
			for (i = 0; i < NLB_SHARE_SLOTS; i++)
				atomic_set(&peer->share[i], 0);
		}
		return max;
	}
	return rmem + truesize <= max ||
	       (unsigned int)atomic_read(nlb_share(peer, sender)) + truesize <= max;
}

static void nlb_share_take(struct nlb_peer *peer, kuid_t sender,
			   unsigned int truesize)
{
	atomic_t *share = nlb_share(peer, sender);

	/* More than all makes no difference, and won't overflow. */
	if ((unsigned int)atomic_read(share) <= nlb_share_max(peer))
		atomic_add(truesize, share);
	if (!READ_ONCE(peer->shared))
		WRITE_ONCE(peer->shared, true);
}

/**
 * nlb_has_room() - has a peer's queue room for an skb?
 * @peer: the peer, seen not to be dead
 * @truesize: the skb's
 *
 * Context: any, in an RCU read section.
 * Return: true if so, or if the queue is empty: what comes first always fits.
 */
bool nlb_has_room(const struct nlb_peer *peer, unsigned int truesize)
{
	unsigned int rmem = atomic_read(&peer->sk->sk_rmem_alloc);

	return !rmem || rmem + truesize <= READ_ONCE(peer->sk->sk_rcvbuf);
}

/**
 * nlb_queue() - put an skb into a peer's queue
 * @peer: the peer, seen not to be dead
 * @skb: the skb; consumed
 *
 * Not with netlink_unicast(): that looks the socket up by its port, which can be
 * somebody else's between the end of the peer's socket and the news of it. Nor
 * does this set an error on a socket whose queue is full.
 *
 * Context: any, in an RCU read section.
 * Return: true if it is there, or the socket's own filter dropped it.
 */
bool nlb_queue(const struct nlb_peer *peer, struct sk_buff *skb)
{
	int err = sock_queue_rcv_skb(peer->sk, skb);

	if (likely(!err))
		return true;
	kfree_skb(skb);
	return err != -ENOMEM && err != -ENOBUFS;
}

/**
 * nlb_deliver() - queue a datagram for a peer
 * @peer: the peer
 * @topic: its messages' topic; locked
 * @skb: the message, or several; NULL afterwards if it was consumed
 * @num: how many
 * @sender: uid that it is from
 * @last: nobody else needs @skb: it can be queued itself, not a clone
 *
 * Context: process context, in an RCU read section.
 * Return: what became of it, as a whole.
 */
enum nlb_outcome nlb_deliver(struct nlb_peer *peer, const struct nlb_topic *topic,
			     struct sk_buff **skb, u32 num, kuid_t sender,
			     bool last)
{
	unsigned int rmem, truesize = (*skb)->truesize;
	bool foreign = !uid_eq(sender, peer->uid);
	struct sk_buff *clone;

	if (unlikely(READ_ONCE(peer->dead)))
		return NLB_GONE;
	rmem = atomic_read(&peer->sk->sk_rmem_alloc);
	/* First, so that nobody can have a queue filled with news of losses. */
	if (foreign && unlikely(!nlb_share_left(peer, sender, rmem, truesize)))
		return NLB_SPENT;
	if (unlikely(!nlb_has_room(peer, truesize)))
		return NLB_FULL;
	if (unlikely(READ_ONCE(peer->lossy))) {
		if (!nlb_loss_tell(peer, topic))
			return NLB_FULL;
		/* The news must not keep out what fits in an empty queue only. */
		if (rmem && !nlb_has_room(peer, truesize))
			return NLB_FULL;
	}

	if (last) {
		clone = *skb;
		*skb = NULL;
	} else {
		clone = netlink_skb_clone(*skb, GFP_ATOMIC | __GFP_NOWARN);
		if (unlikely(!clone))
			return NLB_FULL;
	}
	if (unlikely(!nlb_queue(peer, clone)))
		return NLB_FULL;
	if (foreign)
		nlb_share_take(peer, sender, truesize);
	atomic64_add(num, &peer->delivered);
	return NLB_DELIVERED;
}
