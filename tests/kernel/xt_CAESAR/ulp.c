// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 240
 *
 * One end's socket shifts (ulp_caesar), and for the other end rules do, on its
 * machine or on a router before it: both make the same bytes of the same text.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "caesar.h"
#include "check.h"
#include "module.h"
#include "road.h"

enum { PORT = 4242, AB = 130, BA = 9 };

static const uint8_t none[2];
static const uint8_t keys[2] = { AB, BA };
static const int families[] = { AF_INET, AF_INET6 };

static const struct xt_rule for_a[] = {
	XT_ENCRYPT_IN(XT_OUTPUT, AB, .dport = PORT),
	XT_DECRYPT_IN(XT_INPUT, BA, .sport = PORT),
};
static const struct xt_rule for_b[] = {
	XT_ENCRYPT_IN(XT_OUTPUT, BA, .sport = PORT),
	XT_DECRYPT_IN(XT_INPUT, AB, .dport = PORT),
};
static const struct xt_rule before_b[] = {
	XT_ENCRYPT_IN(XT_FORWARD, BA, .sport = PORT),
	XT_DECRYPT_IN(XT_FORWARD, AB, .dport = PORT),
};

static void attach_a(int fd)
{
	assert_int_equal(caesar_attach(fd), 0);
	assert_int_equal(caesar_keys(fd, AB, BA), 0);
}

static void attach_b(int fd)
{
	assert_int_equal(caesar_attach(fd), 0);
	assert_int_equal(caesar_keys(fd, BA, AB), 0);
}

static void finish(struct road_pair *p, size_t len, const uint8_t wire[2])
{
	road_carry(p, len, none);
	road_judge_wire(p, len, wire);
	road_pair_close(p);
	road_no_rules();
}

/* All pairs of a shifting socket and rules for the other end. */
static void meet(int family, size_t len)
{
	static const uint8_t a_only[2] = { AB, 0 };
	struct road_pair p;

	/* Before connect(2), for rules on b's machine. */
	road_rules(ROAD_B, family, for_b, 2);
	road_listen(&p, family, PORT, NULL);
	road_connect(&p, PORT, attach_a);
	road_accept(&p);
	finish(&p, len, keys);

	/* Once connected, for rules on the router. */
	road_rules(ROAD_ROUTER, family, before_b, 2);
	road_pair(&p, family, PORT);
	attach_a(p.a);
	finish(&p, len, a_only);

	/* Before listen(2), for rules on a's machine. */
	road_rules(ROAD_A, family, for_a, 2);
	road_listen(&p, family, PORT, attach_b);
	road_connect(&p, PORT, NULL);
	road_accept(&p);
	finish(&p, len, keys);

	/* Once accepted. */
	road_rules(ROAD_A, family, for_a, 2);
	road_pair(&p, family, PORT);
	attach_b(p.b);
	finish(&p, len, keys);
}

static void test_meet(void **state)
{
	size_t len = scaled(400 * 1024), f;
	/* Each of them, or where that takes too long the first and the last. */
	int step = scaled(10) > 1 ? 1 : ROAD_NONE, o;

	(void)state;
	for (o = 0; o < ROAD_OFFLOADS; o += step) {
		road_offload(o);
		for (f = 0; f < 2; f++)
			meet(families[f], len);
	}
	road_offload(ROAD_DEFAULT);
}

static void test_loss(void **state)
{
	size_t len = scaled(1024 * 1024), f;

	(void)state;
	road_must(
		ROAD_ROUTER,
		"tc qdisc add dev rb root netem delay 1ms loss 2% reorder 10% 50% &&"
		"tc qdisc add dev ra root netem delay 1ms loss 2% reorder 10% 50%");
	for (f = 0; f < 2; f++)
		meet(families[f], len / 4);
	road_must(ROAD_ROUTER,
		  "tc qdisc del dev rb root && tc qdisc del dev ra root");
}

/* Both shift a byte that is urgent as any other. */
static void test_urgent(void **state)
{
	struct road_pair p;
	struct pollfd fd;
	char got[8] = "";

	(void)state;
	road_rules(ROAD_B, AF_INET, for_b, 2);
	road_listen(&p, AF_INET, PORT, NULL);
	road_connect(&p, PORT, attach_a);
	road_accept(&p);
	assert_int_equal(send(p.a, "abc", 3, MSG_OOB), 3);
	assert_int_equal(send(p.b, "xyz", 3, MSG_OOB), 3);
	fd = (struct pollfd){ p.b, POLLPRI, 0 };
	assert_int_equal(poll(&fd, 1, CAESAR_TIMEOUT * 1000), 1);
	fd = (struct pollfd){ p.a, POLLPRI, 0 };
	assert_int_equal(poll(&fd, 1, CAESAR_TIMEOUT * 1000), 1);
	assert_int_equal(recv(p.b, got, sizeof(got), MSG_OOB), 1);
	assert_int_equal(got[0], 'c');
	assert_int_equal(recv(p.a, got, sizeof(got), MSG_OOB), 1);
	assert_int_equal(got[0], 'z');
	assert_int_equal(recv(p.b, got, 2, MSG_WAITALL), 2);
	assert_memory_equal(got, "ab", 2);
	assert_int_equal(recv(p.a, got, 2, MSG_WAITALL), 2);
	assert_memory_equal(got, "xy", 2);
	road_pair_close(&p);
	road_no_rules();
}

static void sign(int fd, enum road_place peer)
{
	struct tcp_md5sig sig = { .tcpm_keylen = 6, .tcpm_key = "secret" };
	int family = 0;
	socklen_t len = sizeof(family);
	union address to;

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len),
			 0);
	len = road_address(peer, family, &to, 0);
	memcpy(&sig.tcpm_addr, &to, len);
	assert_int_equal(setsockopt(fd, SOL_TCP, TCP_MD5SIG, &sig, sizeof(sig)),
			 0);
}

static void sign_for_b(int fd)
{
	sign(fd, ROAD_B);
}

static void sign_for_a(int fd)
{
	sign(fd, ROAD_A);
}

/*
 * A signature (RFC 2385) is of what TCP has: the text, where a rule shifts, and
 * shifted bytes where a socket does.
 */
static void test_signed(void **state)
{
	struct road_pair p;
	struct pollfd fd;
	size_t f;

	(void)state;
	for (f = 0; f < 2; f++) {
		road_rules(ROAD_A, families[f], for_a, 2);
		road_rules(ROAD_B, families[f], for_b, 2);
		road_listen(&p, families[f], PORT, sign_for_a);
		road_connect(&p, PORT, sign_for_b);
		road_accept(&p);
		finish(&p, 100000, keys);

		road_rules(ROAD_B, families[f], for_b, 2);
		road_listen(&p, families[f], PORT, sign_for_a);
		road_connect(&p, PORT, sign_for_b);
		road_accept(&p);
		attach_a(p.a);
		assert_int_equal(send(p.a, "text", 4, 0), 4);
		fd = (struct pollfd){ p.b, POLLIN, 0 };
		assert_int_equal(poll(&fd, 1, 1000), 0);
		road_pair_close(&p);
		road_no_rules();
	}
}

/* Both keep to one key: a shift there and the opposite one here undo each other. */
static void test_undone(void **state)
{
	static const struct xt_rule back[] = {
		XT_DECRYPT_IN(XT_OUTPUT, AB, .dport = PORT),
		XT_ENCRYPT_IN(XT_INPUT, BA, .sport = PORT),
	};
	struct road_pair p;
	size_t f;

	(void)state;
	for (f = 0; f < 2; f++) {
		road_rules(ROAD_A, families[f], back, 2);
		road_listen(&p, families[f], PORT, NULL);
		road_connect(&p, PORT, attach_a);
		road_accept(&p);
		finish(&p, 100000, none);
	}
}

static int setup(void **state)
{
	(void)state;
	must("modprobe ulp_caesar");
	road_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	road_close();
	if (module_unload_soon("ulp_caesar"))
		return -1;
	return module_unload_soon("xt_CAESAR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meet),   cmocka_unit_test(test_loss),
		cmocka_unit_test(test_urgent), cmocka_unit_test(test_undone),
		cmocka_unit_test(test_signed),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
