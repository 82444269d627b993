// SPDX-License-Identifier: GPL-2.0-only
/*
 * What peers have lost and haven't been told yet. A peer is told before the next
 * message it gets, or by a worker when there is room and no next message.
 *
 * What it lost because a sender had spent its share of the queue must not take
 * the rest of the queue: that is told before the topic's next message (if the
 * topic is one that is kept apart), or when the queue is empty.
 *
 * A loss in a topic is noted under the topic's lock, as its messages are
 * delivered: what is noted is told before the topic's next message.
 */
#include <linux/slab.h>
#include <net/netlink.h>

#include "nlbroker.h"

/* How often to look whether peers have room for what they are to be told. */
#define NLB_LOSS_INTERVAL	(HZ / 10)

/**
 * struct nlb_loss - messages of a topic that a peer lost
 * @node: in nlb_peer.losses
 * @topic: the topic, referenced
 * @urgent: the queue was full; false: a sender had spent its share of it
 * @count: how many
 * @first: number of the first
 * @last: number of the last
 */
struct nlb_loss {
	struct list_head	node;
	struct nlb_topic	*topic;
	bool			urgent;
	u64			count;
	u64			first;
	u64			last;
};

static struct nlb_loss *nlb_loss_get(struct nlb_peer *peer,
				     struct nlb_topic *topic, u64 seq)
{
	struct nlb_loss *loss;

	lockdep_assert_held(&peer->loss_lock);
	list_for_each_entry(loss, &peer->losses, node)
		if (loss->topic == topic)
			return loss;
	if (peer->losses_num >= NLBROKER_LOST_TOPICS_MAX)
		return NULL;
	loss = kmalloc_obj(*loss, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!loss)
		return NULL;
	refcount_inc(&topic->ref);
	loss->topic = topic;
	loss->urgent = false;
	loss->count = 0;
	loss->first = seq;
	list_add(&loss->node, &peer->losses);
	peer->losses_num++;
	return loss;
}

static void nlb_loss_free(struct nlb_peer *peer, struct nlb_loss *loss)
{
	lockdep_assert_held(&peer->loss_lock);
	list_del(&loss->node);
	peer->losses_num--;
	nlb_topic_put(loss->topic);
	kfree(loss);
}

/**
 * nlb_loss_add() - a peer has lost messages
 * @peer: the peer
 * @topic: their topic; locked
 * @seq: number of the first
 * @num: how many, one after the other
 * @why: NLB_FULL or NLB_SPENT
 *
 * Context: process context, in an RCU read section or with the broker locked.
 */
void nlb_loss_add(struct nlb_peer *peer, struct nlb_topic *topic, u64 seq,
		  u32 num, enum nlb_outcome why)
{
	struct nlb_net *nn = peer->nn;
	struct nlb_loss *loss;
	bool first;

	lockdep_assert_held(&topic->lock);
	atomic64_add(num, &peer->lost);
	/* The raw unit's protocol has no word for it. */
	if (peer->unit == NLB_UNIT_RAW)
		return;

	spin_lock(&peer->loss_lock);
	loss = nlb_loss_get(peer, topic, seq);
	if (loss) {
		loss->count += num;
		loss->last = seq + num - 1;
		loss->urgent |= why == NLB_FULL;
	} else {
		peer->loss_rest += num;
		peer->rest_urgent |= why == NLB_FULL;
	}
	first = !peer->lossy;
	WRITE_ONCE(peer->lossy, true);
	if (!peer->on_lossy) {
		peer->on_lossy = true;
		spin_lock(&nn->lossy_lock);
		list_add_tail(&peer->lossy_node, &nn->lossy);
		spin_unlock(&nn->lossy_lock);
		schedule_delayed_work(&nn->loss_work, NLB_LOSS_INTERVAL);
	}
	spin_unlock(&peer->loss_lock);
	if (first)
		nlb_event_loss(peer, topic);
}

/* Queue a LOST, if there is room for one. */
static bool nlb_loss_send(struct nlb_peer *peer, const struct nlb_topic *topic,
			  u64 count, u64 first, u64 last)
{
	struct sk_buff *skb;

	/* Mostly there isn't: see that without making one. */
	if (!nlb_has_room(peer, SKB_TRUESIZE(NLMSG_HDRLEN)))
		return false;
	skb = nlb_lost_new(topic, count, first, last);
	if (!skb)
		return false;
	if (!nlb_has_room(peer, skb->truesize)) {
		nlmsg_free(skb);
		return false;
	}
	return nlb_queue(peer, skb);
}

/**
 * nlb_loss_tell() - tell a peer what it has lost
 * @peer: the peer, seen not to be dead
 * @topic: it is about to get a message of this; locked; or NULL
 *
 * Context: process context, in an RCU read section.
 * Return: true if it is told all that it has to know by now.
 */
bool nlb_loss_tell(struct nlb_peer *peer, const struct nlb_topic *topic)
{
	bool all = !atomic_read(&peer->sk->sk_rmem_alloc);
	struct nlb_loss *loss, *next;
	bool told = false;

	spin_lock(&peer->loss_lock);
	list_for_each_entry_safe(loss, next, &peer->losses, node) {
		if (!loss->urgent && loss->topic != topic && !all)
			continue;
		if (!nlb_loss_send(peer, loss->topic, loss->count, loss->first,
				   loss->last))
			goto out;
		nlb_loss_free(peer, loss);
	}
	if (peer->loss_rest && (peer->rest_urgent || all)) {
		if (!nlb_loss_send(peer, NULL, peer->loss_rest, 0, 0))
			goto out;
		peer->loss_rest = 0;
		peer->rest_urgent = false;
	}
	WRITE_ONCE(peer->lossy, !list_empty(&peer->losses) || peer->loss_rest);
	told = true;
out:
	spin_unlock(&peer->loss_lock);
	return told;
}

/**
 * nlb_loss_forget() - a peer is going away
 * @peer: the peer, in no fanout; its broker is locked
 *
 * Context: process context.
 */
void nlb_loss_forget(struct nlb_peer *peer)
{
	struct nlb_net *nn = peer->nn;
	struct nlb_loss *loss, *next;

	lockdep_assert_held(&nn->lock);
	spin_lock(&peer->loss_lock);
	list_for_each_entry_safe(loss, next, &peer->losses, node)
		nlb_loss_free(peer, loss);
	if (peer->on_lossy) {
		spin_lock(&nn->lossy_lock);
		list_del(&peer->lossy_node);
		spin_unlock(&nn->lossy_lock);
		peer->on_lossy = false;
	}
	spin_unlock(&peer->loss_lock);
}

/* True if the worker need not come back to this peer. */
static bool nlb_loss_settled(struct nlb_peer *peer)
{
	bool settled;

	rcu_read_lock();
	if (!READ_ONCE(peer->dead) && READ_ONCE(peer->lossy))
		nlb_loss_tell(peer, NULL);
	rcu_read_unlock();

	spin_lock(&peer->loss_lock);
	settled = !peer->lossy || READ_ONCE(peer->dead);
	if (settled)
		peer->on_lossy = false;
	spin_unlock(&peer->loss_lock);
	return settled;
}

/**
 * nlb_loss_work() - tell peers to whom nothing is published what they lost
 * @work: nlb_net.loss_work
 */
void nlb_loss_work(struct work_struct *work)
{
	struct nlb_net *nn = container_of(to_delayed_work(work), struct nlb_net,
					  loss_work);
	struct nlb_peer *peer, *next;
	LIST_HEAD(lossy);
	bool again;

	/* Keeps the peers. */
	nlb_lock(nn);
	spin_lock(&nn->lossy_lock);
	list_splice_init(&nn->lossy, &lossy);
	spin_unlock(&nn->lossy_lock);

	list_for_each_entry_safe(peer, next, &lossy, lossy_node) {
		list_del_init(&peer->lossy_node);
		if (nlb_loss_settled(peer))
			continue;
		spin_lock(&nn->lossy_lock);
		list_add_tail(&peer->lossy_node, &nn->lossy);
		spin_unlock(&nn->lossy_lock);
		cond_resched();
	}
	spin_lock(&nn->lossy_lock);
	again = !list_empty(&nn->lossy);
	spin_unlock(&nn->lossy_lock);
	nlb_unlock(nn);
	if (again)
		schedule_delayed_work(&nn->loss_work, NLB_LOSS_INTERVAL);
}
