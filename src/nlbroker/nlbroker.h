/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nlbroker, publish and subscribe through the kernel: what its files share.
 *
 *	main.c		module parameters, registration
 *	ops.c		the family: commands, policies, the check of the header
 *	net.c		a broker's beginning and end: one a network namespace
 *	peer.c		sockets that subscribe or advertise, and their death
 *	topic.c		topics: look-up, life, owner, mode, rights
 *	advertise.c	ADVERTISE, WITHDRAW
 *	subscribe.c	SUBSCRIBE, UNSUBSCRIBE
 *	fanout.c	who gets the messages of a topic
 *	publish.c	PUBLISH
 *	deliver.c	delivery to one peer
 *	message.c	MESSAGE and LOST as skbs
 *	loss.c		who lost what, until they are told
 *	retain.c	retained values, GET_RETAINED
 *	dump.c		GET_PEER, GET_TOPIC
 *	event.c		the multicast group
 *	account.c	what each uid has
 *	limits.c	ceilings, limits, GET_LIMITS, SET_LIMITS
 *	stats.c		counters
 *	raw.c		the raw netlink unit of the original
 *
 * Locks, from the outside to the inside:
 *
 *	genetlink's cb_lock	held for read around every handler, which is why
 *				none may sleep for anything but memory and the
 *				locks below
 *	nlb_net.lock		mutex: everything about a broker but what topics
 *				are published. A publish takes it only when
 *				something has changed since the last one
 *	nlb_topic.lock		mutex: the order of the topic's messages, its
 *				fanout and retained value; owner and mode are
 *				written under both and read under either
 *	nlb_peer.loss_lock	spinlock: what the peer hasn't been told it lost
 *	nlb_net.lossy_lock	spinlock: the list of such peers
 *	nlb_account_mutex	mutex (never inside a spinlock): accounts and
 *				users come and go
 *
 * Topics are looked up under RCU, and used with a reference. Peers have no
 * reference count: a fanout names them, and whoever takes a peer away drops the
 * fanouts that do, under their topics' locks, before it frees the peer.
 *
 * A peer ends when its socket is closed. netlink tells so in a notifier, which
 * is atomic on some kernels: it only marks the peer dead and queues it. The
 * peer is taken away by a worker, or by the next request, whichever is first: no
 * request sees a peer whose close() had returned before.
 *
 * nlb_peer.sk is the peer's socket. It isn't referenced: netlink frees it a
 * grace period after that notifier, so it can be used in an RCU read section
 * in which the peer was seen not to be dead.
 */
#ifndef _NLBROKER_H
#define _NLBROKER_H

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>
#include <sockmods/nlbroker.h>

#include "account.h"

/* Topics that don't live are kept for their next message: so many at most. */
#define NLB_IDLE_MAX	1024

/* Entries of all fanouts of a broker; beyond, the oldest are dropped. */
#define NLB_FANOUT_MAX	1048576

/* Slots for what other uids have in a peer's queue; a power of two. */
#define NLB_SHARE_SLOTS	8

/* Last numbers of topics that are gone are kept in so many slots. */
#define NLB_SEQ_SLOTS	256

/* Index into nlb_family.mcgrps. */
enum nlb_mcgrp {
	NLB_GROUP_EVENTS,
};

/* Which front end a peer's socket is of. */
enum nlb_unit {
	NLB_UNIT_GENL,
	NLB_UNIT_RAW,
	NLB_UNITS,
};

/**
 * struct nlb_net - the broker of a network namespace
 * @net: the namespace
 * @lock: see above
 * @topics: by name
 * @subs: subscriptions by peer and pattern
 * @topic_ids: the same topics in the order of their age, for dumps
 * @topic_next: where to look for the next id
 * @topic_gen: changes when a topic begins or ceases to live
 * @peers: by port, for each front end; read under RCU
 * @peer_gen: changes when a peer comes or goes
 * @wild: subscriptions with a wildcard
 * @wild_num: how many; read without the lock
 * @idle: topics that don't live, oldest first
 * @idle_num: how many
 * @cached: topics that have a fanout, oldest first
 * @cached_entries: entries of those fanouts
 * @seq_floor: by hash of the name, the highest SEQ of topics that are gone
 * @mode: of topics without an owner
 * @limits: of each uid here
 * @accounts: by kuid
 * @dead: peers to be taken away
 * @reap_work: takes them away
 * @lossy: peers that have not been told what they lost
 * @lossy_lock: protects @lossy
 * @loss_work: tells them when they have room
 * @raw: kernel's socket of the raw unit, or NULL
 * @stats: counters, per CPU
 */
struct nlb_net {
	struct net			*net;
	struct mutex			lock;	/* see above */
	struct rhashtable		topics;
	struct rhashtable		subs;
	struct xarray			topic_ids;
	u32				topic_next;
	u32				topic_gen;
	struct xarray			peers[NLB_UNITS];
	u32				peer_gen;
	struct list_head		wild;
	unsigned int			wild_num;
	struct list_head		idle;
	unsigned int			idle_num;
	struct list_head		cached;
	unsigned int			cached_entries;
	u64				seq_floor[NLB_SEQ_SLOTS];
	u16				mode;
	u64				limits[NLB_LIMITS];
	struct xarray			accounts;
	struct llist_head		dead;
	struct work_struct		reap_work;
	struct list_head		lossy;
	spinlock_t			lossy_lock;	/* protects lossy */
	struct delayed_work		loss_work;
	struct sock			*raw;
	struct nlb_stats __percpu	*stats;
};

/**
 * struct nlb_peer - a socket that subscribes or advertises
 * @portid: its port
 * @dead: its socket is closed
 * @unit: its front end
 * @lossy: it lost what it hasn't been told
 * @shared: there may be something in @share
 * @sk: its socket, see above
 * @nn: its broker
 * @uid: effective uid of who made it a peer
 * @share: bytes that other uids put into its queue since that was last empty
 * @delivered: messages that it got
 * @lost: messages that it lost
 * @cred: of who opened the socket
 * @pid: of who made it a peer
 * @account: who pays for it, for its subscriptions and its topics
 * @subs: its subscriptions
 * @subs_num: how many
 * @topics: topics that it advertises
 * @topics_num: how many
 * @loss_lock: protects what follows
 * @losses: by topic
 * @losses_num: how many
 * @loss_rest: messages lost in other topics
 * @rest_urgent: not only because a sender had spent its share
 * @on_lossy: it is on the broker's list (or the worker's)
 * @lossy_node: there
 * @dead_node: in nlb_net.dead
 * @rcu: the notifier may be looking at it
 */
struct nlb_peer {
	u32			portid;
	unsigned int		dead;
	u8			unit;
	bool			lossy;
	bool			shared;
	struct sock		*sk;
	struct nlb_net		*nn;
	kuid_t			uid;
	atomic_t		share[NLB_SHARE_SLOTS];
	atomic64_t		delivered;
	atomic64_t		lost;
	const struct cred	*cred;
	struct pid		*pid;
	struct nlb_account	*account;
	struct list_head	subs;
	u32			subs_num;
	struct list_head	topics;
	u32			topics_num;
	spinlock_t		loss_lock;	/* protects what follows */
	struct list_head	losses;
	unsigned int		losses_num;
	u64			loss_rest;
	bool			rest_urgent;
	bool			on_lossy;
	struct list_head	lossy_node;
	struct llist_node	dead_node;
	struct rcu_head		rcu;
};

/**
 * struct nlb_topic - a topic
 * @node: in nlb_net.topics
 * @ref: one for being there, one for each user
 * @nn: its broker
 * @lock: see above
 * @dead: it isn't in nlb_net.topics any more; written under both locks
 * @retain: its advertiser wants each message retained
 * @owned: @uid, @gid and @mode are an advertiser's, not the defaults
 * @mode: bits of 0666
 * @uid: owner
 * @gid: owner's group
 * @seq: of the last message; under @lock
 * @fanout: who gets its messages, or NULL: not known; under @lock
 * @value: retained, or NULL; under @lock; from or to NULL under both
 * @id: in nlb_net.topic_ids
 * @lives: what the protocol says; from here on under nlb_net.lock
 * @used: published to since it was last looked at, being idle; any time
 * @owner: who advertises it, or NULL
 * @owner_node: in @owner's list
 * @subs: subscriptions by its exact name
 * @subs_num: how many
 * @idle_node: in nlb_net.idle, unless it lives
 * @cached_node: in nlb_net.cached, while it has a fanout
 * @rcu: look-ups
 * @len: bytes in @name
 * @name: ends with a NUL
 */
struct nlb_topic {
	struct rhash_head	node;
	refcount_t		ref;
	struct nlb_net		*nn;
	struct mutex		lock;	/* see above */
	bool			dead;
	bool			retain;
	bool			owned;
	u16			mode;
	kuid_t			uid;
	kgid_t			gid;
	u64			seq;
	struct nlb_fanout	*fanout;
	struct nlb_value	*value;
	u32			id;
	bool			lives;
	bool			used;
	struct nlb_peer		*owner;
	struct list_head	owner_node;
	struct list_head	subs;
	u32			subs_num;
	struct list_head	idle_node;
	struct list_head	cached_node;
	struct rcu_head		rcu;
	u8			len;
	char			name[];
};

/**
 * struct nlb_sub - a subscription; all under nlb_net.lock
 * @node: in nlb_net.subs
 * @peer: whose
 * @peer_node: in its list
 * @topic: of this name, unless it has a wildcard
 * @node_by_topic: in @topic's list, or in nlb_net.wild
 * @cred: of who subscribed
 * @admin: that was CAP_NET_ADMIN over the namespace
 * @no_local: not what the peer publishes itself
 * @creds: with who sent it
 * @len: bytes in @pattern
 * @pattern: ends with a NUL
 */
struct nlb_sub {
	struct rhash_head	node;
	struct nlb_peer		*peer;
	struct list_head	peer_node;
	struct nlb_topic	*topic;
	struct list_head	node_by_topic;
	const struct cred	*cred;
	bool			admin;
	bool			no_local;
	bool			creds;
	u8			len;
	char			pattern[];
};

/**
 * struct nlb_name - a topic or pattern in a request
 * @text: its bytes
 * @len: how many
 * @attr: for errors, or NULL
 */
struct nlb_name {
	const char		*text;
	size_t			len;
	const struct nlattr	*attr;
};

/**
 * struct nlb_content - what a message consists of
 * @data: payload
 * @len: its bytes
 * @seq: number in its topic
 * @time: nanoseconds since 1970
 * @portid: sender's port
 * @uid: sender's effective uid
 * @gid: sender's effective gid
 * @pid: sender's process
 * @retained: it is a retained value
 * @retain: it was published to be one
 */
struct nlb_content {
	const void	*data;
	u32		len;
	u64		seq;
	u64		time;
	u32		portid;
	kuid_t		uid;
	kgid_t		gid;
	struct pid	*pid;
	bool		retained;
	bool		retain;
};

/**
 * struct nlb_batch - what is left of several messages of a request
 * @attr: PAYLOAD of the first of them
 * @num: how many; that many such attributes are there
 */
struct nlb_batch {
	const struct nlattr	*attr;
	u32			num;
};

/**
 * struct nlb_variant - form in which some subscribers get a message
 * @user_ns: theirs; only with @creds
 * @pid_ns: theirs; only with @creds
 * @creds: with the sender's identity
 * @raw: for sockets of the raw unit
 * @uses: how many get it
 * @left: how many still, during a publish
 * @skb: what is being delivered, during a publish
 * @rest: what is to be delivered after that, linked by @next
 */
struct nlb_variant {
	struct user_namespace	*user_ns;
	struct pid_namespace	*pid_ns;
	bool			creds;
	bool			raw;
	u32			uses;
	u32			left;
	struct sk_buff		*skb;
	struct sk_buff		*rest;
};

/**
 * struct nlb_target - one who gets the messages of a topic
 * @peer: who
 * @variant: index into nlb_fanout.variants
 * @no_local: not its own
 */
struct nlb_target {
	struct nlb_peer	*peer;
	u32		variant:31;
	u32		no_local:1;
};

/**
 * struct nlb_fanout - all who get the messages of a topic, each once
 * @num: how many
 * @variants_num: entries of @variants
 * @raw: some are of the raw unit
 * @variants: forms of a message
 * @targets: ordered by port
 */
struct nlb_fanout {
	u32			num;
	u32			variants_num;
	bool			raw;
	struct nlb_variant	*variants;
	struct nlb_target	targets[];
};

/**
 * enum nlb_outcome - what became of a message for one subscriber
 * @NLB_DELIVERED: it is in its queue
 * @NLB_FULL: that has no room
 * @NLB_SPENT: the sender has had its share of it
 * @NLB_GONE: the subscriber is
 */
enum nlb_outcome {
	NLB_DELIVERED,
	NLB_FULL,
	NLB_SPENT,
	NLB_GONE,
};

extern unsigned int nlb_net_id;
extern struct genl_family nlb_family;

static inline struct nlb_net *nlb_net(const struct net *net)
{
	return net_generic(net, nlb_net_id);
}

/**
 * nlb_batch_pop() - take the first one from several messages
 * @batch: they; at least one
 */
static inline void nlb_batch_pop(struct nlb_batch *batch)
{
	if (!--batch->num)
		return;
	do
		batch->attr = (const void *)batch->attr +
			      NLA_ALIGN(batch->attr->nla_len);
	while (nla_type(batch->attr) != NLBROKER_A_PAYLOAD);
}

static inline struct nlb_net *nlb_info_net(struct genl_info *info)
{
	return nlb_net(genl_info_net(info));
}

/* net.c */
int nlb_net_init(struct net *net);
void nlb_net_exit(struct net *net);

/* ops.c */
int nlb_check_header(struct nlb_net *nn, const struct nlmsghdr *nlh,
		     struct netlink_ext_ack *extack);
int nlb_get_name(struct nlattr *const *attrs, int type, struct nlb_name *name,
		 struct netlink_ext_ack *extack);
int nlb_check_name(const struct nlb_name *name, bool pattern,
		   struct netlink_ext_ack *extack);
int nlb_reply(struct sk_buff *skb, struct genl_info *info);

/* peer.c */
extern struct notifier_block nlb_peer_notifier;
struct nlb_peer *nlb_peer_find(struct nlb_net *nn, enum nlb_unit unit,
			       const struct sk_buff *skb);
struct nlb_peer *nlb_peer_get(struct nlb_net *nn, enum nlb_unit unit,
			      const struct sk_buff *skb, bool *created,
			      struct netlink_ext_ack *extack);
void nlb_peer_settle(struct nlb_peer *peer, bool created, int err);
void nlb_peer_reap(struct nlb_net *nn);
void nlb_peer_reap_work(struct work_struct *work);
void nlb_lock(struct nlb_net *nn);
void nlb_unlock(struct nlb_net *nn);

/* topic.c */
extern const struct rhashtable_params nlb_topic_params;
struct nlb_topic *nlb_topic_lookup(struct nlb_net *nn, const char *name,
				   size_t len);
struct nlb_topic *nlb_topic_get(struct nlb_net *nn, const struct nlb_name *name);
void nlb_topic_put(struct nlb_topic *topic);
void nlb_topic_update(struct nlb_topic *topic);
void nlb_topic_default(struct nlb_topic *topic);
void nlb_topic_kill_all(struct nlb_net *nn);
bool nlb_cred_may(const struct nlb_topic *topic, const struct cred *cred,
		  int want);
bool nlb_sub_may_read(const struct nlb_topic *topic, const struct nlb_sub *sub);
bool nlb_sender_may(const struct nlb_topic *topic, struct sk_buff *skb,
		    int want);

/* advertise.c */
void nlb_withdraw(struct nlb_topic *topic);
int nlb_advertise_doit(struct sk_buff *skb, struct genl_info *info);
int nlb_withdraw_doit(struct sk_buff *skb, struct genl_info *info);

/* subscribe.c */
extern const struct rhashtable_params nlb_sub_params;
int nlb_subscribe(struct nlb_net *nn, enum nlb_unit unit, struct sk_buff *skb,
		  const struct nlb_name *pattern, bool no_local, bool creds,
		  bool retained, struct netlink_ext_ack *extack);
void nlb_unsubscribe(struct nlb_sub *sub);
int nlb_subscribe_doit(struct sk_buff *skb, struct genl_info *info);
int nlb_unsubscribe_doit(struct sk_buff *skb, struct genl_info *info);

/* fanout.c */
int nlb_fanout_build(struct nlb_topic *topic);
void nlb_fanout_drop(struct nlb_topic *topic);
void nlb_fanout_drop_matching(struct nlb_net *nn, const struct nlb_name *pattern);
void nlb_fanout_drop_dead(struct nlb_net *nn);
void nlb_fanout_make_room(struct nlb_net *nn);

/* publish.c */
int nlb_publish_doit(struct sk_buff *skb, struct genl_info *info);
int nlb_publish_raw(struct nlb_net *nn, struct sk_buff *skb, const void *data,
		    u32 len, struct netlink_ext_ack *extack);

/* deliver.c */
bool nlb_has_room(const struct nlb_peer *peer, unsigned int truesize);
bool nlb_queue(const struct nlb_peer *peer, struct sk_buff *skb);
enum nlb_outcome nlb_deliver(struct nlb_peer *peer, const struct nlb_topic *topic,
			     struct sk_buff **skb, u32 num, kuid_t sender,
			     bool last);

/* message.c */
struct sk_buff *nlb_message_new(const struct nlb_topic *topic,
				const struct nlb_content *content,
				const struct nlb_variant *variant, gfp_t gfp);
u32 nlb_batch_next(const struct nlb_topic *topic, struct nlb_batch *batch,
		   bool retain);
struct sk_buff *nlb_batch_new(const struct nlb_topic *topic,
			      const struct nlb_content *content,
			      const struct nlb_batch *batch,
			      const struct nlb_variant *variant);
int nlb_put_content(struct sk_buff *skb, const struct nlb_content *content,
		    struct user_namespace *user_ns,
		    struct pid_namespace *pid_ns);
struct sk_buff *nlb_lost_new(const struct nlb_topic *topic, u64 count, u64 first,
			     u64 last);
void nlb_peer_variant(const struct nlb_peer *peer, bool creds,
		      struct nlb_variant *variant);

/* loss.c */
void nlb_loss_add(struct nlb_peer *peer, struct nlb_topic *topic, u64 seq,
		  u32 num, enum nlb_outcome why);
bool nlb_loss_tell(struct nlb_peer *peer, const struct nlb_topic *topic);
void nlb_loss_forget(struct nlb_peer *peer);
void nlb_loss_work(struct work_struct *work);

/* retain.c */
int nlb_value_new(struct nlb_net *nn, size_t name_len,
		  const struct nlb_content *content, struct nlb_value **value,
		  struct netlink_ext_ack *extack);
void nlb_value_set(struct nlb_topic *topic, struct nlb_value *value, u64 seq);
void nlb_value_free(struct nlb_value *value);
u32 nlb_value_len(const struct nlb_value *value);
void nlb_value_send(struct nlb_topic *topic, const struct nlb_sub *sub);
int nlb_retained_start(struct netlink_callback *cb);
int nlb_retained_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* dump.c */
int nlb_peer_doit(struct sk_buff *skb, struct genl_info *info);
int nlb_peer_start(struct netlink_callback *cb);
int nlb_peer_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nlb_topic_doit(struct sk_buff *skb, struct genl_info *info);
int nlb_topic_start(struct netlink_callback *cb);
int nlb_topic_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/**
 * struct nlb_dump - where a dump stands, in netlink_callback.ctx
 * @next: topic id, or port of a peer
 * @unit: which peers
 * @done: there is no next
 * @pattern_len: bytes of @pattern
 * @pattern: of the request, whose skb lives as long as the dump; or NULL
 */
struct nlb_dump {
	unsigned long	next;
	u8		unit;
	bool		done;
	u8		pattern_len;
	const char	*pattern;
};

struct nlb_dump *nlb_dump(struct netlink_callback *cb);
bool nlb_dump_wants(const struct nlb_dump *dump, const struct nlb_topic *topic);

/* event.c */
void nlb_event_peer(const struct nlb_peer *peer, enum nlbroker_cmd cmd);
void nlb_event_topic(const struct nlb_topic *topic, enum nlbroker_cmd cmd);
void nlb_event_loss(const struct nlb_peer *peer, const struct nlb_topic *topic);

/* limits.c */
int nlb_limits_get_doit(struct sk_buff *skb, struct genl_info *info);
int nlb_limits_set_doit(struct sk_buff *skb, struct genl_info *info);

/* raw.c */
extern int nlb_raw_unit;
int nlb_raw_refused(void);
int nlb_raw_net_init(struct nlb_net *nn);
void nlb_raw_net_exit(struct nlb_net *nn);

#endif /* _NLBROKER_H */
