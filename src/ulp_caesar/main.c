// SPDX-License-Identifier: GPL-2.0-only
/* ulp_caesar: registration under its two names, and its undoing. */
#include <linux/module.h>
#include <net/tcp.h>
#include <sockmods/version.h>

#include "ulp_caesar.h"

static int caesar_init_ulp(struct sock *sk);
static int caesar_init_ulp_old(struct sock *sk);

static struct tcp_ulp_ops caesar_ulp __read_mostly = {
	.name		= CAESAR_ULP_NAME,
	.owner		= THIS_MODULE,
	.init		= caesar_init_ulp,
	.clone		= caesar_clone,
	.release	= caesar_release,
};

static struct tcp_ulp_ops caesar_ulp_old __read_mostly = {
	.name		= CAESAR_ULP_NAME_OLD,
	.owner		= THIS_MODULE,
	.init		= caesar_init_ulp_old,
	.clone		= caesar_clone,
	.release	= caesar_release,
};

static int caesar_init_ulp(struct sock *sk)
{
	return caesar_attach(sk, &caesar_ulp);
}

static int caesar_init_ulp_old(struct sock *sk)
{
	return caesar_attach(sk, &caesar_ulp_old);
}

/* EEXIST would mean to modprobe that this module is there already. */
static int __init caesar_register(struct tcp_ulp_ops *ulp)
{
	int err = tcp_register_ulp(ulp);

	return err == -EEXIST ? -EBUSY : err;
}

static int __init caesar_init(void)
{
	int err;

	err = caesar_buffers_init();
	if (err)
		return err;
	caesar_build_protos();

	err = caesar_register(&caesar_ulp);
	if (err)
		goto err_buffers;

	err = caesar_register(&caesar_ulp_old);
	if (err)
		goto err_ulp;
	return 0;

err_ulp:
	tcp_unregister_ulp(&caesar_ulp);
err_buffers:
	caesar_buffers_exit();
	return err;
}

/* Whatever socket still refers to the module holds it: none does. */
static void __exit caesar_exit(void)
{
	tcp_unregister_ulp(&caesar_ulp_old);
	tcp_unregister_ulp(&caesar_ulp);
	caesar_buffers_exit();
}

module_init(caesar_init);
module_exit(caesar_exit);

MODULE_DESCRIPTION("TCP upper-layer protocol that shifts every byte by a key");
MODULE_AUTHOR("The sockmods authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(SOCKMODS_VERSION);
MODULE_ALIAS_TCP_ULP(CAESAR_ULP_NAME);
/* CAESAR_ULP_NAME_OLD. An alias can't have its space, but be a pattern. */
MODULE_ALIAS_TCP_ULP("Caesar?cipher");
