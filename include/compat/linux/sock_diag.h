/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_SOCK_DIAG_H
#define _SOCKMODS_COMPAT_LINUX_SOCK_DIAG_H

#include_next <linux/sock_diag.h>

/*
 * Linux 5.10 calls the handler under a lock that sock_diag_unregister() takes, and
 * a dump that goes on afterwards is held by netlink_dump_start().
 */
#ifdef SOCKMODS_HAVE_SOCK_DIAG_OWNER
#define SOCKMODS_DIAG_OWNER	.owner = THIS_MODULE,
#else
#define SOCKMODS_DIAG_OWNER
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_SOCK_DIAG_H */
