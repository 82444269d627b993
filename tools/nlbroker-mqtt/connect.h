/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a connection to an MQTT broker is made. libmosquitto resolves names and
 * connects by functions that wait, so that is for a thread of its own, as long as it
 * takes.
 */
#ifndef NLBROKER_MQTT_CONNECT_H
#define NLBROKER_MQTT_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attempt;
struct link;
struct mosquitto;

/**
 * struct connector - attempts, one at a time
 * @attempt: the one under way, or NULL
 * @next: when to make the next, ns of the monotonic clock
 * @delay: how long was waited before it, ms; 0: not at all
 * @address: which of the addresses is the next
 * @seed: for jitter
 */
struct connector {
	struct attempt *attempt;
	uint64_t next;
	uint32_t delay;
	size_t address;
	unsigned int seed;
};

/**
 * connect_delay() - how long to wait before the next attempt
 * @last: how long was waited before the last, ms; 0: not at all
 * @base: least, ms
 * @cap: most, ms
 * @random: any number
 *
 * Decorrelated jitter: from @base to three times @last, so that many who lost the
 * same broker don't come back together.
 *
 * Return: milliseconds.
 */
static inline uint32_t connect_delay(uint32_t last, uint32_t base, uint32_t cap,
				     uint32_t random)
{
	uint64_t most = 3 * (uint64_t)(last > base ? last : base);

	if (most > cap)
		most = cap;
	if (most <= base)
		return base;
	return base + (uint32_t)(random % (most - base + 1));
}

/**
 * connect_begin() - begin an attempt
 * @link: the connection, whose connector has none
 *
 * When that fails, it is said, and connect_later() was called.
 */
void connect_begin(struct link *link);

/**
 * connect_fd() - what tells that an attempt is done
 * @connector: the connector
 *
 * Return: a file descriptor that is readable then; -1: none is under way.
 */
int connect_fd(const struct connector *connector);

/**
 * connect_end() - the outcome of an attempt that is done
 * @link: the connection
 *
 * Return: the client, connected; or NULL: it was said why, and connect_later() was
 * called.
 */
struct mosquitto *connect_end(struct link *link);

/**
 * connect_later() - make the next attempt after a while
 * @link: the connection
 */
void connect_later(struct link *link);

/**
 * connect_running() - is any attempt under way, of any connection?
 *
 * Return: true if one is, though its connection may be gone.
 */
bool connect_running(void);

/**
 * connect_abandon() - an attempt under way isn't of interest any more
 * @connector: the connector
 */
void connect_abandon(struct connector *connector);

#endif
