/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Root trees, and what doctor is to find in them. */
#ifndef CLI_SOCKMODS_DOCTOR_H
#define CLI_SOCKMODS_DOCTOR_H

#include "../../tools/sockmods/findings.h"
#include "../../tools/sockmods/sockmods.h"
#include "cli-sockmods-root.h"

#define R "6.12.1-cloud-amd64"
#define OTHER "6.1.9-cloud-amd64"
#define MAX_FILES 24
#define MAX_FINDINGS 6

/* The command's own, and not used here. */
const char *const sockmods_drivers[] = { NULL };
struct sockmods_options sockmods_options;

static const char *const drivers[] = { "alpha", "beta", NULL };

/* What trees are made of. */
#define KERNEL(r) \
	"/lib/modules/" r "/modules.builtin", "/lib/modules/" r "/modules.dep"
#define SOURCES                                                         \
	"/usr/src/sockmods-0.2.0/dkms.conf=PACKAGE_NAME=\"sockmods\"\n" \
	"BUILD_EXCLUSIVE_KERNEL_MIN=\"5.10\"\n"                         \
	"BUILD_EXCLUSIVE_CONFIG=\"CONFIG_NET CONFIG_INET\"\n"
#define HEADERS(r) "/lib/modules/" r "/build/Makefile"
#define MODULE(r, name) "/lib/modules/" r "/updates/dkms/" name ".ko"
#define BUILT_AS(r, version)                 \
	MODULE(r, "alpha")                   \
	"@version=" version ",srcversion=A", \
		MODULE(r, "beta") "@version=" version
#define BUILT(r) BUILT_AS(r, "0.2.0")
#define SIGNED(r)                         \
	MODULE(r, "alpha")                \
	"@version=0.2.0,signer=DKMS key", \
		MODULE(r, "beta") "@version=0.2.0,signer=DKMS key"
#define LOG "/var/lib/dkms/sockmods/0.2.0/build/make.log"
#define OLD_LOG "/var/lib/dkms/sockmods/0.1.0/build/make.log"
#define ERROR "src/alpha/main.c:3:1: error: unknown type name 'x'"
#define FAILED_AS(log, r)                                                  \
	log "=DKMS (dkms-3.2.2) make.log for sockmods/0.2.0 for kernel " r \
	    " (x86_64)\nSat Nov 21 2026\n"                                 \
	    "warning: the compiler differs\n" ERROR                        \
	    "\nmake: *** [Makefile:1: all] Error 2\n"
#define FAILED(r) FAILED_AS(LOG, r)
#define ENFORCED "/sys/module/module/parameters/sig_enforce=Y\n"
#define UEFI \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c#0600000001"
#define SHIM(name)                        \
	"/sys/firmware/efi/efivars/" name \
	"-605dab50-e046-4300-abb6-3dd810dd8b23"
#define KEY "/var/lib/dkms/mok.pub#3082abcd"
#define DPKG(name, state, more) \
	"Package: " name "\nStatus: install ok " state "\n" more "\n"
#define META(version)                                        \
	DPKG("linux-image-cloud-amd64", "installed",         \
	     "Version: " version "\nDepends: linux-image-" R \
	     " (= 6.12.1-1)\n")

#define INSTALL "sudo dkms install sockmods/0.2.0 -k "
#define FORCE "sudo dkms install --force sockmods/0.2.0 -k "

/* Among files: the kernel that runs, which is R without it; files from before. */
#define RUNS "runs "
#define OLDER "older "

/* Level and id; what the text has; all of the commands. */
struct expected {
	const char *what;
	const char *text;
	const char *fix;
};

/* A tree and what is found in it. */
struct row {
	const char *name;
	const char *files[MAX_FILES];
	struct expected expected[MAX_FINDINGS];
};

/* The index of each kernel: what is there uncompressed, "extra" before "updates". */
static void index_kernels(const struct row *r)
{
	static const char *const kernels[] = { R, OTHER, "5.4.0-1-amd64" };
	size_t i, j, n;

	for (i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		char before[64], path[4][256];
		const char *files[5] = {};

		snprintf(before, sizeof(before), "/lib/modules/%s/",
			 kernels[i]);
		for (j = n = 0; j < MAX_FILES && r->files[j]; j++) {
			const char *f = r->files[j];

			if (strncmp(f, before, strlen(before)) ||
			    !strpbrk(f, "=@") || !strstr(f, ".ko") ||
			    strstr(f, "/dkms/sockmods/"))
				continue;
			snprintf(path[n], sizeof(path[n]), "%.*s",
				 (int)strcspn(f, "=@") - (int)strlen(before),
				 f + strlen(before));
			files[n] = path[n];
			n++;
		}
		if (n)
			root_index(kernels[i], files);
	}
}

static void make_older(const char *pattern)
{
	char rooted[512];
	size_t i;
	glob_t g;

	snprintf(rooted, sizeof(rooted), "%s%s", root, pattern);
	assert_int_equal(glob(rooted, 0, NULL, &g), 0);
	for (i = 0; i < g.gl_pathc; i++)
		root_age(g.gl_pathv[i] + strlen(root));
	globfree(&g);
}

/* Returns the kernel that runs. */
static const char *make_tree(const struct row *r)
{
	const char *release = R;
	size_t i;

	new_root();
	for (i = 0; i < MAX_FILES && r->files[i]; i++) {
		const char *f = r->files[i];

		if (*f == '/')
			root_file(f);
		else if (!strncmp(f, RUNS, strlen(RUNS)))
			release = f + strlen(RUNS);
		else
			make_older(f + strlen(OLDER));
	}
	index_kernels(r);
	return release;
}

static bool as_expected(const struct finding *f, const struct expected *e)
{
	static const char *const levels[] = { "error", "warning", "note" };
	char what[128];

	snprintf(what, sizeof(what), "%s %s", levels[f->level], f->id);
	return e->what && !strcmp(what, e->what) && strstr(f->text, e->text) &&
	       !strchr(f->text, '\n') && (!e->fix || !strcmp(f->fix, e->fix));
}

static int expected_code(const struct row *r)
{
	int code = 0;
	size_t i;

	for (i = 0; i < MAX_FINDINGS && r->expected[i].what; i++) {
		if (!strncmp(r->expected[i].what, "error", 5))
			return 3;
		if (!strncmp(r->expected[i].what, "warning", 7))
			code = 1;
	}
	return code;
}

static struct machine *look(const char *release, const char *asked,
			    struct findings *all)
{
	struct machine *m = machine_look(root, release, asked, drivers);

	if (!m)
		return NULL;
	/* Whoever builds this: a package is built by root, or by nobody. */
	m->privileged = false;
	memset(all, 0, sizeof(*all));
	doctor_look(m, all);
	return m;
}

static inline void check_rows(const struct row *rows, size_t count)
{
	size_t i, j, n;

	for (i = 0; i < count; i++) {
		const struct row *r = &rows[i];
		struct findings all;
		struct machine *m;
		bool good;

		m = look(make_tree(r), NULL, &all);
		assert_non_null(m);
		for (n = 0; n < MAX_FINDINGS && r->expected[n].what; n++)
			;
		good = all.count == n &&
		       findings_worst(&all) == expected_code(r);
		for (j = 0; j < n && good; j++)
			good = as_expected(&all.finding[j], &r->expected[j]);
		if (!good) {
			print_message("# %s:\n", r->name);
			doctor_text(stderr, m, &all);
			fail_msg("%s", r->name);
		}
		findings_free(&all);
		machine_free(m);
	}
}

#endif
