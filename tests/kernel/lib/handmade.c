// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/virtio_net.h>

#include <sockmods/shift.h>

#include "caesar.h"
#include "check.h"
#include "handmade.h"
#include "module.h"
#include "road.h"

/* The router, and the test, whose interfaces have no addresses. */
static int router = -1, outside = -1, home = -1;
static int in = -1, out = -1;

/* A frame, as the kernel takes it and gives it. */
struct frame {
	struct virtio_net_hdr head;
	uint8_t ethernet[14];
	uint8_t bytes[HANDMADE_MTU + 200];
} __attribute__((packed));

static void go(int where)
{
	assert_int_equal(setns(where, CLONE_NEWNET), 0);
}

static int here(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int packet_socket(const char *interface, int protocol)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(protocol) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	option(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
	at.sll_ifindex = if_nametoindex(interface);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* Without ARP each packet is for whoever hears it: the other end. */
void handmade_open(void)
{
	cpu_set_t one;

	xt_load();
	home = here();
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	outside = here();
	must("ip netns add handmade");
	router = open("/run/netns/handmade", O_RDONLY | O_CLOEXEC);
	assert_true(router >= 0);
	must("ip link add p0 mtu 9000 type veth peer name r0 mtu 9000 netns handmade address 02:00:00:00:08:01");
	must("ip link add p1 mtu 9000 type veth peer name r1 mtu 9000 netns handmade");
	must("ip link set p0 addrgenmode none && ip link set p1 addrgenmode none");
	handmade_must("ip addr add 10.8.1.1/24 dev r0 &&"
		      "ip addr add 10.8.2.1/24 dev r1 &&"
		      "ip addr add fd08:1::1/64 dev r0 nodad &&"
		      "ip addr add fd08:2::1/64 dev r1 nodad &&"
		      "ip link set r0 up && ip link set r1 arp off up");
	handmade_must("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
		      "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.r0.rp_filter=0");
	must("ip link set p0 promisc on up && ip link set p1 promisc on up");
	/* What goes in one by one comes out one by one. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	in = packet_socket("p0", 0);
	out = packet_socket("p1", ETH_P_ALL);
}

void handmade_close(void)
{
	close(in);
	close(out);
	must("ip netns del handmade");
	go(home);
	close(router);
	close(outside);
	close(home);
}

void handmade_must(const char *command)
{
	go(router);
	must(command);
	go(outside);
}

void handmade_rules(const struct xt_rule *rules, size_t count)
{
	go(router);
	assert_int_equal(xt_set(AF_INET, "mangle", rules, count), 0);
	assert_int_equal(xt_set(AF_INET6, "mangle", rules, count), 0);
	go(outside);
}

void handmade_offload(bool on)
{
	go(router);
	assert_true(road_feature("r1", ETHTOOL_STXCSUM, on));
	assert_true(road_feature("r1", ETHTOOL_SSG, on));
	assert_true(road_feature("r1", ETHTOOL_STSO, on));
	assert_true(road_feature("r1", ETHTOOL_SGSO, on));
	go(outside);
}

static bool is4(const struct handmade *h)
{
	return h->bytes[0] >> 4 == 4;
}

static uint32_t sum(const uint8_t *p, size_t len, uint32_t s)
{
	size_t i;

	for (i = 0; i < len; i++)
		s += i & 1 ? p[i] : p[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void put16(uint8_t *p, unsigned int value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static unsigned int get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* Of the addresses, the protocol and the length. */
static uint32_t pseudo_sum(const struct handmade *h)
{
	return sum(h->bytes + (is4(h) ? 12 : 8), is4(h) ? 8 : 32,
		   IPPROTO_TCP + (h->len - h->tcp));
}

/* 0 (or 0xffff) if the segment's checksum is right, or how wrong it is. */
static uint32_t wrong(const struct handmade *h)
{
	return sum(h->bytes + h->tcp, h->len - h->tcp, pseudo_sum(h)) % 0xffff;
}

void handmade_sum(struct handmade *h)
{
	uint8_t *check = h->bytes + h->tcp + 16;

	put16(check, 0);
	put16(check, ~sum(h->bytes + h->tcp, h->len - h->tcp, pseudo_sum(h)));
}

void handmade_partial(struct handmade *h)
{
	h->partial = true;
	put16(h->bytes + h->tcp + 16, pseudo_sum(h));
}

void handmade_ip4(struct handmade *h, uint16_t fragment, size_t total)
{
	size_t head = (h->bytes[0] & 15) * 4;

	put16(h->bytes + 6, fragment);
	if (total)
		put16(h->bytes + 2, total);
	put16(h->bytes + 10, 0);
	put16(h->bytes + 10, ~sum(h->bytes, head, 0));
}

static void begin4(struct handmade *h, size_t options)
{
	static const uint8_t head[20] = { 0x45, 0, 0,  0,  0x12, 0x34, 0,
					  0,	64, 6, 0,  0,	 10,   8,
					  1,	9, 10, 8,  2,	 9 };

	memset(h, 0, offsetof(struct handmade, bytes));
	h->name = "a good packet";
	h->padding = h->linear = h->segment = 0;
	h->partial = h->cut = false;
	memcpy(h->bytes, head, sizeof(head));
	h->bytes[0] += options / 4;
	/* No operation. */
	memset(h->bytes + 20, 1, options);
	h->tcp = 20 + options;
}

static void begin6(struct handmade *h)
{
	static const uint8_t head[40] = {
		0x60, 0,    0, 0, 0, 0,	   6,	 64, 0xfd, 8, 0, 1, 0, 0,
		0,    0,    0, 0, 0, 0,	   0,	 0,  0,	   9, 0xfd, 8, 0, 2,
		0,    0,    0, 0, 0, 0,	   0,	 0,  0,	   0, 0, 9
	};

	begin4(h, 0);
	memcpy(h->bytes, head, sizeof(head));
	h->tcp = 40;
}

/* The TCP header and what follows, behind what there is. */
static void finish(struct handmade *h, size_t options, size_t len)
{
	uint8_t *t = h->bytes + h->tcp;

	memset(t, 0, 20);
	put16(t, 1000);
	put16(t + 2, 2000);
	put16(t + 4, 0x8123);
	put16(t + 8, 0x4567);
	t[12] = (20 + options) / 4 << 4;
	t[13] = 0x10; /* ACK */
	put16(t + 14, 5000);
	memset(t + 20, 1, options);
	pattern(t + 20 + options, len, len, 3);
	h->len = h->tcp + 20 + options + len;
	assert_true(h->len <= HANDMADE_MTU);
	if (is4(h))
		handmade_ip4(h, 0, h->len);
	else
		put16(h->bytes + 4, h->len - 40);
	handmade_sum(h);
}

void handmade_tcp(struct handmade *h, int family, size_t options, size_t len)
{
	if (family == AF_INET)
		begin4(h, 0);
	else
		begin6(h);
	finish(h, options, len);
}

void handmade_tcp4_options(struct handmade *h, size_t options, size_t len)
{
	begin4(h, options);
	finish(h, 0, len);
}

void handmade_tcp6_headers(struct handmade *h, const uint8_t *chain, size_t len)
{
	static const uint8_t padding[8] = { 0, 0, 1, 4, 0, 0, 0, 0 };
	static const uint8_t routing[8] = { 0, 0, 253, 0, 0, 0, 0, 0 };
	size_t next = 6;

	begin6(h);
	for (; *chain != 255; chain++, h->tcp += 8) {
		h->bytes[next] = *chain;
		next = h->tcp;
		memcpy(h->bytes + next, *chain == 43 ? routing : padding, 8);
	}
	h->bytes[next] = IPPROTO_TCP;
	finish(h, 0, len);
}

void handmade_tcp6_fragment(struct handmade *h, uint16_t offset, size_t len)
{
	begin6(h);
	h->bytes[6] = IPPROTO_FRAGMENT;
	memset(h->bytes + 40, 0, 8);
	h->bytes[40] = IPPROTO_TCP;
	put16(h->bytes + 42, offset);
	h->tcp = 48;
	finish(h, 0, len);
}

static void send_frame(struct frame *f, size_t len)
{
	static const uint8_t to[6] = { 2, 0, 0, 0, 8, 1 };
	bool four = f->bytes[0] >> 4 == 4;
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_ifindex = if_nametoindex("p0"),
				  .sll_halen = 6 };

	at.sll_protocol = htons(four ? ETH_P_IP : ETH_P_IPV6);
	memcpy(f->ethernet, to, 6);
	memset(f->ethernet + 6, 2, 6);
	memcpy(f->ethernet + 12, &at.sll_protocol, 2);
	len += offsetof(struct frame, bytes);
	if (sendto(in, f, len, 0, (struct sockaddr *)&at, sizeof(at)) !=
	    (ssize_t)len)
		fail_msg("sendto: %s", strerror(errno));
}

static uint32_t marked;

/* What comes behind everything that was sent before it. */
static void send_mark(void)
{
	struct frame f = { 0 };
	struct handmade h;

	begin4(&h, 0);
	h.bytes[9] = IPPROTO_UDP;
	memset(h.bytes + 20, 0, 12);
	put16(h.bytes + 20, 1000);
	put16(h.bytes + 22, 2000);
	put16(h.bytes + 24, 12);
	marked++;
	memcpy(h.bytes + 28, &marked, 4);
	handmade_ip4(&h, 0, 32);
	memcpy(f.bytes, h.bytes, 32);
	send_frame(&f, 32);
}

static void send_one(const struct handmade *h)
{
	static struct frame f;
	size_t start = sizeof(f.ethernet) + h->tcp;

	memset(&f.head, 0, sizeof(f.head));
	if (h->linear && h->linear < h->len)
		f.head.hdr_len = sizeof(f.ethernet) + h->linear;
	if (h->partial) {
		f.head.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		f.head.csum_start = start;
		f.head.csum_offset = 16;
	}
	if (h->segment) {
		f.head.gso_type = is4(h) ? VIRTIO_NET_HDR_GSO_TCPV4 :
					   VIRTIO_NET_HDR_GSO_TCPV6;
		f.head.gso_size = h->segment;
		if (!f.head.hdr_len)
			f.head.hdr_len =
				start + (h->bytes[h->tcp + 12] >> 4) * 4;
	}
	memcpy(f.bytes, h->bytes, h->len + h->padding);
	send_frame(&f, h->len + h->padding);
}

void handmade_send(const struct handmade *h)
{
	send_one(h);
	send_mark();
}

void handmade_send_fragments(const struct handmade *h, size_t size)
{
	static struct handmade f;
	size_t head = is4(h) ? 20 : 40, at, n;
	unsigned int more;

	size &= ~7UL;
	for (at = head; at < h->len; at += n) {
		n = h->len - at < size ? h->len - at : size;
		more = at + n < h->len;
		f = *h;
		if (is4(h)) {
			memcpy(f.bytes + 20, h->bytes + at, n);
			f.len = 20 + n;
			handmade_ip4(&f, (at - head) / 8 | more << 13, f.len);
		} else {
			memset(f.bytes + 40, 0, 8);
			f.bytes[40] = f.bytes[6];
			f.bytes[6] = IPPROTO_FRAGMENT;
			put16(f.bytes + 42, (at - head) | more);
			put16(f.bytes + 44, 0x77);
			put16(f.bytes + 46, h->len);
			memcpy(f.bytes + 48, h->bytes + at, n);
			f.len = 48 + n;
			put16(f.bytes + 4, f.len - 40);
		}
		send_one(&f);
	}
	send_mark();
}

/* The next packet of ours before the mark. False at the mark. */
static bool next(struct handmade *h)
{
	static struct frame f;
	struct sockaddr_ll from;
	socklen_t len;
	ssize_t n;

	for (;;) {
		struct pollfd fd = { out, POLLIN, 0 };
		uint32_t mark;

		if (poll(&fd, 1, CAESAR_TIMEOUT * 1000) != 1)
			fail_msg("not even the mark has come");
		len = sizeof(from);
		n = recvfrom(out, &f, sizeof(f), 0, (struct sockaddr *)&from,
			     &len);
		n -= offsetof(struct frame, bytes);
		if (n < 20 || from.sll_pkttype == PACKET_OUTGOING)
			continue;
		memset(h, 0, sizeof(*h));
		memcpy(h->bytes, f.bytes, n);
		h->len = n;
		h->name = "what came out";
		h->partial = f.head.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h->segment = f.head.gso_type ? f.head.gso_size : 0;
		if (is4(h) && h->bytes[9] == IPPROTO_UDP && n >= 32) {
			memcpy(&mark, h->bytes + 28, 4);
			if (mark == marked)
				return false;
		} else if (is4(h) && h->bytes[9] == IPPROTO_TCP) {
			h->tcp = (h->bytes[0] & 15) * 4;
			return true;
		} else if (!is4(h) && n >= 60 && h->bytes[8] == 0xfd &&
			   h->bytes[24] == 0xfd) {
			uint8_t type = h->bytes[6];

			for (h->tcp = 40; type != IPPROTO_TCP; h->tcp += 8) {
				assert_true(h->tcp + 8 <= h->len);
				if (type == IPPROTO_ICMPV6)
					break;
				type = h->bytes[h->tcp];
			}
			if (type == IPPROTO_TCP)
				return true;
		}
	}
}

bool handmade_receive(struct handmade *h)
{
	static struct handmade more;
	size_t head;

	if (!next(h))
		return false;
	if (wrong(h) && !h->partial)
		h->name = "a packet with a wrong checksum";
	while (next(&more)) {
		/* More than one: segments. Each has to be right by itself. */
		assert_int_equal(wrong(h), 0);
		assert_int_equal(wrong(&more), 0);
		head = more.tcp + (more.bytes[more.tcp + 12] >> 4) * 4;
		assert_int_equal(
			ntohl(*(uint32_t *)(more.bytes + more.tcp + 4)),
			ntohl(*(uint32_t *)(h->bytes + h->tcp + 4)) + h->len -
				head);
		assert_true(h->len + more.len - head <= HANDMADE_MTU);
		memcpy(h->bytes + h->len, more.bytes + head, more.len - head);
		h->len += more.len - head;
		if (is4(h))
			handmade_ip4(h, 0, h->len);
		else
			put16(h->bytes + 4, h->len - 40);
		handmade_sum(h);
		h->cut = true;
	}
	return true;
}

bool handmade_receive_fragments(struct handmade *h)
{
	static struct handmade f;
	size_t all = 0, got = 0, at, n, head = 0;
	unsigned int field;

	memset(h, 0, sizeof(*h));
	h->name = "what came out in fragments";
	while (next(&f)) {
		bool four = is4(&f);

		if (four) {
			field = get16(f.bytes + 6);
			at = (field & 0x1fff) * 8;
			field = field & 0x2000;
			head = 20;
			n = f.len - 20;
			memcpy(h->bytes, f.bytes, 20);
			memcpy(h->bytes + 20 + at, f.bytes + 20, n);
		} else {
			bool cut = f.bytes[6] == IPPROTO_FRAGMENT;

			field = cut ? get16(f.bytes + 42) : 0;
			at = field & ~7U;
			field &= 1;
			head = 40;
			n = f.len - 40 - cut * 8;
			memcpy(h->bytes, f.bytes, 40);
			h->bytes[6] = IPPROTO_TCP;
			memcpy(h->bytes + 40 + at, f.bytes + 40 + cut * 8, n);
		}
		got += n;
		if (!field)
			all = at + n;
	}
	if (!all || got != all)
		return false;
	h->tcp = head;
	h->len = head + all;
	if (is4(h))
		handmade_ip4(h, 0, h->len);
	else
		put16(h->bytes + 4, h->len - 40);
	return true;
}

void handmade_same(const struct handmade *sent, const struct handmade *got,
		   uint8_t key)
{
	static struct handmade want;
	size_t text = sent->tcp + (sent->bytes[sent->tcp + 12] >> 4) * 4;
	size_t i;

	want = *sent;
	if (sent->cut) {
		want.partial = false;
		want.segment = 0;
		handmade_sum(&want);
	}
	assert_int_equal(got->len, want.len);
	assert_int_equal(got->cut, want.cut);
	assert_int_equal(got->partial, want.partial);
	assert_int_equal(got->segment, want.segment);
	/* A router takes one of the hops it may make, */
	want.bytes[is4(&want) ? 8 : 7]--;
	if (is4(&want))
		handmade_ip4(&want, get16(want.bytes + 6), 0);
	/* the rule shifts, */
	caesar_shift(want.bytes + text, want.len - text, key);
	/* and a checksum that isn't left to others stays right, or wrong. */
	if (!want.partial) {
		assert_int_equal(wrong(got), wrong(sent->cut ? got : sent));
		if (sent->cut)
			assert_int_equal(wrong(got), 0);
		memcpy(want.bytes + want.tcp + 16, got->bytes + want.tcp + 16,
		       2);
	}
	for (i = 0; i < want.len; i++)
		if (got->bytes[i] != want.bytes[i])
			fail_msg(
				"%s: byte %zu of %zu (TCP is at %zu, its payload at %zu) is 0x%02x, not 0x%02x",
				sent->name, i, want.len, want.tcp, text,
				got->bytes[i], want.bytes[i]);
}
