/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on their way to the MQTT broker: how many, how long, and in which order. */
#ifndef NLBROKER_MQTT_QUEUE_H
#define NLBROKER_MQTT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct item - a message
 * @next: the one behind it
 * @topic: its name at the broker
 * @payload: bytes
 * @len: how many
 * @qos: 0 or 1
 * @retain: the broker is to keep it
 * @internal: not a message of nlbroker's, so not counted
 * @again: it was sent before
 * @has_uid: @uid is to be told
 * @uid: who has published it
 * @mid: its number, once it was handed to libmosquitto
 * @turn: the how manieth it was to be handed over
 * @serial: the how manieth it came
 */
struct item {
	struct item *next;
	const char *topic;
	const void *payload;
	size_t len;
	int qos;
	bool retain;
	bool internal;
	bool again;
	bool has_uid;
	uint32_t uid;
	int mid;
	uint64_t turn;
	uint64_t serial;
	char data[];
};

/**
 * struct list - items in their order
 * @first: or NULL
 * @end: where the next one goes
 */
struct list {
	struct item *first;
	struct item **end;
};

/**
 * struct queue - what is on its way
 * @waiting: not handed to libmosquitto
 * @writing: QoS 0, handed over and not yet written
 * @flying: QoS 1, handed over and not yet acknowledged
 * @writing_num: how many in @writing
 * @flying_num: how many in @flying
 * @messages: how many in all three, but for internal ones
 * @bytes: of their topics and payloads
 * @messages_max: most of them
 * @bytes_max: most of them
 * @serial: of the last one that came
 * @turn: of the last one that was handed over
 */
struct queue {
	struct list waiting;
	struct list writing;
	struct list flying;
	size_t writing_num;
	size_t flying_num;
	size_t messages;
	size_t bytes;
	size_t messages_max;
	size_t bytes_max;
	uint64_t serial;
	uint64_t turn;
};

/**
 * queue_init() - an empty queue
 * @queue: set here
 * @messages_max: most messages
 * @bytes_max: most bytes
 */
void queue_init(struct queue *queue, size_t messages_max, size_t bytes_max);

/**
 * queue_free() - free all that is in it
 * @queue: the queue
 */
void queue_free(struct queue *queue);

/**
 * item_new() - make a message
 * @topic: its name at the broker; copied
 * @payload: bytes; copied
 * @len: how many
 *
 * Return: it, for queue_put() or free(); NULL: no memory.
 */
struct item *item_new(const char *topic, const void *payload, size_t len);

/**
 * queue_fits() - is there room?
 * @queue: the queue
 * @bytes: of topic and payload
 *
 * Return: true if there is.
 */
bool queue_fits(const struct queue *queue, size_t bytes);

/**
 * queue_pressed() - should no more be taken from who can wait?
 * @queue: the queue
 *
 * Return: true if three quarters of it are full.
 */
bool queue_pressed(const struct queue *queue);

/**
 * queue_put() - put a message at the end
 * @queue: the queue; whether there is room isn't looked at
 * @item: the message, now the queue's
 */
void queue_put(struct queue *queue, struct item *item);

/**
 * queue_put_first() - put a message in front of all that wait
 * @queue: the queue
 * @item: the message, now the queue's
 */
void queue_put_first(struct queue *queue, struct item *item);

/**
 * queue_next() - the message to be handed to libmosquitto
 * @queue: the queue
 *
 * Return: it, which is with those being written or flying now; NULL: none waits.
 */
struct item *queue_next(struct queue *queue);

/**
 * queue_back() - a message could not be handed over: it will be the next again
 * @queue: the queue
 * @item: from queue_next(), the last one
 */
void queue_back(struct queue *queue, struct item *item);

/**
 * queue_drop() - a message that was handed over is done
 * @queue: the queue
 * @item: of those being written or flying; freed
 */
void queue_drop(struct queue *queue, struct item *item);

/**
 * queue_flying() - find a message that awaits its acknowledgement
 * @queue: the queue
 * @mid: its number
 *
 * Return: it, or NULL.
 */
struct item *queue_flying(const struct queue *queue, int mid);

/**
 * queue_broke() - the connection is no more: what was under way waits again
 * @queue: the queue
 * @lost: called for each that isn't to be sent again, which is freed then
 * @arg: passed to @lost
 */
void queue_broke(struct queue *queue,
		 void (*lost)(const struct item *item, void *arg), void *arg);

#endif
