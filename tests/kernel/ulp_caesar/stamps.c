// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * When bytes came and went: SO_TIMESTAMP and its relatives, SO_TIMESTAMPING in
 * software, and its report on what was sent, in the error queue. Which control
 * messages there are, what they look like, and that their times are of today.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#include "check.h"
#include "scene.h"

/* The options' numbers on a 64-bit machine, of which older headers lack some. */
enum {
	OLD_TIMESTAMP = 29,
	OLD_TIMESTAMPNS = 35,
	OLD_TIMESTAMPING = 37,
	NEW_TIMESTAMP = 63,
	NEW_TIMESTAMPNS = 64,
	NEW_TIMESTAMPING = 65,
};

/* A time is 0, or of the last minute: anything else is a mistake. */
static const char *when(const long long *t, bool micro)
{
	struct timespec now;
	long long ago;

	if (!t[0] && !t[1])
		return "none";
	clock_gettime(CLOCK_REALTIME, &now);
	ago = (now.tv_sec - t[0]) * 1000000000LL + now.tv_nsec -
	      t[1] * (micro ? 1000 : 1);
	return ago >= 0 && ago < 60000000000LL ? "now" : "wrong";
}

static void say_stamps(const char *what, int fd, size_t len, int flags)
{
	static uint8_t in[65536];
	union {
		struct cmsghdr h;
		char room[512];
	} control;
	struct iovec iov = { .iov_base = in, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	const struct sock_extended_err *e;
	struct cmsghdr *c;
	const long long *t;
	ssize_t n = recvmsg(fd, &m, flags);

	if (n < 0) {
		said(what, n);
		return;
	}
	say_bytes(what, in, n);
	say("  flags 0x%x", m.msg_flags);
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		t = (const void *)CMSG_DATA(c);
		say("  %d %d, %zu bytes", c->cmsg_level, c->cmsg_type,
		    (size_t)c->cmsg_len);
		if (c->cmsg_level != SOL_SOCKET) {
			e = (const void *)CMSG_DATA(c);
			say("  error %u origin %u info %u data %u", e->ee_errno,
			    e->ee_origin, e->ee_info, e->ee_data);
		} else if (c->cmsg_type == OLD_TIMESTAMPING ||
			   c->cmsg_type == NEW_TIMESTAMPING) {
			say("  %s %s %s", when(t, false), when(t + 2, false),
			    when(t + 4, false));
		} else {
			say("  %s",
			    when(t, c->cmsg_type == OLD_TIMESTAMP ||
					    c->cmsg_type == NEW_TIMESTAMP));
		}
	}
}

/* With a time and without, peeked at, in parts, and none when nothing came. */
static void reads(struct pair *p)
{
	say_send(p->a, 0, 1000, 0);
	arrive(p->b, 1000);
	say_stamps("peek", p->b, 100, MSG_PEEK);
	say_stamps("some", p->b, 400, 0);
	usleep(2000);
	say_send(p->a, 1000, 500, 0);
	arrive(p->b, 1100);
	say_stamps("across", p->b, 800, 0);
	say_stamps("truncated", p->b, 100, MSG_TRUNC);
	say_stamps("last", p->b, 1000, 0);
	say_stamps("none", p->b, 1000, MSG_DONTWAIT);
}

static void urgent(struct pair *p)
{
	option(p->b, SOL_SOCKET, OLD_TIMESTAMP, 1);
	say_send(p->a, 0, 5, MSG_OOB);
	say_poll(p->b, POLLPRI);
	say_stamps("urgent", p->b, 1, MSG_OOB);
	say_stamps("before it", p->b, 100, 0);
	say_send(p->a, 5, 5, 0);
	say_stamps("behind it", p->b, 100, 0);
}

static void with(struct pair *p, int name, int value)
{
	char what[40];

	snprintf(what, sizeof(what), "option %d", name);
	said(what, setsockopt(p->b, SOL_SOCKET, name, &value, sizeof(value)));
	say_option(what, p->b, SOL_SOCKET, name);
	reads(p);
	value = 0;
	said(what, setsockopt(p->b, SOL_SOCKET, name, &value, sizeof(value)));
	reads(p);
}

static void timestamp(struct pair *p)
{
	with(p, OLD_TIMESTAMP, 1);
}

static void timestampns(struct pair *p)
{
	with(p, OLD_TIMESTAMPNS, 1);
}

static void timestamp_new(struct pair *p)
{
	with(p, NEW_TIMESTAMP, 1);
}

static void timestampns_new(struct pair *p)
{
	with(p, NEW_TIMESTAMPNS, 1);
}

static void timestamping(struct pair *p)
{
	with(p, OLD_TIMESTAMPING,
	     SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	with(p, NEW_TIMESTAMPING,
	     SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	/* Asked for, and not to be reported. */
	with(p, OLD_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE);
	with(p, OLD_TIMESTAMPING,
	     SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE);
}

static void both(struct pair *p)
{
	option(p->b, SOL_SOCKET, OLD_TIMESTAMPNS, 1);
	option(p->b, SOL_TCP, TCP_INQ, 1);
	with(p, OLD_TIMESTAMPING,
	     SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
}

/* The next report on what was sent: an acknowledgement can be late. */
static void say_report(const char *what, int fd)
{
	struct pollfd p = { .fd = fd };

	poll(&p, 1, 2000);
	say_stamps(what, fd, 100, MSG_ERRQUEUE);
}

/* Sent, put on the wire, acknowledged: reports, with the offset of the byte. */
static void sent(struct pair *p)
{
	size_t i, at;

	option(p->a, SOL_SOCKET, OLD_TIMESTAMPING,
	       SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
		       SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
		       SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
	for (i = 0, at = 0; i < 3; i++, at += 1000) {
		say_send(p->a, at, 1000, 0);
		say_all(p->b, 1000);
		say_report("first", p->a);
		say_report("second", p->a);
		say_report("third", p->a);
		say_stamps("none", p->a, 100, MSG_ERRQUEUE);
	}
}

/* The same, asked for with a control message of the one send. */
static void sent_once(struct pair *p)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(uint32_t))];
	} control = { 0 };
	static uint8_t out[100000];
	struct iovec iov = { .iov_base = out, .iov_len = sizeof(out) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	uint32_t flags = SOF_TIMESTAMPING_TX_ACK;

	option(p->a, SOL_SOCKET, OLD_TIMESTAMPING,
	       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
		       SOF_TIMESTAMPING_OPT_TSONLY);
	control.h.cmsg_level = SOL_SOCKET;
	control.h.cmsg_type = OLD_TIMESTAMPING;
	control.h.cmsg_len = CMSG_LEN(sizeof(flags));
	memcpy(CMSG_DATA(&control.h), &flags, sizeof(flags));
	pattern(out, sizeof(out), 0, 1);
	say_send(p->a, 0, 10, 0);
	said("sendmsg", sendmsg(p->a, &m, 0));
	say_all(p->b, sizeof(out) + 10);
	say_report("the one", p->a);
	say_stamps("none", p->a, 100, MSG_ERRQUEUE);
	/* What can't be understood is refused, and nothing is sent. */
	control.h.cmsg_type = 1234;
	said("sendmsg", sendmsg(p->a, &m, 0));
	control.h.cmsg_level = SOL_IP;
	said("sendmsg", sendmsg(p->a, &m, 0));
	say_recv(p->b, 200000, MSG_DONTWAIT | MSG_TRUNC);
}

static const struct scene scenes[] = {
	{ .name = "timestamp", .play = timestamp },
	{ .name = "timestampns", .play = timestampns },
	{ .name = "timestamp_new", .play = timestamp_new },
	{ .name = "timestampns_new", .play = timestampns_new },
	{ .name = "timestamping", .play = timestamping },
	{ .name = "both", .play = both },
	{ .name = "urgent", .play = urgent },
	{ .name = "sent", .play = sent },
	{ .name = "sent_once", .play = sent_once },
};

int main(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	/* Packets get a time as long as any socket wants it, from a little later on. */
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, OLD_TIMESTAMPNS, &on, sizeof(on)))
		return 1;
	usleep(200000);
	return SCENES_RUN("stamps", scenes);
}
