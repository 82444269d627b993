// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers: sockets that subscribe or advertise. A peer ends with its socket, see
 * the head of nlbroker.h for how.
 */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "nlbroker.h"

static int nlb_protocol(enum nlb_unit unit)
{
	return unit == NLB_UNIT_GENL ? NETLINK_GENERIC : nlb_raw_unit;
}

/*
 * The socket of a peer is closed: say so, once. May be in atomic context, in an
 * RCU read section.
 */
static void nlb_peer_kill(struct nlb_peer *peer)
{
	struct nlb_net *nn = peer->nn;

	if (xchg(&peer->dead, 1))
		return;
	llist_add(&peer->dead_node, &nn->dead);
	schedule_work(&nn->reap_work);
}

static int nlb_peer_notify(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	const struct netlink_notify *notify = data;
	struct nlb_peer *peer;
	enum nlb_unit unit;

	if (event != NETLINK_URELEASE)
		return NOTIFY_DONE;

	for (unit = 0; unit < NLB_UNITS; unit++) {
		if (notify->protocol != nlb_protocol(unit))
			continue;
		rcu_read_lock();
		peer = xa_load(&nlb_net(notify->net)->peers[unit],
			       notify->portid);
		/*
		 * The port can have been taken by a new socket already; the
		 * socket of a peer that is dead may be no more.
		 */
		if (peer && !READ_ONCE(peer->dead) &&
		    sock_flag(peer->sk, SOCK_DEAD))
			nlb_peer_kill(peer);
		rcu_read_unlock();
	}
	return NOTIFY_DONE;
}

struct notifier_block nlb_peer_notifier = {
	.notifier_call = nlb_peer_notify,
};

/* Take a peer away. Nothing but fanouts may name it still. */
static void nlb_peer_free(struct nlb_peer *peer)
{
	struct nlb_net *nn = peer->nn;

	lockdep_assert_held(&nn->lock);
	nlb_loss_forget(peer);
	xa_erase(&nn->peers[peer->unit], peer->portid);
	nn->peer_gen++;
	nlb_uncharge(peer->account, NLB_PEERS, 1);
	nlb_account_put(peer->account);
	put_cred(peer->cred);
	put_pid(peer->pid);
	kfree_rcu(peer, rcu);
	module_put(THIS_MODULE);
}

/**
 * nlb_peer_reap() - take away the peers whose socket is closed
 * @nn: the broker; locked
 *
 * Context: process context, may sleep.
 */
void nlb_peer_reap(struct nlb_net *nn)
{
	struct llist_node *dead = llist_del_all(&nn->dead);
	struct nlb_topic *topic, *next_topic;
	struct nlb_sub *sub, *next_sub;
	struct nlb_peer *peer, *next;

	lockdep_assert_held(&nn->lock);
	if (!dead)
		return;

	nlb_fanout_drop_dead(nn);
	llist_for_each_entry_safe(peer, next, dead, dead_node) {
		list_for_each_entry_safe(sub, next_sub, &peer->subs, peer_node)
			nlb_unsubscribe(sub);
		list_for_each_entry_safe(topic, next_topic, &peer->topics,
					 owner_node)
			nlb_withdraw(topic);
		nlb_event_peer(peer, NLBROKER_CMD_PEER_DEL);
		nlb_peer_free(peer);
	}
}

/**
 * nlb_lock() - lock a broker, without the peers whose socket is closed
 * @nn: the broker
 *
 * Context: process context, may sleep.
 */
void nlb_lock(struct nlb_net *nn)
{
	mutex_lock(&nn->lock);
	nlb_peer_reap(nn);
}

/**
 * nlb_unlock() - unlock a broker
 * @nn: the broker
 */
void nlb_unlock(struct nlb_net *nn)
{
	mutex_unlock(&nn->lock);
}

/**
 * nlb_peer_reap_work() - take away dead peers when no request does
 * @work: nlb_net.reap_work
 */
void nlb_peer_reap_work(struct work_struct *work)
{
	struct nlb_net *nn = container_of(work, struct nlb_net, reap_work);

	nlb_lock(nn);
	nlb_unlock(nn);
}

/**
 * nlb_peer_find() - the peer that sent a request
 * @nn: the broker; locked
 * @unit: which front end
 * @skb: the request
 *
 * A peer with the port of another socket is dead: its socket left the port to
 * the sender's, but netlink hasn't told yet. It is taken away.
 *
 * Context: process context, may sleep.
 * Return: the peer, or NULL if the sender isn't one.
 */
struct nlb_peer *nlb_peer_find(struct nlb_net *nn, enum nlb_unit unit,
			       const struct sk_buff *skb)
{
	struct nlb_peer *peer;

	lockdep_assert_held(&nn->lock);
	peer = xa_load(&nn->peers[unit], NETLINK_CB(skb).portid);
	if (!peer || peer->sk == NETLINK_CB(skb).sk)
		return peer;

	nlb_peer_kill(peer);
	nlb_peer_reap(nn);
	return NULL;
}

static const struct cred *nlb_opener(const struct sk_buff *skb)
{
	struct socket *sock = NETLINK_CB(skb).sk->sk_socket;

	return sock && sock->file ? sock->file->f_cred : current_cred();
}

static int nlb_peer_new(struct nlb_net *nn, enum nlb_unit unit,
			const struct sk_buff *skb, struct nlb_peer **result,
			struct netlink_ext_ack *extack)
{
	struct nlb_peer *peer;
	int err = -ENOMEM;

	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "the module is being unloaded");
		return -ESHUTDOWN;
	}
	peer = kzalloc_obj(*peer, GFP_KERNEL_ACCOUNT);
	if (!peer) {
		NL_SET_ERR_MSG(extack, "no memory for a peer");
		goto err_module;
	}
	peer->account = nlb_account_get(nn, current_euid(), extack);
	if (!peer->account)
		goto err_free;
	err = nlb_charge(peer->account, NLB_PEERS, 1, extack);
	if (err)
		goto err_account;

	peer->portid = NETLINK_CB(skb).portid;
	peer->unit = unit;
	peer->sk = NETLINK_CB(skb).sk;
	peer->nn = nn;
	peer->uid = current_euid();
	peer->cred = get_cred(nlb_opener(skb));
	peer->pid = get_pid(task_tgid(current));
	INIT_LIST_HEAD(&peer->subs);
	INIT_LIST_HEAD(&peer->topics);
	spin_lock_init(&peer->loss_lock);
	INIT_LIST_HEAD(&peer->losses);

	err = xa_err(xa_store(&nn->peers[unit], peer->portid, peer,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		NL_SET_ERR_MSG(extack, "no memory for a peer");
		goto err_ids;
	}
	nn->peer_gen++;
	*result = peer;
	return 0;

err_ids:
	put_pid(peer->pid);
	put_cred(peer->cred);
	nlb_uncharge(peer->account, NLB_PEERS, 1);
err_account:
	nlb_account_put(peer->account);
err_free:
	kfree(peer);
err_module:
	module_put(THIS_MODULE);
	return err;
}

/**
 * nlb_peer_get() - the peer that sent a request, made if need be
 * @nn: the broker; locked
 * @unit: which front end
 * @skb: the request
 * @created: set to whether it was made
 * @extack: where the reason goes
 *
 * nlb_peer_settle() has to follow, before the broker is unlocked.
 *
 * Context: process context, may sleep.
 * Return: the peer, or ERR_PTR of -EDQUOT, -ENOMEM or -ESHUTDOWN.
 */
struct nlb_peer *nlb_peer_get(struct nlb_net *nn, enum nlb_unit unit,
			      const struct sk_buff *skb, bool *created,
			      struct netlink_ext_ack *extack)
{
	struct nlb_peer *peer = nlb_peer_find(nn, unit, skb);
	int err;

	*created = !peer;
	if (peer)
		return peer;
	err = nlb_peer_new(nn, unit, skb, &peer, extack);
	return err ? ERR_PTR(err) : peer;
}

/**
 * nlb_peer_settle() - end what nlb_peer_get() began
 * @peer: the peer
 * @created: what nlb_peer_get() said
 * @err: result of the request; a peer made for one that failed goes again
 *
 * Context: process context, may sleep.
 */
void nlb_peer_settle(struct nlb_peer *peer, bool created, int err)
{
	lockdep_assert_held(&peer->nn->lock);
	if (!created)
		return;
	if (!err)
		nlb_event_peer(peer, NLBROKER_CMD_PEER_ADD);
	else
		nlb_peer_free(peer);
}
