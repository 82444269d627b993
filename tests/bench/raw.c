// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: raw
 *
 * One echo of genl_echo, from a socket: a program for who counts its system calls,
 * with no library but libc, as loading one is a handful of them.
 */
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cost.h"

int main(void)
{
	struct netlink netlink;
	int err = netlink_open(&netlink);

	if (!err)
		err = netlink_echo(&netlink, 64);
	if (err)
		die("genl_echo: %s", strerror(-err));
	close(netlink.fd);
	return 0;
}
