// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages on their way to an MQTT broker: order, bounds, and what remains when a
 * connection breaks; and how long is waited for the next one.
 * sources: tools/nlbroker-mqtt/queue.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/nlbroker-mqtt/connect.h"
#include "../../tools/nlbroker-mqtt/queue.h"

static struct item *put(struct queue *q, const char *name, int qos, bool retain)
{
	struct item *item = item_new(name, "12345", 5);

	assert_non_null(item);
	item->qos = qos;
	item->retain = retain;
	queue_put(q, item);
	return item;
}

/* What waits, by their names. */
static void waits(const struct queue *q, const char *want)
{
	char got[200] = "";
	const struct item *i;

	for (i = q->waiting.first; i; i = i->next) {
		strcat(got, i->topic);
		strcat(got, " ");
	}
	assert_string_equal(got, want);
}

static void test_item(void **state)
{
	struct item *item = item_new("a/b", "x\0y", 3);

	(void)state;
	assert_string_equal(item->topic, "a/b");
	assert_int_equal(item->len, 3);
	assert_memory_equal(item->payload, "x\0y", 3);
	free(item);
	item = item_new("", NULL, 0);
	assert_int_equal(item->len, 0);
	free(item);
}

static void test_bounds(void **state)
{
	struct queue q;
	int i;

	(void)state;
	queue_init(&q, 4, 100);
	assert_true(queue_fits(&q, 100));
	assert_false(queue_fits(&q, 101));
	for (i = 0; i < 4; i++) {
		assert_true(queue_fits(&q, 6));
		assert_int_equal(queue_pressed(&q), i >= 3);
		put(&q, "t", 1, false);
	}
	assert_int_equal(q.messages, 4);
	assert_int_equal(q.bytes, 24);
	assert_false(queue_fits(&q, 0));
	/* What flies has its place still. */
	queue_next(&q);
	assert_false(queue_fits(&q, 0));
	queue_drop(&q, q.flying.first);
	assert_true(queue_fits(&q, 6));
	queue_free(&q);
	assert_int_equal(q.messages, 0);
	assert_int_equal(q.bytes, 0);

	/* By bytes, and of one. */
	queue_init(&q, 1000, 16);
	put(&q, "t", 1, false);
	assert_false(queue_pressed(&q));
	put(&q, "t", 1, false);
	assert_true(queue_pressed(&q));
	assert_false(queue_fits(&q, 6));
	queue_free(&q);
	queue_init(&q, 1, 100);
	assert_false(queue_pressed(&q));
	put(&q, "t", 1, false);
	assert_true(queue_pressed(&q));
	queue_free(&q);
}

static void test_order(void **state)
{
	struct item *a, *b, *c;
	struct queue q;

	(void)state;
	queue_init(&q, 100, 10000);
	a = put(&q, "a", 1, false);
	b = put(&q, "b", 1, false);
	c = put(&q, "c", 0, false);
	assert_true(a->serial == 1 && c->serial == 3);
	assert_ptr_equal(queue_next(&q), a);
	assert_int_equal(q.flying_num, 1);
	a->mid = 7;
	assert_ptr_equal(queue_next(&q), b);
	queue_back(&q, b);
	waits(&q, "b c ");
	assert_int_equal(q.flying_num, 1);
	assert_ptr_equal(queue_next(&q), b);
	b->mid = 8;
	assert_ptr_equal(queue_next(&q), c);
	assert_int_equal(q.writing_num, 1);
	assert_null(queue_next(&q));
	assert_ptr_equal(q.writing.first, c);
	assert_ptr_equal(queue_flying(&q, 8), b);
	assert_null(queue_flying(&q, 9));
	queue_drop(&q, b);
	queue_drop(&q, a);
	queue_drop(&q, c);
	assert_int_equal(q.messages, 0);
	/* Lists that were emptied can be filled. */
	put(&q, "d", 1, false);
	queue_next(&q);
	put(&q, "e", 1, false);
	waits(&q, "e ");
	queue_free(&q);
}

static int lost;

static void on_lost(const struct item *item, void *arg)
{
	assert_ptr_equal(arg, &lost);
	assert_int_equal(item->qos, 0);
	lost++;
}

static void test_broke(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	struct item *internal;
	struct queue q;
	int i;

	(void)state;
	queue_init(&q, 100, 10000);
	/* b is of QoS 0; d is, too, and to be kept. */
	for (i = 0; i < 5; i++)
		put(&q, names[i], i != 1 && i != 3, i == 3);
	internal = item_new("state", "1", 1);
	internal->qos = 1;
	internal->internal = true;
	queue_put_first(&q, internal);
	waits(&q, "state a b c d e ");
	assert_int_equal(q.messages, 5);
	for (i = 0; i < 5; i++)
		queue_next(&q);
	waits(&q, "e ");
	lost = 0;
	queue_broke(&q, on_lost, &lost);
	assert_int_equal(lost, 1);
	waits(&q, "a c d e ");
	assert_int_equal(q.messages, 4);
	assert_int_equal(q.bytes, 24);
	assert_int_equal(q.flying_num, 0);
	assert_int_equal(q.writing_num, 0);
	assert_true(q.waiting.first->again);
	assert_true(q.waiting.first->next->again);
	assert_false(q.waiting.first->next->next->again);
	put(&q, "f", 1, false);
	waits(&q, "a c d e f ");
	/* With nothing under way, nothing changes. */
	queue_broke(&q, on_lost, &lost);
	waits(&q, "a c d e f ");
	assert_int_equal(lost, 1);
	queue_free(&q);
}

static void test_delay(void **state)
{
	uint32_t last = 0, random = 1, most = 0, i;

	(void)state;
	/* One value: always that. */
	assert_int_equal(connect_delay(0, 5000, 5000, 12345), 5000);
	assert_int_equal(connect_delay(5000, 5000, 5000, 12345), 5000);
	/* The first is from the base to three times that. */
	assert_int_equal(connect_delay(0, 1000, 30000, 0), 1000);
	assert_int_equal(connect_delay(0, 1000, 30000, 2000), 3000);
	assert_int_equal(connect_delay(0, 1000, 30000, 2001), 1000);
	for (i = 0; i < 10000; i++) {
		random = random * 1103515245 + 12345;
		last = connect_delay(last, 1000, 30000, random >> 8);
		assert_in_range(last, 1000, 30000);
		most = last > most ? last : most;
	}
	assert_in_range(most, 29000, 30000);
	/* Without an overflow. */
	assert_int_equal(connect_delay(3600000, 3600000, 3600000, 7), 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_item),  cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_order), cmocka_unit_test(test_broke),
		cmocka_unit_test(test_delay),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
