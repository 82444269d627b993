/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzing a generic netlink family: messages that are what the family wants, and
 * then wrong in a header, an attribute, or what is nested in one; some in one
 * datagram; from sockets with options, that come and go, read late or never.
 */
#ifndef TESTS_KERNEL_FUZZ_NL_H
#define TESTS_KERNEL_FUZZ_NL_H

#include "fuzz.h"

/* What an attribute has in it. */
enum fuzz_nl_type {
	FUZZ_NL_FLAG,
	FUZZ_NL_U32,
	FUZZ_NL_U64,
	FUZZ_NL_TEXT, /* one of the words, or of another length */
	FUZZ_NL_BYTES,
	FUZZ_NL_PORT, /* u32: a socket of ours */
	FUZZ_NL_PORTS, /* any number of those, ascending */
};

struct fuzz_nl_attr {
	uint16_t number;
	enum fuzz_nl_type type;
	uint32_t max; /* of a length or a number: what is still good; 0: any */
	const char *const *words; /* ended by NULL */
	bool many; /* there can be any number of them */
};

/* The first attribute is nearly always there, the others now and then. */
struct fuzz_nl_cmd {
	uint8_t number;
	bool dump, only_dump;
	uint8_t weight; /* how often, beside the others */
	struct fuzz_nl_attr attrs[8];
};

/**
 * struct fuzz_nl - a family
 * @family: its name
 * @cmds: what it can be told
 * @count: how many
 * @raw: number of a raw unit that belongs to it, or 0
 * @raw_first: first bytes that a message to that has: 1 to this
 * @begin: at the beginning of each input, with a socket; may be NULL
 */
struct fuzz_nl {
	const char *family;
	const struct fuzz_nl_cmd *cmds;
	unsigned int count;
	unsigned int raw;
	unsigned int raw_first;
	void (*begin)(int fd);
};

/* What is done, for struct fuzz: a test's own follow FUZZ_NL_KINDS. */
enum {
	FUZZ_NL_SOCKET,
	FUZZ_NL_BIND,
	FUZZ_NL_SEND,
	FUZZ_NL_SEND_WRONG,
	FUZZ_NL_RECEIVE,
	FUZZ_NL_OPTION,
	FUZZ_NL_ASK,
	FUZZ_NL_POLICY,
	FUZZ_NL_CLOSE,
	FUZZ_NL_KINDS,
};
#define FUZZ_NL_NAMES                                                          \
	"socket", "bind", "a message", "a wrong message", "receive", "option", \
		"what is it", "policy", "close"

/* For struct fuzz: finds the family; does what an input says. */
int fuzz_nl_setup(const struct fuzz_nl *f);
void fuzz_nl_run(const struct fuzz_nl *f);

/* The number of the family, known after the setup. */
uint16_t fuzz_nl_family(void);

#endif
