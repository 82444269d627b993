/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NLBROKER_ACCOUNT_H
#define _NLBROKER_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct nlb_net;

/*
 * Limits, in the order of their attributes. The first of them are of what uids
 * have, and are charged.
 */
enum nlb_limit {
	NLB_PEERS,
	NLB_SUBSCRIPTIONS,
	NLB_TOPICS,
	NLB_RETAINED_BYTES,
	NLB_CHARGED,
	NLB_QUEUE_SHARE = NLB_CHARGED,
	NLB_LIMITS
};

/**
 * struct nlb_user - what a uid has in all network namespaces
 * @kuid: as the initial user namespace knows it
 * @ref: accounts that point here; under nlb_account_mutex
 * @used: of each limit
 */
struct nlb_user {
	kuid_t		kuid;
	unsigned int	ref;
	atomic_long_t	used[NLB_CHARGED];
};

/**
 * struct nlb_account - what a uid has in one network namespace
 * @kuid: the uid
 * @ref: what is charged to it, and who is about to charge
 * @nn: the broker
 * @user: the same uid everywhere
 * @owner: who owns the user namespace that the network namespace belongs to, or
 *	the outermost that it is within, and pays as well, so that nobody gets more
 *	by making namespaces; NULL when that is @user or the initial one
 * @used: of each limit
 * @rcu: look-ups
 */
struct nlb_account {
	kuid_t		kuid;
	refcount_t	ref;
	struct nlb_net	*nn;
	struct nlb_user	*user;
	struct nlb_user	*owner;
	atomic_long_t	used[NLB_CHARGED];
	struct rcu_head	rcu;
};

extern u64 nlb_ceilings[NLB_LIMITS];

static inline u64 nlb_ceiling(enum nlb_limit limit)
{
	return READ_ONCE(nlb_ceilings[limit]);
}

u64 nlb_limit(const struct nlb_net *nn, enum nlb_limit limit);

/* account.c */
struct nlb_account *nlb_account_find(struct nlb_net *nn, kuid_t kuid);
struct nlb_account *nlb_account_get(struct nlb_net *nn, kuid_t kuid,
				    struct netlink_ext_ack *extack);
struct nlb_account *nlb_account_hold(struct nlb_account *account);
void nlb_account_put(struct nlb_account *account);
int nlb_charge(struct nlb_account *account, enum nlb_limit limit, size_t n,
	       struct netlink_ext_ack *extack);
void nlb_uncharge(struct nlb_account *account, enum nlb_limit limit, size_t n);

#endif /* _NLBROKER_ACCOUNT_H */
