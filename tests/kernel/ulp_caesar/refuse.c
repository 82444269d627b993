// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timeout: 180
 *
 * What can't be shifted on the way is refused, and the stream is unharmed by the
 * attempt: memory that isn't copied, sockmap, another protocol on top, TCP_REPAIR.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "caesar.h"
#include "check.h"
#include "module.h"

#ifndef MSG_SOCK_DEVMEM
#define MSG_SOCK_DEVMEM 0x2000000
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const struct way shifted = { .name = "ULP",
				    .family = AF_INET,
				    .a = ATTACH_LATE,
				    .b = ATTACH_EARLY,
				    .ab = 17,
				    .ba = 71 };
static uint8_t buf[200000];
static struct pair p;

static int setup(void **state)
{
	(void)state;
	must("modprobe ulp_caesar");
	pair_open(&p, &shifted);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pair_close(&p);
	return 0;
}

/* Both ways, all of it, as it was. */
static void still_works(void)
{
	int i, fds[2] = { p.a, p.b };

	for (i = 0; i < 2; i++) {
		pattern(buf, 50000, i, 1);
		assert_int_equal(send(fds[i], buf, 50000, 0), 50000);
		memset(buf, 0, 50000);
		assert_int_equal(recv(fds[!i], buf, 50000, MSG_WAITALL), 50000);
		assert_int_equal(pattern_differs(buf, 50000, i, 1), -1);
	}
}

static void test_zerocopy_send(void **state)
{
	struct iovec iov = { buf, 10000 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	(void)state;
	/* The flag alone is ignored, as by TCP: it is a copy. */
	pattern(buf, 10000, 0, 1);
	assert_int_equal(send(p.a, buf, 10000, MSG_ZEROCOPY), 10000);
	assert_int_equal(recv(p.b, buf, 10000, MSG_WAITALL), 10000);
	assert_int_equal(pattern_differs(buf, 10000, 0, 1), -1);

	option(p.a, SOL_SOCKET, SO_ZEROCOPY, 1);
	assert_int_equal(send(p.a, buf, 10000, MSG_ZEROCOPY), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(sendmsg(p.a, &m, MSG_ZEROCOPY | MSG_DONTWAIT), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(recv(p.b, buf, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	/* No message that never comes is owed. */
	assert_int_equal(recv(p.a, buf, 1, MSG_ERRQUEUE), -1);
	assert_int_equal(errno, EAGAIN);
	still_works();
}

/* SO_ZEROCOPY from before; the same refusal. */
static void test_zerocopy_before(void **state)
{
	(void)state;
	pair_close(&p);
	pair_open(&p, &way_plain);
	option(p.a, SOL_SOCKET, SO_ZEROCOPY, 1);
	pattern(buf, 10000, 0, 1);
	/* Sent without a copy, before; it isn't touched now. */
	assert_int_equal(send(p.a, buf, 10000, MSG_ZEROCOPY), 10000);
	assert_int_equal(caesar_attach(p.a), 0);
	assert_int_equal(caesar_keys(p.a, 9, 0), 0);
	assert_int_equal(pattern_differs(buf, 10000, 0, 1), -1);
	assert_int_equal(recv(p.b, buf, 10000, MSG_WAITALL), 10000);
	assert_int_equal(pattern_differs(buf, 10000, 0, 1), -1);
	assert_int_equal(send(p.a, buf, 10000, MSG_ZEROCOPY), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(caesar_attach(p.b), 0);
	assert_int_equal(caesar_keys(p.b, 0, 9), 0);
	still_works();
}

static void test_zerocopy_receive(void **state)
{
	struct tcp_zerocopy_receive z = { 0 };
	socklen_t len = sizeof(z);
	void *map;

	(void)state;
	map = mmap(NULL, 65536, PROT_READ, MAP_SHARED, p.b, 0);
	assert_ptr_equal(map, MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	pattern(buf, 65536, 0, 1);
	assert_int_equal(send(p.a, buf, 65536, 0), 65536);
	arrive(p.b, 60000);
	assert_int_equal(
		getsockopt(p.b, SOL_TCP, TCP_ZEROCOPY_RECEIVE, &z, &len), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	z.address = (uintptr_t)buf;
	z.length = sizeof(buf);
	assert_int_equal(
		getsockopt(p.b, SOL_TCP, TCP_ZEROCOPY_RECEIVE, &z, &len), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(recv(p.b, buf, 65536, MSG_WAITALL), 65536);
	assert_int_equal(pattern_differs(buf, 65536, 0, 1), -1);
	still_works();
}

/* Mapped while it was plain TCP. */
static void test_mapped_before(void **state)
{
	struct tcp_zerocopy_receive z = { .length = 65536 };
	socklen_t len = sizeof(z);
	void *map;

	(void)state;
	pair_close(&p);
	pair_open(&p, &way_plain);
	map = mmap(NULL, 65536, PROT_READ, MAP_SHARED, p.b, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(caesar_attach(p.b), 0);
	assert_int_equal(caesar_keys(p.b, 0, 1), 0);
	z.address = (uintptr_t)map;
	assert_int_equal(send(p.a, buf, 65536, 0), 65536);
	assert_int_equal(
		getsockopt(p.b, SOL_TCP, TCP_ZEROCOPY_RECEIVE, &z, &len), -1);
	assert_int_equal(errno, EOPNOTSUPP);
	munmap(map, 65536);
}

/* Refused where TCP knows it: it promises memory that can't be shifted. */
static void test_devmem(void **state)
{
	ssize_t n;

	(void)state;
	pattern(buf, 1000, 0, 1);
	assert_int_equal(send(p.a, buf, 1000, 0), 1000);
	arrive(p.b, 1000);
	memset(buf, 0, 1000);
	n = recv(p.b, buf, 1000, MSG_SOCK_DEVMEM);
	if (n > 0) {
		printf("# this kernel takes no notice of MSG_SOCK_DEVMEM\n");
		assert_int_equal(n, 1000);
	} else {
		assert_int_equal(n, -1);
		assert_int_equal(errno, EOPNOTSUPP);
		assert_int_equal(recv(p.b, buf, 1000, 0), 1000);
	}
	assert_int_equal(pattern_differs(buf, 1000, 0, 1), -1);
	still_works();
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int sockmap(uint32_t type, uint32_t value_size)
{
	union bpf_attr attr = { .map_type = type,
				.key_size = 4,
				.value_size = value_size,
				.max_entries = 2 };
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		printf("# map type %u: %s: this kernel has no sockmap\n", type,
		       strerror(errno));
	return fd;
}

static int sockmap_put(int map, int fd)
{
	uint32_t key = 1, value = fd;
	union bpf_attr attr = { .map_fd = map,
				.key = (uintptr_t)&key,
				.value = (uintptr_t)&value };

	return bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -errno : 0;
}

static const uint32_t maps[] = { BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_SOCKHASH };

static void test_sockmap_after(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		int map = sockmap(maps[i], 4), err;

		if (map < 0)
			continue;
		err = sockmap_put(map, p.a);
		if (err != -EINVAL && err != -EOPNOTSUPP)
			fail_msg("into a sockmap: %s", strerror(-err));
		close(map);
		still_works();
	}
}

static void test_sockmap_before(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		int map = sockmap(maps[i], 4);

		if (map < 0)
			continue;
		pair_close(&p);
		pair_open(&p, &way_plain);
		assert_int_equal(sockmap_put(map, p.a), 0);
		assert_int_equal(caesar_attach(p.a), -EBUSY);
		assert_int_equal(caesar_keys(p.a, 1, 1), -ENOPROTOOPT);
		still_works();
		close(map);
		still_works();
	}
}

/* A listener too may be in a sockmap, from 5.7 on. */
static void test_sockmap_listener(void **state)
{
	static const struct way way = { .family = AF_INET };
	int map = sockmap(maps[0], 8), fd, err;
	uint16_t port;

	(void)state;
	if (map < 0)
		return;
	fd = way_listen(&way, &port);
	assert_int_equal(caesar_attach(fd), 0);
	{
		uint32_t key = 0;
		uint64_t value = fd;
		union bpf_attr attr = { .map_fd = map,
					.key = (uintptr_t)&key,
					.value = (uintptr_t)&value };

		err = bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -errno : 0;
	}
	if (err != -EINVAL && err != -EOPNOTSUPP)
		fail_msg("a listener, into a sockmap: %s", strerror(-err));
	close(fd);
	close(map);
}

static int ulp(int fd, const char *name)
{
	return setsockopt(fd, SOL_TCP, TCP_ULP, name, strlen(name)) ? -errno :
								      0;
}

/* One protocol a socket, whichever came first. */
static void test_tls(void **state)
{
	int err;

	(void)state;
	/* Where there is none of that name, that is what it says first. */
	err = ulp(p.a, "tls");
	assert_true(err == -EEXIST || err == -ENOENT);
	still_works();
	pair_close(&p);
	pair_open(&p, &way_plain);
	assert_int_equal(ulp(p.a, "tls"), err == -ENOENT ? -ENOENT : 0);
	if (err == -ENOENT) {
		printf("# this kernel has no TLS\n");
		return;
	}
	assert_int_equal(caesar_attach(p.a), -EEXIST);
	assert_true(caesar_keys(p.a, 1, 1) < 0);
	still_works();
}

static void test_mptcp(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

	(void)state;
	if (fd < 0) {
		printf("# this kernel has no MPTCP\n");
		return;
	}
	assert_true(caesar_attach(fd) < 0);
	assert_true(caesar_keys(fd, 1, 1) < 0);
	close(fd);
}

/* IPV6_ADDRFORM would put IPv4's own operations in their place. */
static void test_addrform(void **state)
{
	static const struct way way = { .family = AF_INET6,
					.mapped = true,
					.a = ATTACH_LATE,
					.b = ATTACH_LATE,
					.ab = 5,
					.ba = 6 };
	int family = AF_INET;

	(void)state;
	pair_close(&p);
	pair_open(&p, &way);
	assert_int_equal(setsockopt(p.a, IPPROTO_IPV6, IPV6_ADDRFORM, &family,
				    sizeof(family)),
			 -1);
	assert_int_equal(errno, EBUSY);
	still_works();
	/* Before it is fine, and then it is a socket of IPv4's. */
	pair_close(&p);
	pair_open(&p, &way_plain_mapped);
	option(p.a, IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET);
	assert_int_equal(caesar_attach(p.a), 0);
	assert_int_equal(caesar_attach(p.b), 0);
	assert_int_equal(caesar_keys(p.a, 8, 9), 0);
	assert_int_equal(caesar_keys(p.b, 9, 8), 0);
	still_works();
}

/* Who saves a connection by it would make it again without the protocol. */
static void test_repair(void **state)
{
	static const int on = 1, off = -1; /* without a window probe */
	int i, fds[2] = { p.a, p.b };

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(setsockopt(fds[i], SOL_TCP, TCP_REPAIR, &on,
					    sizeof(on)),
				 -1);
		assert_int_equal(errno, EOPNOTSUPP);
	}
	still_works();

	/* Nor does one get the protocol while it is being saved. */
	pair_close(&p);
	pair_open(&p, &way_plain);
	option(p.a, SOL_TCP, TCP_REPAIR, on);
	assert_int_equal(caesar_attach(p.a), -EBUSY);
	assert_int_equal(caesar_keys(p.a, 1, 1), -ENOPROTOOPT);
	option(p.a, SOL_TCP, TCP_REPAIR, off);
	caesar_give(p.a, 1, 2);
	caesar_give(p.b, 2, 1);
	still_works();
}

int main(void)
{
	/* clang-format off */
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest refuse[] = {
		T(zerocopy_send), T(zerocopy_before), T(zerocopy_receive),
		T(mapped_before), T(devmem), T(sockmap_after),
		T(sockmap_before), T(sockmap_listener), T(tls), T(mptcp),
		T(addrform), T(repair),
	};
	/* clang-format on */

	own_network();
	return check_run(refuse);
}
