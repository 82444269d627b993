// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
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

int family_find(void)
{
	static const int fallbacks[] = MYPROTO_FAMILY_FALLBACKS;
	int family = family_read(MYPROTO_FAMILY_FILE);
	size_t i;

	for (i = 0; family < 0 && i <= sizeof(fallbacks) / sizeof(fallbacks[0]);
	     i++) {
		int fd = socket(i ? fallbacks[i - 1] : MYPROTO_FAMILY_DEFAULT,
				SOCK_STREAM, 0);

		if (fd >= 0)
			close(fd);
		family = family_read(MYPROTO_FAMILY_FILE);
	}
	return family;
}
