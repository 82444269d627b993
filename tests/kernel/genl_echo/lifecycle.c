// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading and unloading: by alias, under another name, in the way of a dump and
 * of group members, and in a network namespace that is deleted. What every
 * module must stand is in ../common.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "echo.h"
#include "module.h"

#define MODULE "genl_echo"
#define ORIGINAL "gnl_foobar_xmpl"

static struct nl_sock sock;
static struct nl_msg msg;

/* True if a family of this name is registered; loads nothing. */
static bool registered(const char *name)
{
	const struct nlmsghdr *h;
	struct nl_sock s;
	bool found = false;

	assert_int_equal(nl_open(&s, NULL), 0);
	s.family = GENL_ID_CTRL;
	nl_begin(&s, &msg, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	assert_int_equal(nl_send(&s, &msg), 0);
	for (;;) {
		h = nl_recv(&s);
		assert_non_null(h);
		if (h->nlmsg_type == NLMSG_DONE)
			break;
		found |= !strcmp(nl_data(nl_attr(h, CTRL_ATTR_FAMILY_NAME)),
				 name);
	}
	nl_close(&s);
	return found;
}

/* Every test begins without the module. */
static int setup(void **state)
{
	(void)state;
	sock.fd = -1;
	return module_loaded(MODULE) ? module_unload_soon(MODULE) : 0;
}

static int teardown(void **state)
{
	(void)state;
	nl_close(&sock);
	return 0;
}

/* Whoever asks for the family by name, root or not, gets it loaded. */
static void test_autoload(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_false(registered(GENL_ECHO_GENL_NAME));
	assert_int_equal(nl_open(&sock, GENL_ECHO_GENL_NAME), 0);
	assert_true(module_loaded(MODULE));
	echo_works(&sock);
	nl_close(&sock);
	assert_int_equal(module_unload_soon(MODULE), 0);
	assert_false(module_loaded(MODULE));

	pid = fork();
	if (!pid) {
		if (setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(nl_open(&sock, GENL_ECHO_GENL_NAME) ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(module_loaded(MODULE));
}

/* A dump under way holds the module; nothing else does. */
static void test_unload_with_dump(void **state)
{
	const struct nlmsghdr *h;
	uint32_t i;

	(void)state;
	must("modprobe genl_echo");
	assert_int_equal(nl_open(&sock, GENL_ECHO_GENL_NAME), 0);
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, 2000);
	assert_int_equal(nl_send(&sock, &msg), 0);
	assert_non_null(nl_recv(&sock));
	assert_int_equal(module_unload(MODULE), -EWOULDBLOCK);
	assert_true(module_loaded(MODULE));

	/* Refused, it is as it was: the dump goes on to its end... */
	for (i = 1; i < 2000; i++) {
		h = nl_recv(&sock);
		assert_non_null(h);
		assert_int_equal(nl_u32(nl_attr(h, GENL_ECHO_A_INDEX)), i);
	}
	assert_int_equal(nl_recv(&sock)->nlmsg_type, NLMSG_DONE);
	echo_works(&sock);

	/* ...and a dump that ends with its socket lets go as well. */
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, 2000);
	assert_int_equal(nl_send(&sock, &msg), 0);
	assert_non_null(nl_recv(&sock));
	assert_int_equal(module_unload(MODULE), -EWOULDBLOCK);
	nl_close(&sock);
	assert_int_equal(module_unload_soon(MODULE), 0);
	assert_false(registered(GENL_ECHO_GENL_NAME));
}

/* Members of the group don't hold the module; they can see it go. */
static void test_unload_with_monitor(void **state)
{
	static struct nl_sock ctrl;
	const struct nlmsghdr *h;
	struct nl_error e;
	uint32_t groups[32];
	socklen_t len = sizeof(groups);
	bool gone = false;
	size_t i;

	(void)state;
	must("modprobe genl_echo");
	assert_int_equal(nl_open(&sock, GENL_ECHO_GENL_NAME), 0);
	assert_int_equal(nl_option(&sock, NETLINK_ADD_MEMBERSHIP, sock.group),
			 0);
	assert_int_equal(nl_open(&ctrl, NULL), 0);
	/* nlctrl's group "notify" has the number of the family nlctrl. */
	assert_int_equal(nl_option(&ctrl, NETLINK_ADD_MEMBERSHIP, GENL_ID_CTRL),
			 0);

	assert_int_equal(module_unload(MODULE), 0);
	while (!gone && (h = nl_recv(&ctrl)))
		gone = nl_cmd(h) == CTRL_CMD_DELFAMILY &&
		       !strcmp(nl_data(nl_attr(h, CTRL_ATTR_FAMILY_NAME)),
			       GENL_ECHO_GENL_NAME);
	assert_true(gone);
	nl_close(&ctrl);

	/* The membership ended with the group. */
	memset(groups, 0, sizeof(groups));
	assert_int_equal(getsockopt(sock.fd, 270 /* SOL_NETLINK */,
				    NETLINK_LIST_MEMBERSHIPS, groups, &len),
			 0);
	for (i = 0; i < 32; i++)
		assert_int_equal(groups[i], 0);
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "anybody?");
	assert_int_equal(nl_send(&sock, &msg), 0);
	echo_expect_error(&sock, sock.seq, ENOENT, &e);

	/* The same socket, when the module is back. */
	must("modprobe genl_echo");
	assert_int_equal(nl_lookup(&sock, GENL_ECHO_GENL_NAME), 0);
	echo_works(&sock);
	assert_true(nl_silent(&sock, 50));
}

/* What a parameter that can't be used gives, in modprobe's words. */
static void test_family_refused(void **state)
{
	static const struct {
		const char *family;
		int error;
	} rows[] = {
		{ "", EINVAL },
		{ "sixteen_letters_", ENAMETOOLONG },
		{ "nlctrl", EBUSY }, /* taken */
	};
	char command[128], out[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(command, sizeof(command),
			 "modprobe genl_echo family=%s", rows[i].family);
		if (!run_command(command, out, sizeof(out)) ||
		    !strstr(out, strerror(rows[i].error)))
			fail_msg("%s gave \"%s\" instead of %s", command, out,
				 strerror(rows[i].error));
		assert_false(module_loaded(MODULE));
	}
	must("modprobe genl_echo family=fifteen_letters");
	assert_true(registered("fifteen_letters"));
	assert_false(registered(GENL_ECHO_GENL_NAME));
}

/*
 * The exchange of the original's clients, as they make it: a buffer of 256
 * bytes for attributes, one recv() for each answer, no socket option set.
 */
static void test_original_client(void **state)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
		char buf[256];
	} req, ans;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlattr *a = (struct nlattr *)req.buf;
	static const char hello[] = "Hello World from C user program";
	const struct nlmsgerr *err;
	ssize_t n, at;
	int i, step;

	(void)state;
	must("modprobe genl_echo family=" ORIGINAL);
	assert_int_equal(nl_open(&sock, ORIGINAL), 0);
	assert_int_equal(nl_option(&sock, NETLINK_EXT_ACK, 0), 0);

	for (step = 0; step < 3; step++) {
		memset(&req, 0, sizeof(req));
		req.n.nlmsg_type = sock.family;
		req.n.nlmsg_flags = NLM_F_REQUEST |
				    (step == 2 ? NLM_F_DUMP : 0);
		req.n.nlmsg_seq = 60 + step;
		req.n.nlmsg_pid = getpid();
		req.g.cmd = step == 1 ? 2 : 1;
		req.g.version = 1;
		a->nla_type = 1;
		a->nla_len = NLA_HDRLEN + sizeof(hello);
		memcpy(a + 1, hello, sizeof(hello));
		req.n.nlmsg_len =
			NLMSG_HDRLEN + GENL_HDRLEN + NLA_ALIGN(a->nla_len);
		assert_int_equal(sendto(sock.fd, &req, req.n.nlmsg_len, 0,
					(struct sockaddr *)&kernel,
					sizeof(kernel)),
				 req.n.nlmsg_len);
		memset(&ans, 0xee, sizeof(ans));
		n = recv(sock.fd, &ans, sizeof(ans), 0);
		assert_true(n >= NLMSG_HDRLEN);
		assert_int_equal(ans.n.nlmsg_seq, 60 + step);
		switch (step) {
		case 0:
			assert_int_equal(n, req.n.nlmsg_len);
			assert_int_equal(ans.n.nlmsg_len, n);
			assert_int_equal(ans.n.nlmsg_type, sock.family);
			assert_memory_equal(&ans.g, &req.g, n - NLMSG_HDRLEN);
			break;
		case 1:
			assert_int_equal(ans.n.nlmsg_type, NLMSG_ERROR);
			err = (const struct nlmsgerr *)&ans.g;
			assert_int_equal(err->error, -EINVAL);
			assert_memory_equal(&err->msg, &req, req.n.nlmsg_len);
			break;
		case 2:
			/* Three messages and the end, in the one buffer. */
			for (at = 0, i = 0; i < 3; i++) {
				struct nlmsghdr *h =
					(void *)((char *)&ans + at);

				assert_true(at + NLMSG_HDRLEN <= n);
				assert_int_equal(h->nlmsg_type, sock.family);
				assert_true(h->nlmsg_flags & NLM_F_MULTI);
				assert_string_equal(nl_data(nl_attr(h, 1)),
						    hello);
				at += NLMSG_ALIGN(h->nlmsg_len);
			}
			ans.n = *(struct nlmsghdr *)((char *)&ans + at);
			assert_int_equal(ans.n.nlmsg_type, NLMSG_DONE);
			break;
		}
	}
}

/* A namespace that has lost its name lives until its last socket closes. */
static void test_namespace_deleted(void **state)
{
	static struct nl_sock monitor;
	const struct nlmsghdr *h;
	int home, there, i;

	(void)state;
	must("modprobe genl_echo");
	must("ip netns add echo-test");
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open("/run/netns/echo-test", O_RDONLY | O_CLOEXEC);
	assert_true(home >= 0 && there >= 0);
	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	assert_int_equal(nl_open(&sock, GENL_ECHO_GENL_NAME), 0);
	assert_int_equal(nl_open(&monitor, GENL_ECHO_GENL_NAME), 0);
	assert_int_equal(
		nl_option(&monitor, NETLINK_ADD_MEMBERSHIP, monitor.group), 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(there);
	must("ip netns del echo-test");

	for (i = 0; i < 100; i++)
		echo_works(&sock);
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "last words");
	nl_put(&msg, GENL_ECHO_A_ANNOUNCE, NULL, 0);
	assert_int_equal(nl_send(&sock, &msg), 0);
	assert_non_null(nl_recv(&sock));
	h = nl_recv(&monitor);
	assert_non_null(h);
	assert_string_equal(nl_data(nl_attr(h, GENL_ECHO_A_MSG)), "last words");

	/* The last of them closes in the middle of a dump. */
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, 100000);
	assert_int_equal(nl_send(&sock, &msg), 0);
	assert_non_null(nl_recv(&sock));
	nl_close(&monitor);
	nl_close(&sock);
	close(home);
	assert_int_equal(module_unload_soon(MODULE), 0);
}

/* Leaves the module as the other tests expect it. */
static int restore(void **state)
{
	(void)state;
	if (module_loaded(MODULE) && module_unload_soon(MODULE))
		return -1;
	return nl_open(&sock, GENL_ECHO_GENL_NAME);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest lifecycle[] = {
		T(autoload),	   T(unload_with_dump), T(unload_with_monitor),
		T(family_refused), T(original_client),	T(namespace_deleted),
	};
	int rc = check_run(lifecycle);

	return restore(NULL) ? 1 : rc;
}
