// SPDX-License-Identifier: GPL-2.0-or-later
/* bench: connections to ourselves. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tls.h>

#include "bench.h"
#include "ulp-caesar.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/*
 * Keys of a real connection come from a handshake; what they are changes nothing
 * about what it costs.
 */
static int set_tls(int fd, int direction)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info = { .version = TLS_1_2_VERSION,
			  .cipher_type = TLS_CIPHER_AES_GCM_128 },
	};

	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls") - 1))
		return -errno;
	/* Where there is TLS, but not AES-GCM, that isn't there. */
	if (setsockopt(fd, SOL_TLS, direction, &info, sizeof(info)))
		return -ENOENT;
	return 0;
}

static int set_protocol(enum bench_protocol protocol, int fd, int direction)
{
	const struct caesar_key key = { BENCH_KEY, BENCH_KEY };
	int one = 1;

	/* As programs that send messages do. */
	if (setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one)))
		return -errno;
	switch (protocol) {
	case BENCH_CAESAR:
		return session_attach(fd, &key);
	case BENCH_TLS:
		return set_tls(fd, direction);
	default:
		return 0;
	}
}

static int listen_any(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int err, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!bind(fd, (struct sockaddr *)addr, sizeof(*addr)) &&
	    !listen(fd, 1) && !getsockname(fd, (struct sockaddr *)addr, &len))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int bench_pair(enum bench_protocol protocol, int fd[2])
{
	/* It is reset in the end: no TIME-WAIT that would hold the module. */
	const struct linger reset = { .l_onoff = 1 };
	struct sockaddr_in addr;
	int i, err = 0, listener = listen_any(&addr);

	if (listener < 0)
		return listener;
	fd[1] = -1;
	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd[0] < 0 ||
	    connect(fd[0], (struct sockaddr *)&addr, sizeof(addr)) ||
	    (fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		err = -errno;
	for (i = 0; i < 2 && !err; i++) {
		if (setsockopt(fd[i], SOL_SOCKET, SO_LINGER, &reset,
			       sizeof(reset)))
			err = -errno;
		else
			err = set_protocol(protocol, fd[i],
					   i ? TLS_RX : TLS_TX);
	}
	close(listener);
	if (!err)
		return 0;
	for (i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return err;
}
