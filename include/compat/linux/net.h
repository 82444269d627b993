/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_NET_H
#define _SOCKMODS_COMPAT_LINUX_NET_H

#include_next <linux/net.h>

/* Leaves a copy of TCP's struct proto_ops no way past sendmsg and recvmsg. */
static inline void sockmods_ops_copy_only(struct proto_ops *ops)
{
#ifdef SOCKMODS_HAVE_SENDPAGE
	ops->sendpage = NULL;
	ops->sendpage_locked = NULL;
#endif
#ifdef SOCKMODS_HAVE_READ_SKB
	ops->read_skb = NULL;
#endif
}

#endif /* _SOCKMODS_COMPAT_LINUX_NET_H */
