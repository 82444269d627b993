// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: bullseye bookworm trixie trixie-backports
 * icount: yes
 * timeout: 3000
 *
 * (That is in guest time, which leaps minutes while the guest waits for a disk.)
 *
 * What a message costs, in instructions (guest time counts them), as ratios to
 * primitives of the same kernel measured in the same boot: the least of some
 * batches each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "broker.h"
#include "check.h"

enum { BATCHES = 14, MANY = 100, FEW = 10 };

static struct nb pub, subs[MANY];
static struct nl_msg msg;
static char big[NLBROKER_PAYLOAD_MAX];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void drain(int fd)
{
	static char buf[65536];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0)
		;
}

/* The least that N times DO took, each; BETWEEN isn't counted. */
static double least(void (*run)(void), void (*between)(void), int n)
{
	double best = 0, start, took;
	int b, i;

	for (b = 0; b < BATCHES; b++) {
		start = now();
		for (i = 0; i < n; i++)
			run();
		took = (now() - start) / n;
		if (!b || took < best)
			best = took;
		if (between)
			between();
	}
	return best;
}

static void prepare(size_t len, uint16_t flags)
{
	nl_begin(&pub.s, &msg, NLBROKER_CMD_PUBLISH, flags);
	nl_put_str(&msg, NLBROKER_A_TOPIC, "cost/of/it");
	nl_put(&msg, NLBROKER_A_PAYLOAD, big, len);
}

static void publish(void)
{
	assert_int_equal(send(pub.s.fd, msg.buf, msg.len, 0), msg.len);
}

static int subs_num;

static void drain_subs(void)
{
	int i;

	for (i = 0; i < subs_num; i++)
		drain(subs[i].s.fd);
}

static void subscribe(int num)
{
	for (; subs_num < num; subs_num++) {
		assert_int_equal(nb_open(&subs[subs_num], 0), 0);
		free(subs[subs_num].s.in); /* 128 KiB each */
		subs[subs_num].s.in = pub.s.in;
		assert_int_equal(nb_rcvbuf(&subs[subs_num], 4 << 20), 0);
		assert_int_equal(nb_subscribe(&subs[subs_num], "cost/of/it", 0),
				 0);
	}
}

static void unsubscribe(int num)
{
	while (subs_num > num) {
		subs[--subs_num].s.in = NULL;
		nb_close(&subs[subs_num]);
	}
}

/* One more subscriber: the difference between many and few. */
static double one_more(size_t len)
{
	double few, many;

	prepare(len, 0);
	subscribe(FEW);
	few = least(publish, drain_subs, 20);
	subscribe(MANY);
	many = least(publish, drain_subs, 20);
	unsubscribe(0);
	print_message("# %zu bytes: %.0f for %d, %.0f for %d\n", len, few, FEW,
		      many, MANY);
	return (many - few) / (MANY - FEW);
}

/* The same of netlink's multicast between programs. */
static int listeners[MANY], speaker;

static void multicast(void)
{
	static char data[NLMSG_HDRLEN + 64];
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	/* There is nobody at the kernel's end, which is said after delivery. */
	sendto(speaker, data, sizeof(data), 0, (struct sockaddr *)&group,
	       sizeof(group));
}

static void drain_listeners(void)
{
	int i;

	for (i = 0; i < MANY && listeners[i]; i++)
		drain(listeners[i]);
}

static void listen_to(int from, int to)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int i;

	for (i = from; i < to; i++) {
		listeners[i] = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
		assert_true(listeners[i] > 0);
		assert_int_equal(bind(listeners[i], (struct sockaddr *)&addr,
				      sizeof(addr)),
				 0);
	}
}

static double one_more_listener(void)
{
	static char buf[256];
	double few, many;
	int i;

	speaker = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	assert_true(speaker >= 0);
	listen_to(0, FEW);
	few = least(multicast, drain_listeners, 20);
	listen_to(FEW, MANY);
	many = least(multicast, drain_listeners, 20);
	/* They did get it. */
	multicast();
	assert_true(recv(listeners[MANY - 1], buf, sizeof(buf), MSG_DONTWAIT) >
		    0);
	for (i = 0; i < MANY; i++)
		close(listeners[i]);
	close(speaker);
	print_message("# multicast: %.0f for %d, %.0f for %d\n", few, FEW, many,
		      MANY);
	return (many - few) / (MANY - FEW);
}

static void publish_receive(void)
{
	static char buf[65536];

	publish();
	assert_true(recv(subs[0].s.fd, buf, sizeof(buf), MSG_DONTWAIT) > 0);
}

static void publish_ack_receive(void)
{
	static char buf[65536];

	publish();
	assert_true(recv(pub.s.fd, buf, sizeof(buf), MSG_DONTWAIT) > 0);
	assert_true(recv(subs[0].s.fd, buf, sizeof(buf), MSG_DONTWAIT) > 0);
}

static int pair[2];

static void unix_send_receive(void)
{
	static char buf[65536];

	assert_int_equal(send(pair[0], buf, 64, 0), 64);
	assert_int_equal(recv(pair[1], buf, sizeof(buf), MSG_DONTWAIT), 64);
}

static void ratio(const char *what, double a, double b, double max)
{
	print_message("# %s: %.0f to %.0f instructions, %.2f of at most %.2f\n",
		      what, a, b, a / b, max);
	assert_true(a > 0 && b > 0);
	if (a / b > max)
		fail_msg("%s costs %.2f, more than %.2f", what, a / b, max);
}

static void test_one_more_subscriber(void **state)
{
	double listener = one_more_listener(), small = one_more(64);

	(void)state;
	ratio("one more subscriber, to one more listener", small, listener,
	      1.5);
}

static void test_one_more_of_60_kib(void **state)
{
	double small = one_more(64), large = one_more(sizeof(big));

	(void)state;
	ratio("one more subscriber to 60 KiB, to 64 B", large, small, 1.2);
}

static void test_one_to_one(void **state)
{
	double dgram, plain, ack;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	dgram = least(unix_send_receive, NULL, 100);
	subscribe(1);
	prepare(64, 0);
	plain = least(publish_receive, NULL, 100);
	prepare(64, NLM_F_ACK);
	ack = least(publish_ack_receive, NULL, 100);
	unsubscribe(0);
	close(pair[0]);
	close(pair[1]);
	ratio("publish and receive, to AF_UNIX", plain, dgram, 2.5);
	ratio("with an ACK", ack, dgram, 3.5);
}

static void publish_receive_nine(void)
{
	static char buf[65536];
	int i;

	publish();
	for (i = 0; i < 9; i++)
		assert_true(recv(subs[i].s.fd, buf, sizeof(buf), MSG_DONTWAIT) >
			    0);
}

/* A subscriber that doesn't read costs the others next to nothing. */
static void test_stalled(void **state)
{
	double alone, with;
	struct nb stalled;

	(void)state;
	subscribe(9);
	prepare(64, 0);
	alone = least(publish_receive_nine, NULL, 50);
	assert_int_equal(nb_open(&stalled, 0), 0);
	assert_int_equal(nb_rcvbuf(&stalled, 4096), 0);
	assert_int_equal(nb_subscribe(&stalled, "cost/of/it", 0), 0);
	with = least(publish_receive_nine, NULL, 50);
	nb_close(&stalled);
	unsubscribe(0);
	ratio("with one that is stalled, to without", with, alone, 1.1);
}

/* Finding a topic costs the same, however many there are. */
static void test_many_topics(void **state)
{
	double few, many;
	char topic[32];
	struct nb owner;
	int i;

	(void)state;
	subscribe(1);
	prepare(64, 0);
	few = least(publish_receive, NULL, 100);
	assert_int_equal(nb_open(&owner, 0), 0);
	for (i = 0; i < 9000; i++) {
		snprintf(topic, sizeof(topic), "many/%d", i);
		assert_int_equal(nb_advertise(&owner, topic, -1, false), 0);
	}
	many = least(publish_receive, NULL, 100);
	nb_close(&owner);
	unsubscribe(0);
	ratio("among 9,000 topics, to one", many, few, 1.1);
}

int main(void)
{
#define T(name) cmocka_unit_test(test_##name)
	const struct CMUnitTest cost[] = {
		T(one_more_subscriber), T(one_more_of_60_kib),
		T(one_to_one),		T(stalled),
		T(many_topics),
	};

	/* Other kernel threads are busy for a while after boot. */
	sleep(3);
	if (nb_open(&pub, 0)) {
		printf("Bail out! no family\n");
		return 1;
	}
	return check_run(cost);
}
