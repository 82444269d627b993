// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser of genl-echo's raw netlink client, as both transports use it: the
 * first byte says how; "b": the rest is a datagram as it is, else it is a script.
 * Pointers of what is read are within the datagram; nothing is read beyond it.
 * sources: tools/genl-echo/reply.c tests/fuzz/user/lib/script.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "../../../tools/genl-echo/reply.h"
#include "lib/fuzz.h"
#include "lib/script.h"

static const char *datagram;
static size_t datagram_len;

static void inside(const void *p, size_t len)
{
	const char *at = p;

	FUZZ_CHECK(at >= datagram && at <= datagram + datagram_len);
	FUZZ_CHECK(len <= (size_t)(datagram + datagram_len - at));
	fuzz_read(p, len);
}

static void attributes(const struct reply *reply)
{
	static const size_t sizes[] = { 0, 1, 2, 4, 8 };
	uint64_t value;
	const void *p;
	size_t i, len;
	int type;

	inside(reply->attrs, reply->attrs_len);
	for (type = 0; type <= REPLY_ATTR_MAX + 1; type++) {
		p = reply_bytes(reply, type, &len);
		if (p)
			inside(p, len);
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			if (reply_uint(reply, type, sizes[i], &value))
				FUZZ_CHECK(p && len == sizes[i] && len > 1);
		p = reply_string(reply, type, &len);
		if (p)
			inside(p, len + 1);
		if (p)
			FUZZ_CHECK(strlen(p) == len);
	}
	reply_group(reply, GENL_ECHO_MCGRP_EVENTS);
	FUZZ_CHECK(!reply_bytes(reply, 0x4000, &len));
}

static void one(const struct reply *reply)
{
	/* These have nothing else. */
	if (reply->kind == REPLY_OVERRUN || reply->kind == REPLY_NOOP)
		return;
	FUZZ_CHECK(reply->error >= 0 && reply->error <= 4095);
	FUZZ_CHECK(reply->text || !reply->text_len);
	if (reply->text) {
		inside(reply->text, reply->text_len);
		FUZZ_CHECK(!memchr(reply->text, 0, reply->text_len));
	}
	if (reply->kind == REPLY_MESSAGE) {
		FUZZ_CHECK(reply->type >= NLMSG_MIN_TYPE && !reply->error);
		attributes(reply);
	}
}

static void read_datagram(const void *bytes, size_t len)
{
	struct reply reply;
	size_t at = 0, before;
	int rc;

	datagram = fuzz_copy(bytes, len);
	datagram_len = len;
	do {
		before = at;
		memset(&reply, 0x5a, sizeof(reply));
		rc = reply_next(datagram, len, &at, &reply);
		FUZZ_CHECK(at <= len && at % 4 * (at != len) == 0);
		if (rc > 0) {
			FUZZ_CHECK(at - before >= sizeof(struct nlmsghdr));
			one(&reply);
		}
	} while (rc > 0);
	FUZZ_CHECK(rc == 0 || rc == -EBADMSG);
	FUZZ_CHECK(at == len);
	free((void *)datagram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *bytes;
	int len;

	if (!size)
		return 0;
	if (*data == 'b') {
		read_datagram(data + 1, size - 1);
		return 0;
	}
	script_begin(data, size);
	while (script_more()) {
		len = script_datagram(&bytes);
		if (len > 0)
			read_datagram(bytes, (size_t)len);
	}
	return 0;
}
