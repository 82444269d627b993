// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "say.h"

const char *say_program = "sockmods";

static void say_line(const char *prefix, const char *fmt, va_list ap)
{
	char text[4096];

	vsnprintf(text, sizeof(text), fmt, ap);
	fflush(stdout);
	/* One call, one write: lines of two processes don't mix. */
	fprintf(stderr, "%s: %s%s\n", say_program, prefix, text);
}

void say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("", fmt, ap);
	va_end(ap);
}

void say_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("hint: ", fmt, ap);
	va_end(ap);
}

int say_flush(void)
{
	int err = 0;

	errno = 0;
	if (fflush(stdout) || ferror(stdout)) {
		err = errno ? -errno : -EIO;
		clearerr(stdout);
		fprintf(stderr, "%s: standard output: %s\n", say_program,
			strerror(-err));
	}
	return err;
}
