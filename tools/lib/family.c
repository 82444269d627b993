// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "family.h"
#include "num.h"

int family_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t number;
	char text[16];
	ssize_t n;

	if (fd < 0)
		return -ENOENT;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -ENOENT;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	/* The kernel has some fifty families. */
	if (num_u64(text, &number) || !number || number > 255)
		return -ENOENT;
	return (int)number;
}

bool family_protocol_is(int fd, const char *name)
{
	char got[32];
	ssize_t n = fgetxattr(fd, "system.sockprotoname", got, sizeof(got));

	/* Its NUL is part of it. */
	return n > 0 && (size_t)n == strlen(name) + 1 && !memcmp(got, name, n);
}

int family_find(void)
{
	static const int fallbacks[] = MYPROTO_FAMILY_FALLBACKS;
	int family = family_read(MYPROTO_FAMILY_FILE);
	size_t i;

	for (i = 0; family < 0 && i <= sizeof(fallbacks) / sizeof(fallbacks[0]);
	     i++) {
		int number = i ? fallbacks[i - 1] : MYPROTO_FAMILY_DEFAULT;
		int fd = socket(number, SOCK_STREAM, 0);
		bool ours = fd >= 0 && family_protocol_is(fd, "MYPROTO");

		if (fd >= 0)
			close(fd);
		family = family_read(MYPROTO_FAMILY_FILE);
		/* systemd-nspawn shows no /sys/module. */
		if (family < 0 && ours)
			family = number;
	}
	return family;
}
