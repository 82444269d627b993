// SPDX-License-Identifier: GPL-2.0-only
/*
 * SOCK_STREAM: receiving. A reader takes all of the queue at once and reads from
 * what it has taken, .taken, under its mutex; a writer never sees that. What was
 * read is credited under the same queue lock that looks for more: so the queue is
 * empty, .inq is 0 and nobody is woken too late, all at one time.
 */
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "af_myproto.h"

/* So much memory is credited at once while more is being read. */
#define MYPROTO_CREDIT	32768

/**
 * struct myproto_reading - a reader's state
 * @bytes: read and not credited
 * @truesize: their memory
 * @arrivals: how often something had come when last looked
 * @end: nothing comes any more, when last looked
 * @stop: what comes next isn't for this call
 */
struct myproto_reading {
	u32	bytes;
	u32	truesize;
	u32	arrivals;
	bool	end;
	bool	stop;
};

/* Credits what was read, and takes what has come. True if there is something. */
static bool myproto_stream_take(struct sock *sk, struct myproto_reading *r)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct myproto_sock *ms = myproto_sk(sk);
	bool wake = false;

	lockdep_assert_held(&ms->reader);
	spin_lock(&queue->lock);
	if (r->bytes)
		wake = __myproto_queue_credit(sk, r->bytes, r->truesize);
	skb_queue_splice_tail_init(queue, &ms->taken);
	r->arrivals = ms->arrivals;
	r->end = sk->sk_shutdown & RCV_SHUTDOWN;
	spin_unlock(&queue->lock);

	r->bytes = 0;
	r->truesize = 0;
	if (unlikely(wake))
		myproto_wake_writers(sk);
	return !skb_queue_empty(&ms->taken);
}

/* Only credits. */
static void myproto_stream_credit(struct sock *sk, struct myproto_reading *r)
{
	bool wake;

	if (!r->bytes)
		return;
	spin_lock(&sk->sk_receive_queue.lock);
	wake = __myproto_queue_credit(sk, r->bytes, r->truesize);
	spin_unlock(&sk->sk_receive_queue.lock);
	r->bytes = 0;
	r->truesize = 0;
	if (unlikely(wake))
		myproto_wake_writers(sk);
}

static bool myproto_copy(struct sk_buff *skb, u32 off, struct msghdr *msg, u32 len)
{
	u32 left = iov_iter_count(&msg->msg_iter);

	if (likely(!skb_is_nonlinear(skb))) {
		if (likely(copy_to_iter(skb->data + off, len, &msg->msg_iter) == len))
			return true;
	} else if (!skb_copy_datagram_iter(skb, off, &msg->msg_iter, len)) {
		return true;
	}
	/* What arrived of it doesn't count. */
	iov_iter_revert(&msg->msg_iter, left - iov_iter_count(&msg->msg_iter));
	return false;
}

/*
 * Reads from what was taken. With MSG_PEEK nothing is consumed, and reading begins
 * after SKIP bytes. Bytes of two senders aren't mixed where the reader asks who
 * sent them. Returns how much, or -EFAULT; a fault consumes nothing.
 */
static int myproto_stream_read(struct sock *sk, struct msghdr *msg, size_t len,
			       int flags, u32 skip, struct myproto_cb *cred,
			       struct myproto_reading *r)
{
	struct myproto_sock *ms = myproto_sk(sk);
	struct sk_buff *skb, *next;
	int copied = 0;
	u32 left, part;

	skb_queue_walk_safe(&ms->taken, skb, next) {
		struct myproto_cb *cb = myproto_cb(skb);

		left = skb->len - cb->off;
		if (skip >= left) {
			skip -= left;
			continue;
		}
		if (unlikely(cred)) {
			if (!cred->pid) {
				*cred = *cb;
				get_pid(cred->pid);
			} else if (!myproto_cred_same(cred, cb)) {
				r->stop = true;
				break;
			}
		}
		part = min_t(size_t, left - skip, len - copied);
		if (unlikely(!myproto_copy(skb, cb->off + skip, msg, part))) {
			r->stop = true;
			return copied ?: -EFAULT;
		}
		copied += part;
		skip = 0;
		if (!(flags & MSG_PEEK)) {
			cb->off += part;
			r->bytes += part;
			if (cb->off == skb->len) {
				r->truesize += skb->truesize;
				__skb_unlink(skb, &ms->taken);
				myproto_skb_free(skb);
			}
		}
		if (copied == len || r->truesize >= MYPROTO_CREDIT)
			break;
	}
	return copied;
}

static int myproto_stream_greeting(struct msghdr *msg, size_t len)
{
	size_t text = strlen(myproto_greeting) + 1;

	len = min(len, text);
	return copy_to_iter(myproto_greeting, len, &msg->msg_iter) == len ?
	       len : -EFAULT;
}

/*
 * What a reader that finds nothing returns, or 0 when it was worth sleeping: the
 * caller looks again. Sleeps without the mutex.
 */
static int myproto_stream_wait(struct sock *sk, const struct myproto_reading *r,
			       long *timeo)
{
	int err = 0;

	if (!*timeo)
		return -EAGAIN;
	mutex_unlock(&myproto_sk(sk)->reader);
	*timeo = myproto_wait_data(sk, r->arrivals, *timeo);
	if (signal_pending(current))
		err = sock_intr_errno(*timeo);
	mutex_lock(&myproto_sk(sk)->reader);
	return err;
}

static int myproto_stream_recv(struct sock *sk, struct msghdr *msg, size_t len,
			       int flags, struct myproto_cb *cred)
{
	size_t target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	struct myproto_sock *ms = myproto_sk(sk);
	struct myproto_reading r = {};
	size_t copied = 0;
	bool some;
	int n;

	for (;;) {
		some = !skb_queue_empty(&ms->taken) || myproto_stream_take(sk, &r);
		n = 0;
		if (some) {
			n = myproto_stream_read(sk, msg, len - copied, flags, 0,
						cred, &r);
			if (n < 0)
				break;
			copied += n;
			sk_peek_offset_bwd(sk, n);
			if (copied == len || r.stop)
				break;
			if (r.truesize >= MYPROTO_CREDIT)
				myproto_stream_credit(sk, &r);
			continue;
		}
		/* What was read comes first, an error is the next call's. */
		if (copied >= target ||
		    (copied && (READ_ONCE(sk->sk_err) || !timeo)))
			break;
		n = sock_error(sk);
		if (n || r.end)
			break;
		n = myproto_stream_wait(sk, &r, &timeo);
		if (n)
			break;
	}
	myproto_stream_credit(sk, &r);
	return copied ?: n;
}

static int myproto_stream_peek(struct sock *sk, struct msghdr *msg, size_t len,
			       int flags, struct myproto_cb *cred)
{
	long timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	struct myproto_reading r = {};
	int n;

	for (;;) {
		myproto_stream_take(sk, &r);
		n = myproto_stream_read(sk, msg, len, flags,
					max(sk_peek_offset(sk, flags), 0), cred, &r);
		if (n) {
			if (n > 0)
				sk_peek_offset_fwd(sk, n);
			return n;
		}
		/* Nothing was asked for, and something is there. */
		if (!len && READ_ONCE(myproto_sk(sk)->inq))
			return 0;
		n = sock_error(sk);
		if (n || r.end)
			return n;
		n = myproto_stream_wait(sk, &r, &timeo);
		if (n)
			return n;
	}
}

/**
 * myproto_stream_recvmsg() - recv(2) and its like
 * @sock: the socket
 * @msg: where it goes
 * @len: how much at most
 * @flags: MSG_*
 *
 * Context: process context, may sleep.
 * Return: how much was read; 0 at the end; or -EAGAIN, -ECONNRESET, -EFAULT,
 * -ENOTCONN, -EOPNOTSUPP, or the errno of a signal.
 */
int myproto_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			   int flags)
{
	struct sock *sk = sock->sk, *peer = myproto_peer(sk);
	struct myproto_cb from = {}, *cred = NULL;
	int ret;

	if (unlikely(flags & MSG_OOB))
		return -EOPNOTSUPP;
	if (unlikely(!peer)) {
		if (myproto_greets(sk))
			return myproto_stream_greeting(msg, len);
		return -ENOTCONN;
	}
	if (unlikely(sockmods_passcred(sk)))
		cred = &from;

	mutex_lock(&myproto_sk(sk)->reader);
	if (unlikely(flags & MSG_PEEK))
		ret = myproto_stream_peek(sk, msg, len, flags, cred);
	else
		ret = myproto_stream_recv(sk, msg, len, flags, cred);
	mutex_unlock(&myproto_sk(sk)->reader);

	if (unlikely(cred) && from.pid) {
		if (ret >= 0)
			myproto_cred_recv(sk, msg, cred);
		put_pid(from.pid);
	}
	if (ret >= 0)
		myproto_msg_name(msg, READ_ONCE(myproto_sk(peer)->channel));
	return ret;
}
