// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: bulk stream TABLE ROW[=PORT] MIB
 *        bulk messages TABLE ROW[=PORT] COUNT
 *        bulk connects TABLE ROW[=PORT] COUNT
 *
 * Two processes: MIB from one to the other; messages of 64 bytes there and back;
 * connections, each for one message there and back. ROW is one of pair.c, or with
 * =PORT any name: TCP through a relay that listens there and connects to port 4790
 * of this machine, where the server is.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "pair.h"

enum { SERVER = 4790, CHUNK = 65536, BYTES = 64, WARM = 20 };

static unsigned char chunk[CHUNK];
static const char *row;
/* Where the client connects to: the pair itself, or the relay. */
static struct pair pair, relay;

static int stream_server(int fd, long count)
{
	int err = 0;

	while (count-- && !err) {
		err = pair_receive(&pair, fd, chunk, CHUNK);
		/* A look at what came: it is what was sent. */
		if (!err && (chunk[0] != 0x5a || chunk[CHUNK - 1] != 0x5a))
			err = -EBADMSG;
	}
	return err;
}

static int messages_server(int fd, long count)
{
	int err = 0;

	while (count-- && !err) {
		err = pair_receive(&pair, fd, chunk, BYTES);
		if (!err)
			err = pair_send(&pair, fd, chunk, BYTES);
	}
	return err;
}

static int exchange(const struct pair *p, int fd)
{
	unsigned char in[BYTES] = {};
	int err = pair_send(p, fd, chunk, BYTES);

	if (!err)
		err = pair_receive(p, fd, in, BYTES);
	return err ? err : memcmp(in, chunk, BYTES) ? -EBADMSG : 0;
}

/* Orderly, the client first: a relay passes on what it has before the end only so. */
static void finish(int fd, int first)
{
	char byte;

	if (first)
		shutdown(fd, SHUT_WR);
	while (recv(fd, &byte, 1, 0) > 0)
		;
	if (!first)
		shutdown(fd, SHUT_WR);
	close(fd);
}

/* The other process: 0 is what it tells when all has been good. */
static int server(const char *mode, long count)
{
	int fd, err;

	if (*mode != 'c') {
		fd = pair.fd[1] >= 0 ? pair.fd[1] : pair_server(&pair);
		if (fd < 0)
			return fd;
		if (*mode == 's')
			return stream_server(fd, count);
		err = messages_server(fd, count);
		finish(fd, 0);
		return err;
	}
	for (err = 0; count-- && !err;) {
		fd = pair_server(&pair);
		if (fd < 0)
			return fd;
		err = messages_server(fd, 1);
		finish(fd, 0);
	}
	return err;
}

static int connects(long count)
{
	int fd, err = 0;

	while (count-- && !err) {
		fd = pair_client(&relay);
		if (fd < 0)
			return fd;
		err = exchange(&relay, fd);
		finish(fd, 1);
	}
	return err;
}

static int send_chunks(int fd, long count)
{
	int err = 0;

	while (count-- && !err)
		err = pair_send(&relay, fd, chunk, CHUNK);
	return err;
}

/* The part that is measured, or a few of it before that. */
static int client(const char *mode, int fd, long count)
{
	int err = 0;

	if (*mode == 'c')
		return connects(count);
	if (*mode == 's')
		return send_chunks(fd, count);
	while (count-- && !err)
		err = exchange(&relay, fd);
	return err;
}

static void run(const char *mode, const char *table, long number)
{
	long count = *mode == 's' ? number * 1048576 / CHUNK : number;
	int fd = -1, err, status,
	    warm = *mode == 'm' ? WARM :
		   *mode == 'c' ? 2 :
				  0;
	struct record what = { .table = table, .row = row };
	int64_t began, busy, took;
	pid_t pid;

	if (*mode != 's')
		what.bytes = BYTES;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* It alone has its end, so that one that fails is noticed. */
		if (pair.fd[0] >= 0)
			close(pair.fd[0]);
		_exit(server(mode, count + warm) ? 1 : 0);
	}
	if (pair.fd[1] >= 0)
		close(pair.fd[1]);
	if (*mode != 'c') {
		fd = pair.fd[0] >= 0 ? pair.fd[0] : pair_client(&relay);
		if (fd < 0)
			die("%s: %s", row, strerror(-fd));
	}
	err = client(mode, fd, warm);
	busy = machine_busy();
	began = now_ns();
	if (!err)
		err = client(mode, fd, count);
	if (*mode == 'm' && !err)
		finish(fd, 1);
	/* It has all of it when it ends. */
	if (waitpid(pid, &status, 0) != pid || status)
		err = err ? err : -EBADMSG;
	took = now_ns() - began;
	busy = machine_busy() - busy;
	if (err)
		die("%s: %s", row, strerror(-err));
	if (*mode == 's') {
		what.unit = "bytes/s";
		record(&what, (double)count * CHUNK * 1e9 / took);
		what.unit = "ns/byte";
		record(&what, (double)busy / ((double)count * CHUNK));
	} else {
		record(&what, (double)busy / count);
	}
}

static void prepare(char *spec, int connections)
{
	char *port = strchr(spec, '=');
	struct sockaddr_in *to = (void *)&relay.address;
	int err;

	row = spec;
	if (port)
		*port++ = '\0';
	if (pair_find(&pair, port ? "tcp" : spec))
		die("%s: no such row", spec);
	if (port)
		pair.port = SERVER;
	/* Of those that can, one that is there already. */
	if (!connections && pair.kind < PAIR_VSOCK)
		err = pair_open(&pair);
	else
		err = pair_listen(&pair);
	if (err)
		die("%s: %s", spec, strerror(-err));
	relay = pair;
	if (port)
		to->sin_port = htons(atoi(port));
}

int main(int argc, char **argv)
{
	if (argc != 5 ||
	    (strcmp(argv[1], "stream") && strcmp(argv[1], "messages") &&
	     strcmp(argv[1], "connects")) ||
	    atol(argv[4]) < 1) {
		fprintf(stderr,
			"usage: bulk stream|messages|connects TABLE ROW[=PORT] NUMBER\n");
		return 2;
	}
	memset(chunk, 0x5a, sizeof(chunk));
	/*
	 * First, so that it has none of the sockets; and while it runs, time doesn't
	 * leap when everybody waits for a disk.
	 */
	machine_watch();
	prepare(argv[3], argv[1][0] == 'c');
	run(argv[1], argv[2], atol(argv[4]));
	return 0;
}
