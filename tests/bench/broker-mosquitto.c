// SPDX-License-Identifier: GPL-2.0-or-later
/* An MQTT broker, over a unix socket, at most once. */
#include <mosquitto.h>
#include <stdio.h>

#include "fanout.h"

static int connected, subscribed;

static int good(int rc)
{
	if (rc)
		fprintf(stderr, "mosquitto: %s\n", mosquitto_strerror(rc));
	return rc ? -1 : 0;
}

static void on_connect(struct mosquitto *m, void *arg, int rc)
{
	(void)m;
	(void)arg;
	connected = rc ? -1 : 1;
}

static void on_subscribe(struct mosquitto *m, void *arg, int id, int count,
			 const int *granted)
{
	(void)m;
	(void)arg;
	(void)id;
	(void)count;
	(void)granted;
	subscribed = 1;
}

static void on_message(struct mosquitto *m, void *arg,
		       const struct mosquitto_message *message)
{
	(void)m;
	(void)arg;
	got(message->payload, message->payloadlen);
}

static int receive(void *m)
{
	return good(mosquitto_loop(m, -1, 1));
}

static void *connect_to(const char *address, int subscribe)
{
	struct mosquitto *m;

	mosquitto_lib_init();
	m = mosquitto_new(NULL, true, NULL);
	if (!m)
		return NULL;
	mosquitto_connect_callback_set(m, on_connect);
	mosquitto_subscribe_callback_set(m, on_subscribe);
	mosquitto_message_callback_set(m, on_message);
	/* Port 0: the address is a unix socket's. */
	if (good(mosquitto_connect(m, address, 0, 600)))
		return NULL;
	while (!connected)
		if (receive(m))
			return NULL;
	if (connected < 0)
		return NULL;
	if (subscribe && good(mosquitto_subscribe(m, NULL, TOPIC, 0)))
		return NULL;
	while (subscribe && !subscribed)
		if (receive(m))
			return NULL;
	return m;
}

/* What its socket has no room for, the library keeps for its loop. */
static int publish(void *m, const void *data, size_t len)
{
	int bad = good(mosquitto_publish(m, NULL, TOPIC, len, data, 0, false));

	while (!bad && mosquitto_want_write(m))
		bad = receive(m);
	return bad;
}

const struct broker broker_mosquitto = {
	.name = "mosquitto",
	.open = connect_to,
	.publish = publish,
	.receive = receive,
};
