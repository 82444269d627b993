/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * af_myproto, local sockets that are addressed by a number: what its files share.
 *
 *	main.c		module parameters, the number of the family, registration
 *	net.c		what a network namespace has
 *	sock.c		a socket's beginning; the tables of operations
 *	addr.c		channels: bind, getname, look-up
 *	limits.c	how many channels a user and a namespace may have; sysctls
 *	connect.c	connect, of connections; socketpair
 *	accept.c	listen, accept
 *	close.c		shutdown, release
 *	queue.c		a receive queue: room, delivery, waiting
 *	cred.c		who sent a message
 *	stream.c	SOCK_STREAM: sending
 *	stream_recv.c	SOCK_STREAM: receiving
 *	message.c	SOCK_SEQPACKET and SOCK_DGRAM: receiving; the former: sending
 *	dgram.c		SOCK_DGRAM: default peer, sending, waiting for room
 *	poll.c		poll, ioctl
 *	sockopt.c	options
 *	diag.c, proc.c	sock_diag, /proc/net/myproto
 *	trace.h		trace points
 *
 * How data goes: the sender allocates a buffer, fills it, and puts it into the
 * receiver's queue in its own context. What is in a queue is charged to the
 * receiver alone (myproto_sock.rmem). The limit is SO_RCVBUF, for connections the
 * lesser of that and of the sender's SO_SNDBUF: there is one sender then. So a
 * receiver that stalls stops those who send to it, and nothing else of theirs.
 *
 * States: sk_state is TCP_CLOSE, TCP_LISTEN or TCP_ESTABLISHED. The first may
 * become one of the others, and only release() leads back. For SOCK_DGRAM it says
 * nothing: there the peer does.
 *
 * Locks:
 *
 *	lock_sock()		changes of a socket's own address, state and peer:
 *				bind, connect, listen
 *	myproto_net.bind_mutex	a namespace's channels, and who has them
 *	.reader			who takes from a queue; .taken
 *	sk_receive_queue.lock	"the queue lock": the queue, .inq and its fellows,
 *				.dead, sk_shutdown, a listener's .pending; and
 *				sk_state of a listener's, for those who connect
 *	.relay_lock		.relay and .peer of SOCK_DGRAM, in changes
 *	.room.lock		the relays that wait there
 *	myproto_net.socks_lock	the list of all sockets
 *
 * In this order: lock_sock(), then any of the others. The reader mutex, then the
 * queue lock. Never two queue locks. The relay lock, then a room lock.
 *
 * The peer of a connection is set once, with a reference, by connect() and
 * socketpair(), and taken away by release() of the socket itself, when nothing
 * runs on it any more: so its own operations use it without a lock. That of a
 * SOCK_DGRAM may change: it is read under RCU, and sockets are freed by it.
 */
#ifndef _AF_MYPROTO_H
#define _AF_MYPROTO_H

#include <linux/cred.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <sockmods/myproto.h>

/* A power of two. */
#define MYPROTO_BUCKETS	64

struct myproto_user;

/**
 * struct myproto_sock - a socket
 * @sk: the socket; first, as the kernel's own code expects it
 * @peer: the other end, referenced, or NULL
 * @channel: the number that others see, or MYPROTO_CHANNEL_ANY
 * @bound: @channel is this socket's own
 * @waiters: readers that sleep until something comes. Queue lock.
 * @inq: bytes that wait to be read, in the queue and in @taken. Queue lock.
 * @rmem: memory charged for them. Queue lock.
 * @arrivals: how often something came. Queue lock.
 * @wanted: a sender waits until there is room. Queue lock.
 * @dead: released, nothing may be queued. Queue lock.
 * @reader: who takes from the queue
 * @taken: SOCK_STREAM: what the reader has taken out of the queue. @reader.
 * @pending: of a listener: connections that wait for accept(). Of such a
 *	connection: where it is in that list. The listener's queue lock.
 * @room: who waits until there is room in the queue, or in @pending
 * @relay: SOCK_DGRAM: in the peer's @room, for those who poll this socket
 * @relay_to: where @relay is, or NULL; @peer if it isn't. The peer's room.lock.
 * @relay_lock: see above
 * @user: who pays for the channel. myproto_net.bind_mutex.
 * @owner: who else does: the owner of the namespace, or NULL
 * @node: in myproto_net.socks
 * @id: ever larger, so that a walk through all sockets finds its place again
 * @greeted: bytes written to the kernel
 */
struct myproto_sock {
	struct sock		sk;

	struct sock __rcu	*peer;
	u32			channel;
	bool			bound;

	u32			waiters;
	u32			inq;
	u32			rmem;
	u32			arrivals;
	bool			wanted;
	bool			dead;

	struct mutex		reader;	/* see above */
	struct sk_buff_head	taken;
	struct list_head	pending;

	wait_queue_head_t	room;
	wait_queue_entry_t	relay;
	struct sock		*relay_to;
	spinlock_t		relay_lock;	/* see above */

	struct myproto_user	*user;
	struct myproto_user	*owner;
	struct hlist_node	node;
	u64			id;
	atomic64_t		greeted;
};

/**
 * struct myproto_net - what a network namespace has
 * @channels: bound sockets by channel. Written under @bind_mutex, read under RCU.
 * @bound: how many. @bind_mutex.
 * @bind_mutex: see above
 * @max_channels: sysctl
 * @max_channels_per_uid: sysctl
 * @unprivileged_channel_start: sysctl
 * @sysctls: their table
 * @socks: all sockets, the youngest first in each bucket. Written under
 *	@socks_lock, read under RCU.
 * @last_id: of the youngest. @socks_lock.
 * @socks_lock: see above
 */
struct myproto_net {
	struct xarray		channels;
	unsigned int		bound;
	struct mutex		bind_mutex;	/* see above */
	unsigned int		max_channels;
	unsigned int		max_channels_per_uid;
	unsigned int		unprivileged_channel_start;
	struct ctl_table_header	*sysctls;
	struct hlist_head	socks[MYPROTO_BUCKETS];
	u64			last_id;
	spinlock_t		socks_lock;	/* protects socks */
};

/**
 * struct myproto_cb - what a buffer says of itself, in skb->cb
 * @pid: process that sent it, referenced
 * @uid: its user
 * @gid: its group
 * @channel: of the sender, or MYPROTO_CHANNEL_ANY
 * @off: SOCK_STREAM: bytes that were read
 * @eor: sent with MSG_EOR
 * @peeked: a message that MSG_PEEK has returned
 */
struct myproto_cb {
	struct pid	*pid;
	kuid_t		uid;
	kgid_t		gid;
	u32		channel;
	u32		off;
	bool		eor;
	bool		peeked;
};

static inline struct myproto_cb *myproto_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct myproto_cb) > sizeof(skb->cb));
	return (struct myproto_cb *)skb->cb;
}

static inline struct myproto_sock *myproto_sk(const struct sock *sk)
{
	BUILD_BUG_ON(offsetof(struct myproto_sock, sk));
	return (struct myproto_sock *)sk;
}

extern unsigned int myproto_net_id;

static inline struct myproto_net *myproto_net(const struct net *net)
{
	return net_generic(net, myproto_net_id);
}

/* The peer of a connection, for the socket's own operations; see above. */
static inline struct sock *myproto_peer(const struct sock *sk)
{
	/* Pairs with rcu_assign_pointer(), after all of a connection is there. */
	return rcu_dereference_protected(myproto_sk(sk)->peer, true);
}

static inline bool myproto_is_dgram(const struct sock *sk)
{
	return sk->sk_type == SOCK_DGRAM;
}

/* main.c */
extern char *myproto_greeting;
extern unsigned int myproto_max_channels;
extern unsigned int myproto_max_channels_per_uid;
extern struct net_proto_family myproto_family_ops;

static inline int myproto_family(void)
{
	return myproto_family_ops.family;
}

/* Whether the kernel itself is who this socket talks to. */
static inline bool myproto_greets(const struct sock *sk)
{
	return unlikely(myproto_greeting) && sk->sk_type == SOCK_STREAM;
}

/* net.c */
int myproto_net_init(struct net *net);
void myproto_net_exit(struct net *net);
struct myproto_sock *myproto_walk(struct myproto_net *mn, unsigned int bucket,
				  struct myproto_sock *last, u64 below);

/* sock.c */
extern struct proto myproto_proto;
extern const struct proto_ops myproto_stream_ops;
extern const struct proto_ops myproto_seqpacket_ops;
extern const struct proto_ops myproto_dgram_ops;

int myproto_create(struct net *net, struct socket *sock, int protocol, int kern);
struct sock *myproto_sock_new(struct net *net, struct socket *sock, int type,
			      int kern);
void myproto_sock_unlist(struct sock *sk);

/* addr.c */
int myproto_addr_channel(const void *addr, int len, u32 *channel);
int myproto_bind(struct socket *sock, struct sockaddr_unsized *addr, int len);
void myproto_unbind(struct sock *sk);
int myproto_getname(struct socket *sock, struct sockaddr *addr, int peer);
struct sock *myproto_lookup(struct net *net, u32 channel);

static inline void myproto_msg_name(struct msghdr *msg, u32 channel)
{
	struct sockaddr_myproto *addr = msg->msg_name;

	if (!addr)
		return;
	addr->smp_family = myproto_family();
	addr->smp_zero = 0;
	addr->smp_channel = channel;
	msg->msg_namelen = sizeof(*addr);
}

/* limits.c */
int myproto_charge(struct myproto_sock *ms, struct net *net);
void myproto_uncharge(struct myproto_sock *ms, struct net *net);
int myproto_sysctl_init(struct net *net);
void myproto_sysctl_exit(struct net *net);

/* connect.c */
int myproto_connect(struct socket *sock, struct sockaddr_unsized *addr, int len,
		    int flags);
int myproto_socketpair(struct socket *a, struct socket *b);

/* accept.c */
int myproto_listen(struct socket *sock, int backlog);
int myproto_accept(struct socket *sock, struct socket *newsock, int flags);

/* close.c */
int myproto_shutdown(struct socket *sock, int how);
int myproto_release(struct socket *sock);

/**
 * myproto_wake_room() - wake all who wait for room in a queue or a backlog
 * @sk: whose; what they wait for has changed under its queue lock
 */
static inline void myproto_wake_room(struct sock *sk)
{
	if (wq_has_sleeper(&myproto_sk(sk)->room))
		wake_up_interruptible_all(&myproto_sk(sk)->room);
}

/* queue.c */
bool __myproto_queue_full(const struct sock *to, const struct sock *from);
bool __myproto_queue_roomy(const struct sock *to, const struct sock *from);
bool __myproto_queue_want(struct sock *to, struct sock *from);
void __myproto_queue_add(struct sock *to, struct sk_buff *skb);
int myproto_deliver(struct sock *to, struct sock *from, struct sk_buff *skb);
bool __myproto_queue_credit(struct sock *sk, u32 bytes, u32 truesize);
void myproto_wake_writers(struct sock *sk);
void myproto_write_space(struct sock *sk);
long myproto_wait_room(struct sock *sk, struct sock *to, long timeo);
long myproto_wait_data(struct sock *sk, u32 arrivals, long timeo);
struct sk_buff *myproto_skb_new(struct sock *sk, struct msghdr *msg, size_t len,
				int *err);
void myproto_skb_free(struct sk_buff *skb);

/* cred.c */
int __myproto_cred_cmsg(struct socket *sock, struct msghdr *msg,
			struct myproto_cb *cred, struct pid **held);
void myproto_cred_recv(struct sock *sk, struct msghdr *msg,
		       const struct myproto_cb *cred);
void myproto_peercred_set(struct sock *sk, struct pid *pid,
			  const struct cred *cred);
void myproto_peercred_copy(struct sock *sk, struct sock *from);

/*
 * Who sends a message: the caller, unless the message says otherwise. What @held
 * is set to has to be put; @cred has no reference of its own.
 */
static inline int myproto_cred_get(struct socket *sock, struct msghdr *msg,
				   struct myproto_cb *cred, struct pid **held)
{
	*held = NULL;
	cred->pid = task_tgid(current);
	current_uid_gid(&cred->uid, &cred->gid);
	cred->channel = READ_ONCE(myproto_sk(sock->sk)->channel);
	cred->off = 0;
	cred->eor = msg->msg_flags & MSG_EOR;
	cred->peeked = false;
	return unlikely(msg->msg_controllen) ?
	       __myproto_cred_cmsg(sock, msg, cred, held) : 0;
}

static inline void myproto_cred_put(struct pid *held)
{
	if (unlikely(held))
		put_pid(held);
}

/* Names the sender in a buffer; myproto_skb_free() lets go of the process. */
static inline void myproto_skb_set_cred(struct sk_buff *skb,
					const struct myproto_cb *cred)
{
	*myproto_cb(skb) = *cred;
	get_pid(cred->pid);
}

static inline bool myproto_cred_same(const struct myproto_cb *a,
				     const struct myproto_cb *b)
{
	return a->pid == b->pid && uid_eq(a->uid, b->uid) &&
	       gid_eq(a->gid, b->gid);
}

/* stream.c, stream_recv.c */
int myproto_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int myproto_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			   int flags);

/* message.c */
int myproto_seqpacket_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int myproto_message_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			    int flags);
bool myproto_message_filtered(struct sock *to, struct sk_buff *skb);
struct sk_buff *myproto_message_new(struct sock *sk, struct msghdr *msg,
				    size_t len, int *err);

/* dgram.c */
int myproto_dgram_connect(struct socket *sock, struct sockaddr_unsized *addr,
			  int len, int flags);
int myproto_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
void myproto_dgram_set_peer(struct sock *sk, struct sock *peer);
bool myproto_dgram_writable(struct sock *sk);
int myproto_relay_wake(wait_queue_entry_t *entry, unsigned int mode, int flags,
		       void *key);

/* poll.c */
__poll_t myproto_poll(struct file *file, struct socket *sock, poll_table *wait);
int myproto_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
u32 myproto_outq(struct sock *sk);

/* sockopt.c */
int myproto_setsockopt(struct socket *sock, int level, int name, sockptr_t value,
		       unsigned int len);
int myproto_getsockopt(struct socket *sock, int level, int name,
		       char __user *value, int __user *len);
int myproto_set_peek_off(struct sock *sk, int val);
int myproto_set_rcvlowat(struct sock *sk, int val);

/* diag.c, proc.c */
extern struct sock_diag_handler myproto_diag_handler;

int myproto_proc_init(struct net *net);
void myproto_proc_exit(struct net *net);

#endif /* _AF_MYPROTO_H */
