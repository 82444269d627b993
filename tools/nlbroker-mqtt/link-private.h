/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a connection share: link.c (the thread), link-mqtt.c, link-out.c
 * and link-in.c (the two directions), connect.c (how a connection is made).
 */
#ifndef NLBROKER_MQTT_LINK_PRIVATE_H
#define NLBROKER_MQTT_LINK_PRIVATE_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include <libnlbroker.h>

#include "connect.h"
#include "link.h"
#include "queue.h"

/** LINK_ORIGIN, LINK_HOPS, LINK_UID - user properties of a message. */
#define LINK_ORIGIN "nlbroker-origin"
#define LINK_HOPS "nlbroker-hops"
#define LINK_UID "nlbroker-uid"

#define LINK_NS_PER_S 1000000000ULL

/** LINK_BATCH - messages that are published to nlbroker at once, at most. */
#define LINK_BATCH 64

/**
 * enum phase - what a connection that is there does, one after the other
 * @PHASE_GREETING: waits for CONNACK
 * @PHASE_FLUSHING: sends what waited when it came
 * @PHASE_SUBSCRIBING: waits for the broker's answers to SUBSCRIBE
 * @PHASE_QUIET: waits until nothing more comes, to send values
 * @PHASE_USUAL: nothing besides messages
 */
enum phase {
	PHASE_GREETING,
	PHASE_FLUSHING,
	PHASE_SUBSCRIBING,
	PHASE_QUIET,
	PHASE_USUAL,
};

/**
 * struct incoming - messages from the broker, not yet published
 * @messages: as the library wants them
 * @data: what each has, to be freed
 * @count: how many
 */
struct incoming {
	struct nlbroker_outgoing messages[LINK_BATCH];
	char *data[LINK_BATCH];
	size_t count;
};

/**
 * struct link - a connection
 * @config: how it is
 * @counters: what it counts
 * @id: who this bridge is
 * @thread: it
 * @wake_fd: readable when @ending was set
 * @ended: the thread is done
 * @ending: it is to end
 * @deadline: when what waits is given up, ns of the monotonic clock; after @ending
 * @given_up: messages that it gave up in its end
 * @broker: nlbroker, or NULL
 * @broker_fd: of it
 * @broker_retry: when to try again, ns; 0: all is as it should be
 * @subscribed: how many of the rules are
 * @port: of @broker, for other connections to know
 * @queue: towards MQTT
 * @incoming: towards nlbroker
 * @connector: makes the connection to the MQTT broker
 * @mosq: the connection, or NULL
 * @phase: of it
 * @since: when the phase began, ns
 * @heard: when something was last heard, ns
 * @misc: when libmosquitto looked at its time-outs, ns
 * @flush_to: serial of the last one to be sent before subscribing
 * @subacks: answers to SUBSCRIBE that haven't come
 * @resync: values are to be sent when all is quiet
 * @session: the broker remembered this client
 * @known: it has been connected before
 * @refused: the broker didn't want it
 * @packets: how many were complete
 * @packets_marked: how many of them when read_mark was set
 * @more: there may be packets to read, whatever the socket says
 * @read_mark: bytes that were read when it was, see link-mqtt.c
 * @stopped: nothing more is taken from nlbroker
 * @said_goodbye: the end was announced
 * @properties: user properties of each message
 * @said: when losses were told, ns
 * @said_lost: how many had been then
 * @said_error: the error that was told last
 */
struct link {
	struct config_link config;
	struct counters *counters;
	char id[CONFIG_NAME_MAX + 1];
	pthread_t thread;
	int wake_fd;
	_Atomic int ended;
	_Atomic int ending;
	_Atomic uint64_t deadline;
	uint64_t given_up;
	struct nlbroker *broker;
	int broker_fd;
	uint64_t broker_retry;
	size_t subscribed;
	size_t port;
	struct queue queue;
	struct incoming incoming;
	struct connector connector;
	struct mosquitto *mosq;
	enum phase phase;
	uint64_t since;
	uint64_t heard;
	uint64_t misc;
	uint64_t flush_to;
	unsigned int subacks;
	bool resync;
	bool session;
	bool known;
	bool refused;
	unsigned int packets;
	unsigned int packets_marked;
	bool more;
	uint64_t read_mark;
	bool stopped;
	bool said_goodbye;
	mosquitto_property *properties;
	uint64_t said;
	uint64_t said_lost;
	char said_error[300];
};

/**
 * link_say() - tell what is wrong, once as long as it is the same
 * @link: the connection
 * @fmt: printf() format
 */
void link_say(struct link *link, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * link_up() - is it connected, and greeted?
 * @link: the connection
 *
 * Return: true if it is.
 */
static inline bool link_up(const struct link *link)
{
	return link->mosq && link->phase != PHASE_GREETING;
}

/**
 * link_since() - how long ago was it?
 * @now: ns, as it was when this turn began
 * @then: ns; may be a little later
 *
 * Return: ns.
 */
static inline uint64_t link_since(uint64_t now, uint64_t then)
{
	return now > then ? now - then : 0;
}

/* link-ports.c: the ports of all connections, so that each knows the others'. */

/**
 * link_port_set() - this connection's port
 * @link: the connection
 * @port: it, or 0 for none any more
 */
void link_port_set(struct link *link, uint32_t port);

/**
 * link_port_other() - is it another connection's of this daemon?
 * @link: the connection
 * @port: of who has published
 *
 * Return: true if it is.
 */
bool link_port_other(const struct link *link, uint32_t port);

/* link-out.c: from nlbroker to MQTT. */

/**
 * out_open() - connect to nlbroker, and subscribe
 * @link: the connection
 *
 * What can't be done is tried again later.
 */
void out_open(struct link *link);

/**
 * out_close() - end that
 * @link: the connection
 */
void out_close(struct link *link);

/**
 * out_pressed() - are publishers that can wait to wait for the MQTT broker?
 * @link: the connection
 *
 * Return: true if nothing should be taken from nlbroker now.
 */
bool out_pressed(const struct link *link);

/** OUT_ALL - as a number of messages: all that there are, pressed or not. */
#define OUT_ALL UINT32_MAX

/**
 * out_receive() - take what nlbroker has
 * @link: the connection
 * @most: how many messages, or OUT_ALL
 */
void out_receive(struct link *link, unsigned int most);

/**
 * out_values() - take the values that nlbroker keeps, and no bridge has published
 * @link: the connection
 */
void out_values(struct link *link);

/**
 * out_feed() - hand to libmosquitto what it can have
 * @link: the connection, up
 */
void out_feed(struct link *link);

/**
 * out_state() - have the connection's state published
 * @link: the connection
 * @payload: "0" or "1", the state
 */
void out_state(struct link *link, const char *payload);

/**
 * out_published() - libmosquitto says that a message is done
 * @link: the connection
 * @mid: its number
 * @reason: the broker's reason code
 */
void out_published(struct link *link, int mid, int reason);

/**
 * out_broke() - the connection is no more
 * @link: the connection
 */
void out_broke(struct link *link);

/**
 * out_give_up() - count what waits as lost
 * @link: the connection, ending
 */
void out_give_up(struct link *link);

/**
 * out_gauge() - tell how many messages wait
 * @link: the connection
 */
void out_gauge(struct link *link);

/* link-in.c: from MQTT to nlbroker. */

/**
 * in_message() - a message came
 * @link: the connection
 * @message: it
 * @properties: its properties
 */
void in_message(struct link *link, const struct mosquitto_message *message,
		const mosquitto_property *properties);

/**
 * in_flush() - publish what came
 * @link: the connection
 */
void in_flush(struct link *link);

/* link-mqtt.c: the connection to the MQTT broker. */

/**
 * mqtt_adopt() - take over a connection that was made
 * @link: the connection
 * @mosq: from the connector
 */
void mqtt_adopt(struct link *link, struct mosquitto *mosq);

/**
 * mqtt_new() - make a client as the configuration says
 * @link: the connection
 * @error: what is wrong, when NULL is returned
 * @size: bytes there
 *
 * Return: it, or NULL.
 */
struct mosquitto *mqtt_new(struct link *link, char *error, size_t size);

/**
 * mqtt_work() - read and write what there is
 * @link: the connection, which may be gone afterwards
 * @readable: there is something to read
 * @writable: there is room to write
 * @now: ns
 */
void mqtt_work(struct link *link, bool readable, bool writable, uint64_t now);

/**
 * mqtt_advance() - go from phase to phase
 * @link: the connection
 * @now: ns
 */
void mqtt_advance(struct link *link, uint64_t now);

/**
 * mqtt_goodbye() - tell the broker that this is the end
 * @link: the connection, up
 */
void mqtt_goodbye(struct link *link);

/**
 * mqtt_gone() - the connection is no more
 * @link: the connection
 * @why: words
 */
void mqtt_gone(struct link *link, const char *why);

#endif
