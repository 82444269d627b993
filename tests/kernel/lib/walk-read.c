// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scene.h"
#include "walk-model.h"

/* From SO_PEEK_OFF on, where that is set; which isn't beyond another key. */
static void peek(struct lane *l)
{
	uint64_t off = l->peek_off > 0 ? l->peek_off : 0;
	size_t len = walk_size(), most = walk_allowed(l, len + off);
	bool truncate = !walk_below(4);
	ssize_t n;

	if (most <= off)
		return;
	if (len > most - off)
		len = most - off;
	n = recv(l->to, truncate ? NULL : walking.buf, len,
		 MSG_PEEK | (truncate ? MSG_TRUNC : 0));
	walk_note("lane %d: peek %zu at %d: %zd", walk_lane(l), len,
		  l->peek_off, n);
	if (walk_nothing("peek", n))
		return;
	walk_check(l, truncate ? NULL : walking.buf, n, off);
	if (l->peek_off >= 0)
		l->peek_off += n;
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

	m.msg_iovlen = walk_cut(iov, 8, walking.buf, len);
	n = recvmsg(l->to, &m, walk_below(2) ? MSG_WAITALL : 0);
	walk_note("lane %d: recvmsg %zu: %zd", walk_lane(l), len, n);
	if (walk_nothing("recvmsg", n))
		return;
	walk_check(l, walking.buf, n, 0);
	walk_took(l, n);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_TCP && c->cmsg_type == TCP_CM_INQ)
			memcpy(&inq, CMSG_DATA(c), sizeof(inq));
	if (l->inq && (inq < 0 || (uint64_t)inq > l->sent - l->got))
		walk_wrong("lane %d: TCP_INQ says %d", walk_lane(l), inq);
}

static void recv_piped(struct lane *l, size_t len)
{
	bool urgent;
	ssize_t n;

	/* TCP's own splice_read doesn't move it along. */
	if (l->peek_off >= 0)
		return;
	len = len < 60000 ? len : 60000;
	n = splice(l->to, NULL, walking.pipes[1], NULL, len, SPLICE_F_NONBLOCK);
	walk_note("lane %d: splice %zu: %zd", walk_lane(l), len, n);
	if (walk_nothing("splice", n))
		return;
	if (read(walking.pipes[0], walking.buf, n) != n)
		walk_wrong("the pipe holds less than %zd", n);
	walk_check(l, walking.buf, n, 0);
	urgent = l->urgent;
	walk_took(l, n);
	l->late = urgent && !l->urgent;
}

static void fetch_urgent(struct lane *l)
{
	uint8_t byte;
	ssize_t n = recv(l->to, &byte, 1, MSG_OOB);

	walk_note("lane %d: fetch the urgent byte: %zd", walk_lane(l), n);
	if (n < 0 && errno == EAGAIN && l->urgent)
		return;
	/* Or the segment that says so hasn't come. */
	if (n < 0 && errno == EINVAL)
		return;
	if (n != 1 || !(l->urgent || l->late) || l->in_line || l->fetched)
		walk_wrong("the urgent byte: %s",
			   n < 0 ? strerror(errno) : "none");
	/*
	 * TCP marks the end of each piece that it takes of an urgent send, and the
	 * mark of the last may be under way still.
	 */
	if (pattern_differs(&byte, 1, l->urgent_at, l->seed) < 0)
		l->fetched = true;
	else if (!walking.walk->slow)
		walk_wrong("the urgent byte is another");
}

/* With room for fewer than it asks for: none of the others may be lost. */
static void recv_fault(struct lane *l, size_t len)
{
	size_t room = walk_below(len + 1);
	uint8_t *at;
	ssize_t n;

	room = room < 60000 ? room : 60000;
	at = edge(room);
	n = recv(l->to, at, len, 0);
	walk_note("lane %d: recv %zu into %zu: %zd", walk_lane(l), len, room,
		  n);
	if (n < 0 && errno == EFAULT)
		return;
	if (walk_nothing("recv", n))
		return;
	if ((size_t)n > room)
		walk_wrong("%zd bytes went into %zu", n, room);
	walk_check(l, at, n, 0);
	walk_took(l, n);
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
	n = recv(l->to, walking.buf, len, MSG_WAITALL);
	fcntl(l->to, F_SETFL, O_NONBLOCK);
	walk_note("lane %d: wait for %zu: %zd", walk_lane(l), len, n);
	if (n != (ssize_t)len)
		walk_wrong("%zd of %zu that were there", n, len);
	walk_check(l, walking.buf, n, 0);
	walk_took(l, n);
}

void walk_read(struct lane *l)
{
	size_t len = walk_allowed(l, walk_size());
	struct iovec iov[8];
	ssize_t n;

	if (!len)
		return;
	switch (walk_below(12)) {
	case 0:
		fetch_urgent(l);
		return;
	case 1:
	case 2:
		peek(l);
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
		walk_note("lane %d: pass over %zu: %zd", walk_lane(l), len, n);
		if (walk_nothing("recv", n))
			return;
		walk_check(l, NULL, n, 0);
		walk_took(l, n);
		return;
	case 9:
		n = readv(l->to, iov, walk_cut(iov, 8, walking.buf, len));
		break;
	case 10:
		n = read(l->to, walking.buf, len);
		break;
	default:
		n = recv(l->to, walking.buf, len, MSG_DONTWAIT);
	}
	walk_note("lane %d: read %zu: %zd", walk_lane(l), len, n);
	if (walk_nothing("read", n))
		return;
	walk_check(l, walking.buf, n, 0);
	walk_took(l, n);
}
