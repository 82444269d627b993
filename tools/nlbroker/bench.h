/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Primitives of the kernel, which bench compares publishing with. */
#ifndef NLBROKER_BENCH_H
#define NLBROKER_BENCH_H

#include <stddef.h>
#include <stdint.h>

/** BENCH_BATCHES - batches of each operation; the cheapest one counts. */
#define BENCH_BATCHES 16

/**
 * struct bench_multicast - plain netlink multicast between programs
 * @sender: a socket
 * @listeners: sockets, members of the group
 * @count: how many
 * @group: bit of the group
 * @size: bytes of payload
 */
struct bench_multicast {
	int sender;
	int *listeners;
	size_t count;
	uint32_t group;
	size_t size;
};

/**
 * bench_multicast_open() - open the sockets
 * @m: set here
 * @group: number of the group, 1 to 32; each needs its own
 * @count: how many listeners
 * @size: bytes of payload
 *
 * Return: 0; -EPERM when the user isn't root; or another negative errno.
 */
int bench_multicast_open(struct bench_multicast *m, unsigned int group,
			 size_t count, size_t size);

/**
 * bench_multicast_send() - send a message to all listeners
 * @arg: a struct bench_multicast
 *
 * Return: 0, or a negative errno.
 */
int bench_multicast_send(void *arg);

/**
 * bench_multicast_drain() - read all that listeners have
 * @arg: a struct bench_multicast
 */
void bench_multicast_drain(void *arg);

/**
 * struct bench_dgram - a pair of AF_UNIX datagram sockets
 * @fd: its ends
 * @size: bytes to send
 */
struct bench_dgram {
	int fd[2];
	size_t size;
};

/**
 * bench_dgram_once() - send a datagram and receive it
 * @arg: a struct bench_dgram
 *
 * Return: 0, or a negative errno.
 */
int bench_dgram_once(void *arg);

/**
 * bench_getppid_once() - a system call that does nothing
 * @arg: NULL
 *
 * Return: 0.
 */
int bench_getppid_once(void *arg);

#endif
