// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret.h"

static int __attribute__((format(printf, 3, 4))) fail(char *error, size_t size,
						      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, size, fmt, args);
	va_end(args);
	return -1;
}

/* Open, if it is as private as it has to be; else -1. */
static int open_private(const char *path, char *error, size_t size)
{
	/* A FIFO would be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fail(error, size, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st))
		fail(error, size, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		fail(error, size, "%s: not a file", path);
	else if (st.st_mode & (S_IRWXO | S_IWGRP))
		fail(error, size,
		     "%s: others can read or change it: chmod 640, or 600",
		     path);
	else
		return fd;
	close(fd);
	return -1;
}

int secret_check(const char *path, char *error, size_t size)
{
	int fd = open_private(path, error, size);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

int secret_read(const char *path, char *secret, char *error, size_t size)
{
	int fd = open_private(path, error, size);
	size_t len = 0;
	ssize_t n = 1;
	char *end;

	if (fd < 0)
		return -1;
	/* One more than a password can have: to see that there is more. */
	while (n > 0 && len < SECRET_MAX + 1) {
		n = read(fd, secret + len, SECRET_MAX + 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (n < 0)
		return fail(error, size, "%s: %s", path, strerror(errno));
	end = memchr(secret, '\n', len);
	if (!end && len > SECRET_MAX)
		return fail(error, size, "%s: longer than %d bytes", path,
			    SECRET_MAX);
	len = end ? (size_t)(end - secret) : len;
	if (!len || memchr(secret, '\0', len))
		return fail(error, size,
			    "%s: has no password in its first line", path);
	secret[len] = '\0';
	return 0;
}
