/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command that can't do without its driver. */
#ifndef SOCKMODS_DRIVER_SAY_H
#define SOCKMODS_DRIVER_SAY_H

#include <stdbool.h>

#include "driver.h"

/**
 * driver_say() - say why the driver isn't there
 * @query: which; @load is set here
 * @retry: set when it has been loaded now, so that it is worth trying again;
 *	nothing has been said then. NULL: don't load.
 *
 * Return: EXIT_NO_DRIVER.
 */
int driver_say(struct driver_query query, bool *retry);

#endif
