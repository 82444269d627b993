// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is at the other end, who sent a message, and the options of a socket. */
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
static char buf[1000];
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

static struct ucred peer(int fd)
{
	struct ucred u = { 0 };
	socklen_t len = sizeof(u);

	mp_good(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len));
	return u;
}

/* Who connects and who listens, each as it was then. */
static void test_peercred(void **state)
{
	int l, c, s, t, status;
	pid_t pid;

	(void)state;
	for (t = 0; t < 2; t++) {
		l = mp_good(mp_listen(types[t], 4242, 5));
		pid = fork();
		if (!pid) {
			c = mp_socket(types[t]);
			if (setresgid(7, 7, 7) ||
			    setresuid(65534, 65534, 65534))
				_exit(1);
			if (mp_connect(c, 4242))
				_exit(2);
			if (peer(c).pid != getppid() || peer(c).uid)
				_exit(3);
			read(c, buf, 1);
			_exit(0);
		}
		s = mp_good(accept(l, NULL, NULL));
		assert_int_equal(peer(s).pid, pid);
		assert_int_equal(peer(s).uid, 65534);
		assert_int_equal(peer(s).gid, 7);
		mp_good(write(s, "x", 1));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(peer(s).uid, 65534);
		close(s);
		close(l);
	}
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		assert_int_equal(peer(a).pid, getpid());
		assert_int_equal(peer(b).pid, getpid());
		unpair();
	}
	c = mp_good(mp_socket(SOCK_STREAM));
	assert_int_equal(peer(c).pid, 0);
	close(c);
}

/* A descriptor for the peer's process, where the kernel has such. */
static void test_peerpidfd(void **state)
{
	socklen_t len = sizeof(int);
	int fd = -1, rc;

	(void)state;
	pair(SOCK_STREAM);
	rc = getsockopt(a, SOL_SOCKET, SO_PEERPIDFD, &fd, &len);
	if (rc && errno == ENOPROTOOPT) {
		print_message("# this kernel has no SO_PEERPIDFD\n");
	} else {
		mp_good(rc);
		/* It is this process. */
		mp_good(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
		close(fd);
	}
	unpair();
}

/* Reads, and who sent it; pid -1: nothing was said of that. */
static struct ucred receive(int fd, int len, int flags)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} c;
	struct iovec v = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};
	struct ucred u = { .pid = -1 };

	assert_int_equal(mp_good(recvmsg(fd, &m, flags)), len);
	assert_false(m.msg_flags & MSG_CTRUNC);
	if (CMSG_FIRSTHDR(&m)) {
		assert_int_equal(CMSG_FIRSTHDR(&m)->cmsg_level, SOL_SOCKET);
		assert_int_equal(CMSG_FIRSTHDR(&m)->cmsg_type, SCM_CREDENTIALS);
		memcpy(&u, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(u));
	}
	return u;
}

static int send_as(int fd, pid_t pid, uid_t uid, gid_t gid)
{
	union {
		struct cmsghdr h;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} c = {
		.h = { .cmsg_len = CMSG_LEN(sizeof(struct ucred)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_CREDENTIALS },
	};
	struct ucred u = { .pid = pid, .uid = uid, .gid = gid };
	struct iovec v = { .iov_base = buf, .iov_len = 3 };
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};

	memcpy(CMSG_DATA(&c.h), &u, sizeof(u));
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void passcred(int fd, int level, int name, int on)
{
	mp_good(setsockopt(fd, level, name, &on, sizeof(on)));
}

static int passes(int fd)
{
	int on = -1;
	socklen_t len = sizeof(on);

	mp_good(getsockopt(fd, SOL_MYPROTO, MYPROTO_PASSCRED, &on, &len));
	assert_int_equal(len, sizeof(on));
	return on;
}

/* At either level, on every kernel; also of what was sent before. */
static void test_passcred(void **state)
{
	struct msghdr m = { 0 };
	struct iovec v = { .iov_base = buf, .iov_len = 3 };
	struct ucred u;
	int t;

	(void)state;
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		assert_int_equal(passes(b), 0);
		mp_good(send(a, "one", 3, 0));
		assert_int_equal(receive(b, 3, 0).pid, -1);
		mp_good(send(a, "one", 3, 0));
		passcred(b, SOL_SOCKET, SO_PASSCRED, 1);
		assert_int_equal(passes(b), 1);
		u = receive(b, 3, 0);
		assert_int_equal(u.pid, getpid());
		assert_int_equal(u.uid, getuid());
		assert_int_equal(u.gid, getgid());
		passcred(b, SOL_SOCKET, SO_PASSCRED, 0);
		assert_int_equal(passes(b), 0);
		passcred(b, SOL_MYPROTO, MYPROTO_PASSCRED, 1);
		mp_good(send(a, "one", 3, 0));
		assert_int_equal(receive(b, 3, MSG_PEEK).pid, getpid());
		assert_int_equal(receive(b, 3, 0).pid, getpid());
		/* No room for it. */
		mp_good(send(a, "one", 3, 0));
		m.msg_iov = &v;
		m.msg_iovlen = 1;
		mp_good(recvmsg(b, &m, 0));
		assert_true(m.msg_flags & MSG_CTRUNC);
		unpair();
	}
}

/* What the sender says of itself, if it may. */
static void test_credentials(void **state)
{
	struct ucred u;
	int t, status;
	pid_t pid;

	(void)state;
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		passcred(b, SOL_SOCKET, SO_PASSCRED, 1);
		mp_good(send_as(a, 1, 5, 6));
		u = receive(b, 3, 0);
		assert_int_equal(u.pid, 1);
		assert_int_equal(u.uid, 5);
		assert_int_equal(u.gid, 6);
		mp_errno(send_as(a, 4000000, 0, 0), ESRCH);
		pid = fork();
		if (!pid) {
			if (setresuid(65534, 65534, 65534))
				_exit(1);
			if (send_as(a, getpid(), 0, 0) != -EPERM ||
			    send_as(a, 1, 65534, 0) != -EPERM)
				_exit(2);
			_exit(send_as(a, getpid(), 65534, 0) ? 3 : 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		u = receive(b, 3, 0);
		assert_int_equal(u.uid, 65534);
		unpair();
	}
}

/* Bytes of two senders aren't read at once where it matters who sent them. */
static void test_senders(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pair(SOCK_STREAM);
	mp_good(send(a, "aaa", 3, 0));
	mp_good(send(a, "aaa", 3, 0));
	pid = fork();
	if (!pid)
		_exit(send(a, "bb", 2, 0) == 2 && send(a, "bb", 2, 0) == 2 ? 0 :
									     1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	mp_good(send(a, "c", 1, 0));
	assert_int_equal(recv(b, buf, sizeof(buf), MSG_PEEK), 11);
	passcred(b, SOL_SOCKET, SO_PASSCRED, 1);
	assert_int_equal(receive(b, 6, MSG_PEEK).pid, getpid());
	assert_int_equal(receive(b, 6, 0).pid, getpid());
	/* The child is gone, and so is its number. */
	assert_int_equal(receive(b, 4, 0).uid, 0);
	assert_int_equal(receive(b, 1, 0).pid, getpid());
	unpair();
}

/* Who accepts asks as the listener did. */
static void test_inherited(void **state)
{
	int l = mp_good(mp_listen(SOCK_STREAM, 4242, 5)), c, s;

	(void)state;
	passcred(l, SOL_SOCKET, SO_PASSCRED, 1);
	c = mp_good(mp_socket(SOCK_STREAM));
	mp_good(mp_connect(c, 4242));
	mp_good(send(c, "one", 3, 0));
	s = mp_good(accept(l, NULL, NULL));
	assert_int_equal(passes(s), 1);
	assert_int_equal(receive(s, 3, 0).pid, getpid());
	close(c);
	close(s);
	close(l);
}

/* Descriptors aren't passed. */
static void test_rights(void **state)
{
	union {
		struct cmsghdr h;
		char buf[CMSG_SPACE(sizeof(int))];
	} c = {
		.h = { .cmsg_len = CMSG_LEN(sizeof(int)),
		       .cmsg_level = SOL_SOCKET,
		       .cmsg_type = SCM_RIGHTS },
	};
	struct iovec v = { .iov_base = buf, .iov_len = 3 };
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};
	int t, fd = 0;

	(void)state;
	memcpy(CMSG_DATA(&c.h), &fd, sizeof(fd));
	for (t = 0; t < 3; t++) {
		pair(types[t]);
		mp_errno(sendmsg(a, &m, 0), EINVAL);
		mp_errno(recv(b, buf, 1, MSG_DONTWAIT), EAGAIN);
		unpair();
	}
}

static void test_levels(void **state)
{
	int value = 1;
	socklen_t len = sizeof(value);

	(void)state;
	pair(SOCK_STREAM);
	mp_errno(setsockopt(a, SOL_MYPROTO, 99, &value, len), ENOPROTOOPT);
	mp_errno(getsockopt(a, SOL_MYPROTO, 99, &value, &len), ENOPROTOOPT);
	mp_errno(setsockopt(a, SOL_TCP, 1, &value, len), ENOPROTOOPT);
	mp_errno(getsockopt(a, SOL_TCP, 1, &value, &len), ENOPROTOOPT);
	mp_errno(setsockopt(a, SOL_MYPROTO, MYPROTO_PASSCRED, &value, 1),
		 EINVAL);
	mp_errno(setsockopt(a, SOL_MYPROTO, MYPROTO_PASSCRED, (void *)8, 4),
		 EFAULT);
	len = 1;
	mp_good(getsockopt(a, SOL_MYPROTO, MYPROTO_PASSCRED, &value, &len));
	assert_int_equal(len, 1);
	mp_errno(setsockopt(a, SOL_SOCKET, 9999, &value, sizeof(value)),
		 ENOPROTOOPT);
	unpair();
}

/* A message's time, and SO_LINGER, which has nothing to wait for. */
static void test_others(void **state)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 10 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct timeval))];
	} c;
	struct iovec v = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};
	double start;
	int on = 1;

	(void)state;
	pair(SOCK_DGRAM);
	mp_good(setsockopt(b, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)));
	mp_good(send(a, "x", 1, 0));
	mp_good(recvmsg(b, &m, 0));
	assert_non_null(CMSG_FIRSTHDR(&m));
	assert_int_equal(CMSG_FIRSTHDR(&m)->cmsg_type, SCM_TIMESTAMP);
	unpair();

	pair(SOCK_STREAM);
	mp_good(setsockopt(a, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	mp_good(send(a, buf, sizeof(buf), 0));
	start = mp_now();
	close(a);
	assert_true(mp_now() - start < 5);
	assert_int_equal(recv(b, buf, sizeof(buf), 0), sizeof(buf));
	close(b);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(peercred),	T(peerpidfd), T(passcred),
		T(credentials), T(senders),   T(inherited),
		T(rights),	T(levels),    T(others),
	};

	return check_run(tests);
}
