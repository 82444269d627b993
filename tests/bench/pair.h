/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two ends that bytes go through, of every kind that is compared. */
#ifndef TESTS_BENCH_PAIR_H
#define TESTS_BENCH_PAIR_H

#include <stdint.h>
#include <sys/socket.h>

/**
 * enum pair_kind - what is between the ends
 * @PAIR_PIPE: a pipe
 * @PAIR_UNIX: AF_UNIX
 * @PAIR_MYPROTO: af_myproto
 * @PAIR_VSOCK: vsock, over loopback
 * @PAIR_TCP: TCP, over loopback, as the next ones
 * @PAIR_CAESAR: with ulp_caesar
 * @PAIR_KTLS: with the kernel's TLS 1.2, AES-128-GCM, and no handshake
 */
enum pair_kind {
	PAIR_PIPE,
	PAIR_UNIX,
	PAIR_MYPROTO,
	PAIR_VSOCK,
	PAIR_TCP,
	PAIR_CAESAR,
	PAIR_KTLS,
};

/** PAIR_RULE, PAIR_XT - ports that rules of iptables match (costs.sh, relays.sh). */
#define PAIR_RULE 4798
#define PAIR_XT 4799

/**
 * struct pair - a kind, and one that is there
 * @row: its name in records
 * @kind: what is between
 * @type: of socket
 * @port: that a TCP server listens on; 0: any
 * @address: where a server listens; set by pair_listen()
 * @len: bytes of it
 * @listener: its socket, or -1
 * @fd: the end that sends, the end that receives; -1
 */
struct pair {
	const char *row;
	enum pair_kind kind;
	int type;
	uint16_t port;
	struct sockaddr_storage address;
	socklen_t len;
	int listener;
	int fd[2];
};

/**
 * pair_find() - a kind by its name
 * @pair: is filled in
 * @row: its name
 *
 * Return: 0, or -ENOENT.
 */
int pair_find(struct pair *pair, const char *row);

/**
 * pair_open() - make both ends
 * @pair: of pair_find()
 *
 * Return: 0 or a negative errno.
 */
int pair_open(struct pair *pair);

/** pair_close() - what of it there is; TCP without TIME-WAIT */
void pair_close(struct pair *pair);

/**
 * pair_listen() - a server's socket; not of pipes, of connections only
 *
 * Return: 0 or a negative errno.
 */
int pair_listen(struct pair *pair);

/**
 * pair_client() - connect to where a pair listens
 *
 * Return: the socket or a negative errno.
 */
int pair_client(const struct pair *pair);

/**
 * pair_server() - accept the connection
 *
 * Return: the socket or a negative errno.
 */
int pair_server(const struct pair *pair);

/**
 * pair_send() - send all of it
 *
 * Return: 0 or a negative errno; -ETIMEDOUT when there is no room for long.
 */
int pair_send(const struct pair *pair, int fd, const void *data, long bytes);

/** pair_receive() - receive all of it; as pair_send(), -EPIPE at the end */
int pair_receive(const struct pair *pair, int fd, void *data, long bytes);

#endif
