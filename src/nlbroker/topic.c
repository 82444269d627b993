// SPDX-License-Identifier: GPL-2.0-only
/*
 * Topics: look-up, life, owner, mode, rights.
 *
 * A topic that doesn't live is kept for a while, when a message is published to
 * it and there are subscribers with a wildcard: it has the number of its last
 * message and knows who gets the next.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "nlbroker.h"

static u32 nlb_topic_hash(const void *data, u32 len, u32 seed)
{
	const struct nlb_name *name = data;

	return jhash(name->text, name->len, seed);
}

static u32 nlb_topic_obj_hash(const void *data, u32 len, u32 seed)
{
	const struct nlb_topic *topic = data;

	return jhash(topic->name, topic->len, seed);
}

static int nlb_topic_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct nlb_topic *topic = obj;
	const struct nlb_name *name = arg->key;

	return topic->len != name->len ||
	       memcmp(topic->name, name->text, name->len);
}

const struct rhashtable_params nlb_topic_params = {
	.head_offset		= offsetof(struct nlb_topic, node),
	.hashfn			= nlb_topic_hash,
	.obj_hashfn		= nlb_topic_obj_hash,
	.obj_cmpfn		= nlb_topic_compare,
	.automatic_shrinking	= true,
};

/**
 * nlb_topic_lookup() - find a topic
 * @nn: the broker
 * @name: any bytes
 * @len: how many
 *
 * Context: any.
 * Return: the topic, referenced, or NULL. It may be dead when it is locked.
 */
struct nlb_topic *nlb_topic_lookup(struct nlb_net *nn, const char *name,
				   size_t len)
{
	const struct nlb_name key = { .text = name, .len = len };
	struct nlb_topic *topic;

	rcu_read_lock();
	topic = rhashtable_lookup(&nn->topics, &key, nlb_topic_params);
	if (topic && !refcount_inc_not_zero(&topic->ref))
		topic = NULL;
	rcu_read_unlock();
	return topic;
}

/**
 * nlb_topic_put() - give a reference back
 * @topic: the topic
 *
 * Context: any; the last reference is never that of being there.
 */
void nlb_topic_put(struct nlb_topic *topic)
{
	if (refcount_dec_and_test(&topic->ref))
		kfree_rcu(topic, rcu);
}

/* Numbers of a topic that comes again go on where they were, or further up. */
static u64 *nlb_seq_floor(const struct nlb_topic *topic)
{
	return &topic->nn->seq_floor[jhash(topic->name, topic->len, 0) %
				     NLB_SEQ_SLOTS];
}

static void nlb_topic_kill(struct nlb_topic *topic)
{
	struct nlb_net *nn = topic->nn;
	u64 *floor = nlb_seq_floor(topic);

	lockdep_assert_held(&nn->lock);
	mutex_lock(&topic->lock);
	topic->dead = true;
	nlb_fanout_drop(topic);
	*floor = max(*floor, topic->seq);
	mutex_unlock(&topic->lock);

	list_del(&topic->idle_node);
	nn->idle_num--;
	rhashtable_remove_fast(&nn->topics, &topic->node, nlb_topic_params);
	xa_erase(&nn->topic_ids, topic->id);
	nlb_topic_put(topic);
}

/* Keep no more idle topics than allowed; those that were used get a round. */
static void nlb_topic_trim(struct nlb_net *nn, unsigned int max)
{
	struct nlb_topic *topic;

	lockdep_assert_held(&nn->lock);
	while (nn->idle_num > max) {
		topic = list_first_entry(&nn->idle, struct nlb_topic, idle_node);
		if (READ_ONCE(topic->used) && max) {
			WRITE_ONCE(topic->used, false);
			list_move_tail(&topic->idle_node, &nn->idle);
			continue;
		}
		nlb_topic_kill(topic);
	}
}

/**
 * nlb_topic_default() - give a topic the owner and mode of those without one
 * @topic: the topic; it and its broker are locked
 *
 * Context: process context.
 */
void nlb_topic_default(struct nlb_topic *topic)
{
	struct nlb_net *nn = topic->nn;
	struct user_namespace *user_ns = nn->net->user_ns;

	lockdep_assert_held(&nn->lock);
	lockdep_assert_held(&topic->lock);
	topic->owned = false;
	topic->retain = false;
	topic->mode = nn->mode;
	topic->uid = make_kuid(user_ns, 0);
	topic->gid = make_kgid(user_ns, 0);
	nlb_fanout_drop(topic);
}

static struct nlb_topic *nlb_topic_new(struct nlb_net *nn,
				       const struct nlb_name *name)
{
	struct nlb_topic *topic;

	topic = kzalloc(struct_size(topic, name, name->len + 1),
			GFP_KERNEL_ACCOUNT);
	if (!topic)
		return NULL;
	refcount_set(&topic->ref, 1);
	mutex_init(&topic->lock);
	topic->nn = nn;
	topic->len = name->len;
	memcpy(topic->name, name->text, name->len);
	INIT_LIST_HEAD(&topic->subs);
	topic->seq = *nlb_seq_floor(topic);

	mutex_lock(&topic->lock);
	nlb_topic_default(topic);
	mutex_unlock(&topic->lock);
	return topic;
}

/**
 * nlb_topic_get() - find a topic, or make one that doesn't live yet
 * @nn: the broker; locked
 * @name: right, as nlb_check_name() says
 *
 * nlb_topic_update() has to follow what makes it live.
 *
 * Context: process context, may sleep.
 * Return: the topic, referenced; NULL when there is no memory.
 */
struct nlb_topic *nlb_topic_get(struct nlb_net *nn, const struct nlb_name *name)
{
	struct nlb_topic *topic = nlb_topic_lookup(nn, name->text, name->len);

	lockdep_assert_held(&nn->lock);
	if (topic)
		return topic;

	nlb_topic_trim(nn, NLB_IDLE_MAX - 1);
	topic = nlb_topic_new(nn, name);
	if (!topic)
		return NULL;
	if (xa_alloc_cyclic(&nn->topic_ids, &topic->id, topic, xa_limit_32b,
			    &nn->topic_next, GFP_KERNEL_ACCOUNT) < 0)
		goto err_free;
	/* Found from here on: the caller's reference first. */
	refcount_inc(&topic->ref);
	list_add_tail(&topic->idle_node, &nn->idle);
	nn->idle_num++;
	if (rhashtable_insert_fast(&nn->topics, &topic->node, nlb_topic_params))
		goto err_ids;
	return topic;

err_ids:
	list_del(&topic->idle_node);
	nn->idle_num--;
	xa_erase(&nn->topic_ids, topic->id);
err_free:
	kfree(topic);
	return NULL;
}

/**
 * nlb_topic_update() - see whether a topic lives, after something changed
 * @topic: the topic, referenced; its broker is locked, it isn't
 *
 * Context: process context, may sleep.
 */
void nlb_topic_update(struct nlb_topic *topic)
{
	struct nlb_net *nn = topic->nn;
	bool lives, changed;

	lockdep_assert_held(&nn->lock);
	mutex_lock(&topic->lock);
	lives = topic->owner || topic->subs_num || topic->value;
	changed = topic->owned && !topic->owner && !topic->value;
	if (changed)
		nlb_topic_default(topic);
	mutex_unlock(&topic->lock);

	if (lives == topic->lives) {
		if (lives && changed)
			nlb_event_topic(topic, NLBROKER_CMD_TOPIC_CHANGE);
		return;
	}
	topic->lives = lives;
	nn->topic_gen++;
	if (lives) {
		list_del(&topic->idle_node);
		nn->idle_num--;
		nlb_event_topic(topic, NLBROKER_CMD_TOPIC_ADD);
		return;
	}
	nlb_event_topic(topic, NLBROKER_CMD_TOPIC_DEL);
	list_add_tail(&topic->idle_node, &nn->idle);
	nn->idle_num++;
	/* Nobody to keep it for? */
	if (!nn->wild_num)
		nlb_topic_kill(topic);
	else
		nlb_topic_trim(nn, NLB_IDLE_MAX);
}

/**
 * nlb_topic_kill_all() - take all topics away
 * @nn: the broker; locked, without peers
 *
 * Nobody is told: there may be no family any more to tell it with.
 *
 * Context: process context, may sleep.
 */
void nlb_topic_kill_all(struct nlb_net *nn)
{
	struct nlb_topic *topic;
	unsigned long id;

	xa_for_each(&nn->topic_ids, id, topic) {
		mutex_lock(&topic->lock);
		nlb_value_set(topic, NULL, 0);
		mutex_unlock(&topic->lock);
		if (topic->lives) {
			topic->lives = false;
			list_add_tail(&topic->idle_node, &nn->idle);
			nn->idle_num++;
		}
		nlb_topic_kill(topic);
	}
}

static bool nlb_cred_in_group(const struct cred *cred, kgid_t gid)
{
	const struct group_info *groups = cred->group_info;
	int low = 0, high = groups->ngroups, middle;

	if (gid_eq(cred->egid, gid))
		return true;
	/* They are sorted; groups_search() isn't for modules. */
	while (low < high) {
		middle = (low + high) / 2;
		if (gid_eq(groups->gid[middle], gid))
			return true;
		if (gid_gt(gid, groups->gid[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/**
 * nlb_cred_may() - does the mode allow it?
 * @topic: the topic; it or its broker is locked
 * @cred: whom
 * @want: 4 to read, 2 to write
 *
 * Context: any.
 * Return: true if it does.
 */
bool nlb_cred_may(const struct nlb_topic *topic, const struct cred *cred,
		  int want)
{
	unsigned int mode = topic->mode;

	if (likely((mode & (want * 0111)) == want * 0111))
		return true;
	if (uid_eq(cred->euid, topic->uid))
		mode >>= 6;
	else if (nlb_cred_in_group(cred, topic->gid))
		mode >>= 3;
	return mode & want;
}

/**
 * nlb_sub_may_read() - may a subscriber have the messages of a topic?
 * @topic: the topic; it or its broker is locked
 * @sub: the subscription
 *
 * Context: any.
 * Return: true if so.
 */
bool nlb_sub_may_read(const struct nlb_topic *topic, const struct nlb_sub *sub)
{
	return sub->admin || (nlb_cred_may(topic, sub->cred, 4) &&
			      nlb_cred_may(topic, sub->peer->cred, 4));
}

/**
 * nlb_sender_may() - may the sender of a request do this?
 * @topic: the topic; it or its broker is locked
 * @skb: the request, or one whose dump is under way
 * @want: 4 to read, 2 to write
 *
 * Who opened the socket must be allowed to as well: so nobody can have a program
 * with more rights write for them to a socket of theirs.
 *
 * Context: process context of the sender.
 * Return: true if so.
 */
bool nlb_sender_may(const struct nlb_topic *topic, struct sk_buff *skb, int want)
{
	const struct cred *cred = current_cred();
	const struct socket *sock;

	if (likely((topic->mode & (want * 0111)) == want * 0111))
		return true;
	sock = NETLINK_CB(skb).sk->sk_socket;
	if (nlb_cred_may(topic, cred, want) &&
	    (!sock || !sock->file || sock->file->f_cred == cred ||
	     nlb_cred_may(topic, sock->file->f_cred, want)))
		return true;
	return netlink_net_capable(skb, CAP_NET_ADMIN);
}
