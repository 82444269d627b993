/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SOCKMODS_STATUS_H
#define SOCKMODS_STATUS_H

#include <json.h>
#include <stdio.h>

#include "machine.h"

/**
 * status_text() - show a machine to people
 * @out: where to
 * @m: the machine
 */
void status_text(FILE *out, const struct machine *m);

/**
 * status_json() - tell a driver to programs
 * @m: the machine
 * @d: one of its drivers
 *
 * Return: an object for jsonl_print().
 */
struct json_object *status_json(const struct machine *m,
				const struct machine_driver *d);

#endif
