/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _XT_CAESAR_H
#define _XT_CAESAR_H

#include <linux/skbuff.h>
#include <linux/types.h>

/**
 * struct caesar_payload - where in a packet the payload of its TCP segment is
 * @tcp: offset of the TCP header, from the start of the packet's data
 * @begin: offset of the first byte of payload
 * @end: offset behind the last one: of the segment's end, as the IP header has
 *	it, and not of the packet's, which may be padded
 */
struct caesar_payload {
	unsigned int tcp;
	unsigned int begin;
	unsigned int end;
};

/* locate.c */
int caesar_locate4(const struct sk_buff *skb, struct caesar_payload *p);
int caesar_locate6(const struct sk_buff *skb, struct caesar_payload *p);

/* shift.c */
int caesar_shift_skb(struct sk_buff *skb, const struct caesar_payload *p,
		     u8 key);

#endif /* _XT_CAESAR_H */
