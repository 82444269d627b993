// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `myproto run` is told, and the addresses that its preload object turns over:
 * the first lines are the environment's family, pairs, and names that are left
 * alone; the rest is an address of AF_UNIX, from its second byte on.
 * sources: tools/myproto-preload/settings.c tools/myproto-preload/channel.c
 * sources: tools/myproto-preload/names.c tools/myproto-preload/address.c
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fuzz.h"
#include "../../../tools/myproto-preload/address.h"
#include "../../../tools/myproto-preload/channel.h"
#include "../../../tools/myproto-preload/names.h"
#include "../../../tools/myproto-preload/settings.h"

#define FAMILY 45
#define PATH_AT offsetof(struct sockaddr_un, sun_path)
#define PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

static void check_family(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long v = digits && digits < 18 ? strtol(text, NULL, 10) : 0;
	int family = settings_family(text);

	FUZZ_CHECK(family >= 0 && family <= 255);
	if (text[digits] && strcmp(text + digits, "\n"))
		FUZZ_CHECK(!family);
	else if (digits < 18)
		FUZZ_CHECK(family == (v > 255 ? 0 : v));
}

/* As the man page has it: the words, one after the other. */
static bool excepted(const char *except, const char *name, size_t len)
{
	char *copy = strdup(except), *rest = copy, *word;
	bool found = false;

	while ((word = strsep(&rest, ":"))) {
		size_t n = strlen(word);

		if (*word == '@')
			*word = '\0';
		if (n && n <= len && !memcmp(word, name, n))
			found = true;
	}
	free(copy);
	return found;
}

/* setenv(3) keeps each text for ever. */
static void set_env(int i, const char *name, const char *value)
{
	static char *env[3], *old;

	old = env[i];
	if (asprintf(&env[i], "%s=%s", name, value) < 0 || putenv(env[i]))
		abort();
	free(old);
}

static void check_settings(const char *family, const char *pairs,
			   const char *except)
{
	struct settings settings;
	int err;

	set_env(0, SETTINGS_FAMILY, family);
	set_env(1, SETTINGS_PAIRS, pairs);
	set_env(2, SETTINGS_EXCEPT, except);
	errno = 42;
	err = settings_read(&settings);
	FUZZ_CHECK(errno == 42);
	FUZZ_CHECK(err == 0 || err == EINVAL);
	FUZZ_CHECK(!err == ((!*family || settings_family(family)) &&
			    (!*pairs || !strcmp(pairs, "no")) &&
			    strlen(except) < SETTINGS_EXCEPT_MAX));
	if (err)
		return;
	FUZZ_CHECK(settings.pairs == !*pairs);
	FUZZ_CHECK(!strcmp(settings.except, except));
}

static uint32_t channel_of(const char *name, size_t len)
{
	uint32_t channel = channel_of_name(name, len), again;
	struct sockaddr_un un;
	socklen_t un_len;

	FUZZ_CHECK(channel != MYPROTO_CHANNEL_ANY);
	/* Its abstract name is the same channel's, and what it says is below. */
	un_len = channel_name(channel, &un);
	FUZZ_CHECK(un_len > PATH_AT && un_len <= sizeof(un));
	again = channel_of_name(un.sun_path, un_len - PATH_AT);
	FUZZ_CHECK(again == channel);
	if (channel < CHANNEL_NAMES)
		FUZZ_CHECK(len == un_len - PATH_AT &&
			   !memcmp(name, un.sun_path, len));
	return channel;
}

/* What the kernel writes of a channel, into as much room as a program has. */
static void check_back(uint32_t channel, const struct address *address,
		       socklen_t room)
{
	struct sockaddr_myproto smp = { .smp_family = FAMILY,
					.smp_channel = channel };
	/* A kernel writes no more than there is room for. */
	socklen_t len = sizeof(smp);
	char *addr = calloc(1, room ? room : 1);

	memcpy(addr, &smp, room < sizeof(smp) ? room : sizeof(smp));
	address_back(FAMILY, addr, room, &len, sizeof(sa_family_t));
	if (room < sizeof(sa_family_t)) {
		FUZZ_CHECK(len == sizeof(smp));
	} else if (room >= sizeof(smp)) {
		/* The name that was used; what doesn't fit is cut off. */
		FUZZ_CHECK(address_is_unix(addr, room));
		FUZZ_CHECK(len == address->len);
		FUZZ_CHECK(
			!memcmp(addr, &address->un, len < room ? len : room));
	}
	free(addr);
}

static void check_address(const uint8_t *data, size_t size)
{
	socklen_t len = (socklen_t)(PATH_AT + size);
	struct sockaddr_un *un = malloc(len);
	struct address a;
	uint32_t channel;
	int err;

	un->sun_family = AF_UNIX;
	memcpy((char *)un + PATH_AT, data, size);
	FUZZ_CHECK(address_is_unix(un, len));
	FUZZ_CHECK(!address_is_unix(un, 1) && !address_is_unix(NULL, len));
	err = address_parse(un, len, &a);
	FUZZ_CHECK(err == (size > PATH_SIZE ? EINVAL : 0));
	free(un);
	if (err)
		return;
	FUZZ_CHECK(a.name_len <= size);
	FUZZ_CHECK(!memcmp(a.un.sun_path, data, a.name_len));
	FUZZ_CHECK(a.len <= sizeof(a.un) && a.len >= PATH_AT + a.name_len);
	FUZZ_CHECK(!size || strlen(a.path) == (*data ? a.name_len : 0));
	/* Of a path only this tells; nothing is at one that was made up. */
	if (a.path[0] || !a.name_len) {
		err = address_resolve(&a, &channel);
		if (!a.name_len)
			FUZZ_CHECK(err == EINVAL);
		else if (!err)
			FUZZ_CHECK(channel >= CHANNEL_NAMES);
		return;
	}
	FUZZ_CHECK(!address_resolve(&a, &channel));
	FUZZ_CHECK(channel == channel_of(a.un.sun_path, a.name_len));
	names_remember(channel, &a.un, a.len, true);
	for (len = 0; len <= sizeof(a.un) + 2; len++)
		check_back(channel, &a, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *family = fuzz_line(&data, &size);
	char *pairs = fuzz_line(&data, &size);
	char *except = fuzz_line(&data, &size);
	char *name = fuzz_copy(data, size);

	check_family(family);
	check_settings(family, pairs, except);
	FUZZ_CHECK(settings_excepted(except, name, size) ==
		   excepted(except, name, size));
	channel_of(name, size);
	check_address((void *)name, size);
	free(family);
	free(pairs);
	free(except);
	free(name);
	return 0;
}
