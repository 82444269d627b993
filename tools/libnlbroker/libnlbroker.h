/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * DOC: libnlbroker, publish and subscribe through the kernel
 *
 * A connection to the broker of this network namespace is a struct nlbroker.
 * To the kernel it is one socket, so one peer: what it subscribes to and what it
 * advertises ends when it is closed. A connection is for one thread at a time;
 * different ones don't know of each other. nlbroker(7) has the rules: topics,
 * patterns, owners, limits.
 *
 * What fails returns a negative errno, and nlbroker_error() has the words: the
 * kernel's own if it was the kernel that refused (nlbroker_refused()). These
 * mean the same in every function:
 *
 *   -ENOENT   nlbroker_open(): there is no family nlbroker (the driver isn't
 *             installed, built, allowed or loaded)
 *   -ENODEV   it was there, and has been unloaded
 *   -ENOBUFS  the kernel's answer found no room in the connection's queue, or
 *             too much waits to be received: nlbroker_error() says which
 *   -EBADMSG  the answer made no sense
 *   -ENOMEM   no memory
 *
 * Everything that waits does so in user space; the kernel never sleeps for a
 * subscriber that has no room.
 *
 * A struct whose pointer the library gives can have more members at its end in a
 * later version.
 */
#ifndef LIBNLBROKER_H
#define LIBNLBROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sockmods/nlbroker.h>

#ifdef __cplusplus
extern "C" {
#endif

/** NLBROKER_FOREVER - as a time-out: none. */
#define NLBROKER_FOREVER (-1)

/**
 * enum nlbroker_flags - options of requests, combined with ``|``
 * @NLBROKER_RETAIN: publish: keep this as the topic's value (0 bytes: keep
 *	none); advertise: keep each of the topic's messages
 * @NLBROKER_NO_ACK: nlbroker_publish(): don't wait to hear whether the kernel
 *	refused; it is quicker, and a refusal goes unseen, as does that the driver
 *	was unloaded
 * @NLBROKER_NO_LOCAL: subscribe: not what this connection publishes
 * @NLBROKER_SEND_RETAINED: subscribe: the values kept, before anything else
 * @NLBROKER_CREDS: subscribe: messages say who sent them, and when
 */
enum nlbroker_flags {
	NLBROKER_RETAIN = 1 << 0,
	NLBROKER_NO_ACK = 1 << 1,
	NLBROKER_NO_LOCAL = 1 << 2,
	NLBROKER_SEND_RETAINED = 1 << 3,
	NLBROKER_CREDS = 1 << 4,
};

/**
 * enum nlbroker_kind - what nlbroker_receive() has got
 * @NLBROKER_MESSAGE: a message: topic, payload, len, seq, retained, retain, and with
 *	NLBROKER_CREDS portid, pid, uid, gid, time
 * @NLBROKER_LOST: this connection had no room for count messages of topic, whose
 *	numbers lie between first_seq and last_seq. With topic NULL: of more
 *	topics than the kernel keeps apart; the numbers are 0
 * @NLBROKER_PEER_ADD: event: portid, uid
 * @NLBROKER_PEER_DEL: event: portid
 * @NLBROKER_TOPIC_ADD: event: topic, mode, uid, gid, portid of its owner or 0
 * @NLBROKER_TOPIC_CHANGE: event: as NLBROKER_TOPIC_ADD
 * @NLBROKER_TOPIC_DEL: event: topic
 * @NLBROKER_LOSS: event: peer portid begins to lose messages, one of topic first
 * @NLBROKER_OVERRUN: events were lost, nobody knows how many. Lost messages are
 *	NLBROKER_LOST all the same
 * @NLBROKER_UNLOADED: the driver has been unloaded: no event will come any more
 */
enum nlbroker_kind {
	NLBROKER_MESSAGE = 1,
	NLBROKER_LOST,
	NLBROKER_PEER_ADD,
	NLBROKER_PEER_DEL,
	NLBROKER_TOPIC_ADD,
	NLBROKER_TOPIC_CHANGE,
	NLBROKER_TOPIC_DEL,
	NLBROKER_LOSS,
	NLBROKER_OVERRUN,
	NLBROKER_UNLOADED,
};

/**
 * struct nlbroker_message - what came; members that @kind doesn't name are 0
 * @kind: what it is
 * @topic: NUL-terminated, or NULL
 * @payload: bytes, aligned to 4; no NUL follows them
 * @len: how many
 * @seq: the topic's number of the message
 * @retained: it is the value that was kept, not just published
 * @has_creds: the six members that follow are known
 * @portid: netlink port: of the sender; of the peer or owner that an event is of
 * @pid: process id of the sender in this pid namespace, 0 if it has none here
 * @uid: effective user id of the sender, or of the owner, in this user namespace
 * @gid: effective group id, likewise
 * @time: nanoseconds since 1970 (UTC), when it was published
 * @mode: bits of 0666
 * @count: how many messages were lost
 * @first_seq: number of the first of them
 * @last_seq: number of the last of them; not all between are lost
 * @retain: it was published just now, and is kept as the topic's value
 */
struct nlbroker_message {
	enum nlbroker_kind kind;
	const char *topic;
	const void *payload;
	size_t len;
	uint64_t seq;
	bool retained;
	bool has_creds;
	uint32_t portid;
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
	uint64_t time;
	uint32_t mode;
	uint64_t count;
	uint64_t first_seq;
	uint64_t last_seq;
	bool retain;
};

/**
 * struct nlbroker_counts - what became of a message
 * @seq: its number, 0 if there was nobody to number it for
 * @delivered: subscribers that got it
 * @full: subscribers that lost it, as their queues were full
 */
struct nlbroker_counts {
	uint64_t seq;
	uint64_t delivered;
	uint64_t full;
};

/**
 * struct nlbroker_outgoing - a message for nlbroker_publish_many()
 * @topic: NUL-terminated
 * @payload: bytes; can be NULL if @len is 0
 * @len: how many
 * @flags: NLBROKER_RETAIN or 0
 * @error: written: 0 or a negative errno
 */
struct nlbroker_outgoing {
	const char *topic;
	const void *payload;
	size_t len;
	unsigned int flags;
	int error;
};

/**
 * struct nlbroker_peer - a socket that subscribes or advertises
 * @portid: its netlink port
 * @pid: process id of who opened it, 0 if it has none in this pid namespace
 * @uid: effective user id of that
 * @subscriptions: patterns it is subscribed to
 * @advertised: topics it advertises
 * @queued: bytes in its queue, as the kernel counts
 * @queue_size: bytes its queue can hold
 * @delivered: messages it got
 * @lost: messages it lost
 * @raw: it is a socket of the raw unit
 */
struct nlbroker_peer {
	uint32_t portid;
	uint32_t pid;
	uint32_t uid;
	uint32_t subscriptions;
	uint32_t advertised;
	uint32_t queued;
	uint32_t queue_size;
	uint64_t delivered;
	uint64_t lost;
	bool raw;
};

/**
 * struct nlbroker_topic - a topic that lives
 * @topic: its name
 * @seq: number of its last message
 * @mode: bits of 0666
 * @uid: owner, in this user namespace
 * @gid: group, likewise
 * @portid: netlink port of who advertises it, 0: nobody
 * @subscribers: subscriptions by this very name
 * @retained_len: bytes of its value
 * @has_value: it has one
 * @retain: as advertised: each of its messages is kept
 */
struct nlbroker_topic {
	const char *topic;
	uint64_t seq;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t portid;
	uint32_t subscribers;
	uint32_t retained_len;
	bool has_value;
	bool retain;
};

/**
 * struct nlbroker_limit - a limit; NLBROKER_UNLIMITED: none, 0: nothing allowed
 * @limit: what a user may have in this network namespace
 * @ceiling: the most @limit can be
 * @used: what the caller has
 */
struct nlbroker_limit {
	uint64_t limit;
	uint64_t ceiling;
	uint64_t used;
};

/**
 * struct nlbroker_limits - limits and counters of this network namespace
 * @mode: of topics that nobody advertises
 * @peers: sockets that subscribe or advertise
 * @subscriptions: patterns
 * @topics: topics advertised
 * @retained_bytes: values kept, with what keeping them costs
 * @queue_share: percent of a queue that another user's messages may take; its
 *	@used is 0
 * @publishes: messages published
 * @publish_bytes: bytes of payload in those
 * @deliveries: messages put into a subscriber's queue
 * @lost: messages that a subscriber lost
 * @held: times a subscriber had no room and the publisher chose to wait
 * @refused: requests refused
 */
struct nlbroker_limits {
	uint32_t mode;
	struct nlbroker_limit peers;
	struct nlbroker_limit subscriptions;
	struct nlbroker_limit topics;
	struct nlbroker_limit retained_bytes;
	struct nlbroker_limit queue_share;
	uint64_t publishes;
	uint64_t publish_bytes;
	uint64_t deliveries;
	uint64_t lost;
	uint64_t held;
	uint64_t refused;
};

/** struct nlbroker - a connection */
struct nlbroker;

/**
 * nlbroker_open() - connect to the broker of this network namespace
 * @broker: the connection, when 0 is returned
 *
 * The kernel loads the driver if it knows where it is.
 *
 * Return: 0; -ENOENT; -EPROTONOSUPPORT when this kernel has no generic netlink;
 * or another negative errno of socket(2).
 */
int nlbroker_open(struct nlbroker **broker);

/**
 * nlbroker_close() - end a connection, and with it its subscriptions
 * @broker: the connection, or NULL
 */
void nlbroker_close(struct nlbroker *broker);

/**
 * nlbroker_error() - the words for what failed last
 * @broker: the connection
 *
 * Return: the kernel's text for a refusal, else the library's; empty when the
 * errno says all there is. Valid until the next call on the connection.
 */
const char *nlbroker_error(const struct nlbroker *broker);

/**
 * nlbroker_refused() - was it the kernel that refused?
 * @broker: the connection
 *
 * Return: false when what failed last failed on the way.
 */
bool nlbroker_refused(const struct nlbroker *broker);

/**
 * nlbroker_portid() - the netlink port by which others see this connection
 * @broker: the connection
 *
 * Return: it. A port isn't a process id.
 */
uint32_t nlbroker_portid(const struct nlbroker *broker);

/**
 * nlbroker_fd() - a file descriptor for poll(2), select(2) or epoll(7)
 * @broker: the connection
 *
 * It is readable when nlbroker_receive() has something to do, be it in the
 * kernel or in the library. Not to be read or closed.
 *
 * Return: it, or a negative errno.
 */
int nlbroker_fd(struct nlbroker *broker);

/**
 * nlbroker_set_queue() - how much may wait in the kernel to be received
 * @broker: the connection
 * @bytes: as the kernel counts: 768 and more for each message, whatever its size
 *
 * Without CAP_NET_ADMIN, net.core.rmem_max is the most.
 *
 * Return: the bytes it is now, or a negative errno.
 */
int nlbroker_set_queue(struct nlbroker *broker, int bytes);

/**
 * nlbroker_advertise() - own a topic
 * @broker: the connection
 * @topic: its name
 * @mode: bits of 0666; -1: the namespace's default, or what it is already
 * @flags: NLBROKER_RETAIN or 0
 *
 * Return: 0; -EBUSY when another has it; -EACCES; -EDQUOT; -EINVAL.
 */
int nlbroker_advertise(struct nlbroker *broker, const char *topic, int mode,
		       unsigned int flags);

/**
 * nlbroker_withdraw() - own it no longer
 * @broker: the connection
 * @topic: its name
 *
 * Return: 0; -ENOENT when it wasn't this connection's.
 */
int nlbroker_withdraw(struct nlbroker *broker, const char *topic);

/**
 * nlbroker_publish() - hand a message to a topic's subscribers
 * @broker: the connection
 * @topic: its name
 * @payload: bytes; can be NULL if @len is 0
 * @len: how many, at most NLBROKER_PAYLOAD_MAX
 * @flags: NLBROKER_RETAIN, NLBROKER_NO_ACK
 *
 * A subscriber that has no room loses the message, and is told so.
 *
 * Return: 0; -EMSGSIZE; -EACCES; -EDQUOT; -EINVAL. After -ENOBUFS the kernel
 * may have published the message.
 */
int nlbroker_publish(struct nlbroker *broker, const char *topic,
		     const void *payload, size_t len, unsigned int flags);

/**
 * nlbroker_publish_wait() - publish, and wait for subscribers that have no room
 * @broker: the connection
 * @topic: its name
 * @payload: bytes; can be NULL if @len is 0
 * @len: how many, at most NLBROKER_PAYLOAD_MAX
 * @flags: NLBROKER_RETAIN or 0
 * @timeout: milliseconds, NLBROKER_FOREVER; 0: don't wait
 * @counts: what became of the message, or NULL
 *
 * Subscribers that have room get it at once. The others it is offered again, at
 * times that grow apart, until they take it, time is over or a signal is caught;
 * then those that still have no room lose it. With a @timeout, signals are caught
 * in the pauses only, so that none comes in vain.
 *
 * Return: 0 when it was published, also when some lost it; or as
 * nlbroker_publish().
 */
int nlbroker_publish_wait(struct nlbroker *broker, const char *topic,
			  const void *payload, size_t len, unsigned int flags,
			  int timeout, struct nlbroker_counts *counts);

/**
 * nlbroker_publish_many() - publish many messages with few system calls
 * @broker: the connection
 * @messages: the messages; each one's error is written
 * @count: how many
 *
 * They are published in this order. One that is refused doesn't stop the others.
 * Those to the same topic, one after the other and without flags, are a single
 * request: subscribers get them with fewer calls, but when one of their queues has
 * little room left, lose up to a page of them at once.
 *
 * Return: 0, or the error of the first one that wasn't published.
 */
int nlbroker_publish_many(struct nlbroker *broker,
			  struct nlbroker_outgoing *messages, size_t count);

/**
 * nlbroker_subscribe() - get the messages of all topics that match
 * @broker: the connection
 * @pattern: a topic, perhaps with the wildcards ``+`` and ``#``
 * @flags: NLBROKER_NO_LOCAL, NLBROKER_SEND_RETAINED, NLBROKER_CREDS
 *
 * The same pattern again replaces the flags.
 *
 * Return: 0; -EACCES; -EDQUOT; -EINVAL; -EOPNOTSUPP for a shared subscription.
 */
int nlbroker_subscribe(struct nlbroker *broker, const char *pattern,
		       unsigned int flags);

/**
 * nlbroker_unsubscribe() - get them no longer
 * @broker: the connection
 * @pattern: as subscribed to
 *
 * What has come before can still be received.
 *
 * Return: 0; -ENOENT when there was no such subscription.
 */
int nlbroker_unsubscribe(struct nlbroker *broker, const char *pattern);

/**
 * nlbroker_listen() - get the events of this network namespace
 * @broker: the connection
 *
 * Return: 0, or a negative errno.
 */
int nlbroker_listen(struct nlbroker *broker);

/**
 * nlbroker_receive() - get what has come for this connection
 * @broker: the connection
 * @message: what it is, when 1 is returned; valid until the next
 *	nlbroker_receive() or nlbroker_close()
 * @timeout: milliseconds to wait, NLBROKER_FOREVER, or 0
 *
 * Return: 1; 0 when time was over; -EINTR when a signal was caught; or another
 * negative errno.
 */
int nlbroker_receive(struct nlbroker *broker,
		     const struct nlbroker_message **message, int timeout);

/**
 * typedef nlbroker_peer_fn - called for a peer
 * @peer: gone when it returns
 * @arg: the caller's
 */
typedef void (*nlbroker_peer_fn)(const struct nlbroker_peer *peer, void *arg);

/**
 * typedef nlbroker_topic_fn - called for a topic
 * @topic: gone when it returns
 * @arg: the caller's
 */
typedef void (*nlbroker_topic_fn)(const struct nlbroker_topic *topic,
				  void *arg);

/**
 * typedef nlbroker_message_fn - called for a retained value
 * @message: gone when it returns
 * @arg: the caller's
 */
typedef void (*nlbroker_message_fn)(const struct nlbroker_message *message,
				    void *arg);

/**
 * nlbroker_peers() - who subscribes or advertises
 * @broker: the connection
 * @fn: called for each, when all is known
 * @arg: passed to @fn
 *
 * Return: 0; 1 when some came or went meanwhile, so that not all may be right;
 * or a negative errno.
 */
int nlbroker_peers(struct nlbroker *broker, nlbroker_peer_fn fn, void *arg);

/**
 * nlbroker_topics() - which topics live
 * @broker: the connection
 * @pattern: only those that match, or NULL
 * @fn: called for each, when all is known
 * @arg: passed to @fn
 *
 * Return: as nlbroker_peers().
 */
int nlbroker_topics(struct nlbroker *broker, const char *pattern,
		    nlbroker_topic_fn fn, void *arg);

/**
 * nlbroker_retained() - the values kept
 * @broker: the connection
 * @pattern: only those of topics that match, or NULL
 * @fn: called for each that the caller may read, when all is known
 * @arg: passed to @fn
 *
 * Return: as nlbroker_peers().
 */
int nlbroker_retained(struct nlbroker *broker, const char *pattern,
		      nlbroker_message_fn fn, void *arg);

/**
 * nlbroker_get_limits() - limits and counters
 * @broker: the connection
 * @limits: they, when 0 is returned; valid until the next call of this, or
 *	nlbroker_close()
 *
 * Return: 0, or a negative errno.
 */
int nlbroker_get_limits(struct nlbroker *broker,
			const struct nlbroker_limits **limits);

/**
 * nlbroker_set_limit() - set a limit of this network namespace
 * @broker: the connection
 * @limit: NLBROKER_A_LIMIT_PEERS and the like
 * @value: up to the ceiling
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN, or above the ceiling; -EINVAL.
 */
int nlbroker_set_limit(struct nlbroker *broker, enum nlbroker_attr limit,
		       uint64_t value);

/**
 * nlbroker_set_mode() - set the mode of topics that nobody advertises
 * @broker: the connection
 * @mode: bits of 0666
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN; -EINVAL.
 */
int nlbroker_set_mode(struct nlbroker *broker, uint32_t mode);

/**
 * nlbroker_topic_fault() - what is wrong with a topic or a pattern?
 * @text: NUL-terminated
 * @pattern: may it have wildcards?
 *
 * Return: NULL if nothing is, else a sentence.
 */
const char *nlbroker_topic_fault(const char *text, bool pattern);

/**
 * nlbroker_topic_matches() - does a topic match a pattern?
 * @pattern: the pattern
 * @topic: the topic
 *
 * For a program that wants to know which of its patterns a message came by.
 *
 * Return: true if it does; false also if one of them is malformed.
 */
bool nlbroker_topic_matches(const char *pattern, const char *topic);

#ifdef __cplusplus
}
#endif

#endif /* LIBNLBROKER_H */
