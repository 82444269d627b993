// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: busy COMMAND [ARG]...
 *
 * Runs a command and prints the nanoseconds for which the machine was busy
 * meanwhile, with whatever: the command, daemons, the kernel. For a machine with
 * one processor: what isn't left to a process that runs when nobody else wants to
 * counts. In a guest of QEMU with -icount a nanosecond is an instruction.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void idle(void)
{
	const struct sched_param none = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		_exit(1);
	for (;;)
		;
}

int main(int argc, char **argv)
{
	clockid_t left;
	int64_t start;
	pid_t idler, pid;
	int status;

	if (argc < 2) {
		fprintf(stderr, "usage: busy COMMAND [ARG]...\n");
		return 2;
	}
	idler = fork();
	if (!idler)
		idle();
	if (idler < 0 || clock_getcpuclockid(idler, &left)) {
		perror("busy");
		return 1;
	}
	start = now(CLOCK_MONOTONIC) - now(left);
	pid = fork();
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("busy");
		return 1;
	}
	printf("%lld\n", (long long)(now(CLOCK_MONOTONIC) - now(left) - start));
	kill(idler, SIGKILL);
	return status ? 1 : 0;
}
