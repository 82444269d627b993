// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Sockets used again in another part, connections that end while they are busy,
 * and what else has gone wrong in protocols of this kind.
 * What holds the module is in hold.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"
#include "module.h"

static uint8_t buf[300000];

/* Not the socket's end: what it has stays, and can be used for another. */
static void test_disconnect(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		struct sockaddr none = { .sa_family = AF_UNSPEC };
		uint16_t port;
		int listener = way_listen(plain_ways[f], &port), fd, child, i;
		union address to;
		socklen_t len = way_address(plain_ways[f], &to, port);

		caesar_give(listener, 90, 80);
		fd = way_socket(plain_ways[f]);
		caesar_give(fd, 80, 90);
		for (i = 0; i < 3; i++) {
			assert_int_equal(connect(fd, &to.sa, len), 0);
			child = way_accept(listener);
			pass(fd, child, 5000);
			pass(child, fd, 5000);
			/* With bytes unread, too. */
			assert_int_equal(send(child, buf, 100, 0), 100);
			arrive(fd, 100);
			assert_int_equal(connect(fd, &none, sizeof(none)), 0);
			assert_int_equal(recv(child, buf, 10, 0), -1);
			assert_int_equal(errno, ECONNRESET);
			close(child);
			/* It was this end that reset it: that is told once. */
			assert_int_equal(recv(fd, buf, 10, 0), -1);
			assert_int_equal(errno, ECONNRESET);
			assert_int_equal(recv(fd, buf, 10, 0), -1);
			assert_int_equal(errno, ENOTCONN);
		}
		close(fd);
		close(listener);
	}
	caesar_unloads();
}

/*
 * CVE-2023-0461: a connected socket is disconnected, listens, and its children
 * share what it had; then all of them let go of it.
 */
static void test_listen_again_CVE_2023_0461(void **state)
{
	size_t f;

	(void)state;
	for (f = 0; f < 3; f++) {
		struct sockaddr none = { .sa_family = AF_UNSPEC };
		struct way way = *plain_ways[f];
		int child[3], fd[3], i;
		struct pair p;
		uint16_t port;
		union address at;
		socklen_t len = way_address(&way, &at, 0);

		way.a = ATTACH_LATE;
		way.ab = 33;
		way.ba = 44;
		pair_open(&p, &way);
		assert_int_equal(connect(p.a, &none, sizeof(none)), 0);
		assert_int_equal(bind(p.a, &at.sa, len), 0);
		assert_int_equal(listen(p.a, 5), 0);
		port = local_port(p.a);
		for (i = 0; i < 3; i++) {
			fd[i] = way_connect(&way, port);
			caesar_give(fd[i], 44, 33);
			child[i] = way_accept(p.a);
			pass(fd[i], child[i], 1000);
			pass(child[i], fd[i], 1000);
			/* Its own: the others go on with theirs. */
			assert_int_equal(caesar_keys(child[i], i, i), 0);
			assert_int_equal(caesar_keys(fd[i], i, i), 0);
		}
		/* First of all the listener; then the children, and they work. */
		close_hard(p.a);
		p.a = -1;
		for (i = 0; i < 3; i++) {
			pass(fd[i], child[i], 1000);
			close_hard(child[i]);
			close_hard(fd[i]);
		}
		pair_close(&p);
	}
	caesar_unloads();
}

/* A child listens in turn, and a listener that was one connects. */
static void test_roles(void **state)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct way way = way_plain;
	union address at;
	socklen_t len;
	uint16_t port;
	struct pair p;
	int fd;

	(void)state;
	way.b = ATTACH_EARLY;
	way.ab = way.ba = 12;
	pair_open(&p, &way);
	assert_int_equal(connect(p.b, &none, sizeof(none)), 0);
	len = way_address(&way, &at, 0);
	assert_int_equal(bind(p.b, &at.sa, len), 0);
	assert_int_equal(listen(p.b, 5), 0);
	fd = way_connect(&way, local_port(p.b));
	caesar_give(fd, 12, 12);
	close_hard(p.a);
	p.a = way_accept(p.b);
	pass(fd, p.a, 1000);
	assert_int_equal(shutdown(p.b, SHUT_RD), 0);
	close_hard(p.a);
	close_hard(fd);
	fd = way_listen(&way, &port);
	len = way_address(&way, &at, port);
	assert_int_equal(connect(p.b, &none, sizeof(none)), 0);
	assert_int_equal(connect(p.b, &at.sa, len), 0);
	p.a = way_accept(fd);
	pass(p.a, p.b, 1000);
	close(fd);
	pair_close(&p);
	caesar_unloads();
}

/* Whatever was sent comes, though its sender is gone. */
static void test_close_unsent(void **state)
{
	size_t f, got;
	ssize_t n;

	(void)state;
	for (f = 0; f < 3; f++) {
		struct way way = *plain_ways[f];
		static uint8_t in[sizeof(buf)];
		struct pair p;

		way.a = way.b = ATTACH_LATE;
		way.ab = 99;
		pair_open(&p, &way);
		option(p.b, SOL_SOCKET, SO_RCVBUF, 100000);
		pattern(buf, sizeof(buf), 0, 1);
		assert_int_equal(send(p.a, buf, sizeof(buf), 0), sizeof(buf));
		close(p.a);
		p.a = -1;
		for (got = 0; got < sizeof(in); got += n) {
			n = recv(p.b, in + got, sizeof(in) - got, 0);
			assert_true(n > 0);
		}
		assert_int_equal(pattern_differs(in, got, 0, 1), -1);
		assert_int_equal(recv(p.b, in, 1, 0), 0);
		pair_close(&p);
	}
}

static volatile bool stop;

static void *busy_send(void *arg)
{
	int fd = *(int *)arg;
	static uint8_t out[30000];

	while (send(fd, out, sizeof(out), MSG_NOSIGNAL) > 0 && !stop)
		;
	return NULL;
}

static void *busy_recv(void *arg)
{
	static __thread uint8_t in[30000];
	int fd = *(int *)arg;

	while (recv(fd, in, sizeof(in), 0) > 0)
		;
	return NULL;
}

/* CVE-2024-26583 and its kin: the end comes while calls are under way. */
static void test_end_while_busy_CVE_2024_26583(void **state)
{
	long i, rounds = scaled(40);

	(void)state;
	for (i = 0; i < rounds; i++) {
		struct way way = *plain_ways[i % 3];
		pthread_t t[4];
		struct pair p;
		int j, fds[4];

		way.a = way.b = ATTACH_LATE;
		way.ab = way.ba = 1;
		pair_open(&p, &way);
		stop = false;
		/* Duplicates: what is closed may become another's number. */
		for (j = 0; j < 4; j++) {
			fds[j] = dup(j % 2 ? p.b : p.a);
			assert_int_equal(pthread_create(&t[j], NULL,
							j < 2 ? busy_send :
								busy_recv,
							&fds[j]),
					 0);
		}
		usleep(i % 7 * 500);
		switch (i % 4) {
		case 0:
			shutdown(p.a, SHUT_RDWR);
			break;
		case 1:
			shutdown(p.a, SHUT_WR);
			shutdown(p.b, SHUT_WR);
			break;
		case 2:
			connect(p.a,
				&(struct sockaddr){ .sa_family = AF_UNSPEC },
				sizeof(struct sockaddr));
			break;
		default:
			shutdown(p.b, SHUT_RDWR);
		}
		stop = true;
		for (j = 0; j < 4; j++) {
			pthread_join(t[j], NULL);
			close_hard(fds[j]);
		}
		pair_close(&p);
	}
	caesar_unloads();
}

/* CVE-2025-39682: reads of nothing between reads of something. */
static void test_nothing_read_CVE_2025_39682(void **state)
{
	struct way way = way_plain;
	struct pair p;
	size_t at;

	(void)state;
	way.a = way.b = ATTACH_LATE;
	way.ab = 5;
	pair_open(&p, &way);
	pattern(buf, 10000, 0, 1);
	for (at = 0; at < 10000; at += 100) {
		assert_int_equal(send(p.a, buf, 0, 0), 0);
		assert_int_equal(send(p.a, buf + at, 100, 0), 100);
	}
	for (at = 0; at < 10000; at += 250) {
		static uint8_t in[250];

		assert_int_equal(recv(p.b, in, 0, MSG_PEEK), 0);
		assert_int_equal(recv(p.b, in, 0, 0), 0);
		assert_int_equal(recv(p.b, in, 250, MSG_PEEK | MSG_WAITALL),
				 250);
		assert_int_equal(pattern_differs(in, 250, at, 1), -1);
		assert_int_equal(recv(p.b, in, 0, MSG_WAITALL), 0);
		memset(in, 0, sizeof(in));
		assert_int_equal(recv(p.b, in, 250, MSG_WAITALL), 250);
		assert_int_equal(pattern_differs(in, 250, at, 1), -1);
	}
	pair_close(&p);
}

static uint16_t churn_port;

static void *churn(void *arg)
{
	(void)arg;
	while (!stop) {
		int fd = way_socket(&way_plain);
		union address to;
		socklen_t len = way_address(&way_plain, &to, churn_port);

		if (!connect(fd, &to.sa, len))
			send(fd, "x", 1, MSG_NOSIGNAL);
		close_hard(fd);
	}
	return NULL;
}

/* A listener gets it while connections come in on another processor. */
static void test_listener_under_load(void **state)
{
	long i, rounds = scaled(100);
	pthread_t t;

	(void)state;
	for (i = 0; i < rounds; i++) {
		int listener = way_listen(&way_plain, &churn_port), fd;

		stop = false;
		assert_int_equal(pthread_create(&t, NULL, churn, NULL), 0);
		fd = way_accept(listener);
		caesar_give(listener, 0, 0);
		/* One more, at least, and those that are there. */
		close_hard(way_accept(listener));
		fcntl(listener, F_SETFL, O_NONBLOCK);
		close_hard(fd);
		fd = accept(listener, NULL, NULL);
		close_hard(fd);
		stop = true;
		pthread_join(t, NULL);
		close(listener);
	}
	caesar_unloads();
}

static void *attach_and_close(void *arg)
{
	long *count = arg;

	while (!stop) {
		int fd = way_socket(&way_plain6);

		*count += !caesar_attach(fd);
		close(fd);
	}
	return NULL;
}

/* Attached and taken away at the same time, from two sides. */
static void test_unload_raced(void **state)
{
	long i, rounds = scaled(100), count = 0, unloads = 0;
	pthread_t t;

	(void)state;
	stop = false;
	assert_int_equal(pthread_create(&t, NULL, attach_and_close, &count), 0);
	for (i = 0; i < rounds || (!unloads && i < 20000); i++) {
		if (!module_unload(CAESAR_MODULE))
			unloads++;
		usleep(100);
	}
	stop = true;
	pthread_join(t, NULL);
	printf("# %ld times attached, %ld times unloaded\n", count, unloads);
	assert_true(count > 0);
	assert_true(unloads > 0);
	caesar_modprobe(NULL);
	caesar_unloads();
}

static int listen_beside(uint16_t *port)
{
	union address at;
	socklen_t len = way_address(&way_plain, &at, *port);
	int fd = way_socket(&way_plain);

	option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	assert_int_equal(bind(fd, &at.sa, len), 0);
	assert_int_equal(listen(fd, 50), 0);
	*port = local_port(fd);
	return fd;
}

/* Children of a listener that is closed go to another one of its port. */
static void migrate(bool from_ulp)
{
	enum { N = 24 };
	int client[N], listener[2], i, j, moved = 0;
	uint16_t port = 0;

	listener[0] = listen_beside(&port);
	listener[1] = listen_beside(&port);
	caesar_give(listener[!from_ulp], 5, 5);
	for (i = 0; i < N; i++)
		client[i] = way_connect(&way_plain, port);
	close(listener[0]);
	for (i = 0; i < N; i++) {
		int child = way_accept(listener[1]);
		char name[16] = "";
		union address peer;
		socklen_t len = sizeof(peer);

		assert_int_equal(getpeername(child, &peer.sa, &len), 0);
		for (j = 0; j < N; j++)
			if (client[j] >= 0 &&
			    local_port(client[j]) == ntohs(peer.v4.sin_port))
				break;
		assert_true(j < N);
		/* It has what its first listener had. */
		len = sizeof(name);
		getsockopt(child, SOL_TCP, TCP_ULP, name, &len);
		moved += !strcmp(name, CAESAR_ULP_NAME) == from_ulp;
		if (*name)
			caesar_give(client[j], 5, 5);
		pass(client[j], child, 3000);
		pass(child, client[j], 3000);
		close_hard(client[j]);
		close_hard(child);
		client[j] = -1;
	}
	close(listener[1]);
	printf("# %d of %d went to another listener\n", moved, N);
	assert_true(moved > 0 && moved < N);
}

/* Half-open connections of a closed listener: they get what the other one has. */
static void migrate_half_open(bool to_ulp)
{
	enum { N = 24, LEN = 3000 };
	static uint8_t in[LEN];
	int client[N], listener[2], i;
	uint16_t port = 0;

	for (i = 0; i < 2; i++) {
		listener[i] = listen_beside(&port);
		/* No connection is complete before its first bytes come. */
		option(listener[i], SOL_TCP, TCP_DEFER_ACCEPT, 30);
	}
	caesar_give(listener[to_ulp], 5, 5);
	for (i = 0; i < N; i++)
		client[i] = way_connect(&way_plain, port);
	close(listener[0]);
	pattern(buf, LEN, 0, 1);
	for (i = 0; i < N; i++) {
		if (to_ulp)
			caesar_give(client[i], 5, 5);
		assert_int_equal(send(client[i], buf, LEN, 0), LEN);
	}
	for (i = 0; i < N; i++) {
		int child = way_accept(listener[1]);

		assert_string_equal(caesar_ulp_of(child),
				    to_ulp ? CAESAR_ULP_NAME : "");
		if (to_ulp)
			caesar_expect_keys(child, 5, 5);
		assert_int_equal(recv(child, in, LEN, MSG_WAITALL), LEN);
		assert_int_equal(pattern_differs(in, LEN, 0, 1), -1);
		close_hard(child);
	}
	for (i = 0; i < N; i++)
		close_hard(client[i]);
	close(listener[1]);
}

static bool migrates(void)
{
	enum { N = 16 };
	int client[N], listener[2], i, child, n = 0;
	struct pollfd queued = { .events = POLLIN };
	uint16_t port = 0;

	listener[0] = listen_beside(&port);
	listener[1] = listen_beside(&port);
	for (i = 0; i < N; i++)
		client[i] = way_connect(&way_plain, port);
	close(listener[0]);
	queued.fd = listener[1];
	while (n < N && poll(&queued, 1, 2000) == 1) {
		child = way_accept(listener[1]);
		close_hard(child);
		n++;
	}
	for (i = 0; i < N; i++)
		close_hard(client[i]);
	close(listener[1]);
	return n == N;
}

static void test_migrated(void **state)
{
	bool there = !access("/proc/sys/net/ipv4/tcp_migrate_req", F_OK);
	struct utsname kernel;

	(void)state;
	if (there)
		own_sysctl("ipv4/tcp_migrate_req", "1");
	if (migrates()) {
		migrate(true);
		migrate(false);
		migrate_half_open(true);
		migrate_half_open(false);
	} else {
		/* Debian's has the sysctl, and not what it switches on. */
		assert_int_equal(uname(&kernel), 0);
		assert_memory_equal(kernel.release, "5.10.", 5);
		printf("# this kernel can't hand children to other listeners\n");
	}
	if (there)
		own_sysctl("ipv4/tcp_migrate_req", "0");
	caesar_unloads();
}

int main(void)
{
	/* clang-format off */
#define T(name) cmocka_unit_test_setup(test_##name, caesar_modprobe)
	const struct CMUnitTest life[] = {
		T(disconnect), T(listen_again_CVE_2023_0461),
		T(roles), T(close_unsent), T(end_while_busy_CVE_2024_26583),
		T(nothing_read_CVE_2025_39682), T(listener_under_load), T(migrated),
		T(unload_raced),
	};
	/* clang-format on */

	own_network();
	/* What ends is to be gone. */
	own_sysctl("ipv4/tcp_max_tw_buckets", "0");
	return check_run(life);
}
