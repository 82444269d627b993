// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "settings.h"

int settings_family(const char *text)
{
	int n = 0;

	/* The kernel has some fifty families. */
	for (; *text >= '0' && *text <= '9' && n < 256; text++)
		n = n * 10 + (*text - '0');
	return (*text && strcmp(text, "\n")) || n > 255 ? 0 : n;
}

static int read_file(void)
{
	int fd = open(MYPROTO_FAMILY_FILE, O_RDONLY | O_CLOEXEC);
	char text[16];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return settings_family(text);
}

int settings_read(struct settings *settings)
{
	const char *family = getenv(SETTINGS_FAMILY);
	const char *pairs = getenv(SETTINGS_PAIRS);
	const char *except = getenv(SETTINGS_EXCEPT);
	const int saved = errno;

	settings->family = read_file();
	errno = saved;
	settings->pairs = true;
	settings->except[0] = '\0';
	if (family && *family) {
		if (!settings_family(family))
			return EINVAL;
		/* The file is there as long as the module is. */
		if (!settings->family)
			settings->family = settings_family(family);
	}
	if (pairs && *pairs) {
		if (strcmp(pairs, SETTINGS_NO))
			return EINVAL;
		settings->pairs = false;
	}
	if (except) {
		/* Programs write over their environment. */
		if (strlen(except) >= sizeof(settings->except))
			return EINVAL;
		strcpy(settings->except, except);
	}
	return 0;
}

static bool begins(const char *name, size_t len, const char *word, size_t n)
{
	if (!n || n > len)
		return false;
	if (*word == '@')
		return !*name && !memcmp(name + 1, word + 1, n - 1);
	return !memcmp(name, word, n);
}

bool settings_excepted(const char *except, const char *name, size_t len)
{
	size_t n;

	for (; *except; except += n + (except[n] == ':')) {
		n = strcspn(except, ":");
		if (begins(name, len, except, n))
			return true;
	}
	return false;
}
