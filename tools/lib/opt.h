/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of a program, as one table. From it come the parsing, the
 * text of --help and the completions for bash and zsh, so that they can't
 * disagree.
 *
 *   PROGRAM [OPTION]... [COMMAND] [OPTION]... [ARGUMENT]...
 *
 * An option of every command may stand before or after COMMAND; without COMMAND
 * the default one runs, and its options may follow at once.
 */
#ifndef SOCKMODS_OPT_H
#define SOCKMODS_OPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * enum opt_kind - what an option takes, and what opt.to points at
 * @OPT_FLAG: nothing; a bool
 * @OPT_NUMBER: a decimal number; a uint64_t
 * @OPT_SECONDS: seconds with a fraction; a uint64_t of nanoseconds
 * @OPT_TEXT: any text; a const char *
 * @OPT_CHOICE: one of opt.choices; an unsigned int, its index
 * @OPT_LIST: any text, and again as often as one likes; a struct opt_list
 */
enum opt_kind {
	OPT_FLAG,
	OPT_NUMBER,
	OPT_SECONDS,
	OPT_TEXT,
	OPT_CHOICE,
	OPT_LIST,
};

#define OPT_LIST_MAX 32

/**
 * struct opt_list - the arguments of an option that was there more than once
 * @word: in their order
 * @count: how many
 */
struct opt_list {
	const char *word[OPT_LIST_MAX];
	unsigned int count;
};

/**
 * struct opt - one option; a table ends with an entry whose name is NULL
 * @letter: -L
 * @name: --NAME
 * @kind: what it takes
 * @arg: what the argument is called in the usage text; NULL for OPT_FLAG
 * @help: one line; what people see in the usage text and in completions
 * @to: where the value goes. A letter and a name mean the same kind of argument
 *	in all of a program's commands (completion relies on it).
 * @min: least number (OPT_NUMBER) or time in ns (OPT_SECONDS)
 * @max: greatest
 * @choices: words, the last one NULL (OPT_CHOICE)
 */
struct opt {
	char letter;
	const char *name;
	enum opt_kind kind;
	const char *arg;
	const char *help;
	void *to;
	uint64_t min;
	uint64_t max;
	const char *const *choices;
};

/**
 * struct opt_arg - an argument that isn't an option; all of them are optional
 * @name: what it is called in the usage text; with "..." at its end it can be
 *	there any number of times, and is the last one
 * @help: one line
 * @complete: the i-th word that completes it, NULL after the last; or NULL
 */
struct opt_arg {
	const char *name;
	const char *help;
	const char *(*complete)(size_t i);
};

/**
 * struct opt_command - a command; a table ends with an entry without name
 * @name: the word
 * @help: one line
 * @options: its own, or NULL
 * @args: its arguments, as many as it may have at most; or NULL
 * @run: does it; gets the arguments. Returns the exit code.
 */
struct opt_command {
	const char *name;
	const char *help;
	const struct opt *options;
	const struct opt_arg *args;
	int (*run)(char **args, int count);
};

/**
 * struct opt_program - a program
 * @name: its name
 * @about: what it is for, a line or more, each ended by a newline
 * @common: options of every command
 * @commands: the first is the default
 * @codes: more of the usage text: its end; or NULL
 * @stop: the command whose first argument ends the options, as what follows is
 *	another program's; or NULL
 */
struct opt_program {
	const char *name;
	const char *about;
	const struct opt *common;
	const struct opt_command *commands;
	const char *codes;
	const char *stop;
};

/**
 * opt_main() - do what the command line says
 * @program: the table
 * @argc: main()'s
 * @argv: main()'s
 *
 * Values are written through opt.to before the command runs. Answers -h,
 * --help, -V, --version and --print-completion itself.
 *
 * Return: the command's exit code, or EXIT_USAGE when the command line is wrong,
 * which has been said then, and nothing has been done.
 */
int opt_main(const struct opt_program *program, int argc, char **argv);

/**
 * opt_arg_many() - can an argument be there any number of times?
 * @arg: the argument
 *
 * Return: true if its name ends in "...".
 */
bool opt_arg_many(const struct opt_arg *arg);

/**
 * opt_find() - look a command up
 * @program: the table
 * @name: its name
 *
 * Return: the command, or NULL.
 */
const struct opt_command *opt_find(const struct opt_program *program,
				   const char *name);

/**
 * opt_set() - read an option's argument into its place
 * @opt: the option
 * @arg: the argument
 *
 * Return: 0, or -EINVAL after saying what is wrong with it.
 */
int opt_set(const struct opt *opt, const char *arg);

/**
 * opt_usage() - print the usage text
 * @out: where to
 * @program: the table
 * @only: for one command, or NULL for all
 */
void opt_usage(FILE *out, const struct opt_program *program,
	       const struct opt_command *only);

/**
 * opt_complete() - print a completion script
 * @out: where to
 * @program: the table
 * @shell: "bash" or "zsh"
 *
 * Return: 0, or -EINVAL for another shell.
 */
int opt_complete(FILE *out, const struct opt_program *program,
		 const char *shell);

/* The two options that every program has besides its own. */
extern const struct opt opt_builtin[];

#endif
