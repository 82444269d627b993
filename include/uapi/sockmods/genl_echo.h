/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/**
 * DOC: genl_echo, a generic netlink family that echoes
 *
 * Family %GENL_ECHO_GENL_NAME, version %GENL_ECHO_GENL_VERSION. The module
 * parameter ``family=NAME`` registers it under another name. Everything is per
 * network namespace and open to every user: a request says something, the
 * kernel says it again.
 *
 * Every request is one message: struct nlmsghdr, struct genlmsghdr (version
 * must be %GENL_ECHO_GENL_VERSION, reserved must be 0), attributes. Replies
 * carry the request's own sequence number and port. Attributes are validated
 * strictly: a type that the tree below doesn't list for the command is
 * refused. ``!`` marks a required attribute, ``?`` an optional one::
 *
 *   ECHO   request  MSG? DATA? ANNOUNCE?     MSG, DATA or both
 *          reply    MSG? DATA?               the request's, byte for byte
 *          event    (ANNOUNCE given) EVENT to the group "events"
 *   ECHO   dump     MSG? COUNT?              NLM_F_DUMP
 *          replies  MSG! INDEX!              COUNT messages with NLM_F_MULTI,
 *                                            then NLMSG_DONE
 *   FAIL   request  ERRNO? MSG?
 *          reply    NLMSG_ERROR with -ERRNO; MSG is its extack text
 *   GET_STATS  request  (no attribute)
 *          reply    STAT_*! (u64 each)       this namespace, since it began
 *   EVENT  never a request
 *          event    PORTID! MSG? DATA?       a copy of what was echoed
 *
 * What a refusal looks like (errno, and NLMSGERR_ATTR_* where a client set
 * NETLINK_EXT_ACK; "text" is NLMSGERR_ATTR_MSG)::
 *
 *   cause                              errno       extack
 *   ---------------------------------  ----------  ----------------------------
 *   ECHO without MSG and DATA          EINVAL      text, MISS_TYPE = MSG [1]
 *   COUNT without NLM_F_DUMP           EINVAL      text, OFFS
 *   DATA or ANNOUNCE in a dump         EINVAL      text, OFFS [2]
 *   attribute the command hasn't       EINVAL      text, OFFS
 *   MSG without NUL, or too long       EINVAL [3]  text, OFFS, POLICY
 *   DATA too long                      ERANGE      text, OFFS, POLICY
 *   COUNT or ERRNO out of range        ERANGE      text, OFFS, POLICY
 *   COUNT or ERRNO not 4 bytes         EINVAL      text, OFFS, POLICY [4]
 *   ANNOUNCE with a payload            ERANGE      text, OFFS, POLICY
 *   NLA_F_NESTED set                   EINVAL      text, OFFS, POLICY
 *   attributes don't fit the message   EINVAL      text [4]
 *   other version                      EINVAL      text [2]
 *   reserved bits, in genlmsghdr or    EINVAL      text [5]
 *   in nlmsg_flags
 *   unknown command; EVENT; a dump of  EOPNOTSUPP  none
 *   FAIL or GET_STATS
 *   no whole genlmsghdr                EINVAL      none
 *   no whole nlmsghdr, or a message    no answer
 *   longer than what was sent
 *   a dump while one is under way on   EBUSY       none
 *   the same socket
 *   reader's queue full                EAGAIN      text, where there is room for
 *                                                  it; the socket reads ENOBUFS
 *   no memory                          ENOMEM      text
 *
 * [1] Before Linux 6.1: text alone.
 * [2] In a dump on Linux 5.10 and 6.1: none.
 * [3] ERANGE when the NUL stands early and other bytes make it too long.
 * [4] The netlink core also writes a (rate-limited) line to the kernel's log.
 * [5] Before Linux 6.1: none in a dump, and an unknown command is EOPNOTSUPP
 *     whatever its reserved bits.
 */
#ifndef _UAPI_SOCKMODS_GENL_ECHO_H
#define _UAPI_SOCKMODS_GENL_ECHO_H

/** GENL_ECHO_GENL_NAME - family name, unless the parameter family= is given. */
#define GENL_ECHO_GENL_NAME	"genl_echo"

/** GENL_ECHO_GENL_VERSION - the only version of the protocol so far. */
#define GENL_ECHO_GENL_VERSION	1

/** GENL_ECHO_MCGRP_EVENTS - multicast group that carries EVENT. */
#define GENL_ECHO_MCGRP_EVENTS	"events"

/**
 * GENL_ECHO_MSG_MAX - longest MSG in bytes, its NUL not counted.
 *
 * So that one message of a dump fits the smallest buffer netlink allocates for
 * it (NLMSG_GOODSIZE: a page less the skb's own overhead).
 */
#define GENL_ECHO_MSG_MAX	1024

/**
 * GENL_ECHO_DATA_MAX - longest DATA in bytes: 60 KiB.
 *
 * An attribute's length field has 16 bits and counts its 4-byte header, so
 * 65,531 is the format's own limit; 60 KiB leaves room for headers and MSG.
 */
#define GENL_ECHO_DATA_MAX	61440

/** GENL_ECHO_COUNT_DEFAULT - messages in a dump whose request has no COUNT. */
#define GENL_ECHO_COUNT_DEFAULT	3

/** GENL_ECHO_COUNT_MAX - highest COUNT; the lowest is 1. */
#define GENL_ECHO_COUNT_MAX	1000000

/** GENL_ECHO_ERRNO_MAX - highest ERRNO (the kernel's MAX_ERRNO); lowest is 1. */
#define GENL_ECHO_ERRNO_MAX	4095

/**
 * enum genl_echo_cmd - commands
 * @GENL_ECHO_CMD_UNSPEC: never valid
 * @GENL_ECHO_CMD_ECHO: do: send MSG and DATA back; dump: COUNT messages
 * @GENL_ECHO_CMD_FAIL: do: fail with ERRNO, MSG as the reason
 * @GENL_ECHO_CMD_GET_STATS: do: this network namespace's counters
 * @GENL_ECHO_CMD_EVENT: kernel to group "events": an ECHO with ANNOUNCE
 */
enum genl_echo_cmd {
	GENL_ECHO_CMD_UNSPEC,
	GENL_ECHO_CMD_ECHO,
	GENL_ECHO_CMD_FAIL,
	GENL_ECHO_CMD_GET_STATS,
	GENL_ECHO_CMD_EVENT,

	/* private: last */
	__GENL_ECHO_CMD_MAX,
	GENL_ECHO_CMD_MAX = __GENL_ECHO_CMD_MAX - 1
};

/**
 * enum genl_echo_attr - attributes
 * @GENL_ECHO_A_UNSPEC: never valid
 * @GENL_ECHO_A_MSG: NUL-terminated string, at most GENL_ECHO_MSG_MAX bytes
 *	before the NUL
 * @GENL_ECHO_A_DATA: binary, 0 to GENL_ECHO_DATA_MAX bytes
 * @GENL_ECHO_A_COUNT: u32, messages wanted, 1 to GENL_ECHO_COUNT_MAX
 * @GENL_ECHO_A_INDEX: u32, which message of a dump this is, from 0
 * @GENL_ECHO_A_ERRNO: u32, positive errno, 1 to GENL_ECHO_ERRNO_MAX; EINVAL
 *	when not given
 * @GENL_ECHO_A_ANNOUNCE: flag, tell the group "events" about this echo
 * @GENL_ECHO_A_PORTID: u32, netlink port of the socket that was echoed, as the
 *	kernel knows it
 * @GENL_ECHO_A_PAD: only aligns the u64 that follows
 * @GENL_ECHO_A_STAT_ECHOES: u64, ECHO replies delivered
 * @GENL_ECHO_A_STAT_ECHO_BYTES: u64, bytes of MSG and DATA in those, as in the
 *	attributes' payloads (a MSG's NUL counts)
 * @GENL_ECHO_A_STAT_DUMPS: u64, dumps begun
 * @GENL_ECHO_A_STAT_DUMP_MESSAGES: u64, messages written into dumps
 * @GENL_ECHO_A_STAT_FAILS: u64, FAIL requests answered
 * @GENL_ECHO_A_STAT_EVENTS: u64, EVENTs sent to a group somebody listened to
 * @GENL_ECHO_A_STAT_REFUSED: u64, requests that this family refused (what the
 *	netlink core refuses, an invalid attribute for example, isn't seen here)
 * @GENL_ECHO_A_STAT_OVERRUNS: u64, replies lost because the reader's queue was
 *	full
 */
enum genl_echo_attr {
	GENL_ECHO_A_UNSPEC,
	GENL_ECHO_A_MSG,
	GENL_ECHO_A_DATA,
	GENL_ECHO_A_COUNT,
	GENL_ECHO_A_INDEX,
	GENL_ECHO_A_ERRNO,
	GENL_ECHO_A_ANNOUNCE,
	GENL_ECHO_A_PORTID,
	GENL_ECHO_A_PAD,
	GENL_ECHO_A_STAT_ECHOES,
	GENL_ECHO_A_STAT_ECHO_BYTES,
	GENL_ECHO_A_STAT_DUMPS,
	GENL_ECHO_A_STAT_DUMP_MESSAGES,
	GENL_ECHO_A_STAT_FAILS,
	GENL_ECHO_A_STAT_EVENTS,
	GENL_ECHO_A_STAT_REFUSED,
	GENL_ECHO_A_STAT_OVERRUNS,

	/* private: last */
	__GENL_ECHO_A_MAX,
	GENL_ECHO_A_MAX = __GENL_ECHO_A_MAX - 1
};

#endif /* _UAPI_SOCKMODS_GENL_ECHO_H */
