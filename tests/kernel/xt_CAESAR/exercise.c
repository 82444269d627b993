// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that can be done with xt_CAESAR, once: see lib/exercise.h. */
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <sockmods/shift.h>

#include "exercise.h"
#include "xt.h"

/* Copies of what is shifted are of the page allocator, or small: of the slab. */
enum { PORT = 4242, KEY = 200, SIZE = 48 << 10, SMALL = 600 };

/* The two ends of a connection over lo, from nothing. */
struct pair {
	int listener;
	int client;
	int server;
};

static void pair_close(struct pair *p)
{
	/* No TIME_WAIT, no port that is in use the next time. */
	static const struct linger gone = { .l_onoff = 1 };
	int *fd[] = { &p->client, &p->server, &p->listener };
	size_t i;

	for (i = 0; i < sizeof(fd) / sizeof(*fd); i++) {
		if (*fd[i] < 0)
			continue;
		setsockopt(*fd[i], SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
		close(*fd[i]);
		*fd[i] = -1;
	}
}

static int tcp_socket(int family)
{
	static const struct timeval patience = { .tv_sec = 5 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	return fd;
}

static int pair_open(struct pair *p, int family)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons(PORT),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_port = htons(PORT),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *sa = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
	int err = 0;

	*p = (struct pair){ -1, -1, -1 };
	p->listener = tcp_socket(family);
	p->client = tcp_socket(family);
	if (p->listener < 0 || p->client < 0)
		err = p->listener < 0 ? p->listener : p->client;
	else if (bind(p->listener, sa, len) || listen(p->listener, 1) ||
		 connect(p->client, sa, len))
		err = exercise_errno();
	if (!err) {
		p->server = accept(p->listener, NULL, NULL);
		if (p->server < 0)
			err = -errno;
	}
	if (err)
		pair_close(p);
	return err;
}

/* Sends so many bytes over; what comes must be those with KEY added. */
static int carry(int from, int to, size_t size, uint8_t key)
{
	static uint8_t text[SIZE], got[SIZE];
	size_t i, done = 0;
	ssize_t n;

	for (i = 0; i < size; i++)
		text[i] = i * 7 + (i >> 8);
	n = send(from, text, size, MSG_NOSIGNAL);
	if (n < 0)
		return -errno;
	/* Short where no more memory was there. */
	while (done < (size_t)n) {
		ssize_t m = recv(to, got + done, n - done, 0);
		int err = exercise_some(m);

		if (err)
			return err;
		done += m;
	}
	caesar_shift(text, n, key);
	return memcmp(text, got, n) ? -EBADMSG : 0;
}

/* Whatever it takes: the memory that isn't there fails once. */
static void clear(int family)
{
	if (xt_set(family, "mangle", NULL, 0))
		xt_set(family, "mangle", NULL, 0);
}

static int rule(int family)
{
	static const struct xt_rule rules[] = {
		XT_ENCRYPT_IN(XT_PREROUTING, KEY, .dport = 1),
		XT_DECRYPT_IN(XT_INPUT, -1, .sport = 1),
		XT_ENCRYPT_IN(XT_FORWARD, 1 << 30, .dport = 1),
		XT_ENCRYPT_IN(XT_OUTPUT, KEY, .dport = 1),
		XT_DECRYPT_IN(XT_POSTROUTING, KEY, .dport = 1),
	};
	int err =
		xt_set(family, "mangle", rules, sizeof(rules) / sizeof(*rules));

	clear(family);
	return err;
}

static int rule4(void)
{
	return rule(AF_INET);
}

static int rule6(void)
{
	return rule(AF_INET6);
}

/* EINVAL is the right answer. */
static int refused(int family, const char *table, const struct xt_rule *r)
{
	int err = xt_set(family, table, r, 1);

	if (!err)
		xt_set(family, table, NULL, 0);
	return err == -EINVAL ? 0 : err ? err : -EBADMSG;
}

static int refuse(void)
{
	static const struct xt_rule rules[] = {
		{ .chain = XT_OUTPUT, .info.mode = XT_CAESAR_DECRYPT + 1 },
		{ .chain = XT_OUTPUT, .info.mode = 255 },
		{ .chain = XT_OUTPUT, .info.reserved = { 1 } },
		{ .chain = XT_OUTPUT, .info.reserved = { 0, 0, 128 } },
		{ .chain = XT_OUTPUT, .protocol = IPPROTO_UDP },
	};
	static const struct xt_rule good = { .chain = XT_OUTPUT };
	size_t i;
	int err;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		err = refused(AF_INET, "mangle", &rules[i]);
		if (!err)
			err = refused(AF_INET6, "mangle", &rules[i]);
		if (err)
			return err;
	}
	err = refused(AF_INET, "filter", &good);
	return err ? err : refused(AF_INET6, "filter", &good);
}

/* Shifted on the way out, and back on the way in if BACK. */
static const struct xt_rule way[] = {
	XT_ENCRYPT_IN(XT_OUTPUT, KEY, .dport = PORT),
	XT_ENCRYPT_IN(XT_OUTPUT, KEY, .sport = PORT),
	XT_DECRYPT_IN(XT_INPUT, KEY, .dport = PORT),
	XT_DECRYPT_IN(XT_INPUT, KEY, .sport = PORT),
};

static int connection(int family, size_t rules, size_t size, uint8_t key)
{
	struct pair p;
	int err = xt_set(family, "mangle", way, rules);

	if (!err)
		err = pair_open(&p, family);
	if (!err) {
		err = carry(p.client, p.server, size, key);
		if (!err)
			err = carry(p.server, p.client, size, key);
		pair_close(&p);
	}
	clear(family);
	return err;
}

static int both4(void)
{
	return connection(AF_INET, 4, SIZE, 0);
}

static int both6(void)
{
	return connection(AF_INET6, 4, SIZE, 0);
}

static int out4(void)
{
	return connection(AF_INET, 2, SMALL, KEY);
}

static int out6(void)
{
	return connection(AF_INET6, 2, SMALL, KEY);
}

/* Rules of both families, and a connection with bytes under way. */
static int hold(void)
{
	static struct pair p;
	int err = xt_set(AF_INET, "mangle", way, 4);

	if (!err)
		err = xt_set(AF_INET6, "mangle", way, 4);
	if (!err)
		err = pair_open(&p, AF_INET6);
	if (!err && send(p.client, "held", 4, MSG_NOSIGNAL) != 4)
		err = -errno;
	return err;
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct exercise_step steps[] = {
		{ "IPv4: rules", rule4 },
		{ "IPv6: rules", rule6 },
		{ "rules that are refused", refuse },
		{ "IPv4: a connection, shifted and back", both4 },
		{ "IPv6: a connection, shifted and back", both6 },
		{ "IPv4: a few bytes, shifted", out4 },
		{ "IPv6: a few bytes, shifted", out6 },
	};
	/* clang-format on */
	static const struct exercise x = {
		.module = "xt_CAESAR",
		.steps = steps,
		.count = sizeof(steps) / sizeof(*steps),
		.hold = hold,
		.stride = 4,
	};

	/*
	 * A namespace of its own: rules belong to one, outlive their maker, and
	 * are for everybody in it. They go with it when this program ends.
	 */
	if (argc < 2 || strcmp(argv[1], "--module")) {
		xt_load();
		if (unshare(CLONE_NEWNET) || xt_up("lo")) {
			printf("Bail out! no network namespace: %s\n",
			       strerror(errno));
			return 1;
		}
	}
	return exercise_main(argc, argv, &x);
}
