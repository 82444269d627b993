// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes from elsewhere, made fit for a terminal and for JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jsonl.h"
#include "text.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define BYTES(s) (s), sizeof(s) - 1

static const struct row {
	const char *bytes;
	size_t len;
	bool valid;
	const char *escaped;
	const char *repaired;
} rows[] = {
	{ BYTES(""), true, "", "" },
	{ BYTES("plain"), true, "plain", "plain" },
	{ BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), true,
	  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ BYTES("a\nb\tc\\"), true, "a\\nb\\tc\\\\", "a\nb\tc\\" },
	{ BYTES("\x1b[31m\x7f"), true, "\\x1b[31m\\x7f", "\x1b[31m\x7f" },
	/* C1: CSI as U+009B */
	{ BYTES("\xc2\x9b"), true, "\\xc2\\x9b", "\xc2\x9b" },
	{ BYTES("\xc2\xa0"), true, "\xc2\xa0", "\xc2\xa0" },
	{ BYTES("\x9b"), false, "\\x9b", "\xef\xbf\xbd" },
	{ BYTES("\xff"
		"a"),
	  false, "\\xffa",
	  "\xef\xbf\xbd"
	  "a" },
	/* cut off */
	{ BYTES("\xe2\x82"), false, "\\xe2\\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ BYTES("\xc3"), false, "\\xc3", "\xef\xbf\xbd" },
	/* overlong, surrogate, beyond Unicode */
	{ BYTES("\xc0\x80"), false, "\\xc0\\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ BYTES("\xe0\x80\xaf"), false, "\\xe0\\x80\\xaf",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ BYTES("\xed\xa0\x80"), false, "\\xed\\xa0\\x80",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ BYTES("\xf4\x90\x80\x80"), false, "\\xf4\\x90\\x80\\x80",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};

static void test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		/* Its exact size, so that a checker sees a read behind it. */
		char *bytes = malloc(r->len ? r->len : 1);
		char *escaped, *repaired;

		assert_non_null(bytes);
		memcpy(bytes, r->bytes, r->len);
		escaped = text_escape(bytes, r->len);
		repaired = text_repair(bytes, r->len);
		assert_int_equal(text_valid(bytes, r->len), r->valid);
		assert_string_equal(escaped, r->escaped);
		assert_string_equal(repaired, r->repaired);
		assert_true(text_valid(escaped, strlen(escaped)));
		assert_true(text_valid(repaired, strlen(repaired)));
		free(escaped);
		free(repaired);
		free(bytes);
	}
}

static void test_nul(void **state)
{
	char *text = text_escape("a\0b", 3);

	(void)state;
	assert_string_equal(text, "a\\x00b");
	free(text);
}

static void test_hex(void **state)
{
	char *text = text_hex("\x00\x7f\xff", 3);

	(void)state;
	assert_string_equal(text, "007fff");
	free(text);
	text = text_hex("", 0);
	assert_string_equal(text, "");
	free(text);
}

static void assert_json(struct json_object *o, const char *want)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	jsonl_write(f, o);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
	json_object_put(o);
}

static void test_json(void **state)
{
	struct json_object *o = jsonl_begin("x");

	(void)state;
	jsonl_uint(o, "n", UINT64_MAX);
	jsonl_string(o, "nothing", NULL);
	jsonl_bytes(o, "b", "\x01\xff", 2);
	assert_json(o, "{\"type\":\"x\",\"n\":18446744073709551615,"
		       "\"nothing\":null,\"b\":\"01ff\"}");
	o = jsonl_begin("x");
	jsonl_double(o, "d", 0.1 + 0.2);
	assert_json(o, "{\"type\":\"x\",\"d\":0.300}");
	o = jsonl_begin("x");
	jsonl_text(o, "t", BYTES("\"\n\0\xc3\xa9"));
	assert_json(o, "{\"type\":\"x\",\"t\":\"\\\"\\n\\u0000\xc3\xa9\"}");
	o = jsonl_begin("x");
	jsonl_text(o, "t", BYTES("a\xff"));
	assert_json(o, "{\"type\":\"x\",\"t\":\"a\xef\xbf\xbd\","
		       "\"t_hex\":\"61ff\"}");
	/* What a terminal obeys; U+00A0 is no control character. */
	o = jsonl_begin("x");
	jsonl_text(o, "t",
		   BYTES("\033\177\xc2\x80\xc2\x9b\xc2\xa0\xe2\x82\x80/"));
	assert_json(o, "{\"type\":\"x\",\"t\":\"\\u001b\\u007f\\u0080\\u009b"
		       "\xc2\xa0\xe2\x82\x80/\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_json),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
