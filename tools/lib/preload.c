// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "preload.h"
#include "say.h"
#include "text.h"

#define EXIT_CANT_RUN 126
#define EXIT_NO_PROGRAM 127

int preload_env(const char *name, const char *value)
{
	int rc = value ? setenv(name, value, 1) : unsetenv(name);

	if (!rc)
		return EXIT_OK;
	say_error("%s: %s", name, strerror(errno));
	return EXIT_REFUSED;
}

/* Where the build has put it, beside this program; or where it is installed. */
static const char *find_object(const char *installed)
{
	static char path[PATH_MAX];
	const char *name = strrchr(installed, '/');
	char self[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int len;

	if (n <= 0 || !name)
		return installed;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return installed;
	*slash = '\0';
	len = snprintf(path, sizeof(path), "%s/../lib/sockmods%s", self, name);
	if (len < 0 || len >= (int)sizeof(path) || access(path, R_OK))
		return installed;
	return path;
}

static int set_object(const char *path)
{
	const char *old = getenv("LD_PRELOAD");
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
	code = preload_env("LD_PRELOAD", both);
	free(both);
	return code;
}

int preload_run(const char *installed, char **args)
{
	int code = set_object(find_object(installed)), err;
	char *name;

	if (code != EXIT_OK)
		return code;
	execvp(args[0], args);
	err = errno;
	name = text_escape(args[0], strlen(args[0]));
	say_error("%s: %s", name, strerror(err));
	free(name);
	return err == ENOENT ? EXIT_NO_PROGRAM : EXIT_CANT_RUN;
}
