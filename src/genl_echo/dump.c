// SPDX-License-Identifier: GPL-2.0-only
/*
 * ECHO, dump: COUNT messages. netlink asks for as many as fit the reader's next
 * buffer, whenever the reader has read; where the dump stands is kept in the
 * callback, and nothing is held in between: a reader that stalls holds up nobody
 * else.
 */
#include <net/netlink.h>
#include <net/sock.h>

#include "genl_echo.h"
#include "stats.h"

/**
 * struct genl_echo_dump - where a dump stands, in netlink_callback.ctx
 * @text: payload of each MSG. The request's own: its skb (cb->skb) lives as
 *	long as the dump, on every kernel. Or a string constant.
 * @text_len: length of @text, NUL included
 * @count: messages wanted
 * @index: INDEX of the next message
 */
struct genl_echo_dump {
	const char	*text;
	u32		text_len;
	u32		count;
	u32		index;
};

static struct genl_echo_dump *genl_echo_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct genl_echo_dump) > sizeof(cb->ctx));
	return (struct genl_echo_dump *)cb->ctx;
}

static int genl_echo_dump_refuse(struct netlink_callback *cb,
				 const struct nlattr *attr)
{
	genl_echo_count(sock_net(cb->skb->sk), GENL_ECHO_A_STAT_REFUSED, 1);
	NL_SET_ERR_MSG_ATTR(cb->extack, attr,
			    "DATA and ANNOUNCE are not for a dump");
	return -EINVAL;
}

/**
 * genl_echo_dump_start() - begin a dump
 * @cb: the dump
 *
 * pre_doit isn't called for dumps, so the header is checked here. On Linux 5.10
 * and 6.1 cb->extack is NULL at this point, and a refusal has no text.
 *
 * Context: process context. The socket's callback mutex is held.
 * Return: 0; -EINVAL when the header is wrong or an attribute isn't for dumps.
 */
int genl_echo_dump_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct genl_echo_dump *dump = genl_echo_dump(cb);
	struct net *net = sock_net(cb->skb->sk);
	int err;

	err = genl_echo_check_header(net, cb->nlh, cb->extack);
	if (err)
		return err;
	if (attrs[GENL_ECHO_A_DATA])
		return genl_echo_dump_refuse(cb, attrs[GENL_ECHO_A_DATA]);
	if (attrs[GENL_ECHO_A_ANNOUNCE])
		return genl_echo_dump_refuse(cb, attrs[GENL_ECHO_A_ANNOUNCE]);

	if (attrs[GENL_ECHO_A_MSG]) {
		dump->text = nla_data(attrs[GENL_ECHO_A_MSG]);
		dump->text_len = nla_len(attrs[GENL_ECHO_A_MSG]);
	} else {
		dump->text = GENL_ECHO_GENL_NAME;
		dump->text_len = sizeof(GENL_ECHO_GENL_NAME);
	}
	dump->count = attrs[GENL_ECHO_A_COUNT] ?
		      nla_get_u32(attrs[GENL_ECHO_A_COUNT]) :
		      GENL_ECHO_COUNT_DEFAULT;
	dump->index = 0;

	genl_echo_count(net, GENL_ECHO_A_STAT_DUMPS, 1);
	return 0;
}

static int genl_echo_dump_one(struct sk_buff *skb,
			      const struct netlink_callback *cb,
			      const struct genl_echo_dump *dump)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &genl_echo_family, NLM_F_MULTI, GENL_ECHO_CMD_ECHO);
	if (!hdr)
		return -EMSGSIZE;

	if (nla_put(skb, GENL_ECHO_A_MSG, dump->text_len, dump->text) ||
	    nla_put_u32(skb, GENL_ECHO_A_INDEX, dump->index)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}

	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * genl_echo_dump_dumpit() - write the messages that fit
 * @skb: room for at least one: GENL_ECHO_MSG_MAX is far below NLMSG_GOODSIZE
 * @cb: the dump
 *
 * Context: process context. The socket's callback mutex is held.
 * Return: bytes written, when there is more to come; 0 after the last message
 * (NLMSG_DONE then follows in the same skb).
 */
int genl_echo_dump_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct genl_echo_dump *dump = genl_echo_dump(cb);
	u32 first = dump->index;

	while (dump->index < dump->count && !genl_echo_dump_one(skb, cb, dump))
		dump->index++;

	genl_echo_count(sock_net(cb->skb->sk), GENL_ECHO_A_STAT_DUMP_MESSAGES,
			dump->index - first);
	return dump->index < dump->count ? skb->len : 0;
}
