/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command myproto: what its files share. */
#ifndef MYPROTO_COMMAND_H
#define MYPROTO_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "opt.h"

/**
 * struct myproto_options - what the command line says
 * @json: print JSON
 * @type: index of SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM
 * @keep: listen: go on after the first connection
 * @program: listen: what to run for each connection, or NULL
 * @ping: options of ping
 * @run: options of run
 * @bench: options of bench
 */
struct myproto_options {
	bool json;
	unsigned int type;
	bool keep;
	const char *program;
	struct {
		uint64_t count;
		uint64_t interval;
		uint64_t size;
		uint64_t timeout;
		bool quiet;
	} ping;
	struct {
		bool no_pairs;
		struct opt_list except;
	} run;
	struct {
		uint64_t number;
		uint64_t stream;
		unsigned int only;
	} bench;
};

/**
 * enum myproto_bench_only - what bench is to measure
 * @MYPROTO_BENCH_ALL: everything
 * @MYPROTO_BENCH_COSTS: what an operation costs
 * @MYPROTO_BENCH_STREAMS: how fast a stream is
 */
enum myproto_bench_only {
	MYPROTO_BENCH_ALL,
	MYPROTO_BENCH_COSTS,
	MYPROTO_BENCH_STREAMS,
};

extern struct myproto_options myproto_options;

/* main.c: the type of sockets that the options ask for. */
int myproto_type(void);

/*
 * session.c: all say what goes wrong, and *CODE is the exit code then.
 * A socket; -1 if there is none.
 */
int session_socket(int *code);
/* The channel that a text means; CHANNEL is left alone without one. */
int session_channel(const char *text, uint32_t *channel);
int session_connect(int fd, uint32_t channel);
int session_bind(int fd, uint32_t channel);
uint32_t session_bound(int fd);
/* Says what has failed, with the errno's words. EXIT_REFUSED. */
int session_failed(const char *what);

/*
 * relay.c: from standard input to FD and from FD to standard output. Over when both
 * have ended, or the peer is gone; of datagrams, which end nowhere, with standard
 * input. Without SENDS, which is for a socket that has no peer, standard input is
 * left alone. Returns the exit code.
 */
int relay(int fd, bool sends);

int show_run(char **args, int count);
int listen_run(char **args, int count);
int connect_run(char **args, int count);
int ping_run(char **args, int count);
int run_run(char **args, int count);
int channel_run(char **args, int count);
int bench_run(char **args, int count);

#endif
