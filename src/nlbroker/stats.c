// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a broker. Each CPU writes its own, so that two publishers on two
 * CPUs share no cache line; a reader adds them up.
 */
#include "stats.h"

/**
 * nlb_count_publish() - count what became of messages
 * @nn: the broker
 * @num: how many
 * @bytes: of their payloads
 * @delivered: subscribers that got them, added up
 * @lost: subscribers that lost them
 * @held: subscribers that had no room and are to be tried again
 *
 * Context: process context.
 */
void nlb_count_publish(struct nlb_net *nn, u32 num, u32 bytes, u32 delivered,
		       u32 lost, u32 held)
{
	struct nlb_stats *stats = get_cpu_ptr(nn->stats);

	u64_stats_update_begin(&stats->syncp);
	__nlb_count(stats, NLBROKER_A_STAT_PUBLISHES, num);
	__nlb_count(stats, NLBROKER_A_STAT_PUBLISH_BYTES, bytes);
	__nlb_count(stats, NLBROKER_A_STAT_DELIVERIES, delivered);
	if (unlikely(lost))
		__nlb_count(stats, NLBROKER_A_STAT_LOST, lost);
	if (unlikely(held))
		__nlb_count(stats, NLBROKER_A_STAT_HELD, held);
	u64_stats_update_end(&stats->syncp);
	put_cpu_ptr(stats);
}

/**
 * nlb_stats_sum() - add the counters up
 * @nn: the broker
 * @sum: zeros, to which they are added
 *
 * Context: any.
 */
void nlb_stats_sum(struct nlb_net *nn, u64 sum[NLB_STAT_NUM])
{
	u64 count[NLB_STAT_NUM];
	unsigned int start, i;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct nlb_stats *stats = per_cpu_ptr(nn->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			for (i = 0; i < NLB_STAT_NUM; i++)
				count[i] = u64_stats_read(&stats->count[i]);
		} while (u64_stats_fetch_retry(&stats->syncp, start));

		for (i = 0; i < NLB_STAT_NUM; i++)
			sum[i] += count[i];
	}
}
