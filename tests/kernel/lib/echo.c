// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "check.h"
#include "echo.h"

void echo_works(struct nl_sock *s)
{
	static struct nl_msg m;
	const struct nlmsghdr *h;
	const struct nlattr *a;

	nl_begin(s, &m, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&m, GENL_ECHO_A_MSG, "still here?");
	assert_int_equal(nl_send(s, &m), 0);
	h = nl_recv(s);
	if (!h)
		fail_msg("no answer to an echo: %s", strerror(errno));
	assert_int_equal(h->nlmsg_type, s->family);
	assert_int_equal(h->nlmsg_seq, s->seq);
	assert_int_equal(nl_cmd(h), GENL_ECHO_CMD_ECHO);
	a = nl_attr(h, GENL_ECHO_A_MSG);
	assert_non_null(a);
	assert_string_equal(nl_data(a), "still here?");
}

void echo_stats(struct nl_sock *s, struct echo_stats *st)
{
	static struct nl_msg m;
	const struct nlmsghdr *h;
	const struct nlattr *a;
	int i;

	nl_begin(s, &m, GENL_ECHO_CMD_GET_STATS, 0);
	assert_int_equal(nl_send(s, &m), 0);
	h = nl_recv(s);
	assert_non_null(h);
	assert_int_equal(h->nlmsg_type, s->family);
	assert_int_equal(h->nlmsg_seq, s->seq);
	assert_int_equal(nl_cmd(h), GENL_ECHO_CMD_GET_STATS);
	memset(st, 0, sizeof(*st));
	for (i = GENL_ECHO_A_STAT_ECHOES; i <= GENL_ECHO_A_STAT_OVERRUNS; i++) {
		a = nl_attr(h, i);
		assert_non_null(a);
		assert_int_equal(nl_len(a), sizeof(uint64_t));
		st->n[i] = nl_u64(a);
	}
}

void echo_expect_error(struct nl_sock *s, uint32_t seq, int error,
		       struct nl_error *e)
{
	const struct nlmsghdr *h = nl_recv(s);

	if (!h)
		fail_msg("no answer: %s", strerror(errno));
	assert_int_equal(h->nlmsg_type, NLMSG_ERROR);
	assert_true(nl_error(h, e));
	assert_int_equal(h->nlmsg_seq, seq);
	assert_int_equal(e->error, -error);
}
