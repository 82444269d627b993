// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz-input.h"
#include "module.h"
#include "xt.h"

/* Seconds after which a worker that has done nothing is stuck. */
enum { WORKERS = 2, PATIENCE = 90, MEMORIES = 4 };

/* What a worker tells the one that started it. */
struct report {
	volatile unsigned long ops, runs, blocks, kept;
	volatile unsigned int kind; /* what it does now */
	volatile unsigned long good[FUZZ_KINDS_MAX], bad[FUZZ_KINDS_MAX];
	char wrong[128];
};

static struct report *reports, *mine;
static unsigned long budget;
static time_t deadline; /* of CLOCK_MONOTONIC */
static uint8_t *memories[MEMORIES];
static unsigned int memory;
static int tests;
static bool failed;

static void result(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
	failed |= !good;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

bool fuzz_more(void)
{
	return mine->ops < budget && input_left();
}

void fuzz_begin(unsigned int kind)
{
	mine->kind = kind;
}

long fuzz_end(long rc)
{
	mine->ops++;
	if (rc < 0)
		mine->bad[mine->kind]++;
	else
		mine->good[mine->kind]++;
	return rc;
}

void fuzz_wrong(const char *what, long long value)
{
	snprintf(mine->wrong, sizeof(mine->wrong), "%s: %lld", what, value);
	input_print(mine - reports);
	_exit(3);
}

void fuzz_as(unsigned int uid)
{
	/* Of this task alone, and through root, who may become anybody. */
	if (syscall(SYS_setresuid, -1, 0, -1) ||
	    syscall(SYS_setresgid, -1, uid, -1) ||
	    syscall(SYS_setresuid, -1, uid, -1))
		fuzz_wrong("setresuid", errno);
}

static void memories_open(void)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	size_t i, j;

	for (i = 0; i < MEMORIES; i++) {
		memories[i] = mmap(NULL, FUZZ_MEMORY_MAX + page,
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memories[i] == MAP_FAILED ||
		    mprotect(memories[i] + FUZZ_MEMORY_MAX, page, PROT_NONE))
			fuzz_wrong("mmap", errno);
		for (j = 0; j < FUZZ_MEMORY_MAX; j++)
			memories[i][j] = (uint8_t)(j * 31 + j / 255 + i);
	}
}

void *fuzz_memory(size_t len)
{
	memory = (memory + 1) % MEMORIES;
	if (len > FUZZ_MEMORY_MAX)
		len = FUZZ_MEMORY_MAX;
	return memories[memory] + FUZZ_MEMORY_MAX - len;
}

void *fuzz_user(size_t len)
{
	if (!fuzz_one_in(24))
		return fuzz_memory(len);
	switch (fuzz_pick(4)) {
	case 0:
		return NULL;
	case 1:
		/* The kernel's own. */
		return (void *)0xffff888000000000UL;
	case 2:
		/* All of it behind the end. */
		return (uint8_t *)fuzz_memory(1) + 1;
	default:
		/* The end of it. */
		return fuzz_memory(fuzz_pick(len < 65536 ? len + 1 : 65536));
	}
}

static void ignore(int number)
{
	(void)number;
}

/* What sleeps is woken: by a signal every so often. */
static void restless(void)
{
	const struct itimerval soon = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction action = { .sa_handler = ignore };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void work(const struct fuzz *f, unsigned int seed, unsigned int id)
{
	const char *given = getenv("FUZZ_INPUT");
	const bool show = getenv("FUZZ_SHOW");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mine = &reports[id];
	memories_open();
	input_open((uint64_t)seed << 8 | id, id);
	restless();
	while (mine->ops < budget && now() < deadline) {
		if (given)
			input_take(given);
		else
			input_make();
		if (show)
			input_print(id);
		cover_begin();
		f->run();
		cover_end();
		if (geteuid())
			fuzz_as(0);
		mine->kept += input_judge();
		mine->blocks = cover_blocks();
		mine->runs++;
	}
	_exit(0);
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

static void progress(unsigned int seconds)
{
	unsigned long ops = 0, runs = 0, kept = 0, blocks = 0;
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		ops += reports[i].ops;
		runs += reports[i].runs;
		kept += reports[i].kept;
		if (reports[i].blocks > blocks)
			blocks = reports[i].blocks;
	}
	printf("# %u s: %lu operations, %lu inputs, %lu kept, %lu blocks\n",
	       seconds, ops, runs, kept, blocks);
}

/* Waits for the workers. A worker that doesn't go on is ended, and said so. */
static bool all_end(const struct fuzz *f, const pid_t *pids)
{
	unsigned long seen[WORKERS] = { 0 };
	unsigned int since[WORKERS] = { 0 };
	bool here[WORKERS], good = true;
	unsigned int left = WORKERS, seconds, i;
	int status;

	for (i = 0; i < WORKERS; i++)
		here[i] = true;
	for (seconds = 1; left; seconds++) {
		sleep(1);
		if (seconds % 10 == 0)
			progress(seconds);
		for (i = 0; i < WORKERS; i++) {
			if (!here[i])
				continue;
			if (reports[i].ops != seen[i])
				since[i] = seconds;
			seen[i] = reports[i].ops;
			if (waitpid(pids[i], &status, WNOHANG) == pids[i]) {
				here[i] = false;
				left--;
				if (status)
					printf("# worker %u: status %#x, in %s; %s\n",
					       i, status,
					       f->kinds[reports[i].kind],
					       reports[i].wrong);
				good &= !status;
			} else if (seconds - since[i] == PATIENCE) {
				printf("# worker %u is stuck in %s\n", i,
				       f->kinds[reports[i].kind]);
				kill(pids[i], SIGKILL);
			} else if (seconds - since[i] > PATIENCE + 10) {
				/* Not even that: left behind, as it is. */
				here[i] = good = false;
				left--;
			}
		}
	}
	progress(seconds);
	return good;
}

static void judge(const struct fuzz *f, const char *name)
{
	unsigned long ops = 0, kept = 0, good, bad;
	unsigned int i, k, blocks;
	bool all = true;

	for (i = 0; i < WORKERS; i++) {
		ops += reports[i].ops;
		kept += reports[i].kept;
	}
	result(ops >= budget * WORKERS ||
		       (now() >= deadline && ops >= FUZZ_OPS_LEAST),
	       "as many operations as were wanted, or as there was time for");
	for (k = 0; f->kinds[k]; k++) {
		good = bad = 0;
		for (i = 0; i < WORKERS; i++) {
			good += reports[i].good[k];
			bad += reports[i].bad[k];
		}
		printf("# %-20s %8lu succeeded, %8lu failed\n", f->kinds[k],
		       good, bad);
		all &= good > 0;
	}
	result(all, "each kind of operation has succeeded, too");
	if (!cover_there()) {
		printf("# there is no kcov: inputs were made blindly\n");
		return;
	}
	blocks = cover_all(name);
	printf("# %u blocks of %s reached, %u wanted\n", blocks, name,
	       f->blocks);
	result(blocks >= f->blocks && kept >= WORKERS * 5,
	       "coverage of the module has led the way");
}

/* What the module's users had goes with their namespace, a moment later. */
static bool unloads(const char *module)
{
	int i, err = 0;

	for (i = 0; i < 20 && module_loaded(module); i++)
		err = module_unload_soon(module);
	if (err)
		printf("# %s\n", strerror(-err));
	return !err;
}

/*
 * A name that the kernel doesn't know has it look for a module: a process each
 * time, for what an input made up. Sets what it starts; "" is nothing.
 */
static bool modprobe(const char *path)
{
	int fd = open("/proc/sys/kernel/modprobe", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && dprintf(fd, "%s\n", path) > 0;

	if (fd >= 0)
		close(fd);
	return good;
}

int fuzz_main(const struct fuzz *f)
{
	const bool longer = setting("LONG", 0);
	unsigned int seed = 0, i;
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;
	pid_t pids[WORKERS];
	char command[160], name[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(f->module, " "),
		 f->module);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = time(NULL);
	seed = setting("FUZZ_SEED", seed);
	budget = setting("FUZZ_OPS", longer ? FUZZ_OPS_LONG : FUZZ_OPS_SHORT);
	printf("# FUZZ_SEED=%u FUZZ_OPS=%lu\n", seed, budget);
	budget = (budget + WORKERS - 1) / WORKERS;
	deadline = now();
	if (budget * WORKERS <= FUZZ_OPS_SHORT)
		deadline += FUZZ_SECONDS_SHORT;
	else
		/* The harness gives the sanitizers three times as long, too. */
		deadline += FUZZ_SECONDS_LONG * (cover_there() ? 3 : 1);

	reports = mmap(NULL, sizeof(*reports) * WORKERS, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(command, sizeof(command), "modprobe %s %s", f->module,
		 seed % 2 && f->odd ? f->odd : "");
	printf("# %s\n", command);
	if (home < 0 || reports == MAP_FAILED || !cover_share(WORKERS) ||
	    !unloads(name) || system(command)) {
		printf("Bail out! %s is in use, or can't be loaded\n", name);
		return 1;
	}
	mine = &reports[0];
	err = unshare(CLONE_NEWNET) ? -errno : xt_up("lo");
	if (!err)
		err = f->setup();
	if (!err && !modprobe(""))
		err = -EPERM;
	if (err) {
		printf("Bail out! %s: %s\n", name, strerror(-err));
		return 1;
	}
	memset(reports, 0, sizeof(*reports) * WORKERS);
	fflush(stdout);
	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (!pids[i])
			work(f, seed, i);
		if (pids[i] < 0) {
			printf("Bail out! fork: %s\n", strerror(errno));
			return 1;
		}
	}
	result(all_end(f, pids),
	       "nothing was stuck, and nothing came out wrong");
	judge(f, name);
	result(modprobe("/sbin/modprobe"), "the kernel can load modules again");
	err = setns(home, CLONE_NEWNET);
	/* What the setup left open in the namespace. */
	syscall(__NR_close_range, STDERR_FILENO + 1, ~0U, 0);
	result(!err && unloads(name), "nothing holds the module in the end");
	printf("1..%d\n", tests);
	return failed;
}
