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

#endif /* _SOCKMODS_COMPAT_LINUX_NET_H */
