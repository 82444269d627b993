// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line, read by getopt_long() as the table says. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include <sockmods/version.h>

#include "exitcode.h"
#include "num.h"
#include "opt.h"
#include "say.h"

/* Most options that the common table and a command's own have together. */
#define OPT_MAX 32

/* What getopt_long() returns: an index into all[], above every character. */
#define OPT_VALUE 256

const struct opt opt_builtin[] = {
	{ 'h', "help", OPT_FLAG, .help = "print this and exit" },
	{ 'V', "version", OPT_FLAG, .help = "print the version and exit" },
	{ .name = NULL },
};

/* For the build only, so in no list that people see. */
static const char print_completion[] = "print-completion";

struct opt_parser {
	const struct opt_program *program;
	const struct opt_command *command;
	const struct opt *all[OPT_MAX];
	struct option longs[OPT_MAX + 2];
	char shorts[3 * OPT_MAX + 3];
	unsigned int count;
	unsigned int common; /* all[] from here on are the command's own */
	const struct opt *own; /* the last one seen of those */
};

static void parser_add(struct opt_parser *p, const struct opt *table)
{
	for (; table && table->name && p->count < OPT_MAX; table++) {
		char *s = p->shorts + strlen(p->shorts);

		p->longs[p->count] = (struct option){
			.name = table->name,
			.has_arg = table->kind == OPT_FLAG ? no_argument :
							     required_argument,
			.val = OPT_VALUE + (int)p->count,
		};
		*s++ = table->letter;
		if (table->kind != OPT_FLAG)
			*s++ = ':';
		*s = 0;
		p->all[p->count++] = table;
	}
}

/*
 * prefix is "+:" to stop at the first word, which names the command, or ":" to
 * find options behind arguments too. The colon asks for a ':' when an argument
 * is missing.
 */
static void parser_init(struct opt_parser *p, const struct opt_command *command,
			const char *prefix)
{
	const struct opt_program *program = p->program;

	*p = (struct opt_parser){ .program = program, .command = command };
	strcpy(p->shorts, prefix);
	parser_add(p, opt_builtin);
	parser_add(p, program->common);
	p->common = p->count;
	parser_add(p, command->options);
	p->longs[p->count].name = print_completion;
	p->longs[p->count].has_arg = required_argument;
	p->longs[p->count].val = OPT_VALUE + (int)p->count;
}

static const struct opt *parser_find(const struct opt_parser *p, int value)
{
	unsigned int i;

	if (value >= OPT_VALUE)
		return p->all[value - OPT_VALUE];
	for (i = 0; i < p->count; i++)
		if (p->all[i]->letter == value)
			return p->all[i];
	return NULL;
}

/* Is it one of the command's, not one that every command has? */
static bool parser_own(const struct opt_parser *p, const struct opt *opt)
{
	unsigned int i;

	for (i = p->common; i < p->count; i++)
		if (p->all[i] == opt)
			return true;
	return false;
}

static int out_of_range(const struct opt *opt, const char *arg)
{
	if (opt->kind == OPT_SECONDS)
		say_error("--%s: '%s' is out of range: %g to %g seconds",
			  opt->name, arg, (double)opt->min / NUM_NS_PER_S,
			  (double)opt->max / NUM_NS_PER_S);
	else
		say_error("--%s: '%s' is out of range: %llu to %llu", opt->name,
			  arg, (unsigned long long)opt->min,
			  (unsigned long long)opt->max);
	return -EINVAL;
}

static int set_number(const struct opt *opt, const char *arg)
{
	uint64_t value;
	int err;

	if (opt->kind == OPT_SECONDS)
		err = num_seconds(arg, &value);
	else
		err = num_u64(arg, &value);
	if (err == -EINVAL) {
		say_error("--%s: '%s' is not a %s", opt->name, arg,
			  opt->kind == OPT_SECONDS ? "number of seconds" :
						     "decimal number");
		return err;
	}
	if (err || value < opt->min || value > opt->max)
		return out_of_range(opt, arg);
	*(uint64_t *)opt->to = value;
	return 0;
}

static int set_choice(const struct opt *opt, const char *arg)
{
	char all[256] = "";
	unsigned int i;

	for (i = 0; opt->choices[i]; i++) {
		if (!strcmp(opt->choices[i], arg)) {
			*(unsigned int *)opt->to = i;
			return 0;
		}
		if (i)
			strncat(all, ", ", sizeof(all) - strlen(all) - 1);
		strncat(all, opt->choices[i], sizeof(all) - strlen(all) - 1);
	}
	say_error("--%s: no '%s'; there are: %s", opt->name, arg, all);
	return -EINVAL;
}

static int add_word(const struct opt *opt, const char *arg)
{
	struct opt_list *list = opt->to;

	if (list->count == OPT_LIST_MAX) {
		say_error("--%s: more than %d of them", opt->name,
			  OPT_LIST_MAX);
		return -EINVAL;
	}
	list->word[list->count++] = arg;
	return 0;
}

int opt_set(const struct opt *opt, const char *arg)
{
	switch (opt->kind) {
	case OPT_FLAG:
		*(bool *)opt->to = true;
		return 0;
	case OPT_NUMBER:
	case OPT_SECONDS:
		return set_number(opt, arg);
	case OPT_TEXT:
		*(const char **)opt->to = arg;
		return 0;
	case OPT_CHOICE:
		return set_choice(opt, arg);
	case OPT_LIST:
		return add_word(opt, arg);
	}
	return -EINVAL;
}

const struct opt_command *opt_find(const struct opt_program *program,
				   const char *name)
{
	const struct opt_command *c;

	for (c = program->commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int usage_error(const struct opt_parser *p)
{
	say_hint("'%s --help' lists commands and options", p->program->name);
	return EXIT_USAGE;
}

/* getopt_long() has refused something: argv[optind - 1] or the letter optopt. */
static int refused(const struct opt_parser *p, int what, char **argv)
{
	const struct opt *opt = optopt ? parser_find(p, optopt) : NULL;
	const char *verb = what == ':' ? "needs an argument" :
			   opt	       ? "takes no argument" :
					 "is not an option";

	if (optopt && optopt < OPT_VALUE)
		say_error("-%c %s", optopt, verb);
	else
		say_error("'%s' %s", argv[optind - 1], verb);
	return usage_error(p);
}

static int print_version(const struct opt_program *program)
{
	printf("%s (sockmods) %s\n", program->name, SOCKMODS_VERSION);
	return say_flush() ? EXIT_REFUSED : EXIT_OK;
}

static int print_help(const struct opt_parser *p, bool named)
{
	opt_usage(stdout, p->program, named ? p->command : NULL);
	return say_flush() ? EXIT_REFUSED : EXIT_OK;
}

/*
 * Reads options up to where getopt_long() ends. Returns an exit code when the
 * program is to end, or -1.
 */
static int read_options(struct opt_parser *p, int argc, char **argv, bool named)
{
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, p->shorts, p->longs, NULL)) != -1) {
		const struct opt *opt;

		if (c == '?' || c == ':')
			return refused(p, c, argv);
		if (c == OPT_VALUE + (int)p->count) {
			if (opt_complete(stdout, p->program, optarg))
				return usage_error(p);
			return say_flush() ? EXIT_REFUSED : EXIT_OK;
		}
		opt = parser_find(p, c);
		if (opt == &opt_builtin[0])
			return print_help(p, named);
		if (opt == &opt_builtin[1])
			return print_version(p->program);
		if (opt_set(opt, optarg))
			return usage_error(p);
		if (parser_own(p, opt))
			p->own = opt;
	}
	return -1;
}

bool opt_arg_many(const struct opt_arg *arg)
{
	size_t len = strlen(arg->name);

	return len > 3 && !strcmp(arg->name + len - 3, "...");
}

static int max_args(const struct opt_command *command)
{
	int n = 0;

	while (command->args && command->args[n].name)
		if (opt_arg_many(&command->args[n++]))
			return INT_MAX;
	return n;
}

/* The word after the first options: which command is it? */
static int find_command(struct opt_parser *p, const char *word,
			const struct opt_command **command)
{
	*command = opt_find(p->program, word);
	if (!*command) {
		say_error("no command '%s'", word);
		return usage_error(p);
	}
	if (p->own && *command != p->command) {
		say_error("--%s before '%s' is an option of '%s'", p->own->name,
			  word, p->command->name);
		return usage_error(p);
	}
	return -1;
}

static bool stops(const struct opt_program *program,
		  const struct opt_command *command)
{
	return program->stop && !strcmp(program->stop, command->name);
}

int opt_main(const struct opt_program *program, int argc, char **argv)
{
	struct opt_parser p = { .program = program };
	const struct opt_command *command = program->commands;
	int rc;

	say_program = program->name;
	/* 0, not 1: glibc starts afresh, whatever it has parsed before. */
	optind = 0;
	parser_init(&p, command, "+:");
	rc = read_options(&p, argc, argv, false);
	if (rc >= 0)
		return rc;
	if (optind < argc) {
		rc = find_command(&p, argv[optind], &command);
		if (rc >= 0)
			return rc;
		argc -= optind;
		argv += optind;
		optind = 0;
		parser_init(&p, command, stops(program, command) ? "+:" : ":");
		rc = read_options(&p, argc, argv, true);
		if (rc >= 0)
			return rc;
	}
	argc -= optind;
	argv += optind;
	if (argc > max_args(command)) {
		say_error("'%s' is one argument too many for '%s'",
			  argv[max_args(command)], command->name);
		return usage_error(&p);
	}
	return command->run(argv, argc);
}
