// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "check.h"
#include "scene.h"
#include "walk.h"

/* The sequence of pattern() comes again after so many bytes. */
#define PERIOD 65521
#define MOST 100000

/**
 * struct lane - one direction of the connection, as the model has it
 * @from: the end that sends
 * @to: the end that reads
 * @seed: of its bytes
 * @sent: bytes handed to the kernel
 * @got: where the reader stands
 * @urgent: a byte is, and hasn't been passed
 * @urgent_at: where it stands
 * @fetched: the byte was read with MSG_OOB
 * @in_line: SO_OOBINLINE at the reader
 * @changes: the key does, where @change_at is
 * @change_at: nothing is read beyond before the reader's key has changed
 * @next_key: what it changes to
 * @peek_off: SO_PEEK_OFF, or -1
 * @inq: TCP_INQ at the reader
 */
struct lane {
	int from, to;
	unsigned int seed;
	uint64_t sent, got;
	bool urgent, fetched, in_line;
	uint64_t urgent_at;
	bool changes;
	uint64_t change_at;
	int next_key;
	int peek_off;
	bool inq;
};

static const struct walk *walk;
static struct pair pair;
static struct lane lanes[2];
static struct {
	bool attached;
	int tx, rx;
} ends[2];
static unsigned int walk_seed, forced_steps;
static uint64_t rng;
static long step;
static int file = -1, pipes[2], others[2];
static const uint8_t *lent; /* what @file holds, and nobody writes to */
static uint8_t buf[MOST + 4096];
static char history[16][80];
static unsigned int histories;
static unsigned int idle; /* calls in a row that could do nothing */
static uint64_t moved; /* bytes that came */

static uint64_t draw(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* 0 to N - 1 */
static unsigned int below(unsigned int n)
{
	return (draw() >> 20) % n;
}

static size_t size(void)
{
	static const size_t edges[] = { 0,     1,     7,     8,	    9,
					31,    32,    33,    63,    64,
					1447,  1448,  4095,  4096,  4097,
					16383, 16384, 32768, 65535, 65536 };

	switch (below(8)) {
	case 0:
		return edges[below(sizeof(edges) / sizeof(*edges))];
	case 1:
	case 2:
		return below(20);
	case 3:
	case 4:
		return below(300);
	case 5:
	case 6:
		return below(6000);
	}
	return below(MOST);
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(history[histories++ % 16], sizeof(*history), format, args);
	va_end(args);
}

#define wrong(...)                                                      \
	do {                                                            \
		unsigned int at_ = histories > 16 ? histories - 16 : 0; \
		printf("# %s, step %ld; again: WALK_SEED=%u\n",         \
		       walk->way->name, step, walk_seed);               \
		for (; at_ < histories; at_++)                          \
			printf("#   %s\n", history[at_ % 16]);          \
		fail_msg(__VA_ARGS__);                                  \
	} while (0)

static int lane_index(const struct lane *l)
{
	return l - lanes;
}

/* Where the next byte that is read stands: an urgent one is passed over. */
static uint64_t next_byte(const struct lane *l)
{
	return l->urgent && !l->in_line && l->got == l->urgent_at ? l->got + 1 :
								    l->got;
}

/* How much may be read without running into another key. */
static size_t allowed(const struct lane *l, size_t len)
{
	uint64_t most;

	if (!l->changes)
		return len;
	most = l->change_at - l->got;
	return len < most ? len : most;
}

/* N bytes were read, or peeked at from OFF bytes behind the reader on. */
static void check(const struct lane *l, const void *bytes, size_t n,
		  uint64_t off)
{
	uint64_t at = next_byte(l) + off;
	ssize_t bad;

	if (at + n > l->sent)
		wrong("lane %d: %zu bytes at %llu, and %llu were sent",
		      lane_index(l), n, (unsigned long long)at,
		      (unsigned long long)l->sent);
	if (l->urgent && !l->in_line && at <= l->urgent_at &&
	    at + n > l->urgent_at)
		wrong("lane %d: read across the mark", lane_index(l));
	bad = bytes ? pattern_differs(bytes, n, at, l->seed) : -1;
	if (bad >= 0)
		wrong("lane %d: byte %zd of %zu at %llu is wrong",
		      lane_index(l), bad, n, (unsigned long long)at);
}

static void change_key(struct lane *l)
{
	int end = !lane_index(l);

	ends[end].rx = l->next_key;
	if (caesar_keys(l->to, ends[end].tx, ends[end].rx))
		wrong("the reader's key: %s", strerror(errno));
	l->changes = false;
	note("lane %d: read with key %d", lane_index(l), l->next_key);
}

/* ...and are gone. */
static void took(struct lane *l, size_t n)
{
	uint64_t at = next_byte(l);

	moved += n;
	idle = 0;
	l->got = at + n;
	if (l->urgent && l->got > l->urgent_at)
		l->urgent = false;
	if (l->peek_off > 0)
		l->peek_off = l->peek_off > (int)n ? l->peek_off - (int)n : 0;
	if (l->changes && l->got == l->change_at)
		change_key(l);
}

/* Nothing came: that is what EAGAIN is for. */
static bool nothing(const char *what, ssize_t n)
{
	if (n > 0)
		return false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		idle++;
		return true;
	}
	if (!n)
		wrong("%s: the end", what);
	wrong("%s: %s", what, strerror(errno));
	return true;
}

/* Buffers of any length, some without any, LEN in all. */
static int cut(struct iovec *iov, int most, uint8_t *at, size_t len)
{
	int n = 0;

	while (n < most - 1 && len) {
		size_t part = below(4) ? size() : 0;

		part = part < len ? part : len;
		iov[n++] = (struct iovec){ at, part };
		at += part;
		len -= part;
	}
	iov[n++] = (struct iovec){ at, len };
	return n;
}

static void sent(struct lane *l, const char *how, size_t len, ssize_t n)
{
	note("lane %d: %s %zu: %zd", lane_index(l), how, len, n);
	if (n < 0 && errno != EAGAIN && errno != EFAULT)
		wrong("%s: %s", how, strerror(errno));
	if (n > (ssize_t)len)
		wrong("%s: %zd of %zu", how, n, len);
	l->sent += n > 0 ? n : 0;
	if (n > 0)
		idle = 0;
	else
		idle++;
}

static void send_urgent(struct lane *l)
{
	size_t len = 1 + below(2000);
	ssize_t n;

	/* Farther off, TCP can't say where it stands. */
	if (l->urgent || l->changes || l->peek_off >= 0 ||
	    l->sent - l->got > 30000)
		return;
	pattern(buf, len, l->sent, l->seed);
	n = send(l->from, buf, len, MSG_OOB | MSG_NOSIGNAL);
	sent(l, "send urgent", len, n);
	/* The last byte that went is, also when it wasn't to be the last. */
	if (n > 0) {
		l->urgent = true;
		l->fetched = false;
		l->urgent_at = l->sent - 1;
	}
}

static void empty(int fd, ssize_t len)
{
	ssize_t n;

	for (; len > 0; len -= n) {
		n = read(fd, buf,
			 (size_t)len < sizeof(buf) ? (size_t)len : sizeof(buf));
		if (n <= 0)
			wrong("a pipe is short of %zd bytes", len);
	}
}

static void send_piped(struct lane *l, int how)
{
	loff_t off = (l->sent + l->seed * 7919ULL) % PERIOD;
	struct iovec iov = { (void *)(lent + off), 1 + below(60000) };
	ssize_t in, n;
	int from = pipes[0];

	if (how == 0) {
		sent(l, "sendfile", iov.iov_len,
		     sendfile(l->from, file, &off, iov.iov_len));
		return;
	}
	if (how == 1)
		in = vmsplice(pipes[1], &iov, 1, SPLICE_F_NONBLOCK);
	else
		in = splice(file, &off, pipes[1], NULL, iov.iov_len,
			    SPLICE_F_NONBLOCK);
	if (in <= 0)
		wrong("into a pipe: %s", strerror(errno));
	if (how == 3) {
		n = tee(pipes[0], others[1], in, SPLICE_F_NONBLOCK);
		if (n != in)
			wrong("tee: %zd of %zd", n, in);
		from = others[0];
		empty(pipes[0], in);
	}
	n = splice(from, NULL, l->from, NULL, in,
		   SPLICE_F_NONBLOCK | (below(2) ? SPLICE_F_MORE : 0));
	sent(l, how == 1 ? "vmsplice" : how == 2 ? "splice" : "tee", in, n);
	empty(from, in - (n > 0 ? n : 0));
}

static void send_some(struct lane *l)
{
	static const int flags[] = { 0,
				     0,
				     0,
				     MSG_MORE,
				     MSG_EOR,
				     MSG_DONTWAIT,
				     MSG_MORE,
				     MSG_ZEROCOPY,
				     MSG_MORE | MSG_EOR };
	int flag = flags[below(sizeof(flags) / sizeof(*flags))];
	struct iovec iov[9];
	struct msghdr m = { .msg_iov = iov };
	size_t len = size();
	uint8_t *at;

	switch (below(12)) {
	case 0:
		send_urgent(l);
		return;
	case 1:
	case 2:
		send_piped(l, below(4));
		return;
	case 3:
		/* The last of it can't be read. */
		len = len < 60000 ? len : 60000;
		at = edge(len);
		pattern(at, len, l->sent, l->seed);
		sent(l, "send to a fault", len,
		     send(l->from, at, len + 1 + below(5000),
			  flag | MSG_NOSIGNAL));
		return;
	case 4:
	case 5:
		pattern(buf, len, l->sent, l->seed);
		m.msg_iovlen = cut(iov, 8, buf, len);
		sent(l, "sendmsg", len,
		     sendmsg(l->from, &m, flag | MSG_NOSIGNAL));
		return;
	case 6:
		pattern(buf, len, l->sent, l->seed);
		sent(l, "writev", len,
		     writev(l->from, iov, cut(iov, 8, buf, len)));
		return;
	case 7:
		pattern(buf, len, l->sent, l->seed);
		sent(l, "write", len, write(l->from, buf, len));
		return;
	}
	pattern(buf, len, l->sent, l->seed);
	sent(l, "send", len, send(l->from, buf, len, flag | MSG_NOSIGNAL));
}

static void peek(struct lane *l)
{
	uint64_t off = l->peek_off > 0 ? l->peek_off : 0;
	size_t len = allowed(l, size());
	ssize_t n;

	/* With SO_PEEK_OFF it may be short of the key's end already. */
	if (l->changes)
		len = l->got + off < l->change_at ?
			      allowed(l, len + off) > off ?
			      allowed(l, len + off) - off :
			      0 :
			      0;
	if (!len)
		return;
	n = recv(l->to, buf, len, MSG_PEEK | (below(4) ? 0 : MSG_TRUNC));
	note("lane %d: peek %zu at %d: %zd", lane_index(l), len, l->peek_off,
	     n);
	if (nothing("peek", n))
		return;
	check(l, NULL, n, off);
	if (l->peek_off >= 0)
		l->peek_off += n;
}

static void peek_bytes(struct lane *l)
{
	size_t len = allowed(l, size());
	ssize_t n;

	if (!len || l->peek_off >= 0) {
		peek(l);
		return;
	}
	n = recv(l->to, buf, len, MSG_PEEK);
	note("lane %d: peek %zu: %zd", lane_index(l), len, n);
	if (!nothing("peek", n))
		check(l, buf, n, 0);
}

static void recv_message(struct lane *l, size_t len)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int)) + 64];
	} control;
	struct iovec iov[8];
	struct msghdr m = { .msg_iov = iov,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;
	int inq = -1;

	m.msg_iovlen = cut(iov, 8, buf, len);
	n = recvmsg(l->to, &m, below(2) ? MSG_WAITALL : 0);
	note("lane %d: recvmsg %zu: %zd", lane_index(l), len, n);
	if (nothing("recvmsg", n))
		return;
	check(l, buf, n, 0);
	took(l, n);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_TCP && c->cmsg_type == TCP_CM_INQ)
			memcpy(&inq, CMSG_DATA(c), sizeof(inq));
	if (l->inq && (inq < 0 || (uint64_t)inq > l->sent - l->got))
		wrong("lane %d: TCP_INQ says %d", lane_index(l), inq);
}

static void recv_piped(struct lane *l, size_t len)
{
	ssize_t n;

	len = len < 60000 ? len : 60000;
	n = splice(l->to, NULL, pipes[1], NULL, len, SPLICE_F_NONBLOCK);
	note("lane %d: splice %zu: %zd", lane_index(l), len, n);
	if (nothing("splice", n))
		return;
	if (read(pipes[0], buf, n) != n)
		wrong("the pipe holds less than %zd", n);
	check(l, buf, n, 0);
	took(l, n);
}

static void fetch_urgent(struct lane *l)
{
	uint8_t byte;
	ssize_t n = recv(l->to, &byte, 1, MSG_OOB);

	note("lane %d: fetch the urgent byte: %zd", lane_index(l), n);
	if (n < 0 && errno == EAGAIN && l->urgent)
		return;
	/* Or the segment that says so hasn't come. */
	if (n < 0 && errno == EINVAL)
		return;
	if (n != 1 || !l->urgent || l->in_line || l->fetched)
		wrong("the urgent byte: %s", n < 0 ? strerror(errno) : "none");
	if (pattern_differs(&byte, 1, l->urgent_at, l->seed) >= 0)
		wrong("the urgent byte is another");
	l->fetched = true;
}

/* With room for fewer than it asks for: none of the others may be lost. */
static void recv_fault(struct lane *l, size_t len)
{
	size_t room = below(len + 1);
	uint8_t *at;
	ssize_t n;

	room = room < 60000 ? room : 60000;
	at = edge(room);
	n = recv(l->to, at, len, 0);
	note("lane %d: recv %zu into %zu: %zd", lane_index(l), len, room, n);
	if (n < 0 && errno == EFAULT)
		return;
	if (nothing("recv", n))
		return;
	if ((size_t)n > room)
		wrong("%zd bytes went into %zu", n, room);
	check(l, at, n, 0);
	took(l, n);
}

/* It waits, for what the kernel has already said is there. */
static void recv_blocking(struct lane *l, size_t len)
{
	int there = 0;
	ssize_t n;

	ioctl(l->to, FIONREAD, &there);
	len = len < (size_t)there ? len : (size_t)there;
	if (!len || l->urgent)
		return;
	fcntl(l->to, F_SETFL, 0);
	n = recv(l->to, buf, len, MSG_WAITALL);
	fcntl(l->to, F_SETFL, O_NONBLOCK);
	note("lane %d: wait for %zu: %zd", lane_index(l), len, n);
	if (n != (ssize_t)len)
		wrong("%zd of %zu that were there", n, len);
	check(l, buf, n, 0);
	took(l, n);
}

static void recv_some(struct lane *l)
{
	size_t len = allowed(l, size());
	struct iovec iov[8];
	ssize_t n;

	if (!len)
		return;
	switch (below(12)) {
	case 0:
		fetch_urgent(l);
		return;
	case 1:
		peek(l);
		return;
	case 2:
		peek_bytes(l);
		return;
	case 3:
	case 4:
		recv_message(l, len);
		return;
	case 5:
		recv_piped(l, len);
		return;
	case 6:
		recv_fault(l, len);
		return;
	case 7:
		recv_blocking(l, len);
		return;
	case 8:
		n = recv(l->to, NULL, len, MSG_TRUNC);
		note("lane %d: pass over %zu: %zd", lane_index(l), len, n);
		if (nothing("recv", n))
			return;
		check(l, NULL, n, 0);
		took(l, n);
		return;
	case 9:
		n = readv(l->to, iov, cut(iov, 8, buf, len));
		break;
	case 10:
		n = read(l->to, buf, len);
		break;
	default:
		n = recv(l->to, buf, len, MSG_DONTWAIT);
	}
	note("lane %d: read %zu: %zd", lane_index(l), len, n);
	if (nothing("read", n))
		return;
	check(l, buf, n, 0);
	took(l, n);
}

/* What the kernel says about the streams agrees with the model. */
static void ask(struct lane *l)
{
	struct pollfd p = { .fd = l->to, .events = POLLIN };
	struct caesar_key key;
	socklen_t size_of_key = sizeof(key);
	int end = !lane_index(l), there = -1, queued = -1;

	if (ioctl(l->to, FIONREAD, &there) || there < 0 ||
	    (uint64_t)there > l->sent - l->got)
		wrong("lane %d: FIONREAD says %d", lane_index(l), there);
	if (ioctl(l->from, SIOCOUTQ, &queued) || queued < 0 ||
	    (uint64_t)queued > l->sent + 2)
		wrong("lane %d: SIOCOUTQ says %d", lane_index(l), queued);
	if (poll(&p, 1, 0) < 0 || p.revents & (POLLERR | POLLHUP | POLLNVAL))
		wrong("lane %d: poll says 0x%x", lane_index(l), p.revents);
	if (!ends[end].attached || !caesar_wanted())
		return;
	if (getsockopt(l->to, SOL_TCP, TCP_CAESAR_KEY, &key, &size_of_key) ||
	    key.tx != (uint8_t)ends[end].tx || key.rx != (uint8_t)ends[end].rx)
		wrong("the keys are 0x%x and 0x%x", key.tx, key.rx);
	if (caesar_attach(l->to) != -EEXIST)
		wrong("attached twice");
}

static void options(struct lane *l)
{
	/* Less, and lo's segments of 64 KiB are dropped again and again. */
	static const int sizes[] = { 70000, 100000, 200000, 500000 };
	int on = below(2), off = below(3) ? -1 : (int)below(3000);

	switch (below(9)) {
	case 0:
		option(l->from, SOL_TCP, TCP_NODELAY, on);
		break;
	case 1:
		option(l->from, SOL_TCP, TCP_CORK, on);
		break;
	case 2:
		option(l->to, SOL_SOCKET, SO_RCVLOWAT, 1 + below(3000));
		break;
	case 3:
		option(l->from, SOL_SOCKET, SO_SNDBUF,
		       sizes[below(4)] >> below(6));
		break;
	case 4:
		option(l->to, SOL_SOCKET, SO_RCVBUF, sizes[below(4)]);
		break;
	case 5:
		option(l->to, SOL_TCP, TCP_QUICKACK, on);
		break;
	case 6:
		if (l->urgent)
			break;
		option(l->to, SOL_SOCKET, SO_OOBINLINE, on);
		l->in_line = on;
		break;
	case 7:
		option(l->to, SOL_TCP, TCP_INQ, on);
		l->inq = on;
		break;
	case 8:
		/* Where TCP has it. */
		if (l->urgent || setsockopt(l->to, SOL_SOCKET, SO_PEEK_OFF,
					    &off, sizeof(off)))
			break;
		note("lane %d: SO_PEEK_OFF %d", lane_index(l), off);
		l->peek_off = off;
		break;
	}
}

/* From the next byte sent on; the reader changes when it comes there. */
static void new_key(struct lane *l)
{
	int end = lane_index(l);

	if (!ends[0].attached || !ends[1].attached || l->changes || l->urgent)
		return;
	l->changes = true;
	l->change_at = l->sent;
	l->next_key = below(512);
	ends[end].tx = l->next_key;
	note("lane %d: send with key %d from %llu on", end, l->next_key,
	     (unsigned long long)l->sent);
	if (caesar_keys(l->from, ends[end].tx, ends[end].rx))
		wrong("the sender's key: %s", strerror(errno));
	if (l->got == l->change_at)
		change_key(l);
}

static void drain(void)
{
	time_t end = time(NULL) + (walk->slow ? 90 : 20);
	int i, tries = 0;

	for (i = 0; i < 2; i++) {
		struct lane *l = &lanes[i];

		option(l->from, SOL_TCP, TCP_CORK, 0);
		option(l->from, SOL_TCP, TCP_NODELAY, 1);
		option(l->to, SOL_SOCKET, SO_RCVLOWAT, 1);
		while (l->got < l->sent) {
			size_t len = allowed(l, 50000);
			ssize_t n;

			/* The last byte of all is urgent, and isn't in line. */
			if (l->urgent && !l->in_line &&
			    l->got == l->urgent_at && l->sent == l->got + 1)
				break;
			n = recv(l->to, buf, len, 0);
			if (time(NULL) > end)
				wrong("lane %d stays at %llu of %llu", i,
				      (unsigned long long)l->got,
				      (unsigned long long)l->sent);
			if (nothing("drain", n)) {
				usleep(tries++ < 100 ? 100 : 5000);
				continue;
			}
			check(l, buf, n, 0);
			took(l, n);
		}
	}
}

static void give(int end)
{
	int fd = end ? pair.b : pair.a;

	if (!(end ? walk->ulp_b : walk->ulp_a))
		return;
	if (!ends[end].attached && caesar_attach(fd))
		wrong("attach: %s", strerror(errno));
	ends[end].attached = true;
	if (caesar_keys(fd, ends[end].tx, ends[end].rx))
		wrong("keys: %s", strerror(errno));
}

/* A connection: plain at first, or with the protocol from the beginning. */
static void begin(void)
{
	static struct way way;
	int i, keyed = walk->ulp_a && walk->ulp_b ? 256 : 1;
	bool early = below(2);

	way = *walk->way;
	if (!way.target_a && !way.target_b) {
		way.ab = below(keyed);
		way.ba = below(keyed);
	}
	way.a = walk->ulp_a && early ? ATTACH_EARLY : ATTACH_NEVER;
	way.b = walk->ulp_b && early ? ATTACH_EARLY : ATTACH_NEVER;
	(walk->connect ? walk->connect : pair_open)(&pair, &way);
	memset(lanes, 0, sizeof(lanes));
	for (i = 0; i < 2; i++) {
		lanes[i].from = i ? pair.b : pair.a;
		lanes[i].to = i ? pair.a : pair.b;
		lanes[i].seed = below(1000);
		lanes[i].peek_off = -1;
		fcntl(lanes[i].from, F_SETFL, O_NONBLOCK);
		ends[i].tx = i ? way.ba : way.ab;
		ends[i].rx = i ? way.ab : way.ba;
		ends[i].attached = early && (i ? walk->ulp_b : walk->ulp_a);
	}
	note("a connection, attached %s", early ? "early" : "late");
	/* Where rules shift, the other end must from the first byte on. */
	if (!early && (way.target_a || way.target_b)) {
		give(0);
		give(1);
	}
}

/* All that was sent has come: then the keys may change without ado. */
static void attach_both(void)
{
	if (ends[0].attached || ends[1].attached ||
	    (!walk->ulp_a && !walk->ulp_b))
		return;
	drain();
	note("attached");
	give(0);
	give(1);
}

static void finish(void)
{
	struct lane *l = &lanes[below(2)];
	int i;
	ssize_t n;

	drain();
	if (below(2)) {
		shutdown(l->from, SHUT_WR);
		for (i = 0; i < 20000; i++) {
			n = recv(l->to, buf, 1000, 0);
			if (n >= 0 || errno != EAGAIN)
				break;
			usleep(1000);
		}
		if (n)
			wrong("no end: %zd", n);
	}
	pair_close(&pair);
}

static void prepare(void)
{
	static uint8_t all[3 * PERIOD];

	if (file >= 0)
		return;
	pattern(all, sizeof(all), 0, 0);
	file = memfd_create("walk", MFD_CLOEXEC);
	if (file < 0 || write(file, all, sizeof(all)) != sizeof(all) ||
	    pipe2(pipes, O_CLOEXEC | O_NONBLOCK) ||
	    pipe2(others, O_CLOEXEC | O_NONBLOCK))
		fail_msg("%s", strerror(errno));
	lent = mmap(NULL, sizeof(all), PROT_READ, MAP_SHARED, file, 0);
	assert_ptr_not_equal(lent, MAP_FAILED);
}

void walk_run(const struct walk *w)
{
	walk = w;
	rng = walk_seed * 2654435761ULL + 88172645463325252ULL;
	histories = 0;
	pair.a = pair.b = -1;
	prepare();
	begin();
	for (step = 0; step < w->steps; step++) {
		struct lane *l = &lanes[below(2)];
		unsigned int what = below(1000);

		if (what < 400)
			send_some(l);
		else if (what < 900)
			recv_some(l);
		else if (what < 930)
			options(l);
		else if (what < 970)
			ask(l);
		else if (what < 985)
			new_key(l);
		else if (what < 990)
			attach_both();
		else if (what < 992)
			drain();
		else if (what < 994) {
			finish();
			begin();
		} else if (w->between) {
			w->between(below(1000));
		}
		/* Everybody waits for a timer of TCP's, or for the network. */
		if (idle > 20) {
			struct pollfd p[2] = { { pair.a, POLLIN, 0 },
					       { pair.b, POLLIN, 0 } };

			poll(p, 2, 10);
			idle = 0;
		}
	}
	finish();
	printf("# %s: %llu bytes in %ld steps\n", w->way->name,
	       (unsigned long long)moved, w->steps);
	moved = 0;
}

void walk_arguments(int argc, char **argv)
{
	const char *seed = argc > 1 ? argv[1] : getenv("WALK_SEED");
	const char *steps = argc > 2 ? argv[2] : getenv("WALK_STEPS");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	walk_seed = seed ? strtoul(seed, NULL, 0) :
			   (now.tv_nsec ^ now.tv_sec ^ getpid()) & 0xffffff;
	forced_steps = steps ? strtoul(steps, NULL, 0) : 0;
	printf("# WALK_SEED=%u\n", walk_seed);
}

long walk_steps(long count)
{
	return forced_steps ? forced_steps : count;
}
