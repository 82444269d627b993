// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics of round trips. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rtt.h"

/* Equal to within a millionth of what is expected. */
static void assert_near(double is, double want)
{
	if (!(fabs(is - want) <= fabs(want) * 1e-6))
		fail_msg("%.9g instead of %.9g", is, want);
}

static void test_none(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	assert_true(rtt_mdev(&rtt) == 0);
}

static void test_one(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	rtt_add(&rtt, 1234);
	assert_true(rtt.count == 1 && rtt.min == 1234 && rtt.max == 1234);
	assert_near(rtt.mean, 1234);
	assert_true(rtt_mdev(&rtt) == 0);
}

static void test_some(void **state)
{
	static const uint64_t ns[] = { 4, 2, 4, 7, 5, 5, 9, 4 };
	struct rtt rtt = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ns) / sizeof(*ns); i++)
		rtt_add(&rtt, ns[i]);
	assert_true(rtt.count == 8 && rtt.min == 2 && rtt.max == 9);
	assert_near(rtt.mean, 5);
	assert_near(rtt_mdev(&rtt), 2); /* of the population, as ping's */
}

/* A round trip of 0 ns is one, and the least. */
static void test_zero(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	rtt_add(&rtt, 10);
	rtt_add(&rtt, 0);
	assert_true(rtt.count == 2 && rtt.min == 0 && rtt.max == 10);
	assert_near(rtt.mean, 5);
	assert_near(rtt_mdev(&rtt), 5);
}

/* Days long and a nanosecond apart: a sum of squares would have lost that. */
static void test_digits(void **state)
{
	const uint64_t days = 3 * 86400 * 1000000000ULL;
	struct rtt rtt = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		rtt_add(&rtt, days + (i & 1 ? 100 : 0));
	assert_true(rtt.min == days && rtt.max == days + 100);
	assert_near(rtt.mean, (double)days);
	assert_in_range((uint64_t)rtt_mdev(&rtt), 48, 52);
}

static void test_longest(void **state)
{
	struct rtt rtt = { 0 };

	(void)state;
	rtt_add(&rtt, UINT64_MAX);
	rtt_add(&rtt, UINT64_MAX);
	assert_true(rtt.min == UINT64_MAX && rtt.max == UINT64_MAX);
	assert_near(rtt.mean, 18446744073709551615.0);
	assert_true(rtt_mdev(&rtt) == 0);
}

static void test_clock(void **state)
{
	uint64_t last = rtt_now();
	int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		uint64_t now = rtt_now();

		assert_true(now >= last);
		last = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),   cmocka_unit_test(test_one),
		cmocka_unit_test(test_some),   cmocka_unit_test(test_zero),
		cmocka_unit_test(test_digits), cmocka_unit_test(test_longest),
		cmocka_unit_test(test_clock),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
