// SPDX-License-Identifier: GPL-2.0-only
/* Channels: the forms of an address, bind, getname, look-up. */
#include <linux/capability.h>
#include <linux/xarray.h>

#include "af_myproto.h"
#include "trace.h"

/**
 * myproto_addr_channel() - read an address
 * @addr: the address, in the kernel's memory
 * @len: its length
 * @channel: set to the channel in it
 *
 * Context: any.
 * Return: 0; -EINVAL or -EAFNOSUPPORT.
 */
int myproto_addr_channel(const void *addr, int len, u32 *channel)
{
	const struct sockaddr_myproto *smp = addr;

	if (len == sizeof(u32)) {
		memcpy(channel, addr, sizeof(u32));
		return 0;
	}
	if (len != sizeof(*smp))
		return -EINVAL;
	if (smp->smp_family != myproto_family())
		return -EAFNOSUPPORT;
	if (smp->smp_zero)
		return -EINVAL;
	*channel = smp->smp_channel;
	return 0;
}

/*
 * Reserves a channel of the caller's choice. Who looks it up finds nobody yet, and
 * the socket doesn't name it: it may be another's.
 */
static int myproto_reserve(struct sock *sk, u32 channel)
{
	struct net *net = sock_net(sk);
	struct myproto_net *mn = myproto_net(net);
	int err;

	if (channel < READ_ONCE(mn->unprivileged_channel_start) &&
	    !ns_capable(net->user_ns, CAP_NET_BIND_SERVICE))
		return -EACCES;

	err = xa_insert(&mn->channels, channel, NULL, GFP_KERNEL_ACCOUNT);
	return err == -EBUSY ? -EADDRINUSE : err;
}

/* The lowest that is free, likewise. */
static int myproto_reserve_any(struct sock *sk, u32 *channel)
{
	struct myproto_net *mn = myproto_net(sock_net(sk));
	u32 start = max(READ_ONCE(mn->unprivileged_channel_start),
			MYPROTO_CHANNEL_AUTO);
	int err;

	err = xa_alloc(&mn->channels, channel, NULL,
		       XA_LIMIT(start, MYPROTO_CHANNEL_ANY - 1),
		       GFP_KERNEL_ACCOUNT);
	return err == -EBUSY ? -EADDRNOTAVAIL : err;
}

/* Gives a socket a channel that is reserved. */
static void myproto_bind_to(struct sock *sk, u32 channel)
{
	struct myproto_net *mn = myproto_net(sock_net(sk));

	/* Before others find it: its messages name it. */
	WRITE_ONCE(myproto_sk(sk)->channel, channel);
	/* Needs no memory: there is an entry. */
	xa_store(&mn->channels, channel, sk, GFP_KERNEL_ACCOUNT);
	WRITE_ONCE(myproto_sk(sk)->bound, true);
}

/**
 * myproto_bind() - bind(2)
 * @sock: the socket
 * @addr: the address
 * @len: its length
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL (the address, or the socket has one), -EAFNOSUPPORT,
 * -EACCES, -EADDRINUSE, -EADDRNOTAVAIL, -EDQUOT or -ENOMEM.
 */
int myproto_bind(struct socket *sock, struct sockaddr_unsized *addr, int len)
{
	struct sock *sk = sock->sk;
	struct myproto_sock *ms = myproto_sk(sk);
	struct net *net = sock_net(sk);
	struct myproto_net *mn = myproto_net(net);
	u32 channel, to;
	int err;

	err = myproto_addr_channel(addr, len, &channel);
	if (err)
		return err;

	to = channel;
	lock_sock(sk);
	mutex_lock(&mn->bind_mutex);
	/* One that came from a listener has the listener's channel. */
	err = -EINVAL;
	if (ms->channel != MYPROTO_CHANNEL_ANY)
		goto out;
	err = myproto_charge(ms, net);
	if (err)
		goto out;
	if (channel == MYPROTO_CHANNEL_ANY)
		err = myproto_reserve_any(sk, &to);
	else
		err = myproto_reserve(sk, channel);
	if (err)
		myproto_uncharge(ms, net);
	else
		myproto_bind_to(sk, to);
out:
	trace_myproto_bind(sk, channel, err);
	mutex_unlock(&mn->bind_mutex);
	release_sock(sk);
	return err;
}

/**
 * myproto_unbind() - give up a channel, if the socket has one
 * @sk: the socket, which is being closed
 *
 * Context: process context, may sleep.
 */
void myproto_unbind(struct sock *sk)
{
	struct myproto_sock *ms = myproto_sk(sk);
	struct net *net = sock_net(sk);
	struct myproto_net *mn = myproto_net(net);

	/* Only bind(), which isn't under way, sets it. */
	if (!ms->bound)
		return;
	mutex_lock(&mn->bind_mutex);
	xa_erase(&mn->channels, ms->channel);
	myproto_uncharge(ms, net);
	WRITE_ONCE(ms->bound, false);
	mutex_unlock(&mn->bind_mutex);
}

/**
 * myproto_getname() - getsockname(2), getpeername(2)
 * @sock: the socket
 * @addr: where the address goes
 * @peer: whose
 *
 * Context: process context.
 * Return: the length; -ENOTCONN.
 */
int myproto_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	struct sockaddr_myproto *smp = (struct sockaddr_myproto *)addr;
	struct sock *sk = sock->sk;
	int err = 0;

	rcu_read_lock();
	if (peer)
		sk = rcu_dereference(myproto_sk(sk)->peer);
	if (sk) {
		memset(smp, 0, sizeof(*smp));
		smp->smp_family = myproto_family();
		smp->smp_channel = READ_ONCE(myproto_sk(sk)->channel);
	} else {
		err = -ENOTCONN;
	}
	rcu_read_unlock();
	return err ?: sizeof(*smp);
}

/**
 * myproto_lookup() - who has a channel
 * @net: in which namespace
 * @channel: the channel
 *
 * Context: under rcu_read_lock(), which is how long the socket is there.
 * Return: the socket, or NULL.
 */
struct sock *myproto_lookup(struct net *net, u32 channel)
{
	return xa_load(&myproto_net(net)->channels, channel);
}
