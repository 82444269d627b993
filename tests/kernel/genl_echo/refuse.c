// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Bad requests to genl_echo: see lib/refuse.h.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "echo.h"
#include "refuse.h"

/* Tables: aligned by hand. */
/* clang-format off */
#define ECHO		.cmd = GENL_ECHO_CMD_ECHO, .version = 1
#define DUMP		.flags = NLM_F_DUMP, ECHO
#define FAIL		.cmd = GENL_ECHO_CMD_FAIL, .version = 1
#define STATS		.cmd = GENL_ECHO_CMD_GET_STATS, .version = 1
#define MSG		{ .type = GENL_ECHO_A_MSG, .len = 4, .data = "msg" }
#define U32(t, bytes)	{ .type = GENL_ECHO_A_ ## t, .len = 4, .data = bytes }

#define NOTHING		"nothing to echo: MSG or DATA needed"
#define FOR_DUMP	"COUNT is for a dump (NLM_F_DUMP)"
#define NOT_FOR_DUMP	"DATA and ANNOUNCE are not for a dump"

static const struct row rows[] = {
	/* Nothing to do, or not for this command. */
	{ "ECHO without an attribute", ECHO,
	  .want = { EINVAL, NOTHING, .miss = GENL_ECHO_A_MSG },
	  .before = KERNEL(6, 1), .old = { EINVAL, NOTHING } },
	{ "ECHO with ANNOUNCE alone", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_ANNOUNCE } },
	  .want = { EINVAL, NOTHING, .miss = GENL_ECHO_A_MSG },
	  .before = KERNEL(6, 1), .old = { EINVAL, NOTHING } },
	{ "COUNT in an ECHO that isn't a dump", ECHO,
	  .attrs = { MSG, U32(COUNT, "\3\0\0\0") },
	  .want = { EINVAL, FOR_DUMP, .offs = FIRST + 8 } },
	{ "COUNT alone in an ECHO that isn't a dump", ECHO,
	  .attrs = { U32(COUNT, "\3\0\0\0") },
	  .want = { EINVAL, FOR_DUMP, .offs = FIRST } },
	{ "DATA in a dump", DUMP,
	  .attrs = { MSG, { .type = GENL_ECHO_A_DATA, .len = 3 } },
	  .want = { EINVAL, NOT_FOR_DUMP, .offs = FIRST + 8 },
	  .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "ANNOUNCE in a dump", DUMP,
	  .attrs = { { .type = GENL_ECHO_A_ANNOUNCE } },
	  .want = { EINVAL, NOT_FOR_DUMP, .offs = FIRST },
	  .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "FAIL with DATA", FAIL,
	  .attrs = { { .type = GENL_ECHO_A_DATA, .len = 3 } },
	  .want = { EINVAL, UNSUPPORTED, .offs = FIRST } },
	{ "FAIL with ANNOUNCE", FAIL,
	  .attrs = { { .type = GENL_ECHO_A_ANNOUNCE } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST } },
	{ "GET_STATS with MSG", STATS, .attrs = { MSG },
	  .want = { EINVAL, UNSUPPORTED, .offs = FIRST } },
	{ "GET_STATS with STAT_ECHOES", STATS,
	  .attrs = { { .type = GENL_ECHO_A_STAT_ECHOES, .len = 8 } },
	  .want = { EINVAL, UNSUPPORTED, .offs = FIRST } },

	/* Attributes that nobody has. */
	{ "unknown attribute", ECHO, .attrs = { MSG, { .type = 999, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "unknown attribute, the next free number", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_MAX + 1, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST } },
	{ "unknown attribute in GET_STATS", STATS,
	  .attrs = { { .type = GENL_ECHO_A_MAX + 1, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST } },
	{ "unknown attribute in a dump", DUMP,
	  .attrs = { { .type = 999, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST } },
	{ "attribute 0", ECHO, .attrs = { MSG, { .type = 0, .len = 4 } },
	  .want = { EINVAL, UNKNOWN, .offs = FIRST + 8 } },
	{ "INDEX in a request", ECHO, .attrs = { MSG, U32(INDEX, "\0\0\0\0") },
	  .want = { EINVAL, UNSUPPORTED, .offs = FIRST + 8 } },
	{ "ERRNO in an ECHO", ECHO, .attrs = { MSG, U32(ERRNO, "\1\0\0\0") },
	  .want = { EINVAL, UNSUPPORTED, .offs = FIRST + 8 } },

	/* Values. */
	{ "MSG without NUL", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_MSG, .len = 5 } },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "MSG without a byte", ECHO, .attrs = { { .type = GENL_ECHO_A_MSG } },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "MSG too long by one", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_MSG, .len = GENL_ECHO_MSG_MAX + 1 } },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "MSG too long behind its NUL", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_MSG, .len = GENL_ECHO_MSG_MAX + 2,
		       .data = "short" } },
	  .want = { ERANGE, VALIDATION, .offs = FIRST, .policy = true } },
	{ "MSG without NUL in a FAIL", FAIL,
	  .attrs = { { .type = GENL_ECHO_A_MSG, .len = 5 } },
	  .want = { EINVAL, VALIDATION, .offs = FIRST, .policy = true } },
	{ "DATA too long by one", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_DATA, .len = GENL_ECHO_DATA_MAX + 1 } },
	  .want = { ERANGE, VALIDATION, .offs = FIRST, .policy = true } },
	{ "DATA of all that an attribute can hold", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_DATA, .len = 65535 - NLA_HDRLEN } },
	  .want = { ERANGE, VALIDATION, .offs = FIRST, .policy = true } },
	{ "ANNOUNCE with a payload", ECHO,
	  .attrs = { MSG, { .type = GENL_ECHO_A_ANNOUNCE, .len = 1 } },
	  .want = { ERANGE, VALIDATION, .offs = FIRST + 8, .policy = true } },
	{ "COUNT 0", DUMP, .attrs = { U32(COUNT, "\0\0\0\0") },
	  .want = { ERANGE, RANGE, .offs = FIRST, .policy = true } },
	{ "COUNT too high by one", DUMP,	/* 1,000,001 */
	  .attrs = { U32(COUNT, "\x41\x42\x0f\0") },
	  .want = { ERANGE, RANGE, .offs = FIRST, .policy = true } },
	{ "COUNT of all ones", DUMP, .attrs = { U32(COUNT, "\377\377\377\377") },
	  .want = { ERANGE, RANGE, .offs = FIRST, .policy = true } },
	{ "COUNT of 2 bytes", DUMP,
	  .attrs = { { .type = GENL_ECHO_A_COUNT, .len = 2, .data = "\3" } },
	  .want = { EINVAL, LENGTH, .offs = FIRST, .policy = true },
	  .klog = "has an invalid length" },
	{ "COUNT of 8 bytes", DUMP,
	  .attrs = { { .type = GENL_ECHO_A_COUNT, .len = 8, .data = "\3\0\0\0\0\0\0" } },
	  .want = { EINVAL, LENGTH, .offs = FIRST, .policy = true },
	  .klog = "has an invalid length" },
	{ "ERRNO 0", FAIL, .attrs = { U32(ERRNO, "\0\0\0\0") },
	  .want = { ERANGE, RANGE, .offs = FIRST, .policy = true } },
	{ "ERRNO 4096", FAIL, .attrs = { U32(ERRNO, "\0\x10\0\0") },
	  .want = { ERANGE, RANGE, .offs = FIRST, .policy = true } },
	{ "ERRNO that is negative", FAIL,
	  .attrs = { MSG, U32(ERRNO, "\352\377\377\377") },
	  .want = { ERANGE, RANGE, .offs = FIRST + 8, .policy = true } },
	{ "ERRNO of 1 byte", FAIL,
	  .attrs = { { .type = GENL_ECHO_A_ERRNO, .len = 1, .data = "" } },
	  .want = { EINVAL, LENGTH, .offs = FIRST, .policy = true },
	  .klog = "has an invalid length" },

	/* Structure. */
	{ "MSG said to be nested", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_MSG | NLA_F_NESTED, .len = 4,
		       .data = "msg" } },
	  .want = { EINVAL, NESTED, .offs = FIRST, .policy = true } },
	{ "nest with garbage inside", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_DATA | NLA_F_NESTED, .len = 8,
		       .data = "\377\377\377\377\377\377\377" } },
	  .want = { EINVAL, NESTED, .offs = FIRST, .policy = true } },
	{ "nest that is cut off", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_DATA | NLA_F_NESTED, .len = 8,
		       .lie = 4 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "attribute that runs past the message", ECHO,
	  .attrs = { MSG, { .type = GENL_ECHO_A_DATA, .len = 8, .lie = 1 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "attribute of 65,535 bytes that has 8", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_DATA, .len = 8,
		       .lie = 65535 - NLA_HDRLEN - 8 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "attribute shorter than its own header", ECHO,
	  .attrs = { MSG, { .type = GENL_ECHO_A_DATA, .lie = -1 } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "attribute of length 0", ECHO,
	  .attrs = { { .type = GENL_ECHO_A_DATA, .lie = -NLA_HDRLEN } },
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "3 bytes behind the last attribute", ECHO, .attrs = { MSG }, .resize = 3,
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "1 byte instead of attributes", ECHO, .resize = 1,
	  .want = { EINVAL, LEFTOVER }, .klog = LEFTOVER },
	{ "genlmsghdr cut by 1", ECHO, .resize = -1, .want = { EINVAL } },
	{ "genlmsghdr missing", ECHO, .resize = -4, .want = { EINVAL } },
	{ "nlmsghdr cut by 1", ECHO, .resize = -5, .want = { 0 } },
	{ "4 bytes and no more", ECHO, .resize = -16, .want = { 0 } },
	{ "nlmsg_len less than a header", ECHO, .lie = -5, .want = { 0 } },
	{ "nlmsg_len more than there is", ECHO, .attrs = { MSG }, .lie = 1,
	  .want = { 0 } },
	{ "not a request", ECHO, .attrs = { MSG }, .no_request = true,
	  .want = { 0 } },

	/* Headers. */
	{ "version 0", .cmd = GENL_ECHO_CMD_ECHO, .attrs = { MSG },
	  .want = { EINVAL, VERSION } },
	{ "version 2", .cmd = GENL_ECHO_CMD_ECHO, .version = 2, .attrs = { MSG },
	  .want = { EINVAL, VERSION } },
	{ "version 2 of FAIL", .cmd = GENL_ECHO_CMD_FAIL, .version = 2,
	  .want = { EINVAL, VERSION } },
	{ "version 255 of GET_STATS", .cmd = GENL_ECHO_CMD_GET_STATS,
	  .version = 255, .want = { EINVAL, VERSION } },
	{ "version 2 of a dump", .flags = NLM_F_DUMP, .cmd = GENL_ECHO_CMD_ECHO,
	  .version = 2, .want = { EINVAL, VERSION },
	  .before = KERNEL(6, 6), .old = { EINVAL } },
	{ "reserved is 1", ECHO, .reserved = 1, .attrs = { MSG },
	  .want = { EINVAL, RESERVED } },
	{ "reserved is 0x8000 in GET_STATS", STATS, .reserved = 0x8000,
	  .want = { EINVAL, RESERVED } },
	{ "reserved is 1 in a dump", DUMP, .reserved = 1,
	  .want = { EINVAL, RESERVED },
	  .before = KERNEL(6, 1), .old = { EINVAL } },
	{ "reserved is 1 in an unknown command", .cmd = 200, .version = 1,
	  .reserved = 1, .want = { EINVAL, RESERVED },
	  .before = KERNEL(6, 1), .old = { EOPNOTSUPP } },
	{ "NLM_F_ROOT without NLM_F_MATCH", ECHO, .flags = NLM_F_ROOT,
	  .attrs = { MSG }, .want = { EINVAL, BITS } },
	{ "NLM_F_CREATE", ECHO, .flags = NLM_F_CREATE, .attrs = { MSG },
	  .want = { EINVAL, BITS } },
	{ "a flag that doesn't exist", ECHO, .flags = 0x8000, .attrs = { MSG },
	  .want = { EINVAL, BITS } },
	{ "NLM_F_MULTI", FAIL, .flags = NLM_F_MULTI, .want = { EINVAL, BITS } },
	{ "NLM_F_ATOMIC with a dump", ECHO, .flags = NLM_F_DUMP | NLM_F_ATOMIC,
	  .want = { EINVAL, BITS },
	  .before = KERNEL(6, 1), .old = { EINVAL } },

	/* Commands. */
	{ "command 0", .version = 1, .want = { EOPNOTSUPP } },
	{ "EVENT as a request", .cmd = GENL_ECHO_CMD_EVENT, .version = 1,
	  .attrs = { MSG }, .want = { EOPNOTSUPP } },
	{ "unknown command", .cmd = 200, .version = 1, .want = { EOPNOTSUPP } },
	{ "dump of an unknown command", .flags = NLM_F_DUMP, .cmd = 200,
	  .version = 1, .want = { EOPNOTSUPP } },
	{ "dump of FAIL", FAIL, .flags = NLM_F_DUMP, .want = { EOPNOTSUPP } },
	{ "dump of GET_STATS", STATS, .flags = NLM_F_DUMP,
	  .want = { EOPNOTSUPP } },
};
/* clang-format on */

static struct refuse refuse = {
	.family = GENL_ECHO_GENL_NAME,
	.works = echo_works,
};
static struct nl_msg msg;

/* What looks odd and is right: the padding of the last attribute is missing. */
static void test_unpadded(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	nl_begin(&refuse.sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put(&msg, GENL_ECHO_A_DATA, "x", 1);
	msg.len -= 3;
	msg.h.nlmsg_len = msg.len;
	assert_int_equal(nl_send(&refuse.sock, &msg), 0);
	h = nl_recv(&refuse.sock);
	assert_non_null(h);
	assert_int_equal(h->nlmsg_type, refuse.sock.family);
	assert_int_equal(nl_len(nl_attr(h, GENL_ECHO_A_DATA)), 1);
}

/* The same attribute twice: the last counts, as with every netlink family. */
static void test_twice(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	nl_begin(&refuse.sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "one");
	nl_put_str(&msg, GENL_ECHO_A_MSG, "two");
	assert_int_equal(nl_send(&refuse.sock, &msg), 0);
	h = nl_recv(&refuse.sock);
	assert_non_null(h);
	assert_string_equal(nl_data(nl_attr(h, GENL_ECHO_A_MSG)), "two");
}

/* A child without any privilege, in a user namespace of its own or not. */
static int unprivileged(int flags)
{
	static const uint8_t cmds[] = {
		GENL_ECHO_CMD_ECHO,
		GENL_ECHO_CMD_FAIL,
		GENL_ECHO_CMD_GET_STATS,
	};
	struct nl_sock s;
	int status;
	size_t i;
	pid_t pid;

	pid = fork();
	if (pid) {
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			return -1;
		return WEXITSTATUS(status);
	}
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		_exit(1);
	if (flags && unshare(flags))
		_exit(2);
	if (nl_open(&s, GENL_ECHO_GENL_NAME))
		_exit(3);
	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		const struct nlmsghdr *h;
		struct nl_error e;

		nl_begin(&s, &msg, cmds[i], 0);
		if (cmds[i] != GENL_ECHO_CMD_GET_STATS)
			nl_put_str(&msg, GENL_ECHO_A_MSG, "nobody");
		if (nl_send(&s, &msg))
			_exit(4);
		h = nl_recv(&s);
		if (!h)
			_exit(5);
		if (cmds[i] == GENL_ECHO_CMD_FAIL ?
			    !nl_error(h, &e) || e.error != -EINVAL || !e.text ||
				    strcmp(e.text, "nobody") :
			    h->nlmsg_type != s.family)
			_exit(6);
	}
	nl_begin(&s, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	if (nl_send(&s, &msg) || nl_recv(&s)->nlmsg_type != s.family)
		_exit(7);
	if (nl_option(&s, NETLINK_ADD_MEMBERSHIP, s.group))
		_exit(8);
	_exit(0);
}

static void test_unprivileged(void **state)
{
	(void)state;
	assert_int_equal(unprivileged(0), 0);
	assert_int_equal(unprivileged(CLONE_NEWUSER | CLONE_NEWNET), 0);
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_SIZE(rows) + 3];
	size_t i = ARRAY_SIZE(rows);

	if (refuse_open(&refuse)) {
		printf("Bail out! no kernel log, or no family\n");
		return 1;
	}
	refuse_tests(tests, rows, i);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_unpadded);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_twice);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_unprivileged);
	return check_run(tests);
}
