// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Redis' PUBLISH and SUBSCRIBE. It answers each publish; the answers are read
 * when a window is over, so that nobody waits for them.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>

#include "fanout.h"

static int good(redisContext *r, int rc)
{
	if (rc != REDIS_OK)
		fprintf(stderr, "redis: %s\n", r->errstr);
	return rc == REDIS_OK ? 0 : -1;
}

static void *connect_to(const char *address, int subscribe)
{
	redisContext *r = redisConnectUnix(address);
	redisReply *reply;

	if (!r || good(r, r->err))
		return NULL;
	if (!subscribe)
		return r;
	reply = redisCommand(r, "SUBSCRIBE %s", TOPIC);
	if (!reply || reply->type != REDIS_REPLY_ARRAY)
		return NULL;
	freeReplyObject(reply);
	return r;
}

static int publish(void *connection, const void *data, size_t len)
{
	redisContext *r = connection;
	int done = 0;

	if (good(r, redisAppendCommand(r, "PUBLISH %s %b", TOPIC, data, len)))
		return -1;
	while (!done)
		if (good(r, redisBufferWrite(r, &done)))
			return -1;
	return 0;
}

static int settle(void *connection, unsigned int count)
{
	redisContext *r = connection;
	redisReply *reply;

	while (count--) {
		if (good(r, redisGetReply(r, (void **)&reply)))
			return -1;
		freeReplyObject(reply);
	}
	return 0;
}

static int receive(void *connection)
{
	redisContext *r = connection;
	redisReply *reply;

	if (good(r, redisGetReply(r, (void **)&reply)))
		return -1;
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3)
		got(reply->element[2]->str, reply->element[2]->len);
	freeReplyObject(reply);
	return 0;
}

const struct broker broker_redis = {
	.name = "redis",
	.open = connect_to,
	.publish = publish,
	.settle = settle,
	.receive = receive,
};
