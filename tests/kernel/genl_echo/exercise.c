// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything that can be done with genl_echo, once: see lib/exercise.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "echo.h"
#include "exercise.h"

static struct nl_sock sock, listener;
static struct nl_msg msg;

/* A socket that knows the family, for as long as DO takes. */
static int with_socket(int (*what)(void))
{
	int err = nl_open(&sock, GENL_ECHO_GENL_NAME);

	if (err)
		return err;
	err = what();
	nl_close(&sock);
	return err;
}

/* Sends msg; the answer must be a message of this command. */
static int ask(uint8_t cmd, const struct nlmsghdr **answer)
{
	int err = nl_send(&sock, &msg);
	struct nl_error e;

	if (err)
		return err;
	*answer = nl_recv(&sock);
	if (!*answer)
		return -errno;
	if (nl_error(*answer, &e))
		return e.error;
	return nl_cmd(*answer) == cmd ? 0 : -EBADMSG;
}

static int do_nothing(void)
{
	return 0;
}

static int open_close(void)
{
	return with_socket(do_nothing);
}

static int do_echo(void)
{
	static uint8_t data[GENL_ECHO_DATA_MAX];
	const struct nlmsghdr *h;
	int err;

	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "hello");
	nl_put(&msg, GENL_ECHO_A_DATA, data, sizeof(data));
	err = ask(GENL_ECHO_CMD_ECHO, &h);
	if (err)
		return err;
	if (!nl_attr(h, GENL_ECHO_A_DATA) ||
	    nl_len(nl_attr(h, GENL_ECHO_A_DATA)) != sizeof(data))
		return -EBADMSG;
	return 0;
}

static int echo(void)
{
	return with_socket(do_echo);
}

/* An event that finds no memory is lost, which is counted, and not waited for. */
static int do_announce(void)
{
	const struct nlmsghdr *h;
	int err = nl_open(&listener, GENL_ECHO_GENL_NAME);

	if (err)
		return err;
	err = nl_option(&listener, NETLINK_ADD_MEMBERSHIP, listener.group);
	if (err)
		goto out;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, 0);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "hello, all");
	nl_put(&msg, GENL_ECHO_A_ANNOUNCE, NULL, 0);
	err = ask(GENL_ECHO_CMD_ECHO, &h);
	if (err)
		goto out;
	if (nl_silent(&listener, 0)) {
		err = -ENOBUFS;
		goto out;
	}
	h = nl_recv(&listener);
	if (!h)
		err = -errno;
	else if (nl_cmd(h) != GENL_ECHO_CMD_EVENT)
		err = -EBADMSG;
out:
	nl_close(&listener);
	return err;
}

static int announce(void)
{
	return with_socket(do_announce);
}

/* Long enough for several buffers. */
static int do_dump(void)
{
	enum { COUNT = 300 };
	const struct nlmsghdr *h;
	struct nl_error e;
	uint32_t n = 0;
	int err;

	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "again and again");
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, COUNT);
	err = ask(GENL_ECHO_CMD_ECHO, &h);
	while (!err) {
		n++;
		h = nl_recv(&sock);
		if (!h)
			return -errno;
		if (nl_error(h, &e))
			return e.error ? e.error : n == COUNT ? 0 : -EBADMSG;
	}
	return err;
}

static int dump(void)
{
	return with_socket(do_dump);
}

static int do_fail(void)
{
	const struct nlmsghdr *h;
	int err;

	nl_begin(&sock, &msg, GENL_ECHO_CMD_FAIL, 0);
	nl_put_u32(&msg, GENL_ECHO_A_ERRNO, ENOTTY);
	nl_put_str(&msg, GENL_ECHO_A_MSG, "not a typewriter");
	err = ask(GENL_ECHO_CMD_FAIL, &h);
	return err == -ENOTTY ? 0 : err ? err : -EBADMSG;
}

static int fail(void)
{
	return with_socket(do_fail);
}

static int do_stats(void)
{
	const struct nlmsghdr *h;

	nl_begin(&sock, &msg, GENL_ECHO_CMD_GET_STATS, 0);
	return ask(GENL_ECHO_CMD_GET_STATS, &h);
}

static int stats(void)
{
	return with_socket(do_stats);
}

/* A member of the group, and a dump under way. */
static int hold(void)
{
	const struct nlmsghdr *h;
	int err = nl_open(&listener, GENL_ECHO_GENL_NAME);

	if (!err)
		err = nl_option(&listener, NETLINK_ADD_MEMBERSHIP,
				listener.group);
	if (!err)
		err = nl_open(&sock, GENL_ECHO_GENL_NAME);
	if (err)
		return err;
	nl_begin(&sock, &msg, GENL_ECHO_CMD_ECHO, NLM_F_DUMP);
	nl_put_u32(&msg, GENL_ECHO_A_COUNT, GENL_ECHO_COUNT_MAX);
	return ask(GENL_ECHO_CMD_ECHO, &h);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct exercise_step steps[] = {
		{ "open and close", open_close },
		{ "echo of 60 KiB", echo },
		{ "echo, announced", announce },
		{ "dump", dump },
		{ "error reply", fail },
		{ "counters", stats },
	};
	/* clang-format on */
	static const struct exercise x = {
		.module = "genl_echo",
		.steps = steps,
		.count = sizeof(steps) / sizeof(*steps),
		.hold = hold,
		/* Its counters, for each processor: not of the slab. */
		.pernet = false,
	};

	return exercise_main(argc, argv, &x);
}
