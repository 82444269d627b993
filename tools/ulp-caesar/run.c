// SPDX-License-Identifier: GPL-2.0-or-later
/* run: another program, with the preload object before its C library. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "exitcode.h"
#include "preload.h"
#include "say.h"
#include "settings.h"
#include "ulp-caesar.h"

/* make says where it is installed. */
#ifndef CAESAR_PRELOAD
#define CAESAR_PRELOAD "/usr/lib/sockmods/caesar-preload.so"
#endif

#define OPTIONS (&ulp_caesar_options)

static int set_key(const struct caesar_key *key)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu32 ":%" PRIu32, key->tx, key->rx);
	return preload_env(SETTINGS_KEY, text);
}

static int set_only(void)
{
	if (OPTIONS->run.client_only)
		return preload_env(SETTINGS_ONLY, SETTINGS_CLIENT);
	if (OPTIONS->run.server_only)
		return preload_env(SETTINGS_ONLY, SETTINGS_SERVER);
	return preload_env(SETTINGS_ONLY, NULL);
}

static int set_ports(const struct settings_ports *ports)
{
	char text[SETTINGS_PORTS_MAX * sizeof("65535-65535,")];
	unsigned int i;
	int n = 0;

	if (!ports->count)
		return preload_env(SETTINGS_PORTS, NULL);
	for (i = 0; i < ports->count; i++)
		n += sprintf(text + n, "%s%" PRIu16 "-%" PRIu16, i ? "," : "",
			     ports->range[i].first, ports->range[i].last);
	return preload_env(SETTINGS_PORTS, text);
}

static int read_ports(struct settings_ports *ports)
{
	const struct opt_list *list = &OPTIONS->run.ports;
	unsigned int i;

	for (i = 0; i < list->count; i++) {
		switch (settings_ports(list->word[i], ports)) {
		case 0:
			break;
		case -E2BIG:
			say_error("--port: more than %d of them",
				  SETTINGS_PORTS_MAX);
			return EXIT_USAGE;
		case -ERANGE:
			say_error(
				"--port: '%s' is out of range: 1 to 65535, a range from less to more",
				list->word[i]);
			return EXIT_USAGE;
		default:
			say_error("--port: '%s' is neither a port nor a range",
				  list->word[i]);
			return EXIT_USAGE;
		}
	}
	return EXIT_OK;
}

int cmd_run(char **args, int count)
{
	struct settings_ports ports = {};
	struct caesar_key key;
	int code;

	if (!count) {
		say_error("run: which program?");
		return EXIT_USAGE;
	}
	if (OPTIONS->run.client_only && OPTIONS->run.server_only) {
		say_error("--client-only and --server-only: nothing is left");
		return EXIT_USAGE;
	}
	code = session_key(&key);
	if (code == EXIT_OK)
		code = read_ports(&ports);
	if (code == EXIT_OK)
		code = session_driver();
	if (code == EXIT_OK)
		code = set_key(&key);
	if (code == EXIT_OK)
		code = set_only();
	if (code == EXIT_OK)
		code = set_ports(&ports);
	return code == EXIT_OK ? preload_run(CAESAR_PRELOAD, args) : code;
}
