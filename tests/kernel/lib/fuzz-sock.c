// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/sockios.h>

#include "fuzz-beside.h"
#include "fuzz-sock.h"

enum { LONGEST = 700 * 1024, CONTROL = 256, VECTORS = 5 };

static int socks[FUZZ_SOCKS];
static int pipes[2], epoll, file;
static int first_fd; /* what has this number or a higher one is an input's */

int fuzz_sock_other(void)
{
	return socks[fuzz_pick(FUZZ_SOCKS)];
}

/* Where a new one goes: whose place it is, is closed. */
static void keep(int fd)
{
	unsigned int i = fuzz_pick(FUZZ_SOCKS), n;

	if (fd < 0)
		return;
	for (n = 0; n < FUZZ_SOCKS && socks[i] >= 0; n++)
		i = (i + 1) % FUZZ_SOCKS;
	if (socks[i] >= 0)
		fuzz_call(FUZZ_SOCK_CLOSE, close(socks[i]));
	socks[i] = fd;
}

static int flags_of_send(void)
{
	static const int known[] = {
		0,
		0,
		0,
		MSG_MORE,
		MSG_EOR,
		MSG_OOB,
		MSG_CONFIRM,
		MSG_DONTROUTE,
		0x4000000 /* ZEROCOPY */,
		MSG_FASTOPEN,
		MSG_MORE | MSG_EOR,
	};
	int flags = known[fuzz_pick(sizeof(known) / sizeof(*known))];

	if (fuzz_one_in(32))
		flags = fuzz_u32();
	if (!fuzz_one_in(24))
		flags |= MSG_DONTWAIT;
	return flags | MSG_NOSIGNAL;
}

static int flags_of_recv(void)
{
	static const int known[] = {
		0,
		0,
		0,
		MSG_PEEK,
		MSG_TRUNC,
		MSG_OOB,
		MSG_PEEK | MSG_TRUNC,
		MSG_WAITALL,
		MSG_ERRQUEUE,
		MSG_CMSG_CLOEXEC,
		MSG_PEEK | MSG_WAITALL,
	};
	int flags = known[fuzz_pick(sizeof(known) / sizeof(*known))];

	if (fuzz_one_in(32))
		flags = fuzz_u32();
	if (!fuzz_one_in(24))
		flags |= MSG_DONTWAIT;
	return flags;
}

/* Control messages to be sent: some known, some not, some cut short. */
static size_t control(uint8_t *c)
{
	unsigned int n = fuzz_pick(3);
	struct cmsghdr h;
	size_t at = 0, len;
	uint32_t ids[3] = { getpid(), geteuid(), getegid() };
	int fd;

	while (n--) {
		memset(c + at, 0, 64);
		h.cmsg_level = SOL_SOCKET;
		len = sizeof(uint32_t);
		switch (fuzz_pick(5)) {
		case 0:
			h.cmsg_type = SCM_RIGHTS;
			fd = fuzz_sock_other();
			memcpy(c + at + sizeof(h), &fd, sizeof(fd));
			break;
		case 1:
			h.cmsg_type = SCM_CREDENTIALS;
			len = sizeof(ids);
			if (fuzz_one_in(4))
				ids[fuzz_pick(3)] = fuzz_u32();
			memcpy(c + at + sizeof(h), ids, sizeof(ids));
			break;
		case 2:
			h.cmsg_type = SO_TIMESTAMPING;
			ids[0] = fuzz_u32();
			memcpy(c + at + sizeof(h), ids, sizeof(*ids));
			break;
		default:
			h.cmsg_type = fuzz_pick(128);
			h.cmsg_level = fuzz_pick(2) ? SOL_SOCKET :
						      (int)fuzz_pick(300);
			len = fuzz_pick(48);
		}
		h.cmsg_len = sizeof(h) + len;
		if (fuzz_one_in(8))
			h.cmsg_len = fuzz_u64();
		memcpy(c + at, &h, sizeof(h));
		at += CMSG_ALIGN(sizeof(h) + len);
	}
	return fuzz_one_in(12) ? fuzz_pick(CONTROL) : at;
}

/* Splits what is there, or what is to be there, into pieces. */
static unsigned int pieces(struct iovec *v)
{
	unsigned int n = 1 + fuzz_pick(VECTORS), i;

	for (i = 0; i < n; i++) {
		v[i].iov_len = fuzz_length(i ? 20000 : LONGEST);
		v[i].iov_base = fuzz_user(v[i].iov_len);
		if (fuzz_one_in(128))
			v[i].iov_len = fuzz_u64();
	}
	return n;
}

static void do_send(const struct fuzz_sock *f, int fd)
{
	static uint8_t c[CONTROL + 64];
	struct sockaddr_storage to;
	struct iovec v[VECTORS];
	struct mmsghdr m[2] = { { .msg_hdr.msg_iov = v } };
	size_t len;

	switch (fuzz_pick(6)) {
	case 0:
		len = fuzz_length(LONGEST);
		fuzz_call(FUZZ_SOCK_SEND, write(fd, fuzz_user(len), len));
		return;
	case 1:
		fuzz_call(FUZZ_SOCK_SEND, writev(fd, v, pieces(v)));
		return;
	case 2:
	case 3:
		len = fuzz_length(LONGEST);
		fuzz_call(FUZZ_SOCK_SEND,
			  send(fd, fuzz_user(len), len, flags_of_send()));
		return;
	}
	m->msg_hdr.msg_iovlen = pieces(v);
	if (fuzz_pick(2)) {
		m->msg_hdr.msg_namelen = f->address(&to);
		m->msg_hdr.msg_name = &to;
	}
	if (fuzz_one_in(4)) {
		m->msg_hdr.msg_controllen = control(c);
		m->msg_hdr.msg_control = c;
	}
	m[1] = m[0];
	if (fuzz_one_in(6))
		fuzz_call(FUZZ_SOCK_SEND, sendmmsg(fd, m, 2, flags_of_send()));
	else
		fuzz_call(FUZZ_SOCK_SEND,
			  sendmsg(fd, &m->msg_hdr, flags_of_send()));
}

static void do_receive(int fd)
{
	struct sockaddr_storage from;
	struct iovec v[VECTORS];
	struct mmsghdr m[2] = { { .msg_hdr.msg_iov = v } };
	socklen_t size = fuzz_pick(sizeof(from) + 1);
	struct timespec soon = { 0, 1000000 };
	size_t len;

	switch (fuzz_pick(6)) {
	case 0:
		len = fuzz_length(LONGEST);
		fuzz_call(FUZZ_SOCK_RECEIVE, read(fd, fuzz_user(len), len));
		return;
	case 1:
		fuzz_call(FUZZ_SOCK_RECEIVE, readv(fd, v, pieces(v)));
		return;
	case 2:
	case 3:
		len = fuzz_length(LONGEST);
		fuzz_call(FUZZ_SOCK_RECEIVE,
			  recvfrom(fd, fuzz_user(len), len, flags_of_recv(),
				   fuzz_pick(2) ? (void *)&from : NULL, &size));
		return;
	}
	m->msg_hdr.msg_iovlen = pieces(v);
	m->msg_hdr.msg_name = fuzz_pick(2) ? &from : NULL;
	m->msg_hdr.msg_namelen = size;
	m->msg_hdr.msg_controllen = fuzz_pick(200);
	m->msg_hdr.msg_control = fuzz_user(m->msg_hdr.msg_controllen);
	m[1] = m[0];
	if (fuzz_one_in(6))
		fuzz_call(FUZZ_SOCK_RECEIVE,
			  recvmmsg(fd, m, 2, flags_of_recv(), &soon));
	else
		fuzz_call(FUZZ_SOCK_RECEIVE,
			  recvmsg(fd, &m->msg_hdr, flags_of_recv()));
}

static const struct fuzz_option *pick_option(const struct fuzz_sock *f)
{
	return &f->options[fuzz_pick(f->count)];
}

static void do_set(const struct fuzz_sock *f, int fd)
{
	const struct fuzz_option *o = pick_option(f);
	socklen_t len = fuzz_one_in(10) ? fuzz_pick(300) : o->size;
	uint32_t value = fuzz_u32();
	uint8_t *p = fuzz_memory(len);

	if (o->max && !fuzz_one_in(6))
		value %= o->max + 1;
	memset(p, 0, len < 4096 ? len : 0);
	memcpy(p, &value, len < sizeof(value) ? len : sizeof(value));
	if (len >= 2 * sizeof(value) && fuzz_pick(2)) {
		value = fuzz_u32();
		memcpy(p + sizeof(value), &value, sizeof(value));
	}
	if (fuzz_one_in(24))
		p = fuzz_user(len);
	fuzz_call(FUZZ_SOCK_SET,
		  setsockopt(fd, o->level, o->name, p,
			     fuzz_one_in(48) ? fuzz_u32() : len));
}

static void do_get(const struct fuzz_sock *f, int fd)
{
	const struct fuzz_option *o = pick_option(f);
	socklen_t *len = fuzz_memory(sizeof(*len));

	*len = fuzz_one_in(6) ? fuzz_u32() : o->size;
	fuzz_call(FUZZ_SOCK_GET,
		  getsockopt(fd, o->level, o->name,
			     fuzz_user(*len < 4096 ? *len : 4096),
			     fuzz_one_in(48) ? fuzz_user(4) : len));
}

/* Programs that look at what is received: some are none. */
static void do_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, fuzz_pick(300), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, fuzz_u32()),
		BPF_STMT(BPF_RET | BPF_K, fuzz_pick(2) ? UINT32_MAX : 0),
	};
	struct sock_fprog program = { 4, code };
	int one = 1;

	if (fuzz_one_in(6))
		code[fuzz_pick(4)].code = fuzz_u32();
	if (fuzz_one_in(6))
		code[fuzz_pick(4)].k = fuzz_u32();
	if (fuzz_pick(3))
		fuzz_call(FUZZ_SOCK_FILTER,
			  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
				     sizeof(program)));
	else
		fuzz_call(FUZZ_SOCK_FILTER,
			  setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &one,
				     sizeof(one)));
}

static void do_name(int fd)
{
	socklen_t *len = fuzz_memory(sizeof(*len));
	void *to;

	*len = fuzz_one_in(4) ? fuzz_u32() : sizeof(struct sockaddr_storage);
	to = fuzz_user(*len < 4096 ? *len : 4096);
	if (fuzz_pick(2))
		fuzz_call(FUZZ_SOCK_NAME, getsockname(fd, to, len));
	else
		fuzz_call(FUZZ_SOCK_NAME, getpeername(fd, to, len));
}

/* Bytes go from one descriptor to another without passing through here. */
static void do_splice(int fd)
{
	struct iovec v;
	off_t at = fuzz_pick(4096);
	size_t len = fuzz_length(100000);
	unsigned int flags = SPLICE_F_NONBLOCK |
			     (fuzz_pick(2) ? SPLICE_F_MORE : 0);

	if (pipes[0] < 0 &&
	    pipe2(pipes, O_CLOEXEC | (fuzz_one_in(8) ? O_DIRECT : 0)))
		return;
	if (file < 0) {
		file = memfd_create("fuzz", MFD_CLOEXEC);
		if (file < 0 || ftruncate(file, 1 << 17))
			return;
	}
	switch (fuzz_pick(5)) {
	case 0:
		fuzz_call(FUZZ_SOCK_SPLICE,
			  splice(fd, NULL, pipes[1], NULL, len, flags));
		break;
	case 1:
		fuzz_call(FUZZ_SOCK_SPLICE,
			  splice(pipes[0], NULL, fd, NULL, len, flags));
		break;
	case 2:
		v.iov_len = len < 60000 ? len : 60000;
		v.iov_base = fuzz_memory(v.iov_len);
		fuzz_call(FUZZ_SOCK_SPLICE,
			  vmsplice(pipes[1], &v, 1, SPLICE_F_NONBLOCK));
		break;
	case 3:
		fuzz_call(FUZZ_SOCK_SPLICE,
			  splice(file, &at, pipes[1], NULL, len, flags));
		break;
	default:
		fuzz_call(FUZZ_SOCK_SPLICE, sendfile(fd, file, &at, len));
	}
}

static void do_poll(int fd)
{
	struct epoll_event e = { .events = fuzz_u32() & ~EPOLLEXCLUSIVE,
				 .data.fd = fd };
	struct pollfd p[2] = { { .fd = fd, .events = fuzz_u32() },
			       { .fd = fuzz_sock_other(),
				 .events = POLLIN | POLLOUT } };

	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	switch (fuzz_pick(6)) {
	case 0:
		fuzz_call(FUZZ_SOCK_POLL,
			  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e));
		break;
	case 1:
		fuzz_call(FUZZ_SOCK_POLL,
			  epoll_ctl(epoll,
				    fuzz_pick(2) ? EPOLL_CTL_MOD :
						   EPOLL_CTL_DEL,
				    fd, &e));
		break;
	case 2:
		fuzz_call(FUZZ_SOCK_POLL, epoll_wait(epoll, &e, 1, 0));
		break;
	default:
		fuzz_call(FUZZ_SOCK_POLL, poll(p, 2, fuzz_one_in(12) ? 10 : 0));
	}
}

static void do_ioctl(int fd)
{
	static const unsigned int known[] = {
		SIOCINQ,  SIOCOUTQ,  FIONREAD,	FIONBIO,     SIOCATMARK,
		FIOASYNC, FIOSETOWN, FIOGETOWN, SIOCOUTQNSD,
	};
	unsigned int number = known[fuzz_pick(9)];
	int *value = fuzz_memory(sizeof(*value));

	*value = number == FIOSETOWN ? getpid() : (int)fuzz_pick(2);
	if (fuzz_one_in(12))
		number = SIOCPROTOPRIVATE + fuzz_pick(16);
	fuzz_call(FUZZ_SOCK_IOCTL,
		  ioctl(fd, number, fuzz_one_in(16) ? fuzz_user(4) : value));
}

static void do_connect(const struct fuzz_sock *f, int fd)
{
	struct sockaddr_storage to = { 0 };
	socklen_t len = f->address(&to);

	/* To no one: ends that. */
	if (fuzz_one_in(12))
		to.ss_family = AF_UNSPEC;
	fuzz_call(FUZZ_SOCK_CONNECT, connect(fd, (void *)&to, len));
}

static void do_accept(int fd)
{
	struct sockaddr_storage from;
	socklen_t len = fuzz_pick(sizeof(from) + 1);

	keep(fuzz_call(FUZZ_SOCK_ACCEPT,
		       accept4(fd, fuzz_pick(2) ? (void *)&from : NULL, &len,
			       fuzz_one_in(8) ? fuzz_u32() : SOCK_NONBLOCK)));
}

static void do_bind(const struct fuzz_sock *f, int fd)
{
	struct sockaddr_storage to;
	socklen_t len = f->address(&to);

	fuzz_call(FUZZ_SOCK_BIND, bind(fd, (void *)&to, len));
	if (fuzz_pick(2))
		fuzz_call(FUZZ_SOCK_LISTEN,
			  listen(fd, fuzz_one_in(4) ? (int)fuzz_u32() :
						      (int)fuzz_pick(8)));
}

/* Whether blocking or not: mostly not. */
static void opened(int fd)
{
	if (fd >= 0 && !fuzz_one_in(16))
		fcntl(fd, F_SETFL, O_NONBLOCK);
	keep(fd);
}

/* One that listens, and one that has connected to it or tries to; and the other end. */
static void caller(const struct fuzz_sock *f)
{
	struct sockaddr_storage to;
	int l = f->open(), c = f->open();
	socklen_t len = f->address(&to);

	if (l >= 0 && c >= 0) {
		fuzz_call(FUZZ_SOCK_BIND, bind(l, (void *)&to, len));
		fuzz_call(FUZZ_SOCK_LISTEN, listen(l, 1 + fuzz_pick(4)));
		len = sizeof(to);
		fuzz_call(FUZZ_SOCK_NAME, getsockname(l, (void *)&to, &len));
		fcntl(l, F_SETFL, O_NONBLOCK);
		fcntl(c, F_SETFL, O_NONBLOCK);
		fuzz_call(FUZZ_SOCK_CONNECT, connect(c, (void *)&to, len));
		if (fuzz_pick(2))
			opened(fuzz_call(FUZZ_SOCK_ACCEPT,
					 accept(l, NULL, NULL)));
	}
	opened(l);
	opened(c);
}

static void make(const struct fuzz_sock *f)
{
	int fd[2];

	switch (fuzz_pick(4)) {
	case 0:
		opened(f->open());
		break;
	case 1:
		caller(f);
		break;
	default:
		fuzz_begin(FUZZ_SOCK_PAIR);
		if (fuzz_end(f->pair(fd)) < 0)
			return;
		opened(fd[0]);
		opened(fd[1]);
	}
}

static void do_close(int fd)
{
	unsigned int i;

	for (i = 0; i < FUZZ_SOCKS; i++)
		if (socks[i] == fd)
			socks[i] = -1;
	fuzz_call(FUZZ_SOCK_CLOSE, close(fd));
}

void fuzz_sock_run(const struct fuzz_sock *f)
{
	static const unsigned int uids[] = { 0, 0, 1000, 1001 };
	unsigned int i;
	int fd;

	if (!first_fd) {
		first_fd = dup(STDOUT_FILENO);
		close(first_fd);
	}
	for (i = 0; i < FUZZ_SOCKS; i++)
		socks[i] = -1;
	pipes[0] = pipes[1] = epoll = file = -1;
	make(f);
	fuzz_beside(socks, FUZZ_SOCKS, f->beside, true);
	while (fuzz_more()) {
		fd = fuzz_sock_other();
		if (fd < 0) {
			make(f);
			continue;
		}
		switch (fuzz_pick(64)) {
		case 0 ... 13:
			do_send(f, fd);
			break;
		case 14 ... 25:
			do_receive(fd);
			break;
		case 26 ... 31:
			do_set(f, fd);
			break;
		case 32 ... 34:
			do_get(f, fd);
			break;
		case 35:
			do_filter(fd);
			break;
		case 36 ... 37:
			do_name(fd);
			break;
		case 38 ... 40:
			do_splice(fd);
			break;
		case 41 ... 43:
			do_poll(fd);
			break;
		case 44 ... 45:
			do_ioctl(fd);
			break;
		case 46:
			fuzz_call(FUZZ_SOCK_SHUTDOWN,
				  shutdown(fd, fuzz_pick(4)));
			break;
		case 47 ... 48:
			do_close(fd);
			break;
		case 49 ... 51:
			do_connect(f, fd);
			break;
		case 52 ... 53:
			do_accept(fd);
			break;
		case 54 ... 55:
			do_bind(f, fd);
			break;
		case 56:
			make(f);
			break;
		case 57:
			fuzz_as(uids[fuzz_pick(4)]);
			break;
		default:
			f->other(fd);
		}
	}
	fuzz_beside(socks, FUZZ_SOCKS, f->beside, false);
	for (i = 0; i < FUZZ_SOCKS; i++)
		if (socks[i] >= 0)
			fuzz_call(FUZZ_SOCK_CLOSE, close(socks[i]));
	/* And whatever else has come. */
	syscall(__NR_close_range, first_fd, ~0U, 0);
}
