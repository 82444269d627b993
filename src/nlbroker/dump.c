// SPDX-License-Identifier: GPL-2.0-only
/*
 * GET_PEER and GET_TOPIC: one, or all as a dump. A dump goes by ids, which don't
 * change: what is there from its beginning to its end is in it once. Nothing is
 * held between two calls; if something came or went, NLM_F_DUMP_INTR says so.
 */
#include <linux/pid_namespace.h>
#include <linux/user_namespace.h>
#include <net/netlink.h>
#include <sockmods/topic.h>

#include "nlbroker.h"
#include "stats.h"

/**
 * nlb_dump() - where a dump stands
 * @cb: the dump
 *
 * Return: that.
 */
struct nlb_dump *nlb_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct nlb_dump) > sizeof(cb->ctx));
	return (struct nlb_dump *)cb->ctx;
}

/**
 * nlb_dump_wants() - is a topic asked for?
 * @dump: the dump
 * @topic: the topic
 *
 * Return: true if so.
 */
bool nlb_dump_wants(const struct nlb_dump *dump, const struct nlb_topic *topic)
{
	return !dump->pattern || nlb_topic_match(dump->pattern, dump->pattern_len,
						 topic->name, topic->len);
}

static int nlb_peer_put(struct sk_buff *skb, const struct nlb_peer *peer)
{
	u32 queued = 0, size = 0;

	lockdep_assert_held(&peer->nn->lock);
	rcu_read_lock();
	if (!READ_ONCE(peer->dead)) {
		queued = atomic_read(&peer->sk->sk_rmem_alloc);
		size = READ_ONCE(peer->sk->sk_rcvbuf);
	}
	rcu_read_unlock();

	if (nla_put_u32(skb, NLBROKER_A_PORTID, peer->portid) ||
	    nla_put_u32(skb, NLBROKER_A_PID,
			pid_nr_ns(peer->pid, task_active_pid_ns(current))) ||
	    nla_put_u32(skb, NLBROKER_A_UID,
			from_kuid_munged(current_user_ns(), peer->uid)) ||
	    nla_put_u32(skb, NLBROKER_A_SUBSCRIPTIONS, peer->subs_num) ||
	    nla_put_u32(skb, NLBROKER_A_ADVERTISED, peer->topics_num) ||
	    nla_put_u64_64bit(skb, NLBROKER_A_DELIVERED,
			      atomic64_read(&peer->delivered), NLBROKER_A_PAD) ||
	    nla_put_u64_64bit(skb, NLBROKER_A_LOST, atomic64_read(&peer->lost),
			      NLBROKER_A_PAD) ||
	    nla_put_u32(skb, NLBROKER_A_QUEUED, queued) ||
	    nla_put_u32(skb, NLBROKER_A_QUEUE_SIZE, size) ||
	    (peer->unit == NLB_UNIT_RAW && nla_put_flag(skb, NLBROKER_A_RAW)))
		return -EMSGSIZE;
	return 0;
}

static int nlb_topic_put_attrs(struct sk_buff *skb, struct nlb_topic *topic)
{
	struct user_namespace *user_ns = current_user_ns();
	int err = -EMSGSIZE;

	lockdep_assert_held(&topic->nn->lock);
	mutex_lock(&topic->lock);
	if (nla_put(skb, NLBROKER_A_TOPIC, topic->len + 1, topic->name) ||
	    nla_put_u64_64bit(skb, NLBROKER_A_SEQ, topic->seq, NLBROKER_A_PAD) ||
	    nla_put_u32(skb, NLBROKER_A_MODE, topic->mode) ||
	    nla_put_u32(skb, NLBROKER_A_UID,
			from_kuid_munged(user_ns, topic->uid)) ||
	    nla_put_u32(skb, NLBROKER_A_GID,
			from_kgid_munged(user_ns, topic->gid)) ||
	    nla_put_u32(skb, NLBROKER_A_SUBSCRIBERS, topic->subs_num) ||
	    (topic->owner && nla_put_u32(skb, NLBROKER_A_PORTID,
					 topic->owner->portid)) ||
	    (topic->retain && nla_put_flag(skb, NLBROKER_A_RETAIN)) ||
	    (topic->value && nla_put_u32(skb, NLBROKER_A_RETAINED_LEN,
					 nlb_value_len(topic->value))))
		goto out;
	err = 0;
out:
	mutex_unlock(&topic->lock);
	return err;
}

/* A reply to a do request: with room for a peer or a topic. */
static struct sk_buff *nlb_get_begin(struct genl_info *info, u8 cmd, void **hdr)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (reply) {
		*hdr = genlmsg_put_reply(reply, info, &nlb_family, 0, cmd);
		if (!WARN_ON_ONCE(!*hdr))
			return reply;
		nlmsg_free(reply);
	}
	NL_SET_ERR_MSG(info->extack, "no memory for the reply");
	return NULL;
}

static int nlb_get_end(struct genl_info *info, struct sk_buff *reply, void *hdr,
		       int err)
{
	if (err) {
		nlmsg_free(reply);
		return nlb_count_result(nlb_info_net(info), err);
	}
	genlmsg_end(reply, hdr);
	return nlb_reply(reply, info);
}

/**
 * nlb_peer_doit() - handle GET_PEER
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -ENOENT, -ENOMEM, or an error of nlb_reply().
 */
int nlb_peer_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *port = info->attrs[NLBROKER_A_PORTID];
	struct nlb_net *nn = nlb_info_net(info);
	const struct nlb_peer *peer;
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = nlb_get_begin(info, NLBROKER_CMD_GET_PEER, &hdr);
	if (!reply)
		return nlb_count_result(nn, -ENOMEM);

	nlb_lock(nn);
	peer = port ? xa_load(&nn->peers[NLB_UNIT_GENL], nla_get_u32(port)) :
		      nlb_peer_find(nn, NLB_UNIT_GENL, skb);
	if (peer) {
		err = nlb_peer_put(reply, peer);
	} else {
		err = -ENOENT;
		if (port)
			NL_SET_ERR_MSG_ATTR(info->extack, port, "no such peer");
		else
			NL_SET_ERR_MSG(info->extack, "this socket does not subscribe or advertise");
	}
	nlb_unlock(nn);
	return nlb_get_end(info, reply, hdr, err);
}

/**
 * nlb_topic_doit() - handle GET_TOPIC
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory and locks only.
 * Return: 0; -EINVAL, -ENOENT, -ENOMEM, or an error of nlb_reply().
 */
int nlb_topic_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *pattern = info->attrs[NLBROKER_A_PATTERN];
	struct nlb_net *nn = nlb_info_net(info);
	struct nlb_topic *topic;
	struct sk_buff *reply;
	struct nlb_name name;
	void *hdr;
	int err;

	if (pattern) {
		NL_SET_ERR_MSG_ATTR(info->extack, pattern,
				    "PATTERN is for a dump (NLM_F_DUMP)");
		return nlb_count_result(nn, -EINVAL);
	}
	err = nlb_get_name(info->attrs, NLBROKER_A_TOPIC, &name, info->extack) ?:
	      nlb_check_name(&name, false, info->extack);
	if (err)
		return nlb_count_result(nn, err);
	reply = nlb_get_begin(info, NLBROKER_CMD_GET_TOPIC, &hdr);
	if (!reply)
		return nlb_count_result(nn, -ENOMEM);

	nlb_lock(nn);
	topic = nlb_topic_lookup(nn, name.text, name.len);
	if (topic && topic->lives) {
		err = nlb_topic_put_attrs(reply, topic);
	} else {
		err = -ENOENT;
		NL_SET_ERR_MSG(info->extack, "no such topic");
	}
	if (topic)
		nlb_topic_put(topic);
	nlb_unlock(nn);
	return nlb_get_end(info, reply, hdr, err);
}

/**
 * nlb_peer_start() - begin a dump of GET_PEER
 * @cb: the dump
 *
 * Context: process context. On Linux 5.10 and 6.1 a refusal has no text.
 * Return: 0, or -EINVAL.
 */
int nlb_peer_start(struct netlink_callback *cb)
{
	struct nlb_net *nn = nlb_net(sock_net(cb->skb->sk));
	const struct nlattr *port = genl_info_dump(cb)->attrs[NLBROKER_A_PORTID];
	struct nlb_dump *dump = nlb_dump(cb);
	int err;

	memset(dump, 0, sizeof(*dump));
	err = nlb_check_header(nn, cb->nlh, cb->extack);
	if (err)
		return err;
	if (port) {
		NL_SET_ERR_MSG_ATTR(cb->extack, port, "PORTID is not for a dump");
		return nlb_count_result(nn, -EINVAL);
	}
	return 0;
}

/**
 * nlb_topic_start() - begin a dump of topics or of retained values
 * @cb: the dump
 *
 * Context: process context. On Linux 5.10 and 6.1 a refusal has no text.
 * Return: 0, or -EINVAL.
 */
int nlb_topic_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_info_dump(cb)->attrs;
	struct nlb_net *nn = nlb_net(sock_net(cb->skb->sk));
	struct nlb_dump *dump = nlb_dump(cb);
	struct nlb_name pattern;
	int err;

	memset(dump, 0, sizeof(*dump));
	err = nlb_check_header(nn, cb->nlh, cb->extack);
	if (err)
		return err;
	if (attrs[NLBROKER_A_TOPIC]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[NLBROKER_A_TOPIC],
				    "TOPIC is not for a dump");
		return nlb_count_result(nn, -EINVAL);
	}
	if (!attrs[NLBROKER_A_PATTERN])
		return 0;
	err = nlb_get_name(attrs, NLBROKER_A_PATTERN, &pattern, cb->extack) ?:
	      nlb_check_name(&pattern, true, cb->extack);
	if (err)
		return nlb_count_result(nn, err);
	dump->pattern = pattern.text;
	dump->pattern_len = pattern.len;
	return 0;
}

static void *nlb_dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			    u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &nlb_family, NLM_F_MULTI,
				cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int nlb_peer_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			     const struct nlb_peer *peer)
{
	void *hdr = nlb_dump_begin(skb, cb, NLBROKER_CMD_GET_PEER);

	if (!hdr)
		return -EMSGSIZE;
	if (nlb_peer_put(skb, peer)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * nlb_peer_dumpit() - write the peers that fit
 * @skb: room for at least one
 * @cb: the dump
 *
 * Context: process context of the reader, may sleep for locks only.
 * Return: bytes written, when there may be more to come; 0 after the last.
 */
int nlb_peer_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlb_net *nn = nlb_net(sock_net(cb->skb->sk));
	struct nlb_dump *dump = nlb_dump(cb);
	struct nlb_peer *peer;
	int err = 0;

	if (dump->done)
		return 0;
	nlb_lock(nn);
	cb->seq = nn->peer_gen;
	while (!err && dump->unit < NLB_UNITS) {
		xa_for_each_start(&nn->peers[dump->unit], dump->next, peer,
				  dump->next) {
			err = nlb_peer_dump_one(skb, cb, peer);
			if (err)
				break;
		}
		if (!err) {
			dump->unit++;
			dump->next = 0;
		}
	}
	nlb_unlock(nn);
	dump->done = !err;
	return skb->len;
}

static int nlb_topic_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			      struct nlb_topic *topic)
{
	void *hdr = nlb_dump_begin(skb, cb, NLBROKER_CMD_GET_TOPIC);

	if (!hdr)
		return -EMSGSIZE;
	if (nlb_topic_put_attrs(skb, topic)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * nlb_topic_dumpit() - write the topics that fit
 * @skb: room for at least one
 * @cb: the dump
 *
 * Context: process context of the reader, may sleep for locks only.
 * Return: bytes written, when there may be more to come; 0 after the last.
 */
int nlb_topic_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlb_net *nn = nlb_net(sock_net(cb->skb->sk));
	struct nlb_dump *dump = nlb_dump(cb);
	struct nlb_topic *topic;
	int err = 0;

	if (dump->done)
		return 0;
	nlb_lock(nn);
	cb->seq = nn->topic_gen;
	xa_for_each_start(&nn->topic_ids, dump->next, topic, dump->next) {
		if (!topic->lives || !nlb_dump_wants(dump, topic))
			continue;
		err = nlb_topic_dump_one(skb, cb, topic);
		if (err)
			break;
		cond_resched();
	}
	nlb_unlock(nn);
	dump->done = !err;
	return skb->len;
}
