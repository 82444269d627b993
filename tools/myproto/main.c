// SPDX-License-Identifier: GPL-2.0-or-later
/* myproto: the table of its commands and options. */
#include <stddef.h>
#include <sys/socket.h>

#include <sockmods/myproto.h>

#include "myproto.h"
#include "num.h"
#include "opt.h"

static const char *const type_names[] = { "stream", "seqpacket", "dgram",
					  NULL };
static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
/* In the order of enum myproto_bench_only. */
static const char *const bench_parts[] = { "all", "costs", "streams", NULL };

struct myproto_options myproto_options = {
	.ping = { .interval = NUM_NS_PER_S,
		  .size = 56,
		  .timeout = NUM_NS_PER_S },
	.bench = { .number = 1000, .stream = 64 },
};

#define OPTIONS (&myproto_options)

int myproto_type(void)
{
	return types[OPTIONS->type];
}

/* Rows read better as they are. */
/* clang-format off */
static const struct opt common[] = {
	{ 't', "type", OPT_CHOICE, "TYPE", "stream (default), seqpacket or dgram",
	  .to = &OPTIONS->type, .choices = type_names },
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &OPTIONS->json },
	{ .name = NULL },
};

static const struct opt listen_options[] = {
	{ 'k', "keep", OPT_FLAG,
	  .help = "go on after the first connection",
	  .to = &OPTIONS->keep },
	{ 'e', "exec", OPT_TEXT, "PROGRAM",
	  "run this, by sh -c, for each connection",
	  .to = &OPTIONS->program },
	{ .name = NULL },
};

static const struct opt ping_options[] = {
	{ 'c', "count", OPT_NUMBER, "COUNT", "stop after so many",
	  .to = &OPTIONS->ping.count, .min = 1, .max = UINT32_MAX },
	{ 'i', "interval", OPT_SECONDS, "SECONDS",
	  "time between two (1)", .to = &OPTIONS->ping.interval,
	  .max = 1000000 * NUM_NS_PER_S },
	{ 's', "size", OPT_NUMBER, "BYTES", "payload, 1 to 65536 bytes (56)",
	  .to = &OPTIONS->ping.size, .min = 1, .max = 65536 },
	{ 'W', "timeout", OPT_SECONDS, "SECONDS",
	  "how long to wait for an answer (1)", .to = &OPTIONS->ping.timeout,
	  .min = 1000, .max = 1000000 * NUM_NS_PER_S },
	{ 'q', "quiet", OPT_FLAG, .help = "print only the summary",
	  .to = &OPTIONS->ping.quiet },
	{ .name = NULL },
};

static const struct opt run_options[] = {
	{ 'P', "no-pairs", OPT_FLAG, .help = "leave socketpair(2) to AF_UNIX",
	  .to = &OPTIONS->run.no_pairs },
	{ 'x', "except", OPT_LIST, "NAME",
	  "leave names to AF_UNIX that begin so; @ is for abstract ones",
	  .to = &OPTIONS->run.except },
	{ .name = NULL },
};

static const struct opt bench_options[] = {
	{ 'N', "number", OPT_NUMBER, "COUNT", "operations in a batch (1000)",
	  .to = &OPTIONS->bench.number, .min = 10, .max = 10000000 },
	{ 'm', "stream", OPT_NUMBER, "MIB", "length of a stream (64)",
	  .to = &OPTIONS->bench.stream, .min = 1, .max = 1048576 },
	{ 'o', "only", OPT_CHOICE, "PART", "all (default), costs or streams",
	  .to = &OPTIONS->bench.only, .choices = bench_parts },
	{ .name = NULL },
};

static const struct opt_arg listen_args[] = {
	{ "CHANNEL", "a number; without one any that is free, which is said", NULL },
	{ .name = NULL },
};

static const struct opt_arg connect_args[] = {
	{ "CHANNEL", "a number", NULL },
	{ .name = NULL },
};

static const struct opt_arg ping_args[] = {
	{ "CHANNEL", "who echoes there; without one the command itself does", NULL },
	{ .name = NULL },
};

static const struct opt_arg run_args[] = {
	{ "PROGRAM", "what to run", NULL },
	{ "ARGUMENT...", "its arguments", NULL },
	{ .name = NULL },
};

static const struct opt_arg channel_args[] = {
	{ "NAME...", "a path, or @ and an abstract name", NULL },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "show", "show the sockets of this network namespace", NULL, NULL,
	  show_run },
	{ "listen", "wait for a connection, and be its other end",
	  listen_options, listen_args, listen_run },
	{ "connect", "connect, and be the other end", NULL, connect_args,
	  connect_run },
	{ "ping", "time round trips", ping_options, ping_args, ping_run },
	{ "run", "run a program whose AF_UNIX sockets are of the family",
	  run_options, run_args, run_run },
	{ "channel", "say which channels names have under run", NULL,
	  channel_args, channel_run },
	{ "bench", "what it costs, beside AF_UNIX", bench_options, NULL,
	  bench_run },
	{ .name = NULL },
};

/* clang-format on */

static const struct opt_program program = {
	.name = "myproto",
	.about =
		"Uses and shows the sockets of the driver af_myproto, which have numbers for\n"
		"addresses.\n",
	.common = common,
	.commands = commands,
	.stop = "run",
	.codes =
		"Exit codes: 0 all well; 1 something was lost or refused by the kernel; 2 wrong\n"
		"usage; 3 the driver is not there (it says why); of run, those of PROGRAM, 126\n"
		"and 127 when it can not be run. See myproto(1), myproto(7).\n",
};

int main(int argc, char **argv)
{
	return opt_main(&program, argc, argv);
}
