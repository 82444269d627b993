/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Topics and patterns: what MQTT 5 calls topic names and topic filters (its
 * section 4.7). Shared by the module nlbroker and its library.
 */
#ifndef _SOCKMODS_TOPIC_H
#define _SOCKMODS_TOPIC_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

#include <sockmods/nlbroker.h>

/**
 * enum nlb_topic_fault - what is wrong with a topic or a pattern
 * @NLB_TOPIC_OK: nothing
 * @NLB_TOPIC_EMPTY: it has no byte
 * @NLB_TOPIC_LONG: more than NLBROKER_TOPIC_MAX bytes
 * @NLB_TOPIC_DEEP: more than NLBROKER_LEVELS_MAX levels
 * @NLB_TOPIC_UTF8: not UTF-8, or U+0000 in it
 * @NLB_TOPIC_WILD: a wildcard in a topic
 * @NLB_TOPIC_PLUS: ``+`` isn't a whole level
 * @NLB_TOPIC_HASH: ``#`` isn't the whole last level
 */
enum nlb_topic_fault {
	NLB_TOPIC_OK,
	NLB_TOPIC_EMPTY,
	NLB_TOPIC_LONG,
	NLB_TOPIC_DEEP,
	NLB_TOPIC_UTF8,
	NLB_TOPIC_WILD,
	NLB_TOPIC_PLUS,
	NLB_TOPIC_HASH,
};

/**
 * nlb_topic_fault_text() - a fault in words
 * @fault: the fault
 *
 * Return: a string constant.
 */
static inline const char *nlb_topic_fault_text(enum nlb_topic_fault fault)
{
	switch (fault) {
	case NLB_TOPIC_OK:
		return "topic is right";
	case NLB_TOPIC_EMPTY:
		return "topic is empty";
	case NLB_TOPIC_LONG:
		return "topic is longer than 255 bytes";
	case NLB_TOPIC_DEEP:
		return "topic has more than 32 levels";
	case NLB_TOPIC_UTF8:
		return "topic is not UTF-8, or has a NUL in it";
	case NLB_TOPIC_WILD:
		return "topic has a wildcard (+ or #) in it";
	case NLB_TOPIC_PLUS:
		return "+ has to be a level of its own";
	case NLB_TOPIC_HASH:
		return "# has to be a level of its own, the last";
	}
	return "topic is wrong";
}

/*
 * Bytes of the UTF-8 sequence at S, of which LEN are there; 0 if it isn't one.
 * Not UTF-8: overlong forms, surrogates, what is above U+10FFFF.
 */
static inline size_t nlb_utf8_sequence(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n, i;

	if (s[0] < 0x80)
		return s[0] ? 1 : 0;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	/* The second byte has less room where a first one is special. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/**
 * nlb_topic_check() - is this a topic, or a pattern?
 * @text: its bytes; no NUL behind them is needed
 * @len: how many
 * @pattern: may have wildcards
 *
 * Return: the first fault from the left, or NLB_TOPIC_OK.
 */
static inline enum nlb_topic_fault
nlb_topic_check(const char *text, size_t len, bool pattern)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned int levels = 1;
	size_t i, n;

	if (!len)
		return NLB_TOPIC_EMPTY;
	if (len > NLBROKER_TOPIC_MAX)
		return NLB_TOPIC_LONG;

	for (i = 0; i < len; i += n) {
		bool first = !i || s[i - 1] == '/';
		bool last = i + 1 == len || s[i + 1] == '/';

		n = nlb_utf8_sequence(s + i, len - i);
		if (!n)
			return NLB_TOPIC_UTF8;
		if (s[i] == '/' && ++levels > NLBROKER_LEVELS_MAX)
			return NLB_TOPIC_DEEP;
		if (s[i] != '+' && s[i] != '#')
			continue;
		if (!pattern)
			return NLB_TOPIC_WILD;
		if (s[i] == '+' && !(first && last))
			return NLB_TOPIC_PLUS;
		if (s[i] == '#' && !(first && i + 1 == len))
			return NLB_TOPIC_HASH;
	}
	return NLB_TOPIC_OK;
}

/**
 * nlb_pattern_is_wild() - has a pattern a wildcard?
 * @pattern: a pattern that nlb_topic_check() found right
 * @len: its bytes
 *
 * Return: false if it matches one topic only, itself.
 */
static inline bool nlb_pattern_is_wild(const char *pattern, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (pattern[i] == '+' || pattern[i] == '#')
			return true;
	return false;
}

/**
 * nlb_topic_match() - does a topic match a pattern?
 * @pattern: a pattern that nlb_topic_check() found right
 * @plen: its bytes
 * @topic: a topic that nlb_topic_check() found right
 * @tlen: its bytes
 *
 * Time: what the shorter of the two has bytes.
 *
 * Return: true if it does.
 */
static inline bool nlb_topic_match(const char *pattern, size_t plen,
				   const char *topic, size_t tlen)
{
	const char *p = pattern, *pend = pattern + plen;
	const char *t = topic, *tend = topic + tlen;

	/* "$SYS" and the like is only for those who name it. */
	if (tlen && *t == '$' && plen && (*p == '+' || *p == '#'))
		return false;

	/* Once a level; p and t stand where one begins. */
	for (;;) {
		if (p < pend && *p == '#')
			return true;

		if (p < pend && *p == '+') {
			p++;
			while (t < tend && *t != '/')
				t++;
		} else {
			while (p < pend && *p != '/') {
				if (t == tend || *t != *p)
					return false;
				p++;
				t++;
			}
			if (t < tend && *t != '/')
				return false;
		}

		if (p == pend)
			return t == tend;
		/* "sport/#" matches "sport", too. */
		if (t == tend)
			return pend - p == 2 && p[1] == '#';
		p++;
		t++;
	}
}

#endif /* _SOCKMODS_TOPIC_H */
