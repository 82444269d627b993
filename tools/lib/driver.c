// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong. What to say of it is in driver-explain.c. */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libkmod.h>

#include "driver.h"

/* The oldest kernel that the drivers support. */
#define DRIVER_KERNEL_MAJOR 5
#define DRIVER_KERNEL_MINOR 10

bool driver_find(const struct driver_query *query, char *path, size_t size,
		 const char *fmt, ...)
{
	char pattern[512], rooted[768];
	bool found = false;
	va_list ap;
	size_t i;
	glob_t g;

	va_start(ap, fmt);
	vsnprintf(pattern, sizeof(pattern), fmt, ap);
	va_end(ap);
	snprintf(rooted, sizeof(rooted), "%s%s", query->root, pattern);
	if (glob(rooted, 0, NULL, &g))
		return false;
	for (i = 0; i < g.gl_pathc && !found; i++) {
		found = !access(g.gl_pathv[i], F_OK);
		if (found && path)
			snprintf(path, size, "%s",
				 g.gl_pathv[i] + strlen(query->root));
	}
	globfree(&g);
	return found;
}

void driver_read(const struct driver_query *query, char *word, int size,
		 const char *fmt, ...)
{
	char name[512], path[768];
	va_list ap;
	FILE *f;

	*word = 0;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "%s%s", query->root, name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(word, size, f))
		*word = 0;
	fclose(f);
	word[strcspn(word, "\n")] = 0;
}

static bool kernel_too_old(const char *release)
{
	unsigned int major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < DRIVER_KERNEL_MAJOR ||
	       (major == DRIVER_KERNEL_MAJOR && minor < DRIVER_KERNEL_MINOR);
}

/* Does the kernel refuse modules whose signature it doesn't know? */
static bool signatures_enforced(const struct driver_query *query)
{
	char word[128];

	driver_read(query, word, sizeof(word),
		    "/sys/module/module/parameters/sig_enforce");
	if (*word == 'Y')
		return true;
	/* "[none] integrity confidentiality": what holds is in brackets. */
	driver_read(query, word, sizeof(word), "/sys/kernel/security/lockdown");
	return *word && !strstr(word, "[none]");
}

/* Has the file a signature at its end? The kernel finds it the same way. */
static bool has_signature(struct kmod_module *mod)
{
	struct kmod_list *info = NULL, *i;
	bool found = false;

	if (kmod_module_get_info(mod, &info) < 0)
		return false;
	kmod_list_foreach(i, info)
		found |= !strcmp(kmod_module_info_get_key(i), "sig_id");
	kmod_module_info_free_list(info);
	return found;
}

/* Loads it, as the kernel should have, and lets the kernel say what is wrong. */
static enum driver_state try_load(struct kmod_module *mod,
				  struct driver *driver)
{
	int err = kmod_module_insert_module(mod, 0, NULL);

	if (!err || err == -EEXIST)
		return DRIVER_STARTED;
	/* libkmod gives some kernels' error as the return value, some in errno. */
	if (err == -1 && errno)
		err = -errno;
	driver->error = -err;
	switch (-err) {
	case EKEYREJECTED:
	case ENOKEY:
	case EKEYREVOKED:
	case EKEYEXPIRED:
	case EBADMSG:
	case EPERM:
		return DRIVER_SIGNATURE;
	default:
		return DRIVER_FAILED;
	}
}

/* The module's file is there. What keeps it from being loaded? */
static enum driver_state look_built(const struct driver_query *query,
				    struct driver *driver, struct kmod_ctx *ctx,
				    struct kmod_list *list,
				    struct kmod_module *mod)
{
	const char *install = kmod_module_get_install_commands(mod);
	struct kmod_list *allowed = NULL;
	bool blacklisted;

	if (install && *install)
		return DRIVER_FORBIDDEN;
	kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &allowed);
	blacklisted = !allowed;
	kmod_module_unref_list(allowed);
	if (blacklisted)
		return DRIVER_BLACKLISTED;
	if (query->load && !*query->root && geteuid() == 0 &&
	    !strcmp(query->want, query->usual))
		return try_load(mod, driver);
	/* Who may not load it can't ask. An unsigned one is a sure case. */
	if (signatures_enforced(query)) {
		driver->error = has_signature(mod) ? 0 : ENODATA;
		return DRIVER_SIGNATURE;
	}
	return DRIVER_NOT_LOADED;
}

static enum driver_state look_unbuilt(const struct driver_query *query,
				      const struct driver *driver)
{
	if (!driver_there(query, "/usr/src/sockmods-[0-9]*/dkms.conf"))
		return DRIVER_NOT_INSTALLED;
	if (!driver_there(query, "/lib/modules/%s/build/Makefile",
			  driver->release))
		return DRIVER_NO_HEADERS;
	return DRIVER_NOT_BUILT;
}

static struct kmod_ctx *kmod_open(const struct driver_query *query,
				  const struct driver *driver)
{
	/* clang-format off */
	static const char *const dirs[] = {
		"/etc/modprobe.d",
		"/run/modprobe.d",
		"/usr/local/lib/modprobe.d",
		"/usr/lib/modprobe.d",
		"/lib/modprobe.d",
	};
	/* clang-format on */
	char paths[5][512], modules[768];
	const char *config[6] = {};
	size_t i;

	for (i = 0; i < 5; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s%s", query->root,
			 dirs[i]);
		config[i] = paths[i];
	}
	snprintf(modules, sizeof(modules), "%s/lib/modules/%s", query->root,
		 driver->release);
	return kmod_new(modules, config);
}

static enum driver_state look_module(const struct driver_query *query,
				     struct driver *driver)
{
	struct kmod_ctx *ctx = kmod_open(query, driver);
	enum driver_state state;
	struct kmod_list *list = NULL;
	struct kmod_module *mod;
	const char *path;

	if (!ctx)
		return look_unbuilt(query, driver);
	/* What it would print about a broken configuration isn't ours to say. */
	kmod_set_log_priority(ctx, 0);
	if (kmod_module_new_from_lookup(ctx, query->module, &list) < 0 ||
	    !list) {
		kmod_unref(ctx);
		return look_unbuilt(query, driver);
	}
	mod = kmod_module_get_module(list);
	path = kmod_module_get_path(mod);
	if (path && !access(path, F_OK)) {
		snprintf(driver->path, sizeof(driver->path), "%s", path);
		state = look_built(query, driver, ctx, list, mod);
	} else {
		state = look_unbuilt(query, driver);
	}
	kmod_module_unref(mod);
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return state;
}

/* It is loaded: under which name? */
static enum driver_state look_loaded(const struct driver_query *query,
				     struct driver *driver)
{
	if (!query->param)
		return DRIVER_LOADED;
	driver_read(query, driver->has, sizeof(driver->has),
		    "/sys/module/%s/parameters/%s", query->module,
		    query->param);
	return *driver->has && strcmp(driver->has, query->want) ?
		       DRIVER_OTHER_NAME :
		       DRIVER_LOADED;
}

static enum driver_state look(const struct driver_query *query,
			      struct driver *driver)
{
	if (kernel_too_old(driver->release))
		return DRIVER_OLD_KERNEL;
	if (driver_there(query, "/sys/module/%s", query->module))
		return look_loaded(query, driver);
	if (!driver_there(query, "/lib/modules/%s/modules.dep",
			  driver->release))
		return DRIVER_MODULES_GONE;
	return look_module(query, driver);
}

void driver_look(const struct driver_query *query, struct driver *driver)
{
	struct utsname uts;

	memset(driver, 0, sizeof(*driver));
	if (uname(&uts))
		strcpy(uts.release, "?");
	snprintf(driver->release, sizeof(driver->release), "%s",
		 query->release ? query->release : uts.release);
	driver->state = look(query, driver);
	driver_explain(query, driver);
}
