// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: how fast a stream is, from one process to another, on a CPU each. That is
 * wall time, which two processes and their scheduling make: the median counts.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "rtt.h"

static unsigned char chunk[BENCH_CHUNK];

/* The first CPUs that this process may use. */
static int two_cpus(int cpu[2])
{
	cpu_set_t set;
	int i, n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	return n < 2 ? -ENODEV : 0;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* Without it the figure is worse, not wrong. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* A child: says on its socket that it is there, reads all, says that it has. */
static int read_all(int fd, uint64_t bytes)
{
	ssize_t n;

	if (send(fd, "r", 1, MSG_NOSIGNAL) != 1)
		return 1;
	for (; bytes; bytes -= (uint64_t)n) {
		n = recv(fd, chunk, sizeof(chunk), 0);
		/* A look at what came: it is what was sent. */
		if (n <= 0 || chunk[0] != 0x5a || chunk[n - 1] != 0x5a)
			return 1;
	}
	return send(fd, "d", 1, MSG_NOSIGNAL) != 1;
}

static int wait_word(int fd, char want)
{
	char word;

	return recv(fd, &word, 1, 0) == 1 && word == want ? 0 : -EBADMSG;
}

/* In another child, so that this process stays on its CPU, whichever that is. */
static int write_all(int fd, uint64_t bytes)
{
	ssize_t n;

	for (; bytes; bytes -= (uint64_t)n) {
		n = send(fd, chunk,
			 bytes < sizeof(chunk) ? bytes : sizeof(chunk),
			 MSG_NOSIGNAL);
		if (n < 0)
			return errno == EPIPE || errno == ECONNRESET ?
				       -EBADMSG :
				       -errno;
	}
	return wait_word(fd, 'd');
}

/* Sends, and says how long it took on SAID. */
static int send_timed(int fd, int said, uint64_t bytes)
{
	uint64_t began, took;
	int err;

	err = wait_word(fd, 'r');
	if (err)
		return 1;
	memset(chunk, 0x5a, sizeof(chunk));
	began = rtt_now();
	if (write_all(fd, bytes))
		return 1;
	took = rtt_now() - began;
	return write(said, &took, sizeof(took)) != sizeof(took);
}

static pid_t start(int fd, int other, int said, uint64_t bytes, int cpu)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* It alone has its end, so that one that fails is noticed. */
	close(other);
	pin(cpu);
	_exit(said < 0 ? read_all(fd, bytes) : send_timed(fd, said, bytes));
}

static int run(int family, const int cpu[2], uint64_t bytes, double *speed)
{
	int fd[2], said[2], status, failed = 0, i;
	uint64_t took = 0;
	pid_t pid[2];

	if (socketpair(family, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -errno;
	if (pipe(said)) {
		close(fd[0]);
		close(fd[1]);
		return -EMFILE;
	}
	pid[0] = start(fd[0], fd[1], -1, bytes, cpu[0]);
	pid[1] = start(fd[1], fd[0], said[1], bytes, cpu[1]);
	close(fd[0]);
	close(fd[1]);
	close(said[1]);
	if (read(said[0], &took, sizeof(took)) != sizeof(took))
		failed = -EBADMSG;
	close(said[0]);
	for (i = 0; i < 2; i++)
		if (pid[i] < 0 || waitpid(pid[i], &status, 0) != pid[i] ||
		    status)
			failed = pid[i] < 0 ? -EAGAIN : -EBADMSG;
	if (!failed)
		*speed = (double)bytes * 1e9 / (double)took;
	return failed;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int bench_streams(const int families[BENCH_FAMILIES], uint64_t bytes,
		  double speed[BENCH_FAMILIES])
{
	double speeds[BENCH_FAMILIES][BENCH_RUNS];
	int i, n, err, cpu[2] = { 0 };

	err = two_cpus(cpu);
	if (err)
		return err;
	/* Taking turns: a disturbance that lasts meets both. */
	for (n = 0; n < BENCH_RUNS; n++) {
		for (i = 0; i < BENCH_FAMILIES; i++) {
			err = run(families[i], cpu, bytes, &speeds[i][n]);
			if (err)
				return err;
		}
	}
	for (i = 0; i < BENCH_FAMILIES; i++) {
		qsort(speeds[i], BENCH_RUNS, sizeof(speeds[i][0]), compare);
		speed[i] = speeds[i][BENCH_RUNS / 2];
	}
	return 0;
}
