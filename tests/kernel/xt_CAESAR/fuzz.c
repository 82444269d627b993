// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: debug trixie
 * long: trixie
 * timeout: 600
 * cmdline: sockmods.fuzz=1
 *
 * Tables of rules with the target CAESAR, and what isn't quite one; and packets
 * for those rules as no network sends them, in each direction: see lib/fuzz.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/virtio_net.h>

#include "fuzz.h"
#include "xt.h"

enum {
	RULES,
	BLOB,
	READ,
	REVISION,
	COUNTERS,
	RAW4,
	RAW6,
	PACKET,
	GSO,
	TCP,
};

enum { ENTRIES_MAX = 16384, PACKET_MAX = 62000 };

static int raw4, raw6, plain, segmented, loopback;

/* A packet that is being made. */
static uint8_t packet[PACKET_MAX + 1024] __attribute__((aligned(8)));
static size_t len;

static int any_family(void)
{
	return fuzz_one_in(3) ? AF_INET6 : AF_INET;
}

/* Rules as they should be, mostly for everything. */
static void do_rules(void)
{
	struct xt_rule rules[6] = { 0 };
	unsigned int n = fuzz_pick(7), i;

	for (i = 0; i < n; i++) {
		rules[i].chain = fuzz_pick(XT_CHAINS);
		rules[i].info.key = fuzz_u32();
		rules[i].info.mode = fuzz_one_in(24) ? fuzz_pick(256) :
						       fuzz_pick(2);
		if (fuzz_one_in(32))
			rules[i].info.reserved[fuzz_pick(3)] = fuzz_pick(256);
		if (fuzz_one_in(4))
			rules[i].dport = 1 + fuzz_pick(5000);
		if (fuzz_one_in(32))
			rules[i].protocol = fuzz_pick(256);
	}
	fuzz_call(RULES,
		  xt_set(any_family(), fuzz_one_in(32) ? "filter" : "mangle",
			 rules, n));
}

static size_t member(size_t place, size_t size)
{
	return size > place ? place : 0;
}

/* Something at a place of its own in the rules, or of what is said of them. */
static void spoil(struct ipt_replace *r, uint8_t *entries, size_t size)
{
	uint32_t value = fuzz_u32();
	uint8_t *target;
	size_t place;

	switch (fuzz_pick(8)) {
	case 0:
		/* The head: what it says of sizes, counts, hooks. */
		place = offsetof(struct ipt_replace, valid_hooks) +
			4 * fuzz_pick(13);
		memcpy((uint8_t *)r + place, &value, 4);
		break;
	case 1:
		place = member(4 * fuzz_pick(4096), size - 4);
		memcpy(entries + place, &value, 4);
		break;
	case 2:
		place = member(2 * fuzz_pick(8192), size - 2);
		memcpy(entries + place, &value, 2);
		break;
	case 3:
		entries[member(fuzz_pick(ENTRIES_MAX), size)] ^=
			1 << fuzz_pick(8);
		break;
	default:
		/* A target of ours: its size, its name, its revision, its key. */
		target = memmem(entries, size, XT_CAESAR_NAME,
				sizeof(XT_CAESAR_NAME));
		place = fuzz_pick(40) - 2;
		if (!target || target - entries < 2 ||
		    (size_t)(target - entries) + 48 > size)
			break;
		if (fuzz_pick(2))
			target[(int)place] = value;
		else
			/* Size, or info: where they are. */
			memcpy(target + (fuzz_pick(2) ? -2 : 30), &value,
			       fuzz_pick(2) ? 2 : 4);
	}
}

/* What the kernel has, made wrong here and there, and given back to it. */
static void do_blob(void)
{
	static struct {
		struct ipt_replace head;
		uint8_t entries[ENTRIES_MAX];
	} request;
	static struct {
		struct ipt_get_entries head;
		uint8_t entries[ENTRIES_MAX];
	} now;
	static struct xt_counters counters[256];
	struct ipt_getinfo info = { .name = "mangle" };
	int family = any_family(), fd = family == AF_INET ? raw4 : raw6;
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	socklen_t size = sizeof(info);
	unsigned int n = fuzz_pick(6);

	if (fuzz_call(READ, getsockopt(fd, level, IPT_SO_GET_INFO, &info,
				       &size)) < 0 ||
	    info.size > ENTRIES_MAX || info.num_entries > 256)
		return;
	memset(&now.head, 0, sizeof(now.head));
	strcpy(now.head.name, "mangle");
	now.head.size = info.size;
	size = offsetof(struct ipt_get_entries, entrytable) + info.size;
	if (fuzz_call(READ, getsockopt(fd, level, IPT_SO_GET_ENTRIES, &now,
				       &size)) < 0)
		return;
	memset(&request.head, 0, sizeof(request.head));
	strcpy(request.head.name, "mangle");
	request.head.valid_hooks = info.valid_hooks;
	request.head.num_entries = info.num_entries;
	request.head.size = info.size;
	memcpy(request.head.hook_entry, info.hook_entry,
	       sizeof(info.hook_entry));
	memcpy(request.head.underflow, info.underflow, sizeof(info.underflow));
	request.head.num_counters = info.num_entries;
	request.head.counters = counters;
	memcpy((uint8_t *)&request + sizeof(request.head), now.head.entrytable,
	       info.size);
	while (n--)
		spoil(&request.head, (uint8_t *)&request + sizeof(request.head),
		      info.size);
	/* No more memory is asked for than there is. */
	request.head.size %= 1 << 20;
	request.head.num_entries %= 1 << 16;
	fuzz_call(BLOB, setsockopt(fd, level, IPT_SO_SET_REPLACE, &request,
				   sizeof(request.head) + info.size));
}

static void do_revision(void)
{
	struct xt_get_revision r = { .revision = fuzz_pick(3) };
	socklen_t size = fuzz_one_in(12) ? fuzz_pick(64) : sizeof(r);

	strcpy(r.name, fuzz_one_in(8) ? "CAESARS" : XT_CAESAR_NAME);
	if (fuzz_pick(2))
		fuzz_call(REVISION,
			  getsockopt(raw4, IPPROTO_IP,
				     IPT_SO_GET_REVISION_TARGET, &r, &size));
	else
		fuzz_call(REVISION,
			  getsockopt(raw6, IPPROTO_IPV6,
				     IP6T_SO_GET_REVISION_TARGET, &r, &size));
}

/* Takes only as many as there are rules. */
static void do_counters(void)
{
	static struct {
		struct xt_counters_info head;
		struct xt_counters counters[64];
	} c;
	struct ipt_getinfo info = { .name = "mangle" };
	socklen_t size = sizeof(info);

	if (fuzz_call(READ, getsockopt(raw4, IPPROTO_IP, IPT_SO_GET_INFO, &info,
				       &size)) < 0)
		return;
	strcpy(c.head.name, "mangle");
	c.head.num_counters = fuzz_one_in(4) ? fuzz_u32() : info.num_entries;
	size = sizeof(c.head) + sizeof(*c.counters) * (info.num_entries % 64);
	fuzz_call(COUNTERS, setsockopt(raw4, IPPROTO_IP,
				       IPT_SO_SET_ADD_COUNTERS, &c, size));
}

static uint16_t checksum(const void *data, size_t n, uint32_t sum)
{
	const uint8_t *p = data;

	for (; n > 1; n -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	if (n)
		sum += p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void *grow(size_t n)
{
	void *p = packet + len;

	memset(p, 0, n);
	len += n;
	return p;
}

static void put_tcp(void)
{
	struct tcphdr *tcp = grow(sizeof(*tcp));
	size_t options = fuzz_one_in(3) ? 4 * fuzz_pick(11) : 0, n;

	tcp->source = htons(1 + fuzz_pick(5000));
	tcp->dest = htons(1 + fuzz_pick(5000));
	tcp->seq = fuzz_u32();
	tcp->doff = 5 + options / 4;
	tcp->syn = fuzz_one_in(4);
	tcp->ack = fuzz_pick(2);
	tcp->psh = fuzz_pick(2);
	tcp->urg = fuzz_one_in(8);
	tcp->check = fuzz_one_in(4) ? fuzz_u32() : 0;
	tcp->window = 0xffff;
	if (fuzz_one_in(16))
		tcp->doff = fuzz_pick(16);
	memcpy(grow(options), fuzz_memory(options), options);
	n = fuzz_length(fuzz_one_in(4) ? PACKET_MAX - 200 : 3000);
	memcpy(grow(n), fuzz_memory(n), n);
}

/* Lengths and checksum as they are when everything else is there. */
static void make4(void)
{
	struct iphdr *ip;
	size_t options = fuzz_one_in(6) ? 4 * fuzz_pick(11) : 0;

	len = 0;
	ip = grow(sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5 + options / 4;
	ip->ttl = 64;
	ip->id = fuzz_u32();
	ip->protocol = fuzz_one_in(24) ? fuzz_pick(256) : IPPROTO_TCP;
	ip->saddr = htonl(INADDR_LOOPBACK + fuzz_pick(3));
	ip->daddr = htonl(INADDR_LOOPBACK);
	if (fuzz_one_in(8))
		ip->frag_off = htons(fuzz_pick(2) ? fuzz_u32() : IP_MF);
	/* No operation, mostly: what routes by itself doesn't come far. */
	memset(grow(options), 1, options);
	put_tcp();
	if (fuzz_one_in(6))
		len = fuzz_pick(100) % len + 1; /* it ends early */
	ip->tot_len = htons(len);
	if (fuzz_one_in(16))
		ip->tot_len = htons(fuzz_u32());
	if (fuzz_one_in(24))
		ip->ihl = fuzz_pick(16);
	ip->check = checksum(ip, len < ip->ihl * 4U ? len : ip->ihl * 4U, 0);
}

static void make6(void)
{
	static const uint8_t kinds[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING,
					 IPPROTO_DSTOPTS, IPPROTO_FRAGMENT,
					 IPPROTO_AH,	  IPPROTO_NONE };
	unsigned int n = fuzz_one_in(3) ? fuzz_pick(6) : 0, size;
	uint32_t any;
	struct ip6_hdr *ip;
	uint8_t *next, *h;

	len = 0;
	ip = grow(sizeof(*ip));
	ip->ip6_flow = htonl(6 << 28);
	ip->ip6_hlim = 64;
	ip->ip6_src = in6addr_loopback;
	ip->ip6_dst = in6addr_loopback;
	next = &ip->ip6_nxt;
	while (n--) {
		*next = kinds[fuzz_pick(fuzz_one_in(8) ? 6 : 4)];
		size = *next == IPPROTO_FRAGMENT || !fuzz_one_in(4) ?
			       8 :
			       8 + 8 * fuzz_pick(8);
		h = grow(size);
		next = h;
		/* Padding; a fragment's offset is 0. */
		h[1] = fuzz_one_in(12) ? fuzz_pick(256) : size / 8 - 1;
		if (fuzz_one_in(6)) {
			any = fuzz_u32();
			memcpy(h + 2, &any, sizeof(any));
		}
	}
	*next = fuzz_one_in(24) ? fuzz_pick(256) : IPPROTO_TCP;
	put_tcp();
	if (fuzz_one_in(6))
		len = fuzz_pick(200) % len + 1;
	ip->ip6_plen = htons(len > sizeof(*ip) ? len - sizeof(*ip) : 0);
	if (fuzz_one_in(16))
		ip->ip6_plen = htons(fuzz_u32());
}

/* From here: the chains OUTPUT, then POSTROUTING, PREROUTING, INPUT. */
static void do_raw(void)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_addr = in6addr_loopback };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (fuzz_one_in(3)) {
		make6();
		fuzz_call(RAW6, sendto(raw6, packet, len, MSG_DONTWAIT,
				       (void *)&six, sizeof(six)));
		return;
	}
	make4();
	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fuzz_call(RAW4, sendto(raw4, packet, len, MSG_DONTWAIT, (void *)&four,
			       sizeof(four)));
}

/* As it comes from a wire: some of it in pages, or many segments in one. */
static void do_packet(void)
{
	struct {
		struct virtio_net_hdr net;
		struct ethhdr eth;
	} head = { 0 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = loopback,
				  .sll_halen = ETH_ALEN };
	struct iovec v[3] = { { &head.net, sizeof(head.net) },
			      { &head.eth, sizeof(head.eth) },
			      { packet, 0 } };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to) };
	bool many = fuzz_pick(2), six = fuzz_one_in(3);
	unsigned int ip;

	six ? make6() : make4();
	v[2].iov_len = len;
	head.eth.h_proto = htons(six ? ETH_P_IPV6 : ETH_P_IP);
	to.sll_protocol = head.eth.h_proto;
	ip = six ? sizeof(struct ip6_hdr) : 4 * (packet[0] & 15);
	if (many) {
		head.net.hdr_len = fuzz_one_in(4) ? fuzz_u32() :
						    ETH_HLEN + ip + 20;
		if (!fuzz_one_in(4)) {
			head.net.gso_type = six ? VIRTIO_NET_HDR_GSO_TCPV6 :
						  VIRTIO_NET_HDR_GSO_TCPV4;
			head.net.gso_size = 1 + fuzz_pick(1500);
		}
		head.net.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		head.net.csum_start = ETH_HLEN + ip;
		head.net.csum_offset = offsetof(struct tcphdr, check);
		if (fuzz_one_in(8))
			((uint8_t *)&head.net)[fuzz_pick(sizeof(head.net))] =
				fuzz_u32();
	}
	m.msg_iov = many ? v : v + 1;
	m.msg_iovlen = many ? 3 : 2;
	fuzz_call(many ? GSO : PACKET,
		  sendmsg(many ? segmented : plain, &m, MSG_DONTWAIT));
}

/* What the kernel makes itself: it is shifted on its way, and may not arrive. */
static void do_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(1 + fuzz_pick(5000)) };
	struct linger reset = { 1, 0 };
	socklen_t size = sizeof(to);
	size_t n = fuzz_length(60000);
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int l = socket(AF_INET, type, 0), c = socket(AF_INET, type, 0), s = -1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!bind(l, (void *)&to, sizeof(to)) && !listen(l, 1) &&
	    !getsockname(l, (void *)&to, &size)) {
		connect(c, (void *)&to, sizeof(to));
		s = accept(l, NULL, NULL);
	}
	setsockopt(c, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	fuzz_call(TCP, send(c, fuzz_memory(n), n, MSG_NOSIGNAL));
	if (s >= 0)
		close(s);
	close(l);
	close(c);
}

static void run(void)
{
	while (fuzz_more()) {
		switch (fuzz_pick(24)) {
		case 0 ... 1:
			do_rules();
			break;
		case 2 ... 5:
			do_blob();
			break;
		case 6:
			do_revision();
			break;
		case 7:
			do_counters();
			break;
		case 8 ... 14:
			do_raw();
			break;
		case 15 ... 22:
			do_packet();
			break;
		default:
			do_tcp();
		}
	}
}

/* The sockets are those of both processes. */
static int setup(void)
{
	/* One rule for everything, until an input has others. */
	const struct xt_rule rule = XT_ENCRYPT_IN(XT_OUTPUT, 3);
	const int on = 1;
	int err;

	xt_load();
	raw4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	raw6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	plain = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	segmented = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	loopback = if_nametoindex("lo");
	if (raw4 < 0 || raw6 < 0 || plain < 0 || segmented < 0 || !loopback ||
	    setsockopt(segmented, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)))
		return -errno;
	err = xt_set(AF_INET, "mangle", &rule, 1);
	return err ? err : xt_set(AF_INET6, "mangle", &rule, 1);
}

int main(void)
{
	static const char *const kinds[] = {
		"rules",       "a blob of rules",
		"read rules",  "revision",
		"counters",    "IPv4",
		"IPv6",	       "a packet",
		"GSO packets", "a connection",
		NULL,
	};
	static const struct fuzz fuzz = {
		.module = "xt_CAESAR",
		.kinds = kinds,
		.setup = setup,
		.run = run,
		.blocks = 55,
	};

	return fuzz_main(&fuzz);
}
