// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "link-private.h"
#include "mem.h"
#include "rtt.h"

/* A thread of a connection does little with its stack. */
#define STACK_BYTES 524288UL

/**
 * struct attempt - an attempt, of the thread's and of the connection's
 * @users: of the two, who still needs it
 * @done_fd: readable when it is done
 * @mosq: the client
 * @host: where to
 * @port: likewise
 * @keepalive: seconds
 * @bind: local address, or NULL
 * @properties: of CONNECT
 * @rc: of libmosquitto
 * @error: errno, if that says so
 */
struct attempt {
	_Atomic int users;
	int done_fd;
	struct mosquitto *mosq;
	char *host;
	int port;
	int keepalive;
	char *bind;
	mosquitto_property *properties;
	int rc;
	int error;
};

static void put(struct attempt *a)
{
	if (atomic_fetch_sub(&a->users, 1) != 1)
		return;
	/* NULL when it was handed on. */
	if (a->mosq)
		mosquitto_destroy(a->mosq);
	mosquitto_property_free_all(&a->properties);
	if (a->done_fd >= 0)
		close(a->done_fd);
	free(a->host);
	free(a->bind);
	free(a);
}

/* Threads that there are, those included that nobody waits for. */
static _Atomic int running;

bool connect_running(void)
{
	return atomic_load(&running);
}

static void *attempt_run(void *arg)
{
	struct attempt *a = arg;
	uint64_t one = 1;

	errno = 0;
	a->rc = mosquitto_connect_bind_v5(a->mosq, a->host, a->port,
					  a->keepalive, a->bind, a->properties);
	a->error = errno;
	/* It has room: nothing was written before. */
	if (write(a->done_fd, &one, sizeof(one)) < 0)
		abort();
	put(a);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

void connect_later(struct link *link)
{
	struct connector *c = &link->connector;

	c->delay = connect_delay(c->delay, link->config.restart_base * 1000,
				 link->config.restart_cap * 1000,
				 (uint32_t)rand_r(&c->seed));
	c->next = rtt_now() + (uint64_t)c->delay * 1000000;
	c->address = (c->address + 1) % link->config.addresses_num;
	atomic_store(&link->counters->state, STATE_WAITING);
}

static void failed(struct link *link, const char *why)
{
	count(&link->counters->failures, 1);
	counters_say(link->counters, NULL, why);
	link_say(link, "%s: %s", link->counters->address, why);
	connect_later(link);
}

static int connect_properties(struct attempt *a, const struct config_link *c)
{
	int rc = mosquitto_property_add_int32(
		&a->properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, c->packet_size);

	/* Without it a session ends with the connection. */
	if (!rc && !c->clean)
		rc = mosquitto_property_add_int32(
			&a->properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
			c->session_expiry);
	return rc;
}

static int start(struct attempt *a)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	atomic_store(&a->users, 2);
	atomic_fetch_add(&running, 1);
	err = pthread_create(&thread, &attr, attempt_run, a);
	pthread_attr_destroy(&attr);
	if (err) {
		atomic_store(&a->users, 1);
		atomic_fetch_sub(&running, 1);
	}
	return -err;
}

void connect_begin(struct link *link)
{
	const struct config_link *config = &link->config;
	const struct config_address *to =
		&config->addresses[link->connector.address];
	struct attempt *a = mem_zero(1, sizeof(*a));
	char text[300];

	a->host = mem_string(to->host);
	a->port = to->port ? to->port : config_link_tls(config) ? 8883 : 1883;
	a->keepalive = (int)config->keepalive;
	a->bind = config->bind_address ? mem_string(config->bind_address) :
					 NULL;
	atomic_store(&a->users, 1);
	a->done_fd = eventfd(0, EFD_CLOEXEC);
	snprintf(text, sizeof(text), strchr(a->host, ':') ? "[%s]:%d" : "%s:%d",
		 a->host, a->port);
	counters_say(link->counters, text, link->counters->error);
	atomic_store(&link->counters->state, STATE_CONNECTING);
	a->mosq = a->done_fd < 0 ? NULL : mqtt_new(link, text, sizeof(text));
	if (a->done_fd < 0)
		snprintf(text, sizeof(text), "%s", strerror(errno));
	if (a->mosq && connect_properties(a, config)) {
		snprintf(text, sizeof(text), "no memory");
	} else if (a->mosq) {
		if (!start(a)) {
			link->connector.attempt = a;
			return;
		}
		snprintf(text, sizeof(text), "no thread to connect with");
	}
	put(a);
	failed(link, text);
}

int connect_fd(const struct connector *connector)
{
	return connector->attempt ? connector->attempt->done_fd : -1;
}

struct mosquitto *connect_end(struct link *link)
{
	struct attempt *a = link->connector.attempt;
	struct mosquitto *mosq = a->mosq;
	char text[300];

	link->connector.attempt = NULL;
	if (!a->rc)
		a->mosq = NULL;
	else if (a->rc == MOSQ_ERR_EAI)
		snprintf(text, sizeof(text), "the name is not known");
	else
		snprintf(text, sizeof(text), "%s",
			 a->rc == MOSQ_ERR_ERRNO ? strerror(a->error) :
						   mosquitto_strerror(a->rc));
	if (a->rc) {
		mosq = NULL;
		failed(link, text);
	}
	put(a);
	return mosq;
}

void connect_abandon(struct connector *connector)
{
	if (connector->attempt)
		put(connector->attempt);
	connector->attempt = NULL;
}
