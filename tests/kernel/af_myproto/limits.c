// SPDX-License-Identifier: GPL-2.0-or-later
/* How many channels a namespace and a user may have; sysctls; namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

#define ANY MYPROTO_CHANNEL_ANY
#define SYSCTL "/proc/sys/net/myproto/"
#define PARAMETER "/sys/module/af_myproto/parameters/"

static int put(const char *dir, const char *name, const char *value)
{
	char path[200];
	int fd, rc;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static void get(const char *dir, const char *name, char value[32])
{
	char path[200];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	fd = mp_good(open(path, O_RDONLY | O_CLOEXEC));
	n = mp_good(read(fd, value, 31));
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	close(fd);
}

/* How many channels this process gets, up to MAX; they stay. */
static int take(int max)
{
	int n, fd;

	for (n = 0; n < max; n++) {
		fd = mp_socket(SOCK_DGRAM);
		if (fd < 0)
			return fd;
		if (mp_bind(fd, ANY)) {
			if (mp_bind(fd, ANY) != -EDQUOT)
				return -1;
			close(fd);
			break;
		}
	}
	return n;
}

/* Runs TAKE as another user, perhaps in namespaces of its own; what it got. */
static int take_as(uid_t uid, int flags, int max)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setresuid(uid, uid, uid) || (flags && unshare(flags)))
			_exit(254);
		_exit(take(max));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_defaults(void **state)
{
	char value[32], ceiling[32];

	(void)state;
	get(SYSCTL, "unprivileged_channel_start", value);
	assert_string_equal(value, "1024");
	get(SYSCTL, "max_channels", value);
	get(PARAMETER, "max_channels", ceiling);
	assert_string_equal(value, ceiling);
	assert_string_equal(value, "65536");
	get(SYSCTL, "max_channels_per_uid", value);
	get(PARAMETER, "max_channels_per_uid", ceiling);
	assert_string_equal(value, ceiling);
	assert_string_equal(value, "16384");
	/* Not above the ceiling, and nothing odd. */
	mp_errno(put(SYSCTL, "max_channels", "65537"), EINVAL);
	mp_errno(put(SYSCTL, "max_channels", "x"), EINVAL);
	mp_errno(put(SYSCTL, "max_channels", "-1"), EINVAL);
	mp_errno(put(SYSCTL, "max_channels_per_uid", "16385"), EINVAL);
	mp_good(put(SYSCTL, "max_channels", "65536"));
}

static void test_namespace(void **state)
{
	(void)state;
	mp_good(put(SYSCTL, "max_channels", "5"));
	assert_int_equal(take_as(0, 0, 10), 5);
	assert_int_equal(take_as(1000, 0, 10), 5);
	/* Another one has its own. */
	mp_good(unshare(CLONE_NEWNET));
	assert_int_equal(take_as(0, 0, 10), 10);
	mp_good(put(SYSCTL, "max_channels", "0"));
	assert_int_equal(take_as(0, 0, 10), 0);
}

static void test_user(void **state)
{
	int fd, i;

	(void)state;
	mp_good(put(SYSCTL, "max_channels_per_uid", "7"));
	assert_int_equal(take_as(1000, 0, 20), 7);
	/* Given back with the sockets. */
	for (i = 0; i < 3; i++)
		assert_int_equal(take_as(1001, 0, 20), 7);
	/* One that failed for another reason costs nothing. */
	fd = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(fd, 5000));
	for (i = 0; i < 20; i++) {
		int other = mp_good(mp_socket(SOCK_DGRAM));

		mp_errno(mp_bind(other, 5000), EADDRINUSE);
		close(other);
	}
	close(fd);
	assert_int_equal(take_as(0, 0, 20), 7);
}

/* Ceilings hold everywhere, whatever a namespace says. */
static void test_ceiling(void **state)
{
	(void)state;
	mp_good(put(PARAMETER, "max_channels_per_uid", "6"));
	assert_int_equal(take_as(1000, 0, 20), 6);
	/* The root of a namespace is still the user who made it. */
	assert_int_equal(take_as(1000, CLONE_NEWUSER | CLONE_NEWNET, 20), 6);
	mp_good(put(PARAMETER, "max_channels", "4"));
	assert_int_equal(take_as(1000, 0, 20), 4);
	mp_good(put(PARAMETER, "max_channels", "65536"));
	mp_good(put(PARAMETER, "max_channels_per_uid", "16384"));
}

/* A user's channels in several namespaces, which come and go at once. */
static void test_together(void **state)
{
	enum { PROCESSES = 4, CEILING = 6 };
	int i, n, fd, err, status;
	pid_t pid[PROCESSES];

	(void)state;
	mp_good(put(PARAMETER, "max_channels_per_uid", "6"));
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		if (unshare(CLONE_NEWNET) || setresuid(1000, 1000, 1000))
			_exit(1);
		for (n = 0; n < 2000 / mp_scale(); n++) {
			int held[3];

			for (fd = 0; fd < 3; fd++) {
				held[fd] = mp_socket(SOCK_DGRAM);
				err = mp_bind(held[fd], ANY);
				if (err && err != -EDQUOT)
					_exit(2);
			}
			for (fd = 0; fd < 3; fd++)
				close(held[fd]);
		}
		_exit(0);
	}
	for (i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	/* All were given back, and none twice. */
	assert_int_equal(take_as(1000, 0, 20), CEILING);
	mp_good(put(PARAMETER, "max_channels_per_uid", "16384"));
}

/* Who owns a namespace pays for all who are in it. */
static void test_owner(void **state)
{
	int status, i, fd;
	pid_t pid;

	(void)state;
	mp_good(put(PARAMETER, "max_channels_per_uid", "6"));
	pid = fork();
	if (!pid) {
		/* Root is in the user namespace of 1000, as itself. */
		pid_t inner;
		int go[2], done[2];
		char path[64], c;

		if (pipe(go) || pipe(done))
			_exit(1);
		inner = fork();
		if (!inner) {
			if (setresgid(1000, 1000, 1000) ||
			    setresuid(1000, 1000, 1000) ||
			    unshare(CLONE_NEWUSER | CLONE_NEWNET))
				_exit(1);
			write(done[1], "x", 1);
			read(go[0], &c, 1);
			_exit(take(20));
		}
		read(done[0], &c, 1);
		snprintf(path, sizeof(path), "/proc/%d/ns/net", inner);
		fd = open(path, O_RDONLY);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			_exit(2);
		/* Four of root's leave two to the owner. */
		for (i = 0; i < 4; i++)
			if (mp_bind(mp_socket(SOCK_DGRAM), ANY))
				_exit(3);
		write(go[1], "x", 1);
		if (waitpid(inner, &status, 0) != inner)
			_exit(4);
		_exit(WIFEXITED(status) && WEXITSTATUS(status) == 2 ? 0 : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	mp_good(put(PARAMETER, "max_channels_per_uid", "16384"));
	assert_int_equal(status, 0);
}

static int map_ids(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/", pid);
	return put(path, file, "0 1000 1\n1 100001 9\n");
}

/*
 * One of the subordinate users of 1000, in a namespace of its own within one that
 * 1000 has made: takes up to MAX channels, says how many, and holds them until
 * GO is closed. The pipe ends are the parent's to close.
 */
static int take_nested(uid_t uid, int max, int go)
{
	int ready[2], done[2], n = -1;
	pid_t pid;
	char c;

	mp_good(pipe2(ready, O_CLOEXEC));
	mp_good(pipe2(done, O_CLOEXEC));
	pid = fork();
	if (!pid) {
		close(done[0]);
		close(ready[1]);
		if (setresgid(1000, 1000, 1000) ||
		    setresuid(1000, 1000, 1000) || unshare(CLONE_NEWUSER))
			_exit(1);
		write(done[1], "u", 1);
		read(ready[0], &c, 1);
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ||
		    unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(2);
		c = (char)take(max);
		write(done[1], &c, 1);
		read(go, &c, 1);
		_exit(0);
	}
	close(done[1]);
	close(ready[0]);
	if (read(done[0], &c, 1) == 1 && !map_ids(pid, "uid_map") &&
	    !map_ids(pid, "gid_map") && write(ready[1], "x", 1) == 1 &&
	    read(done[0], &c, 1) == 1)
		n = c;
	close(ready[1]);
	close(done[0]);
	return n;
}

/* Nor is there a way around that by namespaces within others. */
static void test_nested(void **state)
{
	int first, second, go[2], i;

	(void)state;
	mp_good(put(PARAMETER, "max_channels_per_uid", "6"));
	mp_good(pipe2(go, O_CLOEXEC));
	first = take_nested(1, 4, go[0]);
	second = take_nested(2, 20, go[0]);
	for (i = 0; i < 2; i++)
		mp_good(write(go[1], "x", 1));
	while (wait(NULL) > 0)
		;
	close(go[0]);
	close(go[1]);
	mp_good(put(PARAMETER, "max_channels_per_uid", "16384"));
	assert_int_equal(first, 4);
	assert_int_equal(second, 2);
}

/*
 * What nobody has a descriptor of any more, but waits for accept(), has an end too:
 * without one, whoever makes a namespace could have any number of them.
 */
static void test_files(void **state)
{
	char max[32];
	int l, c = 0, n, err = 0;

	(void)state;
	get("/proc/sys/fs/", "file-max", max);
	mp_good(put("/proc/sys/net/core/", "somaxconn", "100000"));
	l = mp_good(mp_listen(SOCK_STREAM, 4242, 100000));
	mp_good(put("/proc/sys/fs/", "file-max", "200"));
	for (n = 0; n < 1000 && !err; n++) {
		c = mp_socket(SOCK_STREAM);
		err = c < 0 ? c : mp_connect(c, 4242);
		if (c >= 0)
			close(c);
	}
	mp_good(put("/proc/sys/fs/", "file-max", max));
	assert_int_equal(err, -ENFILE);
	/* Two sockets a connection. */
	assert_in_range(n, 100, 201);
	c = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c, 4242));
	close(c);
	close(l);
}

/* A channel is its namespace's alone, and what is open goes on when it is left. */
static void test_apart(void **state)
{
	int l = mp_good(mp_listen(SOCK_STREAM, 4242, 5)), c, c2, l2, s;
	char buf[8];

	(void)state;
	c = mp_good(mp_socket(SOCK_STREAM));
	mp_good(unshare(CLONE_NEWNET));
	c2 = mp_good(mp_socket(SOCK_STREAM));
	mp_errno(mp_connect(c2, 4242), ECONNREFUSED);
	l2 = mp_good(mp_listen(SOCK_STREAM, 4242, 5));
	mp_good(mp_connect(c2, 4242));
	/* That of a socket is where it was made. */
	mp_good(mp_connect(c, 4242));
	s = mp_good(accept(l, NULL, NULL));
	mp_good(send(c, "old", 3, 0));
	assert_int_equal(recv(s, buf, sizeof(buf), 0), 3);
	close(l);
	close(c);
	close(s);
	s = mp_good(accept(l2, NULL, NULL));
	mp_good(send(c2, "new", 3, 0));
	assert_int_equal(recv(s, buf, sizeof(buf), 0), 3);
	close(l2);
	close(c2);
	close(s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(defaults), T(namespace), T(user),  T(ceiling), T(together),
		T(owner),    T(nested),	   T(files), T(apart),
	};

	return check_run(tests);
}
