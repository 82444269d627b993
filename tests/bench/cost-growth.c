// SPDX-License-Identifier: GPL-2.0-or-later
/* What an operation costs as there is more and more of something, by tens. */
#include <errno.h>
#include <libnlbroker.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <sockmods/myproto.h>

#include "bench.h"
#include "cost.h"
#include "pair.h"

enum { BYTES = 64, MOST = 10000 };

/**
 * struct curve - an operation, and what grows
 * @row: its name
 * @most: up to so many
 * @number: how often in a batch
 * @more: adds the next one; 0 or a negative errno
 * @once: the operation
 * @between: as struct op
 * @end: removes all of it
 */
struct curve {
	const char *row;
	int most;
	unsigned int number;
	int (*more)(int i);
	int (*once)(void *unused);
	void (*between)(void *unused);
	void (*end)(void);
};

/* Whatever grows, and how many of it there are. */
static int fds[MOST], count;
static struct nlbroker *brokers[MOST], *publisher, *subscriber;
static struct pair pairs[MOST];

static void close_all(void)
{
	while (count)
		close(fds[--count]);
}

/* nlbroker: subscribers to a topic. */

static int publish_once(void *unused)
{
	(void)unused;
	return nlbroker_publish(publisher, "bench/topic", payload, BYTES,
				NLBROKER_NO_ACK);
}

static void drain(struct nlbroker *b)
{
	const struct nlbroker_message *m;

	while (nlbroker_receive(b, &m, 0) > 0)
		;
}

static void drain_brokers(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < count; i++)
		drain(brokers[i]);
}

static int more_subscribers(int i)
{
	int err = nlbroker_open(&brokers[i]);

	return err ? err : nlbroker_subscribe(brokers[i], "bench/topic", 0);
}

static void close_brokers(void)
{
	while (count)
		nlbroker_close(brokers[--count]);
}

/* Netlink's own multicast: only root can listen. */

static int speaker = -1;

static int more_listeners(int i)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	fds[i] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
	if (fds[i] < 0 || bind(fds[i], (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return 0;
}

static int multicast_once(void *unused)
{
	static const struct sockaddr_nl group = { .nl_family = AF_NETLINK,
						  .nl_groups = 1 };
	static struct {
		struct nlmsghdr nlh;
		char data[BYTES];
	} out = { .nlh.nlmsg_len = sizeof(out) };

	(void)unused;
	/* It is also for the kernel, which has no socket there and says so. */
	if (sendto(speaker, &out, sizeof(out), 0,
		   (const struct sockaddr *)&group, sizeof(group)) < 0 &&
	    errno != ECONNREFUSED)
		return -errno;
	return 0;
}

static void drain_fds(void *unused)
{
	char buf[256];
	int i;

	(void)unused;
	for (i = 0; i < count; i++)
		while (recv(fds[i], buf, sizeof(buf), MSG_DONTWAIT) >= 0)
			;
}

/* nlbroker: other topics, and patterns that don't match. */

static struct nlbroker *owner;

static int publish_receive_once(void *unused)
{
	const struct nlbroker_message *m;
	int rc = publish_once(unused);

	if (!rc)
		rc = nlbroker_receive(subscriber, &m, 0);
	return rc < 0 ? rc : rc == 1 ? 0 : -EBADMSG;
}

static int more_topics(int i)
{
	char topic[32];

	snprintf(topic, sizeof(topic), "many/%d", i);
	return nlbroker_advertise(owner, topic, -1, 0);
}

static int more_patterns(int i)
{
	char pattern[32];

	snprintf(pattern, sizeof(pattern), "many/%d/+", i);
	return nlbroker_subscribe(owner, pattern, 0);
}

static void close_owner(void)
{
	count = 0;
	nlbroker_close(owner);
	if (nlbroker_open(&owner))
		die("nlbroker: no connection");
}

/* genl_echo: other sockets. */

static struct netlink echo;

static int echo_once(void *unused)
{
	(void)unused;
	return netlink_echo(&echo, BYTES);
}

static int more_sockets(int i)
{
	struct netlink netlink;
	int err = netlink_open(&netlink);

	fds[i] = netlink.fd;
	return err;
}

/* af_myproto: bound channels; AF_UNIX: bound names. */

static int family, sender = -1;
static struct sockaddr_storage to;
static socklen_t to_len;

static int bind_any(int i, int f, int type, socklen_t len)
{
	struct sockaddr_myproto any = {
		.smp_family = f,
		.smp_channel = MYPROTO_CHANNEL_ANY,
	};

	fds[i] = socket(f, type | SOCK_CLOEXEC, 0);
	if (fds[i] < 0 || bind(fds[i], (struct sockaddr *)&any, len))
		return -errno;
	/* To the one in the middle: neither the first nor the last. */
	if (i & (i - 1))
		return 0;
	to_len = sizeof(to);
	return getsockname(fds[i / 2], (struct sockaddr *)&to, &to_len) ?
		       -errno :
		       0;
}

static int more_channels(int i)
{
	return bind_any(i, family, SOCK_DGRAM, sizeof(struct sockaddr_myproto));
}

static int more_names(int i)
{
	return bind_any(i, AF_UNIX, SOCK_DGRAM, sizeof(sa_family_t));
}

static int datagram_once(void *unused)
{
	(void)unused;
	if (sendto(sender, payload, BYTES, 0, (struct sockaddr *)&to, to_len) <
	    0)
		return -errno;
	return 0;
}

/* Connections with the protocol. */

static int more_pairs(int i, const char *row)
{
	pair_find(&pairs[i], row);
	return pair_open(&pairs[i]);
}

static int more_caesar(int i)
{
	return more_pairs(i, "caesar");
}

static int more_tcp(int i)
{
	return more_pairs(i, "tcp");
}

static int pair_once(void *unused)
{
	struct message m = { &pairs[count / 2], BYTES };

	(void)unused;
	return message_once(&m);
}

static void close_pairs(void)
{
	while (count)
		pair_close(&pairs[--count]);
}

static const struct curve curves[] = {
	{ "subscribers", 1000, 5, more_subscribers, publish_once, drain_brokers,
	  close_brokers },
	{ "listeners", 1000, 5, more_listeners, multicast_once, drain_fds,
	  close_all },
	{ "topics", 9000, 100, more_topics, publish_receive_once, NULL,
	  close_owner },
	{ "patterns", 10000, 100, more_patterns, publish_receive_once, NULL,
	  close_owner },
	{ "sockets", 1000, 100, more_sockets, echo_once, NULL, close_all },
	{ "channels", 10000, 10, more_channels, datagram_once, drain_fds,
	  close_all },
	{ "names", 10000, 10, more_names, datagram_once, drain_fds, close_all },
	{ "caesar", 1000, 100, more_caesar, pair_once, NULL, close_pairs },
	{ "tcp", 1000, 100, more_tcp, pair_once, NULL, close_pairs },
};

static void draw(const struct curve *c)
{
	struct op op = {
		.what = { .table = "growth", .row = c->row, .bytes = BYTES },
		.once = c->once,
		.between = c->between,
		.number = c->number,
	};
	int n, err = 0;

	if (sender >= 0)
		close(sender);
	sender = socket(c->more == more_names ? AF_UNIX : family,
			SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (n = 1; n <= MOST; n *= 10) {
		op.what.n = n < c->most ? n : c->most;
		while (count < op.what.n && !err) {
			err = c->more(count);
			if (!err)
				count++;
		}
		if (err) {
			missing(&op.what, strerror(-err));
			break;
		}
		measure(&op, 1);
		if (op.what.n == c->most)
			break;
	}
	c->end();
}

void cost_growth(const long *sizes, int sizes_count)
{
	FILE *f = fopen(MYPROTO_FAMILY_FILE, "re");
	unsigned int i;

	(void)sizes;
	(void)sizes_count;
	raise_files(MOST + 1000);
	if (!f || fscanf(f, "%d", &family) != 1)
		die("af_myproto isn't loaded");
	fclose(f);
	if (nlbroker_open(&publisher) || nlbroker_open(&subscriber) ||
	    nlbroker_open(&owner) || netlink_open(&echo))
		die("nlbroker or genl_echo: %s", nlbroker_error(NULL));
	speaker = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);
	for (i = 0; i < sizeof(curves) / sizeof(*curves); i++) {
		/* Of "subscribers" it isn't one: nobody would read what it gets. */
		if (curves[i].once == publish_receive_once &&
		    nlbroker_subscribe(subscriber, "bench/topic", 0) < 0)
			die("nlbroker: %s", nlbroker_error(subscriber));
		draw(&curves[i]);
		if (curves[i].once == publish_receive_once)
			nlbroker_unsubscribe(subscriber, "bench/topic");
	}
}
