// SPDX-License-Identifier: GPL-2.0-or-later
/* show: sockets of this network namespace that have the protocol. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "exitcode.h"
#include "jsonl.h"
#include "say.h"
#include "ulp-caesar.h"

#define OPTIONS (&ulp_caesar_options)

#define ALL_STATES UINT32_MAX

#define STATE_LISTEN 10

/* Linux 6.8 and newer: has a port, and neither listens nor is connected. */
#define STATE_BOUND 13

/* In CapEff of /proc/self/status. */
#define CAP_NET_ADMIN_BIT 12

/* As ss(8) calls them. */
static const char *const states[] = {
	[1] = "ESTAB",		 [2] = "SYN-SENT",
	[3] = "SYN-RECV",	 [4] = "FIN-WAIT-1",
	[5] = "FIN-WAIT-2",	 [6] = "TIME-WAIT",
	[7] = "UNCONN",		 [8] = "CLOSE-WAIT",
	[9] = "LAST-ACK",	 [STATE_LISTEN] = "LISTEN",
	[11] = "CLOSING",	 [12] = "SYN-RECV",
	[STATE_BOUND] = "BOUND",
};

/**
 * struct list - a list in the making
 * @probe: look only for this socket of our own, by its cookie; 0: print all
 * @seen: sockets with the protocol
 */
struct list {
	uint64_t probe;
	size_t seen;
};

static uint64_t cookie_of(const struct inet_diag_msg *m)
{
	return m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32;
}

static const char *state_name(unsigned int state)
{
	if (state < sizeof(states) / sizeof(*states) && states[state])
		return states[state];
	return "UNKNOWN";
}

/* An address as in ADDRESS:PORT; INET6_ADDRSTRLEN, brackets and an interface. */
struct end {
	char address[INET6_ADDRSTRLEN];
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 16];
};

static void read_end(struct end *e, int family, const void *address,
		     uint16_t port, unsigned int interface)
{
	char name[IF_NAMESIZE] = "", number[8];

	if (!inet_ntop(family, address, e->address, sizeof(e->address)))
		strcpy(e->address, "?");
	if (interface && !if_indextoname(interface, name))
		snprintf(name, sizeof(name), "%u", interface);
	snprintf(number, sizeof(number), "%u", port);
	snprintf(e->text, sizeof(e->text), "%s%s%s%s%s:%s",
		 family == AF_INET6 ? "[" : "", e->address, *name ? "%" : "",
		 name, family == AF_INET6 ? "]" : "", port ? number : "*");
}

static void show_json(const struct inet_diag_msg *m, const char *protocol,
		      const struct end *local, const struct end *peer)
{
	struct json_object *o = jsonl_begin("socket");

	jsonl_string(o, "protocol", protocol);
	jsonl_string(o, "family",
		     m->idiag_family == AF_INET6 ? "inet6" : "inet");
	jsonl_string(o, "state", state_name(m->idiag_state));
	jsonl_string(o, "local", local->address);
	jsonl_uint(o, "local_port", ntohs(m->id.idiag_sport));
	jsonl_string(o, "peer", peer->address);
	jsonl_uint(o, "peer_port", ntohs(m->id.idiag_dport));
	jsonl_uint(o, "interface", m->id.idiag_if);
	jsonl_uint(o, "recv_queue", m->idiag_rqueue);
	jsonl_uint(o, "send_queue", m->idiag_wqueue);
	jsonl_uint(o, "uid", m->idiag_uid);
	jsonl_uint(o, "inode", m->idiag_inode);
	jsonl_uint(o, "cookie", cookie_of(m));
	jsonl_print(o);
}

static void show_socket(const struct inet_diag_msg *m, const char *protocol)
{
	struct end local, peer;

	read_end(&local, m->idiag_family, m->id.idiag_src,
		 ntohs(m->id.idiag_sport), m->id.idiag_if);
	read_end(&peer, m->idiag_family, m->id.idiag_dst,
		 ntohs(m->id.idiag_dport), 0);
	if (OPTIONS->json) {
		show_json(m, protocol, &local, &peer);
		return;
	}
	printf("%-10s %8" PRIu32 " %8" PRIu32 " %6" PRIu32 " %10" PRIu32
	       "  %-23s %s\n",
	       state_name(m->idiag_state), m->idiag_rqueue, m->idiag_wqueue,
	       m->idiag_uid, m->idiag_inode, local.text, peer.text);
}

/* The protocol's name, when it is ours under one of its names; or NULL. */
static const char *protocol_of(struct nlmsghdr *nlh)
{
	/* Older libnl takes no constant one. */
	static struct nla_policy policy[INET_ULP_INFO_MAX + 1] = {
		[INET_ULP_INFO_NAME] = { .type = NLA_STRING },
	};
	struct nlattr *tb[INET_DIAG_MAX + 1], *ulp[INET_ULP_INFO_MAX + 1];
	const char *name;

	if (nlmsg_parse(nlh, sizeof(struct inet_diag_msg), tb, INET_DIAG_MAX,
			NULL) < 0 ||
	    !tb[INET_DIAG_ULP_INFO] ||
	    nla_parse_nested(ulp, INET_ULP_INFO_MAX, tb[INET_DIAG_ULP_INFO],
			     policy) < 0 ||
	    !ulp[INET_ULP_INFO_NAME])
		return NULL;
	name = nla_get_string(ulp[INET_ULP_INFO_NAME]);
	if (!strcmp(name, CAESAR_ULP_NAME) ||
	    !strcmp(name, CAESAR_ULP_NAME_OLD))
		return name;
	return NULL;
}

static int on_socket(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	const struct inet_diag_msg *m = nlmsg_data(nlh);
	struct list *list = arg;
	const char *protocol;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    !nlmsg_valid_hdr(nlh, sizeof(*m)))
		return NL_OK;
	protocol = protocol_of(nlh);
	if (!protocol || (list->probe && list->probe != cookie_of(m)))
		return NL_OK;
	list->seen++;
	if (!list->probe)
		show_socket(m, protocol);
	return NL_OK;
}

/* Returns 0 or a negative number of libnl's. */
static int dump(struct nl_sock *sk, struct list *list, uint8_t family,
		uint32_t which)
{
	struct inet_diag_req_v2 req = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		/* The protocol's name comes along with that, and only then. */
		.idiag_ext = 1 << (INET_DIAG_INFO - 1),
		.idiag_states = which,
	};
	int rc;

	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_socket, list);
	rc = nl_send_simple(sk, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req,
			    sizeof(req));
	return rc < 0 ? rc : nl_recvmsgs_default(sk);
}

static int failed(int rc)
{
	if (rc == -NLE_OBJ_NOTFOUND) {
		say_error("this kernel lists no TCP sockets");
		say_hint("modprobe tcp_diag");
	} else {
		say_error("sock_diag: %s", nl_geterror(rc));
	}
	return EXIT_REFUSED;
}

static bool has_cap_net_admin(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	fclose(f);
	return caps >> CAP_NET_ADMIN_BIT & 1;
}

/*
 * Older kernels tell only CAP_NET_ADMIN what protocol a socket has. Does this
 * one tell it of a listener of our own, which lasts as long as the question?
 */
static bool told(struct nl_sock *sk)
{
	static const struct caesar_key key;
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct list list = {};
	socklen_t len = sizeof(list.probe);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (!bind(fd, (struct sockaddr *)&here, sizeof(here)) &&
	    !session_attach(fd, &key) && !listen(fd, 0) &&
	    !getsockopt(fd, SOL_SOCKET, SO_COOKIE, &list.probe, &len))
		dump(sk, &list, AF_INET, 1U << STATE_LISTEN);
	close(fd);
	return list.seen;
}

static int show(struct nl_sock *sk)
{
	struct list list = {};
	bool changed = false;
	int rc, i;

	if (!OPTIONS->json)
		printf("%-10s %8s %8s %6s %10s  %-23s %s\n", "state", "recv-q",
		       "send-q", "uid", "inode", "local", "peer");
	for (i = 0; i < 2; i++) {
		rc = dump(sk, &list, i ? AF_INET6 : AF_INET, ALL_STATES);
		if (rc == -NLE_DUMP_INTR)
			changed = true;
		else if (rc < 0)
			return failed(rc);
	}
	if (changed)
		say_hint("some came or went while this was read");
	if (list.seen || has_cap_net_admin() || told(sk))
		return EXIT_OK;
	say_error(
		"this kernel tells only CAP_NET_ADMIN which protocol a socket has");
	say_hint("sudo ulp-caesar show");
	return EXIT_REFUSED;
}

int cmd_show(char **args, int count)
{
	struct nl_sock *sk;
	int code, rc;

	(void)args;
	(void)count;
	code = session_driver();
	if (code != EXIT_OK)
		return session_end(code);
	sk = nl_socket_alloc();
	rc = sk ? nl_connect(sk, NETLINK_SOCK_DIAG) : -NLE_NOMEM;
	if (rc < 0) {
		code = failed(rc);
	} else {
		nl_socket_enable_msg_peek(sk);
		code = show(sk);
	}
	nl_socket_free(sk);
	return session_end(code);
}
