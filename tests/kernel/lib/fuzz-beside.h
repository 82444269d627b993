/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that does simple things with an input's sockets, at any time, so that
 * calls on one socket meet. It goes by chance alone: not by the input, and kcov,
 * which is a task's own, doesn't see it.
 */
#ifndef TESTS_KERNEL_FUZZ_BESIDE_H
#define TESTS_KERNEL_FUZZ_BESIDE_H

/**
 * fuzz_beside() - start it, the first time; let it go on, or stand still
 * @socks: descriptors, -1 where there is none; they may change at any time
 * @count: how many
 * @own: what only this family has, with a socket and any number; or NULL
 * @on: whether there is an input under way
 *
 * What it is doing when it is told to stand still, it ends.
 */
void fuzz_beside(const int *socks, unsigned int count,
		 void (*own)(int fd, unsigned int any), int on);

#endif
