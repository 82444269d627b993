// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "dpkg.h"
#include "mem.h"

/* The value of a field, or NULL for another's line. */
static const char *field(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " ");
}

static bool wanted(const char *name, const char *const *want)
{
	for (; *want; want++)
		if (!strncmp(name, *want, strlen(*want)))
			return true;
	return false;
}

/* "install reinstreq half-installed": what is wanted, what is wrong, what is. */
static void read_state(struct dpkg_package *package, const char *value)
{
	char error[32];

	if (sscanf(value, "%*s %31s %31s", error, package->state) == 2)
		package->broken = !strcmp(error, "reinstreq");
}

static void read_line(struct dpkg_package *package, const char *line)
{
	const char *value;

	if ((value = field(line, "Package")))
		snprintf(package->name, sizeof(package->name), "%s", value);
	else if ((value = field(line, "Status")))
		read_state(package, value);
	else if ((value = field(line, "Version")))
		snprintf(package->version, sizeof(package->version), "%s",
			 value);
	else if ((value = field(line, "Depends")))
		snprintf(package->depends, sizeof(package->depends), "%s",
			 value);
}

static void add(struct dpkg *dpkg, const struct dpkg_package *package)
{
	dpkg->package = mem_resize(dpkg->package,
				   (dpkg->count + 1) * sizeof(*dpkg->package));
	dpkg->package[dpkg->count++] = *package;
}

void dpkg_read(const struct driver_query *query, const char *const *want,
	       struct dpkg *dpkg)
{
	FILE *f = driver_open(query, "/var/lib/dpkg/status");
	struct dpkg_package package = {};
	char *line = NULL;
	size_t size = 0;

	memset(dpkg, 0, sizeof(*dpkg));
	if (!f)
		return;
	/* Packages are parted by empty lines, after the last one too. */
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (*line) {
			read_line(&package, line);
			continue;
		}
		if (wanted(package.name, want))
			add(dpkg, &package);
		memset(&package, 0, sizeof(package));
	}
	if (wanted(package.name, want))
		add(dpkg, &package);
	free(line);
	fclose(f);
}

const struct dpkg_package *dpkg_find(const struct dpkg *dpkg, const char *name)
{
	size_t i;

	for (i = 0; i < dpkg->count; i++)
		if (!strcmp(dpkg->package[i].name, name))
			return &dpkg->package[i];
	return NULL;
}

bool dpkg_installed(const struct dpkg_package *package)
{
	return package && strcmp(package->state, "not-installed") &&
	       strcmp(package->state, "config-files");
}

void dpkg_free(struct dpkg *dpkg)
{
	free(dpkg->package);
	dpkg->package = NULL;
	dpkg->count = 0;
}
