/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SOCKMODS_COMPAT_NET_SOCK_H
#define _SOCKMODS_COMPAT_NET_SOCK_H

#include_next <net/sock.h>
#include <linux/net.h>
#include <linux/socket.h>

/*
 * struct proto.recvmsg has lost two arguments: noblock, which is MSG_DONTWAIT
 * (Linux 5.10 has it), and addr_len, which is msg_namelen (6.12 has it). A
 * function for it has the arguments sk, msg, len and PROTO_RECVMSG_REST, finds
 * its flags in PROTO_RECVMSG_FLAGS, and ends with proto_recvmsg_end().
 * proto_recvmsg() calls one.
 */
#if defined(SOCKMODS_HAVE_PROTO_RECVMSG_NOBLOCK)
#define PROTO_RECVMSG_REST	int noblock, int flags, int *addr_len
#define PROTO_RECVMSG_FLAGS	(flags | (noblock ? MSG_DONTWAIT : 0))
#define proto_recvmsg_end(msg)	(*addr_len = (msg)->msg_namelen)
#elif defined(SOCKMODS_HAVE_PROTO_RECVMSG_ADDR_LEN)
#define PROTO_RECVMSG_REST	int flags, int *addr_len
#define PROTO_RECVMSG_FLAGS	flags
#define proto_recvmsg_end(msg)	(*addr_len = (msg)->msg_namelen)
#else
#define PROTO_RECVMSG_REST	int flags
#define PROTO_RECVMSG_FLAGS	flags
#define proto_recvmsg_end(msg)	((void)(msg))
#endif

static inline int proto_recvmsg(const struct proto *prot, struct sock *sk,
				struct msghdr *msg, size_t len, int flags)
{
#if defined(SOCKMODS_HAVE_PROTO_RECVMSG_NOBLOCK)
	int addr_len = 0;
	int ret = prot->recvmsg(sk, msg, len, flags & MSG_DONTWAIT,
				flags & ~MSG_DONTWAIT, &addr_len);

	msg->msg_namelen = addr_len;
	return ret;
#elif defined(SOCKMODS_HAVE_PROTO_RECVMSG_ADDR_LEN)
	int addr_len = 0;
	int ret = prot->recvmsg(sk, msg, len, flags, &addr_len);

	msg->msg_namelen = addr_len;
	return ret;
#else
	return prot->recvmsg(sk, msg, len, flags);
#endif
}

/* Leaves a copy of TCP's struct proto no way past its sendmsg and recvmsg. */
static inline void sockmods_proto_copy_only(struct proto *prot)
{
#ifdef SOCKMODS_HAVE_SENDPAGE
	prot->sendpage = NULL;
#endif
#if defined(SOCKMODS_HAVE_PSOCK_UPDATE_SK_PROT) && defined(CONFIG_BPF_SYSCALL)
	prot->psock_update_sk_prot = NULL;
#endif
}

/*
 * Linux 5.10 doesn't export what this calls. Letting go of the socket does the
 * same, and lets others in between: as TCP's own recvmsg did it then.
 */
#ifndef SOCKMODS_HAVE_SK_FLUSH_BACKLOG
static inline bool sockmods_flush_backlog(struct sock *sk)
{
	if (likely(!READ_ONCE(sk->sk_backlog.tail)))
		return false;
	release_sock(sk);
	lock_sock(sk);
	return true;
}

#define sk_flush_backlog(sk)	sockmods_flush_backlog(sk)
#endif

/* SO_PASSCRED: a flag of the file's half of a socket, since Linux 6.16 of the other. */
#ifdef SOCKMODS_HAVE_SOCK_PASSCRED
static inline bool sockmods_passcred(const struct sock *sk)
{
	return test_bit(SOCK_PASSCRED, &sk->sk_socket->flags);
}

static inline void sockmods_set_passcred(struct sock *sk, bool on)
{
	assign_bit(SOCK_PASSCRED, &sk->sk_socket->flags, on);
}
#else
static inline bool sockmods_passcred(const struct sock *sk)
{
	return sk->sk_scm_credentials;
}

static inline void sockmods_set_passcred(struct sock *sk, bool on)
{
	sk->sk_scm_credentials = on;
}
#endif

/* Who made the socket. Linux 6.16 has sk_uid(), and no sock_i_uid() any more. */
#ifdef SOCKMODS_HAVE_SK_UID
#define sockmods_sk_uid(sk)	sk_uid(sk)
#else
#define sockmods_sk_uid(sk)	sock_i_uid(sk)
#endif

#endif /* _SOCKMODS_COMPAT_NET_SOCK_H */
