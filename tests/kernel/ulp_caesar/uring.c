// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 60
 *
 * io_uring: sending and receiving, at once and later. By its system calls:
 * liburing can't be linked with tests/kernel/lib (tests/build.mk), and isn't in
 * the guest. What plain TCP answers is what must come: lib/scene.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "check.h"
#include "scene.h"

/* Of enum io_uring_op, where the headers are too old: from 6.0 on. */
#define OP_SEND_ZC 47

#ifndef IORING_CQE_F_MORE
#define IORING_CQE_F_MORE (1U << 1)
#endif

static struct {
	int fd;
	struct io_uring_params p;
	uint8_t *sq, *cq;
	struct io_uring_sqe *sqes;
	unsigned int queued;
} ring;
static uint8_t buf[300000], in[300000];

/* 0 or -errno. */
static int ring_open(void)
{
	size_t sq, cq;

	memset(&ring, 0, sizeof(ring));
	ring.fd = syscall(SYS_io_uring_setup, 32, &ring.p);
	if (ring.fd < 0)
		return -errno;
	sq = ring.p.sq_off.array + ring.p.sq_entries * sizeof(uint32_t);
	cq = ring.p.cq_off.cqes +
	     ring.p.cq_entries * sizeof(struct io_uring_cqe);
	ring.sq = mmap(NULL, sq, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_SQ_RING);
	ring.cq = mmap(NULL, cq, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_CQ_RING);
	ring.sqes = mmap(NULL, ring.p.sq_entries * sizeof(*ring.sqes),
			 PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
			 IORING_OFF_SQES);
	assert_true(ring.sq != MAP_FAILED && ring.cq != MAP_FAILED &&
		    (void *)ring.sqes != MAP_FAILED);
	return 0;
}

static void ring_close(void)
{
	munmap(ring.sq,
	       ring.p.sq_off.array + ring.p.sq_entries * sizeof(uint32_t));
	munmap(ring.cq,
	       ring.p.cq_off.cqes +
		       ring.p.cq_entries * sizeof(struct io_uring_cqe));
	munmap(ring.sqes, ring.p.sq_entries * sizeof(*ring.sqes));
	close(ring.fd);
}

/* One more entry; ID is what its completion is known by. */
static struct io_uring_sqe *entry(uint8_t op, int fd, const void *at,
				  uint32_t len, uint64_t id)
{
	_Atomic uint32_t *tail = (void *)(ring.sq + ring.p.sq_off.tail);
	uint32_t t = atomic_load(tail), i = t & (ring.p.sq_entries - 1);
	struct io_uring_sqe *s = &ring.sqes[i];

	memset(s, 0, sizeof(*s));
	s->opcode = op;
	s->fd = fd;
	s->addr = (uintptr_t)at;
	s->len = len;
	s->user_data = id;
	((uint32_t *)(ring.sq + ring.p.sq_off.array))[i] = i;
	return s;
}

/* It counts from here on. */
static void queue(void)
{
	_Atomic uint32_t *tail = (void *)(ring.sq + ring.p.sq_off.tail);

	atomic_store(tail, atomic_load(tail) + 1);
	ring.queued++;
}

static void submit(unsigned int wait)
{
	long n = syscall(SYS_io_uring_enter, ring.fd, ring.queued, wait,
			 wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);

	if (n != (long)ring.queued)
		fail_msg("io_uring_enter: %ld, %s", n, strerror(errno));
	ring.queued = 0;
}

/* The result of ID; what else comes first is kept. */
static int result(uint64_t id, uint32_t *flags)
{
	static struct io_uring_cqe kept[64];
	static unsigned int count;
	_Atomic uint32_t *head = (void *)(ring.cq + ring.p.cq_off.head);
	_Atomic uint32_t *tail = (void *)(ring.cq + ring.p.cq_off.tail);
	struct io_uring_cqe c;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (kept[i].user_data != id)
			continue;
		c = kept[i];
		kept[i] = kept[--count];
		goto found;
	}
	for (;;) {
		while (atomic_load(head) == atomic_load(tail))
			submit(1);
		c = ((struct io_uring_cqe *)(ring.cq + ring.p.cq_off.cqes))
			[atomic_load(head) & (ring.p.cq_entries - 1)];
		atomic_store(head, atomic_load(head) + 1);
		if (c.user_data == id)
			break;
		assert_true(count < 64);
		kept[count++] = c;
	}
found:
	if (flags)
		*flags = c.flags;
	return c.res;
}

static void say_result(const char *what, uint64_t id)
{
	int n = result(id, NULL);

	if (n < 0)
		say("%s: %s", what, strerror(-n));
	else
		say("%s: %d", what, n);
}

static void sends_and_receives(struct pair *p)
{
	static const uint32_t len[] = { 1, 100, 4096, 10000, 60000 };
	size_t i, at = 0;

	assert_int_equal(ring_open(), 0);
	for (i = 0; i < sizeof(len) / sizeof(*len); at += len[i++]) {
		pattern(buf, len[i], at, 1);
		memset(in, 0, len[i]);
		entry(IORING_OP_SEND, p->a, buf, len[i], 1);
		queue();
		submit(1);
		say_result("send", 1);
		arrive(p->b, len[i]);
		entry(IORING_OP_RECV, p->b, in, len[i], 2);
		queue();
		submit(1);
		say_result("recv", 2);
		say_bytes("in", in, len[i]);
	}
	ring_close();
}

/* Nothing is there when it is asked for: it comes later. */
static void waits(struct pair *p)
{
	struct io_uring_sqe *s;

	assert_int_equal(ring_open(), 0);
	memset(in, 0, 5000);
	entry(IORING_OP_RECV, p->b, in, 5000, 1);
	queue();
	submit(0);
	usleep(10000);
	say_send(p->a, 0, 3000, 0);
	say_result("recv", 1);
	say_bytes("in", in, 5000);
	/* All of it is wanted. */
	s = entry(IORING_OP_RECV, p->b, in, 5000, 2);
	s->msg_flags = MSG_WAITALL;
	queue();
	submit(0);
	say_send(p->a, 0, 3000, 0);
	usleep(10000);
	say_send(p->a, 3000, 3000, 0);
	say_result("recv all", 2);
	say_bytes("in", in, 5000);
	say_all(p->b, 1000);
	/* Not to wait is an answer too. */
	s = entry(IORING_OP_RECV, p->b, in, 5000, 3);
	s->msg_flags = MSG_DONTWAIT;
	queue();
	submit(1);
	say_result("recv now", 3);
	/* The end, seen by one who waits. */
	entry(IORING_OP_RECV, p->b, in, 5000, 4);
	queue();
	submit(0);
	shutdown(p->a, SHUT_WR);
	say_result("the end", 4);
	ring_close();
}

/* More than there is room for, from non-blocking and blocking sockets. */
static void long_send(struct pair *p)
{
	struct io_uring_sqe *s;
	size_t got = 0;
	ssize_t n;

	assert_int_equal(ring_open(), 0);
	option(p->a, SOL_SOCKET, SO_SNDBUF, 20000);
	pattern(buf, sizeof(buf), 0, 1);
	s = entry(IORING_OP_SEND, p->a, buf, sizeof(buf), 1);
	s->msg_flags = MSG_WAITALL;
	queue();
	submit(0);
	/* Older kernels send a part, and say so. */
	while (got < sizeof(buf)) {
		n = recv(p->b, in + got, sizeof(in) - got, MSG_DONTWAIT);
		if (n > 0)
			got += n;
		else if (poll(&(struct pollfd){ p->b, POLLIN, 0 }, 1, 300) <= 0)
			break;
	}
	n = result(1, NULL);
	if (n != (ssize_t)got)
		fail_msg("%zd sent, %zu came", n, got);
	say("wrong byte: %zd", pattern_differs(in, got, 0, 1));
	ring_close();
}

static void messages(struct pair *p)
{
	struct iovec out[3] = { { buf, 100 },
				{ buf + 100, 5000 },
				{ buf + 5100, 1 } };
	struct iovec to[2] = { { in, 3000 }, { in + 3000, 2101 } };
	struct msghdr om = { .msg_iov = out, .msg_iovlen = 3 };
	struct msghdr im = { .msg_iov = to, .msg_iovlen = 2 };
	struct io_uring_sqe *s;

	assert_int_equal(ring_open(), 0);
	pattern(buf, 6000, 0, 1);
	memset(in, 0, 6000);
	entry(IORING_OP_SENDMSG, p->a, &om, 1, 1);
	queue();
	submit(1);
	say_result("sendmsg", 1);
	arrive(p->b, 5101);
	s = entry(IORING_OP_RECVMSG, p->b, &im, 1, 2);
	s->msg_flags = MSG_PEEK;
	queue();
	submit(1);
	say_result("peek", 2);
	say_bytes("in", in, 6000);
	memset(in, 0, 6000);
	entry(IORING_OP_RECVMSG, p->b, &im, 1, 3);
	queue();
	submit(1);
	say_result("recvmsg", 3);
	say_bytes("in", in, 6000);
	entry(IORING_OP_WRITEV, p->a, out, 3, 4);
	queue();
	submit(1);
	say_result("writev", 4);
	arrive(p->b, 5101);
	memset(in, 0, 6000);
	entry(IORING_OP_READV, p->b, to, 2, 5);
	queue();
	submit(1);
	say_result("readv", 5);
	say_bytes("in", in, 6000);
	/* Nothing may be lost in a buffer that can't be written. */
	say_send(p->a, 0, 1000, 0);
	arrive(p->b, 1000);
	entry(IORING_OP_RECV, p->b, edge(0), 1000, 6);
	queue();
	submit(1);
	say_result("recv at an edge", 6);
	say_all(p->b, 1000);
	ring_close();
}

/* One after the other, in one go. */
static void linked(struct pair *p)
{
	struct io_uring_sqe *s;
	int i;

	assert_int_equal(ring_open(), 0);
	pattern(buf, 10000, 0, 1);
	for (i = 0; i < 10; i++) {
		s = entry(IORING_OP_SEND, p->a, buf + 1000 * i, 1000, i);
		if (i < 9)
			s->flags = IOSQE_IO_LINK;
		queue();
	}
	submit(10);
	for (i = 0; i < 10; i++)
		say_result("send", i);
	say_all(p->b, 10000);
	/* Many that wait, and one that goes back on it. */
	for (i = 0; i < 5; i++) {
		entry(IORING_OP_POLL_ADD, p->b, NULL, 0, 20 + i)->poll_events =
			POLLIN;
		queue();
	}
	submit(0);
	say_send(p->a, 0, 10, 0);
	for (i = 0; i < 5; i++)
		say_result("poll", 20 + i);
	say_all(p->b, 10);
	ring_close();
}

static void spliced(struct pair *p)
{
	struct io_uring_sqe *s;
	int pipes[2];

	assert_int_equal(ring_open(), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pattern(buf, 4000, 0, 1);
	said("write", write(pipes[1], buf, 4000));
	s = entry(IORING_OP_SPLICE, p->a, NULL, 4000, 1);
	s->splice_fd_in = pipes[0];
	s->splice_off_in = -1;
	s->off = -1;
	queue();
	submit(1);
	say_result("splice", 1);
	arrive(p->b, 4000);
	s = entry(IORING_OP_SPLICE, pipes[1], NULL, 4000, 2);
	s->splice_fd_in = p->b;
	s->splice_off_in = -1;
	s->off = -1;
	queue();
	submit(1);
	say_result("splice", 2);
	said("read", read(pipes[0], in, 4000));
	say_bytes("in", in, 4000);
	close(pipes[0]);
	close(pipes[1]);
	ring_close();
}

/*
 * Without a copy, which can't be shifted: refused, or it is a copy after all;
 * never sent as it is. The buffer is lent out until the second completion.
 */
static void zero_copy(struct pair *plain)
{
	static const struct way way = {
		.family = AF_INET, .a = ATTACH_LATE, .b = ATTACH_LATE, .ab = 50
	};
	uint32_t flags = 0;
	struct pair p;
	int n;

	(void)plain;
	pair_open(&p, &way);
	assert_int_equal(ring_open(), 0);
	pattern(buf, 20000, 0, 1);
	entry(OP_SEND_ZC, p.a, buf, 20000, 1);
	queue();
	submit(1);
	n = result(1, &flags);
	if (n == -EINVAL)
		printf("# this kernel's io_uring has no such send\n");
	else if (n < 0)
		assert_int_equal(n, -EOPNOTSUPP);
	if (n > 0) {
		assert_int_equal(recv(p.b, in, n, MSG_WAITALL), n);
		assert_int_equal(pattern_differs(in, n, 0, 1), -1);
	} else {
		assert_int_equal(recv(p.b, in, 1, MSG_DONTWAIT), -1);
	}
	if (flags & IORING_CQE_F_MORE)
		result(1, NULL);
	assert_int_equal(pattern_differs(buf, 20000, 0, 1), -1);
	pass(p.a, p.b, 1000);
	ring_close();
	pair_close(&p);
	say("as it was");
}

/* A kernel that has it, and one that hasn't, where that is all there is to see. */
static void test_there(void **state)
{
	int err = ring_open();

	(void)state;
	if (!err) {
		ring_close();
		return;
	}
	printf("# this kernel has no io_uring: %s\n", strerror(-err));
	assert_true(err == -ENOSYS || err == -EPERM);
}

static const struct scene scenes[] = {
	{ .name = "sends_and_receives", .play = sends_and_receives },
	{ .name = "waits", .play = waits },
	{ .name = "long_send", .play = long_send },
	{ .name = "messages", .play = messages },
	{ .name = "linked", .play = linked },
	{ .name = "spliced", .play = spliced },
	{ .name = "zero_copy", .play = zero_copy, .bare = true, .once = true },
};

int main(void)
{
	const struct CMUnitTest there[] = { cmocka_unit_test(test_there) };

	if (ring_open())
		return check_run(there);
	ring_close();
	return SCENES_RUN("uring", scenes);
}
