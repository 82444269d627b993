// SPDX-License-Identifier: GPL-2.0-or-later
/* What genl-echo leaves to the end of the process, which a fuzzer can't. */
#define transport_libnl real_libnl

#include "../../../../tools/genl-echo/ping.c"
#include "../../../../tools/genl-echo/transport_libnl.c"

void echo_reset(void);

void echo_reset(void)
{
	memset(&ping, 0, sizeof(ping));
}
