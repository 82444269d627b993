// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: cost TABLE [BYTES]...
 *
 * What operations cost in one process, the least of some batches that take turns.
 * For a guest of QEMU with -icount, where a nanosecond is an instruction. The table
 * libnl is one echo, and nothing is measured.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "cost.h"
#include "pair.h"

enum { SIZES = 8 };

static const struct table {
	const char *name;
	void (*run)(const long *sizes, int count);
} tables[] = {
	{ "echo", cost_echo },	   { "reopen", cost_reopen },
	{ "family", cost_family }, { "tcp", cost_tcp },
	{ "rule", cost_rule },	   { "connect", cost_connect },
	{ "growth", cost_growth }, { "libnl", cost_libnl },
};

int message_once(void *arg)
{
	static unsigned char in[BENCH_BYTES_MAX];
	const struct message *m = arg;
	int err;

	err = pair_send(m->pair, m->pair->fd[0], payload, m->bytes);
	if (!err)
		err = pair_receive(m->pair, m->pair->fd[1], in, m->bytes);
	if (err)
		return err;
	return in[0] == payload[0] && in[m->bytes - 1] == payload[0] ? 0 :
								       -EBADMSG;
}

int getppid_once(void *unused)
{
	(void)unused;
	return syscall(SYS_getppid) < 0;
}

int main(int argc, char **argv)
{
	long sizes[SIZES];
	unsigned int i;
	int n;

	for (n = 0; n < argc - 2 && n < SIZES; n++) {
		sizes[n] = atol(argv[n + 2]);
		if (sizes[n] < 1 || sizes[n] > BENCH_BYTES_MAX)
			die("%s: not a size", argv[n + 2]);
	}
	memset(payload, 0x5a, BENCH_BYTES_MAX);
	for (i = 0; argc > 1 && i < sizeof(tables) / sizeof(*tables); i++) {
		if (strcmp(tables[i].name, argv[1]))
			continue;
		tables[i].run(sizes, n);
		return 0;
	}
	fprintf(stderr, "usage: cost TABLE [BYTES]...\ntables:");
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		fprintf(stderr, " %s", tables[i].name);
	fputc('\n', stderr);
	return 2;
}
