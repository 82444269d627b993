/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_NET_TSTAMP_H
#define _SOCKMODS_COMPAT_LINUX_NET_TSTAMP_H

#include_next <linux/net_tstamp.h>

/* Without it (Linux 5.10, 6.1) every time stamp there is gets reported. */
#ifndef SOCKMODS_HAVE_SOF_OPT_RX_FILTER
#define SOF_TIMESTAMPING_OPT_RX_FILTER	0
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_NET_TSTAMP_H */
