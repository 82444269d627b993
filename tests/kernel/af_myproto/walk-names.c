// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 300
 *
 * A random walk of what has names and senders: datagram sockets that are bound,
 * connected, closed and sent to in any order, and who sent each message or byte, as
 * a receiver with SO_PASSCRED is told. As in walk.c the same model goes beside
 * AF_UNIX, and "unix" marks what differs, which is in myproto(7). SEED in the
 * environment repeats a walk.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

/* WAITING is less than what AF_UNIX has room for. */
enum { STEPS = 40000, SOCKETS = 5, NAMES = 6, WAITING = 8, LONGEST = 1000 };

struct one;

struct message {
	const struct one *from;
	int name, at, len; /* the sender's name then; its place in data[] */
	struct ucred cred;
	bool known; /* cred is what a receiver that asks is told */
};

/* A socket, also when it is closed: others may have it as their peer. */
struct one {
	int fd, name, err; /* name: -1, not bound */
	bool open, asks;
	struct one *peer, *next;
	struct message q[WAITING];
	int count;
};

static struct one *socks[SOCKETS], *all;
static char data[65536 + LONGEST], got[2 * LONGEST];
static int family, step, at;
static bool unix_;
static unsigned int seed;

#define expect(what, rc, want, want_errno)                                     \
	do {                                                                   \
		long e_rc = (rc), e_want = (want);                             \
		if (e_rc != e_want || (e_rc < 0 && errno != (want_errno)))     \
			fail_msg("step %d: %s: %ld, %s; model: %ld, %s", step, \
				 what, e_rc, e_rc < 0 ? strerror(errno) : "",  \
				 e_want,                                       \
				 e_want < 0 ? strerror(want_errno) : "");      \
	} while (0)

static int pick(int n)
{
	return (int)(rand_r(&seed) % (unsigned int)n);
}

static void begin(int fam)
{
	const char *text = getenv("SEED");
	int i;

	seed = text ? (unsigned int)atoi(text) : (unsigned int)time(NULL);
	print_message("# SEED=%u\n", seed);
	family = fam;
	unix_ = fam == AF_UNIX;
	for (i = 0; i < (int)sizeof(data); i++)
		data[i] = rand_r(&seed);
	at = 0;
}

/* Some senders: what this process is, and what root may say that it is. */
static struct ucred some_cred(void)
{
	switch (pick(3)) {
	case 0:
		return (struct ucred){ getpid(), getuid(), getgid() };
	case 1:
		return (struct ucred){ getpid(), 5, 6 };
	default:
		return (struct ucred){ 1, 7, 8 };
	}
}

static socklen_t address(int name, struct sockaddr_storage *a)
{
	struct sockaddr_un *path = (void *)a;
	struct sockaddr_myproto *channel = (void *)a;

	memset(a, 0, sizeof(*a));
	if (!unix_) {
		channel->smp_family = family;
		channel->smp_channel = name < 0 ? MYPROTO_CHANNEL_ANY :
						  2000U + name;
		return sizeof(*channel);
	}
	path->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       sprintf(path->sun_path + 1, "walk-names-%d", name);
}

/* Is it the address of a socket with this name, or with none? */
static void same_name(const char *what, const struct sockaddr_storage *a,
		      socklen_t len, int name)
{
	struct sockaddr_storage want;
	socklen_t want_len = address(name, &want);

	/* None, or a family alone. */
	if (unix_ && name < 0) {
		if (len > sizeof(sa_family_t))
			fail_msg("step %d: %s: a name", step, what);
		return;
	}
	if (len != want_len || memcmp(a, &want, len))
		fail_msg("step %d: %s: another name", step, what);
}

static ssize_t send_as(int fd, int name, const void *buf, size_t len,
		       const struct ucred *cred)
{
	union {
		struct cmsghdr h;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} c;
	struct sockaddr_storage to;
	struct iovec v = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (name >= 0) {
		m.msg_namelen = address(name, &to);
		m.msg_name = &to;
	}
	if (cred) {
		memset(&c, 0, sizeof(c));
		c.h.cmsg_len = CMSG_LEN(sizeof(*cred));
		c.h.cmsg_level = SOL_SOCKET;
		c.h.cmsg_type = SCM_CREDENTIALS;
		memcpy(CMSG_DATA(&c.h), cred, sizeof(*cred));
		m.msg_control = &c;
		m.msg_controllen = sizeof(c);
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* CRED's pid becomes -1 if nothing is said. */
static ssize_t receive(int fd, size_t len, int flags, struct ucred *cred,
		       struct sockaddr_storage *from, socklen_t *from_len)
{
	union {
		struct cmsghdr h;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} c;
	struct iovec v = { .iov_base = got, .iov_len = len };
	struct msghdr m = {
		.msg_name = from,
		.msg_namelen = from ? sizeof(*from) : 0,
		.msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof(c),
	};
	ssize_t n = recvmsg(fd, &m, flags | MSG_DONTWAIT);
	const struct cmsghdr *h;

	cred->pid = -1;
	if (n < 0)
		return n;
	if (from_len)
		*from_len = m.msg_namelen;
	h = CMSG_FIRSTHDR(&m);
	if (h) {
		assert_int_equal(h->cmsg_level, SOL_SOCKET);
		assert_int_equal(h->cmsg_type, SCM_CREDENTIALS);
		memcpy(cred, CMSG_DATA(h), sizeof(*cred));
	}
	return n;
}

static bool same_cred(const struct ucred *a, const struct ucred *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

static void ask(int fd, bool on)
{
	int value = on;

	mp_good(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &value, sizeof(value)));
}

static void open_one(int i)
{
	struct one *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->fd = mp_good(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	s->name = -1;
	s->open = true;
	s->next = all;
	all = s;
	socks[i] = s;
}

static struct one *named(int name)
{
	int i;

	for (i = 0; i < SOCKETS; i++)
		if (socks[i]->name == name)
			return socks[i];
	return NULL;
}

/* AF_UNIX throws away what waits, and tells a former peer that is at it. */
static void left(struct one *s, struct one *old)
{
	if (!unix_ || !s->count)
		return;
	s->count = 0;
	if (old->open && old->peer == s)
		old->err = ECONNRESET;
}

static void do_close(int i)
{
	struct one *s = socks[i];

	mp_good(close(s->fd));
	s->open = false;
	s->peer = NULL;
	s->count = 0;
	open_one(i);
}

static void do_bind(struct one *s)
{
	struct sockaddr_storage a;
	int name = pick(NAMES), want = 0;
	socklen_t len = address(name, &a);

	if (s->name >= 0)
		want = EINVAL;
	else if (named(name))
		want = EADDRINUSE;
	expect("bind", bind(s->fd, (struct sockaddr *)&a, len), want ? -1 : 0,
	       want);
	if (!want)
		s->name = name;
}

static void do_connect(struct one *s)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct one *old = s->peer, *to = NULL;
	struct sockaddr_storage a;
	int name = pick(NAMES), want = 0;
	socklen_t len = address(name, &a);

	if (!pick(4)) {
		expect("disconnect", connect(s->fd, &none, sizeof(none)), 0, 0);
	} else {
		to = named(name);
		if (!to)
			want = ECONNREFUSED;
		else if (to->peer && to->peer != s)
			want = EPERM;
		expect("connect", connect(s->fd, (struct sockaddr *)&a, len),
		       want ? -1 : 0, want);
		if (want)
			return;
	}
	s->peer = to;
	if (old && old != to)
		left(s, old);
}

static int send_error(struct one *s, struct one *to, bool by_name)
{
	int err = s->err;

	s->err = 0;
	if (err)
		return err;
	if (!to)
		return by_name ? ECONNREFUSED : ENOTCONN;
	if (to->peer && to->peer != s)
		return EPERM;
	if (to->open)
		return 0;
	s->peer = NULL;
	left(s, to);
	return ECONNREFUSED;
}

static void do_send(struct one *s)
{
	struct ucred own = { getpid(), getuid(), getgid() };
	struct ucred cred = some_cred();
	int name = pick(3) ? pick(NAMES) : -1, len, want;
	struct one *to = name < 0 ? s->peer : named(name);
	bool says = !pick(3);
	struct message *m;

	if (to && to->count == WAITING)
		return;
	/* Which of the two comes first depends on the kernel. */
	if (name < 0 && !to && s->err)
		return;
	len = pick(4) ? pick(LONGEST) : 0;
	want = send_error(s, to, name >= 0);
	expect("send",
	       send_as(s->fd, name, data + at, len, says ? &cred : NULL),
	       want ? -1 : len, want);
	if (want)
		return;
	m = &to->q[to->count++];
	m->from = s;
	m->name = s->name;
	m->at = at;
	m->len = len;
	m->cred = says ? cred : own;
	/* AF_UNIX adds it only where somebody has asked. */
	m->known = !unix_ || says || s->asks || to->asks;
	at = (at + len) % 65536;
}

static void do_recv(struct one *s)
{
	int flags = pick(4) ? 0 : MSG_PEEK, len = pick(LONGEST) + 1, want;
	const struct message *m = s->q;
	struct sockaddr_storage from;
	struct ucred cred;
	socklen_t from_len;
	ssize_t n;

	n = receive(s->fd, len, flags, &cred, &from, &from_len);
	if (s->err || !s->count) {
		expect("recv", n, -1, s->err ? s->err : EAGAIN);
		s->err = 0;
		return;
	}
	want = m->len < len ? m->len : len;
	expect("recv", n, want, 0);
	if (memcmp(got, data + m->at, want))
		fail_msg("step %d: another message", step);
	/* AF_UNIX looks for the name when it is read. */
	same_name("recv", &from, from_len, unix_ ? m->from->name : m->name);
	if ((cred.pid >= 0) != s->asks)
		fail_msg("step %d: credentials: %d, asked: %d", step, cred.pid,
			 s->asks);
	if (s->asks && m->known && !same_cred(&cred, &m->cred))
		fail_msg("step %d: sent by %d %u %u, model: %d %u %u", step,
			 cred.pid, cred.uid, cred.gid, m->cred.pid, m->cred.uid,
			 m->cred.gid);
	if (!(flags & MSG_PEEK))
		memmove(s->q, s->q + 1, --s->count * sizeof(*m));
}

static void do_names(struct one *s)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	mp_good(getsockname(s->fd, (struct sockaddr *)&a, &len));
	same_name("getsockname", &a, len, s->name);
	len = sizeof(a);
	expect("getpeername", getpeername(s->fd, (struct sockaddr *)&a, &len),
	       s->peer ? 0 : -1, ENOTCONN);
	if (s->peer)
		same_name("getpeername", &a, len, s->peer->name);
}

static void datagrams(int fam)
{
	int steps = STEPS / mp_scale(), i;
	struct one *s;

	begin(fam);
	for (i = 0; i < SOCKETS; i++)
		open_one(i);
	for (step = 0; step < steps; step++) {
		i = pick(SOCKETS);
		s = socks[i];
		switch (pick(50)) {
		case 0:
			do_close(i);
			break;
		case 1 ... 4:
			do_bind(s);
			break;
		case 5 ... 8:
			do_connect(s);
			break;
		case 9:
			/* One without a name that asks is given one there. */
			if (s->name >= 0) {
				s->asks = !s->asks;
				ask(s->fd, s->asks);
			}
			break;
		case 10 ... 12:
			do_names(s);
			break;
		case 13 ... 30:
			do_recv(s);
			break;
		default:
			do_send(s);
		}
	}
	for (i = 0; i < SOCKETS; i++)
		close(socks[i]->fd);
	while (all) {
		s = all;
		all = s->next;
		free(s);
	}
}

/* Who sent what, between two that are connected. */
static void senders(int fam, int type)
{
	enum { MANY = 16 };
	struct {
		struct ucred cred;
		int at, len;
	} q[MANY];
	int steps = STEPS / 2 / mp_scale(), fd[2], n = 0, k, len, want;
	struct ucred cred;
	ssize_t rc;

	begin(fam);
	mp_good(socketpair(fam, type | SOCK_CLOEXEC, 0, fd));
	ask(fd[0], true);
	ask(fd[1], true);
	for (step = 0; step < steps; step++) {
		if (pick(2) && n < MANY) {
			q[n].cred = some_cred();
			q[n].at = at;
			q[n].len = 1 + pick(LONGEST);
			expect("send",
			       send_as(fd[0], -1, data + at, q[n].len,
				       &q[n].cred),
			       q[n].len, 0);
			at = (at + q[n++].len) % 65536;
			continue;
		}
		len = 1 + pick(2 * LONGEST);
		rc = receive(fd[1], len, 0, &cred, NULL, NULL);
		if (!n) {
			expect("recv", rc, -1, EAGAIN);
			continue;
		}
		/* A read of a stream goes on to the next sender, and no further. */
		for (k = want = 0; k < n && want < len; k++) {
			if (k && (type != SOCK_STREAM ||
				  !same_cred(&q[k].cred, &q[0].cred)))
				break;
			want += q[k].len;
		}
		want = want < len ? want : len;
		expect("recv", rc, want, 0);
		if (!same_cred(&cred, &q[0].cred))
			fail_msg("step %d: sent by %d %u %u, model: %d %u %u",
				 step, cred.pid, cred.uid, cred.gid,
				 q[0].cred.pid, q[0].cred.uid, q[0].cred.gid);
		for (k = 0; want;) {
			int part = q[0].len < want ? q[0].len : want;

			if (memcmp(got + k, data + q[0].at, part))
				fail_msg("step %d: other bytes", step);
			k += part;
			want -= part;
			q[0].at += part;
			q[0].len -= part;
			if (!q[0].len || type != SOCK_STREAM)
				memmove(q, q + 1, --n * sizeof(*q));
		}
	}
	close(fd[0]);
	close(fd[1]);
}

static void test_datagrams(void **state)
{
	(void)state;
	datagrams(mp_family());
}

static void test_unix_datagrams(void **state)
{
	(void)state;
	datagrams(AF_UNIX);
}

static void test_senders(void **state)
{
	(void)state;
	senders(mp_family(), SOCK_STREAM);
	senders(mp_family(), SOCK_SEQPACKET);
	senders(mp_family(), SOCK_DGRAM);
}

static void test_unix_senders(void **state)
{
	(void)state;
	senders(AF_UNIX, SOCK_STREAM);
	senders(AF_UNIX, SOCK_SEQPACKET);
	senders(AF_UNIX, SOCK_DGRAM);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, mp_away, mp_home)
	const struct CMUnitTest tests[] = {
		T(datagrams),
		T(unix_datagrams),
		T(senders),
		T(unix_senders),
	};

	return check_run(tests);
}
