// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending. Data is copied from its sender into a buffer, shifted there, and
 * given to TCP from there, which copies it again: nothing that anyone else may
 * read, be it the sender's pages or what TCP may have to send again, is written.
 *
 * A call is one tcp_sendmsg_locked() for each buffer full. To look like one call
 * on the wire and to its caller, all but the last have MSG_MORE, and from the
 * second on no error may be taken from the socket: it belongs to the next call.
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <net/tcp.h>
#include <sockmods/shift.h>

#include "ulp_caesar.h"

/* Parts after which packets that came meanwhile are looked at. */
#define CAESAR_SEND_FLUSH	32

/* What is between the kernel's parts of it, and no one else's business. */
#define CAESAR_SEND_INTERNAL	(MSG_ZEROCOPY | MSG_SPLICE_PAGES)

/**
 * struct caesar_send - a sendmsg() under way
 * @msg: what is to be sent
 * @timeo: how long it may still wait
 * @sent: bytes that TCP has
 */
struct caesar_send {
	struct msghdr	*msg;
	long		timeo;
	size_t		sent;
};

/* Whether TCP would take data now without waiting for the peer's answer. */
static bool caesar_connected(const struct sock *sk)
{
	return ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) ||
	       tcp_passive_fastopen(sk);
}

/* Whether TCP would end with an error, and take it from the socket. */
static bool caesar_broken(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN) ||
	       !caesar_connected(sk);
}

/*
 * Before TCP waits for room it sends what it has, MSG_MORE or not. It doesn't
 * know that there is more of this call when it has taken a part: so there must
 * be room for the next one too, or the part goes out at once.
 */
static bool caesar_room_for_more(const struct sock *sk, size_t len)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return sk_stream_wspace(sk) > (int)(4 * len) &&
	       tp->write_seq - tp->snd_nxt + 2 * len < tcp_notsent_lowat(tp);
}

/*
 * Time stamps are asked for by the call's last byte: this control message takes
 * back for the parts before it what the socket has set for all calls.
 */
static void caesar_no_stamp(struct msghdr *part, void *control)
{
	struct cmsghdr *cmsg = control;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SO_TIMESTAMPING_OLD;
	cmsg->cmsg_len = CMSG_LEN(sizeof(u32));
	memset(CMSG_DATA(cmsg), 0, sizeof(u32));
	part->msg_control = control;
	part->msg_controllen = CMSG_SPACE(sizeof(u32));
}

/*
 * Gives TCP bytes that are shifted already, all of them if it may wait for room.
 * Returns 0, or the error that ended it. s->sent says how many it took.
 */
static int caesar_send_part(struct sock *sk, struct caesar_send *s, u8 *buf,
			    size_t len)
{
	char control[CMSG_SPACE(sizeof(u32))] __aligned(sizeof(long));
	struct msghdr *msg = s->msg;
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	struct msghdr part = {
		.msg_flags = msg->msg_flags & ~CAESAR_SEND_INTERNAL,
	};
	int ret;

	if (!s->sent) {
		/* With MSG_FASTOPEN: where to connect to. */
		part.msg_name = msg->msg_name;
		part.msg_namelen = msg->msg_namelen;
	} else {
		part.msg_flags &= ~MSG_FASTOPEN;
	}
	if (msg_data_left(msg)) {
		part.msg_flags &= ~(MSG_EOR | MSG_OOB);
		if (caesar_room_for_more(sk, len))
			part.msg_flags |= MSG_MORE;
		if (msg->msg_controllen ||
		    (READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_TX_RECORD_MASK))
			caesar_no_stamp(&part, control);
	} else {
		part.msg_control = msg->msg_control;
		part.msg_controllen = msg->msg_controllen;
	}
	iov_iter_kvec(&part.msg_iter, ITER_SOURCE, &vec, 1, len);

	for (;;) {
		bool waits = !(part.msg_flags & MSG_FASTOPEN) &&
			     caesar_connected(sk);

		if (s->sent && caesar_broken(sk))
			return -EPIPE;
		/* TCP itself waits for a connection only. */
		if (waits)
			part.msg_flags |= MSG_DONTWAIT;
		ret = tcp_sendmsg_locked(sk, &part, msg_data_left(&part));
		if (ret > 0) {
			s->sent += ret;
			part.msg_flags &= ~MSG_FASTOPEN;
			if (!msg_data_left(&part))
				return 0;
			continue;
		}
		if (ret != -EAGAIN || !waits || !s->timeo)
			return ret;
		ret = sk_stream_wait_memory(sk, &s->timeo);
		if (ret)
			return s->sent ? ret : sk_stream_error(sk, msg->msg_flags,
							       ret);
	}
}

/* The parts of a call, one after the other through BUF. */
static int caesar_send_parts(struct sock *sk, struct caesar_send *s, u8 *buf,
			     size_t room)
{
	struct iov_iter *from = &s->msg->msg_iter;
	unsigned int parts = 0;
	size_t len, sent;
	int err;

	do {
		/* Where memory that can't be read begins, the call ends. */
		len = copy_from_iter(buf, min(room, iov_iter_count(from)), from);
		if (unlikely(!len))
			return -EFAULT;
		caesar_shift(buf, len, caesar_tx(caesar_keys(sk)));

		sent = s->sent;
		err = caesar_send_part(sk, s, buf, len);
		sent = s->sent - sent;
		if (unlikely(sent < len)) {
			iov_iter_revert(from, len - sent);
			return err;
		}
		if (++parts % CAESAR_SEND_FLUSH == 0)
			sk_flush_backlog(sk);
	} while (iov_iter_count(from));
	return 0;
}

/* TCP reads control messages with its first byte, not with its last. */
static int caesar_check_control(struct sock *sk, struct msghdr *msg)
{
	struct sockcm_cookie cookie = {};

	return msg->msg_controllen ? sock_cmsg_send(sk, msg, &cookie) : 0;
}

/**
 * caesar_sendmsg_locked() - send, shifted
 * @sk: a socket with the protocol, locked
 * @msg: what, and how
 * @size: bytes in @msg
 *
 * Context: process context, may sleep, and let go of the lock meanwhile.
 * Return: bytes sent; -EOPNOTSUPP of MSG_ZEROCOPY where TCP wouldn't ignore it;
 * -EFAULT; else what TCP returns.
 */
int caesar_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct caesar_send s = {
		.msg = msg,
		.timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT),
	};
	u8 small[CAESAR_SMALL];
	size_t room;
	u8 *buf;
	int err;

	if (unlikely(!size))
		return tcp_sendmsg_locked(sk, msg, size);
	if (unlikely(msg->msg_flags & MSG_ZEROCOPY) &&
	    (sock_flag(sk, SOCK_ZEROCOPY) || sockmods_msg_has_ubuf(msg)))
		return -EOPNOTSUPP;

	buf = caesar_get_buffer(small, size, &room, sk->sk_allocation);
	err = size > room ? caesar_check_control(sk, msg) : 0;
	if (!err)
		err = caesar_send_parts(sk, &s, buf, room);
	caesar_put_buffer(buf, small);
	return s.sent ? s.sent : err;
}

/**
 * caesar_sendmsg() - send, shifted
 * @sk: a socket with the protocol, not locked
 * @msg: what, and how
 * @size: bytes in @msg
 *
 * Context: process context, may sleep.
 * Return: as caesar_sendmsg_locked().
 */
int caesar_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	lock_sock(sk);
	ret = caesar_sendmsg_locked(sk, msg, size);
	release_sock(sk);
	return ret;
}
