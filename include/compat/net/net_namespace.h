/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_NET_NET_NAMESPACE_H
#define _SOCKMODS_COMPAT_NET_NET_NAMESPACE_H

#include_next <net/net_namespace.h>

/* Linux 5.10 and 6.1 know the end of a table by an empty entry behind it. */
#ifndef SOCKMODS_HAVE_REGISTER_NET_SYSCTL_SZ
static inline struct ctl_table_header *
sockmods_register_net_sysctl(struct net *net, const char *path, void *table,
			     size_t size)
{
	return register_net_sysctl(net, path, table);
}

#define register_net_sysctl_sz	sockmods_register_net_sysctl
#endif

#endif /* _SOCKMODS_COMPAT_NET_NET_NAMESPACE_H */
