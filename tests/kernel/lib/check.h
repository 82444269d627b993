/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with what it wants included before it, and its output set to TAP. */
#ifndef TESTS_KERNEL_CHECK_H
#define TESTS_KERNEL_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Runs the array TESTS, in a program whose output is TAP. */
#define check_run(tests)                           \
	(setvbuf(stdout, NULL, _IOLBF, 0),         \
	 cmocka_set_message_output(CM_OUTPUT_TAP), \
	 cmocka_run_group_tests(tests, NULL, NULL))

#endif
