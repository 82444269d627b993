// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peeking: a walk along the receive queue that takes nothing from it. It stops
 * and goes on where tcp_recvmsg() does.
 */
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "ulp_caesar.h"

/* One skb of the queue, from where peeking stands in it. */
static void caesar_peek_skb(struct caesar_recv *r, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(r->sk);
	u32 offset = r->peek_seq - TCP_SKB_CB(skb)->seq;

	/* Also when it lies behind where peeking stands. */
	while (offset < skb->len) {
		size_t len = min_t(size_t, skb->len - offset, r->left);
		size_t done;

		if (unlikely(tp->urg_data)) {
			u32 urgent = tp->urg_seq - r->peek_seq;

			/* One read ends before it, the next begins with it. */
			if (!urgent && r->copied) {
				r->stop = true;
				return;
			}
			if (!urgent && len && !sock_flag(r->sk, SOCK_URGINLINE)) {
				r->peek_seq++;
				r->urg_hole++;
				offset++;
				caesar_stamp(r, skb);
				continue;
			}
			if (urgent && urgent < len)
				len = urgent;
		}

		done = caesar_recv_copy(r, skb, offset, len);
		if (done) {
			r->peek_seq += done;
			offset += done;
			sk_peek_offset_fwd(r->sk, done);
			caesar_stamp(r, skb);
		}
		if (r->fault || !r->left) {
			r->stop = true;
			return;
		}
	}
	if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN) {
		r->peek_seq++;
		r->stop = true;
	}
}

/**
 * caesar_peek() - read what there is, without taking it
 * @r: the recvmsg()
 *
 * Context: process context, may sleep; the socket is locked.
 */
void caesar_peek(struct caesar_recv *r)
{
	struct sk_buff *skb;

	skb_queue_walk(&r->sk->sk_receive_queue, skb) {
		caesar_peek_skb(r, skb);
		if (r->stop)
			return;
	}
}
