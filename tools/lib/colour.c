// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"

static const char *const sequences[] = {
	[COLOUR_NONE] = "\033[0m",   [COLOUR_GOOD] = "\033[32m",
	[COLOUR_CARE] = "\033[33m",  [COLOUR_BAD] = "\033[1;31m",
	[COLOUR_STRONG] = "\033[1m",
};

static bool wanted(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(out)) && (!no || !*no) && term && *term &&
	       strcmp(term, "dumb");
}

const char *colour(FILE *out, enum colour colour)
{
	return wanted(out) ? sequences[colour] : "";
}
