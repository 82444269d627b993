// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading: by socket(2), by sock_diag, with a number of choice, with numbers that
 * are taken; the greeting; and what keeps the module there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "module.h"
#include "mp.h"
#include "nl.h"

#define MODULE "af_myproto"

/* As the kernel has it: Linux 5.10 ends below 45, and so do socket(2)'s checks. */
static bool has_45(void)
{
	struct utsname u;
	int a, b;

	uname(&u);
	return sscanf(u.release, "%d.%d", &a, &b) == 2 && a * 1000 + b >= 5015;
}

static int setup(void **state)
{
	(void)state;
	return module_loaded(MODULE) ? module_unload_soon(MODULE) : 0;
}

static int load(const char *parameters)
{
	char command[200], out[500];

	snprintf(command, sizeof(command), "modprobe " MODULE " %s",
		 parameters);
	return run_command(command, out, sizeof(out));
}

static int default_family(void)
{
	return has_45() ? MYPROTO_FAMILY_DEFAULT : 19;
}

static void works(int family)
{
	int fd[2];
	char c;

	assert_int_equal(mp_family(), family);
	mp_good(socketpair(family, SOCK_STREAM, 0, fd));
	mp_good(send(fd[0], "x", 1, 0));
	assert_int_equal(recv(fd[1], &c, 1, 0), 1);
	close(fd[0]);
	close(fd[1]);
}

/* Any user's socket(2) loads it. */
static void test_autoload(void **state)
{
	int status, fd = -1;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		fd = socket(default_family(), SOCK_STREAM, 0);
		_exit(fd < 0 ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	works(default_family());
	assert_int_equal(module_unload_soon(MODULE), 0);
	if (has_45())
		return;
	/* The number is beyond what this kernel asks modules for. */
	assert_int_equal(socket(45, SOCK_STREAM, 0), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
	assert_false(module_loaded(MODULE));
}

static void test_number(void **state)
{
	const char *words[] = { "using", NULL };
	int klog = nl_klog_open();
	char line[500] = "";

	(void)state;
	assert_int_equal(load("family=22"), 0);
	works(22);
	assert_int_equal(socket(default_family(), SOCK_DGRAM, 0), -1);
	/* What was asked for is what it got: nothing to say. */
	assert_int_equal(nl_klog_count(klog, words, line, sizeof(line)), 0);
	assert_int_equal(module_unload_soon(MODULE), 0);
	assert_int_not_equal(load("family=x"), 0);
	assert_int_not_equal(load("family=0"), 0);
	assert_int_not_equal(load("family=-1"), 0);
	assert_false(module_loaded(MODULE));
	close(klog);
}

/* A number that another family has, and one that no family can have. */
static void test_taken(void **state)
{
	static const char *const wanted[] = { "family=1", "family=16",
					      "family=200" };
	const char *words[] = { "is taken: using 19", "out of range: using 19",
				NULL };
	int klog, i;
	char line[500];

	(void)state;
	for (i = 0; i < 3; i++) {
		klog = nl_klog_open();
		assert_int_equal(load(wanted[i]), 0);
		works(19);
		assert_int_equal(nl_klog_count(klog, words, line, sizeof(line)),
				 1);
		assert_int_equal(module_unload_soon(MODULE), 0);
		close(klog);
	}
}

/* The file is never wrong, however early it is read. */
static void *reader(void *arg)
{
	volatile int *stop = arg;
	long wrong = 0;
	int n;

	while (!*stop) {
		n = mp_family();
		if (n && n != 27)
			wrong++;
	}
	return (void *)wrong;
}

static void test_early(void **state)
{
	volatile int stop = 0;
	pthread_t t;
	void *wrong;
	int i;

	(void)state;
	assert_int_equal(
		pthread_create(&t, NULL, reader, (void *)(uintptr_t)&stop), 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(load("family=27"), 0);
		assert_int_equal(module_unload_soon(MODULE), 0);
	}
	stop = 1;
	pthread_join(t, &wrong);
	assert_null(wrong);
}

/* A socket of any kind keeps the module; and so does what nobody accepted. */
static void test_held(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int i, fd, l;

	(void)state;
	assert_int_equal(load(""), 0);
	for (i = 0; i < 3; i++) {
		fd = mp_good(mp_socket(types[i]));
		assert_int_equal(module_unload(MODULE), -EWOULDBLOCK);
		close(fd);
	}
	l = mp_good(mp_listen(SOCK_STREAM, 4242, 1));
	fd = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(fd, 4242));
	close(l);
	assert_int_equal(module_unload(MODULE), -EWOULDBLOCK);
	close(fd);
	assert_int_equal(module_unload_soon(MODULE), 0);
}

static int events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	mp_good(poll(&p, 1, 0));
	return p.revents;
}

/* The kernel itself answers a stream socket without peer. */
static void test_greeting(void **state)
{
	char buf[64], out[4000];
	int fd, l;

	(void)state;
	assert_int_equal(load("greeting=hello"), 0);
	fd = mp_good(mp_socket(SOCK_STREAM));
	assert_int_equal(read(fd, buf, sizeof(buf)), 6);
	assert_string_equal(buf, "hello");
	assert_int_equal(read(fd, buf, 3), 3);
	assert_int_equal(write(fd, buf, 50), 50);
	assert_int_equal(write(fd, buf, 7), 7);
	assert_int_equal(run_command("myproto -j", out, sizeof(out)), 0);
	assert_non_null(strstr(out, "\"greeted\":57"));
	assert_int_equal(events(fd), POLLIN | POLLOUT);
	l = mp_good(mp_listen(SOCK_STREAM, 4242, 1));
	assert_int_equal(read(l, buf, sizeof(buf)), 6);
	assert_int_equal(write(l, buf, 5), 5);
	/* A peer has the first say. */
	mp_good(mp_connect(fd, 4242));
	assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd);
	close(l);
	fd = mp_good(mp_socket(SOCK_SEQPACKET));
	assert_int_equal(read(fd, buf, sizeof(buf)), -1);
	assert_int_equal(errno, ENOTCONN);
	close(fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(test_##name, setup)
	const struct CMUnitTest tests[] = {
		T(autoload),
		T(number),
		T(taken),
		T(early),
		T(held),
		/* Nobody after it is greeted. */
		cmocka_unit_test_setup_teardown(test_greeting, setup, setup),
	};

	return check_run(tests);
}
