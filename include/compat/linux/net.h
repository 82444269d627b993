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

/* What accept() in struct proto_ops takes behind the sockets, and its flags there. */
#ifdef SOCKMODS_HAVE_PROTO_ACCEPT_ARG
#define SOCKMODS_ACCEPT_ARGS	struct proto_accept_arg *arg
#define SOCKMODS_ACCEPT_FLAGS	(arg->flags)
#else
#define SOCKMODS_ACCEPT_ARGS	int flags, bool kern
#define SOCKMODS_ACCEPT_FLAGS	(flags)
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_NET_H */
