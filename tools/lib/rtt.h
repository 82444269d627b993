/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Round trip times and their statistics, as ping(8) gives them. */
#ifndef SOCKMODS_RTT_H
#define SOCKMODS_RTT_H

#include <stdint.h>
#include <time.h>

/**
 * struct rtt - statistics of round trips, all in nanoseconds
 * @count: round trips so far; zero-initialise the struct to begin
 * @min: shortest
 * @max: longest
 * @mean: arithmetic mean
 * @m2: sum of the squared distances from @mean (Welford: a plain sum of squares
 *	loses all digits when the times are nearly equal)
 */
struct rtt {
	uint64_t count;
	uint64_t min;
	uint64_t max;
	double mean;
	double m2;
};

/**
 * rtt_add() - count one round trip
 * @rtt: the statistics
 * @ns: how long it took
 */
void rtt_add(struct rtt *rtt, uint64_t ns);

/**
 * rtt_mdev() - how much the times differ
 * @rtt: the statistics
 *
 * Return: the population standard deviation in ns, ping's "mdev"; 0 for none.
 */
double rtt_mdev(const struct rtt *rtt);

/**
 * rtt_now() - the clock that round trips are measured with
 *
 * Return: CLOCK_MONOTONIC in nanoseconds.
 */
static inline uint64_t rtt_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

#endif
