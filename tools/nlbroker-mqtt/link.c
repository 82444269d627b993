// SPDX-License-Identifier: GPL-2.0-or-later
/* The thread of a connection. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "link-private.h"
#include "mem.h"
#include "rtt.h"
#include "say.h"
#include "text.h"

/* Messages that are taken from nlbroker before anything else gets its turn. */
#define RECEIVE_MAX 256

/* How often losses are told. */
#define SAY_NS (10 * LINK_NS_PER_S)

/* How long a broker may take to say that it has the last word. */
#define GOODBYE_NS (2 * LINK_NS_PER_S)

#define STACK_BYTES 524288UL

void link_say(struct link *link, const char *fmt, ...)
{
	char text[300], *shown;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	shown = text_escape(text, strlen(text));
	counters_say(link->counters, NULL, shown);
	if (strcmp(shown, link->said_error) != 0)
		say_error("%s: %s", link->config.name, shown);
	snprintf(link->said_error, sizeof(link->said_error), "%s", shown);
	free(shown);
}

/* Losses are told now and then, not each. */
static void say_losses(struct link *link, uint64_t now, bool always)
{
	const struct counters *c = link->counters;
	uint64_t lost = counters_lost(&c->out) + counters_lost(&c->in);

	if (lost == link->said_lost ||
	    (!always && link_since(now, link->said) < SAY_NS))
		return;
	say_error("%s: lost %" PRIu64
		  " messages: 'nlbroker-mqtt -j status' tells why",
		  link->config.name, lost - link->said_lost);
	link->said = now;
	link->said_lost = lost;
}

static bool ending(const struct link *link)
{
	return atomic_load(&((struct link *)link)->ending);
}

/* The end begins: nothing more comes from nlbroker but what it has sent. */
static void stop_taking(struct link *link)
{
	size_t i;

	atomic_store(&link->counters->state, STATE_ENDING);
	for (i = 0; i < link->config.rules_num && link->broker; i++)
		if (link->config.rules[i].direction & RULE_OUT)
			nlbroker_unsubscribe(link->broker,
					     link->config.rules[i].local);
	out_receive(link, OUT_ALL);
	link->stopped = true;
}

/* Is there nothing left to do? Called when it is to end. */
static bool at_end(struct link *link, uint64_t now)
{
	uint64_t deadline = atomic_load(&link->deadline);

	if (now >= deadline && !link->said_goodbye)
		out_give_up(link);
	if (now >= deadline + GOODBYE_NS)
		return true;
	/* The goodbye isn't counted, and no reason to connect again. */
	if (!link_up(link))
		return !link->queue.messages;
	if (link->queue.waiting.first || link->queue.flying.first ||
	    link->queue.writing.first)
		return false;
	if (!link->said_goodbye && link->config.notifications) {
		link->said_goodbye = true;
		out_state(link, "0");
		return false;
	}
	return true;
}

/* To the broker, when it is time. */
static void begin_connect(struct link *link, uint64_t now)
{
	if (!link->mosq && !link->connector.attempt &&
	    now >= link->connector.next)
		connect_begin(link);
}

/* How long there is nothing to do unless something comes, ms. */
static int patience(const struct link *link, uint64_t now)
{
	uint64_t until = now + LINK_NS_PER_S;

	if (link->mosq && link->more)
		return 0;
	if (ending(link) || (link->mosq && link->phase != PHASE_USUAL))
		until = now + LINK_NS_PER_S / 10;
	if (!link->mosq && !link->connector.attempt &&
	    link->connector.next < until)
		until = link->connector.next;
	return until <= now ? 0 : (int)((until - now) / 1000000) + 1;
}

enum { FD_WAKE, FD_BROKER, FD_CONNECT, FD_MQTT, FD_NUM };

/* Waits until there is something to do. */
static void wait_for(struct link *link, struct pollfd fds[FD_NUM], uint64_t now)
{
	fds[FD_WAKE] = (struct pollfd){ .fd = link->wake_fd, .events = POLLIN };
	/* Who waits for room waits for the MQTT broker then. */
	fds[FD_BROKER] = (struct pollfd){
		.fd = out_pressed(link) || link->stopped ? -1 : link->broker_fd,
		.events = POLLIN,
	};
	fds[FD_CONNECT] = (struct pollfd){
		.fd = connect_fd(&link->connector),
		.events = POLLIN,
	};
	fds[FD_MQTT] = (struct pollfd){
		.fd = link->mosq ? mosquitto_socket(link->mosq) : -1,
		.events = POLLIN,
	};
	if (link->mosq && mosquitto_want_write(link->mosq))
		fds[FD_MQTT].events |= POLLOUT;
	if (poll(fds, FD_NUM, patience(link, now)) < 0)
		memset(fds, 0, FD_NUM * sizeof(*fds));
}

static void work(struct link *link, const struct pollfd fds[FD_NUM])
{
	uint64_t now = rtt_now(), woken;
	struct mosquitto *mosq;

	if (fds[FD_WAKE].revents &&
	    read(link->wake_fd, &woken, sizeof(woken)) < 0)
		return;
	if (fds[FD_CONNECT].revents) {
		mosq = connect_end(link);
		if (mosq)
			mqtt_adopt(link, mosq);
	} else if (link->mosq) {
		mqtt_work(link, link->more || fds[FD_MQTT].revents & ~POLLOUT,
			  fds[FD_MQTT].revents & POLLOUT, now);
		in_flush(link);
	}
	if (fds[FD_BROKER].revents)
		out_receive(link, RECEIVE_MAX);
	mqtt_advance(link, now);
	if (link_up(link))
		out_feed(link);
	if (link->broker_retry && now >= link->broker_retry && !link->stopped)
		out_open(link);
	out_gauge(link);
	say_losses(link, now, false);
}

static void finish(struct link *link)
{
	connect_abandon(&link->connector);
	if (link_up(link))
		mqtt_goodbye(link);
	link->said_goodbye = true;
	out_give_up(link);
	mqtt_gone(link, NULL);
	out_close(link);
	out_gauge(link);
	say_losses(link, rtt_now(), true);
	mosquitto_property_free_all(&link->properties);
}

static void *run(void *arg)
{
	struct link *link = arg;
	struct pollfd fds[FD_NUM];
	uint64_t now;

	out_open(link);
	for (;;) {
		now = rtt_now();
		if (ending(link) && !link->stopped)
			stop_taking(link);
		if (ending(link) && at_end(link, now))
			break;
		begin_connect(link, now);
		wait_for(link, fds, now);
		work(link, fds);
	}
	finish(link);
	atomic_store(&link->ended, 1);
	return NULL;
}

static int start(struct link *link)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	err = pthread_create(&link->thread, &attr, run, link);
	pthread_attr_destroy(&attr);
	return -err;
}

static void destroy(struct link *link)
{
	if (link->wake_fd >= 0)
		close(link->wake_fd);
	queue_free(&link->queue);
	config_link_free(&link->config);
	free(link);
}

struct link *link_start(struct config_link *config, struct counters *counters,
			const char *id)
{
	struct link *link = mem_zero(1, sizeof(*link));

	config_link_move(&link->config, config);
	link->counters = counters;
	snprintf(link->id, sizeof(link->id), "%s", id);
	link->broker_fd = -1;
	link->connector.seed = (unsigned int)(rtt_now() ^ (uintptr_t)link);
	queue_init(&link->queue, link->config.queued_messages,
		   link->config.queued_bytes);
	link->said_lost =
		counters_lost(&counters->out) + counters_lost(&counters->in);
	link->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (link->wake_fd < 0 || start(link)) {
		say_error("%s: no thread", link->config.name);
		destroy(link);
		return NULL;
	}
	return link;
}

void link_end(struct link *link, unsigned int seconds)
{
	uint64_t one = 1;

	atomic_store(&link->deadline, rtt_now() + seconds * LINK_NS_PER_S);
	atomic_store(&link->ending, 1);
	if (write(link->wake_fd, &one, sizeof(one)) < 0)
		say_error("%s: %s", link->config.name, strerror(errno));
}

bool link_ended(const struct link *link)
{
	return atomic_load(&((struct link *)link)->ended);
}

uint64_t link_free(struct link *link)
{
	uint64_t given_up;

	pthread_join(link->thread, NULL);
	given_up = link->given_up;
	destroy(link);
	return given_up;
}

const struct config_link *link_config(const struct link *link)
{
	return &link->config;
}
