/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genl_echo, a generic netlink family that echoes: what its files share.
 *
 *	main.c	module parameter, registration
 *	ops.c	the family: commands, policies, the check of the header
 *	echo.c	ECHO, do: the reply and the event
 *	dump.c	ECHO, dump
 *	fail.c	FAIL
 *	stats.c	counters of a network namespace, GET_STATS
 *
 * There is no lock. The handlers run in parallel (parallel_ops) and the only
 * thing they write is the counters, which are per CPU. genetlink keeps every
 * handler out while the family is registered or unregistered, and a dump that
 * is under way holds a reference to the module.
 */
#ifndef _GENL_ECHO_H
#define _GENL_ECHO_H

#include <linux/netlink.h>
#include <net/genetlink.h>
#include <sockmods/genl_echo.h>

/* Index into genl_echo_family.mcgrps. */
enum genl_echo_mcgrp {
	GENL_ECHO_GROUP_EVENTS,
};

/* ops.c */
extern struct genl_family genl_echo_family;

int genl_echo_check_header(struct net *net, const struct nlmsghdr *nlh,
			   struct netlink_ext_ack *extack);

/* echo.c */
int genl_echo_echo_doit(struct sk_buff *skb, struct genl_info *info);

/* dump.c */
int genl_echo_dump_start(struct netlink_callback *cb);
int genl_echo_dump_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* fail.c */
int genl_echo_fail_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _GENL_ECHO_H */
