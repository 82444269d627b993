// SPDX-License-Identifier: GPL-2.0-or-later
/* sockmods: the table of its commands and options. */
#include "opt.h"
#include "sockmods.h"

struct sockmods_options sockmods_options;

#define OPTIONS (&sockmods_options)

/* clang-format off: a row reads better as it is */
static const struct opt common[] = {
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &OPTIONS->json },
	{ 'k', "kernel", OPT_TEXT, "RELEASE",
	  "ask about this kernel instead of the running one",
	  .to = &OPTIONS->kernel },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "status", "show what is packaged, built, loaded and in use", NULL,
	  NULL, status_run },
	{ "doctor", "tell what is wrong, and the command that mends it", NULL,
	  NULL, doctor_run },
	{ .name = NULL },
};

/* clang-format on */

static const struct opt_program program = {
	.name = "sockmods",
	.about =
		"Tells how the sockmods drivers are on this machine. Changes nothing.\n",
	.common = common,
	.commands = commands,
	.codes =
		"Exit codes of doctor: 0 nothing is wrong; 1 all drivers work, and something\n"
		"should be looked at; 2 wrong usage; 3 a driver can not work. See sockmods(8).\n",
};

int main(int argc, char **argv)
{
	return opt_main(&program, argc, argv);
}
