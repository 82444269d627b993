/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How sub prints a message: as text, as JSON, as --format says. */
#ifndef NLBROKER_FORMAT_H
#define NLBROKER_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include <json.h>
#include <libnlbroker.h>

/**
 * format_fault() - what is wrong with a format?
 * @format: as of --format
 *
 * Return: the place of the first fault, or NULL.
 */
const char *format_fault(const char *format);

/**
 * format_creds() - does a format show who sent a message, or when?
 * @format: one without fault
 *
 * Return: true if it does.
 */
bool format_creds(const char *format);

/**
 * format_print() - print a message
 * @out: where to
 * @format: one without fault
 * @m: the message
 * @safe: escape what a terminal would obey
 */
void format_print(FILE *out, const char *format,
		  const struct nlbroker_message *m, bool safe);

/**
 * format_bytes() - print bytes that come from elsewhere
 * @out: where to
 * @bytes: the bytes
 * @len: how many
 * @safe: escape what a terminal would obey
 */
void format_bytes(FILE *out, const void *bytes, size_t len, bool safe);

/**
 * format_json() - a message as JSON
 * @m: the message
 *
 * Return: an object for jsonl_print().
 */
struct json_object *format_json(const struct nlbroker_message *m);

#endif
