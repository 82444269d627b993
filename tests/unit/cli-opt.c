// SPDX-License-Identifier: GPL-2.0-or-later
/* The option table: parsing, the usage text, the completions. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exitcode.h"
#include "opt.h"

#define MAX_WORDS 8

static struct {
	const char *name;
	uint64_t count;
	uint64_t wait;
	unsigned int how;
	bool loud;
	struct opt_list list;
	/* what ran, and with what */
	const char *ran;
	int argc;
	char *argv[MAX_WORDS];
} got;

static int ran(const char *name, char **args, int count)
{
	got.ran = name;
	got.argc = count;
	memcpy(got.argv, args, (size_t)count * sizeof(*args));
	return 42;
}

static int run_first(char **args, int count)
{
	return ran("first", args, count);
}

static int run_second(char **args, int count)
{
	return ran("second", args, count);
}

static int run_other(char **args, int count)
{
	return ran("other", args, count);
}

static int run_third(char **args, int count)
{
	return ran("many", args, count);
}

static const char *word(size_t i)
{
	static const char *const words[] = { "alpha", "beta", NULL };

	return words[i];
}

static const char *const hows[] = { "slow", "fast", NULL };

/* clang-format off: a row reads better as it is */
static const struct opt common[] = {
	{ 'n', "name", OPT_TEXT, "NAME", "a name", .to = &got.name },
	{ 'o', "how", OPT_CHOICE, "HOW", "a [choice]: it's one", .to = &got.how,
	  .choices = hows },
	{ .name = NULL },
};

static const struct opt first_options[] = {
	{ 'c', "count", OPT_NUMBER, "N", "a number", .to = &got.count, .min = 1,
	  .max = 10 },
	{ 'l', "loud", OPT_FLAG, .help = "a flag", .to = &got.loud },
	{ .name = NULL },
};

static const struct opt second_options[] = {
	{ 'w', "wait", OPT_SECONDS, "S", "a time", .to = &got.wait, .min = 1000,
	  .max = 5000000000 },
	{ .name = NULL },
};

static const struct opt third_options[] = {
	{ 'p', "part", OPT_LIST, "PART", "some text", .to = &got.list },
	{ .name = NULL },
};

static const struct opt_arg second_args[] = {
	{ "WORD", "a word", word },
	{ "TEXT", "a text", NULL },
	{ .name = NULL },
};

static const struct opt_arg third_args[] = {
	{ "WORD", "a word", NULL },
	{ "TEXT...", "texts", NULL },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "first", "does this", first_options, NULL, run_first },
	{ "second", "does that", second_options, second_args, run_second },
	{ "many", "does it to all", third_options, third_args, run_third },
	{ "other", "runs another program", third_options, third_args,
	  run_other },
	{ .name = NULL },
};
/* clang-format on */

static const struct opt_program program = {
	.name = "a-prog",
	.about = "For a test.\n",
	.common = common,
	.commands = commands,
	.stop = "other",
};

/* Runs the program with words separated by blanks. */
static int run(const char *line)
{
	static char words[256];
	char *argv[48] = { words }, *p = NULL;
	int argc = 1;

	memset(&got, 0, sizeof(got));
	snprintf(words, sizeof(words), "a-prog %s", line);
	strtok_r(words, " ", &p);
	while ((argv[argc] = strtok_r(NULL, " ", &p)))
		argc++;
	return opt_main(&program, argc, argv);
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(run(""), 42);
	assert_string_equal(got.ran, "first");
	assert_int_equal(run("-c 3 -l"), 42);
	assert_true(got.count == 3 && got.loud);
	assert_int_equal(run("-lc10"), 42);
	assert_true(got.count == 10 && got.loud);
	assert_int_equal(run("--count=10 first --loud"), 42);
	assert_true(got.count == 10 && got.loud);
	assert_int_equal(run("first -c 2 -c 3"), 42);
	assert_true(got.count == 3);
	assert_int_equal(run("-n x second -o fast"), 42);
	assert_string_equal(got.ran, "second");
	assert_string_equal(got.name, "x");
	assert_int_equal(got.how, 1);
	assert_int_equal(run("second -w 2.5"), 42);
	assert_true(got.wait == 2500000000);
}

static void test_arguments(void **state)
{
	(void)state;
	assert_int_equal(run("second one -n x two -o fast"), 42);
	assert_int_equal(got.argc, 2);
	assert_string_equal(got.argv[0], "one");
	assert_string_equal(got.argv[1], "two");
	assert_string_equal(got.name, "x");
	assert_int_equal(got.how, 1);
	assert_int_equal(run("many 1 2 3 4 -n x 5"), 42);
	assert_int_equal(got.argc, 5);
	assert_string_equal(got.argv[4], "5");
	assert_int_equal(run("many -p a,b --part=c 1 -pd"), 42);
	assert_int_equal(got.argc, 1);
	assert_int_equal(got.list.count, 3);
	assert_string_equal(got.list.word[0], "a,b");
	assert_string_equal(got.list.word[1], "c");
	assert_string_equal(got.list.word[2], "d");
	assert_int_equal(run("other -p a prog -p b -- --nosuch"), 42);
	assert_int_equal(got.list.count, 1);
	assert_int_equal(got.argc, 5);
	assert_string_equal(got.argv[0], "prog");
	assert_string_equal(got.argv[1], "-p");
	assert_string_equal(got.argv[4], "--nosuch");
	assert_int_equal(run("other -- -p b"), 42);
	assert_int_equal(got.list.count, 0);
	assert_int_equal(got.argc, 2);
	assert_string_equal(got.argv[0], "-p");
	assert_int_equal(run("second -- -n -o"), 42);
	assert_int_equal(got.argc, 2);
	assert_string_equal(got.argv[0], "-n");
	assert_null(got.name);
}

static void test_wrong(void **state)
{
	static const char *const lines[] = {
		"-x",
		"--nosuch",
		"--nosuch=1",
		"-c",
		"--count",
		"-c 0",
		"-c 11",
		"-c 1x",
		"-c -1",
		"--loud=1",
		"-o medium",
		"third",
		"first extra",
		"second a b c",
		"-c 3 second",
		"second -c 3",
		"second -w 6",
		"second -w 0",
		"second -w x",
		"--print-completion",
		"--print-completion=fish",
		"-n",
		"many -p",
		"other -p",
		"other -c 3 prog",
		"many -p1 -p2 -p3 -p4 -p5 -p6 -p7 -p8 -p9 -p10 -p11 -p12 -p13 "
		"-p14 -p15 -p16 -p17 -p18 -p19 -p20 -p21 -p22 -p23 -p24 -p25 "
		"-p26 -p27 -p28 -p29 -p30 -p31 -p32 -p33",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		int rc = run(lines[i]);

		if (rc != EXIT_USAGE || got.ran)
			fail_msg("'%s': %d, ran %s", lines[i], rc, got.ran);
	}
}

/* What a function of (FILE *, ...) has written; to be freed. */
static char *usage(const struct opt_command *only)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	opt_usage(f, &program, only);
	fclose(f);
	return text;
}

static char *completion(const char *shell)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(opt_complete(f, &program, shell), 0);
	fclose(f);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text ? text : "");
}

static void test_usage(void **state)
{
	char *text = usage(NULL);

	(void)state;
	assert_has(text, "usage: a-prog [OPTION]...");
	assert_has(text, "\n  second [WORD] [TEXT]    does that\n");
	assert_has(text, "\n  many [WORD] [TEXT...]   does it to all\n");
	assert_has(text, "\n  -c, --count N           a number\n");
	assert_has(text, "\n  -V, --version ");
	assert_has(text, "\nOptions of second:\n  -w, --wait S ");
	free(text);
	text = usage(opt_find(&program, "second"));
	assert_has(text, "usage: a-prog second [OPTION]... [WORD] [TEXT]\n");
	assert_has(text, "--wait");
	assert_has(text, "--name");
	assert_null(strstr(text, "--count"));
	free(text);
	assert_null(opt_find(&program, "third"));
}

/* That the shells understand them is tests/unit/completion.t's. */
static void test_completion(void **state)
{
	char *text = completion("bash");

	(void)state;
	assert_has(text, "complete -F _a_prog a-prog\n");
	assert_has(text, "words='slow fast'");
	assert_has(text, "first second many other");
	assert_has(text, "alpha beta");
	free(text);
	text = completion("zsh");
	assert_true(!strncmp(text, "#compdef a-prog\n", 16));
	assert_has(text, "'[a \\[choice\\]\\: it'\\''s one]:HOW:(slow fast)'");
	assert_has(text, "'1:WORD:(alpha beta)' '2:TEXT:'");
	assert_has(text, "'1:WORD:' '*:TEXT...:'");
	free(text);
}

/* The messages about wrong words are for people; here they would only puzzle. */
static int quiet(void **state)
{
	(void)state;
	return freopen("/dev/null", "w", stderr) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_completion),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, quiet, NULL);
}
