/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a driver loaded, and what holds it. */
#ifndef SOCKMODS_USES_H
#define SOCKMODS_USES_H

/**
 * struct uses - what is known of a driver beforehand
 * @name: its name
 * @loaded_for: whom the kernel loads it for, when they ask for what it provides
 * @held_by: what holds it once it is loaded, a few words; or NULL
 * @shown_by: the command that shows those; or NULL
 */
struct uses {
	const char *name;
	const char *loaded_for;
	const char *held_by;
	const char *shown_by;
};

/** USES_ANYONE - uses.loaded_for where anyone will do. */
#define USES_ANYONE "anyone"

/**
 * uses_of() - what is known of a driver
 * @name: its name
 *
 * Return: that; of one that isn't listed, that anyone has it loaded.
 */
const struct uses *uses_of(const char *name);

#endif
