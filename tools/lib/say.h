/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong, said on standard error as "PROGRAM: TEXT". */
#ifndef SOCKMODS_SAY_H
#define SOCKMODS_SAY_H

/** say_program - the name that messages begin with; set by opt_main(). */
extern const char *say_program;

/**
 * say_error() - say what is wrong
 * @fmt: printf() format, without the program's name and the newline. Text from
 *	elsewhere goes through text_escape() first.
 *
 * Standard output is flushed before, so that the two stay in order on a
 * terminal.
 */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say_hint() - say what would help, on a line of its own after say_error()
 * @fmt: printf() format
 */
void say_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say_flush() - write out standard output and see whether that worked
 *
 * Return: 0, or a negative errno, which has been said.
 */
int say_flush(void);

#endif
