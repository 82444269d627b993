// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "report.h"
#include "say.h"

/* Who asks and doesn't read is let go. */
#define SEND_SECONDS 1

static int unix_address(const char *path, struct sockaddr_un *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(addr->sun_path))
		return -ENAMETOOLONG;
	strcpy(addr->sun_path, path);
	return 0;
}

int control_ask(const char *path)
{
	struct sockaddr_un addr;
	int fd, err = unix_address(path, &addr);

	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* What a daemon that was killed has left, and nothing else of that name. */
static void unlink_socket(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && S_ISSOCK(st.st_mode))
		unlink(path);
}

int control_listen(const char *path)
{
	struct sockaddr_un addr;
	int fd, old = control_ask(path);

	if (old >= 0) {
		close(old);
		say_error("%s: another daemon is there", path);
		return -1;
	}
	if (old == -ECONNREFUSED)
		unlink_socket(path);
	if (unix_address(path, &addr)) {
		say_error("%s: %s", path, strerror(ENAMETOOLONG));
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    chmod(path, 0666) || listen(fd, 16)) {
		say_error("%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

void control_answer(int fd, struct counters *counters, const char *id)
{
	struct timeval patience = { .tv_sec = SEND_SECONDS };
	char *text = NULL;
	size_t len = 0, at = 0;
	ssize_t n = 1;
	FILE *out;
	int peer;

	peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0)
		return;
	out = open_memstream(&text, &len);
	if (out) {
		report_json(out, counters, id);
		fclose(out);
	}
	setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (text && at < len && n > 0) {
		n = send(peer, text + at, len - at, MSG_NOSIGNAL);
		at += n > 0 ? (size_t)n : 0;
	}
	free(text);
	close(peer);
}

int control_metrics(const char *path, const struct counters *counters)
{
	char partial[4096];
	FILE *out;
	int err = 0, fd;

	/* A name that collectors don't look for, until all of it is there. */
	if ((size_t)snprintf(partial, sizeof(partial), "%s.new", path) >=
	    sizeof(partial))
		return -ENAMETOOLONG;
	fd = open(partial,
		  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	report_metrics(out, counters);
	if (ferror(out))
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	if (!err && rename(partial, path))
		err = -errno;
	if (err)
		unlink(partial);
	return err;
}

void control_notify(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr;
	socklen_t len;
	int fd;

	if (!path || (*path != '/' && *path != '@') ||
	    unix_address(path, &addr))
		return;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			  strlen(path));
	/* An abstract name. */
	if (*path == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&addr,
	       len);
	close(fd);
}
