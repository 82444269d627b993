// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "mem.h"

const char *const lost_names[LOST_NUM] = {
	[LOST_SLOW] = "slow",	  [LOST_QUEUE] = "queue",
	[LOST_LINK] = "link",	  [LOST_REFUSED] = "refused",
	[LOST_TOPIC] = "topic",	  [LOST_SIZE] = "size",
	[LOST_MEMORY] = "memory", [LOST_SHUTDOWN] = "shutdown",
};

const char *const skipped_names[SKIPPED_NUM] = {
	[SKIPPED_LOOP] = "loop",
	[SKIPPED_HOPS] = "hops",
	[SKIPPED_OTHER] = "other",
};

const char *const state_names[STATE_NUM] = {
	[STATE_WAITING] = "waiting",
	[STATE_CONNECTING] = "connecting",
	[STATE_CONNECTED] = "connected",
	[STATE_ENDING] = "ending",
};

struct counters *counters_new(const char *name)
{
	struct counters *c = mem_zero(1, sizeof(*c));

	snprintf(c->name, sizeof(c->name), "%s", name);
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void counters_free(struct counters *counters)
{
	struct counters *next;

	for (; counters; counters = next) {
		next = counters->next;
		pthread_mutex_destroy(&counters->lock);
		free(counters);
	}
}

void counters_say(struct counters *counters, const char *address,
		  const char *error)
{
	pthread_mutex_lock(&counters->lock);
	if (address)
		snprintf(counters->address, sizeof(counters->address), "%s",
			 address);
	snprintf(counters->error, sizeof(counters->error), "%s", error);
	pthread_mutex_unlock(&counters->lock);
}

static uint64_t sum(const _Atomic uint64_t *counters, size_t num)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < num; i++)
		all += counted(&counters[i]);
	return all;
}

uint64_t counters_lost(const struct tally *tally)
{
	return sum(tally->lost, LOST_NUM);
}

uint64_t counters_skipped(const struct tally *tally)
{
	return sum(tally->skipped, SKIPPED_NUM);
}
