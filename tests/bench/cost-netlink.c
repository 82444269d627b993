// SPDX-License-Identifier: GPL-2.0-or-later
/* genl_echo from a socket of its own, with no library. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <sockmods/genl_echo.h>

#include "bench.h"
#include "cost.h"

unsigned char payload[BENCH_BYTES_MAX];

struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	struct nlattr nla;
	unsigned char data[BENCH_BYTES_MAX];
};

static unsigned char answer[NETLINK_ANSWER_MAX];

static ssize_t ask(struct netlink *netlink, uint16_t type, uint8_t cmd,
		   uint16_t attribute, const void *data, size_t len)
{
	static struct request out;
	const struct nlmsghdr *in = (const void *)answer;
	static uint32_t seq;
	ssize_t n;

	memset(&out, 0, offsetof(struct request, data));
	out.nlh.nlmsg_len = offsetof(struct request, data) + NLA_ALIGN(len);
	out.nlh.nlmsg_type = type;
	out.nlh.nlmsg_flags = NLM_F_REQUEST;
	out.nlh.nlmsg_seq = ++seq;
	out.genl.cmd = cmd;
	out.genl.version = GENL_ECHO_GENL_VERSION;
	out.nla.nla_len = NLA_HDRLEN + len;
	out.nla.nla_type = attribute;
	memcpy(out.data, data, len);
	if (send(netlink->fd, &out, out.nlh.nlmsg_len, 0) < 0)
		return -errno;
	n = recv(netlink->fd, answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if (in->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(in))->error;
	return in->nlmsg_seq == seq ? n : -EBADMSG;
}

int netlink_getfamily(struct netlink *netlink)
{
	ssize_t n = ask(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
			CTRL_ATTR_FAMILY_NAME, GENL_ECHO_GENL_NAME,
			sizeof(GENL_ECHO_GENL_NAME));
	ssize_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	while (n > at) {
		const struct nlattr *nla = (const void *)(answer + at);

		if (nla->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&netlink->family, nla + 1, sizeof(uint16_t));
		at += NLA_ALIGN(nla->nla_len);
	}
	return n < 0 ? n : netlink->family ? 0 : -EBADMSG;
}

int netlink_open(struct netlink *netlink)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	netlink->family = 0;
	netlink->fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (netlink->fd < 0)
		return -errno;
	if (connect(netlink->fd, (const struct sockaddr *)&kernel,
		    sizeof(kernel)))
		return -errno;
	return netlink_getfamily(netlink);
}

int netlink_echo(struct netlink *netlink, long bytes)
{
	ssize_t n = ask(netlink, netlink->family, GENL_ECHO_CMD_ECHO,
			GENL_ECHO_A_DATA, payload, bytes);
	const struct request *in = (const void *)answer;

	if (n < 0)
		return n;
	return in->nla.nla_len == NLA_HDRLEN + bytes &&
			       in->data[bytes - 1] == payload[0] ?
		       0 :
		       -EBADMSG;
}
