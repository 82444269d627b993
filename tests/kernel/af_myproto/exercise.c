// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that can be done with af_myproto, once: see lib/exercise.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "exercise.h"
#include "mp.h"

static char big[60000], back[sizeof(big)];

/* Asks for the module, as a program that finds no family has to. */
static int family(void)
{
	int n = mp_load();

	return n ? n : -ENODEV;
}

/* A socket, with a limit to what it waits for. */
static int open_socket(int type)
{
	struct timeval limit = { .tv_sec = 5 };
	int fd, n = family();

	if (n < 0)
		return n;
	fd = socket(n, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

static int open_close(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	size_t i;
	int fd;

	for (i = 0; i < 3; i++) {
		fd = open_socket(types[i]);
		if (fd < 0)
			return fd;
		close(fd);
	}
	return 0;
}

/* What was sent comes, between two sockets that are connected. */
static int talk(int a, int b, size_t len)
{
	size_t sent;
	ssize_t n;
	int err = 0;

	memset(big, 'x', len);
	/* Of a stream a part may go, where there is no memory for the next. */
	for (sent = 0; !err && sent < len; sent += n) {
		n = send(a, big + sent, len - sent, MSG_NOSIGNAL);
		err = exercise_some(n);
	}
	memset(back, 0, len);
	if (!err)
		err = exercise_all(recv(b, back, len, MSG_WAITALL), len);
	return err ? err : memcmp(big, back, len) ? -EBADMSG : 0;
}

static int pair(int type)
{
	int fd[2], err, n = family();

	if (n < 0)
		return n;
	if (socketpair(n, type | SOCK_CLOEXEC, 0, fd))
		return -errno;
	err = talk(fd[0], fd[1], 64);
	if (!err)
		err = talk(fd[1], fd[0], sizeof(big));
	close(fd[0]);
	close(fd[1]);
	return err;
}

static int pairs(void)
{
	int err = pair(SOCK_STREAM);

	if (!err)
		err = pair(SOCK_SEQPACKET);
	return err ? err : pair(SOCK_DGRAM);
}

/* A listener on a free channel, a connection to it, and what accept() gives. */
static int connected(int type, int fd[3])
{
	int err;

	fd[1] = fd[2] = -1;
	fd[0] = open_socket(type);
	if (fd[0] < 0)
		return fd[0];
	err = mp_bind(fd[0], MYPROTO_CHANNEL_ANY);
	if (!err && listen(fd[0], 5))
		err = -errno;
	if (err)
		return err;
	fd[1] = open_socket(type);
	if (fd[1] < 0)
		return fd[1];
	err = mp_connect(fd[1], mp_channel(fd[0]));
	if (err)
		return err;
	fd[2] = accept4(fd[0], NULL, NULL, SOCK_CLOEXEC);
	return fd[2] < 0 ? -errno : 0;
}

static void close_all(int *fd, int n)
{
	while (n-- > 0)
		if (fd[n] >= 0)
			close(fd[n]);
}

static int connection(int type)
{
	int fd[3], err = connected(type, fd);
	char c;

	if (!err)
		err = talk(fd[1], fd[2], 1000);
	if (!err)
		err = talk(fd[2], fd[1], sizeof(big));
	if (!err && shutdown(fd[1], SHUT_WR))
		err = -errno;
	if (!err && recv(fd[2], &c, 1, 0))
		err = -EBADMSG;
	close_all(fd, 3);
	return err;
}

static int connections(void)
{
	int err = connection(SOCK_STREAM);

	return err ? err : connection(SOCK_SEQPACKET);
}

static int datagrams(void)
{
	int fd[2] = { -1, -1 }, err;
	char c[8];

	fd[0] = open_socket(SOCK_DGRAM);
	if (fd[0] < 0)
		return fd[0];
	err = mp_bind(fd[0], MYPROTO_CHANNEL_ANY);
	fd[1] = err ? err : open_socket(SOCK_DGRAM);
	if (fd[1] < 0)
		err = fd[1];
	if (!err) {
		err = mp_sendto(fd[1], mp_channel(fd[0]), "hello", 5, 0);
		err = err == 5 ? 0 : err < 0 ? err : -EBADMSG;
	}
	if (!err && recv(fd[0], c, sizeof(c), 0) != 5)
		err = -EBADMSG;
	if (!err)
		err = mp_connect(fd[1], mp_channel(fd[0]));
	if (!err)
		err = talk(fd[1], fd[0], sizeof(big));
	close_all(fd, 2);
	return err;
}

/* A sender that finds no room is told when there is some. */
static int room(void)
{
	int fd[2] = { -1, -1 }, err, n;
	struct pollfd p = { .events = POLLOUT };

	fd[0] = open_socket(SOCK_DGRAM);
	if (fd[0] < 0)
		return fd[0];
	err = mp_bind(fd[0], MYPROTO_CHANNEL_ANY);
	fd[1] = err ? err : open_socket(SOCK_DGRAM);
	if (fd[1] < 0)
		err = fd[1];
	if (!err)
		err = mp_connect(fd[1], mp_channel(fd[0]));
	for (n = 0; !err && n < 1000; n++)
		if (send(fd[1], big, 10000, MSG_DONTWAIT) < 0)
			err = errno == EAGAIN ? -1 : -errno;
	if (err == -1)
		err = n > 1 ? 0 : -EBADMSG;
	else if (!err)
		err = -EBADMSG;
	p.fd = fd[1];
	if (!err && poll(&p, 1, 0))
		err = -EBADMSG;
	while (!err && n-- > 1)
		if (recv(fd[0], back, sizeof(back), 0) != 10000)
			err = -EBADMSG;
	if (!err && (poll(&p, 1, 1000) != 1 || p.revents != POLLOUT))
		err = -EBADMSG;
	close_all(fd, 2);
	return err;
}

static int credentials(void)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} c;
	struct iovec v = { .iov_base = big, .iov_len = 10 };
	struct msghdr m = {
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};
	struct ucred u;
	int fd[2], err = 0, on = 1, n = family();

	if (n < 0)
		return n;
	if (socketpair(n, SOCK_DGRAM | SOCK_CLOEXEC, 0, fd))
		return -errno;
	if (setsockopt(fd[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) ||
	    send(fd[0], big, 10, 0) != 10 || recvmsg(fd[1], &m, 0) != 10)
		err = -errno;
	else if (!CMSG_FIRSTHDR(&m))
		err = -EBADMSG;
	if (!err) {
		memcpy(&u, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(u));
		if (u.pid != getpid())
			err = -EBADMSG;
	}
	close_all(fd, 2);
	return err;
}

/* Into a pipe and out of it again. */
static int spliced(void)
{
	int fd[2] = { -1, -1 }, p[2] = { -1, -1 }, err = 0, n = family();
	ssize_t len;

	if (n < 0)
		return n;
	if (socketpair(n, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -errno;
	if (pipe2(p, O_CLOEXEC))
		err = -errno;
	if (!err && write(p[1], big, 4096) != 4096)
		err = -ENOMEM;
	if (!err) {
		len = splice(p[0], NULL, fd[0], NULL, 4096, 0);
		err = len == 4096 ? 0 : len < 0 ? -errno : -ENOMEM;
	}
	if (!err) {
		len = splice(fd[1], NULL, p[1], NULL, 4096, SPLICE_F_NONBLOCK);
		/* Where the kernel finds no page, it says "not now". */
		if (len < 0 && errno == EAGAIN)
			err = -ENOMEM;
		else
			err = len > 0 ? 0 : len ? -errno : -EBADMSG;
	}
	close_all(fd, 2);
	close_all(p, 2);
	return err;
}

static int diag(void)
{
	struct {
		struct nlmsghdr h;
		struct myproto_diag_req r;
	} req = {
		.h = { .nlmsg_len = sizeof(req),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	int nl, fd, err = 0, found = 0;
	const struct nlmsghdr *h;
	ssize_t n;

	fd = open_socket(SOCK_STREAM);
	if (fd < 0)
		return fd;
	req.r.sdiag_family = mp_family();
	nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (nl < 0)
		err = -errno;
	if (!err && send(nl, &req, sizeof(req), 0) < 0)
		err = -errno;
	while (!err) {
		n = recv(nl, back, sizeof(back), 0);
		if (n < 0)
			err = -errno;
		for (h = (void *)back; !err && NLMSG_OK(h, n);
		     h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE) {
				err = *(int *)NLMSG_DATA(h);
				goto out;
			}
			if (h->nlmsg_type == NLMSG_ERROR)
				err = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			else
				found++;
		}
	}
out:
	if (nl >= 0)
		close(nl);
	close(fd);
	return err ? err : found ? 0 : -EBADMSG;
}

static int proc(void)
{
	FILE *f = fopen("/proc/thread-self/net/myproto", "re");
	char line[256];
	int err = 0;

	if (!f)
		return errno == ENOENT && family() > 0 ? 0 : -errno;
	if (!fgets(line, sizeof(line), f))
		err = ferror(f) ? -ENOMEM : -EBADMSG;
	fclose(f);
	return err;
}

/* The kernel itself answers, as the parameter has it. */
static int greeting(void)
{
	struct iovec v[2] = { { back, 2 }, { back + 2, 4 } };
	int fd = open_socket(SOCK_STREAM), err = 0;
	size_t sent;
	ssize_t n;

	if (fd < 0)
		return fd;
	for (sent = 0; !err && sent < 5000; sent += n) {
		n = write(fd, big + sent, 5000 - sent);
		err = exercise_some(n);
	}
	if (!err)
		err = exercise_all(readv(fd, v, 2), 6);
	if (!err && memcmp(back, "hello", 6))
		err = -EBADMSG;
	close(fd);
	return err;
}

static int hold(void)
{
	static int fd[3], dgram, waiting;
	int err = connected(SOCK_STREAM, fd);

	if (!err)
		err = exercise_all(send(fd[1], "kept", 4, 0), 4);
	if (!err)
		err = connected(SOCK_SEQPACKET, fd);
	dgram = err ? err : open_socket(SOCK_DGRAM);
	if (dgram < 0)
		return dgram;
	err = mp_bind(dgram, MYPROTO_CHANNEL_ANY);
	if (!err)
		err = mp_connect(dgram, mp_channel(dgram));
	if (!err)
		err = exercise_all(send(dgram, "kept", 4, 0), 4);
	/* One that nobody accepts. */
	waiting = err ? err : open_socket(SOCK_SEQPACKET);
	if (waiting < 0)
		return waiting;
	return mp_connect(waiting, mp_channel(fd[0]));
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct exercise_step steps[] = {
		{ "open and close", open_close },
		{ "socket pairs", pairs },
		{ "connections", connections },
		{ "datagrams", datagrams },
		{ "a receiver without room", room },
		{ "credentials", credentials },
		{ "splice", spliced },
		{ "sock_diag", diag },
		{ "/proc/net/myproto", proc },
	};
	static const struct exercise_step more[] = {
		{ "greeting", greeting },
		{ "connections", connections },
	};
	/* clang-format on */
	static const struct exercise x = {
		.module = "af_myproto",
		.steps = steps,
		.count = sizeof(steps) / sizeof(*steps),
		.hold = hold,
		.pernet = true,
		.params = "greeting=hello family=19",
		.more = more,
		.more_count = 2,
	};

	return exercise_main(argc, argv, &x);
}
