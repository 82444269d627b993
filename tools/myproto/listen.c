// SPDX-License-Identifier: GPL-2.0-or-later
/* listen and connect: a connection for people and for scripts. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sockmods/myproto.h>

#include "exitcode.h"
#include "myproto.h"
#include "say.h"

#define OPTIONS (&myproto_options)

/* In a child: the connection is what the program reads and writes. */
static void exec_program(int fd)
{
	signal(SIGCHLD, SIG_DFL);
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(126);
	execl("/bin/sh", "sh", "-c", OPTIONS->program, (char *)NULL);
	_exit(127);
}

static int serve(int fd)
{
	int status;
	pid_t pid;

	if (!OPTIONS->program)
		return relay(fd, myproto_type() != SOCK_DGRAM);
	pid = fork();
	if (pid < 0)
		return session_failed("fork");
	if (!pid)
		exec_program(fd);
	/* Of those that are kept, the kernel takes care: SIGCHLD is ignored. */
	if (OPTIONS->keep)
		return 0;
	if (waitpid(pid, &status, 0) != pid)
		return session_failed("waiting");
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : EXIT_REFUSED;
}

static int accept_loop(int listener)
{
	int fd, rc;

	if (OPTIONS->keep)
		signal(SIGCHLD, SIG_IGN);
	do {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return session_failed("accept");
		rc = serve(fd);
		close(fd);
	} while (OPTIONS->keep);
	return rc;
}

int listen_run(char **args, int count)
{
	uint32_t channel = MYPROTO_CHANNEL_ANY;
	int code = EXIT_REFUSED, fd, rc;

	rc = session_channel(count ? args[0] : NULL, &channel);
	if (rc)
		return rc;
	fd = session_socket(&code);
	if (fd < 0)
		return code;
	rc = session_bind(fd, channel);
	if (rc)
		return rc;
	if (channel == MYPROTO_CHANNEL_ANY) {
		fprintf(stderr, "channel %u\n", session_bound(fd));
		fflush(stderr);
	}
	/* Datagrams: whoever sends. */
	if (myproto_type() == SOCK_DGRAM)
		return serve(fd);
	if (listen(fd, SOMAXCONN))
		return session_failed("listen");
	return accept_loop(fd);
}

int connect_run(char **args, int count)
{
	uint32_t channel = MYPROTO_CHANNEL_ANY;
	int code = EXIT_REFUSED, fd, rc;

	if (!count) {
		say_error("connect needs a channel");
		return EXIT_USAGE;
	}
	rc = session_channel(args[0], &channel);
	if (rc)
		return rc;
	fd = session_socket(&code);
	if (fd < 0)
		return code;
	rc = session_connect(fd, channel);
	return rc ? rc : relay(fd, true);
}
