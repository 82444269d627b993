// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many channels a namespace and a user may have bound, and the sysctls of a
 * namespace. The root of a namespace is anyone: what is set there counts below
 * the ceilings, which are module parameters and so the initial namespace's. A
 * user is counted over all namespaces; and so is who owns a user namespace, for
 * everyone in it, who could have any number of users. Of namespaces within others
 * it is the outermost, whose root may make those within belong to any of its users.
 */
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>

#include "af_myproto.h"

/**
 * struct myproto_user - what a user has, in all namespaces
 * @kuid: who
 * @bound: channels. The lock of myproto_users.
 */
struct myproto_user {
	kuid_t		kuid;
	unsigned int	bound;
};

/*
 * By kuid: everybody who has a channel. All namespaces share it: nothing is
 * allocated under its lock, which would let one that is short of memory hold up
 * the others.
 */
static DEFINE_XARRAY(myproto_users);

/*
 * One try: -EAGAIN when the user isn't known yet and FRESH is NULL, -EBUSY when
 * somebody else made it known just now. *FRESH becomes NULL when it is used.
 */
static int myproto_user_try(kuid_t kuid, unsigned int max,
			    struct myproto_user **fresh, struct myproto_user **user)
{
	unsigned long id = __kuid_val(kuid);
	int err;

	xa_lock(&myproto_users);
	*user = xa_load(&myproto_users, id);
	err = (*user ? (*user)->bound : 0) < max ? 0 : -EDQUOT;
	if (!err && !*user) {
		/* Lets go of the lock for memory. */
		err = *fresh ? __xa_insert(&myproto_users, id, *fresh,
					   GFP_KERNEL_ACCOUNT) : -EAGAIN;
		if (!err)
			swap(*user, *fresh);
	}
	if (!err)
		(*user)->bound++;
	xa_unlock(&myproto_users);
	return err;
}

/* Charges a channel to a user; or -EDQUOT (that would be more than MAX), -ENOMEM. */
static struct myproto_user *myproto_user_get(kuid_t kuid, unsigned int max)
{
	struct myproto_user *user, *fresh = NULL;
	int err;

	do {
		err = myproto_user_try(kuid, max, &fresh, &user);
		if (err == -EAGAIN) {
			fresh = kzalloc_obj(*fresh, GFP_KERNEL_ACCOUNT);
			if (!fresh)
				return ERR_PTR(-ENOMEM);
			fresh->kuid = kuid;
		}
	} while (err == -EAGAIN || err == -EBUSY);
	kfree(fresh);
	return err ? ERR_PTR(err) : user;
}

static void myproto_user_put(struct myproto_user *user)
{
	if (!user)
		return;
	xa_lock(&myproto_users);
	if (--user->bound)
		user = NULL;
	else
		__xa_erase(&myproto_users, __kuid_val(user->kuid));
	xa_unlock(&myproto_users);
	kfree(user);
}

/* Who pays for all in a network namespace, or INVALID_UID: nobody does. */
static kuid_t myproto_owner(const struct net *net)
{
	const struct user_namespace *user_ns = net->user_ns;
	kuid_t owner = INVALID_UID;

	for (; user_ns != &init_user_ns; user_ns = user_ns->parent)
		owner = user_ns->owner;
	return owner;
}

/**
 * myproto_charge() - let the caller pay for a channel
 * @ms: the socket that gets it
 * @net: its namespace
 *
 * Context: process context, may sleep. myproto_net.bind_mutex.
 * Return: 0, -EDQUOT or -ENOMEM.
 */
int myproto_charge(struct myproto_sock *ms, struct net *net)
{
	unsigned int ceiling = READ_ONCE(myproto_max_channels_per_uid);
	struct myproto_user *user, *owner = NULL;
	struct myproto_net *mn = myproto_net(net);
	kuid_t kuid = myproto_owner(net);

	lockdep_assert_held(&mn->bind_mutex);
	if (mn->bound >= min(READ_ONCE(mn->max_channels),
			     READ_ONCE(myproto_max_channels)))
		return -EDQUOT;

	user = myproto_user_get(current_euid(),
				min(READ_ONCE(mn->max_channels_per_uid), ceiling));
	if (IS_ERR(user))
		return PTR_ERR(user);
	if (uid_valid(kuid) && !uid_eq(kuid, current_euid())) {
		owner = myproto_user_get(kuid, ceiling);
		if (IS_ERR(owner)) {
			myproto_user_put(user);
			return PTR_ERR(owner);
		}
	}
	ms->user = user;
	ms->owner = owner;
	mn->bound++;
	return 0;
}

/**
 * myproto_uncharge() - undo myproto_charge()
 * @ms: the socket
 * @net: its namespace
 *
 * Context: process context. myproto_net.bind_mutex.
 */
void myproto_uncharge(struct myproto_sock *ms, struct net *net)
{
	struct myproto_net *mn = myproto_net(net);

	lockdep_assert_held(&mn->bind_mutex);
	mn->bound--;
	myproto_user_put(ms->owner);
	myproto_user_put(ms->user);
	ms->owner = NULL;
	ms->user = NULL;
}

static unsigned int myproto_last_channel = MYPROTO_CHANNEL_ANY - 1;

/**
 * myproto_sysctl_init() - net.myproto of a namespace
 * @net: the namespace
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int __net_init myproto_sysctl_init(struct net *net)
{
	struct myproto_net *mn = myproto_net(net);
	/* Ends with an empty one, as older kernels want it. */
	const struct ctl_table sysctls[] = {
		{
			.procname	= "max_channels",
			.data		= &mn->max_channels,
			.maxlen		= sizeof(unsigned int),
			.mode		= 0644,
			.proc_handler	= proc_douintvec_minmax,
			.extra2		= &myproto_max_channels,
		},
		{
			.procname	= "max_channels_per_uid",
			.data		= &mn->max_channels_per_uid,
			.maxlen		= sizeof(unsigned int),
			.mode		= 0644,
			.proc_handler	= proc_douintvec_minmax,
			.extra2		= &myproto_max_channels_per_uid,
		},
		{
			.procname	= "unprivileged_channel_start",
			.data		= &mn->unprivileged_channel_start,
			.maxlen		= sizeof(unsigned int),
			.mode		= 0644,
			.proc_handler	= proc_douintvec_minmax,
			.extra2		= &myproto_last_channel,
		},
		{}
	};
	void *table;

	if (!IS_ENABLED(CONFIG_SYSCTL))
		return 0;
	table = kmemdup(sysctls, sizeof(sysctls), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	mn->sysctls = register_net_sysctl_sz(net, "net/myproto", table,
					     ARRAY_SIZE(sysctls) - 1);
	if (!mn->sysctls) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * myproto_sysctl_exit() - take it away
 * @net: the namespace
 *
 * Context: process context, may sleep.
 */
void __net_exit myproto_sysctl_exit(struct net *net)
{
	struct ctl_table_header *sysctls = myproto_net(net)->sysctls;
	const struct ctl_table *table;

	if (!sysctls)
		return;
	table = sysctls->ctl_table_arg;
	unregister_net_sysctl_table(sysctls);
	kfree(table);
}
