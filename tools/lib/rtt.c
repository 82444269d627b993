// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "rtt.h"

void rtt_add(struct rtt *rtt, uint64_t ns)
{
	double before = (double)ns - rtt->mean;

	if (!rtt->count || ns < rtt->min)
		rtt->min = ns;
	if (ns > rtt->max)
		rtt->max = ns;
	rtt->count++;
	rtt->mean += before / (double)rtt->count;
	rtt->m2 += before * ((double)ns - rtt->mean);
}

double rtt_mdev(const struct rtt *rtt)
{
	return rtt->count ? sqrt(rtt->m2 / (double)rtt->count) : 0;
}
