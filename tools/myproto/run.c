// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run: another program, whose sockets of AF_UNIX are sockets of the family; and
 * channel: which channels its names are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "family.h"
#include "jsonl.h"
#include "myproto.h"
#include "myproto-preload/address.h"
#include "myproto-preload/channel.h"
#include "myproto-preload/settings.h"
#include "preload.h"
#include "say.h"

/* make says where it is installed. */
#ifndef MYPROTO_PRELOAD
#define MYPROTO_PRELOAD "/usr/lib/sockmods/myproto-preload.so"
#endif

#define OPTIONS (&myproto_options)

static int set_family(void)
{
	char text[16];
	int code = EXIT_REFUSED, fd = session_socket(&code);

	if (fd < 0)
		return code;
	close(fd);
	snprintf(text, sizeof(text), "%d", family_find());
	return preload_env(SETTINGS_FAMILY, text);
}

static int set_except(void)
{
	const struct opt_list *list = &OPTIONS->run.except;
	char text[SETTINGS_EXCEPT_MAX] = "";
	unsigned int i;
	int n = 0;

	for (i = 0; i < list->count; i++) {
		if (!*list->word[i]) {
			say_error("--except: no name");
			return EXIT_USAGE;
		}
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s",
			      i ? ":" : "", list->word[i]);
		if (n >= (int)sizeof(text)) {
			say_error("--except: more than %zu bytes in all",
				  sizeof(text) - 1);
			return EXIT_USAGE;
		}
	}
	return preload_env(SETTINGS_EXCEPT, n ? text : NULL);
}

int run_run(char **args, int count)
{
	int code;

	if (!count) {
		say_error("run: which program?");
		return EXIT_USAGE;
	}
	code = set_except();
	if (code == EXIT_OK)
		code = set_family();
	if (code == EXIT_OK)
		code = preload_env(SETTINGS_PAIRS,
				   OPTIONS->run.no_pairs ? SETTINGS_NO : NULL);
	return code == EXIT_OK ? preload_run(MYPROTO_PRELOAD, args) : code;
}

/* A path, or @ and an abstract name. */
static int channel_of(const char *text, uint32_t *channel)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct address address;
	size_t len = strlen(text);
	int err;

	if (!len || len > sizeof(un.sun_path)) {
		say_error("'%s' is no name: 1 to %zu bytes", text,
			  sizeof(un.sun_path));
		return EXIT_USAGE;
	}
	memcpy(un.sun_path, text, len);
	if (*text == '@')
		un.sun_path[0] = '\0';
	err = address_parse(
		&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len),
		&address);
	if (!err)
		err = address_resolve(&address, channel);
	if (!err)
		return EXIT_OK;
	errno = err;
	return session_failed(text);
}

int channel_run(char **args, int count)
{
	uint32_t channel = 0;
	int i, code;

	if (!count) {
		say_error("channel: of which name?");
		return EXIT_USAGE;
	}
	for (i = 0; i < count; i++) {
		code = channel_of(args[i], &channel);
		if (code != EXIT_OK)
			return code;
		if (OPTIONS->json) {
			struct json_object *o = jsonl_begin("name");

			jsonl_string(o, "name", args[i]);
			jsonl_uint(o, "channel", channel);
			jsonl_print(o);
		} else {
			printf("%" PRIu32 "\n", channel);
		}
	}
	return say_flush() ? EXIT_REFUSED : EXIT_OK;
}
