// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "uses.h"

static const struct uses known[] = {
	/* Of a TCP upper-layer protocol the kernel says so itself. */
	{ "ulp_caesar", "CAP_NET_ADMIN",
	  "connections, also those closed in the last minute",
	  "ulp-caesar show" },
	/* Rules are made by whoever may administer a network namespace. */
	{ "xt_CAESAR", "iptables", "rules of iptables and ip6tables",
	  "sudo iptables-save -t mangle" },
	{ "af_myproto", USES_ANYONE, "open sockets", "myproto show" },
	{ NULL, USES_ANYONE, NULL, NULL },
};

const struct uses *uses_of(const char *name)
{
	const struct uses *u = known;

	while (u->name && strcmp(u->name, name))
		u++;
	return u;
}
