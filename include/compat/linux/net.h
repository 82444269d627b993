/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_NET_H
#define _SOCKMODS_COMPAT_LINUX_NET_H

#include_next <linux/net.h>

/* A copy of TCP's operations has no way past sendmsg and recvmsg. */
static inline void sockmods_copy_ops(struct proto_ops *ops, const struct proto_ops *from)
{
	*ops = *from;
#ifdef SOCKMODS_HAVE_SENDPAGE
	ops->sendpage = NULL;
	ops->sendpage_locked = NULL;
#endif
#ifdef SOCKMODS_HAVE_READ_SKB
	ops->read_skb = NULL;
#endif
}

/* Linux 5.10 and 6.1 handle SOL_SOCKET themselves, and nobody reads this bit. */
#ifndef SOCKMODS_HAVE_SOCK_CUSTOM_SOCKOPT
#define SOCK_CUSTOM_SOCKOPT	6
#endif

/*
 * The arguments of accept() are in a struct since Linux 6.10.
 * DEFINE_PROTO_OPS_ACCEPT() makes the static function NAME for struct proto_ops of
 * FN, which has those of today.
 */
#ifdef SOCKMODS_HAVE_PROTO_ACCEPT_ARG
#define DEFINE_PROTO_OPS_ACCEPT(name, fn)				\
static int name(struct socket *sock, struct socket *newsock,		\
		struct proto_accept_arg *arg)				\
{									\
	return fn(sock, newsock, arg);					\
}
#else
struct proto_accept_arg {
	int flags;
	int err;
	bool kern;
};

#define DEFINE_PROTO_OPS_ACCEPT(name, fn)				\
static int name(struct socket *sock, struct socket *newsock, int flags,	\
		bool kern)						\
{									\
	struct proto_accept_arg arg = { .flags = flags, .kern = kern };	\
									\
	return fn(sock, newsock, &arg);					\
}
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_NET_H */
