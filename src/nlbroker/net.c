// SPDX-License-Identifier: GPL-2.0-only
/* A broker's beginning and end: one in each network namespace. */
#include <linux/netdevice.h>

#include "nlbroker.h"
#include "stats.h"

unsigned int nlb_net_id __ro_after_init;

/**
 * nlb_net_init() - give a new network namespace its broker
 * @net: the namespace
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOMEM; -EADDRINUSE when the raw unit is taken.
 */
int __net_init nlb_net_init(struct net *net)
{
	struct nlb_net *nn = nlb_net(net);
	unsigned int i;
	int err;

	nn->net = net;
	mutex_init(&nn->lock);
	xa_init_flags(&nn->topic_ids, XA_FLAGS_ALLOC1);
	for (i = 0; i < NLB_UNITS; i++)
		xa_init(&nn->peers[i]);
	xa_init(&nn->accounts);
	INIT_LIST_HEAD(&nn->wild);
	INIT_LIST_HEAD(&nn->idle);
	INIT_LIST_HEAD(&nn->cached);
	INIT_LIST_HEAD(&nn->lossy);
	spin_lock_init(&nn->lossy_lock);
	init_llist_head(&nn->dead);
	INIT_WORK(&nn->reap_work, nlb_peer_reap_work);
	INIT_DELAYED_WORK(&nn->loss_work, nlb_loss_work);
	nn->mode = NLBROKER_MODE_DEFAULT;
	for (i = 0; i < NLB_LIMITS; i++)
		nn->limits[i] = NLBROKER_UNLIMITED;

	nn->stats = netdev_alloc_pcpu_stats(struct nlb_stats);
	if (!nn->stats)
		return -ENOMEM;
	err = rhashtable_init(&nn->topics, &nlb_topic_params);
	if (err)
		goto err_stats;
	err = rhashtable_init(&nn->subs, &nlb_sub_params);
	if (err)
		goto err_topics;
	err = nlb_raw_net_init(nn);
	if (err)
		goto err_subs;
	return 0;

err_subs:
	rhashtable_destroy(&nn->subs);
err_topics:
	rhashtable_destroy(&nn->topics);
err_stats:
	free_percpu(nn->stats);
	return err;
}

/**
 * nlb_net_exit() - take the broker of a network namespace away
 * @net: the namespace; no socket of it is left but of peers that are dead, as
 *	the others hold the namespace, or the module
 *
 * Context: process context, may sleep.
 */
void __net_exit nlb_net_exit(struct net *net)
{
	struct nlb_net *nn = nlb_net(net);
	unsigned int i;

	nlb_raw_net_exit(nn);

	/* The peers that the work was queued for are taken away here. */
	cancel_work_sync(&nn->reap_work);
	nlb_lock(nn);
	nlb_topic_kill_all(nn);
	nlb_unlock(nn);
	cancel_delayed_work_sync(&nn->loss_work);

	for (i = 0; i < NLB_UNITS; i++)
		WARN_ON_ONCE(!xa_empty(&nn->peers[i]));
	WARN_ON_ONCE(!xa_empty(&nn->topic_ids));
	WARN_ON_ONCE(!xa_empty(&nn->accounts));
	rhashtable_destroy(&nn->subs);
	rhashtable_destroy(&nn->topics);
	free_percpu(nn->stats);
}
