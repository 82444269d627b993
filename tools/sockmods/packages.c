// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: packages that dpkg hasn't finished, and headers that won't come. */
#include <ctype.h>
#include <string.h>

#include "dpkg.h"
#include "findings.h"

static const char image[] = "linux-image-";

/* Is its set-up what failed, or did it not get that far? */
static bool not_set_up(const struct dpkg_package *p)
{
	return p->broken || !strcmp(p->state, "unpacked") ||
	       !strcmp(p->state, "half-installed");
}

static bool half_done(const struct dpkg_package *p)
{
	return !strcmp(p->state, "half-configured") ||
	       !strncmp(p->state, "triggers-", strlen("triggers-"));
}

/*
 * A package that isn't set up is why nothing is built. One whose set-up has
 * failed fails again until the reason is gone, so it comes after that.
 */
static void look_state(struct findings *all, const struct dpkg_package *p,
		       bool first)
{
	struct finding *f;

	if (!dpkg_installed(p) || !(first ? not_set_up(p) : half_done(p)))
		return;
	f = findings_add(all, FINDING_WARNING, "half-configured");
	snprintf(
		f->text, sizeof(f->text),
		"the package %s is not installed to the end: dpkg has it as '%s'",
		p->name, p->state);
	if (p->broken || !strcmp(p->state, "half-installed"))
		snprintf(f->fix, sizeof(f->fix),
			 "sudo apt install --reinstall %s", p->name);
	else
		snprintf(f->fix, sizeof(f->fix), "sudo dpkg --configure -a");
}

/* Does an image package stand for the newest of a flavour? */
static bool is_meta(const struct dpkg_package *p)
{
	const char *on = strstr(p->depends, image);

	return !strncmp(p->name, image, strlen(image)) &&
	       !strcmp(p->state, "installed") && on &&
	       isdigit(on[strlen(image)]) && !isdigit(p->name[strlen(image)]);
}

/* A kernel from backports needs headers from there. */
static void from_backports(struct machine *m, const struct dpkg_package *p,
			   char *option, size_t size)
{
	struct driver_query query = machine_query(m, "", m->here);
	char line[256], name[64] = "";
	FILE *f;

	*option = 0;
	if (!strstr(p->version, "~bpo"))
		return;
	f = driver_open(&query, "/etc/os-release");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VERSION_CODENAME=%63[a-z]", name) == 1)
			break;
	fclose(f);
	if (*name)
		snprintf(option, size, "-t %s-backports ", name);
}

/*
 * linux-image-FLAVOUR brings the next kernel, linux-headers-FLAVOUR what the
 * drivers are built with for it.
 */
static void look_meta(struct machine *m, struct findings *all,
		      const struct dpkg *dpkg, const struct dpkg_package *p)
{
	char headers[160], option[96];
	struct finding *f;

	snprintf(headers, sizeof(headers), "linux-headers-%s",
		 p->name + strlen(image));
	if (dpkg_installed(dpkg_find(dpkg, headers)))
		return;
	from_backports(m, p, option, sizeof(option));
	f = findings_add(all, FINDING_WARNING, "no-headers-meta");
	snprintf(
		f->text, sizeof(f->text),
		"the package %s is not installed: the next kernel that %s brings will come without headers, and without the drivers",
		headers, p->name);
	snprintf(f->fix, sizeof(f->fix), "sudo apt install %s%s", option,
		 headers);
}

void doctor_packages(struct machine *m, struct findings *all, bool first)
{
	static const char *const wanted[] = { "sockmods-", image,
					      "linux-headers-", NULL };
	struct driver_query query = machine_query(m, "", m->here);
	struct dpkg dpkg;
	size_t i;

	dpkg_read(&query, wanted, &dpkg);
	look_state(all, dpkg_find(&dpkg, "sockmods-dkms"), first);
	for (i = 0; i < dpkg.count && !first && *m->package; i++)
		if (is_meta(&dpkg.package[i]))
			look_meta(m, all, &dpkg, &dpkg.package[i]);
	dpkg_free(&dpkg);
}
