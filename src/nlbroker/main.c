// SPDX-License-Identifier: GPL-2.0-only
/* nlbroker: registration, and its undoing. */
#include <linux/module.h>
#include <sockmods/version.h>

#include "nlbroker.h"

static struct pernet_operations nlb_net_ops = {
	.init	= nlb_net_init,
	.exit	= nlb_net_exit,
	.id	= &nlb_net_id,
	.size	= sizeof(struct nlb_net),
};

static int __init nlb_init(void)
{
	int err;

	if (nlb_raw_unit != -1 && (nlb_raw_unit < 1 || nlb_raw_unit >= MAX_LINKS))
		return -EINVAL;

	err = register_pernet_subsys(&nlb_net_ops);
	if (err)
		return err == -EADDRINUSE ? nlb_raw_refused() : err;
	err = netlink_register_notifier(&nlb_peer_notifier);
	if (err)
		goto err_pernet;
	err = genl_register_family(&nlb_family);
	if (err)
		goto err_notifier;
	return 0;

err_notifier:
	netlink_unregister_notifier(&nlb_peer_notifier);
err_pernet:
	unregister_pernet_subsys(&nlb_net_ops);
	/* EEXIST would mean to modprobe that the module is there already. */
	return err == -EEXIST ? -EBUSY : err;
}

/*
 * There is no peer left, as each holds the module; nor one to be taken away, as
 * it holds the module until it is.
 */
static void __exit nlb_exit(void)
{
	genl_unregister_family(&nlb_family);
	netlink_unregister_notifier(&nlb_peer_notifier);
	unregister_pernet_subsys(&nlb_net_ops);
}

module_init(nlb_init);
module_exit(nlb_exit);

MODULE_DESCRIPTION("Publish and subscribe through generic netlink");
MODULE_AUTHOR("The sockmods authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(SOCKMODS_VERSION);
MODULE_ALIAS_GENL_FAMILY(NLBROKER_GENL_NAME);
