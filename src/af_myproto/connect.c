// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: connect(2) and socketpair(2). The one who connects makes the socket
 * that accept(2) will return, and links the two under the listener's queue lock:
 * they can talk from then on.
 */
#include <linux/cred.h>
#include <linux/sched/signal.h>

#include "af_myproto.h"
#include "trace.h"

/* Each has a reference to the other. The other's peer is there when it is seen. */
static void myproto_link(struct sock *a, struct sock *b)
{
	sock_hold(a);
	sock_hold(b);
	rcu_assign_pointer(myproto_sk(b)->peer, a);
	WRITE_ONCE(b->sk_state, TCP_ESTABLISHED);
	rcu_assign_pointer(myproto_sk(a)->peer, b);
	WRITE_ONCE(a->sk_state, TCP_ESTABLISHED);
}

/* A listener, held. */
static struct sock *myproto_find_listener(struct sock *sk, u32 channel)
{
	struct sock *listener;

	rcu_read_lock();
	listener = myproto_lookup(sock_net(sk), channel);
	if (!listener || !refcount_inc_not_zero(&listener->sk_refcnt))
		listener = ERR_PTR(-ECONNREFUSED);
	rcu_read_unlock();
	if (!IS_ERR(listener) && listener->sk_type != sk->sk_type) {
		sock_put(listener);
		listener = ERR_PTR(-EPROTOTYPE);
	}
	return listener;
}

/* Queue lock of the listener. */
static int __myproto_may_connect(const struct sock *listener)
{
	if (myproto_sk(listener)->dead || listener->sk_state != TCP_LISTEN ||
	    listener->sk_shutdown & RCV_SHUTDOWN)
		return -ECONNREFUSED;
	if (listener->sk_ack_backlog >= listener->sk_max_ack_backlog)
		return -EAGAIN;
	return 0;
}

static int myproto_try_connect(struct sock *sk, struct sock *listener,
			       struct sock *child)
{
	struct myproto_sock *ml = myproto_sk(listener);
	int err;

	spin_lock(&listener->sk_receive_queue.lock);
	err = __myproto_may_connect(listener);
	if (!err) {
		WRITE_ONCE(myproto_sk(child)->channel, ml->channel);
		myproto_peercred_set(child, task_tgid(current), current_cred());
		/* As they were when it began to listen. */
		myproto_peercred_copy(sk, listener);
		myproto_link(child, sk);
		list_add_tail(&myproto_sk(child)->pending, &ml->pending);
		WRITE_ONCE(listener->sk_ack_backlog, listener->sk_ack_backlog + 1);
	}
	spin_unlock(&listener->sk_receive_queue.lock);
	if (!err)
		listener->sk_data_ready(listener);
	return err;
}

/* Sleeps until the backlog has room. Returns what is left of the time. */
static long myproto_wait_backlog(struct sock *listener, long timeo)
{
	struct myproto_sock *ml = myproto_sk(listener);
	DEFINE_WAIT(wait);
	bool full;

	prepare_to_wait(&ml->room, &wait, TASK_INTERRUPTIBLE);
	spin_lock(&listener->sk_receive_queue.lock);
	full = __myproto_may_connect(listener) == -EAGAIN;
	spin_unlock(&listener->sk_receive_queue.lock);
	if (full && !signal_pending(current))
		timeo = schedule_timeout(timeo);
	finish_wait(&ml->room, &wait);
	return timeo;
}

/* One try, under lock_sock(): -EAGAIN and *LISTENER held when it has to wait. */
static int myproto_connect_once(struct sock *sk, u32 channel, struct sock *child,
				struct sock **held)
{
	struct sock *listener;
	int err;

	if (sk->sk_state != TCP_CLOSE)
		return sk->sk_state == TCP_ESTABLISHED ? -EISCONN : -EINVAL;
	listener = myproto_find_listener(sk, channel);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	err = myproto_try_connect(sk, listener, child);
	if (err == -EAGAIN)
		*held = listener;
	else
		sock_put(listener);
	if (!err)
		sk->sk_socket->state = SS_CONNECTED;
	return err;
}

/**
 * myproto_connect() - connect(2) of SOCK_STREAM and SOCK_SEQPACKET
 * @sock: the socket
 * @addr: the listener's address
 * @len: of that
 * @flags: O_NONBLOCK: don't wait for room in the backlog
 *
 * Context: process context, sleeps while the backlog is full.
 * Return: 0; -EAFNOSUPPORT, -EAGAIN (the backlog is full), -ECONNREFUSED, -EINVAL,
 * -EISCONN, -ENFILE, -ENOMEM, -EPROTOTYPE, or the errno of a signal.
 */
int myproto_connect(struct socket *sock, struct sockaddr_unsized *addr, int len,
		    int flags)
{
	struct sock *sk = sock->sk, *child, *listener;
	u32 channel = MYPROTO_CHANNEL_ANY;
	long timeo;
	int err;

	err = myproto_addr_channel(addr, len, &channel);
	if (err)
		return err;
	timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);
	child = myproto_sock_new(sock_net(sk), NULL, sk->sk_type, 0);
	if (IS_ERR(child))
		return PTR_ERR(child);

	for (;;) {
		listener = NULL;
		lock_sock(sk);
		err = myproto_connect_once(sk, channel, child, &listener);
		release_sock(sk);
		if (!listener)
			break;
		if (!timeo) {
			sock_put(listener);
			break;
		}
		timeo = myproto_wait_backlog(listener, timeo);
		sock_put(listener);
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
	}
	if (err) {
		myproto_sock_unlist(child);
		sock_put(child);
	}
	trace_myproto_connect(sk, channel, err);
	return err;
}

/**
 * myproto_socketpair() - socketpair(2)
 * @a: a socket
 * @b: another
 *
 * Context: process context.
 * Return: 0.
 */
int myproto_socketpair(struct socket *a, struct socket *b)
{
	myproto_peercred_set(a->sk, task_tgid(current), current_cred());
	myproto_peercred_set(b->sk, task_tgid(current), current_cred());
	myproto_link(a->sk, b->sk);
	a->state = SS_CONNECTED;
	b->state = SS_CONNECTED;
	return 0;
}
