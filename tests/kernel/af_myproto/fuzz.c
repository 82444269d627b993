// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * suites: debug trixie
 * long: trixie
 * timeout: 600
 * cmdline: sockmods.fuzz=1
 *
 * System calls on sockets of af_myproto, in any order and with anything: see
 * lib/fuzz.h. And what shows them (sock_diag, /proc/net/myproto), while they come
 * and go, and the sysctls.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "fuzz-sock.h"
#include "mp.h"

#define SYSCTLS "/proc/sys/net/myproto/"

enum { DIAG = FUZZ_SOCK_KINDS, PROC, SYSCTL };

static int family;
static bool limited;

static const struct fuzz_option options[] = {
	{ SOL_SOCKET, SO_SNDBUF, 4, 300000 },
	{ SOL_SOCKET, SO_RCVBUF, 4, 300000 },
	{ SOL_SOCKET, SO_PASSCRED, 4, 1 },
	{ SOL_MYPROTO, MYPROTO_PASSCRED, 4, 1 },
	{ SOL_SOCKET, SO_PEEK_OFF, 4, 3000 },
	{ SOL_SOCKET, SO_RCVLOWAT, 4, 3000 },
	{ SOL_SOCKET, SO_RCVTIMEO, 16, 3 },
	{ SOL_SOCKET, SO_SNDTIMEO, 16, 3 },
	{ SOL_SOCKET, SO_LINGER, 8, 1 },
	{ SOL_SOCKET, SO_TIMESTAMP, 4, 1 },
	{ SOL_SOCKET, SO_TIMESTAMPING, 4, 0 },
	{ SOL_SOCKET, SO_PEERCRED, 12, 0 },
	{ SOL_SOCKET, SO_PEERGROUPS, 64, 0 },
	{ SOL_SOCKET, SO_PEERSEC, 64, 0 },
	{ SOL_SOCKET, SO_ERROR, 4, 0 },
	{ SOL_SOCKET, SO_TYPE, 4, 0 },
	{ SOL_SOCKET, SO_ACCEPTCONN, 4, 0 },
	{ SOL_SOCKET, SO_COOKIE, 8, 0 },
	{ SOL_SOCKET, SO_MEMINFO, 64, 0 },
	{ SOL_SOCKET, SO_REUSEADDR, 4, 1 },
	{ SOL_SOCKET, SO_OOBINLINE, 4, 1 },
	{ SOL_SOCKET, SO_BUSY_POLL, 4, 50 },
	{ SOL_MYPROTO, 0, 4, 0 },
	{ SOL_MYPROTO, 2, 4, 0 },
	{ IPPROTO_TCP, 1, 4, 1 },
};

/* What is a good address, mostly, of a few that everybody takes. */
static socklen_t address(struct sockaddr_storage *to)
{
	static const uint32_t channels[] = {
		4242, 4243, 4244, 4245, MYPROTO_CHANNEL_ANY, 1024, 1023, 0,
	};
	struct sockaddr_myproto *a = (void *)to;

	memset(to, 0, sizeof(*to));
	a->smp_family = family;
	a->smp_channel = channels[fuzz_pick(8)];
	if (fuzz_one_in(12))
		a->smp_channel = fuzz_u32();
	if (fuzz_one_in(24))
		a->smp_family = fuzz_pick(48);
	if (fuzz_one_in(24))
		a->smp_zero = fuzz_u32();
	if (fuzz_one_in(24))
		return fuzz_pick(sizeof(*to) + 1);
	if (fuzz_one_in(4)) {
		/* An int. */
		memcpy(to, &a->smp_channel, sizeof(uint32_t));
		return sizeof(uint32_t);
	}
	return sizeof(*a);
}

static int type(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };

	return types[fuzz_pick(3)];
}

static int open_one(void)
{
	int kind = fuzz_one_in(32) ? (int)fuzz_u32() : type();

	return fuzz_call(FUZZ_SOCK_SOCKET,
			 socket(family, kind,
				fuzz_one_in(32) ? (int)fuzz_u32() : 0));
}

static int pair(int fd[2])
{
	return socketpair(family, type(), 0, fd);
}

static void do_diag(void)
{
	static uint8_t reply[16384];
	struct {
		struct nlmsghdr h;
		struct myproto_diag_req r;
	} m = {
		/* SOCK_DIAG_BY_FAMILY */
		.h = { .nlmsg_len = sizeof(m),
		       .nlmsg_type = 20,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = family },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 4), i;

	if (fd < 0)
		return;
	m.r.types = fuzz_pick(3) ? 0 : fuzz_u32();
	m.r.states = fuzz_pick(3) ? 0 : fuzz_u32();
	m.r.ino = fuzz_one_in(6) ? fuzz_u32() : 0;
	if (fuzz_one_in(12))
		m.r.sdiag_protocol = fuzz_u32();
	if (fuzz_one_in(12))
		m.r.reserved = fuzz_u32();
	if (fuzz_one_in(8))
		m.h.nlmsg_flags = fuzz_u32();
	if (fuzz_one_in(8))
		m.h.nlmsg_len = sizeof(m.h) + fuzz_pick(sizeof(m.r) + 1);
	fuzz_call(DIAG, send(fd, &m, m.h.nlmsg_len, 0));
	for (i = fuzz_pick(6); i; i--)
		if (recv(fd, reply, fuzz_length(sizeof(reply)), MSG_DONTWAIT) <
		    0)
			break;
	close(fd);
}

static void do_proc(void)
{
	int fd = open("/proc/net/myproto", O_RDONLY | O_CLOEXEC), i;
	size_t len;

	if (fd < 0)
		fuzz_wrong("/proc/net/myproto", errno);
	if (fuzz_one_in(4))
		lseek(fd, fuzz_length(2000), SEEK_SET);
	for (i = 1 + fuzz_pick(4); i; i--) {
		len = fuzz_length(8192);
		if (fuzz_call(PROC, read(fd, fuzz_user(len), len)) <= 0)
			break;
	}
	close(fd);
}

static bool set_sysctl(const char *name, const char *value)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, value, strlen(value)) > 0;
	close(fd);
	return good;
}

static const char *const sysctls[][2] = {
	{ SYSCTLS "max_channels", "65536" },
	{ SYSCTLS "max_channels_per_uid", "16384" },
	{ SYSCTLS "unprivileged_channel_start", "1024" },
};

static void do_sysctl(void)
{
	char value[24];

	snprintf(value, sizeof(value), "%d", (int)fuzz_u32());
	limited = true;
	fuzz_call(SYSCTL, set_sysctl(sysctls[fuzz_pick(3)][0], value) ? 0 : -1);
}

static void other(int fd)
{
	(void)fd;
	switch (fuzz_pick(8)) {
	case 0 ... 3:
		do_diag();
		break;
	case 4 ... 6:
		do_proc();
		break;
	default:
		do_sysctl();
	}
}

/* To whoever has a channel, and to become one who has one. */
static void beside(int fd, unsigned int any)
{
	const struct sockaddr_myproto to = { .smp_family = family,
					     .smp_channel = 4242 + any % 4 };

	if (any % 8 == 0)
		bind(fd, (const void *)&to, sizeof(to));
	else
		sendto(fd, &to, any >> 8 & 7, MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const void *)&to, sizeof(to));
}

static const struct fuzz_sock sock = {
	.options = options,
	.count = sizeof(options) / sizeof(*options),
	.open = open_one,
	.pair = pair,
	.address = address,
	.other = other,
	.beside = beside,
};

static int setup(void)
{
	family = mp_family();
	return family ? 0 : -EAFNOSUPPORT;
}

static void run(void)
{
	unsigned int i;

	fuzz_sock_run(&sock);
	if (!limited)
		return;
	/* As it was, so that the next ones aren't all refused. */
	fuzz_as(0);
	for (i = 0; i < 3; i++)
		if (!set_sysctl(sysctls[i][0], sysctls[i][1]))
			fuzz_wrong(sysctls[i][0], errno);
	limited = false;
}

int main(void)
{
	static const char *const kinds[] = { FUZZ_SOCK_NAMES, "sock_diag",
					     "/proc", "sysctl", NULL };
	static const struct fuzz fuzz = {
		.module = "af_myproto",
		.odd = "greeting=hello",
		.kinds = kinds,
		.setup = setup,
		.run = run,
		.blocks = 700,
	};

	return fuzz_main(&fuzz);
}
