/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of genl-echo share. */
#ifndef GENL_ECHO_GENL_ECHO_H
#define GENL_ECHO_GENL_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "transport.h"

/**
 * struct genl_echo_options - the command line, written by opt_main()
 * @family: --family
 * @transport: --transport, an index into genl_echo_transports
 * @json: --json
 * @timeout: --timeout, ns
 * @ping: options of ping
 * @ping.count: 0: until a signal
 * @ping.interval: ns
 * @ping.size: bytes of DATA
 * @ping.quiet: no line for each reply
 * @ping.flood: no interval, dots
 * @ping.announce: tell the group "events"
 * @dump: options of dump
 * @dump.count: 0: the kernel's default
 * @monitor: options of monitor
 * @monitor.count: 0: until a signal
 * @bench: options of bench
 * @bench.number: operations in a batch
 * @bench.size: bytes of payload
 */
struct genl_echo_options {
	const char *family;
	unsigned int transport;
	bool json;
	uint64_t timeout;
	struct {
		uint64_t count;
		uint64_t interval;
		uint64_t size;
		bool quiet;
		bool flood;
		bool announce;
	} ping;
	struct {
		uint64_t count;
	} dump;
	struct {
		uint64_t count;
	} monitor;
	struct {
		uint64_t number;
		uint64_t size;
	} bench;
};

extern struct genl_echo_options genl_echo_options;

/**
 * session_open() - open the chosen transport and find the family
 * @code: the exit code, when NULL is returned
 *
 * Return: a socket; or NULL after saying what is wrong, with @code EXIT_NO_DRIVER
 * when the driver isn't there.
 */
struct transport *session_open(int *code);

/**
 * session_with() - the same for a given transport
 * @ops: the transport
 * @code: the exit code, when NULL is returned
 *
 * Return: as session_open().
 */
struct transport *session_with(const struct transport_ops *ops, int *code);

/**
 * session_failed() - say why a request has failed
 * @t: the socket
 * @rc: what transport_call() returned, not 0
 *
 * Return: the exit code.
 */
int session_failed(const struct transport *t, int rc);

/**
 * session_refused() - say why the kernel has refused a request
 * @t: the socket
 *
 * Return: EXIT_REFUSED.
 */
int session_refused(const struct transport *t);

/**
 * session_no_driver() - say why the driver isn't there
 * @retry: set when it has been loaded now, so that it is worth trying again;
 *	nothing has been said then. NULL: don't load.
 *
 * Return: EXIT_NO_DRIVER.
 */
int session_no_driver(bool *retry);

/**
 * session_end() - write out standard output before the program ends
 * @code: the exit code so far
 *
 * Sockets are left to the end of the process.
 *
 * Return: @code, or EXIT_REFUSED when standard output couldn't be written.
 */
int session_end(int code);

/**
 * check_text() - is an argument fit for MSG?
 * @text: the argument
 *
 * Return: 0, or -EINVAL after saying that it is too long.
 */
int check_text(const char *text);

/* The commands: arguments in, exit code out. */
int ping_run(char **args, int count);
int dump_run(char **args, int count);
int fail_run(char **args, int count);
int stat_run(char **args, int count);
int monitor_run(char **args, int count);
int bench_run(char **args, int count);

#endif
