// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: debug trixie
 * long: trixie
 * timeout: 600
 * cmdline: sockmods.fuzz=1
 *
 * Messages to nlbroker as nobody would send them, to the family and to the raw
 * unit, from several users: see lib/fuzz.h.
 */
#include <sockmods/nlbroker.h>

#include "fuzz-nl.h"
#include "nl.h"

enum { UNIT = 31 };

/* Topics with which something can be the same topic; some aren't topics. */
static const char *const topics[] = {
	"a",
	"b",
	"a/b",
	"a/b/c",
	"a/c",
	"/",
	"$s/x",
	"usersock",
	"\xc3\xa9/\xe2\x82\xac",
	"a/b//c",
	"x",
	"sensors/door",
	"",
	"+",
	"a/#",
	"\xff/",
	"\xc0\x80",
	"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32",
	"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/33",
	NULL,
};

static const char *const patterns[] = {
	"#",	      "+",  "a/#", "+/b",      "a/+/c",
	"+/+",	      "a",  "a/b", "usersock", "$s/#",
	"a/b/c",      "x",  "+/#", "/",	       "",
	"$share/g/a", "a+", "#/a", "a/##",     "\xe2\x82\xac/+",
	"sensors/+",  NULL,
};

/* Tables: aligned by hand. */
/* clang-format off */
#define A(name)		.number = NLBROKER_A_ ## name
#define CMD(name)	NLBROKER_CMD_ ## name
#define TOPIC		{ A(TOPIC), FUZZ_NL_TEXT, NLBROKER_TOPIC_MAX, topics }
#define PATTERN		{ A(PATTERN), FUZZ_NL_TEXT, NLBROKER_TOPIC_MAX, patterns }
#define PAYLOAD		{ A(PAYLOAD), FUZZ_NL_BYTES, NLBROKER_PAYLOAD_MAX, .many = true }
#define FLAG(name)	{ A(name), FUZZ_NL_FLAG }
#define U64(name, max)	{ A(name), FUZZ_NL_U64, max }
#define MODE		{ A(MODE), FUZZ_NL_U32, 0666 }

static const struct fuzz_nl_cmd cmds[] = {
	{ CMD(PUBLISH), .weight = 24, .attrs = { TOPIC, PAYLOAD, FLAG(RETAIN) } },
	{ CMD(PUBLISH), .weight = 6,
	  .attrs = { TOPIC, PAYLOAD, FLAG(RETAIN), FLAG(HOLD), { A(ONLY), FUZZ_NL_PORTS } } },
	{ CMD(SUBSCRIBE), .weight = 16,
	  .attrs = { PATTERN, FLAG(NO_LOCAL), FLAG(SEND_RETAINED), FLAG(CREDS) } },
	{ CMD(UNSUBSCRIBE), .weight = 6, .attrs = { PATTERN } },
	{ CMD(ADVERTISE), .weight = 8, .attrs = { TOPIC, MODE, FLAG(RETAIN) } },
	{ CMD(WITHDRAW), .weight = 4, .attrs = { TOPIC } },
	{ CMD(GET_PEER), .dump = true, .weight = 3, .attrs = { { A(PORTID), FUZZ_NL_PORT } } },
	{ CMD(GET_PEER), .only_dump = true, .weight = 2 },
	{ CMD(GET_TOPIC), .weight = 3, .attrs = { TOPIC } },
	{ CMD(GET_TOPIC), .only_dump = true, .weight = 3, .attrs = { PATTERN } },
	{ CMD(GET_RETAINED), .only_dump = true, .weight = 4, .attrs = { PATTERN } },
	{ CMD(GET_LIMITS), .weight = 2 },
	{ CMD(SET_LIMITS), .weight = 2,
	  .attrs = { MODE, U64(LIMIT_PEERS, 1000), U64(LIMIT_SUBSCRIPTIONS, 40),
		     U64(LIMIT_TOPICS, 40), U64(LIMIT_RETAINED_BYTES, 100000),
		     U64(LIMIT_QUEUE_SHARE, 100) } },
	{ CMD(MESSAGE), .dump = true, .weight = 1, .attrs = { TOPIC, PAYLOAD } },
};
/* clang-format on */

/* What an earlier input has left of the limits would refuse everything. */
static void reset(int fd)
{
	static struct nl_msg m;
	static const uint64_t many = 1000, bytes = 4 << 20, share = 50;
	struct nl_sock s = { .fd = fd, .family = fuzz_nl_family() };

	nl_begin(&s, &m, NLBROKER_CMD_SET_LIMITS, 0);
	nl_put_u32(&m, NLBROKER_A_MODE, NLBROKER_MODE_DEFAULT);
	nl_put(&m, NLBROKER_A_LIMIT_PEERS, &many, sizeof(many));
	nl_put(&m, NLBROKER_A_LIMIT_SUBSCRIPTIONS, &many, sizeof(many));
	nl_put(&m, NLBROKER_A_LIMIT_TOPICS, &many, sizeof(many));
	nl_put(&m, NLBROKER_A_LIMIT_RETAINED_BYTES, &bytes, sizeof(bytes));
	nl_put(&m, NLBROKER_A_LIMIT_QUEUE_SHARE, &share, sizeof(share));
	fuzz_call(FUZZ_NL_SEND, nl_send(&s, &m));
}

static const struct fuzz_nl family = {
	.family = NLBROKER_GENL_NAME,
	.cmds = cmds,
	.count = sizeof(cmds) / sizeof(*cmds),
	.raw = UNIT,
	.raw_first = NLBROKER_RAW_BROADCAST,
	.begin = reset,
};

static int setup(void)
{
	return fuzz_nl_setup(&family);
}

static void run(void)
{
	fuzz_nl_run(&family);
}

int main(void)
{
	static const char *const kinds[] = { FUZZ_NL_NAMES, NULL };
	static const struct fuzz fuzz = {
		.module = "nlbroker usersock=31",
		.kinds = kinds,
		.setup = setup,
		.run = run,
		.blocks = 1100,
	};

	return fuzz_main(&fuzz);
}
