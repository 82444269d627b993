/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_SLAB_H
#define _SOCKMODS_COMPAT_LINUX_SLAB_H

#include_next <linux/slab.h>

/* In Linux 5.10 and 6.1 the size is the caller's to write; and the flags. */
#ifndef SOCKMODS_HAVE_KZALLOC_OBJ
#define kmalloc_obj(obj, gfp)	kmalloc(sizeof(obj), gfp)
#define kzalloc_obj(obj, gfp)	kzalloc(sizeof(obj), gfp)
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_SLAB_H */
