/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of genl_echo share. */
#ifndef TESTS_KERNEL_ECHO_H
#define TESTS_KERNEL_ECHO_H

#include <sockmods/genl_echo.h>

#include "nl.h"

/* All counters, by attribute. */
struct echo_stats {
	uint64_t n[GENL_ECHO_A_MAX + 1];
};

/* Fails the running test unless a plain echo on this socket works. */
void echo_works(struct nl_sock *s);

/* Reads the counters, or fails the running test. */
void echo_stats(struct nl_sock *s, struct echo_stats *st);

/* Fails the running test unless the next message is an error like this one. */
void echo_expect_error(struct nl_sock *s, uint32_t seq, int error,
		       struct nl_error *e);

#endif
