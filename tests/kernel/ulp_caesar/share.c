// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * A socket in many hands: several readers and writers at once, processes that
 * inherit it, a descriptor handed to another process.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"

#define READERS 4
#define WRITERS 4

static const struct way *way; /* of the test under way */

/* Each way there is, and plain TCP, which must pass as well. */
static void each_way(void (*what)(struct pair *p))
{
	size_t i;

	for (i = 0; i < 3; i++) {
		struct pair p;

		for (way = ways_like(plain_ways[i]); way->name; way++) {
			pair_open(&p, way);
			what(&p);
			pair_close(&p);
		}
		way = plain_ways[i];
		pair_open(&p, way);
		what(&p);
		pair_close(&p);
	}
}

/* A byte count of each value: what was sent, and what came. */
static unsigned long out_count[WRITERS][256], in_count[READERS][256];
static int shared_in, shared_out;
static long each;

/* Writer N sends bytes of 16 values, in calls of any length. */
static void *writer(void *arg)
{
	long n = (long)arg, left;
	unsigned int x = n + 1;
	uint8_t out[20000];
	size_t i, len;
	ssize_t done;

	for (left = each; left > 0; left -= done) {
		x = x * 1103515245 + 12345;
		len = 1 + (x >> 8) % sizeof(out);
		len = (long)len < left ? len : (size_t)left;
		for (i = 0; i < len; i++)
			out[i] = n * 16 + (x >> 20 ^ i) % 16;
		done = send(shared_out, out, len, MSG_NOSIGNAL);
		if (done <= 0)
			return "a writer";
		for (i = 0; i < (size_t)done; i++)
			out_count[n][out[i]]++;
	}
	return NULL;
}

static void *reader(void *arg)
{
	long n = (long)arg;
	unsigned int x = n + 77;
	uint8_t in[20000];
	ssize_t done, i;

	for (;;) {
		x = x * 1103515245 + 12345;
		done = recv(shared_in, in, 1 + (x >> 8) % sizeof(in), 0);
		if (done <= 0)
			return done ? "a reader" : NULL;
		for (i = 0; i < done; i++)
			in_count[n][in[i]]++;
	}
}

/* What can be said of it: each value came as often as it was sent. */
static void crowd(struct pair *p)
{
	pthread_t w[WRITERS], r[READERS];
	unsigned long out, in;
	void *what;
	long i, value;

	memset(out_count, 0, sizeof(out_count));
	memset(in_count, 0, sizeof(in_count));
	shared_out = p->a;
	shared_in = p->b;
	each = scaled(200000);
	for (i = 0; i < READERS; i++)
		pthread_create(&r[i], NULL, reader, (void *)i);
	for (i = 0; i < WRITERS; i++)
		pthread_create(&w[i], NULL, writer, (void *)i);
	for (i = 0; i < WRITERS; i++) {
		pthread_join(w[i], &what);
		if (what)
			fail_msg("%s: %s", way->name, (char *)what);
	}
	shutdown(p->a, SHUT_WR);
	for (i = 0; i < READERS; i++) {
		pthread_join(r[i], &what);
		if (what)
			fail_msg("%s: %s", way->name, (char *)what);
	}
	for (value = 0; value < 256; value++) {
		for (out = in = i = 0; i < WRITERS; i++)
			out += out_count[i][value];
		for (i = 0; i < READERS; i++)
			in += in_count[i][value];
		if (in != out)
			fail_msg("%s: %lu times 0x%02lx, and %lu were sent",
				 way->name, in, value, out);
	}
}

static void test_crowd(void **state)
{
	(void)state;
	each_way(crowd);
}

struct end {
	int fd;
	unsigned int seed;
	size_t len;
	const char *wrong;
};

static void *send_pattern(void *arg)
{
	struct end *e = arg;
	uint8_t out[7777];
	size_t at, n;
	ssize_t done;

	for (at = 0; at < e->len; at += done) {
		n = e->len - at < sizeof(out) ? e->len - at : sizeof(out);
		pattern(out, n, at, e->seed);
		done = send(e->fd, out, n, MSG_NOSIGNAL);
		if (done <= 0) {
			e->wrong = "send";
			break;
		}
	}
	return NULL;
}

static void *recv_pattern(void *arg)
{
	struct end *e = arg;
	uint8_t in[6000];
	size_t at;
	ssize_t done;

	for (at = 0; at < e->len; at += done) {
		done = recv(e->fd, in, sizeof(in), 0);
		if (done <= 0 || pattern_differs(in, done, at, e->seed) >= 0) {
			e->wrong = done <= 0 ? "recv" : "bytes";
			break;
		}
	}
	return NULL;
}

/* Both directions at once, and each in order. */
static void duplex(struct pair *p)
{
	size_t len = scaled(1000000);
	struct end e[4] = { { p->a, 1, len, NULL },
			    { p->b, 1, len, NULL },
			    { p->b, 2, len, NULL },
			    { p->a, 2, len, NULL } };
	pthread_t t[4];
	int i;

	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, i % 2 ? recv_pattern : send_pattern,
			       &e[i]);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (i = 0; i < 4; i++)
		if (e[i].wrong)
			fail_msg("%s: end %d: %s", way->name, i, e[i].wrong);
}

static void test_duplex(void **state)
{
	(void)state;
	each_way(duplex);
}

/* A peek sees what is there, while another takes it away. */
static volatile bool stop;

static void *peeker(void *arg)
{
	uint8_t in[3000];

	while (!stop)
		recv(*(int *)arg, in, sizeof(in), MSG_PEEK | MSG_DONTWAIT);
	return NULL;
}

static void peeked_at(struct pair *p)
{
	size_t len = scaled(500000);
	struct end from = { p->a, 1, len, NULL }, to = { p->b, 1, len, NULL };
	pthread_t t[3];

	stop = false;
	pthread_create(&t[0], NULL, peeker, &p->b);
	pthread_create(&t[1], NULL, send_pattern, &from);
	pthread_create(&t[2], NULL, recv_pattern, &to);
	pthread_join(t[1], NULL);
	pthread_join(t[2], NULL);
	stop = true;
	pthread_join(t[0], NULL);
	if (from.wrong || to.wrong)
		fail_msg("%s: %s", way->name, to.wrong ? to.wrong : from.wrong);
}

static void test_peeked_at(void **state)
{
	(void)state;
	each_way(peeked_at);
}

static void ended_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("%s: the other process: 0x%x", way->name, status);
}

/* In the other process: LEN bytes sent and LEN bytes read. */
static int use(int fd, size_t len)
{
	static uint8_t bytes[100000];

	pattern(bytes, len, 0, 8);
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 1;
	if (recv(fd, bytes, len, MSG_WAITALL) != (ssize_t)len)
		return 2;
	return pattern_differs(bytes, len, 0, 9) >= 0 ? 3 : 0;
}

static void serve(int fd, size_t len)
{
	static uint8_t bytes[100000];

	assert_int_equal(recv(fd, bytes, len, MSG_WAITALL), len);
	assert_int_equal(pattern_differs(bytes, len, 0, 8), -1);
	pattern(bytes, len, 0, 9);
	assert_int_equal(send(fd, bytes, len, 0), len);
}

/* A child uses what it inherits, ends, and the connection lives on. */
static void forked(struct pair *p)
{
	int i;

	for (i = 0; i < 3; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			_exit(use(i % 2 ? p->b : p->a, 30000));
		serve(i % 2 ? p->a : p->b, 30000);
		ended_well(pid);
		pass(p->a, p->b, 5000);
		pass(p->b, p->a, 5000);
	}
}

static void test_forked(void **state)
{
	(void)state;
	each_way(forked);
}

static void send_fd(int over, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { "f", 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	control.h.cmsg_level = SOL_SOCKET;
	control.h.cmsg_type = SCM_RIGHTS;
	control.h.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
	assert_int_equal(sendmsg(over, &m, 0), 1);
}

static int recv_fd(int over)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char c;
	struct iovec iov = { &c, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(over, &m, 0) == 1 && m.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.h), sizeof(fd));
	return fd;
}

/* Handed over, and closed here while it is on its way. */
static void handed_over(struct pair *p)
{
	int unixes[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, unixes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int fd;

		/* Only what comes over the other socket. */
		close(p->a);
		close(p->b);
		close(unixes[0]);
		fd = recv_fd(unixes[1]);
		_exit(fd < 0 ? 4 : use(fd, 50000));
	}
	close(unixes[1]);
	send_fd(unixes[0], p->a);
	close(p->a);
	p->a = -1;
	serve(p->b, 50000);
	ended_well(pid);
	/* It was the last who had it. */
	assert_int_equal(poll(&(struct pollfd){ p->b, POLLIN, 0 }, 1, 5000), 1);
	assert_int_equal(recv(p->b, unixes, 1, 0), 0);
	close(unixes[0]);
}

static void test_handed_over(void **state)
{
	(void)state;
	each_way(handed_over);
}

/* A listener that several processes accept from. */
static void test_prefork(void **state)
{
	static const struct way shifted = { .name = "prefork",
					    .family = AF_INET6,
					    .b = ATTACH_EARLY,
					    .ab = 60,
					    .ba = 61 };
	uint16_t port;
	int listener, i;
	pid_t pids[3];

	(void)state;
	way = &shifted;
	listener = way_listen(way, &port);
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i]) {
			int j;

			for (j = 0; j < 4; j++) {
				int fd = way_accept(listener),
				    rc = use(fd, 9000);

				if (rc)
					_exit(rc);
				close_hard(fd);
			}
			_exit(0);
		}
	}
	for (i = 0; i < 12; i++) {
		int fd = way_connect(way, port);

		caesar_give(fd, 60, 61);
		serve(fd, 9000);
		/* Until the other end is done with it. */
		recv(fd, &fd, 0, 0);
		usleep(1000);
		close(fd);
	}
	for (i = 0; i < 3; i++)
		ended_well(pids[i]);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest share[] = {
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_duplex),
		cmocka_unit_test(test_peeked_at),
		cmocka_unit_test(test_forked),
		cmocka_unit_test(test_handed_over),
		cmocka_unit_test(test_prefork),
	};

	own_network();
	return check_run(share);
}
