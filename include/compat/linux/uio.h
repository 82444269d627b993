/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_UIO_H
#define _SOCKMODS_COMPAT_LINUX_UIO_H

#include_next <linux/uio.h>

/* Linux 5.10 calls them by what is done with a file. */
#ifndef ITER_SOURCE
#define ITER_SOURCE	WRITE
#define ITER_DEST	READ
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_UIO_H */
