// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "walk-model.h"

const struct way walk_to_target = { .name = "ULP to target",
				    .family = AF_INET,
				    .target_b = true,
				    .ab = 77,
				    .ba = 190 };
const struct way walk_targets = { .name = "target to target, IPv6",
				  .family = AF_INET6,
				  .target_a = true,
				  .target_b = true,
				  .ab = 255,
				  .ba = 128 };

struct walking walking = { .file = -1 };

static struct pair pair;
static struct lane lanes[2];
static struct {
	bool attached;
	int tx, rx;
} ends[2];
static unsigned int forced_steps;
static uint64_t rng;
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

unsigned int walk_below(unsigned int n)
{
	return (draw() >> 20) % n;
}

size_t walk_size(void)
{
	static const size_t edges[] = { 0,     1,     7,     8,	    9,
					31,    32,    33,    63,    64,
					1447,  1448,  4095,  4096,  4097,
					16383, 16384, 32768, 65535, 65536 };

	switch (walk_below(8)) {
	case 0:
		return edges[walk_below(sizeof(edges) / sizeof(*edges))];
	case 1:
	case 2:
		return walk_below(20);
	case 3:
	case 4:
		return walk_below(300);
	case 5:
	case 6:
		return walk_below(6000);
	}
	return walk_below(WALK_MOST);
}

void walk_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(history[histories++ % 16], sizeof(*history), format, args);
	va_end(args);
}

void walk_tell(void)
{
	unsigned int at = histories > 16 ? histories - 16 : 0;

	printf("# %s, step %ld; again: WALK_SEED=%u\n", walking.walk->way->name,
	       walking.step, walking.seed);
	for (; at < histories; at++)
		printf("#   %s\n", history[at % 16]);
}

int walk_lane(const struct lane *l)
{
	return l - lanes;
}

/* Where the next byte that is read stands: an urgent one is passed over. */
static uint64_t next_byte(const struct lane *l)
{
	return l->urgent && !l->in_line && l->got == l->urgent_at ? l->got + 1 :
								    l->got;
}

size_t walk_allowed(const struct lane *l, size_t len)
{
	uint64_t most;

	if (!l->changes)
		return len;
	most = l->change_at - l->got;
	return len < most ? len : most;
}

void walk_check(const struct lane *l, const void *bytes, size_t n, uint64_t off)
{
	uint64_t at = next_byte(l) + off;
	ssize_t bad;

	if (at + n > l->sent)
		walk_wrong("lane %d: %zu bytes at %llu, and %llu were sent",
			   walk_lane(l), n, (unsigned long long)at,
			   (unsigned long long)l->sent);
	if (l->urgent && !l->in_line && at <= l->urgent_at &&
	    at + n > l->urgent_at)
		walk_wrong("lane %d: read across the mark", walk_lane(l));
	bad = bytes ? pattern_differs(bytes, n, at, l->seed) : -1;
	if (bad >= 0)
		walk_wrong("lane %d: byte %zd of %zu at %llu is wrong",
			   walk_lane(l), bad, n, (unsigned long long)at);
}

static void change_key(struct lane *l)
{
	int end = !walk_lane(l);

	ends[end].rx = l->next_key;
	if (caesar_keys(l->to, ends[end].tx, ends[end].rx))
		walk_wrong("the reader's key: %s", strerror(errno));
	l->changes = false;
	walk_note("lane %d: read with key %d", walk_lane(l), l->next_key);
}

void walk_took(struct lane *l, size_t n)
{
	uint64_t at = next_byte(l);

	moved += n;
	idle = 0;
	l->got = at + n;
	l->late = false;
	if (l->urgent && l->got > l->urgent_at)
		l->urgent = false;
	if (l->peek_off > 0)
		l->peek_off = l->peek_off > (int)n ? l->peek_off - (int)n : 0;
	if (l->changes && l->got == l->change_at)
		change_key(l);
}

bool walk_nothing(const char *what, ssize_t n)
{
	if (n > 0)
		return false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		idle++;
		return true;
	}
	if (!n)
		walk_wrong("%s: the end", what);
	walk_wrong("%s: %s", what, strerror(errno));
	return true;
}

int walk_cut(struct iovec *iov, int most, uint8_t *at, size_t len)
{
	int n = 0;

	while (n < most - 1 && len) {
		size_t part = walk_below(4) ? walk_size() : 0;

		part = part < len ? part : len;
		iov[n++] = (struct iovec){ at, part };
		at += part;
		len -= part;
	}
	iov[n++] = (struct iovec){ at, len };
	return n;
}

void walk_sent(struct lane *l, const char *how, size_t len, ssize_t n)
{
	walk_note("lane %d: %s %zu: %zd", walk_lane(l), how, len, n);
	if (n < 0 && errno != EAGAIN && errno != EFAULT)
		walk_wrong("%s: %s", how, strerror(errno));
	if (n > (ssize_t)len)
		walk_wrong("%s: %zd of %zu", how, n, len);
	l->sent += n > 0 ? n : 0;
	if (n > 0)
		idle = 0;
	else
		idle++;
}

/* What the kernel says about the streams agrees with the model. */
static void ask(struct lane *l)
{
	struct pollfd p = { .fd = l->to, .events = POLLIN };
	struct caesar_key key;
	socklen_t size_of_key = sizeof(key);
	int end = !walk_lane(l), there = -1, queued = -1;

	if (ioctl(l->to, FIONREAD, &there) || there < 0 ||
	    (uint64_t)there > l->sent - l->got)
		walk_wrong("lane %d: FIONREAD says %d", walk_lane(l), there);
	if (ioctl(l->from, SIOCOUTQ, &queued) || queued < 0 ||
	    (uint64_t)queued > l->sent + 2)
		walk_wrong("lane %d: SIOCOUTQ says %d", walk_lane(l), queued);
	if (poll(&p, 1, 0) < 0 || p.revents & (POLLERR | POLLHUP | POLLNVAL))
		walk_wrong("lane %d: poll says 0x%x", walk_lane(l), p.revents);
	if (!ends[end].attached || !caesar_wanted())
		return;
	if (getsockopt(l->to, SOL_TCP, TCP_CAESAR_KEY, &key, &size_of_key) ||
	    key.tx != (uint8_t)ends[end].tx || key.rx != (uint8_t)ends[end].rx)
		walk_wrong("the keys are 0x%x and 0x%x", key.tx, key.rx);
	if (caesar_attach(l->to) != -EEXIST)
		walk_wrong("attached twice");
}

static void options(struct lane *l)
{
	/* Less, and lo's segments of 64 KiB are dropped again and again. */
	static const int sizes[] = { 70000, 100000, 200000, 500000 };
	int on = walk_below(2),
	    off = walk_below(3) ? -1 : (int)walk_below(3000);

	switch (walk_below(9)) {
	case 0:
		option(l->from, SOL_TCP, TCP_NODELAY, on);
		break;
	case 1:
		option(l->from, SOL_TCP, TCP_CORK, on);
		break;
	case 2:
		option(l->to, SOL_SOCKET, SO_RCVLOWAT, 1 + walk_below(3000));
		break;
	case 3:
		option(l->from, SOL_SOCKET, SO_SNDBUF,
		       sizes[walk_below(4)] >> walk_below(6));
		break;
	case 4:
		option(l->to, SOL_SOCKET, SO_RCVBUF, sizes[walk_below(4)]);
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
		walk_note("lane %d: SO_PEEK_OFF %d", walk_lane(l), off);
		l->peek_off = off;
		break;
	}
}

/* From the next byte sent on; the reader changes when it comes there. */
static void new_key(struct lane *l)
{
	int end = walk_lane(l);

	if (!ends[0].attached || !ends[1].attached || l->changes || l->urgent)
		return;
	l->changes = true;
	l->change_at = l->sent;
	l->next_key = walk_below(512);
	ends[end].tx = l->next_key;
	walk_note("lane %d: send with key %d from %llu on", end, l->next_key,
		  (unsigned long long)l->sent);
	if (caesar_keys(l->from, ends[end].tx, ends[end].rx))
		walk_wrong("the sender's key: %s", strerror(errno));
	if (l->got == l->change_at)
		change_key(l);
}

/* Long enough for a timer of TCP's that has doubled a few times. */
#define STAYS_S 60

static void drain(void)
{
	time_t end = time(NULL) + STAYS_S;
	int i, tries = 0;

	for (i = 0; i < 2; i++) {
		struct lane *l = &lanes[i];

		option(l->from, SOL_TCP, TCP_CORK, 0);
		option(l->from, SOL_TCP, TCP_NODELAY, 1);
		option(l->to, SOL_SOCKET, SO_RCVLOWAT, 1);
		while (l->got < l->sent) {
			size_t len = walk_allowed(l, 50000);
			ssize_t n;

			/* The last byte of all is urgent, and isn't in line. */
			if (l->urgent && !l->in_line &&
			    l->got == l->urgent_at && l->sent == l->got + 1)
				break;
			n = recv(l->to, walking.buf, len, 0);
			if (time(NULL) > end)
				walk_wrong("lane %d stays at %llu of %llu", i,
					   (unsigned long long)l->got,
					   (unsigned long long)l->sent);
			if (walk_nothing("drain", n)) {
				usleep(tries++ < 100 ? 100 : 5000);
				continue;
			}
			walk_check(l, walking.buf, n, 0);
			walk_took(l, n);
			end = time(NULL) + STAYS_S;
		}
	}
}

static void give(int end)
{
	int fd = end ? pair.b : pair.a;

	if (!(end ? walking.walk->ulp_b : walking.walk->ulp_a))
		return;
	if (!ends[end].attached && caesar_attach(fd))
		walk_wrong("attach: %s", strerror(errno));
	ends[end].attached = true;
	if (caesar_keys(fd, ends[end].tx, ends[end].rx))
		walk_wrong("keys: %s", strerror(errno));
}

/* A connection: plain at first, or with the protocol from the beginning. */
static void begin(void)
{
	static struct way way;
	int i, keyed = walking.walk->ulp_a && walking.walk->ulp_b ? 256 : 1;
	bool early = walk_below(2);

	way = *walking.walk->way;
	if (!way.target_a && !way.target_b) {
		way.ab = walk_below(keyed);
		way.ba = walk_below(keyed);
	}
	way.a = walking.walk->ulp_a && early ? ATTACH_EARLY : ATTACH_NEVER;
	way.b = walking.walk->ulp_b && early ? ATTACH_EARLY : ATTACH_NEVER;
	(walking.walk->connect ? walking.walk->connect : pair_open)(&pair,
								    &way);
	memset(lanes, 0, sizeof(lanes));
	for (i = 0; i < 2; i++) {
		lanes[i].from = i ? pair.b : pair.a;
		lanes[i].to = i ? pair.a : pair.b;
		lanes[i].seed = walk_below(1000);
		lanes[i].peek_off = -1;
		fcntl(lanes[i].from, F_SETFL, O_NONBLOCK);
		ends[i].tx = i ? way.ba : way.ab;
		ends[i].rx = i ? way.ab : way.ba;
		ends[i].attached = early && (i ? walking.walk->ulp_b :
						 walking.walk->ulp_a);
	}
	walk_note("a connection, attached %s", early ? "early" : "late");
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
	    (!walking.walk->ulp_a && !walking.walk->ulp_b))
		return;
	drain();
	/* But for an urgent byte, which would be fetched with the new key. */
	if (lanes[0].urgent || lanes[0].late || lanes[1].urgent ||
	    lanes[1].late)
		return;
	walk_note("attached");
	give(0);
	give(1);
}

static void finish(void)
{
	struct lane *l = &lanes[walk_below(2)];
	int i;
	ssize_t n;

	drain();
	if (walk_below(2)) {
		shutdown(l->from, SHUT_WR);
		for (i = 0; i < 20000; i++) {
			n = recv(l->to, walking.buf, 1000, 0);
			if (n >= 0 || errno != EAGAIN)
				break;
			usleep(1000);
		}
		if (n)
			walk_wrong("no end: %zd", n);
	}
	pair_close(&pair);
}

static void prepare(void)
{
	static uint8_t all[3 * WALK_PERIOD];

	if (walking.file >= 0)
		return;
	pattern(all, sizeof(all), 0, 0);
	walking.file = memfd_create("walk", MFD_CLOEXEC);
	if (walking.file < 0 ||
	    write(walking.file, all, sizeof(all)) != sizeof(all) ||
	    pipe2(walking.pipes, O_CLOEXEC | O_NONBLOCK) ||
	    pipe2(walking.others, O_CLOEXEC | O_NONBLOCK))
		fail_msg("%s", strerror(errno));
	walking.lent =
		mmap(NULL, sizeof(all), PROT_READ, MAP_SHARED, walking.file, 0);
	assert_ptr_not_equal(walking.lent, MAP_FAILED);
}

void walk_run(const struct walk *w)
{
	walking.walk = w;
	rng = walking.seed * 2654435761ULL + 88172645463325252ULL;
	histories = 0;
	pair.a = pair.b = -1;
	prepare();
	begin();
	for (walking.step = 0; walking.step < w->steps; walking.step++) {
		struct lane *l = &lanes[walk_below(2)];
		unsigned int what = walk_below(1000);

		if (what < 400)
			walk_send(l);
		else if (what < 900)
			walk_read(l);
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
	walking.seed = seed ? strtoul(seed, NULL, 0) :
			      (now.tv_nsec ^ now.tv_sec ^ getpid()) & 0xffffff;
	forced_steps = steps ? strtoul(steps, NULL, 0) : 0;
	printf("# WALK_SEED=%u\n", walking.seed);
}

long walk_steps(long all, long some)
{
	if (forced_steps)
		return forced_steps;
	return long_wanted() ? all : scaled(some);
}
