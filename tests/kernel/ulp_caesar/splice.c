// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * splice(2), sendfile(2), tee(2), vmsplice(2), in both directions; and that what
 * was lent to the socket, a file's pages above all, is as it was afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"
#include "scene.h"

#define FILE_SIZE (1024 * 1024)

static uint8_t buf[FILE_SIZE];
static int pipes[2] = { -1, -1 };

/* A file with the pattern, in the page cache; its name is gone. */
static int file_open(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	pattern(buf, FILE_SIZE, 0, 1);
	assert_int_equal(write(fd, buf, FILE_SIZE), FILE_SIZE);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void file_close(int fd)
{
	static uint8_t is[FILE_SIZE];

	assert_int_equal(pread(fd, is, FILE_SIZE, 0), FILE_SIZE);
	if (pattern_differs(is, FILE_SIZE, 0, 1) >= 0)
		fail_msg("the file has changed");
	close(fd);
}

static void pipe_open(int flags)
{
	assert_int_equal(pipe2(pipes, O_CLOEXEC | flags), 0);
}

static void pipe_close(void)
{
	close(pipes[0]);
	close(pipes[1]);
}

static void say_pipe(size_t len)
{
	ssize_t n;
	size_t got;

	for (got = 0; got < len; got += n) {
		n = read(pipes[0], buf + got, len - got);
		if (n <= 0)
			break;
	}
	say_bytes("pipe", buf, got);
}

static void sendfiles(struct pair *p)
{
	static const size_t len[] = { 0, 1, 100, 4095, 4096, 4097, 40000 };
	int file = file_open();
	off_t off = 3;
	size_t i;

	for (i = 0; i < sizeof(len) / sizeof(*len); i++) {
		said("sendfile", sendfile(p->a, file, &off, len[i]));
		say_all(p->b, len[i]);
		said("offset", off);
	}
	said("sendfile", sendfile(p->a, file, NULL, 777));
	say_all(p->b, 777);
	said("position", lseek(file, 0, SEEK_CUR));
	off = FILE_SIZE - 100;
	said("at the end", sendfile(p->a, file, &off, 5000));
	said("behind it", sendfile(p->a, file, &off, 5000));
	say_all(p->b, 100);
	say_recv(p->b, 1, MSG_DONTWAIT);
	/* From a socket it is refused. */
	said("from a socket", sendfile(file, p->b, NULL, 100));
	file_close(file);
}

static ssize_t read_sum;

static void read_all(void *arg)
{
	struct pair *p = arg;
	ssize_t n;

	for (read_sum = 0; read_sum < FILE_SIZE; read_sum += n) {
		n = recv(p->b, buf + read_sum, FILE_SIZE - read_sum, 0);
		if (n <= 0)
			break;
	}
}

/* More than there is room for: it waits, and comes as it is. */
static void sendfile_long(struct pair *p)
{
	int file = file_open();
	struct later l;
	size_t sum = 0;
	ssize_t n;

	option(p->a, SOL_SOCKET, SO_SNDBUF, 50000);
	later(&l, 20, read_all, p);
	while ((n = sendfile(p->a, file, NULL, FILE_SIZE)) > 0)
		sum += n;
	said("sendfile", n);
	said("sent", sum);
	later_join(&l);
	say_bytes("read", buf, read_sum);
	file_close(file);
}

static void sendfile_nonblocking(struct pair *p)
{
	int file = file_open();
	off_t off = 0;
	size_t got = 0;
	ssize_t n;

	option(p->a, SOL_SOCKET, SO_SNDBUF, 20000);
	fcntl(p->a, F_SETFL, O_NONBLOCK);
	while ((n = sendfile(p->a, file, &off, FILE_SIZE)) > 0)
		;
	said("sendfile", n);
	while (got < FILE_SIZE) {
		n = recv(p->b, buf + got, FILE_SIZE - got, MSG_DONTWAIT);
		got += n > 0 ? n : 0;
		/* What didn't go isn't counted. */
		sendfile(p->a, file, &off, FILE_SIZE - off);
	}
	say_bytes("all", buf, got);
	say_recv(p->b, 1, MSG_DONTWAIT);
	file_close(file);
}

static void splice_out(struct pair *p)
{
	int file = file_open();
	loff_t off = 10;

	pipe_open(0);
	said("fill", splice(file, &off, pipes[1], NULL, 20000, 0));
	said("splice", splice(pipes[0], NULL, p->a, NULL, 5000, SPLICE_F_MORE));
	said("splice",
	     splice(pipes[0], NULL, p->a, NULL, 15000, SPLICE_F_MOVE));
	say_all(p->b, 20000);
	said("empty", splice(pipes[0], NULL, p->a, NULL, 1, SPLICE_F_NONBLOCK));
	said("write", write(pipes[1], buf, 10));
	said("splice", splice(pipes[0], NULL, p->a, NULL, 1000, 0));
	say_all(p->b, 10);
	off = 0;
	said("offset", splice(pipes[0], NULL, p->a, &off, 1000, 0));
	/* The last of it announced more, and none comes. */
	said("write", write(pipes[1], buf, 10));
	said("splice", splice(pipes[0], NULL, p->a, NULL, 10, SPLICE_F_MORE));
	said("send", send(p->a, buf, 10, 0));
	say_all(p->b, 20);
	pipe_close();
	file_close(file);
}

/* A copy of the pipe's content goes elsewhere, and neither harms the other. */
static void tees(struct pair *p)
{
	int file = file_open(), other[2];
	loff_t off = 0;

	pipe_open(0);
	assert_int_equal(pipe2(other, O_CLOEXEC), 0);
	said("fill", splice(file, &off, pipes[1], NULL, 30000, 0));
	said("tee", tee(pipes[0], other[1], 30000, 0));
	said("splice", splice(pipes[0], NULL, p->a, NULL, 30000, 0));
	say_all(p->b, 30000);
	said("read", read(other[0], buf, 30000));
	say_bytes("the other", buf, 30000);
	said("fill", splice(file, &off, pipes[1], NULL, 30000, 0));
	said("tee", tee(pipes[0], other[1], 30000, 0));
	said("splice", splice(other[0], NULL, p->a, NULL, 30000, 0));
	say_all(p->b, 30000);
	say_pipe(30000);
	close(other[0]);
	close(other[1]);
	pipe_close();
	file_close(file);
}

/* A program's own pages: not changed, and read when they are sent. */
static void vmsplices(struct pair *p)
{
	uint8_t *mine = aligned_alloc(4096, 65536);
	struct iovec iov[3] = { { mine, 4096 },
				{ mine + 5000, 100 },
				{ mine + 8000, 20000 } };

	pipe_open(0);
	pattern(mine, 65536, 0, 1);
	said("vmsplice", vmsplice(pipes[1], iov, 3, 0));
	said("splice", splice(pipes[0], NULL, p->a, NULL, 65536, 0));
	say_all(p->b, 24196);
	assert_int_equal(pattern_differs(mine, 65536, 0, 1), -1);
	iov[0].iov_len = 65536;
	said("gift", vmsplice(pipes[1], iov, 1, SPLICE_F_GIFT));
	said("splice",
	     splice(pipes[0], NULL, p->a, NULL, 65536, SPLICE_F_MOVE));
	say_all(p->b, 65536);
	assert_int_equal(pattern_differs(mine, 65536, 0, 1), -1);
	pipe_close();
	free(mine);
}

static void splice_in(struct pair *p)
{
	static const size_t len[] = { 1, 100, 4095, 4096, 4097, 10000, 30000 };
	struct timeval t = { .tv_usec = 20000 };
	size_t i, at = 0, got;
	ssize_t n;

	pipe_open(0);
	for (i = 0; i < sizeof(len) / sizeof(*len); at += len[i++]) {
		say_send(p->a, at, len[i], 0);
		arrive(p->b, len[i]);
		/* In how many pieces it comes isn't promised. */
		for (got = 0; got < len[i]; got += n) {
			n = splice(p->b, NULL, pipes[1], NULL, len[i] - got,
				   SPLICE_F_MOVE);
			if (n <= 0) {
				said("splice", n);
				break;
			}
		}
		said("spliced", got);
		say_pipe(got);
	}
	setsockopt(p->b, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	said("none", splice(p->b, NULL, pipes[1], NULL, 10, SPLICE_F_NONBLOCK));
	fcntl(p->b, F_SETFL, O_NONBLOCK);
	said("none", splice(p->b, NULL, pipes[1], NULL, 10, 0));
	say_send(p->a, 0, 500, 0);
	arrive(p->b, 500);
	said("some", splice(p->b, NULL, pipes[1], NULL, 200, 0));
	say_recv(p->b, 100, 0);
	said("rest", splice(p->b, NULL, pipes[1], NULL, 2000, 0));
	say_pipe(400);
	said("into a file", splice(p->b, NULL, p->a, NULL, 10, 0));
	shutdown(p->a, SHUT_WR);
	say_poll(p->b, POLLRDHUP);
	said("end", splice(p->b, NULL, pipes[1], NULL, 10, 0));
	pipe_close();
}

/* No room in the pipe: nothing is lost. */
static void splice_in_full(struct pair *p)
{
	size_t got = 0, drained = 0;
	ssize_t n;

	pipe_open(O_NONBLOCK);
	fcntl(pipes[1], F_SETPIPE_SZ, 4096);
	fcntl(p->b, F_SETFL, O_NONBLOCK);
	say_send(p->a, 0, 50000, 0);
	arrive(p->b, 50000);
	while (drained < 50000) {
		n = splice(p->b, NULL, pipes[1], NULL, 50000,
			   SPLICE_F_NONBLOCK);
		got += n > 0 ? n : 0;
		n = read(pipes[0], buf + drained, 1000);
		if (n <= 0)
			break;
		drained += n;
	}
	said("spliced", got);
	say_bytes("pipe", buf, drained);
	say_recv(p->b, 1, MSG_DONTWAIT);
	pipe_close();
}

static void send_soon(void *arg)
{
	struct pair *p = arg;

	send(p->a, "0123456789", 10, 0);
}

static void splice_in_waits(struct pair *p)
{
	struct timeval t = { .tv_usec = 50000 };
	struct later l;

	pipe_open(0);
	later(&l, 30, send_soon, p);
	said("splice", splice(p->b, NULL, pipes[1], NULL, 1000, 0));
	later_join(&l);
	say_pipe(10);
	setsockopt(p->b, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	said("splice", splice(p->b, NULL, pipes[1], NULL, 1000, 0));
	close_hard(p->a);
	p->a = -1;
	say_poll(p->b, POLLIN);
	said("reset", splice(p->b, NULL, pipes[1], NULL, 1000, 0));
	pipe_close();
}

/* What a proxy does: from one connection through a pipe to another. */
static void relay(struct pair *p)
{
	struct pair q;
	size_t sent = 0, got = 0, held = 0;
	ssize_t n;

	pair_open(&q, p->way);
	pipe_open(0);
	pattern(buf, FILE_SIZE, 0, 1);
	fcntl(p->b, F_SETFL, O_NONBLOCK);
	fcntl(q.a, F_SETFL, O_NONBLOCK);
	while (got < 300000) {
		static uint8_t in[65536];

		n = send(p->a, buf + sent, 300000 - sent, MSG_DONTWAIT);
		sent += n > 0 ? n : 0;
		n = splice(p->b, NULL, pipes[1], NULL, 40000,
			   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
		held += n > 0 ? n : 0;
		if (held)
			n = splice(pipes[0], NULL, q.a, NULL, held,
				   SPLICE_F_NONBLOCK);
		held -= held && n > 0 ? n : 0;
		n = recv(q.b, in, sizeof(in), MSG_DONTWAIT);
		if (n > 0 && pattern_differs(in, n, got, 1) >= 0)
			fail_msg("wrong bytes behind %zu", got);
		got += n > 0 ? n : 0;
	}
	said("relayed", got);
	pipe_close();
	pair_close(&q);
}

/* A page that was spliced from a file and is sent: in the file it stays. */
static void page_cache(struct pair *p)
{
	static uint8_t map_was[65536];
	int file = file_open();
	uint8_t *map = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, file, 0);
	loff_t off = 0;
	size_t i;

	assert_ptr_not_equal(map, MAP_FAILED);
	memcpy(map_was, map, sizeof(map_was));
	pipe_open(0);
	for (i = 0; i < 20; i++) {
		said("fill", splice(file, &off, pipes[1], NULL, 3001, 0));
		said("splice", splice(pipes[0], NULL, p->a, NULL, 3001, 0));
		/* Not yet sent, sent, and not yet read: never. */
		assert_memory_equal(map, map_was, sizeof(map_was));
	}
	say_all(p->b, 20 * 3001);
	assert_memory_equal(map, map_was, sizeof(map_was));
	/* And back: what is read into a pipe is nobody's page but the pipe's. */
	said("sendfile", sendfile(p->a, file, NULL, 30000));
	arrive(p->b, 30000);
	for (i = 0; i < 30000;)
		i += splice(p->b, NULL, pipes[1], NULL, 30000 - i, 0);
	assert_memory_equal(map, map_was, sizeof(map_was));
	say_pipe(30000);
	munmap(map, FILE_SIZE);
	pipe_close();
	file_close(file);
}

/* A read as any, which SO_PEEK_OFF goes along with; TCP's own splice leaves it. */
static void peek_off(struct pair *plain)
{
	static const struct way way = {
		.family = AF_INET, .a = ATTACH_LATE, .b = ATTACH_LATE, .ab = 7
	};
	int off = 500;
	socklen_t len = sizeof(off);
	struct pair p;

	(void)plain;
	pair_open(&p, &way);
	pipe_open(0);
	if (setsockopt(p.b, SOL_SOCKET, SO_PEEK_OFF, &off, len)) {
		/* Before Linux 6.9 TCP has none. */
		assert_int_equal(errno, EOPNOTSUPP);
	} else if (caesar_wanted()) {
		pattern(buf, 1000, 0, 1);
		assert_int_equal(send(p.a, buf, 1000, 0), 1000);
		arrive(p.b, 1000);
		assert_int_equal(splice(p.b, NULL, pipes[1], NULL, 300, 0),
				 300);
		assert_int_equal(getsockopt(p.b, SOL_SOCKET, SO_PEEK_OFF, &off,
					    &len),
				 0);
		assert_int_equal(off, 200);
		assert_int_equal(recv(p.b, buf, 100, MSG_PEEK), 100);
		assert_int_equal(pattern_differs(buf, 100, 500, 1), -1);
	}
	pipe_close();
	pair_close(&p);
	say("as the page says");
}

/* CVE-2024-0646: many small pieces, each announcing more, beyond any array. */
static void small_pieces(struct pair *p)
{
	int file = file_open(), i, j;
	loff_t off = 0;

	pipe_open(0);
	for (i = 0; i < 20; i++) {
		for (j = 0; j < 16; j++)
			said("fill", splice(file, &off, pipes[1], NULL, 1 + j,
					    SPLICE_F_MORE));
		said("splice",
		     splice(pipes[0], NULL, p->a, NULL, 136, SPLICE_F_MORE));
	}
	say_send(p->a, off, 1, 0);
	say_all(p->b, off + 1);
	pipe_close();
	file_close(file);
}

static const struct scene scenes[] = {
	{ .name = "sendfiles", .play = sendfiles },
	{ .name = "sendfile_long", .play = sendfile_long },
	{ .name = "sendfile_nonblocking", .play = sendfile_nonblocking },
	{ .name = "splice_out", .play = splice_out },
	{ .name = "tees", .play = tees },
	{ .name = "vmsplices", .play = vmsplices },
	{ .name = "splice_in", .play = splice_in },
	{ .name = "splice_in_full", .play = splice_in_full },
	{ .name = "splice_in_waits", .play = splice_in_waits },
	{ .name = "relay", .play = relay },
	{ .name = "peek_off", .play = peek_off, .bare = true, .once = true },
	{ .name = "small_pieces_CVE_2024_0646", .play = small_pieces },
	{ .name = "page_cache_CVE_2026_43284", .play = page_cache },
};

int main(void)
{
	return SCENES_RUN("splice", scenes);
}
