// SPDX-License-Identifier: GPL-2.0-only
/* poll(2), and what waits: SIOCINQ, SIOCOUTQ. */
#include <linux/poll.h>
#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <asm/ioctls.h>

#include "af_myproto.h"

static bool myproto_readable(struct sock *sk)
{
	struct myproto_sock *ms = myproto_sk(sk);

	if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
		return READ_ONCE(sk->sk_ack_backlog);
	if (sk->sk_type != SOCK_STREAM)
		return !skb_queue_empty_lockless(&sk->sk_receive_queue);
	/* No more than there is can come while a writer waits for room. */
	return READ_ONCE(ms->inq) >= READ_ONCE(sk->sk_rcvlowat) ||
	       (READ_ONCE(ms->inq) && READ_ONCE(ms->wanted));
}

/* The poller is on the wait queue: who makes room after this wakes it. */
static bool myproto_writable(struct sock *sk)
{
	struct sock *to;
	bool room, tell = false;

	if (myproto_is_dgram(sk))
		return myproto_dgram_writable(sk);
	to = myproto_peer(sk);
	if (!to || READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return READ_ONCE(sk->sk_state) != TCP_LISTEN;
	spin_lock(&to->sk_receive_queue.lock);
	room = __myproto_queue_roomy(to, sk);
	if (!room)
		tell = __myproto_queue_want(to, sk);
	spin_unlock(&to->sk_receive_queue.lock);
	if (tell)
		to->sk_data_ready(to);
	return room;
}

/**
 * myproto_poll() - poll(2) and its like
 * @file: the file
 * @sock: the socket
 * @wait: who polls
 *
 * Context: process context.
 * Return: EPOLL*.
 */
__poll_t myproto_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	u8 shutdown;

	sock_poll_wait(file, sock, wait);
	shutdown = READ_ONCE(sk->sk_shutdown);
	if (READ_ONCE(sk->sk_err))
		mask |= EPOLLERR;
	if (shutdown == SHUTDOWN_MASK)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (myproto_readable(sk))
		mask |= EPOLLIN | EPOLLRDNORM;

	if (!myproto_is_dgram(sk) && READ_ONCE(sk->sk_state) == TCP_CLOSE) {
		/* The kernel answers one that has no peer. */
		if (myproto_greets(sk))
			mask |= EPOLLIN | EPOLLRDNORM;
		else
			mask |= EPOLLHUP;
	}
	if (poll_requested_events(wait) & (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND) &&
	    myproto_writable(sk))
		mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	return mask;
}

/* Of messages the first one; of SOCK_SEQPACKET all of them, as AF_UNIX has it. */
static int myproto_inq(struct sock *sk)
{
	struct sk_buff *skb;
	int len = 0;

	if (!myproto_is_dgram(sk))
		return READ_ONCE(myproto_sk(sk)->inq);
	spin_lock(&sk->sk_receive_queue.lock);
	skb = skb_peek(&sk->sk_receive_queue);
	if (skb)
		len = skb->len;
	spin_unlock(&sk->sk_receive_queue.lock);
	return len;
}

/**
 * myproto_outq() - what was sent and waits to be read
 * @sk: who sent it
 *
 * Context: any.
 * Return: bytes; of SOCK_DGRAM the memory that they take.
 */
u32 myproto_outq(struct sock *sk)
{
	struct sock *peer;
	u32 bytes = 0;

	if (myproto_is_dgram(sk))
		return sk_wmem_alloc_get(sk);
	rcu_read_lock();
	peer = rcu_dereference(myproto_sk(sk)->peer);
	if (peer)
		bytes = READ_ONCE(myproto_sk(peer)->inq);
	rcu_read_unlock();
	return bytes;
}

/**
 * myproto_ioctl() - ioctl(2)
 * @sock: the socket
 * @cmd: SIOCINQ or SIOCOUTQ
 * @arg: where the answer goes
 *
 * Context: process context.
 * Return: 0; -EFAULT, -EINVAL (a listener has no queue) or -ENOIOCTLCMD.
 */
int myproto_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sock *sk = sock->sk;

	switch (cmd) {
	case SIOCINQ:
		if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
			return -EINVAL;
		return put_user(myproto_inq(sk), (int __user *)arg);
	case SIOCOUTQ:
		return put_user((int)myproto_outq(sk), (int __user *)arg);
	default:
		return -ENOIOCTLCMD;
	}
}
