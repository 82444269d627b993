// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "driver-modprobe.h"

const char *const driver_modprobe_dirs[DRIVER_MODPROBE_DIRS] = {
	"/etc/modprobe.d",     "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d",
};

/* modprobe takes - and _ for the same. */
static bool same_module(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
			return false;
	return *a == *b;
}

static int find_line(FILE *f, const char *word, const char *module)
{
	char line[1024], *first, *second, *rest;
	int n = 0;

	while (fgets(line, sizeof(line), f)) {
		n++;
		first = strtok_r(line, " \t\n", &rest);
		second = first ? strtok_r(NULL, " \t\n", &rest) : NULL;
		if (second && !strcmp(first, word) &&
		    same_module(second, module))
			return n;
	}
	return 0;
}

int driver_modprobe(const struct driver_query *query, const char *word,
		    char *path, size_t size)
{
	int i, n = 0;
	size_t j;
	glob_t g;
	FILE *f;

	for (i = 0; i < DRIVER_MODPROBE_DIRS && !n; i++) {
		if (!driver_glob(query, &g, "%s/*.conf",
				 driver_modprobe_dirs[i]))
			continue;
		for (j = 0; j < g.gl_pathc && !n; j++) {
			const char *file = g.gl_pathv[j] + strlen(query->root);

			f = driver_open(query, "%s", file);
			if (!f)
				continue;
			n = find_line(f, word, query->module);
			if (n)
				snprintf(path, size, "%s", file);
			fclose(f);
		}
		globfree(&g);
	}
	return n;
}
