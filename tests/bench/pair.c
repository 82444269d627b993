// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/tls.h>
#include <linux/vm_sockets.h>
#include <sockmods/myproto.h>
#include <sockmods/ulp_caesar.h>

#include "bench.h"
#include "pair.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* After so many seconds nothing more comes. */
#define PATIENCE 20

static const struct pair kinds[] = {
	{ .row = "pipe", .kind = PAIR_PIPE },
	{ .row = "unix_stream", .kind = PAIR_UNIX, .type = SOCK_STREAM },
	{ .row = "unix_seqpacket", .kind = PAIR_UNIX, .type = SOCK_SEQPACKET },
	{ .row = "unix_dgram", .kind = PAIR_UNIX, .type = SOCK_DGRAM },
	{ .row = "myproto_stream", .kind = PAIR_MYPROTO, .type = SOCK_STREAM },
	{ .row = "myproto_seqpacket",
	  .kind = PAIR_MYPROTO,
	  .type = SOCK_SEQPACKET },
	{ .row = "myproto_dgram", .kind = PAIR_MYPROTO, .type = SOCK_DGRAM },
	{ .row = "vsock_stream", .kind = PAIR_VSOCK, .type = SOCK_STREAM },
	{ .row = "vsock_seqpacket", .kind = PAIR_VSOCK, .type = SOCK_SEQPACKET },
	{ .row = "tcp", .kind = PAIR_TCP, .type = SOCK_STREAM },
	{ .row = "caesar", .kind = PAIR_CAESAR, .type = SOCK_STREAM },
	{ .row = "ktls", .kind = PAIR_KTLS, .type = SOCK_STREAM },
	{ .row = "tcp_rule",
	  .kind = PAIR_TCP,
	  .type = SOCK_STREAM,
	  .port = PAIR_RULE },
	{ .row = "xt_caesar",
	  .kind = PAIR_TCP,
	  .type = SOCK_STREAM,
	  .port = PAIR_XT },
};

int pair_find(struct pair *pair, const char *row)
{
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].row, row))
			continue;
		*pair = kinds[i];
		pair->listener = pair->fd[0] = pair->fd[1] = -1;
		return 0;
	}
	return -ENOENT;
}

static int is_tcp(const struct pair *pair)
{
	return pair->kind >= PAIR_TCP;
}

/*
 * The module is loaded by who starts this, and stays: asked for once, as a program
 * would, so that it is no part of what a connection costs.
 */
static int family_of(const struct pair *pair)
{
	static int family;
	FILE *f;

	switch (pair->kind) {
	case PAIR_UNIX:
		return AF_UNIX;
	case PAIR_VSOCK:
		return AF_VSOCK;
	case PAIR_MYPROTO:
		if (family > 0)
			return family;
		family = -EAFNOSUPPORT;
		f = fopen(MYPROTO_FAMILY_FILE, "re");
		if (f && fscanf(f, "%d", &family) != 1)
			family = -EAFNOSUPPORT;
		if (f)
			fclose(f);
		return family;
	default:
		return AF_INET;
	}
}

/* One that would wait for ever has failed, and says so. */
static int patient(int fd)
{
	const struct timeval limit = { .tv_sec = PATIENCE };

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -errno;
	return 0;
}

static int set_caesar(int fd)
{
	const int key = BENCH_KEY;

	if (setsockopt(fd, SOL_TCP, TCP_ULP, CAESAR_ULP_NAME,
		       sizeof(CAESAR_ULP_NAME) - 1) ||
	    setsockopt(fd, SOL_TCP, TCP_CAESAR_KEY, &key, sizeof(key)))
		return -errno;
	return 0;
}

/*
 * Keys of a real connection come from a handshake; what they are changes nothing
 * about what it costs.
 */
static int set_tls(int fd, int direction)
{
	const struct tls12_crypto_info_aes_gcm_128 info = {
		.info = { .version = TLS_1_2_VERSION,
			  .cipher_type = TLS_CIPHER_AES_GCM_128 },
	};

	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls") - 1) ||
	    setsockopt(fd, SOL_TLS, direction, &info, sizeof(info)))
		return -errno;
	return 0;
}

static int new_socket(const struct pair *pair)
{
	const struct linger reset = { .l_onoff = 1 };
	int family = family_of(pair), one = 1, fd, err;

	if (family < 0)
		return family;
	fd = socket(family, pair->type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = patient(fd);
	if (!err && is_tcp(pair) &&
	    (setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	     setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	     setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset))))
		err = -errno;
	if (!err && pair->kind == PAIR_CAESAR)
		err = set_caesar(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* An address that the kernel chooses, but for a TCP port that is named. */
static void any_address(struct pair *pair)
{
	memset(&pair->address, 0, sizeof(pair->address));
	pair->address.ss_family = family_of(pair);
	switch (pair->kind) {
	case PAIR_UNIX:
		pair->len = sizeof(sa_family_t);
		break;
	case PAIR_MYPROTO: {
		struct sockaddr_myproto *a = (void *)&pair->address;

		a->smp_channel = MYPROTO_CHANNEL_ANY;
		pair->len = sizeof(*a);
		break;
	}
	case PAIR_VSOCK: {
		struct sockaddr_vm *a = (void *)&pair->address;

		a->svm_cid = VMADDR_CID_LOCAL;
		a->svm_port = VMADDR_PORT_ANY;
		pair->len = sizeof(*a);
		break;
	}
	default: {
		struct sockaddr_in *a = (void *)&pair->address;

		a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a->sin_port = htons(pair->port);
		pair->len = sizeof(*a);
		break;
	}
	}
}

int pair_listen(struct pair *pair)
{
	struct sockaddr *address = (struct sockaddr *)&pair->address;

	pair->listener = new_socket(pair);
	if (pair->listener < 0)
		return pair->listener;
	any_address(pair);
	if (bind(pair->listener, address, pair->len) ||
	    listen(pair->listener, 16))
		return -errno;
	pair->len = sizeof(pair->address);
	return getsockname(pair->listener, address, &pair->len) ? -errno : 0;
}

int pair_client(const struct pair *pair)
{
	int fd = new_socket(pair), err = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&pair->address, pair->len))
		err = -errno;
	if (!err && pair->kind == PAIR_KTLS)
		err = set_tls(fd, TLS_TX);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int pair_server(const struct pair *pair)
{
	int fd = accept4(pair->listener, NULL, NULL, SOCK_CLOEXEC), err,
	    one = 1;

	if (fd < 0)
		return -errno;
	err = patient(fd);
	if (!err && is_tcp(pair) &&
	    setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one)))
		err = -errno;
	if (!err && pair->kind == PAIR_KTLS)
		err = set_tls(fd, TLS_RX);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int pair_open(struct pair *pair)
{
	int family, err;

	if (pair->kind == PAIR_PIPE) {
		err = pipe(pair->fd) ? -errno : 0;
		/* The end that sends is the first one here. */
		family = pair->fd[0];
		pair->fd[0] = pair->fd[1];
		pair->fd[1] = family;
		return err;
	}
	if (pair->kind == PAIR_UNIX || pair->kind == PAIR_MYPROTO) {
		family = family_of(pair);
		if (family < 0)
			return family;
		if (socketpair(family, pair->type | SOCK_CLOEXEC, 0, pair->fd))
			return -errno;
		err = patient(pair->fd[0]);
		return err ? err : patient(pair->fd[1]);
	}
	err = pair_listen(pair);
	if (err)
		return err;
	pair->fd[0] = pair_client(pair);
	if (pair->fd[0] < 0)
		return pair->fd[0];
	pair->fd[1] = pair_server(pair);
	if (pair->fd[1] < 0)
		return pair->fd[1];
	close(pair->listener);
	pair->listener = -1;
	return 0;
}

void pair_close(struct pair *pair)
{
	int *fd[] = { &pair->listener, &pair->fd[0], &pair->fd[1] };
	unsigned int i;

	for (i = 0; i < sizeof(fd) / sizeof(*fd); i++) {
		if (*fd[i] >= 0)
			close(*fd[i]);
		*fd[i] = -1;
	}
}

int pair_send(const struct pair *pair, int fd, const void *data, long bytes)
{
	const char *at = data;
	ssize_t n;

	for (; bytes; bytes -= n, at += n) {
		n = pair->kind == PAIR_PIPE ? write(fd, at, bytes) :
					      send(fd, at, bytes, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
	}
	return 0;
}

int pair_receive(const struct pair *pair, int fd, void *data, long bytes)
{
	char *at = data;
	ssize_t n;

	for (; bytes; bytes -= n, at += n) {
		n = pair->kind == PAIR_PIPE ?
			    read(fd, at, bytes) :
			    recv(fd, at, bytes,
				 pair->type == SOCK_STREAM ? MSG_WAITALL : 0);
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (!n)
			return -EPIPE;
	}
	return 0;
}
