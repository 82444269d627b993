// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that can be done with nlbroker, once: see lib/exercise.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker.h"
#include "exercise.h"
#include "raw.h"

static struct nb pub, sub;
static struct raw raw_pub, raw_sub;
static uint8_t data[NLBROKER_PAYLOAD_MAX];

/* Two sockets that know the family, for as long as WHAT takes. */
static int with_sockets(int (*what)(void))
{
	int err = nb_open(&pub, 0);

	if (err)
		return err;
	err = nb_open(&sub, 0);
	if (!err) {
		err = what();
		nb_close(&sub);
	}
	nb_close(&pub);
	return err;
}

/* The subscriber must have got this. Losses have no other reason than memory. */
static int expect(const char *topic, size_t len, bool creds)
{
	const struct nb_msg *m;

	if (nb_silent(&sub, 200))
		return -ENOBUFS;
	m = nb_next(&sub);
	if (!m)
		return -errno;
	if (m->cmd == NLBROKER_CMD_LOST)
		return -ENOBUFS;
	if (m->cmd != NLBROKER_CMD_MESSAGE || strcmp(m->topic, topic) ||
	    m->len != len || m->has_creds != creds ||
	    memcmp(m->data, data, len))
		return -EBADMSG;
	return 0;
}

static int do_nothing(void)
{
	return 0;
}

static int open_close(void)
{
	return with_sockets(do_nothing);
}

static int do_publish(void)
{
	int err = nb_subscribe(&sub, "a/b", 0);

	if (!err)
		err = nb_publish(&pub, "a/b", data, sizeof(data), 0);
	if (!err)
		err = expect("a/b", sizeof(data), false);
	if (!err)
		err = nb_unsubscribe(&sub, "a/b");
	return err;
}

static int publish(void)
{
	return with_sockets(do_publish);
}

/* To a topic that isn't there, with counts, in two forms. */
static int do_wildcard(void)
{
	struct nb_result r;
	int err = nb_subscribe(&sub, "#", NB_CREDS);

	if (!err)
		err = nb_subscribe(&pub, "+/b", NB_NO_LOCAL);
	if (!err)
		err = nb_publish_echo(&pub, "a/b", data, 10, NB_HOLD, NULL, 0,
				      &r);
	if (err)
		return err;
	if (r.delivered != 1)
		return r.delivered ? -EBADMSG : -ENOBUFS;
	return expect("a/b", 10, true);
}

static int wildcard(void)
{
	return with_sockets(do_wildcard);
}

/* Several messages, in two forms and a few datagrams: all of them, or none. */
static int do_several(void)
{
	enum { COUNT = 60 };
	struct nb_payload payloads[COUNT];
	struct nb_result r;
	int i, err = nb_subscribe(&sub, "a/#", NB_CREDS);

	if (!err)
		err = nb_subscribe(&pub, "a/b", 0);
	for (i = 0; i < COUNT; i++)
		payloads[i] = (struct nb_payload){ data, 100 };
	if (!err)
		err = nb_publish_several(&pub, "a/b", payloads, COUNT,
					 NB_RETAIN, &r);
	if (err)
		return nb_silent(&sub, 0) ? err : -EBADMSG;
	if (r.delivered != 2 * COUNT)
		err = r.delivered + r.full == 2 * COUNT ? -ENOBUFS : -EBADMSG;
	for (i = 0; i < COUNT && !err; i++)
		err = expect("a/b", 100, true);
	i = nb_publish(&pub, "a/b", "", 0, NB_RETAIN);
	return err ?: i;
}

static int several(void)
{
	return with_sockets(do_several);
}

/* Leaves nothing: what isn't cleared by the end is cleared by who comes next. */
static int do_retain(void)
{
	struct nb_info i;
	int n, err = nb_publish(&pub, "r", data, 1000, NB_RETAIN);

	if (!err)
		err = nb_subscribe(&sub, "r", NB_RETAINED);
	if (!err)
		err = expect("r", 1000, false);
	if (!err) {
		n = nb_dump(&pub, NLBROKER_CMD_GET_RETAINED, "r", &i, 1);
		err = n < 0 ? n : n == 1 ? 0 : -EBADMSG;
	}
	if (!err)
		err = nb_topic(&pub, "r", &i);
	if (!err && i.retained_len != 1000)
		err = -EBADMSG;
	n = nb_publish(&pub, "r", "", 0, NB_RETAIN);
	return err ?: n;
}

static int retain(void)
{
	return with_sockets(do_retain);
}

static int do_advertise(void)
{
	struct nb_info i;
	int err = nb_advertise(&pub, "own", 0600, true);

	if (!err)
		err = nb_topic(&sub, "own", &i);
	if (!err && (i.mode != 0600 || i.portid != pub.s.portid))
		err = -EBADMSG;
	if (!err)
		err = nb_peer(&sub, pub.s.portid, &i);
	if (!err && i.advertised != 1)
		err = -EBADMSG;
	if (!err)
		err = nb_withdraw(&pub, "own");
	return err;
}

static int advertise(void)
{
	return with_sockets(do_advertise);
}

/* More than there is room for: what came and what was lost is all of it. */
static int do_lose(void)
{
	enum { COUNT = 8 };
	const struct nb_msg *m;
	uint64_t n = 0;
	int i, err = nb_rcvbuf(&sub, 2304);

	if (!err)
		err = nb_subscribe(&sub, "+", 0);
	/* A publish that is refused isn't lost. */
	for (i = 0; !err && i < COUNT; i++)
		err = nb_publish(&pub, i % 2 ? "x" : "y", data, 100, 0);
	while (!err && n < COUNT + 1) {
		/* Room again: the next message comes with the news. */
		if (i == COUNT && nb_silent(&sub, 0)) {
			err = nb_publish(&pub, "x", data, 100, 0);
			i++;
			continue;
		}
		m = nb_next(&sub);
		if (!m)
			err = errno == EAGAIN ? -EBADMSG : -errno;
		else
			n += m->cmd == NLBROKER_CMD_LOST ? m->count : 1;
	}
	return err ?: n == COUNT + 1 ? 0 : -EBADMSG;
}

static int lose(void)
{
	return with_sockets(do_lose);
}

/* An event that finds no memory is lost. */
static int do_events(void)
{
	int err = nl_option(&sub.s, NETLINK_ADD_MEMBERSHIP, sub.s.group);

	if (!err)
		err = nb_advertise(&pub, "seen", -1, false);
	if (err)
		return err;
	if (nb_silent(&sub, 200))
		return -ENOBUFS;
	return nb_next(&sub) ? 0 : -errno;
}

static int events(void)
{
	return with_sockets(do_events);
}

static int do_dumps(void)
{
	enum { COUNT = 6 };
	char topic[NLBROKER_TOPIC_MAX + 1];
	int n, err;

	memset(topic, 't', sizeof(topic));
	topic[NLBROKER_TOPIC_MAX] = '\0';
	for (n = 0; n < COUNT; n++) {
		topic[0] = 'A' + n;
		err = nb_advertise(&pub, topic, -1, false);
		if (err)
			return err;
	}
	n = nb_dump(&sub, NLBROKER_CMD_GET_TOPIC, "+", NULL, 0);
	if (n != COUNT)
		return n < 0 ? n : -EBADMSG;
	n = nb_dump(&sub, NLBROKER_CMD_GET_PEER, NULL, NULL, 0);
	return n < 0 ? n : n ? 0 : -EBADMSG;
}

static int dumps(void)
{
	return with_sockets(do_dumps);
}

static int do_limits(void)
{
	uint64_t v[NLBROKER_A_MAX + 1];
	int err = nb_limits(&pub, v);

	if (err)
		return err;
	err = nb_set_limit(&pub, NLBROKER_A_LIMIT_PEERS,
			   v[NLBROKER_A_CEILING_PEERS]);
	/* Not anybody may. */
	if (geteuid())
		return err == -EPERM ? 0 : err ?: -EBADMSG;
	if (!err)
		err = nb_set_mode(&pub, NLBROKER_MODE_DEFAULT);
	return err;
}

static int limits(void)
{
	return with_sockets(do_limits);
}

/* What the raw unit's subscriber gets: it isn't told of a loss. */
static int expect_raw(size_t len)
{
	int err;

	if (raw_silent(&raw_sub, 200))
		return -ENOBUFS;
	err = raw_next(&raw_sub);
	if (!err && (raw_sub.len != len || memcmp(raw_sub.data, data, len)))
		err = -EBADMSG;
	return err;
}

/* The original's bytes: to the unit, to the topic, and from the topic. */
static int do_raw(void)
{
	enum { SUBSCRIBER = 1, PUBLISHER, BROADCAST };
	const char *text;
	int err = raw_call(&raw_sub, SUBSCRIBER, NULL, 0, &text);

	if (!err)
		err = raw_call(&raw_pub, PUBLISHER, NULL, 0, &text);
	if (!err)
		err = nb_subscribe(&sub, NLBROKER_RAW_TOPIC, 0);
	if (!err)
		err = raw_call(&raw_pub, BROADCAST, data, 5000, &text);
	if (!err)
		err = expect_raw(5000);
	if (!err)
		err = expect(NLBROKER_RAW_TOPIC, 5000, false);
	if (!err)
		err = nb_publish(&pub, NLBROKER_RAW_TOPIC, data, 100, 0);
	return err ? err : expect_raw(100);
}

static int raw_unit(void)
{
	int err = raw_open(&raw_pub, 0);

	raw_sub.fd = -1;
	if (!err)
		err = raw_open(&raw_sub, 0);
	if (!err)
		err = with_sockets(do_raw);
	raw_close(&raw_sub);
	raw_close(&raw_pub);
	return err;
}

/* Peers with subscriptions, topics, messages, losses; a value; a dump. */
static int hold(void)
{
	int i, err = nb_open(&pub, 0) ?: nb_open(&sub, 0);

	if (!err)
		err = nl_option(&pub.s, NETLINK_ADD_MEMBERSHIP, pub.s.group);
	if (!err)
		err = nb_rcvbuf(&sub, 4096);
	if (!err)
		err = nb_subscribe(&sub, "#", NB_CREDS);
	if (!err)
		err = nb_subscribe(&sub, "held/1", 0);
	if (!err)
		err = nb_advertise(&pub, "held/2", 0644, false);
	for (i = 0; !err && i < 50; i++)
		err = nb_publish(&pub, i % 2 ? "held/1" : "held/3", data, 500,
				 0);
	if (!err)
		err = nb_publish(&pub, "held/4", data, 500, NB_RETAIN);
	return err;
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct exercise_step steps[] = {
		{ "open and close", open_close },
		{ "publish 60 KiB", publish },
		{ "wildcards, credentials, counts", wildcard },
		{ "several messages", several },
		{ "retained value", retain },
		{ "advertise and withdraw", advertise },
		{ "losses", lose },
		{ "events", events },
		{ "dumps", dumps },
		{ "limits", limits },
	};
	static const struct exercise_step more[] = {
		{ "the raw unit", raw_unit },
	};
	/* clang-format on */
	static const struct exercise x = {
		.module = "nlbroker",
		.steps = steps,
		.count = sizeof(steps) / sizeof(*steps),
		.hold = hold,
		.pernet = true,
		.params = "usersock=31",
		.more = more,
		.more_count = 1,
	};
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + i / 251;
	return exercise_main(argc, argv, &x);
}
