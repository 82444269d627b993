// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 240
 *
 * Packets made by hand go into a router that has a rule, and what comes out is
 * looked at byte by byte: the payload shifted and nothing else changed, or no
 * packet. Headers with all that they may have, and what is no whole segment.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "caesar.h"
#include "check.h"
#include "handmade.h"
#include "module.h"
#include "xt.h"

enum { KEY = 113, LEN = 333 };

static uint8_t key;

static void rule(uint8_t number)
{
	const struct xt_rule r = XT_ENCRYPT_IN(XT_FORWARD, number);

	key = number;
	handmade_rules(&r, 1);
}

/* Sends it in; it must come out, shifted. */
static void passes(const struct handmade *in)
{
	struct handmade out;

	handmade_send(in);
	if (!handmade_receive(&out))
		fail_msg("%s: has not come out", in->name);
	handmade_same(in, &out, key);
}

static void dropped(const struct handmade *in)
{
	struct handmade out;

	handmade_send(in);
	if (handmade_receive(&out))
		fail_msg("%s: has come out", in->name);
}

static const int families[] = { AF_INET, AF_INET6 };

/* Every length of payload, of header, and each flag. */
static void test_shapes(void **state)
{
	struct handmade h;
	size_t f, i;

	(void)state;
	rule(KEY);
	for (f = 0; f < 2; f++) {
		for (i = 0; i <= 70; i++) {
			handmade_tcp(&h, families[f], 0, i);
			passes(&h);
		}
		for (i = 0; i <= 40; i += 4) {
			handmade_tcp(&h, families[f], i, LEN + i);
			passes(&h);
			handmade_tcp(&h, families[f], i, 0);
			passes(&h);
		}
		for (i = 0; i < 256; i++) {
			handmade_tcp(&h, families[f], 0, 20);
			h.bytes[h.tcp + 13] = i;
			handmade_sum(&h);
			passes(&h);
		}
		handmade_tcp(&h, families[f], 0, HANDMADE_MTU - h.tcp - 20);
		passes(&h);
	}
}

/* Each key; 0 and 256 shift by nothing. */
static void test_keys(void **state)
{
	struct handmade h;
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		rule(i);
		handmade_tcp(&h, families[i & 1], 0, LEN);
		passes(&h);
	}
}

static void test_checksums(void **state)
{
	struct handmade h;
	unsigned int i;
	size_t f;

	(void)state;
	rule(KEY);
	for (f = 0; f < 2; f++) {
		for (i = 0; i < 0x10000; i += 0x101) {
			handmade_tcp(&h, families[f], 0, LEN + i % 2);
			h.bytes[h.tcp + 16] = i >> 8;
			h.bytes[h.tcp + 17] = i;
			passes(&h);
		}
	}
}

static void test_ipv4(void **state)
{
	struct handmade h;
	size_t i;

	(void)state;
	rule(KEY);
	for (i = 0; i <= 40; i += 4) {
		handmade_tcp4_options(&h, i, LEN);
		passes(&h);
	}
	/* A frame may be longer than the packet in it. */
	for (i = 1; i < 40; i++) {
		handmade_tcp(&h, AF_INET, 0, 1);
		memset(h.bytes + h.len, 0xee, i);
		h.padding = i;
		passes(&h);
	}

	handmade_tcp(&h, AF_INET, 0, LEN);
	h.name = "first fragment";
	handmade_ip4(&h, 0x2000, 0);
	dropped(&h);
	h.name = "fragment in the middle";
	handmade_ip4(&h, 0x2000 | 100, 0);
	dropped(&h);
	h.name = "last fragment";
	handmade_ip4(&h, 100, 0);
	dropped(&h);
	handmade_ip4(&h, 0x4000, 0);
	passes(&h);

	for (i = 20; i < 40; i++) {
		h.name = "TCP header cut short";
		handmade_tcp(&h, AF_INET, 0, LEN);
		handmade_ip4(&h, 0, i);
		dropped(&h);
	}
	for (i = 0; i < 5; i++) {
		h.name = "TCP header too short";
		handmade_tcp(&h, AF_INET, 0, LEN);
		h.bytes[h.tcp + 12] = i << 4;
		handmade_sum(&h);
		dropped(&h);
	}
	h.name = "TCP header longer than the packet";
	handmade_tcp(&h, AF_INET, 0, 39);
	h.bytes[h.tcp + 12] = 15 << 4;
	handmade_sum(&h);
	dropped(&h);
}

static void test_ipv6(void **state)
{
	/* Next header of each: 0 hop by hop, 43 routing, 60 destination. */
	static const uint8_t chains[][5] = {
		{ 0, 255 },	    { 60, 255 },     { 43, 255 },
		{ 0, 60, 255 },	    { 0, 43, 255 },  { 60, 43, 60, 255 },
		{ 0, 60, 43, 255 }, { 60, 60, 255 },
	};
	struct handmade h;
	size_t i;

	(void)state;
	rule(KEY);
	for (i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		handmade_tcp6_headers(&h, chains[i], LEN + i);
		passes(&h);
	}
	for (i = 1; i < 40; i++) {
		handmade_tcp(&h, AF_INET6, 0, 1);
		memset(h.bytes + h.len, 0xee, i);
		h.padding = i;
		passes(&h);
	}

	/* Whole, though it has a fragment header: RFC 6946. */
	handmade_tcp6_fragment(&h, 0, LEN);
	passes(&h);
	h.name = "first fragment";
	handmade_tcp6_fragment(&h, 1, LEN);
	dropped(&h);
	h.name = "fragment in the middle";
	handmade_tcp6_fragment(&h, 800 | 1, LEN);
	dropped(&h);
	h.name = "last fragment";
	handmade_tcp6_fragment(&h, 800, LEN);
	dropped(&h);

	for (i = 0; i < 20; i++) {
		h.name = "TCP header cut short";
		handmade_tcp(&h, AF_INET6, 0, LEN);
		h.bytes[4] = 0;
		h.bytes[5] = i;
		dropped(&h);
	}
	h.name = "destination options longer than the packet";
	handmade_tcp6_headers(&h, chains[1], 10);
	h.bytes[41] = 200;
	dropped(&h);
	h.name = "TCP header longer than the packet";
	handmade_tcp(&h, AF_INET6, 0, 39);
	h.bytes[h.tcp + 12] = 15 << 4;
	handmade_sum(&h);
	dropped(&h);
}

/*
 * As a virtual machine gives them to its host: the checksum to be done, segments
 * to be cut, bytes in pages of their own.
 */
static void test_unfinished(void **state)
{
	struct handmade h;
	size_t f, i;

	(void)state;
	rule(KEY);
	for (f = 0; f < 2; f++) {
		for (i = 0; i < 3; i++) {
			handmade_tcp(&h, families[f], 12, 8000 + i);
			h.linear = h.tcp + 32 + i * 1000;
			passes(&h);
			handmade_partial(&h);
			passes(&h);
			h.segment = 1000;
			passes(&h);
			/* And cut by the router. */
			handmade_offload(false);
			h.cut = true;
			passes(&h);
			handmade_offload(true);
		}
	}
}

/*
 * Connection tracking puts fragments together, in a list, and checks checksums,
 * whose result stays with the packet.
 */
static void test_conntrack(void **state)
{
	struct handmade h, out;
	size_t f, i;

	(void)state;
	rule(KEY);
	handmade_must("iptables-nft -t mangle -A PREROUTING -m conntrack --ctstate INVALID");
	handmade_must("ip6tables-nft -t mangle -A PREROUTING -m conntrack --ctstate INVALID");
	for (f = 0; f < 2; f++) {
		for (i = 0; i < 20; i++) {
			handmade_tcp(&h, families[f], 0, 3000 + i);
			/* Every other one is damaged, and stays so. */
			h.bytes[h.tcp + 16] ^= i & 1;
			passes(&h);
			handmade_send_fragments(&h, 1000);
			assert_true(handmade_receive_fragments(&out));
			handmade_same(&h, &out, key);
		}
	}
	handmade_must("iptables-nft -t mangle -F");
	handmade_must("ip6tables-nft -t mangle -F");
}

/* All of it at random. */
static void test_random(void **state)
{
	long i, n = scaled(3000);
	unsigned int seed = 1;
	struct handmade h;

	(void)state;
	print_message("# seed %u\n", seed);
	srandom(seed);
	for (i = 0; i < n; i++) {
		int family = families[random() % 2];

		if (i % 100 == 0)
			rule(random());
		handmade_tcp(&h, family, random() % 11 * 4,
			     random() % (random() % 8 ? 100 : 8000));
		h.bytes[h.tcp + 13] = random();
		handmade_sum(&h);
		if (random() % 4 == 0)
			h.bytes[h.tcp + 16 + random() % 2] ^= random();
		else if (random() % 3 == 0)
			handmade_partial(&h);
		if (random() % 2)
			h.linear = h.tcp + 60 + random() % 100;
		passes(&h);
	}
}

static int setup(void **state)
{
	(void)state;
	handmade_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	handmade_close();
	return module_unload_soon("xt_CAESAR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_conntrack),
		cmocka_unit_test(test_random),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
