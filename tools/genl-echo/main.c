// SPDX-License-Identifier: GPL-2.0-or-later
/* genl-echo: the table of its commands and options. */
#include "errname.h"
#include "genl-echo.h"
#include "num.h"
#include "opt.h"

/* In the order of session.c's transports[]. */
static const char *const transport_names[] = { "raw", "libnl", NULL };

struct genl_echo_options genl_echo_options = {
	.family = GENL_ECHO_GENL_NAME,
	.timeout = NUM_NS_PER_S,
	.ping = { .interval = NUM_NS_PER_S, .size = 56 },
	.bench = { .number = 2000, .size = 64 },
};

#define COUNT_MAX UINT32_MAX
#define SECONDS_MAX (1000000 * NUM_NS_PER_S)
#define OPTIONS (&genl_echo_options)

/* clang-format off: a row reads better as it is */
static const struct opt common[] = {
	{ 'F', "family", OPT_TEXT, "NAME",
	  "name the driver was loaded under (genl_echo)",
	  .to = &OPTIONS->family },
	{ 't', "transport", OPT_CHOICE, "NAME",
	  "raw: system calls (default); libnl: libnl-genl-3",
	  .to = &OPTIONS->transport, .choices = transport_names },
	{ 'W', "timeout", OPT_SECONDS, "SECONDS",
	  "how long to wait for a reply (1)", .to = &OPTIONS->timeout,
	  .min = 1000, .max = SECONDS_MAX },
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &OPTIONS->json },
	{ .name = NULL },
};

static const struct opt ping_options[] = {
	{ 'c', "count", OPT_NUMBER, "COUNT", "stop after so many echoes",
	  .to = &OPTIONS->ping.count, .min = 1, .max = COUNT_MAX },
	{ 'i', "interval", OPT_SECONDS, "SECONDS",
	  "time between two echoes (1)", .to = &OPTIONS->ping.interval,
	  .max = SECONDS_MAX },
	{ 's', "size", OPT_NUMBER, "BYTES", "payload, 0 to 61440 bytes (56)",
	  .to = &OPTIONS->ping.size, .max = GENL_ECHO_DATA_MAX },
	{ 'q', "quiet", OPT_FLAG, .help = "print only the summary",
	  .to = &OPTIONS->ping.quiet },
	{ 'f', "flood", OPT_FLAG,
	  .help = "no interval; a dot for each echo without reply",
	  .to = &OPTIONS->ping.flood },
	{ 'a', "announce", OPT_FLAG,
	  .help = "have the kernel tell those who monitor",
	  .to = &OPTIONS->ping.announce },
	{ .name = NULL },
};

static const struct opt dump_options[] = {
	{ 'c', "count", OPT_NUMBER, "COUNT", "how many messages (3)",
	  .to = &OPTIONS->dump.count, .min = 1, .max = GENL_ECHO_COUNT_MAX },
	{ .name = NULL },
};

static const struct opt_arg dump_args[] = {
	{ "MSG", "text of the messages, at most 1024 bytes (genl_echo)", NULL },
	{ .name = NULL },
};

static const struct opt_arg fail_args[] = {
	{ "ERRNO", "a name like ENODEV, or 1 to 4095 (EINVAL)", errname_at },
	{ "TEXT", "the reason, at most 1024 bytes", NULL },
	{ .name = NULL },
};

static const struct opt monitor_options[] = {
	{ 'c', "count", OPT_NUMBER, "COUNT", "stop after so many events",
	  .to = &OPTIONS->monitor.count, .min = 1, .max = COUNT_MAX },
	{ .name = NULL },
};

static const struct opt bench_options[] = {
	{ 'n', "number", OPT_NUMBER, "COUNT", "operations in a batch (2000)",
	  .to = &OPTIONS->bench.number, .min = 10, .max = 10000000 },
	{ 's', "size", OPT_NUMBER, "BYTES", "payload, 0 to 61440 bytes (64)",
	  .to = &OPTIONS->bench.size, .max = GENL_ECHO_DATA_MAX },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "ping", "send echoes and time the replies", ping_options, NULL,
	  ping_run },
	{ "dump", "ask for several messages at once", dump_options, dump_args,
	  dump_run },
	{ "fail", "ask for an error, with a reason", NULL, fail_args,
	  fail_run },
	{ "stat", "show the counters of this network namespace", NULL, NULL,
	  stat_run },
	{ "monitor", "show announced echoes as they happen", monitor_options,
	  NULL, monitor_run },
	{ "bench", "what each operation costs", bench_options, NULL,
	  bench_run },
	{ .name = NULL },
};

/* clang-format on */

static const struct opt_program program = {
	.name = "genl-echo",
	.about =
		"Talks to the generic netlink family of the driver genl_echo, which echoes.\n",
	.common = common,
	.commands = commands,
	.codes =
		"Exit codes: 0 all well; 1 something was lost or refused by the kernel; 2 wrong\n"
		"usage; 3 the driver is not there (it says why). See genl-echo(1), genl_echo(7).\n",
};

int main(int argc, char **argv)
{
	return opt_main(&program, argc, argv);
}
