// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * genl_echo from a socket of its own (cost-netlink.c) and from libnl, as a program
 * would that knows nothing better; beside what else a kernel answers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sockmods/genl_echo.h>

#include "bench.h"
#include "cost.h"
#include "pair.h"

/* The same with libnl. */
struct libnl {
	struct nl_sock *sock;
	int family;
	long bytes;
	int good;
};

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct libnl *l = arg;
	const struct nlattr *nla =
		nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, GENL_ECHO_A_DATA);

	l->good = nla && nla_len(nla) == l->bytes;
	return NL_OK;
}

static int libnl_open(struct libnl *l)
{
	l->sock = nl_socket_alloc();
	if (!l->sock || genl_connect(l->sock))
		return -ENOMEM;
	nl_socket_disable_auto_ack(l->sock);
	nl_socket_modify_cb(l->sock, NL_CB_VALID, NL_CB_CUSTOM, on_reply, l);
	/* Without it a reply that is longer than a page is cut off. */
	nl_socket_set_msg_buf_size(l->sock, NETLINK_ANSWER_MAX);
	l->family = genl_ctrl_resolve(l->sock, GENL_ECHO_GENL_NAME);
	return l->family < 0 ? -ENOENT : 0;
}

static int libnl_echo(struct libnl *l)
{
	struct nl_msg *msg = nlmsg_alloc_size(l->bytes + 256);
	int err = -ENOMEM;

	l->good = 0;
	if (msg &&
	    genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, l->family, 0, 0,
			GENL_ECHO_CMD_ECHO, GENL_ECHO_GENL_VERSION) &&
	    !nla_put(msg, GENL_ECHO_A_DATA, l->bytes, payload)) {
		err = nl_send_auto(l->sock, msg);
		if (err >= 0)
			err = nl_recvmsgs_default(l->sock);
	}
	nlmsg_free(msg);
	return err < 0 ? -EIO : l->good ? 0 : -EBADMSG;
}

/* What the operations use: one size at a time. */
static struct netlink raw;
static struct libnl libnl;

static int raw_once(void *arg)
{
	return netlink_echo(&raw, *(const long *)arg);
}

static int libnl_once(void *arg)
{
	libnl.bytes = *(const long *)arg;
	return libnl_echo(&libnl);
}

static int getfamily_once(void *arg)
{
	(void)arg;
	return netlink_getfamily(&raw);
}

static int raw_reopen(void *arg)
{
	struct netlink netlink;
	int err = netlink_open(&netlink);

	if (!err)
		err = netlink_echo(&netlink, *(const long *)arg);
	close(netlink.fd);
	return err;
}

static int libnl_reopen(void *arg)
{
	struct libnl l = { .bytes = *(const long *)arg };
	int err = libnl_open(&l);

	if (!err)
		err = libnl_echo(&l);
	nl_socket_free(l.sock);
	return err;
}

static void rows(const char *table, struct op *ops, int count, long *bytes,
		 unsigned int number)
{
	int i;

	for (i = 0; i < count; i++) {
		ops[i].what.table = table;
		ops[i].what.bytes = *bytes;
		if (!ops[i].arg)
			ops[i].arg = bytes;
		ops[i].number = number;
	}
	measure(ops, count);
}

void cost_echo(const long *sizes, int count)
{
	struct pair dgram, pipe;
	int err = netlink_open(&raw), n;

	if (!err)
		err = libnl_open(&libnl);
	if (err)
		die("genl_echo: %s", strerror(-err));
	pair_find(&dgram, "unix_dgram");
	pair_find(&pipe, "pipe");
	if (pair_open(&dgram) || pair_open(&pipe))
		die("no sockets");
	for (n = 0; n < count; n++) {
		long bytes = sizes[n];
		struct message d = { &dgram, bytes }, p = { &pipe, bytes };
		struct op ops[] = {
			{ .what.row = "raw", .once = raw_once },
			{ .what.row = "libnl", .once = libnl_once },
			{ .what.row = "getfamily", .once = getfamily_once },
			{ .what.row = "unix_dgram",
			  .once = message_once,
			  .arg = &d },
			{ .what.row = "pipe", .once = message_once, .arg = &p },
			{ .what.row = "getppid", .once = getppid_once },
		};

		rows("echo", ops, sizeof(ops) / sizeof(*ops), &bytes,
		     bytes > 8192 ? 40 : 200);
	}
}

void cost_reopen(const long *sizes, int count)
{
	struct op ops[] = {
		{ .what.row = "raw", .once = raw_reopen },
		{ .what.row = "libnl", .once = libnl_reopen },
	};
	long bytes = count ? sizes[0] : 64;

	rows("reopen", ops, 2, &bytes, 50);
}

/* A whole run, for who counts its system calls; raw.c is one without libnl. */
void cost_libnl(const long *sizes, int count)
{
	long bytes = 64;
	int err = libnl_reopen(&bytes);

	(void)sizes;
	(void)count;
	if (err)
		die("genl_echo: %s", strerror(-err));
}
