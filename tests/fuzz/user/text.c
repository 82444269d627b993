// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text that comes from elsewhere, made fit for terminals and for JSON, and read as
 * numbers and as names of errors: any bytes are each of these.
 * sources: tools/lib/text.c tools/lib/mem.c tools/lib/jsonl.c tools/lib/num.c tools/lib/errname.c
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errname.h"
#include "jsonl.h"
#include "lib/fuzz.h"
#include "num.h"
#include "text.h"

static unsigned int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *d = strchr(digits, c);

	FUZZ_CHECK(c && d);
	return (unsigned int)(d - digits);
}

/* Back from text_escape(): no two texts look the same. */
static void unescape(const char *text, const unsigned char *want, size_t len)
{
	size_t i;

	for (i = 0; *text; i++) {
		unsigned int c = (unsigned char)*text++;

		if (c == '\\') {
			c = (unsigned char)*text++;
			if (c == 'n') {
				c = '\n';
			} else if (c == 't') {
				c = '\t';
			} else if (c == 'x') {
				c = hex_digit(text[0]) << 4 |
				    hex_digit(text[1]);
				text += 2;
			} else {
				FUZZ_CHECK(c == '\\');
			}
		}
		FUZZ_CHECK(i < len && want[i] == c);
	}
	FUZZ_CHECK(i == len);
}

static void escape(const char *bytes, size_t len)
{
	char *text = text_escape(bytes, len);

	FUZZ_CHECK(text_valid(text, strlen(text)));
	FUZZ_CHECK(!strchr(text, '\n'));
	fuzz_harmless((struct fuzz_output){ text, strlen(text) });
	unescape(text, (const void *)bytes, len);
	free(text);
}

static void hex(const char *bytes, size_t len)
{
	char *text = text_hex(bytes, len);
	size_t i;

	FUZZ_CHECK(strlen(text) == 2 * len);
	for (i = 0; i < len; i++)
		FUZZ_CHECK((hex_digit(text[2 * i]) << 4 |
			    hex_digit(text[2 * i + 1])) ==
			   (unsigned char)bytes[i]);
	free(text);
}

static void repair(const char *bytes, size_t len)
{
	char *text = text_repair(bytes, len);

	FUZZ_CHECK(text_valid(text, strlen(text)));
	if (text_valid(bytes, len) && !memchr(bytes, 0, len))
		FUZZ_CHECK(strlen(text) == len && !memcmp(text, bytes, len));
	free(text);
}

/* What a reader of the JSON gets is what it was made of. */
static void json(const char *bytes, size_t len)
{
	struct json_object *o = jsonl_begin("fuzz"), *back, *m;
	char *hexed = text_hex(bytes, len);

	jsonl_text(o, "text", bytes, len);
	fuzz_capture();
	jsonl_print(o);
	fuzz_json_lines(fuzz_output(1));
	fuzz_harmless(fuzz_output(1));
	back = json_tokener_parse(fuzz_output(1).text);
	FUZZ_CHECK(json_object_object_get_ex(back, "text", &m));
	if (text_valid(bytes, len)) {
		FUZZ_CHECK((size_t)json_object_get_string_len(m) == len);
		FUZZ_CHECK(!memcmp(json_object_get_string(m), bytes, len));
		FUZZ_CHECK(!json_object_object_get_ex(back, "text_hex", &m));
	} else {
		FUZZ_CHECK(json_object_object_get_ex(back, "text_hex", &m));
		FUZZ_CHECK(!strcmp(json_object_get_string(m), hexed));
	}
	json_object_put(back);
	free(hexed);
}

/* Saturates; enough for a number with nine digits behind the point. */
static unsigned __int128 digits(const char **text)
{
	const unsigned __int128 most = (unsigned __int128)1 << 100;
	unsigned __int128 v = 0;

	for (; **text >= '0' && **text <= '9'; ++*text)
		if (v < most)
			v = v * 10 + (unsigned int)(**text - '0');
	return v;
}

static void number(const char *text)
{
	const char *end = text;
	unsigned __int128 want = digits(&end);
	uint64_t value = 42;
	int err = num_u64(text, &value);

	if (!*text || *end)
		FUZZ_CHECK(err == -EINVAL && value == 42);
	else if (want > UINT64_MAX)
		FUZZ_CHECK(err == -ERANGE && value == 42);
	else
		FUZZ_CHECK(!err && value == want);
}

static void seconds(const char *text)
{
	const char *end = text, *point;
	unsigned __int128 want = digits(&end);
	uint64_t ns = 42;
	int err = num_seconds(text, &ns), i, n = 0;
	bool any = end != text, large = want > UINT64_MAX;

	want *= NUM_NS_PER_S;
	if (*end == '.') {
		unsigned __int128 part;

		point = ++end;
		part = digits(&end);
		n = (int)(end - point > 9 ? 10 : end - point);
		any |= n > 0;
		for (i = n; i < 9; i++)
			part *= 10;
		if (n <= 9)
			want += part;
	}
	/* Of two faults, either. */
	if (!any || *end || n > 9)
		FUZZ_CHECK(err == -EINVAL || (large && err == -ERANGE));
	else if (want > UINT64_MAX)
		FUZZ_CHECK(err == -ERANGE);
	else
		FUZZ_CHECK(!err && ns == want);
	FUZZ_CHECK(!err || ns == 42);
}

static void errors(const char *text)
{
	uint32_t error = 0;
	char buf[128];

	if (errname_parse(text, &error))
		return;
	FUZZ_CHECK(error >= 1 && error <= 4095);
	errname_text((int)error, buf, sizeof(buf));
	fuzz_read(buf, strlen(buf) + 1);
	if (errname((int)error)) {
		uint32_t again = 0;

		FUZZ_CHECK(!errname_parse(errname((int)error), &again));
		FUZZ_CHECK(again == error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_copy(data, size), *text = fuzz_string(data, size);

	escape(bytes, size);
	hex(bytes, size);
	repair(bytes, size);
	json(bytes, size);
	number(text);
	seconds(text);
	errors(text);
	free(bytes);
	free(text);
	return 0;
}
