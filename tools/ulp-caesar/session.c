// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys, the protocol on a socket, and why it can't be had. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver.h"
#include "exitcode.h"
#include "say.h"
#include "settings.h"
#include "ulp-caesar.h"

#define OPTIONS (&ulp_caesar_options)

/* From where: "--key", for example. What it is, isn't told: it may be a secret. */
static int read_key(const char *from, const char *text, struct caesar_key *key)
{
	int err = settings_key(text, key);

	if (!err)
		return EXIT_OK;
	if (err == -ERANGE)
		say_error("%s: a key is from %d to %u", from, INT32_MIN,
			  UINT32_MAX);
	else
		say_error("%s: a key is a number, or two: TX:RX", from);
	return EXIT_USAGE;
}

static int read_key_file(const char *path, struct caesar_key *key)
{
	char line[64] = "";
	int code;
	FILE *f = fopen(path, "re");

	if (!f) {
		say_error("--key-file %s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	errno = 0;
	if (!fgets(line, sizeof(line), f) && ferror(f)) {
		say_error("--key-file %s: %s", path, strerror(errno));
		code = EXIT_USAGE;
	} else {
		line[strcspn(line, "\r\n")] = 0;
		code = read_key("--key-file", line, key);
	}
	fclose(f);
	explicit_bzero(line, sizeof(line));
	return code;
}

int session_key(struct caesar_key *key)
{
	const char *env;

	if (OPTIONS->key && OPTIONS->key_file) {
		say_error("--key and --key-file: which of the two?");
		return EXIT_USAGE;
	}
	if (OPTIONS->key)
		return read_key("--key", OPTIONS->key, key);
	if (OPTIONS->key_file)
		return read_key_file(OPTIONS->key_file, key);
	env = getenv(SETTINGS_KEY);
	if (env)
		return read_key(SETTINGS_KEY, env, key);
	say_error("there is no key");
	say_hint("--key N, --key-file FILE, or " SETTINGS_KEY
		 " in the environment");
	return EXIT_USAGE;
}

static int attach(int fd)
{
	if (!setsockopt(fd, SOL_TCP, TCP_ULP, CAESAR_ULP_NAME,
			strlen(CAESAR_ULP_NAME)))
		return 0;
	return -errno;
}

int session_attach(int fd, const struct caesar_key *key)
{
	int err = attach(fd);

	if (err)
		return err;
	if (setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, key, sizeof(*key)))
		return -errno;
	return 0;
}

static int try_attach(void)
{
	int err, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = attach(fd);
	close(fd);
	return err;
}

static int say_driver(struct driver_query query, bool *retry)
{
	struct driver driver;

	query.load = retry;
	driver_look(&query, &driver);
	if (retry && driver.state == DRIVER_STARTED) {
		*retry = true;
		return EXIT_NO_DRIVER;
	}
	say_error("%s", driver.text);
	if (*driver.hint)
		say_hint("%s", driver.hint);
	if (driver.state == DRIVER_NOT_LOADED) {
		say_hint(
			"for others than root the kernel does not load it: a line '%s' in a file in /etc/modules-load.d does at each boot",
			query.module);
		say_hint("once it is loaded, everybody may use it");
	}
	return EXIT_NO_DRIVER;
}

int session_driver(void)
{
	const struct driver_query query = {
		.module = "ulp_caesar",
		.want = CAESAR_ULP_NAME,
		.usual = CAESAR_ULP_NAME,
		.root = "",
	};
	bool retry = false;
	int code, err = try_attach();

	if (err == -ENOENT) {
		code = say_driver(query, &retry);
		if (!retry)
			return code;
		err = try_attach();
		if (err == -ENOENT)
			return say_driver(query, NULL);
	}
	if (!err)
		return EXIT_OK;
	say_error("the protocol can not be attached to a socket: %s",
		  strerror(-err));
	return EXIT_REFUSED;
}

int session_end(int code)
{
	if (say_flush() && code == EXIT_OK)
		return EXIT_REFUSED;
	return code;
}
