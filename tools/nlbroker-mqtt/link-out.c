// SPDX-License-Identifier: GPL-2.0-or-later
/* From nlbroker to MQTT. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "errname.h"
#include "link-private.h"
#include "rtt.h"
#include "text.h"

/* QoS 0: how many may wait in libmosquitto, which has no bound of its own. */
#define WRITING_MAX 64

/* Numbers of MQTT begin anew after 65535; none is to be given out twice. */
#define TURNS_MAX 60000

/* How long what nlbroker has refused is left alone. */
#define RETRY_NS (5 * LINK_NS_PER_S)

static void refused(struct link *link, const char *what, int error)
{
	char *words = NULL, name[128];

	if (link->broker)
		words = text_escape(nlbroker_error(link->broker),
				    strlen(nlbroker_error(link->broker)));
	link_say(link, "nlbroker: %s: %s%s%s", what,
		 errname_text(-error, name, sizeof(name)),
		 words && *words ? ": " : "", words ? words : "");
	free(words);
}

/* Rules towards MQTT, from the first one that isn't subscribed to. */
static int subscribe(struct link *link)
{
	const struct config_link *c = &link->config;
	int err;

	for (; link->subscribed < c->rules_num; link->subscribed++) {
		const struct rule *r = &c->rules[link->subscribed];

		if (!(r->direction & RULE_OUT))
			continue;
		/* Who has published tells apart what other connections have. */
		err = nlbroker_subscribe(link->broker, r->local,
					 NLBROKER_NO_LOCAL | NLBROKER_CREDS);
		if (err) {
			refused(link, r->local, err);
			return err;
		}
	}
	return 0;
}

void out_open(struct link *link)
{
	int err = 0;

	link->broker_retry = rtt_now() + RETRY_NS;
	if (!link->broker) {
		link->subscribed = 0;
		err = nlbroker_open(&link->broker);
		if (err) {
			link->broker = NULL;
			refused(link, "no connection", err);
			return;
		}
		link->broker_fd = nlbroker_fd(link->broker);
		if (link->broker_fd < 0) {
			out_close(link);
			return;
		}
		nlbroker_set_queue(link->broker, (int)link->config.local_queue);
		link_port_set(link, nlbroker_portid(link->broker));
	}
	if (!subscribe(link))
		link->broker_retry = 0;
}

void out_close(struct link *link)
{
	link_port_set(link, 0);
	nlbroker_close(link->broker);
	link->broker = NULL;
	link->broker_fd = -1;
	link->broker_retry = rtt_now() + RETRY_NS;
}

static bool add_property(mosquitto_property **list, const char *name,
			 const char *value)
{
	return !mosquitto_property_add_string_pair(
		list, MQTT_PROP_USER_PROPERTY, name, value);
}

/* A message of nlbroker's, or a value, by RULE. */
static void offer(struct link *link, const struct nlbroker_message *m,
		  const struct rule *rule, const char *topic, bool always)
{
	struct tally *out = &link->counters->out;
	bool retain = m->retain || m->retained;
	struct item *item;

	if (!link_up(link) && !rule->qos && !retain) {
		count(&out->lost[LOST_LINK], 1);
		return;
	}
	if (!always && !queue_fits(&link->queue, strlen(topic) + m->len)) {
		count(&out->lost[LOST_QUEUE], 1);
		return;
	}
	item = item_new(topic, m->payload, m->len);
	if (!item) {
		count(&out->lost[LOST_MEMORY], 1);
		return;
	}
	item->qos = rule->qos;
	item->retain = retain;
	item->has_uid = link->config.sender_uid && m->has_creds;
	item->uid = m->uid;
	queue_put(&link->queue, item);
}

static void take(struct link *link, const struct nlbroker_message *m)
{
	struct tally *out = &link->counters->out;
	char topic[RULE_TOPIC_MAX];
	const struct rule *rule;

	if (m->kind == NLBROKER_LOST) {
		count(&out->received, m->count);
		count(&out->lost[LOST_SLOW], m->count);
	}
	if (m->kind != NLBROKER_MESSAGE)
		return;
	count(&out->received, 1);
	rule = rule_out(link->config.rules, link->config.rules_num, m->topic,
			topic);
	if (!rule || (m->has_creds && link_port_other(link, m->portid)))
		count(&out->skipped[SKIPPED_OTHER], 1);
	else
		offer(link, m, rule, topic, false);
}

bool out_pressed(const struct link *link)
{
	return link_up(link) && !link->stopped && queue_pressed(&link->queue);
}

void out_receive(struct link *link, unsigned int most)
{
	const struct nlbroker_message *m;
	unsigned int n;
	int rc;

	for (n = 0; n < most && link->broker; n++) {
		if (most != OUT_ALL && out_pressed(link))
			break;
		rc = nlbroker_receive(link->broker, &m, 0);
		if (!rc)
			break;
		if (rc > 0) {
			take(link, m);
		} else if (rc != -EINTR) {
			refused(link, "receiving", rc);
			out_close(link);
		}
	}
}

/**
 * struct values - values being taken
 * @link: the connection
 * @rule: by which they are
 */
struct values {
	struct link *link;
	const struct rule *rule;
};

/* Does a value come from a bridge: this one, or as it was before it was ended? */
static bool from_bridge(const struct link *link,
			const struct nlbroker_message *m)
{
	uid_t me = geteuid();

	/* Root is many. */
	return m->portid == nlbroker_portid(link->broker) ||
	       link_port_other(link, m->portid) || (me && m->uid == me);
}

static void take_value(const struct nlbroker_message *m, void *arg)
{
	const struct values *v = arg;
	struct link *link = v->link;
	char topic[RULE_TOPIC_MAX];

	/* Each by the first rule that matches. */
	if (rule_out(link->config.rules, link->config.rules_num, m->topic,
		     topic) != v->rule ||
	    from_bridge(link, m))
		return;
	count(&link->counters->out.received, 1);
	offer(link, m, v->rule, topic, true);
}

void out_values(struct link *link)
{
	struct values v = { .link = link };
	size_t i;
	int rc;

	for (i = 0; i < link->config.rules_num && link->broker; i++) {
		v.rule = &link->config.rules[i];
		if (!(v.rule->direction & RULE_OUT))
			continue;
		rc = nlbroker_retained(link->broker, v.rule->local, take_value,
				       &v);
		if (rc < 0)
			refused(link, "values", rc);
	}
}

void out_state(struct link *link, const char *payload)
{
	struct item *item;

	if (!link->config.notifications)
		return;
	item = item_new(link->config.state_topic, payload, strlen(payload));
	if (!item)
		return;
	item->qos = 1;
	item->retain = true;
	item->internal = true;
	queue_put_first(&link->queue, item);
}

/* The same for all messages, but for who has published one. */
static int publish(struct link *link, const struct item *item, int *mid)
{
	mosquitto_property *list = NULL;
	char text[16];
	int rc;

	if (!link->properties &&
	    (!add_property(&link->properties, LINK_ORIGIN, link->id) ||
	     !add_property(&link->properties, LINK_HOPS, "1")))
		return MOSQ_ERR_NOMEM;
	if (item->has_uid) {
		snprintf(text, sizeof(text), "%" PRIu32, item->uid);
		if (mosquitto_property_copy_all(&list, link->properties) ||
		    !add_property(&list, LINK_UID, text)) {
			mosquitto_property_free_all(&list);
			return MOSQ_ERR_NOMEM;
		}
	}
	rc = mosquitto_publish_v5(link->mosq, mid, item->topic, (int)item->len,
				  item->payload, item->qos, item->retain,
				  list ? list : link->properties);
	mosquitto_property_free_all(&list);
	return rc;
}

/* Did libmosquitto not take it, and never will? */
static bool hopeless(int rc)
{
	switch (rc) {
	case MOSQ_ERR_NOMEM:
	case MOSQ_ERR_INVAL:
	case MOSQ_ERR_PAYLOAD_SIZE:
	case MOSQ_ERR_MALFORMED_UTF8:
	case MOSQ_ERR_QOS_NOT_SUPPORTED:
	case MOSQ_ERR_RETAIN_NOT_SUPPORTED:
	case MOSQ_ERR_OVERSIZE_PACKET:
		return true;
	default:
		return false;
	}
}

/* Hands one over. False when no more can be now. */
static bool feed_one(struct link *link, struct item *item)
{
	struct tally *out = &link->counters->out;
	bool internal = item->internal;
	int qos = item->qos, mid = 0, rc;

	if (item->again)
		count(&out->resent, 1);
	rc = publish(link, item, &mid);
	if (rc == MOSQ_ERR_NO_CONN) {
		queue_back(&link->queue, item);
		return false;
	}
	if (hopeless(rc)) {
		if (!internal)
			count(&out->lost[rc == MOSQ_ERR_NOMEM ? LOST_MEMORY :
								LOST_REFUSED],
			      1);
		link_say(link, "a message for the broker: %s",
			 mosquitto_strerror(rc));
		queue_drop(&link->queue, item);
		return true;
	}
	/* One of QoS 0 that could be written at once is gone already. */
	if (qos)
		item->mid = mid;
	return !rc;
}

void out_feed(struct link *link)
{
	struct queue *q = &link->queue;
	const struct item *first;

	while ((first = q->waiting.first)) {
		if (first->qos ? q->flying_num >= link->config.inflight :
				 q->writing_num >= WRITING_MAX)
			return;
		if (q->flying.first &&
		    q->turn - q->flying.first->turn > TURNS_MAX)
			return;
		if (!feed_one(link, queue_next(q)))
			return;
	}
}

void out_published(struct link *link, int mid, int reason)
{
	struct tally *out = &link->counters->out;
	struct item *item = queue_flying(&link->queue, mid);

	/* Those of QoS 0 are written in their order. */
	if (!item)
		item = link->queue.writing.first;
	if (!item)
		return;
	if (reason >= 0x80)
		link_say(link, "the broker refused a message: %s",
			 mosquitto_reason_string(reason));
	if (!item->internal)
		count(reason >= 0x80 ? &out->lost[LOST_REFUSED] : &out->sent,
		      1);
	queue_drop(&link->queue, item);
}

static void broke_lost(const struct item *item, void *arg)
{
	struct link *link = arg;

	(void)item;
	count(&link->counters->out.lost[LOST_LINK], 1);
}

void out_broke(struct link *link)
{
	queue_broke(&link->queue, broke_lost, link);
}

void out_give_up(struct link *link)
{
	struct tally *out = &link->counters->out;
	const struct item *item;

	for (item = link->queue.flying.first; item; item = item->next)
		if (!item->internal)
			count(&out->in_doubt, 1);
	/* What was sent before the connection broke, too. */
	for (item = link->queue.waiting.first; item; item = item->next)
		if (item->again && !item->internal)
			count(&out->in_doubt, 1);
	link->given_up += link->queue.messages;
	count(&out->lost[LOST_SHUTDOWN], link->queue.messages);
	queue_free(&link->queue);
}

void out_gauge(struct link *link)
{
	atomic_store_explicit(&link->counters->out.queued, link->queue.messages,
			      memory_order_relaxed);
	atomic_store_explicit(&link->counters->queued_bytes, link->queue.bytes,
			      memory_order_relaxed);
}
