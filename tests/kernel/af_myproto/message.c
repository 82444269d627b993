// SPDX-License-Identifier: GPL-2.0-or-later
/* SOCK_SEQPACKET and SOCK_DGRAM: messages, their bounds, room, default peers. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/sockios.h>

#include "check.h"
#include "mp.h"

static const int types[] = { SOCK_SEQPACKET, SOCK_DGRAM };
static char buf[1 << 20], back[1 << 20];
static int a, b;

static void pair(int type)
{
	int fd[2];

	mp_good(mp_pair(type, fd));
	a = fd[0];
	b = fd[1];
}

static void unpair(void)
{
	close(a);
	close(b);
}

static void fill(void)
{
	size_t i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i * 11 + i / 253;
}

static void test_bounds(void **state)
{
	static const int sizes[] = { 0,	   1,	 64,	0,     3776, 3777,
				     4096, 8192, 20000, 70000, 0,    5 };
	enum { SIZES = sizeof(sizes) / sizeof(*sizes) };
	size_t t, i;

	(void)state;
	fill();
	for (t = 0; t < 2; t++) {
		pair(types[t]);
		for (i = 0; i < SIZES; i++)
			assert_int_equal(send(a, buf + i, sizes[i], 0),
					 sizes[i]);
		for (i = 0; i < SIZES; i++) {
			assert_int_equal(recv(b, back, sizeof(back), 0),
					 sizes[i]);
			assert_memory_equal(back, buf + i, sizes[i]);
		}
		mp_errno(recv(b, back, 1, MSG_DONTWAIT), EAGAIN);
		unpair();
	}
}

static void test_truncated(void **state)
{
	struct iovec v = { .iov_base = back, .iov_len = 4 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	size_t t;

	(void)state;
	for (t = 0; t < 2; t++) {
		pair(types[t]);
		mp_good(send(a, "0123456789", 10, 0));
		mp_good(send(a, "abc", 3, 0));
		mp_good(send(a, "0123456789", 10, 0));
		assert_int_equal(recvmsg(b, &m, 0), 4);
		assert_true(m.msg_flags & MSG_TRUNC);
		assert_int_equal(recvmsg(b, &m, 0), 3);
		assert_false(m.msg_flags & MSG_TRUNC);
		assert_int_equal(recv(b, back, 4, MSG_PEEK | MSG_TRUNC), 10);
		assert_int_equal(recv(b, back, 4, MSG_TRUNC), 10);
		mp_errno(recv(b, back, 1, MSG_DONTWAIT), EAGAIN);
		unpair();
	}
}

static void test_peek(void **state)
{
	int off = 0;
	size_t t;

	(void)state;
	for (t = 0; t < 2; t++) {
		pair(types[t]);
		off = 0;
		mp_good(send(a, "one", 3, 0));
		mp_good(send(a, "", 0, 0));
		mp_good(send(a, "three", 5, 0));
		assert_int_equal(recv(b, back, 10, MSG_PEEK), 3);
		assert_int_equal(recv(b, back, 10, MSG_PEEK), 3);
		mp_good(setsockopt(b, SOL_SOCKET, SO_PEEK_OFF, &off,
				   sizeof(off)));
		assert_int_equal(recv(b, back, 2, MSG_PEEK), 2);
		assert_int_equal(recv(b, back, 9, MSG_PEEK), 1);
		assert_memory_equal(back, "e", 1);
		/* Behind the first one: the one without bytes too, once. */
		assert_int_equal(recv(b, back, 9, MSG_PEEK), 0);
		assert_int_equal(recv(b, back, 9, MSG_PEEK), 5);
		mp_errno(recv(b, back, 9, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
		assert_int_equal(recv(b, back, 9, 0), 3);
		assert_int_equal(recv(b, back, 9, 0), 0);
		assert_int_equal(recv(b, back, 9, 0), 5);
		assert_memory_equal(back, "three", 5);
		unpair();
	}
}

static void test_eor(void **state)
{
	struct iovec v = { .iov_base = back, .iov_len = 10 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	(void)state;
	pair(SOCK_SEQPACKET);
	mp_good(send(a, "with", 4, MSG_EOR));
	mp_good(send(a, "without", 7, 0));
	assert_int_equal(recvmsg(b, &m, 0), 4);
	assert_true(m.msg_flags & MSG_EOR);
	assert_int_equal(recvmsg(b, &m, 0), 7);
	assert_false(m.msg_flags & MSG_EOR);
	unpair();
}

/* What is too long is refused, and what isn't goes. */
static void test_size(void **state)
{
	int size, max;
	socklen_t len = sizeof(size);
	size_t t;

	(void)state;
	fill();
	for (t = 0; t < 2; t++) {
		pair(types[t]);
		mp_good(getsockopt(a, SOL_SOCKET, SO_SNDBUF, &size, &len));
		mp_errno(send(a, buf, size - 31, 0), EMSGSIZE);
		assert_int_equal(send(a, buf, size - 32, 0), size - 32);
		assert_int_equal(recv(b, back, sizeof(back), 0), size - 32);
		assert_memory_equal(buf, back, size - 32);
		max = 1 << 20;
		mp_good(setsockopt(a, SOL_SOCKET, SO_SNDBUFFORCE, &max,
				   sizeof(max)));
		mp_errno(send(a, buf, MYPROTO_MESSAGE_MAX + 1, 0), EMSGSIZE);
		assert_int_equal(send(a, buf, MYPROTO_MESSAGE_MAX, 0),
				 MYPROTO_MESSAGE_MAX);
		assert_int_equal(recv(b, back, sizeof(back), 0),
				 MYPROTO_MESSAGE_MAX);
		assert_memory_equal(buf, back, MYPROTO_MESSAGE_MAX);
		unpair();
	}
}

/* Messages without bytes take memory too, and so there is an end to them. */
static void test_room(void **state)
{
	static const int sizes[] = { 0, 1, 64, 5000, 100000 };
	size_t t, i;
	int n, q;

	(void)state;
	for (t = 0; t < 2; t++)
		for (i = 0; i < 5; i++) {
			pair(types[t]);
			for (n = 0; n < 10000; n++)
				if (send(a, buf, sizes[i], MSG_DONTWAIT) < 0)
					break;
			assert_int_equal(errno, EAGAIN);
			assert_in_range(n, 1, 700);
			mp_good(ioctl(b, SIOCINQ, &q));
			assert_int_equal(q, types[t] == SOCK_DGRAM ?
						    sizes[i] :
						    n * sizes[i]);
			mp_good(ioctl(a, SIOCOUTQ, &q));
			assert_true(q >= n * sizes[i]);
			for (; n; n--)
				assert_int_equal(recv(b, back, sizeof(back), 0),
						 sizes[i]);
			mp_good(ioctl(a, SIOCOUTQ, &q));
			assert_int_equal(q, 0);
			unpair();
		}
}

/* When it was sent, not when it was read. */
static void test_time(void **state)
{
	char control[CMSG_SPACE(sizeof(struct timeval))];
	struct iovec v = { .iov_base = back, .iov_len = 10 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct timeval before, stamp, after;
	struct cmsghdr *c;
	int on = 1;
	size_t t;

	(void)state;
	for (t = 0; t < 2; t++) {
		pair(types[t]);
		mp_good(setsockopt(b, SOL_SOCKET, SO_TIMESTAMP, &on,
				   sizeof(on)));
		gettimeofday(&before, NULL);
		mp_good(send(a, "x", 1, 0));
		gettimeofday(&after, NULL);
		usleep(20000);
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		assert_int_equal(recvmsg(b, &m, 0), 1);
		c = CMSG_FIRSTHDR(&m);
		assert_non_null(c);
		assert_int_equal(c->cmsg_level, SOL_SOCKET);
		assert_int_equal(c->cmsg_type, SCM_TIMESTAMP);
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		assert_false(timercmp(&stamp, &before, <));
		assert_false(timercmp(&stamp, &after, >));
		unpair();
	}
}

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void test_shutdown(void **state)
{
	(void)state;
	signal(SIGPIPE, on_pipe);
	pair(SOCK_SEQPACKET);
	mp_good(send(a, "last", 4, 0));
	mp_good(shutdown(a, SHUT_WR));
	mp_errno(send(a, "x", 1, 0), EPIPE);
	/* As AF_UNIX has it: of a stream only. */
	assert_int_equal(pipes, 0);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(recv(b, back, 10, 0), 4);
	assert_int_equal(recv(b, back, 10, 0), 0);
	mp_good(send(b, "back", 4, 0));
	close(b);
	assert_int_equal(recv(a, back, 10, 0), 4);
	assert_int_equal(recv(a, back, 10, 0), 0);
	close(a);

	pair(SOCK_DGRAM);
	mp_good(shutdown(b, SHUT_RD));
	mp_errno(send(a, "x", 1, 0), EPIPE);
	assert_int_equal(recv(b, back, 10, MSG_DONTWAIT), 0);
	mp_good(shutdown(b, SHUT_WR));
	mp_errno(send(b, "x", 1, 0), EPIPE);
	unpair();

	/* The default peer is gone. */
	pair(SOCK_DGRAM);
	close(b);
	mp_errno(send(a, "x", 1, 0), ECONNREFUSED);
	mp_errno(send(a, "x", 1, 0), ENOTCONN);
	close(a);
}

/* Who sends, and to whom. */
static void test_names(void **state)
{
	struct sockaddr_myproto from = { 0 };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	socklen_t len = sizeof(from);
	int x = mp_good(mp_socket(SOCK_DGRAM)), channel = 4242;
	int y = mp_good(mp_socket(SOCK_DGRAM));
	int z = mp_good(mp_socket(SOCK_DGRAM));

	(void)state;
	mp_errno(send(x, "x", 1, 0), ENOTCONN);
	mp_good(mp_bind(y, 4242));
	assert_int_equal(mp_sendto(x, 4242, "nobody", 6, 0), 6);
	mp_good(mp_bind(x, 7));
	/* The short form of an address. */
	assert_int_equal(
		sendto(x, "seven", 5, 0, (struct sockaddr *)&channel, 4), 5);
	assert_int_equal(
		recvfrom(y, back, 10, 0, (struct sockaddr *)&from, &len), 6);
	assert_int_equal(len, 8);
	assert_int_equal(from.smp_family, mp_family());
	assert_int_equal(from.smp_zero, 0);
	assert_int_equal(from.smp_channel, MYPROTO_CHANNEL_ANY);
	assert_int_equal(
		recvfrom(y, back, 10, 0, (struct sockaddr *)&from, &len), 5);
	assert_int_equal(from.smp_channel, 7);

	/* A default peer, and only that one's messages. */
	mp_good(mp_connect(y, 7));
	assert_int_equal(mp_peer_channel(y), 7);
	mp_errno(mp_sendto(z, 4242, "x", 1, 0), EPERM);
	mp_errno(mp_connect(z, 4242), EPERM);
	assert_int_equal(send(y, "reply", 5, 0), 5);
	assert_int_equal(recv(x, back, 10, 0), 5);
	assert_int_equal(mp_sendto(y, 7, "named", 5, 0), 5);
	assert_int_equal(recv(x, back, 10, 0), 5);
	/* Another, and none. */
	mp_good(mp_bind(z, 8));
	mp_good(mp_connect(y, 8));
	mp_good(mp_sendto(z, 4242, "x", 1, 0));
	mp_good(connect(y, &none, sizeof(none)));
	mp_errno(send(y, "x", 1, 0), ENOTCONN);
	mp_good(mp_sendto(x, 4242, "x", 1, 0));
	assert_int_equal(recv(y, back, 10, 0), 1);
	assert_int_equal(recv(y, back, 10, 0), 1);
	/* To itself. */
	mp_good(mp_connect(z, 8));
	assert_int_equal(send(z, "me", 2, 0), 2);
	assert_int_equal(recv(z, back, 10, 0), 2);
	close(x);
	close(y);
	close(z);
}

static void *sender(void *arg)
{
	return (void *)(long)(mp_sendto((long)arg, 4242, buf, 5000, 0));
}

/* One that stalls holds up nobody but those who send to it. */
static void test_stalled(void **state)
{
	int stalled = mp_good(mp_socket(SOCK_DGRAM)), s[4], other, n, i;
	struct timeval limit = { .tv_usec = 100000 };
	pthread_t t[4];
	double start;
	void *rc;

	(void)state;
	mp_good(mp_bind(stalled, 4242));
	other = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(other, 4243));
	for (i = 0; i < 4; i++)
		s[i] = mp_good(mp_socket(SOCK_DGRAM));
	for (n = 0; mp_sendto(s[0], 4242, buf, 5000, MSG_DONTWAIT) == 5000; n++)
		;
	assert_int_equal(errno, EAGAIN);
	/* All that this one may have is there, and yet. */
	for (i = 0; i < 100; i++) {
		assert_int_equal(mp_sendto(s[0], 4243, buf, 5000, MSG_DONTWAIT),
				 5000);
		assert_int_equal(recv(other, back, 5000, 0), 5000);
	}
	mp_good(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &limit,
			   sizeof(limit)));
	start = mp_now();
	mp_errno(mp_sendto(s[0], 4242, buf, 1, 0), EAGAIN);
	assert_true(mp_now() - start > 0.05);
	limit.tv_usec = 0;
	mp_good(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &limit,
			   sizeof(limit)));
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, sender,
						(void *)(long)s[i]),
				 0);
	usleep(50000);
	for (i = 0; i < n + 4; i++)
		assert_int_equal(recv(stalled, back, sizeof(back), 0), 5000);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &rc);
		assert_int_equal((long)rc, 5000);
	}
	/* Its end is an end to waiting. */
	while (mp_sendto(s[1], 4242, buf, 5000, MSG_DONTWAIT) == 5000)
		;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, sender,
						(void *)(long)s[i]),
				 0);
	usleep(50000);
	close(stalled);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &rc);
		assert_int_equal((long)rc, -ECONNREFUSED);
	}
	for (i = 0; i < 4; i++)
		close(s[i]);
	close(other);
}

static void test_filter(void **state)
{
	struct sock_filter drop[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_filter cut[] = { BPF_STMT(BPF_RET | BPF_K, 3) };
	struct sock_fprog p = { .len = 1, .filter = drop };
	size_t t;

	(void)state;
	for (t = 0; t < 2; t++) {
		pair(types[t]);
		p.filter = drop;
		mp_good(setsockopt(b, SOL_SOCKET, SO_ATTACH_FILTER, &p,
				   sizeof(p)));
		assert_int_equal(send(a, "hello", 5, 0), 5);
		mp_errno(recv(b, back, 10, MSG_DONTWAIT), EAGAIN);
		p.filter = cut;
		mp_good(setsockopt(b, SOL_SOCKET, SO_ATTACH_FILTER, &p,
				   sizeof(p)));
		assert_int_equal(send(a, "hello", 5, 0), 5);
		assert_int_equal(recv(b, back, 10, MSG_DONTWAIT), 3);
		unpair();
	}
}

/* A message that has to wait goes through it once. */
static void test_filter_once(void **state)
{
	struct sock_filter shorter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog p = { .len = 3, .filter = shorter };
	int r = mp_good(mp_socket(SOCK_DGRAM)), n;
	pthread_t t;
	void *rc;

	(void)state;
	mp_good(mp_bind(r, 4242));
	mp_good(setsockopt(r, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof(p)));
	a = mp_good(mp_socket(SOCK_DGRAM));
	for (n = 0; mp_sendto(a, 4242, buf, 5000, MSG_DONTWAIT) == 5000; n++)
		;
	assert_int_equal(pthread_create(&t, NULL, sender, (void *)(long)a), 0);
	usleep(50000);
	for (n++; n; n--)
		assert_int_equal(recv(r, back, sizeof(back), 0), 4999);
	pthread_join(t, &rc);
	assert_int_equal((long)rc, 5000);
	close(a);
	close(r);
}

static void test_refused(void **state)
{
	int fd = mp_good(mp_socket(SOCK_SEQPACKET));

	(void)state;
	mp_errno(send(fd, "x", 1, 0), ENOTCONN);
	mp_errno(recv(fd, back, 1, 0), ENOTCONN);
	close(fd);
	pair(SOCK_SEQPACKET);
	mp_errno(send(a, "x", 1, MSG_OOB), EOPNOTSUPP);
	mp_errno(recv(a, back, 1, MSG_OOB), EOPNOTSUPP);
	mp_errno(send(a, (void *)8, 5, 0), EFAULT);
	mp_errno(send(a, (void *)8, 50000, 0), EFAULT);
	mp_errno(recv(b, back, 10, MSG_DONTWAIT), EAGAIN);
	unpair();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(bounds), T(truncated),   T(peek),	T(eor),	  T(size),
		T(room),   T(time),	   T(shutdown), T(names), T(stalled),
		T(filter), T(filter_once), T(refused),
	};

	return check_run(tests);
}
