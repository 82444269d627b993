// SPDX-License-Identifier: GPL-2.0-or-later
/* ulp-caesar: the table of its commands and options. */
#include "num.h"
#include "opt.h"
#include "ulp-caesar.h"

/* In the order of enum ulp_caesar_bench_only. */
static const char *const bench_parts[] = { "all", "messages", "copies",
					   "streams", NULL };

struct ulp_caesar_options ulp_caesar_options = {
	.bench = { .number = 2000, .size = 64, .stream = 64 },
};

#define SECONDS_MAX (1000000 * NUM_NS_PER_S)
#define OPTIONS (&ulp_caesar_options)

/* clang-format off: a row reads better as it is */

/* No option but the builtin ones is every command's. */
static const struct opt common[] = {
	{ .name = NULL },
};

static const struct opt show_options[] = {
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &OPTIONS->json },
	{ .name = NULL },
};

static const struct opt run_options[] = {
	{ 'K', "key", OPT_TEXT, "KEY", "the key, or TX:RX",
	  .to = &OPTIONS->key },
	{ 'f', "key-file", OPT_TEXT, "FILE",
	  "read the key from FILE's first line", .to = &OPTIONS->key_file },
	{ 'C', "client-only", OPT_FLAG,
	  .help = "leave connections alone that PROGRAM accepts",
	  .to = &OPTIONS->run.client_only },
	{ 'S', "server-only", OPT_FLAG,
	  .help = "leave connections alone that PROGRAM makes",
	  .to = &OPTIONS->run.server_only },
	{ 'p', "port", OPT_LIST, "PORT",
	  "only for this server port, or range A-B; more than once",
	  .to = &OPTIONS->run.ports },
	{ .name = NULL },
};

static const struct opt_arg run_args[] = {
	{ "PROGRAM...", "what to run, with its arguments", NULL },
	{ .name = NULL },
};

/* The first is listen's alone, the others are also those of connect. */
static const struct opt listen_options[] = {
	{ 'k', "keep", OPT_FLAG,
	  .help = "wait for the next connection when one has ended",
	  .to = &OPTIONS->listen.keep },
	{ 'K', "key", OPT_TEXT, "KEY", "the key, or TX:RX",
	  .to = &OPTIONS->key },
	{ 'f', "key-file", OPT_TEXT, "FILE",
	  "read the key from FILE's first line", .to = &OPTIONS->key_file },
	{ '4', "ipv4", OPT_FLAG, .help = "IPv4 only", .to = &OPTIONS->ipv4 },
	{ '6', "ipv6", OPT_FLAG, .help = "IPv6 only", .to = &OPTIONS->ipv6 },
	{ 'n', "numeric", OPT_FLAG,
	  .help = "numbers for addresses and ports: look up no name",
	  .to = &OPTIONS->numeric },
	{ 'v', "verbose", OPT_FLAG,
	  .help = "say on standard error who is connected",
	  .to = &OPTIONS->verbose },
	{ 'w', "timeout", OPT_SECONDS, "SECONDS",
	  "give up after so long without a connection or a byte",
	  .to = &OPTIONS->timeout, .min = 1000000, .max = SECONDS_MAX },
	{ .name = NULL },
};

static const struct opt_arg listen_args[] = {
	{ "ADDRESS", "where to listen (everywhere)", NULL },
	{ "PORT", "the port; it has to be there", NULL },
	{ .name = NULL },
};

static const struct opt_arg connect_args[] = {
	{ "HOST", "a name or an address; it has to be there", NULL },
	{ "PORT", "the port; it has to be there", NULL },
	{ .name = NULL },
};

static const struct opt bench_options[] = {
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &OPTIONS->json },
	{ 'N', "number", OPT_NUMBER, "COUNT", "messages in a batch (2000)",
	  .to = &OPTIONS->bench.number, .min = 10, .max = 10000000 },
	{ 's', "size", OPT_NUMBER, "BYTES", "of a message, 1 to 16384 (64)",
	  .to = &OPTIONS->bench.size, .min = 1,
	  .max = ULP_CAESAR_BENCH_SIZE_MAX },
	{ 'm', "stream", OPT_NUMBER, "MIB", "length of a stream (64)",
	  .to = &OPTIONS->bench.stream, .min = 1, .max = 1048576 },
	{ 'o', "only", OPT_CHOICE, "PART",
	  "all (default), messages, copies or streams",
	  .to = &OPTIONS->bench.only, .choices = bench_parts },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "show", "list the sockets that have the protocol", show_options, NULL,
	  cmd_show },
	{ "run", "run a program whose connections have it", run_options,
	  run_args, cmd_run },
	{ "listen", "accept a connection; relay standard input and output",
	  listen_options, listen_args, cmd_listen },
	{ "connect", "make a connection; relay standard input and output",
	  &listen_options[1], connect_args, cmd_connect },
	{ "bench", "what the protocol costs, beside plain TCP", bench_options,
	  NULL, cmd_bench },
	{ .name = NULL },
};

/* clang-format on */

static const struct opt_program program = {
	.name = "ulp-caesar",
	.about =
		"Has TCP connections shifted by a key by the driver ulp_caesar. That obfuscates\n"
		"and protects nothing: 256 keys are tried in no time.\n",
	.common = common,
	.commands = commands,
	.stop = "run",
	.codes =
		"KEY is a number, or two for what is sent and what is read, TX:RX; without -K\n"
		"and -f it comes from the environment, ULP_CAESAR_KEY.\n\n"
		"Exit codes: 0 all well; 1 something was lost or refused by the kernel; 2 wrong\n"
		"usage; 3 the driver is not there (it says why); of run, those of PROGRAM, 126\n"
		"and 127 when it can not be run. See ulp-caesar(1), ulp_caesar(7).\n",
};

int main(int argc, char **argv)
{
	return opt_main(&program, argc, argv);
}
