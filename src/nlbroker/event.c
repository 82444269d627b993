// SPDX-License-Identifier: GPL-2.0-only
/*
 * The multicast group: peers and topics come and go, peers begin to lose
 * messages. Uids are those of the user namespace that the network namespace
 * belongs to, as all listeners get the same.
 */
#include <linux/user_namespace.h>
#include <net/netlink.h>

#include "nlbroker.h"

static struct sk_buff *nlb_event_begin(struct nlb_net *nn, enum nlbroker_cmd cmd,
				       const struct nlb_topic *topic, void **hdr,
				       gfp_t gfp)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&nlb_family, nn->net, NLB_GROUP_EVENTS))
		return NULL;
	skb = genlmsg_new((topic ? nla_total_size(topic->len + 1) : 0) +
			  4 * nla_total_size(sizeof(u32)), gfp);
	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &nlb_family, 0, cmd);
	if (WARN_ON_ONCE(!*hdr || (topic && nla_put(skb, NLBROKER_A_TOPIC,
						    topic->len + 1,
						    topic->name)))) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static void nlb_event_end(struct nlb_net *nn, struct sk_buff *skb, void *hdr,
			  gfp_t gfp)
{
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&nlb_family, nn->net, skb, 0, NLB_GROUP_EVENTS,
				gfp);
}

/**
 * nlb_event_peer() - tell that a peer came or went
 * @peer: the peer
 * @cmd: NLBROKER_CMD_PEER_*
 *
 * Context: process context, may sleep.
 */
void nlb_event_peer(const struct nlb_peer *peer, enum nlbroker_cmd cmd)
{
	struct nlb_net *nn = peer->nn;
	struct sk_buff *skb;
	void *hdr;

	skb = nlb_event_begin(nn, cmd, NULL, &hdr, GFP_KERNEL);
	if (!skb)
		return;
	if (WARN_ON_ONCE(nla_put_u32(skb, NLBROKER_A_PORTID, peer->portid) ||
			 (cmd == NLBROKER_CMD_PEER_ADD &&
			  nla_put_u32(skb, NLBROKER_A_UID,
				      from_kuid_munged(nn->net->user_ns,
						       peer->uid)))))
		nlmsg_free(skb);
	else
		nlb_event_end(nn, skb, hdr, GFP_KERNEL);
}

/**
 * nlb_event_topic() - tell that a topic came, went, or has another owner or mode
 * @topic: the topic; its broker is locked
 * @cmd: NLBROKER_CMD_TOPIC_*
 *
 * Context: process context, may sleep.
 */
void nlb_event_topic(const struct nlb_topic *topic, enum nlbroker_cmd cmd)
{
	struct nlb_net *nn = topic->nn;
	struct user_namespace *user_ns = nn->net->user_ns;
	struct sk_buff *skb;
	void *hdr;

	lockdep_assert_held(&nn->lock);
	skb = nlb_event_begin(nn, cmd, topic, &hdr, GFP_KERNEL);
	if (!skb)
		return;
	if (cmd != NLBROKER_CMD_TOPIC_DEL &&
	    WARN_ON_ONCE(nla_put_u32(skb, NLBROKER_A_MODE, topic->mode) ||
			 nla_put_u32(skb, NLBROKER_A_UID,
				     from_kuid_munged(user_ns, topic->uid)) ||
			 nla_put_u32(skb, NLBROKER_A_GID,
				     from_kgid_munged(user_ns, topic->gid)) ||
			 (topic->owner &&
			  nla_put_u32(skb, NLBROKER_A_PORTID,
				      topic->owner->portid))))
		nlmsg_free(skb);
	else
		nlb_event_end(nn, skb, hdr, GFP_KERNEL);
}

/**
 * nlb_event_loss() - tell that a peer begins to lose messages
 * @peer: the peer
 * @topic: topic of the first of them
 *
 * Context: any; in an RCU read section or with the broker locked.
 */
void nlb_event_loss(const struct nlb_peer *peer, const struct nlb_topic *topic)
{
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct nlb_net *nn = peer->nn;
	struct sk_buff *skb;
	void *hdr;

	skb = nlb_event_begin(nn, NLBROKER_CMD_LOSS, topic, &hdr, gfp);
	if (!skb)
		return;
	if (WARN_ON_ONCE(nla_put_u32(skb, NLBROKER_A_PORTID, peer->portid)))
		nlmsg_free(skb);
	else
		nlb_event_end(nn, skb, hdr, gfp);
}
