/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters for people, for programs, and for Prometheus. */
#ifndef NLBROKER_MQTT_REPORT_H
#define NLBROKER_MQTT_REPORT_H

#include <stdio.h>

#include "counters.h"

/**
 * report_json() - all connections that there are, an object on a line each
 * @out: where to
 * @counters: of all connections
 * @id: who this bridge is
 */
void report_json(FILE *out, struct counters *counters, const char *id);

/**
 * report_metrics() - all connections' counters in Prometheus's text format
 * @out: where to
 * @counters: of all connections
 */
void report_metrics(FILE *out, const struct counters *counters);

/**
 * report_table() - what report_json() has written, for people
 * @in: where from
 * @out: where to
 *
 * Return: how many connections aren't there; -EBADMSG when it isn't that.
 */
int report_table(FILE *in, FILE *out);

#endif
