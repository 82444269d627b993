// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, seconds and names of errors as people type them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "errname.h"
#include "num.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

/* What stays in the place of a value when there is none. */
#define UNTOUCHED 0x5a5a5a5a5a5a5a5aULL

struct row {
	const char *text;
	int err;
	uint64_t value;
};

static const struct row numbers[] = {
	{ "0", 0, 0 },
	{ "1", 0, 1 },
	{ "007", 0, 7 },
	{ "61440", 0, 61440 },
	{ "4294967295", 0, 4294967295ULL },
	{ "4294967296", 0, 4294967296ULL },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "00000000000000000000000000001", 0, 1 },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "18446744073709551620", -ERANGE, 0 },
	{ "99999999999999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ " ", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "1\n", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "-0", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
	{ "1.0", -EINVAL, 0 },
	{ "1,000", -EINVAL, 0 },
	{ "1k", -EINVAL, 0 },
	{ "ten", -EINVAL, 0 },
	{ "99999999999999999999999999999x", -EINVAL, 0 },
	{ "\xd9\xa1", -EINVAL, 0 }, /* a digit, but Arabic */
};

static const struct row seconds[] = {
	{ "0", 0, 0 },
	{ "2", 0, 2 * NUM_NS_PER_S },
	{ "0.25", 0, 250000000 },
	{ ".5", 0, 500000000 },
	{ "1.", 0, NUM_NS_PER_S },
	{ "0.1", 0, 100000000 },
	{ "0.2", 0, 200000000 },
	{ "0.000000001", 0, 1 },
	{ "0.999999999", 0, 999999999 },
	{ "1.000000000", 0, NUM_NS_PER_S },
	{ "18446744073", 0, 18446744073ULL * NUM_NS_PER_S },
	{ "18446744073.709551615", 0, UINT64_MAX },
	{ "18446744073.709551616", -ERANGE, 0 },
	{ "18446744074", -ERANGE, 0 },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "0.0000000001", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ ".", -EINVAL, 0 },
	{ "1.2.3", -EINVAL, 0 },
	{ "1,5", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "1s", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
	{ "inf", -EINVAL, 0 },
	{ "nan", -EINVAL, 0 },
	{ "0x1p3", -EINVAL, 0 },
};

static const struct row errors[] = {
	{ "EPERM", 0, EPERM },
	{ "ENOENT", 0, ENOENT },
	{ "enospc", 0, ENOSPC },
	{ "EInVal", 0, EINVAL },
	{ "EHWPOISON", 0, EHWPOISON },
	{ "1", 0, 1 },
	{ "4095", 0, 4095 },
	{ "0", -ERANGE, 0 },
	{ "4096", -ERANGE, 0 },
	{ "4294967297", -ERANGE, 0 },
	{ "99999999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "E", -EINVAL, 0 },
	{ "NOENT", -EINVAL, 0 },
	{ "ENOENTX", -EINVAL, 0 },
	{ "ENOENT ", -EINVAL, 0 },
	{ "-2", -EINVAL, 0 },
	{ "No such file or directory", -EINVAL, 0 },
};

static void check(const struct row *r, int err, uint64_t value)
{
	if (err != r->err)
		fail_msg("'%s': %d instead of %d", r->text, err, r->err);
	if (!err && value != r->value)
		fail_msg("'%s': %llu instead of %llu", r->text,
			 (unsigned long long)value,
			 (unsigned long long)r->value);
}

static void test_numbers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint64_t v = UNTOUCHED;
		int err = num_u64(numbers[i].text, &v);

		check(&numbers[i], err, v);
		if (err)
			assert_true(v == UNTOUCHED);
	}
}

static void test_seconds(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(seconds); i++) {
		uint64_t v = UNTOUCHED;
		int err = num_seconds(seconds[i].text, &v);

		check(&seconds[i], err, v);
		if (err)
			assert_true(v == UNTOUCHED);
	}
}

static void test_errors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		uint32_t v = (uint32_t)UNTOUCHED;
		int err = errname_parse(errors[i].text, &v);

		check(&errors[i], err, v);
		if (err)
			assert_true(v == (uint32_t)UNTOUCHED);
	}
}

/* Each name of the table stands for a number that has a name, most often it. */
static void test_names(void **state)
{
	size_t i, same = 0, n;
	uint32_t v;

	(void)state;
	for (n = 0; errname_at(n); n++) {
		assert_int_equal(errname_parse(errname_at(n), &v), 0);
		assert_in_range(v, 1, 4095);
		assert_non_null(errname((int)v));
		same += !strcmp(errname((int)v), errname_at(n));
		for (i = 0; i < n; i++)
			assert_string_not_equal(errname_at(i), errname_at(n));
	}
	assert_null(errname_at(n));
	assert_null(errname_at(SIZE_MAX));
	assert_in_range(same, 130, n);
}

/* Every number that libc has a text for has a name: none was forgotten. */
static void test_complete(void **state)
{
	int i;

	(void)state;
	for (i = 1; i <= 4095; i++) {
		bool known = strncmp(strerror(i), "Unknown error", 13);

		if (known != !!errname(i))
			fail_msg("%d (%s): %s", i, strerror(i),
				 errname(i) ? errname(i) : "no name");
	}
	assert_null(errname(0));
	assert_null(errname(-1));
	assert_null(errname(512)); /* ERESTARTSYS, which no program sees */
}

static void test_text(void **state)
{
	char buf[64], small[8];

	(void)state;
	assert_string_equal(errname_text(ENODEV, buf, sizeof(buf)),
			    "No such device (ENODEV)");
	assert_ptr_equal(errname_text(1234, buf, sizeof(buf)), buf);
	assert_string_equal(buf, "error 1234");
	errname_text(ENODEV, small, sizeof(small));
	assert_string_equal(small, "No such");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	 cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_names),
		cmocka_unit_test(test_complete), cmocka_unit_test(test_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
