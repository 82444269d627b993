// SPDX-License-Identifier: GPL-2.0-only
/* af_myproto: module parameters, the number of the family, registration. */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/sock_diag.h>
#include <net/sock.h>
#include <sockmods/version.h>

#include "af_myproto.h"

static const int myproto_fallbacks[] = MYPROTO_FAMILY_FALLBACKS;

/* The number wanted, then the number taken; negative: none. */
static int myproto_param_family = MYPROTO_FAMILY_DEFAULT;
static DECLARE_COMPLETION(myproto_settled);

static int myproto_family_set(const char *text, const struct kernel_param *kp)
{
	int family, err = kstrtoint(text, 0, &family);

	if (err)
		return err;
	if (family <= 0)
		return -EINVAL;
	myproto_param_family = family;
	return 0;
}

/*
 * The file is there before the number is known. Who reads it then, because
 * somebody else's socket(2) is loading the module, gets the answer a moment later.
 */
static int myproto_family_get(char *buffer, const struct kernel_param *kp)
{
	if (wait_for_completion_interruptible(&myproto_settled))
		return -EINTR;
	if (myproto_param_family < 0)
		return -ENODEV;
	return sysfs_emit(buffer, "%d\n", myproto_param_family);
}

static const struct kernel_param_ops myproto_family_param_ops = {
	.set = myproto_family_set,
	.get = myproto_family_get,
};

module_param_cb(family, &myproto_family_param_ops, NULL, 0444);
MODULE_PARM_DESC(family,
		 "number of the family (45); if it is taken, the first free of 19, 22, 25, 27, 13. The file shows which");

char *myproto_greeting;
module_param_named(greeting, myproto_greeting, charp, 0444);
MODULE_PARM_DESC(greeting, "what a stream socket without peer reads from the kernel (none)");

unsigned int myproto_max_channels = 65536;
module_param_named(max_channels, myproto_max_channels, uint, 0644);
MODULE_PARM_DESC(max_channels, "channels that a network namespace may have bound (65536)");

unsigned int myproto_max_channels_per_uid = 16384;
module_param_named(max_channels_per_uid, myproto_max_channels_per_uid, uint, 0644);
MODULE_PARM_DESC(max_channels_per_uid,
		 "channels that a user may have bound, in all namespaces (16384)");

struct net_proto_family myproto_family_ops = {
	.create	= myproto_create,
	.owner	= THIS_MODULE,
};

static struct pernet_operations myproto_net_ops = {
	.init	= myproto_net_init,
	.exit	= myproto_net_exit,
	.id	= &myproto_net_id,
	.size	= sizeof(struct myproto_net),
};

/*
 * Sockets can be made as soon as the family is registered, and then the module
 * stays: so that comes last, and everything that has to know the number before.
 */
static int myproto_register(int family)
{
	int err;

	if (family >= AF_MAX)
		return -ENOBUFS;
	myproto_family_ops.family = family;
	myproto_diag_handler.family = family;

	err = sock_diag_register(&myproto_diag_handler);
	if (err)
		return err;
	err = sock_register(&myproto_family_ops);
	if (err)
		sock_diag_unregister(&myproto_diag_handler);
	return err;
}

static int myproto_find_number(void)
{
	int wanted = myproto_param_family, err;
	unsigned int i;

	err = myproto_register(wanted);
	if (!err)
		return wanted;
	for (i = 0; i < ARRAY_SIZE(myproto_fallbacks); i++) {
		if (myproto_fallbacks[i] == wanted)
			continue;
		if (!myproto_register(myproto_fallbacks[i])) {
			pr_notice("family number %d is %s: using %d\n", wanted,
				  err == -ENOBUFS ? "out of range" : "taken",
				  myproto_fallbacks[i]);
			return myproto_fallbacks[i];
		}
	}
	pr_err("family number %d is %s, and so are 19, 22, 25, 27 and 13: none is free\n",
	       wanted, err == -ENOBUFS ? "out of range" : "taken");
	return -ENOSPC;
}

static int __init myproto_init(void)
{
	int err;

	err = register_pernet_subsys(&myproto_net_ops);
	if (err)
		goto err_settled;
	err = proto_register(&myproto_proto, 1);
	if (err)
		goto err_pernet;
	err = myproto_find_number();
	if (err < 0)
		goto err_proto;

	myproto_param_family = err;
	complete_all(&myproto_settled);
	return 0;

err_proto:
	proto_unregister(&myproto_proto);
err_pernet:
	unregister_pernet_subsys(&myproto_net_ops);
err_settled:
	myproto_param_family = -1;
	complete_all(&myproto_settled);
	return err;
}

static void __exit myproto_exit(void)
{
	sock_unregister(myproto_family());
	sock_diag_unregister(&myproto_diag_handler);
	proto_unregister(&myproto_proto);
	unregister_pernet_subsys(&myproto_net_ops);
}

module_init(myproto_init);
module_exit(myproto_exit);

MODULE_DESCRIPTION("Local sockets that are addressed by a number");
MODULE_AUTHOR("The sockmods authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(SOCKMODS_VERSION);

/* Of each number that the family may have, for socket(2) and for sock_diag. */
MODULE_ALIAS_NETPROTO(45);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 45);
MODULE_ALIAS_NETPROTO(19);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 19);
MODULE_ALIAS_NETPROTO(22);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 22);
MODULE_ALIAS_NETPROTO(25);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 25);
MODULE_ALIAS_NETPROTO(27);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 27);
MODULE_ALIAS_NETPROTO(13);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 13);
