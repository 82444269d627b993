// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fanouts: who gets the messages of a topic. One is built by the first publish
 * after a change, from the subscriptions by the topic's name and those with a
 * wildcard that match and may read it; every publish until the next change only
 * walks it. What changes drops the fanouts that it concerns.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <sockmods/topic.h>

#include "nlbroker.h"

/* A target while a fanout is being built. */
struct nlb_candidate {
	struct nlb_peer	*peer;
	bool		creds;
	bool		no_local;
};

static int nlb_candidate_compare(const void *left, const void *right)
{
	const struct nlb_candidate *a = left, *b = right;

	if (a->peer->portid != b->peer->portid)
		return a->peer->portid < b->peer->portid ? -1 : 1;
	return (int)a->peer->unit - (int)b->peer->unit;
}

static u32 nlb_candidate_add(const struct nlb_topic *topic,
			     const struct nlb_sub *sub,
			     struct nlb_candidate *candidates, u32 num)
{
	if (READ_ONCE(sub->peer->dead) || !nlb_sub_may_read(topic, sub))
		return num;
	candidates[num].peer = sub->peer;
	candidates[num].creds = sub->creds;
	candidates[num].no_local = sub->no_local;
	return num + 1;
}

/* Each peer once, by port. */
static u32 nlb_candidates_collect(const struct nlb_topic *topic,
				  struct nlb_candidate *candidates)
{
	const struct nlb_sub *sub;
	u32 num = 0, i, n = 0;

	lockdep_assert_held(&topic->nn->lock);
	list_for_each_entry(sub, &topic->subs, node_by_topic)
		num = nlb_candidate_add(topic, sub, candidates, num);
	list_for_each_entry(sub, &topic->nn->wild, node_by_topic)
		if (nlb_topic_match(sub->pattern, sub->len, topic->name,
				    topic->len))
			num = nlb_candidate_add(topic, sub, candidates, num);

	sort(candidates, num, sizeof(*candidates), nlb_candidate_compare, NULL);
	for (i = 0; i < num; i++) {
		if (n && candidates[n - 1].peer == candidates[i].peer) {
			candidates[n - 1].creds |= candidates[i].creds;
			candidates[n - 1].no_local &= candidates[i].no_local;
		} else {
			candidates[n++] = candidates[i];
		}
	}
	return n;
}

static u32 nlb_variant_index(struct nlb_variant *variants, u32 *num,
			     const struct nlb_candidate *candidate)
{
	struct nlb_variant variant;
	u32 i;

	nlb_peer_variant(candidate->peer, candidate->creds, &variant);
	for (i = 0; i < *num; i++)
		if (variants[i].creds == variant.creds &&
		    variants[i].raw == variant.raw &&
		    variants[i].user_ns == variant.user_ns &&
		    variants[i].pid_ns == variant.pid_ns)
			break;
	if (i == *num)
		variants[(*num)++] = variant;
	variants[i].uses++;
	return i;
}

static struct nlb_fanout *nlb_fanout_new(const struct nlb_candidate *candidates,
					 u32 num, struct nlb_variant *variants)
{
	struct nlb_fanout *fanout;
	u32 i;

	fanout = kvmalloc(struct_size(fanout, targets, num), GFP_KERNEL_ACCOUNT);
	if (!fanout)
		return NULL;
	fanout->num = num;
	fanout->variants_num = 0;
	fanout->raw = false;
	for (i = 0; i < num; i++) {
		fanout->targets[i].peer = candidates[i].peer;
		fanout->targets[i].no_local = candidates[i].no_local;
		fanout->raw |= candidates[i].peer->unit == NLB_UNIT_RAW;
		fanout->targets[i].variant =
			nlb_variant_index(variants, &fanout->variants_num,
					  &candidates[i]);
	}
	fanout->variants = kvmalloc_array(fanout->variants_num ?: 1,
					  sizeof(*variants), GFP_KERNEL_ACCOUNT);
	if (!fanout->variants) {
		kvfree(fanout);
		return NULL;
	}
	memcpy(fanout->variants, variants,
	       fanout->variants_num * sizeof(*variants));
	return fanout;
}

/**
 * nlb_fanout_build() - find out who gets the messages of a topic
 * @topic: the topic; it and its broker are locked; without a fanout
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int nlb_fanout_build(struct nlb_topic *topic)
{
	struct nlb_net *nn = topic->nn;
	struct nlb_candidate *candidates;
	struct nlb_variant *variants;
	int err = -ENOMEM;
	u32 num;

	lockdep_assert_held(&nn->lock);
	lockdep_assert_held(&topic->lock);

	num = topic->subs_num + nn->wild_num;
	candidates = kvmalloc_array(num ?: 1, sizeof(*candidates),
				    GFP_KERNEL_ACCOUNT);
	if (!candidates)
		return -ENOMEM;
	num = nlb_candidates_collect(topic, candidates);
	variants = kvmalloc_array(num ?: 1, sizeof(*variants), GFP_KERNEL_ACCOUNT);
	if (!variants)
		goto out_candidates;
	topic->fanout = nlb_fanout_new(candidates, num, variants);
	if (topic->fanout) {
		list_add_tail(&topic->cached_node, &nn->cached);
		nn->cached_entries += num;
		err = 0;
	}
	kvfree(variants);
out_candidates:
	kvfree(candidates);
	return err;
}

/**
 * nlb_fanout_drop() - forget who gets the messages of a topic
 * @topic: the topic; it and its broker are locked
 *
 * Context: process context, may sleep.
 */
void nlb_fanout_drop(struct nlb_topic *topic)
{
	struct nlb_fanout *fanout = topic->fanout;

	lockdep_assert_held(&topic->nn->lock);
	lockdep_assert_held(&topic->lock);
	if (!fanout)
		return;
	list_del(&topic->cached_node);
	topic->nn->cached_entries -= fanout->num;
	topic->fanout = NULL;
	kvfree(fanout->variants);
	kvfree(fanout);
}

/**
 * nlb_fanout_drop_matching() - a subscription with a wildcard came or went
 * @nn: the broker; locked
 * @pattern: its pattern
 *
 * Context: process context, may sleep.
 */
void nlb_fanout_drop_matching(struct nlb_net *nn, const struct nlb_name *pattern)
{
	struct nlb_topic *topic, *next;

	lockdep_assert_held(&nn->lock);
	list_for_each_entry_safe(topic, next, &nn->cached, cached_node) {
		if (nlb_topic_match(pattern->text, pattern->len, topic->name,
				    topic->len)) {
			mutex_lock(&topic->lock);
			nlb_fanout_drop(topic);
			mutex_unlock(&topic->lock);
		}
		cond_resched();
	}
}

static bool nlb_fanout_has_dead(const struct nlb_fanout *fanout)
{
	u32 i;

	for (i = 0; i < fanout->num; i++)
		if (READ_ONCE(fanout->targets[i].peer->dead))
			return true;
	return false;
}

/**
 * nlb_fanout_drop_dead() - peers are about to be taken away
 * @nn: the broker; locked
 *
 * Context: process context, may sleep.
 */
void nlb_fanout_drop_dead(struct nlb_net *nn)
{
	struct nlb_topic *topic, *next;

	lockdep_assert_held(&nn->lock);
	list_for_each_entry_safe(topic, next, &nn->cached, cached_node) {
		mutex_lock(&topic->lock);
		if (nlb_fanout_has_dead(topic->fanout))
			nlb_fanout_drop(topic);
		mutex_unlock(&topic->lock);
		cond_resched();
	}
}

/**
 * nlb_fanout_make_room() - drop the oldest fanouts if there are too many
 * @nn: the broker; locked; no topic is
 *
 * Context: process context, may sleep.
 */
void nlb_fanout_make_room(struct nlb_net *nn)
{
	struct nlb_topic *topic;

	lockdep_assert_held(&nn->lock);
	while (nn->cached_entries > NLB_FANOUT_MAX) {
		topic = list_first_entry(&nn->cached, struct nlb_topic,
					 cached_node);
		mutex_lock(&topic->lock);
		nlb_fanout_drop(topic);
		mutex_unlock(&topic->lock);
	}
}
