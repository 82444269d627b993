/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw netlink for the tests in this folder: messages as bytes, so that a test
 * can also send what no library would. Not the CLIs' code, on purpose.
 */
#ifndef TESTS_KERNEL_NL_H
#define TESTS_KERNEL_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

/* The longest message a test sends or reads: 60 KiB of DATA, twice. */
#define NL_MSG_MAX (128 * 1024)

/* Seconds without an answer after which there is none. */
#define NL_TIMEOUT 5

/* enum nlmsgerr_attrs of today: older user land hasn't all of it. */
enum {
	NL_ERR_MSG = 1,
	NL_ERR_OFFS,
	NL_ERR_COOKIE,
	NL_ERR_POLICY,
	NL_ERR_MISS_TYPE,
};

struct nl_msg {
	size_t len; /* bytes in use */
	union {
		struct nlmsghdr h;
		uint8_t buf[NL_MSG_MAX];
	};
};

struct nl_sock {
	int fd;
	uint32_t portid;
	uint32_t seq; /* of the last request that was begun */
	uint16_t family; /* id, which is the message type */
	uint32_t group; /* id of the group "events" */
	size_t got; /* bytes of the last datagram */
	size_t at; /* where its next message begins */
	bool plain; /* sends as write() does, without an address */
	struct nl_msg *in;
};

struct nl_error {
	int error; /* as in the message: 0 or -errno */
	const struct nlmsghdr *request; /* the copy of the request */
	size_t request_len; /* bytes of it that are there */
	const char *text; /* or NULL */
	bool has_offs, has_miss, has_policy;
	uint32_t offs, miss;
};

/* Opens a socket and looks the family up (NULL: doesn't). 0 or -errno. */
int nl_open(struct nl_sock *s, const char *family);
void nl_close(struct nl_sock *s);
int nl_lookup(struct nl_sock *s, const char *family);
int nl_option(struct nl_sock *s, int option, int value);

/* Begins a request to the family, with a sequence number of its own. */
void nl_begin(struct nl_sock *s, struct nl_msg *m, uint8_t cmd, uint16_t flags);
void nl_put(struct nl_msg *m, uint16_t type, const void *data, size_t len);
void nl_put_str(struct nl_msg *m, uint16_t type, const char *text);
void nl_put_u32(struct nl_msg *m, uint16_t type, uint32_t value);

/* 0 or -errno. */
int nl_send(struct nl_sock *s, const struct nl_msg *m);

/* The next message, valid until the next call; NULL and errno otherwise. */
const struct nlmsghdr *nl_recv(struct nl_sock *s);

/* Nothing has come and nothing comes within so many milliseconds. */
bool nl_silent(struct nl_sock *s, int ms);

/* True for an NLMSG_ERROR or NLMSG_DONE that carries an error number. */
bool nl_error(const struct nlmsghdr *h, struct nl_error *e);

/* Command of a generic netlink message. */
uint8_t nl_cmd(const struct nlmsghdr *h);
const struct nlattr *nl_attr(const struct nlmsghdr *h, uint16_t type);
const void *nl_data(const struct nlattr *a);
size_t nl_len(const struct nlattr *a);
uint32_t nl_u32(const struct nlattr *a);
uint64_t nl_u64(const struct nlattr *a);

/* The kernel's log from here on. */
int nl_klog_open(void);

/*
 * Reads what has been logged since. Returns how many lines contain one of the
 * words (NULL-terminated list), and the last such line.
 */
int nl_klog_count(int fd, const char *const *words, char *line, size_t size);

#endif
