// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 240
 *
 * Connections whose packets rules shift: in each chain, of the ends and of a
 * router between, IPv4 and IPv6, with what interfaces can do by themselves and
 * without, over a road that loses packets. What programs read is what was sent,
 * and what passes outside is that plus the key.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <sockmods/shift.h>

#include "caesar.h"
#include "check.h"
#include "module.h"
#include "road.h"

enum { PORT = 4242, AB = 77, BA = 200 };

static const uint8_t none[2];
static const uint8_t keys[2] = { AB, BA };
static const int families[] = { AF_INET, AF_INET6 };

/* What a's machine shifts on its way out and back on its way in, and b's. */
#define A_RULES(out, in)                               \
	{                                              \
		XT_ENCRYPT_IN(out, AB, .dport = PORT), \
		XT_DECRYPT_IN(in, BA, .sport = PORT),  \
	}
#define B_RULES(out, in)                               \
	{                                              \
		XT_ENCRYPT_IN(out, BA, .sport = PORT), \
		XT_DECRYPT_IN(in, AB, .dport = PORT),  \
	}

/* Who shifts where; what leaves a and b then. */
struct plan {
	const char *name;
	struct xt_rule rules[ROAD_PLACES][2];
	uint8_t wire[2];
};

static const struct plan plans[] = {
	{
		"OUTPUT and INPUT of both ends",
		{ [ROAD_A] = A_RULES(XT_OUTPUT, XT_INPUT),
		  [ROAD_B] = B_RULES(XT_OUTPUT, XT_INPUT) },
		{ AB, BA },
	},
	{
		"POSTROUTING and PREROUTING of both ends",
		{ [ROAD_A] = A_RULES(XT_POSTROUTING, XT_PREROUTING),
		  [ROAD_B] = B_RULES(XT_POSTROUTING, XT_PREROUTING) },
		{ AB, BA },
	},
	{
		"FORWARD of a router for a",
		{ [ROAD_ROUTER] = A_RULES(XT_FORWARD, XT_FORWARD),
		  [ROAD_B] = B_RULES(XT_OUTPUT, XT_INPUT) },
		{ 0, BA },
	},
	{
		"PREROUTING and POSTROUTING of a router for b",
		{ [ROAD_A] = A_RULES(XT_OUTPUT, XT_INPUT),
		  [ROAD_ROUTER] = B_RULES(XT_PREROUTING, XT_POSTROUTING) },
		{ AB, 0 },
	},
};

static void plan_rules(const struct plan *plan, int family)
{
	int i;

	for (i = 0; i < ROAD_PLACES; i++)
		road_rules(i, family, plan->rules[i],
			   plan->rules[i][0].info.key ? 2 : 0);
}

static void test_plans(void **state)
{
	size_t len = scaled(256 * 1024), i, f;
	struct road_pair p;
	int o;

	(void)state;
	for (o = 0; o < ROAD_OFFLOADS; o++) {
		road_offload(o);
		for (f = 0; f < 2; f++) {
			for (i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
				plan_rules(&plans[i], families[f]);
				road_pair(&p, families[f], PORT);
				road_carry(&p, len, none);
				road_judge_wire(&p, len, plans[i].wire);
				print_message(
					"# %s, IPv%d, offload %d: pieces up to %zu\n",
					plans[i].name, f ? 6 : 4, o,
					p.wire[0].longest);
				road_pair_close(&p);
				road_no_rules();
			}
		}
	}
	road_offload(ROAD_DEFAULT);
}

/* The same without a rule: this test's own proof. And with half of them. */
static void test_without(void **state)
{
	static const struct xt_rule half[] = {
		XT_ENCRYPT_IN(XT_OUTPUT, AB, .dport = PORT),
	};
	static const uint8_t came[2] = { AB, 0 };
	size_t len = 100000, f;
	struct road_pair p;

	(void)state;
	for (f = 0; f < 2; f++) {
		road_pair(&p, families[f], PORT);
		road_carry(&p, len, none);
		road_judge_wire(&p, len, none);
		road_pair_close(&p);

		road_rules(ROAD_A, families[f], half, 1);
		road_pair(&p, families[f], PORT);
		road_carry(&p, len, came);
		road_judge_wire(&p, len, came);
		road_pair_close(&p);
		road_no_rules();
	}
}

static void with_headers(int fd)
{
	/* Four bytes of nothing: PadN. */
	static const uint8_t header[8] = { 0, 0, 1, 4 };
	static const int names[] = { IPV6_HOPOPTS, IPV6_DSTOPTS };
	size_t i;

	for (i = 0; i < 2; i++)
		assert_int_equal(setsockopt(fd, IPPROTO_IPV6, names[i], header,
					    sizeof(header)),
				 0);
}

/* IPv6 extension headers on all that the ends send. */
static void test_headers(void **state)
{
	static const int offloads[] = { ROAD_DEFAULT, ROAD_ALL, ROAD_NONE };
	size_t len = scaled(256 * 1024), i, o;
	struct road_pair p;

	(void)state;
	for (o = 0; o < sizeof(offloads) / sizeof(*offloads); o++) {
		road_offload(offloads[o]);
		for (i = 0; i < sizeof(plans) / sizeof(*plans); i++) {
			plan_rules(&plans[i], AF_INET6);
			road_listen(&p, AF_INET6, PORT, with_headers);
			road_connect(&p, PORT, with_headers);
			road_accept(&p);
			road_carry(&p, len, none);
			road_judge_wire(&p, len, plans[i].wire);
			assert_true(p.wire[0].extended > 0);
			assert_true(p.wire[1].extended > 0);
			road_pair_close(&p);
			road_no_rules();
		}
	}
	road_offload(ROAD_DEFAULT);
}

static void small_segments(int fd)
{
	option(fd, SOL_TCP, TCP_MAXSEG, 100);
}

/*
 * What is lost is sent again, out of the same memory: a byte that was shifted
 * twice would be seen outside with two values, and be wrong inside.
 */
static void test_loss(void **state)
{
	size_t len = scaled(3 * 512 * 1024), f;
	unsigned int again = 0;
	struct road_pair p;

	(void)state;
	/* So much that some of it is lost. */
	if (len < 400000)
		len = 400000;
	road_must(
		ROAD_ROUTER,
		"tc qdisc add dev rb root netem delay 2ms 1ms loss 2% duplicate 1% reorder 10% 50% &&"
		"tc qdisc add dev ra root netem delay 2ms 1ms loss 2% duplicate 1% reorder 10% 50%");
	for (f = 0; f < 2; f++) {
		plan_rules(&plans[0], families[f]);
		road_pair(&p, families[f], PORT);
		road_carry(&p, len, none);
		road_judge_wire(&p, len, keys);
		print_message("# IPv%d: %u of %u segments again\n", f ? 6 : 4,
			      road_retransmissions(&p),
			      p.wire[0].segments + p.wire[1].segments);
		again += road_retransmissions(&p);
		road_pair_close(&p);

		/* Segments so small that even a short stream loses many. */
		road_listen(&p, families[f], PORT, small_segments);
		road_connect(&p, PORT, small_segments);
		road_accept(&p);
		road_carry(&p, len / 30, none);
		road_judge_wire(&p, len / 30, keys);
		again += road_retransmissions(&p);
		road_pair_close(&p);
		road_no_rules();
	}
	/* A connection of a few large ones may lose none of them. */
	assert_true(again > 0);
	road_must(ROAD_ROUTER,
		  "tc qdisc del dev rb root && tc qdisc del dev ra root");
}

/* The ends have different keys for one port: only its connections are harmed. */
static void test_wrong_key(void **state)
{
	static const struct xt_rule a[] = {
		XT_ENCRYPT_IN(XT_OUTPUT, 5, .dport = PORT),
		XT_DECRYPT_IN(XT_INPUT, 5, .sport = PORT),
		XT_ENCRYPT_IN(XT_OUTPUT, 5, .dport = PORT + 1),
		XT_DECRYPT_IN(XT_INPUT, 5, .sport = PORT + 1),
	};
	static const struct xt_rule b[] = {
		XT_DECRYPT_IN(XT_INPUT, 5, .dport = PORT),
		XT_ENCRYPT_IN(XT_OUTPUT, 5, .sport = PORT),
		XT_DECRYPT_IN(XT_INPUT, 9, .dport = PORT + 1),
		XT_ENCRYPT_IN(XT_OUTPUT, 9, .sport = PORT + 1),
	};
	static const uint8_t wrong[2] = { 5 - 9 + 256, 9 - 5 };
	size_t len = 200000, f, i;
	struct road_pair p[3];

	(void)state;
	for (f = 0; f < 2; f++) {
		road_rules(ROAD_A, families[f], a, 4);
		road_rules(ROAD_B, families[f], b, 4);
		for (i = 0; i < 3; i++)
			road_pair(&p[i], families[f], PORT + i);
		road_carry(&p[1], len, wrong);
		road_carry(&p[0], len, none);
		road_carry(&p[2], len, none);
		road_judge_wire(&p[2], len, none);
		for (i = 0; i < 3; i++)
			road_pair_close(&p[i]);
		road_no_rules();
	}
}

/* Whatever TCP was given to send by reference stays what it is. */
static void test_memory_of_others(void **state)
{
	enum { LEN = 256 * 1024 };
	size_t f;

	(void)state;
	for (f = 0; f < 2; f++) {
		uint8_t *text = malloc(LEN), *got = malloc(LEN);
		int file = memfd_create("text", MFD_CLOEXEC);
		struct road_pair p;
		uint8_t *map;
		off_t at = 0;
		size_t done;
		ssize_t n;

		assert_non_null(text);
		assert_non_null(got);
		pattern(text, LEN, 0, 1);
		assert_int_equal(write(file, text, LEN), LEN);
		map = mmap(NULL, LEN, PROT_READ, MAP_SHARED, file, 0);
		assert_ptr_not_equal(map, MAP_FAILED);

		plan_rules(&plans[0], families[f]);
		road_pair(&p, families[f], PORT);
		/* What isn't read yet still refers to it, on both sides. */
		n = sendfile(p.a, file, &at, LEN / 8);
		assert_int_equal(n, LEN / 8);
		arrive(p.b, LEN / 8);
		assert_memory_equal(map, text, LEN);
		assert_int_equal(recv(p.b, got, LEN / 8, MSG_WAITALL), LEN / 8);
		assert_memory_equal(got, text, LEN / 8);
		assert_memory_equal(map, text, LEN);

		option(p.a, SOL_SOCKET, SO_ZEROCOPY, 1);
		n = send(p.a, text, LEN, MSG_ZEROCOPY | MSG_DONTWAIT);
		assert_true(n > 0);
		for (done = 0; done < (size_t)n; done += at) {
			at = recv(p.b, got + done, n - done, 0);
			assert_true(at > 0);
		}
		assert_memory_equal(got, map, n);
		assert_memory_equal(text, map, LEN);
		road_pair_close(&p);
		road_no_rules();
		munmap(map, LEN);
		close(file);
		free(text);
		free(got);
	}
}

/* A byte of urgent data, in line and out of it. */
static void test_urgent(void **state)
{
	size_t f;
	int inlined;

	(void)state;
	for (f = 0; f < 4; f++) {
		struct road_pair p;
		struct pollfd fd;
		char got[16] = "";

		inlined = f & 1;
		plan_rules(&plans[0], families[f / 2]);
		road_pair(&p, families[f / 2], PORT);
		option(p.b, SOL_SOCKET, SO_OOBINLINE, inlined);
		assert_int_equal(send(p.a, "abc", 3, MSG_OOB), 3);
		fd = (struct pollfd){ p.b, POLLPRI, 0 };
		assert_int_equal(poll(&fd, 1, CAESAR_TIMEOUT * 1000), 1);
		arrive(p.b, 2 + inlined);
		assert_int_equal(recv(p.b, got, sizeof(got), 0), 2);
		assert_string_equal(got, "ab");
		assert_int_equal(
			recv(p.b, got, sizeof(got), inlined ? 0 : MSG_OOB), 1);
		assert_int_equal(got[0], 'c');
		wire_read(p.tap[0], &p.wire[0], 1);
		assert_int_equal(p.wire[0].len, 3);
		assert_int_equal(p.wire[0].urgent, 1);
		assert_int_equal(p.wire[0].bytes[2], 'c' + AB);
		road_pair_close(&p);
		road_no_rules();
	}
}

static void accept_data_in_syn(int fd)
{
	option(fd, SOL_TCP, TCP_FASTOPEN, 16);
}

/* TCP Fast Open: the first bytes are in the packet that opens the connection. */
static void test_syn_data(void **state)
{
	static const char hello[] = "hello in the SYN";
	size_t f, i;

	(void)state;
	/* Both ways, without a cookie. */
	road_must(ROAD_A, "sysctl -qw net.ipv4.tcp_fastopen=0x207");
	road_must(ROAD_B, "sysctl -qw net.ipv4.tcp_fastopen=0x207");
	for (f = 0; f < 2; f++) {
		const struct way way = { .family = families[f] };
		uint8_t got[sizeof(hello)], key[2] = { AB, BA };
		struct tcp_info info;
		socklen_t size = sizeof(info);
		struct road_pair p;
		union address to;
		unsigned int len = road_address(ROAD_B, families[f], &to, PORT);

		plan_rules(&plans[0], families[f]);
		road_listen(&p, families[f], PORT, accept_data_in_syn);
		road_go(ROAD_A);
		p.a = way_socket(&way);
		road_back();
		assert_int_equal(sendto(p.a, hello, sizeof(hello), MSG_FASTOPEN,
					&to.sa, len),
				 sizeof(hello));
		road_accept(&p);
		assert_int_equal(recv(p.b, got, sizeof(got), MSG_WAITALL),
				 sizeof(got));
		assert_memory_equal(got, hello, sizeof(hello));
		assert_int_equal(
			getsockopt(p.a, SOL_TCP, TCP_INFO, &info, &size), 0);
		/* TCPI_OPT_SYN_DATA: it was acknowledged with the SYN. */
		assert_true(info.tcpi_options & 32);
		wire_read(p.tap[0], &p.wire[0], 1);
		assert_int_equal(p.wire[0].len, sizeof(hello));
		for (i = 0; i < sizeof(hello); i++)
			assert_int_equal(p.wire[0].bytes[i],
					 (uint8_t)(hello[i] + key[0]));
		road_pair_close(&p);
		road_no_rules();
	}
}

/* The rules as nf_tables has them: the nft variants of the commands. */
static void test_nft(void **state)
{
	static const char *const command[] = { "iptables-nft",
					       "ip6tables-nft" };
	struct road_pair p;
	char line[400];
	size_t f;

	(void)state;
	for (f = 0; f < 2; f++) {
		snprintf(
			line, sizeof(line),
			"%1$s -t mangle -A OUTPUT -p tcp --dport %2$d -j CAESAR --encrypt --key %3$d &&"
			"%1$s -t mangle -A INPUT -p tcp --sport %2$d -j CAESAR --decrypt --key %4$d",
			command[f], PORT, AB, BA);
		road_must(ROAD_A, line);
		/* Another number for the same shift; and a router's chain. */
		snprintf(
			line, sizeof(line),
			"%1$s -t mangle -A FORWARD -p tcp --dport %2$d -j CAESAR --encrypt --key %3$d &&"
			"%1$s -t mangle -A FORWARD -p tcp --sport %2$d -j CAESAR --encrypt --key %4$d",
			command[f], PORT, -AB - 256 * 1000, BA + 512);
		road_must(ROAD_ROUTER, line);
		road_pair(&p, families[f], PORT);
		road_carry(&p, 300000, none);
		road_judge_wire(&p, 300000, (uint8_t[]){ AB, 0 });
		road_pair_close(&p);
		snprintf(line, sizeof(line), "%s -t mangle -F", command[f]);
		road_must(ROAD_A, line);
		road_must(ROAD_ROUTER, line);
	}
}

static int setup(void **state)
{
	(void)state;
	road_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	road_close();
	return module_unload_soon("xt_CAESAR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_memory_of_others),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_syn_data),
		cmocka_unit_test(test_nft),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
