// SPDX-License-Identifier: GPL-2.0-or-later
/* The connection to the MQTT broker: libmosquitto's client, its calls and ours. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/tcp.h>
#include <netinet/in.h>

#include "link-private.h"
#include "rtt.h"
#include "secret.h"

/* How long to wait for what a broker answers at once. */
#define ANSWER_NS (30 * LINK_NS_PER_S)

/* Values are sent when it has been quiet for so long, or after so long. */
#define QUIET_NS LINK_NS_PER_S
#define QUIET_MOST_NS (10 * LINK_NS_PER_S)

/* Packets that are read before anything else gets its turn. */
#define READ_MAX 64

/* What a packet may have around it: TLS, and what comes behind it. */
#define READ_SLACK 262144UL

/* None of libmosquitto's. */
#define READ_TOO_LONG 1000

static void on_connect(struct mosquitto *mosq, void *arg, int rc, int flags,
		       const mosquitto_property *properties)
{
	struct link *link = arg;

	(void)mosq;
	(void)properties;
	link->packets++;
	if (rc) {
		link->refused = true;
		link_say(link, "the broker refused the connection: %s",
			 mosquitto_reason_string(rc));
		return;
	}
	/* The lowest bit: the broker remembers. */
	link->session = flags & 1;
	if (link->known && !link->session && !link->config.clean) {
		count(&link->counters->sessions_lost, 1);
		link_say(link, "the broker has forgotten this client");
	}
	link->resync = !link->known || !link->session;
	link->known = true;
	link->phase = PHASE_FLUSHING;
	link->since = rtt_now();
	link->flush_to = link->queue.serial;
	count(&link->counters->connects, 1);
	atomic_store(&link->counters->state, STATE_CONNECTED);
	counters_say(link->counters, NULL, "");
	*link->said_error = '\0';
	out_state(link, "1");
}

static void on_publish(struct mosquitto *mosq, void *arg, int mid, int reason,
		       const mosquitto_property *properties)
{
	struct link *link = arg;

	(void)mosq;
	(void)properties;
	link->packets++;
	out_published(link, mid, reason);
}

static void on_message(struct mosquitto *mosq, void *arg,
		       const struct mosquitto_message *message,
		       const mosquitto_property *properties)
{
	struct link *link = arg;

	(void)mosq;
	link->packets++;
	in_message(link, message, properties);
}

static void on_subscribe(struct mosquitto *mosq, void *arg, int mid, int num,
			 const int *granted,
			 const mosquitto_property *properties)
{
	struct link *link = arg;
	int i;

	(void)mosq;
	(void)mid;
	(void)properties;
	link->packets++;
	link->heard = rtt_now();
	if (link->subacks)
		link->subacks--;
	for (i = 0; i < num; i++)
		if (granted[i] >= 0x80)
			link_say(link, "the broker refused a subscription: %s",
				 mosquitto_reason_string(granted[i]));
}

static void on_disconnect(struct mosquitto *mosq, void *arg, int rc,
			  const mosquitto_property *properties)
{
	struct link *link = arg;

	(void)mosq;
	(void)properties;
	/* What the broker says; other words are those of the call that failed. */
	if (rc >= 0x80)
		link_say(link, "the broker ended the connection: %s",
			 mosquitto_reason_string(rc));
}

/* A key with a password: there is nobody to type it. */
static int no_password(char *buf, int size, int rwflag, void *arg)
{
	(void)rwflag;
	(void)arg;
	if (size > 0)
		*buf = '\0';
	return 0;
}

static int set_tls(struct mosquitto *mosq, const struct config_link *c,
		   char *error, size_t size)
{
	int rc;

	if (!config_link_tls(c))
		return 0;
	if (c->keyfile && secret_check(c->keyfile, error, size))
		return -1;
	rc = mosquitto_tls_set(mosq, c->cafile, c->capath, c->certfile,
			       c->keyfile, no_password);
	if (!rc)
		/* The broker's certificate is looked at. */
		rc = mosquitto_tls_opts_set(mosq, 1, c->tls_version, NULL);
	if (!rc && c->insecure)
		rc = mosquitto_tls_insecure_set(mosq, true);
	if (!rc && c->alpn)
		rc = mosquitto_string_option(mosq, MOSQ_OPT_TLS_ALPN, c->alpn);
	if (rc)
		snprintf(
			error, size, "TLS: %s",
			rc == MOSQ_ERR_INVAL ?
				"a file with certificates or a key can't be read" :
				mosquitto_strerror(rc));
	return rc;
}

static int set_login(struct mosquitto *mosq, const struct config_link *c,
		     char *error, size_t size)
{
	char password[SECRET_MAX + 1] = "";
	int rc;

	if (!c->username)
		return 0;
	if (c->password_file &&
	    secret_read(c->password_file, password, error, size))
		return -1;
	rc = mosquitto_username_pw_set(mosq, c->username,
				       c->password_file ? password : NULL);
	explicit_bzero(password, sizeof(password));
	if (rc)
		snprintf(error, size, "user name and password: %s",
			 mosquitto_strerror(rc));
	return rc;
}

/* What the broker says for this client when it is gone. */
static int set_will(struct link *link, struct mosquitto *mosq)
{
	mosquitto_property *list = NULL;
	int rc;

	if (!link->config.notifications)
		return 0;
	rc = mosquitto_property_add_string_pair(&list, MQTT_PROP_USER_PROPERTY,
						LINK_ORIGIN, link->id);
	if (!rc)
		rc = mosquitto_will_set_v5(mosq, link->config.state_topic, 1,
					   "0", 1, true, list);
	if (rc)
		mosquitto_property_free_all(&list);
	return rc;
}

struct mosquitto *mqtt_new(struct link *link, char *error, size_t size)
{
	const struct config_link *c = &link->config;
	struct mosquitto *mosq;

	mosq = mosquitto_new(c->clientid, c->clean, link);
	if (!mosq) {
		snprintf(error, size, "the client: %s", strerror(errno));
		return NULL;
	}
	*error = '\0';
	mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(mosq, MOSQ_OPT_SEND_MAXIMUM, (int)c->inflight);
	mosquitto_connect_v5_callback_set(mosq, on_connect);
	mosquitto_publish_v5_callback_set(mosq, on_publish);
	mosquitto_message_v5_callback_set(mosq, on_message);
	mosquitto_subscribe_v5_callback_set(mosq, on_subscribe);
	mosquitto_disconnect_v5_callback_set(mosq, on_disconnect);
	if (!set_login(mosq, c, error, size) &&
	    !set_tls(mosq, c, error, size) && !set_will(link, mosq))
		return mosq;
	if (!*error)
		snprintf(error, size, "no memory");
	mosquitto_destroy(mosq);
	return NULL;
}

/* Bytes that were read from the socket so far; 0 when nobody knows. */
static uint64_t bytes_read(const struct link *link)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);
	int waiting = 0, fd = mosquitto_socket(link->mosq);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
	    ioctl(fd, FIONREAD, &waiting) ||
	    info.tcpi_bytes_received < (uint64_t)waiting)
		return 0;
	return info.tcpi_bytes_received - (uint64_t)waiting;
}

void mqtt_adopt(struct link *link, struct mosquitto *mosq)
{
	link->mosq = mosq;
	link->phase = PHASE_GREETING;
	link->since = rtt_now();
	link->misc = link->since;
	link->subacks = 0;
	link->packets++;
	link->more = false;
	link->said_goodbye = false;
	link->refused = false;
}

/*
 * libmosquitto reads a packet of any length, and as much of it at once as there is. A
 * broker that sends one that is longer than it was told is let go as soon as that is
 * seen: of what it sends, nothing is ever complete.
 */
static bool too_long(struct link *link)
{
	uint64_t bytes = bytes_read(link);

	if (link->packets != link->packets_marked) {
		link->packets_marked = link->packets;
		link->read_mark = bytes;
	}
	return bytes > link->read_mark &&
	       bytes - link->read_mark >
		       (uint64_t)link->config.packet_size + READ_SLACK;
}

/*
 * Packets, as long as they come. That there are more after that, or that TLS has some
 * of which the socket knows nothing, link->more tells.
 */
static int read_some(struct link *link)
{
	unsigned int idle = config_link_tls(&link->config) ? 2 : 1;
	unsigned int i, packets;
	int rc;

	for (i = 0; i < READ_MAX && idle; i++) {
		packets = link->packets;
		rc = mosquitto_loop_read(link->mosq, 1);
		if (rc)
			return rc;
		if (mosquitto_socket(link->mosq) < 0)
			return MOSQ_ERR_CONN_LOST;
		if (link->packets != packets)
			continue;
		if (too_long(link))
			return READ_TOO_LONG;
		idle--;
	}
	link->more = idle;
	return 0;
}

void mqtt_gone(struct link *link, const char *why)
{
	if (!link->mosq)
		return;
	in_flush(link);
	mosquitto_destroy(link->mosq);
	link->mosq = NULL;
	out_broke(link);
	if (link->phase == PHASE_GREETING)
		count(&link->counters->failures, 1);
	if (link->said_goodbye)
		return;
	/* Why it was refused has been said. */
	if (!link->refused)
		link_say(link, "%s: %s", link->counters->address, why);
	connect_later(link);
}

void mqtt_work(struct link *link, bool readable, bool writable, uint64_t now)
{
	int rc = 0;

	if (readable)
		rc = read_some(link);
	if (!rc && (writable || mosquitto_want_write(link->mosq)))
		rc = mosquitto_loop_write(link->mosq, 1);
	if (!rc && link_since(now, link->misc) >= LINK_NS_PER_S) {
		link->misc = now;
		rc = mosquitto_loop_misc(link->mosq);
	}
	/* Whether errno still is what it was then, nobody knows. */
	if (rc == MOSQ_ERR_ERRNO)
		mqtt_gone(link, "the connection broke");
	else if (rc == READ_TOO_LONG)
		mqtt_gone(link,
			  "a packet is longer than bridge_max_packet_size");
	else if (rc)
		mqtt_gone(link, mosquitto_strerror(rc));
	else if (mosquitto_socket(link->mosq) < 0)
		mqtt_gone(link, "the connection was lost");
}

static int subscribe(struct link *link)
{
	const struct config_link *c = &link->config;
	const struct rule *r;
	int options, rc;

	for (r = c->rules; r < c->rules + c->rules_num; r++) {
		if (!(r->direction & RULE_IN))
			continue;
		options = MQTT_SUB_OPT_NO_LOCAL |
			  MQTT_SUB_OPT_RETAIN_AS_PUBLISHED;
		/* What changed meanwhile, the session has kept for this one. */
		if (r->qos && link->session)
			options |= MQTT_SUB_OPT_SEND_RETAIN_NEW;
		rc = mosquitto_subscribe_v5(link->mosq, NULL, r->remote, r->qos,
					    options, NULL);
		if (rc)
			return rc;
		link->subacks++;
	}
	return 0;
}

static void next_phase(struct link *link, enum phase phase, uint64_t now)
{
	link->phase = phase;
	link->since = now;
}

void mqtt_advance(struct link *link, uint64_t now)
{
	const struct item *first = link->queue.waiting.first;
	int rc;

	if (!link->mosq)
		return;
	if (link->phase == PHASE_GREETING &&
	    link_since(now, link->since) > ANSWER_NS) {
		mqtt_gone(link, "the broker does not answer");
		return;
	}
	/* A broker that takes nothing may have something. */
	if (link->phase == PHASE_FLUSHING &&
	    (!first || first->serial > link->flush_to ||
	     link_since(now, link->since) >= QUIET_MOST_NS)) {
		rc = subscribe(link);
		if (rc) {
			mqtt_gone(link, mosquitto_strerror(rc));
			return;
		}
		link->heard = link->subacks ? now : 0;
		next_phase(link, PHASE_SUBSCRIBING, now);
	}
	if (link->phase == PHASE_SUBSCRIBING) {
		if (link->subacks && link_since(now, link->since) > ANSWER_NS)
			mqtt_gone(link, "the broker does not answer");
		else if (!link->subacks)
			next_phase(link, PHASE_QUIET, now);
	}
	if (link->mosq && link->phase == PHASE_QUIET &&
	    (link_since(now, link->heard) >= QUIET_NS ||
	     link_since(now, link->since) >= QUIET_MOST_NS)) {
		if (link->resync)
			out_values(link);
		link->resync = false;
		/* It holds: when it breaks, the delays begin anew. */
		link->connector.delay = 0;
		next_phase(link, PHASE_USUAL, now);
	}
}

void mqtt_goodbye(struct link *link)
{
	mosquitto_disconnect_v5(link->mosq, MQTT_RC_NORMAL_DISCONNECTION, NULL);
	mosquitto_loop_write(link->mosq, 1);
}
