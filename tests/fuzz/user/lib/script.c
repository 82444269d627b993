// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts, turned into netlink messages; what script.h tells of them. */
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>

#include "script.h"

#define DATAGRAM_MAX 70000
#define NESTS_MAX 8

uint32_t script_seq;

static struct {
	const uint8_t *p;
	const uint8_t *end;
	/* the datagram in the making */
	_Alignas(8) unsigned char bytes[DATAGRAM_MAX + 70000];
	size_t len;
	struct nlmsghdr *nlh; /* the current message, or NULL */
	struct nlattr *attr; /* its last attribute, or NULL */
	struct nlattr *nest[NESTS_MAX];
	unsigned int nests;
	bool ends; /* its length was set by the script */
} script;

void script_begin(const uint8_t *bytes, size_t len)
{
	script.p = bytes;
	script.end = bytes + len;
	script_seq = 0;
}

bool script_more(void)
{
	return script.p < script.end;
}

static unsigned int next(void)
{
	return script.p < script.end ? *script.p++ : 0;
}

static uint64_t number_of(unsigned int c)
{
	static const struct {
		char c;
		uint64_t value;
	} others[] = {
		{ '-', UINT64_MAX },
		{ '~', 0x8000000080000000 },
		{ '^', 0x7fffffff },
		{ '$', 0xffff },
		{ '%', 0x10000 },
		{ '&', 4096 },
		{ '*', 0x7fffffffff },
		{ '+', 255 },
		{ '=', 0xfffffff0 },
		{ '@', 1000 },
		{ ':', 256 },
		{ ',', 4095 },
		/* what a reader is told that was too slow */
		{ ';', ENOBUFS },
		{ '.', 0 },
	};
	size_t i;

	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 36;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if ((unsigned int)others[i].c == c)
			return others[i].value;
	return c;
}

static uint64_t number(void)
{
	return number_of(next());
}

static void put(const void *bytes, size_t len)
{
	size_t padded = NLMSG_ALIGN(len);

	if (script.len + padded > DATAGRAM_MAX)
		return;
	memset(script.bytes + script.len, 0, padded);
	if (len)
		memcpy(script.bytes + script.len, bytes, len);
	script.len += padded;
}

/* Lengths are right, unless the script says something else. */
static void message_end(void)
{
	if (script.nlh && !script.ends)
		script.nlh->nlmsg_len = (uint32_t)(script.bytes + script.len -
						   (unsigned char *)script.nlh);
	script.nlh = NULL;
	script.attr = NULL;
	script.nests = 0;
	script.ends = false;
}

static void message(unsigned int type, unsigned int flags)
{
	struct nlmsghdr nlh = {
		.nlmsg_type = (uint16_t)type,
		.nlmsg_flags = (uint16_t)flags,
		.nlmsg_seq = script_seq,
		.nlmsg_pid = SCRIPT_PORT,
	};

	message_end();
	if (script.len + sizeof(nlh) > DATAGRAM_MAX)
		return;
	script.nlh = (void *)(script.bytes + script.len);
	put(&nlh, sizeof(nlh));
}

static void genl(unsigned int type, unsigned int flags, uint64_t cmd)
{
	struct genlmsghdr genl = { .cmd = (uint8_t)cmd, .version = 1 };

	message(type, flags);
	put(&genl, sizeof(genl));
}

static unsigned int flags(void)
{
	switch (next()) {
	case 'm':
		return NLM_F_MULTI;
	case 'i':
		return NLM_F_MULTI | NLM_F_DUMP_INTR;
	case 't':
		return NLM_F_ACK_TLVS;
	case 'c':
		return NLM_F_CAPPED;
	case 'b':
		return NLM_F_CAPPED | NLM_F_ACK_TLVS;
	default:
		return 0;
	}
}

static void error(void)
{
	struct nlmsgerr e = { .error =
				      -(int)(uint32_t)(number() & 0x7fffffff) };
	unsigned int f = flags();

	/* The request, of which nobody reads more than its length. */
	e.msg.nlmsg_len = sizeof(e.msg) + 8;
	message(NLMSG_ERROR, f);
	put(&e, sizeof(e));
	if (!(f & NLM_F_CAPPED))
		put("request", 8);
}

static void done(void)
{
	int32_t e = -(int32_t)(number() & 0x7fffffff);

	message(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS);
	put(&e, sizeof(e));
}

static void attribute(unsigned int type, const void *bytes, size_t len)
{
	struct nlattr attr = {
		.nla_type = (uint16_t)type,
		.nla_len = (uint16_t)(NLA_HDRLEN + len),
	};

	if (script.len + NLA_HDRLEN + NLA_ALIGN(len) > DATAGRAM_MAX)
		return;
	script.attr = (void *)(script.bytes + script.len);
	put(&attr, sizeof(attr));
	put(bytes, len);
}

static void integer(size_t size)
{
	unsigned int type = (unsigned int)number();
	uint64_t v = number();

	attribute(type, &v, size);
}

/* Up to a newline, or the end. */
static void text(bool nul)
{
	static char bytes[4096];
	unsigned int type = (unsigned int)number();
	size_t len = 0;

	while (script_more() && *script.p != '\n') {
		if (len < sizeof(bytes) - 1)
			bytes[len++] = (char)*script.p;
		script.p++;
	}
	bytes[len] = '\0';
	attribute(type, bytes, len + nul);
}

static void plenty(void)
{
	static unsigned char bytes[65536];
	unsigned int type = (unsigned int)number();
	size_t i, len = 256 * (number() % 256);

	for (i = 0; i < len; i += 16)
		bytes[i] = (unsigned char)i;
	attribute(type, bytes, len);
}

static void nest(void)
{
	unsigned int type = (unsigned int)number();

	if (script.nests == NESTS_MAX)
		return;
	script.attr = NULL;
	attribute(type, NULL, 0);
	if (script.attr)
		script.nest[script.nests++] = script.attr;
}

static void nest_end(void)
{
	struct nlattr *attr;

	if (!script.nests)
		return;
	attr = script.nest[--script.nests];
	attr->nla_len =
		(uint16_t)(script.bytes + script.len - (unsigned char *)attr);
	script.attr = attr;
}

static void raw(void)
{
	size_t len = number() & 0xff, left = (size_t)(script.end - script.p);

	len = len < left ? len : left;
	put(script.p, len);
	script.p += len;
}

static void sequence(void)
{
	uint64_t back = number();

	if (script.nlh)
		script.nlh->nlmsg_seq = script_seq - (uint32_t)back;
}

static void lengths(unsigned int c)
{
	uint64_t v = number();

	if (c == 'A' && script.attr) {
		script.attr->nla_len = (uint16_t)v;
	} else if (c == 'L' && script.nlh) {
		script.nlh->nlmsg_len = (uint32_t)v;
		script.ends = true;
	}
}

static void command(unsigned int c)
{
	unsigned int v;

	switch (c) {
	case 'g':
		v = (unsigned int)number();
		genl(SCRIPT_FAMILY, flags(), v);
		break;
	case 'c':
		genl(GENL_ID_CTRL, 0, number());
		break;
	case 'x':
		message((unsigned int)number(), NLM_F_MULTI);
		break;
	case 'e':
		error();
		break;
	case 'd':
		done();
		break;
	case 'o':
		message(NLMSG_OVERRUN, 0);
		break;
	case 's':
		sequence();
		break;
	case 'n':
		if (script.nlh)
			script.nlh->nlmsg_seq = 0;
		break;
	case 't':
		text(true);
		break;
	case 'r':
		text(false);
		break;
	case 'u':
		integer(sizeof(uint32_t));
		break;
	case 'q':
		integer(sizeof(uint64_t));
		break;
	case 'h':
		integer(sizeof(uint16_t));
		break;
	case 'f':
		attribute((unsigned int)number(), NULL, 0);
		break;
	case 'p':
		plenty();
		break;
	case '[':
		nest();
		break;
	case ']':
		nest_end();
		break;
	case 'b':
		raw();
		break;
	case 'L':
	case 'A':
		lengths(c);
		break;
	}
}

int script_datagram(const void **bytes)
{
	unsigned int c = 0, e;

	script.len = 0;
	while (script_more()) {
		c = *script.p;
		/* What has been said before this comes first. */
		if (script.len && (c == '!' || c == '?'))
			break;
		script.p++;
		if (c == '!')
			return -EAGAIN;
		if (c == '?') {
			e = (unsigned int)number() & 0xfff;
			return e ? -(int)e : -EIO;
		}
		if (c == '.' && script.len)
			break;
		command(c);
	}
	message_end();
	if (!script.len)
		return -EAGAIN;
	*bytes = script.bytes;
	return (int)script.len;
}
