// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `myproto run` puts before a program's C library: its sockets of AF_UNIX are
 * sockets of af_myproto, from socket(2) on, and their names are channels.
 *
 *   socket, socketpair                       the other family
 *   bind                                     makes the file of a path, too
 *   connect, sendto, sendmsg, sendmmsg       names to channels
 *   recvfrom, recvmsg, recvmmsg, accept,
 *   accept4, getsockname, getpeername        channels to names
 *   getsockopt                               SO_DOMAIN says AF_UNIX
 *
 * Which family a socket has is asked of the kernel each time, so that dup(2),
 * fork(2), exec(2) and descriptors that come from elsewhere need nothing here.
 *
 * This runs in other people's programs: in signal handlers, in threads, between
 * vfork(2) and exec(2). So it allocates nothing, waits for nobody, and leaves errno
 * alone when all goes well.
 *
 * In a program that may do more than who runs it (set-user-ID, capabilities), it
 * does nothing at all: the environment is not that program's. The dynamic linker
 * doesn't preload it there, but does what /etc/ld.so.preload says.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "address.h"
#include "channel.h"
#include "names.h"
#include "settings.h"

#define EXPORT __attribute__((visibility("default")))

#define TYPE_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

/* What the kernel takes at once, of more. */
#define MESSAGES_MAX 1024

/* The functions that are wrapped here, in the C library or the next in line. */
static struct {
	int (*socket)(int domain, int type, int protocol);
	int (*socketpair)(int domain, int type, int protocol, int fds[2]);
	int (*bind)(int fd, const struct sockaddr *addr, socklen_t len);
	int (*connect)(int fd, const struct sockaddr *addr, socklen_t len);
	int (*accept4)(int fd, struct sockaddr *addr, socklen_t *len,
		       int flags);
	int (*accept)(int fd, struct sockaddr *addr, socklen_t *len);
	int (*getsockname)(int fd, struct sockaddr *addr, socklen_t *len);
	int (*getpeername)(int fd, struct sockaddr *addr, socklen_t *len);
	int (*getsockopt)(int fd, int level, int name, void *value,
			  socklen_t *len);
	ssize_t (*sendto)(int fd, const void *data, size_t size, int flags,
			  const struct sockaddr *addr, socklen_t len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *msg, int flags);
	int (*sendmmsg)(int fd, struct mmsghdr *msgs, unsigned int n,
			int flags);
	ssize_t (*recvfrom)(int fd, void *data, size_t size, int flags,
			    struct sockaddr *addr, socklen_t *len);
	ssize_t (*recvfrom_chk)(int fd, void *data, size_t size, size_t room,
				int flags, struct sockaddr *addr,
				socklen_t *len);
	ssize_t (*recvmsg)(int fd, struct msghdr *msg, int flags);
	int (*recvmmsg)(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
			struct timespec *timeout);
} next;

static struct settings settings;
/* What every socket fails with, or 0: the environment makes no sense. */
static int settings_error;
/* Everything stays as it is; no family is known then. */
static bool secure;
static bool prepared;

/*
 * Before main() and before there are threads; another library's constructor may
 * have called a function of ours before, and then that does it.
 */
__attribute__((constructor)) static void prepare(void)
{
	const int saved = errno;

	if (prepared)
		return;
	next.socket = dlsym(RTLD_NEXT, "socket");
	next.socketpair = dlsym(RTLD_NEXT, "socketpair");
	next.bind = dlsym(RTLD_NEXT, "bind");
	next.connect = dlsym(RTLD_NEXT, "connect");
	next.accept = dlsym(RTLD_NEXT, "accept");
	next.accept4 = dlsym(RTLD_NEXT, "accept4");
	next.getsockname = dlsym(RTLD_NEXT, "getsockname");
	next.getpeername = dlsym(RTLD_NEXT, "getpeername");
	next.getsockopt = dlsym(RTLD_NEXT, "getsockopt");
	next.sendto = dlsym(RTLD_NEXT, "sendto");
	next.sendmsg = dlsym(RTLD_NEXT, "sendmsg");
	next.sendmmsg = dlsym(RTLD_NEXT, "sendmmsg");
	next.recvfrom = dlsym(RTLD_NEXT, "recvfrom");
	next.recvfrom_chk = dlsym(RTLD_NEXT, "__recvfrom_chk");
	next.recvmsg = dlsym(RTLD_NEXT, "recvmsg");
	next.recvmmsg = dlsym(RTLD_NEXT, "recvmmsg");
	secure = getauxval(AT_SECURE);
	if (!secure)
		settings_error = settings_read(&settings);
	prepared = true;
	errno = saved;
}

static int fail(int err)
{
	errno = err;
	return -1;
}

static bool option(int fd, int name, int *value)
{
	socklen_t len = sizeof(*value);

	return !next.getsockopt(fd, SOL_SOCKET, name, value, &len);
}

static bool is_ours(int fd)
{
	int domain;

	return settings.family && option(fd, SO_DOMAIN, &domain) &&
	       domain == settings.family;
}

/* Numbers of families have changed hands: only this one has the option. */
static bool confirmed(int fd)
{
	socklen_t len = sizeof(int);
	int value;

	return !next.getsockopt(fd, SOL_MYPROTO, MYPROTO_PASSCRED, &value,
				&len);
}

/* The type that AF_UNIX takes this one for; -1 when it refuses it. */
static int type_of(int type, int protocol)
{
	if (protocol && protocol != PF_UNIX)
		return -1;
	switch (type & ~TYPE_FLAGS) {
	case SOCK_STREAM:
	case SOCK_SEQPACKET:
	case SOCK_DGRAM:
		return type;
	case SOCK_RAW:
		return (type & TYPE_FLAGS) | SOCK_DGRAM;
	default:
		return -1;
	}
}

/* Nothing goes over AF_UNIX because the family isn't there. */
static int refusal(void)
{
	return settings_error  ? settings_error :
	       settings.family ? 0 :
				 EAFNOSUPPORT;
}

EXPORT int socket(int domain, int type, int protocol)
{
	int own = domain == AF_UNIX ? type_of(type, protocol) : -1, fd;
	const int saved = errno;

	prepare();
	if (own < 0 || secure)
		return next.socket(domain, type, protocol);
	if (refusal())
		return fail(refusal());
	fd = next.socket(settings.family, own, 0);
	if (fd >= 0 && !confirmed(fd)) {
		close(fd);
		return fail(EAFNOSUPPORT);
	}
	if (fd >= 0)
		errno = saved;
	return fd;
}

EXPORT int socketpair(int domain, int type, int protocol, int fds[2])
{
	int own = domain == AF_UNIX ? type_of(type, protocol) : -1, rc;
	const int saved = errno;

	prepare();
	if (own < 0 || secure || !(settings.pairs || settings_error))
		return next.socketpair(domain, type, protocol, fds);
	if (refusal())
		return fail(refusal());
	rc = next.socketpair(settings.family, own, 0, fds);
	if (!rc && !confirmed(fds[0])) {
		close(fds[0]);
		close(fds[1]);
		return fail(EAFNOSUPPORT);
	}
	if (!rc)
		errno = saved;
	return rc;
}

/* Has a socket a name or a peer? */
static bool in_use(int fd)
{
	struct sockaddr_myproto smp;
	socklen_t len = sizeof(smp);

	if (next.getsockname(fd, (struct sockaddr *)&smp, &len) ||
	    smp.smp_channel != MYPROTO_CHANNEL_ANY)
		return true;
	len = sizeof(smp);
	return !next.getpeername(fd, (struct sockaddr *)&smp, &len);
}

static void copy_option(int from, int to, int name, size_t size)
{
	struct timeval value;
	socklen_t len = (socklen_t)size;

	if (!getsockopt(from, SOL_SOCKET, name, &value, &len))
		setsockopt(to, SOL_SOCKET, name, &value, len);
}

/* A name that stays AF_UNIX: only now it is known that the socket has to, too. */
static int give_back(int fd)
{
	int type, unix_fd, flags, fd_flags, err = 0;

	if (in_use(fd))
		return EPERM;
	flags = fcntl(fd, F_GETFL);
	fd_flags = fcntl(fd, F_GETFD);
	if (flags < 0 || fd_flags < 0 || !option(fd, SO_TYPE, &type))
		return errno;
	unix_fd = next.socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (unix_fd < 0)
		return errno;
	copy_option(fd, unix_fd, SO_SNDTIMEO, sizeof(struct timeval));
	copy_option(fd, unix_fd, SO_RCVTIMEO, sizeof(struct timeval));
	copy_option(fd, unix_fd, SO_PASSCRED, sizeof(int));
	if (fcntl(unix_fd, F_SETFL, flags) ||
	    dup3(unix_fd, fd, fd_flags & FD_CLOEXEC ? O_CLOEXEC : 0) < 0)
		err = errno;
	close(unix_fd);
	return err;
}

/**
 * struct target - the address that a call is made with
 * @addr: what the program says, or @smp
 * @len: its length
 * @smp: the channel
 * @unix_addr: the address in it, where @addr is @smp
 */
struct target {
	const struct sockaddr *addr;
	socklen_t len;
	struct sockaddr_myproto smp;
	struct address unix_addr;
};

static bool translated(const struct target *t)
{
	return t->addr == (const struct sockaddr *)&t->smp;
}

/* For bind(2), or to reach who has been bound. Returns 0 or an errno. */
static int translate(int fd, const struct sockaddr *addr, socklen_t len,
		     struct target *t, bool binding)
{
	uint32_t channel = MYPROTO_CHANNEL_ANY;
	int err;

	t->addr = addr;
	t->len = len;
	if (!address_is_unix(addr, len) || !is_ours(fd))
		return 0;
	err = address_parse(addr, len, &t->unix_addr);
	if (err)
		return err;
	if (settings_excepted(settings.except, t->unix_addr.un.sun_path,
			      t->unix_addr.name_len))
		return give_back(fd);
	if (binding)
		err = address_create(fd, &t->unix_addr, &channel);
	else
		err = address_resolve(&t->unix_addr, &channel);
	if (err)
		return err;
	t->smp = (struct sockaddr_myproto){
		.smp_family = (sa_family_t)settings.family,
		.smp_channel = channel,
	};
	t->addr = (const struct sockaddr *)&t->smp;
	t->len = sizeof(t->smp);
	if (!binding)
		names_remember(channel, &t->unix_addr.un, t->unix_addr.len,
			       false);
	return 0;
}

static int target(int fd, const struct sockaddr *addr, socklen_t len,
		  struct target *t, bool binding)
{
	const int saved = errno;
	int err;

	prepare();
	err = translate(fd, addr, len, t, binding);
	errno = saved;
	return err;
}

EXPORT int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct target t;
	int err = target(fd, addr, len, &t, true), rc;

	if (err)
		return fail(err);
	rc = next.bind(fd, t.addr, t.len);
	if (!translated(&t))
		return rc;
	if (rc && t.unix_addr.path[0]) {
		err = errno;
		unlink(t.unix_addr.path);
		errno = err;
	}
	/* The kernel's choice has the name of its number. */
	if (!rc && t.unix_addr.name_len)
		names_remember(t.smp.smp_channel, &t.unix_addr.un,
			       t.unix_addr.len, true);
	return rc;
}

EXPORT int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct target t;
	int err = target(fd, addr, len, &t, false);

	return err ? fail(err) : next.connect(fd, t.addr, t.len);
}

/* glibc exports it under this name, too. */
EXPORT int __connect(int fd, const struct sockaddr *addr, socklen_t len)
	__attribute__((alias("connect")));

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags,
		      const struct sockaddr *addr, socklen_t len)
{
	struct target t;
	int err = target(fd, addr, len, &t, false);

	return err ? fail(err) :
		     next.sendto(fd, data, size, flags, t.addr, t.len);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct target t;
	struct msghdr m;
	int err;

	prepare();
	/* Most have no name. */
	if (!msg || !address_is_unix(msg->msg_name, msg->msg_namelen))
		return next.sendmsg(fd, msg, flags);
	err = target(fd, msg->msg_name, msg->msg_namelen, &t, false);
	if (err)
		return fail(err);
	m = *msg;
	m.msg_name = (void *)t.addr;
	m.msg_namelen = t.len;
	return next.sendmsg(fd, &m, flags);
}

static bool any_is_unix(const struct mmsghdr *msgs, unsigned int n)
{
	unsigned int i;

	for (i = 0; msgs && i < n; i++)
		if (address_is_unix(msgs[i].msg_hdr.msg_name,
				    msgs[i].msg_hdr.msg_namelen))
			return true;
	return false;
}

/* With names one by one: there is no place for the headers of all. */
EXPORT int sendmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags)
{
	const int saved = errno;
	unsigned int i;
	ssize_t sent;

	prepare();
	if (n > MESSAGES_MAX)
		n = MESSAGES_MAX;
	if (!any_is_unix(msgs, n))
		return next.sendmmsg(fd, msgs, n, flags);
	for (i = 0; i < n; i++) {
		sent = sendmsg(fd, &msgs[i].msg_hdr, flags);
		if (sent < 0)
			break;
		msgs[i].msg_len = (unsigned int)sent;
	}
	if (!i)
		return -1;
	errno = saved;
	return (int)i;
}

/* Of a message, who has no name has no address. */
EXPORT ssize_t recvfrom(int fd, void *data, size_t size, int flags,
			struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = addr && len ? *len : 0;
	ssize_t n;

	prepare();
	n = next.recvfrom(fd, data, size, flags, addr, len);
	if (n >= 0 && room)
		address_back(settings.family, addr, room, len, 0);
	return n;
}

/* What a compiler makes of it that knows the room for the data. */
EXPORT ssize_t __recvfrom_chk(int fd, void *data, size_t size, size_t data_room,
			      int flags, struct sockaddr *addr, socklen_t *len);

EXPORT ssize_t __recvfrom_chk(int fd, void *data, size_t size, size_t data_room,
			      int flags, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = addr && len ? *len : 0;
	ssize_t n;

	prepare();
	n = next.recvfrom_chk(fd, data, size, data_room, flags, addr, len);
	if (n >= 0 && room)
		address_back(settings.family, addr, room, len, 0);
	return n;
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	socklen_t room = msg && msg->msg_name ? msg->msg_namelen : 0;
	ssize_t n;

	prepare();
	n = next.recvmsg(fd, msg, flags);
	if (n >= 0 && room)
		address_back(settings.family, msg->msg_name, room,
			     &msg->msg_namelen, 0);
	return n;
}

EXPORT int recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
		    struct timespec *timeout)
{
	socklen_t room[MESSAGES_MAX] = {};
	int count, i;

	prepare();
	if (n > MESSAGES_MAX)
		n = MESSAGES_MAX;
	/* The kernel says what is wrong with that. */
	if (!msgs)
		return next.recvmmsg(fd, msgs, n, flags, timeout);
	for (i = 0; i < (int)n; i++)
		room[i] = msgs[i].msg_hdr.msg_namelen;
	count = next.recvmmsg(fd, msgs, n, flags, timeout);
	for (i = 0; i < count; i++)
		address_back(settings.family, msgs[i].msg_hdr.msg_name, room[i],
			     &msgs[i].msg_hdr.msg_namelen, 0);
	return count;
}

/* Of a socket, who has no name has the address of that. */
static int with_name(int rc, struct sockaddr *addr, socklen_t room,
		     socklen_t *len)
{
	if (rc >= 0 && room)
		address_back(settings.family, addr, room, len,
			     sizeof(sa_family_t));
	return rc;
}

EXPORT int accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = addr && len ? *len : 0;

	prepare();
	return with_name(next.accept(fd, addr, len), addr, room, len);
}

EXPORT int accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	socklen_t room = addr && len ? *len : 0;

	prepare();
	return with_name(next.accept4(fd, addr, len, flags), addr, room, len);
}

EXPORT int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = addr && len ? *len : 0;

	prepare();
	return with_name(next.getsockname(fd, addr, len), addr, room, len);
}

EXPORT int getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	socklen_t room = addr && len ? *len : 0;

	prepare();
	return with_name(next.getpeername(fd, addr, len), addr, room, len);
}

EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	const int saved = errno;
	int rc, domain;

	prepare();
	rc = next.getsockopt(fd, level, name, value, len);
	if (level != SOL_SOCKET || !settings.family)
		return rc;
	if (!rc && name == SO_DOMAIN && *len == sizeof(domain)) {
		memcpy(&domain, value, sizeof(domain));
		if (domain == settings.family)
			domain = AF_UNIX;
		memcpy(value, &domain, sizeof(domain));
	}
	/* The kernel has it for AF_UNIX only, since 6.16. */
	if (rc && name == SO_PASSCRED && errno == EOPNOTSUPP && is_ours(fd)) {
		rc = next.getsockopt(fd, SOL_MYPROTO, MYPROTO_PASSCRED, value,
				     len);
		if (!rc)
			errno = saved;
	}
	return rc;
}
