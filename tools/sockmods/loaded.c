// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: what is in memory isn't what is on disk. */
#include <string.h>

#include "findings.h"
#include "uses.h"

/* Nobody reloads a driver that couldn't be loaded then. */
static bool loadable(const struct driver *on)
{
	return on->state == DRIVER_NOT_LOADED ||
	       on->state == DRIVER_BLACKLISTED;
}

static void look_loaded(struct findings *all, const struct machine *m,
			const struct machine_driver *d)
{
	const struct machine_loaded *loaded = &d->loaded;
	const struct driver *on = &d->on[m->here];
	bool versions = strcmp(loaded->version, on->version);
	bool sources = *loaded->srcversion && *on->srcversion &&
		       strcmp(loaded->srcversion, on->srcversion);
	const struct uses *uses = uses_of(d->name);
	char what[320], safe[512];
	struct finding *f;

	if (!loaded->there || !loadable(on) || (!versions && !sources))
		return;
	if (versions)
		snprintf(what, sizeof(what),
			 "version %s is loaded, and %s is on disk",
			 *loaded->version ? loaded->version : "(unknown)",
			 *on->version ? on->version : "(unknown)");
	else
		snprintf(
			what, sizeof(what),
			"version %s is loaded, and on disk it is made of other sources (%s, not %s)",
			loaded->version, on->srcversion, loaded->srcversion);
	if (loaded->refcnt > 0)
		snprintf(
			safe, sizeof(safe),
			"it is in use (%ld%s%s%s%s%s%s), so reload it when that has ended, or reboot",
			loaded->refcnt, *loaded->holders ? ", by " : "",
			loaded->holders, uses->held_by ? ", by " : "",
			uses->held_by ? uses->held_by : "",
			uses->shown_by ? ": " : "",
			uses->shown_by ? uses->shown_by : "");
	else if (!loaded->refcnt)
		snprintf(
			safe, sizeof(safe),
			"nothing holds it, so it is safe to reload; programs that wait for its events lose them");
	else
		snprintf(safe, sizeof(safe),
			 "this kernel can not unload modules, so reboot");
	f = findings_add(all, FINDING_WARNING, "other-version-loaded");
	snprintf(f->drivers, sizeof(f->drivers), "%s", d->name);
	snprintf(f->kernel, sizeof(f->kernel), "%s", on->release);
	snprintf(f->text, sizeof(f->text), "%s: %s; %s", d->name, what, safe);
	if (loaded->refcnt < 0)
		snprintf(f->fix, sizeof(f->fix), "sudo reboot");
	else
		snprintf(f->fix, sizeof(f->fix),
			 "sudo modprobe -r %s && sudo modprobe %s", d->name,
			 d->name);
}

void doctor_loaded(struct machine *m, struct findings *all)
{
	size_t i;

	for (i = 0; i < m->drivers; i++)
		look_loaded(all, m, &m->driver[i]);
}
