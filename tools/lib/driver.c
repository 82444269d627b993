// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong. What to say of it is in driver-explain.c. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libkmod.h>

#include "driver-build.h"
#include "driver-key.h"
#include "driver-log.h"
#include "driver-modprobe.h"
#include "driver.h"

static bool glob_at(const struct driver_query *query, glob_t *g,
		    const char *fmt, va_list ap)
{
	char pattern[512], rooted[768];

	vsnprintf(pattern, sizeof(pattern), fmt, ap);
	snprintf(rooted, sizeof(rooted), "%s%s", query->root, pattern);
	return !glob(rooted, 0, NULL, g);
}

bool driver_glob(const struct driver_query *query, glob_t *g, const char *fmt,
		 ...)
{
	bool found;
	va_list ap;

	va_start(ap, fmt);
	found = glob_at(query, g, fmt, ap);
	va_end(ap);
	return found;
}

bool driver_find(const struct driver_query *query, char *path, size_t size,
		 const char *fmt, ...)
{
	bool found = false;
	va_list ap;
	size_t i;
	glob_t g;

	va_start(ap, fmt);
	found = glob_at(query, &g, fmt, ap);
	va_end(ap);
	if (!found)
		return false;
	found = false;
	for (i = 0; i < g.gl_pathc && !found; i++) {
		found = !access(g.gl_pathv[i], F_OK);
		if (found && path)
			snprintf(path, size, "%s",
				 g.gl_pathv[i] + strlen(query->root));
	}
	globfree(&g);
	return found;
}

static FILE *open_at(const struct driver_query *query, const char *fmt,
		     va_list ap)
{
	char name[512], path[768];
	FILE *f;

	vsnprintf(name, sizeof(name), fmt, ap);
	snprintf(path, sizeof(path), "%s%s", query->root, name);
	f = fopen(path, "re");
	if (!f && errno == EACCES && query->denied)
		snprintf(*query->denied, sizeof(*query->denied), "%.255s",
			 name);
	return f;
}

FILE *driver_open(const struct driver_query *query, const char *fmt, ...)
{
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	f = open_at(query, fmt, ap);
	va_end(ap);
	return f;
}

void driver_read(const struct driver_query *query, char *word, int size,
		 const char *fmt, ...)
{
	va_list ap;
	FILE *f;

	*word = 0;
	va_start(ap, fmt);
	f = open_at(query, fmt, ap);
	va_end(ap);
	if (!f)
		return;
	if (!fgets(word, size, f))
		*word = 0;
	fclose(f);
	word[strcspn(word, "\n")] = 0;
}

/* What the module's file says of itself. False: it is no module. */
static bool read_info(struct kmod_module *mod, struct driver *driver)
{
	/* clang-format off */
	const struct {
		const char *key;
		char *to;
		size_t size;
	} wanted[] = {
		{ "version", driver->version, sizeof(driver->version) },
		{ "srcversion", driver->srcversion, sizeof(driver->srcversion) },
		{ "signer", driver->signer, sizeof(driver->signer) },
	};
	/* clang-format on */
	struct kmod_list *info = NULL, *i;
	size_t j;

	if (kmod_module_get_info(mod, &info) < 0)
		return false;
	kmod_list_foreach(i, info)
	{
		driver->is_signed |=
			!strcmp(kmod_module_info_get_key(i), "sig_id");
		for (j = 0; j < sizeof(wanted) / sizeof(*wanted); j++)
			if (!strcmp(kmod_module_info_get_key(i), wanted[j].key))
				snprintf(wanted[j].to, wanted[j].size, "%s",
					 kmod_module_info_get_value(i));
	}
	kmod_module_info_free_list(info);
	return true;
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
	bool readable = read_info(mod, driver), blacklisted;
	struct kmod_list *allowed = NULL;
	struct driver_key key;

	if (install && *install)
		return DRIVER_FORBIDDEN;
	kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &allowed);
	blacklisted = !allowed;
	kmod_module_unref_list(allowed);
	if (blacklisted)
		return DRIVER_BLACKLISTED;
	/* Under another name nobody would find it. */
	if (query->load && !*query->root && geteuid() == 0 &&
	    (!query->param || !strcmp(query->want, query->usual)))
		return try_load(mod, driver);
	if (!readable && !strcmp(strrchr(driver->path, '.'), ".ko")) {
		driver->error = ENOEXEC;
		return DRIVER_FAILED;
	}
	/* Who may not load it can't ask. An unsigned one is a sure case. */
	driver_key(query, driver->release, driver->signer, &key);
	if (key.enforced && (!driver->is_signed || !key.known)) {
		driver->error = driver->is_signed ? 0 : ENODATA;
		return DRIVER_SIGNATURE;
	}
	return DRIVER_NOT_LOADED;
}

/* Where DKMS puts modules; Debian's does so whatever dkms.conf wants. */
static bool find_dkms_file(const struct driver_query *query,
			   const struct driver *driver)
{
	return driver_there(query, "/lib/modules/%s/updates/dkms/%s.ko*",
			    driver->release, query->module);
}

static enum driver_state look_unbuilt(const struct driver_query *query,
				      const struct driver_conf *conf,
				      struct driver *driver)
{
	struct driver_log log;

	if (!*conf->package)
		return DRIVER_NOT_INSTALLED;
	if (driver_lacks(query, conf, driver->release, driver->has,
			 sizeof(driver->has)))
		return DRIVER_EXCLUDED;
	if (find_dkms_file(query, driver))
		return DRIVER_NOT_INDEXED;
	if (!driver_there(query, "/lib/modules/%s/build/Makefile",
			  driver->release))
		return DRIVER_NO_HEADERS;
	if (driver_log(query, conf->package, driver->release, &log) &&
	    *log.error && !*log.stale && !strcmp(log.kernel, driver->release))
		return DRIVER_BUILD_FAILED;
	return DRIVER_NOT_BUILT;
}

static struct kmod_ctx *kmod_open(const struct driver_query *query,
				  const struct driver *driver)
{
	const char *config[DRIVER_MODPROBE_DIRS + 1] = {};
	char paths[DRIVER_MODPROBE_DIRS][512], modules[768];
	struct kmod_ctx *ctx;
	size_t i;

	for (i = 0; i < DRIVER_MODPROBE_DIRS; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s%s", query->root,
			 driver_modprobe_dirs[i]);
		config[i] = paths[i];
	}
	snprintf(modules, sizeof(modules), "%s/lib/modules/%s", query->root,
		 driver->release);
	ctx = kmod_new(modules, config);
	/* What it would print about a broken configuration isn't ours to say. */
	if (ctx)
		kmod_set_log_priority(ctx, 0);
	return ctx;
}

/* False: there is no file of it that the kernel could be given. */
static bool look_module(const struct driver_query *query, struct driver *driver)
{
	struct kmod_ctx *ctx = kmod_open(query, driver);
	struct kmod_list *list = NULL;
	struct kmod_module *mod;
	const char *path;
	bool found;

	if (!ctx)
		return false;
	if (kmod_module_new_from_lookup(ctx, query->module, &list) < 0 ||
	    !list) {
		kmod_unref(ctx);
		return false;
	}
	mod = kmod_module_get_module(list);
	path = kmod_module_get_path(mod);
	found = path && !access(path, F_OK);
	if (found) {
		snprintf(driver->path, sizeof(driver->path), "%s",
			 path + strlen(query->root));
		driver->state = look_built(query, driver, ctx, list, mod);
	}
	kmod_module_unref(mod);
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return found;
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
	struct driver_conf conf;

	driver_conf(query, &conf);
	snprintf(driver->package, sizeof(driver->package), "%s", conf.package);
	if (driver_too_old(&conf, driver->release))
		return DRIVER_OLD_KERNEL;
	if (!query->disk &&
	    driver_there(query, "/sys/module/%s", query->module))
		return look_loaded(query, driver);
	if (!driver_there(query, "/lib/modules/%s/modules.dep",
			  driver->release))
		return driver_there(query, "/lib/modules/%s/modules.builtin",
				    driver->release) ?
			       DRIVER_NOT_INDEXED :
			       DRIVER_MODULES_GONE;
	return look_module(query, driver) ? driver->state :
					    look_unbuilt(query, &conf, driver);
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
