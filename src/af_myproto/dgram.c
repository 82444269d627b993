// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_DGRAM: the default peer, sending, and waiting for room.
 *
 * Who sends and has to wait sleeps in the receiver's .room; and on the wait queue of
 * its own socket, whose shutdown ends that. Who polls is on the latter, and may stay
 * there for as long as it likes: so the socket itself has an entry, the relay, in the
 * .room of its default peer, which passes the word. The relay is put there when a
 * poll, or a send that doesn't wait, has found no room, and goes when the word comes,
 * when the peer changes, or with the socket. As it is only ever in the room of .peer,
 * to which the socket has a reference, the room is there as long as the relay is in
 * it.
 */
#include <linux/sched/signal.h>

#include "af_myproto.h"
#include "trace.h"

/*
 * So much memory may be under way from one socket. Each receiver has its own limit,
 * but there may be thousands, and the kernel's counter ends at INT_MAX: what is
 * beyond would never be freed. The rest is for those who are here at one time.
 */
#define MYPROTO_UNDER_WAY	(INT_MAX / 2)

/**
 * myproto_relay_wake() - there is room in the default peer's queue
 * @entry: the relay
 * @mode: as wake_up() has it
 * @flags: as wake_up() has it
 * @key: as wake_up() has it
 *
 * Context: the peer's room.lock.
 * Return: 0: it doesn't count as one that was woken.
 */
int myproto_relay_wake(wait_queue_entry_t *entry, unsigned int mode, int flags,
		       void *key)
{
	struct myproto_sock *ms = container_of(entry, struct myproto_sock, relay);

	list_del_init(&entry->entry);
	ms->relay_to = NULL;
	ms->sk.sk_write_space(&ms->sk);
	return 0;
}

/* Puts the relay into the room of TO, if that still is the default peer. */
static void myproto_relay_start(struct sock *sk, struct sock *to)
{
	struct myproto_sock *ms = myproto_sk(sk), *mt = myproto_sk(to);

	spin_lock(&ms->relay_lock);
	if (rcu_access_pointer(ms->peer) == to) {
		spin_lock_irq(&mt->room.lock);
		if (!ms->relay_to) {
			ms->relay_to = to;
			__add_wait_queue(&mt->room, &ms->relay);
		}
		spin_unlock_irq(&mt->room.lock);
	}
	spin_unlock(&ms->relay_lock);
}

/**
 * myproto_dgram_set_peer() - change the default peer
 * @sk: the socket
 * @peer: the new one, with a reference that becomes the socket's; or NULL
 *
 * Context: process context. lock_sock(), or nobody else has the socket.
 */
void myproto_dgram_set_peer(struct sock *sk, struct sock *peer)
{
	struct myproto_sock *ms = myproto_sk(sk);
	struct sock *old;

	spin_lock(&ms->relay_lock);
	old = rcu_dereference_protected(ms->peer, lockdep_is_held(&ms->relay_lock));
	rcu_assign_pointer(ms->peer, peer);
	if (old) {
		spin_lock_irq(&myproto_sk(old)->room.lock);
		if (ms->relay_to) {
			list_del_init(&ms->relay.entry);
			ms->relay_to = NULL;
		}
		spin_unlock_irq(&myproto_sk(old)->room.lock);
	}
	spin_unlock(&ms->relay_lock);

	/* Who waited for room there needn't any more. */
	if (old) {
		sk->sk_write_space(sk);
		sock_put(old);
	}
}

static bool myproto_dgram_room(struct sock *sk, struct sock *to, bool wanted)
{
	struct myproto_sock *mt = myproto_sk(to);
	bool room;

	spin_lock(&to->sk_receive_queue.lock);
	room = mt->dead || to->sk_shutdown & RCV_SHUTDOWN ||
	       __myproto_queue_roomy(to, sk);
	if (!room && wanted)
		__myproto_queue_want(to, sk);
	spin_unlock(&to->sk_receive_queue.lock);
	return room;
}

/**
 * myproto_dgram_writable() - whether the default peer has room
 * @sk: the socket that is polled
 *
 * Context: process context. The poller is on the socket's wait queue already, and
 * will be woken if this returns false.
 * Return: true if it has, or if there is none.
 */
bool myproto_dgram_writable(struct sock *sk)
{
	struct sock *to;
	bool room;

	/* EPIPE is what comes of it. */
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return true;
	rcu_read_lock();
	to = rcu_dereference(myproto_sk(sk)->peer);
	room = !to || myproto_dgram_room(sk, to, false);
	if (!room) {
		/* First the relay, then the wish: room could come in between. */
		myproto_relay_start(sk, to);
		room = myproto_dgram_room(sk, to, true);
	}
	rcu_read_unlock();
	return room;
}

/* The default peer was closed: there is none then. */
static void myproto_dgram_lost(struct sock *sk, struct sock *to)
{
	lock_sock(sk);
	if (rcu_access_pointer(myproto_sk(sk)->peer) == to) {
		WRITE_ONCE(sk->sk_state, TCP_CLOSE);
		myproto_dgram_set_peer(sk, NULL);
	}
	release_sock(sk);
}

/* Who gets a message, or an error. Under rcu_read_lock(). */
static struct sock *myproto_dgram_to(struct sock *sk, const u32 *channel)
{
	struct sock *to, *back;

	if (channel) {
		to = myproto_lookup(sock_net(sk), *channel);
		if (!to)
			return ERR_PTR(-ECONNREFUSED);
		if (!myproto_is_dgram(to))
			return ERR_PTR(-EPROTOTYPE);
	} else {
		to = rcu_dereference(myproto_sk(sk)->peer);
		if (!to)
			return ERR_PTR(-ENOTCONN);
	}
	/* One with a default peer gets that one's messages only. */
	back = rcu_access_pointer(myproto_sk(to)->peer);
	return back && back != sk ? ERR_PTR(-EPERM) : to;
}

/*
 * One try. 1: sleep, then try again; *HELD is held then. Else the result. The
 * message is gone when that is 0. *PASSED is the id of the receiver whose filter
 * has let it pass: once is enough, and a filter may have cut it.
 */
static int myproto_dgram_try(struct sock *sk, const u32 *channel,
			     struct sk_buff *skb, bool wait, struct sock **held,
			     u64 *passed)
{
	struct sock *to;
	int err;

	rcu_read_lock();
	to = myproto_dgram_to(sk, channel);
	err = PTR_ERR_OR_ZERO(to);
	if (unlikely(err))
		goto out;
	if (likely(*passed != myproto_sk(to)->id) &&
	    myproto_message_filtered(to, skb)) {
		myproto_skb_free(skb);
		goto out;
	}
	*passed = myproto_sk(to)->id;
	if (unlikely(sock_flag(to, SOCK_RCVTSTAMP)))
		__net_timestamp(skb);
	err = myproto_deliver(to, sk, skb);
	if (likely(!err))
		goto out;
	if (err == -EAGAIN && !wait && !channel) {
		/* Who polls by edges has nothing else to tell it of room. */
		myproto_relay_start(sk, to);
		err = myproto_deliver(to, sk, skb);
		if (!err)
			goto out;
	}
	/* One that is being freed right now: look again, it will be gone. */
	if ((err == -EAGAIN && wait) || (err == -ECONNREFUSED && !channel)) {
		if (refcount_inc_not_zero(&to->sk_refcnt))
			*held = to;
		if (err == -EAGAIN)
			err = 1;
	}
out:
	rcu_read_unlock();
	return err;
}

static int myproto_dgram_push(struct sock *sk, const u32 *channel,
			      struct sk_buff *skb, long timeo)
{
	struct sock *to;
	u64 passed = 0;
	int err;

	for (;;) {
		to = NULL;
		err = myproto_dgram_try(sk, channel, skb, timeo, &to, &passed);
		if (likely(err <= 0))
			break;
		if (to) {
			timeo = myproto_wait_room(sk, to, timeo);
			sock_put(to);
		}
		if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN) {
			err = -EPIPE;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
	}
	if (likely(!err))
		return 0;
	myproto_skb_free(skb);
	if (err == -ECONNREFUSED && to) {
		myproto_dgram_lost(sk, to);
		sock_put(to);
	}
	return err;
}

/**
 * myproto_dgram_sendmsg() - sendto(2) and its like
 * @sock: the socket
 * @msg: the message
 * @len: its length
 *
 * Context: process context, may sleep.
 * Return: @len; or -EAFNOSUPPORT, -EAGAIN, -ECONNREFUSED, -EINVAL, -ENOBUFS,
 * -ENOTCONN, -EOPNOTSUPP, -EPERM, -EPIPE, -EPROTOTYPE, an error left by the peer,
 * the errno of a signal, or an error of myproto_message_new().
 */
int myproto_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk;
	u32 to, *channel = NULL;
	struct sk_buff *skb;
	int err = 0;

	if (unlikely(msg->msg_flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (msg->msg_namelen) {
		err = myproto_addr_channel(msg->msg_name, msg->msg_namelen, &to);
		if (err)
			return err;
		channel = &to;
	} else if (unlikely(!rcu_access_pointer(myproto_sk(sk)->peer))) {
		return -ENOTCONN;
	}
	if (unlikely(READ_ONCE(sk->sk_err)))
		err = sock_error(sk);
	if (!err && unlikely(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN))
		err = -EPIPE;
	if (!err && unlikely(sk_wmem_alloc_get(sk) > MYPROTO_UNDER_WAY))
		err = -ENOBUFS;
	if (likely(!err)) {
		skb = myproto_message_new(sk, msg, len, &err);
		if (likely(skb)) {
			/* For SIOCOUTQ. */
			skb_set_owner_w(skb, sk);
			err = myproto_dgram_push(sk, channel, skb,
						 sock_sndtimeo(sk, msg->msg_flags &
							       MSG_DONTWAIT));
		}
	}
	trace_myproto_send(sk, NULL, len, err);
	return err ?: len;
}

/**
 * myproto_dgram_connect() - set the default peer, or with AF_UNSPEC none
 * @sock: the socket
 * @addr: its address
 * @len: of that
 * @flags: don't matter: this doesn't wait
 *
 * Context: process context.
 * Return: 0; -EAFNOSUPPORT, -ECONNREFUSED, -EINVAL, -EPERM or -EPROTOTYPE.
 */
int myproto_dgram_connect(struct socket *sock, struct sockaddr_unsized *addr,
			  int len, int flags)
{
	struct sock *sk = sock->sk, *peer = NULL;
	bool none = len >= (int)sizeof(addr->sa_family) && len != sizeof(u32) &&
		    addr->sa_family == AF_UNSPEC;
	u32 channel = MYPROTO_CHANNEL_ANY;
	int err = 0;

	if (!none)
		err = myproto_addr_channel(addr, len, &channel);
	if (err)
		return err;

	lock_sock(sk);
	if (!none) {
		rcu_read_lock();
		peer = myproto_dgram_to(sk, &channel);
		err = PTR_ERR_OR_ZERO(peer);
		if (!err && !refcount_inc_not_zero(&peer->sk_refcnt))
			err = -ECONNREFUSED;
		rcu_read_unlock();
	}
	if (!err) {
		WRITE_ONCE(sk->sk_state, peer ? TCP_ESTABLISHED : TCP_CLOSE);
		sock->state = peer ? SS_CONNECTED : SS_UNCONNECTED;
		myproto_dgram_set_peer(sk, peer);
	}
	trace_myproto_connect(sk, channel, err);
	release_sock(sk);
	return err;
}
