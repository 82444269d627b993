/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `myproto run` is told, and tells the preload object in the environment.
 * Both read it with the functions here.
 */
#ifndef MYPROTO_PRELOAD_SETTINGS_H
#define MYPROTO_PRELOAD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

/* The number of the family, for where its file can't be read. */
#define SETTINGS_FAMILY "MYPROTO_FAMILY"
/* SETTINGS_NO: pairs stay AF_UNIX. */
#define SETTINGS_PAIRS "MYPROTO_PAIRS"
/* What names begin with that stay AF_UNIX; colons between them. */
#define SETTINGS_EXCEPT "MYPROTO_EXCEPT"

#define SETTINGS_NO "no"

/* Bytes of SETTINGS_EXCEPT, with a NUL. */
#define SETTINGS_EXCEPT_MAX 4096

/**
 * struct settings - the environment
 * @family: the number of the family; 0 if it isn't known
 * @pairs: socketpair(2) makes pairs of the family
 * @except: what names begin with that stay AF_UNIX
 */
struct settings {
	int family;
	bool pairs;
	char except[SETTINGS_EXCEPT_MAX];
};

/**
 * settings_read() - read the environment, and the number's file
 * @settings: where it goes
 *
 * Leaves errno alone.
 *
 * Return: 0; EINVAL when a variable makes no sense.
 */
int settings_read(struct settings *settings);

/**
 * settings_family() - read the number of a family
 * @text: the number, perhaps with a newline
 *
 * Return: the number, or 0 when the text isn't one.
 */
int settings_family(const char *text);

/**
 * settings_excepted() - does a name stay AF_UNIX?
 * @except: as struct settings has it
 * @name: as in an address
 * @len: its length
 *
 * A word that begins with @ is for abstract names, whose first byte, NUL, that
 * stands for.
 *
 * Return: true if it does.
 */
bool settings_excepted(const char *except, const char *name, size_t len);

#endif
