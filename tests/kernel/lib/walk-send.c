// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scene.h"
#include "walk-model.h"

static void send_urgent(struct lane *l)
{
	size_t len = 1 + walk_below(2000);
	ssize_t n;

	/* Farther off, TCP can't say where it stands. */
	if (l->urgent || l->changes || l->peek_off >= 0 ||
	    l->sent - l->got > 30000)
		return;
	pattern(walking.buf, len, l->sent, l->seed);
	n = send(l->from, walking.buf, len, MSG_OOB | MSG_NOSIGNAL);
	walk_sent(l, "send urgent", len, n);
	/* The last byte that went is, also when it wasn't to be the last. */
	if (n > 0) {
		l->urgent = true;
		l->fetched = false;
		l->urgent_at = l->sent - 1;
	}
}

static void walk_empty(int fd, ssize_t len)
{
	ssize_t n;

	for (; len > 0; len -= n) {
		n = read(fd, walking.buf,
			 (size_t)len < sizeof(walking.buf) ?
				 (size_t)len :
				 sizeof(walking.buf));
		if (n <= 0)
			walk_wrong("a pipe is short of %zd bytes", len);
	}
}

static void send_piped(struct lane *l, int how)
{
	loff_t off = (l->sent + l->seed * 7919ULL) % WALK_PERIOD;
	struct iovec iov = { (void *)(walking.lent + off),
			     1 + walk_below(60000) };
	ssize_t in, n;
	int from = walking.pipes[0];

	if (how == 0) {
		walk_sent(l, "sendfile", iov.iov_len,
			  sendfile(l->from, walking.file, &off, iov.iov_len));
		return;
	}
	if (how == 1)
		in = vmsplice(walking.pipes[1], &iov, 1, SPLICE_F_NONBLOCK);
	else
		in = splice(walking.file, &off, walking.pipes[1], NULL,
			    iov.iov_len, SPLICE_F_NONBLOCK);
	if (in <= 0)
		walk_wrong("into a pipe: %s", strerror(errno));
	if (how == 3) {
		n = tee(walking.pipes[0], walking.others[1], in,
			SPLICE_F_NONBLOCK);
		if (n != in)
			walk_wrong("tee: %zd of %zd", n, in);
		from = walking.others[0];
		walk_empty(walking.pipes[0], in);
	}
	n = splice(from, NULL, l->from, NULL, in,
		   SPLICE_F_NONBLOCK | (walk_below(2) ? SPLICE_F_MORE : 0));
	walk_sent(l,
		  how == 1 ? "vmsplice" :
		  how == 2 ? "splice" :
			     "tee",
		  in, n);
	walk_empty(from, in - (n > 0 ? n : 0));
}

void walk_send(struct lane *l)
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
	int flag = flags[walk_below(sizeof(flags) / sizeof(*flags))];
	struct iovec iov[9];
	struct msghdr m = { .msg_iov = iov };
	size_t len = walk_size();
	uint8_t *at;

	switch (walk_below(12)) {
	case 0:
		send_urgent(l);
		return;
	case 1:
	case 2:
		send_piped(l, walk_below(4));
		return;
	case 3:
		/* The last of it can't be read. */
		len = len < 60000 ? len : 60000;
		at = edge(len);
		pattern(at, len, l->sent, l->seed);
		walk_sent(l, "send to a fault", len,
			  send(l->from, at, len + 1 + walk_below(5000),
			       flag | MSG_NOSIGNAL));
		return;
	case 4:
	case 5:
		pattern(walking.buf, len, l->sent, l->seed);
		m.msg_iovlen = walk_cut(iov, 8, walking.buf, len);
		walk_sent(l, "sendmsg", len,
			  sendmsg(l->from, &m, flag | MSG_NOSIGNAL));
		return;
	case 6:
		pattern(walking.buf, len, l->sent, l->seed);
		walk_sent(l, "writev", len,
			  writev(l->from, iov,
				 walk_cut(iov, 8, walking.buf, len)));
		return;
	case 7:
		pattern(walking.buf, len, l->sent, l->seed);
		walk_sent(l, "write", len, write(l->from, walking.buf, len));
		return;
	}
	pattern(walking.buf, len, l->sent, l->seed);
	walk_sent(l, "send", len,
		  send(l->from, walking.buf, len, flag | MSG_NOSIGNAL));
}
