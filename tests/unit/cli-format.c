// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Formats of nlbroker sub: what is right, what comes out.
 * sources: tools/nlbroker/format.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/nlbroker/format.h"

static const struct nlbroker_message message = {
	.kind = NLBROKER_MESSAGE,
	.topic = "a/b",
	.payload = "x\0\033\377",
	.len = 4,
	.seq = 18446744073709551615ULL,
	.retained = true,
	.has_creds = true,
	.portid = 4294967295U,
	.pid = 4242,
	.uid = 1000,
	.gid = 100,
	.time = 1800000000000000001ULL,
};

/* What a format gives; the length is written, as there can be a NUL. */
static char *printed(const char *format, const struct nlbroker_message *m,
		     bool safe, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	assert_null(format_fault(format));
	format_print(f, format, m, safe);
	fclose(f);
	return text;
}

static void gives(const char *format, const char *want, size_t want_len)
{
	size_t len;
	char *text = printed(format, &message, false, &len);

	assert_int_equal(len, want_len);
	assert_memory_equal(text, want, len);
	free(text);
}

#define GIVES(format, want) gives(format, want, sizeof(want) - 1)

static void test_print(void **state)
{
	(void)state;
	GIVES("", "");
	GIVES("no percent", "no percent");
	GIVES("%t", "a/b");
	GIVES("%t%t%%t", "a/ba/b%t");
	GIVES("[%p]", "[x\0\033\377]");
	GIVES("%x %l %r", "78001bff 4 1");
	GIVES("%s %n", "18446744073709551615 4294967295");
	GIVES("%u:%g %P", "1000:100 4242");
	GIVES("%U", "1800000000.000000001");
	GIVES("%I", "2027-01-15T08:00:00.000000Z");
	GIVES("\\0\\a\\e\\n\\r\\t\\v\\\\", "\0\a\033\n\r\t\v\\");
	GIVES("\\\\n", "\\n");
}

static void test_safe(void **state)
{
	size_t len;
	char *text = printed("%p|\\e|%t", &message, true, &len);

	(void)state;
	/* What the user wrote is his; what came isn't. */
	assert_string_equal(text, "x\\x00\\x1b\\xff|\033|a/b");
	free(text);
}

static void test_json(void **state)
{
	const struct nlbroker_message bare = {
		.kind = NLBROKER_MESSAGE,
		.topic = "t",
		.payload = "",
		.seq = 1,
	};
	size_t len;
	char *text = printed("%j", &message, false, &len);

	(void)state;
	assert_string_equal(
		text,
		"{\"type\":\"message\",\"topic\":\"a/b\",\"seq\":18446744073709551615,\"retained\":true,\"portid\":4294967295,\"pid\":4242,\"uid\":1000,\"gid\":100,\"time_ns\":1800000000000000001,\"bytes\":4,\"payload\":\"x\\u0000\\u001b\xef\xbf\xbd\",\"payload_hex\":\"78001bff\"}");
	free(text);
	text = printed("%j", &bare, false, &len);
	assert_string_equal(
		text,
		"{\"type\":\"message\",\"topic\":\"t\",\"seq\":1,\"retained\":false,\"bytes\":0,\"payload\":\"\"}");
	free(text);
}

static void test_faults(void **state)
{
	static const char *const wrong[] = {
		"%",   "%q",   "a%",	 "%%%", "%t%T", "\\",
		"\\x", "%t\\", "\\\\\\", "% ",	"%\\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		if (!format_fault(wrong[i]))
			fail_msg("'%s' is right", wrong[i]);
	assert_string_equal(format_fault("%t%q%z"), "%q%z");
	assert_null(format_fault("%t%p%x%l%r%s%u%g%P%n%U%I%j%%"));
}

static void test_creds(void **state)
{
	(void)state;
	assert_false(format_creds(""));
	assert_false(format_creds("%t%p%x%l%r%s%%u"));
	assert_false(format_creds("%%u \\\\u"));
	assert_true(format_creds("%t %u"));
	assert_true(format_creds("%%%P"));
	assert_true(format_creds("%g"));
	assert_true(format_creds("%n"));
	assert_true(format_creds("%U"));
	assert_true(format_creds("%I"));
	assert_true(format_creds("%j"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print), cmocka_unit_test(test_safe),
		cmocka_unit_test(test_json),  cmocka_unit_test(test_faults),
		cmocka_unit_test(test_creds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
