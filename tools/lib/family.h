/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The number of af_myproto's family, which isn't the same on every machine. */
#ifndef SOCKMODS_FAMILY_H
#define SOCKMODS_FAMILY_H

#include <stdbool.h>

/**
 * family_find() - ask for the number
 *
 * Has the kernel load the module when it isn't there, by trying each number that
 * it may have. Which one it has says the module's own parameter; where that isn't
 * to be seen, as in some containers, the name of the protocol of the socket: another
 * family may be who answers to a number.
 *
 * Return: the number, or -ENOENT when the module isn't there and won't come.
 */
int family_find(void);

/**
 * family_protocol_is() - is a socket of a protocol?
 * @fd: the socket
 * @name: the kernel's name for the protocol, "TCP" for example
 */
bool family_protocol_is(int fd, const char *name);

/**
 * family_read() - the number, out of the parameter's file
 * @path: the file, MYPROTO_FAMILY_FILE but in tests
 *
 * Return: the number; -ENOENT when there is no file, or no number in it.
 */
int family_read(const char *path);

#endif
