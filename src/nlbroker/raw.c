// SPDX-License-Identifier: GPL-2.0-only
/*
 * The raw netlink unit: the one-byte protocol of the program that nlbroker was
 * modelled on, bridged to a topic. That program trusted what its clients wrote:
 * lengths, ports. Here lengths are compared with what came, and who a client is
 * says the kernel.
 */
#include <linux/moduleparam.h>
#include <linux/net.h>
#include <net/netlink.h>

#include "nlbroker.h"
#include "stats.h"

int nlb_raw_unit __ro_after_init = -1;
module_param_named(usersock, nlb_raw_unit, int, 0444);
MODULE_PARM_DESC(usersock,
		 "raw netlink unit to open, 1 to 31 (the original's: 31); -1, the default, is none");

static int nlb_raw_request(struct sk_buff *skb, const struct nlmsghdr *nlh,
			   struct netlink_ext_ack *extack)
{
	static const struct nlb_name topic = {
		.text = NLBROKER_RAW_TOPIC,
		.len = sizeof(NLBROKER_RAW_TOPIC) - 1,
	};
	struct nlb_net *nn = nlb_net(sock_net(skb->sk));
	const u8 *data = nlmsg_data(nlh);
	int len = nlmsg_len(nlh);

	if (len < 1) {
		NL_SET_ERR_MSG(extack, "message has no command byte");
		return nlb_count_result(nn, -EINVAL);
	}
	switch (data[0]) {
	case NLBROKER_RAW_SUBSCRIBER:
		return nlb_count_result(nn, nlb_subscribe(nn, NLB_UNIT_RAW, skb,
							  &topic, true, false,
							  false, extack));
	case NLBROKER_RAW_PUBLISHER:
		/* Rights are looked at when it publishes. */
		return 0;
	case NLBROKER_RAW_BROADCAST:
		return nlb_publish_raw(nn, skb, data + 1, len - 1, extack);
	default:
		NL_SET_ERR_MSG(extack, "command byte is not 1, 2 or 3");
		return nlb_count_result(nn, -EOPNOTSUPP);
	}
}

/*
 * As netlink_rcv_skb() does it, but for flags that may be 0: an answer is only
 * for who asks for one, as the original gave none.
 */
static void nlb_raw_receive(struct sk_buff *skb)
{
	struct netlink_ext_ack extack;
	struct nlmsghdr *nlh;
	unsigned int len;
	int err;

	while (skb->len >= NLMSG_HDRLEN) {
		nlh = nlmsg_hdr(skb);
		if (nlh->nlmsg_len < NLMSG_HDRLEN || nlh->nlmsg_len > skb->len)
			return;
		memset(&extack, 0, sizeof(extack));
		err = nlb_raw_request(skb, nlh, &extack);
		if (nlh->nlmsg_flags & NLM_F_ACK)
			netlink_ack(skb, nlh, err, &extack);
		len = NLMSG_ALIGN(nlh->nlmsg_len);
		skb_pull(skb, min(len, skb->len));
	}
}

/**
 * nlb_raw_refused() - why the initial namespace has got no raw unit
 *
 * netlink_kernel_create() doesn't say. A unit that somebody else has can be opened.
 *
 * Context: process context, may sleep; asks for the unit's module, which may have
 * namespaces to register: not under pernet_ops_rwsem.
 * Return: -EADDRINUSE or -ENOMEM.
 */
int nlb_raw_refused(void)
{
	struct socket *sock;

	if (sock_create_kern(&init_net, PF_NETLINK, SOCK_RAW, nlb_raw_unit,
			     &sock))
		return -ENOMEM;
	sock_release(sock);
	return -EADDRINUSE;
}

/**
 * nlb_raw_net_init() - open the raw unit in a network namespace, if asked for
 * @nn: the broker
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOMEM; -EADDRINUSE in the initial namespace, whatever the reason:
 * nlb_raw_refused() tells. Where that one has the unit, nobody else has it.
 */
int nlb_raw_net_init(struct nlb_net *nn)
{
	struct netlink_kernel_cfg cfg = {
		.input = nlb_raw_receive,
	};

	if (nlb_raw_unit < 0)
		return 0;
	nn->raw = netlink_kernel_create(nn->net, nlb_raw_unit, &cfg);
	if (nn->raw)
		return 0;
	return net_eq(nn->net, &init_net) ? -EADDRINUSE : -ENOMEM;
}

/**
 * nlb_raw_net_exit() - close the raw unit of a network namespace
 * @nn: the broker
 *
 * Context: process context, may sleep.
 */
void nlb_raw_net_exit(struct nlb_net *nn)
{
	netlink_kernel_release(nn->raw);
	nn->raw = NULL;
}
