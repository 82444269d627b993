// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "num.h"

/* Not isdigit(): it depends on the locale and on the sign of char. */
static int digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the digits at the start of text and says where they end. */
static int digits(const char *text, const char **end, uint64_t *value)
{
	uint64_t v = 0;

	for (; digit(*text); text++) {
		unsigned int d = *text - '0';

		if (v > (UINT64_MAX - d) / 10)
			return -ERANGE;
		v = v * 10 + d;
	}
	*end = text;
	*value = v;
	return 0;
}

int num_u64(const char *text, uint64_t *value)
{
	const char *end;
	uint64_t v;
	int err;

	if (!digit(*text))
		return -EINVAL;
	for (end = text; *end; end++)
		if (!digit(*end))
			return -EINVAL;
	err = digits(text, &end, &v);
	if (!err)
		*value = v;
	return err;
}

int num_seconds(const char *text, uint64_t *ns)
{
	uint64_t whole, fraction = 0, unit = NUM_NS_PER_S;
	const char *p;
	int err;

	err = digits(text, &p, &whole);
	if (err)
		return err;
	if (*p == '.') {
		const char *first = p + 1;

		for (p = first; digit(*p) && unit > 1; p++) {
			unit /= 10;
			fraction += (*p - '0') * unit;
		}
		if (p == first && first - 1 == text)
			return -EINVAL; /* a lone dot */
	} else if (p == text) {
		return -EINVAL;
	}
	if (*p)
		return -EINVAL;
	if (whole > (UINT64_MAX - fraction) / NUM_NS_PER_S)
		return -ERANGE;
	*ns = whole * NUM_NS_PER_S + fraction;
	return 0;
}
