// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command lines of all commands, by their own tables: the first byte, of
 * gmnsu, says which command, each line is a word. What is accepted is within what
 * the table says; what isn't is said in one line, and a hint.
 * sources: tools/lib/opt.c tools/lib/opt-usage.c tools/lib/opt-complete.c tools/lib/num.c
 * sources: tools/lib/say.c tools/lib/errname.c tests/fuzz/user/lib/options-genl-echo.c
 * sources: tests/fuzz/user/lib/options-myproto.c tests/fuzz/user/lib/options-nlbroker.c
 * sources: tests/fuzz/user/lib/options-sockmods.c tests/fuzz/user/lib/options-ulp-caesar.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitcode.h"
#include "lib/fuzz.h"
#include "opt.h"

#define WORDS 40

/* What a command's function returns here; no exit code of opt_main()'s own. */
#define RAN 42

/* Options with different places, of all commands. */
#define PLACES 100

int genl_echo_main(int argc, char **argv);
int myproto_main(int argc, char **argv);
int nlbroker_main(int argc, char **argv);
int sockmods_main(int argc, char **argv);
int ulp_caesar_main(int argc, char **argv);
int options_main(const struct opt_program *program, int argc, char **argv);

static int (*const mains[])(int argc, char **argv) = {
	genl_echo_main, myproto_main,	 nlbroker_main,
	sockmods_main,	ulp_caesar_main,
};

/* The words of this input, and what the command got of them. */
static char *words[WORDS + 2];
static int num_words, num_args, ran;
static char **ran_args;

static int run(char **args, int count)
{
	ran++;
	ran_args = args;
	num_args = count;
	return RAN;
}

/* What the commands' tables name. */
#define COMMAND(name)                     \
	int name(char **args, int count); \
	int name(char **args, int count)  \
	{                                 \
		return run(args, count);  \
	}                                 \
	struct place

COMMAND(bench_run);
COMMAND(channel_run);
COMMAND(cmd_bench);
COMMAND(cmd_connect);
COMMAND(cmd_listen);
COMMAND(cmd_run);
COMMAND(cmd_show);
COMMAND(connect_run);
COMMAND(doctor_run);
COMMAND(dump_run);
COMMAND(fail_run);
COMMAND(limits_run);
COMMAND(listen_run);
COMMAND(monitor_run);
COMMAND(peers_run);
COMMAND(ping_run);
COMMAND(pub_run);
COMMAND(run_run);
COMMAND(show_run);
COMMAND(stat_run);
COMMAND(status_run);
COMMAND(sub_run);
COMMAND(topics_run);

/**
 * struct place - where an option's value goes
 * @opt: an option of it
 * @before: what was there in the beginning
 */
static struct place {
	const struct opt *opt;
	struct opt_list before;
} places[PLACES];
static size_t num_places;

static size_t size_of(enum opt_kind kind)
{
	switch (kind) {
	case OPT_FLAG:
		return sizeof(bool);
	case OPT_NUMBER:
	case OPT_SECONDS:
		return sizeof(uint64_t);
	case OPT_TEXT:
		return sizeof(const char *);
	case OPT_CHOICE:
		return sizeof(unsigned int);
	case OPT_LIST:
		return sizeof(struct opt_list);
	}
	abort();
}

static void restore(const struct opt *opt)
{
	size_t i;

	for (i = 0; i < num_places; i++)
		if (places[i].opt->to == opt->to)
			break;
	if (i < num_places) {
		FUZZ_CHECK(places[i].opt->kind == opt->kind);
		memcpy(opt->to, &places[i].before, size_of(opt->kind));
		return;
	}
	FUZZ_CHECK(num_places < PLACES);
	places[num_places].opt = opt;
	memcpy(&places[num_places++].before, opt->to, size_of(opt->kind));
}

static bool one_of_words(const char *text)
{
	int i;

	for (i = 0; i < num_words; i++)
		if (text >= words[i] && text <= words[i] + strlen(words[i]))
			return true;
	return false;
}

/* Is there what the table allows, or what was there before? */
static void check(const struct opt *opt)
{
	const void *before = NULL;
	const struct opt_list *list = opt->to;
	unsigned int i, choice;
	uint64_t number;
	const char *text;

	for (i = 0; i < num_places; i++)
		if (places[i].opt->to == opt->to)
			before = &places[i].before;
	if (!memcmp(before, opt->to, size_of(opt->kind)))
		return;
	switch (opt->kind) {
	case OPT_FLAG:
		FUZZ_CHECK(*(bool *)opt->to);
		break;
	case OPT_NUMBER:
	case OPT_SECONDS:
		memcpy(&number, opt->to, sizeof(number));
		FUZZ_CHECK(number >= opt->min && number <= opt->max);
		break;
	case OPT_TEXT:
		memcpy(&text, opt->to, sizeof(text));
		FUZZ_CHECK(one_of_words(text));
		break;
	case OPT_CHOICE:
		choice = *(unsigned int *)opt->to;
		for (i = 0; opt->choices[i]; i++)
			if (i == choice)
				return;
		FUZZ_CHECK(!"a choice that there is");
		break;
	case OPT_LIST:
		FUZZ_CHECK(list->count <= OPT_LIST_MAX);
		for (i = 0; i < list->count; i++)
			FUZZ_CHECK(one_of_words(list->word[i]));
		break;
	}
}

static void every(const struct opt *table, void (*fn)(const struct opt *opt))
{
	for (; table && table->name; table++)
		fn(table);
}

/* A command's own options and the common ones; another's aren't set by it. */
static void check_all(const struct opt_program *program)
{
	const struct opt_command *c;

	every(program->common, check);
	for (c = program->commands; c->name; c++)
		every(c->options, check);
}

/* How many the command may have; its last one may be there again and again. */
static void check_args(const struct opt_program *program)
{
	const struct opt_command *c;
	int most = 0, n;

	for (c = program->commands; c->name; c++) {
		for (n = 0; c->args && c->args[n].name; n++)
			if (opt_arg_many(&c->args[n]))
				most = WORDS;
		most = n > most ? n : most;
	}
	FUZZ_CHECK(num_args >= 0 && num_args <= most);
	for (n = 0; n < num_args; n++)
		FUZZ_CHECK(one_of_words(ran_args[n]));
	FUZZ_CHECK(!ran_args[num_args]);
}

static unsigned int count_lines(struct fuzz_output out)
{
	unsigned int n = 0;

	while (out.len--)
		n += *out.text++ == '\n';
	return n;
}

int options_main(const struct opt_program *program, int argc, char **argv)
{
	const struct opt_command *c;
	int code;

	every(program->common, restore);
	for (c = program->commands; c->name; c++)
		every(c->options, restore);
	ran = 0;
	code = opt_main(program, argc, argv);
	if (ran) {
		FUZZ_CHECK(ran == 1 && code == RAN);
		FUZZ_CHECK(!fuzz_output(1).len && !fuzz_output(2).len);
		check_all(program);
		check_args(program);
	} else if (code == EXIT_OK) {
		/* --help, --version or --print-completion. */
		FUZZ_CHECK(fuzz_output(1).len && !fuzz_output(2).len);
	} else {
		FUZZ_CHECK(code == EXIT_USAGE);
		FUZZ_CHECK(!fuzz_output(1).len);
		FUZZ_CHECK(count_lines(fuzz_output(2)) == 2);
	}
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char letters[] = "gmnsu";
	/* getopt_long() sorts them. */
	char *argv[WORDS + 2];
	unsigned int which;
	int i;

	if (!size)
		return 0;
	for (which = 0; which < 5 && letters[which] != data[0]; which++)
		;
	if (which == 5)
		which = data[0] % 5;
	data++;
	size--;
	words[0] = fuzz_string("command", 7);
	num_words = 1;
	while (size && num_words <= WORDS)
		words[num_words++] = fuzz_line(&data, &size);
	words[num_words] = NULL;
	memcpy(argv, words, sizeof(argv));
	fuzz_capture();
	mains[which](num_words, argv);
	for (i = 0; i < num_words; i++)
		free(words[i]);
	return 0;
}
