/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what came through a netlink socket. Works on a buffer, makes no system
 * call, and trusts no length in it: a message that contradicts itself is an
 * error, never a read beyond the end.
 */
#ifndef GENL_ECHO_REPLY_H
#define GENL_ECHO_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include <sockmods/genl_echo.h>

/** REPLY_ATTR_MAX - highest attribute type in a message of the family. */
#define REPLY_ATTR_MAX GENL_ECHO_A_MAX

/**
 * enum reply_kind - what a message is
 * @REPLY_MESSAGE: of a generic netlink family, reply.type says which
 * @REPLY_ERROR: a request was refused, or (reply.error is 0) accepted
 * @REPLY_DONE: the end of a dump; it failed when reply.error isn't 0
 * @REPLY_OVERRUN: the kernel says that messages were lost
 * @REPLY_NOOP: to be ignored
 */
enum reply_kind {
	REPLY_MESSAGE,
	REPLY_ERROR,
	REPLY_DONE,
	REPLY_OVERRUN,
	REPLY_NOOP,
};

/**
 * struct reply - one message; all pointers are into the buffer
 * @kind: what it is
 * @type: nlmsg_type
 * @flags: nlmsg_flags
 * @seq: sequence number of the request; 0 for what nobody asked for
 * @cmd: generic netlink command (REPLY_MESSAGE)
 * @error: positive errno or 0 (REPLY_ERROR, REPLY_DONE)
 * @text: extack text without its NUL, or NULL
 * @text_len: bytes of it
 * @offset: where in the request the wrong attribute is; 0: not said
 * @missing: type of the attribute that is missing; 0: not said
 * @attrs: its attributes, every one within the buffer (REPLY_MESSAGE). No table
 *	of them: clearing that for each message costs more than to look through
 *	the few there are.
 * @attrs_len: bytes of those
 */
struct reply {
	enum reply_kind kind;
	uint16_t type;
	uint16_t flags;
	uint32_t seq;
	uint8_t cmd;
	int error;
	const char *text;
	size_t text_len;
	uint32_t offset;
	uint32_t missing;
	const void *attrs;
	size_t attrs_len;
};

/**
 * reply_next() - read the next message of a buffer
 * @buf: what was received, aligned to 4 bytes
 * @len: bytes of it
 * @at: where the message begins, 0 at first; moved behind it
 * @reply: the message
 *
 * Return: 1; 0 when there are no more; -EBADMSG when what is there is no netlink
 * message (@at is at the end then).
 */
int reply_next(const void *buf, size_t len, size_t *at, struct reply *reply);

/**
 * reply_errormsg() - read an NLMSG_ERROR
 * @nlh: the message
 * @len: bytes that are there; nlmsg_len isn't more
 * @reply: kind, error and what belongs to it are set
 *
 * Return: 0, or -EBADMSG.
 */
int reply_errormsg(const struct nlmsghdr *nlh, size_t len, struct reply *reply);

/**
 * reply_bytes() - payload of an attribute
 * @reply: the message
 * @type: which attribute
 * @len: its length
 *
 * Return: the payload, or NULL when it isn't there. Of two of a type, the last.
 */
const void *reply_bytes(const struct reply *reply, int type, size_t *len);

/**
 * reply_string() - payload of an attribute that should end with a NUL
 * @reply: the message
 * @type: which attribute
 * @len: length up to the first NUL
 *
 * Return: the text, or NULL when it isn't there or has no NUL.
 */
const char *reply_string(const struct reply *reply, int type, size_t *len);

/**
 * reply_uint() - payload of an attribute that should be a number
 * @reply: the message
 * @type: which attribute
 * @size: bytes that it should have: 2, 4 or 8
 * @value: the number
 *
 * Return: true when it is there, and of that size.
 */
bool reply_uint(const struct reply *reply, int type, size_t size,
		uint64_t *value);

/**
 * reply_group() - find a multicast group in what CTRL_CMD_GETFAMILY returned
 * @reply: the message
 * @name: the group's name
 *
 * Return: its id, or 0.
 */
uint32_t reply_group(const struct reply *reply, const char *name);

#endif
