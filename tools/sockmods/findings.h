/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the doctor finds. */
#ifndef SOCKMODS_FINDINGS_H
#define SOCKMODS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "machine.h"

/**
 * enum finding_level - how bad it is
 * @FINDING_ERROR: a driver can't work now
 * @FINDING_WARNING: all work; something should be looked at
 * @FINDING_NOTE: nothing is wrong; good to know
 */
enum finding_level {
	FINDING_ERROR,
	FINDING_WARNING,
	FINDING_NOTE,
};

/**
 * struct finding - one thing
 * @level: how bad it is
 * @id: what it is, as a word, for programs
 * @drivers: the drivers that it is about, with ", " between; empty: all
 * @kernel: the kernel that it is about, or empty
 * @text: what it is, a sentence
 * @fix: commands that mend it, a line each; or empty
 */
struct finding {
	enum finding_level level;
	const char *id;
	char drivers[256];
	char kernel[65];
	char text[1280];
	char fix[768];
};

/**
 * struct findings - all of them, the most important first
 * @finding: the findings
 * @count: how many
 */
struct findings {
	struct finding *finding;
	size_t count;
};

/**
 * findings_add() - add one behind the others
 * @all: all of them
 * @level: how bad it is
 * @id: what it is, as a word
 *
 * Return: the finding, to be filled in; valid until the next call.
 */
struct finding *findings_add(struct findings *all, enum finding_level level,
			     const char *id);

/**
 * findings_worst() - how bad is it all?
 * @all: the findings
 *
 * Return: the exit code of doctor.
 */
int findings_worst(const struct findings *all);

/**
 * findings_free() - free them
 * @all: the findings
 */
void findings_free(struct findings *all);

/**
 * doctor_look() - find what is wrong with a machine
 * @m: the machine
 * @all: the findings, all zero before
 */
void doctor_look(struct machine *m, struct findings *all);

/**
 * doctor_packages() - the part of it that is about packages
 * @m: the machine
 * @all: more findings
 * @first: those that are the cause of others (packages half unpacked), not those
 *	that follow from them
 */
void doctor_packages(struct machine *m, struct findings *all, bool first);

/**
 * doctor_loaded() - the part of it that is about modules in memory
 * @m: the machine
 * @all: more findings
 */
void doctor_loaded(struct machine *m, struct findings *all);

/**
 * doctor_text() - show findings to people
 * @out: where to
 * @m: the machine
 * @all: the findings
 */
void doctor_text(FILE *out, const struct machine *m,
		 const struct findings *all);

/**
 * doctor_json() - print findings for programs
 * @m: the machine
 * @all: the findings
 */
void doctor_json(const struct machine *m, const struct findings *all);

#endif
