// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: findings in words and in JSON. */
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "findings.h"
#include "jsonl.h"
#include "mem.h"
#include "uses.h"

static const struct {
	const char *name;
	enum colour colour;
} levels[] = {
	[FINDING_ERROR] = { "error", COLOUR_BAD },
	[FINDING_WARNING] = { "warning", COLOUR_CARE },
	[FINDING_NOTE] = { "note", COLOUR_NONE },
};

static void print_commands(FILE *out, const char *fix)
{
	char *copy = mem_string(fix), *rest = NULL, *command;

	for (command = strtok_r(copy, "\n", &rest); command;
	     command = strtok_r(NULL, "\n", &rest))
		fprintf(out, "    %s%s%s\n", colour(out, COLOUR_STRONG),
			command, colour(out, COLOUR_NONE));
	free(copy);
}

/* Those that don't come for anyone. */
static void print_restricted(FILE *out, const struct machine *m)
{
	const char *before = "; ";
	size_t i;

	for (i = 0; i < m->drivers; i++) {
		const struct machine_driver *d = &m->driver[i];
		const struct uses *uses = uses_of(d->name);

		if (d->loaded.there || !strcmp(uses->loaded_for, USES_ANYONE))
			continue;
		fprintf(out, "%s%s for %s", before, d->name, uses->loaded_for);
		before = ", ";
	}
}

static void print_well(FILE *out, const struct machine *m)
{
	size_t i, loaded = 0;

	for (i = 0; i < m->drivers; i++)
		loaded += m->driver[i].loaded.there;
	fprintf(out, "%snothing is wrong%s: sockmods %s is built for %s",
		colour(out, COLOUR_GOOD), colour(out, COLOUR_NONE), m->package,
		m->release);
	if (m->running && loaded < m->drivers) {
		fprintf(out, "; drivers load when a program asks for them");
		print_restricted(out, m);
	}
	fprintf(out, "\n");
}

void doctor_text(FILE *out, const struct machine *m, const struct findings *all)
{
	bool well = true;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct finding *f = &all->finding[i];
		enum colour c = levels[f->level].colour;

		well &= f->level == FINDING_NOTE;
		fprintf(out, "%s%s%s: %s\n", c ? colour(out, c) : "",
			levels[f->level].name,
			c ? colour(out, COLOUR_NONE) : "", f->text);
		print_commands(out, f->fix);
	}
	if (well)
		print_well(out, m);
}

void doctor_json(const struct machine *m, const struct findings *all)
{
	size_t i, count[3] = {};
	struct json_object *o;

	for (i = 0; i < all->count; i++) {
		const struct finding *f = &all->finding[i];

		count[f->level]++;
		o = jsonl_begin("finding");
		jsonl_string(o, "level", levels[f->level].name);
		jsonl_string(o, "id", f->id);
		jsonl_list(o, "drivers", f->drivers, ", ");
		jsonl_string(o, "kernel", *f->kernel ? f->kernel : NULL);
		jsonl_text(o, "text", f->text, strlen(f->text));
		jsonl_list(o, "fix", f->fix, "\n");
		jsonl_print(o);
	}
	o = jsonl_begin("summary");
	jsonl_string(o, "kernel", m->release);
	jsonl_string(o, "package", *m->package ? m->package : NULL);
	jsonl_uint(o, "errors", count[FINDING_ERROR]);
	jsonl_uint(o, "warnings", count[FINDING_WARNING]);
	jsonl_uint(o, "notes", count[FINDING_NOTE]);
	jsonl_print(o);
}
