/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection from within.
 *
 * A request is one sendmsg(); the kernel works on it at once, so when that has
 * returned, the answer is in the socket's queue, behind what was published to
 * this socket before. What is in front of it is moved to a list in memory, the
 * backlog, from where nlbroker_receive() takes it. When the queue is empty and
 * the answer hasn't come, it was lost: no time-out is needed to know.
 */
#ifndef LIBNLBROKER_CONNECTION_H
#define LIBNLBROKER_CONNECTION_H

#include <sys/socket.h>
#include <sys/uio.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "libnlbroker.h"
#include "parse.h"

/** NLB_BUFFER - bytes that hold every datagram of the family. */
#define NLB_BUFFER 65536

/** NLB_SLOTS - datagrams that one recvmmsg() takes at most. */
#define NLB_SLOTS 8

/**
 * NLB_BATCH - messages that one sendmsg() hands to the kernel at most
 *
 * Should it refuse them all, its answers fit into a queue of the usual size.
 */
#define NLB_BATCH 64

/**
 * NLB_PATIENCE - datagrams read one by one before several are read at once
 *
 * A recvmmsg() that finds one costs more than a recv(). The most it can become,
 * when that happens again and again.
 */
#define NLB_PATIENCE 64

/**
 * NLB_BACKLOG_MAX - bytes of memory that the backlog may take
 *
 * Who sends requests and never receives would fill all memory otherwise.
 */
#define NLB_BACKLOG_MAX (8 << 20)

/**
 * struct nlb_datagram - what came while an answer was awaited
 * @next: came after it
 * @len: bytes of @data
 * @data: whole netlink messages
 */
struct nlb_datagram {
	struct nlb_datagram *next;
	size_t len;
	char data[];
};

/**
 * struct nlb_slots - where datagrams are read into
 * @buffer: @size times NLB_BUFFER, or NULL
 * @size: how many there are: 1, or NLB_SLOTS once they are of use
 * @filled: how many have something
 * @at: the next one to look at
 * @patience: how many are read one by one before several at once
 * @run: how many have been
 * @len: bytes in each
 */
struct nlb_slots {
	char *buffer;
	unsigned int size;
	unsigned int filled;
	unsigned int at;
	unsigned int patience;
	unsigned int run;
	size_t len[NLB_SLOTS];
};

/**
 * struct nlbroker - a connection
 * @fd: the socket
 * @epoll_fd: what nlbroker_fd() has given out, or -1
 * @event_fd: readable while something waits in memory, or -1
 * @signalled: it is
 * @family: nlmsg_type of the family
 * @portid: of the socket
 * @seq: of the last request, never 0
 * @sndbuf: the most that one sendmsg() can have
 * @rcvbuf: bytes that the queue can hold, as the kernel counts
 * @subscribed: it has asked for messages
 * @listening: it has asked for events
 * @slots: read from the socket and not yet received
 * @backlog: likewise, later than those
 * @backlog_end: where the next one goes
 * @backlog_bytes: memory of it
 * @current: of the backlog, being received
 * @rest: what of the datagram being received hasn't been looked at
 * @rest_len: bytes of it
 * @answer: where an answer is read into
 * @spare: messages to publish with, or NULL
 * @group: one with room for several payloads, or NULL
 * @message: what nlbroker_receive() has given out
 * @limits: what nlbroker_get_limits() has given out
 * @refused: see nlbroker_refused()
 * @text: see nlbroker_error()
 * @seed: for jitter
 */
struct nlbroker {
	int fd;
	int epoll_fd;
	int event_fd;
	bool signalled;
	uint16_t family;
	uint32_t portid;
	uint32_t seq;
	size_t sndbuf;
	unsigned int rcvbuf;
	bool subscribed;
	bool listening;
	struct nlb_slots slots;
	struct nlb_datagram *backlog;
	struct nlb_datagram **backlog_end;
	size_t backlog_bytes;
	struct nlb_datagram *current;
	const char *rest;
	size_t rest_len;
	char *answer;
	struct nl_msg *spare[NLB_BATCH];
	struct nl_msg *group;
	struct nlbroker_message message;
	struct nlbroker_limits limits;
	bool refused;
	char text[NLB_TEXT_MAX];
	unsigned int seed;
};

/**
 * typedef nlb_answer_fn - called for each part of an answer
 * @nlh: a message of the family, or an error, as nlb_parse_header() found it
 * @header: what that is
 * @arg: the caller's
 *
 * Return: 0, or a negative errno for nlb_ask().
 */
typedef int (*nlb_answer_fn)(const struct nlmsghdr *nlh,
			     const struct nlb_header *header, void *arg);

/**
 * nlb_fail() - remember the words for an error of the library's own
 * @broker: the connection
 * @error: negative errno
 * @text: a string constant; NULL: none
 *
 * Return: @error.
 */
int nlb_fail(struct nlbroker *broker, int error, const char *text);

/**
 * nlb_resolve() - find the family's number
 * @broker: the connection
 *
 * Return: 0, or a negative errno.
 */
int nlb_resolve(struct nlbroker *broker);

/**
 * nlb_request() - begin a request
 * @cmd: command
 * @flags: besides NLM_F_REQUEST
 * @size: bytes of its attributes
 *
 * The number of the family and the sequence number are set when it is sent.
 *
 * Return: a message for nlmsg_free(), or NULL.
 */
struct nl_msg *nlb_request(enum nlbroker_cmd cmd, int flags, size_t size);

/**
 * nlb_stamp() - give a request its family and its sequence number
 * @broker: the connection
 * @msg: the request
 */
void nlb_stamp(struct nlbroker *broker, struct nl_msg *msg);

/**
 * nlb_send() - hand bytes to the kernel
 * @broker: the connection
 * @iov: whole netlink messages
 * @count: of @iov
 *
 * Return: 0, or a negative errno.
 */
int nlb_send(struct nlbroker *broker, struct iovec *iov, size_t count);

/**
 * nlb_make_room() - take what is in the queue, so that an answer finds room
 * @broker: the connection
 *
 * Return: 0; -ENOBUFS when too much waits to be received; -ENOMEM.
 */
int nlb_make_room(struct nlbroker *broker);

/**
 * nlb_await() - wait for an answer
 * @broker: the connection
 * @first: sequence number of the first request of a batch, or of the only one
 * @fn: called for messages of all these; NULL: there are none
 * @arg: passed to @fn
 *
 * The last request is the one that was stamped last; its answer ends the wait.
 *
 * Return: 0; the error that the last request was refused with; -ENOBUFS when
 * the answer was lost; -EBADMSG; -ENOMEM; or what @fn has returned.
 */
int nlb_await(struct nlbroker *broker, uint32_t first, nlb_answer_fn fn,
	      void *arg);

/**
 * nlb_ask() - send a request and wait for its answer
 * @broker: the connection
 * @msg: the request, or NULL if there was no memory for it; consumed
 * @fn: as for nlb_await()
 * @arg: passed to @fn
 *
 * Sent again when its answer was lost: the request has to be one that does no
 * harm. When the driver has been unloaded and loaded meanwhile, this finds it.
 *
 * Return: as nlb_await(); -ENODEV when the driver is gone.
 */
int nlb_ask(struct nlbroker *broker, struct nl_msg *msg, nlb_answer_fn fn,
	    void *arg);

/**
 * nlb_signal() - have nlbroker_fd() tell whether something waits in memory
 * @broker: the connection
 */
void nlb_signal(struct nlbroker *broker);

#endif
