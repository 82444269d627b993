// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of nlbroker behind a kernel that says what it likes: of the first
 * line each letter is an option or a command; the second one is an argument of all
 * of them, a topic, a mode, a limit, a format or standard input; the rest is the
 * kernel's script (lib/script.h). With -j they print JSON; what isn't meant for a
 * program is harmless.
 * sources: tools/nlbroker/format.c tools/nlbroker/limits.c tools/nlbroker/monitor.c
 * sources: tools/nlbroker/pub.c tools/nlbroker/session.c tools/nlbroker/show.c tools/nlbroker/sub.c
 * sources: tools/libnlbroker/open.c tools/libnlbroker/parse.c tools/libnlbroker/publish.c
 * sources: tools/libnlbroker/query.c tools/libnlbroker/receive.c tools/libnlbroker/request.c
 * sources: tools/libnlbroker/subscribe.c tools/libnlbroker/topic.c tools/lib/errname.c
 * sources: tools/lib/jsonl.c tools/lib/mem.c tools/lib/num.c tools/lib/say.c tools/lib/stop.c
 * sources: tools/lib/text.c tests/fuzz/user/lib/kernel.c tests/fuzz/user/lib/no-driver.c
 * sources: tests/fuzz/user/lib/resolve.c tests/fuzz/user/lib/script.c
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../tools/nlbroker/nlbroker.h"
#include "exitcode.h"
#include "lib/fuzz.h"
#include "lib/kernel.h"
#include "lib/resolve.h"

#define OPTIONS (&nlbroker_options)

/* A line that is more than pub reads at once. */
#define INPUT_LONG 130000

struct nlbroker_options nlbroker_options;

/* The second line; bytes of another that pub has to read before it. */
static char *argument;
static size_t input_len;

static bool option(char what)
{
	switch (what) {
	case 'j':
		OPTIONS->json = true;
		return true;
	case 'c':
		OPTIONS->count = 2;
		return true;
	case 'w':
		OPTIONS->pub.wait = 5;
		return true;
	case 'e':
		OPTIONS->pub.echo = true;
		return true;
	case 'r':
		OPTIONS->pub.retain = true;
		return true;
	case 'a':
		OPTIONS->pub.advertise = argument;
		return true;
	case 'K':
		input_len = INPUT_LONG;
		/* fallthrough */
	case 'k':
		OPTIONS->pub.lines = true;
		return true;
	case 'F':
		OPTIONS->pub.file = "-";
		return true;
	case '0':
		OPTIONS->pub.null = true;
		return true;
	case 'b':
		OPTIONS->sub.buffer = 4096;
		return true;
	case 'v':
		OPTIONS->sub.verbose = true;
		OPTIONS->sub.creds = true;
		return true;
	case 'o':
		OPTIONS->sub.retained_only = true;
		return true;
	case 'x':
		OPTIONS->sub.format = "%x %l %r %s %u %g %P %n %U %I";
		return true;
	case 'f':
		OPTIONS->sub.format = argument;
		return true;
	case 'U':
		resolve_unloaded = true;
		return true;
	}
	return false;
}

static void write_all(int fd, const char *text, size_t len)
{
	if (write(fd, text, len) != (ssize_t)len)
		abort();
}

/* A line that is too long, or none; then the argument, with bars for newlines. */
static void give_input(void)
{
	static int fd = -1;
	size_t len = strlen(argument), i;
	char *text = fuzz_copy(argument, len);

	if (fd < 0)
		fd = memfd_create("stdin", MFD_CLOEXEC);
	if (dup2(fd, STDIN_FILENO) || ftruncate(fd, 0) ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	if (input_len) {
		char *line = malloc(input_len);

		memset(line, 'a', input_len);
		line[input_len - 1] = '\n';
		write_all(fd, line, input_len);
		free(line);
	}
	for (i = 0; i < len; i++)
		if (text[i] == '|')
			text[i] = '\n';
	write_all(fd, text, len);
	if (lseek(fd, 0, SEEK_SET))
		abort();
	free(text);
}

/* What is read is no topic: it can be longer. */
static int pub(char **message)
{
	char topic[] = "a/b";
	char *args[] = { topic, NULL };

	if (OPTIONS->pub.null)
		return pub_run(message, 1);
	if (!OPTIONS->pub.lines && !OPTIONS->pub.file)
		return pub_run(message, 2);
	give_input();
	return pub_run(args, 1);
}

/* The exit code; EXIT_OK for a letter that is no command. */
static int command(char what)
{
	char text[] = "hello", mode[] = "mode=0660";
	char *message[] = { argument, text, NULL };
	char *limits[] = { mode, argument, NULL };
	char *none[] = { NULL };

	switch (what) {
	case 's':
		return sub_run(message, 1);
	case 'p':
		return pub(message);
	case 't':
		return topics_run(none, 0);
	case 'T':
		return topics_run(message, 1);
	case 'i':
		return peers_run(none, 0);
	case 'm':
		return monitor_run(none, 0);
	case 'n':
		return status_run(none, 0);
	case 'l':
		return limits_run(none, 0);
	case 'L':
		return limits_run(limits, 2);
	}
	return EXIT_OK;
}

/* What sub prints of payloads to no terminal is as it came. */
static bool as_it_came(char what)
{
	return what == 's' && !OPTIONS->json;
}

/* Who has typed it may see it again as it is. */
static bool typed(void)
{
	const unsigned char *p = (const void *)argument;

	for (; *p; p++)
		if (*p < ' ' || *p >= 0x7f || *p == '\\')
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *letters = fuzz_line(&data, &size);
	unsigned int i;
	int code;

	argument = fuzz_line(&data, &size);
	nlbroker_options = (struct nlbroker_options){ .count = 0 };
	resolve_unloaded = false;
	input_len = 0;
	kernel_begin(data, size);
	for (i = 0; letters[i] && i < 10; i++) {
		if (option(letters[i]))
			continue;
		fuzz_capture();
		code = command(letters[i]);
		FUZZ_CHECK(code >= EXIT_OK && code <= EXIT_NO_DRIVER);
		FUZZ_CHECK(code != EXIT_NO_DRIVER || fuzz_output(2).len);
		if (!typed())
			fuzz_harmless(fuzz_output(2));
		if (!as_it_came(letters[i]))
			fuzz_harmless(fuzz_output(1));
		if (OPTIONS->json)
			fuzz_json_lines(fuzz_output(1));
	}
	free(letters);
	free(argument);
	return 0;
}
