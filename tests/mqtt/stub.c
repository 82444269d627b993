// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libnlbroker without a kernel: the same functions, in a library of the same name,
 * so that the programs as they are built run with LD_LIBRARY_PATH. What is in
 * STUB_DIR is a network namespace: a datagram socket for each connection, a file for
 * each value kept. Who has no room makes a publisher wait.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <libnlbroker.h>

#define PATTERNS_MAX 300

/* What goes through the sockets, with topic and payload behind it. */
struct wire {
	uint32_t portid;
	uint32_t pid;
	uint32_t uid;
	uint32_t topic_size;
	uint32_t len;
	uint32_t retain;
	uint64_t seq;
};

struct nlbroker {
	int fd;
	uint32_t portid;
	char path[108];
	char *patterns[PATTERNS_MAX];
	unsigned int flags[PATTERNS_MAX];
	size_t count;
	struct nlbroker_message message;
	struct nlbroker_limits limits;
	char buffer[sizeof(struct wire) + 256 + NLBROKER_PAYLOAD_MAX + 1];
};

static _Atomic uint32_t opened;
static _Atomic uint64_t published;

static const char *dir(void)
{
	const char *d = getenv("STUB_DIR");

	return d ? d : "/tmp/stub";
}

static void address(struct sockaddr_un *addr, const char *name)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%.60s/%.40s", dir(),
		 name);
}

int nlbroker_open(struct nlbroker **broker)
{
	struct nlbroker *b = calloc(1, sizeof(*b));
	int bytes = 4 << 20;

	b->portid = ((uint32_t)getpid() << 8) + ++opened;
	b->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(b->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	*broker = b;
	return 0;
}

/* Who subscribes has an address. */
static int become_peer(struct nlbroker *b)
{
	struct sockaddr_un addr;
	char name[64];

	if (*b->path)
		return 0;
	snprintf(name, sizeof(name), "peer.%u", b->portid);
	address(&addr, name);
	strcpy(b->path, addr.sun_path);
	return bind(b->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
			       chmod(addr.sun_path, 0777) ?
		       -errno :
		       0;
}

void nlbroker_close(struct nlbroker *b)
{
	if (!b)
		return;
	if (*b->path)
		unlink(b->path);
	close(b->fd);
	while (b->count)
		free(b->patterns[--b->count]);
	free(b);
}

const char *nlbroker_error(const struct nlbroker *b)
{
	(void)b;
	return "";
}

bool nlbroker_refused(const struct nlbroker *b)
{
	(void)b;
	return true;
}

uint32_t nlbroker_portid(const struct nlbroker *b)
{
	return b->portid;
}

int nlbroker_fd(struct nlbroker *b)
{
	return b->fd;
}

int nlbroker_set_queue(struct nlbroker *b, int bytes)
{
	(void)b;
	return bytes;
}

/* The file of a topic's value: its name in hexadecimal. */
static void value_path(char *path, size_t size, const char *topic)
{
	int n = snprintf(path, size, "%s/value.", dir());

	for (; *topic; topic++)
		n += snprintf(path + n, size - (size_t)n, "%02x",
			      (unsigned char)*topic);
}

static void keep(const char *topic, const void *data, size_t len, bool some)
{
	char path[700];
	int fd;

	value_path(path, sizeof(path), topic);
	if (!some) {
		unlink(path);
		return;
	}
	/* Values of others can be replaced, too. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (write(fd, data, len) < 0)
		abort();
	close(fd);
}

int nlbroker_publish(struct nlbroker *b, const char *topic, const void *payload,
		     size_t len, unsigned int flags)
{
	char data[sizeof(struct wire) + 256 + NLBROKER_PAYLOAD_MAX];
	struct wire *w = (struct wire *)data;
	size_t size = strlen(topic) + 1;
	struct sockaddr_un addr;
	struct dirent *e;
	DIR *d;

	if (nlbroker_topic_fault(topic, false))
		return -EINVAL;
	if (len > NLBROKER_PAYLOAD_MAX)
		return -EMSGSIZE;
	/* So that a test can have something refused. */
	if (!strncmp(topic, "refused/", 8))
		return -EACCES;
	*w = (struct wire){ b->portid,	   (uint32_t)getpid(),
			    geteuid(),	   (uint32_t)size,
			    (uint32_t)len, !!(flags & NLBROKER_RETAIN),
			    ++published };
	memcpy(w + 1, topic, size);
	if (len)
		memcpy((char *)(w + 1) + size, payload, len);
	if (flags & NLBROKER_RETAIN)
		keep(topic, data, sizeof(*w) + size + len, len);
	d = opendir(dir());
	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "peer.", 5))
			continue;
		address(&addr, e->d_name);
		/* Connections that wait for each other would do so for ever. */
		if (strtoul(e->d_name + 5, NULL, 10) >> 8 ==
		    (unsigned long)getpid())
			continue;
		sendto(b->fd, data, sizeof(*w) + size + len, MSG_NOSIGNAL,
		       (struct sockaddr *)&addr, sizeof(addr));
	}
	if (d)
		closedir(d);
	return 0;
}

int nlbroker_publish_wait(struct nlbroker *b, const char *topic,
			  const void *payload, size_t len, unsigned int flags,
			  int timeout, struct nlbroker_counts *counts)
{
	(void)timeout;
	if (counts)
		memset(counts, 0, sizeof(*counts));
	return nlbroker_publish(b, topic, payload, len, flags);
}

int nlbroker_publish_many(struct nlbroker *b, struct nlbroker_outgoing *m,
			  size_t count)
{
	int first = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		m[i].error = nlbroker_publish(b, m[i].topic, m[i].payload,
					      m[i].len, m[i].flags);
		if (m[i].error && !first)
			first = m[i].error;
	}
	return first;
}

/* Makes a message of what came. False if it isn't for this connection. */
static bool parse(struct nlbroker *b, char *data, bool retained)
{
	const struct wire *w = (const void *)data;
	const char *topic = data + sizeof(*w);
	bool match = retained;
	size_t i;

	for (i = 0; i < b->count && !match; i++)
		match = nlbroker_topic_matches(b->patterns[i], topic) &&
			(!(b->flags[i] & NLBROKER_NO_LOCAL) ||
			 w->portid != b->portid);
	b->message = (struct nlbroker_message){
		.kind = NLBROKER_MESSAGE,
		.topic = topic,
		.payload = topic + w->topic_size,
		.len = w->len,
		.seq = w->seq,
		.retained = retained,
		.retain = !retained && w->retain,
		.has_creds = true,
		.portid = w->portid,
		.pid = w->pid,
		.uid = w->uid,
	};
	return match;
}

int nlbroker_retained(struct nlbroker *b, const char *pattern,
		      nlbroker_message_fn fn, void *arg)
{
	char path[700];
	struct dirent *e;
	ssize_t n;
	DIR *d = opendir(dir());
	int fd;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "value.", 6))
			continue;
		snprintf(path, sizeof(path), "%s/%.600s", dir(), e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, b->buffer, sizeof(b->buffer));
		close(fd);
		if (n <= 0)
			continue;
		parse(b, b->buffer, true);
		if (!pattern ||
		    nlbroker_topic_matches(pattern, b->message.topic))
			fn(&b->message, arg);
	}
	if (d)
		closedir(d);
	return 0;
}

int nlbroker_subscribe(struct nlbroker *b, const char *pattern,
		       unsigned int flags)
{
	if (nlbroker_topic_fault(pattern, true))
		return -EINVAL;
	if (b->count == PATTERNS_MAX)
		return -EDQUOT;
	if (become_peer(b))
		return -EIO;
	b->patterns[b->count] = strdup(pattern);
	b->flags[b->count++] = flags;
	return 0;
}

int nlbroker_unsubscribe(struct nlbroker *b, const char *pattern)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (!strcmp(b->patterns[i], pattern)) {
			free(b->patterns[i]);
			b->patterns[i] = b->patterns[--b->count];
			return 0;
		}
	return -ENOENT;
}

int nlbroker_receive(struct nlbroker *b, const struct nlbroker_message **m,
		     int timeout)
{
	ssize_t n;

	for (;;) {
		n = recv(b->fd, b->buffer, sizeof(b->buffer),
			 timeout ? 0 : MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (!parse(b, b->buffer, false))
			continue;
		*m = &b->message;
		return 1;
	}
}

/* What neither the daemon nor the tests use. */
int nlbroker_advertise(struct nlbroker *b, const char *topic, int mode,
		       unsigned int flags)
{
	(void)b;
	(void)topic;
	(void)mode;
	(void)flags;
	return -EOPNOTSUPP;
}

int nlbroker_withdraw(struct nlbroker *b, const char *topic)
{
	(void)b;
	(void)topic;
	return -EOPNOTSUPP;
}

int nlbroker_listen(struct nlbroker *b)
{
	(void)b;
	return -EOPNOTSUPP;
}

int nlbroker_peers(struct nlbroker *b, nlbroker_peer_fn fn, void *arg)
{
	(void)b;
	(void)fn;
	(void)arg;
	return -EOPNOTSUPP;
}

int nlbroker_topics(struct nlbroker *b, const char *pattern,
		    nlbroker_topic_fn fn, void *arg)
{
	(void)b;
	(void)pattern;
	(void)fn;
	(void)arg;
	return -EOPNOTSUPP;
}

int nlbroker_get_limits(struct nlbroker *b,
			const struct nlbroker_limits **limits)
{
	*limits = &b->limits;
	return 0;
}

int nlbroker_set_limit(struct nlbroker *b, enum nlbroker_attr limit,
		       uint64_t value)
{
	(void)b;
	(void)limit;
	(void)value;
	return -EPERM;
}

int nlbroker_set_mode(struct nlbroker *b, uint32_t mode)
{
	(void)b;
	(void)mode;
	return -EPERM;
}
