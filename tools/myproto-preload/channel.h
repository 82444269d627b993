/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which channel a name of AF_UNIX has under `myproto run`. It is the same for
 * everybody, always: myproto(1) tells people how to compute it.
 *
 * All of this may be called in a signal handler.
 */
#ifndef MYPROTO_PRELOAD_CHANNEL_H
#define MYPROTO_PRELOAD_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * The first channel of a name. Below are those that need a privilege, those that
 * the kernel chooses, and those that people do.
 */
#define CHANNEL_NAMES 65536U

/* What the abstract name of a channel that has no other begins with. */
#define CHANNEL_PREFIX "\0myproto/"
#define CHANNEL_PREFIX_LEN (sizeof(CHANNEL_PREFIX) - 1)

/**
 * channel_hash() - FNV-1a, of 64 bits
 * @data: what
 * @len: how many bytes
 *
 * Return: the hash.
 */
uint64_t channel_hash(const void *data, size_t len);

/**
 * channel_of_name() - the channel of a name
 * @name: a path from the root on, without links and without NUL; or an abstract
 *	name, with the NUL that it begins with
 * @len: its length
 *
 * Return: from CHANNEL_NAMES to MYPROTO_CHANNEL_ANY - 1; or N, any but
 * MYPROTO_CHANNEL_ANY, for the abstract name myproto/N.
 */
uint32_t channel_of_name(const char *name, size_t len);

/**
 * channel_name() - the abstract name that stands for a channel
 * @channel: the channel
 * @un: where the address goes
 *
 * Return: the length of the address.
 */
socklen_t channel_name(uint32_t channel, struct sockaddr_un *un);

/**
 * channel_of_path() - the channel of a path, which has to exist
 * @path: the path, absolute or not, through links or not
 * @flags: O_NOFOLLOW: a link at its end isn't followed
 * @channel: where the channel goes
 *
 * Return: 0, or an errno: of open(2) with O_PATH; ECONNREFUSED when what is there
 * isn't a socket.
 */
int channel_of_path(const char *path, int flags, uint32_t *channel);

#endif
