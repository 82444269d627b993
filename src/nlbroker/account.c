// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each uid has: in a namespace (an account), and in all of them (a user).
 * Charging is a few atomic additions; only the first and the last charge of a
 * uid take a lock.
 */
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>

#include "nlbroker.h"

static DEFINE_MUTEX(nlb_account_mutex);

/* By kuid; under nlb_account_mutex. */
static DEFINE_XARRAY(nlb_users);

static struct nlb_user *nlb_user_get(kuid_t kuid)
{
	struct nlb_user *user = xa_load(&nlb_users, __kuid_val(kuid));

	lockdep_assert_held(&nlb_account_mutex);
	if (!user) {
		user = kzalloc_obj(*user, GFP_KERNEL_ACCOUNT);
		if (!user)
			return NULL;
		user->kuid = kuid;
		if (xa_err(xa_store(&nlb_users, __kuid_val(kuid), user,
				    GFP_KERNEL_ACCOUNT))) {
			kfree(user);
			return NULL;
		}
	}
	user->ref++;
	return user;
}

static void nlb_user_put(struct nlb_user *user)
{
	lockdep_assert_held(&nlb_account_mutex);
	if (!user || --user->ref)
		return;
	xa_erase(&nlb_users, __kuid_val(user->kuid));
	kfree(user);
}

/**
 * nlb_account_find() - look an account up
 * @nn: the broker
 * @kuid: whose
 *
 * Context: any.
 * Return: the account, referenced, or NULL if the uid has nothing.
 */
struct nlb_account *nlb_account_find(struct nlb_net *nn, kuid_t kuid)
{
	struct nlb_account *account;

	rcu_read_lock();
	account = xa_load(&nn->accounts, __kuid_val(kuid));
	if (account && !refcount_inc_not_zero(&account->ref))
		account = NULL;
	rcu_read_unlock();
	return account;
}

/*
 * Who pays for all in a network namespace, or INVALID_UID: nobody does. Of user
 * namespaces within others it is the owner of the outermost, whose root may make
 * those within belong to any of its users.
 */
static kuid_t nlb_owner(const struct nlb_net *nn)
{
	const struct user_namespace *user_ns = nn->net->user_ns;
	kuid_t owner = INVALID_UID;

	for (; user_ns != &init_user_ns; user_ns = user_ns->parent)
		owner = user_ns->owner;
	return owner;
}

static struct nlb_account *nlb_account_new(struct nlb_net *nn, kuid_t kuid)
{
	struct nlb_account *account;
	kuid_t owner = nlb_owner(nn);

	lockdep_assert_held(&nlb_account_mutex);
	account = kzalloc_obj(*account, GFP_KERNEL_ACCOUNT);
	if (!account)
		return NULL;
	account->kuid = kuid;
	account->nn = nn;
	refcount_set(&account->ref, 1);

	account->user = nlb_user_get(kuid);
	if (!account->user)
		goto err_free;
	if (uid_valid(owner) && !uid_eq(owner, kuid)) {
		account->owner = nlb_user_get(owner);
		if (!account->owner)
			goto err_user;
	}
	if (xa_err(xa_store(&nn->accounts, __kuid_val(kuid), account,
			    GFP_KERNEL_ACCOUNT)))
		goto err_owner;
	return account;

err_owner:
	nlb_user_put(account->owner);
err_user:
	nlb_user_put(account->user);
err_free:
	kfree(account);
	return NULL;
}

/**
 * nlb_account_get() - find an account or make one
 * @nn: the broker
 * @kuid: whose
 * @extack: where the reason goes
 *
 * Context: process context, may sleep; not inside a spinlock.
 * Return: the account, referenced; NULL when there is no memory.
 */
struct nlb_account *nlb_account_get(struct nlb_net *nn, kuid_t kuid,
				    struct netlink_ext_ack *extack)
{
	struct nlb_account *account = nlb_account_find(nn, kuid);

	if (likely(account))
		return account;

	mutex_lock(&nlb_account_mutex);
	/* Under the mutex an account that is there has a reference left. */
	account = nlb_account_find(nn, kuid);
	if (!account)
		account = nlb_account_new(nn, kuid);
	mutex_unlock(&nlb_account_mutex);
	if (!account)
		NL_SET_ERR_MSG(extack, "no memory for an account");
	return account;
}

/**
 * nlb_account_hold() - take another reference
 * @account: referenced already
 *
 * Return: @account.
 */
struct nlb_account *nlb_account_hold(struct nlb_account *account)
{
	refcount_inc(&account->ref);
	return account;
}

/**
 * nlb_account_put() - give a reference back
 * @account: the account, or NULL
 *
 * Context: process context, may sleep; not inside a spinlock.
 */
void nlb_account_put(struct nlb_account *account)
{
	if (!account || !refcount_dec_and_mutex_lock(&account->ref,
						     &nlb_account_mutex))
		return;
	xa_erase(&account->nn->accounts, __kuid_val(account->kuid));
	nlb_user_put(account->owner);
	nlb_user_put(account->user);
	mutex_unlock(&nlb_account_mutex);
	kfree_rcu(account, rcu);
}

static bool nlb_take(atomic_long_t *used, size_t n, u64 limit)
{
	if (likely((u64)atomic_long_add_return(n, used) <= limit))
		return true;
	atomic_long_sub(n, used);
	return false;
}

static void nlb_refuse(struct netlink_ext_ack *extack, enum nlb_limit limit,
		       bool everywhere)
{
	static const char * const texts[NLB_CHARGED][2] = {
		[NLB_PEERS] = {
			"limit reached: peers of this user",
			"limit reached: peers of this user in all namespaces",
		},
		[NLB_SUBSCRIPTIONS] = {
			"limit reached: subscriptions of this user",
			"limit reached: subscriptions of this user in all namespaces",
		},
		[NLB_TOPICS] = {
			"limit reached: topics of this user",
			"limit reached: topics of this user in all namespaces",
		},
		[NLB_RETAINED_BYTES] = {
			"limit reached: retained bytes of this user",
			"limit reached: retained bytes of this user in all namespaces",
		},
	};

	if (extack)
		extack->_msg = texts[limit][everywhere];
}

/**
 * nlb_charge() - let a uid pay for something
 * @account: the uid's
 * @limit: what is limited
 * @n: how much
 * @extack: where the name of a limit that is reached goes
 *
 * Context: any.
 * Return: 0, or -EDQUOT.
 */
int nlb_charge(struct nlb_account *account, enum nlb_limit limit, size_t n,
	       struct netlink_ext_ack *extack)
{
	u64 ceiling = nlb_ceiling(limit);

	if (!nlb_take(&account->used[limit], n, nlb_limit(account->nn, limit))) {
		nlb_refuse(extack, limit, false);
		return -EDQUOT;
	}
	if (!nlb_take(&account->user->used[limit], n, ceiling))
		goto err_user;
	if (account->owner && !nlb_take(&account->owner->used[limit], n, ceiling))
		goto err_owner;
	return 0;

err_owner:
	atomic_long_sub(n, &account->user->used[limit]);
err_user:
	atomic_long_sub(n, &account->used[limit]);
	nlb_refuse(extack, limit, true);
	return -EDQUOT;
}

/**
 * nlb_uncharge() - undo nlb_charge()
 * @account: the uid's
 * @limit: what is limited
 * @n: how much
 *
 * Context: any.
 */
void nlb_uncharge(struct nlb_account *account, enum nlb_limit limit, size_t n)
{
	atomic_long_sub(n, &account->used[limit]);
	atomic_long_sub(n, &account->user->used[limit]);
	if (account->owner)
		atomic_long_sub(n, &account->owner->used[limit]);
}
