/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of nlbroker share. */
#ifndef NLBROKER_NLBROKER_H
#define NLBROKER_NLBROKER_H

#include <stdbool.h>
#include <stdint.h>

#include <libnlbroker.h>

/**
 * struct nlbroker_options - the command line, written by opt_main()
 * @json: --json
 * @count: --count; 0: no end
 * @timeout: --timeout, ns; 0: none
 * @pub: options of pub
 * @pub.file: what has the message, or NULL
 * @pub.lines: each line of standard input is a message
 * @pub.null: an empty message
 * @pub.retain: keep it
 * @pub.wait: ms
 * @pub.echo: show what became of it
 * @pub.advertise: mode, or NULL: don't
 * @sub: options of sub
 * @sub.verbose: topics, too
 * @sub.creds: who sent it, too
 * @sub.format: or NULL
 * @sub.no_newline: none behind a message
 * @sub.no_retained: only what is published from now on
 * @sub.retained_only: only the values kept
 * @sub.buffer: bytes of queue, 0: as it is
 * @bench: options of bench
 * @bench.iterations: in a batch
 * @bench.size: bytes of payload
 * @bench.subscribers: how many, for the fan-out
 */
struct nlbroker_options {
	bool json;
	uint64_t count;
	uint64_t timeout;
	struct {
		const char *file;
		bool lines;
		bool null;
		bool retain;
		uint64_t wait;
		bool echo;
		const char *advertise;
	} pub;
	struct {
		bool verbose;
		bool creds;
		const char *format;
		bool no_newline;
		bool no_retained;
		bool retained_only;
		uint64_t buffer;
	} sub;
	struct {
		uint64_t iterations;
		uint64_t size;
		uint64_t subscribers;
	} bench;
};

extern struct nlbroker_options nlbroker_options;

/**
 * session_open() - connect to the broker
 * @code: the exit code, when NULL is returned
 *
 * Return: a connection; or NULL after saying what is wrong.
 */
struct nlbroker *session_open(int *code);

/**
 * session_failed() - say why something has failed
 * @broker: the connection
 * @rc: the library's negative errno
 *
 * Return: the exit code.
 */
int session_failed(const struct nlbroker *broker, int rc);

/**
 * session_unloaded() - say that the driver has been unloaded
 *
 * Return: EXIT_NO_DRIVER.
 */
int session_unloaded(void);

/**
 * session_end() - close, and write out standard output
 * @broker: the connection, or NULL
 * @code: the exit code so far
 *
 * Return: @code, or EXIT_REFUSED when standard output couldn't be written.
 */
int session_end(struct nlbroker *broker, int code);

/**
 * check_topic() - is an argument a topic, or a pattern?
 * @text: the argument
 * @pattern: whether it may have wildcards
 *
 * Return: 0, or -EINVAL after saying what is wrong with it.
 */
int check_topic(const char *text, bool pattern);

/**
 * check_mode() - read a mode
 * @text: octal digits
 * @mode: the number, when 0 is returned
 *
 * Return: 0, or -EINVAL after saying what is wrong with it.
 */
int check_mode(const char *text, uint32_t *mode);

/**
 * struct wait - until when to go on; see wait_begin()
 * @broker: the connection
 * @fd: of it
 * @until: ns of the clock of rtt_now(), or STOP_FOREVER
 */
struct wait {
	struct nlbroker *broker;
	int fd;
	uint64_t until;
};

/**
 * wait_begin() - begin to receive, until a signal or the end of --timeout
 * @wait: set here
 * @broker: the connection
 *
 * Return: 0, or a negative errno.
 */
int wait_begin(struct wait *wait, struct nlbroker *broker);

/**
 * wait_next() - receive the next message
 * @wait: as it was begun
 * @message: it
 *
 * Writes out standard output before it waits.
 *
 * Return: 1; 0 when time is over or a signal came; -EPIPE when standard output
 * can't be written, which has been said; or another negative errno.
 */
int wait_next(struct wait *wait, const struct nlbroker_message **message);

/* The commands: arguments in, exit code out. */
int status_run(char **args, int count);
int pub_run(char **args, int count);
int sub_run(char **args, int count);
int topics_run(char **args, int count);
int peers_run(char **args, int count);
int monitor_run(char **args, int count);
int limits_run(char **args, int count);
int bench_run(char **args, int count);

#endif
