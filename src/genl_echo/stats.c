// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a network namespace. Each CPU writes its own, so that two clients
 * on two CPUs share no cache line; a reader adds them up.
 */
#include <linux/netdevice.h>
#include <net/netlink.h>

#include "genl_echo.h"
#include "stats.h"

unsigned int genl_echo_net_id __ro_after_init;

/**
 * genl_echo_stats_net_init() - give a new network namespace its counters
 * @net: the namespace
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int __net_init genl_echo_stats_net_init(struct net *net)
{
	struct genl_echo_net *gn = genl_echo_net(net);

	gn->stats = netdev_alloc_pcpu_stats(struct genl_echo_stats);
	return gn->stats ? 0 : -ENOMEM;
}

/**
 * genl_echo_stats_net_exit() - free the counters of a network namespace
 * @net: the namespace; no socket of it is left, so no handler runs in it
 *
 * Context: process context, may sleep.
 */
void __net_exit genl_echo_stats_net_exit(struct net *net)
{
	free_percpu(genl_echo_net(net)->stats);
}

static void genl_echo_stats_sum(const struct net *net,
				u64 sum[GENL_ECHO_STAT_NUM])
{
	struct genl_echo_net *gn = genl_echo_net(net);
	u64 count[GENL_ECHO_STAT_NUM];
	unsigned int start, i;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct genl_echo_stats *stats = per_cpu_ptr(gn->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			for (i = 0; i < GENL_ECHO_STAT_NUM; i++)
				count[i] = u64_stats_read(&stats->count[i]);
		} while (u64_stats_fetch_retry(&stats->syncp, start));

		for (i = 0; i < GENL_ECHO_STAT_NUM; i++)
			sum[i] += count[i];
	}
}

/**
 * genl_echo_reply() - send a reply to whoever asked
 * @skb: the reply; consumed
 * @info: the request
 *
 * Never waits: a reader whose queue is full loses the reply, which is counted
 * (STAT_OVERRUNS), and reads ENOBUFS.
 *
 * Context: process context.
 * Return: 0; -EAGAIN when the reader's queue is full; -ECONNREFUSED when the
 * socket was closed meanwhile.
 */
int genl_echo_reply(struct sk_buff *skb, struct genl_info *info)
{
	int err = genlmsg_reply(skb, info);

	if (unlikely(err)) {
		if (err == -EAGAIN)
			genl_echo_count(genl_info_net(info),
					GENL_ECHO_A_STAT_OVERRUNS, 1);
		NL_SET_ERR_MSG(info->extack, "the reply could not be delivered");
	}
	return err;
}

/**
 * genl_echo_stats_doit() - handle GET_STATS
 * @skb: the request
 * @info: the request, parsed
 *
 * Context: process context, may sleep for memory only.
 * Return: 0; -ENOMEM, or an error of genl_echo_reply().
 */
int genl_echo_stats_doit(struct sk_buff *skb, struct genl_info *info)
{
	u64 sum[GENL_ECHO_STAT_NUM] = {};
	struct sk_buff *reply;
	unsigned int i;
	void *hdr;

	genl_echo_stats_sum(genl_info_net(info), sum);

	reply = genlmsg_new(GENL_ECHO_STAT_NUM * nla_total_size_64bit(sizeof(u64)),
			    GFP_KERNEL);
	if (!reply)
		goto err_nomem;

	hdr = genlmsg_put_reply(reply, info, &genl_echo_family, 0,
				GENL_ECHO_CMD_GET_STATS);
	if (WARN_ON_ONCE(!hdr))
		goto err_free;

	for (i = 0; i < GENL_ECHO_STAT_NUM; i++)
		if (WARN_ON_ONCE(nla_put_u64_64bit(reply,
						   GENL_ECHO_STAT_FIRST + i,
						   sum[i], GENL_ECHO_A_PAD)))
			goto err_free;

	genlmsg_end(reply, hdr);
	return genl_echo_reply(reply, info);

err_free:
	nlmsg_free(reply);
err_nomem:
	NL_SET_ERR_MSG(info->extack, "no memory for the reply");
	return -ENOMEM;
}
