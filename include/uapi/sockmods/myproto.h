/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/**
 * DOC: af_myproto, local sockets that are addressed by a number
 *
 * A socket family for programs of one machine. A socket is bound to a channel, a
 * number of 32 bits, in its network namespace; others reach it there. Types are
 * SOCK_STREAM, SOCK_SEQPACKET and SOCK_DGRAM, the protocol is 0.
 *
 * The number of the family isn't the same on every machine. The module takes the
 * first that is free of::
 *
 *   the parameter family=N, MYPROTO_FAMILY_DEFAULT when it isn't given
 *   MYPROTO_FAMILY_FALLBACKS, in this order
 *
 * and shows it in MYPROTO_FAMILY_FILE, which is the place to learn it from. A program
 * to which that isn't shown, in a container for example, can try these numbers: a socket
 * of the family has the extended attribute "system.sockprotoname" with the value
 * "MYPROTO".
 *
 * An address has one of two forms, told apart by its length::
 *
 *   length  form
 *   ------  ------------------------------------------------------------
 *   8       struct sockaddr_myproto
 *   4       an int, the channel: no family
 *
 * What the kernel returns is always the first. bind(2) to MYPROTO_CHANNEL_ANY
 * takes the lowest channel that is free, from MYPROTO_CHANNEL_AUTO up.
 *
 * Errors that aren't those of AF_UNIX in the same place::
 *
 *   cause                                                     errno
 *   --------------------------------------------------------  -------------
 *   the length of an address is neither 4 nor 8, or its 16
 *   bits that must be 0 are not                               EINVAL
 *   the family in an address is another                       EAFNOSUPPORT
 *   bind: the channel is taken                                EADDRINUSE
 *   bind: no channel is free for MYPROTO_CHANNEL_ANY          EADDRNOTAVAIL
 *   bind: a channel below net.myproto.unprivileged_channel_start
 *   without CAP_NET_BIND_SERVICE                              EACCES
 *   bind: a limit of net.myproto is reached                   EDQUOT
 *   connect, sendto: no socket has the channel                ECONNREFUSED
 *   connect, sendto: one of another type has it               EPROTOTYPE
 *   a message of more than MYPROTO_MESSAGE_MAX bytes          EMSGSIZE
 *   SOCK_DGRAM: 1 GiB was sent and isn't read                 ENOBUFS
 *   SCM_RIGHTS                                                EINVAL
 *   MSG_OOB                                                   EOPNOTSUPP
 *
 * Options, at level SOL_MYPROTO::
 *
 *   MYPROTO_PASSCRED   int: SO_PASSCRED, which some kernels leave to AF_UNIX
 *
 * sock_diag(7) has the sockets of a network namespace: a request of
 * SOCK_DIAG_BY_FAMILY with NLM_F_DUMP and struct myproto_diag_req is answered by
 * one struct myproto_diag_msg for each socket that it asks for.
 */
#ifndef _UAPI_SOCKMODS_MYPROTO_H
#define _UAPI_SOCKMODS_MYPROTO_H

#include <linux/socket.h>
#include <linux/types.h>

#define MYPROTO_FAMILY_DEFAULT		45
/* The numbers to try after it: what an array is initialized with. */
#define MYPROTO_FAMILY_FALLBACKS	{ 19, 22, 25, 27, 13 }
#define MYPROTO_FAMILY_FILE		"/sys/module/af_myproto/parameters/family"

/* bind(2): any channel. Returned by the kernel: none. */
#define MYPROTO_CHANNEL_ANY		(~0U)
/* The first channel that MYPROTO_CHANNEL_ANY may mean. */
#define MYPROTO_CHANNEL_AUTO		1024U

/* The longest message of SOCK_SEQPACKET and SOCK_DGRAM; SO_SNDBUF may say less. */
#define MYPROTO_MESSAGE_MAX		(512 * 1024)

/* For getsockopt(2) and setsockopt(2). */
#define SOL_MYPROTO			0x4d50
#define MYPROTO_PASSCRED		1

/**
 * struct sockaddr_myproto - an address
 * @smp_family: the number of the family
 * @smp_zero: must be 0
 * @smp_channel: the channel, in the byte order of the machine
 */
struct sockaddr_myproto {
	__kernel_sa_family_t	smp_family;
	__u16			smp_zero;
	__u32			smp_channel;
};

/* Bits of myproto_diag_msg.flags. */
#define MYPROTO_DIAG_BOUND	1	/* the channel is the socket's own */
#define MYPROTO_DIAG_PEER	2	/* it has a peer */
#define MYPROTO_DIAG_PENDING	4	/* it waits for accept(2) */

/**
 * struct myproto_diag_req - which sockets are wanted
 * @sdiag_family: the number of the family
 * @sdiag_protocol: must be 0
 * @types: bits 1 << SOCK_STREAM and so on, or 0: all types
 * @states: bits 1 << TCP_ESTABLISHED, TCP_CLOSE, TCP_LISTEN, or 0: all states
 * @ino: inode of the one that is wanted, or 0
 * @reserved: must be 0
 */
struct myproto_diag_req {
	__u8	sdiag_family;
	__u8	sdiag_protocol;
	__u16	types;
	__u32	states;
	__u32	ino;
	__u32	reserved;
};

/**
 * struct myproto_diag_msg - a socket
 * @family: the number of the family
 * @type: SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM
 * @state: TCP_ESTABLISHED (it has a peer), TCP_LISTEN, or TCP_CLOSE
 * @shutdown: 1: won't receive, 2: won't send
 * @flags: MYPROTO_DIAG_*
 * @channel: its channel, or that of the listener it came from, or
 *	MYPROTO_CHANNEL_ANY
 * @peer_channel: the peer's, likewise
 * @ino: its inode; 0 if no program has it
 * @peer_ino: the peer's, likewise
 * @uid: its owner, as the reader's user namespace sees it
 * @rqueue: bytes that wait to be read; of a listening socket connections that
 *	wait for accept(2)
 * @wqueue: bytes sent that wait to be read; of a listening socket the backlog
 * @rmem: memory that what waits to be read takes
 * @rcvbuf: SO_RCVBUF
 * @sndbuf: SO_SNDBUF
 * @cookie: what tells it from every other socket, as SO_COOKIE
 * @greeted: bytes written to the kernel, where the parameter greeting is set
 */
struct myproto_diag_msg {
	__u8	family;
	__u8	type;
	__u8	state;
	__u8	shutdown;
	__u32	flags;
	__u32	channel;
	__u32	peer_channel;
	__u32	ino;
	__u32	peer_ino;
	__u32	uid;
	__u32	rqueue;
	__u32	wqueue;
	__u32	rmem;
	__u32	rcvbuf;
	__u32	sndbuf;
	__u32	cookie[2];
	__aligned_u64	greeted;
};

#endif /* _UAPI_SOCKMODS_MYPROTO_H */
