/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colours, for people at a terminal and nobody else. */
#ifndef SOCKMODS_COLOUR_H
#define SOCKMODS_COLOUR_H

#include <stdio.h>

/**
 * enum colour - what a piece of text means
 * @COLOUR_NONE: nothing special; ends any other
 * @COLOUR_GOOD: as it should be
 * @COLOUR_CARE: to be looked at
 * @COLOUR_BAD: wrong
 * @COLOUR_STRONG: what to look at first: a heading, a command to type
 */
enum colour {
	COLOUR_NONE,
	COLOUR_GOOD,
	COLOUR_CARE,
	COLOUR_BAD,
	COLOUR_STRONG,
};

/**
 * colour() - what switches to a colour
 * @out: where the text goes
 * @colour: the colour
 *
 * Return: an escape sequence; empty when @out is no terminal, when the
 * environment has NO_COLOR (and it isn't empty) or says TERM=dumb.
 */
const char *colour(FILE *out, enum colour colour);

#endif
