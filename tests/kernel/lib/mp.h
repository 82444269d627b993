/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of af_myproto share. */
#ifndef TESTS_KERNEL_MP_H
#define TESTS_KERNEL_MP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <sockmods/myproto.h>

/* The number of the family, read from the parameter; 0 if there is none. */
int mp_family(void);

/* The same, and loads the module if need be. */
int mp_load(void);

/* SCALE of the environment, a divisor of counts: 1 if it isn't set. */
int mp_scale(void);

struct sockaddr_myproto mp_addr(uint32_t channel);

/* All return 0, a descriptor, or -errno. */
int mp_socket(int type);
int mp_pair(int type, int fd[2]);
int mp_bind(int fd, uint32_t channel);
int mp_connect(int fd, uint32_t channel);
int mp_sendto(int fd, uint32_t channel, const void *data, size_t len,
	      int flags);

/* The channel of a socket, or of its peer; MYPROTO_CHANNEL_ANY if it has none. */
uint32_t mp_channel(int fd);
uint32_t mp_peer_channel(int fd);

/* A listener on a channel of its own, or of the caller's choice. */
int mp_listen(int type, uint32_t channel, int backlog);

/* Sends, and receives what the other end sends, until it is all there. */
int mp_write_all(int fd, const void *data, size_t len);
int mp_read_all(int fd, void *data, size_t len);

/* Seconds, on a clock that only goes forward. */
double mp_now(void);

/* In a network namespace of its own from here on; mp_home() leads back. */
int mp_away(void **state);
int mp_home(void **state);

/*
 * Fails the running test unless the expression, which returns -errno or sets
 * errno, does what is expected: succeed, or fail with this errno.
 */
#define mp_good(expression)                                               \
	({                                                                \
		long mp_rc = (long)(expression);                          \
		if (mp_rc < 0)                                            \
			fail_msg("%s: %s", #expression,                   \
				 strerror(mp_rc == -1 ? errno : -mp_rc)); \
		mp_rc;                                                    \
	})
#define mp_errno(expression, error)                                      \
	do {                                                             \
		long mp_rc = (long)(expression);                         \
		int mp_e = mp_rc == -1 ? errno : mp_rc < 0 ? -mp_rc : 0; \
		if (mp_e != (error))                                     \
			fail_msg("%s: %s, not %s", #expression,          \
				 strerror(mp_e), strerror(error));       \
	} while (0)

#endif
