/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of libnlbroker share. They are linked with that, not with this folder. */
#ifndef TESTS_KERNEL_LIBRARY_H
#define TESTS_KERNEL_LIBRARY_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libnlbroker.h>

#include "check.h"

static struct nlbroker *pub, *sub, *other;
static const struct nlbroker_message *m;
static int home;

/* Each test in a network namespace, and so with a broker, of its own. */
static inline int setup(void **state)
{
	(void)state;
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return unshare(CLONE_NEWNET) || nlbroker_open(&pub) ||
	       nlbroker_open(&sub) || nlbroker_open(&other);
}

static inline int teardown(void **state)
{
	(void)state;
	nlbroker_close(pub);
	nlbroker_close(sub);
	nlbroker_close(other);
	if (setns(home, CLONE_NEWNET))
		return -1;
	return close(home);
}

#define good(expression)                                                     \
	do {                                                                 \
		int good_rc = (expression);                                  \
		if (good_rc < 0)                                             \
			fail_msg("%s: %s", #expression, strerror(-good_rc)); \
	} while (0)

static inline int say(struct nlbroker *b, const char *topic, const char *text)
{
	return nlbroker_publish(b, topic, text, strlen(text), 0);
}

static inline void expect(struct nlbroker *b, const char *topic,
			  const char *text)
{
	assert_int_equal(nlbroker_receive(b, &m, 2000), 1);
	assert_int_equal(m->kind, NLBROKER_MESSAGE);
	assert_string_equal(m->topic, topic);
	assert_int_equal(m->len, strlen(text));
	assert_memory_equal(m->payload, text, m->len);
}

static inline void expect_nothing(struct nlbroker *b)
{
	assert_int_equal(nlbroker_receive(b, &m, 0), 0);
	assert_null(m);
}

static inline void refused(struct nlbroker *b, int rc, int error,
			   const char *words)
{
	assert_int_equal(rc, -error);
	if (!strstr(nlbroker_error(b), words))
		fail_msg("no '%s' in '%s'", words, nlbroker_error(b));
}

/* Environment's SCALE, a divisor of counts: 1 if it isn't set. */
static inline int scale(void)
{
	const char *text = getenv("SCALE");
	int n = text ? atoi(text) : 1;

	return n > 0 ? n : 1;
}

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#endif
