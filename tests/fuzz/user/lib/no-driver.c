// SPDX-License-Identifier: GPL-2.0-or-later
/* Nothing is looked up or loaded where a driver is said not to be there. */
#include "driver-say.h"
#include "exitcode.h"
#include "say.h"

int driver_say(struct driver_query query, bool *retry)
{
	(void)retry;
	say_error("the driver %s is not there", query.module);
	return EXIT_NO_DRIVER;
}
