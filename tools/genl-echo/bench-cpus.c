// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench: what a second CPU gives. Wall time of one process that does its share
 * of echoes, against two that do a share each on a CPU of their own; if they
 * shared nothing, both would take as long.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "genl-echo.h"
#include "rtt.h"

#define RUNS 5
#define PROCESSES 2

/**
 * struct start - where the processes of a run wait for each other
 * @ready: how many are
 * @go: set when all are
 * @ended: when each was done
 */
struct start {
	unsigned int ready;
	unsigned int go;
	uint64_t ended[PROCESSES];
};

/* The first CPUs that this process may use. */
static int two_cpus(int cpu[PROCESSES])
{
	cpu_set_t set;
	int i, n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (i = 0; i < CPU_SETSIZE && n < PROCESSES; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	return n < PROCESSES ? -ENODEV : 0;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* Without it the figure is worse, not wrong. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* A child: opens a socket of its own, waits for the others, does its share. */
static int child(const struct transport_ops *ops, uint64_t number,
		 uint64_t size, struct start *start, uint64_t *ended)
{
	struct bench_echo echo;
	struct transport *t;
	uint64_t i;
	int code;

	t = session_with(ops, &code);
	if (t) {
		bench_echo_init(&echo, t, size);
		for (i = 0; i < 100 && !bench_echo_once(&echo); i++)
			;
	}
	__atomic_add_fetch(&start->ready, 1, __ATOMIC_SEQ_CST);
	if (!t)
		return 1;
	while (!__atomic_load_n(&start->go, __ATOMIC_SEQ_CST))
		sched_yield();
	for (i = 0; i < number; i++)
		if (bench_echo_once(&echo))
			return 1;
	*ended = rtt_now();
	return 0;
}

static int wait_all(const pid_t *pid, unsigned int count)
{
	unsigned int i;
	int status, err = 0;

	for (i = 0; i < count; i++)
		if (waitpid(pid[i], &status, 0) < 0 || status)
			err = -EIO;
	return err;
}

/* Wall time of count processes, in ns; 0 when that failed. */
static uint64_t run(const struct transport_ops *ops, uint64_t number,
		    uint64_t size, unsigned int count, const int *cpu,
		    struct start *start)
{
	pid_t pid[PROCESSES];
	uint64_t began, last = 0;
	unsigned int i;

	memset(start, 0, sizeof(*start));
	for (i = 0; i < count; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			break;
		if (!pid[i]) {
			pin(cpu[i]);
			_exit(child(ops, number, size, start,
				    &start->ended[i]));
		}
	}
	while (__atomic_load_n(&start->ready, __ATOMIC_SEQ_CST) < i)
		usleep(1000);
	began = rtt_now();
	__atomic_store_n(&start->go, 1, __ATOMIC_SEQ_CST);
	if (wait_all(pid, i) || i < count)
		return 0;
	for (i = 0; i < count; i++)
		if (start->ended[i] > last)
			last = start->ended[i];
	return last - began;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int bench_cpus(const struct transport_ops *ops, uint64_t number, uint64_t size,
	       struct bench_cpus *cpus)
{
	uint64_t one[RUNS], two[RUNS];
	struct start *start;
	int cpu[PROCESSES] = { 0 }, i, err;

	err = two_cpus(cpu);
	if (err)
		return err;
	start = mmap(NULL, sizeof(*start), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return -errno;
	/* Taking turns: a disturbance that lasts meets both. */
	for (i = 0; i < RUNS; i++) {
		one[i] = run(ops, number, size, 1, cpu, start);
		two[i] = run(ops, number, size, PROCESSES, cpu, start);
		if (!one[i] || !two[i]) {
			munmap(start, sizeof(*start));
			return -EIO;
		}
	}
	munmap(start, sizeof(*start));
	qsort(one, RUNS, sizeof(one[0]), compare);
	qsort(two, RUNS, sizeof(two[0]), compare);
	cpus->one_ns = one[RUNS / 2];
	cpus->two_ns = two[RUNS / 2];
	return 0;
}
