// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: what is wrong, the most important first. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "driver-key.h"
#include "driver-log.h"
#include "exitcode.h"
#include "findings.h"
#include "mem.h"
#include "say.h"
#include "sockmods.h"

/* Other kernels are judged by what is in this order too. */
static const enum driver_state order[] = {
	DRIVER_OLD_KERNEL, DRIVER_MODULES_GONE, DRIVER_NOT_INSTALLED,
	DRIVER_EXCLUDED,   DRIVER_NO_HEADERS,	DRIVER_BUILD_FAILED,
	DRIVER_NOT_BUILT,  DRIVER_NOT_INDEXED,	DRIVER_FAILED,
	DRIVER_SIGNATURE,  DRIVER_FORBIDDEN,	DRIVER_BLACKLISTED,
};

#define STATES (sizeof(order) / sizeof(*order))

struct finding *findings_add(struct findings *all, enum finding_level level,
			     const char *id)
{
	struct finding *f;

	all->finding = mem_resize(all->finding,
				  (all->count + 1) * sizeof(*all->finding));
	f = &all->finding[all->count++];
	memset(f, 0, sizeof(*f));
	f->level = level;
	f->id = id;
	return f;
}

int findings_worst(const struct findings *all)
{
	int code = EXIT_OK;
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->finding[i].level == FINDING_ERROR)
			return EXIT_NO_DRIVER;
		if (all->finding[i].level == FINDING_WARNING)
			code = EXIT_REFUSED;
	}
	return code;
}

void findings_free(struct findings *all)
{
	free(all->finding);
	memset(all, 0, sizeof(*all));
}

/* Is it wrong on a kernel that isn't running, where nothing is tried? */
static bool wrong_elsewhere(enum driver_state state)
{
	/* What modprobe and the running kernel think is told for that one. */
	return state != DRIVER_SIGNATURE && state != DRIVER_FORBIDDEN &&
	       state != DRIVER_BLACKLISTED && state != DRIVER_NOT_LOADED;
}

static bool same_finding(const struct driver *a, const struct driver *b)
{
	return a->state == b->state && a->error == b->error &&
	       !strcmp(a->fix, b->fix) && !strcmp(a->signer, b->signer);
}

/*
 * One finding for the drivers that share a state on a kernel and what mends it,
 * as most do: they are built together. @taken has those that are in an earlier
 * one.
 */
static void add_shared(struct machine *m, struct findings *all, size_t kernel,
		       enum finding_level level, size_t first, bool *taken)
{
	struct driver *on = &m->driver[first].on[kernel];
	struct finding *f =
		findings_add(all, level, driver_state_name(on->state));
	struct driver_query query;
	struct driver shared = *on;
	size_t i, used = 0;

	for (i = first; i < m->drivers; i++) {
		const struct machine_driver *d = &m->driver[i];

		if (taken[i] || !same_finding(on, &d->on[kernel]) ||
		    used >= sizeof(f->drivers))
			continue;
		taken[i] = true;
		used += snprintf(f->drivers + used, sizeof(f->drivers) - used,
				 "%s%s", used ? ", " : "", d->name);
	}
	query = machine_query(m, m->driver[first].name, kernel);
	query.who = f->drivers;
	driver_explain(&query, &shared);
	snprintf(f->kernel, sizeof(f->kernel), "%s", m->kernel[kernel]);
	snprintf(f->text, sizeof(f->text), "%s%s", shared.text,
		 kernel == m->here && level == FINDING_WARNING ?
			 " (what is loaded works until it is unloaded)" :
			 "");
	snprintf(f->fix, sizeof(f->fix), "%s", shared.fix);
}

/* A driver that is in memory works, whatever the disk has. */
static enum finding_level
level_of(const struct machine *m, const struct machine_driver *d, size_t kernel)
{
	return kernel == m->here && !d->loaded.there ? FINDING_ERROR :
						       FINDING_WARNING;
}

static void look_kernel(struct machine *m, struct findings *all, size_t kernel,
			enum finding_level level)
{
	bool *taken = mem_zero(m->drivers, sizeof(*taken));
	size_t i, s;

	for (i = 0; i < m->drivers; i++)
		taken[i] = level_of(m, &m->driver[i], kernel) != level;
	for (s = 0; s < STATES; s++) {
		for (i = 0; i < m->drivers; i++) {
			const struct machine_driver *d = &m->driver[i];

			if (taken[i] || d->on[kernel].state != order[s])
				continue;
			if (kernel != m->here && !wrong_elsewhere(order[s]))
				continue;
			/* The kernel has taken it. */
			if (d->loaded.there && order[s] == DRIVER_SIGNATURE)
				continue;
			add_shared(m, all, kernel, level, i, taken);
		}
	}
	free(taken);
}

static bool found(const struct findings *all, const char *id)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (!strcmp(all->finding[i].id, id))
			return true;
	return false;
}

/* The package isn't there: that is so for every kernel, and said once. */
static bool installed(const struct machine *m)
{
	return *m->package;
}

/* Something else may have been wrong first, and hide that. */
static void look_installed(struct machine *m, struct findings *all)
{
	struct driver_query query = machine_query(m, "sockmods", m->here);
	struct driver driver = { .state = DRIVER_NOT_INSTALLED };
	const char *id = driver_state_name(driver.state);
	struct finding *f;

	if (installed(m) || found(all, id))
		return;
	driver_explain(&query, &driver);
	f = findings_add(all, FINDING_WARNING, id);
	snprintf(f->text, sizeof(f->text), "%s", driver.text);
	snprintf(f->fix, sizeof(f->fix), "%s", driver.fix);
}

static void look_other_kernels(struct machine *m, struct findings *all)
{
	size_t i;

	/* Of the kernel that was asked for only. */
	if (!installed(m) || !m->running)
		return;
	for (i = 0; i < m->kernels; i++)
		if (i != m->here)
			look_kernel(m, all, i, FINDING_WARNING);
}

/* Built, and yet not what the package has, or not by DKMS, on a kernel. */
static void look_file(struct machine *m, struct findings *all,
		      const struct machine_driver *d, size_t kernel)
{
	const struct driver *on = &d->on[kernel];
	struct driver_query query = machine_query(m, d->name, kernel);
	struct finding *f;

	if (!machine_built(on))
		return;
	if (!strstr(on->path, "/updates/dkms/")) {
		bool both = driver_there(&query,
					 "/lib/modules/%s/updates/dkms/%s.ko*",
					 on->release, d->name);

		f = findings_add(all, FINDING_WARNING, "not-from-dkms");
		snprintf(f->text, sizeof(f->text),
			 "%s for kernel %s is %s, which DKMS has not built%s",
			 d->name, on->release, on->path,
			 both ? ": it hides DKMS's" :
				": it will not be there for the next kernel");
		snprintf(f->fix, sizeof(f->fix), "sudo rm %s\n%s%s%s%s",
			 on->path, both ? "sudo depmod " : "sudo dkms install ",
			 both ? "" : "--force sockmods/",
			 both ? "" : on->package, both ? on->release : "");
		if (!both)
			snprintf(f->fix + strlen(f->fix),
				 sizeof(f->fix) - strlen(f->fix), " -k %s",
				 on->release);
	} else if (*on->version && *on->package &&
		   strcmp(on->version, on->package)) {
		f = findings_add(all, FINDING_WARNING, "other-version-built");
		snprintf(
			f->text, sizeof(f->text),
			"%s for kernel %s is version %s, and the package has %s",
			d->name, on->release, on->version, on->package);
		snprintf(f->fix, sizeof(f->fix),
			 "sudo dkms install --force sockmods/%s -k %s",
			 on->package, on->release);
	} else {
		return;
	}
	snprintf(f->drivers, sizeof(f->drivers), "%s", d->name);
	snprintf(f->kernel, sizeof(f->kernel), "%s", on->release);
}

static void look_files(struct machine *m, struct findings *all)
{
	size_t i, k;

	if (!installed(m))
		return;
	for (k = 0; k < m->kernels; k++)
		for (i = 0; i < m->drivers; i++)
			if (k == m->here || m->running)
				look_file(m, all, &m->driver[i], k);
}

/* When the newest file of a kernel's modules was put there. */
static time_t built_at(const struct machine *m, size_t kernel)
{
	time_t newest = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < m->drivers; i++) {
		const struct driver *on = &m->driver[i].on[kernel];
		char path[1024];

		snprintf(path, sizeof(path), "%s%s", m->root, on->path);
		if (machine_built(on) && !stat(path, &st) &&
		    st.st_mtime > newest)
			newest = st.st_mtime;
	}
	return newest;
}

/*
 * The log of a failed build, of a kernel whose modules are there: from before
 * they were built, or from trying again. (When they aren't there the failure is
 * told as the reason.)
 */
static void look_log(struct machine *m, struct findings *all, size_t kernel)
{
	struct driver_query query = machine_query(m, "", kernel);
	const char *release = m->kernel[kernel];
	time_t built = built_at(m, kernel);
	struct driver_log log;
	struct finding *f;
	bool stale;

	if (!built || !driver_log(&query, m->package, release, &log) ||
	    !*log.error || strcmp(log.kernel, release))
		return;
	stale = *log.stale || log.time <= built;
	f = findings_add(all, stale ? FINDING_NOTE : FINDING_WARNING,
			 stale ? "stale-log" : "build-failed");
	snprintf(f->kernel, sizeof(f->kernel), "%s", release);
	if (stale) {
		if (!*log.stale)
			snprintf(
				log.stale, sizeof(log.stale),
				"the modules for kernel %s were built after it",
				release);
		snprintf(f->text, sizeof(f->text),
			 "%s has an error, and is stale: %s", log.path,
			 log.stale);
		return;
	}
	snprintf(
		f->text, sizeof(f->text),
		"the modules for kernel %s are there, but DKMS has failed to build them again; the first error in %s: %s",
		release, log.path, log.error);
	snprintf(f->fix, sizeof(f->fix),
		 "less %s\nsudo dkms install --force sockmods/%s -k %s",
		 log.path, m->package, release);
}

static void look_logs(struct machine *m, struct findings *all)
{
	size_t k;

	if (!installed(m))
		return;
	for (k = 0; k < m->kernels; k++)
		if (k == m->here || m->running)
			look_log(m, all, k);
}

/*
 * Secure Boot is on, and this kernel happens not to enforce signatures, or has
 * loaded the drivers before it did: another boot may refuse them.
 */
static void look_key(struct machine *m, struct findings *all)
{
	struct driver_query query = machine_query(m, "", m->here);
	const struct driver *on = NULL;
	struct driver_key key;
	struct finding *f;
	size_t i;

	for (i = 0; i < m->drivers && !on; i++)
		if (machine_built(&m->driver[i].on[m->here]))
			on = &m->driver[i].on[m->here];
	if (!on)
		return;
	driver_key(&query, m->release, on->signer, &key);
	if (!key.secure_boot || key.known || !key.there ||
	    found(all, driver_state_name(DRIVER_SIGNATURE)))
		return;
	f = findings_add(all, FINDING_WARNING, "key-not-enrolled");
	snprintf(
		f->text, sizeof(f->text),
		"Secure Boot is on, and the firmware does not know the key that DKMS signs with (%s)%s",
		key.certificate,
		key.asked ?
			"; it waits for the next boot: choose 'Enroll MOK' there" :
			"; mokutil asks for a password, and so does the next boot: choose 'Enroll MOK' there");
	if (!key.asked)
		snprintf(f->fix, sizeof(f->fix), "sudo mokutil --import %s\n",
			 key.certificate);
	strcat(f->fix, "sudo reboot");
}

/* What others than root can't see, where it could change the answer. */
static void look_denied(struct machine *m, struct findings *all)
{
	const char *what = m->denied;
	struct finding *f;

	if (m->privileged)
		return;
	if (!*what && found(all, driver_state_name(DRIVER_SIGNATURE)))
		what = "the kernel's list of keys (/proc/keys)";
	if (!*what)
		return;
	f = findings_add(all, FINDING_NOTE, "not-root");
	snprintf(f->text, sizeof(f->text),
		 "%s can be read by root only: root may be told more", what);
	snprintf(f->fix, sizeof(f->fix), "sudo sockmods doctor");
}

void doctor_look(struct machine *m, struct findings *all)
{
	doctor_packages(m, all, true);
	look_kernel(m, all, m->here, FINDING_ERROR);
	look_kernel(m, all, m->here, FINDING_WARNING);
	look_installed(m, all);
	doctor_loaded(m, all);
	doctor_packages(m, all, false);
	look_key(m, all);
	look_files(m, all);
	look_other_kernels(m, all);
	look_logs(m, all);
	look_denied(m, all);
}

int doctor_run(char **args, int count)
{
	struct machine *m = machine_asked();
	struct findings all = {};
	int code;

	(void)args;
	(void)count;
	if (!m)
		return EXIT_USAGE;
	doctor_look(m, &all);
	code = findings_worst(&all);
	if (sockmods_options.json)
		doctor_json(m, &all);
	else
		doctor_text(stdout, m, &all);
	findings_free(&all);
	machine_free(m);
	if (say_flush() && code == EXIT_OK)
		return EXIT_REFUSED;
	return code;
}
