// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "queue.h"

static void list_init(struct list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void list_put(struct list *list, struct item *item)
{
	item->next = NULL;
	*list->end = item;
	list->end = &item->next;
}

/* The first one; NULL when there is none. */
static struct item *list_pop(struct list *list)
{
	struct item *item = list->first;

	if (item)
		list->first = item->next;
	if (!list->first)
		list->end = &list->first;
	return item;
}

static void list_remove(struct list *list, struct item *item)
{
	struct item **at = &list->first;

	/* Mostly it is the first: brokers acknowledge in order. */
	while (*at && *at != item)
		at = &(*at)->next;
	if (*at)
		*at = item->next;
	if (list->end == &item->next)
		list->end = at;
}

/* All of FROM in front of LIST. */
static void list_prepend(struct list *list, struct list *from)
{
	if (!from->first)
		return;
	*from->end = list->first;
	if (!list->first)
		list->end = from->end;
	list->first = from->first;
	list_init(from);
}

static void list_free(struct list *list)
{
	struct item *item;

	while ((item = list_pop(list)))
		free(item);
}

static size_t bytes_of(const struct item *item)
{
	return strlen(item->topic) + item->len;
}

void queue_init(struct queue *queue, size_t messages_max, size_t bytes_max)
{
	memset(queue, 0, sizeof(*queue));
	list_init(&queue->waiting);
	list_init(&queue->writing);
	list_init(&queue->flying);
	queue->messages_max = messages_max;
	queue->bytes_max = bytes_max;
}

void queue_free(struct queue *queue)
{
	list_free(&queue->waiting);
	list_free(&queue->writing);
	list_free(&queue->flying);
	queue_init(queue, queue->messages_max, queue->bytes_max);
}

struct item *item_new(const char *topic, const void *payload, size_t len)
{
	size_t size = strlen(topic) + 1;
	struct item *item = malloc(sizeof(*item) + size + len);

	if (!item)
		return NULL;
	memset(item, 0, sizeof(*item));
	memcpy(item->data, topic, size);
	if (len)
		memcpy(item->data + size, payload, len);
	item->topic = item->data;
	item->payload = item->data + size;
	item->len = len;
	return item;
}

bool queue_fits(const struct queue *queue, size_t bytes)
{
	return queue->messages < queue->messages_max &&
	       queue->bytes + bytes <= queue->bytes_max;
}

bool queue_pressed(const struct queue *queue)
{
	return queue->messages >=
		       queue->messages_max - queue->messages_max / 4 ||
	       queue->bytes >= queue->bytes_max - queue->bytes_max / 4;
}

/* What isn't nlbroker's doesn't count. */
static void weigh(struct queue *queue, const struct item *item, int sign)
{
	if (item->internal)
		return;
	queue->messages += (size_t)sign;
	queue->bytes += (size_t)sign * bytes_of(item);
}

void queue_put(struct queue *queue, struct item *item)
{
	item->serial = ++queue->serial;
	weigh(queue, item, 1);
	list_put(&queue->waiting, item);
}

/* In front of all others; it is on no list. */
static void put_first(struct queue *queue, struct item *item)
{
	struct list one;

	list_init(&one);
	list_put(&one, item);
	list_prepend(&queue->waiting, &one);
}

void queue_put_first(struct queue *queue, struct item *item)
{
	weigh(queue, item, 1);
	put_first(queue, item);
}

struct item *queue_next(struct queue *queue)
{
	struct item *item = list_pop(&queue->waiting);

	if (!item)
		return NULL;
	item->turn = ++queue->turn;
	/* None of libmosquitto's, until it has given one. */
	item->mid = 0;
	list_put(item->qos ? &queue->flying : &queue->writing, item);
	*(item->qos ? &queue->flying_num : &queue->writing_num) += 1;
	return item;
}

/* It is on no list then. */
static void take(struct queue *queue, struct item *item)
{
	list_remove(item->qos ? &queue->flying : &queue->writing, item);
	*(item->qos ? &queue->flying_num : &queue->writing_num) -= 1;
}

void queue_back(struct queue *queue, struct item *item)
{
	take(queue, item);
	put_first(queue, item);
}

void queue_drop(struct queue *queue, struct item *item)
{
	take(queue, item);
	weigh(queue, item, -1);
	free(item);
}

struct item *queue_flying(const struct queue *queue, int mid)
{
	struct item *item;

	for (item = queue->flying.first; item && item->mid != mid;)
		item = item->next;
	return item;
}

/* Of what is under way, what was handed over first. */
static struct item *pop_under_way(struct queue *queue)
{
	const struct item *f = queue->flying.first, *w = queue->writing.first;

	return list_pop(!w || (f && f->turn < w->turn) ? &queue->flying :
							 &queue->writing);
}

void queue_broke(struct queue *queue,
		 void (*lost)(const struct item *item, void *arg), void *arg)
{
	struct item *item;
	struct list again;

	list_init(&again);
	while ((item = pop_under_way(queue))) {
		item->again = item->qos;
		if (!item->internal && (item->qos || item->retain)) {
			list_put(&again, item);
			continue;
		}
		/* A state is for this connection: the next has its own. */
		if (!item->internal)
			lost(item, arg);
		weigh(queue, item, -1);
		free(item);
	}
	queue->flying_num = 0;
	queue->writing_num = 0;
	list_prepend(&queue->waiting, &again);
}
