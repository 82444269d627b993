/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_NET_NETLINK_H
#define _SOCKMODS_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>

/* A policy's range wasn't const in 5.10 and 6.1, though only ever read. */
#ifndef SOCKMODS_HAVE_NLA_RANGE_CONST
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {				\
	.type = NLA_ENSURE_UINT_OR_BINARY_TYPE(tp),			\
	.validation_type = NLA_VALIDATE_RANGE_PTR,			\
	.range = (struct netlink_range_validation *)(_range),		\
}
#endif

#endif /* _SOCKMODS_COMPAT_NET_NETLINK_H */
