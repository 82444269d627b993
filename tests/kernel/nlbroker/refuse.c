// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Bad requests to nlbroker: see lib/refuse.h.
 */
#include <errno.h>
#include <string.h>

#include "broker.h"
#include "refuse.h"

/* Tables: aligned by hand. */
/* clang-format off */
#define CMD(name)	.cmd = NLBROKER_CMD_ ## name, .version = 1
#define PUB		CMD(PUBLISH)
#define DUMP(name)	.flags = NLM_F_DUMP, CMD(name)
#define STR(t, text)	{ .type = NLBROKER_A_ ## t, .len = sizeof(text), .data = text }
#define TOPIC		STR(TOPIC, "abc")		/* 8 bytes */
#define PATTERN		STR(PATTERN, "a/+")		/* 8 bytes */
#define FLAG(t)		{ .type = NLBROKER_A_ ## t }
#define BYTES(t, n, b)	{ .type = NLBROKER_A_ ## t, .len = n, .data = b }
#define U32(t, bytes)	BYTES(t, 4, bytes)
#define U64(t, bytes)	BYTES(t, 8, bytes)

#define NO_TOPIC	.want = { EINVAL, "TOPIC is missing", .miss = NLBROKER_A_TOPIC }, \
			.before = KERNEL(6, 1), .old = { EINVAL, "TOPIC is missing" }
#define NO_PATTERN	.want = { EINVAL, "PATTERN is missing", .miss = NLBROKER_A_PATTERN }, \
			.before = KERNEL(6, 1), .old = { EINVAL, "PATTERN is missing" }
#define BAD(why)	.want = { EINVAL, why, .offs = FIRST }

#define EMPTY		"topic is empty"
#define WILD		"topic has a wildcard (+ or #) in it"
#define PLUS		"+ has to be a level of its own"
#define HASH		"# has to be a level of its own, the last"
#define DEEP		"topic has more than 32 levels"
#define UTF8		"topic is not UTF-8, or has a NUL in it"
#define HAS_NUL		"topic has a NUL in it"
#define NO_SHARE	"there are no shared subscriptions"
#define LONG_DATA	"payload is longer than 61440 bytes"
#define MODE_BITS	"mode has bits that are not in 0666"
#define NEEDS_ECHO	"HOLD needs NLM_F_ECHO"
#define NO_LIST		"ONLY is not a list of u32"
#define NO_ORDER	"ports in ONLY are not ascending"
#define ONLY_RETAIN	"ONLY and RETAIN exclude each other"
#define CEILING		"limit is above the ceiling that the initial namespace has set"
#define SHARE		"queue share is more than 100 percent"
#define NO_SUCH_TOPIC	"no such topic"
#define NO_SUCH_PEER	"no such peer"
#define NO_PEER		"this socket does not subscribe or advertise"
#define NOT_SUBSCRIBED	"this socket is not subscribed to the pattern"
#define NOT_ADVERTISED	"this socket does not advertise the topic"
#define FOR_DUMP	"PATTERN is for a dump (NLM_F_DUMP)"
#define TOPIC_DUMP	"TOPIC is not for a dump"
#define PORTID_DUMP	"PORTID is not for a dump"

static const struct row rows[] = {
	/* What every request has to have. */
	{ "ADVERTISE without TOPIC", CMD(ADVERTISE), NO_TOPIC },
	{ "ADVERTISE with MODE alone", CMD(ADVERTISE), .attrs = { U32(MODE, "\0\0\0\0") }, NO_TOPIC },
	{ "WITHDRAW without TOPIC", CMD(WITHDRAW), NO_TOPIC },
	{ "PUBLISH without an attribute", PUB, NO_TOPIC },
	{ "PUBLISH with PAYLOAD alone", PUB, .attrs = { BYTES(PAYLOAD, 3, "abc") }, NO_TOPIC },
	{ "GET_TOPIC without TOPIC", CMD(GET_TOPIC), NO_TOPIC },
	{ "SUBSCRIBE without PATTERN", CMD(SUBSCRIBE), NO_PATTERN },
	{ "SUBSCRIBE with CREDS alone", CMD(SUBSCRIBE), .attrs = { FLAG(CREDS) }, NO_PATTERN },
	{ "UNSUBSCRIBE without PATTERN", CMD(UNSUBSCRIBE), NO_PATTERN },

	/* Topics that aren't. */
	{ "empty TOPIC in a PUBLISH", PUB, .attrs = { STR(TOPIC, "") }, BAD(EMPTY) },
	{ "empty TOPIC in an ADVERTISE", CMD(ADVERTISE), .attrs = { STR(TOPIC, "") }, BAD(EMPTY) },
	{ "empty PATTERN", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "") }, BAD(EMPTY) },
	{ "+ in the TOPIC of a PUBLISH", PUB, .attrs = { STR(TOPIC, "a/+/b") }, BAD(WILD) },
	{ "# in the TOPIC of a PUBLISH", PUB, .attrs = { STR(TOPIC, "#") }, BAD(WILD) },
	{ "# in the TOPIC of an ADVERTISE", CMD(ADVERTISE), .attrs = { STR(TOPIC, "a#") }, BAD(WILD) },
	{ "+ in the TOPIC of a WITHDRAW", CMD(WITHDRAW), .attrs = { STR(TOPIC, "+") }, BAD(WILD) },
	{ "+ in the TOPIC of a GET_TOPIC", CMD(GET_TOPIC), .attrs = { STR(TOPIC, "+") }, BAD(WILD) },
	{ "PATTERN with + in a level", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "a/b+") }, BAD(PLUS) },
	{ "PATTERN with # in a level", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "a/b#") }, BAD(HASH) },
	{ "PATTERN with # before the end", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "a/#/b") }, BAD(HASH) },
	{ "UNSUBSCRIBE of what is no pattern", CMD(UNSUBSCRIBE), .attrs = { STR(PATTERN, "++") }, BAD(PLUS) },
	{ "TOPIC that isn't UTF-8", PUB, .attrs = { STR(TOPIC, "a/\377") }, BAD(UTF8) },
	{ "PATTERN that isn't UTF-8", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "+/\300\200") }, BAD(UTF8) },
	{ "TOPIC with a NUL in it", PUB, .attrs = { BYTES(TOPIC, 5, "ab\0c") }, BAD(HAS_NUL) },
	{ "TOPIC with two NULs at its end", PUB, .attrs = { BYTES(TOPIC, 4, "ab\0") }, BAD(HAS_NUL) },
	{ "TOPIC of 33 levels", PUB, .attrs = { STR(TOPIC, "////////////////////////////////") }, BAD(DEEP) },
	{ "PATTERN of 33 levels", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "+////////////////////////////////#") },
	  BAD(DEEP) },
	{ "shared subscription", CMD(SUBSCRIBE), .attrs = { STR(PATTERN, "$share/group/topic") },
	  .want = { EOPNOTSUPP, NO_SHARE, .offs = FIRST } },
	{ "TOPIC without NUL", PUB, .attrs = { BYTES(TOPIC, 5, NULL) },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "TOPIC without a byte", PUB, .attrs = { FLAG(TOPIC) },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "TOPIC too long by one", PUB, .attrs = { BYTES(TOPIC, NLBROKER_TOPIC_MAX + 1, NULL) },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "TOPIC too long behind its NUL", PUB, .attrs = { BYTES(TOPIC, NLBROKER_TOPIC_MAX + 2, "short") },
	  .want = { ERANGE, VALIDATION, .offs = FIRST, .policy = true } },
	{ "PATTERN too long by one", CMD(SUBSCRIBE), .attrs = { BYTES(PATTERN, NLBROKER_TOPIC_MAX + 1, NULL) },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },

	/* Values. */
	{ "PAYLOAD too long by one", PUB, .attrs = { TOPIC, BYTES(PAYLOAD, NLBROKER_PAYLOAD_MAX + 1, NULL) },
	  .want = { EMSGSIZE, LONG_DATA, .offs = FIRST + 8 } },
	{ "PAYLOAD of all that an attribute can hold", PUB, .attrs = { TOPIC, BYTES(PAYLOAD, 65531, NULL) },
	  .want = { EMSGSIZE, LONG_DATA, .offs = FIRST + 8 } },
	{ "MODE 0777", CMD(ADVERTISE), .attrs = { TOPIC, U32(MODE, "\377\1\0\0") },
	  .want = { EINVAL, MODE_BITS, .offs = FIRST + 8 } },
	{ "MODE 01000", CMD(ADVERTISE), .attrs = { TOPIC, U32(MODE, "\0\2\0\0") },
	  .want = { EINVAL, MODE_BITS, .offs = FIRST + 8 } },
	{ "MODE of all ones in SET_LIMITS", CMD(SET_LIMITS), .attrs = { U32(MODE, "\377\377\377\377") },
	  BAD(MODE_BITS) },
	{ "MODE of 2 bytes", CMD(ADVERTISE), .attrs = { TOPIC, BYTES(MODE, 2, "\0\0") },
	  .want = { EINVAL, LENGTH, .offs = FIRST + 8, .policy = true }, .klog = "has an invalid length" },
	{ "HOLD without NLM_F_ECHO", PUB, .attrs = { TOPIC, FLAG(HOLD) },
	  .want = { EINVAL, NEEDS_ECHO, .offs = FIRST + 8 } },
	{ "ONLY of 3 bytes", PUB, .attrs = { TOPIC, BYTES(ONLY, 3, "\1\0\0") },
	  .want = { EINVAL, NO_LIST, .offs = FIRST + 8 } },
	{ "ONLY in descending order", PUB, .attrs = { TOPIC, BYTES(ONLY, 8, "\2\0\0\0\1\0\0\0") },
	  .want = { EINVAL, NO_ORDER, .offs = FIRST + 8 } },
	{ "ONLY with a port twice", PUB, .attrs = { TOPIC, BYTES(ONLY, 8, "\1\0\0\0\1\0\0\0") },
	  .want = { EINVAL, NO_ORDER, .offs = FIRST + 8 } },
	{ "ONLY with RETAIN", PUB, .attrs = { TOPIC, U32(ONLY, "\1\0\0\0"), FLAG(RETAIN) },
	  .want = { EINVAL, ONLY_RETAIN, .offs = FIRST + 8 } },
	{ "RETAIN with a payload", PUB, .attrs = { TOPIC, BYTES(RETAIN, 1, "") },
	  .want = { ERANGE, VALIDATION, .offs = FIRST + 8, .policy = true } },
	{ "LIMIT_PEERS above its ceiling", CMD(SET_LIMITS), .attrs = { U64(LIMIT_PEERS, "\351\3\0\0\0\0\0\0") },
	  .want = { EPERM, CEILING, .offs = FIRST } },
	{ "LIMIT_TOPICS unlimited under a ceiling", CMD(SET_LIMITS),
	  .attrs = { U64(LIMIT_TOPICS, "\377\377\377\377\377\377\377\377") }, .want = { EPERM, CEILING, .offs = FIRST } },
	{ "LIMIT_QUEUE_SHARE 101", CMD(SET_LIMITS), .attrs = { U64(LIMIT_QUEUE_SHARE, "\145\0\0\0\0\0\0\0") },
	  BAD(SHARE) },
	{ "LIMIT_PEERS of 4 bytes", CMD(SET_LIMITS), .attrs = { U32(LIMIT_PEERS, "\1\0\0\0") },
	  .want = { EINVAL, LENGTH, .offs = FIRST, .policy = true }, .klog = "has an invalid length" },

	/* What isn't there. */
	{ "GET_TOPIC of a topic that isn't there", CMD(GET_TOPIC), .attrs = { TOPIC },
	  .want = { ENOENT, NO_SUCH_TOPIC } },
	{ "GET_PEER of who is none", CMD(GET_PEER), .want = { ENOENT, NO_PEER } },
	{ "GET_PEER of a port that isn't there", CMD(GET_PEER), .attrs = { U32(PORTID, "\1\0\0\0") },
	  .want = { ENOENT, NO_SUCH_PEER, .offs = FIRST } },
	{ "UNSUBSCRIBE of who isn't subscribed", CMD(UNSUBSCRIBE), .attrs = { PATTERN },
	  .want = { ENOENT, NOT_SUBSCRIBED } },
	{ "WITHDRAW of who doesn't advertise", CMD(WITHDRAW), .attrs = { TOPIC },
	  .want = { ENOENT, NOT_ADVERTISED } },

	/* Attributes of other commands, and of none. */
	{ "PATTERN in a GET_TOPIC that isn't a dump", CMD(GET_TOPIC), .attrs = { TOPIC, PATTERN },
	  .want = { EINVAL, FOR_DUMP, .offs = FIRST + 8 } },
	{ "TOPIC in a dump of GET_TOPIC", DUMP(GET_TOPIC), .attrs = { PATTERN, TOPIC },
	  .want = { EINVAL, TOPIC_DUMP, .offs = FIRST + 8 }, .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "PORTID in a dump of GET_PEER", DUMP(GET_PEER), .attrs = { U32(PORTID, "\1\0\0\0") },
	  .want = { EINVAL, PORTID_DUMP, .offs = FIRST }, .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "what is no pattern in a dump", DUMP(GET_TOPIC), .attrs = { STR(PATTERN, "a+") },
	  BAD(PLUS), .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "what is no pattern in GET_RETAINED", DUMP(GET_RETAINED), .attrs = { STR(PATTERN, "") },
	  BAD(EMPTY), .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "TOPIC in GET_RETAINED", DUMP(GET_RETAINED), .attrs = { TOPIC }, BAD(UNSUPPORTED) },
	{ "PATTERN in a PUBLISH", PUB, .attrs = { TOPIC, PATTERN }, .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "TOPIC in a SUBSCRIBE", CMD(SUBSCRIBE), .attrs = { PATTERN, TOPIC },
	  .want = { EINVAL, UNSUPPORTED, .offs = FIRST + 8 } },
	{ "PORTID in a PUBLISH", PUB, .attrs = { TOPIC, U32(PORTID, "\1\0\0\0") },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "UID in an ADVERTISE", CMD(ADVERTISE), .attrs = { TOPIC, U32(UID, "\0\0\0\0") },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "PAYLOAD in a WITHDRAW", CMD(WITHDRAW), .attrs = { TOPIC, BYTES(PAYLOAD, 4, NULL) },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "TOPIC in GET_LIMITS", CMD(GET_LIMITS), .attrs = { TOPIC }, BAD(UNSUPPORTED) },
	{ "CEILING_PEERS in SET_LIMITS", CMD(SET_LIMITS), .attrs = { U64(CEILING_PEERS, "\1\0\0\0\0\0\0\0") },
	  BAD(UNKNOWN) },
	{ "unknown attribute", PUB, .attrs = { TOPIC, { .type = 999, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "attribute 0", PUB, .attrs = { TOPIC, { .type = 0, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },

	/* Structure. */
	{ "TOPIC said to be nested", PUB, .attrs = { { .type = NLBROKER_A_TOPIC | NLA_F_NESTED, .len = 4, .data = "abc" } },
	  .want = { EINVAL, NESTED, .offs = FIRST, .policy = true } },
	{ "attribute that runs past the message", PUB,
	  .attrs = { TOPIC, { .type = NLBROKER_A_PAYLOAD, .len = 8, .lie = 1 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "PAYLOAD of 65,535 bytes that has 8", PUB,
	  .attrs = { TOPIC, { .type = NLBROKER_A_PAYLOAD, .len = 8, .lie = 65535 - NLA_HDRLEN - 8 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "attribute shorter than its own header", PUB, .attrs = { TOPIC, { .type = NLBROKER_A_PAYLOAD, .lie = -1 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "3 bytes behind the last attribute", PUB, .attrs = { TOPIC }, .resize = 3,
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "genlmsghdr cut by 1", PUB, .resize = -1, .want = { EINVAL } },
	{ "genlmsghdr missing", PUB, .resize = -4, .want = { EINVAL } },
	{ "nlmsghdr cut by 1", PUB, .resize = -5, .want = { 0 } },
	{ "nlmsg_len less than a header", PUB, .lie = -5, .want = { 0 } },
	{ "nlmsg_len more than there is", PUB, .attrs = { TOPIC, BYTES(PAYLOAD, 8, NULL) }, .lie = 1, .want = { 0 } },
	{ "not a request", PUB, .attrs = { TOPIC }, .no_request = true, .want = { 0 } },

	/* Headers. */
	{ "version 0", .cmd = NLBROKER_CMD_PUBLISH, .attrs = { TOPIC }, .want = { EINVAL, VERSION } },
	{ "version 2 of GET_LIMITS", .cmd = NLBROKER_CMD_GET_LIMITS, .version = 2, .want = { EINVAL, VERSION } },
	{ "version 2 of a dump", .flags = NLM_F_DUMP, .cmd = NLBROKER_CMD_GET_PEER, .version = 2,
	  .want = { EINVAL, VERSION }, .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "version 2 of GET_RETAINED", .flags = NLM_F_DUMP, .cmd = NLBROKER_CMD_GET_RETAINED, .version = 2,
	  .want = { EINVAL, VERSION }, .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "reserved is 1", PUB, .reserved = 1, .attrs = { TOPIC }, .want = { EINVAL, RESERVED } },
	{ "reserved is 1 in a dump", DUMP(GET_TOPIC), .reserved = 1, .want = { EINVAL, RESERVED },
	  .before = KERNEL(6, 1), .old = { EINVAL } },
	{ "NLM_F_CREATE", PUB, .flags = NLM_F_CREATE, .attrs = { TOPIC }, .want = { EINVAL, BITS } },
	{ "a flag that doesn't exist", PUB, .flags = 0x8000, .attrs = { TOPIC }, .want = { EINVAL, BITS } },

	/* Commands. */
	{ "command 0", .version = 1, .want = { EOPNOTSUPP } },
	{ "unknown command", .cmd = 200, .version = 1, .want = { EOPNOTSUPP } },
	{ "MESSAGE as a request", CMD(MESSAGE), .attrs = { TOPIC }, .want = { EOPNOTSUPP } },
	{ "LOST as a request", CMD(LOST), .want = { EOPNOTSUPP } },
	{ "PEER_DEL as a request", CMD(PEER_DEL), .want = { EOPNOTSUPP } },
	{ "TOPIC_ADD as a request", CMD(TOPIC_ADD), .attrs = { TOPIC }, .want = { EOPNOTSUPP } },
	{ "GET_RETAINED that isn't a dump", CMD(GET_RETAINED), .want = { EOPNOTSUPP } },
	{ "dump of PUBLISH", DUMP(PUBLISH), .attrs = { TOPIC }, .want = { EOPNOTSUPP } },
	{ "dump of GET_LIMITS", DUMP(GET_LIMITS), .want = { EOPNOTSUPP } },
};
/* clang-format on */

/* A message goes in, with an answer. */
static void works(struct nl_sock *s)
{
	static struct nl_msg m;
	const struct nlmsghdr *h;

	nl_begin(s, &m, NLBROKER_CMD_PUBLISH, NLM_F_ECHO);
	nl_put_str(&m, NLBROKER_A_TOPIC, "still here?");
	nl_put(&m, NLBROKER_A_PAYLOAD, "x", 1);
	assert_int_equal(nl_send(s, &m), 0);
	h = nl_recv(s);
	if (!h)
		fail_msg("no answer to a publish: %s", strerror(errno));
	assert_int_equal(h->nlmsg_type, s->family);
	assert_int_equal(h->nlmsg_seq, s->seq);
	assert_int_equal(nl_cmd(h), NLBROKER_CMD_PUBLISH);
}

static struct refuse refuse = {
	.family = NLBROKER_GENL_NAME,
	.works = works,
};

/* None of this left a peer or a topic, nor reached who subscribes to all. */
static struct nb all;

static void test_left_nothing(void **state)
{
	const struct nb_msg *m;
	struct nb_info i;
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(rows); n++) {
		m = nb_next(&all);
		assert_non_null(m);
		assert_int_equal(m->cmd, NLBROKER_CMD_MESSAGE);
		assert_string_equal(m->topic, "still here?");
	}
	assert_true(nb_silent(&all, 100));
	assert_int_equal(nb_dump(&all, NLBROKER_CMD_GET_TOPIC, NULL, &i, 1), 0);
	assert_int_equal(nb_dump(&all, NLBROKER_CMD_GET_PEER, NULL, &i, 1), 1);
	assert_int_equal(i.portid, all.s.portid);
}

/* Those that this family refuses itself are counted, all of them. */
static void test_counted(void **state)
{
	uint64_t v[NLBROKER_A_MAX + 1], before;
	struct nb_info i;

	(void)state;
	assert_int_equal(nb_limits(&all, v), 0);
	before = v[NLBROKER_A_STAT_REFUSED];
	assert_true(before >= 40);
	assert_int_equal(nb_say(&all, "a+", "x"), -EINVAL);
	assert_int_equal(nb_subscribe(&all, "a+", 0), -EINVAL);
	assert_int_equal(nb_topic(&all, "none", &i), -ENOENT);
	assert_int_equal(nb_limits(&all, v), 0);
	assert_int_equal(v[NLBROKER_A_STAT_REFUSED], before + 3);
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_SIZE(rows) + 2];
	size_t i = ARRAY_SIZE(rows);

	if (refuse_open(&refuse) || nb_open(&all, 0) ||
	    nb_subscribe(&all, "#", 0)) {
		printf("Bail out! no kernel log, or no family\n");
		return 1;
	}
	refuse_tests(tests, rows, i);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_left_nothing);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_counted);
	return check_run(tests);
}
