// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `ulp-caesar run` is told, and the preload object reads: the first line is a
 * key, each other one is ports that are added to the same set.
 * sources: tools/ulp-caesar/settings.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fuzz.h"
#include "../../../tools/ulp-caesar/settings.h"

#define PORTS 65536

/* What the set should have, port by port, and how many ranges that took. */
static bool wanted[PORTS];
static unsigned int ranges;

/* A number as its text says, or -1 when it is none, or has too many digits. */
static long long number(const char *text, size_t len)
{
	long long v = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		if (v < 1LL << 40)
			v = v * 10 + (text[i] - '0');
	}
	return len ? v : -1;
}

/* Is that part of a key right, and which byte would it shift by? */
static bool part(const char *text, size_t len, uint32_t *key)
{
	bool minus = len && *text == '-';
	long long v = number(text + minus, len - minus);

	*key = (uint32_t)(minus ? -v : v);
	return v >= 0 && v <= (minus ? 1LL << 31 : (long long)UINT32_MAX);
}

static void check_key(const char *text)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	struct caesar_key key = { .tx = 42, .rx = 43 }, want = { 0, 0 };
	bool right = part(text, len, &want.tx);
	int err = settings_key(text, &key);

	want.rx = want.tx;
	if (colon)
		right &= part(colon + 1, strlen(colon + 1), &want.rx);
	FUZZ_CHECK(err == 0 || err == -EINVAL || err == -ERANGE);
	FUZZ_CHECK(right == !err);
	if (!right)
		want = (struct caesar_key){ .tx = 42, .rx = 43 };
	FUZZ_CHECK(key.tx == want.tx && key.rx == want.rx);
}

/* Adds one word to what is wanted; false when there is a fault in it. */
static bool want(const char *word, size_t len)
{
	const char *minus = memchr(word, '-', len);
	size_t first_len = minus ? (size_t)(minus - word) : len;
	long long first = number(word, first_len), last = first;

	if (minus)
		last = number(minus + 1, len - first_len - 1);
	if (first < 1 || last < first || last >= PORTS ||
	    ranges == SETTINGS_PORTS_MAX)
		return false;
	ranges++;
	memset(wanted + first, true, (size_t)(last - first + 1));
	return true;
}

/* True: all of it was right. */
static bool check_ports(const char *text, struct settings_ports *ports)
{
	int err = settings_ports(text, ports);
	bool right = true;

	while (right) {
		size_t len = strcspn(text, ",");

		right = want(text, len);
		if (!text[len])
			break;
		text += len + 1;
	}
	FUZZ_CHECK(!err || err == -EINVAL || err == -ERANGE || err == -E2BIG);
	FUZZ_CHECK(right == !err);
	FUZZ_CHECK(ports->count == ranges);
	return right;
}

static void check_port(const struct settings_ports *ports, unsigned int port)
{
	if (port < PORTS)
		FUZZ_CHECK(settings_has_port(ports, (uint16_t)port) ==
			   (wanted[port] || !ranges));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings_ports ports = { .count = 0 };
	char *line = fuzz_line(&data, &size);
	bool right = true;
	unsigned int i;

	errno = 0;
	check_key(line);
	free(line);
	memset(wanted, false, sizeof(wanted));
	ranges = 0;
	while (size && right) {
		line = fuzz_line(&data, &size);
		right = check_ports(line, &ports);
		free(line);
	}
	for (i = 0; i < PORTS; i += 251)
		check_port(&ports, i);
	for (i = 0; i < ports.count; i++) {
		check_port(&ports, ports.range[i].first - 1U);
		check_port(&ports, ports.range[i].first);
		check_port(&ports, ports.range[i].last);
		check_port(&ports, ports.range[i].last + 1U);
	}
	/* The preload object is in other people's programs. */
	FUZZ_CHECK(!errno);
	return 0;
}
