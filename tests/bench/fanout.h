/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fanout.c wants of a broker: one file each. */
#ifndef TESTS_BENCH_FANOUT_H
#define TESTS_BENCH_FANOUT_H

#include <stddef.h>

/* The topic, channel, member. */
#define TOPIC "bench"

/**
 * struct broker - how to use one
 * @name: what the command line calls it
 * @open: connects to ADDRESS, and if SUBSCRIBE subscribes to the topic, which it
 *	has when this returns. Without a daemon it is the publisher that waits
 *	until there are as many subscribers as expected. NULL when it can't.
 * @publish: hands over one message, now, and waits for the broker's word if it
 *	gives one. 0, or -1.
 * @publish_many: hands over COUNT messages of LEN bytes each, as the library would
 *	have it done with many; NULL where it knows nothing better than one by one.
 *	0, or -1.
 * @receive: waits for messages, and calls got() for each that came. 0, or -1.
 *
 * What fails has said so on standard error. A connection ends with its process.
 */
struct broker {
	const char *name;
	void *(*open)(const char *address, int subscribe);
	int (*publish)(void *connection, const void *data, size_t len);
	int (*publish_many)(void *connection, const void *data, size_t len,
			    unsigned int count);
	int (*receive)(void *connection);
};

extern const struct broker broker_dbus, broker_mosquitto, broker_netlink,
	broker_nlbroker, broker_nng, broker_redis, broker_unix, broker_zmq;

/** expected - how many subscribe */
extern unsigned int expected;

/** got() - a message came */
void got(const void *data, size_t len);

#endif
