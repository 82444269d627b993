// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_SEQPACKET and SOCK_DGRAM: receiving, and what both need to send; and
 * sending of the former. A message without bytes is a message, and takes memory.
 */
#include <linux/filter.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "af_myproto.h"
#include "trace.h"

/**
 * myproto_message_new() - a message that is to be sent
 * @sk: the sender
 * @msg: where it comes from
 * @len: how long it is
 * @err: set to the reason of a failure
 *
 * Context: process context, may sleep.
 * Return: the message, with its sender's name; or NULL, and @err is -EMSGSIZE or
 * an error of myproto_cred_get() or myproto_skb_new().
 */
struct sk_buff *myproto_message_new(struct sock *sk, struct msghdr *msg,
				    size_t len, int *err)
{
	struct myproto_cb cred;
	struct sk_buff *skb;
	struct pid *held;

	/* What SO_SNDBUF says is twice what was asked for, less what that costs. */
	if (unlikely(len > min_t(size_t, READ_ONCE(sk->sk_sndbuf) - 32,
				 MYPROTO_MESSAGE_MAX))) {
		*err = -EMSGSIZE;
		return NULL;
	}
	*err = myproto_cred_get(sk->sk_socket, msg, &cred, &held);
	if (unlikely(*err))
		return NULL;
	skb = myproto_skb_new(sk, msg, len, err);
	if (likely(skb))
		myproto_skb_set_cred(skb, &cred);
	myproto_cred_put(held);
	return skb;
}

/**
 * myproto_message_filtered() - whether a filter (SO_ATTACH_FILTER) drops a message
 * @to: the receiver
 * @skb: the message
 *
 * Context: any but an interrupt.
 * Return: true if so.
 */
bool myproto_message_filtered(struct sock *to, struct sk_buff *skb)
{
	if (likely(!rcu_access_pointer(to->sk_filter)) || !sk_filter(to, skb))
		return false;
	trace_myproto_drop(to, skb->len, MYPROTO_DROP_FILTER);
	return true;
}

static int myproto_seqpacket_push(struct sock *sk, struct sock *to,
				  struct sk_buff *skb, long timeo)
{
	int err;

	if (myproto_message_filtered(to, skb)) {
		myproto_skb_free(skb);
		return 0;
	}
	if (unlikely(sock_flag(to, SOCK_RCVTSTAMP)))
		__net_timestamp(skb);
	for (;;) {
		err = myproto_deliver(to, sk, skb);
		if (likely(!err))
			return 0;
		if (err == -ECONNREFUSED)
			err = -EPIPE;
		if (err != -EAGAIN || !timeo)
			break;
		timeo = myproto_wait_room(sk, to, timeo);
		err = sock_error(sk);
		if (err)
			break;
		if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN) {
			err = -EPIPE;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
	}
	myproto_skb_free(skb);
	return err;
}

/**
 * myproto_seqpacket_sendmsg() - send(2) and its like
 * @sock: the socket
 * @msg: the message
 * @len: its length
 *
 * A name in @msg counts for nothing, and EPIPE comes without a signal, as AF_UNIX
 * has it.
 *
 * Context: process context, may sleep.
 * Return: @len; or -EAGAIN, -ECONNRESET, -EMSGSIZE, -ENOTCONN, -EOPNOTSUPP,
 * -EPIPE, the errno of a signal, or an error of myproto_message_new().
 */
int myproto_seqpacket_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk, *to = myproto_peer(sk);
	struct sk_buff *skb;
	int err;

	if (unlikely(msg->msg_flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (unlikely(!to))
		return -ENOTCONN;
	err = unlikely(READ_ONCE(sk->sk_err)) ? sock_error(sk) : 0;
	if (!err && unlikely(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN))
		err = -EPIPE;
	if (!err) {
		skb = myproto_message_new(sk, msg, len, &err);
		if (likely(skb))
			err = myproto_seqpacket_push(sk, to, skb,
						     sock_sndtimeo(sk, msg->msg_flags &
								   MSG_DONTWAIT));
	}
	trace_myproto_send(sk, to, len, err);
	return err ?: len;
}

/*
 * The message that MSG_PEEK means: the first one, or where SO_PEEK_OFF is set the
 * one that OFF bytes lead into. *SKIP is set to where reading begins in it.
 */
static struct sk_buff *myproto_message_peek(struct sk_buff_head *queue, int off,
					    int *skip)
{
	struct sk_buff *skb;

	lockdep_assert_held(&queue->lock);
	*skip = max(off, 0);
	skb_queue_walk(queue, skb) {
		/* One without bytes doesn't move the offset: it is seen once. */
		if (off >= 0 && *skip >= (int)skb->len &&
		    (skb->len || *skip || myproto_cb(skb)->peeked)) {
			*skip -= skb->len;
			continue;
		}
		myproto_cb(skb)->peeked = true;
		return skb;
	}
	return NULL;
}

/*
 * Takes a message out of the queue. With MSG_PEEK it stays there, and as long as
 * the reader mutex is held: nobody else takes any. NULL when there is none: *ERR is
 * 0 at the end, or -EAGAIN, and *ARRIVALS how often something had come.
 */
static struct sk_buff *myproto_message_get(struct sock *sk, int flags, int *skip,
					   int *err, u32 *arrivals)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct sk_buff *skb;
	bool wake = false;

	lockdep_assert_held(&myproto_sk(sk)->reader);
	*err = unlikely(READ_ONCE(sk->sk_err)) ? sock_error(sk) : 0;
	if (unlikely(*err))
		return NULL;
	spin_lock(&queue->lock);
	if (unlikely(flags & MSG_PEEK)) {
		skb = myproto_message_peek(queue, sk_peek_offset(sk, flags), skip);
	} else {
		*skip = 0;
		skb = __skb_dequeue(queue);
		if (skb)
			wake = __myproto_queue_credit(sk, skb->len, skb->truesize);
	}
	*arrivals = myproto_sk(sk)->arrivals;
	if (unlikely(!skb) && !(sk->sk_shutdown & RCV_SHUTDOWN))
		*err = -EAGAIN;
	spin_unlock(&queue->lock);
	if (unlikely(wake))
		myproto_wake_writers(sk);
	return skb;
}

/* Into the reader's memory: returns what recvmsg(2) does. */
static int myproto_message_copy(struct sock *sk, struct msghdr *msg, size_t len,
				int flags, struct sk_buff *skb, int skip)
{
	size_t size = skb->len - skip;
	int err;

	if (len < size)
		msg->msg_flags |= MSG_TRUNC;
	len = min(len, size);
	if (likely(!skb_is_nonlinear(skb)))
		err = copy_to_iter(skb->data + skip, len, &msg->msg_iter) == len ?
		      0 : -EFAULT;
	else
		err = skb_copy_datagram_iter(skb, skip, &msg->msg_iter, len);
	if (unlikely(err)) {
		if (!(flags & MSG_PEEK))
			trace_myproto_drop(sk, skb->len, MYPROTO_DROP_FAULT);
		return err;
	}
	if (unlikely(flags & MSG_PEEK))
		sk_peek_offset_fwd(sk, len);
	else
		sk_peek_offset_bwd(sk, skb->len);

	if (myproto_cb(skb)->eor)
		msg->msg_flags |= MSG_EOR;
	myproto_msg_name(msg, myproto_cb(skb)->channel);
	if (unlikely(sock_flag(sk, SOCK_RCVTSTAMP)))
		__sock_recv_timestamp(msg, sk, skb);
	if (unlikely(sockmods_passcred(sk)))
		myproto_cred_recv(sk, msg, myproto_cb(skb));
	return flags & MSG_TRUNC ? size : len;
}

/**
 * myproto_message_recvmsg() - recv(2) and its like
 * @sock: the socket
 * @msg: where it goes
 * @len: how much at most; the rest of the message is lost
 * @flags: MSG_*
 *
 * Context: process context, may sleep.
 * Return: how much was read, or with MSG_TRUNC how long the message was; 0 at the
 * end; or -EAGAIN, -ECONNRESET, -EFAULT, -ENOTCONN, -EOPNOTSUPP, or the errno of a
 * signal.
 */
int myproto_message_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			    int flags)
{
	struct sock *sk = sock->sk;
	struct myproto_sock *ms = myproto_sk(sk);
	struct sk_buff *skb;
	u32 arrivals;
	long timeo;
	int skip, ret;

	if (unlikely(flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (unlikely(!myproto_is_dgram(sk) && !myproto_peer(sk)))
		return -ENOTCONN;

	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	for (;;) {
		mutex_lock(&ms->reader);
		skb = myproto_message_get(sk, flags, &skip, &ret, &arrivals);
		if (likely(skb))
			break;
		mutex_unlock(&ms->reader);
		if (ret != -EAGAIN || !timeo)
			return ret;
		timeo = myproto_wait_data(sk, arrivals, timeo);
		if (signal_pending(current))
			return sock_intr_errno(timeo);
	}
	ret = myproto_message_copy(sk, msg, len, flags, skb, skip);
	mutex_unlock(&ms->reader);

	if (likely(!(flags & MSG_PEEK)))
		myproto_skb_free(skb);
	return ret;
}
