/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: connections come and go with the configuration, and with signals. */
#ifndef NLBROKER_MQTT_DAEMON_H
#define NLBROKER_MQTT_DAEMON_H

#include "config.h"

/**
 * daemon_load() - read the configuration
 * @path: of the file
 * @config: filled in, when 0 is returned
 *
 * Return: 0, or -1 after saying what is wrong.
 */
int daemon_load(const char *path, struct config *config);

/**
 * daemon_id() - who this bridge is
 * @config: what the configuration says
 * @id: CONFIG_NAME_MAX + 1 bytes
 */
void daemon_id(const struct config *config, char *id);

/**
 * daemon_main() - be the daemon
 * @path: of the configuration
 *
 * Return: the exit code.
 */
int daemon_main(const char *path);

#endif
