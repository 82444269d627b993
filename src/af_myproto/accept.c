// SPDX-License-Identifier: GPL-2.0-only
/* Connections: listen(2) and accept(2). */
#include <linux/cred.h>
#include <linux/sched/signal.h>

#include "af_myproto.h"

/**
 * myproto_listen() - listen(2)
 * @sock: the socket, which is bound
 * @backlog: so many connections may wait for accept(); 1 is the least
 *
 * Context: process context.
 * Return: 0, or -EINVAL.
 */
int myproto_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	lock_sock(sk);
	if (!myproto_sk(sk)->bound ||
	    (sk->sk_state != TCP_CLOSE && sk->sk_state != TCP_LISTEN))
		goto out;
	/* For those who connect. */
	myproto_peercred_set(sk, task_tgid(current), current_cred());

	spin_lock(&sk->sk_receive_queue.lock);
	WRITE_ONCE(sk->sk_max_ack_backlog, max(backlog, 1));
	WRITE_ONCE(sk->sk_state, TCP_LISTEN);
	spin_unlock(&sk->sk_receive_queue.lock);
	/* It may have become larger. */
	myproto_wake_room(sk);
	err = 0;
out:
	release_sock(sk);
	return err;
}

/* The connection that has waited longest, or NULL. *END: none will come. */
static struct sock *myproto_pending(struct sock *sk, bool *end)
{
	struct myproto_sock *ms = myproto_sk(sk), *child;

	spin_lock(&sk->sk_receive_queue.lock);
	child = list_first_entry_or_null(&ms->pending, struct myproto_sock, pending);
	if (child) {
		list_del_init(&child->pending);
		WRITE_ONCE(sk->sk_ack_backlog, sk->sk_ack_backlog - 1);
	}
	*end = sk->sk_shutdown & RCV_SHUTDOWN;
	spin_unlock(&sk->sk_receive_queue.lock);
	return child ? &child->sk : NULL;
}

static struct sock *myproto_wait_pending(struct sock *sk, long timeo)
{
	DEFINE_WAIT(wait);
	struct sock *child;
	int err = 0;
	bool end;

	for (;;) {
		/* One connection is one caller's. */
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		child = myproto_pending(sk, &end);
		if (child)
			break;
		if (end)
			err = -EINVAL;
		else if (!timeo)
			err = -EAGAIN;
		else if (signal_pending(current))
			err = sock_intr_errno(timeo);
		if (err)
			break;
		timeo = schedule_timeout(timeo);
	}
	finish_wait(sk_sleep(sk), &wait);
	return child ?: ERR_PTR(err);
}

/**
 * myproto_accept() - accept(2)
 * @sock: the listener
 * @newsock: gets the connection
 * @flags: O_NONBLOCK: don't wait for one
 *
 * Context: process context, sleeps.
 * Return: 0; -EAGAIN, -EINVAL (not listening, or shut down), or the errno of a
 * signal.
 */
int myproto_accept(struct socket *sock, struct socket *newsock, int flags)
{
	struct sock *sk = sock->sk, *child;
	bool end;

	if (READ_ONCE(sk->sk_state) != TCP_LISTEN)
		return -EINVAL;

	child = myproto_pending(sk, &end);
	if (!child) {
		child = myproto_wait_pending(sk, sock_rcvtimeo(sk, flags & O_NONBLOCK));
		if (IS_ERR(child))
			return PTR_ERR(child);
	}
	if (wq_has_sleeper(&myproto_sk(sk)->room))
		wake_up_interruptible(&myproto_sk(sk)->room);

	set_bit(SOCK_CUSTOM_SOCKOPT, &newsock->flags);
	sock_graft(child, newsock);
	sockmods_set_passcred(child, sockmods_passcred(sk));
	newsock->state = SS_CONNECTED;
	return 0;
}
