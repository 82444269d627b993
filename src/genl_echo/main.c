// SPDX-License-Identifier: GPL-2.0-only
/* genl_echo: the module parameter, registration, and their undoing. */
#include <linux/module.h>
#include <sockmods/version.h>

#include "genl_echo.h"
#include "stats.h"

static char *genl_echo_param_family = GENL_ECHO_GENL_NAME;
module_param_named(family, genl_echo_param_family, charp, 0444);
MODULE_PARM_DESC(family,
		 "name of the generic netlink family, 1 to 15 bytes (default "
		 GENL_ECHO_GENL_NAME ")");

static struct pernet_operations genl_echo_net_ops = {
	.init	= genl_echo_stats_net_init,
	.exit	= genl_echo_stats_net_exit,
	.id	= &genl_echo_net_id,
	.size	= sizeof(struct genl_echo_net),
};

static int __init genl_echo_init(void)
{
	int err;

	if (!*genl_echo_param_family)
		return -EINVAL;
	if (strscpy(genl_echo_family.name, genl_echo_param_family,
		    sizeof(genl_echo_family.name)) < 0)
		return -ENAMETOOLONG;

	err = register_pernet_subsys(&genl_echo_net_ops);
	if (err)
		return err;

	err = genl_register_family(&genl_echo_family);
	if (err)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_subsys(&genl_echo_net_ops);
	/*
	 * The name is taken. But EEXIST from an init function means to modprobe
	 * that the module is there already, which it calls a success: so say
	 * what Linux 7.2 makes of it by itself.
	 */
	return err == -EEXIST ? -EBUSY : err;
}

static void __exit genl_echo_exit(void)
{
	genl_unregister_family(&genl_echo_family);
	unregister_pernet_subsys(&genl_echo_net_ops);
}

module_init(genl_echo_init);
module_exit(genl_echo_exit);

MODULE_DESCRIPTION("Generic netlink family that echoes");
MODULE_AUTHOR("The sockmods authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(SOCKMODS_VERSION);
MODULE_ALIAS_GENL_FAMILY(GENL_ECHO_GENL_NAME);
