/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_NETLINK_H
#define _SOCKMODS_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

/* NLMSGERR_ATTR_MISS_TYPE is new in Linux 6.1: before, only the text is sent. */
#ifndef SOCKMODS_HAVE_NL_SET_ERR_ATTR_MISS
#define NL_SET_ERR_ATTR_MISS(extack, nest, type) do {	\
	(void)(extack);					\
	(void)(nest);					\
	(void)(type);					\
} while (0)
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_NETLINK_H */
