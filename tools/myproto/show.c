// SPDX-License-Identifier: GPL-2.0-or-later
/* show: the sockets of this network namespace, from sock_diag. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sockmods/myproto.h>

#include "exitcode.h"
#include "family.h"
#include "jsonl.h"
#include "myproto.h"
#include "say.h"

#define OPTIONS (&myproto_options)

static const char *type_name(int type)
{
	return type == SOCK_STREAM ? "stream" :
	       type == SOCK_DGRAM  ? "dgram" :
				     "seqpacket";
}

static const char *state_name(const struct myproto_diag_msg *m)
{
	if (m->flags & MYPROTO_DIAG_PENDING)
		return "pending";
	return m->state == TCP_LISTEN	   ? "listen" :
	       m->state == TCP_ESTABLISHED ? "connected" :
					     "-";
}

static const char *channel_text(uint32_t channel, char text[16])
{
	if (channel == MYPROTO_CHANNEL_ANY)
		return "*";
	snprintf(text, 16, "%u", channel);
	return text;
}

static void add_channel(struct json_object *o, const char *key,
			uint32_t channel)
{
	if (channel == MYPROTO_CHANNEL_ANY)
		jsonl_string(o, key, NULL);
	else
		jsonl_uint(o, key, channel);
}

static void print_json(const struct myproto_diag_msg *m)
{
	struct json_object *o = jsonl_begin("socket");

	jsonl_string(o, "socktype", type_name(m->type));
	jsonl_string(o, "state", state_name(m));
	add_channel(o, "channel", m->channel);
	add_channel(o, "peer_channel", m->peer_channel);
	jsonl_uint(o, "inode", m->ino);
	jsonl_uint(o, "peer_inode", m->peer_ino);
	jsonl_uint(o, "uid", m->uid);
	jsonl_uint(o, "recv_queue", m->rqueue);
	jsonl_uint(o, "send_queue", m->wqueue);
	jsonl_uint(o, "memory", m->rmem);
	jsonl_uint(o, "rcvbuf", m->rcvbuf);
	jsonl_uint(o, "sndbuf", m->sndbuf);
	jsonl_uint(o, "shutdown", m->shutdown);
	jsonl_uint(o, "greeted", m->greeted);
	jsonl_print(o);
}

static void print_text(const struct myproto_diag_msg *m)
{
	char own[16], peer[16];

	printf("%-9s %-9s %10s %10s %8u %8u %6u %10u\n", type_name(m->type),
	       state_name(m), channel_text(m->channel, own),
	       channel_text(m->peer_channel, peer), m->rqueue, m->wqueue,
	       m->uid, m->ino);
}

/* The number behind an error or the end: 1, or -errno. */
static int end_of(const struct nlmsghdr *h)
{
	int error;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return -EPROTO;
	memcpy(&error, NLMSG_DATA(h), sizeof(error));
	if (error > 0)
		return -EPROTO;
	return error ? error : 1;
}

/* 1 at the end, 0 when there is more, or -errno. */
static int print_answer(const char *answer, ssize_t len)
{
	const struct nlmsghdr *h = (const void *)answer;
	struct myproto_diag_msg m;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return end_of(h);
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(m)))
			return -EPROTO;
		memcpy(&m, NLMSG_DATA(h), sizeof(m));
		if (OPTIONS->json)
			print_json(&m);
		else
			print_text(&m);
	}
	return 0;
}

static int dump(int fd, int family)
{
	struct {
		struct nlmsghdr h;
		struct myproto_diag_req r;
	} request = {
		.h = { .nlmsg_len = sizeof(request),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = (uint8_t)family },
	};
	static _Alignas(struct nlmsghdr) char answer[65536];
	int rc = 0;
	ssize_t n;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (!rc) {
		n = recv(fd, answer, sizeof(answer), 0);
		rc = n < 0 ? -errno : print_answer(answer, n);
	}
	return rc < 0 ? rc : 0;
}

int show_run(char **args, int count)
{
	int code = EXIT_REFUSED, fd, rc;

	(void)args;
	(void)count;
	/* Also says what to do where there is no driver. */
	fd = session_socket(&code);
	if (fd < 0)
		return code;
	close(fd);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return session_failed("sock_diag");
	if (!OPTIONS->json)
		printf("%-9s %-9s %10s %10s %8s %8s %6s %10s\n", "TYPE",
		       "STATE", "CHANNEL", "PEER", "RECV-Q", "SEND-Q", "UID",
		       "INODE");
	rc = dump(fd, family_find());
	close(fd);
	if (rc) {
		errno = -rc;
		return session_failed("sock_diag");
	}
	return say_flush() ? EXIT_REFUSED : EXIT_OK;
}
