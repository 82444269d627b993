/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests and their replies, over either of two transports: libnl-genl-3, and
 * nothing but system calls. Both find the family, know late replies from
 * current ones, and keep the kernel's reason for a refusal, by the same code.
 */
#ifndef GENL_ECHO_TRANSPORT_H
#define GENL_ECHO_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reply.h"

/**
 * TRANSPORT_BUFFER - bytes that hold every message to and from the family
 *
 * The longest is an error reply, which has the request in it, with the longest
 * DATA, the longest MSG, and as much again of extack text. Less than what malloc()
 * takes from mmap(), so libnl's malloc() of it costs no system call.
 */
#define TRANSPORT_BUFFER (GENL_ECHO_DATA_MAX + 2 * GENL_ECHO_MSG_MAX + 512)

/**
 * TRANSPORT_REFUSED - returned for a request that the kernel has refused
 *
 * transport.refused says why. Local failures are negative errnos.
 */
#define TRANSPORT_REFUSED 1

/**
 * struct attr - an attribute of a request
 * @type: its type
 * @len: bytes of @data
 * @data: its payload
 */
struct attr {
	uint16_t type;
	uint16_t len;
	const void *data;
};

/**
 * struct request - what to ask
 * @type: nlmsg_type; 0: of the family that was found
 * @flags: besides NLM_F_REQUEST
 * @cmd: generic netlink command
 * @count: how many of @attr are in use
 * @attr: its attributes, in order
 */
struct request {
	uint16_t type;
	uint16_t flags;
	uint8_t cmd;
	unsigned int count;
	struct attr attr[4];
};

/**
 * request_add() - add an attribute to a request
 * @req: the request; room is the caller's business (no command takes more)
 * @type: its type
 * @data: its payload, which has to stay until the request is sent
 * @len: bytes of it
 */
static inline void request_add(struct request *req, uint16_t type,
			       const void *data, size_t len)
{
	req->attr[req->count++] = (struct attr){ type, (uint16_t)len, data };
}

/**
 * struct refusal - why the kernel refused
 * @error: positive errno
 * @text: extack text, NUL-terminated, as it came; empty: none
 * @offset: where in the request the wrong attribute is; 0: not said
 * @missing: type of the attribute that is missing; 0: not said
 */
struct refusal {
	int error;
	char text[GENL_ECHO_MSG_MAX + 1];
	uint32_t offset;
	uint32_t missing;
};

/**
 * typedef reply_fn - called for a message
 * @reply: the message; gone when the function returns
 * @arg: the caller's
 */
typedef void (*reply_fn)(const struct reply *reply, void *arg);

struct transport_ops;

/**
 * struct transport - a socket
 * @ops: what it is made of
 * @fd: to wait for
 * @family: nlmsg_type of the family
 * @events: id of its group "events", 0: it has none
 * @seq: of the last request
 * @late: replies that came after their time
 * @refused: of the last request, when TRANSPORT_REFUSED was returned
 * @before: the one that was opened before
 */
struct transport {
	const struct transport_ops *ops;
	int fd;
	uint16_t family;
	uint32_t events;
	uint32_t seq;
	uint64_t late;
	struct refusal refused;
	struct transport *before;
};

/**
 * struct transport_ops - a way to use netlink
 * @name: as in --transport
 * @open: make a socket that talks to the kernel alone, with extack, and with a
 *	limit in ns to each wait for a reply (0: none). Returns NULL and errno.
 * @send: send a request under transport.seq. 0 or a negative errno.
 * @recv: receive once, and call @fn for every message. 0; -EAGAIN: nothing came
 *	in time; -ENOBUFS: messages were lost; or another negative errno.
 * @close: undo @open
 */
struct transport_ops {
	const char *name;
	struct transport *(*open)(uint64_t timeout);
	int (*send)(struct transport *t, const struct request *req);
	int (*recv)(struct transport *t, reply_fn fn, void *arg);
	void (*close)(struct transport *t);
};

extern const struct transport_ops transport_raw, transport_libnl;

/**
 * transport_call() - ask, and wait for all of the answer
 * @t: the socket
 * @req: the request
 * @fn: called for every message of the answer; NULL: just wait
 * @arg: passed on
 *
 * Return: 0; TRANSPORT_REFUSED; or a negative errno: -EAGAIN: no answer in time;
 * -ENOBUFS: the answer was lost; -EBADMSG: it made no sense.
 */
int transport_call(struct transport *t, const struct request *req, reply_fn fn,
		   void *arg);

/**
 * transport_find() - find a family and its group "events"
 * @t: the socket; family and events are set
 * @name: the family's name
 *
 * The kernel loads a module for the name if it knows one.
 *
 * Return: as transport_call().
 */
int transport_find(struct transport *t, const char *name);

/**
 * transport_join() - become a member of a multicast group
 * @t: the socket
 * @group: its id
 *
 * Return: 0 or a negative errno.
 */
int transport_join(struct transport *t, uint32_t group);

/**
 * transport_setup() - what either transport sets on its socket
 * @fd: the socket
 * @timeout: in ns, 0: none
 *
 * Return: 0 or a negative errno.
 */
int transport_setup(int fd, uint64_t timeout);

#endif
