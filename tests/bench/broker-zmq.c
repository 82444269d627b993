// SPDX-License-Identifier: GPL-2.0-or-later
/* ZeroMQ, over ipc: the publisher is whom subscribers connect to. */
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "fanout.h"

static int bad(int rc)
{
	if (rc < 0)
		fprintf(stderr, "zmq: %s\n", zmq_strerror(zmq_errno()));
	return rc < 0 ? -1 : 0;
}

/* Each subscription comes to this kind of publisher as a message. */
static int wait_for_all(void *socket)
{
	unsigned int i;
	char word[64];

	for (i = 0; i < expected; i++)
		if (bad(zmq_recv(socket, word, sizeof(word), 0)))
			return -1;
	return 0;
}

static void *connect_to(const char *address, int subscribe)
{
	void *context = zmq_ctx_new(), *socket;
	/* All of them are told of, the equal ones too. */
	const int one = 1;

	if (!context)
		return NULL;
	socket = zmq_socket(context, subscribe ? ZMQ_SUB : ZMQ_XPUB);
	if (!socket)
		return NULL;
	if (subscribe)
		return bad(zmq_connect(socket, address)) ||
				       bad(zmq_setsockopt(socket, ZMQ_SUBSCRIBE,
							  TOPIC,
							  strlen(TOPIC))) ?
			       NULL :
			       socket;
	return bad(zmq_setsockopt(socket, ZMQ_XPUB_VERBOSE, &one,
				  sizeof(one))) ||
			       bad(zmq_bind(socket, address)) ||
			       wait_for_all(socket) ?
		       NULL :
		       socket;
}

/* The topic is a part of its own. */
static int publish(void *socket, const void *data, size_t len)
{
	return bad(zmq_send(socket, TOPIC, strlen(TOPIC), ZMQ_SNDMORE)) ||
			       bad(zmq_send(socket, data, len, 0)) ?
		       -1 :
		       0;
}

static int receive(void *socket)
{
	zmq_msg_t message;
	int more;

	do {
		zmq_msg_init(&message);
		if (bad(zmq_msg_recv(&message, socket, 0)))
			return -1;
		more = zmq_msg_more(&message);
		if (!more)
			got(zmq_msg_data(&message), zmq_msg_size(&message));
		zmq_msg_close(&message);
	} while (more);
	return 0;
}

const struct broker broker_zmq = {
	.name = "zmq",
	.open = connect_to,
	.publish = publish,
	.receive = receive,
};
