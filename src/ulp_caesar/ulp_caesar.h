/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ulp_caesar, a TCP upper-layer protocol that shifts every byte by a key: what
 * its files share.
 *
 *	main.c		registration
 *	attach.c	how a socket gets the protocol, inherits it and loses it
 *	option.c	the key, and the socket options that are refused
 *	send.c		sendmsg
 *	receive.c	recvmsg
 *	peek.c		recvmsg with MSG_PEEK
 *	buffer.c	what data passes through
 *	ancillary.c	what recvmsg tells beside the data: when it came, how much is left
 *
 * There is no state but the two keys, which stand in icsk_ulp_data itself: a
 * listener's children get their own by the copy that TCP makes of its socket,
 * and there is nothing to share, to free or to run out of. They are written with
 * the socket locked; everyone else reads both in one load.
 */
#ifndef _ULP_CAESAR_H
#define _ULP_CAESAR_H

#include <linux/bits.h>
#include <linux/net.h>
#include <linux/types.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>
#include <sockmods/ulp_caesar.h>

/*
 * Set in icsk_ulp_data beside the keys: a pointer that is NULL says to other
 * code (sockmap in Linux 5.10) that the socket has no upper-layer protocol.
 */
#define CAESAR_ATTACHED	BIT(16)

/* Up to this a call needs no memory but its stack; it also does without more. */
#define CAESAR_SMALL	256

/* A buffer that stays in the first-level cache, beside what is copied. */
#define CAESAR_ROOM	(8 << 10)

/**
 * caesar_keys() - read a socket's keys
 * @sk: the socket
 *
 * Context: any; needs no lock.
 * Return: both keys, for caesar_tx() and caesar_rx().
 */
static inline unsigned long caesar_keys(const struct sock *sk)
{
	return (__force unsigned long)READ_ONCE(inet_csk(sk)->icsk_ulp_data);
}

/**
 * caesar_set_keys() - give a socket its keys
 * @sk: the socket, locked
 * @tx: added to each byte that is sent
 * @rx: subtracted from each byte that is read
 */
static inline void caesar_set_keys(struct sock *sk, u8 tx, u8 rx)
{
	WRITE_ONCE(inet_csk(sk)->icsk_ulp_data,
		   (__force void __rcu *)(CAESAR_ATTACHED | tx << 8 | rx));
}

static inline u8 caesar_tx(unsigned long keys)
{
	return keys >> 8;
}

static inline u8 caesar_rx(unsigned long keys)
{
	return keys;
}

/**
 * struct caesar_recv - a recvmsg() under way
 * @sk: the socket, locked
 * @msg: where the data goes
 * @left: bytes that are still wanted
 * @flags: MSG_*
 * @copied: bytes that went there, or were dropped with MSG_TRUNC
 * @stop: nothing more is to be read now, whatever there is
 * @fault: the reader's memory could not be written
 * @skip: the next byte is urgent, and not part of the stream
 * @passed: it was, and all that was wanted of its skb: TCP forgets it then
 * @stamped: @software and @hardware are those of the last bytes read
 * @buf: bytes on their way to the reader, no longer shifted
 * @room: size of @buf
 * @peek_seq: where peeking stands
 * @urg_hole: urgent bytes that peeking passed over
 * @software: when the last bytes came, or 0
 * @hardware: the same, by the network card's clock, or 0
 */
struct caesar_recv {
	struct sock	*sk;
	struct msghdr	*msg;
	size_t		left;
	int		flags;
	int		copied;
	bool		stop;
	bool		fault;
	bool		skip;
	bool		passed;
	bool		stamped;
	u8		*buf;
	size_t		room;
	u32		peek_seq;
	u32		urg_hole;
	ktime_t		software;
	ktime_t		hardware;
};

/* attach.c */
int caesar_attach(struct sock *sk, const struct tcp_ulp_ops *ulp);
void caesar_clone(const struct request_sock *req, struct sock *newsk,
		  const gfp_t priority);
void caesar_release(struct sock *sk);
struct proto *caesar_base(const struct sock *sk);
bool caesar_attached(const struct sock *sk);
void caesar_build_protos(void);

/* option.c */
int caesar_setsockopt(struct sock *sk, int level, int optname,
		      sockptr_t optval, unsigned int optlen);
int caesar_getsockopt(struct sock *sk, int level, int optname,
		      char __user *optval, int __user *optlen);

/* send.c */
int caesar_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int caesar_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);

/* receive.c */
int caesar_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags);
size_t caesar_recv_copy(struct caesar_recv *r, struct sk_buff *skb, u32 offset,
			size_t len);

/* peek.c */
void caesar_peek(struct caesar_recv *r);

/* buffer.c */
int caesar_buffers_init(void);
void caesar_buffers_exit(void);
u8 *caesar_get_buffer(u8 *small, size_t len, size_t *room, gfp_t gfp);
void caesar_put_buffer(u8 *buf, u8 *small);

/* ancillary.c */
void caesar_stamp(struct caesar_recv *r, struct sk_buff *skb);
void caesar_put_time(const struct caesar_recv *r);
void caesar_put_inq(struct sock *sk, struct msghdr *msg);

#endif /* _ULP_CAESAR_H */
