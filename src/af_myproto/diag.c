// SPDX-License-Identifier: GPL-2.0-only
/* sock_diag: the sockets of a namespace, to programs. */
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>

#include "af_myproto.h"

/**
 * struct myproto_dump - where a dump is, in netlink_callback.ctx
 * @below: the next socket's id is less
 * @bucket: if it is in this one; else it is in a later
 * @begun: the two above mean something
 */
struct myproto_dump {
	u64		below;
	unsigned int	bucket;
	bool		begun;
};

static bool myproto_diag_wants(const struct myproto_diag_req *req,
			       const struct sock *sk)
{
	return (!req->types || req->types & BIT(sk->sk_type)) &&
	       (!req->states || req->states & BIT(READ_ONCE(sk->sk_state)));
}

static void myproto_diag_fill(struct myproto_diag_msg *m, struct sock *sk,
			      struct user_namespace *user_ns)
{
	struct myproto_sock *ms = myproto_sk(sk);
	struct sock *peer = rcu_dereference(ms->peer);

	memset(m, 0, sizeof(*m));
	m->family = sk->sk_family;
	m->type = sk->sk_type;
	m->channel = READ_ONCE(ms->channel);
	m->peer_channel = MYPROTO_CHANNEL_ANY;
	m->ino = sock_i_ino(sk);
	m->uid = from_kuid_munged(user_ns, sockmods_sk_uid(sk));
	m->rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	m->sndbuf = READ_ONCE(sk->sk_sndbuf);
	m->greeted = atomic64_read(&ms->greeted);
	sock_diag_save_cookie(sk, m->cookie);
	if (READ_ONCE(ms->bound))
		m->flags |= MYPROTO_DIAG_BOUND;
	if (peer) {
		m->flags |= MYPROTO_DIAG_PEER;
		m->peer_channel = READ_ONCE(myproto_sk(peer)->channel);
		m->peer_ino = sock_i_ino(peer);
		if (!m->ino)
			m->flags |= MYPROTO_DIAG_PENDING;
	}

	/* What belongs together, at one time. */
	spin_lock(&sk->sk_receive_queue.lock);
	m->state = READ_ONCE(sk->sk_state);
	m->shutdown = sk->sk_shutdown;
	m->rmem = ms->rmem;
	if (m->state == TCP_LISTEN) {
		m->rqueue = sk->sk_ack_backlog;
		m->wqueue = sk->sk_max_ack_backlog;
	} else {
		m->rqueue = ms->inq;
	}
	spin_unlock(&sk->sk_receive_queue.lock);
	if (m->state != TCP_LISTEN)
		m->wqueue = myproto_outq(sk);
}

static int myproto_diag_put(struct sk_buff *skb, struct netlink_callback *cb,
			    struct sock *sk)
{
	const struct myproto_diag_req *req = nlmsg_data(cb->nlh);
	struct myproto_diag_msg *m;
	struct nlmsghdr *nlh;

	if (req->ino && req->ino != (u32)sock_i_ino(sk))
		return 0;
	nlh = nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			SOCK_DIAG_BY_FAMILY, sizeof(*m), NLM_F_MULTI);
	if (!nlh)
		return -EMSGSIZE;
	m = nlmsg_data(nlh);
	myproto_diag_fill(m, sk, sk_user_ns(NETLINK_CB(cb->skb).sk));
	nlmsg_end(skb, nlh);
	return 0;
}

/* What is left of a bucket. True if all of it is in the answer. */
static bool myproto_diag_bucket(struct sk_buff *skb, struct netlink_callback *cb,
				struct myproto_dump *dump)
{
	const struct myproto_diag_req *req = nlmsg_data(cb->nlh);
	struct myproto_net *mn = myproto_net(sock_net(skb->sk));
	struct myproto_sock *ms = NULL;

	rcu_read_lock();
	while ((ms = myproto_walk(mn, dump->bucket, ms, dump->below))) {
		if (myproto_diag_wants(req, &ms->sk) &&
		    myproto_diag_put(skb, cb, &ms->sk))
			break;
		/* It is in, or isn't wanted. */
		dump->below = ms->id;
	}
	rcu_read_unlock();
	return !ms;
}

static int myproto_diag_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct myproto_dump *dump = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	if (!dump->begun) {
		dump->begun = true;
		dump->below = U64_MAX;
	}
	/* A user may have many sockets, and want none of them. */
	for (; dump->bucket < MYPROTO_BUCKETS; dump->bucket++) {
		if (!myproto_diag_bucket(skb, cb, dump))
			break;
		dump->below = U64_MAX;
		cond_resched();
	}
	return skb->len;
}

static int myproto_diag_request(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	const struct myproto_diag_req *req = nlmsg_data(nlh);
	struct netlink_dump_control control = {
		.dump = myproto_diag_dump,
	};

	if (nlmsg_len(nlh) < (int)sizeof(*req) || req->sdiag_protocol ||
	    req->reserved)
		return -EINVAL;
	if (!(nlh->nlmsg_flags & NLM_F_DUMP))
		return -EOPNOTSUPP;
	return netlink_dump_start(sock_net(skb->sk)->diag_nlsk, skb, nlh, &control);
}

struct sock_diag_handler myproto_diag_handler = {
	SOCKMODS_DIAG_OWNER
	.dump	= myproto_diag_request,
};
