// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: fanout BROKER ADDRESS SUBSCRIBERS BYTES BATCH MESSAGES
 *
 * One process publishes MESSAGES, others get each of them: the same work for
 * every broker, done with the library that its users would take. BATCH messages
 * are handed over at a time. After each WINDOW the publisher waits for all
 * subscribers, so that none is lost anywhere; that none was, and that they came in
 * order, is looked at. WINDOW is a multiple of BATCH, MESSAGES of WINDOW.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fanout.h"

enum { WINDOW = 100 };

static const struct broker *const brokers[] = {
	&broker_dbus,
	&broker_mosquitto,
	&broker_nlbroker,
	&broker_redis,
};

static const struct broker *broker;
static unsigned int subscribers, bytes, batch, messages;
/* A subscriber is there; it has had a window. */
static int ready, done;
/* What a subscriber has had. */
static uint32_t number;

static void die(const char *what)
{
	fprintf(stderr, "fanout: %s: %s\n", broker ? broker->name : "-", what);
	exit(1);
}

static void tell(int fd)
{
	if (eventfd_write(fd, 1))
		die("eventfd");
}

/* Until each subscriber has told. */
static void wait_for_all(int fd)
{
	eventfd_t told;
	uint64_t all;

	for (all = 0; all < subscribers; all += told)
		if (eventfd_read(fd, &told))
			die("eventfd");
}

void got(const void *data, size_t len)
{
	if (len != bytes || memcmp(data, &number, sizeof(number)))
		die("not the message that was to come");
	if (++number % WINDOW == 0)
		tell(done);
}

static void subscriber(const char *address)
{
	void *connection;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	connection = broker->open(address, 1);
	if (!connection)
		die("no subscription");
	tell(ready);
	for (;;)
		if (broker->receive(connection))
			die("nothing received");
}

/* A subscriber that ends by itself has failed, and has said why. */
static void on_child(int sig)
{
	(void)sig;
	_exit(1);
}

/* Messages, one after the other in memory; 0, or -1. */
static int publish(void *connection, const char *data)
{
	unsigned int i;

	if (batch > 1 && broker->publish_many)
		return broker->publish_many(connection, data, bytes, batch);
	for (i = 0; i < batch; i++)
		if (broker->publish(connection, data + (size_t)i * bytes,
				    bytes))
			return -1;
	return 0;
}

static void publish_all(void *connection)
{
	char *data = calloc(batch, bytes);
	uint32_t n = 0, i;

	if (!data)
		die("no memory");
	while (n < messages) {
		for (i = 0; i < batch; i++, n++)
			memcpy(data + (size_t)i * bytes, &n, sizeof(n));
		if (publish(connection, data))
			die("not published");
		if (n % WINDOW == 0)
			wait_for_all(done);
	}
	free(data);
}

int main(int argc, char **argv)
{
	void *connection;
	unsigned int i;

	if (argc != 7) {
		fprintf(stderr, "usage: fanout BROKER ADDRESS SUBSCRIBERS BYTES"
				" BATCH MESSAGES\n");
		return 2;
	}
	for (i = 0; i < sizeof(brokers) / sizeof(*brokers); i++)
		if (!strcmp(argv[1], brokers[i]->name))
			broker = brokers[i];
	subscribers = atoi(argv[3]);
	bytes = atoi(argv[4]);
	batch = atoi(argv[5]);
	messages = atoi(argv[6]);
	if (!broker || bytes < sizeof(number) || !batch || WINDOW % batch ||
	    messages % WINDOW)
		die("wrong arguments");

	ready = eventfd(0, EFD_CLOEXEC);
	done = eventfd(0, EFD_CLOEXEC);
	if (ready < 0 || done < 0)
		die("eventfd");
	signal(SIGCHLD, on_child);
	for (i = 0; i < subscribers; i++)
		switch (fork()) {
		case -1:
			die("fork");
			break;
		case 0:
			subscriber(argv[2]);
		}
	wait_for_all(ready);
	connection = broker->open(argv[2], 0);
	if (!connection)
		die("no connection");
	publish_all(connection);
	signal(SIGCHLD, SIG_IGN);
	return 0;
}
