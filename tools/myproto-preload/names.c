// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "channel.h"
#include "names.h"

/**
 * struct place - a name
 * @seq: odd while somebody writes; nobody waits for that
 * @channel: whose
 * @len: of the address; 0 if there is none
 * @un: the address
 */
static struct place {
	unsigned int seq;
	uint32_t channel;
	socklen_t len;
	struct sockaddr_un un;
} places[NAMES_SETS][NAMES_WAYS];

/* Where a channel's name is, or is to be: its place, a free one, or somebody's. */
static struct place *place_of(uint32_t channel)
{
	struct place *set = places[channel % NAMES_SETS], *room = NULL, *p;

	for (p = set; p < set + NAMES_WAYS; p++) {
		if (p->len && p->channel == channel)
			return p;
		if (!p->len && !room)
			room = p;
	}
	return room ? room : &set[channel / NAMES_SETS % NAMES_WAYS];
}

void names_remember(uint32_t channel, const struct sockaddr_un *un,
		    socklen_t len, bool own)
{
	struct place *p = place_of(channel);
	unsigned int seq = __atomic_load_n(&p->seq, __ATOMIC_ACQUIRE);

	if (len > sizeof(p->un) || seq & 1)
		return;
	if (!own && p->len && p->channel == channel)
		return;
	if (!__atomic_compare_exchange_n(&p->seq, &seq, seq + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	/* Pairs with the fence in names_recall(). */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	p->channel = channel;
	p->len = len;
	memset(&p->un, 0, sizeof(p->un));
	memcpy(&p->un, un, len);
	__atomic_store_n(&p->seq, seq + 2, __ATOMIC_RELEASE);
}

socklen_t names_recall(uint32_t channel, struct sockaddr_un *un)
{
	const struct place *p = place_of(channel);
	unsigned int seq = __atomic_load_n(&p->seq, __ATOMIC_ACQUIRE);
	socklen_t len = 0;

	if (!(seq & 1) && p->channel == channel) {
		len = p->len;
		memcpy(un, &p->un, sizeof(*un));
	}
	/* Pairs with the one in names_remember(). */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!len || __atomic_load_n(&p->seq, __ATOMIC_RELAXED) != seq)
		return channel_name(channel, un);
	return len;
}
