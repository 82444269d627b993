/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket where status is told, systemd's, and the file of metrics. */
#ifndef NLBROKER_MQTT_CONTROL_H
#define NLBROKER_MQTT_CONTROL_H

#include "counters.h"

/**
 * control_listen() - listen
 * @path: of the socket; one that nobody listens to any more is replaced
 *
 * Return: a file descriptor, or -1 after saying what is wrong.
 */
int control_listen(const char *path);

/**
 * control_answer() - tell who asks
 * @fd: from control_listen()
 * @counters: of all connections
 * @id: who this bridge is
 */
void control_answer(int fd, struct counters *counters, const char *id);

/**
 * control_ask() - ask a daemon
 * @path: of its socket
 *
 * Return: a file descriptor to read the answer from, or a negative errno.
 */
int control_ask(const char *path);

/**
 * control_metrics() - write the file for Prometheus
 * @path: of the file, which is replaced as a whole
 * @counters: of all connections
 *
 * Return: 0, or a negative errno.
 */
int control_metrics(const char *path, const struct counters *counters);

/**
 * control_notify() - tell systemd, if it has started this and wants to know
 * @text: as sd_notify(3) takes it
 */
void control_notify(const char *text);

#endif
