// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include <sockmods/shift.h>

#include "caesar.h"
#include "check.h"
#include "module.h"
#include "road.h"

static const char *const places[] = { "road-a", "road-r", "road-b" };
static int home = -1, there[ROAD_PLACES];

void road_back(void)
{
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
}

void road_go(enum road_place place)
{
	assert_int_equal(setns(there[place], CLONE_NEWNET), 0);
}

void road_must(enum road_place place, const char *command)
{
	road_go(place);
	must(command);
	road_back();
}

void road_open(void)
{
	char path[64], line[64];
	int i;

	xt_load();
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(home >= 0);
	for (i = 0; i < ROAD_PLACES; i++) {
		snprintf(line, sizeof(line), "ip netns add %s", places[i]);
		must(line);
		snprintf(path, sizeof(path), "/run/netns/%s", places[i]);
		there[i] = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(there[i] >= 0);
	}
	road_must(ROAD_ROUTER,
		  "ip link add ra type veth peer name a0 netns road-a &&"
		  "ip link add rb type veth peer name b0 netns road-b &&"
		  "ip addr add 10.9.1.2/24 dev ra &&"
		  "ip addr add 10.9.2.2/24 dev rb &&"
		  "ip addr add fd09:1::2/64 dev ra nodad &&"
		  "ip addr add fd09:2::2/64 dev rb nodad &&"
		  "ip link set ra up && ip link set rb up && ip link set lo up");
	road_must(ROAD_ROUTER, "sysctl -qw net.ipv4.ip_forward=1 "
			       "net.ipv6.conf.all.forwarding=1");
	road_must(ROAD_A, "ip addr add 10.9.1.1/24 dev a0 &&"
			  "ip addr add fd09:1::1/64 dev a0 nodad &&"
			  "ip link set a0 up && ip link set lo up &&"
			  "ip route add default via 10.9.1.2 &&"
			  "ip -6 route add default via fd09:1::2");
	road_must(ROAD_B, "ip addr add 10.9.2.1/24 dev b0 &&"
			  "ip addr add fd09:2::1/64 dev b0 nodad &&"
			  "ip link set b0 up && ip link set lo up &&"
			  "ip route add default via 10.9.2.2 &&"
			  "ip -6 route add default via fd09:2::2");
}

void road_close(void)
{
	char line[64];
	int i;

	for (i = 0; i < ROAD_PLACES; i++) {
		close(there[i]);
		snprintf(line, sizeof(line), "ip netns del %s", places[i]);
		must(line);
	}
	close(home);
}

bool road_feature(const char *interface, unsigned int command, bool on)
{
	struct ethtool_value value = { .cmd = command, .data = on };
	struct ifreq ifr = { .ifr_data = (void *)&value };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	strcpy(ifr.ifr_name, interface);
	done = !ioctl(fd, SIOCETHTOOL, &ifr);
	close(fd);
	return done;
}

/*
 * By the name that `ethtool -k` has for it. There is no such feature in older
 * kernels, or only for UDP: nothing is done then.
 */
static void feature_named(const char *interface, const char *name, bool on)
{
	enum { MANY = 128 };
	struct ethtool_gstrings *strings;
	struct ethtool_sfeatures *set;
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int i;

	strings = calloc(1, sizeof(*strings) + MANY * ETH_GSTRING_LEN);
	set = calloc(1, sizeof(*set) + MANY / 32 * sizeof(set->features[0]));
	assert_non_null(strings);
	assert_non_null(set);
	strcpy(ifr.ifr_name, interface);
	ifr.ifr_data = (void *)strings;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = MANY;
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	assert_true(strings->len <= MANY);
	for (i = 0; i < strings->len; i++)
		if (!strcmp((char *)strings->data + i * ETH_GSTRING_LEN, name))
			break;
	if (i < strings->len) {
		set->cmd = ETHTOOL_SFEATURES;
		set->size = (strings->len + 31) / 32;
		set->features[i / 32].valid = 1U << i % 32;
		set->features[i / 32].requested = on ? 1U << i % 32 : 0;
		ifr.ifr_data = (void *)set;
		assert_true(ioctl(fd, SIOCETHTOOL, &ifr) >= 0);
	}
	free(strings);
	free(set);
	close(fd);
}

/* "BIG TCP": Linux 5.19 has it for IPv6, 6.3 for IPv4. */
static void big(const char *interface, bool on)
{
	char line[256], out[256];
	int size = on ? 180000 : 65536;

	snprintf(line, sizeof(line),
		 "ip link set %1$s gso_max_size %2$d gro_max_size %2$d;"
		 "ip link set %1$s gso_ipv4_max_size %2$d gro_ipv4_max_size %2$d",
		 interface, size);
	/* An older ip doesn't know the words, an older kernel the numbers. */
	run_command(line, out, sizeof(out));
}

void road_offload(enum road_offload what)
{
	static const struct {
		enum road_place place;
		const char *interface;
	} all[] = { { ROAD_A, "a0" },
		    { ROAD_ROUTER, "ra" },
		    { ROAD_ROUTER, "rb" },
		    { ROAD_B, "b0" } };
	bool on = what != ROAD_NONE;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const char *name = all[i].interface;

		road_go(all[i].place);
		assert_true(road_feature(name, ETHTOOL_STXCSUM, on));
		assert_true(road_feature(name, ETHTOOL_SSG, on));
		assert_true(road_feature(name, ETHTOOL_STSO, on));
		assert_true(road_feature(name, ETHTOOL_SGSO, on));
		assert_true(road_feature(name, ETHTOOL_SGRO,
					 what == ROAD_ALL ||
						 what == ROAD_LIST ||
						 what == ROAD_BIG));
		feature_named(name, "rx-gro-list", what == ROAD_LIST);
		big(name, what == ROAD_BIG);
		road_back();
	}
}

void road_rules(enum road_place place, int family, const struct xt_rule *rules,
		size_t count)
{
	int err;

	road_go(place);
	err = xt_set(family, "mangle", rules, count);
	road_back();
	if (err)
		fail_msg("rules: %s", strerror(-err));
}

void road_no_rules(void)
{
	int i;

	for (i = 0; i < ROAD_PLACES; i++) {
		road_rules(i, AF_INET, NULL, 0);
		road_rules(i, AF_INET6, NULL, 0);
	}
}

unsigned int road_address(enum road_place place, int family, union address *to,
			  uint16_t port)
{
	/* 10.9.NET.1 and fd09:NET::1 */
	uint8_t net = place == ROAD_A ? 1 : 2;

	memset(to, 0, sizeof(*to));
	if (family == AF_INET) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		to->v4.sin_addr.s_addr = htonl(0x0a090001 | net << 8);
		return sizeof(to->v4);
	}
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(port);
	to->v6.sin6_addr.s6_addr[0] = 0xfd;
	to->v6.sin6_addr.s6_addr[1] = 0x09;
	to->v6.sin6_addr.s6_addr[3] = net;
	to->v6.sin6_addr.s6_addr[15] = 1;
	return sizeof(to->v6);
}

static int tcp_socket(int family)
{
	const struct way way = { .family = family };

	return way_socket(&way);
}

void road_listen(struct road_pair *p, int family, uint16_t port, road_hook hook)
{
	union address at;
	unsigned int len = road_address(ROAD_B, family, &at, port);

	memset(p, 0, sizeof(*p));
	p->a = p->b = -1;
	p->family = family;
	road_go(ROAD_A);
	p->tap[0] = wire_open("a0");
	road_go(ROAD_B);
	p->tap[1] = wire_open("b0");
	p->listener = tcp_socket(family);
	road_back();
	if (hook)
		hook(p->listener);
	assert_int_equal(bind(p->listener, &at.sa, len), 0);
	assert_int_equal(listen(p->listener, 16), 0);
}

void road_connect(struct road_pair *p, uint16_t port, road_hook hook)
{
	union address to;
	unsigned int len = road_address(ROAD_B, p->family, &to, port);

	road_go(ROAD_A);
	p->a = tcp_socket(p->family);
	road_back();
	if (hook)
		hook(p->a);
	if (connect(p->a, &to.sa, len))
		fail_msg("connect: %s", strerror(errno));
}

void road_accept(struct road_pair *p)
{
	uint16_t a = local_port(p->a), b = local_port(p->listener);

	p->b = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	if (p->b < 0)
		fail_msg("accept: %s", strerror(errno));
	wire_init(&p->wire[0], a, b);
	wire_init(&p->wire[1], b, a);
}

void road_pair(struct road_pair *p, int family, uint16_t port)
{
	road_listen(p, family, port, NULL);
	road_connect(p, port, NULL);
	road_accept(p);
}

void road_pair_close(struct road_pair *p)
{
	close_hard(p->a);
	close_hard(p->b);
	close(p->listener);
	close(p->tap[0]);
	close(p->tap[1]);
	wire_free(&p->wire[0]);
	wire_free(&p->wire[1]);
}

/* What the ends' bytes are taken from. */
enum { SEED = 31 };

struct flow {
	int from, to;
	size_t sent, got;
};

static void flow_send(struct flow *f, size_t len, unsigned int seed)
{
	static uint8_t buf[64 * 1024];
	size_t n = len - f->sent < sizeof(buf) ? len - f->sent : sizeof(buf);
	ssize_t sent;

	pattern(buf, n, f->sent, seed);
	sent = send(f->from, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		fail_msg("send: %s", strerror(errno));
	if (sent > 0)
		f->sent += sent;
}

static void flow_receive(struct flow *f, unsigned int seed, uint8_t came)
{
	static uint8_t buf[64 * 1024];
	ssize_t n = recv(f->to, buf, sizeof(buf), MSG_DONTWAIT), at;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fail_msg("recv: %s", n ? strerror(errno) : "the end");
	caesar_shift(buf, n, -came);
	at = pattern_differs(buf, n, f->got, seed);
	if (at >= 0)
		fail_msg("byte %zu differs", f->got + at);
	f->got += n;
}

void road_carry(struct road_pair *p, size_t len, const uint8_t came[2])
{
	struct flow flows[2] = { { p->a, p->b, 0, 0 }, { p->b, p->a, 0, 0 } };
	int i;

	while (flows[0].got < len || flows[1].got < len) {
		struct pollfd fds[2] = { { p->a, POLLIN, 0 },
					 { p->b, POLLIN, 0 } };

		for (i = 0; i < 2; i++)
			if (flows[i].sent < len)
				fds[i].events |= POLLOUT;
		if (poll(fds, 2, 3 * CAESAR_TIMEOUT * 1000) <= 0)
			fail_msg("nothing comes: %zu and %zu of %zu have",
				 flows[0].got, flows[1].got, len);
		for (i = 0; i < 2; i++) {
			if (flows[i].sent < len && fds[i].revents & POLLOUT)
				flow_send(&flows[i], len, SEED + i);
			if (fds[1 - i].revents & POLLIN)
				flow_receive(&flows[i], SEED + i, came[i]);
		}
		/* Its queue is long, but not endless. */
		for (i = 0; i < 2; i++)
			wire_read(p->tap[i], &p->wire[i], 1);
	}
}

void road_judge_wire(struct road_pair *p, size_t len, const uint8_t keys[2])
{
	uint8_t *text = malloc(len);
	size_t i;
	int d;

	assert_non_null(text);
	for (d = 0; d < 2; d++) {
		struct wire *w = &p->wire[d];

		wire_read(p->tap[d], w, 1);
		assert_int_equal(w->len, len);
		assert_int_equal(w->conflicts, 0);
		pattern(text, len, 0, SEED + d);
		caesar_shift(text, len, keys[d]);
		for (i = 0; i < len; i++)
			if (w->bytes[i] != text[i])
				fail_msg("byte %zu of %zu on the wire", i, len);
	}
	free(text);
}

unsigned int road_retransmissions(const struct road_pair *p)
{
	struct tcp_info a = { 0 }, b = { 0 };
	socklen_t len = sizeof(a);

	assert_int_equal(getsockopt(p->a, SOL_TCP, TCP_INFO, &a, &len), 0);
	len = sizeof(b);
	assert_int_equal(getsockopt(p->b, SOL_TCP, TCP_INFO, &b, &len), 0);
	return a.tcpi_total_retrans + b.tcpi_total_retrans;
}
