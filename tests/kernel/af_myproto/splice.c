// SPDX-License-Identifier: GPL-2.0-or-later
/* What moves bytes without a program's hands: splice, sendfile, io_uring. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "check.h"
#include "mp.h"

enum { SIZE = 1 << 20 };

static char data[SIZE], back[SIZE];
static int a, b;

static int setup(void **state)
{
	int fd[2];
	size_t i;

	if (mp_away(state))
		return -1;
	for (i = 0; i < SIZE; i++)
		data[i] = i * 13 + i / 255;
	memset(back, 0, SIZE);
	mp_good(mp_pair(SOCK_STREAM, fd));
	a = fd[0];
	b = fd[1];
	return 0;
}

static int teardown(void **state)
{
	close(a);
	close(b);
	return mp_home(state);
}

static void *reader(void *arg)
{
	(void)arg;
	return (void *)(long)mp_read_all(b, back, SIZE);
}

static void start(pthread_t *t)
{
	assert_int_equal(pthread_create(t, NULL, reader, NULL), 0);
}

static void finish(pthread_t t)
{
	void *rc;

	pthread_join(t, &rc);
	assert_null(rc);
	assert_memory_equal(data, back, SIZE);
}

static int file(void)
{
	int fd = mp_good(open("/tmp", O_TMPFILE | O_RDWR, 0600));

	assert_int_equal(write(fd, data, SIZE), SIZE);
	return fd;
}

static void test_sendfile(void **state)
{
	int fd = file();
	pthread_t t;
	off_t off = 0;

	(void)state;
	start(&t);
	while (off < SIZE)
		mp_good(sendfile(a, fd, &off, SIZE - off));
	finish(t);
	close(fd);
}

/* Pages of a file that is changed afterwards: what was sent is what was there. */
static void test_copied(void **state)
{
	int fd = file();
	off_t off = 0;

	(void)state;
	assert_int_equal(sendfile(a, fd, &off, 10000), 10000);
	assert_int_equal(pwrite(fd, back, 10000, 0), 10000);
	mp_good(mp_read_all(b, back, 10000));
	assert_memory_equal(back, data, 10000);
	close(fd);
}

/*
 * Waits for bytes before it splices: the kernel holds the pipe while it waits in
 * splice(), whatever the socket's family, and nobody can read from that then.
 */
static void *splicer(void *arg)
{
	struct pollfd ready = { .fd = b, .events = POLLIN };
	int *p = arg;
	long left = SIZE, n;

	while (left) {
		poll(&ready, 1, -1);
		n = splice(b, NULL, p[1], NULL, left, 0);
		if (n <= 0)
			break;
		left -= n;
	}
	return (void *)left;
}

/* A socket, a pipe, a program. */
static void test_out(void **state)
{
	pthread_t t;
	int p[2];
	void *rc;
	long got = 0, n;

	(void)state;
	mp_good(pipe(p));
	assert_int_equal(pthread_create(&t, NULL, splicer, p), 0);
	for (long sent = 0; got < SIZE; got += n) {
		if (sent < SIZE && sent - got < 50000) {
			n = mp_good(send(
				a, data + sent,
				SIZE - sent > 50000 ? 50000 : SIZE - sent, 0));
			sent += n;
		}
		n = mp_good(read(p[0], back + got, SIZE - got));
	}
	pthread_join(t, &rc);
	assert_null(rc);
	assert_memory_equal(data, back, SIZE);
	close(p[0]);
	close(p[1]);
}

static void test_in(void **state)
{
	struct iovec v = { .iov_base = data };
	long sent = 0, n, m;
	pthread_t t;
	int p[2];

	(void)state;
	mp_good(pipe(p));
	start(&t);
	while (sent < SIZE) {
		v.iov_base = data + sent;
		v.iov_len = SIZE - sent < 16384 ? SIZE - sent : 16384;
		n = mp_good(vmsplice(p[1], &v, 1, 0));
		for (sent += n; n; n -= m)
			m = mp_good(
				splice(p[0], NULL, a, NULL, n, SPLICE_F_MORE));
	}
	finish(t);
	close(p[0]);
	close(p[1]);
}

/* Just enough of io_uring for one request at a time. */
static struct {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqe;
} ring;

static bool ring_open(void)
{
	size_t size;

	memset(&ring, 0, sizeof(ring));
	ring.fd = syscall(SYS_io_uring_setup, 8, &ring.p);
	if (ring.fd < 0)
		return false;
	size = ring.p.sq_off.array + ring.p.sq_entries * sizeof(uint32_t);
	ring.sq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_SQ_RING);
	size = ring.p.cq_off.cqes +
	       ring.p.cq_entries * sizeof(struct io_uring_cqe);
	ring.cq = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_CQ_RING);
	ring.sqe = mmap(NULL, ring.p.sq_entries * sizeof(*ring.sqe),
			PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
			IORING_OFF_SQES);
	assert_true(ring.sq != MAP_FAILED && ring.cq != MAP_FAILED);
	return true;
}

static uint64_t ring_at;

static void ring_submit(int op, int fd, void *addr, unsigned int len)
{
	uint32_t *tail = (void *)(ring.sq + ring.p.sq_off.tail);
	uint32_t mask = *(uint32_t *)(ring.sq + ring.p.sq_off.ring_mask);
	uint32_t at = *tail & mask;

	memset(&ring.sqe[at], 0, sizeof(*ring.sqe));
	ring.sqe[at].opcode = op;
	ring.sqe[at].fd = fd;
	ring.sqe[at].addr = (uintptr_t)addr;
	ring.sqe[at].len = len;
	ring.sqe[at].off = ring_at;
	ring.sqe[at].user_data = op;
	((uint32_t *)(ring.sq + ring.p.sq_off.array))[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	assert_int_equal(syscall(SYS_io_uring_enter, ring.fd, 1, 0, 0, NULL, 0),
			 1);
}

/* Its length is where other requests have an offset. */
static void ring_connect(int fd, const struct sockaddr_myproto *to)
{
	ring_at = sizeof(*to);
	ring_submit(IORING_OP_CONNECT, fd, (void *)to, 0);
	ring_at = 0;
}

/* The next result, and of which request. */
static int ring_wait(int *op)
{
	uint32_t *head = (void *)(ring.cq + ring.p.cq_off.head);
	uint32_t *tail = (void *)(ring.cq + ring.p.cq_off.tail);
	uint32_t mask = *(uint32_t *)(ring.cq + ring.p.cq_off.ring_mask);
	struct io_uring_cqe *cqe;
	int res;

	while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head)
		mp_good(syscall(SYS_io_uring_enter, ring.fd, 0, 1,
				IORING_ENTER_GETEVENTS, NULL, 0));
	cqe = (struct io_uring_cqe *)(ring.cq + ring.p.cq_off.cqes) +
	      (*head & mask);
	res = cqe->res;
	*op = (int)cqe->user_data;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return res;
}

static void test_uring(void **state)
{
	int op, i, n, l, c, s = -1;

	(void)state;
	if (!ring_open()) {
		print_message("# this kernel has no io_uring\n");
		return;
	}
	for (i = 0; i < 100; i++) {
		/* Read first: it waits for what is written then. */
		ring_submit(IORING_OP_RECV, b, back, 5000);
		ring_submit(IORING_OP_SEND, a, data + i * 100, 100 + i);
		for (n = 0; n < 2; n++)
			assert_int_equal(ring_wait(&op), 100 + i);
		assert_memory_equal(back, data + i * 100, 100 + i);
	}
	/* More than there is room for: what was written is what was said. */
	ring_submit(IORING_OP_SEND, a, data, SIZE);
	n = mp_good(recv(b, back, 5000, 0));
	mp_good(shutdown(b, SHUT_RD));
	i = ring_wait(&op);
	assert_in_range(i, 5000, SIZE);
	mp_good(mp_read_all(b, back + n, i - n));
	assert_memory_equal(back, data, i);

	l = mp_good(mp_listen(SOCK_STREAM, 4242, 5));
	c = mp_good(mp_socket(SOCK_STREAM));
	ring_submit(IORING_OP_ACCEPT, l, NULL, 0);
	mp_good(mp_connect(c, 4242));
	s = ring_wait(&op);
	mp_good(s);
	mp_good(send(c, "x", 1, 0));
	assert_int_equal(recv(s, back, 1, 0), 1);
	close(c);
	close(s);
	close(l);
	close(ring.fd);
}

/* Messages, each way round, with the sender's name; and a connection. */
static void test_uring_messages(void **state)
{
	static const int types[] = { SOCK_SEQPACKET, SOCK_DGRAM };
	struct sockaddr_myproto from, to = mp_addr(4242);
	struct iovec out = { .iov_base = data }, in = { .iov_base = back };
	struct msghdr sent = { .msg_iov = &out, .msg_iovlen = 1 };
	struct msghdr got = { .msg_iov = &in, .msg_iovlen = 1 };
	int t, i, n, op, s, fd[2], results[2];

	(void)state;
	if (!ring_open()) {
		print_message("# this kernel has no io_uring\n");
		return;
	}
	for (t = 0; t < 2; t++) {
		mp_good(mp_pair(types[t], fd));
		mp_good(mp_bind(fd[0], MYPROTO_CHANNEL_ANY));
		for (i = 0; i < 50; i++) {
			out.iov_len = i * 150;
			in.iov_len = 5000;
			got.msg_name = &from;
			got.msg_namelen = sizeof(from);
			memset(back, 0, 5000);
			/* What waits first, then what doesn't. */
			ring_submit(i % 2 ? IORING_OP_SENDMSG :
					    IORING_OP_RECVMSG,
				    fd[i % 2 ? 0 : 1], i % 2 ? &sent : &got, 1);
			ring_submit(i % 2 ? IORING_OP_RECVMSG :
					    IORING_OP_SENDMSG,
				    fd[i % 2 ? 1 : 0], i % 2 ? &got : &sent, 1);
			for (n = 0; n < 2; n++) {
				s = ring_wait(&op);
				results[op == IORING_OP_RECVMSG] = s;
			}
			assert_int_equal(results[0], i * 150);
			assert_int_equal(results[1],
					 i * 150 < 5000 ? i * 150 : 5000);
			assert_memory_equal(back, data, results[1]);
			assert_int_equal(!!(got.msg_flags & MSG_TRUNC),
					 i * 150 > 5000);
			assert_int_equal(got.msg_namelen, 8);
			assert_int_equal(from.smp_channel, mp_channel(fd[0]));
		}
		close(fd[0]);
		close(fd[1]);
	}
	fd[0] = mp_good(mp_listen(SOCK_SEQPACKET, 4242, 1));
	for (i = 0; i < 2; i++) {
		/* The second waits for room in the backlog. */
		fd[1] = mp_good(mp_socket(SOCK_SEQPACKET));
		ring_connect(fd[1], &to);
		if (i)
			close(mp_good(accept(fd[0], NULL, NULL)));
		assert_int_equal(ring_wait(&op), 0);
		close(fd[1]);
	}
	close(fd[0]);
	close(ring.fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(sendfile), T(copied), T(out),
		T(in),	     T(uring),	T(uring_messages),
	};

	return check_run(tests);
}
