// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the payload of a packet's TCP segment. Nothing is taken from the rule:
 * what a rule of nf_tables' matches on isn't checked against its target.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "xt_CAESAR.h"

/* Sets @p from where the TCP header and the segment's end are. */
static int caesar_locate_tcp(const struct sk_buff *skb, unsigned int tcp,
			     unsigned int end, struct caesar_payload *p)
{
	const struct tcphdr *th;
	struct tcphdr buf;
	unsigned int begin;

	if (end > skb->len || tcp + sizeof(buf) > end)
		return -EBADMSG;
	th = skb_header_pointer(skb, tcp, sizeof(buf), &buf);
	if (!th || th->doff * 4 < sizeof(buf))
		return -EBADMSG;
	begin = tcp + th->doff * 4;
	if (begin > end)
		return -EBADMSG;

	p->tcp = tcp;
	p->begin = begin;
	p->end = end;
	return 0;
}

/**
 * caesar_locate4() - find the payload of a TCP segment in an IPv4 packet
 * @skb: the packet; its network header is set, and whole
 * @p: set on success
 *
 * Context: any; changes nothing.
 * Return: 0; -ENOENT if the packet isn't TCP's; -EBADMSG if it is, and has no
 * whole segment: a fragment, a header cut short, a length that can't be true.
 */
int caesar_locate4(const struct sk_buff *skb, struct caesar_payload *p)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int network = skb_network_offset(skb);

	if (iph->protocol != IPPROTO_TCP)
		return -ENOENT;
	if (ip_is_fragment(iph))
		return -EBADMSG;
	return caesar_locate_tcp(skb, network + ip_hdrlen(skb),
				 network + skb_ip_totlen(skb), p);
}

/*
 * A fragment header alone doesn't make a fragment: a packet that came through a
 * translator may have one, and be whole (RFC 6946).
 */
static bool caesar_is_fragment6(const struct sk_buff *skb)
{
	const struct frag_hdr *fh;
	struct frag_hdr buf;
	unsigned int offset = 0;

	if (ipv6_find_hdr(skb, &offset, NEXTHDR_FRAGMENT, NULL, NULL) < 0)
		return true;
	fh = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	return !fh || fh->frag_off & htons(IP6_OFFSET | IP6_MF);
}

/**
 * caesar_locate6() - find the payload of a TCP segment in an IPv6 packet
 * @skb: the packet; its network header is set, and whole
 * @p: set on success
 *
 * Context: any; changes nothing.
 * Return: as caesar_locate4(); also -EBADMSG for extension headers that are cut
 * short.
 */
int caesar_locate6(const struct sk_buff *skb, struct caesar_payload *p)
{
	unsigned int network = skb_network_offset(skb);
	unsigned short fragment = 0;
	unsigned int tcp = 0;
	int flags = 0;
	int protocol;

	protocol = ipv6_find_hdr(skb, &tcp, -1, &fragment, &flags);
	if (protocol < 0)
		return -EBADMSG;
	if (protocol != IPPROTO_TCP)
		return -ENOENT;
	if (fragment || (flags & IP6_FH_F_FRAG && caesar_is_fragment6(skb)))
		return -EBADMSG;
	return caesar_locate_tcp(skb, tcp, network + sizeof(struct ipv6hdr) +
				 skb_ipv6_payload_len(skb), p);
}
