// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 300
 *
 * A random walk: what can be done with two connected sockets, in any order, each
 * step beside a model that says what has to come of it; against af_myproto, and
 * against AF_UNIX with the same model, where "unix" marks what differs: all of that
 * is in myproto(7). SEED in the environment repeats a walk.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "check.h"
#include "mp.h"

enum { STEPS = 60000, MESSAGES = 4096, LONGEST = 9000 };
enum { RCV = 1, SND = 2 };

struct end {
	int fd, shut, err;
	bool open, lost; /* lost: no default peer any more */
	struct {
		int off, len, at;
	} q[MESSAGES]; /* what waits to be read; at: its place in data[] */
	int first, count, bytes;
};

static struct end ends[2];
static char data[65536 + LONGEST], got[LONGEST + 1];
static int family, type, step, at;
static bool unix_;
static unsigned int seed;

static bool dgram(void)
{
	return type == SOCK_DGRAM;
}

static int pick(int n)
{
	return (int)(rand_r(&seed) % (unsigned int)n);
}

static int length(void)
{
	switch (pick(5)) {
	case 0:
		return pick(3);
	case 1:
		return 64;
	case 2:
		return pick(300);
	default:
		return pick(LONGEST);
	}
}

#define expect(name, i, rc, error, want, want_errno)                           \
	do {                                                                   \
		if ((rc) != (want) || ((rc) < 0 && (error) != (want_errno)))   \
			fail_msg("step %d: %s of %d: %ld, %s; model: %d, %s",  \
				 step, name, i, (long)(rc),                    \
				 (rc) < 0 ? strerror(error) : "", (int)(want), \
				 (want) < 0 ? strerror(want_errno) : "");      \
	} while (0)

static void open_pair(void)
{
	int fd[2], i;

	mp_good(socketpair(family, type | SOCK_CLOEXEC, 0, fd));
	memset(ends, 0, sizeof(ends));
	for (i = 0; i < 2; i++) {
		ends[i].fd = fd[i];
		ends[i].open = true;
	}
}

static int send_error(struct end *e, const struct end *peer)
{
	int err = e->err;

	/* A reset stream breaks the pipe; a reset SEQPACKET tells of it first. */
	if (err && type == SOCK_SEQPACKET) {
		e->err = 0;
		return err;
	}
	if (e->lost)
		return ENOTCONN;
	if (e->shut & SND)
		return EPIPE;
	if (dgram() && !peer->open) {
		e->lost = true;
		/* AF_UNIX throws away what the peer had sent. */
		if (unix_)
			e->count = e->bytes = 0;
		return ECONNREFUSED;
	}
	return dgram() && peer->shut & RCV ? EPIPE : 0;
}

static void do_send(int i)
{
	struct end *e = &ends[i], *peer = &ends[!i];
	int len = length(), want, n = -1;
	bool was_lost = e->lost;
	ssize_t rc;

	want = send_error(e, peer);
	rc = send(e->fd, data + at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* The one with neither a peer nor a way to send may say either. */
	if (was_lost && e->shut & SND && rc < 0 && errno == EPIPE)
		return;
	if (want) {
		expect("send", i, rc, errno, -1, want);
		return;
	}
	if (rc < 0 && errno == EAGAIN) {
		/* Only where a lot waits already. */
		if (peer->count < 50 && peer->bytes < 60000)
			fail_msg("step %d: no room behind %d bytes in %d", step,
				 peer->bytes, peer->count);
		return;
	}
	if (rc > 0 && type == SOCK_STREAM && rc < len)
		len = (int)rc;
	expect("send", i, rc, errno, len, 0);
	if (type == SOCK_STREAM && !len)
		return;
	if (peer->count == MESSAGES)
		fail_msg("the model is full");
	n = (peer->first + peer->count++) % MESSAGES;
	peer->q[n].off = 0;
	peer->q[n].len = len;
	peer->q[n].at = at;
	peer->bytes += len;
	at = (at + len) % 65536;
}

static void forget(struct end *e)
{
	e->bytes -= e->q[e->first].len - e->q[e->first].off;
	e->first = (e->first + 1) % MESSAGES;
	e->count--;
}

static void recv_message(int i, int len, int flags)
{
	struct end *e = &ends[i];
	int real = e->q[e->first].len, want = real < len ? real : len;
	ssize_t rc = recv(e->fd, got, len, MSG_DONTWAIT | flags);

	expect("recv", i, rc, errno, flags & MSG_TRUNC ? real : want, 0);
	if (memcmp(got, data + e->q[e->first].at, want))
		fail_msg("step %d: another message", step);
	if (!(flags & MSG_PEEK))
		forget(e);
}

static void recv_stream(int i, int len, int flags)
{
	struct end *e = &ends[i];
	int want = e->bytes < len ? e->bytes : len, n, part, k = e->first;
	ssize_t rc = recv(e->fd, got, len, MSG_DONTWAIT | flags);

	expect("recv", i, rc, errno, want, 0);
	for (n = 0; n < want; n += part, k = (k + 1) % MESSAGES) {
		part = e->q[k].len - e->q[k].off;
		if (part > want - n)
			part = want - n;
		if (memcmp(got + n, data + e->q[k].at + e->q[k].off, part))
			fail_msg("step %d: other bytes", step);
	}
	if (flags & MSG_PEEK)
		return;
	while (want) {
		part = e->q[e->first].len - e->q[e->first].off;
		if (want < part) {
			e->q[e->first].off += want;
			e->bytes -= want;
			break;
		}
		want -= part;
		forget(e);
	}
}

static void do_recv(int i)
{
	static const int some[] = { 0, 0, 0, MSG_PEEK, MSG_TRUNC };
	int flags = some[pick(type == SOCK_STREAM ? 4 : 5)];
	struct end *e = &ends[i];
	int len = length() + 1;
	ssize_t rc;

	/* A stream's data comes before its reset, a message's after it. */
	if (e->count && !(e->err && type == SOCK_SEQPACKET)) {
		if (type == SOCK_STREAM)
			recv_stream(i, len, flags);
		else
			recv_message(i, len, flags);
		return;
	}
	rc = recv(e->fd, got, len, MSG_DONTWAIT | flags);
	if (e->err) {
		expect("recv", i, rc, errno, -1, e->err);
		e->err = 0;
	} else if (e->shut & RCV && !(unix_ && dgram())) {
		expect("recv", i, rc, errno, 0, 0);
	} else {
		expect("recv", i, rc, errno, -1, EAGAIN);
	}
}

static void do_shutdown(int i)
{
	int how = pick(3), rc = shutdown(ends[i].fd, how);

	expect("shutdown", i, rc, errno, 0, 0);
	ends[i].shut |= how + 1;
	if (dgram())
		return;
	if ((how + 1) & RCV)
		ends[!i].shut |= SND;
	if ((how + 1) & SND)
		ends[!i].shut |= RCV;
}

/* SO_ERROR, which is told once. */
static int error(int i)
{
	int err = -1;
	socklen_t len = sizeof(err);

	mp_good(getsockopt(ends[i].fd, SOL_SOCKET, SO_ERROR, &err, &len));
	return err;
}

static void do_close(int i)
{
	int rc = close(ends[i].fd);

	expect("close", i, rc, errno, 0, 0);
	ends[i].open = false;
	if (!dgram()) {
		ends[!i].shut = RCV | SND;
		if (ends[i].count)
			ends[!i].err = ECONNRESET;
		/* A message without bytes is nothing to AF_UNIX, since 6.10. */
		if (unix_ && ends[i].count == 1 && !ends[i].bytes &&
		    ends[!i].open) {
			error(!i);
			ends[!i].err = 0;
		}
	}
	if (!ends[!i].open)
		open_pair();
}

static void do_poll(int i)
{
	struct end *e = &ends[i];
	struct pollfd p = { .fd = e->fd, .events = POLLIN | POLLRDHUP };
	int want = 0;

	mp_good(poll(&p, 1, 0));
	if (e->count || e->shut & RCV)
		want |= POLLIN;
	if (e->shut & RCV)
		want |= POLLRDHUP;
	if (e->shut == (RCV | SND))
		want |= POLLHUP;
	if (e->err)
		want |= POLLERR;
	expect("poll", i, p.revents, 0, want, 0);
}

static void do_inq(int i)
{
	struct end *e = &ends[i];
	int n = -1, want = e->bytes;

	if (dgram())
		want = e->count ? e->q[e->first].len : 0;
	mp_good(ioctl(e->fd, SIOCINQ, &n));
	expect("SIOCINQ", i, n, 0, want, 0);
}

static void do_error(int i)
{
	int err = error(i);

	expect("SO_ERROR", i, err, 0, ends[i].err, 0);
	ends[i].err = 0;
}

static void illegal(int i)
{
	char addr[16] = { 0 };

	switch (pick(4)) {
	case 0:
		mp_errno(accept(ends[i].fd, NULL, NULL),
			 dgram() ? EOPNOTSUPP : EINVAL);
		break;
	case 1:
		mp_errno(listen(ends[i].fd, 1), dgram() ? EOPNOTSUPP : EINVAL);
		break;
	case 2:
		mp_errno(bind(ends[i].fd, (struct sockaddr *)addr, 1), EINVAL);
		break;
	default:
		mp_errno(shutdown(ends[i].fd, 3), EINVAL);
	}
}

static void walk(int fam, int t)
{
	const char *text = getenv("SEED");
	int steps = STEPS / mp_scale(), i;

	seed = text ? (unsigned int)atoi(text) : (unsigned int)time(NULL);
	print_message("# SEED=%u\n", seed);
	family = fam;
	unix_ = fam == AF_UNIX;
	type = t;
	for (i = 0; i < (int)sizeof(data); i++)
		data[i] = rand_r(&seed);
	open_pair();
	for (step = 0; step < steps; step++) {
		i = pick(2);
		if (!ends[i].open)
			i = !i;
		switch (pick(80)) {
		case 0:
			do_close(i);
			break;
		case 1:
			do_shutdown(i);
			break;
		case 2:
			do_error(i);
			break;
		case 3:
			illegal(i);
			break;
		case 4 ... 13:
			do_poll(i);
			break;
		case 14 ... 19:
			do_inq(i);
			break;
		case 20 ... 49:
			do_recv(i);
			break;
		default:
			do_send(i);
		}
	}
	for (i = 0; i < 2; i++)
		if (ends[i].open)
			close(ends[i].fd);
}

static void test_stream(void **state)
{
	(void)state;
	walk(mp_family(), SOCK_STREAM);
}

static void test_seqpacket(void **state)
{
	(void)state;
	walk(mp_family(), SOCK_SEQPACKET);
}

static void test_dgram(void **state)
{
	(void)state;
	walk(mp_family(), SOCK_DGRAM);
}

static void test_unix_stream(void **state)
{
	(void)state;
	walk(AF_UNIX, SOCK_STREAM);
}

static void test_unix_seqpacket(void **state)
{
	(void)state;
	walk(AF_UNIX, SOCK_SEQPACKET);
}

static void test_unix_dgram(void **state)
{
	(void)state;
	walk(AF_UNIX, SOCK_DGRAM);
}

/* Listeners: who waits, in which order, how many. */
static void connections(int fam, int t)
{
	enum { MANY = 12 };
	struct sockaddr_un path = { .sun_family = AF_UNIX,
				    .sun_path = "\0walk" };
	struct sockaddr_myproto channel = mp_addr(4242);
	struct sockaddr *addr = fam == AF_UNIX ? (void *)&path :
						 (void *)&channel;
	socklen_t len = fam == AF_UNIX ? sizeof(path) : sizeof(channel);
	int waiting[MANY], n = 0, l, c, s, backlog = 1 + pick(6), i;
	int max = fam == AF_UNIX ? backlog + 1 : backlog;
	char id, back;

	l = mp_good(socket(fam, t | SOCK_NONBLOCK, 0));
	mp_good(bind(l, addr, len));
	mp_good(listen(l, backlog));
	for (step = 0; step < STEPS / 20 / mp_scale(); step++) {
		if (pick(2) && n < MANY) {
			c = mp_good(socket(fam, t | SOCK_NONBLOCK, 0));
			if (n == max) {
				mp_errno(connect(c, addr, len), EAGAIN);
				close(c);
				continue;
			}
			mp_good(connect(c, addr, len));
			/* AF_UNIX looks at the backlog first. */
			if (fam != AF_UNIX)
				mp_errno(connect(c, addr, len), EISCONN);
			id = (char)step;
			mp_good(send(c, &id, 1, 0));
			waiting[n++] = c;
		} else if (!n) {
			mp_errno(accept(l, NULL, NULL), EAGAIN);
		} else {
			s = mp_good(accept(l, NULL, NULL));
			mp_good(recv(s, &back, 1, 0));
			mp_good(send(s, &back, 1, MSG_NOSIGNAL));
			mp_good(recv(waiting[0], &id, 1, MSG_DONTWAIT));
			assert_int_equal(id, back);
			close(waiting[0]);
			close(s);
			memmove(waiting, waiting + 1, --n * sizeof(int));
		}
	}
	close(l);
	for (i = 0; i < n; i++) {
		mp_errno(recv(waiting[i], &back, 1, 0), ECONNRESET);
		close(waiting[i]);
	}
}

static void test_connections(void **state)
{
	(void)state;
	connections(mp_family(), SOCK_STREAM);
	connections(mp_family(), SOCK_SEQPACKET);
	connections(AF_UNIX, SOCK_STREAM);
	connections(AF_UNIX, SOCK_SEQPACKET);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(stream),	T(seqpacket),	   T(dgram),
		T(unix_stream), T(unix_seqpacket), T(unix_dgram),
		T(connections),
	};

	signal(SIGPIPE, SIG_IGN);
	return check_run(tests);
}
