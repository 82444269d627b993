// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which channel a name of AF_UNIX has under `myproto run`: it is documented, and
 * programs of different versions have to agree. Besides, addresses there and back,
 * and the settings in the environment.
 *
 * sources: tools/myproto-preload/channel.c tools/myproto-preload/address.c tools/myproto-preload/names.c tools/myproto-preload/settings.c
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../tools/myproto-preload/address.h"
#include "../../tools/myproto-preload/channel.h"
#include "../../tools/myproto-preload/names.h"
#include "../../tools/myproto-preload/settings.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define FAMILY 45
#define PATH_AT offsetof(struct sockaddr_un, sun_path)

static void test_hash(void **state)
{
	(void)state;
	/* Published vectors of FNV-1a. */
	assert_true(channel_hash("", 0) == 0xcbf29ce484222325ULL);
	assert_true(channel_hash("a", 1) == 0xaf63dc4c8601ec8cULL);
	assert_true(channel_hash("foobar", 6) == 0x85944171f73967e8ULL);
	/* Bytes have no sign. */
	assert_true(channel_hash("\xff", 1) == 0xaf64724c8602eb6eULL);
}

/* Computed by another program. */
static const struct {
	const char *name;
	size_t len;
	uint32_t channel;
} vectors[] = {
	{ "/tmp/socket", 11, 3207505265U },
	{ "/run/server.sock", 16, 843753946U },
	{ "/", 1, 2266487727U },
	{ "\0name", 5, 1084430834U },
	{ "\0a\0b", 4, 2482897455U },
	{ "\0", 1, 2719491216U },
	/* One channel. */
	{ "\0c320686", 8, 921719823U },
	{ "\0c427487", 8, 921719823U },
	/* Numbers, and what isn't quite one. */
	{ "\0myproto/0", 10, 0 },
	{ "\0myproto/4242", 13, 4242 },
	{ "\0myproto/4294967294", 19, 4294967294U },
	{ "\0myproto/x", 10, 3504844637U },
};

static void test_vectors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_int_equal(channel_of_name(vectors[i].name,
						 vectors[i].len),
				 vectors[i].channel);
}

static void test_range(void **state)
{
	static const char *const no_numbers[] = {
		"myproto/4294967295",  "myproto/4294967296",
		"myproto/99999999999", "myproto/00",
		"myproto/01",	       "myproto/",
		"myproto/-1",	       "myproto/1 ",
	};
	char name[32];
	uint32_t channel;
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		channel =
			channel_of_name(name, (size_t)sprintf(name, "/%zu", i));
		assert_true(channel >= CHANNEL_NAMES &&
			    channel < MYPROTO_CHANNEL_ANY);
	}
	for (i = 0; i < ARRAY_SIZE(no_numbers); i++) {
		name[0] = '\0';
		strcpy(name + 1, no_numbers[i]);
		channel = channel_of_name(name, strlen(no_numbers[i]) + 1);
		assert_true(channel >= CHANNEL_NAMES);
	}
}

/* Every number has a name, which is that number's. */
static void test_numbers(void **state)
{
	static const uint32_t numbers[] = { 0, 9, 10, 1024, 4294967294U };
	struct sockaddr_un un;
	socklen_t len;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		len = channel_name(numbers[i], &un);
		assert_int_equal(un.sun_family, AF_UNIX);
		assert_int_equal(channel_of_name(un.sun_path, len - PATH_AT),
				 numbers[i]);
	}
	assert_int_equal(len, PATH_AT + 19);
}

static struct address parsed(const char *name, size_t len)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct address address;

	memcpy(un.sun_path, name, len);
	assert_int_equal(
		address_parse(&un, (socklen_t)(PATH_AT + len), &address), 0);
	return address;
}

static void test_parse(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct address a;
	char full[108];

	(void)state;
	assert_false(address_is_unix(NULL, 10));
	assert_false(address_is_unix(&un, 1));
	assert_true(address_is_unix(&un, 2));
	un.sun_family = AF_INET;
	assert_false(address_is_unix(&un, sizeof(un)));
	assert_int_equal(address_parse(&un, sizeof(un) + 1, &a), EINVAL);

	a = parsed("", 0);
	assert_int_equal(a.name_len, 0);
	/* What is behind the NUL of a path doesn't count, there or not. */
	a = parsed("/x\0rest", 7);
	assert_int_equal(a.name_len, 2);
	assert_int_equal(a.len, PATH_AT + 3);
	assert_string_equal(a.path, "/x");
	assert_memory_equal(a.un.sun_path, "/x\0\0\0\0\0", 7);
	a = parsed("/x", 2);
	assert_int_equal(a.len, PATH_AT + 3);
	/* All of an abstract name does. */
	a = parsed("\0x\0\0", 4);
	assert_int_equal(a.name_len, 4);
	assert_int_equal(a.len, PATH_AT + 4);
	assert_string_equal(a.path, "");
	memset(full, 'x', sizeof(full));
	a = parsed(full, sizeof(full));
	assert_int_equal(a.name_len, sizeof(full));
	assert_int_equal(a.len, sizeof(un));
	assert_int_equal(strlen(a.path), sizeof(full));
}

/* In a folder of its own: a path and all ways to it have one channel. */
static void test_paths(void **state)
{
	static const char *const ways[] = { "./s", "f/../s", "l/s", "to-s" };
	char folder[] = "/tmp/channel.XXXXXX", real[PATH_MAX];
	struct address a = parsed("s", 1);
	uint32_t channel, other;
	int pair[2];
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(mkdir("f", 0700), 0);
	assert_int_equal(symlink(".", "l"), 0);
	assert_int_equal(symlink("s", "to-s"), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);

	assert_int_equal(address_resolve(&a, &channel), ENOENT);
	assert_int_equal(address_create(pair[0], &a, &channel), 0);
	assert_int_equal(address_create(pair[0], &a, &other), EADDRINUSE);
	assert_non_null(realpath("s", real));
	assert_int_equal(channel, channel_of_name(real, strlen(real)));
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		a = parsed(ways[i], strlen(ways[i]));
		assert_int_equal(address_resolve(&a, &other), 0);
		assert_int_equal(other, channel);
	}
	a = parsed("f", 1);
	assert_int_equal(address_resolve(&a, &other), ECONNREFUSED);
	a = parsed("f/no/s", 6);
	assert_int_equal(address_create(pair[0], &a, &other), ENOENT);
	a = parsed("\0s", 2);
	assert_int_equal(address_create(pair[0], &a, &other), 0);
	assert_int_equal(other, channel_of_name("\0s", 2));
	a = parsed("", 0);
	assert_int_equal(address_resolve(&a, &other), EINVAL);
	assert_int_equal(address_create(pair[0], &a, &other), 0);
	assert_int_equal(other, MYPROTO_CHANNEL_ANY);

	close(pair[0]);
	close(pair[1]);
	assert_int_equal(
		unlink("s") | unlink("l") | unlink("to-s") | rmdir("f"), 0);
	assert_int_equal(chdir("/") | rmdir(folder), 0);
}

/* What the kernel writes, in so much room; what comes of it. */
static socklen_t back(uint32_t channel, socklen_t room, socklen_t unnamed,
		      unsigned char out[128])
{
	const struct sockaddr_myproto smp = { .smp_family = FAMILY,
					      .smp_channel = channel };
	socklen_t len = sizeof(smp), i;

	memset(out, 0xee, 128);
	memcpy(out, &smp, room < sizeof(smp) ? room : sizeof(smp));
	address_back(FAMILY, out, room, &len, unnamed);
	for (i = room; i < 128; i++)
		assert_int_equal(out[i], 0xee);
	return len;
}

static void test_back(void **state)
{
	const struct sockaddr in = { .sa_family = AF_INET };
	struct address a = parsed("/some/path", 10);
	const uint32_t channel = channel_of_name(a.path, a.name_len);
	unsigned char out[128];
	struct sockaddr copy = in;
	struct sockaddr_un un;
	socklen_t len = sizeof(struct sockaddr_myproto), room;

	(void)state;
	address_back(FAMILY, &copy, sizeof(copy), &len, 2);
	assert_memory_equal(&copy, &in, sizeof(in));
	assert_int_equal(len, sizeof(struct sockaddr_myproto));
	address_back(FAMILY, NULL, 0, &len, 2);

	assert_int_equal(back(MYPROTO_CHANNEL_ANY, 110, 0, out), 0);
	assert_int_equal(back(MYPROTO_CHANNEL_ANY, 110, 2, out), 2);
	assert_memory_equal(out, "\1\0\0\0\0\0\0\0", 8);
	/* Nobody has used it: the name of its number. */
	len = channel_name(channel, &un);
	assert_int_equal(back(channel, 110, 2, out), len);
	assert_memory_equal(out, &un, len);

	names_remember(channel, &a.un, a.len, false);
	for (room = 0; room <= 110; room++) {
		len = back(channel, room, 2, out);
		if (room >= sizeof(struct sockaddr_myproto)) {
			assert_int_equal(len, a.len);
			assert_memory_equal(out, &a.un,
					    room < len ? room : len);
		}
	}
}

/* How many of the first COUNT of a set have a name that somebody has used. */
static unsigned int known(uint32_t first, unsigned int count)
{
	struct sockaddr_un un;
	unsigned int i, n = 0;

	for (i = 0; i < count; i++) {
		names_recall(first + i * NAMES_SETS, &un);
		n += un.sun_path[0] != '\0';
	}
	return n;
}

static void test_names(void **state)
{
	struct address one = parsed("one", 3), two = parsed("two", 3);
	struct sockaddr_un un;
	unsigned int i;

	(void)state;
	names_remember(70000, &one.un, one.len, false);
	names_remember(70000, &two.un, two.len, false);
	assert_int_equal(names_recall(70000, &un), one.len);
	assert_string_equal(un.sun_path, "one");
	/* Who is bound to it knows better. */
	names_remember(70000, &two.un, two.len, true);
	assert_int_equal(names_recall(70000, &un), two.len);
	assert_string_equal(un.sun_path, "two");
	/* A set is full with so many; one more takes the place of one. */
	for (i = 1; i <= NAMES_WAYS; i++) {
		assert_int_equal(known(70000, i), i);
		names_remember(70000 + i * NAMES_SETS, &one.un, one.len, false);
		names_recall(70000 + i * NAMES_SETS, &un);
		assert_string_equal(un.sun_path, "one");
	}
	assert_int_equal(known(70000, i), NAMES_WAYS);
	names_remember(70001, &one.un, sizeof(one.un) + 1, false);
	names_recall(70001, &un);
	assert_memory_equal(un.sun_path, "\0myproto/70001", 14);
}

static void test_except(void **state)
{
	static const char words[] = "/run/:@/tmp/.X11:@dbus:";

	(void)state;
	assert_true(settings_excepted(words, "/run/x", 6));
	assert_true(settings_excepted(words, "/run/", 5));
	assert_false(settings_excepted(words, "/run", 4));
	assert_false(settings_excepted(words, "@dbus", 5));
	assert_true(settings_excepted(words, "\0dbus", 5));
	assert_true(settings_excepted(words, "\0/tmp/.X11-unix/X0", 18));
	assert_false(settings_excepted(words, "/tmp/.X11-unix/X0", 17));
	assert_false(settings_excepted(words, "", 0));
	assert_false(settings_excepted("", "/run/x", 6));
	assert_true(settings_excepted(":/", "/run/x", 6));
}

static void test_settings(void **state)
{
	static char long_words[SETTINGS_EXCEPT_MAX + 1];
	struct settings settings;

	(void)state;
	assert_int_equal(settings_family("45"), 45);
	assert_int_equal(settings_family("45\n"), 45);
	assert_int_equal(settings_family("255"), 255);
	assert_int_equal(settings_family("256"), 0);
	assert_int_equal(settings_family("99999999999999999999"), 0);
	assert_int_equal(settings_family("45x"), 0);
	assert_int_equal(settings_family("-1"), 0);
	assert_int_equal(settings_family(""), 0);

	unsetenv(SETTINGS_FAMILY);
	unsetenv(SETTINGS_PAIRS);
	unsetenv(SETTINGS_EXCEPT);
	assert_int_equal(settings_read(&settings), 0);
	assert_true(settings.pairs);
	assert_string_equal(settings.except, "");
	setenv(SETTINGS_PAIRS, "no", 1);
	setenv(SETTINGS_EXCEPT, "/a:@b", 1);
	errno = 77;
	assert_int_equal(settings_read(&settings), 0);
	assert_int_equal(errno, 77);
	assert_false(settings.pairs);
	assert_string_equal(settings.except, "/a:@b");
	setenv(SETTINGS_PAIRS, "perhaps", 1);
	assert_int_equal(settings_read(&settings), EINVAL);
	setenv(SETTINGS_PAIRS, "", 1);
	setenv(SETTINGS_FAMILY, "x", 1);
	assert_int_equal(settings_read(&settings), EINVAL);
	setenv(SETTINGS_FAMILY, "", 1);
	memset(long_words, 'x', sizeof(long_words) - 1);
	setenv(SETTINGS_EXCEPT, long_words, 1);
	assert_int_equal(settings_read(&settings), EINVAL);
	long_words[sizeof(long_words) - 2] = '\0';
	setenv(SETTINGS_EXCEPT, long_words, 1);
	assert_int_equal(settings_read(&settings), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),   cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_range),  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_parse),  cmocka_unit_test(test_paths),
		cmocka_unit_test(test_names),  cmocka_unit_test(test_back),
		cmocka_unit_test(test_except), cmocka_unit_test(test_settings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
