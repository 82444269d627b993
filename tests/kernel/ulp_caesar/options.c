// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * The two socket options: names, lengths, error numbers, and who may.
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caesar.h"
#include "check.h"
#include "module.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		socklen_t len;
		int err;
	} table[] = {
		{ "caesar", 6, 0 },
		{ "caesar", 7, 0 },
		{ "Caesar cipher", 13, 0 },
		{ "Caesar cipher", 14, 0 },
		/* Up to 15 bytes, the rest is cut off; up to a NUL. */
		{ "caesar\0xyzxyzxyz", 16, 0 },
		{ "Caesar cipher\0x", 15, 0 },
		{ "Caesar", 6, -ENOENT },
		{ "CAESAR", 6, -ENOENT },
		{ "caesa", 5, -ENOENT },
		{ "caesar ", 7, -ENOENT },
		{ "caesar cipher", 13, -ENOENT },
		{ "", 1, -ENOENT },
		{ "caesar", 0, -EINVAL },
	};
	size_t i, f;
	int fd;

	(void)state;
	for (f = 0; f < 3; f++) {
		for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
			fd = way_socket(plain_ways[f]);
			if (caesar_ulp(fd, table[i].name, table[i].len) !=
			    table[i].err)
				fail_msg("\"%s\", %u bytes", table[i].name,
					 table[i].len);
			if (!table[i].err) {
				assert_string_equal(caesar_ulp_of(fd),
						    table[i].name);
				caesar_expect_keys(fd, 0, 0);
			}
			close(fd);
		}
	}
}

static void test_name_at_an_edge(void **state)
{
	int fd = way_socket(&way_plain);
	char *name = NULL;

	(void)state;
	assert_int_equal(caesar_ulp(fd, name, 6), -EFAULT);
	assert_int_equal(caesar_ulp(fd, CAESAR_ULP_NAME, 6), 0);
	close(fd);
}

/* One protocol a socket, whichever name. */
static void test_twice(void **state)
{
	size_t f;
	int fd;

	(void)state;
	for (f = 0; f < 3; f++) {
		fd = way_socket(plain_ways[f]);
		assert_int_equal(caesar_ulp(fd, "caesar", 6), 0);
		assert_int_equal(caesar_keys(fd, 5, 6), 0);
		assert_int_equal(caesar_ulp(fd, "caesar", 6), -EEXIST);
		assert_int_equal(caesar_ulp(fd, "Caesar cipher", 13), -EEXIST);
		assert_string_equal(caesar_ulp_of(fd), "caesar");
		caesar_expect_keys(fd, 5, 6);
		close(fd);
	}
}

static void test_not_tcp(void **state)
{
	static const int types[] = { SOCK_DGRAM, SOCK_RAW };
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		fd = socket(AF_INET, types[i], i ? IPPROTO_ICMP : 0);
		assert_true(fd >= 0);
		assert_true(caesar_ulp(fd, "caesar", 6) < 0);
		assert_true(setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &i,
				       sizeof(int)) < 0);
		close(fd);
	}
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(caesar_ulp(fd, "caesar", 6) < 0);
	close(fd);
}

static int set_key(int fd, const void *value, socklen_t len)
{
	return setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, value, len) ? -errno : 0;
}

static void test_set_lengths(void **state)
{
	static const uint32_t value[8] = { 0x11223344, 0x55667788 };
	int fd = way_socket(&way_plain);
	socklen_t len;

	(void)state;
	assert_int_equal(set_key(fd, value, 4), -ENOPROTOOPT);
	assert_int_equal(set_key(fd, value, 8), -ENOPROTOOPT);
	assert_int_equal(caesar_ulp(fd, "caesar", 6), 0);
	for (len = 0; len <= sizeof(value); len++) {
		int err = set_key(fd, value, len);

		if (len == 4) {
			assert_int_equal(err, 0);
			caesar_expect_keys(fd, 0x44, 0x44);
		} else if (len == 8) {
			assert_int_equal(err, 0);
			caesar_expect_keys(fd, 0x44, 0x88);
		} else {
			assert_int_equal(err, -EINVAL);
		}
	}
	caesar_expect_keys(fd, 0x44, 0x88);
	assert_int_equal(set_key(fd, value, -1), -EINVAL);
	assert_int_equal(set_key(fd, NULL, 4), -EFAULT);
	assert_int_equal(set_key(fd, NULL, 8), -EFAULT);
	assert_int_equal(set_key(fd, (void *)-4096, 8), -EFAULT);
	caesar_expect_keys(fd, 0x44, 0x88);
	close(fd);
}

static void test_get_lengths(void **state)
{
	int fd = way_socket(&way_plain6), i;
	uint8_t value[32];
	socklen_t len;

	(void)state;
	len = 4;
	assert_int_equal(getsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, value, &len),
			 -1);
	assert_int_equal(errno, ENOPROTOOPT);
	assert_int_equal(caesar_ulp(fd, "caesar", 6), 0);
	assert_int_equal(caesar_keys(fd, 0x1203, -2), 0);
	for (i = -1; i <= (int)sizeof(value); i++) {
		static const uint8_t both[] = { 3, 0, 0, 0, 254, 0, 0, 0 };
		socklen_t want = i < 4 ? i : i < 8 ? 4 : 8;
		int rc;

		memset(value, 0xee, sizeof(value));
		len = i;
		rc = getsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, value, &len);
		assert_int_equal(len, want);
		if (i < 4) {
			assert_int_equal(rc, -1);
			assert_int_equal(errno, EINVAL);
			assert_int_equal(value[0], 0xee);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_memory_equal(value, both, want);
		/* No byte more than it says. */
		for (; want < sizeof(value); want++)
			assert_int_equal(value[want], 0xee);
	}
	len = 8;
	assert_int_equal(getsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, NULL, &len),
			 -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(getsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, value, NULL),
			 -1);
	assert_int_equal(errno, EFAULT);
	close(fd);
}

/* Other options stay TCP's: set and read as without the protocol. */
static void test_other_options(void **state)
{
	static const int names[] = { TCP_NODELAY,
				     TCP_MAXSEG,
				     TCP_CORK,
				     TCP_KEEPIDLE,
				     TCP_DEFER_ACCEPT,
				     TCP_QUICKACK,
				     TCP_USER_TIMEOUT,
				     99,
				     101,
				     200 };
	int with = way_socket(&way_plain), without = way_socket(&way_plain);
	size_t i;
	int value;

	(void)state;
	assert_int_equal(caesar_ulp(with, "caesar", 6), 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		int fds[2] = { with, without }, rc[2][2], out[2], j;

		for (j = 0; j < 2; j++) {
			socklen_t len = sizeof(out[j]);

			value = 1000;
			out[j] = -1;
			rc[j][0] = setsockopt(fds[j], SOL_TCP, names[i], &value,
					      sizeof(value)) ?
					   errno :
					   0;
			rc[j][1] = getsockopt(fds[j], SOL_TCP, names[i],
					      &out[j], &len) ?
					   errno :
					   0;
		}
		assert_int_equal(rc[0][0], rc[1][0]);
		assert_int_equal(rc[0][1], rc[1][1]);
		assert_int_equal(out[0], out[1]);
	}
	value = 1;
	assert_int_equal(setsockopt(with, SOL_SOCKET, TCP_CAESAR_KEY, &value,
				    sizeof(value)),
			 -1);
	assert_int_equal(errno, ENOPROTOOPT);
	close(with);
	close(without);
}

/* Once the module is there anyone may attach it to what is his. */
static void test_unprivileged(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int fd, err;

		if (setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(1);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		err = caesar_ulp(fd, "caesar", 6);
		_exit(err ? 2 : caesar_keys(fd, 1, 2) ? 3 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ...and not before: the kernel doesn't load it for him. For root it does. */
static void test_autoload(void **state)
{
	int status, fd;
	pid_t pid;

	(void)state;
	if (module_loaded("ulp_caesar"))
		assert_int_equal(module_unload_soon("ulp_caesar"), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(1);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		_exit(caesar_ulp(fd, "caesar", 6) == -ENOENT ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(module_loaded("ulp_caesar"));
	fd = way_socket(&way_plain);
	assert_int_equal(caesar_ulp(fd, "caesar", 6), 0);
	close(fd);
	assert_true(module_loaded("ulp_caesar"));
}

int main(void)
{
	/* clang-format off */
#define T(name) cmocka_unit_test_setup(test_##name, caesar_modprobe)
	const struct CMUnitTest options[] = {
		T(autoload), T(unprivileged), T(names), T(name_at_an_edge),
		T(twice), T(not_tcp), T(set_lengths), T(get_lengths),
		T(other_options),
	};
	/* clang-format on */

	own_network();
	return check_run(options);
}
