/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/**
 * DOC: ulp_caesar, a TCP upper-layer protocol that shifts every byte by a key
 *
 * It obfuscates and protects nothing: 256 keys are tried in no time.
 *
 * Attached to a TCP socket of its own by anyone (IPv4, IPv6, or IPv4-mapped;
 * before connect(2), before listen(2), or connected)::
 *
 *   setsockopt(fd, SOL_TCP, TCP_ULP, "caesar", 6)
 *
 * and then given a key, which may change while the connection lives::
 *
 *   setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &key, sizeof(key))
 *
 *   length  value                what it sets
 *   ------  -------------------  ------------------------------------------
 *   4       int                  both keys
 *   8       struct caesar_key    the key of what is sent, and of what is read
 *
 * A byte b is sent as (b + tx) modulo 256; a byte w that came is read as
 * (w - rx) modulo 256. Of a key only the low eight bits count, and only they are
 * read back: getsockopt(2) gives tx where there is room for 4 to 7 bytes, and
 * struct caesar_key where there is room for 8 or more. Both are 0 until a key is
 * set: bytes pass unchanged. A socket that a listener accepts has the protocol
 * and the keys that the listener had when the connection came.
 *
 * Errors of the two options (others: those of TCP)::
 *
 *   cause                                                  errno
 *   -----------------------------------------------------  -----------
 *   TCP_ULP: the module isn't loaded, and may not be       ENOENT
 *   TCP_ULP: the socket has an upper-layer protocol        EEXIST
 *   TCP_ULP: someone else has taken its callbacks or data
 *   (sockmap, kernel code)                                 EBUSY
 *   TCP_CAESAR_KEY set: the length is neither 4 nor 8      EINVAL
 *   TCP_CAESAR_KEY read: room for less than 4 bytes        EINVAL
 *   TCP_CAESAR_KEY on a socket without the protocol        ENOPROTOOPT
 *   the value can't be read or written                     EFAULT
 *
 * What TCP does without copying can't be shifted on the way, and is refused::
 *
 *   MSG_ZEROCOPY where SO_ZEROCOPY is set                  EOPNOTSUPP
 *   TCP_ZEROCOPY_RECEIVE, mmap(2)                          EOPNOTSUPP, ENODEV
 *   MSG_SOCK_DEVMEM, where the kernel has it               EOPNOTSUPP
 *   putting it into a sockmap                              EINVAL or EOPNOTSUPP
 */
#ifndef _UAPI_SOCKMODS_ULP_CAESAR_H
#define _UAPI_SOCKMODS_ULP_CAESAR_H

#include <linux/types.h>

/* Names for TCP_ULP: of today, and of the program that this follows. */
#define CAESAR_ULP_NAME		"caesar"
#define CAESAR_ULP_NAME_OLD	"Caesar cipher"

/* Level SOL_TCP. Far above TCP's own options, of which 7.3 has some fifty. */
#define TCP_CAESAR_KEY		100

/**
 * struct caesar_key - the keys of a connection's two directions
 * @tx: added to each byte that is sent, modulo 256
 * @rx: subtracted from each byte that is read, modulo 256
 */
struct caesar_key {
	__u32 tx;
	__u32 rx;
};

#endif /* _UAPI_SOCKMODS_ULP_CAESAR_H */
