/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of ulp-caesar share. */
#ifndef ULP_CAESAR_ULP_CAESAR_H
#define ULP_CAESAR_ULP_CAESAR_H

#include <stdbool.h>
#include <stdint.h>

#include <sockmods/ulp_caesar.h>

#include "opt.h"

/** ULP_CAESAR_BENCH_SIZE_MAX - most bytes of a message of bench. */
#define ULP_CAESAR_BENCH_SIZE_MAX 16384

/**
 * enum ulp_caesar_bench_only - what bench measures
 * @ULP_CAESAR_BENCH_ALL: everything
 * @ULP_CAESAR_BENCH_MESSAGES: messages that are sent and received
 * @ULP_CAESAR_BENCH_COPIES: copies in memory, which needs no driver
 * @ULP_CAESAR_BENCH_STREAMS: streams from one process to another
 */
enum ulp_caesar_bench_only {
	ULP_CAESAR_BENCH_ALL,
	ULP_CAESAR_BENCH_MESSAGES,
	ULP_CAESAR_BENCH_COPIES,
	ULP_CAESAR_BENCH_STREAMS,
};

/**
 * struct ulp_caesar_options - the command line, written by opt_main()
 * @json: --json
 * @key: --key
 * @key_file: --key-file
 * @ipv4: --ipv4
 * @ipv6: --ipv6
 * @numeric: --numeric
 * @verbose: --verbose
 * @timeout: --timeout, ns; 0: for ever
 * @run: options of run
 * @run.client_only: attach in connect(2) only
 * @run.server_only: attach in listen(2) and accept(2) only
 * @run.ports: the only ports to attach for
 * @listen: options of listen
 * @listen.keep: one connection after the other
 * @bench: options of bench
 * @bench.number: operations in a batch
 * @bench.size: bytes of a message
 * @bench.stream: MiB of a stream
 * @bench.only: what to measure, an enum ulp_caesar_bench_only
 */
struct ulp_caesar_options {
	bool json;
	const char *key;
	const char *key_file;
	bool ipv4;
	bool ipv6;
	bool numeric;
	bool verbose;
	uint64_t timeout;
	struct {
		bool client_only;
		bool server_only;
		struct opt_list ports;
	} run;
	struct {
		bool keep;
	} listen;
	struct {
		uint64_t number;
		uint64_t size;
		uint64_t stream;
		unsigned int only;
	} bench;
};

extern struct ulp_caesar_options ulp_caesar_options;

/**
 * session_key() - the keys, from the command line, a file or the environment
 * @key: the keys, when EXIT_OK is returned
 *
 * Return: EXIT_OK; or EXIT_USAGE or EXIT_REFUSED after saying what is wrong.
 */
int session_key(struct caesar_key *key);

/**
 * session_driver() - is the driver there, for who calls?
 *
 * Attaches the protocol to a socket that goes nowhere: the kernel loads the
 * module then, if it may. root loads it otherwise.
 *
 * Return: EXIT_OK; or EXIT_NO_DRIVER or EXIT_REFUSED after saying why not.
 */
int session_driver(void);

/**
 * session_attach() - give a socket the protocol and the keys
 * @fd: a TCP socket
 * @key: the keys
 *
 * Return: 0 or a negative errno; nothing is said.
 */
int session_attach(int fd, const struct caesar_key *key);

/**
 * session_end() - write out standard output before the program ends
 * @code: the exit code so far
 *
 * Return: @code, or EXIT_REFUSED when standard output couldn't be written.
 */
int session_end(int code);

/* The commands: arguments in, exit code out. */
int cmd_show(char **args, int count);
int cmd_run(char **args, int count);
int cmd_listen(char **args, int count);
int cmd_connect(char **args, int count);
int cmd_bench(char **args, int count);

#endif
