// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of nlbroker-mqtt, and its short commands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "daemon.h"
#include "exitcode.h"
#include "opt.h"
#include "report.h"
#include "say.h"

static struct {
	const char *config;
	const char *socket;
	bool json;
} options = {
	.config = CONFIG_PATH,
};

static int run_run(char **args, int count)
{
	(void)args;
	(void)count;
	return daemon_main(options.config);
}

static int check_run(char **args, int count)
{
	struct config config;

	(void)args;
	(void)count;
	if (daemon_load(options.config, &config))
		return EXIT_REFUSED;
	config_free(&config);
	return EXIT_OK;
}

static int show(int fd)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	if (!in) {
		say_error("%s", strerror(errno));
		close(fd);
		return EXIT_REFUSED;
	}
	if (options.json) {
		while (getline(&line, &size, in) > 0) {
			fputs(line, stdout);
			rc |= !strstr(line, "\"state\":\"connected\"");
		}
		free(line);
	} else {
		rc = report_table(in, stdout);
	}
	fclose(in);
	if (rc < 0)
		say_error("the answer makes no sense");
	return say_flush() || rc ? EXIT_REFUSED : EXIT_OK;
}

static int status_run(char **args, int count)
{
	struct config config = {};
	const char *path = options.socket;
	int fd;

	(void)args;
	(void)count;
	if (!path) {
		if (daemon_load(options.config, &config)) {
			say_hint("--socket names the daemon's socket");
			return EXIT_REFUSED;
		}
		path = config.status_socket;
	}
	fd = control_ask(path);
	if (fd < 0) {
		say_error("%s: %s", path, strerror(-fd));
		if (fd == -ENOENT || fd == -ECONNREFUSED)
			say_hint(
				"no daemon is there: 'systemctl status nlbroker-mqtt' tells why");
	}
	config_free(&config);
	return fd < 0 ? EXIT_REFUSED : show(fd);
}

/* clang-format off */

static const struct opt common[] = {
	{ 'c', "config", OPT_TEXT, "FILE",
	  "the configuration (" CONFIG_PATH ")", .to = &options.config },
	{ 'j', "json", OPT_FLAG, .help = "print JSON, one object a line",
	  .to = &options.json },
	{ .name = NULL },
};

static const struct opt status_options[] = {
	{ 's', "socket", OPT_TEXT, "SOCKET",
	  "where to ask (what the configuration says)", .to = &options.socket },
	{ .name = NULL },
};

static const struct opt_command commands[] = {
	{ "run", "be the daemon", NULL, NULL, run_run },
	{ "check", "say what is wrong with the configuration", NULL, NULL,
	  check_run },
	{ "status", "show the connections of the daemon, and what was lost",
	  status_options, NULL, status_run },
	{ .name = NULL },
};

/* clang-format on */

static const struct opt_program program = {
	.name = "nlbroker-mqtt",
	.about =
		"Takes messages of nlbroker to MQTT brokers, and brings messages from there.\n",
	.common = common,
	.commands = commands,
	.codes =
		"Exit codes: 0 all well; 1 something was lost, is wrong or is not there; 2 wrong\n"
		"usage; 3 the driver is not there (it says why). See nlbroker-mqtt(8).\n",
};

int main(int argc, char **argv)
{
	return opt_main(&program, argc, argv);
}
