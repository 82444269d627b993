// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets, their addresses and channels: socket, bind, listen, getsockname. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

#define ANY MYPROTO_CHANNEL_ANY

static volatile int done;

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

static void test_types(void **state)
{
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 3; i++) {
		socklen_t len = sizeof(int);
		int value = 0;

		fd = mp_good(mp_socket(types[i]));
		mp_good(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
		assert_int_equal(value, types[i]);
		mp_good(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len));
		assert_int_equal(value, mp_family());
		close(fd);
		mp_errno(socket(mp_family(), types[i], 1), EPROTONOSUPPORT);
	}
	mp_errno(socket(mp_family(), SOCK_RAW, 0), ESOCKTNOSUPPORT);
	mp_errno(socket(mp_family(), SOCK_RDM, 0), ESOCKTNOSUPPORT);
}

/* Both forms, and what isn't one. */
static void test_forms(void **state)
{
	struct {
		struct sockaddr_myproto a;
		char more[8];
	} x = { .a = mp_addr(5000) };
	struct sockaddr *a = (struct sockaddr *)&x;
	int fd = mp_good(mp_socket(SOCK_DGRAM)), channel = 6000, len;

	(void)state;
	for (len = 0; len <= (int)sizeof(x); len++)
		if (len != 4 && len != 8)
			mp_errno(bind(fd, a, len), EINVAL);
	x.a.smp_zero = 1;
	mp_errno(bind(fd, a, 8), EINVAL);
	x.a.smp_zero = 0;
	x.a.smp_family = AF_UNIX;
	mp_errno(bind(fd, a, 8), EAFNOSUPPORT);
	mp_errno(connect(fd, a, 8), EAFNOSUPPORT);
	mp_errno(sendto(fd, "", 1, 0, a, 8), EAFNOSUPPORT);
	x.a.smp_family = mp_family();
	mp_errno(connect(fd, a, 7), EINVAL);
	mp_errno(sendto(fd, "", 1, 0, a, 16), EINVAL);
	assert_int_equal(mp_channel(fd), ANY);

	mp_good(bind(fd, (struct sockaddr *)&channel, sizeof(channel)));
	assert_int_equal(mp_channel(fd), 6000);
	close(fd);
}

/* What getsockname() gives is the long form, whatever was there. */
static void test_getname(void **state)
{
	int fd = mp_good(mp_socket(SOCK_STREAM));
	struct sockaddr_myproto a;
	socklen_t len = sizeof(a);
	char small[4];

	(void)state;
	memset(&a, 0xff, sizeof(a));
	mp_good(getsockname(fd, (struct sockaddr *)&a, &len));
	assert_int_equal(len, 8);
	assert_int_equal(a.smp_family, mp_family());
	assert_int_equal(a.smp_zero, 0);
	assert_int_equal(a.smp_channel, ANY);
	mp_errno(getpeername(fd, (struct sockaddr *)&a, &len), ENOTCONN);
	mp_good(mp_bind(fd, 4242));
	len = sizeof(small);
	mp_good(getsockname(fd, (struct sockaddr *)small, &len));
	assert_int_equal(len, 8);
	assert_int_equal(mp_channel(fd), 4242);
	close(fd);
}

static void test_bind(void **state)
{
	int a = mp_good(mp_socket(SOCK_STREAM));
	int b = mp_good(mp_socket(SOCK_DGRAM));
	int on = 1;

	(void)state;
	mp_good(mp_bind(a, 4242));
	mp_errno(mp_bind(a, 4243), EINVAL);
	mp_errno(mp_bind(a, 4242), EINVAL);
	/* One channel, one socket, whatever its type. SO_REUSEADDR: no matter. */
	mp_good(setsockopt(b, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	mp_errno(mp_bind(b, 4242), EADDRINUSE);
	mp_good(mp_bind(b, 0));
	assert_int_equal(mp_channel(b), 0);
	close(b);
	close(a);
	/* Free at once. */
	b = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(b, 4242));
	close(b);
	b = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(b, ANY - 1));
	assert_int_equal(mp_channel(b), ANY - 1);
	close(b);
}

/* The lowest that is free, from 1024 up; one that is given up is given again. */
static void test_any(void **state)
{
	int fd[6], i;

	(void)state;
	for (i = 0; i < 6; i++)
		fd[i] = mp_good(mp_socket(types[i % 3]));
	for (i = 0; i < 3; i++) {
		mp_good(mp_bind(fd[i], ANY));
		assert_int_equal(mp_channel(fd[i]), 1024 + i);
	}
	close(fd[1]);
	mp_good(mp_bind(fd[3], ANY));
	assert_int_equal(mp_channel(fd[3]), 1025);
	mp_good(mp_bind(fd[4], ANY));
	assert_int_equal(mp_channel(fd[4]), 1027);
	/* Around one that was taken by number. */
	fd[1] = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_bind(fd[1], 1028));
	mp_good(mp_bind(fd[5], ANY));
	assert_int_equal(mp_channel(fd[5]), 1029);
	for (i = 0; i < 6; i++)
		close(fd[i]);
}

static void test_many(void **state)
{
	int many = mp_scale() > 1 ? 100 : 1000, fd[1000], i;

	(void)state;
	for (i = 0; i < many; i++) {
		fd[i] = mp_good(mp_socket(SOCK_DGRAM));
		mp_good(mp_bind(fd[i], ANY));
		assert_int_equal(mp_channel(fd[i]), 1024 + i);
	}
	for (i = many - 1; i >= 0; i -= 7)
		mp_good(close(fd[i]));
	/* The lowest of those. */
	i = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(i, ANY));
	assert_int_equal(mp_channel(i), 1024 + (many - 1) % 7);
	close(i);
	for (i = 0; i < many; i++)
		if ((many - 1 - i) % 7)
			close(fd[i]);
}

/* Runs TRY as a user without privileges; its exit code. */
static int as_nobody(int (*try)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(99);
		_exit(try());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int try_privileged(void)
{
	int fd = mp_socket(SOCK_STREAM);

	if (fd < 0)
		return 1;
	if (mp_bind(fd, 1023) != -EACCES || mp_bind(fd, 0) != -EACCES)
		return 2;
	if (mp_bind(fd, 1024))
		return 3;
	return 0;
}

static int try_automatic(void)
{
	int fd = mp_socket(SOCK_STREAM);

	if (fd < 0 || mp_bind(fd, 1024) != -EACCES || mp_bind(fd, ANY))
		return 1;
	return mp_channel(fd) == 2000 ? 0 : 2;
}

static int try_all(void)
{
	int fd = mp_socket(SOCK_STREAM);

	return fd < 0 || mp_bind(fd, 0) ? 1 : 0;
}

/* The only channel that is left to those without privileges is taken. */
static int try_full(void)
{
	int a = mp_socket(SOCK_STREAM), b = mp_socket(SOCK_STREAM);

	if (a < 0 || b < 0 || mp_bind(a, ANY) || mp_channel(a) != ANY - 1)
		return 1;
	return mp_bind(b, ANY) == -EADDRNOTAVAIL ? 0 : 2;
}

static void set_start(const char *value)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "echo %s > /proc/sys/net/myproto/unprivileged_channel_start",
		 value);
	assert_int_equal(system(command), 0);
}

static void test_privileged(void **state)
{
	(void)state;
	assert_int_equal(as_nobody(try_privileged), 0);
	set_start("2000");
	assert_int_equal(as_nobody(try_automatic), 0);
	set_start("0");
	assert_int_equal(as_nobody(try_all), 0);
	set_start("4294967294");
	assert_int_equal(as_nobody(try_full), 0);
	assert_int_not_equal(
		system("echo 4294967295 > /proc/sys/net/myproto/unprivileged_channel_start 2>/dev/null"),
		0);
}

static void test_listen(void **state)
{
	int fd = mp_good(mp_socket(SOCK_STREAM)), other;

	(void)state;
	mp_errno(listen(fd, 1), EINVAL);
	mp_errno(accept(fd, NULL, NULL), EINVAL);
	mp_good(mp_bind(fd, 4242));
	mp_good(listen(fd, 1));
	mp_good(listen(fd, 2));
	mp_errno(mp_connect(fd, 4242), EINVAL);
	mp_errno(send(fd, "", 1, MSG_NOSIGNAL), ENOTCONN);
	mp_errno(recv(fd, &other, 1, 0), ENOTCONN);
	other = mp_good(mp_socket(SOCK_SEQPACKET));
	mp_errno(mp_connect(other, 4242), EPROTOTYPE);
	mp_errno(mp_connect(other, 4243), ECONNREFUSED);
	close(other);
	other = mp_good(mp_socket(SOCK_DGRAM));
	mp_errno(mp_connect(other, 4242), EPROTOTYPE);
	mp_errno(mp_sendto(other, 4242, "", 1, 0), EPROTOTYPE);
	mp_errno(mp_sendto(other, 4243, "", 1, 0), ECONNREFUSED);
	mp_errno(listen(other, 1), EOPNOTSUPP);
	mp_errno(accept(other, NULL, NULL), EOPNOTSUPP);
	close(other);
	/* Bound, and not listening. */
	other = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_bind(other, 4243));
	close(fd);
	fd = mp_good(mp_socket(SOCK_STREAM));
	mp_errno(mp_connect(fd, 4243), ECONNREFUSED);
	mp_errno(mp_connect(fd, 4242), ECONNREFUSED);
	close(other);
	close(fd);
}

/* Who accepts has the listener's channel; who connects has its own, or none. */
static void test_names(void **state)
{
	int l = mp_good(mp_listen(SOCK_STREAM, 4242, 5));
	int c = mp_good(mp_socket(SOCK_STREAM)), a;
	struct sockaddr_myproto from;
	socklen_t len = sizeof(from);

	(void)state;
	mp_good(mp_connect(c, 4242));
	mp_errno(mp_connect(c, 4242), EISCONN);
	mp_errno(listen(c, 1), EINVAL);
	a = mp_good(accept(l, (struct sockaddr *)&from, &len));
	assert_int_equal(len, 8);
	assert_int_equal(from.smp_channel, ANY);
	assert_int_equal(mp_channel(a), 4242);
	assert_int_equal(mp_peer_channel(c), 4242);
	assert_int_equal(mp_peer_channel(a), ANY);
	mp_good(mp_bind(c, 7));
	assert_int_equal(mp_peer_channel(a), 7);
	mp_errno(mp_bind(a, 8), EINVAL);
	/* The listener's channel is its own, and free when it is closed. */
	close(l);
	l = mp_good(mp_listen(SOCK_SEQPACKET, 4242, 5));
	assert_int_equal(mp_channel(a), 4242);
	close(a);
	close(c);
	close(l);
}

static void *binder(void *arg)
{
	const int *fd = arg;

	while (mp_bind(*fd, 4242) == -EADDRINUSE && !done)
		;
	return NULL;
}

/* One that tries to have another's channel doesn't speak for it meanwhile. */
static void test_taken(void **state)
{
	int owner = mp_good(mp_socket(SOCK_DGRAM)), i, fd[2];
	struct sockaddr_myproto from;
	socklen_t len = sizeof(from);
	pthread_t t;
	char c;

	(void)state;
	mp_good(mp_bind(owner, 4242));
	mp_good(mp_pair(SOCK_DGRAM, fd));
	done = 0;
	assert_int_equal(pthread_create(&t, NULL, binder, fd), 0);
	for (i = 0; i < 20000 / mp_scale(); i++) {
		mp_good(send(fd[0], "x", 1, 0));
		assert_int_equal(recvfrom(fd[1], &c, 1, 0,
					  (struct sockaddr *)&from, &len),
				 1);
		assert_int_equal(from.smp_channel, ANY);
		assert_int_equal(mp_peer_channel(fd[1]), ANY);
	}
	done = 1;
	pthread_join(t, NULL);
	assert_int_equal(mp_channel(fd[0]), ANY);
	close(fd[0]);
	close(fd[1]);
	close(owner);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(types), T(forms),	 T(getname), T(bind),  T(any),
		T(many),  T(privileged), T(listen),  T(names), T(taken),
	};

	return check_run(tests);
}
