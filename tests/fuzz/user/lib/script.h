/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel says, as a text that a fuzzer can change: most of what comes out is
 * whole and has the lengths that it says.
 *
 * A script is a sequence of commands, a letter each and what follows it. T is the
 * number of a type or a command, one of 0-9a-zA-Z for 0 to 61; V is a number, too,
 * for which some other characters stand for high ones (see number_of()).
 *
 *   g T F    a message of the family, command T, flags F
 *   c T      one of the controller's, command T
 *   x V      one of type V
 *   e V F    an error, number V, flags F
 *   d V      the end of a dump, with an error number
 *   o        an overrun
 *            F: m of several, i likewise and inconsistent, t with text, c capped,
 *               b both; anything else: none
 *   s V      the message's sequence number is V less than the last request's, which
 *            it has without this; n: it is 0, as of what nobody asked for
 *   t T TEXT an attribute: text up to a newline, and a NUL
 *   r T TEXT text without a NUL
 *   u T V    4 bytes; q T V: 8 bytes; h T V: 2 bytes; f T: none
 *   p T V    V times 256 bytes
 *   [ T ]    what is between is nested
 *   b V ...  so many bytes, as they are
 *   L V      length of the message; A V: length of the last attribute
 *   .        the datagram ends here
 *   !        there is nothing to read, once
 *   ? V      to read fails with this number, once
 *
 * Everything else is passed over, so any bytes are a script.
 */
#ifndef SOCKMODS_FUZZ_SCRIPT_H
#define SOCKMODS_FUZZ_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* nlmsg_type of the family, whichever it is, and the port of who asks. */
#define SCRIPT_FAMILY 0x1f
#define SCRIPT_PORT 4242

/**
 * script_begin() - begin with a script
 * @bytes: the script; stays the caller's
 * @len: bytes of it
 */
void script_begin(const uint8_t *bytes, size_t len);

/**
 * script_datagram() - the next datagram
 * @bytes: set to where it is, aligned to 8 bytes; until the next one
 *
 * Return: its length; or a negative errno: -EAGAIN at the end.
 */
int script_datagram(const void **bytes);

/**
 * script_more() - is there more of the script?
 *
 * Return: true if there is.
 */
bool script_more(void);

/** script_seq - sequence number of the last request. */
extern uint32_t script_seq;

#endif
