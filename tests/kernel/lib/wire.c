// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"
#include "wire.h"

int wire_open(const char *interface)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int room = 64 * 1024 * 1024;

	if (fd < 0)
		fail_msg("AF_PACKET: %s", strerror(errno));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
				    sizeof(room)),
			 0);
	at.sll_ifindex = if_nametoindex(interface);
	assert_int_not_equal(at.sll_ifindex, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

void wire_init(struct wire *w, uint16_t from, uint16_t to)
{
	memset(w, 0, sizeof(*w));
	w->from = from;
	w->to = to;
	w->bytes = malloc(WIRE_MAX);
	w->seen = calloc(1, WIRE_MAX);
	assert_non_null(w->bytes);
	assert_non_null(w->seen);
}

void wire_free(struct wire *w)
{
	free(w->bytes);
	free(w->seen);
	w->bytes = w->seen = NULL;
}

static void segment(struct wire *w, const struct tcphdr *tcp,
		    const uint8_t *data, size_t len)
{
	uint32_t seq = ntohl(tcp->seq), at;
	size_t i;

	if (tcp->syn) {
		w->known = true;
		w->start = seq + 1;
		seq++;
	}
	if (!w->known || !len)
		return;
	at = seq - w->start;
	if (at >= WIRE_MAX || len > WIRE_MAX - at) {
		/* A keepalive probe has a byte that was sent long ago. */
		assert_true((int32_t)at < 0);
		return;
	}
	w->segments++;
	if (len > w->longest)
		w->longest = len;
	w->urgent += tcp->urg;
	for (i = 0; i < len; i++) {
		if (w->seen[at + i] && w->bytes[at + i] != data[i])
			w->conflicts++;
		w->bytes[at + i] = data[i];
		w->seen[at + i] = 1;
	}
	while (w->len < WIRE_MAX && w->seen[w->len])
		w->len++;
}

static void packet(struct wire *directions, size_t count, const uint8_t *p,
		   size_t len)
{
	const struct tcphdr *tcp;
	size_t head, all, i;
	bool extended = false;

	if (len >= 40 && p[0] >> 4 == 4) {
		const struct iphdr *ip = (const void *)p;

		head = ip->ihl * 4;
		/* 0: more than 64 KiB in one piece, which only lo has */
		all = ntohs(ip->tot_len) ? ntohs(ip->tot_len) : len;
		if (ip->protocol != IPPROTO_TCP)
			return;
	} else if (len >= 60 && p[0] >> 4 == 6) {
		const struct ip6_hdr *ip = (const void *)p;
		size_t plen = ntohs(ip->ip6_plen);
		uint8_t next = ip->ip6_nxt;

		head = sizeof(*ip);
		/* Before Linux 7 such a piece has its length in an option. */
		all = plen ? head + plen : len;
		while ((next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS) &&
		       head + 8 <= len) {
			next = p[head];
			head += (p[head + 1] + 1) * 8;
			extended = true;
		}
		if (next != IPPROTO_TCP)
			return;
	} else {
		return;
	}
	if (all > len || head + sizeof(*tcp) > all)
		return;
	tcp = (const void *)(p + head);
	head += tcp->doff * 4;
	if (head > all)
		return;
	for (i = 0; i < count; i++) {
		struct wire *w = &directions[i];

		if (ntohs(tcp->source) != w->from || ntohs(tcp->dest) != w->to)
			continue;
		w->extended += extended;
		segment(w, tcp, p + head, all - head);
	}
}

void wire_read(int fd, struct wire *directions, size_t count)
{
	static uint8_t buf[1024 * 1024];
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	ssize_t n;

	for (;;) {
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC,
			     (struct sockaddr *)&from, &len);
		if (n < 0)
			break;
		/* lo shows each packet when it goes and when it comes. */
		if (from.sll_pkttype == PACKET_OUTGOING)
			packet(directions, count, buf, n);
	}
	assert_int_equal(errno, EAGAIN);
}

void wire_expect(int fd, struct wire directions[2], int direction, size_t len,
		 unsigned int seed, uint8_t key)
{
	const struct wire *w = &directions[direction];
	uint8_t *plain = malloc(len + 1);
	size_t i;

	assert_non_null(plain);
	for (i = 0; i < CAESAR_TIMEOUT * 100; i++) {
		wire_read(fd, directions, 2);
		if (w->len >= len)
			break;
		usleep(10000);
	}
	assert_int_equal(w->len, len);
	assert_int_equal(w->conflicts, 0);
	pattern(plain, len, 0, seed);
	/* So with a key that isn't 0 no byte is the plain one. */
	for (i = 0; i < len; i++)
		if (w->bytes[i] != (uint8_t)(plain[i] + key))
			fail_msg(
				"byte %zu of %zu is 0x%02x, not 0x%02x + 0x%02x",
				i, len, w->bytes[i], plain[i], key);
	free(plain);
}
