/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection: a thread with a connection to nlbroker and one to an MQTT broker.
 * Threads share nothing but counters and the list of their ports, so what one
 * waits for (a name to be resolved, a broker that is slow) holds up no other.
 */
#ifndef NLBROKER_MQTT_LINK_H
#define NLBROKER_MQTT_LINK_H

#include "counters.h"

struct link;

/**
 * link_start() - begin a connection
 * @config: taken, also when this fails
 * @counters: its counters
 * @id: who this bridge is
 *
 * Return: it, for link_end(); NULL when there is no thread to be had.
 */
struct link *link_start(struct config_link *config, struct counters *counters,
			const char *id);

/**
 * link_end() - have a connection end
 * @link: the connection
 * @seconds: how long it may try to get rid of what waits
 *
 * Doesn't wait; link_ended() tells.
 */
void link_end(struct link *link, unsigned int seconds);

/**
 * link_ended() - has it ended?
 * @link: the connection
 *
 * Return: true if it has; link_free() doesn't wait then.
 */
bool link_ended(const struct link *link);

/**
 * link_free() - wait for its end, and free it
 * @link: the connection
 *
 * Return: messages that it had to give up.
 */
uint64_t link_free(struct link *link);

/**
 * link_config() - how it was configured
 * @link: the connection
 *
 * Return: it.
 */
const struct config_link *link_config(const struct link *link);

#endif
