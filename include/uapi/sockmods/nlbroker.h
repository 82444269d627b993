/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/**
 * DOC: nlbroker, publish and subscribe through generic netlink
 *
 * Family %NLBROKER_GENL_NAME, version %NLBROKER_GENL_VERSION, multicast group
 * %NLBROKER_MCGRP_EVENTS. There is one broker in each network namespace. A
 * program publishes a message to a topic; the kernel hands it to every socket
 * that subscribed to a pattern the topic matches. A socket that subscribes or
 * advertises is a peer, until it is closed.
 *
 * Every request is one message: struct nlmsghdr, struct genlmsghdr (version
 * must be %NLBROKER_GENL_VERSION, reserved must be 0), attributes. Several
 * requests can be sent with one sendmsg(2). Replies carry the request's own
 * sequence number and port; what a subscriber gets carries 0 in both. Attributes
 * are validated strictly: a type that the tree below doesn't list for the
 * command is refused. ``!`` marks a required attribute, ``?`` an optional one, ``*``
 * one that can be there any number of times::
 *
 *   ADVERTISE    request  TOPIC! MODE? RETAIN?    own the topic; again: change
 *   WITHDRAW     request  TOPIC!                  own it no longer
 *   SUBSCRIBE    request  PATTERN! NO_LOCAL?      again: replace the options
 *                         SEND_RETAINED? CREDS?
 *   UNSUBSCRIBE  request  PATTERN!
 *   PUBLISH      request  TOPIC! PAYLOAD* RETAIN? HOLD? ONLY?
 *                reply    TOPIC! SEQ! DELIVERED! FULL! FULL_PORTIDS?
 *                                                 only with NLM_F_ECHO
 *   GET_PEER     request  PORTID?                 missing: who asks
 *                reply    PORTID! PID! UID! SUBSCRIPTIONS! ADVERTISED!
 *                         DELIVERED! LOST! QUEUED! QUEUE_SIZE! RAW?
 *   GET_PEER     dump     (no attribute)          all peers, as above
 *   GET_TOPIC    request  TOPIC!
 *                reply    TOPIC! SEQ! MODE! UID! GID! SUBSCRIBERS!
 *                         PORTID? RETAIN? RETAINED_LEN?
 *   GET_TOPIC    dump     PATTERN?                topics that match, as above
 *   GET_RETAINED dump     PATTERN?                values that the caller may read
 *                replies  TOPIC! PAYLOAD! SEQ! PORTID! PID! UID! GID! TIME!
 *   GET_LIMITS   request  (no attribute)
 *                reply    MODE! LIMIT_*! CEILING_*! USED_*! STAT_*!
 *   SET_LIMITS   request  MODE? LIMIT_*?          CAP_NET_ADMIN over the namespace
 *
 *   MESSAGE      to a subscriber  TOPIC! PAYLOAD! SEQ! RETAINED? RETAIN?
 *                         and, where CREDS was asked for,
 *                         PORTID! PID! UID! GID! TIME!
 *   LOST         to a subscriber  TOPIC? COUNT! FIRST_SEQ! LAST_SEQ!
 *
 *   PEER_ADD     event    PORTID! UID!
 *   PEER_DEL     event    PORTID!
 *   TOPIC_ADD    event    TOPIC! MODE! UID! GID! PORTID?
 *   TOPIC_CHANGE event    TOPIC! MODE! UID! GID! PORTID?
 *   TOPIC_DEL    event    TOPIC!
 *   LOSS         event    PORTID! TOPIC?          a peer begins to lose messages
 *
 * Topics and patterns are what MQTT 5 calls topic names and topic filters: 1 to
 * %NLBROKER_TOPIC_MAX bytes of UTF-8 without U+0000, in levels separated by ``/``
 * (at most %NLBROKER_LEVELS_MAX). In a pattern, ``+`` as a whole level stands for
 * any one level, ``#`` as the last level for any number of levels, none included.
 * A pattern that begins with a wildcard doesn't match a topic that begins with
 * ``$``. Shared subscriptions (``$share/``) don't exist here.
 *
 * A topic lives while it is advertised, is subscribed to by its exact name, or
 * holds a retained value. Messages can be published to a topic that doesn't
 * live; subscribers with a wildcard get them. SEQ grows with every publish to a
 * topic. It doesn't say by itself what was lost: LOST does. A socket gets each
 * message once, whatever number of its patterns match: with credentials if one
 * of them asks for it, and its own messages unless all of them have NO_LOCAL.
 *
 * A topic has an owner (uid, gid) and a mode like a file: r may subscribe, w may
 * publish and advertise. It belongs to its advertiser, otherwise to root of the
 * namespace's owner, with the namespace's default mode; one that holds a
 * retained value keeps what it had when its advertiser went. CAP_NET_ADMIN over
 * the namespace overrides. A pattern with a wildcard can always be subscribed
 * to, and skips the topics that its subscriber may not read.
 *
 * A PUBLISH with several PAYLOADs is as many messages, in their order, without one
 * of another publisher between them. Either all of them are published or, if it is
 * refused, none. At most %NLBROKER_BATCH_MAX, and %NLBROKER_PAYLOAD_MAX bytes
 * together; RETAIN keeps the last one; HOLD and ONLY take one only. A subscriber
 * gets them as several MESSAGEs in a datagram, which is never longer than
 * %NLBROKER_DATAGRAM_MAX bytes if it has more than one, and is lost, or not, as a
 * whole. In the reply SEQ is the last one's, DELIVERED and FULL are sums. Sockets of
 * the raw unit get each in a datagram of its own.
 *
 * A subscriber whose queue (SO_RCVBUF) has no room loses the message, and is
 * told by LOST before the next message it gets, or as soon as the kernel finds
 * room. What it lost because another uid had spent its share of the queue is told
 * before the next message of that topic, or when the queue is empty. What is lost
 * in more topics than the kernel keeps apart for a socket
 * (%NLBROKER_LOST_TOPICS_MAX) is reported in one LOST without TOPIC, and with 0
 * in FIRST_SEQ and LAST_SEQ.
 *
 * What a refusal looks like (errno, and NLMSGERR_ATTR_* where a client set
 * NETLINK_EXT_ACK; "text" is NLMSGERR_ATTR_MSG)::
 *
 *   cause                              errno         extack
 *   ---------------------------------  ------------  --------------------------
 *   required attribute missing         EINVAL        text, MISS_TYPE [1]
 *   TOPIC or PATTERN malformed         EINVAL        text, OFFS
 *   TOPIC or PATTERN too deep          EINVAL        text, OFFS
 *   TOPIC or PATTERN too long          EINVAL [2]    text, OFFS, POLICY
 *   PATTERN is a shared subscription   EOPNOTSUPP    text, OFFS
 *   PAYLOAD too long, or too many      EMSGSIZE      text, OFFS
 *   HOLD or ONLY, several PAYLOADs     EINVAL        text, OFFS
 *   MODE has other bits than 0666      EINVAL        text, OFFS
 *   HOLD without NLM_F_ECHO            EINVAL        text, OFFS
 *   ONLY not ascending, or not u32s    EINVAL        text, OFFS
 *   ONLY together with RETAIN          EINVAL        text, OFFS
 *   limit above its ceiling            EPERM         text, OFFS
 *   QUEUE_SHARE not 0 to 100           EINVAL        text, OFFS
 *   no right to read or write, or not  EACCES        text
 *   the owner
 *   SET_LIMITS without CAP_NET_ADMIN   EPERM         text
 *   topic advertised by another peer   EBUSY         text
 *   not advertised by the caller, not  ENOENT        text
 *   subscribed, no such topic or peer
 *   a limit of the caller's uid        EDQUOT        text, which limit
 *   module is going away               ESHUTDOWN     text
 *   attribute the command hasn't, or   EINVAL,       text, OFFS, ...
 *   of a wrong size                    ERANGE
 *   other version, reserved bits       EINVAL        text [3]
 *   unknown command; MESSAGE, LOST and EOPNOTSUPP    none
 *   events; a dump where none is, or
 *   only a dump is
 *   reply's reader has no room         EAGAIN        text, where there is room
 *   no memory                          ENOMEM        text
 *
 * [1] Before Linux 6.1: text alone.
 * [2] ERANGE when the NUL stands early and other bytes make it too long.
 * [3] In a dump on Linux 5.10 and 6.1: none.
 *
 * The raw unit (module parameter ``usersock=N``, off by default) speaks the
 * protocol of the program nlbroker was modelled on: struct nlmsghdr (type and
 * flags are ignored), one byte enum nlbroker_raw, payload. It is bridged to the
 * topic %NLBROKER_RAW_TOPIC. A subscriber gets struct nlmsghdr (type NLMSG_DONE,
 * all else 0) and the bare payload, never its own messages, and no LOST.
 */
#ifndef _UAPI_SOCKMODS_NLBROKER_H
#define _UAPI_SOCKMODS_NLBROKER_H

/** NLBROKER_GENL_NAME - family name. */
#define NLBROKER_GENL_NAME	"nlbroker"

/** NLBROKER_GENL_VERSION - the only version of the protocol so far. */
#define NLBROKER_GENL_VERSION	1

/** NLBROKER_MCGRP_EVENTS - multicast group: peers and topics come and go. */
#define NLBROKER_MCGRP_EVENTS	"events"

/** NLBROKER_TOPIC_MAX - longest TOPIC or PATTERN in bytes, its NUL not counted. */
#define NLBROKER_TOPIC_MAX	255

/** NLBROKER_LEVELS_MAX - most levels in a TOPIC or PATTERN. */
#define NLBROKER_LEVELS_MAX	32

/**
 * NLBROKER_PAYLOAD_MAX - longest PAYLOAD in bytes: 60 KiB.
 *
 * An attribute's length field has 16 bits; 60 KiB leaves room for the other
 * attributes, so that a buffer of 64 KiB holds every message.
 */
#define NLBROKER_PAYLOAD_MAX	61440

/** NLBROKER_BATCH_MAX - most PAYLOADs of one PUBLISH. */
#define NLBROKER_BATCH_MAX	256

/**
 * NLBROKER_DATAGRAM_MAX - longest datagram of several MESSAGEs, in bytes.
 *
 * Readers of netlink have room for a page at least: it is the least that a dump
 * sends.
 */
#define NLBROKER_DATAGRAM_MAX	4096

/** NLBROKER_LOST_TOPICS_MAX - topics whose losses are kept apart for a socket. */
#define NLBROKER_LOST_TOPICS_MAX	64

/** NLBROKER_MODE_DEFAULT - everybody may publish and subscribe. */
#define NLBROKER_MODE_DEFAULT	0666

/** NLBROKER_UNLIMITED - the value of a limit that isn't one; 0 means none. */
#define NLBROKER_UNLIMITED	0xffffffffffffffffULL

/** NLBROKER_RAW_TOPIC - the topic that the raw unit is bridged to. */
#define NLBROKER_RAW_TOPIC	"usersock"

/**
 * enum nlbroker_raw - first byte of a message to the raw unit
 * @NLBROKER_RAW_SUBSCRIBER: the sender wants the messages; again: no effect
 * @NLBROKER_RAW_PUBLISHER: the sender will publish; checked, nothing to keep
 * @NLBROKER_RAW_BROADCAST: the bytes that follow go to every subscriber
 */
enum nlbroker_raw {
	NLBROKER_RAW_SUBSCRIBER	= 1,
	NLBROKER_RAW_PUBLISHER	= 2,
	NLBROKER_RAW_BROADCAST	= 3,
};

/**
 * enum nlbroker_cmd - commands
 * @NLBROKER_CMD_UNSPEC: never valid
 * @NLBROKER_CMD_ADVERTISE: own a topic
 * @NLBROKER_CMD_WITHDRAW: own it no longer
 * @NLBROKER_CMD_SUBSCRIBE: get what is published to topics that match
 * @NLBROKER_CMD_UNSUBSCRIBE: get it no longer
 * @NLBROKER_CMD_PUBLISH: hand a message to the subscribers of a topic
 * @NLBROKER_CMD_GET_PEER: do and dump: sockets that subscribe or advertise
 * @NLBROKER_CMD_GET_TOPIC: do and dump: topics that live
 * @NLBROKER_CMD_GET_RETAINED: dump: retained values
 * @NLBROKER_CMD_GET_LIMITS: limits, their use by the caller's uid, counters
 * @NLBROKER_CMD_SET_LIMITS: this namespace's limits and default mode
 * @NLBROKER_CMD_MESSAGE: kernel to a subscriber: a message
 * @NLBROKER_CMD_LOST: kernel to a subscriber: what it lost
 * @NLBROKER_CMD_PEER_ADD: event: a peer is there
 * @NLBROKER_CMD_PEER_DEL: event: a peer is gone
 * @NLBROKER_CMD_TOPIC_ADD: event: a topic lives
 * @NLBROKER_CMD_TOPIC_CHANGE: event: its owner or mode is another
 * @NLBROKER_CMD_TOPIC_DEL: event: it lives no longer
 * @NLBROKER_CMD_LOSS: event: a peer that had lost nothing, or had been told of
 *	all, has lost a message
 */
enum nlbroker_cmd {
	NLBROKER_CMD_UNSPEC,
	NLBROKER_CMD_ADVERTISE,
	NLBROKER_CMD_WITHDRAW,
	NLBROKER_CMD_SUBSCRIBE,
	NLBROKER_CMD_UNSUBSCRIBE,
	NLBROKER_CMD_PUBLISH,
	NLBROKER_CMD_GET_PEER,
	NLBROKER_CMD_GET_TOPIC,
	NLBROKER_CMD_GET_RETAINED,
	NLBROKER_CMD_GET_LIMITS,
	NLBROKER_CMD_SET_LIMITS,
	NLBROKER_CMD_MESSAGE,
	NLBROKER_CMD_LOST,
	NLBROKER_CMD_PEER_ADD,
	NLBROKER_CMD_PEER_DEL,
	NLBROKER_CMD_TOPIC_ADD,
	NLBROKER_CMD_TOPIC_CHANGE,
	NLBROKER_CMD_TOPIC_DEL,
	NLBROKER_CMD_LOSS,

	/* private: last */
	__NLBROKER_CMD_MAX,
	NLBROKER_CMD_MAX = __NLBROKER_CMD_MAX - 1
};

/**
 * enum nlbroker_attr - attributes
 * @NLBROKER_A_UNSPEC: never valid
 * @NLBROKER_A_TOPIC: NUL-terminated string, 1 to NLBROKER_TOPIC_MAX bytes before
 *	the NUL
 * @NLBROKER_A_PAYLOAD: binary, 0 to NLBROKER_PAYLOAD_MAX bytes; in a PUBLISH,
 *	missing is as 0 bytes, and each is a message
 * @NLBROKER_A_RETAIN: flag; PUBLISH: keep this as the topic's retained value (0
 *	bytes: keep none); ADVERTISE: keep each message, as if each had it;
 *	MESSAGE: it was published so, just now (of several PAYLOADs, the last is
 *	what is kept)
 * @NLBROKER_A_HOLD: flag: subscribers without room don't lose the message but
 *	are listed in FULL_PORTIDS; the publisher will try again with ONLY
 * @NLBROKER_A_ONLY: binary, u32 ports in ascending order, none twice: only to
 *	these subscribers
 * @NLBROKER_A_PATTERN: as TOPIC, with wildcards
 * @NLBROKER_A_NO_LOCAL: flag: not what this socket publishes itself
 * @NLBROKER_A_SEND_RETAINED: flag: the retained values of the topics that match,
 *	first, as MESSAGE with RETAINED
 * @NLBROKER_A_CREDS: flag: messages say who sent them, and when
 * @NLBROKER_A_MODE: u32, bits of 0666
 * @NLBROKER_A_PORTID: u32, netlink port of a socket: the peer; the sender of a
 *	message; the advertiser of a topic
 * @NLBROKER_A_LIMIT_PEERS: u64, peers a uid may have
 * @NLBROKER_A_LIMIT_SUBSCRIPTIONS: u64, subscriptions a uid may have
 * @NLBROKER_A_LIMIT_TOPICS: u64, topics a uid may advertise
 * @NLBROKER_A_LIMIT_RETAINED_BYTES: u64, bytes of retained values of a uid, with
 *	what keeping them costs
 * @NLBROKER_A_LIMIT_QUEUE_SHARE: u64, 0 to 100: percent of a subscriber's queue
 *	that the messages of one other uid may take, once the queue is fuller
 *	than that
 * @NLBROKER_A_PAD: only aligns the u64 that follows
 * @NLBROKER_A_SEQ: u64, the topic's number of the message, or of its last one
 * @NLBROKER_A_RETAINED: flag: a retained value, not a message just published
 * @NLBROKER_A_TIME: u64, nanoseconds since 1970 (UTC) when it was published
 * @NLBROKER_A_PID: u32, process id in the reader's pid namespace, 0 if it has
 *	none there
 * @NLBROKER_A_UID: u32, effective user id in the reader's user namespace
 * @NLBROKER_A_GID: u32, effective group id, likewise
 * @NLBROKER_A_DELIVERED: u64, PUBLISH: subscribers that got the message, or the sum
 *	of those of several; peer: messages that it got
 * @NLBROKER_A_FULL: u64, likewise, subscribers that had no room for it
 * @NLBROKER_A_FULL_PORTIDS: binary, as ONLY: which these are; only with HOLD
 * @NLBROKER_A_COUNT: u64, messages lost, at least 1
 * @NLBROKER_A_FIRST_SEQ: u64, SEQ of the first of them
 * @NLBROKER_A_LAST_SEQ: u64, SEQ of the last of them; not all between are lost
 * @NLBROKER_A_SUBSCRIPTIONS: u32, patterns the peer is subscribed to
 * @NLBROKER_A_ADVERTISED: u32, topics the peer advertises
 * @NLBROKER_A_LOST: u64, messages the peer lost
 * @NLBROKER_A_QUEUED: u32, bytes in the peer's queue, as the kernel counts
 * @NLBROKER_A_QUEUE_SIZE: u32, bytes the queue can hold (SO_RCVBUF)
 * @NLBROKER_A_RAW: flag: a socket of the raw unit
 * @NLBROKER_A_SUBSCRIBERS: u32, subscriptions to this topic by its exact name
 * @NLBROKER_A_RETAINED_LEN: u32, bytes of the retained value, if there is one
 * @NLBROKER_A_CEILING_PEERS: u64, highest LIMIT_PEERS; set in the initial
 *	namespace, for all that a uid has in all namespaces
 * @NLBROKER_A_CEILING_SUBSCRIPTIONS: u64, likewise
 * @NLBROKER_A_CEILING_TOPICS: u64, likewise
 * @NLBROKER_A_CEILING_RETAINED_BYTES: u64, likewise
 * @NLBROKER_A_CEILING_QUEUE_SHARE: u64, highest LIMIT_QUEUE_SHARE
 * @NLBROKER_A_USED_PEERS: u64, what the caller's uid has in this namespace
 * @NLBROKER_A_USED_SUBSCRIPTIONS: u64, likewise
 * @NLBROKER_A_USED_TOPICS: u64, likewise
 * @NLBROKER_A_USED_RETAINED_BYTES: u64, likewise
 * @NLBROKER_A_STAT_PUBLISHES: u64, messages published
 * @NLBROKER_A_STAT_PUBLISH_BYTES: u64, bytes of payload in those
 * @NLBROKER_A_STAT_DELIVERIES: u64, messages handed to a subscriber's queue
 * @NLBROKER_A_STAT_LOST: u64, messages that subscribers lost
 * @NLBROKER_A_STAT_HELD: u64, times a subscriber had no room and HOLD was set
 * @NLBROKER_A_STAT_REFUSED: u64, requests that this family refused (what the
 *	netlink core refuses isn't seen here)
 */
enum nlbroker_attr {
	NLBROKER_A_UNSPEC,
	NLBROKER_A_TOPIC,
	NLBROKER_A_PAYLOAD,
	NLBROKER_A_RETAIN,
	NLBROKER_A_HOLD,
	NLBROKER_A_ONLY,
	NLBROKER_A_PATTERN,
	NLBROKER_A_NO_LOCAL,
	NLBROKER_A_SEND_RETAINED,
	NLBROKER_A_CREDS,
	NLBROKER_A_MODE,
	NLBROKER_A_PORTID,
	NLBROKER_A_LIMIT_PEERS,
	NLBROKER_A_LIMIT_SUBSCRIPTIONS,
	NLBROKER_A_LIMIT_TOPICS,
	NLBROKER_A_LIMIT_RETAINED_BYTES,
	NLBROKER_A_LIMIT_QUEUE_SHARE,
	NLBROKER_A_PAD,
	NLBROKER_A_SEQ,
	NLBROKER_A_RETAINED,
	NLBROKER_A_TIME,
	NLBROKER_A_PID,
	NLBROKER_A_UID,
	NLBROKER_A_GID,
	NLBROKER_A_DELIVERED,
	NLBROKER_A_FULL,
	NLBROKER_A_FULL_PORTIDS,
	NLBROKER_A_COUNT,
	NLBROKER_A_FIRST_SEQ,
	NLBROKER_A_LAST_SEQ,
	NLBROKER_A_SUBSCRIPTIONS,
	NLBROKER_A_ADVERTISED,
	NLBROKER_A_LOST,
	NLBROKER_A_QUEUED,
	NLBROKER_A_QUEUE_SIZE,
	NLBROKER_A_RAW,
	NLBROKER_A_SUBSCRIBERS,
	NLBROKER_A_RETAINED_LEN,
	NLBROKER_A_CEILING_PEERS,
	NLBROKER_A_CEILING_SUBSCRIPTIONS,
	NLBROKER_A_CEILING_TOPICS,
	NLBROKER_A_CEILING_RETAINED_BYTES,
	NLBROKER_A_CEILING_QUEUE_SHARE,
	NLBROKER_A_USED_PEERS,
	NLBROKER_A_USED_SUBSCRIPTIONS,
	NLBROKER_A_USED_TOPICS,
	NLBROKER_A_USED_RETAINED_BYTES,
	NLBROKER_A_STAT_PUBLISHES,
	NLBROKER_A_STAT_PUBLISH_BYTES,
	NLBROKER_A_STAT_DELIVERIES,
	NLBROKER_A_STAT_LOST,
	NLBROKER_A_STAT_HELD,
	NLBROKER_A_STAT_REFUSED,

	/* private: last */
	__NLBROKER_A_MAX,
	NLBROKER_A_MAX = __NLBROKER_A_MAX - 1
};

#endif /* _UAPI_SOCKMODS_NLBROKER_H */
