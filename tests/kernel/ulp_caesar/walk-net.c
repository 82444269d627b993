// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 900
 *
 * The random walks of walk.c between two network namespaces: segments that are
 * lost, late, out of order, twice there, broken, tiny and huge.
 * `walk-net SEED [STEPS]` walks again; what the network does is its own affair.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "check.h"
#include "module.h"
#include "walk.h"
#include "xt.h"

/**
 * struct net - what the network does
 * @name: of the test
 * @netem: tc's words for it; or NULL
 * @mtu: of both interfaces; 0: as it is
 * @mss: TCP_MAXSEG of both sockets; 0: as it is
 */
struct net {
	const char *name;
	const char *netem;
	int mtu, mss;
	const struct way *way;
	bool ulp_a, ulp_b;
	long share;
};

/* clang-format off */
static const struct net nets[] = {
	{ "walk_tiny", NULL, 0, 88, &way_plain, true, true, 100 },
	{ "walk_huge", NULL, 65535, 0, &way_plain6, true, true, 200 },
	{ "walk_loss", "delay 1ms loss 2%", 0, 0, &way_plain, true, true, 60 },
	{ "walk_reorder", "delay 2ms 1ms reorder 50% 25% duplicate 3%", 0, 536,
	  &way_plain6, true, true, 60 },
	{ "walk_corrupt", "delay 500us corrupt 2% loss 0.5%", 1280, 0,
	  &way_plain_mapped, true, true, 60 },
	{ "walk_target_loss", "delay 1ms loss 1% reorder 70% 50%", 0, 0,
	  &walk_to_target, true, false, 60 },
	{ "walk_targets_tiny", "delay 500us loss 0.5% duplicate 5%", 0, 300,
	  &walk_targets, false, false, 60 },
};
/* clang-format on */

static const struct net *net;
static int spaces[2] = { -1, -1 }, home = -1;

static void in(int space)
{
	assert_int_equal(setns(space < 0 ? home : spaces[space], CLONE_NEWNET),
			 0);
}

/* A command in a namespace. */
static void at(int space, const char *command)
{
	in(space);
	must(command);
	in(-1);
}

static void lay(const struct net *n)
{
	char line[200];
	int i;

	net = n;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(home >= 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(unshare(CLONE_NEWNET), 0);
		spaces[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		assert_true(spaces[i] >= 0);
	}
	/* This one is the second; /proc/self is the one who reads it. */
	snprintf(line, sizeof(line),
		 "ip link add v1 type veth peer name v0 netns /proc/%d/fd/%d",
		 getpid(), spaces[0]);
	must(line);
	for (i = 0; i < 2; i++) {
		if (n->mtu) {
			snprintf(line, sizeof(line), "ip link set v%d mtu %d",
				 i, n->mtu);
			at(i, line);
		}
		snprintf(line, sizeof(line),
			 "ip address add 10.9.0.%d/24 dev v%d && "
			 "ip address add fd09::%d/64 dev v%d nodad",
			 i + 1, i, i + 1, i);
		at(i, line);
		snprintf(line, sizeof(line), "ip link set v%d up", i);
		at(i, line);
		if (!n->netem)
			continue;
		snprintf(line, sizeof(line),
			 "tc qdisc add dev v%d root netem limit 5000 %s", i,
			 n->netem);
		at(i, line);
	}
	/* Lost segments are sent again soon, so that there can be many. */
	for (i = 0; i < 2; i++) {
		snprintf(
			line, sizeof(line),
			"ip route replace 10.9.0.0/24 dev v%d scope link rto_min 8ms && "
			"ip -6 route replace fd09::/64 dev v%d metric 256 rto_min 8ms",
			i, i);
		at(i, line);
	}
}

/* What both namespaces shift: the one that connects is the first. */
static void rule(const struct way *way)
{
	const struct xt_rule a[] = {
		XT_ENCRYPT_IN(XT_OUTPUT, way->ab),
		XT_DECRYPT_IN(XT_INPUT, way->ba),
	};
	const struct xt_rule b[] = {
		XT_ENCRYPT_IN(XT_OUTPUT, way->ba),
		XT_DECRYPT_IN(XT_INPUT, way->ab),
	};
	int i;

	for (i = 0; i < 2; i++) {
		if (!caesar_wanted() || !(i ? way->target_b : way->target_a))
			continue;
		in(-1);
		xt_load();
		in(i);
		assert_int_equal(xt_set(way->family, "mangle", i ? b : a, 2),
				 0);
	}
	in(-1);
}

static int lift(void **state)
{
	int i;

	(void)state;
	if (home >= 0)
		in(-1);
	for (i = 0; i < 2; i++) {
		if (spaces[i] >= 0)
			close(spaces[i]);
		spaces[i] = -1;
	}
	if (home >= 0)
		close(home);
	home = -1;
	return 0;
}

static socklen_t second(const struct way *way, union address *to, uint16_t port)
{
	socklen_t len = way_address(way, to, port);

	if (way->family == AF_INET)
		inet_pton(AF_INET, "10.9.0.2", &to->v4.sin_addr);
	else
		inet_pton(AF_INET6, way->mapped ? "::ffff:10.9.0.2" : "fd09::2",
			  &to->v6.sin6_addr);
	return len;
}

static void meet(struct pair *p, const struct way *way)
{
	union address to;
	socklen_t len = second(way, &to, 0);
	int listener, i;

	p->way = way;
	in(1);
	listener = way_socket(way);
	if (bind(listener, &to.sa, len))
		fail_msg("bind: %s", strerror(errno));
	if (net->mss)
		option(listener, SOL_TCP, TCP_MAXSEG, net->mss);
	if (way->b == ATTACH_EARLY)
		caesar_give(listener, way->ba, way->ab);
	assert_int_equal(listen(listener, 5), 0);
	p->bport = local_port(listener);
	in(0);
	p->a = way_socket(way);
	if (net->mss)
		option(p->a, SOL_TCP, TCP_MAXSEG, net->mss);
	if (way->a == ATTACH_EARLY)
		caesar_give(p->a, way->ab, way->ba);
	len = second(way, &to, p->bport);
	/* With SO_SNDTIMEO it waits in pieces; a lost SYN takes a second. */
	for (i = 0; connect(p->a, &to.sa, len); i++) {
		if (i == 5 || (errno != EINPROGRESS && errno != EALREADY))
			fail_msg("connect: %s", strerror(errno));
	}
	p->aport = local_port(p->a);
	p->b = way_accept(listener);
	close(listener);
	in(-1);
}

static void test_net(void **state)
{
	const struct net *n = *state;
	struct walk walk = {
		.way = n->way,
		.ulp_a = n->ulp_a,
		.ulp_b = n->ulp_b,
		.connect = meet,
		.slow = true,
	};

	lay(n);
	rule(n->way);
	walk.steps = walk_steps(300 * n->share, 20 * n->share);
	walk_run(&walk);
}

int main(int argc, char **argv)
{
#define T(n) { nets[n].name, test_net, NULL, lift, (void *)&nets[n] }
	const struct CMUnitTest tests[] = { T(0), T(1), T(2), T(3),
					    T(4), T(5), T(6) };

	setvbuf(stdout, NULL, _IOLBF, 0);
	walk_arguments(argc, argv);
	own_network();
	return check_run(tests);
}
