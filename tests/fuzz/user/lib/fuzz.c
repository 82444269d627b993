// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sanitizer/asan_interface.h>

#include <json.h>

#include "fuzz.h"

/* Standard output and standard error, as the code under test sees them. */
static FILE *captured[2];
static char *kept[2];

void fuzz_failed(const char *file, int line, const char *what)
{
	dprintf(2, "%s:%d: this does not hold: %s\n", file, line, what);
	abort();
}

void *fuzz_copy(const void *bytes, size_t len)
{
	void *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	else
		__asan_poison_memory_region(copy, 1);
	return copy;
}

char *fuzz_string(const void *bytes, size_t len)
{
	char *text;

	len = len ? strnlen(bytes, len) : 0;
	text = malloc(len + 1);
	if (!text)
		abort();
	if (len)
		memcpy(text, bytes, len);
	text[len] = 0;
	return text;
}

char *fuzz_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = fuzz_string(*data, len);

	len += end != NULL;
	*data += len;
	*size -= len;
	return line;
}

void fuzz_read(const void *bytes, size_t len)
{
	volatile char *wrong =
		len ? __asan_region_is_poisoned((void *)bytes, len) : NULL;

	/* Now the sanitizer says what is there, and ends the program. */
	if (wrong)
		*wrong;
}

static FILE *file(const char *name)
{
	FILE *f = fdopen(memfd_create(name, MFD_CLOEXEC), "w+");

	if (!f)
		abort();
	return f;
}

void fuzz_capture(void)
{
	int i;

	if (!captured[0]) {
		captured[0] = file("stdout");
		captured[1] = file("stderr");
		setvbuf(captured[1], NULL, _IONBF, 0);
		/* libFuzzer has its own already. */
		stdout = captured[0];
		stderr = captured[1];
	}
	for (i = 0; i < 2; i++) {
		rewind(captured[i]);
		if (ftruncate(fileno(captured[i]), 0))
			abort();
	}
}

struct fuzz_output fuzz_output(int fd)
{
	FILE *f = captured[fd - 1];
	char **text = &kept[fd - 1];
	off_t len;

	fflush(f);
	len = lseek(fileno(f), 0, SEEK_END);
	free(*text);
	*text = malloc((size_t)len + 1);
	if (!*text || pread(fileno(f), *text, (size_t)len, 0) != len)
		abort();
	(*text)[len] = 0;
	return (struct fuzz_output){ *text, (size_t)len };
}

void fuzz_harmless(struct fuzz_output out)
{
	const unsigned char *p = (const void *)out.text;
	size_t i;

	for (i = 0; i < out.len; i++) {
		FUZZ_CHECK(p[i] >= ' ' || p[i] == '\n');
		FUZZ_CHECK(p[i] != 0x7f);
		/* C1, in UTF-8. */
		FUZZ_CHECK(p[i] != 0xc2 || i + 1 == out.len || p[i + 1] > 0x9f);
	}
}

static void json_read(const char *line, size_t len, int flags)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;

	json_tokener_set_flags(t, flags);
	o = json_tokener_parse_ex(t, line, (int)len);
	FUZZ_CHECK(json_tokener_get_error(t) == json_tokener_success);
	FUZZ_CHECK(json_object_is_type(o, json_type_object));
	json_object_put(o);
	json_tokener_free(t);
}

/*
 * A strict json-c 0.18 takes all that isn't ASCII for control characters (mended
 * behind it), and so is strict with something else in their place.
 */
static void json_line(const char *line, size_t len)
{
	char *ascii = fuzz_copy(line, len);
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)ascii[i] >= 0x80)
			ascii[i] = 'x';
	json_read(ascii, len, JSON_TOKENER_STRICT);
	free(ascii);
	json_read(line, len, JSON_TOKENER_VALIDATE_UTF8);
}

void fuzz_json_lines(struct fuzz_output out)
{
	const char *p = out.text, *end = out.text + out.len, *newline;

	for (; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		FUZZ_CHECK(newline);
		json_line(p, (size_t)(newline - p));
	}
}
