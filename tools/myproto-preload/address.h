/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, there (AF_UNIX to the family) and back. */
#ifndef MYPROTO_PRELOAD_ADDRESS_H
#define MYPROTO_PRELOAD_ADDRESS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <sockmods/myproto.h>

/**
 * struct address - an address of AF_UNIX
 * @un: as it was written
 * @len: as the kernel tells it: with the NUL of a path
 * @name_len: of the name in @un.sun_path, without the NUL of a path; 0 if it has
 *	none
 * @path: the name, where it is a path, else empty
 */
struct address {
	struct sockaddr_un un;
	socklen_t len;
	size_t name_len;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
};

/**
 * address_is_unix() - is it an address of AF_UNIX?
 * @addr: the address, or NULL
 * @len: its length
 *
 * Return: true if it is.
 */
bool address_is_unix(const void *addr, socklen_t len);

/**
 * address_parse() - read an address of AF_UNIX
 * @addr: the address, for which address_is_unix()
 * @len: its length
 * @address: where it goes
 *
 * Return: 0; EINVAL when it is too long.
 */
int address_parse(const void *addr, socklen_t len, struct address *address);

/**
 * address_resolve() - the channel of a socket that others are bound to
 * @address: the address
 * @channel: where the channel goes
 *
 * Return: 0; EINVAL when there is no name; what AF_UNIX says of a path where
 * nothing is or that the caller may not use.
 */
int address_resolve(const struct address *address, uint32_t *channel);

/**
 * address_create() - the channel of a name that a socket is to be bound to
 * @fd: the socket
 * @address: the address; of a path, the file is made, and is for the caller to
 *	remove if there is no binding then
 * @channel: where the channel goes; MYPROTO_CHANNEL_ANY when there is no name
 *
 * Return: 0; EADDRINUSE when something is there; another errno of mknod(2).
 */
int address_create(int fd, const struct address *address, uint32_t *channel);

/**
 * address_back() - turn an address that the kernel has written into AF_UNIX's
 * @family: the family
 * @addr: the address, where the program wants it; or NULL
 * @room: what the program has room for
 * @len: the length that the kernel tells; then AF_UNIX's, which can be more than
 *	@room
 * @unnamed: the length of an address without a name
 *
 * One of another family is left alone.
 */
void address_back(int family, void *addr, socklen_t room, socklen_t *len,
		  socklen_t unnamed);

#endif
