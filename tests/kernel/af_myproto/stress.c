// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 300
 *
 * Eight threads do everything to the same sockets at once: nothing hangs, nothing
 * is left. What the kernel finds wrong is in its log, which the harness reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "check.h"
#include "mp.h"

enum { THREADS = 8, SOCKETS = 16, CHANNELS = 6 };

static int socks[SOCKETS];
static volatile int stop;
static unsigned long done[THREADS];

static int seconds(void)
{
	const char *scale = getenv("SCALE"), *all = getenv("LONG");

	if (all && *all)
		return 60;
	/* Under the sanitizers a minute, of three times this. */
	return scale && !strcmp(scale, "100") ? 20 : 5;
}

static int pick(unsigned int *seed, int n)
{
	return (int)(rand_r(seed) % (unsigned int)n);
}

/* Short waits, so that all that waits ends by itself. */
static int prepare(unsigned int *seed, int fd)
{
	struct timeval limit = { .tv_usec = 10000 };
	int size = 10000;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (pick(seed, 2))
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

static int open_one(unsigned int *seed)
{
	return prepare(seed, mp_socket(types[pick(seed, 3)]));
}

/* Another socket in place of one, by the same number for all threads. */
static void replace(int i, int fd)
{
	if (fd < 0)
		return;
	dup3(fd, socks[i], O_CLOEXEC);
	close(fd);
}

static void one(unsigned int *seed)
{
	static __thread char buf[20000];
	int i = pick(seed, SOCKETS), fd = socks[i], other, pair[2], n, value;
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	uint32_t channel = 2000 + pick(seed, CHANNELS);
	struct sockaddr_myproto name;
	socklen_t len = sizeof(name);

	switch (pick(seed, 22)) {
	case 0:
		replace(i, open_one(seed));
		break;
	case 1:
		if (!mp_pair(types[pick(seed, 3)], pair)) {
			replace(i, prepare(seed, pair[0]));
			replace(pick(seed, SOCKETS), prepare(seed, pair[1]));
		}
		break;
	case 2:
		mp_bind(fd, channel);
		break;
	case 3:
		mp_bind(fd, MYPROTO_CHANNEL_ANY);
		break;
	case 4:
		mp_bind(fd, channel);
		listen(fd, pick(seed, 4));
		break;
	case 5 ... 6:
		mp_connect(fd, channel);
		break;
	case 7:
		connect(fd, &none, sizeof(none));
		break;
	case 8:
		other = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		replace(pick(seed, SOCKETS), prepare(seed, other));
		break;
	case 9:
		shutdown(fd, pick(seed, 3));
		break;
	case 10 ... 12:
		send(fd, buf,
		     pick(seed, 3) ? pick(seed, 300) : pick(seed, 20000),
		     MSG_NOSIGNAL);
		break;
	case 13:
		mp_sendto(fd, channel, buf, pick(seed, 3000), MSG_NOSIGNAL);
		break;
	case 14 ... 16:
		n = pick(seed, 4);
		recv(fd, buf, pick(seed, sizeof(buf)),
		     n == 1 ? MSG_PEEK :
		     n == 2 ? MSG_WAITALL :
			      0);
		break;
	case 17:
		poll(&p, 1, pick(seed, 10));
		break;
	case 18:
		getpeername(fd, (struct sockaddr *)&name, &len);
		ioctl(fd, pick(seed, 2) ? SIOCINQ : SIOCOUTQ, &value);
		break;
	case 19:
		value = pick(seed, 100) - 1;
		setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, sizeof(value));
		break;
	case 20:
		value = pick(seed, 2);
		setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, sizeof(value));
		break;
	default:
		other = open("/proc/thread-self/net/myproto", O_RDONLY);
		if (other >= 0) {
			while (read(other, buf, sizeof(buf)) > 0)
				;
			close(other);
		}
	}
}

static void *thread(void *arg)
{
	unsigned int seed = (unsigned int)(time(NULL) * 31 + (long)arg);

	while (!stop) {
		one(&seed);
		done[(long)arg]++;
	}
	return NULL;
}

/* Each goes on to the end, which comes, and then nothing is there any more. */
static void test_threads(void **state)
{
	unsigned int seed = (unsigned int)time(NULL);
	unsigned long all = 0;
	pthread_t t[THREADS];
	char line[300];
	FILE *f;
	long i;

	(void)state;
	for (i = 0; i < SOCKETS; i++)
		socks[i] = mp_good(open_one(&seed));
	stop = 0;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, thread, (void *)i),
				 0);
	sleep(seconds());
	stop = 1;
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		assert_true(done[i] > 0);
		all += done[i];
	}
	for (i = 0; i < SOCKETS; i++)
		close(socks[i]);
	print_message("# %lu steps\n", all);
	f = fopen("/proc/thread-self/net/myproto", "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	if (fgets(line, sizeof(line), f))
		fail_msg("left: %s", line);
	fclose(f);
	/* Channels too. */
	for (i = 0; i < CHANNELS; i++) {
		int fd = mp_good(mp_socket(SOCK_DGRAM));

		mp_good(mp_bind(fd, 2000 + i));
		close(fd);
	}
}

/* Connects, again and again, and waits for the end of what nobody accepts. */
static void *connects(void *arg)
{
	struct timeval limit = { .tv_sec = 30 };
	long wrong = 0, all = 0;
	int fd, rc, type = *(int *)arg;
	char c;

	while (!stop && !wrong) {
		fd = mp_socket(type);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		rc = mp_connect(fd, 4242);
		if (!rc) {
			all++;
			/* A message's sender may be the one who is told. */
			rc = send(fd, "early", 5, MSG_NOSIGNAL);
			if (rc == 5 || errno != ECONNRESET)
				rc = recv(fd, &c, 1, 0);
			wrong = rc >= 0 || errno != ECONNRESET;
		} else {
			wrong = rc != -ECONNREFUSED;
		}
		close(fd);
	}
	return (void *)(wrong ? -1 : all);
}

/* Listeners that are closed while their backlog is full, and more wait for it. */
static void test_backlogs(void **state)
{
	pthread_t t[THREADS];
	unsigned long all = 0;
	int k, l, i, type;
	void *rc;

	(void)state;
	for (k = 0; k < 2; k++) {
		double end = mp_now() + seconds() / 2.0;

		type = types[k];
		stop = 0;
		for (i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&t[i], NULL, connects,
							&type),
					 0);
		while (mp_now() < end) {
			l = mp_good(mp_listen(type, 4242, 3));
			usleep(2000);
			close(l);
		}
		stop = 1;
		for (i = 0; i < THREADS; i++) {
			pthread_join(t[i], &rc);
			assert_int_not_equal((long)rc, -1);
			all += (long)rc;
		}
	}
	print_message("# %lu connections\n", all);
	assert_true(all > 0);
}

/* Processes that are killed in the middle of it. */
static void test_killed(void **state)
{
	unsigned int seed = (unsigned int)time(NULL);
	double end = mp_now() + seconds();
	char line[300];
	pid_t pid;
	FILE *f;
	int i;

	(void)state;
	while (mp_now() < end) {
		pid = fork();
		if (!pid) {
			pthread_t t;

			for (i = 0; i < SOCKETS; i++)
				socks[i] = open_one(&seed);
			stop = 0;
			for (i = 0; i < 4; i++)
				pthread_create(&t, NULL, thread,
					       (void *)(long)i);
			pause();
		}
		usleep(1000 * pick(&seed, 100));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	f = fopen("/proc/thread-self/net/myproto", "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	if (fgets(line, sizeof(line), f))
		fail_msg("left: %s", line);
	fclose(f);
}

/* A descriptor that two processes have, passed through AF_UNIX. */
static void test_passed(void **state)
{
	union {
		struct cmsghdr h;
		char buf[CMSG_SPACE(sizeof(int))];
	} c = {
		.h = { .cmsg_len = CMSG_LEN(sizeof(int)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS },
	};
	char byte = 'x', got;
	struct iovec v = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};
	int un[2], fd[2], i, n, status;
	pid_t pid;

	(void)state;
	mp_good(socketpair(AF_UNIX, SOCK_STREAM, 0, un));
	mp_good(mp_pair(SOCK_STREAM, fd));
	memcpy(CMSG_DATA(&c.h), &fd[1], sizeof(int));
	mp_good(sendmsg(un[0], &m, 0));
	pid = fork();
	if (!pid) {
		close(fd[0]);
		close(fd[1]);
		if (recvmsg(un[1], &m, 0) != 1)
			_exit(1);
		memcpy(&i, CMSG_DATA(&c.h), sizeof(int));
		for (n = 0; n < 500; n++)
			if (send(i, "x", 1, 0) != 1)
				_exit(2);
		_exit(0);
	}
	for (n = 0; n < 500; n++)
		mp_good(send(fd[1], "y", 1, 0));
	for (n = 0; n < 1000; n++)
		assert_int_equal(recv(fd[0], &got, 1, 0), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fd[0]);
	close(fd[1]);
	close(un[0]);
	close(un[1]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(threads),
		T(backlogs),
		T(killed),
		T(passed),
	};

	signal(SIGPIPE, SIG_IGN);
	return check_run(tests);
}
