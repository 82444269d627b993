/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/**
 * DOC: xt_CAESAR, a netfilter target that shifts the bytes of TCP by a key
 *
 * What ulp_caesar does to a socket, done to packets: the payload of every TCP
 * segment that a rule of the table mangle matches is shifted, and the packet
 * continues (XT_CONTINUE). IPv4 and IPv6, revision 0::
 *
 *   iptables -t mangle -A OUTPUT -p tcp --dport 4242 -j CAESAR --encrypt --key 3
 *   iptables -t mangle -A INPUT  -p tcp --sport 4242 -j CAESAR --decrypt --key 3
 *
 * A packet that can't be shifted as a whole (a fragment, a header cut short, no
 * memory) is dropped: it never passes as it is. A rule is refused with EINVAL
 * where @mode isn't one of the two or @reserved isn't 0, and by the core
 * outside of the table mangle and for another protocol than TCP.
 */
#ifndef _UAPI_SOCKMODS_XT_CAESAR_H
#define _UAPI_SOCKMODS_XT_CAESAR_H

#include <linux/types.h>

#define XT_CAESAR_NAME	"CAESAR"

/**
 * enum xt_caesar_mode - which way the bytes go
 * @XT_CAESAR_ENCRYPT: the key is added
 * @XT_CAESAR_DECRYPT: the key is subtracted
 */
enum xt_caesar_mode {
	XT_CAESAR_ENCRYPT,
	XT_CAESAR_DECRYPT,
};

/**
 * struct xt_caesar_info - what a rule says
 * @key: as it was given; of it the low eight bits count
 * @mode: enum xt_caesar_mode
 * @reserved: 0
 */
struct xt_caesar_info {
	__s32 key;
	__u8 mode;
	__u8 reserved[3];
};

#endif /* _UAPI_SOCKMODS_XT_CAESAR_H */
