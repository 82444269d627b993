// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libnlbroker behind a kernel that says what it likes: the first line is what the
 * program does, a letter a call, the rest the kernel's script (lib/script.h).
 * sources: tools/libnlbroker/open.c tools/libnlbroker/parse.c tools/libnlbroker/publish.c
 * sources: tools/libnlbroker/query.c tools/libnlbroker/receive.c tools/libnlbroker/request.c
 * sources: tools/libnlbroker/subscribe.c tools/libnlbroker/topic.c tests/fuzz/user/lib/script.c
 * sources: tests/fuzz/user/lib/kernel.c tests/fuzz/user/lib/resolve.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../tools/libnlbroker/connection.h"
#include "lib/fuzz.h"
#include "lib/kernel.h"
#include "lib/resolve.h"

#define MANY 70

static void string(const char *text)
{
	if (text)
		fuzz_read(text, strlen(text) + 1);
}

static void on_message(const struct nlbroker_message *m, void *arg)
{
	(void)arg;
	FUZZ_CHECK(m->kind >= NLBROKER_MESSAGE && m->kind <= NLBROKER_UNLOADED);
	string(m->topic);
	if (m->kind != NLBROKER_MESSAGE)
		return;
	FUZZ_CHECK(m->topic && m->payload);
	fuzz_read(m->payload, m->len);
}

static void on_topic(const struct nlbroker_topic *t, void *arg)
{
	(void)arg;
	FUZZ_CHECK(t->topic);
	string(t->topic);
}

static void on_peer(const struct nlbroker_peer *p, void *arg)
{
	(void)arg;
	fuzz_read(p, sizeof(*p));
}

/* Up to nothing more in memory or in the socket, or an error. */
static int receive(struct nlbroker *broker, int timeout)
{
	const struct nlbroker_message *m;
	int rc, n;

	for (n = 0; n < 1000; n++) {
		rc = nlbroker_receive(broker, &m, timeout);
		FUZZ_CHECK(rc <= 1 && (rc > 0) == (m != NULL));
		if (rc <= 0)
			return rc;
		on_message(m, NULL);
	}
	return 0;
}

static int publish(struct nlbroker *broker, size_t len, unsigned int flags)
{
	char *payload = calloc(1, len ? len : 1);
	int rc = nlbroker_publish(broker, "a/b", payload, len, flags);

	free(payload);
	return rc;
}

/* In one batch, or of many some in groups. The array has an exact size. */
static int publish_many(struct nlbroker *broker, size_t count, size_t len)
{
	struct nlbroker_outgoing *out = calloc(count, sizeof(*out));
	char *payload = calloc(1, len ? len : 1);
	size_t i;
	int rc;

	for (i = 0; i < count; i++) {
		out[i].topic = i % 5 ? "a/b" : "c";
		out[i].payload = payload;
		out[i].len = len;
		out[i].flags = count > 10 && i % 3 ? 0 : NLBROKER_RETAIN;
		out[i].error = 42;
	}
	rc = nlbroker_publish_many(broker, out, count);
	for (i = 0; i < count; i++) {
		FUZZ_CHECK(out[i].error <= 0);
		FUZZ_CHECK(rc || !out[i].error);
	}
	free(payload);
	free(out);
	return rc;
}

static int publish_wait(struct nlbroker *broker, int timeout)
{
	struct nlbroker_counts counts;

	return nlbroker_publish_wait(broker, "a/b", "hello", 5, 0, timeout,
				     &counts);
}

static int limits(struct nlbroker *broker)
{
	const struct nlbroker_limits *l;
	int rc = nlbroker_get_limits(broker, &l);

	FUZZ_CHECK(!rc == (l != NULL));
	if (l)
		fuzz_read(l, sizeof(*l));
	return rc;
}

static int call(struct nlbroker *broker, char what)
{
	switch (what) {
	case 's':
		return nlbroker_subscribe(broker, "a/#", NLBROKER_CREDS);
	case 'u':
		return nlbroker_unsubscribe(broker, "a/#");
	case 'a':
		return nlbroker_advertise(broker, "a/b", 0640, NLBROKER_RETAIN);
	case 'x':
		return nlbroker_withdraw(broker, "a/b");
	case 'p':
		return publish(broker, 5, 0);
	case 'P':
		return publish(broker, NLBROKER_PAYLOAD_MAX, NLBROKER_RETAIN);
	case 'q':
		return publish(broker, 0, NLBROKER_NO_ACK);
	case 'w':
		return publish_wait(broker, 0);
	case 'W':
		return publish_wait(broker, -1);
	case 'm':
		return publish_many(broker, 4, 3);
	case 'M':
		return publish_many(broker, MANY, 1000);
	case 'r':
		return receive(broker, 0);
	case 'R':
		return receive(broker, -1);
	case 'e':
		return receive(broker, 50);
	case 'l':
		return limits(broker);
	case 'L':
		return nlbroker_set_mode(broker, 0660);
	case 't':
		return nlbroker_topics(broker, "a/+", on_topic, NULL);
	case 'i':
		return nlbroker_peers(broker, on_peer, NULL);
	case 'v':
		return nlbroker_retained(broker, "#", on_message, NULL);
	case 'E':
		return nlbroker_listen(broker);
	case 'f':
		return nlbroker_fd(broker) < 0 ? -EIO : 0;
	case 'b':
		return nlbroker_set_queue(broker, 4096) < 0 ? -EIO : 0;
	/* What happens meanwhile, and in the long run. */
	case 'U':
		resolve_unloaded = !resolve_unloaded;
		return 0;
	case 'z':
		broker->seq = UINT32_MAX - 2;
		return 0;
	}
	return 0;
}

/* What is kept in memory is what the connection says it is. */
static void check(const struct nlbroker *broker)
{
	const struct nlb_datagram *d;
	size_t bytes = 0;

	for (d = broker->backlog; d; d = d->next)
		bytes += sizeof(*d) + d->len;
	FUZZ_CHECK(bytes == broker->backlog_bytes);
	FUZZ_CHECK(broker->slots.at <= broker->slots.filled);
	FUZZ_CHECK(broker->slots.filled <= NLB_SLOTS);
	FUZZ_CHECK(strnlen(broker->text, sizeof(broker->text)) <
		   sizeof(broker->text));
	if (broker->event_fd >= 0)
		FUZZ_CHECK(broker->signalled ==
			   (broker->rest_len || broker->backlog ||
			    broker->slots.at < broker->slots.filled));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *calls = fuzz_line(&data, &size);
	struct nlbroker *broker;
	unsigned int i;
	int rc;

	if (strlen(calls) > 40)
		calls[40] = 0;
	kernel_begin(data, size);
	resolve_unloaded = false;
	FUZZ_CHECK(!nlbroker_open(&broker));
	for (i = 0; calls[i]; i++) {
		rc = call(broker, calls[i]);
		FUZZ_CHECK(rc <= 1 && rc > -4096);
		string(nlbroker_error(broker));
		check(broker);
	}
	nlbroker_close(broker);
	free(calls);
	return 0;
}
