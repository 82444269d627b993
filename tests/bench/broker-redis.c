// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Redis' PUBLISH and SUBSCRIBE. It answers each publish; of many, the answers are
 * read when all have been sent.
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

static int publish_many(void *connection, const void *data, size_t len,
			unsigned int count)
{
	redisContext *r = connection;
	const char *at = data;
	redisReply *reply;
	unsigned int i;

	for (i = 0; i < count; i++, at += len)
		if (good(r, redisAppendCommand(r, "PUBLISH %s %b", TOPIC, at,
					       len)))
			return -1;
	/* The first of these sends them. */
	while (count--) {
		if (good(r, redisGetReply(r, (void **)&reply)))
			return -1;
		freeReplyObject(reply);
	}
	return 0;
}

static int publish(void *connection, const void *data, size_t len)
{
	return publish_many(connection, data, len, 1);
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
	.publish_many = publish_many,
	.receive = receive,
};
