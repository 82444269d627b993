// SPDX-License-Identifier: GPL-2.0-or-later
#include <libnlbroker.h>
#include <stdio.h>
#include <stdlib.h>

#include "fanout.h"

/* Room for the messages of a window. */
#define QUEUE (4 << 20)

static int good(struct nlbroker *b, int rc)
{
	if (rc < 0)
		fprintf(stderr, "nlbroker: %s\n", nlbroker_error(b));
	return rc < 0 ? -1 : 0;
}

static void *nlbroker_connect(const char *address, int subscribe)
{
	struct nlbroker *b;

	(void)address;
	if (good(NULL, nlbroker_open(&b)))
		return NULL;
	if (subscribe && (good(b, nlbroker_set_queue(b, QUEUE)) ||
			  good(b, nlbroker_subscribe(b, TOPIC, 0))))
		return NULL;
	return b;
}

static int publish(void *b, const void *data, size_t len)
{
	return good(b, nlbroker_publish(b, TOPIC, data, len, 0));
}

static int publish_many(void *b, const void *data, size_t len,
			unsigned int count)
{
	struct nlbroker_outgoing *messages = calloc(count, sizeof(*messages));
	const char *at = data;
	unsigned int i;
	int rc;

	if (!messages)
		return -1;
	for (i = 0; i < count; i++, at += len) {
		messages[i].topic = TOPIC;
		messages[i].payload = at;
		messages[i].len = len;
	}
	rc = nlbroker_publish_many(b, messages, count);
	free(messages);
	return good(b, rc);
}

static int receive(void *b)
{
	const struct nlbroker_message *m;

	if (good(b, nlbroker_receive(b, &m, NLBROKER_FOREVER)))
		return -1;
	if (m->kind != NLBROKER_MESSAGE) {
		fprintf(stderr, "nlbroker: messages were lost\n");
		return -1;
	}
	got(m->payload, m->len);
	return 0;
}

const struct broker broker_nlbroker = {
	.name = "nlbroker",
	.open = nlbroker_connect,
	.publish = publish,
	.publish_many = publish_many,
	.receive = receive,
};
