// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving. Data is copied out of the receive queue, never shifted in it: over
 * the loopback device its pages are the sender's. It is shifted back in a buffer
 * and copied from there to the reader, whose memory never holds anything else.
 *
 * The loop is tcp_recvmsg()'s; what that does to its queue is left to
 * tcp_read_sock(), as far as that can do it: see caesar_take().
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <net/busy_poll.h>
#include <net/tcp.h>
#include <sockmods/shift.h>

#include "ulp_caesar.h"

/*
 * Copies bytes of an skb, shifted by KEY. They are mapped meanwhile: unlike the
 * copy to the reader this can't sleep. False for those that stay in a device.
 */
static bool caesar_fill(u8 *buf, struct sk_buff *skb, u32 offset, size_t len,
			u8 key)
{
	struct skb_seq_state state;
	size_t done = 0, n;
	const u8 *data;

	skb_prepare_seq_read(skb, offset, offset + len, &state);
	do {
		n = skb_seq_read(done, &data, &state);
		if (unlikely(!n))
			return false;
		/* It may end behind what was asked for. */
		n = min(n, len - done);
		caesar_shift_copy(buf + done, data, n, key);
		done += n;
	} while (done < len);
	skb_abort_seq_read(&state);
	return true;
}

/**
 * caesar_recv_copy() - copy bytes to a reader, shifted back
 * @r: the recvmsg()
 * @skb: where they are
 * @offset: from where on
 * @len: how many; not more than are wanted
 *
 * With MSG_TRUNC they are counted only.
 *
 * Context: process context, may sleep; the socket is locked.
 * Return: how many; less than @len only when @r->fault is set.
 */
size_t caesar_recv_copy(struct caesar_recv *r, struct sk_buff *skb, u32 offset,
			size_t len)
{
	u8 key = -caesar_rx(caesar_keys(r->sk));
	size_t done = 0;

	if (unlikely(r->flags & MSG_TRUNC))
		done = len;
	while (done < len) {
		size_t n = min(len - done, r->room), copied;

		if (unlikely(!caesar_fill(r->buf, skb, offset + done, n, key))) {
			r->fault = true;
			break;
		}
		copied = copy_to_iter(r->buf, n, &r->msg->msg_iter);
		done += copied;
		if (unlikely(copied < n)) {
			r->fault = true;
			break;
		}
	}
	r->left -= done;
	r->copied += done;
	return done;
}

/* Called by tcp_read_sock(), which takes off the queue what this returns. */
static int caesar_actor(read_descriptor_t *desc, struct sk_buff *skb,
			unsigned int offset, size_t len)
{
	struct caesar_recv *r = desc->arg.data;
	size_t done;

	if (unlikely(r->skip)) {
		r->skip = false;
		r->passed = min(len, r->left) == 1;
		caesar_stamp(r, skb);
		return 1;
	}
	if (!r->left || r->fault)
		return 0;
	done = caesar_recv_copy(r, skb, offset, min(len, r->left));
	desc->count = r->left;
	if (done) {
		sk_peek_offset_bwd(r->sk, done);
		caesar_stamp(r, skb);
	}
	return done;
}

/*
 * Takes what there is. tcp_read_sock() stops at urgent data for good, where
 * tcp_recvmsg() ends a call that has read something and begins the next one: so
 * when reading stands there, it isn't told of it. Nobody else writes urg_data as
 * long as the socket is locked.
 */
static void caesar_take(struct caesar_recv *r)
{
	read_descriptor_t desc = {
		.count = r->left,
		.arg.data = r,
	};
	struct tcp_sock *tp = tcp_sk(r->sk);
	bool urgent = tp->urg_data && tp->urg_seq == tp->copied_seq;
	typeof(tp->urg_data) urg_data = tp->urg_data;

	if (unlikely(urgent)) {
		r->skip = r->left && !sock_flag(r->sk, SOCK_URGINLINE);
		r->passed = false;
		WRITE_ONCE(tp->urg_data, 0);
	}
	tcp_read_sock(r->sk, &desc, caesar_actor);
	if (unlikely(urgent))
		WRITE_ONCE(tp->urg_data, urg_data);
	/*
	 * It has been passed: now, or by a splice before. A reader whose memory is
	 * bad may still fetch it.
	 */
	if (unlikely(tp->urg_data) && after(tp->copied_seq, tp->urg_seq) &&
	    (r->copied || r->passed)) {
		WRITE_ONCE(tp->urg_data, 0);
		tcp_fast_path_check(r->sk);
	}
	/* A read that has anything ends before urgent data. */
	if (r->fault || (r->copied && tp->urg_data &&
			 tp->urg_seq == tp->copied_seq))
		r->stop = true;
	/* No bytes were wanted, and some are there. */
	if (!r->left && (r->copied ||
			 !skb_queue_empty(&r->sk->sk_receive_queue)))
		r->stop = true;
}

/* Whether a reader that has nothing yet must leave; *RET is what it leaves with. */
static bool caesar_recv_ends(struct sock *sk, long timeo, int *ret)
{
	if (sock_flag(sk, SOCK_DONE))
		*ret = 0;
	else if (sk->sk_err)
		*ret = sock_error(sk);
	else if (sk->sk_shutdown & RCV_SHUTDOWN)
		*ret = 0;
	else if (sk->sk_state == TCP_CLOSE)
		*ret = -ENOTCONN;
	else if (!timeo)
		*ret = -EAGAIN;
	else if (signal_pending(current))
		*ret = sock_intr_errno(timeo);
	else
		return false;
	return true;
}

/* Whether a reader that has something doesn't wait for more. */
static bool caesar_recv_enough(const struct sock *sk, long timeo)
{
	return !timeo || sk->sk_err || sk->sk_state == TCP_CLOSE ||
	       (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current);
}

static int caesar_recvmsg_locked(struct caesar_recv *r, size_t len)
{
	struct sock *sk = r->sk;
	long timeo = sock_rcvtimeo(sk, r->flags & MSG_DONTWAIT);
	int target = sock_rcvlowat(sk, r->flags & MSG_WAITALL, len);
	const struct tcp_sock *tp = tcp_sk(sk);
	bool peek = r->flags & MSG_PEEK;
	u32 peek_offset = 0;
	int ret = 0;

	if (peek) {
		peek_offset = max(sk_peek_offset(sk, r->flags), 0);
		r->peek_seq = tp->copied_seq + peek_offset;
	}

	for (;;) {
		struct sk_buff *last = skb_peek_tail(&sk->sk_receive_queue);

		if (unlikely(tp->urg_data) &&
		    tp->urg_seq == (peek ? r->peek_seq : tp->copied_seq)) {
			if (r->copied)
				break;
			if (signal_pending(current)) {
				ret = timeo ? sock_intr_errno(timeo) : -EAGAIN;
				break;
			}
		}

		if (peek)
			caesar_peek(r);
		else
			caesar_take(r);
		if (r->stop) {
			if (r->fault)
				ret = -EFAULT;
			break;
		}

		if (r->copied >= target && !READ_ONCE(sk->sk_backlog.tail))
			break;
		if (r->copied ? caesar_recv_enough(sk, timeo) :
				caesar_recv_ends(sk, timeo, &ret))
			break;

		if (r->copied >= target) {
			sk_flush_backlog(sk);
		} else {
			/* Taking has emptied the queue. */
			ret = sk_wait_data(sk, &timeo, peek ? last : NULL);
			if (ret < 0)
				break;
			ret = 0;
		}

		/* Someone else has read what this one was looking at. */
		if (peek && r->peek_seq - peek_offset - r->copied -
			    r->urg_hole != tp->copied_seq)
			r->peek_seq = tp->copied_seq + peek_offset;
	}
	return r->copied ? r->copied : ret;
}

/* TCP's own recvmsg(): where it doesn't read the stream, or as it is. */
static int caesar_recv_base(struct sock *sk, struct msghdr *msg, size_t len,
			    int flags)
{
	return proto_recvmsg(caesar_base(sk), sk, msg, len, flags);
}

/* Urgent data out of line. TCP has a byte of it, at most. */
static int caesar_recv_urgent(struct sock *sk, struct msghdr *msg, size_t len,
			      int flags)
{
	struct iov_iter to = msg->msg_iter;
	struct kvec vec;
	u8 byte;
	int ret;

	vec.iov_base = &byte;
	vec.iov_len = sizeof(byte);
	iov_iter_kvec(&msg->msg_iter, ITER_DEST, &vec, 1, sizeof(byte));
	ret = caesar_recv_base(sk, msg, min_t(size_t, len, 1), flags);
	msg->msg_iter = to;
	if (ret != 1 || (flags & MSG_TRUNC))
		return ret;
	byte -= caesar_rx(caesar_keys(sk));
	return copy_to_iter(&byte, 1, &msg->msg_iter) == 1 ? 1 : -EFAULT;
}

/* Data from the receive queue. */
static int caesar_recv_stream(struct sock *sk, struct msghdr *msg, size_t len,
			      int flags)
{
	struct caesar_recv r = {
		.sk = sk,
		.msg = msg,
		.left = len,
		.flags = flags,
	};
	u8 small[CAESAR_SMALL];
	int ret;

	if (sk_can_busy_loop(sk) &&
	    skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    sk->sk_state == TCP_ESTABLISHED)
		sk_busy_loop(sk, flags & MSG_DONTWAIT);

	r.buf = caesar_get_buffer(small, len, &r.room, GFP_KERNEL);
	lock_sock(sk);
	if (unlikely(sk->sk_state == TCP_LISTEN))
		ret = -ENOTCONN;
	else
		ret = caesar_recvmsg_locked(&r, len);
	release_sock(sk);

	if (ret >= 0) {
		if (unlikely(r.stamped))
			caesar_put_time(&r);
		caesar_put_inq(sk, msg);
	}
	caesar_put_buffer(r.buf, small);
	return ret;
}

/**
 * caesar_recvmsg() - receive, shifted back
 * @sk: a socket with the protocol, not locked
 * @msg: where to
 * @len: room there
 * @flags: MSG_*
 *
 * Context: process context, may sleep.
 * Return: bytes received; 0 at the end; -EOPNOTSUPP of MSG_SOCK_DEVMEM; else what
 * TCP returns.
 */
int caesar_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	if (unlikely(flags & MSG_ERRQUEUE))
		return caesar_recv_base(sk, msg, len, flags);
	if (unlikely(flags & MSG_SOCK_DEVMEM))
		return -EOPNOTSUPP;
	if (unlikely(flags & MSG_OOB))
		return caesar_recv_urgent(sk, msg, len, flags);
	return caesar_recv_stream(sk, msg, len, flags);
}
