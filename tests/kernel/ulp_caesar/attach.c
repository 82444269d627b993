// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * When the protocol may be attached, what a listener's children inherit, and keys
 * that change. The options themselves: options.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"

static uint8_t buf[1024 * 1024];

/* What is sent is KEY more than what is read. */
static void reads_minus(int from_plain, int to, uint8_t key, size_t len)
{
	static uint8_t out[10000], in[10000];
	size_t i;

	pattern(out, len, 0, 4);
	assert_int_equal(send(from_plain, out, len, 0), len);
	assert_int_equal(recv(to, in, len, MSG_WAITALL), len);
	for (i = 0; i < len; i++)
		assert_int_equal(in[i], (uint8_t)(out[i] - key));
}

/* Early and late at either end, in each family: twelve kinds of connection. */
static void test_when(void **state)
{
	static const enum attach when[] = { ATTACH_EARLY, ATTACH_LATE };
	size_t f, a, b;

	(void)state;
	for (f = 0; f < 3; f++) {
		for (a = 0; a < 2; a++) {
			for (b = 0; b < 2; b++) {
				struct way way = *plain_ways[f];
				struct pair p;

				way.a = when[a];
				way.b = when[b];
				way.ab = 100 + a;
				way.ba = 200 + b;
				pair_open(&p, &way);
				assert_string_equal(caesar_ulp_of(p.a),
						    "caesar");
				assert_string_equal(caesar_ulp_of(p.b),
						    "caesar");
				caesar_expect_keys(p.a, way.ab, way.ba);
				caesar_expect_keys(p.b, way.ba, way.ab);
				pass(p.a, p.b, 100000);
				pass(p.b, p.a, 100000);
				pair_close(&p);
			}
		}
	}
}

/* What the listener has when the connection comes, and not when it is accepted. */
static void test_inherited(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		int plain[3], child[3], listener, i;
		uint16_t port;

		listener = way_listen(plain_ways[f], &port);
		plain[0] = way_connect(plain_ways[f], port);
		assert_int_equal(way_queued(listener, 1), 1);
		assert_int_equal(caesar_ulp(listener, "caesar", 6), 0);
		assert_int_equal(caesar_keys(listener, 30, 40), 0);
		plain[1] = way_connect(plain_ways[f], port);
		assert_int_equal(way_queued(listener, 2), 2);
		assert_int_equal(caesar_keys(listener, 50, 60), 0);
		plain[2] = way_connect(plain_ways[f], port);
		assert_int_equal(way_queued(listener, 3), 3);
		assert_int_equal(caesar_keys(listener, 70, 80), 0);
		for (i = 0; i < 3; i++) {
			child[i] = accept(listener, NULL, NULL);
			assert_true(child[i] >= 0);
		}
		/* The first was there before; it passes through, and can attach. */
		assert_string_equal(caesar_ulp_of(child[0]), "");
		pass(plain[0], child[0], 1000);
		pass(child[0], plain[0], 1000);
		assert_int_equal(caesar_ulp(child[0], "caesar", 6), 0);
		assert_int_equal(caesar_keys(child[0], 0, 9), 0);
		reads_minus(plain[0], child[0], 9, 1000);

		assert_string_equal(caesar_ulp_of(child[1]), "caesar");
		caesar_expect_keys(child[1], 30, 40);
		reads_minus(plain[1], child[1], 40, 1000);
		caesar_expect_keys(child[2], 50, 60);
		reads_minus(plain[2], child[2], 60, 1000);
		/* Its own from now on: the listener's don't change. */
		assert_int_equal(caesar_keys(child[2], 1, 2), 0);
		caesar_expect_keys(listener, 70, 80);
		caesar_expect_keys(child[1], 30, 40);
		for (i = 0; i < 3; i++) {
			close_hard(plain[i]);
			close_hard(child[i]);
		}
		close(listener);
	}
}

/* A child queued before its listener attached does all that plain TCP does. */
static void test_queued_before(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		int plain, child, listener, pipes[2], file;
		off_t off = 0;
		uint16_t port;

		listener = way_listen(plain_ways[f], &port);
		plain = way_connect(plain_ways[f], port);
		pattern(buf, 5000, 0, 1);
		assert_int_equal(send(plain, buf, 5000, 0), 5000);
		assert_int_equal(way_queued(listener, 1), 1);
		assert_int_equal(caesar_ulp(listener, "caesar", 6), 0);
		assert_int_equal(caesar_keys(listener, 11, 11), 0);
		child = accept(listener, NULL, NULL);
		assert_true(child >= 0);
		close(listener);
		assert_int_equal(recv(child, buf, 2000, MSG_PEEK), 2000);
		assert_int_equal(recv(child, buf, 2000, MSG_WAITALL), 2000);
		assert_int_equal(pattern_differs(buf, 2000, 0, 1), -1);
		assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
		assert_int_equal(splice(child, NULL, pipes[1], NULL, 3000, 0),
				 3000);
		assert_int_equal(read(pipes[0], buf, 3000), 3000);
		assert_int_equal(pattern_differs(buf, 3000, 2000, 1), -1);
		file = memfd_create("file", MFD_CLOEXEC);
		assert_int_equal(write(file, buf, 3000), 3000);
		assert_int_equal(sendfile(child, file, &off, 3000), 3000);
		assert_int_equal(recv(plain, buf, 3000, MSG_WAITALL), 3000);
		assert_int_equal(pattern_differs(buf, 3000, 2000, 1), -1);
		close(file);
		close(pipes[0]);
		close(pipes[1]);
		close_hard(child);
		close_hard(plain);
	}
}

/* With bytes read, bytes unread, bytes on their way: from here on, they shift. */
static void test_during_traffic(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		struct pair p;
		size_t i;

		pair_open(&p, plain_ways[f]);
		pattern(buf, 3000, 0, 1);
		assert_int_equal(send(p.a, buf, 3000, 0), 3000);
		assert_int_equal(recv(p.b, buf, 1000, MSG_WAITALL), 1000);
		/* What is there already counts as come after: it is read later. */
		assert_int_equal(caesar_ulp(p.b, "caesar", 6), 0);
		assert_int_equal(recv(p.b, buf, 1000, MSG_WAITALL), 1000);
		assert_int_equal(pattern_differs(buf, 1000, 1000, 1), -1);
		assert_int_equal(caesar_keys(p.b, 0, 21), 0);
		assert_int_equal(recv(p.b, buf, 1000, MSG_WAITALL), 1000);
		for (i = 0; i < 1000; i++)
			buf[i] += 21;
		assert_int_equal(pattern_differs(buf, 1000, 2000, 1), -1);
		/* Bytes that are sent and not read aren't touched any more. */
		pattern(buf, 1000, 0, 1);
		assert_int_equal(send(p.b, buf, 1000, 0), 1000);
		assert_int_equal(caesar_keys(p.b, 99, 21), 0);
		assert_int_equal(recv(p.a, buf, 1000, MSG_WAITALL), 1000);
		assert_int_equal(pattern_differs(buf, 1000, 0, 1), -1);
		pair_close(&p);
	}
}

static void recv_thousand(void *arg)
{
	ssize_t *result = arg;
	int fd = *result;

	*result = recv(fd, buf, 1000, MSG_WAITALL);
}

/* CVE-2025-38616: a reader waits inside TCP's own recvmsg when it is attached. */
static void test_reader_inside_CVE_2025_38616(void **state)
{
	size_t f, i;

	(void)state;
	for (f = 0; f < 3; f++) {
		struct pair p;
		struct later l;
		ssize_t result;

		pair_open(&p, plain_ways[f]);
		result = p.b;
		later(&l, 0, recv_thousand, &result);
		assert_true(later_inside(&l, SYS_recvfrom));
		assert_int_equal(caesar_ulp(p.b, "caesar", 6), 0);
		assert_int_equal(caesar_keys(p.b, 0, 33), 0);
		pattern(buf, 2000, 0, 1);
		static uint8_t out[2000];
		memcpy(out, buf, sizeof(out));
		assert_int_equal(send(p.a, out, 2000, 0), 2000);
		later_join(&l);
		assert_int_equal(result, 1000);
		/* It came without the protocol, and ends without it. */
		assert_int_equal(pattern_differs(buf, 1000, 0, 1), -1);
		assert_int_equal(recv(p.b, buf, 1000, MSG_WAITALL), 1000);
		for (i = 0; i < 1000; i++)
			buf[i] += 33;
		assert_int_equal(pattern_differs(buf, 1000, 1000, 1), -1);
		pair_close(&p);
	}
}

/*
 * Urgent data that was passed before, in a way after which TCP still has it: by a
 * reader whose memory was bad, and splice(). TCP's next read forgets it.
 */
static void test_urgent_passed(void **state)
{
	struct pollfd mark = { .events = POLLPRI };
	int pipes[2], attached;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	for (attached = 0; attached < 2; attached++) {
		struct pair p;

		pair_open(&p, &way_plain);
		assert_int_equal(send(p.a, "a!", 2, MSG_OOB), 2);
		assert_int_equal(send(p.a, "bcd", 3, 0), 3);
		/* With nothing behind it, the mark would be passed by reading. */
		assert_int_equal(delivered(p.a), 0);
		mark.fd = p.b;
		assert_int_equal(poll(&mark, 1, 10000), 1);
		arrive(p.b, 1);
		assert_int_equal(recv(p.b, buf, 10, 0), 1);
		assert_int_equal(recv(p.b, NULL, 10, 0), -1);
		assert_int_equal(errno, EFAULT);
		assert_int_equal(splice(p.b, NULL, pipes[1], NULL, 1, 0), 1);
		assert_int_equal(poll(&mark, 1, 0), 1);
		if (attached) {
			assert_int_equal(caesar_ulp(p.b, "caesar", 6), 0);
			assert_int_equal(caesar_keys(p.b, 0, 1), 0);
		}
		assert_int_equal(recv(p.b, buf, 1, 0), 1);
		assert_int_equal(buf[0], 'c' - attached);
		assert_int_equal(poll(&mark, 1, 0), 0);
		assert_int_equal(recv(p.b, buf, 1, MSG_OOB), -1);
		assert_int_equal(errno, EINVAL);
		pair_close(&p);
	}
	close(pipes[0]);
	close(pipes[1]);
}

static volatile bool stop;

static void *send_until_stop(void *arg)
{
	int fd = *(int *)arg;
	uint8_t out[1000];
	uint64_t at;

	for (at = 0; !stop; at += sizeof(out)) {
		pattern(out, sizeof(out), at, 1);
		if (send(fd, out, sizeof(out), MSG_NOSIGNAL) != sizeof(out))
			break;
	}
	shutdown(fd, SHUT_WR);
	return NULL;
}

/* Attached at both ends while bytes fly; key 0: not one may change or be lost. */
static void test_in_full_flight(void **state)
{
	long rounds = scaled(30), i;

	(void)state;
	for (i = 0; i < rounds; i++) {
		struct pair p;
		pthread_t sender;
		uint64_t at = 0;
		ssize_t n;

		pair_open(&p, plain_ways[i % 3]);
		stop = false;
		assert_int_equal(pthread_create(&sender, NULL, send_until_stop,
						&p.a),
				 0);
		while ((n = recv(p.b, buf, 4097, 0)) > 0) {
			if (pattern_differs(buf, n, at, 1) >= 0)
				fail_msg("round %ld: wrong behind %llu", i,
					 (unsigned long long)at);
			at += n;
			if (at > 20000 && !*caesar_ulp_of(p.a))
				assert_int_equal(caesar_ulp(p.a, "caesar", 6),
						 0);
			if (at > 60000 && !*caesar_ulp_of(p.b))
				assert_int_equal(caesar_ulp(p.b, "caesar", 6),
						 0);
			stop = at > 200000;
		}
		assert_int_equal(n, 0);
		/* So both were attached on the way. */
		assert_true(at > 200000);
		pthread_join(sender, NULL);
		pair_close(&p);
	}
}

/* Keys change while the reader waits: the next byte read has the new one. */
static void test_key_while_reading(void **state)
{
	static const struct way way = { .family = AF_INET, .b = ATTACH_LATE };
	struct pair p;
	struct later l;
	ssize_t result;
	size_t i;

	(void)state;
	pair_open(&p, &way);
	result = p.b;
	later(&l, 0, recv_thousand, &result);
	assert_true(later_inside(&l, SYS_recvfrom));
	assert_int_equal(caesar_keys(p.b, 0, 5), 0);
	static uint8_t out[1000];
	pattern(out, sizeof(out), 0, 1);
	assert_int_equal(send(p.a, out, 1000, 0), 1000);
	later_join(&l);
	assert_int_equal(result, 1000);
	for (i = 0; i < 1000; i++)
		buf[i] += 5;
	assert_int_equal(pattern_differs(buf, 1000, 0, 1), -1);
	pair_close(&p);
}

static void *change_keys(void *arg)
{
	int fd = *(int *)arg, i;

	for (i = 0; !stop; i++) {
		struct caesar_key key = { 0, 1 };
		socklen_t len = sizeof(key);

		caesar_keys(fd, i, i);
		getsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &key, &len);
		/* One set() is one value: tx and rx never come from two. */
		if (key.tx != key.rx)
			return "torn, or not read";
	}
	return NULL;
}

/* CVE-2023-28466: options are read while others change them, and bytes pass. */
static void test_options_raced_CVE_2023_28466(void **state)
{
	struct pair p;
	pthread_t t[3];
	void *result;
	long i;

	(void)state;
	pair_open(&p, &way_plain);
	assert_int_equal(caesar_ulp(p.a, "caesar", 6), 0);
	stop = false;
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, change_keys, &p.a),
				 0);
	for (i = 0; i < scaled(3000); i++) {
		assert_int_equal(send(p.a, buf, 100, 0), 100);
		assert_int_equal(recv(p.b, buf, 100, MSG_WAITALL), 100);
	}
	stop = true;
	for (i = 0; i < 3; i++) {
		pthread_join(t[i], &result);
		/* The writers race; each reads what one of them wrote, whole. */
		assert_null(result);
	}
	pair_close(&p);
}

int main(void)
{
	/* clang-format off */
#define T(name) cmocka_unit_test_setup(test_##name, caesar_modprobe)
	const struct CMUnitTest attach[] = {
		T(when), T(inherited), T(queued_before),
		T(during_traffic), T(reader_inside_CVE_2025_38616),
		T(urgent_passed), T(in_full_flight), T(key_while_reading),
		T(options_raced_CVE_2023_28466),
	};
	/* clang-format on */

	own_network();
	return check_run(attach);
}
