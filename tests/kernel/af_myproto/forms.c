// SPDX-License-Identifier: GPL-2.0-or-later
/* Sending and receiving in every form that there is, from a file's to sendmmsg. */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"
#include "mp.h"

static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
static char out[40000], in[sizeof(out)];

/* Pieces of the buffer, in three parts each, one of them empty. */
enum { MESSAGES = 5, PARTS = 4 };

static void parts(char *buf, struct iovec *v, size_t len)
{
	v[0] = (struct iovec){ buf, len / 3 };
	v[1] = (struct iovec){ buf + len / 3, 0 };
	v[2] = (struct iovec){ buf + len / 3, len / 4 };
	v[3] = (struct iovec){ buf + len / 3 + len / 4,
			       len - len / 3 - len / 4 };
}

static void test_files(void **state)
{
	struct iovec v[PARTS];
	int t, fd[2], len;

	(void)state;
	for (t = 0; t < 3; t++) {
		mp_good(mp_pair(types[t], fd));
		for (len = 1; len < (int)sizeof(out); len = len * 5 + 3) {
			memset(in, 0, sizeof(in));
			assert_int_equal(write(fd[0], out, len), len);
			assert_int_equal(read(fd[1], in, len), len);
			assert_memory_equal(in, out, len);
			memset(in, 0, sizeof(in));
			parts(out, v, len);
			assert_int_equal(writev(fd[0], v, PARTS), len);
			parts(in, v, len);
			assert_int_equal(readv(fd[1], v, PARTS), len);
			assert_memory_equal(in, out, len);
		}
		mp_errno(pread(fd[0], in, 1, 0), ESPIPE);
		mp_errno(pwrite(fd[0], in, 1, 0), ESPIPE);
		mp_errno(lseek(fd[0], 0, SEEK_CUR), ESPIPE);
		close(fd[0]);
		close(fd[1]);
	}
}

static void test_messages(void **state)
{
	struct iovec v[MESSAGES][PARTS];
	struct mmsghdr m[MESSAGES];
	int t, fd[2], i, n, at;

	(void)state;
	for (t = 0; t < 3; t++) {
		mp_good(mp_pair(types[t], fd));
		memset(m, 0, sizeof(m));
		for (i = at = 0; i < MESSAGES; at += 1000 * ++i) {
			parts(out + at, v[i], 1000 * (i + 1));
			m[i].msg_hdr.msg_iov = v[i];
			m[i].msg_hdr.msg_iovlen = PARTS;
		}
		assert_int_equal(sendmmsg(fd[0], m, MESSAGES, 0), MESSAGES);
		for (i = 0; i < MESSAGES; i++)
			assert_int_equal(m[i].msg_len, 1000 * (i + 1));

		memset(in, 0, sizeof(in));
		for (i = at = 0; i < MESSAGES; at += 1000 * ++i) {
			parts(in + at, v[i], 1000 * (i + 1));
			m[i].msg_hdr.msg_flags = 0;
		}
		n = recvmmsg(fd[1], m, MESSAGES, MSG_DONTWAIT, NULL);
		assert_int_equal(n, MESSAGES);
		for (i = 0; i < MESSAGES; i++) {
			assert_int_equal(m[i].msg_len, 1000 * (i + 1));
			assert_int_equal(m[i].msg_hdr.msg_flags & MSG_TRUNC, 0);
		}
		assert_memory_equal(in, out, at);
		mp_errno(recvmmsg(fd[1], m, MESSAGES, MSG_DONTWAIT, NULL),
			 EAGAIN);

		/* As many as there are, once there is one. */
		assert_int_equal(sendmmsg(fd[0], m, 2, 0), 2);
		if (types[t] != SOCK_STREAM)
			assert_int_equal(recvmmsg(fd[1], m, MESSAGES,
						  MSG_WAITFORONE, NULL),
					 2);
		close(fd[0]);
		close(fd[1]);
	}
}

/* The other end's address, in each form that can have it. */
static void test_names(void **state)
{
	int r = mp_good(mp_socket(SOCK_DGRAM)), s, i;
	struct sockaddr_myproto to = mp_addr(4242), from[3];
	struct iovec v = { .iov_base = out, .iov_len = 100 };
	struct mmsghdr m[3] = { 0 };
	socklen_t len;
	char small[4];

	(void)state;
	mp_good(mp_bind(r, 4242));
	s = mp_good(mp_socket(SOCK_DGRAM));
	mp_good(mp_bind(s, 77));
	for (i = 0; i < 3; i++) {
		m[i].msg_hdr.msg_iov = &v;
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &to;
		m[i].msg_hdr.msg_namelen = sizeof(to);
	}
	assert_int_equal(sendmmsg(s, m, 3, 0), 3);
	memset(from, 0xff, sizeof(from));
	for (i = 0; i < 3; i++) {
		m[i].msg_hdr.msg_name = &from[i];
		m[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	v.iov_base = in;
	assert_int_equal(recvmmsg(r, m, 3, 0, NULL), 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(m[i].msg_hdr.msg_namelen, 8);
		assert_int_equal(from[i].smp_family, mp_family());
		assert_int_equal(from[i].smp_zero, 0);
		assert_int_equal(from[i].smp_channel, 77);
	}
	/* No more is written than there is room for, and the length said. */
	assert_int_equal(mp_sendto(s, 4242, out, 5, 0), 5);
	memset(from, 0xff, sizeof(from));
	len = sizeof(small);
	assert_int_equal(recvfrom(r, in, 100, 0, (struct sockaddr *)from, &len),
			 5);
	assert_int_equal(len, 8);
	assert_int_equal(from[0].smp_family, mp_family());
	assert_int_equal(from[0].smp_zero, 0);
	assert_int_equal(from[0].smp_channel, 0xffffffff);
	close(s);
	close(r);
}

static int setup(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = i * 17 + i / 251;
	return mp_away(state);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, mp_home)
	const struct CMUnitTest tests[] = {
		T(files),
		T(messages),
		T(names),
	};

	return check_run(tests);
}
