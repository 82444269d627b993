// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options. SOL_SOCKET is the kernel's own, but for SO_PASSCRED: newer kernels
 * refuse that to every family that they don't know, and let a family that handles
 * SOL_SOCKET itself (SOCK_CUSTOM_SOCKOPT) do better. Reading it back can't be
 * helped: MYPROTO_PASSCRED says the same at a level of its own.
 */
#include <linux/sockptr.h>
#include <linux/uaccess.h>

#include "af_myproto.h"

static int myproto_set_passcred(struct sock *sk, sockptr_t value, unsigned int len)
{
	int on;

	if (len < sizeof(on))
		return -EINVAL;
	if (copy_from_sockptr(&on, value, sizeof(on)))
		return -EFAULT;
	lock_sock(sk);
	sockmods_set_passcred(sk, on);
	release_sock(sk);
	return 0;
}

/**
 * myproto_setsockopt() - setsockopt(2)
 * @sock: the socket
 * @level: SOL_SOCKET or SOL_MYPROTO
 * @name: which
 * @value: the value
 * @len: its length
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOPROTOOPT, -EINVAL, -EFAULT, or an error of SOL_SOCKET.
 */
int myproto_setsockopt(struct socket *sock, int level, int name, sockptr_t value,
		       unsigned int len)
{
	if (level == SOL_SOCKET && name != SO_PASSCRED)
		return sock_setsockopt(sock, level, name, value, len);
	if (level == SOL_SOCKET || (level == SOL_MYPROTO && name == MYPROTO_PASSCRED))
		return myproto_set_passcred(sock->sk, value, len);
	return -ENOPROTOOPT;
}

/**
 * myproto_getsockopt() - getsockopt(2) at a level that isn't SOL_SOCKET
 * @sock: the socket
 * @level: SOL_MYPROTO
 * @name: which
 * @value: where the value goes
 * @len: room for it, then its length
 *
 * Context: process context.
 * Return: 0; -ENOPROTOOPT, -EINVAL or -EFAULT.
 */
int myproto_getsockopt(struct socket *sock, int level, int name,
		       char __user *value, int __user *len)
{
	int room, on;

	if (level != SOL_MYPROTO || name != MYPROTO_PASSCRED)
		return -ENOPROTOOPT;
	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	room = min_t(int, room, sizeof(on));
	on = sockmods_passcred(sock->sk);
	if (put_user(room, len) || copy_to_user(value, &on, room))
		return -EFAULT;
	return 0;
}

/**
 * myproto_set_peek_off() - SO_PEEK_OFF
 * @sk: the socket
 * @val: from where MSG_PEEK reads, or -1: from the front, always
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINTR.
 */
int myproto_set_peek_off(struct sock *sk, int val)
{
	/*
	 * Not in the middle of a read, which would move it. That may take long,
	 * where its memory comes from another program.
	 */
	if (mutex_lock_interruptible(&myproto_sk(sk)->reader))
		return -EINTR;
	WRITE_ONCE(sk->sk_peek_off, val);
	mutex_unlock(&myproto_sk(sk)->reader);
	return 0;
}

/**
 * myproto_set_rcvlowat() - SO_RCVLOWAT
 * @sk: the socket
 * @val: so many bytes make a stream readable; 0 is 1
 *
 * Context: process context.
 * Return: 0.
 */
int myproto_set_rcvlowat(struct sock *sk, int val)
{
	u32 lowat = val ?: 1;
	bool tell;

	/* A writer looks at it under this lock: one of the two tells the reader. */
	spin_lock(&sk->sk_receive_queue.lock);
	tell = myproto_sk(sk)->inq >= lowat &&
	       myproto_sk(sk)->inq < (u32)sk->sk_rcvlowat;
	WRITE_ONCE(sk->sk_rcvlowat, lowat);
	spin_unlock(&sk->sk_receive_queue.lock);
	if (tell)
		sk->sk_data_ready(sk);
	return 0;
}
