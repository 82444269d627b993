/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GENL_ECHO_STATS_H
#define _GENL_ECHO_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <sockmods/genl_echo.h>

/* The counters are the attributes of this range, in their order. */
#define GENL_ECHO_STAT_FIRST	GENL_ECHO_A_STAT_ECHOES
#define GENL_ECHO_STAT_NUM	(GENL_ECHO_A_STAT_OVERRUNS - GENL_ECHO_STAT_FIRST + 1)

/**
 * struct genl_echo_stats - one CPU's counters of one network namespace
 * @count: indexed by GENL_ECHO_A_STAT_* less GENL_ECHO_STAT_FIRST
 * @syncp: lets a 32-bit reader see whole values
 */
struct genl_echo_stats {
	u64_stats_t		count[GENL_ECHO_STAT_NUM];
	struct u64_stats_sync	syncp;
};

/**
 * struct genl_echo_net - what genl_echo keeps for a network namespace
 * @stats: counters, per CPU; written with preemption off, in process context
 *	only
 */
struct genl_echo_net {
	struct genl_echo_stats __percpu	*stats;
};

extern unsigned int genl_echo_net_id;

static inline struct genl_echo_net *genl_echo_net(const struct net *net)
{
	return net_generic(net, genl_echo_net_id);
}

/**
 * genl_echo_count() - add to a counter
 * @net: the network namespace of the request
 * @stat: GENL_ECHO_A_STAT_*
 * @n: how many
 *
 * Context: process context.
 */
static inline void genl_echo_count(const struct net *net,
				   enum genl_echo_attr stat, unsigned long n)
{
	struct genl_echo_stats *stats = get_cpu_ptr(genl_echo_net(net)->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->count[stat - GENL_ECHO_STAT_FIRST], n);
	u64_stats_update_end(&stats->syncp);
	put_cpu_ptr(stats);
}

/**
 * genl_echo_count_echo() - count an echo that was delivered, and its bytes
 * @net: the network namespace of the request
 * @bytes: payload of MSG and DATA
 *
 * Context: process context.
 */
static inline void genl_echo_count_echo(const struct net *net,
					unsigned long bytes)
{
	struct genl_echo_stats *stats = get_cpu_ptr(genl_echo_net(net)->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->count[GENL_ECHO_A_STAT_ECHOES - GENL_ECHO_STAT_FIRST]);
	u64_stats_add(&stats->count[GENL_ECHO_A_STAT_ECHO_BYTES - GENL_ECHO_STAT_FIRST],
		      bytes);
	u64_stats_update_end(&stats->syncp);
	put_cpu_ptr(stats);
}

int genl_echo_reply(struct sk_buff *skb, struct genl_info *info);
int genl_echo_stats_doit(struct sk_buff *skb, struct genl_info *info);

int genl_echo_stats_net_init(struct net *net);
void genl_echo_stats_net_exit(struct net *net);

#endif /* _GENL_ECHO_STATS_H */
