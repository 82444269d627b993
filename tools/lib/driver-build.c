// SPDX-License-Identifier: GPL-2.0-or-later
/* dkms.conf, and the configuration of kernels. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver-build.h"

/*
 * The value of NAME="VALUE" in a line of a shell file, quotes gone, or NULL. Good
 * for what dkms.conf holds as literals: no dkms takes anything else there either.
 */
static char *assigned(char *line, const char *name)
{
	size_t len = strlen(name);

	line += strspn(line, " \t");
	if (strncmp(line, name, len) || line[len] != '=')
		return NULL;
	line += len + 1;
	if (*line == '"' || *line == '\'')
		line++;
	line[strcspn(line, "\"'#\n")] = 0;
	return line;
}

static void newest_sources(const struct driver_query *query, char *version,
			   int size)
{
	static const char before[] = "/usr/src/sockmods-";
	glob_t g;
	size_t i;

	*version = 0;
	if (!driver_glob(query, &g, "%s[0-9]*/dkms.conf", before))
		return;
	for (i = 0; i < g.gl_pathc; i++) {
		const char *p =
			g.gl_pathv[i] + strlen(query->root) + strlen(before);
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p, "/"), p);
		if (strverscmp(name, version) > 0)
			snprintf(version, size, "%s", name);
	}
	globfree(&g);
}

void driver_conf(const struct driver_query *query, struct driver_conf *conf)
{
	char line[512], *value;
	FILE *f;

	*conf = (struct driver_conf){ .major = 5, .minor = 10 };
	newest_sources(query, conf->package, sizeof(conf->package));
	if (!*conf->package)
		return;
	f = driver_open(query, "/usr/src/sockmods-%s/dkms.conf", conf->package);
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		value = assigned(line, "BUILD_EXCLUSIVE_KERNEL_MIN");
		if (value)
			sscanf(value, "%u.%u", &conf->major, &conf->minor);
		value = assigned(line, "BUILD_EXCLUSIVE_CONFIG");
		if (value)
			snprintf(conf->options, sizeof(conf->options), "%s",
				 value);
	}
	fclose(f);
}

bool driver_too_old(const struct driver_conf *conf, const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < conf->major ||
	       (major == conf->major && minor < conf->minor);
}

/* Where distributions keep it; DKMS looks at the one among the headers. */
static FILE *open_config(const struct driver_query *query, const char *release)
{
	/* clang-format off */
	static const char *const files[][2] = {
		{ "/lib/modules/", "/build/.config" },
		{ "/lib/modules/", "/build/include/config/auto.conf" },
		{ "/lib/modules/", "/config" },
		{ "/boot/config-", "" },
	};
	/* clang-format on */
	FILE *f = NULL;
	size_t i;

	for (i = 0; i < 4 && !f; i++)
		f = driver_open(query, "%s%s%s", files[i][0], release,
				files[i][1]);
	return f;
}

bool driver_lacks(const struct driver_query *query,
		  const struct driver_conf *conf, const char *release,
		  char *missing, int size)
{
	char line[1024], options[256], *name, *rest = NULL;
	FILE *f = open_config(query, release);
	int used = 0;

	*missing = 0;
	if (!f)
		return false;
	snprintf(options, sizeof(options), "%s", conf->options);
	for (name = strtok_r(options, " ", &rest); name;
	     name = strtok_r(NULL, " ", &rest)) {
		/* As DKMS has it: !OPTION is one that mustn't be there. */
		bool want = *name != '!', have = false;
		size_t len;

		name += !want;
		len = strlen(name);
		if (fseek(f, 0, SEEK_SET))
			break;
		while (!have && fgets(line, sizeof(line), f))
			have = !strncmp(line, name, len) && line[len] == '=' &&
			       strchr("ym", line[len + 1]);
		if (have != want && used < size)
			used += snprintf(missing + used, size - used, "%s%s%s",
					 used ? " " : "", want ? "" : "!",
					 name);
	}
	fclose(f);
	return *missing;
}
