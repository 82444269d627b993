// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 120
 *
 * Bad requests, one a row: which errno and which words they get, that the same
 * socket works afterwards, and that the kernel's log stays as it was.
 *
 * Where a row differs between kernels, it is the netlink core that does:
 * - before 6.1 there is no NLMSGERR_ATTR_MISS_TYPE, and reserved bits are left
 *   to the family, which sees only the commands it has;
 * - on 5.10 and 6.1 the start of a dump can't give a reason;
 * - on all of them, what nla_parse() finds malformed is logged by nla_parse(),
 *   in the row's .klog.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "echo.h"

/* Tables: aligned by hand. */
/* clang-format off */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define KERNEL(a, b)	((a) * 1000 + (b))

/* Where the first attribute of a request stands. */
#define FIRST		(NLMSG_HDRLEN + GENL_HDRLEN)

struct attr {
	uint16_t	type;
	size_t		len;
	const char	*data;		/* NULL: LEN times the letter a */
	int		lie;		/* added to nla_len */
};

struct want {
	int		error;		/* 0: no answer at all */
	const char	*text;
	uint32_t	offs;		/* 0: none */
	uint32_t	miss;
	bool		policy;
};

struct row {
	const char	*name;
	uint16_t	flags;		/* besides NLM_F_REQUEST */
	uint8_t		cmd;
	uint8_t		version;
	uint16_t	reserved;
	struct attr	attrs[3];
	int		resize;		/* of the whole message, afterwards */
	int		lie;		/* added to nlmsg_len only */
	bool		no_request;	/* NLM_F_REQUEST isn't set */
	struct want	want;
	unsigned int	before;		/* on a kernel older than this... */
	struct want	old;		/* ...this */
	const char	*klog;		/* what the core may log */
};

#define ECHO		.cmd = GENL_ECHO_CMD_ECHO, .version = 1
#define DUMP		.flags = NLM_F_DUMP, ECHO
#define FAIL		.cmd = GENL_ECHO_CMD_FAIL, .version = 1
#define STATS		.cmd = GENL_ECHO_CMD_GET_STATS, .version = 1
#define MSG		{ .type = GENL_ECHO_A_MSG, .len = 4, .data = "msg" }
#define U32(t, bytes)	{ .type = GENL_ECHO_A_ ## t, .len = 4, .data = bytes }

#define NOTHING		"nothing to echo: MSG or DATA needed"
#define VALIDATION	"Attribute failed policy validation"
#define RANGE		"integer out of range"
#define LENGTH		"invalid attribute length"
#define UNKNOWN		"Unknown attribute type"
#define UNSUPPORTED	"Unsupported attribute"
#define NESTED		"NLA_F_NESTED not expected"
#define LEFTOVER	"bytes leftover after parsing attributes"
#define RESERVED	"genlmsghdr.reserved field is not 0"
#define BITS		"ambiguous or reserved bits set in nlmsg_flags"
#define VERSION		"genlmsghdr.version is not 1"
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

static struct nl_sock sock;
static struct nl_msg msg;
static unsigned int kernel;
static int klog;

static void build(const struct row *r)
{
	static char letters[65536];
	struct genlmsghdr *g;
	size_t i;

	nl_begin(&sock, &msg, r->cmd, r->flags);
	g = (struct genlmsghdr *)(msg.buf + NLMSG_HDRLEN);
	g->version = r->version;
	g->reserved = r->reserved;
	for (i = 0; i < ARRAY_SIZE(r->attrs); i++) {
		const struct attr *a = &r->attrs[i];
		struct nlattr *nla = (struct nlattr *)(msg.buf + msg.len);

		if (!a->type && !a->len)
			break;
		memset(letters, 'a', sizeof(letters));
		if (a->data && a->len > strlen(a->data) + 1)
			strcpy(letters, a->data);
		nl_put(&msg, a->type,
		       a->data && a->len <= 8 ? a->data : letters, a->len);
		nla->nla_len += a->lie;
	}
	memset(msg.buf + msg.len, 0xff, 8);
	msg.len += r->resize;
	msg.h.nlmsg_len = msg.len + r->lie;
	if (r->no_request)
		msg.h.nlmsg_flags &= ~NLM_F_REQUEST;
}

static void check_log(const struct row *r)
{
	static const char *const words[] = {
		"genl_echo", "netlink:", "BUG", "WARNING", "------------", NULL,
	};
	char line[512];

	if (!nl_klog_count(klog, words, line, sizeof(line)))
		return;
	if (!r->klog || !strstr(line, r->klog))
		fail_msg("this made the kernel log: %s", line);
}

static void test_row(void **state)
{
	const struct row *r = *state;
	const struct want *w = kernel < r->before ? &r->old : &r->want;
	const struct nlmsghdr *h;
	struct nl_error e;

	build(r);
	assert_int_equal(nl_send(&sock, &msg), 0);
	if (w->error) {
		h = nl_recv(&sock);
		if (!h)
			fail_msg("no answer: %s", strerror(errno));
		assert_true(nl_error(h, &e));
		assert_int_equal(h->nlmsg_type, NLMSG_ERROR);
		assert_int_equal(h->nlmsg_seq, sock.seq);
		if (e.error != -w->error)
			fail_msg("error %d (%s) instead of %d (%s); text: %s",
				 -e.error, strerror(-e.error), w->error,
				 strerror(w->error), e.text ? e.text : "none");
		if (!w->text != !e.text || (e.text && strcmp(e.text, w->text)))
			fail_msg("text \"%s\" instead of \"%s\"",
				 e.text ? e.text : "none",
				 w->text ? w->text : "none");
		assert_int_equal(e.has_offs, w->offs != 0);
		assert_int_equal(e.offs, w->offs);
		assert_int_equal(e.has_miss, w->miss != 0);
		assert_int_equal(e.miss, w->miss);
		assert_int_equal(e.has_policy, w->policy);
	}
	assert_true(nl_silent(&sock, w->error ? 10 : 200));
	echo_works(&sock);
	check_log(r);
}

/* What looks odd and is right: the padding of the last attribute is missing. */
static void test_unpadded(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put(&msg, GENL_ECHO_A_DATA, "x", 1);
	msg.len -= 3;
	msg.h.nlmsg_len = msg.len;
	assert_int_equal(nl_send(&sock, &msg), 0);
	h = nl_recv(&sock);
	assert_non_null(h);
	assert_int_equal(h->nlmsg_type, sock.family);
	assert_int_equal(nl_len(nl_attr(h, GENL_ECHO_A_DATA)), 1);
}

/* The same attribute twice: the last counts, as with every netlink family. */
static void test_twice(void **state)
{
	const struct nlmsghdr *h;

	(void)state;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "one");
	nl_put_str(&msg, GENL_ECHO_A_MSG, "two");
	assert_int_equal(nl_send(&sock, &msg), 0);
	h = nl_recv(&sock);
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
	struct utsname u;
	unsigned int a, b;
	size_t i;

	if (uname(&u) || sscanf(u.release, "%u.%u", &a, &b) != 2)
		return 1;
	kernel = KERNEL(a, b);
	klog = nl_klog_open();
	if (klog < 0 || nl_open(&sock, GENL_ECHO_GENL_NAME)) {
		printf("Bail out! no kernel log, or no family\n");
		return 1;
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		tests[i].name = rows[i].name;
		tests[i].test_func = test_row;
		tests[i].initial_state = (void *)&rows[i];
	}
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_unpadded);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_twice);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(test_unprivileged);
	return check_run(tests);
}
