// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * What a capture shows: each byte plus the key, and no plain byte. PACKET_OUTGOING
 * is a copy of what TCP hands down, headers apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"
#include "wire.h"

static const struct way ulp4 = { .name = "IPv4",
				 .family = AF_INET,
				 .a = ATTACH_LATE,
				 .b = ATTACH_LATE,
				 .ab = 3,
				 .ba = 77 };
static const struct way ulp6 = { .name = "IPv6",
				 .family = AF_INET6,
				 .a = ATTACH_EARLY,
				 .b = ATTACH_EARLY,
				 .ab = 128,
				 .ba = 255 };
static const struct way mapped = { .name = "mapped",
				   .family = AF_INET6,
				   .mapped = true,
				   .a = ATTACH_EARLY,
				   .b = ATTACH_LATE,
				   .ab = 1,
				   .ba = 200 };
static const struct way key0 = {
	.name = "key 0", .family = AF_INET, .a = ATTACH_LATE, .b = ATTACH_LATE
};
/* b is plain TCP, and reads what is on the wire. */
static const struct way one_end = {
	.name = "one end", .family = AF_INET, .a = ATTACH_LATE, .ab = 9, .ba = 9
};

/* Rules shift for one end, and for both. */
static const struct way to_target = { .name = "ULP to target",
				      .family = AF_INET,
				      .a = ATTACH_EARLY,
				      .target_b = true,
				      .ab = 41,
				      .ba = 230 };
static const struct way targets = { .name = "target to target",
				    .family = AF_INET6,
				    .target_a = true,
				    .target_b = true,
				    .ab = 128,
				    .ba = 1 };

static uint8_t buf[1024 * 1024];
static int tap = -1;
static struct pair p;
static struct wire dir[2]; /* what a sends, what b sends */

static uint8_t key_of(int key)
{
	return caesar_wanted() ? key : 0;
}

static void begin(const struct way *way)
{
	tap = wire_open("lo");
	pair_open(&p, way);
	wire_init(&dir[0], p.aport, p.bport);
	wire_init(&dir[1], p.bport, p.aport);
}

static int setup(void **state)
{
	(void)state;
	p.a = p.b = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pair_close(&p);
	wire_free(&dir[0]);
	wire_free(&dir[1]);
	if (tap >= 0)
		close(tap);
	tap = -1;
	return 0;
}

/* From one end to the other: LEN bytes of the pattern, sent at once. */
static void exchange(int from, int to, size_t offset, size_t len,
		     unsigned int seed)
{
	size_t sent = 0, got = 0;
	static uint8_t in[sizeof(buf)];
	ssize_t n;

	pattern(buf, len, offset, seed);
	while (got < len) {
		n = send(from, buf + sent, len - sent, MSG_DONTWAIT);
		if (n > 0)
			sent += n;
		else if (n < 0)
			assert_int_equal(errno, EAGAIN);
		n = recv(to, in + got, len - got,
			 sent < len ? MSG_DONTWAIT : 0);
		if (n > 0)
			got += n;
		else if (n < 0)
			assert_true(sent < len && errno == EAGAIN);
		else
			fail_msg("the end came after %zu bytes", got);
	}
	assert_int_equal(pattern_differs(in, len, offset, seed), -1);
}

static void both_ways(const struct way *way)
{
	static const size_t lengths[] = { 1,	2,     3,     7,     8,
					  9,	31,    64,    1447,  1448,
					  4096, 16384, 65536, 65537, 200001 };
	size_t i, at = 0;

	begin(way);
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		exchange(p.a, p.b, at, lengths[i], 1);
		exchange(p.b, p.a, at, lengths[i], 2);
		at += lengths[i];
	}
	wire_expect(tap, dir, 0, at, 1, key_of(way->ab));
	wire_expect(tap, dir, 1, at, 2, key_of(way->ba));
}

static void test_ipv4(void **state)
{
	(void)state;
	both_ways(&ulp4);
}

static void test_ipv6(void **state)
{
	(void)state;
	both_ways(&ulp6);
}

static void test_mapped(void **state)
{
	(void)state;
	both_ways(&mapped);
}

static void test_to_target(void **state)
{
	(void)state;
	both_ways(&to_target);
}

static void test_targets(void **state)
{
	(void)state;
	both_ways(&targets);
}

static void test_key_0(void **state)
{
	(void)state;
	begin(&key0);
	exchange(p.a, p.b, 0, 70000, 1);
	wire_expect(tap, dir, 0, 70000, 1, 0);
}

/* Attached, and no key set: the other end may be plain TCP. */
static void test_no_key(void **state)
{
	static const struct way way = { .family = AF_INET, .a = ATTACH_EARLY };

	(void)state;
	begin(&way);
	exchange(p.a, p.b, 0, 70000, 1);
	exchange(p.b, p.a, 0, 70000, 2);
	wire_expect(tap, dir, 0, 70000, 1, 0);
	wire_expect(tap, dir, 1, 70000, 2, 0);
}

/* All 256 keys, each on both ends; and what is beyond the low byte is ignored. */
static void test_every_key(void **state)
{
	int key, at = 0;

	(void)state;
	begin(&key0);
	for (key = 0; key < 256; key++, at += 64) {
		int given = key % 3 == 0 ? key :
			    key % 3 == 1 ? key - 256 :
					   key | 0x7a00;

		assert_int_equal(caesar_keys(p.a, given, 0), 0);
		assert_int_equal(caesar_keys(p.b, 0, given), 0);
		exchange(p.a, p.b, at, 64, 1);
	}
	for (key = 0; key < 1000 && dir[0].len < (size_t)at; key++) {
		wire_read(tap, dir, 2);
		usleep(1000);
	}
	assert_int_equal(dir[0].len, at);
	pattern(buf, at, 0, 1);
	for (key = 0; key < at; key++)
		assert_int_equal(dir[0].bytes[key],
				 (uint8_t)(buf[key] + key_of(key / 64)));
}

/* A reader without the protocol gets what is on the wire. */
static void test_other_end_plain(void **state)
{
	static uint8_t in[50000];
	size_t i;

	(void)state;
	begin(&one_end);
	pattern(buf, sizeof(in), 0, 1);
	assert_int_equal(send(p.a, buf, sizeof(in), 0), sizeof(in));
	assert_int_equal(recv(p.b, in, sizeof(in), MSG_WAITALL), sizeof(in));
	for (i = 0; i < sizeof(in); i++)
		assert_int_equal(in[i], (uint8_t)(buf[i] + key_of(9)));
	for (i = 0; i < sizeof(in); i++)
		in[i] = buf[i] + key_of(9);
	assert_int_equal(send(p.b, in, sizeof(in), 0), sizeof(in));
	memset(in, 0, sizeof(in));
	assert_int_equal(recv(p.a, in, sizeof(in), MSG_WAITALL), sizeof(in));
	assert_memory_equal(in, buf, sizeof(in));
}

/* Every call that sends, and every flag. */
static void test_every_call(void **state)
{
	static const int flags[] = { 0,		  MSG_MORE,
				     MSG_EOR,	  MSG_DONTROUTE,
				     MSG_OOB,	  MSG_NOSIGNAL,
				     MSG_CONFIRM, MSG_ZEROCOPY,
				     MSG_DONTWAIT };
	struct iovec iov[3];
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 3 };
	size_t i, at = 0;
	int file, pipes[2];
	static uint8_t in[sizeof(buf)]; /* vmsplice() lends out buf's pages */
	loff_t off;
	ssize_t got;
	off_t from;

	(void)state;
	begin(&ulp4);
	option(p.b, SOL_SOCKET, SO_OOBINLINE, 1);
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++, at += 500) {
		pattern(buf, 500, at, 1);
		assert_int_equal(send(p.a, buf, 500, flags[i]), 500);
	}
	pattern(buf, 3000, at, 1);
	for (i = 0; i < 3; i++) {
		iov[i].iov_base = buf + 1000 * i;
		iov[i].iov_len = 1000;
	}
	assert_int_equal(sendmsg(p.a, &m, 0), 3000);
	at += 3000;
	pattern(buf, 3000, at, 1);
	assert_int_equal(writev(p.a, iov, 3), 3000);
	at += 3000;
	pattern(buf, 1000, at, 1);
	assert_int_equal(write(p.a, buf, 1000), 1000);
	at += 1000;

	file = memfd_create("file", MFD_CLOEXEC);
	assert_true(file >= 0);
	pattern(buf, 100000, at, 1);
	assert_int_equal(write(file, buf, 100000), 100000);
	from = 0;
	assert_int_equal(sendfile(p.a, file, &from, 40000), 40000);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	off = 40000;
	assert_int_equal(splice(file, &off, pipes[1], NULL, 30000, 0), 30000);
	assert_int_equal(
		splice(pipes[0], NULL, p.a, NULL, 30000, SPLICE_F_MORE), 30000);
	iov[0].iov_base = buf + 70000;
	iov[0].iov_len = 30000;
	assert_int_equal(vmsplice(pipes[1], iov, 1, 0), 30000);
	assert_int_equal(splice(pipes[0], NULL, p.a, NULL, 30000, 0), 30000);
	at += 100000;
	/* Each read ends at the urgent byte at the latest. */
	for (i = 0; i < at; i += got) {
		got = recv(p.b, in + i, at - i, 0);
		assert_true(got > 0);
	}
	assert_int_equal(pattern_differs(in, at, 0, 1), -1);
	wire_expect(tap, dir, 0, at, 1, key_of(3));
	assert_true(dir[0].urgent > 0);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
}

/* Data in the SYN is shifted as any. */
static void test_fast_open(void **state)
{
	static const struct way way = { .family = AF_INET };
	union address to;
	socklen_t len;
	uint16_t port;
	int listener, round;
	struct tcp_info info;
	socklen_t size = sizeof(info);

	(void)state;
	tap = wire_open("lo");
	/* Both ends, and no cookie needed. */
	own_sysctl("ipv4/tcp_fastopen", "1543");
	listener = way_listen(&way, &port);
	option(listener, SOL_TCP, TCP_FASTOPEN, 5);
	len = way_address(&way, &to, port);
	for (round = 0; round < 2; round++) {
		p.a = way_socket(&way);
		assert_int_equal(caesar_attach(p.a), 0);
		assert_int_equal(caesar_keys(p.a, 44, 0), 0);
		assert_int_equal(
			bind(p.a,
			     &(union address){ .v4 = { .sin_family = AF_INET } }
				      .sa,
			     sizeof(to.v4)),
			0);
		wire_init(&dir[0], local_port(p.a), port);
		pattern(buf, 1000, 0, 1);
		assert_int_equal(sendto(p.a, buf, 1000, MSG_FASTOPEN, &to.sa,
					len),
				 1000);
		p.b = accept(listener, NULL, NULL);
		assert_true(p.b >= 0);
		assert_int_equal(
			getsockopt(p.a, SOL_TCP, TCP_INFO, &info, &size), 0);
		/* TCPI_OPT_SYN_DATA: it was acknowledged with the SYN. */
		assert_true(info.tcpi_options & 32);
		assert_int_equal(caesar_attach(p.b), 0);
		assert_int_equal(caesar_keys(p.b, 0, 44), 0);
		memset(buf, 0, 1000);
		assert_int_equal(recv(p.b, buf, 1000, MSG_WAITALL), 1000);
		assert_int_equal(pattern_differs(buf, 1000, 0, 1), -1);
		wire_expect(tap, dir, 0, 1000, 1, key_of(44));
		wire_free(&dir[0]);
		pair_close(&p);
	}
	close(listener);
}

/* Keys changed between two sends, with nothing read: each byte has its own. */
static void test_key_changes(void **state)
{
	size_t i;

	(void)state;
	begin(&one_end);
	pattern(buf, 6000, 0, 1);
	for (i = 0; i < 6; i++) {
		assert_int_equal(caesar_keys(p.a, 10 + i, 0), 0);
		assert_int_equal(send(p.a, buf + 1000 * i, 1000, MSG_MORE),
				 1000);
	}
	option(p.a, SOL_TCP, TCP_CORK, 0);
	option(p.a, SOL_TCP, TCP_NODELAY, 1);
	for (i = 0; i < 1000 && dir[0].len < 6000; i++) {
		wire_read(tap, dir, 2);
		usleep(1000);
	}
	assert_int_equal(dir[0].len, 6000);
	for (i = 0; i < 6000; i++)
		assert_int_equal(dir[0].bytes[i],
				 (uint8_t)(buf[i] + key_of(10 + i / 1000)));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest wire[] = {
		T(ipv4),       T(ipv6),	     T(mapped),
		T(to_target),  T(targets),   T(key_0),
		T(no_key),     T(every_key), T(other_end_plain),
		T(every_call), T(fast_open), T(key_changes),
	};

	own_network();
	return check_run(wire);
}
