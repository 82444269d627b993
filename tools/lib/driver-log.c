// SPDX-License-Identifier: GPL-2.0-or-later
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "driver-log.h"
#include "text.h"

#define DKMS_DIR "/var/lib/dkms/sockmods/"

/* How sure is it that a line tells why a build has failed? */
static int error_rank(const char *line)
{
	/* clang-format off */
	static const char *const sure[] = {
		" error: ", "ERROR: ", ": not found", "command not found",
		"No such file or directory", "No space left on device",
		"undefined reference", "Killed",
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < sizeof(sure) / sizeof(*sure); i++)
		if (strstr(line, sure[i]) && !strstr(line, "warning: "))
			return 2;
	/* make's own words come last, and say only that something else failed. */
	if (!strncmp(line, "make", 4) && strstr(line, "*** "))
		return 1;
	return 0;
}

void driver_log_error(FILE *f, char *error, int size)
{
	char line[1024], *text;
	int rank = 0, new;

	*error = 0;
	while (rank < 2 && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\r\n")] = 0;
		new = error_rank(line);
		if (new <= rank)
			continue;
		rank = new;
		text = text_escape(line, strlen(line));
		snprintf(error, size, "%s", text);
		free(text);
	}
}

/* "DKMS make.log for sockmods-VERSION for kernel RELEASE (ARCH)" */
static void log_kernel(FILE *f, char *kernel, int size)
{
	static const char before[] = " for kernel ";
	char line[512], *p;

	*kernel = 0;
	if (!fgets(line, sizeof(line), f))
		return;
	p = strstr(line, before);
	if (!p || !strstr(line, "make.log")) {
		/* It may be an error already. */
		fseek(f, 0, SEEK_SET);
		return;
	}
	p += strlen(before);
	snprintf(kernel, size, "%.*s", (int)strcspn(p, " \n"), p);
}

/* False: there is no such file. */
static bool read_log(const struct driver_query *query, const char *path,
		     struct driver_log *log)
{
	FILE *f = driver_open(query, "%s", path);
	struct stat st;

	memset(log, 0, sizeof(*log));
	if (!f)
		return false;
	snprintf(log->path, sizeof(log->path), "%s", path);
	log->time = fstat(fileno(f), &st) ? 0 : st.st_mtime;
	log_kernel(f, log->kernel, sizeof(log->kernel));
	driver_log_error(f, log->error, sizeof(log->error));
	fclose(f);
	return true;
}

/* When the newest file of a version's sources was written. */
static time_t sources_time(const struct driver_query *query,
			   const char *package)
{
	char path[512], *const paths[] = { path, NULL };
	time_t newest = 0;
	FTSENT *e;
	FTS *fts;

	snprintf(path, sizeof(path), "%s/usr/src/sockmods-%s", query->root,
		 package);
	fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		return 0;
	while ((e = fts_read(fts)))
		if (e->fts_info == FTS_F && e->fts_statp->st_mtime > newest)
			newest = e->fts_statp->st_mtime;
	fts_close(fts);
	return newest;
}

/* The newest log of a failure that other versions' sources have left. */
static bool other_version(const struct driver_query *query, const char *package,
			  struct driver_log *log)
{
	static const char before[] = DKMS_DIR;
	struct driver_log one;
	bool found = false;
	size_t i;
	glob_t g;

	if (!driver_glob(query, &g, "%s*/build/make.log", before))
		return false;
	for (i = 0; i < g.gl_pathc; i++) {
		const char *path = g.gl_pathv[i] + strlen(query->root);
		const char *version = path + strlen(before);
		int len = (int)strcspn(version, "/");

		if (((size_t)len == strlen(package) &&
		     !strncmp(version, package, len)) ||
		    !read_log(query, path, &one) ||
		    (found && one.time < log->time))
			continue;
		*log = one;
		snprintf(log->stale, sizeof(log->stale),
			 "it is about version %.*s", len, version);
		found = true;
	}
	globfree(&g);
	return found;
}

static bool is_about(const struct driver_log *log, const char *release)
{
	return !*log->kernel || !strcmp(log->kernel, release);
}

bool driver_log(const struct driver_query *query, const char *package,
		const char *release, struct driver_log *log)
{
	struct driver_log last;
	char path[256];
	bool found;

	snprintf(path, sizeof(path), DKMS_DIR "%s/build/make.log", package);
	found = read_log(query, path, &last);
	if (found && is_about(&last, release)) {
		*log = last;
	} else if (!driver_find(query, path, sizeof(path),
				DKMS_DIR "%s/%s/*/log/make.log", package,
				release) ||
		   !read_log(query, path, log)) {
		if (!found)
			return other_version(query, package, log);
		*log = last;
		snprintf(log->stale, sizeof(log->stale),
			 "it is about kernel %s", log->kernel);
		return true;
	}
	if (log->time < sources_time(query, package))
		snprintf(log->stale, sizeof(log->stale),
			 "the sources have changed since");
	return true;
}
