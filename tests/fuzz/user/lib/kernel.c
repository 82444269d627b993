// SPDX-License-Identifier: GPL-2.0-or-later
/* The system calls that sockets take, with a script behind them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <sanitizer/asan_interface.h>

#include "fuzz.h"
#include "kernel.h"

#define SENT_MAX (1 << 20)

unsigned int kernel_requests;

/* tools/lib/stop.c's; a program without it never waits. */
extern volatile sig_atomic_t stop_asked __attribute__((weak));

/* Numbers of sockets, which nothing else has; they aren't all closed. */
#define FD_FIRST 500
#define FD_NUM 16

/* Looked at with MSG_PEEK, and not yet read. */
static const void *peeked;
static int peeked_len;

void kernel_begin(const uint8_t *script, size_t len)
{
	int fd;

	for (fd = FD_FIRST; fd < FD_FIRST + FD_NUM; fd++)
		close(fd);
	script_begin(script, len);
	kernel_requests = 0;
	peeked = NULL;
	if (&stop_asked)
		stop_asked = 0;
}

int socket(int family, int type, int protocol)
{
	int event, fd;

	(void)type;
	(void)protocol;
	if (family != AF_NETLINK) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	event = eventfd(0, EFD_CLOEXEC);
	fd = fcntl(event, F_DUPFD_CLOEXEC, FD_FIRST);
	close(event);
	FUZZ_CHECK(fd >= FD_FIRST && fd < FD_FIRST + FD_NUM);
	return fd;
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	fuzz_read(addr, len);
	return 0;
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return connect(fd, addr, len);
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK,
				  .nl_pid = SCRIPT_PORT };

	(void)fd;
	memcpy(addr, &nl, *len < sizeof(nl) ? *len : sizeof(nl));
	*len = sizeof(nl);
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)fd;
	(void)level;
	(void)name;
	fuzz_read(value, len);
	return 0;
}

/* A queue of the usual size. */
int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int bytes = 212992;

	(void)fd;
	(void)level;
	(void)name;
	memset(value, 0, *len);
	memcpy(value, &bytes, *len < sizeof(bytes) ? *len : sizeof(bytes));
	return 0;
}

/* Of the families of generic netlink: attributes are within the message. */
static void check_attributes(const char *bytes, size_t len)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlattr attr;

	FUZZ_CHECK(len >= at);
	while (at < len) {
		FUZZ_CHECK(len - at >= sizeof(attr));
		memcpy(&attr, bytes + at, sizeof(attr));
		FUZZ_CHECK(attr.nla_len >= sizeof(attr));
		FUZZ_CHECK(attr.nla_len <= len - at);
		at += NLA_ALIGN(attr.nla_len);
	}
}

static void check_requests(const char *bytes, size_t len)
{
	struct nlmsghdr nlh;
	size_t step;

	for (; len; bytes += step, len -= step) {
		FUZZ_CHECK(len >= sizeof(nlh));
		memcpy(&nlh, bytes, sizeof(nlh));
		FUZZ_CHECK(nlh.nlmsg_len >= sizeof(nlh));
		FUZZ_CHECK(nlh.nlmsg_len <= len);
		FUZZ_CHECK(nlh.nlmsg_flags & NLM_F_REQUEST);
		/* 0 is what the kernel sends by itself. */
		FUZZ_CHECK(nlh.nlmsg_seq || nlh.nlmsg_type != SCRIPT_FAMILY);
		if (nlh.nlmsg_type == SCRIPT_FAMILY ||
		    nlh.nlmsg_type == GENL_ID_CTRL)
			check_attributes(bytes, nlh.nlmsg_len);
		script_seq = nlh.nlmsg_seq;
		kernel_requests++;
		step = NLMSG_ALIGN(nlh.nlmsg_len);
		step = step < len ? step : len;
	}
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	static char sent[SENT_MAX];
	size_t len = 0, i;

	(void)fd;
	(void)flags;
	for (i = 0; i < msg->msg_iovlen; i++) {
		const struct iovec *iov = &msg->msg_iov[i];

		fuzz_read(iov->iov_base, iov->iov_len);
		FUZZ_CHECK(iov->iov_len <= sizeof(sent) - len);
		if (iov->iov_len)
			memcpy(sent + len, iov->iov_base, iov->iov_len);
		len += iov->iov_len;
	}
	check_requests(sent, len);
	return (ssize_t)len;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	struct iovec iov = { (void *)bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sendmsg(fd, &msg, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t len, int flags,
	       const struct sockaddr *addr, socklen_t addr_len)
{
	fuzz_read(addr, addr ? addr_len : 0);
	return send(fd, bytes, len, flags);
}

/* What wasn't written can't be read: the buffers have what came before. */
static int deliver(void *to, size_t room, int flags)
{
	int len = peeked ? peeked_len : script_datagram(&peeked);
	size_t copied;

	__asan_unpoison_memory_region(to, room);
	if (len < 0) {
		peeked = NULL;
		errno = -len;
		return -1;
	}
	copied = (size_t)len < room ? (size_t)len : room;
	memcpy(to, peeked, copied);
	peeked_len = len;
	if (!(flags & MSG_PEEK))
		peeked = NULL;
	return len;
}

ssize_t recv(int fd, void *to, size_t room, int flags)
{
	int len = deliver(to, room, flags);

	(void)fd;
	if (len < 0)
		return -1;
	if ((size_t)len < room)
		__asan_poison_memory_region((char *)to + len,
					    room - (size_t)len);
	if (!(flags & MSG_TRUNC) && (size_t)len > room)
		return (ssize_t)room;
	return len;
}

/* libnl looks at who it is from. */
ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	int len;

	(void)fd;
	FUZZ_CHECK(msg->msg_iovlen == 1);
	len = deliver(msg->msg_iov->iov_base, msg->msg_iov->iov_len, flags);
	if (len < 0)
		return -1;
	msg->msg_flags = 0;
	msg->msg_controllen = 0;
	if (msg->msg_name) {
		memcpy(msg->msg_name, &nl, sizeof(nl));
		msg->msg_namelen = sizeof(nl);
	}
	if ((size_t)len <= msg->msg_iov->iov_len)
		return len;
	msg->msg_flags = MSG_TRUNC;
	return flags & MSG_TRUNC ? len : (ssize_t)msg->msg_iov->iov_len;
}

int recvmmsg(int fd, struct mmsghdr *msgs, unsigned int count, int flags,
	     struct timespec *timeout)
{
	unsigned int i;
	ssize_t n;

	(void)timeout;
	(void)flags;
	for (i = 0; i < count && (!i || script_more()); i++) {
		struct iovec *iov = msgs[i].msg_hdr.msg_iov;

		n = recv(fd, iov->iov_base, iov->iov_len, MSG_TRUNC);
		if (n < 0)
			break;
		msgs[i].msg_len = (unsigned int)n;
		msgs[i].msg_hdr.msg_flags = 0;
		if ((size_t)n > iov->iov_len)
			msgs[i].msg_hdr.msg_flags = MSG_TRUNC;
	}
	return i ? (int)i : -1;
}

/* Pauses are over at once; a signal comes when there is nothing more to read. */
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	  const sigset_t *mask)
{
	(void)timeout;
	(void)mask;
	if (!count)
		return 0;
	if (script_more()) {
		fds->revents = POLLIN;
		return 1;
	}
	if (&stop_asked)
		stop_asked = 1;
	errno = EINTR;
	return -1;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)timeout;
	return ppoll(fds, count, NULL, NULL);
}
