// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "num.h"
#include "stop.h"

volatile sig_atomic_t stop_asked;

static void stop_handler(int sig)
{
	(void)sig;
	stop_asked = 1;
}

void stop_catch(void)
{
	struct sigaction sa = {
		.sa_handler = stop_handler,
		.sa_flags = SA_RESETHAND,
	};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int stop_wait(int fd, uint64_t ns)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct timespec ts = {
		.tv_sec = (time_t)(ns / NUM_NS_PER_S),
		.tv_nsec = (long)(ns % NUM_NS_PER_S),
	};
	sigset_t blocked, before;
	int n;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (stop_asked) {
		n = -EINTR;
	} else {
		n = ppoll(&pfd, fd >= 0, ns == STOP_FOREVER ? NULL : &ts,
			  &before);
		if (n < 0)
			n = -errno;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return n;
}
