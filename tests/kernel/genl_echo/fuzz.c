// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: debug trixie
 * long: trixie
 * timeout: 600
 * cmdline: sockmods.fuzz=1
 *
 * Messages to genl_echo as nobody would send them: see lib/fuzz.h.
 */
#include <sockmods/genl_echo.h>

#include "fuzz-nl.h"

static const char *const words[] = { "", "hello", "echo", NULL };

/* Tables: aligned by hand. */
/* clang-format off */
#define A(name)	.number = GENL_ECHO_A_ ## name
#define MSG	{ A(MSG), FUZZ_NL_TEXT, GENL_ECHO_MSG_MAX, words }
#define DATA	{ A(DATA), FUZZ_NL_BYTES, GENL_ECHO_DATA_MAX }
#define ANNOUNCE { A(ANNOUNCE), FUZZ_NL_FLAG }

static const struct fuzz_nl_cmd cmds[] = {
	{ GENL_ECHO_CMD_ECHO, .weight = 10, .attrs = { MSG, DATA, ANNOUNCE } },
	{ GENL_ECHO_CMD_ECHO, .weight = 6, .attrs = { DATA, MSG, ANNOUNCE } },
	{ GENL_ECHO_CMD_ECHO, .only_dump = true, .weight = 6,
	  .attrs = { { A(COUNT), FUZZ_NL_U32, 300 }, MSG } },
	{ GENL_ECHO_CMD_ECHO, .dump = true, .weight = 2,
	  .attrs = { { A(COUNT), FUZZ_NL_U32, GENL_ECHO_COUNT_MAX }, MSG, DATA, ANNOUNCE } },
	{ GENL_ECHO_CMD_FAIL, .weight = 4,
	  .attrs = { { A(ERRNO), FUZZ_NL_U32, GENL_ECHO_ERRNO_MAX }, MSG } },
	{ GENL_ECHO_CMD_GET_STATS, .weight = 2 },
	{ GENL_ECHO_CMD_EVENT, .dump = true, .weight = 1,
	  .attrs = { { A(PORTID), FUZZ_NL_PORT }, MSG, DATA } },
};
/* clang-format on */

static const struct fuzz_nl family = {
	.family = GENL_ECHO_GENL_NAME,
	.cmds = cmds,
	.count = sizeof(cmds) / sizeof(*cmds),
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
		.module = "genl_echo",
		.kinds = kinds,
		.setup = setup,
		.run = run,
		.blocks = 130,
	};

	return fuzz_main(&fuzz);
}
