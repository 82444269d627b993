// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "machine.h"
#include "mem.h"
#include "say.h"
#include "sockmods.h"

struct driver_query machine_query(struct machine *m, const char *name,
				  size_t kernel)
{
	return (struct driver_query){
		.module = name,
		.want = name,
		.usual = name,
		.root = m->root,
		.release = m->kernel[kernel],
		.disk = true,
		.other = kernel != m->here || !m->running,
		.denied = &m->denied,
	};
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void add_kernel(struct machine *m, const char *release)
{
	size_t i;

	for (i = 0; i < m->kernels; i++)
		if (!strcmp(m->kernel[i], release))
			return;
	m->kernel =
		mem_resize(m->kernel, (m->kernels + 1) * sizeof(*m->kernel));
	m->kernel[m->kernels++] = mem_string(release);
}

/*
 * A folder in /lib/modules may be what a kernel has left behind, or what headers
 * without a kernel bring. modules.builtin comes with a kernel and goes with it.
 */
static void find_kernels(struct machine *m)
{
	static const char dir[] = "/lib/modules/";
	struct driver_query query = { .root = m->root };
	char release[65];
	size_t i;
	glob_t g;

	if (driver_glob(&query, &g, "%s*/modules.builtin", dir)) {
		for (i = 0; i < g.gl_pathc; i++) {
			const char *p =
				g.gl_pathv[i] + strlen(m->root) + strlen(dir);

			snprintf(release, sizeof(release), "%.*s",
				 (int)strcspn(p, "/"), p);
			add_kernel(m, release);
		}
		globfree(&g);
	}
	add_kernel(m, m->release);
	qsort(m->kernel, m->kernels, sizeof(*m->kernel), by_version);
	for (i = 0; i < m->kernels; i++)
		if (!strcmp(m->kernel[i], m->release))
			m->here = i;
}

static void find_holders(const struct driver_query *query, char *holders,
			 size_t size)
{
	size_t i, used = 0;
	glob_t g;

	if (!driver_glob(query, &g, "/sys/module/%s/holders/*", query->module))
		return;
	for (i = 0; i < g.gl_pathc && used < size; i++)
		used += snprintf(holders + used, size - used, "%s%s",
				 i ? " " : "", strrchr(g.gl_pathv[i], '/') + 1);
	globfree(&g);
}

static void find_loaded(const struct driver_query *query,
			struct machine_loaded *loaded)
{
	char word[32];

	loaded->refcnt = -1;
	loaded->there = driver_there(query, "/sys/module/%s", query->module);
	if (!loaded->there)
		return;
	driver_read(query, loaded->version, sizeof(loaded->version),
		    "/sys/module/%s/version", query->module);
	driver_read(query, loaded->srcversion, sizeof(loaded->srcversion),
		    "/sys/module/%s/srcversion", query->module);
	driver_read(query, word, sizeof(word), "/sys/module/%s/refcnt",
		    query->module);
	if (*word)
		loaded->refcnt = strtol(word, NULL, 10);
	find_holders(query, loaded->holders, sizeof(loaded->holders));
}

static void look_at(struct machine *m, struct machine_driver *d)
{
	struct driver_query query = machine_query(m, d->name, m->here);
	size_t i;

	d->loaded.refcnt = -1;
	if (m->running)
		find_loaded(&query, &d->loaded);
	d->on = mem_zero(m->kernels, sizeof(*d->on));
	for (i = 0; i < m->kernels; i++) {
		query = machine_query(m, d->name, i);
		driver_look(&query, &d->on[i]);
	}
	snprintf(m->package, sizeof(m->package), "%s", d->on[0].package);
}

struct machine *machine_look(const char *root, const char *running,
			     const char *release, const char *const *drivers)
{
	struct machine *m = mem_zero(1, sizeof(*m));
	struct driver_query query = { .root = root };
	struct utsname uts;

	if (!running)
		running = uname(&uts) ? "?" : uts.release;
	if (!release)
		release = running;
	m->root = root;
	m->privileged = geteuid() == 0;
	m->running = !strcmp(running, release);
	snprintf(m->release, sizeof(m->release), "%s", release);
	if (!m->running &&
	    (!*release || strpbrk(release, "/*?[\\") ||
	     !driver_there(&query, "/lib/modules/%s/modules.[bd]*", release))) {
		free(m);
		return NULL;
	}
	find_kernels(m);
	for (; drivers[m->drivers]; m->drivers++)
		;
	m->driver = mem_zero(m->drivers, sizeof(*m->driver));
	for (size_t i = 0; i < m->drivers; i++) {
		m->driver[i].name = drivers[i];
		look_at(m, &m->driver[i]);
	}
	return m;
}

struct machine *machine_asked(void)
{
	struct machine *m = machine_look("", NULL, sockmods_options.kernel,
					 sockmods_drivers);

	if (!m)
		say_error("--kernel: there is no kernel '%s' in /lib/modules",
			  sockmods_options.kernel);
	return m;
}

void machine_free(struct machine *m)
{
	size_t i;

	for (i = 0; i < m->drivers; i++)
		free(m->driver[i].on);
	free(m->driver);
	for (i = 0; i < m->kernels; i++)
		free(m->kernel[i]);
	free(m->kernel);
	free(m);
}
