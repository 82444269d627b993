// SPDX-License-Identifier: GPL-2.0-or-later
/* The number of af_myproto's family, as its parameter's file has it, or its sockets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "family.h"

static int read_text(const char *text)
{
	char path[] = "/tmp/family.XXXXXX";
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "%s", text), (int)strlen(text));
	rc = family_read(path);
	close(fd);
	unlink(path);
	return rc;
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(read_text("45\n"), 45);
	assert_int_equal(read_text("19"), 19);
	assert_int_equal(read_text("255\n"), 255);
}

static void test_none(void **state)
{
	static const char *const texts[] = {
		"",  "\n",  "0\n", "-1\n",    "45x\n",
		"x", " 45", "256", "4500000", "99999999999999999999999",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i]), -ENOENT);
	assert_int_equal(family_read("/nonexistent/family"), -ENOENT);
	assert_int_equal(family_read("/"), -ENOENT);
}

static void test_protocol(void **state)
{
	int tcp = socket(AF_INET, SOCK_STREAM, 0), pipes[2];

	(void)state;
	assert_true(tcp >= 0);
	assert_true(family_protocol_is(tcp, "TCP"));
	assert_false(family_protocol_is(tcp, "TC"));
	assert_false(family_protocol_is(tcp, "TCPv6"));
	assert_false(family_protocol_is(tcp, "MYPROTO"));
	assert_false(family_protocol_is(tcp, ""));
	assert_int_equal(pipe(pipes), 0);
	assert_false(family_protocol_is(pipes[0], "TCP"));
	assert_false(family_protocol_is(pipes[0], ""));
	close(pipes[0]);
	close(pipes[1]);
	close(tcp);
	assert_false(family_protocol_is(tcp, "TCP"));
	assert_false(family_protocol_is(-1, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_protocol),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
