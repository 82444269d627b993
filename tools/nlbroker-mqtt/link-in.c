// SPDX-License-Identifier: GPL-2.0-or-later
/* From MQTT to nlbroker. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "errname.h"
#include "link-private.h"
#include "num.h"
#include "rtt.h"
#include "text.h"

/**
 * struct passport - where a message has been
 * @own: it began here
 * @hops: through how many bridges it went
 */
struct passport {
	bool own;
	uint64_t hops;
};

static void read_passport(const struct link *link,
			  const mosquitto_property *properties,
			  struct passport *passport)
{
	const mosquitto_property *p = properties;
	char *name, *value;
	bool skip = false;

	*passport = (struct passport){ .own = false };
	for (;;) {
		name = NULL;
		value = NULL;
		p = mosquitto_property_read_string_pair(
			p, MQTT_PROP_USER_PROPERTY, &name, &value, skip);
		if (!p)
			return;
		skip = true;
		if (name && value && !strcmp(name, LINK_ORIGIN))
			passport->own |= !strcmp(value, link->id);
		/* What is no number says nothing. */
		if (name && value && !strcmp(name, LINK_HOPS) &&
		    num_u64(value, &passport->hops) == -ERANGE)
			passport->hops = UINT64_MAX;
		free(name);
		free(value);
	}
}

/* Whether a message is to be taken; if not, it is counted. */
static bool wanted(struct link *link, const struct mosquitto_message *m,
		   const mosquitto_property *properties, char *topic)
{
	struct tally *in = &link->counters->in;
	struct passport passport;

	count(&in->received, 1);
	read_passport(link, properties, &passport);
	if (passport.own)
		count(&in->skipped[SKIPPED_LOOP], 1);
	else if (passport.hops >= link->config.max_hops)
		count(&in->skipped[SKIPPED_HOPS], 1);
	else if (!rule_in(link->config.rules, link->config.rules_num, m->topic,
			  topic))
		count(&in->skipped[SKIPPED_OTHER], 1);
	else if (nlbroker_topic_fault(topic, false))
		count(&in->lost[LOST_TOPIC], 1);
	else if (m->payloadlen < 0 || m->payloadlen > NLBROKER_PAYLOAD_MAX)
		count(&in->lost[LOST_SIZE], 1);
	else
		return true;
	return false;
}

void in_message(struct link *link, const struct mosquitto_message *message,
		const mosquitto_property *properties)
{
	struct incoming *i = &link->incoming;
	size_t size, len = (size_t)message->payloadlen;
	char topic[RULE_TOPIC_MAX];
	char *data;

	if (link->phase != PHASE_USUAL)
		link->heard = rtt_now();
	if (!wanted(link, message, properties, topic))
		return;
	size = strlen(topic) + 1;
	data = malloc(size + len);
	if (!data) {
		count(&link->counters->in.lost[LOST_MEMORY], 1);
		return;
	}
	memcpy(data, topic, size);
	if (len)
		memcpy(data + size, message->payload, len);
	i->data[i->count] = data;
	i->messages[i->count++] = (struct nlbroker_outgoing){
		.topic = data,
		.payload = data + size,
		.len = len,
		.flags = message->retain ? NLBROKER_RETAIN : 0,
	};
	if (i->count == LINK_BATCH)
		in_flush(link);
}

static void judge(struct link *link, int error)
{
	struct tally *in = &link->counters->in;

	if (!error) {
		count(&in->sent, 1);
		return;
	}
	count(&in->lost[error == -ENOMEM ? LOST_MEMORY : LOST_REFUSED], 1);
	/* The kernel's answer got lost, perhaps not the message. */
	if (error == -ENOBUFS)
		count(&in->in_doubt, 1);
}

void in_flush(struct link *link)
{
	struct incoming *i = &link->incoming;
	char name[128], *words;
	size_t n;
	int err;

	if (!i->count)
		return;
	/* Answers come behind what waits to be received. */
	out_receive(link, OUT_ALL);
	err = link->broker ? nlbroker_publish_many(link->broker, i->messages,
						   i->count) :
			     -ENOTCONN;
	if (err) {
		words = text_escape(
			link->broker ? nlbroker_error(link->broker) : "",
			link->broker ? strlen(nlbroker_error(link->broker)) :
				       0);
		link_say(link, "nlbroker refused a message: %s%s%s",
			 errname_text(-err, name, sizeof(name)),
			 *words ? ": " : "", words);
		free(words);
	}
	for (n = 0; n < i->count; n++) {
		judge(link, link->broker ? i->messages[n].error : err);
		free(i->data[n]);
	}
	i->count = 0;
}
