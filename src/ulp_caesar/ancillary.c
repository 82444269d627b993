// SPDX-License-Identifier: GPL-2.0-only
/*
 * What recvmsg() tells beside the data: when it came (SO_TIMESTAMP*,
 * SO_TIMESTAMPING), and how much is left (TCP_INQ). TCP's own functions for it
 * aren't exported.
 */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/socket.h>
#include <net/tcp.h>

#include "ulp_caesar.h"

/**
 * caesar_stamp() - remember when the bytes of an skb came
 * @r: the recvmsg() that reads them
 * @skb: where they are
 */
void caesar_stamp(struct caesar_recv *r, struct sk_buff *skb)
{
	if (likely(!TCP_SKB_CB(skb)->has_rxtstamp))
		return;
	r->software = skb->tstamp;
	r->hardware = skb_hwtstamps(skb)->hwtstamp;
	r->stamped = true;
}

/* SO_TIMESTAMP and SO_TIMESTAMPNS, of 32 or 64 bits. */
static void caesar_put_stamp(const struct caesar_recv *r)
{
	struct timespec64 ts = ktime_to_timespec64(r->software);
	bool new = sock_flag(r->sk, SOCK_TSTAMP_NEW);

	if (sock_flag(r->sk, SOCK_RCVTSTAMPNS) && new) {
		struct __kernel_timespec v = {
			.tv_sec = ts.tv_sec,
			.tv_nsec = ts.tv_nsec,
		};

		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(v), &v);
	} else if (sock_flag(r->sk, SOCK_RCVTSTAMPNS)) {
		struct __kernel_old_timespec v = {
			.tv_sec = ts.tv_sec,
			.tv_nsec = ts.tv_nsec,
		};

		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(v), &v);
	} else if (new) {
		struct __kernel_sock_timeval v = {
			.tv_sec = ts.tv_sec,
			.tv_usec = ts.tv_nsec / NSEC_PER_USEC,
		};

		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(v), &v);
	} else {
		struct __kernel_old_timeval v = {
			.tv_sec = ts.tv_sec,
			.tv_usec = ts.tv_nsec / NSEC_PER_USEC,
		};

		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(v), &v);
	}
}

/* Whether SO_TIMESTAMPING reports what REPORT says, and was asked to get GET. */
static bool caesar_wants(u32 tsflags, u32 report, u32 get)
{
	return (tsflags & report) &&
	       ((tsflags & get) || !(tsflags & SOF_TIMESTAMPING_OPT_RX_FILTER));
}

/**
 * caesar_put_time() - tell when the last of the bytes read came
 * @r: the recvmsg(), done
 *
 * Context: process context, may sleep; the socket isn't locked.
 */
void caesar_put_time(const struct caesar_recv *r)
{
	u32 tsflags = READ_ONCE(r->sk->sk_tsflags);
	struct scm_timestamping_internal tss = {};
	bool some = false;

	if (r->software && sock_flag(r->sk, SOCK_RCVTSTAMP))
		caesar_put_stamp(r);
	if (r->software && caesar_wants(tsflags, SOF_TIMESTAMPING_SOFTWARE,
					SOF_TIMESTAMPING_RX_SOFTWARE)) {
		tss.ts[0] = sockmods_scm_time(r->software);
		some = true;
	}
	if (r->hardware && caesar_wants(tsflags, SOF_TIMESTAMPING_RAW_HARDWARE,
					SOF_TIMESTAMPING_RX_HARDWARE)) {
		tss.ts[2] = sockmods_scm_time(r->hardware);
		some = true;
	}
	if (!some)
		return;
	if (sock_flag(r->sk, SOCK_TSTAMP_NEW))
		put_cmsg_scm_timestamping64(r->msg, &tss);
	else
		put_cmsg_scm_timestamping(r->msg, &tss);
}

/* Bytes that the next read finds; 1 rather than 0 when it finds the end. */
static int caesar_inq(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 copied_seq = READ_ONCE(tp->copied_seq);
	int inq = READ_ONCE(tp->rcv_nxt) - copied_seq;

	/* Someone else is reading. */
	if (unlikely(inq < 0 || copied_seq != READ_ONCE(tp->copied_seq))) {
		lock_sock(sk);
		inq = tp->rcv_nxt - tp->copied_seq;
		release_sock(sk);
	}
	return inq ? inq : sock_flag(sk, SOCK_DONE);
}

/**
 * caesar_put_inq() - tell how much is left to read
 * @sk: the socket, not locked
 * @msg: of the recvmsg(), done
 *
 * By TCP_CM_INQ if TCP_INQ is set, and to io_uring.
 *
 * Context: process context, may sleep.
 */
void caesar_put_inq(struct sock *sk, struct msghdr *msg)
{
	bool cmsg = tcp_sk(sk)->recvmsg_inq;
	int inq;

	if (!cmsg && !sockmods_msg_get_inq(msg))
		return;
	inq = caesar_inq(sk);
	sockmods_msg_set_inq(msg, inq);
	if (cmsg)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}
