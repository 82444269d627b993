/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_NET_GENETLINK_H
#define _SOCKMODS_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

/* On Linux 5.10 and 6.1 the hooks pre_doit and post_doit take a struct genl_ops. */
#ifndef SOCKMODS_HAVE_GENL_PRE_DOIT_SPLIT
#define genl_split_ops	genl_ops
#endif

/*
 * On Linux 5.10 and 6.1 a dump has no struct genl_info. Of what it holds today, the
 * struct below has attrs: take the header from cb->nlh and the extack from
 * cb->extack, which work everywhere.
 */
#ifndef SOCKMODS_HAVE_GENL_INFO_DUMP
#define genl_info_dump(cb)	genl_dumpit_info(cb)
#endif

#endif /* _SOCKMODS_COMPAT_NET_GENETLINK_H */
