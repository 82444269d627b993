/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NLBROKER_STATS_H
#define _NLBROKER_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "nlbroker.h"

/* The counters are the attributes of this range, in their order. */
#define NLB_STAT_FIRST	NLBROKER_A_STAT_PUBLISHES
#define NLB_STAT_NUM	(NLBROKER_A_STAT_REFUSED - NLB_STAT_FIRST + 1)

/**
 * struct nlb_stats - one CPU's counters of one broker
 * @count: indexed by NLBROKER_A_STAT_* less NLB_STAT_FIRST
 * @syncp: lets a 32-bit reader see whole values
 */
struct nlb_stats {
	u64_stats_t		count[NLB_STAT_NUM];
	struct u64_stats_sync	syncp;
};

static inline void __nlb_count(struct nlb_stats *stats, enum nlbroker_attr stat,
			       unsigned long n)
{
	u64_stats_add(&stats->count[stat - NLB_STAT_FIRST], n);
}

/**
 * nlb_count() - add to a counter
 * @nn: the broker
 * @stat: NLBROKER_A_STAT_*
 * @n: how many
 *
 * Context: process context.
 */
static inline void nlb_count(struct nlb_net *nn, enum nlbroker_attr stat,
			     unsigned long n)
{
	struct nlb_stats *stats = get_cpu_ptr(nn->stats);

	u64_stats_update_begin(&stats->syncp);
	__nlb_count(stats, stat, n);
	u64_stats_update_end(&stats->syncp);
	put_cpu_ptr(stats);
}

/**
 * nlb_count_result() - count a request that failed
 * @nn: the broker
 * @err: its result
 *
 * Return: @err.
 */
static inline int nlb_count_result(struct nlb_net *nn, int err)
{
	if (unlikely(err))
		nlb_count(nn, NLBROKER_A_STAT_REFUSED, 1);
	return err;
}

void nlb_count_publish(struct nlb_net *nn, u32 num, u32 bytes, u32 delivered,
		       u32 lost, u32 held);
void nlb_stats_sum(struct nlb_net *nn, u64 sum[NLB_STAT_NUM]);

#endif /* _NLBROKER_STATS_H */
