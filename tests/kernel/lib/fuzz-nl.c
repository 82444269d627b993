// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz-nl.h"
#include "nl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

enum { SOCKETS = 4, LONGEST = 100 * 1024, BYTES_MAX = 62000 };

static struct {
	int fd;
	bool raw;
	uint32_t portid;
} socks[SOCKETS];

static uint16_t family;
static uint32_t group;

/* A datagram on its way, which may become several messages. */
static uint8_t out[LONGEST] __attribute__((aligned(8)));
static size_t len;
static bool wrong;

uint16_t fuzz_nl_family(void)
{
	return family;
}

static void put(const void *data, size_t n)
{
	if (n > sizeof(out) - len)
		n = sizeof(out) - len;
	if (data)
		memcpy(out + len, data, n);
	else
		memset(out + len, 0, n);
	len += n;
}

/* N bytes of anything, the first of which the input says. */
static void put_any(size_t n)
{
	uint32_t first = fuzz_u32();
	size_t at = len;

	put(fuzz_memory(n), n);
	if (len - at >= sizeof(first))
		memcpy(out + at, &first, sizeof(first));
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint32_t any_port(void)
{
	return fuzz_one_in(8) ? fuzz_u32() : socks[fuzz_pick(SOCKETS)].portid;
}

static void put_ports(void)
{
	uint32_t ports[12], last = 0;
	unsigned int n = fuzz_pick(12), i;

	for (i = 0; i < n; i++)
		ports[i] = any_port();
	if (!fuzz_one_in(8))
		qsort(ports, n, sizeof(*ports), by_number);
	for (i = 0; i < n; i++) {
		if (ports[i] != last || fuzz_one_in(8))
			put(&ports[i], sizeof(*ports));
		last = ports[i];
	}
}

static void put_text(const struct fuzz_nl_attr *a)
{
	unsigned int n = 0;

	if (a->words && !fuzz_one_in(12)) {
		while (a->words[n])
			n++;
		n = fuzz_pick(n);
		put(a->words[n], strlen(a->words[n]) + 1);
		return;
	}
	n = a->max && !fuzz_one_in(4) ? fuzz_pick(a->max + 1) :
					fuzz_length(2 * a->max + 4);
	while (n--)
		put(&"a/b+#$\xc3\xa9\xff"[n % 9], 1);
	if (!fuzz_one_in(16))
		put("", 1);
}

static void put_payload(const struct fuzz_nl_attr *a)
{
	uint32_t u32;
	uint64_t u64;

	switch (a->type) {
	case FUZZ_NL_FLAG:
		break;
	case FUZZ_NL_U32:
		u32 = fuzz_u32();
		if (a->max && !fuzz_one_in(6))
			u32 = u32 % a->max + 1;
		put(&u32, sizeof(u32));
		break;
	case FUZZ_NL_U64:
		u64 = fuzz_u64();
		if (a->max && !fuzz_one_in(6))
			u64 %= (uint64_t)a->max + 1;
		put(&u64, sizeof(u64));
		break;
	case FUZZ_NL_TEXT:
		put_text(a);
		break;
	case FUZZ_NL_BYTES:
		put_any(fuzz_length(a->max && !fuzz_one_in(16) ? a->max :
								 BYTES_MAX));
		break;
	case FUZZ_NL_PORT:
		u32 = any_port();
		put(&u32, sizeof(u32));
		break;
	case FUZZ_NL_PORTS:
		put_ports();
	}
}

static void align(void)
{
	put(NULL, ALIGN4(len) - len);
}

/* Ends what begins with the header at START, and sets its length. */
static void end_attr(size_t start)
{
	struct nlattr *a = (struct nlattr *)(out + start);
	size_t n = len - start;

	if (n < NLA_HDRLEN)
		return; /* there was no room for it */
	a->nla_len = n > UINT16_MAX ? UINT16_MAX : n;
	align();
}

static void put_attr(const struct fuzz_nl_attr *a)
{
	struct nlattr h = { .nla_type = a->number };
	size_t start = len;

	put(&h, sizeof(h));
	put_payload(a);
	end_attr(start);
}

/* What is there already, within attributes within attributes. */
static void nest(size_t start)
{
	unsigned int depth = 1 + fuzz_pick(fuzz_one_in(8) ? 64 : 4);
	struct nlattr h;
	size_t n;

	while (depth-- && len + sizeof(h) < sizeof(out)) {
		h.nla_type = fuzz_pick(32) |
			     (fuzz_one_in(3) ? 0 : NLA_F_NESTED);
		memmove(out + start + sizeof(h), out + start, len - start);
		len += sizeof(h);
		n = len - start;
		h.nla_len = n > UINT16_MAX ? UINT16_MAX : n;
		memcpy(out + start, &h, sizeof(h));
	}
}

/* The attribute of this command that begins at START is made wrong. */
static void spoil_attr(size_t start, const struct fuzz_nl_cmd *cmd)
{
	struct nlattr *a = (struct nlattr *)(out + start);
	struct nlattr h = { .nla_len = fuzz_u32(), .nla_type = fuzz_pick(64) };
	unsigned int i = fuzz_pick(8);

	wrong = true;
	if (len - start < sizeof(h))
		return;
	switch (i) {
	case 0:
		a->nla_len = fuzz_u32();
		break;
	case 1:
		a->nla_len += fuzz_pick(9) - 4;
		break;
	case 2:
		a->nla_type = fuzz_pick(64);
		break;
	case 3:
		a->nla_type = fuzz_u32();
		break;
	case 4:
		a->nla_type |= fuzz_pick(2) ? NLA_F_NESTED :
					      NLA_F_NET_BYTEORDER;
		break;
	case 5:
		nest(start);
		break;
	case 6:
		/* Headers behind it, or in its place. */
		if (fuzz_pick(2))
			len = start;
		put(&h, sizeof(h));
		put_any(fuzz_pick(24));
		break;
	default:
		/* That type, with what another has in it. */
		i = fuzz_pick(8);
		if (!cmd->attrs[i].number)
			i = 0;
		h.nla_type = a->nla_type;
		len = start;
		put(&h, sizeof(h));
		put_payload(&cmd->attrs[i]);
		end_attr(start);
	}
}

static void put_attrs(const struct fuzz_nl_cmd *cmd)
{
	const struct fuzz_nl_attr *a;
	unsigned int i, j, n;
	size_t start;

	for (i = 0; i < 8 && cmd->attrs[i].number; i++) {
		a = &cmd->attrs[i];
		if (i ? fuzz_pick(2) : fuzz_one_in(24))
			continue;
		n = fuzz_one_in(32) ? 2 : 1;
		if (a->many && fuzz_one_in(4))
			n = fuzz_pick(fuzz_one_in(8) ? 300 : 6);
		for (j = 0; j < n; j++) {
			start = len;
			put_attr(a);
			if (fuzz_one_in(16))
				spoil_attr(start, cmd);
			align();
		}
	}
	if (fuzz_one_in(24)) {
		start = len;
		put_attr(&cmd->attrs[0]);
		spoil_attr(start, cmd);
	}
}

static void spoil_header(size_t start, bool raw)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(out + start);
	struct genlmsghdr *g = (struct genlmsghdr *)(h + 1);

	wrong = true;
	switch (fuzz_pick(raw ? 7 : 11)) {
	case 0:
		h->nlmsg_len = fuzz_u32();
		break;
	case 1:
		h->nlmsg_len += fuzz_pick(33) - 16;
		break;
	case 2:
		/* Of netlink's own, and the families beside. */
		h->nlmsg_type = fuzz_pick(40);
		break;
	case 3:
		h->nlmsg_flags = fuzz_u32();
		break;
	case 4:
		h->nlmsg_flags ^= 1 << fuzz_pick(16);
		break;
	case 5:
		h->nlmsg_pid = fuzz_u32();
		h->nlmsg_seq = fuzz_u32();
		break;
	case 6:
		/* The datagram ends early. */
		if (len > start)
			len -= fuzz_pick(len - start < 65536 ? len - start :
							       65536);
		break;
	case 7:
		g->cmd = fuzz_pick(256);
		break;
	case 8:
		g->version = fuzz_pick(256);
		break;
	case 9:
		g->reserved = fuzz_u32();
		break;
	default:
		len = start + sizeof(*h) + fuzz_pick(sizeof(*g) + 1);
		h->nlmsg_len = len - start;
	}
}

static const struct fuzz_nl_cmd *pick_cmd(const struct fuzz_nl *f)
{
	unsigned int i, sum = 0;

	for (i = 0; i < f->count; i++)
		sum += f->cmds[i].weight;
	sum = fuzz_pick(sum);
	for (i = 0; sum >= f->cmds[i].weight; i++)
		sum -= f->cmds[i].weight;
	return &f->cmds[i];
}

static void put_message(const struct fuzz_nl *f, unsigned int sock)
{
	struct nlmsghdr h = { .nlmsg_flags = NLM_F_REQUEST };
	const bool raw = socks[sock].raw;
	const struct fuzz_nl_cmd *cmd;
	struct genlmsghdr g = { .version = 1 };
	uint8_t first;
	size_t start;

	align();
	start = len;
	h.nlmsg_type = raw ? fuzz_pick(256) : family;
	h.nlmsg_seq = fuzz_pick(256);
	h.nlmsg_pid = fuzz_pick(2) ? socks[sock].portid : 0;
	h.nlmsg_flags |= fuzz_pick(3) ? 0 : NLM_F_ACK;
	h.nlmsg_flags |= fuzz_pick(3) ? 0 : NLM_F_ECHO;
	if (raw) {
		first = fuzz_one_in(12) ? fuzz_pick(256) :
					  1 + fuzz_pick(f->raw_first);
		h.nlmsg_flags = fuzz_pick(2) ? 0 : h.nlmsg_flags;
		put(&h, sizeof(h));
		put(&first, 1);
		put_any(fuzz_length(BYTES_MAX));
	} else {
		cmd = pick_cmd(f);
		if (cmd->only_dump || (cmd->dump && fuzz_pick(2))) {
			h.nlmsg_flags |= NLM_F_DUMP;
			h.nlmsg_flags &= ~NLM_F_ECHO;
		}
		g.cmd = cmd->number;
		put(&h, sizeof(h));
		put(&g, sizeof(g));
		put_attrs(cmd);
	}
	if (len - start < sizeof(h) + sizeof(g))
		return; /* it is full */
	((struct nlmsghdr *)(out + start))->nlmsg_len = len - start;
	if (fuzz_one_in(12))
		spoil_header(start, raw);
}

static void do_send(const struct fuzz_nl *f, unsigned int sock)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	unsigned int n = fuzz_one_in(6) ? 1 + fuzz_pick(8) : 1, i;
	struct iovec v[4];
	struct msghdr m = { .msg_name = &to,
			    .msg_namelen = sizeof(to),
			    .msg_iov = v };
	size_t at = 0, part;
	uint8_t *copy;

	len = 0;
	wrong = false;
	for (i = 0; i < n; i++)
		put_message(f, sock);
	if (fuzz_one_in(24)) {
		put_any(fuzz_pick(40));
		wrong = true;
	}
	if (fuzz_one_in(16)) {
		/* To a socket, or a group, or nobody. */
		to.nl_pid = any_port();
		to.nl_groups = fuzz_one_in(4) ? fuzz_u32() : 0;
		wrong = true;
	}
	if (fuzz_one_in(16))
		m.msg_name = NULL;
	copy = fuzz_memory(len);
	memcpy(copy, out, len);
	n = fuzz_one_in(6) ? 1 + fuzz_pick(4) : 1;
	for (i = 0; i < n; i++) {
		part = i == n - 1 ? len - at : fuzz_pick(40);
		if (part > len - at)
			part = len - at;
		v[i].iov_base = fuzz_one_in(200) ? fuzz_user(part) : copy + at;
		v[i].iov_len = part;
		at += part;
	}
	m.msg_iovlen = n;
	fuzz_call(wrong ? FUZZ_NL_SEND_WRONG : FUZZ_NL_SEND,
		  sendmsg(socks[sock].fd, &m, MSG_DONTWAIT));
}

static void do_receive(unsigned int sock)
{
	static const int flags[] = {
		0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_PEEK | MSG_TRUNC
	};
	unsigned int n = 1 + fuzz_pick(8);
	size_t size;
	long rc;

	while (n--) {
		size = fuzz_one_in(4) ? fuzz_length(LONGEST) : 8192;
		rc = fuzz_call(FUZZ_NL_RECEIVE,
			       recv(socks[sock].fd, fuzz_user(size), size,
				    MSG_DONTWAIT | flags[fuzz_pick(6)]));
		if (rc < 0)
			break;
	}
}

static void do_option(unsigned int sock)
{
	static const int options[] = {
		NETLINK_ADD_MEMBERSHIP, NETLINK_DROP_MEMBERSHIP,
		NETLINK_PKTINFO,	NETLINK_BROADCAST_ERROR,
		NETLINK_NO_ENOBUFS,	NETLINK_LISTEN_ALL_NSID,
		NETLINK_CAP_ACK,	NETLINK_EXT_ACK,
		NETLINK_EXT_ACK,	NETLINK_GET_STRICT_CHK,
	};
	int option = options[fuzz_pick(10)], value = fuzz_pick(2), size;

	if (fuzz_one_in(3)) {
		size = fuzz_length(1 << 18);
		fuzz_call(FUZZ_NL_OPTION,
			  setsockopt(socks[sock].fd, SOL_SOCKET,
				     fuzz_pick(2) ? SO_RCVBUF : SO_SNDBUF,
				     &size, sizeof(size)));
		return;
	}
	if (option == NETLINK_ADD_MEMBERSHIP ||
	    option == NETLINK_DROP_MEMBERSHIP)
		value = fuzz_one_in(8) ? fuzz_u32() : group;
	fuzz_call(FUZZ_NL_OPTION, setsockopt(socks[sock].fd, SOL_NETLINK,
					     option, &value, sizeof(value)));
}

/* Asks the controller about the family: what it is, or what it takes. */
static void do_ask(unsigned int sock, uint8_t cmd)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		struct nlattr a;
		uint16_t id, zero;
		struct nlattr b;
		uint32_t op;
	} m = {
		.h = { .nlmsg_len = sizeof(m),
		       .nlmsg_type = GENL_ID_CTRL,
		       .nlmsg_flags = NLM_F_REQUEST },
		.g = { .cmd = cmd, .version = 2 },
		.a = { .nla_len = NLA_HDRLEN + sizeof(m.id),
		       .nla_type = CTRL_ATTR_FAMILY_ID },
		.id = family,
		/* CTRL_ATTR_OP, which older headers lack. */
		.b = { .nla_len = NLA_HDRLEN + sizeof(m.op), .nla_type = 10 },
		.op = fuzz_pick(24),
	};
	bool policy = cmd == CTRL_CMD_GETPOLICY;

	if (policy)
		m.h.nlmsg_flags |= NLM_F_DUMP;
	if (!policy || fuzz_pick(2))
		m.h.nlmsg_len -= sizeof(m.b) + sizeof(m.op);
	fuzz_call(policy ? FUZZ_NL_POLICY : FUZZ_NL_ASK,
		  send(socks[sock].fd, &m, m.h.nlmsg_len, MSG_DONTWAIT));
}

static void do_open(const struct fuzz_nl *f, unsigned int sock)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	const int on = 1;
	socklen_t size = sizeof(addr);

	if (socks[sock].fd >= 0)
		fuzz_call(FUZZ_NL_CLOSE, close(socks[sock].fd));
	socks[sock].raw = f->raw && !fuzz_pick(3);
	socks[sock].fd = fuzz_call(
		FUZZ_NL_SOCKET,
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       socks[sock].raw ? f->raw : NETLINK_GENERIC));
	socks[sock].portid = 0;
	if (socks[sock].fd < 0)
		return;
	if (fuzz_one_in(8))
		addr.nl_pid = fuzz_u32();
	if (fuzz_one_in(16))
		addr.nl_groups = fuzz_u32();
	if (!fuzz_one_in(16))
		fuzz_call(FUZZ_NL_BIND,
			  bind(socks[sock].fd, (struct sockaddr *)&addr,
			       sizeof(addr)));
	if (!getsockname(socks[sock].fd, (struct sockaddr *)&addr, &size))
		socks[sock].portid = addr.nl_pid;
	if (!fuzz_one_in(4))
		setsockopt(socks[sock].fd, SOL_NETLINK, NETLINK_EXT_ACK, &on,
			   sizeof(on));
}

int fuzz_nl_setup(const struct fuzz_nl *f)
{
	struct nl_sock s;
	int err = nl_open(&s, f->family);

	if (err)
		return err;
	family = s.family;
	group = s.group;
	nl_close(&s);
	return 0;
}

void fuzz_nl_run(const struct fuzz_nl *f)
{
	static const unsigned int uids[] = { 0, 0, 1000, 1001 };
	struct pollfd p = { .events = POLLIN | POLLOUT };
	unsigned int i, sock;

	for (i = 0; i < SOCKETS; i++)
		socks[i].fd = -1;
	do_open(f, 0);
	if (f->begin && socks[0].fd >= 0 && !socks[0].raw)
		f->begin(socks[0].fd);
	while (fuzz_more()) {
		sock = fuzz_pick(SOCKETS);
		if (socks[sock].fd < 0) {
			do_open(f, sock);
			continue;
		}
		switch (fuzz_pick(32)) {
		case 0:
			do_open(f, sock);
			break;
		case 1:
			fuzz_as(uids[fuzz_pick(4)]);
			break;
		case 2:
			do_ask(sock, CTRL_CMD_GETFAMILY);
			break;
		case 3:
			do_ask(sock, CTRL_CMD_GETPOLICY);
			break;
		case 4:
		case 5:
		case 6:
			do_option(sock);
			break;
		case 7:
			p.fd = socks[sock].fd;
			poll(&p, 1, fuzz_one_in(16) ? 20 : 0);
			break;
		case 8 ... 13:
			do_receive(sock);
			break;
		default:
			do_send(f, sock);
		}
	}
	for (i = 0; i < SOCKETS; i++)
		if (socks[i].fd >= 0)
			fuzz_call(FUZZ_NL_CLOSE, close(socks[i].fd));
}
