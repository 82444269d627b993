// SPDX-License-Identifier: GPL-2.0-or-later
/* poll and epoll: what they say, and that they wake, in level and in edge mode. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

static char buf[100000];
static int a, b;

static int events(int fd)
{
	struct pollfd p = {
		.fd = fd,
		.events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI,
	};

	mp_good(poll(&p, 1, 0));
	return p.revents;
}

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

static int fill(int fd)
{
	int n = 0;

	while (send(fd, buf, 1000, MSG_DONTWAIT) == 1000)
		n++;
	assert_int_equal(errno, EAGAIN);
	return n;
}

static void test_states(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	int t, fd, l;

	(void)state;
	for (t = 0; t < 2; t++) {
		fd = mp_good(mp_socket(types[t]));
		assert_int_equal(events(fd), POLLOUT | POLLHUP);
		l = mp_good(mp_listen(types[t], 4242, 5));
		assert_int_equal(events(l), 0);
		mp_good(mp_connect(fd, 4242));
		assert_int_equal(events(l), POLLIN);
		assert_int_equal(events(fd), POLLOUT);
		close(accept(l, NULL, NULL));
		assert_int_equal(events(l), 0);
		assert_int_equal(events(fd),
				 POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
		close(fd);
		close(l);

		pair(types[t]);
		assert_int_equal(events(a), POLLOUT);
		mp_good(send(a, "x", 1, 0));
		assert_int_equal(events(b), POLLIN | POLLOUT);
		mp_good(shutdown(a, SHUT_WR));
		assert_int_equal(events(b), POLLIN | POLLOUT | POLLRDHUP);
		mp_good(recv(b, buf, 1, 0));
		assert_int_equal(events(b), POLLIN | POLLOUT | POLLRDHUP);
		/* Writable: EPIPE is what comes of it. */
		mp_good(shutdown(a, SHUT_RD));
		assert_int_equal(events(b),
				 POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
		unpair();

		pair(types[t]);
		mp_good(send(a, "x", 1, 0));
		close(b);
		assert_int_equal(events(a), POLLIN | POLLOUT | POLLRDHUP |
						    POLLHUP | POLLERR);
		close(a);
	}
	fd = mp_good(mp_socket(SOCK_DGRAM));
	assert_int_equal(events(fd), POLLOUT);
	close(fd);
}

/* Writable again when a quarter is free, and not before. */
static void test_room(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int t, n, left;

	(void)state;
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		n = fill(a);
		assert_int_equal(events(a), 0);
		for (left = n; !events(a); left--)
			assert_int_equal(recv(b, buf, 1000, 0), 1000);
		assert_in_range(left, n / 2, n - n / 8);
		unpair();
	}
}

struct later {
	int fd, us, what;
};

static void *later(void *arg)
{
	struct later *l = arg;
	int five = 5;

	usleep(l->us);
	switch (l->what) {
	case 'r':
		while (recv(l->fd, buf, 1000, MSG_DONTWAIT) > 0)
			;
		break;
	case 'w':
		send(l->fd, "x", 1, 0);
		break;
	case 's':
		shutdown(l->fd, SHUT_RDWR);
		break;
	case 'c':
		close(l->fd);
		break;
	case 'l':
		setsockopt(l->fd, SOL_SOCKET, SO_RCVLOWAT, &five, sizeof(five));
		break;
	}
	return NULL;
}

/* Sleeps in poll() on FD until what happens to the other end makes it EVENTS. */
static void wakes(int fd, int what_fd, int what, short want, int expect)
{
	struct pollfd p = { .fd = fd, .events = want };
	struct later l = { .fd = what_fd, .us = 20000, .what = what };
	pthread_t t;

	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(pthread_create(&t, NULL, later, &l), 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(p.revents, expect);
	pthread_join(t, NULL);
}

static void test_wakes(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int t, lowat = 100;

	(void)state;
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		wakes(b, a, 'w', POLLIN, POLLIN);
		recv(b, buf, 10, 0);
		fill(a);
		wakes(a, b, 'r', POLLOUT, POLLOUT);
		unpair();
		if (types[t] == SOCK_DGRAM)
			break;
		pair(types[t]);
		wakes(b, a, 's', POLLIN, POLLIN | POLLHUP);
		unpair();
		pair(types[t]);
		wakes(b, a, 'c', POLLIN, POLLIN | POLLHUP);
		close(b);
	}
	/* Datagrams: room, the default peer's end, and one's own. */
	pair(SOCK_DGRAM);
	fill(a);
	wakes(a, b, 'c', POLLOUT, POLLOUT);
	close(a);
	pair(SOCK_DGRAM);
	fill(a);
	assert_int_equal(events(a), 0);
	mp_good(shutdown(a, SHUT_WR));
	assert_int_equal(events(a), POLLOUT);
	unpair();
	/* A reader that is content with less now. */
	pair(SOCK_STREAM);
	mp_good(setsockopt(b, SOL_SOCKET, SO_RCVLOWAT, &lowat, sizeof(lowat)));
	mp_good(send(a, buf, 10, 0));
	wakes(b, b, 'l', POLLIN, POLLIN);
	unpair();
}

/* Many poll one receiver that has no room, and go in any order. */
static void test_relays(void **state)
{
	int r = mp_good(mp_socket(SOCK_DGRAM)), s[50], i, ready;
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct pollfd p[50];

	(void)state;
	mp_good(mp_bind(r, 4242));
	for (i = 0; i < 50; i++) {
		s[i] = mp_good(mp_socket(SOCK_DGRAM));
		mp_good(mp_connect(s[i], 4242));
		p[i] = (struct pollfd){ .fd = s[i], .events = POLLOUT };
	}
	fill(s[0]);
	assert_int_equal(poll(p, 50, 0), 0);
	/* Some leave: by close, by another peer, by none. */
	for (i = 0; i < 50; i += 5) {
		mp_good(connect(s[i], &none, sizeof(none)));
		assert_int_equal(events(s[i]), POLLOUT);
		close(s[i + 1]);
		p[i + 1].fd = -1;
	}
	while (recv(r, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	ready = poll(p, 50, 1000);
	assert_int_equal(ready, 40);
	fill(s[2]);
	assert_int_equal(poll(p, 50, 0), 10);
	close(r);
	assert_int_equal(poll(p, 50, 1000), 40);
	for (i = 0; i < 50; i++)
		if (p[i].fd >= 0)
			close(s[i]);
}

static int edge(int ep, int ms)
{
	struct epoll_event e = { 0 };

	return mp_good(epoll_wait(ep, &e, 1, ms)) ? (int)e.events : 0;
}

static int watch(int fd, int what)
{
	struct epoll_event e = { .events = what };
	int ep = mp_good(epoll_create1(EPOLL_CLOEXEC));

	mp_good(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	return ep;
}

static void test_edges(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int t, ep;

	(void)state;
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		ep = watch(b, EPOLLIN | EPOLLET);
		assert_int_equal(edge(ep, 0), 0);
		mp_good(send(a, "x", 1, 0));
		assert_int_equal(edge(ep, 1000), EPOLLIN);
		assert_int_equal(edge(ep, 0), 0);
		mp_good(recv(b, buf, 10, 0));
		mp_good(send(a, "x", 1, 0));
		assert_int_equal(edge(ep, 1000), EPOLLIN);
		close(ep);

		fill(a);
		ep = watch(a, EPOLLOUT | EPOLLET);
		assert_int_equal(edge(ep, 0), 0);
		while (recv(b, buf, 1000, MSG_DONTWAIT) > 0)
			;
		assert_int_equal(edge(ep, 1000), EPOLLOUT);
		assert_int_equal(edge(ep, 0), 0);
		fill(a);
		while (recv(b, buf, 1000, MSG_DONTWAIT) > 0)
			;
		assert_int_equal(edge(ep, 1000), EPOLLOUT);
		close(ep);
		unpair();
	}
}

/* A reader and a writer that live by edges alone, and lose none. */
enum { EDGES = 3000 };
static int total;

static void *edge_writer(void *arg)
{
	int ep = watch(a, EPOLLOUT | EPOLLET), left = total, n;

	while (left) {
		n = send(a, buf, left < 1500 ? left : 1500,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			left -= n;
		else if (errno != EAGAIN || !edge(ep, 10000))
			break;
	}
	close(ep);
	(void)arg;
	return (void *)(long)left;
}

static void test_edges_only(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int t, ep, n, left;
	pthread_t thread;
	void *rc;

	(void)state;
	total = EDGES * 1500 / mp_scale();
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		ep = watch(b, EPOLLIN | EPOLLET);
		assert_int_equal(
			pthread_create(&thread, NULL, edge_writer, NULL), 0);
		for (left = total; left; left -= n) {
			n = recv(b, buf, 1700, MSG_DONTWAIT);
			if (n > 0)
				continue;
			n = 0;
			assert_int_equal(errno, EAGAIN);
			if (!edge(ep, 10000))
				fail_msg("type %d: no edge, %d bytes left",
					 types[t], left);
		}
		pthread_join(thread, &rc);
		assert_null(rc);
		close(ep);
		unpair();
	}
}

static volatile sig_atomic_t signals;

static void on_io(int sig)
{
	(void)sig;
	signals++;
}

static void test_sigio(void **state)
{
	(void)state;
	signal(SIGIO, on_io);
	pair(SOCK_STREAM);
	mp_good(fcntl(b, F_SETOWN, getpid()));
	mp_good(fcntl(b, F_SETFL, O_ASYNC));
	mp_good(send(a, "x", 1, 0));
	assert_true(signals > 0);
	signals = 0;
	close(a);
	assert_true(signals > 0);
	close(b);
	signal(SIGIO, SIG_IGN);
}

/* Who found no room, by send() or poll(), is told of it by a signal. */
static void test_sigio_room(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int t;

	(void)state;
	signal(SIGIO, on_io);
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		mp_good(fcntl(a, F_SETOWN, getpid()));
		mp_good(fcntl(a, F_SETFL, O_ASYNC));
		fill(a);
		signals = 0;
		while (recv(b, buf, 1000, MSG_DONTWAIT) > 0)
			;
		assert_true(signals > 0);
		/* Nobody waits any more. */
		signals = 0;
		mp_good(send(a, buf, 1000, 0));
		mp_good(recv(b, buf, 1000, 0));
		assert_int_equal(signals, 0);
		/* Full, and found so by poll alone. */
		mp_good(fcntl(a, F_SETFL, 0));
		fill(a);
		mp_good(fcntl(a, F_SETFL, O_ASYNC));
		assert_int_equal(events(a), 0);
		while (recv(b, buf, 1000, MSG_DONTWAIT) > 0)
			;
		assert_true(signals > 0);
		unpair();
	}
	signal(SIGIO, SIG_IGN);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(states), T(room),	  T(wakes), T(relays),
		T(edges),  T(edges_only), T(sigio), T(sigio_room),
	};

	return check_run(tests);
}
