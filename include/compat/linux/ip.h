/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_IP_H
#define _SOCKMODS_COMPAT_LINUX_IP_H

#include_next <linux/ip.h>

/* Linux 6.3: before that no IPv4 packet was longer than its header can say. */
#ifndef SOCKMODS_HAVE_IP_TOTLEN
static inline unsigned int skb_ip_totlen(const struct sk_buff *skb)
{
	return ntohs(ip_hdr(skb)->tot_len);
}
#endif

#endif
