/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_LINUX_SOCKET_H
#define _SOCKMODS_COMPAT_LINUX_SOCKET_H

#include_next <linux/socket.h>
#include <linux/ktime.h>

/* Flags that older kernels never pass. */
#ifndef MSG_SPLICE_PAGES
#define MSG_SPLICE_PAGES	0
#endif
#ifndef MSG_SOCK_DEVMEM
#define MSG_SOCK_DEVMEM		0
#endif

/* Whether the sender gives its pages away: io_uring, since Linux 6.0. */
static inline bool sockmods_msg_has_ubuf(const struct msghdr *msg)
{
#ifdef SOCKMODS_HAVE_MSG_UBUF
	return msg->msg_ubuf;
#else
	return false;
#endif
}

/* Whether the reader asks how much is left: io_uring, since Linux 5.19. */
static inline bool sockmods_msg_get_inq(const struct msghdr *msg)
{
#ifdef SOCKMODS_HAVE_MSG_INQ
	return msg->msg_get_inq;
#else
	return false;
#endif
}

static inline void sockmods_msg_set_inq(struct msghdr *msg, int inq)
{
#ifdef SOCKMODS_HAVE_MSG_INQ
	msg->msg_inq = inq;
#endif
}

/* A time as struct scm_timestamping_internal has it: before Linux 7 split. */
#ifdef SOCKMODS_HAVE_SCM_TIME_KTIME
#define sockmods_scm_time(kt)	(kt)
#else
#define sockmods_scm_time(kt)	ktime_to_timespec64(kt)
#endif

/* Addresses whose length isn't that of the struct have a type since Linux 6.19. */
#ifndef SOCKMODS_HAVE_SOCKADDR_UNSIZED
#define sockaddr_unsized	sockaddr
#endif

#endif /* _SOCKMODS_COMPAT_LINUX_SOCKET_H */
