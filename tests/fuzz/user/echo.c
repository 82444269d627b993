// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of genl-echo behind a kernel that says what it likes: of the first
 * line each letter is an option or a command, the rest is the kernel's script
 * (lib/script.h). What they print is harmless, and with -j it is JSON.
 * sources: tools/genl-echo/dump.c tools/genl-echo/fail.c tools/genl-echo/monitor.c
 * sources: tools/genl-echo/reply.c tools/genl-echo/session.c tools/genl-echo/stat.c
 * sources: tools/genl-echo/transport.c tools/genl-echo/transport_raw.c tools/lib/errname.c
 * sources: tools/lib/jsonl.c tools/lib/mem.c tools/lib/num.c tools/lib/rtt.c tools/lib/say.c
 * sources: tools/lib/stop.c tools/lib/text.c tests/fuzz/user/lib/echo-parts.c
 * sources: tests/fuzz/user/lib/kernel.c tests/fuzz/user/lib/no-driver.c
 * sources: tests/fuzz/user/lib/script.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tools/genl-echo/genl-echo.h"
#include "exitcode.h"
#include "lib/fuzz.h"
#include "lib/kernel.h"

extern const struct transport_ops real_libnl;
void echo_reset(void);

struct genl_echo_options genl_echo_options;

static struct transport *opened;

static struct transport *libnl_open(uint64_t timeout)
{
	opened = real_libnl.open(timeout);
	return opened;
}

static void libnl_close(struct transport *t)
{
	real_libnl.close(t);
	opened = NULL;
}

static int libnl_send(struct transport *t, const struct request *req)
{
	return real_libnl.send(t, req);
}

static int libnl_recv(struct transport *t, reply_fn fn, void *arg)
{
	return real_libnl.recv(t, fn, arg);
}

const struct transport_ops transport_libnl = {
	.name = "libnl",
	.open = libnl_open,
	.send = libnl_send,
	.recv = libnl_recv,
	.close = libnl_close,
};

static void defaults(void)
{
	genl_echo_options = (struct genl_echo_options){
		.family = GENL_ECHO_GENL_NAME,
		.timeout = 1000000,
		.ping = { .count = 2, .size = 4 },
	};
}

static bool option(char what)
{
	switch (what) {
	case 'j':
		genl_echo_options.json = true;
		return true;
	case 'l':
		genl_echo_options.transport = 1;
		return true;
	case 'a':
		genl_echo_options.ping.announce = true;
		return true;
	case 'q':
		genl_echo_options.ping.quiet = true;
		return true;
	case 'c':
		genl_echo_options.dump.count = 2;
		genl_echo_options.monitor.count = 2;
		return true;
	}
	return false;
}

/* The exit code; EXIT_OK for a letter that is no command. */
static int command(char what)
{
	char error[] = "ENOSPC", text[] = "no room";
	char *args[] = { error, text, NULL };

	switch (what) {
	case 'd':
		return dump_run(args + 1, 1);
	case 'f':
		return fail_run(args, 2);
	case 'm':
		return monitor_run(args, 0);
	case 'p':
		return ping_run(args, 0);
	case 's':
		return stat_run(args, 0);
	}
	return EXIT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *letters = fuzz_line(&data, &size);
	unsigned int i;
	int code;

	defaults();
	kernel_begin(data, size);
	for (i = 0; letters[i] && i < 8; i++) {
		if (option(letters[i]))
			continue;
		fuzz_capture();
		echo_reset();
		code = command(letters[i]);
		FUZZ_CHECK(code >= EXIT_OK && code <= EXIT_NO_DRIVER);
		FUZZ_CHECK(code == EXIT_OK || fuzz_output(2).len ||
			   genl_echo_options.json || letters[i] == 'm');
		fuzz_harmless(fuzz_output(1));
		fuzz_harmless(fuzz_output(2));
		if (genl_echo_options.json)
			fuzz_json_lines(fuzz_output(1));
		if (opened)
			libnl_close(opened);
	}
	free(letters);
	return 0;
}
