// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys and ports as people type them for ulp-caesar, and as its preload object
 * reads them from the environment.
 *
 * sources: tools/ulp-caesar/settings.c
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/ulp-caesar/settings.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define UNTOUCHED 0x5a5a5a5a

static const struct {
	const char *text;
	int err;
	uint32_t tx;
	uint32_t rx;
} keys[] = {
	{ "0", 0, 0, 0 },
	{ "3", 0, 3, 3 },
	{ "003", 0, 3, 3 },
	{ "259", 0, 259, 259 },
	{ "-1", 0, UINT32_MAX, UINT32_MAX },
	{ "-0", 0, 0, 0 },
	{ "-2147483648", 0, 1U << 31, 1U << 31 },
	{ "4294967295", 0, UINT32_MAX, UINT32_MAX },
	{ "1:2", 0, 1, 2 },
	{ "0:0", 0, 0, 0 },
	{ "-3:4294967295", 0, UINT32_MAX - 2, UINT32_MAX },
	{ "4294967295:-2147483648", 0, UINT32_MAX, 1U << 31 },
	{ "4294967296", -ERANGE, 0, 0 },
	{ "-2147483649", -ERANGE, 0, 0 },
	{ "1:4294967296", -ERANGE, 0, 0 },
	{ "99999999999999999999999999", -ERANGE, 0, 0 },
	{ "", -EINVAL, 0, 0 },
	{ ":", -EINVAL, 0, 0 },
	{ "1:", -EINVAL, 0, 0 },
	{ ":1", -EINVAL, 0, 0 },
	{ "1:2:3", -EINVAL, 0, 0 },
	{ "1,2", -EINVAL, 0, 0 },
	{ "-", -EINVAL, 0, 0 },
	{ "--1", -EINVAL, 0, 0 },
	{ "+1", -EINVAL, 0, 0 },
	{ " 1", -EINVAL, 0, 0 },
	{ "1 ", -EINVAL, 0, 0 },
	{ "1\n", -EINVAL, 0, 0 },
	{ "0x3", -EINVAL, 0, 0 },
	{ "a", -EINVAL, 0, 0 },
};

static const struct {
	const char *text;
	int err;
	unsigned int count;
	uint16_t first; /* of the last range */
	uint16_t last;
} ports[] = {
	{ "1", 0, 1, 1, 1 },
	{ "65535", 0, 1, 65535, 65535 },
	{ "80,443", 0, 2, 443, 443 },
	{ "8000-8100", 0, 1, 8000, 8100 },
	{ "22,8000-8000", 0, 2, 8000, 8000 },
	{ "1-65535", 0, 1, 1, 65535 },
	{ "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,"
	  "26,27,28,29,30,31,32",
	  0, 32, 32, 32 },
	{ "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,"
	  "26,27,28,29,30,31,32,33",
	  -E2BIG, 0, 0, 0 },
	{ "0", -ERANGE, 0, 0, 0 },
	{ "65536", -ERANGE, 0, 0, 0 },
	{ "5-4", -ERANGE, 0, 0, 0 },
	{ "0-4", -ERANGE, 0, 0, 0 },
	{ "", -EINVAL, 0, 0, 0 },
	{ ",", -EINVAL, 0, 0, 0 },
	{ "80,", -EINVAL, 0, 0, 0 },
	{ ",80", -EINVAL, 0, 0, 0 },
	{ "80-", -EINVAL, 0, 0, 0 },
	{ "-80", -EINVAL, 0, 0, 0 },
	{ "80-90-100", -EINVAL, 0, 0, 0 },
	{ "80 ", -EINVAL, 0, 0, 0 },
	{ "http", -EINVAL, 0, 0, 0 },
};

static void test_keys(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		struct caesar_key k = { UNTOUCHED, UNTOUCHED };
		int err = settings_key(keys[i].text, &k);

		if (err != keys[i].err)
			fail_msg("'%s': %d", keys[i].text, err);
		if (err)
			assert_true(k.tx == UNTOUCHED && k.rx == UNTOUCHED);
		else if (k.tx != keys[i].tx || k.rx != keys[i].rx)
			fail_msg("'%s': %u, %u", keys[i].text, k.tx, k.rx);
	}
}

static void test_ports(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		struct settings_ports p = {};
		int err = settings_ports(ports[i].text, &p);
		const unsigned int n = p.count - 1;

		if (err != ports[i].err)
			fail_msg("'%s': %d", ports[i].text, err);
		if (err)
			continue;
		if (p.count != ports[i].count ||
		    p.range[n].first != ports[i].first ||
		    p.range[n].last != ports[i].last)
			fail_msg("'%s': %u ranges", ports[i].text, p.count);
	}
}

static void test_has_port(void **state)
{
	struct settings_ports p = {};
	unsigned int port, n = 0;

	(void)state;
	for (port = 0; port <= UINT16_MAX; port++)
		assert_true(settings_has_port(&p, (uint16_t)port));
	assert_int_equal(settings_ports("22", &p), 0);
	assert_int_equal(settings_ports("100-199,150-209,65535", &p), 0);
	for (port = 0; port <= UINT16_MAX; port++)
		n += settings_has_port(&p, (uint16_t)port);
	assert_int_equal(n, 1 + 110 + 1);
	assert_true(settings_has_port(&p, 22) && settings_has_port(&p, 100) &&
		    settings_has_port(&p, 209) && settings_has_port(&p, 65535));
	assert_false(settings_has_port(&p, 0) || settings_has_port(&p, 99) ||
		     settings_has_port(&p, 210) || settings_has_port(&p, 23));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_has_port),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
