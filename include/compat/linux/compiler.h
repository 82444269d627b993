/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_COMPILER_H
#define _SOCKMODS_COMPAT_LINUX_COMPILER_H

#include_next <linux/compiler.h>

/* Variables that needn't be cleared on kernels that clear all of them. */
#ifndef __uninitialized
#define __uninitialized
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_COMPILER_H */
