// SPDX-License-Identifier: GPL-2.0-or-later
/* status: what is packaged, built, loaded and in use. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "colour.h"
#include "exitcode.h"
#include "jsonl.h"
#include "machine.h"
#include "say.h"
#include "sockmods.h"
#include "status.h"
#include "uses.h"

#define TABLE_COLUMNS 8

/**
 * struct cell - what stands in a column
 * @text: the text
 * @colour: its colour
 */
struct cell {
	char text[96];
	enum colour colour;
};

/**
 * struct table - lines of cells, printed twice: to find out how wide columns are
 * @out: where to
 * @width: of each column, of its text
 * @columns: how many
 * @print: false the first time
 */
struct table {
	FILE *out;
	int width[TABLE_COLUMNS];
	size_t columns;
	bool print;
};

static struct cell cell(enum colour colour, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static struct cell cell(enum colour colour, const char *fmt, ...)
{
	struct cell c = { .colour = colour };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c.text, sizeof(c.text), fmt, ap);
	va_end(ap);
	return c;
}

static void table_row(struct table *t, const struct cell *row)
{
	size_t i;

	for (i = 0; i < t->columns; i++) {
		const struct cell *c = &row[i];
		int len = (int)strlen(c->text);
		bool last = i + 1 == t->columns;

		if (!t->print) {
			if (len > t->width[i])
				t->width[i] = len;
			continue;
		}
		fprintf(t->out, "%s%s%s%*s",
			c->colour ? colour(t->out, c->colour) : "", c->text,
			c->colour ? colour(t->out, COLOUR_NONE) : "",
			last ? 0 : t->width[i] - len + 2, "");
		if (last)
			putc('\n', t->out);
	}
}

/* Is a version the one that the package has? */
static struct cell version_cell(const struct machine *m, const char *version)
{
	if (!*version)
		return cell(COLOUR_CARE, "?");
	return cell(strcmp(version, m->package) ? COLOUR_CARE : COLOUR_GOOD,
		    "%s", version);
}

static struct cell built_cell(const struct machine *m, const struct driver *on)
{
	if (machine_built(on))
		return version_cell(m, on->version);
	return cell(COLOUR_BAD, "%s", driver_state_name(on->state));
}

static void driver_row(struct table *t, const struct machine *m,
		       const struct machine_driver *d)
{
	const struct machine_loaded *loaded = &d->loaded;
	const struct cell none = cell(COLOUR_NONE, "-");
	struct cell row[] = {
		cell(COLOUR_STRONG, "%s", d->name),
		*m->package ? cell(COLOUR_NONE, "%s", m->package) :
			      cell(COLOUR_BAD, "none"),
		built_cell(m, &d->on[m->here]),
		loaded->there ? version_cell(m, loaded->version) : none,
		none,
	};

	if (loaded->refcnt > 0)
		row[4] = cell(COLOUR_GOOD, "yes (%ld)", loaded->refcnt);
	else if (loaded->there)
		row[4] = cell(COLOUR_NONE,
			      loaded->refcnt ? "cannot be unloaded" : "no");
	table_row(t, row);
}

static void drivers_table(FILE *out, const struct machine *m)
{
	const struct cell head[] = {
		cell(COLOUR_STRONG, "DRIVER"),	cell(COLOUR_STRONG, "PACKAGE"),
		cell(COLOUR_STRONG, "ON DISK"), cell(COLOUR_STRONG, "LOADED"),
		cell(COLOUR_STRONG, "IN USE"),
	};
	struct table t = { .out = out, .columns = 5 };
	size_t i;
	int pass;

	for (pass = 0; pass < 2; pass++, t.print = true) {
		table_row(&t, head);
		for (i = 0; i < m->drivers; i++)
			driver_row(&t, m, &m->driver[i]);
	}
}

static void kernel_row(struct table *t, const struct machine *m, size_t kernel,
		       size_t first)
{
	struct cell row[TABLE_COLUMNS];
	size_t i;

	row[0] = cell(kernel == m->here ? COLOUR_STRONG : COLOUR_NONE, "%s%s",
		      m->kernel[kernel],
		      machine_runs(m, kernel) ? " (running)" : "");
	for (i = 1; i < t->columns; i++)
		row[i] = built_cell(m, &m->driver[first + i - 1].on[kernel]);
	table_row(t, row);
}

/* A line a kernel, a column a driver; more drivers than columns go below. */
static void kernels_table(FILE *out, const struct machine *m, size_t first)
{
	struct cell head[TABLE_COLUMNS];
	struct table t = { .out = out };
	size_t i;
	int pass;

	t.columns = 1 + m->drivers - first;
	if (t.columns > TABLE_COLUMNS)
		t.columns = TABLE_COLUMNS;
	head[0] = cell(COLOUR_STRONG, "BUILT FOR");
	for (i = 1; i < t.columns; i++)
		head[i] = cell(COLOUR_STRONG, "%s",
			       m->driver[first + i - 1].name);
	fprintf(out, "\n");
	for (pass = 0; pass < 2; pass++, t.print = true) {
		table_row(&t, head);
		for (i = 0; i < m->kernels; i++)
			kernel_row(&t, m, i, first);
	}
}

void status_text(FILE *out, const struct machine *m)
{
	size_t i;

	drivers_table(out, m);
	for (i = 0; i < m->drivers; i += TABLE_COLUMNS - 1)
		kernels_table(out, m, i);
}

/* Empty is null. */
static void add_string(struct json_object *o, const char *key,
		       const char *value)
{
	if (*value)
		jsonl_text(o, key, value, strlen(value));
	else
		jsonl_string(o, key, NULL);
}

static struct json_object *kernel_json(const struct machine *m,
				       const struct driver *on, size_t kernel)
{
	struct json_object *o = json_object_new_object();

	jsonl_string(o, "release", m->kernel[kernel]);
	json_object_object_add(
		o, "running", json_object_new_boolean(machine_runs(m, kernel)));
	json_object_object_add(o, "built",
			       json_object_new_boolean(machine_built(on)));
	jsonl_string(o, "state", driver_state_name(on->state));
	add_string(o, "version", on->version);
	add_string(o, "file", on->path);
	return o;
}

/* Null is what isn't known, of a kernel that doesn't run. */
static struct json_object *known_bool(const struct machine *m, bool value)
{
	return m->running ? json_object_new_boolean(value) : NULL;
}

struct json_object *status_json(const struct machine *m,
				const struct machine_driver *d)
{
	struct json_object *o = jsonl_begin("driver"), *kernels;
	const struct machine_loaded *loaded = &d->loaded;
	size_t i;

	jsonl_string(o, "name", d->name);
	add_string(o, "package", m->package);
	add_string(o, "disk_version", d->on[m->here].version);
	json_object_object_add(o, "loaded", known_bool(m, loaded->there));
	add_string(o, "loaded_version", loaded->version);
	json_object_object_add(o, "in_use", known_bool(m, loaded->refcnt > 0));
	json_object_object_add(o, "refcnt",
			       loaded->refcnt < 0 ?
				       NULL :
				       json_object_new_int64(loaded->refcnt));
	if (m->running)
		jsonl_list(o, "holders", loaded->holders, " ");
	else
		jsonl_string(o, "holders", NULL);
	jsonl_string(o, "loaded_for", uses_of(d->name)->loaded_for);
	jsonl_string(o, "shown_by", uses_of(d->name)->shown_by);
	kernels = json_object_new_array();
	for (i = 0; i < m->kernels; i++)
		json_object_array_add(kernels, kernel_json(m, &d->on[i], i));
	json_object_object_add(o, "kernels", kernels);
	return o;
}

int status_run(char **args, int count)
{
	struct machine *m = machine_asked();
	size_t i;

	(void)args;
	(void)count;
	if (!m)
		return EXIT_USAGE;
	if (sockmods_options.json)
		for (i = 0; i < m->drivers; i++)
			jsonl_print(status_json(m, &m->driver[i]));
	else
		status_text(stdout, m);
	machine_free(m);
	return say_flush() ? EXIT_REFUSED : EXIT_OK;
}
