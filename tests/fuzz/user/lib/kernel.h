/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel behind netlink sockets, which says what a script says, when the program
 * under test reads. The system calls of sockets are those of kernel.c, in libnl,
 * too. What is sent has to be whole netlink messages.
 */
#ifndef SOCKMODS_FUZZ_KERNEL_H
#define SOCKMODS_FUZZ_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "script.h"

/**
 * kernel_begin() - a kernel that has said nothing yet
 * @script: what it will say; stays the caller's
 * @len: bytes of it
 */
void kernel_begin(const uint8_t *script, size_t len);

/** kernel_requests - how many messages have been sent. */
extern unsigned int kernel_requests;

#endif
