// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a socket gets the protocol, inherits it from a listener, and loses it.
 *
 * A socket with the protocol has its operations replaced by copies that differ
 * in what this module does: struct proto (sk_prot) and struct proto_ops
 * (sock->ops). The copies are static, one of each for IPv4 and for IPv6; an IPv6
 * socket that talks IPv4 has those of IPv6.
 *
 * What holds the module:
 *
 *	icsk_ulp_ops	from attach or clone until tcp_cleanup_ulp()
 *	sock->ops	from attach or accept until __sock_release(), by ops->owner
 *	sk_prot_creator	until the memory of the socket is freed, by proto->owner.
 *			A listener that was closed is still referred to by
 *			connections half open, and by children half made, whose
 *			operations are the listener's; and a socket in TIME_WAIT
 *			takes its own reference from here.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
/* Needs the others in Linux 5.10. */
#include <net/inet_common.h>

#include "ulp_caesar.h"

/**
 * struct caesar_family - the operations of an address family
 * @family: PF_INET or PF_INET6
 * @base: those that TCP has
 * @prot: those of a socket with the protocol
 * @child: those of a child that wasn't accepted yet: as @prot, and when it gets
 *	its struct socket it sees to the operations of that too
 * @base_ops: those that the family has, once a socket has shown them:
 *	inet6_stream_ops isn't exported before Linux 7
 * @ops: those of a socket with the protocol; valid when @base_ops is set
 * @built_ops: the same, to whoever makes them
 */
struct caesar_family {
	int				family;
	struct proto			*base;
	struct proto			prot;
	struct proto			child;
	const struct proto_ops		*base_ops;
	union { const struct proto_ops ops; struct proto_ops built_ops; };
};

static struct caesar_family caesar_families[] = {
	{ .family = PF_INET, .base = &tcp_prot },
#if IS_ENABLED(CONFIG_IPV6)
	{ .family = PF_INET6, .base = &tcpv6_prot },
#endif
};

/* Orders the writers of base_ops and ops. */
static DEFINE_MUTEX(caesar_ops_mutex);

/* The family that has these operations in one of its structures, or NULL. */
static struct caesar_family *caesar_family(const struct proto *prot)
{
	struct caesar_family *f;

	for (f = caesar_families;
	     f < caesar_families + ARRAY_SIZE(caesar_families); f++)
		if (prot == &f->prot || prot == &f->child || prot == f->base)
			return f;
	return NULL;
}

/**
 * caesar_attached() - whether a socket has the protocol
 * @sk: the socket
 *
 * Context: any.
 */
bool caesar_attached(const struct sock *sk)
{
	return READ_ONCE(sk->sk_prot)->owner == THIS_MODULE;
}

/**
 * caesar_base() - TCP's own operations
 * @sk: a socket with the protocol
 *
 * Context: any.
 */
struct proto *caesar_base(const struct sock *sk)
{
	return caesar_family(READ_ONCE(sk->sk_prot))->base;
}

/*
 * The child of a listener with the protocol, accepted by one without it: it was
 * handed on when its own listener was closed (sysctl tcp_migrate_req).
 */
static void caesar_adopt_ops(struct socket *sock)
{
	const struct proto_ops *old = sock->ops;
	struct caesar_family *f;

	for (f = caesar_families;
	     f < caesar_families + ARRAY_SIZE(caesar_families); f++) {
		/* Pairs with the release in caesar_learn_ops(). */
		if (smp_load_acquire(&f->base_ops) != old)
			continue;
		__module_get(THIS_MODULE);
		WRITE_ONCE(sock->ops, &f->ops);
		module_put(old->owner);
		return;
	}
}

/* accept() releases the lock of a child for the first time after it has its socket. */
static void caesar_child_release_cb(struct sock *sk)
{
	struct caesar_family *f = caesar_family(sk->sk_prot);

	if (sk->sk_socket) {
		caesar_adopt_ops(sk->sk_socket);
		WRITE_ONCE(sk->sk_prot, &f->prot);
	}
	f->base->release_cb(sk);
}

/* Also called for a child that a listener had before it got the protocol. */
static int caesar_ops_sendmsg_locked(struct sock *sk, struct msghdr *msg,
				     size_t size)
{
	return caesar_attached(sk) ? caesar_sendmsg_locked(sk, msg, size) :
				     tcp_sendmsg_locked(sk, msg, size);
}

/*
 * Without splice_read the VFS reads by recvmsg. What is left out besides would
 * hand out bytes as they came.
 */
static void caesar_build_ops(struct proto_ops *ops, const struct proto_ops *base)
{
	sockmods_copy_ops(ops, base);
	ops->owner = THIS_MODULE;
	ops->mmap = sock_no_mmap;
	ops->splice_read = NULL;
	ops->read_sock = NULL;
	ops->sendmsg_locked = caesar_ops_sendmsg_locked;
}

/*
 * The replacement for a socket's ops, made of the first that are seen of an
 * address family. NULL when they are neither those nor their replacement.
 */
static const struct proto_ops *caesar_learn_ops(const struct proto_ops *ops)
{
	struct caesar_family *f = caesar_families;

	while (f->family != ops->family)
		if (++f == caesar_families + ARRAY_SIZE(caesar_families))
			return NULL;
	if (ops == &f->ops)
		return ops;

	/* Pairs with the release below. */
	if (unlikely(!smp_load_acquire(&f->base_ops))) {
		mutex_lock(&caesar_ops_mutex);
		if (!f->base_ops) {
			caesar_build_ops(&f->built_ops, ops);
			/* Whoever sees base_ops sees ops. */
			smp_store_release(&f->base_ops, ops);
		}
		mutex_unlock(&caesar_ops_mutex);
	}
	return f->base_ops == ops ? &f->ops : NULL;
}

/*
 * Makes the memory of a socket hold the module. It goes back to the cache of its
 * creator, which isn't of the socket's own family after IPV6_ADDRFORM.
 */
static void caesar_hold_creator(struct sock *sk)
{
	struct proto *creator = sk->sk_prot_creator;

	if (creator->owner == THIS_MODULE)
		return;
	__module_get(THIS_MODULE);
	WRITE_ONCE(sk->sk_prot_creator, &caesar_family(creator)->prot);
	module_put(creator->owner);
}

/**
 * caesar_attach() - give a socket the protocol
 * @sk: the socket, locked, in any state
 * @ulp: under which name
 *
 * Context: process context, may sleep.
 * Return: 0; -EBUSY when others have taken the socket's operations or data, or
 * TCP_REPAIR its queues; -ENOTCONN when it has no struct socket.
 */
int caesar_attach(struct sock *sk, const struct tcp_ulp_ops *ulp)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct socket *sock = sk->sk_socket;
	const struct proto_ops *old, *ops;
	struct caesar_family *f;
	int err = -EBUSY;

	if (!sock)
		return -ENOTCONN;
	if (tcp_sk(sk)->repair)
		return -EBUSY;
	old = READ_ONCE(sock->ops);
	ops = caesar_learn_ops(old);
	if (!ops)
		return -EBUSY;

	/* Keeps sockmap out, which doesn't always take the socket's lock. */
	write_lock_bh(&sk->sk_callback_lock);

	f = caesar_family(sk->sk_prot);
	if (!f || sk->sk_prot != f->base ||
	    !caesar_family(sk->sk_prot_creator) ||
	    READ_ONCE(sk->sk_user_data))
		goto out;

	caesar_hold_creator(sk);
	/* A child that its listener had before has our ops since accept(). */
	if (ops != old) {
		__module_get(THIS_MODULE);
		WRITE_ONCE(sock->ops, ops);
		module_put(old->owner);
	}

	/*
	 * A listener is copied for its children without a lock, from its start
	 * to its end: sk_prot stands before icsk_ulp_ops, and a child that gets
	 * the former must get the latter too, so that caesar_clone() is called
	 * for it. TCP sets icsk_ulp_ops only after this, and then again.
	 */
	caesar_set_keys(sk, 0, 0);
	icsk->icsk_ulp_ops = ulp;
	/* What sk_clone_lock() pairs with it: it reads sk_prot first. */
	smp_store_release(&sk->sk_prot, &f->prot);
	err = 0;
out:
	write_unlock_bh(&sk->sk_callback_lock);
	return err;
}

/**
 * caesar_clone() - make a listener's child a holder of the protocol
 * @req: the request that it was made for
 * @newsk: the child: a copy of its listener, keys and all
 * @priority: how memory may be allocated; not needed
 *
 * The copy may have been made while the listener was being given the protocol,
 * and then has old operations, or an old creator. The listener, which the
 * request refers to, holds the module.
 *
 * Context: softirq or process context; @newsk is locked and nobody knows it yet.
 */
void caesar_clone(const struct request_sock *req, struct sock *newsk,
		  const gfp_t priority)
{
	struct caesar_family *f = caesar_family(newsk->sk_prot);

	__module_get(THIS_MODULE);
	caesar_hold_creator(newsk);
	WRITE_ONCE(newsk->sk_prot, &f->child);
}

/**
 * caesar_release() - take the protocol from a socket
 * @sk: the socket, which is about to be destroyed; a child may never have been
 *	accepted
 *
 * The keys are forgotten. The reference to the module that belongs to the memory
 * of the socket stays until that is freed.
 *
 * Context: process or softirq context.
 */
void caesar_release(struct sock *sk)
{
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_data, NULL);
	if (caesar_attached(sk))
		WRITE_ONCE(sk->sk_prot, caesar_base(sk));
}

/* The signature that struct proto wants, which differs between kernels. */
static int caesar_proto_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
				PROTO_RECVMSG_REST)
{
	int ret = caesar_recvmsg(sk, msg, len, PROTO_RECVMSG_FLAGS);

	proto_recvmsg_end(msg);
	return ret;
}

/**
 * caesar_build_protos() - make the copies of TCP's operations
 *
 * Context: process context, once, before anyone can attach.
 */
void __init caesar_build_protos(void)
{
	struct caesar_family *f;

	for (f = caesar_families;
	     f < caesar_families + ARRAY_SIZE(caesar_families); f++) {
		struct proto *prot = &f->prot;

		*prot = *f->base;
		prot->owner = THIS_MODULE;
		prot->setsockopt = caesar_setsockopt;
		prot->getsockopt = caesar_getsockopt;
		prot->sendmsg = caesar_sendmsg;
		prot->recvmsg = caesar_proto_recvmsg;
		sockmods_proto_copy_only(prot);

		f->child = *prot;
		f->child.release_cb = caesar_child_release_cb;
	}
	caesar_build_ops(&caesar_families[0].built_ops, &inet_stream_ops);
	caesar_families[0].base_ops = &inet_stream_ops;
}
