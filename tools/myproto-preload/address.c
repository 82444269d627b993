// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "channel.h"
#include "names.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

static socklen_t least(socklen_t a, socklen_t b)
{
	return a < b ? a : b;
}

static sa_family_t family_of(const void *addr)
{
	sa_family_t family;

	memcpy(&family, addr, sizeof(family));
	return family;
}

bool address_is_unix(const void *addr, socklen_t len)
{
	return addr && len >= sizeof(sa_family_t) && family_of(addr) == AF_UNIX;
}

int address_parse(const void *addr, socklen_t len, struct address *address)
{
	if (len > sizeof(address->un))
		return EINVAL;
	memset(address, 0, sizeof(*address));
	memcpy(&address->un, addr, len);
	address->len = len;
	address->name_len = len - PATH_AT;
	/* Of an abstract name every byte counts, of a path those before the NUL. */
	if (!address->name_len || !address->un.sun_path[0])
		return 0;
	address->name_len = strnlen(address->un.sun_path, address->name_len);
	memcpy(address->path, address->un.sun_path, address->name_len);
	memset(address->un.sun_path + address->name_len, 0,
	       sizeof(address->un.sun_path) - address->name_len);
	address->len = least((socklen_t)(PATH_AT + address->name_len + 1),
			     sizeof(address->un));
	return 0;
}

int address_resolve(const struct address *address, uint32_t *channel)
{
	if (!address->name_len)
		return EINVAL;
	if (!address->path[0]) {
		*channel = channel_of_name(address->un.sun_path,
					   address->name_len);
		return 0;
	}
	/* Who may write to the file may connect. */
	if (faccessat(AT_FDCWD, address->path, W_OK, AT_EACCESS))
		return errno;
	return channel_of_path(address->path, 0, channel);
}

int address_create(int fd, const struct address *address, uint32_t *channel)
{
	struct stat st;
	int err;

	if (!address->path[0]) {
		*channel = MYPROTO_CHANNEL_ANY;
		return address->name_len ? address_resolve(address, channel) :
					   0;
	}
	/* fchmod(2) of the socket is how programs choose the mode. */
	if (fstat(fd, &st))
		return errno;
	if (mknod(address->path, S_IFSOCK | (st.st_mode & 0777), 0))
		return errno == EEXIST ? EADDRINUSE : errno;
	err = channel_of_path(address->path, O_NOFOLLOW, channel);
	if (err)
		unlink(address->path);
	return err;
}

void address_back(int family, void *addr, socklen_t room, socklen_t *len,
		  socklen_t unnamed)
{
	struct sockaddr_myproto smp = { .smp_channel = MYPROTO_CHANNEL_ANY };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t n = unnamed;

	if (!addr || *len != sizeof(smp) || room < sizeof(sa_family_t) ||
	    family_of(addr) != family)
		return;
	/* With less room than that nobody asks for a name. */
	if (room >= sizeof(smp))
		memcpy(&smp, addr, sizeof(smp));
	if (smp.smp_channel != MYPROTO_CHANNEL_ANY)
		n = names_recall(smp.smp_channel, &un);
	/* Nor is anything left of what the kernel has written. */
	memcpy(addr, &un, least(room, n > sizeof(smp) ? n : sizeof(smp)));
	*len = n;
}
