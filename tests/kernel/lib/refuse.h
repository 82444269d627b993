/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
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
#ifndef TESTS_KERNEL_REFUSE_H
#define TESTS_KERNEL_REFUSE_H

#include "check.h"
#include "nl.h"

/* Tables: aligned by hand. */
/* clang-format off */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))
#define KERNEL(a, b)	((a) * 1000 + (b))

/* What the netlink core says; of the last three not every kernel's does. */
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

/* Where the first attribute of a request stands. */
#define FIRST		(NLMSG_HDRLEN + GENL_HDRLEN)

struct attr {
	uint16_t	type;
	size_t		len;
	const char	*data;		/* NULL: LEN times the letter a; over 8
					   bytes: a string, and then those */
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

struct refuse {
	const char	*family;
	struct nl_sock	sock;
	void		(*works)(struct nl_sock *s);	/* fails if it doesn't */
};
/* clang-format on */

/* Opens the socket, and the kernel's log. 0 or -errno. */
int refuse_open(struct refuse *r);

/* Makes tests of rows. */
void refuse_tests(struct CMUnitTest *tests, const struct row *rows, size_t num);

#endif
