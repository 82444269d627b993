// SPDX-License-Identifier: GPL-2.0-or-later
/* nng, over ipc: the publisher is whom subscribers connect to. */
#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "fanout.h"

/* What it queues for each subscriber, which throws away more: a window's. */
#define QUEUE 256

/*
 * How long it waits before it tries again, ms: subscribers are there before the
 * publisher, and a thousand that try ten times a second are all that a machine does.
 */
#define AGAIN 2000

static sem_t connected;

static int bad(int rc)
{
	if (rc)
		fprintf(stderr, "nng: %s\n", nng_strerror(rc));
	return rc ? -1 : 0;
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
	(void)pipe;
	(void)event;
	(void)arg;
	sem_post(&connected);
}

static void wait_for_all(void)
{
	unsigned int i;

	for (i = 0; i < expected; i++)
		while (sem_wait(&connected) && errno == EINTR)
			;
}

static void *connect_to(const char *address, int subscribe)
{
	static nng_socket socket;

	if (subscribe)
		return bad(nng_sub0_open(&socket)) ||
				       bad(nng_socket_set_size(
					       socket, NNG_OPT_RECVMAXSZ, 0)) ||
				       bad(nng_socket_set_int(socket,
							      NNG_OPT_RECVBUF,
							      QUEUE)) ||
				       bad(nng_socket_set_ms(socket,
							     NNG_OPT_RECONNMINT,
							     AGAIN)) ||
				       bad(nng_socket_set_ms(socket,
							     NNG_OPT_RECONNMAXT,
							     AGAIN)) ||
				       bad(nng_socket_set(
					       socket, NNG_OPT_SUB_SUBSCRIBE,
					       TOPIC, strlen(TOPIC))) ||
				       bad(nng_dial(socket, address, NULL,
						    NNG_FLAG_NONBLOCK)) ?
			       NULL :
			       &socket;
	sem_init(&connected, 0, 0);
	if (bad(nng_pub0_open(&socket)) ||
	    bad(nng_socket_set_int(socket, NNG_OPT_SENDBUF, QUEUE)) ||
	    bad(nng_pipe_notify(socket, NNG_PIPE_EV_ADD_POST, on_pipe, NULL)) ||
	    bad(nng_listen(socket, address, NULL, 0)))
		return NULL;
	wait_for_all();
	return &socket;
}

/* A message begins with its topic. */
static int publish(void *socket, const void *data, size_t len)
{
	nng_msg *message;

	if (bad(nng_msg_alloc(&message, 0)))
		return -1;
	if (bad(nng_msg_append(message, TOPIC, strlen(TOPIC))) ||
	    bad(nng_msg_append(message, data, len)))
		return -1;
	return bad(nng_sendmsg(*(nng_socket *)socket, message, 0));
}

static int receive(void *socket)
{
	nng_msg *message;

	if (bad(nng_recvmsg(*(nng_socket *)socket, &message, 0)))
		return -1;
	nng_msg_trim(message, strlen(TOPIC));
	got(nng_msg_body(message), nng_msg_len(message));
	nng_msg_free(message);
	return 0;
}

const struct broker broker_nng = {
	.name = "nng",
	.open = connect_to,
	.publish = publish,
	.receive = receive,
};
