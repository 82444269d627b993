// SPDX-License-Identifier: GPL-2.0-only
/* The end of a connection, and of a socket: shutdown(2), close(2). */
#include "af_myproto.h"
#include "trace.h"

/* Tells those who read, write or poll that the state has changed. */
static void myproto_tell(struct sock *sk)
{
	u8 shutdown = READ_ONCE(sk->sk_shutdown);

	sk->sk_state_change(sk);
	if (shutdown == SHUTDOWN_MASK)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	else if (shutdown & RCV_SHUTDOWN)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

static void myproto_shut(struct sock *sk, u8 how, int err)
{
	spin_lock(&sk->sk_receive_queue.lock);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	if (err)
		WRITE_ONCE(sk->sk_err, err);
	spin_unlock(&sk->sk_receive_queue.lock);
}

/**
 * myproto_shutdown() - shutdown(2)
 * @sock: the socket
 * @how: SHUT_RD, SHUT_WR or SHUT_RDWR
 *
 * Context: process context.
 * Return: 0, or -EINVAL.
 */
int myproto_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk, *peer;
	u8 mask, other = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	/* SHUT_RD 0, RCV_SHUTDOWN 1; SHUT_WR 1, SEND_SHUTDOWN 2. */
	mask = how + 1;

	myproto_shut(sk, mask, 0);
	myproto_tell(sk);
	/* Those who wait for room here. */
	myproto_wake_room(sk);
	if (myproto_is_dgram(sk))
		return 0;

	peer = myproto_peer(sk);
	if (!peer)
		return 0;
	if (mask & RCV_SHUTDOWN)
		other |= SEND_SHUTDOWN;
	if (mask & SEND_SHUTDOWN)
		other |= RCV_SHUTDOWN;
	myproto_shut(peer, other, 0);
	myproto_tell(peer);
	return 0;
}

static void myproto_purge(struct sock *sk, struct sk_buff_head *queue)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(queue))) {
		trace_myproto_drop(sk, skb->len, MYPROTO_DROP_CLOSED);
		myproto_skb_free(skb);
	}
}

/* The peer of a connection learns that there is nobody any more. */
static void myproto_leave(struct sock *sk, bool reset)
{
	struct sock *peer;

	if (myproto_is_dgram(sk)) {
		myproto_dgram_set_peer(sk, NULL);
		return;
	}
	peer = myproto_peer(sk);
	if (!peer)
		return;
	/* One that has been closed itself needn't be told. */
	if (!READ_ONCE(myproto_sk(peer)->dead)) {
		myproto_shut(peer, SHUTDOWN_MASK, reset ? ECONNRESET : 0);
		myproto_tell(peer);
	}
	RCU_INIT_POINTER(myproto_sk(sk)->peer, NULL);
	sock_put(peer);
}

/*
 * Closes a socket that nobody uses any more; EMBRYO: that nobody ever has, because
 * no accept() came. Its memory may live on, for the peer's sake.
 */
static void myproto_close(struct sock *sk, bool embryo)
{
	struct myproto_sock *ms = myproto_sk(sk);
	struct sk_buff_head queue;
	LIST_HEAD(pending);
	bool unread;

	myproto_unbind(sk);
	__skb_queue_head_init(&queue);

	spin_lock(&sk->sk_receive_queue.lock);
	WRITE_ONCE(ms->dead, true);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	WRITE_ONCE(sk->sk_state, TCP_CLOSE);
	skb_queue_splice_tail_init(&ms->taken, &queue);
	skb_queue_splice_tail_init(&sk->sk_receive_queue, &queue);
	WRITE_ONCE(ms->inq, 0);
	ms->rmem = 0;
	list_splice_init(&ms->pending, &pending);
	WRITE_ONCE(sk->sk_ack_backlog, 0);
	spin_unlock(&sk->sk_receive_queue.lock);

	unread = !skb_queue_empty(&queue);
	myproto_leave(sk, unread || embryo);
	myproto_wake_room(sk);
	myproto_sock_unlist(sk);

	while (!list_empty(&pending)) {
		struct myproto_sock *child = list_first_entry(&pending,
							      struct myproto_sock,
							      pending);

		list_del_init(&child->pending);
		myproto_close(&child->sk, true);
		sock_put(&child->sk);
	}
	myproto_purge(sk, &queue);
}

/**
 * myproto_release() - close(2)
 * @sock: the socket
 *
 * Context: process context.
 * Return: 0.
 */
int myproto_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	myproto_close(sk, false);
	sock_orphan(sk);
	sock->sk = NULL;
	sock_put(sk);
	return 0;
}
