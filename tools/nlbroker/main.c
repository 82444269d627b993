// SPDX-License-Identifier: GPL-2.0-or-later
/* nlbroker: the table of its commands and options. */
#include "nlbroker.h"
#include "num.h"
#include "opt.h"

struct nlbroker_options nlbroker_options = {
	.bench = { .iterations = 1000, .size = 64, .subscribers = 100 },
};

#define COUNT_MAX UINT32_MAX
#define SECONDS_MAX (1000000 * NUM_NS_PER_S)
#define OPTIONS (&nlbroker_options)

/* clang-format off: a row reads better as it is */
static const struct opt common[] = {
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &OPTIONS->json },
	{ .name = NULL },
};

static const struct opt pub_options[] = {
	{ 'f', "file", OPT_TEXT, "FILE",
	  "the file is the message (-: standard input)",
	  .to = &OPTIONS->pub.file },
	{ 'l', "lines", OPT_FLAG,
	  .help = "each line of standard input is a message",
	  .to = &OPTIONS->pub.lines },
	{ 'n', "null", OPT_FLAG, .help = "an empty message",
	  .to = &OPTIONS->pub.null },
	{ 'r', "retain", OPT_FLAG,
	  .help = "keep it for those who subscribe later; -n: keep none",
	  .to = &OPTIONS->pub.retain },
	{ 'w', "wait", OPT_NUMBER, "MS",
	  "how long to wait for subscribers without room (0)",
	  .to = &OPTIONS->pub.wait, .max = INT32_MAX },
	{ 'e', "echo", OPT_FLAG, .help = "show how many got it",
	  .to = &OPTIONS->pub.echo },
	{ 'a', "advertise", OPT_TEXT, "MODE",
	  "own the topic meanwhile, with this mode (like 0640)",
	  .to = &OPTIONS->pub.advertise },
	{ .name = NULL },
};

static const struct opt_arg pub_args[] = {
	{ "TOPIC", "levels separated by '/'", NULL },
	{ "MESSAGE", "instead of -f, -l or -n", NULL },
	{ .name = NULL },
};

static const struct opt sub_options[] = {
	{ 'v', "verbose", OPT_FLAG, .help = "print topics, too",
	  .to = &OPTIONS->sub.verbose },
	{ 'c', "credentials", OPT_FLAG, .help = "print who sent it, too",
	  .to = &OPTIONS->sub.creds },
	{ 'F', "format", OPT_TEXT, "FORMAT",
	  "print messages like this, for example '%t from %u: %p'",
	  .to = &OPTIONS->sub.format },
	{ 'N', "no-newline", OPT_FLAG, .help = "print no newline behind each",
	  .to = &OPTIONS->sub.no_newline },
	{ 'R', "no-retained", OPT_FLAG,
	  .help = "only what is published from now on",
	  .to = &OPTIONS->sub.no_retained },
	{ 'O', "retained-only", OPT_FLAG,
	  .help = "print the values that are kept, and exit",
	  .to = &OPTIONS->sub.retained_only },
	{ 'b', "buffer", OPT_NUMBER, "BYTES",
	  "how much may wait to be read (the system's default)",
	  .to = &OPTIONS->sub.buffer, .min = 1, .max = INT32_MAX },
	{ 'C', "count", OPT_NUMBER, "COUNT", "stop after so many messages",
	  .to = &OPTIONS->count, .min = 1, .max = COUNT_MAX },
	{ 'W', "timeout", OPT_SECONDS, "SECONDS", "stop after so long",
	  .to = &OPTIONS->timeout, .min = 1000, .max = SECONDS_MAX },
	{ .name = NULL },
};

static const struct opt_arg sub_args[] = {
	{ "PATTERN...", "topics, perhaps with '+' and '#'", NULL },
	{ .name = NULL },
};

static const struct opt_arg topics_args[] = {
	{ "PATTERN", "only those that match", NULL },
	{ .name = NULL },
};

static const struct opt monitor_options[] = {
	{ 'C', "count", OPT_NUMBER, "COUNT", "stop after so many events",
	  .to = &OPTIONS->count, .min = 1, .max = COUNT_MAX },
	{ 'W', "timeout", OPT_SECONDS, "SECONDS", "stop after so long",
	  .to = &OPTIONS->timeout, .min = 1000, .max = SECONDS_MAX },
	{ .name = NULL },
};

static const struct opt_arg limits_args[] = {
	{ "NAME=VALUE...", "set these, like topics=100 or mode=0660", NULL },
	{ .name = NULL },
};

static const struct opt bench_options[] = {
	{ 'i', "iterations", OPT_NUMBER, "COUNT",
	  "operations in a batch (1000)", .to = &OPTIONS->bench.iterations,
	  .min = 10, .max = 10000000 },
	{ 's', "size", OPT_NUMBER, "BYTES", "payload, 0 to 61440 bytes (64)",
	  .to = &OPTIONS->bench.size, .max = NLBROKER_PAYLOAD_MAX },
	{ 'S', "subscribers", OPT_NUMBER, "COUNT",
	  "how many more there are for the fan-out (100)",
	  .to = &OPTIONS->bench.subscribers, .min = 1, .max = 900 },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "status", "show what there is, and the counters", NULL, NULL,
	  status_run },
	{ "pub", "publish to a topic", pub_options, pub_args, pub_run },
	{ "sub", "print what is published to topics", sub_options, sub_args,
	  sub_run },
	{ "topics", "list the topics that live", NULL, topics_args,
	  topics_run },
	{ "peers", "list who subscribes or advertises", NULL, NULL, peers_run },
	{ "monitor", "show peers and topics come and go, and losses begin",
	  monitor_options, NULL, monitor_run },
	{ "limits", "show the limits, or set them", NULL, limits_args,
	  limits_run },
	{ "bench", "what each operation costs", bench_options, NULL,
	  bench_run },
	{ .name = NULL },
};

/* clang-format on */

static const struct opt_program program = {
	.name = "nlbroker",
	.about =
		"Publishes and subscribes through the kernel, with the driver nlbroker.\n",
	.common = common,
	.commands = commands,
	.codes =
		"Exit codes: 0 all well; 1 something was lost or refused by the kernel; 2 wrong\n"
		"usage; 3 the driver is not there (it says why). See nlbroker(1), nlbroker(7).\n",
};

int main(int argc, char **argv)
{
	return opt_main(&program, argc, argv);
}
