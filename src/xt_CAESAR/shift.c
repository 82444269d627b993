// SPDX-License-Identifier: GPL-2.0-only
/* Shifts the payload of a packet's TCP segment, whoever else has its memory. */
#include <linux/tcp.h>
#include <net/checksum.h>
#include <sockmods/shift.h>

#include "xt_CAESAR.h"

/*
 * True if the TCP checksum will be computed when the packet leaves; until then
 * the field holds the sum of the pseudo header only, which stays what it is.
 */
static bool caesar_sum_follows(const struct sk_buff *skb, unsigned int tcp)
{
	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       skb_checksum_start_offset(skb) == tcp;
}

/**
 * caesar_shift_skb() - shift the payload of a packet's TCP segment
 * @skb: the packet; not shared, perhaps cloned, in fragments, or a list of them
 * @p: where the payload is
 * @key: added to each byte
 *
 * On the way out the data is that of TCP's queue, which it will take again for a
 * retransmission, and with sendfile(2) that of a file: so the bytes are copied
 * out of whatever else has them, and shifted in the copy. Headers may move.
 *
 * The checksum changes by as much as the bytes do. One that was wrong is wrong by
 * the same amount afterwards: damage is not hidden. skb->csum of a packet that is
 * CHECKSUM_COMPLETE need not change: what the payload gains the checksum loses,
 * and both are in it at even offsets.
 *
 * Context: any.
 * Return: 0, or -ENOMEM; nothing is shifted then.
 */
int caesar_shift_skb(struct sk_buff *skb, const struct caesar_payload *p,
		     u8 key)
{
	unsigned int len = p->end - p->begin;
	struct tcphdr *th;
	__wsum before;
	u8 *payload;

	if (!len || !key)
		return 0;
	if (skb_ensure_writable(skb, p->end))
		return -ENOMEM;
	/*
	 * What GRO has left as a list of segments, each with its headers, is one
	 * piece now, to be cut as any other.
	 */
	if (skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST)
		skb_shinfo(skb)->gso_type &= ~SKB_GSO_FRAGLIST;

	payload = skb->data + p->begin;
	if (caesar_sum_follows(skb, p->tcp)) {
		caesar_shift(payload, len, key);
		return 0;
	}
	before = csum_partial(payload, len, 0);
	caesar_shift(payload, len, key);
	th = (struct tcphdr *)(skb->data + p->tcp);
	csum_replace_by_diff(&th->check,
			     csum_sub(csum_partial(payload, len, 0), before));
	return 0;
}
