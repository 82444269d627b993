/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_IPV6_H
#define _SOCKMODS_COMPAT_LINUX_IPV6_H

#include_next <linux/ipv6.h>

/* A packet of Linux 5.19 can be longer than that, and says 0, until it is cut. */
#ifndef SOCKMODS_HAVE_IPV6_PAYLOAD_LEN
static inline unsigned int skb_ipv6_payload_len(const struct sk_buff *skb)
{
	unsigned int len = ntohs(ipv6_hdr(skb)->payload_len);

	if (len || !skb_shinfo(skb)->gso_size)
		return len;
	return skb->len - skb_network_offset(skb) - sizeof(struct ipv6hdr);
}
#endif

#endif
