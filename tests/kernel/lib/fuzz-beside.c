// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "fuzz.h"
#include "fuzz-beside.h"

static const int *fds;
static unsigned int fds_count;
static void (*special)(int fd, unsigned int any);
static int going;

/* None of these waits, whatever the socket. */
static void something(int fd, unsigned int any)
{
	static char buf[3000];
	struct sockaddr_storage to = { .ss_family = AF_UNSPEC };
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	socklen_t len = sizeof(to);
	int value = any >> 16 & 0xfff, n;

	switch (any % 32) {
	case 0 ... 6:
		send(fd, buf, value % sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	case 7 ... 13:
		recv(fd, buf, value % sizeof(buf), MSG_DONTWAIT);
		break;
	case 14 ... 16:
		recv(fd, buf, value % sizeof(buf), MSG_DONTWAIT | MSG_PEEK);
		break;
	case 17:
		setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value));
		break;
	case 18:
		setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, sizeof(value));
		break;
	case 19:
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value));
		break;
	case 20:
		len = sizeof(value);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len);
		break;
	case 21:
		getpeername(fd, (void *)&to, &len);
		break;
	case 22:
		ioctl(fd, value % 2 ? SIOCINQ : SIOCOUTQ, &n);
		break;
	case 23:
		poll(&p, 1, 0);
		break;
	case 24:
		if (value % 8 == 0)
			shutdown(fd, value / 8 % 3);
		break;
	case 25:
		if (value % 8 == 0)
			connect(fd, (void *)&to, sizeof(to.ss_family));
		break;
	default:
		if (special)
			special(fd, any >> 8);
	}
}

static void *beside(void *unused)
{
	unsigned int seed = getpid(), any;
	int fd;

	(void)unused;
	for (;;) {
		any = (unsigned int)rand_r(&seed) << 16 ^
		      (unsigned int)rand_r(&seed);
		fd = __atomic_load_n(&fds[(any >> 5) % fds_count],
				     __ATOMIC_RELAXED);
		if (!__atomic_load_n(&going, __ATOMIC_ACQUIRE) || fd < 0)
			usleep(500);
		else
			something(fd, any);
	}
	return NULL;
}

void fuzz_beside(const int *socks, unsigned int count,
		 void (*own)(int fd, unsigned int any), int on)
{
	static bool started;
	pthread_t thread;
	sigset_t all, was;

	if (!started) {
		started = true;
		fds = socks;
		fds_count = count;
		special = own;
		/* Signals are for who sleeps. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &was);
		if (pthread_create(&thread, NULL, beside, NULL))
			fuzz_wrong("pthread_create", 0);
		pthread_sigmask(SIG_SETMASK, &was, NULL);
	}
	__atomic_store_n(&going, on, __ATOMIC_RELEASE);
}
