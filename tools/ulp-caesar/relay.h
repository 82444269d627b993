/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What listen and connect share. */
#ifndef ULP_CAESAR_RELAY_H
#define ULP_CAESAR_RELAY_H

#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>

/**
 * relay() - pass standard input to a connection, and the connection to standard
 *	output
 * @fd: the connection; non-blocking from now on
 *
 * Each direction ends by itself: at the end of standard input the peer is told so
 * (half close), and what it still sends is passed on. Returns when both have
 * ended, on an error, and when nothing has moved for --timeout.
 *
 * Return: the exit code; what is wrong has been said.
 */
int relay(int fd);

/**
 * relay_lookup() - addresses for the command line's options
 * @host: name or address; NULL: any
 * @port: name or number
 * @flags: AI_*
 * @found: the addresses, for freeaddrinfo(), when EXIT_OK is returned
 *
 * Return: EXIT_OK; EXIT_USAGE or EXIT_REFUSED after saying what is wrong.
 */
int relay_lookup(const char *host, const char *port, int flags,
		 struct addrinfo **found);

/**
 * relay_say() - with --verbose, say on standard error what happens
 * @what: "connected to", for example
 * @addr: an address
 * @len: bytes of it
 */
void relay_say(const char *what, const struct sockaddr *addr, socklen_t len);

/**
 * relay_wait() - wait for a socket, for --timeout at most
 * @fd: the socket
 * @events: for poll()
 *
 * Return: 0; -ETIMEDOUT or another negative errno.
 */
int relay_wait(int fd, short events);

#endif
