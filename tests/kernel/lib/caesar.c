// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"
#include "module.h"
#include "xt.h"

const struct way way_plain = { .name = "plain", .family = AF_INET };
const struct way way_plain6 = { .name = "plain, IPv6", .family = AF_INET6 };
const struct way way_plain_mapped = { .name = "plain, mapped",
				      .family = AF_INET6,
				      .mapped = true };

const struct way *const plain_ways[3] = { &way_plain, &way_plain6,
					  &way_plain_mapped };

static const struct way ways4[] = { { .name = "ULP, attached when connected",
				      .family = AF_INET,
				      .a = ATTACH_LATE,
				      .b = ATTACH_LATE,
				      .ab = 3,
				      .ba = 3 },
				    { .name = "ULP with key 0 to plain TCP",
				      .family = AF_INET,
				      .a = ATTACH_EARLY },
				    {} };

static const struct way ways6[] = { { .name = "ULP, IPv6, attached before",
				      .family = AF_INET6,
				      .a = ATTACH_EARLY,
				      .b = ATTACH_EARLY,
				      .ab = 200,
				      .ba = 7 },
				    {} };

static const struct way ways_mapped[] = {
	{ .name = "ULP, mapped, attached before and after",
	  .family = AF_INET6,
	  .mapped = true,
	  .a = ATTACH_LATE,
	  .b = ATTACH_EARLY,
	  .ab = 255,
	  .ba = 128 },
	{ .name = "target to ULP, mapped",
	  .family = AF_INET6,
	  .mapped = true,
	  .b = ATTACH_EARLY,
	  .target_a = true,
	  .ab = 10,
	  .ba = 246 },
	{}
};

const struct way *ways_like(const struct way *reference)
{
	if (reference->mapped)
		return ways_mapped;
	return reference->family == AF_INET6 ? ways6 : ways4;
}

void own_network(void)
{
	if (unshare(CLONE_NEWNET) || xt_up("lo")) {
		perror("a network namespace");
		exit(1);
	}
}

void own_sysctl(const char *path, const char *value)
{
	char name[128];
	int fd;

	snprintf(name, sizeof(name), "/proc/sys/net/%s", path);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0) {
		perror(name);
		exit(1);
	}
	close(fd);
}

int caesar_modprobe(void **state)
{
	(void)state;
	must("modprobe " CAESAR_MODULE);
	return 0;
}

void caesar_unloads(void)
{
	int i, err = -EBUSY;

	/* A network namespace takes its time to go. */
	for (i = 0; i < 6 && err; i++)
		err = module_unload_soon(CAESAR_MODULE);
	assert_int_equal(err, 0);
	caesar_modprobe(NULL);
}

bool caesar_wanted(void)
{
	const char *plain = getenv("PLAIN");

	return !plain || strcmp(plain, "1");
}

bool long_wanted(void)
{
	const char *wanted = getenv("LONG");

	return wanted && !strcmp(wanted, "1");
}

long scaled(long count)
{
	const char *scale = getenv("SCALE");
	long by = scale ? atol(scale) : 1;

	if (long_wanted() || by < 1)
		by = 1;
	return count / by ? count / by : 1;
}

int caesar_attach(int fd)
{
	if (!caesar_wanted())
		return 0;
	return setsockopt(fd, SOL_TCP, TCP_ULP, CAESAR_ULP_NAME,
			  strlen(CAESAR_ULP_NAME)) ?
		       -errno :
		       0;
}

int caesar_keys(int fd, int tx, int rx)
{
	struct caesar_key key = { .tx = tx, .rx = rx };

	if (!caesar_wanted())
		return 0;
	return setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &key, sizeof(key)) ?
		       -errno :
		       0;
}

socklen_t way_address(const struct way *way, union address *to, uint16_t port)
{
	memset(to, 0, sizeof(*to));
	if (way->family == AF_INET) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons(port);
		to->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(to->v4);
	}
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_port = htons(port);
	to->v6.sin6_addr = in6addr_loopback;
	if (way->mapped) {
		memset(&to->v6.sin6_addr, 0, sizeof(to->v6.sin6_addr));
		to->v6.sin6_addr.s6_addr[10] = 0xff;
		to->v6.sin6_addr.s6_addr[11] = 0xff;
		to->v6.sin6_addr.s6_addr[12] = 127;
		to->v6.sin6_addr.s6_addr[15] = 1;
	}
	return sizeof(to->v6);
}

uint16_t local_port(int fd)
{
	union address is;
	socklen_t len = sizeof(is);

	assert_int_equal(getsockname(fd, &is.sa, &len), 0);
	return ntohs(is.sa.sa_family == AF_INET ? is.v4.sin_port :
						  is.v6.sin6_port);
}

void option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		fail_msg("setsockopt %d %d %d: %s", level, name, value,
			 strerror(errno));
}

int way_socket(const struct way *way)
{
	struct timeval limit = { .tv_sec = CAESAR_TIMEOUT };
	int fd = socket(way->family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		fail_msg("socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	option(fd, SOL_TCP, TCP_NODELAY, 1);
	return fd;
}

void caesar_give(int fd, int tx, int rx)
{
	int err = caesar_attach(fd);

	/* Both are 0 from the beginning. */
	if (!err && (tx || rx))
		err = caesar_keys(fd, tx, rx);
	if (err)
		fail_msg("the protocol can't be attached: %s", strerror(-err));
}

static int listen_hooked(const struct way *way, uint16_t *port,
			 void (*hook)(int fd))
{
	int fd = way_socket(way);
	union address at;
	socklen_t len = way_address(way, &at, 0);

	if (hook)
		hook(fd);
	assert_int_equal(bind(fd, &at.sa, len), 0);
	if (way->b == ATTACH_EARLY)
		caesar_give(fd, way->ba, way->ab);
	assert_int_equal(listen(fd, 16), 0);
	*port = local_port(fd);
	return fd;
}

int way_listen(const struct way *way, uint16_t *port)
{
	return listen_hooked(way, port, NULL);
}

/* io_uring interrupts calls of a task when it has work for it. */
static void connect_whole(int fd, const union address *to, socklen_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int err;

	err = connect(fd, &to->sa, len) ? errno : 0;
	if (err == EINTR) {
		while (poll(&p, 1, CAESAR_TIMEOUT * 1000) < 0)
			;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
	}
	if (err)
		fail_msg("connect: %s", strerror(err));
}

int way_connect(const struct way *way, uint16_t port)
{
	int fd = way_socket(way);
	union address to;
	socklen_t len = way_address(way, &to, port);

	connect_whole(fd, &to, len);
	return fd;
}

int way_accept(int listener)
{
	int fd;

	do {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		fail_msg("accept: %s", strerror(errno));
	return fd;
}

void pass(int from, int to, size_t len)
{
	static uint8_t out[100000], in[100000];

	assert_true(len <= sizeof(in));
	pattern(out, len, len, 3);
	assert_int_equal(send(from, out, len, 0), len);
	memset(in, 0, len);
	assert_int_equal(recv(to, in, len, MSG_WAITALL), len);
	assert_int_equal(pattern_differs(in, len, len, 3), -1);
}

void pair_open_hooks(struct pair *p, const struct way *way,
		     const struct pair_hooks *hooks)
{
	int listener =
		listen_hooked(way, &p->bport, hooks ? hooks->listener : NULL);
	union address to;
	socklen_t len = way_address(way, &to, p->bport);

	way_rules(way, p->bport);
	p->way = way;
	p->a = way_socket(way);
	if (hooks && hooks->connecter)
		hooks->connecter(p->a);
	if (way->a == ATTACH_EARLY)
		caesar_give(p->a, way->ab, way->ba);
	connect_whole(p->a, &to, len);
	if (way->a == ATTACH_LATE)
		caesar_give(p->a, way->ab, way->ba);
	p->aport = local_port(p->a);
	p->b = way_accept(listener);
	if (way->b == ATTACH_LATE)
		caesar_give(p->b, way->ba, way->ab);
	close(listener);
}

void pair_open(struct pair *p, const struct way *way)
{
	pair_open_hooks(p, way, NULL);
}

void close_hard(int fd)
{
	struct linger rst = { .l_onoff = 1 };

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	close(fd);
}

void pair_close(struct pair *p)
{
	close_hard(p->a);
	close_hard(p->b);
	p->a = p->b = -1;
	way_rules_end();
}

static int rules_family(const struct way *way)
{
	return way->mapped ? AF_INET : way->family;
}

/* Whose connections have rules now, and which. */
static const struct way *ruled;
static struct xt_rule rules[16];
static size_t rule_count;

void way_rules(const struct way *way, uint16_t port)
{
	const struct xt_rule of_ends[2][2] = {
		{ XT_ENCRYPT_IN(XT_OUTPUT, way->ab, .dport = port),
		  XT_DECRYPT_IN(XT_INPUT, way->ba, .sport = port) },
		{ XT_ENCRYPT_IN(XT_OUTPUT, way->ba, .sport = port),
		  XT_DECRYPT_IN(XT_INPUT, way->ab, .dport = port) },
	};
	static bool loaded;
	int end, err;

	if (!caesar_wanted() || (!way->target_a && !way->target_b))
		return;
	for (end = 0; end < 2; end++) {
		if (!(end ? way->target_b : way->target_a))
			continue;
		assert_true(rule_count + 2 <= sizeof(rules) / sizeof(*rules));
		memcpy(rules + rule_count, of_ends[end], sizeof(of_ends[end]));
		rule_count += 2;
	}
	if (!loaded)
		xt_load();
	loaded = true;
	err = xt_set(rules_family(way), "mangle", rules, rule_count);
	if (err)
		fail_msg("the rules can't be set: %s", strerror(-err));
	ruled = way;
}

void way_rules_end(void)
{
	if (ruled)
		xt_set(rules_family(ruled), "mangle", NULL, 0);
	ruled = NULL;
	rule_count = 0;
}

/* A prime, so that powers of two never fall into step with it. */
#define PATTERN 65521
static uint8_t sequence[PATTERN];

static void sequence_fill(void)
{
	uint64_t x = 88172645463325252ULL;
	size_t i;

	for (i = 0; i < PATTERN; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		sequence[i] = x >> 24;
	}
}

static pthread_once_t sequence_once = PTHREAD_ONCE_INIT;

static size_t sequence_at(uint64_t offset, unsigned int seed)
{
	pthread_once(&sequence_once, sequence_fill);
	return (offset + seed * 7919ULL) % PATTERN;
}

void pattern(void *to, size_t len, uint64_t offset, unsigned int seed)
{
	size_t at = sequence_at(offset, seed), n;
	uint8_t *t = to;

	for (; len; len -= n, t += n, at = 0) {
		n = PATTERN - at < len ? PATTERN - at : len;
		memcpy(t, sequence + at, n);
	}
}

ssize_t pattern_differs(const void *what, size_t len, uint64_t offset,
			unsigned int seed)
{
	size_t at = sequence_at(offset, seed), n, i;
	const uint8_t *w = what;

	for (; len; len -= n, w += n, at = 0) {
		n = PATTERN - at < len ? PATTERN - at : len;
		if (!memcmp(w, sequence + at, n))
			continue;
		for (i = 0; w[i] == sequence[at + i]; i++)
			;
		return w + i - (const uint8_t *)what;
	}
	return -1;
}

int arrive(int fd, int bytes)
{
	int i, there = 0;

	for (i = 0; i < CAESAR_TIMEOUT * 1000; i++) {
		if (ioctl(fd, FIONREAD, &there) || there >= bytes)
			break;
		usleep(1000);
	}
	return there;
}

int delivered(int fd)
{
	int i, left = -1;

	for (i = 0; i < CAESAR_TIMEOUT * 1000; i++) {
		if (ioctl(fd, TIOCOUTQ, &left) || !left)
			break;
		usleep(1000);
	}
	return left;
}

int way_queued(int listener, int connections)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int i;

	for (i = 0; i < CAESAR_TIMEOUT * 1000; i++) {
		/* A listener says so how many it has to hand out. */
		if (getsockopt(listener, SOL_TCP, TCP_INFO, &info, &len) ||
		    (int)info.tcpi_unacked >= connections)
			break;
		usleep(1000);
	}
	return (int)info.tcpi_unacked;
}

static void *later_run(void *arg)
{
	struct later *l = arg;

	__atomic_store_n(&l->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	usleep(l->ms * 1000);
	l->what(l->arg);
	return NULL;
}

void later(struct later *l, int ms, void (*what)(void *arg), void *arg)
{
	pthread_t thread;

	l->tid = 0;
	l->ms = ms;
	l->what = what;
	l->arg = arg;
	assert_int_equal(pthread_create(&thread, NULL, later_run, l), 0);
	l->thread = thread;
}

bool later_inside(struct later *l, int call)
{
	char path[64], line[16];
	FILE *f;
	int i, now;

	for (i = 0; i < CAESAR_TIMEOUT * 1000; i++) {
		usleep(1000);
		snprintf(path, sizeof(path), "/proc/self/task/%d/syscall",
			 __atomic_load_n(&l->tid, __ATOMIC_ACQUIRE));
		f = fopen(path, "re");
		if (!f)
			continue;
		/* "running", or the number of the call that it sleeps in. */
		now = fgets(line, sizeof(line), f) && *line != 'r' ?
			      atoi(line) :
			      -1;
		fclose(f);
		if (now == call)
			return true;
	}
	return false;
}

void later_join(struct later *l)
{
	pthread_join(l->thread, NULL);
}

int caesar_ulp(int fd, const char *name, socklen_t len)
{
	return setsockopt(fd, SOL_TCP, TCP_ULP, name, len) ? -errno : 0;
}

const char *caesar_ulp_of(int fd)
{
	static char name[64];
	socklen_t len = sizeof(name);

	memset(name, 0, sizeof(name));
	assert_int_equal(getsockopt(fd, SOL_TCP, TCP_ULP, name, &len), 0);
	return name;
}

void caesar_expect_keys(int fd, uint32_t tx, uint32_t rx)
{
	struct caesar_key key = { 999, 999 };
	socklen_t len = sizeof(key);

	assert_int_equal(getsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &key, &len),
			 0);
	assert_int_equal(len, sizeof(key));
	assert_int_equal(key.tx, tx);
	assert_int_equal(key.rx, rx);
}
