// SPDX-License-Identifier: GPL-2.0-only
/* SOCK_STREAM: sending. */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "af_myproto.h"
#include "trace.h"

/* A write up to this is put behind what waits already, if there is room. */
#define MYPROTO_SMALL	256

/* So large is the buffer of such a write that finds none: others will follow. */
#define MYPROTO_ROOM	(SKB_WITH_OVERHEAD(2048))

/* Nobody receives any more. */
static int myproto_pipe_error(const struct msghdr *msg)
{
	if (!(msg->msg_flags & MSG_NOSIGNAL))
		send_sig(SIGPIPE, current, 0);
	return -EPIPE;
}

/* To the kernel, which reads nothing of it. */
static int myproto_stream_greeted(struct sock *sk, struct msghdr *msg, size_t len)
{
	iov_iter_advance(&msg->msg_iter, len);
	atomic64_add(len, &myproto_sk(sk)->greeted);
	return len;
}

/*
 * Whether the reader has what it waits for when LEN bytes more are there: who is
 * being woken, or hasn't read what was there, isn't woken again. Queue lock.
 */
static bool __myproto_stream_wakes(const struct sock *to, u32 len)
{
	const struct myproto_sock *mt = myproto_sk(to);
	u32 lowat = READ_ONCE(to->sk_rcvlowat);

	lockdep_assert_held(&to->sk_receive_queue.lock);
	return mt->waiters || (mt->inq < lowat && mt->inq + len >= lowat);
}

/* Puts a buffer into the peer's queue. */
static int myproto_stream_queue(struct sock *sk, struct sock *to,
				struct sk_buff *skb)
{
	bool wake;

	spin_lock(&to->sk_receive_queue.lock);
	if (unlikely(to->sk_shutdown & RCV_SHUTDOWN)) {
		spin_unlock(&to->sk_receive_queue.lock);
		return -EPIPE;
	}
	if (unlikely(__myproto_queue_full(to, sk))) {
		wake = __myproto_queue_want(to, sk);
		spin_unlock(&to->sk_receive_queue.lock);
		if (wake)
			to->sk_data_ready(to);
		return -EAGAIN;
	}
	wake = __myproto_stream_wakes(to, skb->len);
	__myproto_queue_add(to, skb);
	spin_unlock(&to->sk_receive_queue.lock);

	if (wake)
		to->sk_data_ready(to);
	return 0;
}

/* The same of a few bytes that fit into the last buffer of the queue. */
static bool myproto_stream_append(struct sock *to, const void *data, size_t len,
				  const struct myproto_cb *cred)
{
	struct myproto_sock *mt = myproto_sk(to);
	bool wake = false, done = false;
	struct sk_buff *skb;

	spin_lock(&to->sk_receive_queue.lock);
	skb = skb_peek_tail(&to->sk_receive_queue);
	if (skb && skb_tailroom(skb) >= len &&
	    !(to->sk_shutdown & RCV_SHUTDOWN) &&
	    myproto_cred_same(myproto_cb(skb), cred)) {
		skb_put_data(skb, data, len);
		wake = __myproto_stream_wakes(to, len);
		WRITE_ONCE(mt->inq, mt->inq + len);
		mt->arrivals++;
		done = true;
	}
	spin_unlock(&to->sk_receive_queue.lock);

	if (wake)
		to->sk_data_ready(to);
	return done;
}

/*
 * A small write while something waits to be read. Returns a buffer to be queued,
 * NULL when none is needed, or an error.
 */
static noinline struct sk_buff *myproto_stream_small(struct sock *sk,
						     struct sock *to,
						     struct msghdr *msg, size_t len,
						     const struct myproto_cb *cred)
{
	u8 data[MYPROTO_SMALL] __uninitialized;
	struct sk_buff *skb;

	if (!copy_from_iter_full(data, len, &msg->msg_iter))
		return ERR_PTR(-EFAULT);
	if (myproto_stream_append(to, data, len, cred))
		return NULL;
	skb = alloc_skb(MYPROTO_ROOM, sk->sk_allocation);
	if (!skb) {
		iov_iter_revert(&msg->msg_iter, len);
		return ERR_PTR(-ENOBUFS);
	}
	skb_put_data(skb, data, len);
	return skb;
}

static struct sk_buff *myproto_stream_skb(struct sock *sk, struct sock *to,
					  struct msghdr *msg, size_t len,
					  const struct myproto_cb *cred)
{
	struct sk_buff *skb;
	int err;

	if (len <= MYPROTO_SMALL && !skb_queue_empty_lockless(&to->sk_receive_queue))
		skb = myproto_stream_small(sk, to, msg, len, cred);
	else
		skb = myproto_skb_new(sk, msg, len, &err) ?: ERR_PTR(err);
	if (!IS_ERR_OR_NULL(skb))
		myproto_skb_set_cred(skb, cred);
	return skb;
}

/*
 * A large write goes in parts: so the reader can begin while the writer goes on,
 * and no more than a few pages are asked for at once.
 */
static size_t myproto_stream_part(const struct sock *sk, const struct sock *to,
				  size_t len)
{
	size_t half = min(READ_ONCE(sk->sk_sndbuf), READ_ONCE(to->sk_rcvbuf)) / 2;

	return min3(len, half, (size_t)32768);
}

/* Queues a buffer, waiting for room if need be. Frees it when that fails. */
static int myproto_stream_push(struct sock *sk, struct sock *to,
			       struct sk_buff *skb, long *timeo)
{
	int err;

	for (;;) {
		err = myproto_stream_queue(sk, to, skb);
		if (likely(!err))
			return 0;
		if (err != -EAGAIN || !*timeo)
			break;
		*timeo = myproto_wait_room(sk, to, *timeo);
		/* Who waits learns of a reset, as with AF_UNIX. */
		err = sock_error(sk);
		if (err)
			break;
		if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN) {
			err = -EPIPE;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(*timeo);
			break;
		}
	}
	myproto_skb_free(skb);
	return err;
}

/**
 * myproto_stream_sendmsg() - send(2) and its like
 * @sock: the socket
 * @msg: what to send
 * @len: how much
 *
 * Context: process context, may sleep.
 * Return: how much was sent; or -EAGAIN, -ECONNRESET, -EFAULT, -EINVAL (a control
 * message), -EISCONN, -ENOBUFS, -ENOTCONN, -EOPNOTSUPP, -EPERM, -EPIPE, -ESRCH,
 * or the errno of a signal.
 */
int myproto_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct sock *sk = sock->sk, *to = myproto_peer(sk);
	struct myproto_cb cred;
	struct sk_buff *skb;
	struct pid *held;
	size_t sent = 0, part;
	long timeo;
	int err;

	if (unlikely(msg->msg_flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (unlikely(msg->msg_namelen))
		return to ? -EISCONN : -EOPNOTSUPP;
	if (unlikely(!to))
		return myproto_greets(sk) ? myproto_stream_greeted(sk, msg, len) :
		       -ENOTCONN;
	err = myproto_cred_get(sock, msg, &cred, &held);
	if (unlikely(err))
		return err;

	timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	/* After a reset too: that is a reader's to learn. */
	if (unlikely(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN))
		err = -EPIPE;
	while (!err && sent < len) {
		part = myproto_stream_part(sk, to, len - sent);
		skb = myproto_stream_skb(sk, to, msg, part, &cred);
		if (IS_ERR(skb)) {
			err = PTR_ERR(skb);
			break;
		}
		if (skb) {
			err = myproto_stream_push(sk, to, skb, &timeo);
			if (unlikely(err)) {
				iov_iter_revert(&msg->msg_iter, part);
				break;
			}
		}
		sent += part;
	}
	myproto_cred_put(held);
	trace_myproto_send(sk, to, sent, err);
	if (sent)
		return sent;
	return unlikely(err == -EPIPE) ? myproto_pipe_error(msg) : err;
}
