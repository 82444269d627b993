// SPDX-License-Identifier: GPL-2.0-or-later
#include "driver-say.h"
#include "exitcode.h"
#include "say.h"

int driver_say(struct driver_query query, bool *retry)
{
	struct driver driver;

	query.load = retry;
	driver_look(&query, &driver);
	if (retry) {
		*retry = driver.state == DRIVER_STARTED;
		if (*retry)
			return EXIT_NO_DRIVER;
	}
	say_error("%s", driver.text);
	if (*driver.hint)
		say_hint("%s", driver.hint);
	return EXIT_NO_DRIVER;
}
