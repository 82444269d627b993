// SPDX-License-Identifier: GPL-2.0-or-later
/* run: another program, with the preload object before its C library. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "say.h"
#include "settings.h"
#include "text.h"
#include "ulp-caesar.h"

/* As env(1), nice(1) and the shell have it. */
#define EXIT_CANT_RUN 126
#define EXIT_NO_PROGRAM 127

/* make says where it is installed. */
#ifndef CAESAR_PRELOAD
#define CAESAR_PRELOAD "/usr/lib/sockmods/caesar-preload.so"
#endif

#define OPTIONS (&ulp_caesar_options)

/* Where the build has put it, beside this program; or where it is installed. */
static const char *find_preload(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	if (n > 0) {
		path[n] = 0;
		slash = strrchr(path, '/');
		if (slash) {
			strcpy(slash, "/../lib/sockmods/caesar-preload.so");
			if (!access(path, R_OK))
				return path;
		}
	}
	return CAESAR_PRELOAD;
}

static int set_env(const char *name, const char *value)
{
	int rc = value ? setenv(name, value, 1) : unsetenv(name);

	if (!rc)
		return EXIT_OK;
	say_error("%s: %s", name, strerror(errno));
	return EXIT_REFUSED;
}

static int set_preload(void)
{
	const char *path = find_preload(), *old = getenv("LD_PRELOAD");
	char *both;
	int code;

	if (access(path, R_OK)) {
		say_error("%s: %s", path, strerror(errno));
		return EXIT_REFUSED;
	}
	/* The dynamic linker knows no way to quote them. */
	if (strpbrk(path, " :")) {
		say_error(
			"%s: LD_PRELOAD takes no path with a blank or a colon",
			path);
		return EXIT_REFUSED;
	}
	if (asprintf(&both, "%s%s%s", path, old && *old ? ":" : "",
		     old ? old : "") < 0) {
		say_error("LD_PRELOAD: %s", strerror(ENOMEM));
		return EXIT_REFUSED;
	}
	code = set_env("LD_PRELOAD", both);
	free(both);
	return code;
}

static int set_key(const struct caesar_key *key)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu32 ":%" PRIu32, key->tx, key->rx);
	return set_env(SETTINGS_KEY, text);
}

static int set_only(void)
{
	if (OPTIONS->run.client_only)
		return set_env(SETTINGS_ONLY, SETTINGS_CLIENT);
	if (OPTIONS->run.server_only)
		return set_env(SETTINGS_ONLY, SETTINGS_SERVER);
	return set_env(SETTINGS_ONLY, NULL);
}

static int set_ports(const struct settings_ports *ports)
{
	char text[SETTINGS_PORTS_MAX * sizeof("65535-65535,")];
	unsigned int i;
	int n = 0;

	if (!ports->count)
		return set_env(SETTINGS_PORTS, NULL);
	for (i = 0; i < ports->count; i++)
		n += sprintf(text + n, "%s%" PRIu16 "-%" PRIu16, i ? "," : "",
			     ports->range[i].first, ports->range[i].last);
	return set_env(SETTINGS_PORTS, text);
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
	int code, err;
	char *name;

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
	if (code == EXIT_OK)
		code = set_preload();
	if (code != EXIT_OK)
		return code;
	execvp(args[0], args);
	err = errno;
	name = text_escape(args[0], strlen(args[0]));
	say_error("%s: %s", name, strerror(err));
	free(name);
	return err == ENOENT ? EXIT_NO_PROGRAM : EXIT_CANT_RUN;
}
