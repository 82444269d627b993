// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sleeps in a system call, and each thing that has to wake it: its own
 * socket's shutdown, the other side's, its end, what it waits for, a signal. All
 * have a time limit, so that what isn't woken fails with EAGAIN.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
static char buf[300000];

struct sleeper {
	int fd, what;
	pthread_t thread;
	pid_t tid;
	int result;
};

static void *sleeper(void *arg)
{
	struct sleeper *s = arg;
	int rc = -1;

	__atomic_store_n(&s->tid, gettid(), __ATOMIC_RELEASE);
	switch (s->what) {
	case 'r':
		rc = recv(s->fd, buf, 1000, 0);
		break;
	case 'p':
		rc = recv(s->fd, buf, 1000, MSG_PEEK);
		break;
	case 'w':
		rc = send(s->fd, buf, 1000, MSG_NOSIGNAL);
		break;
	case 't':
		rc = mp_sendto(s->fd, 4242, buf, 1000, MSG_NOSIGNAL);
		break;
	case 'a':
		rc = accept(s->fd, NULL, NULL);
		break;
	case 'c':
		rc = mp_connect(s->fd, 4242);
		break;
	}
	s->result = rc == -1 ? -errno : rc;
	return NULL;
}

static void limit(int fd, int seconds)
{
	struct timeval t = { .tv_sec = seconds };

	mp_good(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	mp_good(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
}

/* Until the kernel says that the thread sleeps. */
static void asleep(pid_t tid)
{
	char path[64], line[300], *state;
	int i;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	for (i = 0; i < 5000; i++) {
		FILE *f = fopen(path, "r");

		assert_non_null(f);
		assert_non_null(fgets(line, sizeof(line), f));
		fclose(f);
		state = strrchr(line, ')');
		if (state && state[2] == 'S')
			return;
		usleep(1000);
	}
	fail_msg("nobody sleeps: %s", line);
}

static void start_for(struct sleeper *s, int fd, int what, int seconds)
{
	*s = (struct sleeper){ .fd = fd, .what = what };
	limit(fd, seconds);
	assert_int_equal(pthread_create(&s->thread, NULL, sleeper, s), 0);
	while (!__atomic_load_n(&s->tid, __ATOMIC_ACQUIRE))
		usleep(100);
	asleep(s->tid);
}

static void start(struct sleeper *s, int fd, int what)
{
	start_for(s, fd, what, 20);
}

static void ends(struct sleeper *s, int want)
{
	pthread_join(s->thread, NULL);
	if (s->result != want)
		fail_msg("'%c' ended with %d, not %d", s->what, s->result,
			 want);
}

static void fill(int fd)
{
	while (send(fd, buf, 1000, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	assert_int_equal(errno, EAGAIN);
}

static void drain(int fd)
{
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void test_receivers(void **state)
{
	struct sleeper s, other;
	int t, fd[2], what;

	(void)state;
	for (t = 0; t < 3; t++)
		for (what = 0; what < 2; what++) {
			mp_good(mp_pair(types[t], fd));
			start(&s, fd[0], "rp"[what]);
			mp_good(send(fd[1], "hello", 5, 0));
			ends(&s, 5);
			drain(fd[0]);
			/* Who reads and who writes don't wake each other's. */
			fill(fd[0]);
			start(&s, fd[0], "rp"[what]);
			start(&other, fd[0], 'w');
			drain(fd[1]);
			ends(&other, 1000);
			asleep(s.tid);
			mp_good(shutdown(fd[0], SHUT_RD));
			ends(&s, 0);
			close(fd[0]);
			close(fd[1]);
			if (types[t] == SOCK_DGRAM)
				continue;
			mp_good(mp_pair(types[t], fd));
			start(&s, fd[0], "rp"[what]);
			mp_good(shutdown(fd[1], SHUT_WR));
			ends(&s, 0);
			close(fd[0]);
			close(fd[1]);
			mp_good(mp_pair(types[t], fd));
			mp_good(send(fd[0], "unread", 6, 0));
			start(&s, fd[0], "rp"[what]);
			close(fd[1]);
			ends(&s, -ECONNRESET);
			close(fd[0]);
		}
}

static void test_senders(void **state)
{
	struct sleeper s;
	int t, fd[2], i;

	(void)state;
	for (t = 0; t < 3; t++) {
		mp_good(mp_pair(types[t], fd));
		fill(fd[0]);
		start(&s, fd[0], 'w');
		drain(fd[1]);
		ends(&s, 1000);
		/* Two of one socket, each way of ending. */
		for (i = 0; i < 4; i++) {
			struct sleeper two;

			if (i)
				mp_good(mp_pair(types[t], fd));
			fill(fd[0]);
			start(&s, fd[0], 'w');
			start(&two, fd[0], 'w');
			if (i < 2)
				mp_good(shutdown(fd[0],
						 i ? SHUT_RDWR : SHUT_WR));
			else if (i == 2)
				mp_good(shutdown(fd[1], SHUT_RD));
			else
				close(fd[1]);
			if (i == 3 && types[t] == SOCK_DGRAM) {
				/* The second may find that it has no peer. */
				pthread_join(s.thread, NULL);
				pthread_join(two.thread, NULL);
				assert_true(s.result == -ECONNREFUSED ||
					    two.result == -ECONNREFUSED);
				assert_int_not_equal(s.result, -EAGAIN);
				assert_int_not_equal(two.result, -EAGAIN);
			} else if (i == 3) {
				/* What was sent is lost: told once. */
				pthread_join(s.thread, NULL);
				pthread_join(two.thread, NULL);
				assert_true(s.result == -ECONNRESET ||
					    two.result == -ECONNRESET);
				assert_true(s.result == -EPIPE ||
					    two.result == -EPIPE);
			} else {
				ends(&s, -EPIPE);
				ends(&two, -EPIPE);
			}
			close(fd[0]);
			if (i < 3)
				close(fd[1]);
		}
	}
}

/* By name, where no default peer tells the sender of anything. */
static void test_sendto(void **state)
{
	int r = mp_good(mp_socket(SOCK_DGRAM)),
	    x = mp_good(mp_socket(SOCK_DGRAM));
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sleeper s, two;
	int y;

	(void)state;
	mp_good(mp_bind(r, 4242));
	while (mp_sendto(x, 4242, buf, 1000, MSG_DONTWAIT) == 1000)
		;
	start(&s, x, 't');
	/* What is sent to the sender doesn't end it. */
	mp_good(mp_bind(x, 4243));
	y = mp_good(mp_socket(SOCK_DGRAM));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(mp_sendto(y, 4243, "x", 1, 0), 1);
		assert_int_equal(recv(x, buf, 10, 0), 1);
	}
	asleep(s.tid);
	mp_good(shutdown(x, SHUT_WR));
	ends(&s, -EPIPE);
	close(x);

	/* One that gives up its default peer has none. */
	x = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_connect(x, 4242));
	start(&s, x, 'w');
	start(&two, y, 't');
	mp_good(connect(x, &none, sizeof(none)));
	ends(&s, -ENOTCONN);
	asleep(two.tid);
	/* The other one's turn comes with the receiver's shutdown. */
	mp_good(shutdown(r, SHUT_RD));
	ends(&two, -EPIPE);
	close(r);
	close(x);
	close(y);
}

static void test_accept(void **state)
{
	struct sleeper s, two;
	int t, l, c;

	(void)state;
	for (t = 0; t < 2; t++) {
		l = mp_good(mp_listen(types[t], 4242, 5));
		start(&s, l, 'a');
		start(&two, l, 'a');
		/* One connection is one caller's. */
		c = mp_good(mp_socket(types[t]));
		mp_good(mp_connect(c, 4242));
		usleep(20000);
		mp_good(shutdown(l, SHUT_RD));
		pthread_join(s.thread, NULL);
		pthread_join(two.thread, NULL);
		assert_true((s.result >= 0) != (two.result >= 0));
		assert_int_equal(s.result < 0 ? s.result : two.result, -EINVAL);
		close(s.result < 0 ? two.result : s.result);
		close(c);
		close(l);
	}
}

static void test_connect(void **state)
{
	struct sleeper s[3];
	int t, l, c[4], i, n, fd;

	(void)state;
	for (t = 0; t < 2; t++)
		for (n = 0; n < 4; n++) {
			l = mp_good(mp_listen(types[t], 4242, 1));
			for (i = 0; i < 4; i++)
				c[i] = mp_good(mp_socket(types[t]));
			mp_good(mp_connect(c[3], 4242));
			for (i = 0; i < 3; i++)
				start(&s[i], c[i], 'c');
			switch (n) {
			case 0:
				close(l);
				break;
			case 1:
				mp_good(shutdown(l, SHUT_RD));
				break;
			case 2:
				mp_good(listen(l, 4));
				break;
			case 3:
				for (i = 0; i < 3; i++) {
					fd = mp_good(accept(l, NULL, NULL));
					close(fd);
				}
			}
			for (i = 0; i < 3; i++)
				ends(&s[i], n < 2 ? -ECONNREFUSED : 0);
			for (i = 0; i < 4; i++)
				close(c[i]);
			if (n)
				close(l);
		}
}

static void on_signal(int sig)
{
	(void)sig;
}

/* With a time limit a signal ends it with EINTR, without one it goes on. */
static void test_signals(void **state)
{
	struct sigaction again = { .sa_handler = on_signal,
				   .sa_flags = SA_RESTART };
	int t, fd[2], l, c, w;
	struct sleeper s;

	(void)state;
	mp_good(sigaction(SIGUSR1, &again, NULL));
	for (t = 0; t < 3; t++) {
		mp_good(mp_pair(types[t], fd));
		for (w = 0; w < 2; w++) {
			if (w)
				fill(fd[0]);
			start(&s, fd[0], w ? 'w' : 'r');
			assert_int_equal(pthread_kill(s.thread, SIGUSR1), 0);
			ends(&s, -EINTR);
		}
		drain(fd[1]);
		start_for(&s, fd[0], 'r', 0);
		assert_int_equal(pthread_kill(s.thread, SIGUSR1), 0);
		usleep(10000);
		asleep(s.tid);
		mp_good(send(fd[1], "hello", 5, 0));
		ends(&s, 5);
		close(fd[0]);
		close(fd[1]);
		if (types[t] == SOCK_DGRAM)
			continue;
		l = mp_good(mp_listen(types[t], 4242, 1));
		start(&s, l, 'a');
		assert_int_equal(pthread_kill(s.thread, SIGUSR1), 0);
		ends(&s, -EINTR);
		fd[0] = mp_good(mp_socket(types[t]));
		mp_good(mp_connect(fd[0], 4242));
		c = mp_good(mp_socket(types[t]));
		start(&s, c, 'c');
		assert_int_equal(pthread_kill(s.thread, SIGUSR1), 0);
		ends(&s, -EINTR);
		/* It can be tried again. */
		close(accept(l, NULL, NULL));
		mp_good(mp_connect(c, 4242));
		close(c);
		close(fd[0]);
		close(l);
	}
}

/* Each gives up when its time is over, and not before. */
static void test_limits(void **state)
{
	struct timeval limit = { .tv_usec = 100000 };
	int t, fd[2];
	double start;

	(void)state;
	for (t = 0; t < 3; t++) {
		mp_good(mp_pair(types[t], fd));
		mp_good(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &limit,
				   sizeof(limit)));
		mp_good(setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &limit,
				   sizeof(limit)));
		start = mp_now();
		mp_errno(recv(fd[0], buf, 1, 0), EAGAIN);
		mp_errno(recv(fd[0], buf, 1, MSG_PEEK), EAGAIN);
		assert_true(mp_now() - start > 0.15);
		fill(fd[0]);
		start = mp_now();
		mp_errno(send(fd[0], buf, 1000, 0), EAGAIN);
		assert_true(mp_now() - start > 0.07);
		close(fd[0]);
		close(fd[1]);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(receivers), T(senders), T(sendto), T(accept),
		T(connect),   T(signals), T(limits),
	};

	return check_run(tests);
}
