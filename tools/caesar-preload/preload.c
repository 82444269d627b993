// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `ulp-caesar run` puts before a program's C library: the calls by which a
 * TCP socket becomes a connection's end attach the protocol to it first.
 *
 *   connect(2), and sending with MSG_FASTOPEN     before: it is the client's
 *   listen(2)                                     before: accepted ones inherit
 *   accept(2), accept4(2)                         after: for a listener that
 *                                                 was somebody else's
 *
 * The protocol is a socket's, not a descriptor's: dup(2), fork(2) and exec(2) keep
 * it. Where it can't be attached the call fails, so that nothing goes out as it
 * is.
 *
 * This runs in other people's programs: in signal handlers, in threads, between
 * vfork(2) and exec(2). So it allocates nothing, takes no lock, writes no memory
 * once the settings are read, and leaves errno alone when all goes well.
 *
 * In a program that may do more than who runs it (set-user-ID, capabilities), it
 * does nothing at all: the environment is not that program's. The dynamic linker
 * doesn't preload it there, but does what /etc/ld.so.preload says.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ulp-caesar/settings.h"

#define EXPORT __attribute__((visibility("default")))

/* Old C libraries' headers lack them. */
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

/* The functions that are wrapped here, in the C library or the next in line. */
static struct {
	int (*connect)(int fd, const struct sockaddr *addr, socklen_t len);
	int (*listen)(int fd, int backlog);
	int (*accept4)(int fd, struct sockaddr *addr, socklen_t *len,
		       int flags);
	int (*accept)(int fd, struct sockaddr *addr, socklen_t *len);
	ssize_t (*sendto)(int fd, const void *data, size_t size, int flags,
			  const struct sockaddr *addr, socklen_t len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *msg, int flags);
	int (*sendmmsg)(int fd, struct mmsghdr *msgs, unsigned int n,
			int flags);
} next;

/**
 * struct settings - what the environment says
 * @read: the rest is valid
 * @error: what every call fails with, or 0: the environment makes no sense
 * @client: attach in connect(2)
 * @server: attach in listen(2) and accept(2)
 * @key: the keys
 * @ports: of servers: where to connect to, or where to listen
 */
static struct {
	bool read;
	int error;
	bool client;
	bool server;
	struct caesar_key key;
	struct settings_ports ports;
} settings;

static int read_settings(void)
{
	const char *key = getenv(SETTINGS_KEY);
	const char *only = getenv(SETTINGS_ONLY);
	const char *ports = getenv(SETTINGS_PORTS);

	/* Neither is wanted. */
	if (getauxval(AT_SECURE))
		return 0;
	settings.client = settings.server = true;
	if (only && *only) {
		settings.client = !strcmp(only, SETTINGS_CLIENT);
		settings.server = !strcmp(only, SETTINGS_SERVER);
		if (!settings.client && !settings.server)
			return EINVAL;
	}
	settings.ports.count = 0;
	if (ports && *ports && settings_ports(ports, &settings.ports))
		return EINVAL;
	if (!key || !*key)
		return ENOKEY;
	return settings_key(key, &settings.key) ? EINVAL : 0;
}

/*
 * Before main() and before there are threads; another library's constructor may
 * have called a function of ours before, and then that does it.
 */
__attribute__((constructor)) static void prepare(void)
{
	const int saved = errno;

	if (settings.read)
		return;
	next.connect = dlsym(RTLD_NEXT, "connect");
	next.listen = dlsym(RTLD_NEXT, "listen");
	next.accept = dlsym(RTLD_NEXT, "accept");
	next.accept4 = dlsym(RTLD_NEXT, "accept4");
	next.sendto = dlsym(RTLD_NEXT, "sendto");
	next.sendmsg = dlsym(RTLD_NEXT, "sendmsg");
	next.sendmmsg = dlsym(RTLD_NEXT, "sendmmsg");
	settings.error = read_settings();
	settings.read = true;
	errno = saved;
}

static bool has_option(int fd, int name, int want)
{
	socklen_t len = sizeof(int);
	int value;

	return !getsockopt(fd, SOL_SOCKET, name, &value, &len) && value == want;
}

/*
 * Netlink and raw sockets have protocols with TCP's number, and MPTCP, which has
 * another, has no ULP.
 */
static bool is_tcp(int fd)
{
	return has_option(fd, SO_PROTOCOL, IPPROTO_TCP) &&
	       has_option(fd, SO_TYPE, SOCK_STREAM) &&
	       (has_option(fd, SO_DOMAIN, AF_INET) ||
		has_option(fd, SO_DOMAIN, AF_INET6));
}

/* Is what a socket has already this protocol, under one of its names? */
static bool has_caesar(int fd)
{
	char name[32] = "";
	socklen_t len = sizeof(name) - 1;

	return !getsockopt(fd, SOL_TCP, TCP_ULP, name, &len) &&
	       (!strcmp(name, CAESAR_ULP_NAME) ||
		!strcmp(name, CAESAR_ULP_NAME_OLD));
}

/* Returns 0, or what the call has to fail with. */
static int attach(int fd)
{
	const int saved = errno;

	if (!is_tcp(fd))
		goto done;
	if (!setsockopt(fd, SOL_TCP, TCP_ULP, CAESAR_ULP_NAME,
			strlen(CAESAR_ULP_NAME))) {
		if (setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &settings.key,
			       sizeof(settings.key)))
			return errno;
	} else if (errno != EEXIST) {
		return errno;
	} else if (!has_caesar(fd)) {
		return EEXIST;
	}
	/* Else it has the keys that whoever attached it has given it. */
done:
	errno = saved;
	return 0;
}

/* Where it isn't known what is wanted, no connection goes out as it is. */
static int refused(int fd)
{
	const int saved = errno;
	const bool tcp = is_tcp(fd);

	errno = saved;
	return tcp ? settings.error : 0;
}

/* The port is at the same place in both families' addresses. */
static bool port_of(const void *addr, socklen_t len, uint16_t *port)
{
	struct sockaddr_in in;

	if (!addr || len < offsetof(struct sockaddr_in, sin_zero))
		return false;
	memcpy(&in, addr, offsetof(struct sockaddr_in, sin_zero));
	*port = ntohs(in.sin_port);
	return in.sin_family == AF_INET || in.sin_family == AF_INET6;
}

/* A socket is about to be connected. Returns 0 or an errno. */
static int client(int fd, const void *addr, socklen_t len)
{
	uint16_t port;

	prepare();
	if (settings.error)
		return refused(fd);
	if (!settings.client)
		return 0;
	/* An address that isn't one (AF_UNSPEC disconnects) has no port. */
	if (settings.ports.count && !(port_of(addr, len, &port) &&
				      settings_has_port(&settings.ports, port)))
		return 0;
	return attach(fd);
}

/*
 * A socket is about to listen, or was accepted. A listener without a port gets
 * one only now; what it accepts has it.
 */
static int server(int fd)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	const int saved = errno;
	uint16_t port;

	prepare();
	if (settings.error)
		return refused(fd);
	if (!settings.server)
		return 0;
	if (settings.ports.count) {
		if (getsockname(fd, (struct sockaddr *)&addr, &len) ||
		    !port_of(&addr, len, &port) ||
		    !settings_has_port(&settings.ports, port)) {
			errno = saved;
			return 0;
		}
	}
	return attach(fd);
}

EXPORT int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	int err = client(fd, addr, len);

	if (err) {
		errno = err;
		return -1;
	}
	return next.connect(fd, addr, len);
}

/* glibc exports it under this name, too. */
EXPORT int __connect(int fd, const struct sockaddr *addr, socklen_t len)
	__attribute__((alias("connect")));

EXPORT int listen(int fd, int backlog)
{
	int err = server(fd);

	if (err) {
		errno = err;
		return -1;
	}
	return next.listen(fd, backlog);
}

/* Servers take ECONNABORTED for the loss of one connection, and go on. */
static int accepted(int fd)
{
	if (fd >= 0 && server(fd)) {
		close(fd);
		errno = ECONNABORTED;
		return -1;
	}
	return fd;
}

EXPORT int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	prepare();
	return accepted(next.accept(fd, addr, len));
}

EXPORT int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	prepare();
	return accepted(next.accept4(fd, addr, len, flags));
}

/* TCP Fast Open: what connects is the first send. */
EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags,
		      const struct sockaddr *addr, socklen_t len)
{
	int err = 0;

	prepare();
	if (flags & MSG_FASTOPEN)
		err = client(fd, addr, len);
	if (err) {
		errno = err;
		return -1;
	}
	return next.sendto(fd, data, size, flags, addr, len);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int err = 0;

	prepare();
	if (flags & MSG_FASTOPEN)
		err = client(fd, msg->msg_name, msg->msg_namelen);
	if (err) {
		errno = err;
		return -1;
	}
	return next.sendmsg(fd, msg, flags);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags)
{
	int err = 0;

	prepare();
	if (flags & MSG_FASTOPEN && n)
		err = client(fd, msgs->msg_hdr.msg_name,
			     msgs->msg_hdr.msg_namelen);
	if (err) {
		errno = err;
		return -1;
	}
	return next.sendmmsg(fd, msgs, n, flags);
}
