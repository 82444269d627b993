// SPDX-License-Identifier: GPL-2.0-or-later
/* The usage text, from the table. */
#include <string.h>

#include "opt.h"

/* Where the help begins, and at most how wide what is before it. */
#define USAGE_COLUMN 26

static void usage_options(FILE *out, const struct opt *table)
{
	for (; table && table->name; table++) {
		int n = fprintf(out, "  -%c, --%s%s%s", table->letter,
				table->name, table->arg ? " " : "",
				table->arg ? table->arg : "");

		fprintf(out, "%*s%s\n", n < USAGE_COLUMN ? USAGE_COLUMN - n : 1,
			"", table->help);
	}
}

static void usage_args(FILE *out, const struct opt_command *command)
{
	const struct opt_arg *a;

	for (a = command->args; a && a->name; a++)
		fprintf(out, " [%s]", a->name);
}

static void usage_commands(FILE *out, const struct opt_program *program)
{
	const struct opt_command *c;
	const struct opt_arg *a;

	for (c = program->commands; c->name; c++) {
		int n = fprintf(out, "  %s", c->name);

		for (a = c->args; a && a->name; a++)
			n += fprintf(out, " [%s]", a->name);
		fprintf(out, "%*s%s\n", n < USAGE_COLUMN ? USAGE_COLUMN - n : 1,
			"", c->help);
	}
}

static void usage_all(FILE *out, const struct opt_program *program)
{
	const struct opt_command *c;

	fprintf(out,
		"usage: %s [OPTION]... [COMMAND] [OPTION]... [ARGUMENT]...\n",
		program->name);
	fprintf(out, "\n%s", program->about);
	fprintf(out, "\nCommands (%s, if none is named):\n",
		program->commands->name);
	usage_commands(out, program);
	fprintf(out, "\nOptions of every command:\n");
	usage_options(out, program->common);
	usage_options(out, opt_builtin);
	for (c = program->commands; c->name; c++) {
		if (!c->options || !c->options->name)
			continue;
		fprintf(out, "\nOptions of %s:\n", c->name);
		usage_options(out, c->options);
	}
	if (program->codes)
		fprintf(out, "\n%s", program->codes);
}

void opt_usage(FILE *out, const struct opt_program *program,
	       const struct opt_command *only)
{
	const struct opt_arg *a;

	if (!only) {
		usage_all(out, program);
		return;
	}
	fprintf(out, "usage: %s %s [OPTION]...", program->name, only->name);
	usage_args(out, only);
	fprintf(out, "\n\n%s: %s.\n\n", only->name, only->help);
	for (a = only->args; a && a->name; a++)
		fprintf(out, "  %-*s%s\n", USAGE_COLUMN - 2, a->name, a->help);
	usage_options(out, only->options);
	usage_options(out, program->common);
	usage_options(out, opt_builtin);
}
