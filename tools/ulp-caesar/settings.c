// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "settings.h"

/*
 * Reads digits, and moves *text behind them. tools/lib/num.h wants a text that
 * ends there.
 */
static int read_number(const char **text, uint64_t max, uint64_t *value)
{
	const char *p = *text;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > max)
			return -ERANGE;
	}
	*text = p;
	*value = v;
	return 0;
}

static int read_key(const char **text, uint32_t *key)
{
	const bool minus = **text == '-';
	uint64_t v;
	int err;

	*text += minus;
	err = read_number(text, minus ? 1ULL << 31 : UINT32_MAX, &v);
	if (err)
		return err;
	*key = minus ? -(uint32_t)v : (uint32_t)v;
	return 0;
}

int settings_key(const char *text, struct caesar_key *key)
{
	struct caesar_key k;
	int err;

	err = read_key(&text, &k.tx);
	if (err)
		return err;
	k.rx = k.tx;
	if (*text == ':') {
		text++;
		err = read_key(&text, &k.rx);
		if (err)
			return err;
	}
	if (*text)
		return -EINVAL;
	*key = k;
	return 0;
}

static int read_port(const char **text, uint16_t *port)
{
	uint64_t v;
	int err;

	err = read_number(text, UINT16_MAX, &v);
	if (err)
		return err;
	if (!v)
		return -ERANGE;
	*port = (uint16_t)v;
	return 0;
}

int settings_ports(const char *text, struct settings_ports *ports)
{
	uint16_t first, last;
	int err;

	do {
		err = read_port(&text, &first);
		if (err)
			return err;
		last = first;
		if (*text == '-') {
			text++;
			err = read_port(&text, &last);
			if (err)
				return err;
		}
		if (*text && *text != ',')
			return -EINVAL;
		if (last < first)
			return -ERANGE;
		if (ports->count == SETTINGS_PORTS_MAX)
			return -E2BIG;
		ports->range[ports->count].first = first;
		ports->range[ports->count].last = last;
		ports->count++;
	} while (*text++);
	return 0;
}

bool settings_has_port(const struct settings_ports *ports, uint16_t port)
{
	unsigned int i;

	for (i = 0; i < ports->count; i++)
		if (port >= ports->range[i].first &&
		    port <= ports->range[i].last)
			return true;
	return !ports->count;
}
