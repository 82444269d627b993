// SPDX-License-Identifier: GPL-2.0-only
/* The key, and the socket options that are refused. Others are TCP's. */
#include <linux/sockptr.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>

#include "ulp_caesar.h"

static int caesar_set_key(struct sock *sk, sockptr_t optval,
			  unsigned int optlen)
{
	struct caesar_key key;
	u32 both;

	switch (optlen) {
	case sizeof(both):
		if (copy_from_sockptr(&both, optval, sizeof(both)))
			return -EFAULT;
		key.tx = both;
		key.rx = both;
		break;
	case sizeof(key):
		if (copy_from_sockptr(&key, optval, sizeof(key)))
			return -EFAULT;
		break;
	default:
		return -EINVAL;
	}

	lock_sock(sk);
	caesar_set_keys(sk, key.tx, key.rx);
	release_sock(sk);
	return 0;
}

static int caesar_get_key(struct sock *sk, char __user *optval,
			  int __user *optlen)
{
	unsigned long keys = caesar_keys(sk);
	struct caesar_key key = {
		.tx = caesar_tx(keys),
		.rx = caesar_rx(keys),
	};
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)sizeof(key.tx))
		return -EINVAL;
	/* tx stands first. */
	len = len < (int)sizeof(key) ? sizeof(key.tx) : sizeof(key);
	if (copy_to_user(optval, &key, len) || put_user(len, optlen))
		return -EFAULT;
	return 0;
}

/**
 * caesar_setsockopt() - set an option of a socket with the protocol
 * @sk: the socket, not locked
 * @level: SOL_*
 * @optname: the option
 * @optval: its value
 * @optlen: size of that
 *
 * Context: process context, may sleep.
 * Return: 0; of TCP_CAESAR_KEY -EINVAL or -EFAULT; -EOPNOTSUPP of TCP_REPAIR: who
 * saves a connection by that makes it again without the protocol, and then reads
 * and sends what nobody has shifted; of others what TCP returns.
 */
int caesar_setsockopt(struct sock *sk, int level, int optname,
		      sockptr_t optval, unsigned int optlen)
{
	if (level == SOL_TCP && optname == TCP_CAESAR_KEY)
		return caesar_set_key(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_REPAIR)
		return -EOPNOTSUPP;
	return caesar_base(sk)->setsockopt(sk, level, optname, optval, optlen);
}

/**
 * caesar_getsockopt() - read an option of a socket with the protocol
 * @sk: the socket, not locked
 * @level: SOL_*
 * @optname: the option
 * @optval: where its value goes
 * @optlen: room there, and then how much was needed
 *
 * Context: process context, may sleep.
 * Return: 0; of TCP_CAESAR_KEY -EINVAL or -EFAULT; -EOPNOTSUPP of
 * TCP_ZEROCOPY_RECEIVE, which would map bytes as they came; of others what TCP
 * returns.
 */
int caesar_getsockopt(struct sock *sk, int level, int optname,
		      char __user *optval, int __user *optlen)
{
	if (level == SOL_TCP && optname == TCP_CAESAR_KEY)
		return caesar_get_key(sk, optval, optlen);
	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE)
		return -EOPNOTSUPP;
	return caesar_base(sk)->getsockopt(sk, level, optname, optval, optlen);
}
