// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "refuse.h"

static struct refuse *refuse;
static struct nl_msg msg;
static unsigned int kernel;
static int klog;

static void build(const struct row *r)
{
	static char letters[65536];
	struct genlmsghdr *g;
	size_t i;

	nl_begin(&refuse->sock, &msg, r->cmd, r->flags);
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
		       a->data && (a->len <= 8 ||
				   a->len == strlen(a->data) + 1) ?
			       a->data :
			       letters,
		       a->len);
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
	const char *const words[] = {
		refuse->family, "netlink:",	"BUG",
		"WARNING",	"------------", NULL,
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
	assert_int_equal(nl_send(&refuse->sock, &msg), 0);
	if (w->error) {
		h = nl_recv(&refuse->sock);
		if (!h)
			fail_msg("no answer: %s", strerror(errno));
		assert_true(nl_error(h, &e));
		assert_int_equal(h->nlmsg_type, NLMSG_ERROR);
		assert_int_equal(h->nlmsg_seq, refuse->sock.seq);
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
	assert_true(nl_silent(&refuse->sock, w->error ? 10 : 200));
	refuse->works(&refuse->sock);
	check_log(r);
}

int refuse_open(struct refuse *r)
{
	struct utsname u;
	unsigned int a, b;
	int err;

	if (uname(&u) || sscanf(u.release, "%u.%u", &a, &b) != 2)
		return -EINVAL;
	kernel = KERNEL(a, b);
	refuse = r;
	err = nl_open(&r->sock, r->family);
	if (err)
		return err;
	/* That may have loaded the module, which is logged. */
	klog = nl_klog_open();
	return klog < 0 ? -errno : 0;
}

void refuse_tests(struct CMUnitTest *tests, const struct row *rows, size_t num)
{
	size_t i;

	for (i = 0; i < num; i++) {
		tests[i].name = rows[i].name;
		tests[i].test_func = test_row;
		tests[i].initial_state = (void *)&rows[i];
	}
}
