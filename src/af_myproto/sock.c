// SPDX-License-Identifier: GPL-2.0-only
/* A socket's beginning, and the tables of operations. */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/rculist.h>

#include "af_myproto.h"

struct proto myproto_proto = {
	.name		= "MYPROTO",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct myproto_sock),
};

static int myproto_ops_accept(struct socket *sock, struct socket *newsock,
			      SOCKMODS_ACCEPT_ARGS)
{
	return myproto_accept(sock, newsock, SOCKMODS_ACCEPT_FLAGS);
}

#ifdef CONFIG_COMPAT
static int myproto_compat_ioctl(struct socket *sock, unsigned int cmd,
				unsigned long arg)
{
	return myproto_ioctl(sock, cmd, (unsigned long)compat_ptr(arg));
}

#define MYPROTO_COMPAT_OPS	.compat_ioctl = myproto_compat_ioctl,
#else
#define MYPROTO_COMPAT_OPS
#endif

/*
 * Of .family only AF_UNIX asks which it is, and the number isn't known here: it
 * stays PF_UNSPEC.
 */
#define MYPROTO_OPS						\
	.owner		= THIS_MODULE,				\
	.release	= myproto_release,			\
	.bind		= myproto_bind,				\
	.socketpair	= myproto_socketpair,			\
	.getname	= myproto_getname,			\
	.poll		= myproto_poll,				\
	.ioctl		= myproto_ioctl,			\
	MYPROTO_COMPAT_OPS					\
	.shutdown	= myproto_shutdown,			\
	.setsockopt	= myproto_setsockopt,			\
	.getsockopt	= myproto_getsockopt,			\
	.mmap		= sock_no_mmap,				\
	.set_peek_off	= myproto_set_peek_off,			\
	.set_rcvlowat	= myproto_set_rcvlowat

const struct proto_ops myproto_stream_ops = {
	MYPROTO_OPS,
	.connect	= myproto_connect,
	.listen		= myproto_listen,
	.accept		= myproto_ops_accept,
	.sendmsg	= myproto_stream_sendmsg,
	.recvmsg	= myproto_stream_recvmsg,
};

const struct proto_ops myproto_seqpacket_ops = {
	MYPROTO_OPS,
	.connect	= myproto_connect,
	.listen		= myproto_listen,
	.accept		= myproto_ops_accept,
	.sendmsg	= myproto_seqpacket_sendmsg,
	.recvmsg	= myproto_message_recvmsg,
};

const struct proto_ops myproto_dgram_ops = {
	MYPROTO_OPS,
	.connect	= myproto_dgram_connect,
	.listen		= sock_no_listen,
	.accept		= sock_no_accept,
	.sendmsg	= myproto_dgram_sendmsg,
	.recvmsg	= myproto_message_recvmsg,
};

/*
 * All sockets there are. Descriptors don't limit them: a connection that waits for
 * accept() is there after the one who connected has closed its own.
 */
static atomic_long_t myproto_socks;

static void myproto_destruct(struct sock *sk)
{
	WARN_ON_ONCE(!skb_queue_empty(&sk->sk_receive_queue));
	WARN_ON_ONCE(!skb_queue_empty(&myproto_sk(sk)->taken));
	WARN_ON_ONCE(myproto_sk(sk)->bound);
	WARN_ON_ONCE(myproto_sk(sk)->relay_to);
	atomic_long_dec(&myproto_socks);
}

static void myproto_sock_list(struct sock *sk)
{
	struct myproto_net *mn = myproto_net(sock_net(sk));
	struct myproto_sock *ms = myproto_sk(sk);

	spin_lock(&mn->socks_lock);
	ms->id = ++mn->last_id;
	hlist_add_head_rcu(&ms->node, &mn->socks[ms->id % MYPROTO_BUCKETS]);
	sock_prot_inuse_add(sock_net(sk), &myproto_proto, 1);
	spin_unlock(&mn->socks_lock);
}

/**
 * myproto_sock_unlist() - take a socket that is closed out of the list of all
 * @sk: the socket
 *
 * Context: process context.
 */
void myproto_sock_unlist(struct sock *sk)
{
	struct myproto_net *mn = myproto_net(sock_net(sk));

	spin_lock(&mn->socks_lock);
	hlist_del_rcu(&myproto_sk(sk)->node);
	sock_prot_inuse_add(sock_net(sk), &myproto_proto, -1);
	spin_unlock(&mn->socks_lock);
}

/**
 * myproto_sock_new() - make a socket
 * @net: its namespace
 * @sock: what a program has of it, or NULL: not yet
 * @type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM
 * @kern: made by the kernel for itself
 *
 * Context: process context, may sleep.
 * Return: the socket; or -ENFILE (there are twice as many as open files may be,
 * which is AF_UNIX's limit too) or -ENOMEM.
 */
struct sock *myproto_sock_new(struct net *net, struct socket *sock, int type,
			      int kern)
{
	struct myproto_sock *ms;
	struct sock *sk = NULL;
	int err = -ENFILE;

	if (atomic_long_inc_return(&myproto_socks) <= 2 * get_max_files()) {
		sk = sk_alloc(net, myproto_family(), GFP_KERNEL_ACCOUNT,
			      &myproto_proto, kern);
		err = -ENOMEM;
	}
	if (!sk) {
		atomic_long_dec(&myproto_socks);
		return ERR_PTR(err);
	}
	sock_init_data(sock, sk);
	sock_set_flag(sk, SOCK_RCU_FREE);
	/* sock_wfree() needn't tell: room is the receiver's, not the sender's. */
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	sk->sk_type = type;
	sk->sk_allocation = GFP_KERNEL_ACCOUNT;
	sk->sk_destruct = myproto_destruct;
	sk->sk_write_space = myproto_write_space;

	ms = myproto_sk(sk);
	RCU_INIT_POINTER(ms->peer, NULL);
	ms->channel = MYPROTO_CHANNEL_ANY;
	mutex_init(&ms->reader);
	__skb_queue_head_init(&ms->taken);
	INIT_LIST_HEAD(&ms->pending);
	init_waitqueue_head(&ms->room);
	init_waitqueue_func_entry(&ms->relay, myproto_relay_wake);
	spin_lock_init(&ms->relay_lock);
	myproto_sock_list(sk);
	return sk;
}

/**
 * myproto_create() - socket(2)
 * @net: the caller's network namespace
 * @sock: the socket
 * @protocol: must be 0
 * @kern: made by the kernel for itself
 *
 * Context: process context, may sleep.
 * Return: 0; -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -ENFILE or -ENOMEM.
 */
int myproto_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	if (protocol)
		return -EPROTONOSUPPORT;

	switch (sock->type) {
	case SOCK_STREAM:
		sock->ops = &myproto_stream_ops;
		break;
	case SOCK_SEQPACKET:
		sock->ops = &myproto_seqpacket_ops;
		break;
	case SOCK_DGRAM:
		sock->ops = &myproto_dgram_ops;
		break;
	default:
		return -ESOCKTNOSUPPORT;
	}
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
	return PTR_ERR_OR_ZERO(myproto_sock_new(net, sock, sock->type, kern));
}
