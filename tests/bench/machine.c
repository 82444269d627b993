// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the whole machine did. On one processor: all time but what is left to a
 * process that runs when nobody else wants to; in a guest of QEMU with -icount a
 * nanosecond of that is an instruction. On more of them such processes would be in
 * each other's way, where the processors are emulated in turns: the kernel's own
 * count of idle time, then.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static long processors;
static clockid_t left;

static void __attribute__((noreturn)) idle(void)
{
	const struct sched_param none = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_IDLE, &none))
		_exit(1);
	for (;;)
		;
}

void machine_watch(void)
{
	pid_t idler;

	processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (processors > 1)
		return;
	idler = fork();
	if (!idler)
		idle();
	if (idler < 0 || clock_getcpuclockid(idler, &left))
		die("no process to measure with");
}

int64_t machine_busy(void)
{
	struct timespec t;
	double idle_seconds;
	FILE *f;
	int n;

	if (processors == 1) {
		clock_gettime(left, &t);
		return now_ns() - ((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
	}
	f = fopen("/proc/uptime", "re");
	n = f ? fscanf(f, "%*f %lf", &idle_seconds) : 0;
	if (f)
		fclose(f);
	if (n != 1)
		die("no /proc/uptime");
	return now_ns() * processors - (int64_t)(idle_seconds * 1e9);
}

int64_t machine_switches(void)
{
	char line[4096];
	long long count = -1;
	FILE *f = fopen("/proc/stat", "re");

	while (f && count < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "ctxt %lld", &count) != 1)
			count = -1;
	if (f)
		fclose(f);
	if (count < 0)
		die("no context switches in /proc/stat");
	return count;
}
