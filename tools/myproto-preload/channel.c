// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "channel.h"

#define FNV_BASIS 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

/* Digits of the largest number, and a NUL. */
#define DIGITS 11

/* snprintf() isn't for signal handlers. Returns where the digits begin. */
static char *number(char text[DIGITS], uint32_t n)
{
	char *p = text + DIGITS - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	return p;
}

uint64_t channel_hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t hash = FNV_BASIS;

	while (len--)
		hash = (hash ^ *p++) * FNV_PRIME;
	return hash;
}

/* Is it "\0myproto/N", as channel_name() writes it? */
static int is_number(const char *name, size_t len, uint32_t *channel)
{
	uint64_t n = 0;
	size_t i;

	if (len <= CHANNEL_PREFIX_LEN || len >= CHANNEL_PREFIX_LEN + DIGITS ||
	    memcmp(name, CHANNEL_PREFIX, CHANNEL_PREFIX_LEN))
		return 0;
	for (i = CHANNEL_PREFIX_LEN; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		n = n * 10 + (uint64_t)(name[i] - '0');
	}
	/* One channel has one such name. */
	if (name[CHANNEL_PREFIX_LEN] == '0' && len > CHANNEL_PREFIX_LEN + 1)
		return 0;
	if (n >= MYPROTO_CHANNEL_ANY)
		return 0;
	*channel = (uint32_t)n;
	return 1;
}

uint32_t channel_of_name(const char *name, size_t len)
{
	uint32_t channel;

	if (is_number(name, len, &channel))
		return channel;
	return CHANNEL_NAMES +
	       (uint32_t)(channel_hash(name, len) %
			  (MYPROTO_CHANNEL_ANY - CHANNEL_NAMES));
}

socklen_t channel_name(uint32_t channel, struct sockaddr_un *un)
{
	char text[DIGITS], *digits = number(text, channel);
	size_t len = strlen(digits);

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, CHANNEL_PREFIX, CHANNEL_PREFIX_LEN);
	memcpy(un->sun_path + CHANNEL_PREFIX_LEN, digits, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   CHANNEL_PREFIX_LEN + len);
}

/*
 * The kernel knows the way to what a descriptor has open. Without /proc, the path
 * is taken as it was written.
 */
static int real_path(int fd, const char *path, char real[PATH_MAX], size_t *len)
{
	static const char folder[] = "/proc/self/fd/";
	char link[sizeof(folder) + DIGITS], text[DIGITS];
	ssize_t n;

	strcpy(link, folder);
	strcat(link, number(text, (uint32_t)fd));
	n = readlink(link, real, PATH_MAX);
	if (n == PATH_MAX)
		return ENAMETOOLONG;
	if (n < 0) {
		n = (ssize_t)strlen(path);
		memcpy(real, path, (size_t)n);
	}
	*len = (size_t)n;
	return 0;
}

int channel_of_path(const char *path, int flags, uint32_t *channel)
{
	char real[PATH_MAX];
	struct stat st;
	size_t len = 0;
	int fd, err;

	if (strlen(path) >= PATH_MAX)
		return ENAMETOOLONG;
	fd = open(path, O_PATH | O_CLOEXEC | flags);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st))
		err = errno;
	else if (!S_ISSOCK(st.st_mode))
		err = ECONNREFUSED;
	else
		err = real_path(fd, path, real, &len);
	close(fd);
	if (!err)
		*channel = channel_of_name(real, len);
	return err;
}
