// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: busy COMMAND [ARG]...
 *
 * Runs a command and prints the nanoseconds for which the machine was busy
 * meanwhile, with whatever: the command, daemons, the kernel. For a machine with
 * one processor (machine.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
	int64_t start;
	int status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: busy COMMAND [ARG]...\n");
		return 2;
	}
	machine_watch();
	start = machine_busy();
	pid = fork();
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("no process");
	printf("%lld\n", (long long)(machine_busy() - start));
	return status ? 1 : 0;
}
