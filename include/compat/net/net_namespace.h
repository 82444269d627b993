/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_NET_NET_NAMESPACE_H
#define _SOCKMODS_COMPAT_NET_NET_NAMESPACE_H

#include_next <net/net_namespace.h>

/* Linux 5.10 and 6.1 know the end of a table by an empty entry behind it. */
#ifndef SOCKMODS_HAVE_REGISTER_NET_SYSCTL_SZ
#define register_net_sysctl_sz(net, path, table, size)	\
	register_net_sysctl(net, path, table)
#endif

#endif /* _SOCKMODS_COMPAT_NET_NET_NAMESPACE_H */
