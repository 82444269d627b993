// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static void *there(void *p)
{
	if (!p) {
		fputs("no memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return p;
}

void *mem_resize(void *old, size_t size)
{
	return there(realloc(old, size));
}

void *mem_zero(size_t count, size_t size)
{
	return there(calloc(count, size));
}

char *mem_string(const char *text)
{
	return there(strdup(text));
}
