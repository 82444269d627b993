// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

const char *const fault_kinds[2] = { "slab", "page" };

static const char *const folders[2] = { "failslab", "fail_page_alloc" };

/* Larger than any order of pages: none fails. */
#define NO_ORDER "64"

static enum fault_kind kind_now;

static int fault_open(enum fault_kind kind, const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", folders[kind],
		 name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int put(enum fault_kind kind, const char *name, const char *value)
{
	int fd = fault_open(kind, name, O_WRONLY), err = 0;
	ssize_t len = strlen(value);

	if (fd < 0)
		return fd;
	if (write(fd, value, len) != len)
		err = -errno;
	close(fd);
	return err;
}

static int put_number(enum fault_kind kind, const char *name,
		      unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	return put(kind, name, text);
}

static unsigned int get(enum fault_kind kind, const char *name)
{
	int fd = fault_open(kind, name, O_RDONLY);
	char text[32] = "";

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 10);
}

int faults_of(enum fault_kind kind)
{
	const struct {
		enum fault_kind kind;
		const char *name, *value;
	} all[] = {
		{ FAULT_SLAB, "verbose", "0" },
		{ FAULT_PAGE, "verbose", "0" },
		{ FAULT_SLAB, "ignore-gfp-wait", "N" },
		{ FAULT_PAGE, "ignore-gfp-wait", "N" },
		{ FAULT_PAGE, "ignore-gfp-highmem", "N" },
		/* Of caches that aren't marked: see faults_caches(). */
		{ FAULT_SLAB, "cache-filter", "Y" },
		{ FAULT_PAGE, "min-order",
		  kind == FAULT_PAGE ? "0" : NO_ORDER },
		{ FAULT_SLAB, "probability", "0" },
		{ FAULT_PAGE, "probability", "0" },
		/* What faults_after() needs of the one kind. */
		{ kind, "times", "0" },
		{ kind, "interval", "1" },
		{ kind, "task-filter", "N" },
		{ kind, "probability", "100" },
	};
	size_t i;
	int err = 0;

	kind_now = kind;
	for (i = 0; !err && i < sizeof(all) / sizeof(*all); i++)
		err = put(all[i].kind, all[i].name, all[i].value);
	return err ? err : faults_caches();
}

/*
 * What the sanitizers keep about each object is half of all that is allocated:
 * nobody would see it fail but they, who then are off.
 */
static bool sanitizers(const char *cache)
{
	return !strncmp(cache, "kmemleak_", 9) ||
	       !strcmp(cache, "debug_objects_cache");
}

int faults_caches(void)
{
	DIR *caches = opendir("/sys/kernel/slab");
	const struct dirent *e;
	int fd, marked = 0;
	char path[320];
	bool fails;

	if (!caches)
		return -errno;
	while ((e = readdir(caches))) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/failslab",
			 e->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		fails = kind_now == FAULT_SLAB && !sanitizers(e->d_name);
		marked += write(fd, fails ? "1" : "0", 1) == 1;
		close(fd);
	}
	closedir(caches);
	return marked ? 0 : -ENOENT;
}

/* Where the functions of a module are, from the first to behind the last. */
static int text_of(const char *module, unsigned long *start, unsigned long *end)
{
	char line[512], want[64], type;
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long at;

	if (!f)
		return -errno;
	snprintf(want, sizeof(want), "[%s]", module);
	*start = ULONG_MAX;
	*end = 0;
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, want) ||
		    sscanf(line, "%lx %c", &at, &type) != 2 ||
		    (type != 't' && type != 'T'))
			continue;
		if (at < *start)
			*start = at;
		if (at > *end)
			*end = at;
	}
	fclose(f);
	if (!*end)
		return -ENOENT;
	/* The last one's length isn't told; a module's memory is whole pages. */
	*end = (*end | 4095) + 1;
	return 0;
}

int faults_beneath(const char *module)
{
	unsigned long start = 0, end = ULONG_MAX;
	int err = module ? text_of(module, &start, &end) : 0;

	if (!err)
		err = put_number(kind_now, "require-start", start);
	return err ? err : put_number(kind_now, "require-end", end);
}

int faults_after(unsigned int amount)
{
	int err = put(kind_now, "times", "0");

	if (!err && amount)
		err = put_number(kind_now, "space", amount);
	if (!err && amount)
		err = put(kind_now, "times", "1");
	return err;
}

bool faults_met(unsigned int *left)
{
	*left = get(kind_now, "space");
	return !get(kind_now, "times");
}
