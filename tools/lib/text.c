// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

/* Texts here have 64 KiB at most; without memory for that nothing goes on. */
size_t text_utf8(const void *bytes, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = bytes;
	uint32_t c;
	size_t n, i;

	if (!len)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	c = p[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

bool text_valid(const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		size_t n = text_utf8(p, len);

		if (!n)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

/* C0, DEL, and C1 in its two-byte form: c2 80 to c2 9f. */
static bool text_control(const unsigned char *p, size_t n)
{
	return p[0] < 0x20 || p[0] == 0x7f ||
	       (n == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

char *text_escape(const void *bytes, size_t len)
{
	char *out = mem_resize(NULL, 4 * len + 1), *o = out;
	const unsigned char *p = bytes;

	while (len) {
		size_t n = text_utf8(p, len);

		if (*p == '\\') {
			o = stpcpy(o, "\\\\");
		} else if (*p == '\n') {
			o = stpcpy(o, "\\n");
		} else if (*p == '\t') {
			o = stpcpy(o, "\\t");
		} else if (!n || text_control(p, n)) {
			o += sprintf(o, "\\x%02x", *p);
			n = 1;
		} else {
			memcpy(o, p, n);
			o += n;
		}
		p += n;
		len -= n;
	}
	*o = 0;
	return out;
}

char *text_repair(const void *bytes, size_t len)
{
	char *out = mem_resize(NULL, 3 * len + 1), *o = out;
	const char *p = bytes;

	while (len) {
		size_t n = text_utf8(p, len);

		if (n) {
			memcpy(o, p, n);
			o += n;
		} else {
			o = stpcpy(o, "\xef\xbf\xbd");
			n = 1;
		}
		p += n;
		len -= n;
	}
	*o = 0;
	return out;
}

char *text_hex(const void *bytes, size_t len)
{
	char *out = mem_resize(NULL, 2 * len + 1);
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = "0123456789abcdef"[p[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
	}
	out[2 * len] = 0;
	return out;
}
