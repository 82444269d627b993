/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of channels: a hash can't be turned back, so the names that this
 * process has used are remembered, as it wrote them.
 */
#ifndef MYPROTO_PRELOAD_NAMES_H
#define MYPROTO_PRELOAD_NAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * A channel's name is in the set of its number modulo NAMES_SETS, which has
 * NAMES_WAYS places. A thousand names rarely find one full, though all of them are
 * hashes; what isn't touched of the table is no memory.
 */
#define NAMES_SETS 512
#define NAMES_WAYS 8

/**
 * names_remember() - a name was used
 * @channel: its channel
 * @un: the address
 * @len: its length
 * @own: a socket was bound to it: the name replaces another one of the channel
 *
 * In a full set another name makes room. It isn't remembered when another thread, or
 * who was interrupted by this signal handler, is about to write to the same place;
 * of two threads that choose the same place one after the other, the later has it.
 */
void names_remember(uint32_t channel, const struct sockaddr_un *un,
		    socklen_t len, bool own);

/**
 * names_recall() - the name of a channel
 * @channel: the channel
 * @un: where it goes; that of channel_name() if none is remembered
 *
 * Return: the length of the address.
 */
socklen_t names_recall(uint32_t channel, struct sockaddr_un *un);

#endif
