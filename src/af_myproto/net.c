// SPDX-License-Identifier: GPL-2.0-only
/* What a network namespace has, and the walk through its sockets. */
#include <linux/rculist.h>
#include <linux/xarray.h>

#include "af_myproto.h"

unsigned int myproto_net_id __ro_after_init;

/**
 * myproto_net_init() - give a new network namespace what it needs
 * @net: the namespace
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int __net_init myproto_net_init(struct net *net)
{
	struct myproto_net *mn = myproto_net(net);
	unsigned int i;
	int err;

	xa_init_flags(&mn->channels, XA_FLAGS_ALLOC);
	mutex_init(&mn->bind_mutex);
	spin_lock_init(&mn->socks_lock);
	for (i = 0; i < MYPROTO_BUCKETS; i++)
		INIT_HLIST_HEAD(&mn->socks[i]);
	mn->max_channels = READ_ONCE(myproto_max_channels);
	mn->max_channels_per_uid = READ_ONCE(myproto_max_channels_per_uid);
	mn->unprivileged_channel_start = MYPROTO_CHANNEL_AUTO;

	err = myproto_proc_init(net);
	if (err)
		return err;
	err = myproto_sysctl_init(net);
	if (err)
		myproto_proc_exit(net);
	return err;
}

/**
 * myproto_net_exit() - take it away
 * @net: the namespace; no socket of it is left, as each of them holds it
 *
 * Context: process context, may sleep.
 */
void __net_exit myproto_net_exit(struct net *net)
{
	struct myproto_net *mn = myproto_net(net);

	myproto_sysctl_exit(net);
	myproto_proc_exit(net);
	WARN_ON_ONCE(!xa_empty(&mn->channels));
	WARN_ON_ONCE(mn->bound);
}

/**
 * myproto_walk() - the next socket in a bucket
 * @mn: the namespace's
 * @bucket: less than MYPROTO_BUCKETS
 * @last: the one before, which this returned under the same rcu_read_lock(); or
 *	NULL, to begin, or to go on later
 * @below: without @last: only what is older than this; U64_MAX to begin with
 *
 * Within a bucket sockets stand from the youngest to the oldest, and new ones come
 * in front: so a walk that goes on below the last one it saw, however much later,
 * meets each socket that is there all the time, and none twice. With @last it
 * doesn't have to look for its place.
 *
 * Context: under rcu_read_lock().
 * Return: the socket; NULL at the end of the bucket.
 */
struct myproto_sock *myproto_walk(struct myproto_net *mn, unsigned int bucket,
				  struct myproto_sock *last, u64 below)
{
	struct hlist_node *node;
	struct myproto_sock *ms;

	/* One that was closed meanwhile still knows what stands behind it. */
	if (last)
		node = rcu_dereference(hlist_next_rcu(&last->node));
	else
		node = rcu_dereference(hlist_first_rcu(&mn->socks[bucket]));
	for (; node; node = rcu_dereference(hlist_next_rcu(node))) {
		ms = hlist_entry(node, struct myproto_sock, node);
		if (last || ms->id < below)
			return ms;
	}
	return NULL;
}
