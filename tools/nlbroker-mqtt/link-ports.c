// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink ports of this daemon's connections. */
#include "link-private.h"

/* A reload has old connections that end beside new ones. */
#define PORTS_MAX (2UL * CONFIG_CONNECTIONS_MAX)

static _Atomic uint32_t ports[PORTS_MAX];
static _Atomic unsigned int ports_used;

void link_port_set(struct link *link, uint32_t port)
{
	uint32_t none = 0;
	size_t i;

	if (link->port) {
		atomic_store(&ports[link->port - 1], 0);
		link->port = 0;
	}
	for (i = 0; port && i < PORTS_MAX; i++, none = 0) {
		if (!atomic_compare_exchange_strong(&ports[i], &none, port))
			continue;
		link->port = i + 1;
		/* How far there is something to look at. */
		while (atomic_load(&ports_used) < i + 1)
			atomic_fetch_add(&ports_used, 1);
		return;
	}
}

bool link_port_other(const struct link *link, uint32_t port)
{
	size_t i, num = atomic_load_explicit(&ports_used, memory_order_relaxed);

	for (i = 0; i < num && i < PORTS_MAX; i++)
		if (i + 1 != link->port &&
		    atomic_load_explicit(&ports[i], memory_order_relaxed) ==
			    port)
			return true;
	return false;
}
