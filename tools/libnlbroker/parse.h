/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel sends, taken apart. Nothing here trusts a length, and nothing
 * needs a kernel: tests/unit/lib-parse.c feeds it bytes.
 */
#ifndef LIBNLBROKER_PARSE_H
#define LIBNLBROKER_PARSE_H

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "libnlbroker.h"

/** NLB_TEXT_MAX - bytes of an error's text, its NUL included; more is cut off. */
#define NLB_TEXT_MAX 256

/**
 * enum nlb_part - what a netlink message is to us
 * @NLB_PART_FAMILY: a message of the family
 * @NLB_PART_ERROR: a refusal, or an acknowledgement (error 0)
 * @NLB_PART_DONE: the end of a dump
 * @NLB_PART_OVERRUN: the kernel's word that something was lost
 * @NLB_PART_UNLOADED: the controller's, that the family is gone
 * @NLB_PART_OTHER: nothing to us
 */
enum nlb_part {
	NLB_PART_FAMILY,
	NLB_PART_ERROR,
	NLB_PART_DONE,
	NLB_PART_OVERRUN,
	NLB_PART_UNLOADED,
	NLB_PART_OTHER,
};

/**
 * struct nlb_header - a netlink message, from outside
 * @part: what it is
 * @cmd: of the family
 * @error: 0 or a negative errno
 * @text: the kernel's words, "" if there are none
 */
struct nlb_header {
	enum nlb_part part;
	uint8_t cmd;
	int error;
	char text[NLB_TEXT_MAX];
};

/**
 * nlb_next() - the next netlink message of a datagram
 * @data: what is left of it; moved on
 * @len: bytes of that; 0 at the end, also when what is left isn't a message
 *
 * Return: the message, all of which is there; or NULL.
 */
const struct nlmsghdr *nlb_next(const char **data, size_t *len);

/**
 * nlb_parse_header() - what is this message?
 * @nlh: from nlb_next()
 * @family: nlmsg_type of the family
 * @header: filled in
 *
 * Return: 0, or -EBADMSG.
 */
int nlb_parse_header(const struct nlmsghdr *nlh, uint16_t family,
		     struct nlb_header *header);

/**
 * nlb_parse_message() - a delivery, a loss, an event or a retained value
 * @nlh: found to be NLB_PART_FAMILY
 * @message: filled in; points into @nlh
 *
 * Return: 0; -ENOMSG when its command isn't one of these; -EBADMSG.
 */
int nlb_parse_message(const struct nlmsghdr *nlh,
		      struct nlbroker_message *message);

/**
 * nlb_parse_counts() - the answer to a PUBLISH
 * @nlh: found to be NLB_PART_FAMILY
 * @counts: filled in
 * @ports: who was full, a list of u32 within @nlh; NULL: not said
 * @ports_num: how many
 *
 * Return: 0, or -EBADMSG.
 */
int nlb_parse_counts(const struct nlmsghdr *nlh, struct nlbroker_counts *counts,
		     const void **ports, size_t *ports_num);

/**
 * nlb_parse_peer() - a peer
 * @nlh: found to be NLB_PART_FAMILY
 * @peer: filled in
 *
 * Return: 0, or -EBADMSG.
 */
int nlb_parse_peer(const struct nlmsghdr *nlh, struct nlbroker_peer *peer);

/**
 * nlb_parse_topic() - a topic
 * @nlh: found to be NLB_PART_FAMILY
 * @topic: filled in; points into @nlh
 *
 * Return: 0, or -EBADMSG.
 */
int nlb_parse_topic(const struct nlmsghdr *nlh, struct nlbroker_topic *topic);

/**
 * nlb_parse_limits() - limits and counters
 * @nlh: found to be NLB_PART_FAMILY
 * @limits: filled in
 *
 * Return: 0, or -EBADMSG.
 */
int nlb_parse_limits(const struct nlmsghdr *nlh,
		     struct nlbroker_limits *limits);

#endif
