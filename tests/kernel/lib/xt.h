/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules with the target CAESAR, given to the kernel without iptables: with the
 * kernel's own errno, and with what iptables wouldn't send.
 */
#ifndef TESTS_KERNEL_XT_H
#define TESTS_KERNEL_XT_H

#include <stddef.h>
#include <stdint.h>

#include <sockmods/xt_CAESAR.h>

/* The chains of the table mangle, as the kernel numbers them. */
enum xt_chain {
	XT_PREROUTING,
	XT_INPUT,
	XT_FORWARD,
	XT_OUTPUT,
	XT_POSTROUTING,
	XT_CHAINS,
};

/**
 * struct xt_rule - a rule
 * @chain: which it stands in, behind those before it in an array
 * @info: the target's
 * @sport: source port that it matches, or 0: any
 * @dport: destination port that it matches, or 0: any
 * @protocol: that it matches: IPPROTO_TCP if it is 0
 */
struct xt_rule {
	enum xt_chain chain;
	struct xt_caesar_info info;
	uint16_t sport;
	uint16_t dport;
	uint8_t protocol;
};

/* As a member of an array, with what else it matches behind. */
#define XT_ENCRYPT_IN(in, number, ...)                                       \
	{                                                                    \
		.chain = (in),                                               \
		.info = { .key = (number), .mode = XT_CAESAR_ENCRYPT },      \
		__VA_ARGS__                                                  \
	}
#define XT_DECRYPT_IN(in, number, ...)                                       \
	{                                                                    \
		.chain = (in),                                               \
		.info = { .key = (number), .mode = XT_CAESAR_DECRYPT },      \
		__VA_ARGS__                                                  \
	}

/**
 * xt_set() - make these the rules of a table, and there are no others
 * @family: AF_INET or AF_INET6
 * @table: "mangle"
 * @rules: which
 * @count: how many; 0 leaves none
 *
 * In the network namespace of the thread that calls.
 *
 * Return: 0 or -errno: the kernel's.
 */
int xt_set(int family, const char *table, const struct xt_rule *rules,
	   size_t count);

/* Has the kernel know tables of rules at all, which nothing else has it load. */
void xt_load(void);

/* Brings the interface up in the network namespace; 0 or -errno. */
int xt_up(const char *interface);

#endif
