// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonl.h"
#include "mem.h"
#include "text.h"

struct json_object *jsonl_begin(const char *type)
{
	struct json_object *object = json_object_new_object();

	jsonl_string(object, "type", type);
	return object;
}

void jsonl_uint(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void jsonl_double(struct json_object *object, const char *key, double value)
{
	char text[64];

	/* json-c's own way is 17 digits. */
	snprintf(text, sizeof(text), "%.3f", value);
	json_object_object_add(object, key,
			       json_object_new_double_s(value, text));
}

void jsonl_string(struct json_object *object, const char *key,
		  const char *value)
{
	json_object_object_add(object, key,
			       value ? json_object_new_string(value) : NULL);
}

/* Bytes of what text_repair() returns: a NUL in the text doesn't end it. */
static size_t repaired_len(const char *p, size_t len)
{
	size_t n, sum = 0;

	for (; len; p += n, len -= n) {
		n = text_utf8(p, len);
		sum += n ? n : 3;
		n = n ? n : 1;
	}
	return sum;
}

void jsonl_text(struct json_object *object, const char *key, const void *bytes,
		size_t len)
{
	char name[64], *text;

	/* With its length: a NUL within stays what it is, \u0000. */
	if (text_valid(bytes, len)) {
		json_object_object_add(object, key,
				       json_object_new_string_len(bytes,
								  (int)len));
		return;
	}
	text = text_repair(bytes, len);
	json_object_object_add(object, key,
			       json_object_new_string_len(
				       text, (int)repaired_len(bytes, len)));
	free(text);
	snprintf(name, sizeof(name), "%s_hex", key);
	jsonl_bytes(object, name, bytes, len);
}

void jsonl_list(struct json_object *object, const char *key, const char *text,
		const char *between)
{
	struct json_object *array = json_object_new_array();
	char *copy = mem_string(text), *rest = NULL, *one;

	for (one = strtok_r(copy, between, &rest); one;
	     one = strtok_r(NULL, between, &rest))
		json_object_array_add(array, json_object_new_string(one));
	free(copy);
	json_object_object_add(object, key, array);
}

void jsonl_bytes(struct json_object *object, const char *key, const void *bytes,
		 size_t len)
{
	char *hex = text_hex(bytes, len);

	jsonl_string(object, key, hex);
	free(hex);
}

/*
 * json-c leaves DEL and C1, which terminals obey, as they are. They can be in
 * strings only.
 */
void jsonl_write(FILE *out, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSONL_STYLE);
	const unsigned char *p, *from = (const void *)text;

	for (p = from; *p; p++) {
		bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;

		if (*p != 0x7f && !c1)
			continue;
		fwrite(from, 1, (size_t)(p - from), out);
		p += c1;
		fprintf(out, "\\u%04x", *p);
		from = p + 1;
	}
	fwrite(from, 1, (size_t)(p - from), out);
}

void jsonl_print(struct json_object *object)
{
	jsonl_write(stdout, object);
	putchar('\n');
	json_object_put(object);
}
