// SPDX-License-Identifier: GPL-2.0-only
/* xt_CAESAR: the targets, one for each family, and their registration. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <sockmods/version.h>
#include <sockmods/xt_CAESAR.h>

#include "xt_CAESAR.h"

/* What comes of a packet whose payload was looked for with result @err. */
static unsigned int caesar_tg(struct sk_buff *skb,
			      const struct xt_caesar_info *info,
			      const struct caesar_payload *p, int err)
{
	u8 key = info->key;

	if (err == -ENOENT)
		return XT_CONTINUE;
	if (info->mode == XT_CAESAR_DECRYPT)
		key = -key;
	/* As it is, it would give away what should have been shifted. */
	if (err || caesar_shift_skb(skb, p, key))
		return NF_DROP;
	return XT_CONTINUE;
}

static unsigned int caesar_tg4(struct sk_buff *skb,
			       const struct xt_action_param *par)
{
	struct caesar_payload p;
	int err = caesar_locate4(skb, &p);

	return caesar_tg(skb, par->targinfo, &p, err);
}

static unsigned int caesar_tg6(struct sk_buff *skb,
			       const struct xt_action_param *par)
{
	struct caesar_payload p;
	int err = caesar_locate6(skb, &p);

	return caesar_tg(skb, par->targinfo, &p, err);
}

static int caesar_tg_check(const struct xt_tgchk_param *par)
{
	const struct xt_caesar_info *info = par->targinfo;

	if (info->mode != XT_CAESAR_ENCRYPT && info->mode != XT_CAESAR_DECRYPT)
		return -EINVAL;
	/* Whoever sets it means something that a later revision may know. */
	if (memchr_inv(info->reserved, 0, sizeof(info->reserved)))
		return -EINVAL;
	return 0;
}

static struct xt_target caesar_tg_reg[] __read_mostly = {
	{
		.name		= XT_CAESAR_NAME,
		.revision	= 0,
		.family		= NFPROTO_IPV4,
		.table		= "mangle",
		.proto		= IPPROTO_TCP,
		.target		= caesar_tg4,
		.targetsize	= sizeof(struct xt_caesar_info),
		.checkentry	= caesar_tg_check,
		.me		= THIS_MODULE,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.name		= XT_CAESAR_NAME,
		.revision	= 0,
		.family		= NFPROTO_IPV6,
		.table		= "mangle",
		.proto		= IPPROTO_TCP,
		.target		= caesar_tg6,
		.targetsize	= sizeof(struct xt_caesar_info),
		.checkentry	= caesar_tg_check,
		.me		= THIS_MODULE,
	},
#endif
};

static int __init caesar_tg_init(void)
{
	return xt_register_targets(caesar_tg_reg, ARRAY_SIZE(caesar_tg_reg));
}

static void __exit caesar_tg_exit(void)
{
	xt_unregister_targets(caesar_tg_reg, ARRAY_SIZE(caesar_tg_reg));
}

module_init(caesar_tg_init);
module_exit(caesar_tg_exit);

MODULE_DESCRIPTION("Xtables: shifts the bytes of TCP by a key");
MODULE_AUTHOR("The sockmods authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(SOCKMODS_VERSION);
MODULE_ALIAS("ipt_CAESAR");
MODULE_ALIAS("ip6t_CAESAR");
