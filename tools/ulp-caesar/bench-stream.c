// SPDX-License-Identifier: GPL-2.0-or-later
/* bench: how fast a stream is, from one process to another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "mem.h"
#include "rtt.h"

/* What is sent at once: as iperf3 does. */
#define CHUNK 131072

/* The other process: says that it is there, reads all, says that it has. */
static int read_all(int fd, int said, uint64_t bytes)
{
	unsigned char *chunk = mem_zero(1, CHUNK);
	uint64_t left = bytes;
	ssize_t n = 1;

	if (write(said, "r", 1) != 1)
		return 1;
	while (left > 0 && (n = recv(fd, chunk, CHUNK, 0)) > 0) {
		/* A look at what came: it is what was sent. */
		if (chunk[0] != 0x5a || chunk[n - 1] != 0x5a)
			return 1;
		left -= (uint64_t)n;
	}
	return left > 0 || write(said, "d", 1) != 1;
}

static int wait_word(int fd, char want)
{
	char word;

	return read(fd, &word, 1) == 1 && word == want ? 0 : -EBADMSG;
}

static int write_all(int fd, uint64_t bytes)
{
	static unsigned char chunk[CHUNK];
	ssize_t n;

	memset(chunk, 0x5a, sizeof(chunk));
	while (bytes > 0) {
		n = send(fd, chunk, bytes < CHUNK ? bytes : CHUNK,
			 MSG_NOSIGNAL);
		if (n < 0)
			return errno == EPIPE || errno == ECONNRESET ? -EBADMSG :
								       -errno;
		bytes -= (uint64_t)n;
	}
	return 0;
}

static int stream(const int fd[2], const int said[2], uint64_t bytes,
		  double *speed)
{
	uint64_t began;
	int err;

	err = wait_word(said[0], 'r');
	if (err)
		return err;
	began = rtt_now();
	err = write_all(fd[0], bytes);
	if (!err)
		err = wait_word(said[0], 'd');
	*speed = (double)bytes * 1e9 / (double)(rtt_now() - began);
	return err;
}

/* Sends and receives in two processes; the receiving one is waited for. */
static int run_processes(const int fd[2], const int said[2], uint64_t bytes,
			 double *speed)
{
	int err, status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		close(fd[0]);
		close(said[0]);
		_exit(read_all(fd[1], said[1], bytes));
	}
	/* It alone has these, so that its end is noticed. */
	close(said[1]);
	close(fd[1]);
	err = stream(fd, said, bytes, speed);
	/* Nothing comes any more, if it still reads. */
	close(fd[0]);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return !err && status ? -EBADMSG : err;
}

static int run(enum bench_protocol protocol, uint64_t bytes, double *speed)
{
	int fd[2], said[2], err;

	err = bench_pair(protocol, fd);
	if (err)
		return err;
	if (pipe(said)) {
		err = -errno;
		close(fd[0]);
		close(fd[1]);
		return err;
	}
	err = run_processes(fd, said, bytes, speed);
	close(said[0]);
	return err;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int bench_streams(uint64_t bytes, struct bench_row rows[BENCH_PROTOCOLS])
{
	double speed[BENCH_PROTOCOLS][BENCH_RUNS] = {};
	int i, n, err;

	/* Taking turns: a disturbance that lasts meets all. */
	for (n = 0; n < BENCH_RUNS; n++) {
		for (i = 0; i < BENCH_PROTOCOLS; i++) {
			err = run(i, bytes, &speed[i][n]);
			if (err == -ENOENT && i == BENCH_TLS)
				continue;
			if (err)
				return err;
		}
	}
	for (i = 0; i < BENCH_PROTOCOLS; i++) {
		qsort(speed[i], BENCH_RUNS, sizeof(speed[i][0]), compare);
		rows[i].value = speed[i][BENCH_RUNS / 2];
	}
	return 0;
}
