// SPDX-License-Identifier: GPL-2.0-or-later
/* SOCK_STREAM: connections, bytes, the end of it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "check.h"
#include "mp.h"

static char buf[1 << 20], back[1 << 20];
static int a, b;

static void pair(void)
{
	int fd[2];

	mp_good(mp_pair(SOCK_STREAM, fd));
	a = fd[0];
	b = fd[1];
}

static void unpair(void)
{
	close(a);
	close(b);
}

static int outq(int fd)
{
	int n = -1;

	mp_good(ioctl(fd, SIOCOUTQ, &n));
	return n;
}

static int inq(int fd)
{
	int n = -1;

	mp_good(ioctl(fd, SIOCINQ, &n));
	return n;
}

static void fill(void)
{
	size_t i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i * 7 + i / 251;
}

/* Writes of all sizes are one stream of bytes, whatever the reads are. */
static void test_bytes(void **state)
{
	static const size_t sizes[] = { 1,    2,    63,	  64,	  256,	 257,
					1000, 3776, 3777, 4096,	  8192,	 20000,
					1,    1,    1,	  100000, 32768, 1 };
	size_t i, wrote = 0, got = 0, n;

	(void)state;
	pair();
	fill();
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (wrote + sizes[i] > sizeof(buf))
			break;
		mp_good(send(a, buf + wrote, sizes[i], MSG_DONTWAIT));
		wrote += sizes[i];
		assert_int_equal(inq(b), wrote - got);
		assert_int_equal(outq(a), wrote - got);
		n = sizes[i] / 2 + 1;
		n = mp_good(recv(b, back + got, n, MSG_DONTWAIT));
		got += n;
	}
	while (got < wrote)
		got += mp_good(recv(b, back + got, 777, MSG_DONTWAIT));
	mp_errno(recv(b, back, 1, MSG_DONTWAIT), EAGAIN);
	assert_memory_equal(buf, back, wrote);
	unpair();
}

/* Small writes that nobody reads yet are put together, and cost less memory. */
static void test_small(void **state)
{
	int i, n = 0;

	(void)state;
	pair();
	fill();
	for (i = 0; i < 100000; i += 16) {
		if (send(a, buf + i, 16, MSG_DONTWAIT) != 16)
			break;
		n += 16;
	}
	/* More than half of what SO_SNDBUF says is data. */
	assert_true(n >= 100000);
	assert_int_equal(recv(b, back, sizeof(back), 0), n);
	assert_memory_equal(buf, back, n);
	unpair();
}

static void *writer(void *arg)
{
	(void)arg;
	return (void *)(long)mp_write_all(a, buf, sizeof(buf));
}

static void test_large(void **state)
{
	pthread_t t;
	void *rc;

	(void)state;
	pair();
	fill();
	assert_int_equal(pthread_create(&t, NULL, writer, NULL), 0);
	assert_int_equal(recv(b, back, sizeof(back), MSG_WAITALL),
			 sizeof(back));
	pthread_join(t, &rc);
	assert_null(rc);
	assert_memory_equal(buf, back, sizeof(buf));
	unpair();
}

/* What waits is bounded, and a writer without room blocks, gives up or polls. */
static void test_room(void **state)
{
	struct timeval limit = { .tv_usec = 200000 };
	int size = 20000, total = 0, n;
	double start;

	(void)state;
	pair();
	mp_good(setsockopt(a, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	while ((n = send(a, buf, 1000, MSG_DONTWAIT)) > 0)
		total += n;
	mp_errno(n, EAGAIN);
	assert_in_range(total, 10000, 60000);
	mp_good(setsockopt(a, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
	start = mp_now();
	mp_errno(send(a, buf, 1000, 0), EAGAIN);
	assert_true(mp_now() - start > 0.15);
	/* A part of a write is what was written. */
	while (total > 5000)
		total -= mp_good(recv(b, back, 1000, 0));
	n = mp_good(send(a, buf, 500000, 0));
	assert_in_range(n, 1000, 499999);
	assert_int_equal(inq(b), total + n);
	/* The reader's buffer counts too. */
	unpair();
	pair();
	mp_good(setsockopt(b, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	for (total = 0; (n = send(a, buf, 1000, MSG_DONTWAIT)) > 0; total += n)
		;
	assert_in_range(total, 10000, 60000);
	unpair();
}

static void test_peek(void **state)
{
	int off = 0;
	socklen_t len = sizeof(off);

	(void)state;
	pair();
	mp_good(send(a, "hello", 5, 0));
	mp_good(send(a, "world", 5, 0));
	assert_int_equal(recv(b, back, 100, MSG_PEEK), 10);
	assert_memory_equal(back, "helloworld", 10);
	assert_int_equal(recv(b, back, 3, MSG_PEEK), 3);
	mp_good(getsockopt(b, SOL_SOCKET, SO_PEEK_OFF, &off, &len));
	assert_int_equal(off, -1);
	off = 2;
	mp_good(setsockopt(b, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off)));
	assert_int_equal(recv(b, back, 4, MSG_PEEK), 4);
	assert_memory_equal(back, "llow", 4);
	assert_int_equal(recv(b, back, 2, MSG_PEEK), 2);
	assert_memory_equal(back, "or", 2);
	/* Reading moves it back. */
	assert_int_equal(recv(b, back, 3, 0), 3);
	assert_memory_equal(back, "hello", 3);
	assert_int_equal(recv(b, back, 100, MSG_PEEK), 2);
	assert_memory_equal(back, "ld", 2);
	mp_errno(recv(b, back, 100, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	mp_good(send(a, "!", 1, 0));
	assert_int_equal(recv(b, back, 100, MSG_PEEK), 1);
	assert_memory_equal(back, "!", 1);
	assert_int_equal(recv(b, back, 100, 0), 8);
	assert_memory_equal(back, "loworld!", 8);
	unpair();
}

static void *peeker(void *arg)
{
	(void)arg;
	return (void *)(long)recv(b, back, 100, MSG_PEEK);
}

/*
 * One that peeks behind what there is sleeps until more comes, even if as much is
 * there then as before: others have read.
 */
static void test_peek_sleeps(void **state)
{
	int off = 10, i;
	pthread_t t;
	void *rc;

	(void)state;
	for (i = 0; i < 20; i++) {
		pair();
		mp_good(setsockopt(b, SOL_SOCKET, SO_PEEK_OFF, &off,
				   sizeof(off)));
		mp_good(send(a, "0123456789", 10, 0));
		assert_int_equal(pthread_create(&t, NULL, peeker, NULL), 0);
		usleep(2000 * (i % 5));
		assert_int_equal(recv(b, buf, 10, 0), 10);
		mp_good(send(a, "abcdefghij", 10, 0));
		pthread_join(t, &rc);
		assert_true((long)rc == 10);
		assert_memory_equal(back, "abcdefghij", 10);
		unpair();
	}
}

static void test_waitall(void **state)
{
	struct timeval limit = { .tv_usec = 100000 };

	(void)state;
	pair();
	mp_good(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	mp_errno(recv(b, back, 10, 0), EAGAIN);
	mp_good(send(a, "hello", 5, 0));
	assert_int_equal(recv(b, back, 10, MSG_WAITALL), 5);
	mp_good(send(a, "hello", 5, 0));
	close(a);
	assert_int_equal(recv(b, back, 10, MSG_WAITALL), 5);
	assert_int_equal(recv(b, back, 10, MSG_WAITALL), 0);
	close(b);
}

static void test_shutdown(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	pair();
	mp_good(send(a, "last", 4, 0));
	mp_good(shutdown(a, SHUT_WR));
	mp_errno(send(a, "x", 1, 0), EPIPE);
	assert_int_equal(recv(b, back, 10, 0), 4);
	assert_int_equal(recv(b, back, 10, 0), 0);
	/* The other way is open. */
	mp_good(send(b, "back", 4, 0));
	assert_int_equal(recv(a, back, 10, 0), 4);
	mp_good(shutdown(a, SHUT_RD));
	mp_errno(send(b, "x", 1, 0), EPIPE);
	assert_int_equal(recv(a, back, 10, 0), 0);
	mp_errno(shutdown(a, 3), EINVAL);
	unpair();
}

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void test_close(void **state)
{
	int error;
	socklen_t len = sizeof(error);

	(void)state;
	signal(SIGPIPE, on_pipe);
	pair();
	mp_good(send(a, "rest", 4, 0));
	close(a);
	assert_int_equal(recv(b, back, 10, 0), 4);
	assert_int_equal(recv(b, back, 10, 0), 0);
	pipes = 0;
	mp_errno(send(b, "x", 1, 0), EPIPE);
	assert_int_equal(pipes, 1);
	mp_errno(send(b, "x", 1, MSG_NOSIGNAL), EPIPE);
	assert_int_equal(pipes, 1);
	close(b);

	/* Closed with something unread: the other end learns. */
	pair();
	mp_good(send(a, "unread", 6, 0));
	mp_good(send(b, "more", 4, 0));
	close(b);
	assert_int_equal(recv(a, back, 10, 0), 4);
	mp_errno(recv(a, back, 10, 0), ECONNRESET);
	assert_int_equal(recv(a, back, 10, 0), 0);
	close(a);
	pair();
	mp_good(send(a, "unread", 6, 0));
	close(b);
	mp_good(getsockopt(a, SOL_SOCKET, SO_ERROR, &error, &len));
	assert_int_equal(error, ECONNRESET);
	mp_good(getsockopt(a, SOL_SOCKET, SO_ERROR, &error, &len));
	assert_int_equal(error, 0);
	close(a);
	signal(SIGPIPE, SIG_IGN);
}

/* So many may wait as the backlog says, and one at least. */
static void test_backlog(void **state)
{
	int backlog, l, fd[8], i, n;

	(void)state;
	for (backlog = 0; backlog < 4; backlog++) {
		l = mp_good(mp_listen(SOCK_STREAM, 4242, backlog));
		for (n = 0; n < 8; n++) {
			fd[n] = mp_good(mp_socket(SOCK_STREAM | SOCK_NONBLOCK));
			if (mp_connect(fd[n], 4242))
				break;
		}
		assert_int_equal(n, backlog ? backlog : 1);
		mp_errno(mp_connect(fd[n], 4242), EAGAIN);
		i = mp_good(accept(l, NULL, NULL));
		mp_good(mp_connect(fd[n], 4242));
		close(i);
		/* Those that nobody accepts are told. */
		close(l);
		for (i = n; i > 0; i--) {
			mp_errno(recv(fd[i], back, 1, 0), ECONNRESET);
			assert_int_equal(recv(fd[i], back, 1, 0), 0);
		}
		for (i = 0; i <= n; i++)
			close(fd[i]);
	}
}

static void *connector(void *arg)
{
	return (void *)(long)mp_connect((long)arg, 4242);
}

static void test_backlog_waits(void **state)
{
	struct timeval limit = { .tv_usec = 100000 };
	int l = mp_good(mp_listen(SOCK_STREAM, 4242, 1)), c[3], i;
	pthread_t t;
	double start;
	void *rc;

	(void)state;
	for (i = 0; i < 3; i++)
		c[i] = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c[0], 4242));
	mp_good(setsockopt(c[1], SOL_SOCKET, SO_SNDTIMEO, &limit,
			   sizeof(limit)));
	start = mp_now();
	mp_errno(mp_connect(c[1], 4242), EAGAIN);
	assert_true(mp_now() - start > 0.05);

	assert_int_equal(
		pthread_create(&t, NULL, connector, (void *)(long)c[2]), 0);
	usleep(20000);
	i = mp_good(accept(l, NULL, NULL));
	pthread_join(t, &rc);
	assert_null(rc);
	close(i);
	/* A larger backlog makes room too; and so does the end of the listener. */
	assert_int_equal(
		pthread_create(&t, NULL, connector, (void *)(long)c[1]), 0);
	limit.tv_usec = 0;
	usleep(20000);
	mp_good(listen(l, 5));
	pthread_join(t, &rc);
	assert_null(rc);
	for (i = 0; i < 3; i++)
		close(c[i]);
	close(l);

	l = mp_good(mp_listen(SOCK_STREAM, 4242, 1));
	c[0] = mp_good(mp_socket(SOCK_STREAM));
	c[1] = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c[0], 4242));
	assert_int_equal(
		pthread_create(&t, NULL, connector, (void *)(long)c[1]), 0);
	usleep(20000);
	close(l);
	pthread_join(t, &rc);
	assert_int_equal((long)rc, -ECONNREFUSED);
	close(c[0]);
	close(c[1]);
}

/* Data may be there before accept(); accept() has a time limit; shutdown ends it. */
static void test_accept(void **state)
{
	struct timeval limit = { .tv_usec = 50000 };
	int l = mp_good(mp_listen(SOCK_STREAM, 4242, 5)), c, s;

	(void)state;
	c = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c, 4242));
	mp_good(send(c, "early", 5, 0));
	s = mp_good(accept(l, NULL, NULL));
	assert_int_equal(recv(s, back, 10, 0), 5);
	close(s);
	close(c);
	mp_good(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	mp_errno(accept(l, NULL, NULL), EAGAIN);
	mp_good(fcntl(l, F_SETFL, O_NONBLOCK));
	mp_errno(accept(l, NULL, NULL), EAGAIN);
	mp_good(shutdown(l, SHUT_RD));
	mp_errno(accept(l, NULL, NULL), EINVAL);
	c = mp_good(mp_socket(SOCK_STREAM));
	mp_errno(mp_connect(c, 4242), ECONNREFUSED);
	close(c);
	close(l);
}

static void test_refused(void **state)
{
	struct msghdr m = { 0 };
	struct sockaddr_myproto addr = mp_addr(4242);
	int fd = mp_good(mp_socket(SOCK_STREAM));

	(void)state;
	mp_errno(send(fd, "x", 1, 0), ENOTCONN);
	mp_errno(recv(fd, back, 1, 0), ENOTCONN);
	mp_errno(mp_sendto(fd, 4242, "x", 1, 0), EOPNOTSUPP);
	close(fd);
	pair();
	mp_errno(send(a, "x", 1, MSG_OOB), EOPNOTSUPP);
	mp_errno(recv(a, back, 1, MSG_OOB), EOPNOTSUPP);
	m.msg_name = &addr;
	m.msg_namelen = sizeof(addr);
	mp_errno(sendmsg(a, &m, 0), EISCONN);
	/* A fault loses nothing. */
	mp_good(send(a, "hello", 5, 0));
	mp_errno(recv(b, (void *)8, 5, 0), EFAULT);
	assert_int_equal(recv(b, back, 10, 0), 5);
	mp_errno(send(a, (void *)8, 5, 0), EFAULT);
	mp_errno(send(a, (void *)8, 5000, 0), EFAULT);
	mp_errno(recv(b, back, 10, MSG_DONTWAIT), EAGAIN);
	unpair();
}

/* SO_RCVLOWAT holds a reader back, but not for ever. */
static void test_lowat(void **state)
{
	int low = 100, n = 0, size = 10000;
	pthread_t t;
	void *rc;

	(void)state;
	pair();
	mp_good(setsockopt(b, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)));
	mp_good(send(a, buf, 60, 0));
	assert_int_equal(pthread_create(&t, NULL, peeker, NULL), 0);
	pthread_join(t, &rc);
	assert_int_equal((long)rc, 60);
	mp_good(send(a, buf, 60, 0));
	assert_int_equal(recv(b, back, 1000, 0), 120);
	/* More than there is room for. */
	low = 1 << 20;
	mp_good(setsockopt(b, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)));
	mp_good(setsockopt(a, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	while (send(a, buf, 1000, MSG_DONTWAIT) == 1000)
		n += 1000;
	assert_true(n > 4000);
	assert_int_equal(recv(b, back, n, MSG_DONTWAIT), n);
	unpair();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(bytes),	  T(small),   T(large),	   T(room),  T(peek),
		T(peek_sleeps),	  T(waitall), T(shutdown), T(close), T(backlog),
		T(backlog_waits), T(accept),  T(refused),  T(lowat),
	};

	return check_run(tests);
}
