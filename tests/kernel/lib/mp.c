// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mp.h"

static int read_family(void)
{
	FILE *f = fopen(MYPROTO_FAMILY_FILE, "re");
	int family = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%d", &family) != 1)
		family = 0;
	fclose(f);
	return family;
}

int mp_family(void)
{
	int family = read_family();

	/* Where tests have an allocation fail, it fails once. */
	return family ? family : read_family();
}

int mp_load(void)
{
	int family = mp_family();

	if (!family && !system("modprobe af_myproto"))
		family = mp_family();
	return family;
}

int mp_scale(void)
{
	const char *text = getenv("SCALE");
	int n = text ? atoi(text) : 1;

	return n > 0 ? n : 1;
}

struct sockaddr_myproto mp_addr(uint32_t channel)
{
	return (struct sockaddr_myproto){
		.smp_family = mp_family(),
		.smp_channel = channel,
	};
}

int mp_socket(int type)
{
	int fd = socket(mp_family(), type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int mp_pair(int type, int fd[2])
{
	return socketpair(mp_family(), type | SOCK_CLOEXEC, 0, fd) ? -errno : 0;
}

int mp_bind(int fd, uint32_t channel)
{
	struct sockaddr_myproto a = mp_addr(channel);

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
}

int mp_connect(int fd, uint32_t channel)
{
	struct sockaddr_myproto a = mp_addr(channel);

	return connect(fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
}

int mp_sendto(int fd, uint32_t channel, const void *data, size_t len, int flags)
{
	struct sockaddr_myproto a = mp_addr(channel);
	ssize_t n =
		sendto(fd, data, len, flags, (struct sockaddr *)&a, sizeof(a));

	return n < 0 ? -errno : (int)n;
}

uint32_t mp_channel(int fd)
{
	struct sockaddr_myproto a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len) || len != sizeof(a))
		return MYPROTO_CHANNEL_ANY;
	return a.smp_channel;
}

uint32_t mp_peer_channel(int fd)
{
	struct sockaddr_myproto a = { 0 };
	socklen_t len = sizeof(a);

	if (getpeername(fd, (struct sockaddr *)&a, &len) || len != sizeof(a))
		return MYPROTO_CHANNEL_ANY;
	return a.smp_channel;
}

int mp_listen(int type, uint32_t channel, int backlog)
{
	int fd = mp_socket(type), err;

	if (fd < 0)
		return fd;
	err = mp_bind(fd, channel);
	if (!err && listen(fd, backlog))
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

int mp_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

int mp_read_all(int fd, void *data, size_t len)
{
	char *p = data;
	ssize_t n;

	while (len) {
		n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		p += n;
		len -= n;
	}
	return 0;
}

double mp_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int home = -1;

int mp_away(void **state)
{
	(void)state;
	if (!mp_load())
		return -1;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return home < 0 || unshare(CLONE_NEWNET) ? -1 : 0;
}

int mp_home(void **state)
{
	(void)state;
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}
